/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ground.h"

/*
 * BMCs that do something else than they say, over loopback. Each ends in the
 * right state or with a cause that says what was seen; and the farm's own
 * record proves that nothing was sent twice.
 */
static const struct bmc_request power_get = { .op = BMC_POWER_GET };
static const struct bmc_request on = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_ON };
static const struct bmc_request reset = { .op = BMC_POWER_SET,
					  .action = BMC_ACTION_RESET };
static const struct bmc_request pxe = {
	.op = BMC_BOOT_SET,
	.boot = { .device = BMC_BOOT_PXE, .uefi = true },
};

static void test_slots_that_are_taken(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	struct bmc *other = bmc_new(ground->loop);
	struct bmc *mine = ground->bmc;
	mono_ms begin;

	ground_farm(ground, &target, "--slots 1");
	ground->bmc = other;
	ground_good(ground, &target, &power_get);
	/* The other one holds the only session, for a while. */
	ground->bmc = mine;
	begin = clock_mono();
	ground_good(ground, &target, &power_get);
	assert_true(clock_mono() - begin > 2000);
	bmc_free(other);
}

static void test_no_slots_at_all_is_the_cause(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET,
				       .timeout_ms = 6000 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--slots 0");
	ground_bad(ground, &target, &request, ERR_BUSY,
		   "all sessions of the BMC are taken");
	assert_false(ground->result.sent);
}

static void test_a_wrong_password_is_tried_once_then_frozen(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	str_copy(target.password, sizeof(target.password), "wrong");
	ground_submit(ground, "b1", &target, &power_get);
	ground_submit(ground, "b1", &target, &on);
	ground_submit(ground, "b1", &target, &power_get);
	ground_wait(ground, 3);
	assert_int_equal(ground->n_good, 0);
	ground_bad(ground, &target, &on, ERR_AUTH, "not tried again");

	/* Half a login, given up by us: the BMC has seen no wrong answer. */
	ground_await(ground, "record", "login given up");
	assert_int_equal(ground_count(ground, "record", "login"), 1);
	str_copy(target.password, sizeof(target.password), GROUND_PASSWORD);
	ground_good(ground, &target, &power_get);
}

static void test_power_that_is_acknowledged_and_not_done(void **state)
{
	const struct bmc_request brief = { .op = BMC_POWER_SET,
					   .action = BMC_ACTION_ON,
					   .timeout_ms = 5000 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--fault power-ignored");
	ground_bad(ground, &target, &brief, ERR_TIMEOUT,
		   "power is off after on");
	assert_true(ground->result.sent);
	assert_int_equal(ground_count(ground, "record", "power on"), 1);
}

static void test_power_that_is_slow_is_waited_for(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--power-ms 4000");
	ground_good(ground, &target, &on);
	assert_int_equal(ground->result.power, BMC_POWER_ON);
	assert_int_equal(ground_count(ground, "record", "power on"), 1);
}

static void test_boot_devices_that_are_accepted_and_not_set(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--fault boot-ignored");
	ground_bad(ground, &target, &pxe, ERR_MISMATCH,
		   "set to pxe, but the BMC says none");
	assert_int_equal(ground_count(ground, "record", "boot"), 1);
}

static void test_boot_devices_that_are_lost_at_a_power_change(void **state)
{
	const struct bmc_request get = { .op = BMC_BOOT_GET };
	const struct bmc_request for_good = {
		.op = BMC_BOOT_SET,
		.boot = { .device = BMC_BOOT_PXE, .persistent = true },
	};
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--fault boot-lost --starts on");
	ground_good(ground, &target, &for_good);
	ground_good(ground, &target, &get);
	assert_int_equal(ground->result.boot.device, BMC_BOOT_PXE);
	ground_good(ground, &target, &reset);
	/* Who wants it has to set it before each start: it can be seen. */
	ground_good(ground, &target, &get);
	assert_int_equal(ground->result.boot.device, BMC_BOOT_NONE);
}

static void test_a_reset_without_an_answer(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--starts on --fault mute-control");
	ground_bad(ground, &target, &reset, ERR_OUTCOME,
		   "reset was sent and no answer came");
	assert_true(ground->result.sent);
	assert_int_equal(ground->result.power, BMC_POWER_ON);
	assert_int_equal(ground_count(ground, "record", "power reset"), 1);
}

static void test_a_reset_that_never_got_there(void **state)
{
	const struct bmc_request brief = { .op = BMC_POWER_SET,
					   .action = BMC_ACTION_RESET,
					   .timeout_ms = 3000 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--starts on --fault deaf-control");
	ground_bad(ground, &target, &brief, ERR_OUTCOME,
		   "was sent, no answer came, and time is up");
	assert_int_equal(ground_count(ground, "record", "power"), 0);
}

static void test_a_bmc_that_is_busy(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--fault busy");
	ground_good(ground, &target, &power_get);
}

static void test_a_downgrade(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--fault downgrade");
	ground_bad(ground, &target, &power_get, ERR_MISMATCH,
		   "asked for cipher suite 17");
	assert_int_equal(ground_count(ground, "record", "login"), 0);
}

static void test_suites_that_are_not_there(void **state)
{
	static const char *const farms[] = {
		"--suites 3",
		"--suites 3 --fault silent-suite",
		"--suites 3 --fault short-refusal",
		"--suites 17",
	};
	struct ground *ground = *state;

	for (size_t i = 0; i < ARRAY_LEN(farms); i++) {
		struct bmc_target target = { 0 };

		ground_farm(ground, &target, farms[i]);
		ground_good(ground, &target, &power_get);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUND(test_slots_that_are_taken),
		GROUND(test_no_slots_at_all_is_the_cause),
		GROUND(test_a_wrong_password_is_tried_once_then_frozen),
		GROUND(test_power_that_is_acknowledged_and_not_done),
		GROUND(test_power_that_is_slow_is_waited_for),
		GROUND(test_boot_devices_that_are_accepted_and_not_set),
		GROUND(test_boot_devices_that_are_lost_at_a_power_change),
		GROUND(test_a_reset_without_an_answer),
		GROUND(test_a_reset_that_never_got_there),
		GROUND(test_a_bmc_that_is_busy),
		GROUND(test_a_downgrade),
		GROUND(test_suites_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
