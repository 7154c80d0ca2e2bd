/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rotate_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "test.h"

/*
 * A BMC with one password, and what is written down of it. After every step
 * the BMC's has to be among what is written down.
 */
struct world {
	char bmc[8];    /* "old", "new", "other" */
	char stored[8]; /* the password */
	char next[8];   /* "": none */
	bool away;      /* the BMC does not answer */
	bool refuses;   /* the new password, by its rules */
	bool lies;      /* it says that it took it, and did not */
	bool mute;      /* it does, and its answer is lost */
	unsigned n_old; /* logins */
	unsigned n_new;
	unsigned n_sets;
};

static struct world fresh(void)
{
	return (struct world){ .bmc = "old", .stored = "old" };
}

static int login(struct world *world, const char *password, struct err *err)
{
	if (world->away)
		return err_set(err, ERR_UNREACHABLE, "no answer");
	if (!str_eq(world->bmc, password))
		return err_set(err, ERR_AUTH, "refused");
	return 0;
}

static int set(struct world *world, bool *sent, struct err *err)
{
	world->n_sets++;
	if (login(world, world->stored, err))
		return -1;
	*sent = true;
	if (world->refuses)
		return err_set(err, ERR_INVALID, "too short");
	if (!world->lies)
		str_copy(world->bmc, sizeof(world->bmc), world->next);
	if (world->mute)
		return err_set(err, ERR_OUTCOME, "no word");
	return 0;
}

static int carry_out(struct world *world, enum rotate_step step, bool *sent,
		     struct err *err)
{
	switch (step) {
	case ROTATE_RECORD:
		str_copy(world->next, sizeof(world->next), "new");
		return 0;
	case ROTATE_SET:
		return set(world, sent, err);
	case ROTATE_TRY_NEW:
		world->n_new++;
		return login(world, world->next, err);
	case ROTATE_TRY_OLD:
		world->n_old++;
		return login(world, world->stored, err);
	case ROTATE_ADOPT:
		str_copy(world->stored, sizeof(world->stored), world->next);
		world->next[0] = '\0';
		return 0;
	default:
		world->next[0] = '\0';
		return 0;
	}
}

static bool is_known(const struct world *world)
{
	return str_eq(world->bmc, world->stored) ||
	       str_eq(world->bmc, world->next);
}

/* At most so many steps: then there is a crash. Returns how many were done;
 * *last is DONE or FAILED at the end. */
static unsigned run(struct world *world, unsigned n_steps,
		    enum rotate_step *last, struct err *err)
{
	struct rotate rotate = { .recorded = *world->next != '\0' };
	unsigned n = 0;

	while ((*last = rotate_next(&rotate)) < ROTATE_DONE && n < n_steps) {
		struct err error = { .code = ERR_NONE };
		bool sent = false;
		int failed = carry_out(world, *last, &sent, &error);

		rotate_told(&rotate, *last, failed ? &error : NULL, sent);
		n++;
		if (!str_eq(world->bmc, "other"))
			assert_true(is_known(world));
	}
	if (*last == ROTATE_FAILED)
		rotate_error(&rotate, err);
	return n;
}

static void test_the_straight_way(void **state)
{
	struct world world = fresh();
	enum rotate_step last;
	struct err err;

	(void)state;
	assert_int_equal(run(&world, 100, &last, &err), 4);

	assert_int_equal(last, ROTATE_DONE);
	assert_string_equal(world.bmc, "new");
	assert_string_equal(world.stored, "new");
	assert_string_equal(world.next, "");
	assert_int_equal(world.n_new, 1);
	assert_int_equal(world.n_old, 0);
}

static void test_after_a_crash_at_any_step_it_goes_on(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 4; at++) {
		struct world world = fresh();
		enum rotate_step last;
		struct err err;

		run(&world, at, &last, &err);
		run(&world, 100, &last, &err);

		assert_int_equal(last, ROTATE_DONE);
		assert_string_equal(world.bmc, "new");
		assert_string_equal(world.stored, "new");
		assert_string_equal(world.next, "");
		assert_true(world.n_sets <= 2);
	}
}

static void test_after_two_crashes_it_goes_on(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 5; first++) {
		for (unsigned second = 0; second < 6; second++) {
			struct world world = fresh();
			enum rotate_step last;
			struct err err;

			run(&world, first, &last, &err);
			run(&world, second, &last, &err);
			run(&world, 100, &last, &err);

			assert_int_equal(last, ROTATE_DONE);
			assert_string_equal(world.bmc, "new");
			assert_string_equal(world.stored, "new");
		}
	}
}

