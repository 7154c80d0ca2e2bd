/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/call.h"
#include "base/secret.h"
#include "base/str.h"

/*
 * DOC: a machine's console.
 *
 * POST machines/NAME/console is answered by a stream of JSON lines, which
 * lasts as long as the console is had:
 *
 *	{"id": "..."}			the first; names this console
 *	{"text": "base64"}		what the machine says
 *	{"error": "..."}		the last, when it was not the client
 *					who ended it
 *
 * What is typed goes by POST machines/NAME/console?id=ID, as {"keys":
 * "base64"}; the answer {"taken": n} says how many were taken. Only who has the
 *stream has the id. Both need the right to "create" below the bmc Machine; the
 *audit has the begin, and not each key.
 */
#define MAX_CONSOLES 256
#define KEYS_MAX     4096

struct api_console {
	struct list link;
	struct api *api;
	struct http_request *req;
	void *handle; /* the daemon's; NULL: not open, or not any more */
	char id[SECRET_TOKEN_TEXT];
	char user[336];
	char namespace[64];
	char machine[254];
};

/* The daemon is told, and nobody else. */
static void console_free(struct api_console *console)
{
	struct api *api = console->api;

	list_remove(&console->link);
	if (console->handle)
		api->ops->console_close(api->arg, console->handle);
	secret_wipe(console->id, sizeof(console->id));
	free(console);
}

static void on_gone(void *arg)
{
	console_free(arg);
}

/* False: the client is gone, and with it the console. */
static bool say(struct api_console *console, const char *key, const char *value)
{
	AUTO_JSON json_t *line = json_object();
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *whole = NULL;
	json_t *string = json_string(value);

	json_object_set_new(line, key, string ? string : json_string("?"));
	text = json_text(line);
	whole = xasprintf("%s\n", text);
	return http_stream_add(console->req, whole, strlen(whole));
}

void api_console_text(struct api_console *console, const void *bytes, size_t n)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * n + 8);

	str_base64(&text, bytes, n);
	say(console, "text", text.base);
}

void api_console_end(struct api_console *console, const struct err *error)
{
	struct http_request *req = console->req;

	if (!say(console, "error", error->message))
		return;
	http_on_gone(req, NULL, NULL);
	console_free(console);
	http_stream_end(req);
}

static struct api_console *find(const struct call *call, const char *id)
{
	list_for_each (link, &call->api->consoles) {
		struct api_console *console =
			container_of(link, struct api_console, link);

		if (secret_equal(console->id, id) &&
		    str_eq(console->user, call->who.user) &&
		    str_eq(console->namespace, call->route.namespace) &&
		    str_eq(console->machine, call->route.name))
			return console;
	}
	return NULL;
}

static int take_keys(struct call *call, const char *id, struct err *err)
{
	struct api *api = call->api;
	struct api_console *console = find(call, id);
	CLEANUP(secret_release) struct buf keys = BUF_INIT(KEYS_MAX);
	AUTO_JSON json_t *answer = json_object();
	AUTO_JSON json_t *body = call_body(call, NULL, err);
	const char *text = json_str_at(body, "keys");
	size_t n;

	if (!body)
		return -1;
	if (!console)
		return err_set(err, ERR_GONE, "there is no such console");
	if (!text || !str_unbase64(&keys, text, strlen(text)))
		return err_set(err, ERR_INVALID,
			       "keys: expected base64 of at most %d bytes",
			       KEYS_MAX);
	n = api->ops->console_write(api->arg, console->handle, keys.base,
				    keys.len);
	json_object_set_new(answer, "taken", json_integer((json_int_t)n));
	call_reply(call, 200, answer);
	return 0;
}

static int open_console(struct call *call, struct err *err)
{
	struct api *api = call->api;
	const struct api_ask ask = { .namespace = call->route.namespace,
				     .machine = call->route.name,
				     .ask = call->route.ask,
				     .user = call->who.user };
	struct api_console *console = xcalloc(1, sizeof(*console));

	list_init(&console->link);
	list_add_tail(&api->consoles, &console->link);
	console->api = api;
	console->req = call->req;
	secret_token(console->id);
	str_copy(console->user, sizeof(console->user), ask.user);
	str_copy(console->namespace, sizeof(console->namespace), ask.namespace);
	str_copy(console->machine, sizeof(console->machine), ask.machine);
	console->handle = api->ops->console_open(
		api->arg, &ask, call_flag(call, "take"), console, err);
	if (!console->handle) {
		console_free(console);
		return -1;
	}
	http_on_gone(call->req, on_gone, console);
	http_set_header(call->req, "Cache-Control", "no-store");
	http_stream_begin(call->req, 200, "application/json");
	call->status = 200;
	say(console, "id", console->id);
	return 0;
}

int call_console(struct call *call, struct err *err)
{
	struct api *api = call->api;
	const char *id = http_query(call->req, "id");
	size_t n = 0;

	if (id) {
		call->part = true;
		return take_keys(call, id, err);
	}
	if (!api->ops->console_open)
		return err_set(err, ERR_UNSUPPORTED, "there are no consoles");
	list_for_each (link, &api->consoles)
		n++;
	if (n >= MAX_CONSOLES)
		return err_set(err, ERR_BUSY, "%d consoles are open already",
			       MAX_CONSOLES);
	return open_console(call, err);
}

void console_free_all(struct api *api)
{
	struct api_console *console;

	while ((console = list_first(&api->consoles, struct api_console, link)))
		console_free(console);
}
