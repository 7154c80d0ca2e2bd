/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_run.h"

#include <string.h>

#include "json.h"
#include "test.h"

/* Three machines: done in 190 s, done in 210 s, failed after 40. */
static const char rack[] =
	"[{'metadata':{'name':'demo-r1n01'},'spec':{'machine':'r1n01'},"
	"'status':{'phase':'ended','outcome':'success',"
	"'startedAt':'2026-11-24T11:50:00Z','endedAt':'2026-11-24T11:53:10Z',"
	"'digest':'sha256:abcd','cause':'','phases':["
	"{'name':'power-off','startedAt':'2026-11-24T11:50:00Z',"
	"'durationMs':1234},"
	"{'name':'working','durationMs':120000}],"
	"'actions':[{'name':'image','state':'SUCCESS'}],"
	"'lastSeen':'x','events':[]}},"
	"{'metadata':{'name':'demo-r1n02'},'spec':{'machine':'r1n02'},"
	"'status':{'phase':'ended','outcome':'success',"
	"'startedAt':'2026-11-24T11:50:05Z','endedAt':'2026-11-24T11:53:35Z'}},"
	"{'metadata':{'name':'demo-r1n03'},'spec':{'machine':'r1n03'},"
	"'status':{'phase':'ended','outcome':'failed',"
	"'startedAt':'2026-11-24T11:50:00Z','endedAt':'2026-11-24T11:50:40Z',"
	"'cause':'power-off: no answer','advice':'check the BMC',"
	"'failedIn':'power-off','digest':''}}]";

static void assert_report(const char *runs, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *list = json_of(runs);

	render_report(&out, list);
	assert_string_equal(out.base, expected);
}

static void test_a_report_of_a_rack(void **state)
{
	(void)state;

	assert_report(rack, "r1n01  done  3m10s\n"
			    "  power-off      1.2s\n"
			    "  working        2m0s\n"
			    "  image          sha256:abcd\n"
			    "r1n02  done  3m30s\n"
			    "r1n03  failed  40s\n"
			    "  cause          power-off: no answer\n"
			    "  try            check the BMC\n"
			    "3 machines: 2 done, 1 failed; 3m35s in all; "
			    "fastest 3m10s, median 3m30s, slowest 3m30s\n");
}

static void test_a_report_of_what_is_not_over(void **state)
{
	(void)state;

	assert_report("[{'spec':{'machine':'m1'},'status':{'phase':'working',"
		      "'outcome':'','startedAt':'2026-11-24T11:50:00Z',"
		      "'phases':[{'name':'firmware','durationMs':61000},"
		      "{'name':'working'}]}},"
		      "{'spec':{'machine':'m2'},'status':{'phase':'queued'}}]",
		      "m1  not over\n"
		      "  firmware       61s\n"
		      "  working        not over\n"
		      "m2  not over\n"
		      "2 machines: 1 queued, 1 running\n");
}

static void test_one_machine_has_no_median(void **state)
{
	(void)state;

	assert_report("[{'spec':{'machine':'m1'},'status':{"
		      "'outcome':'success',"
		      "'startedAt':'2026-11-24T11:50:00Z',"
		      "'endedAt':'2026-11-24T11:50:09.500Z'}}]",
		      "m1  done  9.5s\n"
		      "1 machine: 1 done; 9.5s in all\n");
}

static void test_a_report_of_nothing(void **state)
{
	(void)state;

	assert_report("[]", "0 machines\n");
}

/* A clock that was set back meanwhile makes no negative time. */
static void test_times_that_run_backwards_are_left_out(void **state)
{
	(void)state;

	assert_report("[{'spec':{'machine':'m1'},'status':{"
		      "'outcome':'success',"
		      "'startedAt':'2026-11-24T11:50:00Z',"
		      "'endedAt':'2026-11-24T11:49:00Z'}}]",
		      "m1  done\n1 machine: 1 done\n");
}

static void test_a_report_for_programs(void **state)
{
	AUTO_JSON json_t *list = json_of(rack);
	AUTO_JSON json_t *report = render_report_json("demo", list);

	(void)state;

	assert_at(report, "run", "'demo'");
	assert_at(report, "machines", "3");
	assert_at(report, "done", "2");
	assert_at(report, "failed", "1");
	assert_at(report, "durationMs", "215000");
	assert_at(report, "runs[0]",
		  "{'machine':'r1n01','run':'demo-r1n01','outcome':'success',"
		  "'phase':'ended','cause':'',"
		  "'startedAt':'2026-11-24T11:50:00Z',"
		  "'endedAt':'2026-11-24T11:53:10Z','digest':'sha256:abcd',"
		  "'phases':[{'name':'power-off',"
		  "'startedAt':'2026-11-24T11:50:00Z','durationMs':1234},"
		  "{'name':'working','durationMs':120000}],"
		  "'actions':[{'name':'image','state':'SUCCESS'}],"
		  "'durationMs':190000}");
	assert_at(report, "runs[2].failedIn", "'power-off'");
	assert_at(report, "runs[2].advice", "'check the BMC'");
	assert_at(report, "runs[2].durationMs", "40000");
}

static void test_a_report_for_programs_of_what_is_not_over(void **state)
{
	AUTO_JSON json_t *list =
		json_of("[{'metadata':{'name':'w'},'spec':{'machine':'m1'},"
			"'status':{'phase':'queued','outcome':''}}]");
	AUTO_JSON json_t *report = render_report_json("w", list);

	(void)state;

	assert_json(report, "{'run':'w','machines':1,'done':0,'failed':0,"
			    "'runs':[{'machine':'m1','run':'w','outcome':'',"
			    "'phase':'queued'}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_report_of_a_rack),
		RUN(test_a_report_of_what_is_not_over),
		RUN(test_one_machine_has_no_median),
		RUN(test_a_report_of_nothing),
		RUN(test_times_that_run_backwards_are_left_out),
		RUN(test_a_report_for_programs),
		RUN(test_a_report_for_programs_of_what_is_not_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
