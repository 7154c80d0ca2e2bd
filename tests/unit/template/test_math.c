/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row integers[] = {
	GIVES("{{add 1 2 3}} {{add}} {{add1 4}} {{sub 5 7}}", "6 0 5 -2"),
	GIVES("{{mul 2 3 4}} {{mul 5}} {{div 7 2}} {{div -7 2}}", "24 5 3 -3"),
	GIVES("{{mod 7 3}} {{mod -7 3}}", "1 -1"),
	GIVES("{{add \"2\" 1}} {{add 1.9 1}} {{add true nil}}", "3 2 1"),
	GIVES("{{add \"0x10\" \"010\" \"0b11\"}} {{add \"x\" 1}}", "27 1"),
	GIVES("{{add \"12.00\" 0}} {{add \"1.5\" 0}} {{add \"1_000\" 0}}",
	      "12 0 1000"),
	GIVES("{{max 1 5 3}} {{biggest 1 2}} {{min 4 2 9}} {{max \"7\" 3}}",
	      "5 2 2 7"),
	GIVES("{{add 9223372036854775807 1}}", "-9223372036854775808"),
	GIVES("{{mul 9223372036854775807 2}}", "-2"),
	GIVES("{{div -9223372036854775808 -1}}", "-9223372036854775808"),
	GIVES("{{mod -9223372036854775808 -1}}", "0"),
	GIVES("{{add .big 1}}", "1000001"),
	FAILS("{{div 1 0}}", "error calling div: division by zero"),
	FAILS("{{mod 1 0}}", "error calling mod: division by zero"),
	FAILS("{{sub 1}}", "wrong number of arguments for sub"),
};

static void test_whole_numbers_go_round_at_their_ends(void **state)
{
	(void)state;
	CHECK(integers);
}

static const struct row decimals[] = {
	GIVES("{{addf 0.1 0.2}} {{addf 1.5 2 \"2.5\"}} {{addf}}", "0.3 6 0"),
	GIVES("{{add1f 1.5}} {{subf 7.5 2 3}} {{subf 0.3 0.1}}", "2.5 2.5 0.2"),
	GIVES("{{mulf 1.5 2 2}} {{mulf 1.1 1.1}}", "6 1.21"),
	GIVES("{{divf 10 2 4}} {{divf 1 3}} {{divf 2 3}} {{divf -2 3}}",
	      "1.25 0.3333333333333333 0.6666666666666667 -0.6666666666666667"),
	GIVES("{{addf 1e20 1}} {{mulf 1e10 1e10}}", "1e+20 1e+20"),
	GIVES("{{maxf 1 2.5 2}} {{minf 1 2.5 0.5}}", "2.5 0.5"),
	GIVES("{{ceil 1.1}} {{floor 1.9}} {{floor -1.1}} {{ceil \"2.1\"}}",
	      "2 1 -2 3"),
	GIVES("{{round 123.5555 3}} {{round 123.555555 0}} {{round 2.5 0 0.6}}",
	      "123.556 124 2"),
	GIVES("{{round -2.5 0}} {{round 1234 -2}}", "-3 1200"),
	FAILS("{{divf 1 0}}", "division by zero"),
	REFUSED("{{mulf 1e300 1e300}}", "not a finite number"),
	FAILS("{{round 1.5 \"0\"}}", "argument 2: expected int"),
};

static void test_floats_are_calculated_as_decimals(void **state)
{
	(void)state;
	CHECK(decimals);
}

static const struct row conversions[] = {
	GIVES("{{int \"7\"}} {{int 7.9}} {{int64 true}} {{int \"x\"}}",
	      "7 7 1 0"),
	GIVES("{{float64 \"7.5\"}} {{float64 3}} {{float64 \"x\"}}", "7.5 3 0"),
	GIVES("{{atoi \"42\"}} {{atoi \"-3\"}} {{atoi \"x\"}} {{atoi \"1.5\"}}",
	      "42 -3 0 0"),
	GIVES("{{atoi \"99999999999999999999\"}}", "9223372036854775807"),
	GIVES("{{toDecimal \"0755\"}} {{toDecimal 644}} {{toDecimal \"9\"}}",
	      "493 420 0"),
	GIVES("{{int .nothing}} {{float64 nil}}", "0 0"),
	FAILS("{{atoi 5}}", "argument 1: expected string; got int"),
	GIVES("{{seq 5}} {{seq -2}}", "1 2 3 4 5 1 0 -1 -2"),
	GIVES("{{seq 2 5}} {{seq 5 2}} {{seq 0 2 10}}",
	      "2 3 4 5 5 4 3 2 0 2 4 6 8 10"),
	GIVES("{{seq}}|{{seq 5 1 2}}|{{seq 5 -1 2}}", "||5 4 3 2"),
};

static void test_numbers_are_read_as_sprig_reads_them(void **state)
{
	(void)state;
	CHECK(conversions);
}

static const struct row durations[] = {
	GIVES("{{duration \"95\"}} {{duration \"3661\"}} {{duration \"0\"}}",
	      "1m35s 1h1m1s 0s"),
	GIVES("{{duration \"-61\"}} {{duration (add 59 0)}} {{duration \"x\"}}",
	      "-1m1s 59s 0s"),
	GIVES("{{durationRound \"2h10m5s\"}} {{durationRound \"2400h10m5s\"}}",
	      "2h 3mo"),
	GIVES("{{durationRound \"90s\"}} {{durationRound \"1ms\"}}", "1m 0s"),
	GIVES("{{durationRound \"x\"}}", "0s"),
};

/* Sprig takes only what is an int64, and says 0s of a literal. */
static const struct row literal_durations[] = {
	OURS("{{duration 95}}", "1m35s"),
};

static void test_durations_have_units(void **state)
{
	(void)state;
	CHECK(durations);
	CHECK(literal_durations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_whole_numbers_go_round_at_their_ends),
		RUN(test_floats_are_calculated_as_decimals),
		RUN(test_numbers_are_read_as_sprig_reads_them),
		RUN(test_durations_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
