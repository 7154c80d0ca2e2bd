/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "bmc/bmc.h"
#include "bmc/driver.h"

/*
 * A driver that answers at once with what the test has put into the list, or
 * when the time of the try is up.
 */
static struct script {
	struct bmc_result results[8];
	size_t n_results;
	size_t n_starts;
	size_t n_endpoints;
	size_t n_cancels;
	bool hold;          /* answer nothing */
	bool slow[8];       /* this try takes all of its time */
	int64_t timeout_ms; /* of the last try */
	struct loop_timer *timer;
	bmc_driver_fn done;
	void *arg;
	char password[BMC_PASSWORD_SIZE];
	enum bmc_protocol protocols[8]; /* of each endpoint */
	enum bmc_op ops[8];             /* of each try */
} script;

static void *driver_open(struct loop *loop)
{
	return loop;
}

static void driver_free(void *state)
{
	(void)state;
}

static bool driver_idle(const void *state)
{
	(void)state;
	return true;
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	str_copy(script.password, sizeof(script.password), target->password);
	script.protocols[script.n_endpoints++ % 8] = target->protocol;
	return state;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	size_t i = script.n_starts++;

	(void)endpoint;
	assert_true(request->timeout_ms > 0);
	script.ops[i % 8] = request->op;
	script.timeout_ms = request->timeout_ms;
	script.done = done;
	script.arg = arg;
	if (script.slow[i % 8])
		loop_timer_at(script.timer, clock_mono() + request->timeout_ms);
	else if (!script.hold)
		done(arg, &script.results[i < script.n_results ? i : 7]);
}

static void on_time_up(void *arg)
{
	size_t i = script.n_starts - 1;

	(void)arg;
	script.done(script.arg, &script.results[i]);
}

static void cancel(void *endpoint)
{
	(void)endpoint;
	script.n_cancels++;
}

static void endpoint_close(void *endpoint)
{
	(void)endpoint;
}

static const struct bmc_driver fake = {
	.name = "fake",
	.max_running = 2,
	.more_ops = 1u << BMC_INFO,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
};

struct world {
	struct loop *loop;
	struct bmc *bmc;
	unsigned n;
	enum err_code codes[8];
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	memset(&script, 0, sizeof(script));
	world->loop = loop_new();
	world->bmc = bmc_new_with(world->loop, &fake, &fake);
	script.timer = loop_timer_new(world->loop, on_time_up, NULL);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	bmc_free(world->bmc);
	loop_timer_free(script.timer);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct world *world = arg;

	(void)id;
	world->codes[world->n++ % 8] = result->err.code;
}

static void submit(struct world *world, const char *id, enum bmc_op op,
		   const char *password)
{
	struct bmc_request request = { .op = op };
	struct bmc_target target = { .host = "h" };

	str_copy(target.password, sizeof(target.password), password);
	bmc_submit(world->bmc, id, &target, &request, on_result, world);
}

static void submit_within(struct world *world, int64_t timeout_ms)
{
	struct bmc_request request = { .op = BMC_POWER_GET,
				       .timeout_ms = timeout_ms };
	struct bmc_target target = { .host = "h" };

	bmc_submit(world->bmc, "a", &target, &request, on_result, world);
}

static void turn(struct world *world, unsigned n)
{
	for (int i = 0; i < 500 && world->n < n; i++)
		loop_turn(world->loop, 50);
	assert_int_equal(world->n, n);
}

static void answers(size_t i, enum err_code code, bool sent)
{
	script.results[i].err.code = code;
	script.results[i].sent = sent;
	script.n_results = i + 1;
}

static void test_a_read_is_tried_again(void **state)
{
	struct world *world = *state;

	answers(0, ERR_TIMEOUT, false);
	submit(world, "a", BMC_POWER_GET, "");
	turn(world, 1);

	assert_int_equal(world->codes[0], ERR_NONE);
	assert_int_equal(script.n_starts, 2);
}

static void test_a_write_that_may_have_left_is_not(void **state)
{
	struct world *world = *state;

	answers(0, ERR_TIMEOUT, true);
	submit(world, "a", BMC_POWER_SET, "");
	turn(world, 1);

	assert_int_equal(world->codes[0], ERR_TIMEOUT);
	assert_int_equal(script.n_starts, 1);
}

static void test_a_retry_that_has_no_time_left_is_not_begun(void **state)
{
	struct world *world = *state;

	answers(0, ERR_UNREACHABLE, false);
	submit_within(world, 1900);
	loop_turn(world->loop, 0);

	assert_int_equal(world->n, 1);
	assert_int_equal(world->codes[0], ERR_UNREACHABLE);
	assert_int_equal(script.n_starts, 1);
}

