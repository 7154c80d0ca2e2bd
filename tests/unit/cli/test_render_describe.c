/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_describe.h"

#include <string.h>

#include "json.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

#define HARDWARE                                                               \
	"{'apiVersion':'tinkerbell.org/v1alpha1','kind':'Hardware',"           \
	"'metadata':{'name':'r12n01','namespace':'default',"                   \
	"'creationTimestamp':'2026-11-24T11:50:00Z',"                          \
	"'labels':{'tomte.dev/rack':'r12','tomte.dev/unit':'1'},"              \
	"'annotations':{"                                                      \
	"'kubectl.kubernetes.io/last-applied-configuration':'{}',"             \
	"'site':'north'}},"                                                    \
	"'spec':{'bmcRef':{'name':'r12n01-bmc'},"                              \
	"'disks':[{'device':'/dev/sda'},{'device':'/dev/sdb'}],"               \
	"'interfaces':[{'dhcp':{'mac':'3c:ec:ef:00:00:01',"                    \
	"'hostname':'r12n01','uefi':true,'lease_time':86400,"                  \
	"'name_servers':['10.0.0.1','10.0.0.2'],"                              \
	"'ip':{'address':'10.0.12.11','netmask':'255.255.255.0',"              \
	"'gateway':'10.0.12.1'}},'netboot':{'allowPXE':true}}]}}"

static char *described(const char *object, const struct describe *with)
{
	AUTO_JSON json_t *value = json_of(object);
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	struct describe describe = *with;

	describe.object = value;
	describe.now = NOON;
	render_describe(&out, &describe);
	return buf_take(&out);
}

static void test_a_machine_with_all_that_is_known_of_it(void **state)
{
	AUTO_JSON json_t *bmc = json_of(
		"{'spec':{'connection':{'host':'10.1.12.11',"
		"'providerOptions':{'preferredOrder':['gofish','ipmitool']}}},"
		"'status':{'powerState':'on','conditions':[{"
		"'type':'Contactable','status':'True',"
		"'lastUpdateTime':'2026-11-24T11:59:50Z'}]}}");
	AUTO_JSON json_t *run = json_of(
		"{'metadata':{'name':'debian-r12n01'},"
		"'spec':{'machine':'r12n01','template':'debian'},"
		"'status':{'phase':'ended','outcome':'failed',"
		"'failedIn':'power-off','startedAt':'2026-11-24T11:58:00Z',"
		"'endedAt':'2026-11-24T11:59:00Z','cause':'no answer',"
		"'expectedNext':'an answer','advice':'look'}}");
	AUTO_JSON json_t *events = json_of(
		"[{'reason':'failed','source':{'component':'engine'},"
		"'message':'no answer','lastTimestamp':'2026-11-24T11:59:00Z'},"
		"{'reason':'request','source':{'component':'dhcp'},"
		"'message':'asked for 10.0.12.11','count':3,"
		"'lastTimestamp':'2026-11-24T11:55:00Z'}]");
	const struct describe with = {
		.bmc = bmc,
		.run = run,
		.events = events,
	};
	AUTO_FREE char *text = described(HARDWARE, &with);

	(void)state;

	assert_string_equal(
		text,
		"Hardware r12n01\n"
		"  namespace      default\n"
		"  created        2026-11-24T11:50:00Z (10m0s ago)\n"
		"  labels         tomte.dev/rack=r12\n"
		"                 tomte.dev/unit=1\n"
		"  annotations    site=north\n"
		"\nnetwork\n"
		"  interface      3c:ec:ef:00:00:01\n"
		"  address        10.0.12.11/255.255.255.0, gateway 10.0.12.1\n"
		"  hostname       r12n01\n"
		"  name servers   10.0.0.1, 10.0.0.2\n"
		"  boots by       UEFI\n"
		"  network boot   allowed\n"
		"  lease for      24h0m\n"
		"  DHCP last      2026-11-24T11:55:00Z (5m0s ago)\n"
		"                 asked for 10.0.12.11\n"
		"\ndisks\n"
		"  disk           /dev/sda\n"
		"  disk           /dev/sdb\n"
		"\nBMC\n"
		"  machine        r12n01-bmc\n"
		"  host           10.1.12.11\n"
		"  spoken to by   gofish, ipmitool\n"
		"  power          on\n"
		"  answers        yes\n"
		"  as of          2026-11-24T11:59:50Z (10s ago)\n"
		"\nlast run\n"
		"  name           debian-r12n01\n"
		"  template       debian\n"
		"  outcome        failed\n"
		"  phase          ended\n"
		"  failed in      power-off\n"
		"  started        2026-11-24T11:58:00Z (2m0s ago)\n"
		"  ended          2026-11-24T11:59:00Z (60s ago)\n"
		"  cause          no answer\n"
		"  try            look\n"
		"\nevents\n"
		"  2026-11-24T11:55:00Z   dhcp     request   asked for "
		"10.0.12.11 (3 times)\n"
		"  2026-11-24T11:59:00Z   engine   failed    no answer\n");
}

static void test_what_is_missing_is_said(void **state)
{
	AUTO_JSON json_t *none = json_array();
	const struct describe with = { .events = none };
	AUTO_FREE char *text = described(HARDWARE, &with);
	AUTO_FREE char *bare =
		described("{'kind':'Hardware','metadata':{'name':'x'},"
			  "'status':{'state':'ready'}}",
			  &with);

	(void)state;

	assert_non_null(strstr(text, "  machine        r12n01-bmc\n"
				     "                 there is no such "
				     "Machine\n"));
	assert_non_null(strstr(text, "  DHCP last      nothing is known of "
				     "it\n"));
	assert_non_null(strstr(text, "\nlast run\n"
				     "  name           none yet\n"));
	assert_non_null(strstr(bare, "none: it is started by hand"));
	assert_null(strstr(text, "\nevents\n"));
	assert_null(strstr(text, "  state "));
	assert_non_null(strstr(bare, "\n  state          ready\n"));
}

