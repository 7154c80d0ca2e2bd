/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bench.h"

/*
 * BMCs that are broken, each in one way: what was asked for ends in the right
 * state or with a cause that names what is wrong, and the emulator's record
 * shows that no power command came twice.
 */
static const struct bmc_request power_get = { .op = BMC_POWER_GET };
static const struct bmc_request power_on = { .op = BMC_POWER_SET,
					     .action = BMC_ACTION_ON };
static const struct bmc_request boot_pxe = {
	.op = BMC_BOOT_SET,
	.boot = { .device = BMC_BOOT_PXE, .uefi = true },
};

static int set_up(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	bench_open(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

static unsigned count(const struct bench *bench, const char *text)
{
	return bench_count(bench, "record", text);
}

static void succeed(struct bench *bench, const struct bmc_target *target,
		    const struct bmc_request *request)
{
	bench_do(bench, target, request);
	if (bench->result.err.code)
		fail_msg("%s: %s", bmc_op_name(request->op),
			 bench->result.err.message);
}

static void fail_with(struct bench *bench, const struct bmc_target *target,
		      const struct bmc_request *request, enum err_code code,
		      const char *cause)
{
	bench_do(bench, target, request);
	if (bench->result.err.code != code ||
	    !strstr(bench->result.err.message, cause))
		fail_msg("\"%s\" (%d) does not say \"%s\"",
			 bench->result.err.message, bench->result.err.code,
			 cause);
}

/* ---- what cannot be understood, or not be reached ---- */

static void test_what_is_no_answer_is_a_cause_and_moves_nothing(void **state)
{
	static const struct {
		const char *fault;
		enum err_code code;
		const char *cause;
	} faults[] = {
		{ "truncated", ERR_PROTOCOL, "collection" },
		{ "deep", ERR_PROTOCOL, "collection" },
		{ "big", ERR_TOO_BIG, "an answer of more than" },
		{ "redirect", ERR_DENIED, "https://127.0.0.2:9/stolen" },
		{ "tls", ERR_MISMATCH, "SSL" },
		{ "login-refused", ERR_AUTH, "refuses user \"admin\"" },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct bmc_target target = { 0 };

		bench_redfish(bench, faults[i].fault, &target);
		fail_with(bench, &target, &power_on, faults[i].code,
			  faults[i].cause);
		assert_false(bench->result.sent || bench->result.changed);
		bmc_target_release(&target);
	}

	assert_int_equal(count(bench, " reset "), 0);
	assert_int_equal(count(bench, "login refused"), 1);
}

static void test_a_bmc_that_stalls_is_given_up_in_time(void **state)
{
	struct bmc_request request = power_on;
	struct bmc_target target = { 0 };
	struct bench *bench = *state;
	mono_ms begin;

	bench_redfish(bench, "stall", &target);
	request.timeout_ms = 3000;
	begin = clock_mono();
	fail_with(bench, &target, &request, ERR_TIMEOUT, "root");

	assert_in_range(clock_mono() - begin, 0, 4000);
	assert_false(bench->result.sent);
	assert_int_equal(count(bench, " reset "), 0);
	bmc_target_release(&target);
}

static void test_a_bmc_that_stalls_is_waited_for(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "stall", &target);
	succeed(bench, &target, &power_get);

	assert_int_equal(bench->result.power, BMC_POWER_OFF);
	assert_int_equal(count(bench, "login good"), 1);
	bmc_target_release(&target);
}

/* ---- what is answered, and not so ---- */

static void test_one_command_is_sent_whatever_its_answer(void **state)
{
	static const char *const faults[] = { "503-once", "reset-500",
					      "task-vanishes" };
	struct bench *bench = *state;

	for (unsigned i = 0; i < ARRAY_LEN(faults); i++) {
		struct bmc_target target = { 0 };

		bench_redfish(bench, faults[i], &target);
		succeed(bench, &target, &power_on);
		assert_true(bench->result.verified);
		assert_int_equal(bench->result.power, BMC_POWER_ON);
		assert_int_equal(count(bench, "reset On"), i + 1);
		bmc_target_release(&target);
	}

	assert_int_equal(count(bench, " reset "), ARRAY_LEN(faults));
	assert_int_equal(count(bench, "start "), ARRAY_LEN(faults));
}

/* A cycle leaves the power as it was: that it is on proves nothing. */
static void test_a_cycle_whose_answer_is_500_is_not_sent_again(void **state)
{
	struct bmc_request cycle = { .op = BMC_POWER_SET,
				     .action = BMC_ACTION_CYCLE };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "reset-500", &target);
	succeed(bench, &target, &power_on);
	fail_with(bench, &target, &cycle, ERR_OUTCOME,
		  "whether it was done is not known (write: HTTP 500");

	assert_true(bench->result.sent);
	assert_int_equal(count(bench, "reset PowerCycle"), 1);
	assert_int_equal(count(bench, "start "), 2);
	bmc_target_release(&target);
}