/* What the deadline cuts short is no news of the BMC. */
static void test_a_retry_cut_short_leaves_the_first_answer(void **state)
{
	struct world *world = *state;

	answers(0, ERR_UNREACHABLE, false);
	answers(1, ERR_TIMEOUT, false);
	script.slow[1] = true;
	submit_within(world, 3000);
	turn(world, 1);

	assert_int_equal(world->codes[0], ERR_UNREACHABLE);
	assert_int_equal(script.n_starts, 2);
	assert_true(script.timeout_ms <= 2000);
}

static void test_a_try_that_takes_all_the_time_is_a_timeout(void **state)
{
	struct world *world = *state;

	answers(0, ERR_TIMEOUT, false);
	script.slow[0] = true;
	submit_within(world, 50);
	turn(world, 1);

	assert_int_equal(world->codes[0], ERR_TIMEOUT);
	assert_int_equal(script.n_starts, 1);
}

/* It waits for a place that others have until its time is over. */
static void test_a_retry_whose_turn_comes_too_late_is_not_begun(void **state)
{
	struct world *world = *state;

	answers(0, ERR_UNREACHABLE, false);
	submit_within(world, 3000);
	script.hold = true;
	submit(world, "b", BMC_POWER_GET, "");
	submit(world, "c", BMC_POWER_GET, "");
	for (mono_ms end = clock_mono() + 3100; clock_mono() < end;)
		loop_turn(world->loop, 50);
	assert_int_equal(world->n, 0);
	bmc_forget(world->bmc, "b");
	turn(world, 2);

	assert_int_equal(world->codes[0], ERR_CANCELLED);
	assert_int_equal(world->codes[1], ERR_UNREACHABLE);
	assert_int_equal(script.n_starts, 3);
}

static void test_results_never_come_from_inside_of_a_call(void **state)
{
	struct world *world = *state;

	submit(world, "a", BMC_POWER_GET, "");
	assert_int_equal(script.n_starts, 1);
	assert_int_equal(world->n, 0);
	turn(world, 1);
}

static void test_refused_credentials_wait_for_others(void **state)
{
	struct world *world = *state;

	answers(0, ERR_AUTH, false);
	submit(world, "a", BMC_POWER_GET, "one");
	submit(world, "a", BMC_POWER_GET, "one");
	submit(world, "b", BMC_POWER_GET, "one");
	turn(world, 3);
	assert_int_equal(script.n_starts, 2);

	submit(world, "a", BMC_POWER_GET, "one");
	turn(world, 4);
	assert_int_equal(world->codes[3], ERR_AUTH);
	assert_int_equal(script.n_starts, 2);

	submit(world, "a", BMC_POWER_GET, "two");
	turn(world, 5);
	assert_int_equal(world->codes[4], ERR_NONE);
	assert_string_equal(script.password, "two");
}

static void test_what_a_driver_cannot_is_refused(void **state)
{
	struct world *world = *state;

	submit(world, "a", BMC_INFO, "");
	submit(world, "a", BMC_LOG_READ, "");
	submit(world, "a", BMC_POWER_GET, "");
	turn(world, 3);

	assert_int_equal(world->codes[0], ERR_NONE);
	assert_int_equal(world->codes[1], ERR_UNSUPPORTED);
	assert_int_equal(world->codes[2], ERR_NONE);
	assert_int_equal(script.n_starts, 2);
}

/* The leak checker sees that it is freed, once. */
static void test_reports_are_freed_when_told_or_tried_again(void **state)
{
	struct world *world = *state;

	answers(0, ERR_TIMEOUT, false);
	answers(1, ERR_NONE, false);
	script.results[0].report = bmc_report_new(BMC_REPORT_LOG);
	bmc_log_add(&script.results[0].report->log);
	script.results[1].report = bmc_report_new(BMC_REPORT_INFO);
	submit(world, "a", BMC_INFO, "");
	turn(world, 1);

	assert_int_equal(script.n_starts, 2);
	assert_int_equal(world->codes[0], ERR_NONE);
}

