/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INTEGRATION_IPMI_CONSOLE_H
#define TESTS_INTEGRATION_IPMI_CONSOLE_H

#include "ground.h"

/*
 * A console, and all that it has said.
 *
 *	console_open(ground, &target, false, &console);
 *	console_await(ground, &console, "login:");
 */
struct console {
	struct bmc_console *console;
	char text[4096];
	size_t len;
	unsigned n_closed;
	struct err err;
	bool close_at_once;
};

extern const struct bmc_console_ops console_ops;

void console_open(struct ground *ground, const struct bmc_target *target,
		  bool take, struct console *console);
/* Turns the loop until it has said this. */
void console_await(struct ground *ground, struct console *console,
		   const char *text);
/* Turns the loop for so long, whatever comes. */
void console_idle(struct ground *ground, int64_t ms);
/* Until it is over, with this cause. */
void console_await_close(struct ground *ground, struct console *console,
			 enum err_code code);

#endif