/*
 * The command was taken, and then the BMC cannot be understood any more. A
 * second reset would be one too many, whatever may be read or not.
 */
static void test_no_fault_behind_a_reset_makes_it_two(void **state)
{
	static const struct {
		const char *fault;
		enum err_code code;
		const char *cause;
	} faults[] = {
		{ "truncated", ERR_TIMEOUT, "JSON" },
		{ "deep", ERR_TIMEOUT, "JSON" },
		{ "big", ERR_TIMEOUT, "an answer of more than" },
		{ "stall", ERR_TIMEOUT, "time is up" },
		{ "redirect", ERR_DENIED, "https://127.0.0.2:9/stolen" },
		{ "login-refused", ERR_AUTH, "refuses user \"admin\"" },
	};
	struct bmc_request reset = { .op = BMC_POWER_SET,
				     .action = BMC_ACTION_RESET,
				     .timeout_ms = 4000 };
	struct bench *bench = *state;

	for (unsigned i = 0; i < ARRAY_LEN(faults); i++) {
		const char *const options[] = { "--on",    "1",
						"--late",  "1",
						"--fault", faults[i].fault,
						NULL };
		struct bmc_target target = { 0 };

		bench_redfish_with(bench, options, &target);
		fail_with(bench, &target, &reset, faults[i].code,
			  faults[i].cause);
		assert_true(bench->result.sent);
		assert_false(bench->result.verified);
		assert_int_equal(count(bench, " reset ForceRestart"), i + 1);
		bmc_target_release(&target);
	}

	assert_int_equal(count(bench, " reset "), ARRAY_LEN(faults));
	assert_int_equal(count(bench, "start "), ARRAY_LEN(faults));
}

static void test_a_command_that_is_not_done_is_sent_once(void **state)
{
	struct bmc_request on = power_on;
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	on.timeout_ms = 8000;
	bench_redfish(bench, "power-ignored", &target);
	fail_with(bench, &target, &on, ERR_TIMEOUT, "power is off after on");

	assert_int_equal(count(bench, " reset "), 1);
	assert_int_equal(count(bench, "start "), 0);
	bmc_target_release(&target);
}

static void test_an_override_that_is_not_set_is_a_mismatch(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "boot-ignored", &target);
	fail_with(bench, &target, &boot_pxe, ERR_MISMATCH,
		  "set to pxe (UEFI), but the BMC says none");

	assert_in_range(count(bench, "boot "), 1, 8);
	assert_int_equal(count(bench, " reset "), 0);
	bmc_target_release(&target);
}

/* ---- a BMC that forgets ---- */

static void test_an_override_outlives_a_restart_of_the_bmc(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "bmc-restarts", &target);
	succeed(bench, &target, &boot_pxe);
	assert_int_equal(count(bench, "bmc-reset"), 0);
	succeed(bench, &target, &power_on);

	assert_int_equal(count(bench, "bmc-reset"), 1);
	assert_int_equal(count(bench, "boot pxe,uefi"), 2);
	assert_int_equal(count(bench, "start pxe,uefi"), 1);
	assert_int_equal(count(bench, " reset "), 1);
	assert_int_equal(count(bench, "login good"), 2);
	bmc_target_release(&target);
}

