/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stddef.h>

#include "base/err.h"

/*
 * The terminal that we were started at (/dev/tty), in another mode for a
 * while. Whatever ends us, the terminal is as it was before: signals that
 * would end or stop us wait until terminal_close has put it back.
 *
 * RAW gives all keys to us as they are typed, ^C too, and what we write is
 * shown as it is. HIDDEN gives them, too, and shows none of them.
 */
struct terminal;

enum terminal_mode { TERMINAL_RAW, TERMINAL_HIDDEN };

struct terminal *terminal_open(enum terminal_mode mode,
			       struct err *err) NODISCARD;
void terminal_close(struct terminal *terminal);

/* To watch it by a loop: reading never waits then. */
int terminal_fd(const struct terminal *terminal);
/* Readable when one of those signals has come: time to close. Who takes it
 * (terminal_take_signal) is not ended by it after that. */
int terminal_signal_fd(const struct terminal *terminal);
void terminal_take_signal(struct terminal *terminal);

/* The next key, waited for; ERR_CANCELLED: a signal came. */
int terminal_byte(struct terminal *terminal, char *byte,
		  struct err *err) NODISCARD;
/* All of it; what cannot be written is left out. */
void terminal_write(struct terminal *terminal, const void *bytes, size_t n);

#endif
