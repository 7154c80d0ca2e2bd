/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/call.h"
#include "api/status_wire.h"
#include "base/str.h"

/*
 * DOC: asking a BMC.
 *
 * What a BMC knows is in no row: its sensors, its log. Who asks for it waits
 * for the BMC's answer, for seconds or minutes, while everything else goes
 * on. Rights and audit are those of the bmc Machine: reading is "get", what
 * changes something "create", as with pods/exec. In the audit such a request
 * has 202: it was begun. How it ended is an event of the machine.
 */
struct api_wait {
	struct list link;
	struct http_request *req; /* NULL: the client has left */
};

static void wait_free(struct api_wait *wait)
{
	list_remove(&wait->link);
	free(wait);
}

static void on_gone(void *arg)
{
	struct api_wait *wait = arg;

	wait->req = NULL;
}

/* Arguments that a GET may have. */
static json_t *from_query(const struct call *call)
{
	static const char *const names[] = { "from", "log", "number" };
	json_t *arguments = json_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = http_query(call->req, names[i]);

		if (value)
			json_object_set_new(arguments, names[i],
					    json_string(value));
	}
	return arguments;
}

static json_t *take_arguments(struct call *call, struct err *err)
{
	size_t len;

	if (route_reads(&call->route))
		return from_query(call);
	http_body(call->req, &len);
	return len ? call_body(call, NULL, err) : json_object();
}

static struct api_wait *wait_new(const struct call *call)
{
	struct api_wait *wait = xcalloc(1, sizeof(*wait));

	list_init(&wait->link);
	list_add_tail(&call->api->waits, &wait->link);
	wait->req = call->req;
	return wait;
}

int call_ask(struct call *call, struct err *err)
{
	struct api *api = call->api;
	const struct route *route = &call->route;
	const struct object_key key = { route->kind, route->namespace,
					route->name };
	AUTO_JSON json_t *machine = read_object(api, &key, err);
	AUTO_JSON json_t *arguments = NULL;
	struct api_ask ask = { .namespace = route->namespace,
			       .machine = route->name,
			       .ask = route->ask,
			       .user = call->who.user };
	struct api_wait *wait;

	if (!machine)
		return -1;
	if (http_query(call->req, "dryRun"))
		return err_set(err, ERR_INVALID,
			       "dryRun: a BMC cannot be asked in a dry run");
	arguments = take_arguments(call, err);
	if (!arguments)
		return -1;
	if (!api->ops->ask)
		return err_set(err, ERR_UNSUPPORTED, "no BMC can be asked");
	ask.arguments = arguments;
	wait = wait_new(call);
	if (api->ops->ask(api->arg, &ask, wait, err)) {
		wait_free(wait);
		return -1;
	}
	http_on_gone(call->req, on_gone, wait);
	call->status = 202;
	return 0;
}

/* That the BMC does not know us is no fault of who asks: to them it is a
 * gateway whose other side fails. */
static int status_of(const struct err *error)
{
	switch (error->code) {
	case ERR_INVALID:
	case ERR_NOT_FOUND:
		return 422;
	case ERR_UNSUPPORTED:
		return 501;
	case ERR_BUSY:
	case ERR_CANCELLED:
		return 503;
	case ERR_TIMEOUT:
		return 504;
	default:
		return 502;
	}
}

static void reply(struct api_wait *wait, int status, const json_t *body)
{
	AUTO_FREE char *text = json_text(body);

	http_set_header(wait->req, "Cache-Control", "no-store");
	http_reply(wait->req, status, "application/json", text, strlen(text));
}

void api_answer(struct api_wait *wait, const struct err *error,
		const json_t *answer)
{
	int status = error ? status_of(error) : 200;

	/* Who leaves while it is being sent is of no interest. */
	if (wait->req)
		http_on_gone(wait->req, NULL, NULL);
	if (wait->req && error) {
		AUTO_JSON json_t *body =
			status_failure(error, status, NULL, NULL);

		reply(wait, status, body);
	} else if (wait->req) {
		reply(wait, status, answer);
	}
	wait_free(wait);
}

void ask_free(struct api *api)
{
	struct api_wait *wait;

	while ((wait = list_first(&api->waits, struct api_wait, link)))
		wait_free(wait);
}
