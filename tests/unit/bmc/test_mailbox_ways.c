/* SPDX-License-Identifier: Apache-2.0 */
#include "mailbox_world.h"

static void test_what_has_not_left_goes_by_the_other_way(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put_power(world, 0, BMC_ACTION_CYCLE);
	begin(world);
	assert_int_equal(world->try.way, 0);
	answer_code(world, ERR_UNREACHABLE);
	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.way, 1);
	assert_int_equal(world->try.kind, TRY_MAIL);
	answer_code(world, ERR_NONE);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_NONE);
	assert_int_equal(world->mails[0].tries, 1);
}

static void test_the_way_that_worked_is_gone_for_a_while(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_UNREACHABLE);
	begin(world);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 0);
	put(world, 1, BMC_POWER_GET);
	begin(world);
	assert_int_equal(world->try.way, 1);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 1);
	world->now += 10 * 60 * 1000;
	put(world, 2, BMC_POWER_GET);
	begin(world);

	assert_int_equal(world->try.way, 0);
}

static void test_of_two_ways_that_fail_both_causes_are_told(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_POWER_GET);
	for (int i = 0; i < 6; i++) {
		begin(world);
		assert_int_equal(world->try.way, i % 2);
		answer_code(world, ERR_PROTOCOL);
	}

	assert_int_equal(ended(world), 0);
	assert_string_equal(message_of(world, 0),
			    "bmc b: by ipmi: cause; before by another way: "
			    "cause");
}

static void test_only_a_way_that_can_is_asked(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_FRU);
	begin(world);
	assert_int_equal(world->try.way, 1);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 0);
	put(world, 1, BMC_BIOS_GET);
	begin(world);
	assert_int_equal(world->try.way, 0);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 1);
	put(world, 2, BMC_USERS);
	assert_int_equal(next(world), MAILBOX_NOTHING);

	assert_int_equal(ended(world), 2);
	assert_int_equal(code_of(world, 2), ERR_UNSUPPORTED);
}

static void test_what_the_bmc_cannot_by_one_way_goes_by_the_other(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_BOOT_SET);
	begin(world);
	answer_code(world, ERR_UNSUPPORTED);
	begin(world);
	assert_int_equal(world->try.way, 1);
	answer_code(world, ERR_UNSUPPORTED);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_UNSUPPORTED);
}

static void test_a_refusal_after_something_has_left_is_no_way_on(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_MEDIA_EJECT);
	begin(world);
	answer_code(world, ERR_PROTOCOL);
	begin(world);
	answer_sent(world, ERR_UNSUPPORTED);

	assert_int_equal(ended(world), 0);
	assert_true(world->mails[0].result->sent);
}

static void test_what_may_have_left_is_looked_for(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put_power(world, 0, BMC_ACTION_ON);
	begin(world);
	answer_sent(world, ERR_TIMEOUT);
	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.kind, TRY_LOOK);
	assert_int_equal(world->try.op, BMC_POWER_GET);
	assert_int_equal(world->try.way, 1);
	answer_power(world, BMC_POWER_ON);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_NONE);
	assert_true(world->mails[0].result->sent);
	assert_true(world->mails[0].result->verified);
	assert_int_equal(world->mails[0].result->power, BMC_POWER_ON);
}

static void test_a_boot_device_is_looked_for_too(void **state)
{
	struct world *world = *state;

	two_ways(world);
	world->mails[0].boot.device = BMC_BOOT_PXE;
	put(world, 0, BMC_BOOT_SET);
	begin(world);
	answer_sent(world, ERR_OUTCOME);
	begin(world);
	assert_int_equal(world->try.op, BMC_BOOT_GET);
	answer(world, 100, (struct bmc_result){ .boot.device = BMC_BOOT_PXE });

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_NONE);
}

static void test_what_was_not_done_is_done_by_the_way_that_says_so(void **state)
{
	struct world *world = *state;
	unsigned n_looks = 0;

	two_ways(world);
	put_power(world, 0, BMC_ACTION_ON);
	begin(world);
	answer_sent(world, ERR_TIMEOUT);
	for (;;) {
		begin(world);
		assert_int_equal(world->try.way, 1);
		if (world->try.kind != TRY_LOOK)
			break;
		n_looks++;
		answer_power(world, BMC_POWER_OFF);
	}
	assert_int_equal(n_looks, 4);
	answer(world, 100,
	       (struct bmc_result){ .sent = true, .power = BMC_POWER_ON });

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_NONE);
}