static void test_a_secret_keeps_what_it_holds(void **state)
{
	static const char secret[] =
		"{'kind':'Secret','metadata':{'name':'bmc','annotations':{"
		"'kubectl.kubernetes.io/last-applied-configuration':"
		"'c2VjcmV0cHc='}},'type':'Opaque',"
		"'data':{'password':'c2VjcmV0cHc=','empty':''}}";
	const struct describe with = { .colour = false };
	AUTO_FREE char *text = described(secret, &with);

	(void)state;

	assert_string_equal(text, "Secret bmc\n"
				  "\ndata\n"
				  "  password       8 bytes\n"
				  "  empty          empty, or not shown to "
				  "you\n");
}

static void test_a_long_annotation_is_counted(void **state)
{
	const struct describe with = { .colour = false };
	AUTO_FREE char *object =
		xasprintf("{'kind':'Hardware','metadata':{'name':'x',"
			  "'annotations':{'short':'a','long':'%0501d'}}}",
			  0);
	AUTO_FREE char *text = described(object, &with);

	(void)state;

	assert_non_null(strstr(text, "short=a\n"));
	assert_non_null(strstr(text, "long: 501 characters\n"));
	assert_null(strstr(text, "000"));
}

static void test_a_run_has_its_steps_and_its_own_events(void **state)
{
	static const char run_text[] =
		"{'kind':'Run','metadata':{'name':'a-m1'},"
		"'spec':{'machine':'m1','template':'a'},"
		"'status':{'phase':'working','outcome':'',"
		"'expectedNext':'the worker','phases':["
		"{'name':'power-off','durationMs':6400},{'name':'working'}],"
		"'actions':[{'name':'write','state':'RUNNING'}],"
		"'events':[{'at':'2026-11-24T11:55:00Z','source':'engine',"
		"'kind':'phase','message':'working','count':1}]}}";
	AUTO_JSON json_t *run = json_of(run_text);
	const struct describe with = { .run = run };
	AUTO_FREE char *text = described(run_text, &with);

	(void)state;

	assert_string_equal(text, "Run a-m1\n"
				  "\nrun\n"
				  "  name           a-m1\n"
				  "  machine        m1\n"
				  "  template       a\n"
				  "  outcome        not over\n"
				  "  phase          working\n"
				  "  expected       the worker\n"
				  "\nphases\n"
				  "  power-off      6.4s\n"
				  "  working\n"
				  "\nactions\n"
				  "  write   RUNNING\n"
				  "\nevents\n"
				  "  2026-11-24T11:55:00Z   engine   phase   "
				  "working\n");
}

static void test_any_other_kind_is_shown_whole(void **state)
{
	const struct describe with = { .colour = false };
	AUTO_FREE char *text =
		described("{'kind':'Template','metadata':{'name':'t'},"
			  "'spec':{'data':'a: 1\\nb: 2\\n'},'status':{}}",
			  &with);

	(void)state;

	assert_string_equal(text, "Template t\n"
				  "\nspec\n"
				  "  data: |\n"
				  "    a: 1\n"
				  "    b: 2\n");
}

static void test_of_many_events_the_newest_are_shown(void **state)
{
	AUTO_JSON json_t *events = json_array();
	const struct describe with = { .events = events };
	AUTO_FREE char *text = NULL;

	(void)state;
	for (int i = 100; i > 0; i--)
		json_array_append_new(events, json_pack("{s:s,s:s#}", "reason",
							"discover", "message",
							"xxxxxxxxxx", i % 10));

	text = described("{'kind':'Machine','metadata':{'name':'m'}}", &with);

	assert_non_null(strstr(text, "  60 older ones are not shown\n"));
}

/* What machines and BMCs say may hold anything. */
static void test_nothing_in_it_steers_the_terminal(void **state)
{
	const struct describe with = { .colour = false };
	AUTO_FREE char *text =
		described("{'kind':'Machine','metadata':{'name':'a\\u001b[2J',"
			  "'labels':{'b\\u001b':'c\\u009b'}},"
			  "'spec':{'d\\u001b[1m':'e\\u001b[0m\\u202e'}}",
			  &with);

	(void)state;

	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
}

static void test_colours_come_only_when_they_are_wanted(void **state)
{
	static const char run_text[] = "{'kind':'Run','metadata':{'name':'a'},"
				       "'status':{'outcome':'failed'}}";
	AUTO_JSON json_t *run = json_of(run_text);
	const struct describe plain = { .run = run };
	const struct describe coloured = { .run = run, .colour = true };
	AUTO_FREE char *without = described(run_text, &plain);
	AUTO_FREE char *with = described(run_text, &coloured);

	(void)state;

	assert_null(strchr(without, '\033'));
	assert_non_null(strstr(with, "\033[1mRun a\033[0m\n"));
	assert_non_null(strstr(with, "\033[31mfailed\033[0m\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_machine_with_all_that_is_known_of_it),
		RUN(test_what_is_missing_is_said),
		RUN(test_a_secret_keeps_what_it_holds),
		RUN(test_a_long_annotation_is_counted),
		RUN(test_a_run_has_its_steps_and_its_own_events),
		RUN(test_any_other_kind_is_shown_whole),
		RUN(test_of_many_events_the_newest_are_shown),
		RUN(test_nothing_in_it_steers_the_terminal),
		RUN(test_colours_come_only_when_they_are_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
