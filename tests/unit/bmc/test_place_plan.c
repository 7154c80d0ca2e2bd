/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "bmc/place_plan.h"

#define N 64

struct world {
	struct places *places;
	struct seat seats[N];
};

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	for (size_t i = 0; i < N; i++)
		seat_init(&world->seats[i]);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	places_free(world->places);
	free(world);
	return 0;
}

static void limit(struct world *world, struct place_limits limits)
{
	world->places = places_new(&limits, 0);
}

static void wait_in(struct world *world, size_t i, const char *rack,
		    struct place_ask ask)
{
	places_wait(world->places, &world->seats[i], rack, &ask);
}

/* Which one; -1: none. */
static int next(struct world *world, mono_ms now)
{
	struct seat *seat = places_next(world->places, now);

	return seat ? (int)(seat - world->seats) : -1;
}

static unsigned take_all(struct world *world, mono_ms now)
{
	unsigned n = 0;

	while (next(world, now) >= 0)
		n++;
	return n;
}

static void leave(struct world *world, size_t i)
{
	places_leave(world->places, &world->seats[i]);
}

static void test_so_many_in_all(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ .most = 8 });
	for (size_t i = 0; i < 12; i++)
		wait_in(world, i, "", (struct place_ask){ 0 });
	assert_int_equal(take_all(world, 0), 8);
	leave(world, 3);

	assert_int_equal(next(world, 0), 8);
	assert_int_equal(next(world, 0), -1);
	assert_int_equal(places_deadline(world->places), MONO_NEVER);
}

static void test_no_limit_is_none(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ 0 });
	for (size_t i = 0; i < N; i++)
		wait_in(world, i, "r1",
			(struct place_ask){ .class = PLACE_SUSPECT,
					    .power_on = true });

	assert_int_equal(take_all(world, 0), N);
}

static void test_so_many_for_each_driver(void **state)
{
	struct world *world = *state;

	limit(world,
	      (struct place_limits){ .most_per_driver = { 4, 2, 0, 0 } });
	for (size_t i = 0; i < 30; i++)
		wait_in(world, i, "",
			(struct place_ask){ .driver = (unsigned)i % 3 });

	assert_int_equal(take_all(world, 0), 4 + 2 + 10);
	leave(world, 1); /* of the second driver */
	assert_int_equal(next(world, 0) % 3, 1);
}

static void test_a_full_rack_does_not_hold_up_others(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ .most_per_rack = 2 });
	for (size_t i = 0; i < 5; i++)
		wait_in(world, i, "r1", (struct place_ask){ 0 });
	wait_in(world, 5, "r2", (struct place_ask){ 0 });
	wait_in(world, 6, "", (struct place_ask){ 0 });
	wait_in(world, 7, "", (struct place_ask){ 0 });
	wait_in(world, 8, "", (struct place_ask){ 0 });

	assert_int_equal(take_all(world, 0), 2 + 1 + 3);
	leave(world, 5);
	assert_int_equal(next(world, 0), -1);
	leave(world, 0);
	assert_int_equal(next(world, 0), 2);
	assert_int_equal(next(world, 0), -1);
}

static void test_racks_take_turns(void **state)
{
	struct world *world = *state;
	int got[6];

	limit(world, (struct place_limits){ .most = 1 });
	for (size_t i = 0; i < 4; i++)
		wait_in(world, i, "r1", (struct place_ask){ 0 });
	wait_in(world, 4, "r2", (struct place_ask){ 0 });
	wait_in(world, 5, "r2", (struct place_ask){ 0 });
	for (size_t i = 0; i < 6; i++) {
		got[i] = next(world, 0);
		leave(world, (size_t)got[i]);
	}

	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], 4);
	assert_int_equal(got[2], 1);
	assert_int_equal(got[3], 5);
	assert_int_equal(got[4], 2);
	assert_int_equal(got[5], 3);
}

static void test_ranks_go_in_order(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ .most = 1 });
	for (size_t i = 0; i < PLACE_RANKS; i++)
		wait_in(world, i, "",
			(struct place_ask){
				.rank = (unsigned)(PLACE_RANKS - 1 - i) });
	for (int i = PLACE_RANKS - 1; i >= 0; i--) {
		assert_int_equal(next(world, 0), i);
		leave(world, (size_t)i);
	}
}

static void test_suspects_have_a_quarter(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ .most = 16 });
	for (size_t i = 0; i < 20; i++)
		wait_in(world, i, "",
			(struct place_ask){ .class = PLACE_SUSPECT });
	assert_int_equal(take_all(world, 0), 4);
	for (size_t i = 20; i < 40; i++)
		wait_in(world, i, "", (struct place_ask){ .class = PLACE_NEW });
	assert_int_equal(take_all(world, 0), 8);
	for (size_t i = 40; i < 60; i++)
		wait_in(world, i, "",
			(struct place_ask){ .class = PLACE_SOUND });

	assert_int_equal(take_all(world, 0), 4);
	leave(world, 0);
	assert_true(next(world, 0) >= 0);
	assert_int_equal(next(world, 0), -1);
}

