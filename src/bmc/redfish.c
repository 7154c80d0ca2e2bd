/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/http_client.h"
#include "base/list.h"
#include "base/secret.h"
#include "bmc/driver.h"
#include "bmc/redfish_op.h"

#define LOG_MODULE "redfish"
#include "base/log.h"

/*
 * Pumps redfish_op: its requests go out by base/http_client. The session is
 * kept for a minute after the last operation, for a BMC has few of them.
 */
#define CONNECT_MS 10000
#define REQUEST_MS 30000
#define LOGOUT_MS  5000
#define KEEP_MS    60000

struct driver {
	struct loop *loop;
	struct http_client *http;
	struct list endpoints;
};

struct endpoint {
	struct list link;
	struct driver *driver;
	struct bmc_target target;
	struct redfish_session session;
	struct redfish_op op;
	bool running;
	bool closing;
	struct http_call *call;
	struct http_call *logout;
	struct loop_timer *timer; /* of the operation, or of idleness */
	bmc_driver_fn done;
	void *arg;
};

static void pump(struct endpoint *ep);

static void *driver_open(struct loop *loop)
{
	struct driver *driver = xcalloc(1, sizeof(*driver));

	driver->loop = loop;
	driver->http = http_client_new(loop);
	list_init(&driver->endpoints);
	return driver;
}

static void stop(struct endpoint *ep)
{
	http_client_cancel(ep->call);
	ep->call = NULL;
	if (ep->running)
		redfish_op_release(&ep->op);
	ep->running = false;
}

static void endpoint_free(struct endpoint *ep)
{
	stop(ep);
	http_client_cancel(ep->logout);
	list_remove(&ep->link);
	loop_timer_free(ep->timer);
	bmc_target_release(&ep->target);
	secret_wipe(&ep->session, sizeof(ep->session));
	free(ep);
}

static void driver_free(void *state)
{
	struct driver *driver = state;

	list_for_each (at, &driver->endpoints)
		endpoint_free(list_item(at, struct endpoint, link));
	http_client_free(driver->http);
	free(driver);
}

static bool driver_idle(const void *state)
{
	const struct driver *driver = state;

	list_for_each (at, &driver->endpoints)
		if (list_item(at, struct endpoint, link)->closing)
			return false;
	return true;
}

static int64_t request_ms(const struct endpoint *ep)
{
	int64_t half = bmc_op_timeout_ms(&ep->op.request) / 2;

	if (half > REQUEST_MS)
		return REQUEST_MS;
	return half < 1000 ? 1000 : half;
}

static struct http_call *send_request(struct endpoint *ep,
				      const struct redfish_request *request,
				      int64_t timeout_ms, http_client_fn done)
{
	const struct bmc_target *target = &ep->target;
	bool v6 = strchr(target->host, ':') != NULL;
	AUTO_FREE char *url =
		xasprintf("https://%s%s%s:%u%s", v6 ? "[" : "", target->host,
			  v6 ? "]" : "", target->port, request->path);
	CLEANUP(secret_release) struct buf token = BUF_INIT(1024);
	CLEANUP(buf_release) struct buf match = BUF_INIT(1024);
	const char *headers[7] = { "Accept: application/json",
				   "OData-Version: 4.0" };
	size_t n = 2;
	struct http_client_request http = {
		.method = request->method,
		.url = url,
		.headers = headers,
		.body = request->body,
		.user = request->basic ? target->user : NULL,
		.password = request->basic ? target->password : NULL,
		.ca_pem = target->ca_pem,
		.pin_sha256 = *target->pin ? target->pin : NULL,
		.insecure = target->insecure,
		.fresh = request->writes,
		.connect_ms = CONNECT_MS,
		.timeout_ms = timeout_ms,
		.body_limit = REDFISH_BODY_MAX,
	};

	if (request->body)
		headers[n++] = "Content-Type: application/json";
	if (request->token) {
		buf_printf(&token, "X-Auth-Token: %s", request->token);
		headers[n++] = token.base;
	}
	if (request->if_match) {
		buf_printf(&match, "If-Match: %s", request->if_match);
		headers[n++] = match.base;
	}
	log_debug("%s %s", request->method, url);
	return http_client_send(ep->driver->http, &http, done, ep);
}

static void on_response(void *arg, const struct http_client_response *response)
{
	struct endpoint *ep = arg;
	struct redfish_response in = {
		.status = response->status,
		.err = response->err,
		.sent = response->sent,
		.body = response->body,
		.body_len = response->body_len,
		.location = response->location,
		.etag = response->etag,
		.token = response->token,
		.retry_after = response->retry_after,
	};

	ep->call = NULL;
	redfish_op_input(&ep->op, clock_mono(), &in);
	pump(ep);
}

static void finish(struct endpoint *ep)
{
	struct bmc_result result = ep->op.result;

	stop(ep);
	loop_timer_at(ep->timer, clock_mono() + KEEP_MS);
	ep->done(ep->arg, &result);
}

/* After anything has happened to an operation. */
static void pump(struct endpoint *ep)
{
	struct redfish_request request;

	while (redfish_op_output(&ep->op, &request))
		ep->call =
			send_request(ep, &request, request_ms(ep), on_response);
	if (redfish_op_done(&ep->op))
		finish(ep);
	else
		loop_timer_at(ep->timer, redfish_op_deadline(&ep->op));
}

static void on_logout(void *arg, const struct http_client_response *response)
{
	struct endpoint *ep = arg;

	ep->logout = NULL;
	if (!response->status)
		log_debug("logout: %s", response->err.message);
	if (ep->closing)
		endpoint_free(ep);
}

/* False: there is nothing to end. */
static bool start_logout(struct endpoint *ep)
{
	struct redfish_request request;
	bool any = redfish_logout(&ep->session, &request);

	if (any && !ep->logout)
		ep->logout = send_request(ep, &request, LOGOUT_MS, on_logout);
	secret_wipe(ep->session.token, sizeof(ep->session.token));
	return ep->logout != NULL;
}

static void on_timer(void *arg)
{
	struct endpoint *ep = arg;

	if (!ep->running) {
		start_logout(ep);
		return;
	}
	redfish_op_expire(&ep->op, clock_mono());
	pump(ep);
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	struct driver *driver = state;
	struct endpoint *ep = xcalloc(1, sizeof(*ep));

	ep->driver = driver;
	bmc_target_copy(&ep->target, target);
	ep->timer = loop_timer_new(driver->loop, on_timer, ep);
	list_add_tail(&driver->endpoints, &ep->link);
	return ep;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct endpoint *ep = endpoint;

	ep->done = done;
	ep->arg = arg;
	ep->running = true;
	redfish_op_init(&ep->op, &ep->session, &ep->target, request,
			clock_mono());
	pump(ep);
}

static void cancel(void *endpoint)
{
	struct endpoint *ep = endpoint;

	stop(ep);
	loop_timer_at(ep->timer, clock_mono() + KEEP_MS);
}

static void endpoint_close(void *endpoint)
{
	struct endpoint *ep = endpoint;

	ep->closing = true;
	loop_timer_at(ep->timer, MONO_NEVER);
	if (!start_logout(ep))
		endpoint_free(ep);
}

const struct bmc_driver redfish_driver = {
	.name = "redfish",
	.max_running = 256,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
};
