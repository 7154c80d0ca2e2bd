/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/http_client.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/driver.h"
#include "bmc/rpc_op.h"

/*
 * Pumps rpc_op over HTTP: the driver of machines that a program of the
 * operator's manages.
 */
#define CONNECT_MS  10000
#define EXCHANGE_MS 30000
#define ANSWER_MAX  (512 * 1024)
#define MAX_RUNNING 64

struct driver {
	struct loop *loop;
	struct http_client *http;
};

struct endpoint {
	struct driver *driver;
	struct bmc_target target;
	struct rpc_config config;
	struct err wrong; /* with the configuration */
	struct rpc_op op;
	struct rpc_ask ask; /* that is out */
	struct http_call *call;
	struct loop_timer *timer;
	bmc_driver_fn done;
	void *arg;
};

static void *driver_open(struct loop *loop)
{
	struct driver *driver = xcalloc(1, sizeof(*driver));

	driver->loop = loop;
	driver->http = http_client_new(loop);
	return driver;
}

static void driver_free(void *state)
{
	struct driver *driver = state;

	http_client_free(driver->http);
	free(driver);
}

static bool driver_idle(const void *state)
{
	(void)state;
	return true; /* there is no session to end */
}

static void pump(struct endpoint *ep);

/* The client names the URL, in which people have keys. */
static void hide_url(const struct rpc_config *config, struct err *err)
{
	size_t url_len = strlen(config->url);
	size_t len = strlen(err->message);
	const char *rest = err->message + (len < url_len ? len : url_len);

	if (strncmp(err->message, config->url, (size_t)(rest - err->message)))
		return;
	rest += strspn(rest, ": ");
	if (*rest)
		memmove(err->message, rest, strlen(rest) + 1);
	else /* it was so long that nothing else is in it */
		err_set(err, err->code, "no answer");
}

static void on_answer(void *arg, const struct http_client_response *response)
{
	struct endpoint *ep = arg;
	enum bmc_power power = BMC_POWER_UNKNOWN;
	struct err err = response->err;
	bool failed = !response->status;

	ep->call = NULL;
	if (failed)
		hide_url(&ep->config, &err);
	if (!failed)
		failed = rpc_answer_parse(&ep->ask, response->status,
					  response->body, response->body_len,
					  &power, &err);
	rpc_op_input(&ep->op, clock_mono(), power, failed ? &err : NULL,
		     response->status || response->sent);
	pump(ep);
}

static int send_ask(struct endpoint *ep, mono_ms now, struct err *err)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(RPC_BODY_MAX);
	mono_ms left = rpc_op_deadline(&ep->op) - now;
	struct http_client_request request = {
		.method = ep->config.method,
		.url = ep->config.url,
		.insecure = ep->target.insecure,
		.pin_sha256 = *ep->target.pin ? ep->target.pin : NULL,
		.ca_pem = ep->target.ca_pem,
		/* libcurl repeats what dies with a kept connection. */
		.fresh = ep->ask.method != RPC_POWER_GET,
		.connect_ms = CONNECT_MS,
		.timeout_ms = left < EXCHANGE_MS ? left : EXCHANGE_MS,
		.body_limit = ANSWER_MAX,
	};
	char **headers;

	if (rpc_body(&ep->config, &ep->ask, ep->target.host,
		     (int64_t)clock_wall() * 1000000, &body, err))
		return -1;
	headers = rpc_headers(&ep->config, &body, clock_wall());
	request.body = body.base;
	request.headers = (const char *const *)headers;
	ep->call = http_client_send(ep->driver->http, &request, on_answer, ep);
	rpc_headers_free(headers);
	return 0;
}

/* Of the URL only where it leads. */
static void add_place(const struct rpc_config *config, struct err *err)
{
	const char *host = strstr(config->url, "://") + 3;
	size_t len = strcspn(host, "/?#");
	const char *at;

	while ((at = memchr(host, '@', len))) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	err_wrap(err, "webhook at %.*s", (int)len, host);
}

static void finish(struct endpoint *ep)
{
	bmc_driver_fn done = ep->done;

	loop_timer_at(ep->timer, MONO_NEVER);
	ep->done = NULL;
	if (ep->op.result.err.code)
		add_place(&ep->config, &ep->op.result.err);
	done(ep->arg, &ep->op.result);
}

static void pump(struct endpoint *ep)
{
	mono_ms now = clock_mono();
	struct err err;

	while (!ep->call && rpc_op_output(&ep->op, &ep->ask))
		if (send_ask(ep, now, &err))
			rpc_op_input(&ep->op, now, BMC_POWER_UNKNOWN, &err,
				     false);
	if (!rpc_op_done(&ep->op)) {
		loop_timer_at(ep->timer, rpc_op_deadline(&ep->op));
		return;
	}
	if (ep->call)
		http_client_cancel(take_ptr(ep->call));
	finish(ep);
}

static void on_timer(void *arg)
{
	struct endpoint *ep = arg;

	rpc_op_expire(&ep->op, clock_mono());
	pump(ep);
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	struct endpoint *ep = xcalloc(1, sizeof(*ep));
	const char *text = target->rpc ? target->rpc : "{}";

	ep->driver = state;
	bmc_target_copy(&ep->target, target);
	ep->timer = loop_timer_new(ep->driver->loop, on_timer, ep);
	if (rpc_config_parse(&ep->config, text, strlen(text), &ep->wrong) == 0)
		ep->wrong.code = ERR_NONE;
	return ep;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct endpoint *ep = endpoint;
	const struct bmc_result result = { .err = ep->wrong };

	if (ep->wrong.code) {
		done(arg, &result);
		return;
	}
	ep->done = done;
	ep->arg = arg;
	rpc_op_init(&ep->op, request, clock_mono());
	pump(ep);
}

static void cancel(void *endpoint)
{
	struct endpoint *ep = endpoint;

	if (ep->call)
		http_client_cancel(take_ptr(ep->call));
	loop_timer_at(ep->timer, MONO_NEVER);
	ep->done = NULL;
}

static void endpoint_close(void *endpoint)
{
	struct endpoint *ep = endpoint;

	loop_timer_free(ep->timer);
	rpc_config_release(&ep->config);
	bmc_target_release(&ep->target);
	free(ep);
}

const struct bmc_driver rpc_driver = {
	.name = "webhook",
	.max_running = MAX_RUNNING,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
};
