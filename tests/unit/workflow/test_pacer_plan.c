/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/pacer_plan.h"

#include "base/rng.h"
#include "base/str.h"
#include "test.h"

#define AUTO_PACER __attribute__((cleanup(release))) struct pacer *

static void release(struct pacer **pacer)
{
	pacer_free(*pacer);
}

static bool ask(struct pacer *pacer, int64_t run, const char *rack)
{
	char why[160];

	return pacer_ask(pacer, PACER_STARTING, run, rack, why, sizeof(why));
}

/* The next that is let in; 0: none. */
static int64_t next(struct pacer *pacer)
{
	enum pacer_kind kind;
	int64_t run = 0;

	return pacer_next(pacer, &kind, &run) ? run : 0;
}

static void test_without_caps_nobody_waits(void **state)
{
	const struct pacer_caps caps = { 0 };
	AUTO_PACER pacer = pacer_new(&caps);

	(void)state;

	for (int64_t run = 1; run <= 1000; run++)
		assert_true(ask(pacer, run, "r1"));
}

static void test_who_comes_first_is_first(void **state)
{
	const struct pacer_caps caps = { .most[PACER_STARTING] = 1 };
	AUTO_PACER pacer = pacer_new(&caps);

	(void)state;
	assert_true(ask(pacer, 1, "r1"));
	assert_false(ask(pacer, 2, "r1"));
	assert_false(ask(pacer, 3, "r1"));
	assert_int_equal(next(pacer), 0);

	pacer_leave(pacer, 1);
	assert_false(ask(pacer, 4, "r1")); /* nobody overtakes */
	assert_int_equal(next(pacer), 2);
	assert_int_equal(next(pacer), 0);
	pacer_leave(pacer, 2);
	assert_int_equal(next(pacer), 3);
}

static void test_the_racks_take_turns(void **state)
{
	const struct pacer_caps caps = { .most[PACER_STARTING] = 1 };
	AUTO_PACER pacer = pacer_new(&caps);
	static const int64_t order[] = { 11, 21, 12, 22, 13 };

	(void)state;
	assert_true(ask(pacer, 1, ""));
	for (int64_t i = 1; i <= 3; i++)
		assert_false(ask(pacer, 10 + i, "a"));
	for (int64_t i = 1; i <= 2; i++)
		assert_false(ask(pacer, 20 + i, "b"));

	pacer_leave(pacer, 1);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		assert_int_equal(next(pacer), order[i]);
		pacer_leave(pacer, order[i]);
	}
}

static void test_a_full_rack_holds_up_no_other(void **state)
{
	const struct pacer_caps caps = { .most[PACER_STARTING] = 10,
					 .most_per_rack[PACER_STARTING] = 1 };
	AUTO_PACER pacer = pacer_new(&caps);
	char why[160];

	(void)state;
	assert_true(ask(pacer, 1, "a"));
	assert_false(
		pacer_ask(pacer, PACER_STARTING, 2, "a", why, sizeof(why)));
	assert_string_equal(why, "1 of 1 machines of rack a are starting");
	assert_true(ask(pacer, 3, "b"));
	assert_int_equal(next(pacer), 0);
	/* Those that are in no rack have no cap of one. */
	assert_true(ask(pacer, 4, "") && ask(pacer, 5, ""));

	pacer_leave(pacer, 1);
	assert_int_equal(next(pacer), 2);
}

static void test_the_kinds_do_not_mix(void **state)
{
	const struct pacer_caps caps = { .most = { 1, 1 } };
	AUTO_PACER pacer = pacer_new(&caps);
	char why[160];

	(void)state;
	assert_true(ask(pacer, 1, "a"));
	assert_true(pacer_ask(pacer, PACER_IMAGING, 2, "a", why, sizeof(why)));
	assert_false(pacer_ask(pacer, PACER_IMAGING, 3, "a", why, sizeof(why)));
	assert_string_equal(why, "1 of 1 machines write an image");
}

static void test_who_held_holds_whatever_the_caps_are(void **state)
{
	const struct pacer_caps caps = { .most[PACER_STARTING] = 1 };
	AUTO_PACER pacer = pacer_new(&caps);

	(void)state;
	for (int64_t run = 1; run <= 3; run++)
		pacer_hold(pacer, PACER_STARTING, run, "a");
	assert_false(ask(pacer, 4, "a"));
	pacer_leave(pacer, 1);
	pacer_leave(pacer, 2);
	assert_int_equal(next(pacer), 0);
	pacer_leave(pacer, 3);
	assert_int_equal(next(pacer), 4);
}

static void test_who_leaves_the_queue_is_forgotten(void **state)
{
	const struct pacer_caps caps = { .most[PACER_STARTING] = 1 };
	AUTO_PACER pacer = pacer_new(&caps);

	(void)state;
	assert_true(ask(pacer, 1, "a"));
	assert_false(ask(pacer, 2, "b"));
	pacer_leave(pacer, 2);
	pacer_leave(pacer, 2);
	pacer_leave(pacer, 1);

	assert_int_equal(next(pacer), 0);
	assert_true(ask(pacer, 3, "b"));
}

/* A thousand runs come and go by chance. */
static void test_caps_hold_and_all_have_their_turn(void **state)
{
	const struct pacer_caps caps = { .most[PACER_STARTING] = 7,
					 .most_per_rack[PACER_STARTING] = 2 };
	AUTO_PACER pacer = pacer_new(&caps);
	struct rng rng = rng_seeded(5);
	int in_rack[10] = { 0 };
	bool holds[1000] = { false };
	int n_held = 0;
	int n_done = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char rack[4] = { (char)('a' + i % 10), '\0' };

		if (ask(pacer, i + 1, rack)) {
			holds[i] = true;
			n_held++;
			in_rack[i % 10]++;
		}
	}
	while (n_done < 1000) {
		int leaves = (int)(rng_u64(&rng) % 1000);
		int64_t run;

		assert_true(n_held > 0 && n_held <= 7);
		for (int i = 0; i < 10; i++)
			assert_true(in_rack[i] <= 2);
		if (!holds[leaves])
			continue;
		holds[leaves] = false;
		n_held--;
		in_rack[leaves % 10]--;
		n_done++;
		pacer_leave(pacer, leaves + 1);
		while ((run = next(pacer))) {
			holds[run - 1] = true;
			n_held++;
			in_rack[(run - 1) % 10]++;
		}
		if (n_done == 1000)
			assert_int_equal(n_held, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_without_caps_nobody_waits),
		RUN(test_who_comes_first_is_first),
		RUN(test_the_racks_take_turns),
		RUN(test_a_full_rack_holds_up_no_other),
		RUN(test_the_kinds_do_not_mix),
		RUN(test_who_held_holds_whatever_the_caps_are),
		RUN(test_who_leaves_the_queue_is_forgotten),
		RUN(test_caps_hold_and_all_have_their_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
