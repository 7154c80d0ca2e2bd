/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "bmc/driver.h"
#include "peers.h"
#include "rows.h"

/*
 * What IPMI costs us: CPU time of a status by ourselves, ipmipower and
 * ipmitool at the same BMCs, and what ten thousand BMCs take.
 *
 *	bench_bmc [--json] [--bmcs N] [--sims N]
 *
 * Ours is a client that runs on, as the daemon does, and is counted from the
 * first packet to the last logout; the others are processes that end. The
 * BMCs are processes of the same machine: CPU time is what to look at, wall
 * time has theirs in it. Exits with 1 when a goal was missed.
 */
#define N_BMCS      10000
#define N_SIMS      64
#define MAX_SIMS    250
#define SIM_PORT    6230
#define N_OPEN      3000 /* sessions held at a time: less than the driver has */
#define N_ROUNDS    3    /* of new sessions to the few ipmi_sim */
#define N_STATUSES  10000 /* in open sessions */
#define N_IPMIPOWER 1000
#define N_IPMITOOL  32
#define LOGOUT_MS   9500 /* after that all idle sessions are closed */
#define MAX_WAIT_MS 120000
#define POLL_S      60.0

#define NEW_US     100
#define OPEN_US    30
#define PEER_SHARE 0.2
#define SWEEP_S    5
#define IDLE_BYTES 1024
#define POLL_SHARE 1 /* per cent of a core */

struct bench {
	struct rows rows;
	struct peers *peers;
	unsigned n_bmcs;
	unsigned n_sims;
};

/* ---- our client ---- */

struct client {
	struct loop *loop;
	struct bmc *bmc;
	struct bmc_target target;
	unsigned n_ended;
	unsigned n_failed;
	struct err err; /* the last */
};

static void client_init(struct client *client, unsigned port, unsigned suite)
{
	struct bmc_target *target = &client->target;

	memset(client, 0, sizeof(*client));
	client->loop = loop_new();
	client->bmc = bmc_new(client->loop);
	target->protocol = BMC_IPMI;
	target->port = (uint16_t)port;
	target->cipher = suite;
	str_copy(target->user, sizeof(target->user), "admin");
	str_copy(target->password, sizeof(target->password), PEERS_PASSWORD);
}

static void client_release(struct client *client)
{
	bmc_free(client->bmc);
	loop_free(client->loop);
	bmc_target_release(&client->target);
}

static void on_status(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct client *client = arg;

	(void)id;
	client->n_ended++;
	if (result->err.code) {
		client->n_failed++;
		client->err = result->err;
	}
}

static void host_of(unsigned i, char *out, size_t size)
{
	snprintf(out, size, "127.1.%u.%u", i / 250, i % 250 + 1);
}

/* The status of the first n; the wall time in ms. */
static mono_ms sweep(struct client *client, unsigned n)
{
	const struct bmc_request request = { .op = BMC_POWER_GET };
	mono_ms begin = clock_mono();
	unsigned until = client->n_ended + n;
	char id[16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "m%u", i);
		host_of(i, client->target.host, sizeof(client->target.host));
		bmc_submit(client->bmc, id, &client->target, &request,
			   on_status, client);
	}
	while (client->n_ended < until && clock_mono() < begin + MAX_WAIT_MS)
		loop_turn(client->loop, 1000);
	return clock_mono() - begin;
}

static void log_out(struct client *client)
{
	mono_ms until = clock_mono() + LOGOUT_MS;

	for (mono_ms now = clock_mono(); now < until; now = clock_mono())
		loop_turn(client->loop, until - now);
}

/* A number that failures are part of is none. */
static void check(struct bench *bench, const struct client *client)
{
	if (!client->n_failed)
		return;
	fprintf(stderr, "bench_bmc: %u of %u failed: %s\n", client->n_failed,
		client->n_ended, client->err.message);
	bench->rows.n_missed++;
}

/* CPU time of a status with its login and logout, of BMCs that are known. */
static double new_session_us(struct client *client, unsigned n)
{
	double before = peers_own_cpu_us();

	sweep(client, n);
	log_out(client);
	return (peers_own_cpu_us() - before) / n;
}

static double open_session_us(struct client *client, unsigned n)
{
	unsigned rounds = N_STATUSES / n + 1;
	double before;

	sweep(client, n);
	before = peers_own_cpu_us();
	for (unsigned i = 0; i < rounds; i++)
		sweep(client, n);
	return (peers_own_cpu_us() - before) / (n * rounds);
}

