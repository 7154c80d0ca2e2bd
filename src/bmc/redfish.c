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
 * Pumps redfish_op: its requests go out by base/http_client.
 *
 * The session is kept for a while after the last operation, for a BMC has few
 * of them: a minute where nobody remembers it for us, and a quarter of an hour
 * where somebody does, so that a fleet that is looked at each minute logs in
 * once.
 *
 * So is a connection, from one look to the next, when that will come within
 * a minute and a half: a new one costs us four times what a look does. Each is
 * 30 kB and a descriptor here, and one of few at the BMC: where the next look
 * is far, or the BMC closes it or gives us no other beside it, it is let go.
 */
#define CONNECT_MS    10000
#define LOGOUT_MS     5000
#define KEEP_MS       60000
#define KEEP_KNOWN_MS (15 * 60 * 1000)
#define SOON_MS       90000 /* a look that a connection waits for */
#define LATE_MS       20000 /* and may come so much later */

struct driver {
	struct loop *loop;
	struct http_client *http;
	struct list endpoints;
	const struct quirk_table *quirks;
};

struct endpoint {
	struct list link;
	struct driver *driver;
	struct bmc_target target;
	struct redfish_session session;
	struct redfish_op *op; /* NULL: none is running */
	struct http_peer *peer;
	bool remembered;  /* somebody keeps what we learn */
	mono_ms again_at; /* when it will be looked at; 0: nobody knows */
	bool in_vain;     /* this operation was told of that already */
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
	if (ep->op)
		redfish_op_release(ep->op);
	free(ep->op);
	ep->op = NULL;
}

static void endpoint_free(struct endpoint *ep)
{
	stop(ep);
	http_client_cancel(ep->logout);
	http_peer_free(ep->peer);
	list_remove(&ep->link);
	loop_timer_free(ep->timer);
	bmc_target_release(&ep->target);
	redfish_session_release(&ep->session);
	free(ep);
}