static void test_a_drive_that_is_full_and_does_not_say_so(void **state)
{
	struct bmc_request insert = { .op = BMC_MEDIA_INSERT,
				      .media = "http://10.0.0.1/hook.iso" };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "media-stale", &target);
	succeed(bench, &target, &insert);

	assert_true(bench->result.verified);
	assert_int_equal(count(bench, "media http"), 1);
	assert_int_equal(count(bench, "media "), 2);
	bmc_target_release(&target);
}

/* The old one is good still: who rotates has to know. */
static void test_a_password_that_is_not_changed_is_a_mismatch(void **state)
{
	struct bmc_request change = { .op = BMC_PASSWORD_SET,
				      .secret = "Neues-0815" };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "password-ignored", &target);
	fail_with(bench, &target, &change, ERR_MISMATCH,
		  "took the new password, and refuses it");
	assert_null(strstr(bench->result.err.message, change.secret));
	assert_in_range(count(bench, "login refused"), 1, 3);
	succeed(bench, &target, &power_get);

	assert_int_equal(count(bench, "password changed"), 1);
	bmc_target_release(&target);
}

/* ---- sessions ---- */

static void open_with_slots(struct bench *bench, const char *face,
			    const char *fault, struct bmc_target *target)
{
	const char *const options[] = { "--slots", "1",   "--face", face,
					"--fault", fault, NULL };

	bench_redfish_with(bench, options, target);
	succeed(bench, target, &power_get);
	bench_restart(bench); /* nobody remembers the token: it is lost */
}

static void test_without_a_free_session_it_goes_by_password(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_with_slots(bench, "idrac9", "none", &target);
	succeed(bench, &target, &power_on);

	assert_int_equal(bench->result.power, BMC_POWER_ON);
	assert_int_equal(count(bench, " reset "), 1);
	bmc_target_release(&target);
}

static void test_no_session_and_no_other_way_is_a_cause(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_with_slots(bench, "plain", "no-basic", &target);
	fail_with(bench, &target, &power_on, ERR_BUSY, "sessions are taken");

	assert_int_equal(count(bench, " reset "), 0);
	assert_int_equal(count(bench, "login refused"), 0);
	bmc_target_release(&target);
}

static void test_a_session_is_used_again_after_our_restart(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_remember(bench, true);
	bench_redfish(bench, "none", &target);
	for (int i = 0; i < 3; i++) {
		succeed(bench, &target, &power_get);
		bench_restart(bench);
	}

	assert_int_equal(count(bench, "login good"), 1);
	assert_non_null(bench->memory);
	bmc_target_release(&target);
}

#define BENCH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Which part: in one they would take longer than a test may. */
int main(int argc, char **argv)
{
	const struct CMUnitTest broken[] = {
		BENCH(test_what_is_no_answer_is_a_cause_and_moves_nothing),
		BENCH(test_a_bmc_that_stalls_is_given_up_in_time),
		BENCH(test_a_bmc_that_stalls_is_waited_for),
		BENCH(test_without_a_free_session_it_goes_by_password),
		BENCH(test_no_session_and_no_other_way_is_a_cause),
		BENCH(test_a_session_is_used_again_after_our_restart),
	};
	const struct CMUnitTest resets[] = {
		BENCH(test_one_command_is_sent_whatever_its_answer),
		BENCH(test_a_cycle_whose_answer_is_500_is_not_sent_again),
		BENCH(test_no_fault_behind_a_reset_makes_it_two),
	};
	const struct CMUnitTest untrue[] = {
		BENCH(test_a_command_that_is_not_done_is_sent_once),
		BENCH(test_an_override_that_is_not_set_is_a_mismatch),
		BENCH(test_an_override_outlives_a_restart_of_the_bmc),
		BENCH(test_a_drive_that_is_full_and_does_not_say_so),
		BENCH(test_a_password_that_is_not_changed_is_a_mismatch),
	};
	const char *part = argc == 2 ? argv[1] : "";

	if (str_eq(part, "broken"))
		return cmocka_run_group_tests(broken, NULL, NULL);
	if (str_eq(part, "resets"))
		return cmocka_run_group_tests(resets, NULL, NULL);
	if (str_eq(part, "untrue"))
		return cmocka_run_group_tests(untrue, NULL, NULL);
	fputs("expected: broken, resets or untrue\n", stderr);
	return 2;
}
