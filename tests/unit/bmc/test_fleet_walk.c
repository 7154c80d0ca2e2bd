/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/fleet_plan.h"

/*
 * A few BMCs, and anything that can happen to them in any order: whatever it
 * is, each operation ends once, one is under way at a time, what may have left
 * is not sent again by itself, and nothing waits for nothing.
 */
#define N_BOXES  6
#define N_STEPS  3000
#define N_WALKS  40
#define MAX_OPEN 400

struct job {
	struct mail mail;
	bool open;
	bool left; /* a try of it may have changed something */
	unsigned n_tries;
};

struct walk {
	struct rng rng;
	struct fleet *fleet;
	struct fleet_box boxes[N_BOXES];
	bool trying[N_BOXES];
	struct mailbox_try tries[N_BOXES];
	struct job jobs[MAX_OPEN];
	size_t n_open;
	mono_ms now;
	size_t n_put;
	size_t n_ended;
	size_t n_cut;
};

static unsigned any(struct walk *walk, unsigned n)
{
	return (unsigned)(rng_u64(&walk->rng) % n);
}

static struct job *job_of(struct mail *mail)
{
	return container_of(mail, struct job, mail);
}

static void put(struct walk *walk)
{
	static const enum bmc_op ops[] = { BMC_POWER_GET, BMC_POWER_SET,
					   BMC_BOOT_GET,  BMC_BOOT_SET,
					   BMC_INFO,      BMC_MEDIA_EJECT };
	struct fleet_box *box = &walk->boxes[any(walk, N_BOXES)];
	struct job *job = walk->jobs;

	while (job < walk->jobs + MAX_OPEN && job->open)
		job++;
	if (job == walk->jobs + MAX_OPEN)
		return;
	*job = (struct job){ .open = true };
	job->mail.op = ops[any(walk, ARRAY_LEN(ops))];
	job->mail.action = any(walk, BMC_ACTION_RESET + 1);
	job->mail.boot.device = any(walk, BMC_BOOT_CD);
	job->mail.group = any(walk, 3);
	job->mail.timeout_ms = 1 + any(walk, 100000);
	if (bmc_op_writes(job->mail.op))
		job->mail.rank = any(walk, 8) ? MAIL_CHANGE : MAIL_ABORT;
	else
		job->mail.rank = any(walk, 2) ? MAIL_READ : MAIL_POLL;
	walk->n_put++;
	walk->n_open++;
	fleet_put(walk->fleet, box, &job->mail);
}

static void end_one(struct walk *walk, struct job *job)
{
	assert_true(job->open);
	job->open = false;
	walk->n_open--;
	walk->n_ended++;
}

static void end(struct walk *walk, struct mail *mail)
{
	struct mail *sharer;

	assert_non_null(mail->result);
	while ((sharer = list_first(&mail->sharers, struct mail, link))) {
		list_remove(&sharer->link);
		assert_int_equal(sharer->op, mail->op);
		end_one(walk, job_of(sharer));
	}
	if (job_of(mail)->left && mail->result->err.code != ERR_NONE)
		assert_true(mail->result->sent);
	mail_release(mail);
	end_one(walk, job_of(mail));
}

static void begin(struct walk *walk, struct fleet_box *box,
		  const struct mailbox_try *try)
{
	size_t i = (size_t)(box - walk->boxes);
	struct job *job = job_of(try->mail);

	assert_false(walk->trying[i]);
	assert_true(job->open);
	assert_true(try->timeout_ms > 0);
	assert_true(try->way < box->mailbox.n_ways);
	walk->trying[i] = true;
	walk->tries[i] = *try;
	if (try->kind != TRY_MAIL)
		return;
	job->n_tries++;
	/* Only what moves to a state, after a look has not found it. */
	if (job->left)
		assert_true(job->mail.looks &&
			    (job->mail.op == BMC_BOOT_SET ||
			     job->mail.action == BMC_ACTION_ON ||
			     job->mail.action == BMC_ACTION_OFF));
}

static void pump(struct walk *walk)
{
	struct fleet_step step;

	while (fleet_output(walk->fleet, walk->now, &step))
		switch (step.kind) {
		case FLEET_TRY:
			begin(walk, step.box, &step.try);
			break;
		case FLEET_CUT:
			assert_true(walk->trying[step.box - walk->boxes]);
			walk->trying[step.box - walk->boxes] = false;
			walk->n_cut++;
			break;
		case FLEET_ENDED:
			end(walk, step.mail);
			break;
		}
	if (!walk->n_open)
		return;
	for (size_t i = 0; i < N_BOXES; i++)
		if (walk->trying[i])
			return;
	assert_true(fleet_deadline(walk->fleet) < MONO_NEVER);
}

