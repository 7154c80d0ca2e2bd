/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include <stddef.h>

#include "base/err.h"

/*
 * A password, from where nobody reads along: the first line of a file, an
 * environment variable, or the terminal without echo. Never an argument,
 * which everybody on the host can see.
 */
struct password_source {
	const char *file;     /* "-" is standard input; NULL: none */
	const char *variable; /* its name; NULL: none */
	const char *prompt;   /* for the terminal, when there is neither */
};

/* The caller wipes it. */
int password_read(const struct password_source *source, char *out, size_t size,
		  struct err *err) NODISCARD;

#endif
