/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console_remote.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/escape_plan.h"
#include "cli/resource.h"
#include "cli/terminal.h"

#define KEYS_MAX 4096
#define TEXT_MAX (64 * 1024)

static const char help[] = "\r\n~.  leaves the console\r\n"
			   "~~  is a ~\r\n";

struct session {
	struct client *keys_client; /* the other one has the stream */
	struct terminal *terminal;
	char *path;
	char *keys_path; /* NULL: not open yet */
	struct escape escape;
	struct buf keys;
	struct err err; /* ERR_NONE: left by ~. */
};

static void show(struct session *session, const char *text)
{
	terminal_write(session->terminal, text, strlen(text));
}

static bool on_event(void *arg, const json_t *event)
{
	struct session *session = arg;
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(TEXT_MAX);
	const char *text = json_str_at(event, "text");
	const char *error = json_str_at(event, "error");
	const char *id = json_str_at(event, "id");

	if (error) {
		err_set(&session->err, ERR_GONE, "%s", error);
		return false;
	}
	if (id && !session->keys_path) {
		session->keys_path = xasprintf("%s?id=%s", session->path, id);
		show(session, "[the console; ~. leaves it]\r\n");
	}
	if (text && str_unbase64(&bytes, text, strlen(text)))
		terminal_write(session->terminal, bytes.base, bytes.len);
	return true;
}

/* False: that was the end. */
static bool take_key(struct session *session, char key)
{
	char out[2];
	size_t n;

	switch (escape_key(&session->escape, key, out, &n)) {
	case ESCAPE_LEAVE:
		return false;
	case ESCAPE_HELP:
		show(session, help);
		return true;
	default:
		buf_add(&session->keys, out, n);
		return true;
	}
}

static bool read_keys(struct session *session)
{
	char keys[KEYS_MAX / 8];
	ssize_t n;

	if (session->keys.len > KEYS_MAX / 2)
		return true; /* a paste waits in the terminal */
	n = read(terminal_fd(session->terminal), keys, sizeof(keys));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		err_set(&session->err, ERR_CANCELLED, "the terminal is gone");
		return false;
	}
	for (ssize_t i = 0; i < n; i++)
		if (!take_key(session, keys[i]))
			return false;
	return true;
}

static bool send_keys(struct session *session)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(2 * KEYS_MAX);
	AUTO_JSON json_t *body = json_object();
	AUTO_JSON json_t *answer = NULL;

	if (!session->keys_path || !session->keys.len)
		return true;
	str_base64(&text, session->keys.base, session->keys.len);
	json_object_set_new(body, "keys", json_string(text.base));
	answer = client_send(session->keys_client, "POST", session->keys_path,
			     body, &session->err);
	if (!answer)
		return false;
	buf_drop(&session->keys, (size_t)json_int_at(answer, "taken", 0));
	return true;
}

static bool look(void *arg)
{
	struct session *session = arg;
	struct pollfd fd = { .fd = terminal_signal_fd(session->terminal),
			     .events = POLLIN };

	if (poll(&fd, 1, 0) > 0) {
		terminal_take_signal(session->terminal);
		err_set(&session->err, ERR_CANCELLED, "stopped");
		return false;
	}
	return read_keys(session) && send_keys(session);
}

static int converse(struct cli *cli, struct session *session, bool take,
		    struct err *err)
{
	AUTO_FREE char *path =
		xasprintf("%s%s", session->path, take ? "?take=true" : "");
	const int fds[] = { terminal_fd(session->terminal),
			    terminal_signal_fd(session->terminal) };
	const struct client_side side = { .fds = fds,
					  .n_fds = ARRAY_LEN(fds),
					  .look = look };
	int status = client_converse(cli->client, path, on_event, &side,
				     session, err);

	if (!status && session->err.code) {
		*err = session->err;
		status = -1;
	}
	return status;
}

int console_remote(struct cli *cli, const json_t *machine, bool take,
		   struct err *err)
{
	AUTO_FREE char *object =
		resource_path(&resource_machine, cli->namespace,
			      json_str_at(machine, "spec.bmcRef.name"), NULL);
	AUTO_FREE char *path = xasprintf("%s/console", object);
	struct session session = { .path = path, .keys = BUF_INIT(KEYS_MAX) };
	int status = -1;

	session.keys_client = cli_client(cli, err);
	if (session.keys_client)
		session.terminal = terminal_open(TERMINAL_RAW, err);
	if (session.terminal) {
		status = converse(cli, &session, take, err);
		show(&session, "\r\n[left]\r\n");
	}
	terminal_close(session.terminal);
	client_free(session.keys_client);
	free(session.keys_path);
	secret_release(&session.keys);
	return status;
}
