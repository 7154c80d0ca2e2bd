/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_BMC_MAILBOX_WORLD_H
#define TESTS_UNIT_BMC_MAILBOX_WORLD_H

#include "test.h"

#include <string.h>

#include "base/str.h"
#include "bmc/mailbox_plan.h"

/*
 * A mailbox for its tests, with time and answers that they make up. Mails are
 * known by their numbers.
 */
#define N 16

static const struct mailbox_way redfish = {
	.name = "redfish",
	.more_ops = 1u << BMC_INFO | 1u << BMC_BIOS_GET,
	.http_boot = true,
};
static const struct mailbox_way ipmi = {
	.name = "ipmi",
	.more_ops = 1u << BMC_INFO | 1u << BMC_FRU,
};

/* One mailbox, its time, and mails by number. */
struct world {
	struct mailbox box;
	struct rng rng;
	mono_ms now;
	struct mail mails[N];
	struct mailbox_try try; /* that is wanted, or under way */
	mono_ms at;             /* that MAILBOX_WAIT named */
};

static inline int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->rng = rng_seeded(4711);
	world->now = 1000;
	mailbox_init(&world->box, "b");
	mailbox_aim(&world->box, &redfish, 1, 0);
	*state = world;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < N; i++)
		mail_release(&world->mails[i]);
	mailbox_release(&world->box);
	free(world);
	return 0;
}

static inline void two_ways(struct world *world)
{
	const struct mailbox_way ways[] = { redfish, ipmi };

	mailbox_aim(&world->box, ways, 2, 0);
}

static inline void put_rank(struct world *world, size_t i, enum bmc_op op,
			    enum mail_rank rank)
{
	world->mails[i].op = op;
	world->mails[i].rank = rank;
	if (!world->mails[i].timeout_ms)
		world->mails[i].timeout_ms = 60000;
	mailbox_put(&world->box, &world->mails[i]);
}

static inline void put(struct world *world, size_t i, enum bmc_op op)
{
	put_rank(world, i, op, bmc_op_writes(op) ? MAIL_CHANGE : MAIL_READ);
}

static inline void put_power(struct world *world, size_t i,
			     enum bmc_power_action action)
{
	world->mails[i].action = action;
	put(world, i, BMC_POWER_SET);
}

static inline enum mailbox_next next(struct world *world)
{
	return mailbox_next(&world->box, world->now, &world->try, &world->at);
}

/* Begins what is wanted now: whose it is. */
static inline int begin(struct world *world)
{
	enum mailbox_next is = next(world);

	if (is == MAILBOX_WAIT) {
		assert_true(world->at > world->now);
		world->now = world->at;
		is = next(world);
	}
	assert_int_equal(is, MAILBOX_TRY);
	assert_true(world->try.timeout_ms > 0);
	mailbox_begin(&world->box, world->now, &world->try);
	return (int)(world->try.mail - world->mails);
}

static inline void answer(struct world *world, int64_t took_ms,
			  struct bmc_result result)
{
	if (result.err.code)
		str_copy(result.err.message, sizeof(result.err.message),
			 "cause");
	world->now += took_ms;
	mailbox_done(&world->box, world->now, &result, &world->rng);
}

static inline void answer_code(struct world *world, enum err_code code)
{
	answer(world, 100, (struct bmc_result){ .err.code = code });
}

static inline void answer_power(struct world *world, enum bmc_power power)
{
	answer(world, 100, (struct bmc_result){ .power = power });
}

static inline void answer_sent(struct world *world, enum err_code code)
{
	answer(world, 100,
	       (struct bmc_result){ .err.code = code, .sent = true });
}

/* Which has ended; -1: none. */
static inline int ended(struct world *world)
{
	struct mail *mail;

	if (list_empty(&world->box.ended))
		(void)next(world);
	mail = mailbox_ended(&world->box);
	return mail ? (int)(mail - world->mails) : -1;
}

static inline enum err_code code_of(const struct world *world, int i)
{
	assert_true(i >= 0);
	return world->mails[i].result->err.code;
}

static const char *message_of(const struct world *world, int i)
{
	return world->mails[i].result->err.message;
}

static inline void fall_silent(struct world *world)
{
	size_t i = N - 1;

	while (breaker_state(&world->box.breaker) == BREAKER_CLOSED) {
		if (next(world) == MAILBOX_NOTHING) {
			(void)ended(world);
			mail_release(&world->mails[i]);
			memset(&world->mails[i], 0, sizeof(world->mails[i]));
			put(world, i, BMC_BOOT_GET);
		}
		begin(world);
		answer_code(world, ERR_UNREACHABLE);
	}
	while (ended(world) >= 0)
		;
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
