/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console_local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "bmc/bmc.h"
#include "cli/escape_plan.h"
#include "cli/terminal.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

#define KEYS_MAX  4096 /* that wait for the console */
#define LOGOUT_MS 5000
#define TURN_MS   1000
#define AGAIN_MS  50

static const char help[] = "\r\n~.  leaves the console\r\n"
			   "~~  is a ~\r\n";

struct session {
	struct loop *loop;
	struct bmc *bmc;
	struct bmc_console *console;
	struct terminal *terminal;
	struct loop_io *keys_io;
	struct loop_io *signals_io;
	struct loop_timer *again; /* for keys that were not taken */
	struct escape escape;
	struct buf keys;
	bool over;
	struct err err; /* ERR_NONE: left by ~. */
};

static void show(struct session *session, const char *text)
{
	terminal_write(session->terminal, text, strlen(text));
}

static void send_keys(void *arg)
{
	struct session *session = arg;
	size_t taken;

	if (session->over)
		return;
	taken = bmc_console_write(session->console, session->keys.base,
				  session->keys.len);
	buf_drop(&session->keys, taken);
	loop_timer_at(session->again,
		      session->keys.len ? clock_mono() + AGAIN_MS : MONO_NEVER);
	/* Nobody types faster than that; a paste waits in the terminal. */
	loop_io_want(session->keys_io,
		     session->keys.len < KEYS_MAX / 2 ? LOOP_READ : 0);
}

static void take_key(struct session *session, char key)
{
	char out[2];
	size_t n;

	switch (escape_key(&session->escape, key, out, &n)) {
	case ESCAPE_LEAVE:
		session->over = true;
		break;
	case ESCAPE_HELP:
		show(session, help);
		break;
	case ESCAPE_SEND:
		buf_add(&session->keys, out, n);
		break;
	}
}

static void on_keys(void *arg, unsigned ready)
{
	struct session *session = arg;
	char keys[KEYS_MAX / 8];
	ssize_t n = read(terminal_fd(session->terminal), keys, sizeof(keys));

	(void)ready;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		err_set(&session->err, ERR_CANCELLED, "the terminal is gone");
		session->over = true;
	}
	for (ssize_t i = 0; i < n && !session->over; i++)
		take_key(session, keys[i]);
	send_keys(session);
}

static void on_signal(void *arg, unsigned ready)
{
	struct session *session = arg;

	(void)ready;
	/* The BMC is told, or it would keep the console for us. */
	terminal_take_signal(session->terminal);
	err_set(&session->err, ERR_CANCELLED, "stopped");
	session->over = true;
}

static void on_text(void *arg, const void *bytes, size_t n)
{
	struct session *session = arg;

	terminal_write(session->terminal, bytes, n);
}

static void on_closed(void *arg, const struct err *err)
{
	struct session *session = arg;

	session->err = *err;
	session->over = true;
}

static int begin(struct session *session, const struct bmc_target *target,
		 bool take, struct err *err)
{
	static const struct bmc_console_ops ops = { .text = on_text,
						    .closed = on_closed };

	session->console = bmc_console_open(session->bmc, target, take, &ops,
					    session, err);
	if (!session->console)
		return -1;
	session->terminal = terminal_open(TERMINAL_RAW, err);
	if (!session->terminal)
		return err_wrap(err, "a console needs a terminal");
	session->keys_io =
		loop_io_new(session->loop, terminal_fd(session->terminal),
			    on_keys, session);
	session->signals_io = loop_io_new(session->loop,
					  terminal_signal_fd(session->terminal),
					  on_signal, session);
	loop_io_want(session->keys_io, LOOP_READ);
	loop_io_want(session->signals_io, LOOP_READ);
	show(session, "[the console; ~. leaves it]\r\n");
	return 0;
}

/* The terminal first: logging out takes a while. */
static void leave(struct session *session)
{
	mono_ms end = clock_mono() + LOGOUT_MS;

	loop_io_free(session->keys_io);
	loop_io_free(session->signals_io);
	if (session->terminal)
		show(session, "\r\n[left]\r\n");
	terminal_close(session->terminal);
	bmc_console_close(session->console);
	while (!bmc_idle(session->bmc) && clock_mono() < end)
		loop_turn(session->loop, end - clock_mono());
	bmc_free(session->bmc);
	loop_timer_free(session->again);
	loop_free(session->loop);
	secret_release(&session->keys);
}

int console_local(const struct bmc_target *target, bool take, struct err *err)
{
	struct session session = { .keys = BUF_INIT(KEYS_MAX) };
	int status;

	log_set_level(LOG_ERROR); /* it would stand in the midst of the text */
	session.loop = loop_new();
	session.bmc = bmc_new(session.loop);
	session.again = loop_timer_new(session.loop, send_keys, &session);
	status = begin(&session, target, take, err);
	while (!status && !session.over)
		loop_turn(session.loop, TURN_MS);
	leave(&session);
	if (!status && session.err.code) {
		*err = session.err;
		status = -1;
	}
	return status;
}