static void test_an_answer_that_is_lost_is_looked_after(void **state)
{
	struct world world = fresh();
	enum rotate_step last;
	struct err err;

	(void)state;
	world.mute = true;
	run(&world, 100, &last, &err);

	assert_int_equal(last, ROTATE_DONE);
	assert_string_equal(world.stored, "new");
}

static void test_a_bmc_that_does_not_take_it_keeps_the_old_one(void **state)
{
	static const bool lies[] = { false, true };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct world world = fresh();
		enum rotate_step last;
		struct err err;

		world.lies = lies[i];
		world.refuses = !lies[i];
		run(&world, 100, &last, &err);

		assert_int_equal(last, ROTATE_FAILED);
		assert_string_equal(world.stored, "old");
		assert_string_equal(world.next, "");
		assert_int_equal(world.n_new, 1);
		assert_int_equal(world.n_old, 1);
		assert_non_null(strstr(err.message, "it has the old password"));
		assert_non_null(
			strstr(err.message, lies[i] ? "refused" : "too short"));
	}
}

static void test_a_wrong_old_password_changes_nothing(void **state)
{
	struct world world = fresh();
	enum rotate_step last;
	struct err err;

	(void)state;
	str_copy(world.bmc, sizeof(world.bmc), "other");
	run(&world, 100, &last, &err);

	assert_int_equal(last, ROTATE_FAILED);
	assert_int_equal(err.code, ERR_AUTH);
	assert_string_equal(world.stored, "old");
	assert_string_equal(world.next, "");
	assert_int_equal(world.n_sets, 1);
	assert_int_equal(world.n_new + world.n_old, 0);
}

static void test_who_does_not_answer_is_asked_again_another_time(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 4; at++) {
		struct world world = fresh();
		enum rotate_step last;
		struct err err;

		run(&world, at, &last, &err);
		world.away = true;
		run(&world, 100, &last, &err);
		assert_int_equal(last, ROTATE_FAILED);
		assert_int_equal(err.code, ERR_UNREACHABLE);
		assert_string_equal(world.stored, "old");
		assert_string_equal(world.next, "new");
		world.away = false;
		run(&world, 100, &last, &err);

		assert_int_equal(last, ROTATE_DONE);
		assert_string_equal(world.stored, "new");
	}
}

static void test_when_neither_is_taken_both_are_kept(void **state)
{
	struct world world = fresh();
	enum rotate_step last;
	struct err err;

	(void)state;
	run(&world, 1, &last, &err);
	str_copy(world.bmc, sizeof(world.bmc), "other");
	run(&world, 100, &last, &err);

	assert_int_equal(last, ROTATE_FAILED);
	assert_string_equal(world.stored, "old");
	assert_string_equal(world.next, "new");
	assert_int_equal(world.n_new, 1);
	assert_int_equal(world.n_old, 1);
	assert_int_equal(world.n_sets, 0);
}

static void test_what_cannot_be_written_down_is_not_begun(void **state)
{
	struct rotate rotate = { .recorded = false };
	struct err error;
	struct err err;

	(void)state;
	err_set(&error, ERR_NO_SPACE, "disk full");
	rotate_told(&rotate, ROTATE_RECORD, &error, false);

	assert_int_equal(rotate_next(&rotate), ROTATE_FAILED);
	rotate_error(&rotate, &err);
	assert_int_equal(err.code, ERR_NO_SPACE);
}

static void test_passwords_are_what_strict_bmcs_take(void **state)
{
	struct rng rng = rng_system();
	char one[ROTATE_PASSWORD];
	char other[ROTATE_PASSWORD];

	(void)state;
	for (int i = 0; i < 200; i++) {
		rotate_password(&rng, one);
		rotate_password(&rng, other);

		assert_int_equal(strlen(one), 16);
		assert_non_null(strpbrk(one, "23456789"));
		assert_non_null(strpbrk(one, "-_.+:=@%"));
		assert_string_not_equal(one, other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_straight_way),
		RUN(test_after_a_crash_at_any_step_it_goes_on),
		RUN(test_after_two_crashes_it_goes_on),
		RUN(test_an_answer_that_is_lost_is_looked_after),
		RUN(test_a_bmc_that_does_not_take_it_keeps_the_old_one),
		RUN(test_a_wrong_old_password_changes_nothing),
		RUN(test_who_does_not_answer_is_asked_again_another_time),
		RUN(test_when_neither_is_taken_both_are_kept),
		RUN(test_what_cannot_be_written_down_is_not_begun),
		RUN(test_passwords_are_what_strict_bmcs_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