static void answer(struct walk *walk, size_t i)
{
	static const enum err_code codes[] = {
		ERR_NONE,        ERR_NONE,        ERR_NONE, ERR_TIMEOUT,
		ERR_TIMEOUT,     ERR_UNREACHABLE, ERR_BUSY, ERR_PROTOCOL,
		ERR_UNSUPPORTED, ERR_OUTCOME,     ERR_IO,   ERR_UNREACHABLE,
	};
	struct bmc_result result = { .power = any(walk, 3) };
	const struct mailbox_try *try = &walk->tries[i];

	if (!walk->trying[i])
		return;
	walk->trying[i] = false;
	result.err.code =
		any(walk, 200) ? codes[any(walk, ARRAY_LEN(codes))] : ERR_AUTH;
	str_copy(result.err.message, sizeof(result.err.message), "cause");
	result.boot.device = any(walk, BMC_BOOT_CD);
	if (!any(walk, 4))
		result.report = bmc_report_new(BMC_REPORT_INFO);
	if (try->kind == TRY_MAIL && bmc_op_writes(try->op)) {
		result.sent = any(walk, 2);
		job_of(try->mail)->left |= result.sent;
	}
	fleet_done(walk->fleet, &walk->boxes[i], walk->now, &result);
}

static void aim(struct walk *walk, size_t i)
{
	const struct fleet_way ways[] = {
		{ .way = { .name = "a", .more_ops = 1u << BMC_INFO } },
		{ .way = { .name = "b" }, .driver = 1 },
		{ .way = { .name = "c", .more_ops = 1u << BMC_INFO },
		  .driver = 2 },
	};

	if (!walk->trying[i])
		fleet_aim(walk->fleet, &walk->boxes[i], ways,
			  1 + any(walk, ARRAY_LEN(ways)), any(walk, 3) * 100);
}

static void step(struct walk *walk)
{
	size_t i = any(walk, N_BOXES);
	mono_ms deadline;

	switch (any(walk, 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		put(walk);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		answer(walk, i);
		break;
	case 8:
		walk->now += any(walk, 5000);
		break;
	case 9:
		deadline = fleet_deadline(walk->fleet);
		if (deadline < MONO_NEVER && deadline > walk->now)
			walk->now = deadline;
		break;
	case 10:
		if (!any(walk, 20))
			fleet_thaw(walk->fleet, &walk->boxes[i], walk->now);
		break;
	default:
		if (!any(walk, 20))
			aim(walk, i);
		break;
	}
	pump(walk);
}

/* Nobody asks any more: all comes to an end by itself. */
static void settle(struct walk *walk)
{
	for (unsigned n = 0; walk->n_open; n++) {
		mono_ms deadline = fleet_deadline(walk->fleet);

		assert_true(n < 100000);
		for (size_t i = 0; i < N_BOXES; i++)
			answer(walk, i);
		if (deadline < MONO_NEVER && deadline > walk->now)
			walk->now = deadline;
		pump(walk);
	}
}

static void walk_open(struct walk *walk, uint64_t seed)
{
	const struct place_limits limits = {
		.most = 4,
		.most_per_rack = 2,
		.most_per_driver = { 3, 2, 1 },
		.power_on_per_s = 3,
		.power_on_per_s_per_rack = 2,
	};

	memset(walk, 0, sizeof(*walk));
	walk->rng = rng_seeded(seed);
	walk->fleet = fleet_new(&limits, rng_seeded(seed), 0);
	for (size_t i = 0; i < N_BOXES; i++) {
		fleet_join(&walk->boxes[i], "b");
		fleet_set_rack(walk->fleet, &walk->boxes[i], i % 3 ? "r1" : "");
		aim(walk, i);
	}
}

/* With what is under way, and what waits. */
static void walk_close(struct walk *walk)
{
	struct place_counts counts;

	for (size_t i = 0; i < N_BOXES; i++) {
		struct mail *mail;

		fleet_leave(walk->fleet, &walk->boxes[i], walk->now);
		while ((mail = fleet_left(&walk->boxes[i]))) {
			/* What is under way may have left, unseen. */
			job_of(mail)->left = false;
			end(walk, mail);
		}
	}
	places_counts(fleet_places(walk->fleet), &counts);
	assert_int_equal(counts.waiting, 0);
	for (size_t i = 0; i < PLACE_DRIVERS; i++)
		assert_int_equal(counts.taken[i], 0);
	assert_int_equal(walk->n_ended, walk->n_put);
	fleet_free(walk->fleet);
}

static void test_all_that_is_asked_ends_once(void **state)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));
	size_t n_ended = 0;
	size_t n_cut = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= N_WALKS; seed++) {
		walk_open(walk, seed);
		for (unsigned i = 0; i < N_STEPS; i++)
			step(walk);
		if (seed % 2)
			settle(walk);
		walk_close(walk);
		n_ended += walk->n_ended;
		n_cut += walk->n_cut;
	}
	free(walk);

	fprintf(stderr, "%zu operations, %zu broken off\n", n_ended, n_cut);
	assert_true(n_ended > N_WALKS * 100 && n_cut > N_WALKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_all_that_is_asked_ends_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