static void test_it_is_not_looked_for_twice(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put_power(world, 0, BMC_ACTION_OFF);
	begin(world);
	answer_sent(world, ERR_TIMEOUT);
	do {
		begin(world);
		if (world->try.kind == TRY_LOOK)
			answer_power(world, BMC_POWER_ON);
	} while (world->try.kind == TRY_LOOK);
	answer_sent(world, ERR_TIMEOUT);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_TIMEOUT);
	assert_true(world->mails[0].result->sent);
}

static void test_a_cycle_is_never_done_again(void **state)
{
	static const enum bmc_power_action actions[] = { BMC_ACTION_CYCLE,
							 BMC_ACTION_RESET,
							 BMC_ACTION_SOFT };
	struct world *world = *state;

	two_ways(world);
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		put_power(world, i, actions[i]);
		begin(world);
		answer_sent(world, ERR_TIMEOUT);
		begin(world);
		assert_int_equal(world->try.kind, TRY_LOOK);
		answer_power(world, BMC_POWER_ON);
		assert_int_equal(ended(world), i);
		assert_int_equal(code_of(world, (int)i), ERR_OUTCOME);
		assert_non_null(strstr(message_of(world, (int)i),
				       "ipmi says power is on"));
		assert_true(world->mails[i].result->sent);
	}
}

static void test_a_look_in_vain_leaves_the_outcome_unknown(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put_power(world, 0, BMC_ACTION_ON);
	begin(world);
	answer_sent(world, ERR_UNREACHABLE);
	begin(world);
	assert_int_equal(world->try.kind, TRY_LOOK);
	answer_code(world, ERR_TIMEOUT);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_OUTCOME);
	assert_true(world->mails[0].result->sent);
}

static void test_other_changes_are_not_looked_for(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_MEDIA_INSERT);
	begin(world);
	answer_sent(world, ERR_TIMEOUT);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_TIMEOUT);
}

static void test_a_silent_bmc_is_probed_by_its_ways_in_turn(void **state)
{
	struct world *world = *state;
	size_t before;

	two_ways(world);
	fall_silent(world);
	before = N;
	for (int i = 0; i < 4; i++) {
		world->now = world->box.breaker.until;
		put(world, (size_t)i, BMC_POWER_SET);
		begin(world);
		assert_int_equal(world->try.kind, TRY_PROBE);
		assert_int_not_equal(world->try.way, before);
		before = world->try.way;
		answer_code(world, ERR_TIMEOUT);
		assert_int_equal(ended(world), i);
	}
}

static void test_another_target_ends_what_was_looked_for(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put_power(world, 0, BMC_ACTION_ON);
	put(world, 1, BMC_BOOT_SET);
	begin(world);
	answer_sent(world, ERR_TIMEOUT);
	mailbox_aim(&world->box, &ipmi, 1, 0);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_OUTCOME);
	assert_int_equal(begin(world), 1);
	assert_int_equal(world->try.way, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_what_has_not_left_goes_by_the_other_way),
		WORLD(test_the_way_that_worked_is_gone_for_a_while),
		WORLD(test_of_two_ways_that_fail_both_causes_are_told),
		WORLD(test_only_a_way_that_can_is_asked),
		WORLD(test_what_the_bmc_cannot_by_one_way_goes_by_the_other),
		WORLD(test_a_refusal_after_something_has_left_is_no_way_on),
		WORLD(test_what_may_have_left_is_looked_for),
		WORLD(test_a_boot_device_is_looked_for_too),
		WORLD(test_what_was_not_done_is_done_by_the_way_that_says_so),
		WORLD(test_it_is_not_looked_for_twice),
		WORLD(test_a_cycle_is_never_done_again),
		WORLD(test_a_look_in_vain_leaves_the_outcome_unknown),
		WORLD(test_other_changes_are_not_looked_for),
		WORLD(test_a_silent_bmc_is_probed_by_its_ways_in_turn),
		WORLD(test_another_target_ends_what_was_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
