/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/mem.h"

/*
 * Errors: a code for policy and a message for people.
 *
 * A function that can fail takes `struct err *err` last, returns 0 or -1 (or
 * NULL), and on failure has filled *err in; on success it leaves it alone.
 * The struct has a fixed size, so that reporting an error cannot fail. Who
 * returns an error does not log it; who stops it does, once.
 *
 *	if (disk_open(&disk, path, err))
 *		return err_wrap(err, "machine %s", name);
 *
 * Code decides by err->code and never by the message.
 */

enum err_code {
	ERR_NONE,
	ERR_INVALID,     /* the input is wrong: repeating will not help */
	ERR_NOT_FOUND,   /* no such thing */
	ERR_EXISTS,      /* there is one already */
	ERR_CONFLICT,    /* somebody else changed it first */
	ERR_AUTH,        /* credentials refused: never retried blindly */
	ERR_DENIED,      /* known, but not allowed */
	ERR_UNREACHABLE, /* no connection, no answer at all */
	ERR_TIMEOUT,     /* the deadline passed */
	ERR_PROTOCOL,    /* the peer broke the protocol */
	ERR_BUSY,        /* the peer asks us to come again later */
	ERR_UNSUPPORTED, /* the peer, or we, cannot do this */
	ERR_TOO_BIG,     /* a stated bound was exceeded */
	ERR_NO_SPACE,    /* disk full */
	ERR_MISMATCH,    /* a checksum, pin or read-back differs */
	ERR_GONE,        /* expired: ask anew from the start */
	ERR_IO,          /* the operating system refused */
	ERR_OUTCOME,     /* sent, and no word of what became of it */
	ERR_CANCELLED,   /* we were told to stop */
};

struct err {
	enum err_code code;
	char message[480];
};

/* Fill *err in and return -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
	PRINTF(3, 4);

/* The same for a failed system call: code by errno, its text appended. */
int err_errno(struct err *err, int errnum, const char *format, ...)
	PRINTF(3, 4);

/* Put "context: " before the message that is there. Returns -1. */
int err_wrap(struct err *err, const char *format, ...) PRINTF(2, 3);

/* A short lower-case name of the code ("timeout"), for rows and metrics. */
const char *err_name(enum err_code code);

/* Whether the same request may be tried again without anybody's doing. */
bool err_worth_retry(const struct err *err);

#endif
