/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "bmc/bmc.h"
#include "bmc/ipmi_shell.h"
#include "bmc/ipmi_sol.h"

/*
 * Pumps ipmi_sol over a link of its own, whose session is kept alive.
 */
#define LOGIN_MS  30000
#define TEXT_SIZE (8 * 1024)

struct console {
	struct ipmi_link link;
	struct ipmi_sol sol;
	struct buf text; /* to be told */
	bool told;       /* that it is over */
	bool left;       /* by its owner: only to be closed */
	const struct bmc_console_ops *ops;
	void *arg;
};

static struct console *console_of(const struct ipmi_link *link)
{
	return container_of((struct ipmi_link *)(uintptr_t)link, struct console,
			    link);
}

static bool next_command(struct ipmi_link *link, mono_ms now,
			 struct ipmi_command *out, mono_ms *login_by)
{
	*login_by = now + LOGIN_MS;
	return ipmi_sol_command(&console_of(link)->sol, out);
}

static void on_answer(struct ipmi_link *link, mono_ms now,
		      struct ipmi_response *response)
{
	ipmi_sol_response(&console_of(link)->sol, now, response);
}

static bool work(struct ipmi_link *link, mono_ms now)
{
	struct console *console = console_of(link);
	uint8_t bytes[IPMI_SOL_HEAD + IPMI_SOL_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));

	if (ipmi_sol_open(&console->sol) && !link->session) {
		ipmi_sol_lost(&console->sol);
		return true;
	}
	if (!ipmi_sol_output(&console->sol, now, &out))
		return false;
	return ipmi_link_send(link, &out);
}

static void on_payload(struct ipmi_link *link, mono_ms now, struct rbuf in)
{
	struct console *console = console_of(link);
	uint8_t bytes[IPMI_SOL_MAX];
	struct wbuf text = wbuf_of(bytes, sizeof(bytes));

	ipmi_sol_input(&console->sol, now, in, &text);
	if (!console->left)
		buf_add(&console->text, bytes, text.len);
}

static mono_ms deadline(const struct ipmi_link *link)
{
	return ipmi_sol_deadline(&console_of(link)->sol);
}

static void expire(struct ipmi_link *link, mono_ms now)
{
	ipmi_sol_expire(&console_of(link)->sol, now);
}

static bool resting(const struct ipmi_link *link)
{
	return ipmi_sol_done(&console_of(link)->sol);
}

static void tell_text(struct console *console)
{
	CLEANUP(buf_release) struct buf text = console->text;

	buf_init(&console->text, TEXT_SIZE);
	console->ops->text(console->arg, text.base, text.len);
}

static void tell_end(struct console *console)
{
	const struct err *err = ipmi_sol_error(&console->sol);
	struct err cause = { 0 };

	console->told = true;
	if (err)
		cause = *err;
	else
		err_set(&cause, ERR_GONE, "console: closed");
	console->ops->closed(console->arg, &cause);
}

/* From the loop, and not from inside of a call. */
static void wake(struct console *console, mono_ms now)
{
	heap_set(&console->link.hub->heap, &console->link.timer, now);
	ipmi_hub_rearm(console->link.hub);
}

/* One thing is told at a time: who is told may close the console. */
static void settle(struct ipmi_link *link, mono_ms now)
{
	struct console *console = console_of(link);
	bool done = ipmi_sol_done(&console->sol);

	if (console->left) {
		if (done)
			ipmi_link_close(link);
		return;
	}
	if (console->text.len) {
		if (done)
			wake(console, now);
		tell_text(console);
	} else if (done && !console->told) {
		tell_end(console);
	}
}

static void release(struct ipmi_link *link)
{
	struct console *console = console_of(link);

	buf_release(&console->text);
	free(console);
}

static const struct ipmi_link_ops link_ops = {
	.command = next_command,
	.answer = on_answer,
	.work = work,
	.payload = on_payload,
	.deadline = deadline,
	.expire = expire,
	.resting = resting,
	.settle = settle,
	.release = release,
};

static void *console_open(void *state, const struct bmc_target *target,
			  bool take, const struct bmc_console_ops *ops,
			  void *arg)
{
	struct console *console = xcalloc(1, sizeof(*console));
	mono_ms now = clock_mono();

	console->ops = ops;
	console->arg = arg;
	buf_init(&console->text, TEXT_SIZE);
	ipmi_link_init(&console->link, state, &link_ops, target);
	console->link.keep = true;
	ipmi_sol_init(&console->sol, take, now);
	if (ipmi_link_hopeless(&console->link))
		ipmi_sol_refuse(&console->sol,
				ipmi_link_hopeless(&console->link));
	wake(console, now);
	return console;
}

static size_t console_write(void *arg, const void *bytes, size_t n)
{
	struct console *console = arg;
	mono_ms now = clock_mono();
	size_t taken = ipmi_sol_write(&console->sol, bytes, n, now);

	wake(console, now);
	return taken;
}

static void console_close(void *arg)
{
	struct console *console = arg;

	console->left = true;
	list_add_tail(&console->link.hub->closing, &console->link.closing);
	ipmi_sol_close(&console->sol, clock_mono());
	wake(console, clock_mono());
}

const struct bmc_console_driver ipmi_console_driver = {
	.open = console_open,
	.write = console_write,
	.close = console_close,
};
