/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/fleet_plan.h"

/*
 * Ten thousand BMCs in virtual time: each is polled now and then, and once
 * asked, switched off, told to boot from the network, and switched on. One in
 * twenty is sick in one of the ways that BMCs are.
 *
 * SIM_SEED makes another run; it is printed, so that one that fails can be
 * seen again.
 */
#define N_BMCS     10000
#define N_IN_RACK  40
#define POLL_MS    300000
#define WARM_UP_MS 300000  /* of polls only */
#define WAVE_MS    900000  /* in which all the machines are installed */
#define END_MS     2400000 /* by which all has come to an end */
#define MOST       128
#define PER_RACK   16
#define ONS_A_S    20
#define N_STEPS    4

enum kind {
	WELL,
	STALLS,  /* takes each try's time, and does nothing */
	DEAD,    /* cannot be connected to */
	REFUSES, /* the credentials */
	SLOW,    /* does all, in ten times the time */
	LOSES,   /* does what it is told by its first way, and never says so */
	BUSY,    /* three times of four */
};

struct bmc {
	struct fleet_box box;
	struct rng rng;
	enum kind kind;
	bool on;
	enum bmc_device boot;
	unsigned n_asked; /* tries that reached it */
	/* What is under way. */
	struct heap_item done;
	struct bmc_result result;
	bool suspect;
	/* What comes next. */
	struct heap_item poll;
	struct heap_item wave;
	unsigned step;
	char id[24];
};

struct job {
	struct mail mail; /* first */
	mono_ms since;
	bool poll;
	unsigned n_done; /* times that the BMC did something for it */
};

struct sim {
	uint64_t seed;
	bool cold; /* nobody was heard yet, and all are asked at once */
	struct fleet *fleet;
	struct bmc *bmcs;
	struct heap events;
	mono_ms now;
	size_t n_submitted;
	size_t n_ended;
	int64_t *took_ms; /* of operations on those that are well */
	size_t n_took;
	size_t n_failed; /* of those */
	size_t n_cut;
	unsigned running;
	unsigned most_running;
	unsigned suspects;
	unsigned most_suspects;
	unsigned in_rack[N_BMCS / N_IN_RACK];
	unsigned most_in_rack;
	unsigned ons; /* in this second */
	mono_ms second;
	unsigned most_ons;
};

static int64_t between(struct rng *rng, int64_t least, int64_t most)
{
	return least + (int64_t)(rng_u64(rng) % (uint64_t)(most - least + 1));
}

static size_t rack_of(const struct sim *sim, const struct bmc *bmc)
{
	return (size_t)(bmc - sim->bmcs) / N_IN_RACK;
}

static void submit(struct sim *sim, struct bmc *bmc, struct job *job)
{
	struct bmc_request request = { .op = job->mail.op };

	job->since = sim->now;
	job->mail.timeout_ms = bmc_op_timeout_ms(&request);
	if (bmc_op_writes(job->mail.op))
		job->mail.rank = MAIL_CHANGE;
	else
		job->mail.rank = job->poll ? MAIL_POLL : MAIL_READ;
	sim->n_submitted++;
	fleet_put(sim->fleet, &bmc->box, &job->mail);
}

static void next_step(struct sim *sim, struct bmc *bmc)
{
	struct job *job;

	if (bmc->step == (sim->cold ? 1 : N_STEPS))
		return;
	job = xcalloc(1, sizeof(*job));
	switch (bmc->step++) {
	case 0:
		job->mail.op = BMC_POWER_GET;
		break;
	case 1:
		job->mail.op = BMC_POWER_SET;
		job->mail.action = BMC_ACTION_OFF;
		break;
	case 2:
		job->mail.op = BMC_BOOT_SET;
		job->mail.boot.device = BMC_BOOT_PXE;
		break;
	default:
		job->mail.op = BMC_POWER_SET;
		job->mail.action = bmc->id[strlen(bmc->id) - 1] == '7'
					   ? BMC_ACTION_CYCLE
					   : BMC_ACTION_ON;
		break;
	}
	submit(sim, bmc, job);
}

static void poll(struct sim *sim, struct bmc *bmc)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->mail.op = BMC_POWER_GET;
	job->poll = true;
	submit(sim, bmc, job);
	heap_set(&sim->events, &bmc->poll, sim->now + POLL_MS);
}

/* ---- the BMC's side ---- */