/* ---- theirs ---- */

static double ipmipower_us(struct bench *bench, unsigned n, unsigned port,
			   unsigned suite)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT(256 * 1024);
	double cpu_us = 0;
	unsigned n_good;
	char host[32];

	if (!peers_have("ipmipower"))
		return 0;
	buf_printf(&words,
		   "ipmipower -D LAN_2_0 -I %u -W opensesspriv -u admin -p %s "
		   "--stat -h ",
		   suite, PEERS_PASSWORD);
	for (unsigned i = 0; i < n; i++) {
		host_of(i, host, sizeof(host));
		buf_printf(&words, "%s%s:%u", i ? "," : "", host, port);
	}
	n_good = peers_run(bench->peers, words.base, ": o", &cpu_us);
	if (n_good != n) {
		fprintf(stderr, "bench_bmc: ipmipower: %u of %u\n", n_good, n);
		return 0;
	}
	return cpu_us / n;
}

static double ipmitool_us(struct bench *bench, unsigned n, unsigned port,
			  unsigned suite)
{
	double cpu_us = 0;
	unsigned n_good = 0;
	char host[32];

	if (!peers_have("ipmitool"))
		return 0;
	for (unsigned i = 0; i < n; i++) {
		AUTO_FREE char *words = NULL;

		host_of(i, host, sizeof(host));
		words = xasprintf("ipmitool -I lanplus -C %u -H %s -p %u "
				  "-U admin -P %s power status",
				  suite, host, port, PEERS_PASSWORD);
		n_good += peers_run(bench->peers, words, "Power is", &cpu_us);
	}
	if (n_good != n) {
		fprintf(stderr, "bench_bmc: ipmitool: %u of %u\n", n_good, n);
		return 0;
	}
	return cpu_us / n;
}

/* ---- cases ---- */

static void row(struct bench *bench, const char *where, const char *what,
		const char *unit, const double numbers[3])
{
	AUTO_FREE char *name = xasprintf("%s: %s", where, what);
	const struct row row = { .name = name,
				 .unit = unit,
				 .ours = numbers[0],
				 .peer = numbers[1],
				 .goal = numbers[2] };

	rows_add(&bench->rows, &row);
}

/* New sessions, beside those who do nothing else. */
static void beside_others(struct bench *bench, const char *where, unsigned port,
			  unsigned suite, unsigned n, double ours_us)
{
	double power_us;
	double tool_us;

	power_us = ipmipower_us(bench, n, port, suite);
	tool_us = ipmitool_us(bench, n < N_IPMITOOL ? n : N_IPMITOOL, port,
			      suite);
	row(bench, where, "new session, and ipmipower", "us",
	    (double[]){ ours_us, power_us, NEW_US });
	row(bench, where, "new session, and ipmitool", "us",
	    (double[]){ ours_us, tool_us, NEW_US });
	if (power_us > 0)
		row(bench, where, "new session, share of ipmipower's", "ratio",
		    (double[]){ ours_us / power_us, 0, PEER_SHARE });
}

static void with_sims(struct bench *bench)
{
	struct client client;
	double us = 0;

	if (!peers_sims(bench->peers, bench->n_sims, SIM_PORT)) {
		fprintf(stderr, "bench_bmc: ipmi_sim is not installed\n");
		return;
	}
	client_init(&client, SIM_PORT, 3);
	new_session_us(&client, bench->n_sims); /* they are slow to start */
	for (unsigned i = 0; i < N_ROUNDS; i++)
		us += new_session_us(&client, bench->n_sims) / N_ROUNDS;
	beside_others(bench, "ipmi_sim, suite 3", SIM_PORT, 3, bench->n_sims,
		      us);
	us = open_session_us(&client, bench->n_sims);
	row(bench, "ipmi_sim, suite 3", "open session", "us",
	    (double[]){ us, 0, OPEN_US });
	check(bench, &client);
	client_release(&client);
	peers_end_all(bench->peers);
}

static double heap_bytes(void)
{
	struct mallinfo2 heap = mallinfo2();

	return (double)heap.uordblks + (double)heap.hblkhd;
}

/* A driver that has nothing of a BMC, and says at once that it is on. */
static void *none_open(struct loop *loop)
{
	return loop;
}

static void none_free(void *state)
{
	(void)state;
}

static bool none_idle(const void *state)
{
	(void)state;
	return true;
}

