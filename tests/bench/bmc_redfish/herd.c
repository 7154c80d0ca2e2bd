/* SPDX-License-Identifier: Apache-2.0 */
#include "herd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define RUNNING     256 /* as many as the driver */
#define MAX_WAIT_MS (5 * 60 * 1000)
#define ANSWER_MS   30000

static void die(const char *what)
{
	fprintf(stderr, "bmc_redfish: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- our client ---- */

static void open_client(struct herd *herd)
{
	static const struct http_client_config config = {
		.n_pools = 64,
		.linger_ms = 3600 * 1000,
		.connects_s = 1000000,
		.connects_most = 1000000,
	};

	herd->http = http_client_new_with(herd->loop, &config);
	for (unsigned i = 0; i < herd->n; i++)
		herd->nodes[i].peer = http_peer_new(herd->http);
}

static void close_client(struct herd *herd)
{
	for (unsigned i = 0; i < herd->n; i++)
		http_peer_free(herd->nodes[i].peer);
	http_client_free(herd->http);
}

void herd_hang_up(struct herd *herd)
{
	close_client(herd);
	open_client(herd);
}

static void node_init(struct herd *herd, unsigned i)
{
	struct node *node = &herd->nodes[i];
	struct bmc_target *target = &node->target;

	node->herd = herd;
	snprintf(target->host, sizeof(target->host), "127.1.%u.%u", i / 250,
		 i % 250 + 1);
	target->port = herd->emulator.port;
	str_copy(target->user, sizeof(target->user), "admin");
	str_copy(target->password, sizeof(target->password), "secret");
	str_copy(target->pin, sizeof(target->pin), herd->emulator.pin);
	redfish_session_init(&node->session, target, NULL);
}

struct herd *herd_new(unsigned n, const char *face)
{
	struct herd *herd = xcalloc(1, sizeof(*herd));

	emulator_start(&herd->emulator, face, n);
	herd->n = n;
	herd->nodes = xcalloc(n, sizeof(*herd->nodes));
	herd->loop = loop_new();
	for (unsigned i = 0; i < n; i++)
		node_init(herd, i);
	open_client(herd);
	return herd;
}

void herd_free(struct herd *herd)
{
	close_client(herd);
	for (unsigned i = 0; i < herd->n; i++) {
		redfish_session_release(&herd->nodes[i].session);
		bmc_target_release(&herd->nodes[i].target);
	}
	loop_free(herd->loop);
	emulator_stop(&herd->emulator);
	free(herd->nodes);
	free(herd);
}

/* ---- one round ---- */

static void pump(struct node *node);

static void on_response(void *arg, const struct http_client_response *response)
{
	struct node *node = arg;
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

	redfish_op_input(node->op, clock_mono(), &in);
	pump(node);
}

static void send_request(struct node *node,
			 const struct redfish_request *request)
{
	const struct herd *herd = node->herd;
	bool fresh = herd->way != HERD_KEPT;
	AUTO_FREE char *url = xasprintf("https://%s:%u%s", node->target.host,
					node->target.port, request->path);
	AUTO_FREE char *token = xasprintf("X-Auth-Token: %s",
					  request->token ? request->token : "");
	const char *headers[8] = { "Accept: application/json",
				   "OData-Version: 4.0",
				   "Accept-Encoding: identity" };
	struct http_client_request http = {
		.peer = herd->way == HERD_FULL ? NULL : node->peer,
		.method = request->method,
		.url = url,
		.headers = headers,
		.body = request->body,
		.pin_sha256 = node->target.pin,
		.fresh = fresh,
		.connect_ms = ANSWER_MS,
		.timeout_ms = ANSWER_MS,
		.body_limit = REDFISH_BODY_MAX,
	};
	size_t n = 3;

	if (request->body)
		headers[n++] = "Content-Type: application/json";
	if (request->token)
		headers[n++] = token;
	if (fresh)
		headers[n++] = "Connection: close";
	http_client_send(herd->http, &http, on_response, node);
}

static void start_next(struct herd *herd)
{
	static const struct bmc_request request = { .op = BMC_POWER_GET };
	struct node *node = &herd->nodes[herd->next++];

	node->op = xcalloc(1, sizeof(*node->op));
	redfish_op_init(node->op, &node->session, &node->target, &request,
			clock_mono());
	pump(node);
}

static void finish(struct node *node, const struct err *err)
{
	struct herd *herd = node->herd;

	if (err) {
		herd->n_failed++;
		herd->err = *err;
	}
	redfish_op_release(node->op);
	free(node->op);
	node->op = NULL;
	herd->n_ended++;
}

/* The emulator is never busy, so what has nothing to send has ended. */
static void pump(struct node *node)
{
	struct redfish_request request;
	struct err odd;

	if (redfish_op_output(node->op, &request)) {
		send_request(node, &request);
	} else if (redfish_op_done(node->op)) {
		finish(node, redfish_op_error(node->op));
	} else {
		err_set(&odd, ERR_BUSY, "%s wants to wait", node->target.host);
		finish(node, &odd);
	}
}

void herd_poll(struct herd *herd, unsigned n, enum herd_way way)
{
	mono_ms begin = clock_mono();

	herd->way = way;
	herd->next = 0;
	herd->n_ended = 0;
	while (herd->n_ended < n) {
		while (herd->next < n && herd->next - herd->n_ended < RUNNING)
			start_next(herd);
		loop_turn(herd->loop, 100);
		if (clock_mono() > begin + MAX_WAIT_MS) {
			errno = ETIMEDOUT;
			die("a round of polls");
		}
	}
}