static void carry_out(struct bmc *bmc, struct job *job)
{
	const struct mail *mail = &job->mail;
	bool cycles = mail->action == BMC_ACTION_CYCLE;
	bool to_on = bmc_action_goal(mail->action) == BMC_POWER_ON;

	if (mail->op == BMC_POWER_SET && (cycles || bmc->on != to_on)) {
		bmc->on = to_on;
		job->n_done++;
	} else if (mail->op == BMC_BOOT_SET && bmc->boot != mail->boot.device) {
		bmc->boot = mail->boot.device;
		job->n_done++;
	}
}

static int64_t fails(struct bmc *bmc, enum err_code code, bool sent,
		     int64_t took_ms)
{
	bmc->result.err.code = code;
	str_copy(bmc->result.err.message, sizeof(bmc->result.err.message),
		 "sick");
	bmc->result.sent = sent;
	return took_ms;
}

/* What it will answer, and when. */
static int64_t ask(struct bmc *bmc, const struct mailbox_try *try)
{
	struct job *job = container_of(try->mail, struct job, mail);
	bool writes = bmc_op_writes(try->op);
	int64_t took_ms = writes ? between(&bmc->rng, 300, 3000)
				 : between(&bmc->rng, 50, 500);
	bool executes = try->kind == TRY_MAIL && writes;

	bmc->result = (struct bmc_result){ .sent = false };
	bmc->n_asked++;
	if (bmc->kind == SLOW)
		took_ms *= 10;
	switch (bmc->kind) {
	case STALLS:
		return fails(bmc, ERR_TIMEOUT, executes, try->timeout_ms);
	case DEAD:
		return fails(bmc, ERR_UNREACHABLE, false, 10000);
	case REFUSES:
		return fails(bmc, ERR_AUTH, false, 200);
	case BUSY:
		if (rng_u64(&bmc->rng) % 4)
			return fails(bmc, ERR_BUSY, false, took_ms);
		break;
	case LOSES:
		if (try->way || !executes)
			break;
		carry_out(bmc, job);
		return fails(bmc, ERR_TIMEOUT, true, 20000);
	default:
		break;
	}
	if (executes) {
		carry_out(bmc, job);
		bmc->result.sent = true;
	}
	bmc->result.power = bmc->on ? BMC_POWER_ON : BMC_POWER_OFF;
	bmc->result.boot.device = bmc->boot;
	return took_ms < try->timeout_ms ? took_ms : try->timeout_ms;
}

/* ---- the pump ---- */

static void count_on(struct sim *sim, const struct mailbox_try *try)
{
	if (try->kind != TRY_MAIL || try->op != BMC_POWER_SET ||
	    bmc_action_goal(try->mail->action) != BMC_POWER_ON)
		return;
	if (sim->now >= sim->second + 1000) {
		sim->second = sim->now;
		sim->ons = 0;
	}
	if (++sim->ons > sim->most_ons)
		sim->most_ons = sim->ons;
}

static void begin(struct sim *sim, struct bmc *bmc,
		  const struct mailbox_try *try)
{
	size_t rack = rack_of(sim, bmc);

	bmc->suspect = mailbox_suspect(&bmc->box.mailbox);
	sim->suspects += bmc->suspect;
	if (sim->suspects > sim->most_suspects)
		sim->most_suspects = sim->suspects;
	if (++sim->running > sim->most_running)
		sim->most_running = sim->running;
	if (++sim->in_rack[rack] > sim->most_in_rack)
		sim->most_in_rack = sim->in_rack[rack];
	count_on(sim, try);
	heap_set(&sim->events, &bmc->done, sim->now + ask(bmc, try));
}

static void finish(struct sim *sim, struct bmc *bmc)
{
	sim->running--;
	sim->in_rack[rack_of(sim, bmc)]--;
	sim->suspects -= bmc->suspect;
	fleet_done(sim->fleet, &bmc->box, sim->now, &bmc->result);
}

static void end_job(struct sim *sim, struct bmc *bmc, struct job *job)
{
	bool poll = job->poll;
	struct mail *sharer;

	assert_true(job->n_done <= 1);
	while ((sharer = list_first(&job->mail.sharers, struct mail, link))) {
		struct job *other = container_of(sharer, struct job, mail);

		list_remove(&sharer->link);
		poll = poll && other->poll;
		sim->n_ended++;
		free(other);
	}
	sim->n_ended++;
	if (bmc->kind == WELL && !poll) {
		sim->took_ms[sim->n_took++] = sim->now - job->since;
		sim->n_failed += job->mail.result->err.code != ERR_NONE;
	}
	mail_release(&job->mail);
	free(job);
	if (!poll)
		next_step(sim, bmc);
}