static void test_one_at_a_time_and_so_many_in_all(void **state)
{
	struct world *world = *state;

	script.hold = true;
	submit(world, "a", BMC_POWER_GET, "");
	submit(world, "a", BMC_POWER_GET, "");
	assert_int_equal(script.n_starts, 1);
	submit(world, "b", BMC_POWER_GET, "");
	submit(world, "c", BMC_POWER_GET, "");
	assert_int_equal(script.n_starts, 2);

	/* A place becomes free. */
	bmc_forget(world->bmc, "b");
	assert_int_equal(script.n_cancels, 1);
	assert_int_equal(script.n_starts, 3);
	turn(world, 1);
	assert_int_equal(world->codes[0], ERR_CANCELLED);

	bmc_cancel_all(world->bmc);
	turn(world, 4);
	assert_int_equal(script.n_starts, 3);
	assert_true(bmc_idle(world->bmc));
}

static void test_reads_that_wait_share_one_try(void **state)
{
	struct world *world = *state;

	script.hold = true;
	submit(world, "a", BMC_POWER_GET, "");
	submit(world, "a", BMC_POWER_GET, "");
	submit(world, "a", BMC_POWER_GET, "");
	script.hold = false;
	script.done(script.arg, &script.results[0]);
	turn(world, 3);

	assert_int_equal(script.n_starts, 2);
	assert_int_equal(bmc_counts(world->bmc)->shared, 1);
	assert_true(bmc_idle(world->bmc));
}

static void submit_urgent(struct world *world, enum bmc_op op)
{
	struct bmc_request request = { .op = op, .urgency = BMC_ABORT };
	struct bmc_target target = { .host = "h" };

	bmc_submit(world->bmc, "a", &target, &request, on_result, world);
}

static void test_an_abort_breaks_off_what_is_under_way(void **state)
{
	struct world *world = *state;

	script.hold = true;
	submit(world, "a", BMC_POWER_SET, "");
	script.hold = false;
	submit_urgent(world, BMC_POWER_SET);
	assert_int_equal(script.n_cancels, 1);
	assert_int_equal(script.n_starts, 2);
	turn(world, 2);

	assert_int_equal(world->codes[0], ERR_CANCELLED);
	assert_int_equal(world->codes[1], ERR_NONE);
	assert_true(bmc_idle(world->bmc));
}

/* By Redfish, then by IPMI, of which each has an endpoint of its own. */
static void test_the_other_way_is_tried_when_nothing_has_left(void **state)
{
	struct world *world = *state;
	struct bmc_request request = { .op = BMC_POWER_SET };
	struct bmc_target other = { .protocol = BMC_IPMI, .host = "h" };
	struct bmc_target target = { .host = "h", .other = &other };

	answers(0, ERR_UNREACHABLE, false);
	bmc_submit(world->bmc, "a", &target, &request, on_result, world);
	turn(world, 1);

	assert_int_equal(world->codes[0], ERR_NONE);
	assert_int_equal(script.n_starts, 2);
	assert_int_equal(script.n_endpoints, 2);
	assert_int_equal(script.protocols[0], BMC_REDFISH);
	assert_int_equal(script.protocols[1], BMC_IPMI);
	assert_int_equal(bmc_counts(world->bmc)
				 ->tries[0][BMC_POWER_SET][ERR_UNREACHABLE],
			 1);
	assert_int_equal(
		bmc_counts(world->bmc)->tries[1][BMC_POWER_SET][ERR_NONE], 1);
}

static void test_what_may_have_left_is_looked_for_by_it(void **state)
{
	struct world *world = *state;
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_ON };
	struct bmc_target other = { .protocol = BMC_IPMI, .host = "h" };
	struct bmc_target target = { .host = "h", .other = &other };

	answers(0, ERR_TIMEOUT, true);
	answers(1, ERR_NONE, false);
	script.results[1].power = BMC_POWER_ON;
	bmc_submit(world->bmc, "a", &target, &request, on_result, world);
	turn(world, 1);

	assert_int_equal(world->codes[0], ERR_NONE);
	assert_int_equal(script.n_starts, 2);
	assert_int_equal(script.ops[0], BMC_POWER_SET);
	assert_int_equal(script.ops[1], BMC_POWER_GET);
}

static void test_how_it_stands_can_be_seen_and_thawed(void **state)
{
	struct world *world = *state;
	struct bmc_view view;

	assert_false(bmc_look(world->bmc, "a", &view));
	assert_false(bmc_thaw(world->bmc, "a"));
	answers(0, ERR_AUTH, false);
	str_copy(script.results[0].err.message,
		 sizeof(script.results[0].err.message), "no such user");
	submit(world, "a", BMC_POWER_GET, "one");
	turn(world, 1);
	assert_true(bmc_look(world->bmc, "a", &view));
	assert_int_equal(view.standing, BMC_FROZEN);
	assert_string_equal(view.cause.message, "no such user");
	assert_int_equal(bmc_counts(world->bmc)->bmcs[BMC_FROZEN], 1);

	assert_true(bmc_thaw(world->bmc, "a"));
	assert_int_equal(bmc_counts(world->bmc)->bmcs[BMC_FROZEN], 0);
	submit(world, "a", BMC_POWER_GET, "one");
	turn(world, 2);
	assert_int_equal(world->codes[1], ERR_NONE);
	assert_true(bmc_look(world->bmc, "a", &view));
	assert_int_equal(view.standing, BMC_FINE);
	assert_string_equal(view.driver, "fake");
}

