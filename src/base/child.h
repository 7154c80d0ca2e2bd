/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"

/*
 * A program run as a child: the home of everything that blocks.
 *
 * It gets its input on stdin, its output is collected up to a bound, and it
 * is killed with its process group when the deadline passes. Secrets go by
 * environment or stdin, never by argument. The callback comes exactly once,
 * from the loop, unless child_cancel came first.
 */
struct child;

struct child_spec {
	const char *const *argv;  /* NULL-terminated; argv[0] by PATH */
	const char *const *extra; /* "NAME=value", NULL-terminated, or NULL */
	const char *input;        /* for stdin, or NULL */
	int64_t timeout_ms;
	size_t output_limit; /* more is dropped, and the child goes on */
};

struct child_result {
	int exit_code; /* -1: killed by a signal, or by us */
	int signal;    /* 0: it exited */
	bool timed_out;
	bool truncated;
	const char *output; /* stdout; both are valid during the callback */
	const char *errors; /* stderr */
};

typedef void (*child_fn)(void *arg, const struct child_result *result);

struct child *child_start(struct loop *loop, const struct child_spec *spec,
			  child_fn done, void *arg, struct err *err) NODISCARD;

/* Kills it without a callback; the pointer is gone. */
void child_cancel(struct child *child);

#endif