static void *none_endpoint(void *state, const struct bmc_target *target)
{
	(void)target;
	return state;
}

static void none_start(void *endpoint, const struct bmc_request *request,
		       bmc_driver_fn done, void *arg)
{
	const struct bmc_result result = { .power = BMC_POWER_ON };

	(void)endpoint;
	(void)request;
	done(arg, &result);
}

static const struct bmc_driver none = {
	.name = "none",
	.max_running = 256,
	.open = none_open,
	.free = none_free,
	.idle = none_idle,
	.endpoint_new = none_endpoint,
	.start = none_start,
	.cancel = none_free,
	.endpoint_close = none_free,
};

/* What an idle BMC takes before any protocol: its target and mailbox. */
static void with_nobody(struct bench *bench)
{
	struct client client;
	double bytes;

	client_init(&client, SIM_PORT, 3);
	bmc_free(client.bmc);
	client.bmc = bmc_new_with(client.loop, &none, &none);
	bytes = heap_bytes();
	sweep(&client, bench->n_bmcs);
	bytes = (heap_bytes() - bytes) / bench->n_bmcs;
	row(bench, "core", "of an idle BMC", "bytes",
	    (double[]){ bytes, 0, IDLE_BYTES });
	check(bench, &client);
	client_release(&client);
}

static void with_farm(struct bench *bench, unsigned suite)
{
	AUTO_FREE char *where = xasprintf("farm, suite %u", suite);
	unsigned n = bench->n_bmcs;
	unsigned port = peers_farm(bench->peers, "");
	struct client client;
	double bytes;
	double us;

	client_init(&client, port, suite);
	bytes = heap_bytes();
	us = new_session_us(&client, n);
	bytes = (heap_bytes() - bytes) / n;
	row(bench, where, "first session", "us", (double[]){ us, 0, 0 });
	us = new_session_us(&client, n);
	beside_others(bench, where, port, suite,
		      n < N_IPMIPOWER ? n : N_IPMIPOWER, us);
	row(bench, where, "10,000 polled each 60 s, of a core", "%",
	    (double[]){ us * 10000 / (POLL_S * 1e6) * 100, 0, POLL_SHARE });
	row(bench, where, "an idle BMC", "bytes",
	    (double[]){ bytes, 0, IDLE_BYTES });
	us = open_session_us(&client, n < N_OPEN ? n : N_OPEN);
	row(bench, where, "open session", "us", (double[]){ us, 0, OPEN_US });
	check(bench, &client);
	client_release(&client);
	peers_end_all(bench->peers);
}

static void with_loss(struct bench *bench)
{
	AUTO_FREE char *where =
		xasprintf("farm, %u BMCs, 1 %% of loss", bench->n_bmcs);
	unsigned port = peers_farm(bench->peers, "--loss 1");
	struct client client;
	double s;

	client_init(&client, port, 0);
	s = (double)sweep(&client, bench->n_bmcs) / 1000;
	row(bench, where, "all of them", "s", (double[]){ s, 0, SWEEP_S });
	row(bench, where, "of them failed", "",
	    (double[]){ client.n_failed, 0, 0 });
	check(bench, &client);
	client_release(&client);
	peers_end_all(bench->peers);
}

static int read_options(struct bench *bench, char **argv)
{
	for (; *argv; argv++) {
		unsigned *number = NULL;

		if (str_eq(*argv, "--bmcs"))
			number = &bench->n_bmcs;
		else if (str_eq(*argv, "--sims"))
			number = &bench->n_sims;
		if (str_eq(*argv, "--json"))
			bench->rows.json = true;
		else if (!number || !*++argv ||
			 !str_parse_u32(*argv, N_BMCS, number))
			return -1;
	}
	return bench->n_sims > MAX_SIMS ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct bench bench = { .n_bmcs = N_BMCS, .n_sims = N_SIMS };

	(void)argc;
	if (read_options(&bench, argv + 1)) {
		fprintf(stderr, "usage: bench_bmc [--json] [--bmcs N] "
				"[--sims N]\n");
		return 2;
	}
	bench.peers = peers_new();
	if (bench.n_sims)
		with_sims(&bench);
	if (bench.n_bmcs) {
		with_nobody(&bench);
		with_farm(&bench, 3);
		with_farm(&bench, 17);
		with_loss(&bench);
	}
	peers_free(bench.peers);
	return bench.rows.n_missed ? 1 : 0;
}
