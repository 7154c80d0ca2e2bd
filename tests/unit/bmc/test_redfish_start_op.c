/* SPDX-License-Identifier: Apache-2.0 */
/* A start by Redfish finds the boot override that was set for it. */
#include "test.h"

#include "fake/redfish_talk.h"

static struct bmc_request power(enum bmc_power_action action)
{
	return (struct bmc_request){ .op = BMC_POWER_SET, .action = action };
}

/* The command is taken, and this is what the power is then. */
static void take(struct talk *talk, const char *power)
{
	talk_answer(talk, 204, "");
	talk_wait(talk);
	talk_expect(talk, "GET", "/s/1");
	talk_power(talk, power);
}

static void wish_pxe(struct talk *talk, bool persistent)
{
	talk->session.wished = true;
	talk->session.wish.device = BMC_BOOT_PXE;
	talk->session.wish.uefi = true;
	talk->session.wish.persistent = persistent;
	talk->session.wish_until = 60000;
}

static void test_an_override_that_was_lost_is_set_before_a_start(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, false);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "Off", "Once", "Pxe");
	talk_expect(&talk, "POST", "/s/1/reset");
	take(&talk, "On");

	/* It was for one start. */
	assert_false(talk.session.wished);
	talk_end(&talk, ERR_NONE);
}

static void test_one_that_is_there_is_left_alone(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, true);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "Off", "Once", "Pxe");
	talk_expect(&talk, "POST", "/s/1/reset");
	take(&talk, "On");

	assert_true(talk.session.wished); /* each start */
	talk_end(&talk, ERR_NONE);
}

static void test_one_for_a_start_that_never_came_is_forgotten(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, false);
	talk.session.wish_until = 1000;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	take(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_no_start_without_the_override_that_was_wanted(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, false);
	talk.session.rules.boot_mode = BMC_USE_ALWAYS;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_refuse(&talk, 403, "Base.1.0.InsufficientPrivilege");

	talk_end(&talk, ERR_DENIED);
}

static void test_off_needs_no_override(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, true);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	take(&talk, "Off");

	talk_end(&talk, ERR_NONE);
}

/* Supermicro: an override does not live through the power cycle. */
static void test_a_cycle_may_have_to_go_through_off(void **state)
{
	struct bmc_request request = power(BMC_ACTION_CYCLE);
	struct talk talk = { 0 };
	mono_ms off;

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, false);
	talk.session.rules.boot_each = true;
	talk.session.rules.settle_ms = 5000;
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_expect_body(&talk, "{\"ResetType\":\"ForceOff\"}");
	take(&talk, "Off");
	off = talk.now;
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "Off", "Once", "Pxe");
	talk_wait(&talk);
	assert_int_equal(talk.now, off + 5000);
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_expect_body(&talk, "{\"ResetType\":\"On\"}");
	take(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

/* Of firmware that nobody has told us of, too. */
static void test_a_cycle_with_an_override_looks_at_it_in_between(void **state)
{
	struct bmc_request request = power(BMC_ACTION_CYCLE);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, false);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_expect_body(&talk, "{\"ResetType\":\"ForceOff\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "Off", "Once", "Pxe");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_expect_body(&talk, "{\"ResetType\":\"On\"}");
	take(&talk, "On");

	assert_false(talk.session.wished);
	talk_end(&talk, ERR_NONE);
}

/* It was for a start that did not come in half an hour. */
static void test_an_old_override_makes_no_two_steps_of_a_cycle(void **state)
{
	struct bmc_request request = power(BMC_ACTION_CYCLE);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, false);
	talk.session.wish_until = 1000;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_expect_body(&talk, "{\"ResetType\":\"ForceRestart\"}");
	take(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_a_lasting_override_that_is_lost_is_told(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	wish_pxe(&talk, true);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_done(&talk, ERR_NONE);
	assert_true(talk.result.boot_lost);

	talk_next(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.boot_lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_override_that_was_lost_is_set_before_a_start),
		RUN(test_one_that_is_there_is_left_alone),
		RUN(test_one_for_a_start_that_never_came_is_forgotten),
		RUN(test_no_start_without_the_override_that_was_wanted),
		RUN(test_off_needs_no_override),
		RUN(test_a_cycle_may_have_to_go_through_off),
		RUN(test_a_cycle_with_an_override_looks_at_it_in_between),
		RUN(test_an_old_override_makes_no_two_steps_of_a_cycle),
		RUN(test_a_lasting_override_that_is_lost_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
