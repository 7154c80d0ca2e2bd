/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>
#include <sys/socket.h>

#include "bench.h"

/* How long connections live, seen by our own descriptors. */
#define MINUTE_MS 60000

static int set_up(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	bench_open(bench);
	bench_remember(bench, true);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

static unsigned n_connections(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof(peer);

		n += getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
		     peer.ss_family == AF_INET;
	}
	return n;
}

/* A look at the power; the next will come after so long. */
static void look(struct bench *bench, const struct bmc_target *target,
		 int64_t again_ms)
{
	const struct bmc_request request = { .op = BMC_POWER_GET,
					     .urgency = BMC_BACKGROUND,
					     .again_ms = again_ms };

	bench_do(bench, target, &request);
	if (bench->result.err.code)
		fail_msg("%s", bench->result.err.message);
}

static void test_a_connection_waits_for_the_next_look(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "none", &target);
	for (int i = 0; i < 4; i++) {
		look(bench, &target, MINUTE_MS);
		assert_int_equal(n_connections(), 1);
	}

	assert_int_equal(bench_count(bench, "record", "login good"), 1);
	bmc_target_release(&target);
}

static void test_it_is_closed_when_that_is_far(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "none", &target);
	look(bench, &target, MINUTE_MS);
	look(bench, &target, 10 * MINUTE_MS);

	assert_int_equal(n_connections(), 0);
	bmc_target_release(&target);
}

static void test_a_change_leaves_no_other_behind(void **state)
{
	const struct bmc_request on = { .op = BMC_POWER_SET,
					.action = BMC_ACTION_ON };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "none", &target);
	look(bench, &target, MINUTE_MS);
	bench_do(bench, &target, &on);

	assert_int_equal(bench->result.err.code, ERR_NONE);
	assert_int_equal(n_connections(), 1);
	bmc_target_release(&target);
}

static void test_it_goes_with_the_bmc(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;
	mono_ms until = clock_mono() + 20000;

	bench_redfish(bench, "none", &target);
	look(bench, &target, MINUTE_MS);
	bmc_forget(bench->bmc, "b1");
	while (!bmc_idle(bench->bmc) && clock_mono() < until)
		loop_turn(bench->loop, 100);

	assert_int_equal(bench_count(bench, "record", "logout"), 1);
	assert_int_equal(n_connections(), 0);
	bmc_target_release(&target);
}

static void test_of_a_bmc_that_hangs_up_none_is_kept(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "hangs-up", &target);
	for (int i = 0; i < 6; i++)
		look(bench, &target, MINUTE_MS);

	assert_non_null(strstr(bench->memory, "\"closes\":true"));
	assert_int_equal(n_connections(), 0);
	bmc_target_release(&target);
}

#define BENCH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH(test_a_connection_waits_for_the_next_look),
		BENCH(test_it_is_closed_when_that_is_far),
		BENCH(test_a_change_leaves_no_other_behind),
		BENCH(test_it_goes_with_the_bmc),
		BENCH(test_of_a_bmc_that_hangs_up_none_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