static void pump(struct sim *sim)
{
	struct fleet_step step;

	while (fleet_output(sim->fleet, sim->now, &step)) {
		struct bmc *bmc = container_of(step.box, struct bmc, box);

		switch (step.kind) {
		case FLEET_TRY:
			begin(sim, bmc, &step.try);
			break;
		case FLEET_CUT:
			sim->n_cut++;
			break;
		case FLEET_ENDED:
			end_job(sim, bmc,
				container_of(step.mail, struct job, mail));
			break;
		}
	}
}

static void happen(struct sim *sim, struct heap_item *item)
{
	size_t at = (size_t)((char *)item - (char *)sim->bmcs);
	struct bmc *bmc = &sim->bmcs[at / sizeof(*sim->bmcs)];

	if (item == &bmc->done)
		finish(sim, bmc);
	else if (item == &bmc->poll)
		poll(sim, bmc);
	else
		next_step(sim, bmc);
}

static void run(struct sim *sim)
{
	struct heap_item *item;

	while (sim->now < END_MS) {
		mono_ms next = heap_next(&sim->events);

		if (fleet_deadline(sim->fleet) < next)
			next = fleet_deadline(sim->fleet);
		if (next == MONO_NEVER)
			break;
		assert_true(next > sim->now || next == 0);
		sim->now = next;
		while ((item = heap_expired(&sim->events, sim->now)))
			happen(sim, item);
		pump(sim);
	}
}

/* ---- the world ---- */

static void make_bmc(struct sim *sim, size_t i, bool with_sick)
{
	static const enum kind sick[] = { STALLS,  STALLS, DEAD,  DEAD,
					  REFUSES, SLOW,   LOSES, BUSY };
	const struct fleet_way ways[] = {
		{ .way = { .name = "redfish" }, .driver = 0 },
		{ .way = { .name = "ipmi" }, .driver = 1 },
	};
	struct bmc *bmc = &sim->bmcs[i];
	char rack[24];

	bmc->rng = rng_seeded(sim->seed * N_BMCS + i);
	if (with_sick && i % 20 == 7)
		bmc->kind = sick[i / 20 % ARRAY_LEN(sick)];
	bmc->on = i % 3 != 0;
	snprintf(bmc->id, sizeof(bmc->id), "b%zu", i);
	snprintf(rack, sizeof(rack), "r%zu", i / N_IN_RACK);
	fleet_join(&bmc->box, bmc->id);
	fleet_set_rack(sim->fleet, &bmc->box, rack);
	fleet_aim(sim->fleet, &bmc->box, ways, i % 2 ? 2 : 1, 0);
	if (sim->cold) {
		heap_set(&sim->events, &bmc->wave, 1);
		return;
	}
	heap_set(&sim->events, &bmc->poll, between(&bmc->rng, 1, POLL_MS));
	heap_set(&sim->events, &bmc->wave,
		 WARM_UP_MS + between(&bmc->rng, 0, WAVE_MS));
}

static void sim_open(struct sim *sim, uint64_t seed, bool cold, bool with_sick)
{
	const struct place_limits limits = {
		.most = MOST,
		.most_per_rack = PER_RACK,
		.power_on_per_s = ONS_A_S,
	};

	*sim = (struct sim){ .seed = seed, .cold = cold };
	sim->fleet = fleet_new(&limits, rng_seeded(seed), 0);
	sim->bmcs = xcalloc(N_BMCS, sizeof(*sim->bmcs));
	sim->took_ms = xcalloc(N_BMCS * N_STEPS, sizeof(*sim->took_ms));
	for (size_t i = 0; i < N_BMCS; i++)
		make_bmc(sim, i, with_sick);
}

static void sim_close(struct sim *sim)
{
	for (size_t i = 0; i < N_BMCS; i++) {
		struct mail *mail;

		fleet_leave(sim->fleet, &sim->bmcs[i].box, sim->now);
		while ((mail = fleet_left(&sim->bmcs[i].box))) {
			mail_release(mail);
			free(container_of(mail, struct job, mail));
		}
	}
	heap_release(&sim->events);
	fleet_free(sim->fleet);
	free(sim->bmcs);
	free(sim->took_ms);
}