static void rest(struct endpoint *ep)
{
	loop_timer_at(ep->timer, clock_mono() + (ep->remembered ? KEEP_KNOWN_MS
								: KEEP_MS));
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

/* Not so long that the time is up with it: there has to be some to look. */
static int64_t request_ms(const struct endpoint *ep,
			  const struct redfish_request *request)
{
	int64_t half = bmc_op_timeout_ms(&ep->op->request) / 2;

	if (half > request->answer_ms)
		return request->answer_ms;
	return half < 1000 ? 1000 : half;
}

static bool keeps(const struct endpoint *ep,
		  const struct redfish_request *request)
{
	mono_ms now = clock_mono();

	return ep->again_at + LATE_MS > now && ep->again_at <= now + SOON_MS &&
	       !request->hang_up && !ep->session.closes && !ep->closing;
}

/* What the answer says of connections that are kept. */
static void note_kept(struct endpoint *ep,
		      const struct http_client_response *response)
{
	bool full = response->status == 503 ||
		    (response->kept == HTTP_KEPT_ASIDE && !response->sent &&
		     response->err.code == ERR_UNREACHABLE);
	bool lost = response->kept == HTTP_KEPT_LOST;

	if (full)
		ep->again_at = 0; /* let it go, until the next look */
	if (lost || (full && response->kept != HTTP_KEPT_NONE)) {
		if (!ep->in_vain)
			redfish_session_kept(&ep->session, true);
		ep->in_vain = true;
	} else if (response->kept == HTTP_KEPT_USED && !ep->in_vain) {
		redfish_session_kept(&ep->session, false);
	}
}

struct headers {
	struct buf texts;
	size_t at[8]; /* where each begins */
	size_t n;
	const char *list[9];
};

static void add_header(struct headers *headers, const char *name,
		       const char *value)
{
	headers->at[headers->n++] = headers->texts.len;
	buf_printf(&headers->texts, "%s: %s", name, value);
	buf_addc(&headers->texts, '\0');
}

static void build_headers(struct headers *headers,
			  const struct redfish_request *request)
{
	buf_init(&headers->texts, 8192);
	add_header(headers, "Accept", "application/json");
	add_header(headers, "OData-Version", "4.0");
	if (request->identity)
		add_header(headers, "Accept-Encoding", "identity");
	if (request->body)
		add_header(headers, "Content-Type", "application/json");
	if (request->token)
		add_header(headers, "X-Auth-Token", request->token);
	if (request->if_match)
		add_header(headers, "If-Match", request->if_match);
	if (request->if_none_match)
		add_header(headers, "If-None-Match", request->if_none_match);
	if (request->hang_up)
		add_header(headers, "Connection", "close");
	for (size_t i = 0; i < headers->n; i++)
		headers->list[i] = headers->texts.base + headers->at[i];
	headers->list[headers->n] = NULL;
}

static struct http_call *send_request(struct endpoint *ep,
				      struct http_peer *peer,
				      const struct redfish_request *request,
				      int64_t timeout_ms, http_client_fn done)
{
	const struct bmc_target *target = &ep->target;
	bool v6 = strchr(target->host, ':') != NULL;
	AUTO_FREE char *url =
		xasprintf("https://%s%s%s:%u%s", v6 ? "[" : "", target->host,
			  v6 ? "]" : "", target->port, request->path);
	struct headers headers = { .n = 0 };
	struct http_client_request http = {
		.peer = peer,
		.method = request->method,
		.url = url,
		.headers = headers.list,
		.body = request->body,
		.user = request->user,
		.password = request->password,
		.ca_pem = target->ca_pem,
		.pin_sha256 = *target->pin ? target->pin : NULL,
		.insecure = target->insecure,
		.fresh = (request->writes || request->hang_up) && !ep->closing,
		.keep = keeps(ep, request),
		.decode = !request->identity,
		.connect_ms = CONNECT_MS,
		.timeout_ms = timeout_ms,
		.body_limit = REDFISH_BODY_MAX,
	};
	struct http_call *call;

	build_headers(&headers, request);
	log_debug("%s %s", request->method, url);
	call = http_client_send(ep->driver->http, &http, done, ep);
	secret_release(&headers.texts);
	return call;
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
	note_kept(ep, response);
	redfish_op_input(ep->op, clock_mono(), &in);
	pump(ep);
}

static void finish(struct endpoint *ep)
{
	struct bmc_result result = ep->op->result;

	ep->op->result.report = NULL; /* it goes with the result */
	stop(ep);
	rest(ep);
	ep->done(ep->arg, &result);
}

/* After anything has happened to an operation. */
static void pump(struct endpoint *ep)
{
	struct redfish_request request;

	while (redfish_op_output(ep->op, &request))
		ep->call = send_request(ep, ep->peer, &request,
					request_ms(ep, &request), on_response);
	if (redfish_op_done(ep->op))
		finish(ep);
	else
		loop_timer_at(ep->timer, redfish_op_deadline(ep->op));
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

	/* An operation may begin meanwhile, unless it closes. */
	if (any && !ep->logout)
		ep->logout = send_request(ep, ep->closing ? ep->peer : NULL,
					  &request, LOGOUT_MS, on_logout);
	redfish_session_drop_token(&ep->session);
	return ep->logout != NULL;
}

static void on_timer(void *arg)
{
	struct endpoint *ep = arg;

	if (!ep->op) {
		start_logout(ep);
		return;
	}
	redfish_op_expire(ep->op, clock_mono());
	pump(ep);
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	struct driver *driver = state;
	struct endpoint *ep = xcalloc(1, sizeof(*ep));

	ep->driver = driver;
	bmc_target_copy(&ep->target, target);
	redfish_session_init(&ep->session, target, driver->quirks);
	ep->peer = http_peer_new(driver->http);
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
	ep->in_vain = false;
	if (request->again_ms)
		ep->again_at = clock_mono() + request->again_ms;
	ep->op = xcalloc(1, sizeof(*ep->op));
	redfish_op_init(ep->op, &ep->session, &ep->target, request,
			clock_mono());
	pump(ep);
}

static void cancel(void *endpoint)
{
	struct endpoint *ep = endpoint;

	stop(ep);
	rest(ep);
}

static void endpoint_close(void *endpoint)
{
	struct endpoint *ep = endpoint;

	ep->closing = true;
	loop_timer_at(ep->timer, MONO_NEVER);
	if (!start_logout(ep))
		endpoint_free(ep);
}

static void set_quirks(void *state, const struct quirk_table *quirks)
{
	struct driver *driver = state;

	driver->quirks = quirks;
}

static char *learnt(void *endpoint)
{
	struct endpoint *ep = endpoint;

	if (!ep->session.learnt)
		return NULL;
	ep->session.learnt = false;
	return redfish_session_save(&ep->session, &ep->target);
}

static void recall(void *endpoint, const char *text)
{
	struct endpoint *ep = endpoint;
	struct err err;

	ep->remembered = true;
	if (text && redfish_session_load(&ep->session, &ep->target, text, &err))
		log_warn("%s: %s", ep->target.host, err.message);
}

const struct bmc_driver redfish_driver = {
	.name = "redfish",
	.max_running = 256,
	.more_ops = 1u << BMC_NMI | 1u << BMC_IDENTIFY | 1u << BMC_BMC_RESET |
		    1u << BMC_LOG_READ | 1u << BMC_LOG_CLEAR |
		    1u << BMC_SENSORS | 1u << BMC_PASSWORD_SET |
		    1u << BMC_INVENTORY | 1u << BMC_SECURE_BOOT_GET |
		    1u << BMC_SECURE_BOOT_SET | 1u << BMC_BIOS_GET |
		    1u << BMC_BIOS_SET,
	.http_boot = true,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
	.set_quirks = set_quirks,
	.learnt = learnt,
	.recall = recall,
};
