/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric_wire.h"

#include <string.h>

#include "test.h"

static void test_a_family_is_its_head_and_its_samples(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);

	(void)state;

	metric_family(&out, "x_total", METRIC_COUNTER, "How many.");
	metric_count(&out, "x_total", 0, NULL);
	metric_count(&out, "x_total", UINT64_MAX, "a", "1", "b", "", NULL);

	assert_string_equal(out.base, "# HELP x_total How many.\n"
				      "# TYPE x_total counter\n"
				      "x_total 0\n"
				      "x_total{a=\"1\",b=\"\"} "
				      "18446744073709551615\n");
}

static void test_a_label_cannot_break_out(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);

	(void)state;

	metric_count(&out, "x", 1, "a", "q\"b\\n\nz", NULL);

	assert_string_equal(out.base, "x{a=\"q\\\"b\\\\n\\nz\"} 1\n");
}

static void test_millionths_are_written_short(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);

	(void)state;

	metric_micro(&out, "x", 0, NULL);
	metric_micro(&out, "x", 1, NULL);
	metric_micro(&out, "x", 1500000, NULL);
	metric_micro(&out, "x", -250000, NULL);
	metric_micro(&out, "x", -2000000, NULL);

	assert_string_equal(out.base,
			    "x 0\nx 0.000001\nx 1.5\nx -0.25\nx -2\n");
}

static void test_buckets_add_up(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(8192);
	struct histogram histogram = { .scale = HISTOGRAM_SLOW };

	(void)state;
	histogram_add(&histogram, 20000);
	histogram_add(&histogram, 200000);
	histogram_add(&histogram, INT64_C(7200) * 1000000);

	metric_histogram(&out, "t_seconds", &histogram, "op", "x", NULL);

	assert_non_null(strstr(out.base,
			       "t_seconds_bucket{op=\"x\",le=\"0.025\"} 1\n"
			       "t_seconds_bucket{op=\"x\",le=\"0.1\"} 1\n"
			       "t_seconds_bucket{op=\"x\",le=\"0.25\"} 2\n"));
	assert_non_null(strstr(out.base,
			       "t_seconds_bucket{op=\"x\",le=\"3600\"} 2\n"
			       "t_seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"
			       "t_seconds_sum{op=\"x\"} 7200.22\n"
			       "t_seconds_count{op=\"x\"} 3\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_family_is_its_head_and_its_samples),
		RUN(test_a_label_cannot_break_out),
		RUN(test_millionths_are_written_short),
		RUN(test_buckets_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
