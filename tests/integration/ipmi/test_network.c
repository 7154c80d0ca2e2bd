/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ground.h"

/*
 * Many BMCs at once behind a network that loses, repeats, reorders and
 * delays. Each operation ends in the right state or with "nobody knows"; and
 * the farm's own record proves that no reset was sent twice.
 */
#define N_BMCS  12
#define N_STEPS 5

enum { ON, BOOT, RESET, GET, CYCLE };

static const struct bmc_request steps[N_STEPS] = {
	[ON] = { .op = BMC_POWER_SET, .action = BMC_ACTION_ON },
	[BOOT] = { .op = BMC_BOOT_SET,
		   .boot = { .device = BMC_BOOT_PXE, .uefi = true } },
	[RESET] = { .op = BMC_POWER_SET, .action = BMC_ACTION_RESET },
	[GET] = { .op = BMC_POWER_GET },
	[CYCLE] = { .op = BMC_POWER_SET, .action = BMC_ACTION_CYCLE },
};

struct weather {
	const char *options; /* of the farm */
	unsigned n_bmcs;
	unsigned n_steps;
	unsigned n_good; /* at least: resets that ended well */
};

/* Each BMC goes through the steps by itself. */
struct tour {
	struct ground *ground;
	const struct weather *weather;
	struct bmc_target target;
	unsigned step[N_BMCS];
	unsigned good[N_STEPS];
};

static void address_of(unsigned i, char *out, size_t size)
{
	snprintf(out, size, "127.2.0.%u", i + 1);
}

static void submit(struct tour *tour, unsigned i)
{
	char id[16];

	snprintf(id, sizeof(id), "f%u", i);
	address_of(i, tour->target.host, sizeof(tour->target.host));
	ground_submit(tour->ground, id, &tour->target, &steps[tour->step[i]]);
}

static void on_step(void *arg, const char *id, const struct bmc_result *result)
{
	struct tour *tour = arg;
	unsigned i = (unsigned)strtoul(id + 1, NULL, 10);
	unsigned step = tour->step[i]++;

	assert_true(i < N_BMCS && step < N_STEPS);
	tour->good[step] += !result->err.code;
	/* Of what cannot be sent twice it may not be known how it ended. */
	if (result->err.code)
		assert_int_equal(result->err.code, ERR_OUTCOME);
	if (step + 1 < tour->weather->n_steps)
		submit(tour, i);
}

/* The same of each BMC: how often does this stand in its record? */
static unsigned most(const struct ground *ground, const char *what)
{
	unsigned worst = 0;
	char address[32];
	char line[128];

	for (unsigned i = 0; i < N_BMCS; i++) {
		unsigned n;

		address_of(i, address, sizeof(address));
		snprintf(line, sizeof(line), "%s %s", address, what);
		n = ground_count(ground, "record", line);
		worst = n > worst ? n : worst;
	}
	return worst;
}

/* Refusals of one BMC without a login between them: what locks accounts. */
static unsigned most_refused(const struct ground *ground)
{
	AUTO_FREE char *path = xasprintf("%s/record", ground->dir);
	FILE *file = fopen(path, "re");
	unsigned in_a_row[N_BMCS] = { 0 };
	unsigned worst = 0;
	char what[256];
	unsigned i;

	assert_non_null(file);
	while (fscanf(file, "127.2.0.%u %255[^\n]\n", &i, what) == 2) {
		assert_true(i && i <= N_BMCS);
		if (str_starts(what, "login refused"))
			in_a_row[i - 1]++;
		else if (str_starts(what, "login good"))
			in_a_row[i - 1] = 0;
		if (in_a_row[i - 1] > worst)
			worst = in_a_row[i - 1];
	}
	assert_true(feof(file));
	fclose(file);
	return worst;
}

static void go_through(struct ground *ground, const struct weather *weather)
{
	unsigned n = weather->n_bmcs;
	struct tour tour = { .ground = ground, .weather = weather };

	ground_farm(ground, &tour.target, weather->options);
	ground->told = on_step;
	ground->told_arg = &tour;
	for (unsigned i = 0; i < n; i++)
		submit(&tour, i);
	ground_wait(ground, n * weather->n_steps);

	assert_int_equal(tour.good[ON], n);
	assert_int_equal(tour.good[BOOT], n);
	assert_true(tour.good[RESET] >= weather->n_good);
	assert_int_equal(tour.good[GET], n);
	assert_int_equal(most(ground, "power reset"), 1);
	assert_true(most_refused(ground) <= 2);
	if (weather->n_steps <= CYCLE)
		return;
	assert_true(tour.good[CYCLE] >= weather->n_good);
	assert_int_equal(most(ground, "power cycle"), 1);
}

static void test_two_per_cent_of_loss(void **state)
{
	const struct weather weather = { "--loss 2 --seed 11", N_BMCS, N_STEPS,
					 N_BMCS - 4 };

	go_through(*state, &weather);
}

/* Each step takes its time: few BMCs, and no cycle. */
static void test_twenty_per_cent_of_loss(void **state)
{
	const struct weather weather = { "--loss 20 --seed 12 --slots 8",
					 N_BMCS / 2, CYCLE, 1 };

	go_through(*state, &weather);
}

static void test_duplicates(void **state)
{
	const struct weather weather = { "--duplicate 30 --seed 13", N_BMCS,
					 N_STEPS, N_BMCS };

	go_through(*state, &weather);
}

static void test_another_order(void **state)
{
	const struct weather weather = { "--reorder 30 --seed 14", N_BMCS,
					 N_STEPS, N_BMCS };

	go_through(*state, &weather);
}

static void test_late_answers(void **state)
{
	const struct weather weather = { "--late 10 --late-ms 1500 --seed 15 "
					 "--slots 8",
					 N_BMCS, N_STEPS, N_BMCS };

	go_through(*state, &weather);
}

static void test_all_of_it_at_once(void **state)
{
	const struct weather weather = { "--loss 5 --duplicate 10 --reorder 10 "
					 "--late 5 --seed 16 --slots 8",
					 N_BMCS, CYCLE, N_BMCS / 3 };

	go_through(*state, &weather);
}

static void test_stalls_of_five_seconds(void **state)
{
	const struct weather weather = { "--stall 9 --stall-ms 5000 --slots 8",
					 N_BMCS, N_STEPS, N_BMCS };

	go_through(*state, &weather);
}

/* With "only" or "skip" and a pattern: some of them. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		GROUND(test_two_per_cent_of_loss),
		GROUND(test_twenty_per_cent_of_loss),
		GROUND(test_duplicates),
		GROUND(test_another_order),
		GROUND(test_late_answers),
		GROUND(test_all_of_it_at_once),
		GROUND(test_stalls_of_five_seconds),
	};

	if (argc > 2 && str_eq(argv[1], "only"))
		cmocka_set_test_filter(argv[2]);
	if (argc > 2 && str_eq(argv[1], "skip"))
		cmocka_set_skip_filter(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
