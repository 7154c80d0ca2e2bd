/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include "test.h"

#include <string.h>

static void on_text(void *arg, const void *bytes, size_t n)
{
	struct console *console = arg;

	assert_true(n && console->len + n < sizeof(console->text));
	memcpy(console->text + console->len, bytes, n);
	console->len += n;
	if (console->close_at_once) {
		bmc_console_close(console->console);
		console->console = NULL;
	}
}

static void on_closed(void *arg, const struct err *err)
{
	struct console *console = arg;

	console->n_closed++;
	console->err = *err;
}

const struct bmc_console_ops console_ops = { on_text, on_closed };

void console_open(struct ground *ground, const struct bmc_target *target,
		  bool take, struct console *console)
{
	struct err err;

	console->console = bmc_console_open(ground->bmc, target, take,
					    &console_ops, console, &err);
	if (!console->console)
		fail_msg("%s", err.message);
}

void console_await(struct ground *ground, struct console *console,
		   const char *text)
{
	for (int i = 0; i < 1500 && !console->n_closed; i++) {
		console->text[console->len] = '\0';
		if (strstr(console->text, text))
			return;
		loop_turn(ground->loop, 10);
	}
	fail_msg("console: \"%s\" does not come: \"%s\" (%s)", text,
		 console->text, console->n_closed ? console->err.message : "");
}

void console_idle(struct ground *ground, int64_t ms)
{
	mono_ms end = clock_mono() + ms;

	while (clock_mono() < end)
		loop_turn(ground->loop, 10);
}

void console_await_close(struct ground *ground, struct console *console,
			 enum err_code code)
{
	for (int i = 0; i < 4000 && !console->n_closed; i++)
		loop_turn(ground->loop, 10);
	assert_int_equal(console->n_closed, 1);
	assert_int_equal(console->err.code, code);
}
