/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "console.h"
#include "ground.h"

/*
 * The driver as a whole against the farm: sessions, many BMCs, consoles,
 * names, and what an operator sees of it.
 */
static const struct bmc_request power_get = { .op = BMC_POWER_GET };

static void act(struct ground *ground, const struct bmc_target *target,
		enum bmc_power_action action, enum bmc_power power)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = action };

	ground_good(ground, target, &request);
	assert_true(ground->result.verified);
	assert_int_equal(ground->result.power, power);
}

static void test_power_in_all_ways(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--power-ms 200");
	act(ground, &target, BMC_ACTION_ON, BMC_POWER_ON);
	act(ground, &target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	act(ground, &target, BMC_ACTION_RESET, BMC_POWER_ON);
	act(ground, &target, BMC_ACTION_SOFT, BMC_POWER_OFF);
	act(ground, &target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	act(ground, &target, BMC_ACTION_OFF, BMC_POWER_OFF);
	act(ground, &target, BMC_ACTION_OFF, BMC_POWER_OFF);
	assert_int_equal(ground_count(ground, "record", "power on"), 2);
	assert_int_equal(ground_count(ground, "record", "power cycle"), 1);
	assert_int_equal(ground_count(ground, "record", "power reset"), 1);
	assert_int_equal(ground_count(ground, "record", "power soft"), 1);
	assert_int_equal(ground_count(ground, "record", "power off"), 1);
}

static void test_power_by_both_suites(void **state)
{
	static const unsigned suites[] = { 3, 17 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		target.cipher = suites[i];
		act(ground, &target, i ? BMC_ACTION_OFF : BMC_ACTION_ON,
		    i ? BMC_POWER_OFF : BMC_POWER_ON);
	}
	assert_int_equal(ground_count(ground, "record", "login good"), 2);
}

static void test_a_burst_is_one_session(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	for (int i = 0; i < 20; i++)
		ground_good(ground, &target, &power_get);
	assert_int_equal(ground_count(ground, "record", "login good"), 1);
	assert_int_equal(ground_count(ground, "record", "logout"), 0);

	ground_forget(ground, "b1");
	assert_int_equal(ground_count(ground, "record", "logout"), 1);
}

static void test_an_idle_session_is_closed_by_itself(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	mono_ms begin;
	mono_ms took;

	ground_farm(ground, &target, "");
	ground_good(ground, &target, &power_get);
	begin = clock_mono();
	ground_await(ground, "record", "logout");
	took = clock_mono() - begin;
	assert_true(took >= 5000 && took <= 10500);
	ground_good(ground, &target, &power_get);
}

static void test_a_session_that_the_bmc_dropped_is_opened_anew(void **state)
{
	const struct bmc_request light = { .op = BMC_IDENTIFY,
					   .seconds = 9,
					   .timeout_ms = 5000 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--fault forgetful");
	ground_good(ground, &target, &power_get);
	ground_good(ground, &target, &power_get);
	assert_int_equal(ground_count(ground, "record", "login good"), 2);
	/* Its privilege goes with the session, so that no change gets in. */
	ground_bad(ground, &target, &light, ERR_OUTCOME, "no answer came");
	assert_int_equal(ground_count(ground, "record", "identify"), 0);
	assert_true(ground->result.sent);
}

static void test_a_new_password_works_and_the_old_one_not(void **state)
{
	const struct bmc_request change = { .op = BMC_PASSWORD_SET,
					    .user = "admin",
					    .secret = "twenty-letters-long!" };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	ground_good(ground, &target, &change);
	assert_true(ground->result.verified);
	ground_forget(ground, "b1");
	ground_bad(ground, &target, &power_get, ERR_AUTH, "password");
	str_copy(target.password, sizeof(target.password), change.secret);
	ground_good(ground, &target, &power_get);
}

static void test_reads_and_writes_of_all_kinds(void **state)
{
	static const enum bmc_op ops[] = {
		BMC_PROBE,    BMC_INFO,      BMC_LOG_READ, BMC_SENSORS,
		BMC_FRU,      BMC_LAN_GET,   BMC_USERS,    BMC_BOOT_GET,
		BMC_IDENTIFY, BMC_LOG_CLEAR, BMC_NMI,      BMC_BMC_RESET
	};
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--starts on");
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		const struct bmc_request request = { .op = ops[i],
						     .seconds = 5 };

		ground_good(ground, &target, &request);
		assert_int_equal(ground->result.sent, bmc_op_writes(ops[i]));
	}
	assert_int_equal(ground_count(ground, "record", "login good"), 1);
}

static void test_credentials_that_cannot_be_are_not_tried(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	str_copy(target.user, sizeof(target.user), "seventeen-letters");
	ground_bad(ground, &target, &power_get, ERR_INVALID, "16 characters");
	str_copy(target.user, sizeof(target.user), "admin");
	str_copy(target.password, sizeof(target.password),
		 "this-has-twenty-one-l");
	ground_bad(ground, &target, &power_get, ERR_INVALID, "20 characters");
	str_copy(target.password, sizeof(target.password), GROUND_PASSWORD);
	target.cipher = 8;
	ground_bad(ground, &target, &power_get, ERR_INVALID, "suites 3 and 17");
	assert_int_equal(ground_count(ground, "record", "login"), 0);
}

static void test_a_group_key_and_quirks(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	struct err err;

	ground_farm(ground, &target,
		    "--group-key barn --fault padded-user --fault no-caps "
		    "--fault bad-checksum");
	assert_int_equal(bmc_ipmi_key(&target, "barn", &err), 0);
	assert_int_equal(bmc_ipmi_quirks("authcap,intel20,nochecksumcheck",
					 &target.ipmi_quirks, &err),
			 0);
	ground_good(ground, &target, &power_get);
	target.ipmi_key[0] ^= 1;
	ground_bad(ground, &target, &power_get, ERR_AUTH, "another K_g");
}

static void test_names_are_looked_up(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	str_copy(target.host, sizeof(target.host), "localhost");
	ground_do(ground, &target, &power_get);
	/* That may be ::1, where the farm is not. */
	if (ground->result.err.code)
		assert_int_equal(ground->result.err.code, ERR_UNREACHABLE);
	str_copy(target.host, sizeof(target.host), "no..name");
	ground_bad(ground, &target, &power_get, ERR_UNREACHABLE,
		   "the name has no address");
}

static void test_nobody_there_is_known_at_once(void **state)
{
	struct bmc_target target = { .protocol = BMC_IPMI,
				     .host = "127.0.0.1",
				     .port = 9,
				     .user = "admin",
				     .password = "x" };
	struct ground *ground = *state;
	mono_ms begin = clock_mono();

	ground_bad(ground, &target, &power_get, ERR_UNREACHABLE,
		   "Connection refused");
	assert_true(clock_mono() - begin < 15000);
}

/*
 * What the network said of a BMC stands in a queue of the kernel's, and wakes
 * us until it is read: also when it was the next BMC's packet that failed.
 */
static void test_nobody_there_costs_nothing_while_we_wait(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	unsigned n_turns = 0;
	uint16_t port;
	mono_ms begin;

	ground_farm(ground, &target, "");
	port = target.port;
	for (unsigned i = 0; i < 64; i++) {
		char id[16];

		snprintf(id, sizeof(id), "n%u", i);
		snprintf(target.host, sizeof(target.host), "127.0.0.%u", i + 1);
		target.port = i / 4 % 2 ? port : 9;
		ground_submit(ground, id, &target, &power_get);
	}
	begin = clock_mono();
	while (clock_mono() < begin + 900) {
		loop_turn(ground->loop, 100);
		n_turns++;
	}
	assert_true(n_turns < 1000);
	bmc_cancel_all(ground->bmc);
	ground_wait(ground, 64);
}

static void test_cancelled_operations_leave_nothing(void **state)
{
	const struct bmc_request cycle = { .op = BMC_POWER_SET,
					   .action = BMC_ACTION_CYCLE };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--starts on --delay-ms 300");
	for (int i = 0; i < 30; i++) {
		char id[8];

		snprintf(id, sizeof(id), "c%d", i);
		snprintf(target.host, sizeof(target.host), "127.0.1.%d", i + 1);
		ground_submit(ground, id, &target, &cycle);
		ground_submit(ground, id, &target, &power_get);
		for (int k = 0; k < i / 2; k++)
			loop_turn(ground->loop, 5);
	}
	bmc_cancel_all(ground->bmc);
	ground_wait(ground, 60);
	for (int i = 0; i < 1000 && !bmc_idle(ground->bmc); i++)
		loop_turn(ground->loop, 10);
	assert_true(bmc_idle(ground->bmc));
}

static void test_a_thousand_bmcs_at_once(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--loss 1");
	for (unsigned i = 0; i < 1000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "m%u", i);
		snprintf(target.host, sizeof(target.host), "127.1.%u.%u",
			 i / 250, i % 250 + 1);
		ground_submit(ground, id, &target, &power_get);
	}
	ground_wait(ground, 1000);
	assert_int_equal(ground->n_good, 1000);
}

/* ---- consoles ---- */

static void test_a_console_says_and_hears(void **state)
{
	struct console console = { 0 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	console_open(ground, &target, false, &console);
	assert_int_equal(bmc_console_write(console.console, "early ", 6), 6);
	console_await(ground, &console, "This is a barn.");
	console_await(ground, &console, "early ");
	bmc_console_write(console.console, "hello", 5);
	console_await(ground, &console, "hello");
	act(ground, &target, BMC_ACTION_ON, BMC_POWER_ON);
	console_await(ground, &console, "Starting.");
	bmc_console_close(console.console);
	ground_forget(ground, "b1");

	assert_int_equal(console.n_closed, 0);
	assert_int_equal(ground_count(ground, "record", "sol off"), 1);
	assert_int_equal(ground_count(ground, "record", "logout"), 2);
}

/* The BMC is asked something every 20 s, so that it keeps the session. */
static void test_a_console_is_closed_while_its_session_is_kept(void **state)
{
	struct console console = { 0 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--delay-ms 1000");
	console_open(ground, &target, false, &console);
	console_await(ground, &console, "This is a barn.");
	console_idle(ground, 20500);

	bmc_console_close(console.console);

	ground_await(ground, "record", "logout");
	assert_int_equal(ground_count(ground, "record", "sol off"), 1);
}

static void test_a_console_over_a_bad_network(void **state)
{
	char line[401];
	struct console console = { 0 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	memset(line, 'x', 400);
	memcpy(line + 390, "the end...", 11);
	ground_farm(ground, &target,
		    "--loss 10 --duplicate 20 --reorder 20 --slots 8");
	console_open(ground, &target, true, &console);
	console_await(ground, &console, "barn");
	assert_int_equal(bmc_console_write(console.console, line, 400), 400);
	console_await(ground, &console, "the end...");
	/* Each character once, and in order. */
	assert_int_equal(console.len, strlen("This is a barn.\r\n") + 400);
	bmc_console_close(console.console);
}

static void test_a_console_is_taken_over_when_asked(void **state)
{
	struct console first = { 0 };
	struct console second = { 0 };
	struct console third = { 0 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "");
	console_open(ground, &target, false, &first);
	console_await(ground, &first, "barn");
	console_open(ground, &target, false, &second);
	console_await_close(ground, &second, ERR_BUSY);
	console_open(ground, &target, true, &third);
	console_await(ground, &third, "barn");
	bmc_console_close(second.console);
	bmc_console_close(first.console);
	bmc_console_close(third.console);
}

static void test_a_console_may_be_closed_at_any_time(void **state)
{
	struct console console = { .close_at_once = true };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	ground_farm(ground, &target, "--slots 8");
	console_open(ground, &target, false, &console);
	for (int i = 0; i < 1000 && console.console; i++)
		loop_turn(ground->loop, 10);
	assert_null(console.console);
	for (int turns = 0; turns < 12; turns++) {
		console_open(ground, &target, true, &console);
		for (int i = 0; i < turns && console.console; i++)
			loop_turn(ground->loop, 1);
		if (console.console)
			bmc_console_close(console.console);
	}
	/* One is left to be closed by the core. */
	console_open(ground, &target, true, &console);
}

static void test_a_console_has_its_causes(void **state)
{
	struct console console = { 0 };
	struct console other = { 0 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	struct err err;

	ground_farm(ground, &target, "");
	str_copy(target.password, sizeof(target.password), "wrong");
	console_open(ground, &target, false, &console);
	console_await_close(ground, &console, ERR_AUTH);
	bmc_console_close(console.console);
	str_copy(target.user, sizeof(target.user), "a-name-of-20-letters");
	console_open(ground, &target, false, &other);
	console_await_close(ground, &other, ERR_INVALID);
	bmc_console_close(other.console);
	target.ipmitool = true;
	assert_null(bmc_console_open(ground->bmc, &target, false, &console_ops,
				     &console, &err));
	assert_int_equal(err.code, ERR_UNSUPPORTED);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		GROUND(test_power_in_all_ways),
		GROUND(test_power_by_both_suites),
		GROUND(test_a_burst_is_one_session),
		GROUND(test_an_idle_session_is_closed_by_itself),
		GROUND(test_a_session_that_the_bmc_dropped_is_opened_anew),
		GROUND(test_a_new_password_works_and_the_old_one_not),
		GROUND(test_reads_and_writes_of_all_kinds),
		GROUND(test_credentials_that_cannot_be_are_not_tried),
		GROUND(test_a_group_key_and_quirks),
		GROUND(test_names_are_looked_up),
		GROUND(test_nobody_there_is_known_at_once),
		GROUND(test_nobody_there_costs_nothing_while_we_wait),
		GROUND(test_cancelled_operations_leave_nothing),
		GROUND(test_a_thousand_bmcs_at_once),
		GROUND(test_a_console_says_and_hears),
		GROUND(test_a_console_is_closed_while_its_session_is_kept),
		GROUND(test_a_console_over_a_bad_network),
		GROUND(test_a_console_is_taken_over_when_asked),
		GROUND(test_a_console_may_be_closed_at_any_time),
		GROUND(test_a_console_has_its_causes),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
