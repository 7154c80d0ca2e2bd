/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

#define RUNNING     256 /* as many as the driver */
#define MAX_WAIT_MS (5 * 60 * 1000)
#define ANSWER_MS   30000

static void die(const char *what)
{
	fprintf(stderr, "bmc_redfish: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- the emulator ---- */

/* For both: ten thousand connections are ten thousand descriptors. */
static void take_descriptors(unsigned n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	if (limit.rlim_max < n + 100) {
		errno = EMFILE;
		die("ulimit -Hn");
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static void run_emulator(const char *face, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	execl(EMULATOR, EMULATOR, "--face", face, "--fleet", "1", "--listen",
	      "0.0.0.0:0", (char *)NULL);
	_exit(127);
}

static void start_emulator(struct fleet *fleet, const char *face)
{
	char line[128];
	unsigned port = 0;
	bool ready = false;
	int ends[2];
	FILE *said;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	fleet->pid = fork();
	if (fleet->pid < 0)
		die("fork");
	if (!fleet->pid)
		run_emulator(face, ends[1]);
	close(ends[1]);
	said = fdopen(ends[0], "re");
	while (!ready && fgets(line, sizeof(line), said)) {
		sscanf(line, "pin %63s", fleet->pin);
		sscanf(line, "listen 0.0.0.0:%u", &port);
		ready = str_starts(line, "ready");
	}
	fclose(said);
	if (!ready)
		die(EMULATOR);
	fleet->port = (uint16_t)port;
}

/* ---- our client ---- */

static void open_client(struct fleet *fleet)
{
	static const struct http_client_config config = {
		.n_pools = 64,
		.linger_ms = 3600 * 1000,
		.connects_s = 1000000,
		.connects_most = 1000000,
	};

	fleet->http = http_client_new_with(fleet->loop, &config);
	for (unsigned i = 0; i < fleet->n; i++)
		fleet->nodes[i].peer = http_peer_new(fleet->http);
}

static void close_client(struct fleet *fleet)
{
	for (unsigned i = 0; i < fleet->n; i++)
		http_peer_free(fleet->nodes[i].peer);
	http_client_free(fleet->http);
}

void fleet_hang_up(struct fleet *fleet)
{
	close_client(fleet);
	open_client(fleet);
}

static void node_init(struct fleet *fleet, unsigned i)
{
	struct node *node = &fleet->nodes[i];
	struct bmc_target *target = &node->target;

	node->fleet = fleet;
	snprintf(target->host, sizeof(target->host), "127.1.%u.%u", i / 250,
		 i % 250 + 1);
	target->port = fleet->port;
	str_copy(target->user, sizeof(target->user), "admin");
	str_copy(target->password, sizeof(target->password), "secret");
	str_copy(target->pin, sizeof(target->pin), fleet->pin);
	redfish_session_init(&node->session, target, NULL);
}

struct fleet *fleet_new(unsigned n, const char *face)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));

	take_descriptors(n);
	start_emulator(fleet, face);
	fleet->n = n;
	fleet->nodes = xcalloc(n, sizeof(*fleet->nodes));
	fleet->loop = loop_new();
	for (unsigned i = 0; i < n; i++)
		node_init(fleet, i);
	open_client(fleet);
	return fleet;
}

void fleet_free(struct fleet *fleet)
{
	close_client(fleet);
	for (unsigned i = 0; i < fleet->n; i++) {
		redfish_session_release(&fleet->nodes[i].session);
		bmc_target_release(&fleet->nodes[i].target);
	}
	loop_free(fleet->loop);
	kill(fleet->pid, SIGTERM);
	waitpid(fleet->pid, NULL, 0);
	free(fleet->nodes);
	free(fleet);
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
	const struct fleet *fleet = node->fleet;
	bool fresh = fleet->way != FLEET_KEPT;
	AUTO_FREE char *url = xasprintf("https://%s:%u%s", node->target.host,
					node->target.port, request->path);
	AUTO_FREE char *token = xasprintf("X-Auth-Token: %s",
					  request->token ? request->token : "");
	const char *headers[8] = { "Accept: application/json",
				   "OData-Version: 4.0",
				   "Accept-Encoding: identity" };
	struct http_client_request http = {
		.peer = fleet->way == FLEET_FULL ? NULL : node->peer,
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
	http_client_send(fleet->http, &http, on_response, node);
}

static void start_next(struct fleet *fleet)
{
	static const struct bmc_request request = { .op = BMC_POWER_GET };
	struct node *node = &fleet->nodes[fleet->next++];

	node->op = xcalloc(1, sizeof(*node->op));
	redfish_op_init(node->op, &node->session, &node->target, &request,
			clock_mono());
	pump(node);
}

static void finish(struct node *node, const struct err *err)
{
	struct fleet *fleet = node->fleet;

	if (err) {
		fleet->n_failed++;
		fleet->err = *err;
	}
	redfish_op_release(node->op);
	free(node->op);
	node->op = NULL;
	fleet->n_ended++;
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

void fleet_poll(struct fleet *fleet, unsigned n, enum fleet_way way)
{
	mono_ms begin = clock_mono();

	fleet->way = way;
	fleet->next = 0;
	fleet->n_ended = 0;
	while (fleet->n_ended < n) {
		while (fleet->next < n &&
		       fleet->next - fleet->n_ended < RUNNING)
			start_next(fleet);
		loop_turn(fleet->loop, 100);
		if (clock_mono() > begin + MAX_WAIT_MS) {
			errno = ETIMEDOUT;
			die("a round of polls");
		}
	}
}