/* Aborts, for they do not wait for its pace. */
static void test_a_silent_bmc_says_when_it_is_tried_next(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .urgency = BMC_ABORT,
				       .timeout_ms = 500 };
	struct bmc_target target = { .host = "h" };
	struct world *world = *state;
	struct bmc_view view;

	for (size_t i = 0; i < 8; i++)
		answers(i, ERR_UNREACHABLE, false);
	for (unsigned i = 1; i <= 5; i++) {
		bmc_submit(world->bmc, "a", &target, &request, on_result,
			   world);
		turn(world, i);
	}
	assert_true(bmc_look(world->bmc, "a", &view));
	assert_int_equal(view.standing, BMC_LEFT_ALONE);
	assert_in_range(view.next_try_ms, 10000, 15000);
	submit(world, "a", BMC_POWER_GET, "");
	turn(world, 6);

	assert_int_equal(script.n_starts, 5);
	assert_int_equal(world->codes[5], ERR_UNREACHABLE);
	assert_int_equal(bmc_counts(world->bmc)->bmcs[BMC_LEFT_ALONE], 1);
	assert_int_equal(bmc_counts(world->bmc)->not_tried, 1);
}

/* Waiting is by the inventory as it is, not as it was. */
static void test_the_newest_target_holds_for_what_waits(void **state)
{
	struct world *world = *state;

	script.hold = true;
	submit(world, "a", BMC_POWER_GET, "one");
	submit(world, "a", BMC_BOOT_GET, "one");
	submit(world, "a", BMC_PROBE, "two");
	assert_string_equal(script.password, "one");
	script.hold = false;
	answers(0, ERR_AUTH, false);
	script.done(script.arg, &script.results[0]);
	turn(world, 3);

	assert_int_equal(world->codes[0], ERR_AUTH);
	assert_int_equal(world->codes[1], ERR_NONE);
	assert_int_equal(world->codes[2], ERR_NONE);
	assert_string_equal(script.password, "two");
	assert_int_equal(script.n_starts, 3);
}

static void test_who_has_no_news_asks_the_same_target_again(void **state)
{
	const struct bmc_request request = { .op = BMC_POWER_GET };
	struct world *world = *state;

	assert_false(
		bmc_submit_again(world->bmc, "a", &request, on_result, world));
	submit(world, "a", BMC_POWER_GET, "one");
	turn(world, 1);
	assert_true(
		bmc_submit_again(world->bmc, "a", &request, on_result, world));
	turn(world, 2);

	assert_int_equal(world->codes[1], ERR_NONE);
	assert_string_equal(script.password, "one");
	assert_int_equal(script.n_starts, 2);
	bmc_forget(world->bmc, "a");
	assert_false(
		bmc_submit_again(world->bmc, "a", &request, on_result, world));
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_a_read_is_tried_again),
		WORLD(test_a_write_that_may_have_left_is_not),
		WORLD(test_a_retry_that_has_no_time_left_is_not_begun),
		WORLD(test_a_retry_cut_short_leaves_the_first_answer),
		WORLD(test_a_try_that_takes_all_the_time_is_a_timeout),
		WORLD(test_a_retry_whose_turn_comes_too_late_is_not_begun),
		WORLD(test_results_never_come_from_inside_of_a_call),
		WORLD(test_refused_credentials_wait_for_others),
		WORLD(test_what_a_driver_cannot_is_refused),
		WORLD(test_reports_are_freed_when_told_or_tried_again),
		WORLD(test_one_at_a_time_and_so_many_in_all),
		WORLD(test_reads_that_wait_share_one_try),
		WORLD(test_an_abort_breaks_off_what_is_under_way),
		WORLD(test_the_other_way_is_tried_when_nothing_has_left),
		WORLD(test_what_may_have_left_is_looked_for_by_it),
		WORLD(test_how_it_stands_can_be_seen_and_thawed),
		WORLD(test_a_silent_bmc_says_when_it_is_tried_next),
		WORLD(test_the_newest_target_holds_for_what_waits),
		WORLD(test_who_has_no_news_asks_the_same_target_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
