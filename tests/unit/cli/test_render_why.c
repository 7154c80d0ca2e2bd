/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_run.h"

#include <string.h>

#include "json.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static void assert_why(const char *run, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *object = json_of(run);

	render_why(&out, object, NOON);
	assert_string_equal(out.base, expected);
}

static void test_a_run_that_waits(void **state)
{
	(void)state;

	assert_why("{'metadata':{'name':'demo-r1n01'},"
		   "'spec':{'machine':'r1n01','template':'debian'},"
		   "'status':{'phase':'firmware','outcome':'',"
		   "'phaseSince':'2026-11-24T11:57:48Z',"
		   "'deadline':'2026-11-24T12:12:48Z',"
		   "'endedAt':'2026-11-24T11:00:00Z',"
		   "'lastSeen':'power is on (bmc, 2m12s ago)',"
		   "'workerHeardAt':'2026-11-24T11:59:00Z',"
		   "'bmcCommand':'boot-disk, sent 25s ago',"
		   "'expectedNext':'the boot script to be fetched'}}",
		   "r1n01: in phase firmware\n"
		   "  run         demo-r1n01\n"
		   "  template    debian\n"
		   "  since       2026-11-24T11:57:48Z (2m12s ago)\n"
		   "  deadline    2026-11-24T12:12:48Z (in 12m48s)\n"
		   "  last seen   power is on (bmc, 2m12s ago)\n"
		   "  worker      2026-11-24T11:59:00Z (60s ago)\n"
		   "  BMC         boot-disk, sent 25s ago\n"
		   "  expected    the boot script to be fetched\n");
}

static void test_a_run_that_failed(void **state)
{
	(void)state;

	assert_why("{'metadata':{'name':'demo-r1n01'},"
		   "'spec':{'machine':'r1n01'},"
		   "'status':{'phase':'ended','outcome':'failed',"
		   "'failedIn':'power-off',"
		   "'deadline':'2026-11-24T12:12:48Z',"
		   "'endedAt':'2026-11-24T11:00:00Z',"
		   "'lastSeen':'nothing of the machine in this run',"
		   "'cause':'power-off: no answer',"
		   "'advice':'check that the BMC answers'}}",
		   "r1n01: failed in phase power-off\n"
		   "  run         demo-r1n01\n"
		   "  ended       2026-11-24T11:00:00Z (1h0m ago)\n"
		   "  last seen   nothing of the machine in this run\n"
		   "  cause       power-off: no answer\n"
		   "  try         check that the BMC answers\n");
}

static void test_what_is_likely_comes_with_why_and_what_to_try(void **state)
{
	(void)state;

	assert_why("{'spec':{'machine':'r1n01'},"
		   "'status':{'phase':'ended','outcome':'timeout',"
		   "'failedIn':'loading','cause':'loading: waited in vain',"
		   "'advice':'look for lost packets',"
		   "'hypotheses':[{'word':'kernel-cut','score':81,"
		   "'cause':'the initramfs breaks off on its way',"
		   "'advice':'look for lost packets','evidence':["
		   "{'source':'http','message':'it broke off at 12 %'},"
		   "{'source':'http','message':'it broke off at 37 %\\u001b',"
		   "'count':2}]},"
		   "{'word':'no-hello','cause':'the worker is not heard',"
		   "'evidence':[]},"
		   "{'word':'third','cause':'c','advice':'d'},"
		   "{'word':'fourth','cause':'e'}]}}",
		   "r1n01: timed out in phase loading\n"
		   "  cause       loading: waited in vain\n"
		   "  likely      the initramfs breaks off on its way "
		   "(kernel-cut)\n"
		   "  because     http: it broke off at 37 %? (2 times)\n"
		   "  try         look for lost packets\n"
		   "  or          the worker is not heard (no-hello)\n"
		   "  or          c (third)\n"
		   "  try         d\n");
}

/* Of an older server, or one that lies. */
static void test_a_hypothesis_without_its_parts_is_shown_as_far(void **state)
{
	(void)state;

	assert_why("{'spec':{'machine':'m'},'status':{'phase':'firmware',"
		   "'hypotheses':[{'evidence':[{'message':'seen'}]},7]}}",
		   "m: in phase firmware\n"
		   "  likely      ? (?)\n"
		   "  because     ?: seen\n"
		   "  or          ? (?)\n");
	assert_why("{'spec':{'machine':'m'},'status':{'phase':'firmware',"
		   "'hypotheses':[],'advice':'look'}}",
		   "m: in phase firmware\n"
		   "  try         look\n");
}

static void test_headlines(void **state)
{
	(void)state;

	assert_why("{'spec':{'machine':'m'},'status':{'outcome':'timeout',"
		   "'failedIn':'loading'}}",
		   "m: timed out in phase loading\n");
	assert_why("{'spec':{'machine':'m'},'status':{'outcome':'timeout'}}",
		   "m: timed out\n");
	assert_why("{'spec':{'machine':'m'},'status':{'outcome':'success',"
		   "'failedIn':'x'}}",
		   "m: done\n");
	assert_why("{'spec':{'machine':'m'},'status':{'phase':'queued'}}",
		   "m: in phase queued\n");
	assert_why("{'metadata':{'name':'w'}}",
		   "w: in phase ?\n  run         w\n");
}

static void test_a_time_that_is_none_is_left_out(void **state)
{
	(void)state;

	assert_why("{'spec':{'machine':'m'},'status':{'phase':'queued',"
		   "'phaseSince':'yesterday','deadline':''}}",
		   "m: in phase queued\n");
}

static void test_the_evidence_is_in_order_and_counted(void **state)
{
	(void)state;

	assert_why("{'spec':{'machine':'m'},'status':{'phase':'firmware',"
		   "'events':[{'at':'2026-11-24T11:57:48Z','source':'engine',"
		   "'kind':'phase','message':'firmware','count':1},"
		   "{'at':'2026-11-24T11:58:00Z','source':'dhcp',"
		   "'kind':'discover','message':'offered 198.18.0.11',"
		   "'count':14,'lastAt':'2026-11-24T11:59:00Z'},"
		   "{'source':'bmc','kind':'bmc','message':''},"
		   "{'at':'2026-11-24T11:59:30Z','count':2},{}]}}",
		   "m: in phase firmware\n"
		   "\n"
		   "evidence\n"
		   "2026-11-24T11:57:48Z   engine   phase      firmware\n"
		   "2026-11-24T11:58:00Z   dhcp     discover   offered "
		   "198.18.0.11 (14 times, last at 2026-11-24T11:59:00Z)\n"
		   "                       bmc      bmc        bmc\n"
		   "2026-11-24T11:59:30Z                        (2 times, last "
		   "at ?)\n"
		   "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_run_that_waits),
		RUN(test_a_run_that_failed),
		RUN(test_what_is_likely_comes_with_why_and_what_to_try),
		RUN(test_a_hypothesis_without_its_parts_is_shown_as_far),
		RUN(test_headlines),
		RUN(test_a_time_that_is_none_is_left_out),
		RUN(test_the_evidence_is_in_order_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