static void test_suspects_get_their_share_among_the_sound(void **state)
{
	struct world *world = *state;
	unsigned n_suspects = 0;

	limit(world, (struct place_limits){ .most = 1 });
	for (size_t i = 0; i < 40; i++)
		wait_in(world, i, "",
			(struct place_ask){ .class = i < 20 ? PLACE_SOUND
							    : PLACE_SUSPECT });
	for (int i = 0; i < 20; i++) {
		int got = next(world, 0);

		n_suspects += got >= 20;
		leave(world, (size_t)got);
	}

	assert_in_range(n_suspects, 5, 15);
}

static void test_a_rack_of_suspects_has_a_quarter_too(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ .most_per_rack = 4 });
	for (size_t i = 0; i < 4; i++)
		wait_in(world, i, "r1",
			(struct place_ask){ .class = PLACE_SUSPECT });
	for (size_t i = 4; i < 10; i++)
		wait_in(world, i, "r1", (struct place_ask){ 0 });

	assert_int_equal(take_all(world, 0), 4);
	leave(world, 4);
	assert_int_equal(next(world, 0), 7);
}

static void test_one_place_is_also_for_suspects(void **state)
{
	struct world *world = *state;

	limit(world, (struct place_limits){ .most = 1 });
	wait_in(world, 0, "", (struct place_ask){ .class = PLACE_SUSPECT });

	assert_int_equal(next(world, 0), 0);
}

static void test_so_many_are_switched_on_in_a_second(void **state)
{
	struct world *world = *state;
	unsigned n = 0;
	mono_ms now = 0;

	limit(world, (struct place_limits){ .power_on_per_s = 20 });
	for (size_t i = 0; i < 60; i++)
		wait_in(world, i, "", (struct place_ask){ .power_on = true });
	wait_in(world, 60, "", (struct place_ask){ 0 });
	assert_int_equal(take_all(world, now), 5 + 1);
	while (now < 1000) {
		now = places_deadline(world->places);
		assert_true(now > 0 && now < MONO_NEVER);
		n += take_all(world, now);
	}

	assert_int_equal(n, 20);
}

static void test_so_many_are_switched_on_in_a_rack(void **state)
{
	struct world *world = *state;
	unsigned n = 0;

	limit(world, (struct place_limits){ .power_on_per_s_per_rack = 2,
					    .power_on_per_s = 100 });
	for (size_t i = 0; i < 40; i++)
		wait_in(world, i, i % 2 ? "r1" : "r2",
			(struct place_ask){ .power_on = true });
	wait_in(world, 40, "r1", (struct place_ask){ 0 });
	assert_int_equal(take_all(world, 0), 2 + 1);
	assert_int_equal(places_deadline(world->places), 500);
	for (mono_ms now = 500; now <= 3000;) {
		n += take_all(world, now);
		assert_true(places_deadline(world->places) > now);
		now = places_deadline(world->places);
	}

	assert_int_equal(n, 2 * 6);
}

/* The token is for who has a place, and is not lost to who has none. */
static void test_a_full_rack_takes_no_token(void **state)
{
	struct world *world = *state;

	limit(world,
	      (struct place_limits){ .most_per_rack = 1, .power_on_per_s = 4 });
	wait_in(world, 0, "r1", (struct place_ask){ 0 });
	assert_int_equal(next(world, 0), 0);
	wait_in(world, 1, "r1", (struct place_ask){ .power_on = true });
	for (int i = 0; i < 10; i++)
		assert_int_equal(next(world, 0), -1);
	wait_in(world, 2, "r2", (struct place_ask){ .power_on = true });

	assert_int_equal(next(world, 0), 2);
	leave(world, 0);
	assert_int_equal(next(world, 0), -1);
	assert_int_equal(next(world, places_deadline(world->places)), 1);
}

static void test_who_leaves_the_queue_is_not_met(void **state)
{
	struct world *world = *state;
	struct place_counts counts;

	limit(world, (struct place_limits){ .most = 1 });
	wait_in(world, 0, "r1", (struct place_ask){ 0 });
	wait_in(world, 1, "r1", (struct place_ask){ .driver = 2 });
	leave(world, 0);
	leave(world, 0); /* twice does no harm */

	assert_int_equal(next(world, 0), 1);
	places_counts(world->places, &counts);
	assert_int_equal(counts.taken[2], 1);
	assert_int_equal(counts.by_class[PLACE_SOUND], 1);
	assert_int_equal(counts.waiting, 0);
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_so_many_in_all),
		WORLD(test_no_limit_is_none),
		WORLD(test_so_many_for_each_driver),
		WORLD(test_a_full_rack_does_not_hold_up_others),
		WORLD(test_racks_take_turns),
		WORLD(test_ranks_go_in_order),
		WORLD(test_suspects_have_a_quarter),
		WORLD(test_suspects_get_their_share_among_the_sound),
		WORLD(test_a_rack_of_suspects_has_a_quarter_too),
		WORLD(test_one_place_is_also_for_suspects),
		WORLD(test_so_many_are_switched_on_in_a_second),
		WORLD(test_so_many_are_switched_on_in_a_rack),
		WORLD(test_a_full_rack_takes_no_token),
		WORLD(test_who_leaves_the_queue_is_not_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