static int by_size(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a;
	int64_t other = *(const int64_t *)b;

	return (one > other) - (one < other);
}

static int64_t took_at(struct sim *sim, unsigned percent)
{
	qsort(sim->took_ms, sim->n_took, sizeof(*sim->took_ms), by_size);
	return sim->took_ms[(sim->n_took - 1) * percent / 100];
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("SIM_SEED");
	uint64_t seed = 20;

	if (text)
		assert_true(str_parse_u64(text, UINT64_MAX, &seed));
	fprintf(stderr, "SIM_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* In all runs. */
static void check_limits(const struct sim *sim)
{
	size_t n_polls_open = 0;

	assert_in_range(sim->most_running, 1, MOST);
	assert_in_range(sim->most_in_rack, 1, PER_RACK);
	assert_true(sim->most_suspects <= MOST / 4);
	/* What had gathered, and what drips in meanwhile. */
	assert_in_range(sim->most_ons, 1, ONS_A_S + ONS_A_S / 4 + 1);
	for (size_t i = 0; i < N_BMCS; i++) {
		assert_int_equal(sim->bmcs[i].step, N_STEPS);
		n_polls_open += !mailbox_empty(&sim->bmcs[i].box.mailbox);
	}
	assert_true(n_polls_open <= MOST);
	assert_true(sim->n_submitted - sim->n_ended <= n_polls_open);
}

static void check_bmc(const struct bmc *bmc)
{
	enum breaker_state breaker = breaker_state(&bmc->box.mailbox.breaker);

	switch (bmc->kind) {
	case STALLS:
	case DEAD:
		assert_int_not_equal(breaker, BREAKER_CLOSED);
		break;
	case REFUSES: /* one try, and BMCs do not lock the account */
		assert_int_equal(bmc->n_asked, 1);
		break;
	default:
		assert_int_equal(breaker, BREAKER_CLOSED);
		break;
	}
	if (bmc->kind == WELL || bmc->kind == SLOW) {
		assert_true(bmc->on);
		assert_int_equal(bmc->boot, BMC_BOOT_PXE);
	}
}

static void test_the_sick_are_not_felt_by_the_sound(void **state)
{
	uint64_t seed = seed_of_run();
	struct sim *sim = xcalloc(1, sizeof(*sim));
	int64_t p50[2];
	int64_t p99[2];

	(void)state;
	for (int sick = 0; sick < 2; sick++) {
		sim_open(sim, seed, false, sick);
		run(sim);
		check_limits(sim);
		for (size_t i = 0; i < N_BMCS; i++)
			check_bmc(&sim->bmcs[i]);
		assert_int_equal(sim->n_failed, 0);
		p50[sick] = took_at(sim, 50);
		p99[sick] = took_at(sim, 99);
		fprintf(stderr,
			"%s: %zu operations, p50 %lld ms, p99 %lld ms; at "
			"most %u at once, %u of suspects, %u in a rack, %u "
			"switched on in a second\n",
			sick ? "one in twenty sick" : "all well", sim->n_ended,
			(long long)p50[sick], (long long)p99[sick],
			sim->most_running, sim->most_suspects,
			sim->most_in_rack, sim->most_ons);
		sim_close(sim);
	}
	free(sim);

	assert_true(p99[1] * 10 <= p99[0] * 11);
	assert_true(p50[1] * 10 <= p50[0] * 11);
}

/* As after a start: nobody is known to be sound yet. */
static void test_all_can_be_asked_at_once_when_none_is_known(void **state)
{
	uint64_t seed = seed_of_run();
	struct sim *sim = xcalloc(1, sizeof(*sim));
	int64_t last[2];

	(void)state;
	for (int sick = 0; sick < 2; sick++) {
		sim_open(sim, seed, true, sick);
		run(sim);
		assert_int_equal(sim->n_ended, N_BMCS);
		assert_int_equal(sim->n_failed, 0);
		last[sick] = took_at(sim, 100);
		fprintf(stderr,
			"%s: all that are well have answered in %lld ms\n",
			sick ? "one in twenty sick" : "all well",
			(long long)last[sick]);
		sim_close(sim);
	}
	free(sim);

	assert_true(last[1] <= 3 * last[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_sick_are_not_felt_by_the_sound),
		RUN(test_all_can_be_asked_at_once_when_none_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
