/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why_plan.h"

#include <string.h>

#include "base/str.h"
#include "test.h"
#include "unit/workflow/why_heard_faults.h"
#include "unit/workflow/why_rack_faults.h"
#include "workflow/why_rule_plan.h"

/* A run whose events the test has, a second apart. */
struct story {
	struct run run;
	struct event events[ARRAY_LEN(((struct fault *)0)->events) + 3];
	struct run_view view;
};

static void add(struct story *story, const struct seen *seen)
{
	size_t n = story->view.n_events++;
	struct event *event = &story->events[n];

	str_copy(event->source, sizeof(event->source), seen->source);
	str_copy(event->kind, sizeof(event->kind), seen->kind);
	str_copy(event->message, sizeof(event->message), seen->message);
	event->at = event->last_at = NOON - 600000 + (wall_ms)n * 1000;
	event->n = seen->n ? seen->n : 1;
}

static void tell(struct story *story, const struct fault *fault)
{
	struct seen failed = { "engine", "failed", fault->cause, 0 };
	struct seen closing = { "engine", "phase", "closing", 0 };

	memset(story, 0, sizeof(*story));
	story->view = (struct run_view){ .run = &story->run,
					 .events = story->events,
					 .now = NOON };
	str_copy(story->run.phase, sizeof(story->run.phase), fault->phase);
	story->run.phase_at = NOON - 600000;
	story->run.deadline = NOON + 300000;
	for (size_t i = 0;
	     i < ARRAY_LEN(fault->events) && fault->events[i].kind; i++)
		add(story, &fault->events[i]);
	str_copy(story->run.cause, sizeof(story->run.cause), fault->cause);
	if (!*fault->cause)
		return;
	str_copy(story->run.outcome, sizeof(story->run.outcome), "failed");
	add(story, &failed);
	add(story, &closing);
	story->run.ended_at = NOON;
}

static void assert_sound(const struct story *story, const struct fault *fault,
			 const struct why_plan *plan)
{
	struct why_scene scene;

	why_scene(&story->view, &scene);
	for (size_t i = 0; i < plan->n; i++) {
		const struct why_hypothesis *item = &plan->items[i];

		assert_in_range(item->score, 1, 100);
		assert_true(*item->cause);
		if (i && plan->items[i - 1].score < item->score)
			fail_msg("%s: %s ranks before %s", fault->what,
				 plan->items[i - 1].word, item->word);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(item->word,
						plan->items[k].word);
		for (size_t k = 0; k < item->n_evidence; k++) {
			assert_true(item->evidence[k] < scene.end);
			if (k)
				assert_true(item->evidence[k - 1] <
					    item->evidence[k]);
		}
	}
}

static void assert_fault(const struct fault *fault)
{
	struct story story;
	struct why_plan plan;

	tell(&story, fault);

	why_plan(&story.view, &plan);

	if (!plan.n || !str_eq(plan.items[0].word, fault->word))
		fail_msg("%s: %s, not %s", fault->what,
			 plan.n ? plan.items[0].word : "nothing", fault->word);
	if (fault->second &&
	    (plan.n < 2 || !str_eq(plan.items[1].word, fault->second)))
		fail_msg("%s: then %s, not %s", fault->what,
			 plan.n > 1 ? plan.items[1].word : "nothing",
			 fault->second);
	assert_sound(&story, fault, &plan);
}

static void assert_faults(const struct fault *faults, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_fault(&faults[i]);
}

static void test_what_bmcs_do_wrong(void **state)
{
	(void)state;

	assert_faults(bmc_faults, ARRAY_LEN(bmc_faults));
}

static void test_what_goes_wrong_before_the_script(void **state)
{
	(void)state;

	assert_faults(firmware_faults, ARRAY_LEN(firmware_faults));
}

static void test_what_goes_wrong_before_the_worker_says_hello(void **state)
{
	(void)state;

	assert_faults(loading_faults, ARRAY_LEN(loading_faults));
}

static void test_what_goes_wrong_in_actions(void **state)
{
	(void)state;

	assert_faults(work_faults, ARRAY_LEN(work_faults));
}

static void test_what_goes_wrong_in_the_first_boot(void **state)
{
	(void)state;

	assert_faults(first_boot_faults, ARRAY_LEN(first_boot_faults));
}

static void test_what_machines_say_of_themselves(void **state)
{
	(void)state;

	assert_faults(console_faults, ARRAY_LEN(console_faults));
}

static void test_what_keeps_a_worker_out(void **state)
{
	(void)state;

	assert_faults(refusal_faults, ARRAY_LEN(refusal_faults));
}

static void test_what_systems_tell_of_themselves(void **state)
{
	(void)state;

	assert_faults(system_faults, ARRAY_LEN(system_faults));
}

static void test_what_this_server_does_not_give_out(void **state)
{
	(void)state;

	assert_faults(server_faults, ARRAY_LEN(server_faults));
}

static bool has_word(const struct why_plan *plan, const char *word)
{
	for (size_t i = 0; i < plan->n; i++)
		if (str_eq(plan->items[i].word, word))
			return true;
	return false;
}

static void test_what_is_heard_of_others_is_weighed(void **state)
{
	struct story story;
	struct why_plan plan;

	(void)state;

	assert_faults(heard_faults, ARRAY_LEN(heard_faults));
	tell(&story, &heard_faults[1]);
	why_plan(&story.view, &plan);
	assert_true(has_word(&plan, "unknown-mac"));
	assert_false(has_word(&plan, "wrong-vlan"));
	assert_false(has_word(&plan, "segment-silent"));

	story.view.segment = SEGMENT_HEARD;
	why_plan(&story.view, &plan);
	assert_true(has_word(&plan, "wrong-vlan"));

	story.view.segment = SEGMENT_SILENT;
	why_plan(&story.view, &plan);
	assert_true(has_word(&plan, "segment-silent"));

	/* What the machine did itself says more. */
	tell(&story, &heard_faults[2]);
	story.view.segment = SEGMENT_HEARD;
	why_plan(&story.view, &plan);
	assert_false(has_word(&plan, "unknown-mac"));
	assert_false(has_word(&plan, "wrong-vlan"));
}

/* Others are not the last that was seen of the machine. */
static void test_a_stranger_is_not_the_machine(void **state)
{
	struct story story;
	struct why_scene scene;

	(void)state;
	tell(&story, &heard_faults[0]);

	why_scene(&story.view, &scene);

	assert_string_equal(
		story.events[scene.last].message,
		"BMC: power-on done, power is on (redfish, 812 ms)");
}

static void test_what_people_write_wrong(void **state)
{
	(void)state;

	assert_faults(other_faults, ARRAY_LEN(other_faults));
}

static void test_what_a_rack_of_faults_found(void **state)
{
	(void)state;

	assert_faults(rack_faults, ARRAY_LEN(rack_faults));
}

static bool is_found(const struct fault *faults, size_t n, const char *word)
{
	static const enum run_segment segments[] = { SEGMENT_UNKNOWN,
						     SEGMENT_SILENT,
						     SEGMENT_HEARD };

	for (size_t i = 0; i < n * ARRAY_LEN(segments); i++) {
		struct story story;
		struct why_plan plan;

		tell(&story, &faults[i / ARRAY_LEN(segments)]);
		story.view.segment = segments[i % ARRAY_LEN(segments)];
		why_plan(&story.view, &plan);
		if (has_word(&plan, word))
			return true;
	}
	return false;
}

#define MAX_RULES 200

/* Of all tables. */
static size_t all_rules(const struct why_rule **out)
{
	static const struct why_rule *(*const tables[])(
		size_t *) = { why_written_rules, why_rules, why_heard_rules };
	size_t n_all = 0;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		size_t n;
		const struct why_rule *rules = tables[i](&n);

		assert_in_range(n, 1, MAX_RULES - n_all);
		for (size_t k = 0; k < n; k++)
			out[n_all++] = &rules[k];
	}
	return n_all;
}

/* What no fault leads to is no rule; of rows that are no events there are
 * tests in test_why_rows.c. */
static void test_each_word_is_in_the_catalogue(void **state)
{
	static const struct {
		const struct fault *faults;
		size_t n;
	} parts[] = {
		{ bmc_faults, ARRAY_LEN(bmc_faults) },
		{ firmware_faults, ARRAY_LEN(firmware_faults) },
		{ loading_faults, ARRAY_LEN(loading_faults) },
		{ work_faults, ARRAY_LEN(work_faults) },
		{ first_boot_faults, ARRAY_LEN(first_boot_faults) },
		{ other_faults, ARRAY_LEN(other_faults) },
		{ console_faults, ARRAY_LEN(console_faults) },
		{ refusal_faults, ARRAY_LEN(refusal_faults) },
		{ system_faults, ARRAY_LEN(system_faults) },
		{ server_faults, ARRAY_LEN(server_faults) },
		{ heard_faults, ARRAY_LEN(heard_faults) },
		{ rack_faults, ARRAY_LEN(rack_faults) },
	};
	const struct why_rule *rules[MAX_RULES];
	size_t n = all_rules(rules);

	(void)state;

	for (size_t i = 0; i < n; i++) {
		bool found = rules[i]->with & (SAW(BMC_SLOW) | SAW(STALLED));

		for (size_t k = 0; !found && k < ARRAY_LEN(parts); k++)
			found = is_found(parts[k].faults, parts[k].n,
					 rules[i]->word);
		if (!found)
			fail_msg("%s: nothing leads to it", rules[i]->word);
	}
}

static const struct fault well = {
	"it goes its way", NULL, NULL, "firmware", "", { STARTS, PXE_DISCOVER }
};

static void test_a_run_that_goes_its_way_has_nothing_wrong(void **state)
{
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &well);
	story.run.phase_at = NOON - 60000;
	story.run.deadline = NOON + 840000;
	why_plan(&story.view, &plan);
	assert_int_equal(plan.n, 0);

	/* The same, when it lasts. */
	story.view.now = NOON + 300000;
	why_plan(&story.view, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.items[0].word, "no-dhcp-request");
}

/* Two guesses are two; beside what is known they are nothing. */
static void test_a_guess_is_told_where_nothing_is_known(void **state)
{
	static const struct fault late = {
		"the whole time is over, nothing is known",
		NULL,
		NULL,
		"firmware",
		"global_timeout of 600s ran out in firmware",
		{ AT("firmware") }
	};
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &late);
	why_plan(&story.view, &plan);
	assert_int_equal(plan.n, 2);
	assert_string_equal(plan.items[0].word, "firmware-silent");
	assert_string_equal(plan.items[1].word, "global-timeout");

	str_copy(story.events[0].source, sizeof(story.events[0].source), "os");
	str_copy(story.events[0].kind, sizeof(story.events[0].kind),
		 "phone-home");
	why_plan(&story.view, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.items[0].word, "override-ignored");
}

/* Machines take their time: nothing is missing yet. */
static void test_nothing_is_missing_before_its_time(void **state)
{
	static const struct fault early[] = {
		{ "on", NULL, NULL, "firmware", "", { STARTS } },
		{ "address",
		  NULL,
		  NULL,
		  "firmware",
		  "",
		  { STARTS, PXE_DISCOVER, PXE_REQUEST } },
		{ "loader",
		  NULL,
		  NULL,
		  "firmware",
		  "",
		  { STARTS, PXE_REQUEST, TFTP_DONE } },
		{ "iPXE",
		  NULL,
		  NULL,
		  "firmware",
		  "",
		  { STARTS, PXE_REQUEST, TFTP_DONE, IPXE_REQUEST } },
		{ "script", NULL, NULL, "loading", "", { LOADS } },
		{ "kernel",
		  NULL,
		  NULL,
		  "loading",
		  "",
		  { LOADS, KERNEL, CONFIG } },
		{ "hook",
		  NULL,
		  NULL,
		  "loading",
		  "",
		  { LOADS, KERNEL, CONFIG, OS_REQUEST } },
		{ "work",
		  NULL,
		  NULL,
		  "working",
		  "",
		  { LOADS, WORKS, LOG("downloaded 10 of 2000 MB") } },
		{ "restart", NULL, NULL, "first-boot", "", { BOOTS } },
		{ "disk",
		  NULL,
		  NULL,
		  "first-boot",
		  "",
		  { BOOTS, PXE_REQUEST, FROM_DISK } },
		{ "OS", NULL, NULL, "first-boot", "", { BOOTS, OS_REQUEST } },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(early); i++) {
		struct story story;
		struct why_plan plan;

		tell(&story, &early[i]);
		story.run.phase_at = NOON - 60000;
		why_plan(&story.view, &plan);
		if (plan.n)
			fail_msg("%s: %s", early[i].what, plan.items[0].word);
	}
}

/* `word` of the fault is what must not be told. */
static const struct fault over[] = {
	{ "requested",
	  "no-dhcp-request",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_DISCOVER, PXE_REQUEST } },
	{ "NAK first",
	  "dhcp-nak",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, DHCP("nak", "REQUEST from " PXE), PXE_REQUEST } },
	{ "iPXE is up",
	  "tftp-cut",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    { "tftp", "tftp-failed", "TFTP a: 1 of 2 bytes: x", 0 },
	    IPXE_REQUEST } },
	{ "iPXE is up, by HTTP",
	  "boot-file-cut",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    { "http", "file-cut", "HTTP /ipxe/a broke off at 1 %", 0 },
	    IPXE_REQUEST } },
	{ "iPXE is up",
	  "ipxe-silent",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, TFTP_DONE, IPXE_REQUEST } },
	{ "said hello",
	  "kernel-silent",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, CONFIG, HELLO } },
	{ "said hello",
	  "no-hello",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, CONFIG, HELLO } },
	{ "has its kernel",
	  "no-kernel-fetched",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL } },
	{ "came up",
	  "disk-not-bootable",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, FROM_DISK, FROM_DISK, OS_REQUEST } },
	{ "is the hook",
	  "no-phone-home",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, SCRIPT, OS_REQUEST } },
	{ "OS of before",
	  "override-ignored",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, OS_REQUEST } },
	{ "no BMC",
	  "bmc-pin",
	  NULL,
	  "working",
	  "action \"a\": does not match pinned public key",
	  { AT("working") } },
	{ "no image",
	  "image-truncated",
	  NULL,
	  "power-off",
	  "power-off: the download ended after 1 byte",
	  { AT("power-off") } },
	{ "no image",
	  "image-format",
	  NULL,
	  "power-off",
	  "power-off: it is xz, which is not supported",
	  { AT("power-off") } },
	{ "no override",
	  "override-not-set",
	  NULL,
	  "working",
	  "action \"a\": boot override: x",
	  { AT("working") } },
	{ "no Workflow",
	  "reference-missing",
	  NULL,
	  "working",
	  "action \"a\": reference x",
	  { AT("working") } },
	{ "no installed OS yet",
	  "no-phone-home",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, OS_REQUEST } },
	{ "later",
	  "dhcp-nak",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { AT("loading"), DHCP("nak", "REQUEST from " PXE) } },
	{ "no action",
	  "machine-reset",
	  NULL,
	  "power-off",
	  "power-off: the machine restarted while it was told",
	  { AT("power-off") } },
};

static void test_what_was_overcome_or_said_elsewhere_is_not_told(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(over); i++) {
		struct story story;
		struct why_plan plan;

		tell(&story, &over[i]);
		why_plan(&story.view, &plan);
		for (size_t k = 0; k < plan.n; k++)
			if (str_eq(plan.items[k].word, over[i].word))
				fail_msg("%s: %s", over[i].what, over[i].word);
	}
}

static void test_a_run_that_is_done_has_nothing_wrong(void **state)
{
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &well);
	str_copy(story.run.outcome, sizeof(story.run.outcome), "success");
	story.run.ended_at = NOON;
	why_plan(&story.view, &plan);

	assert_int_equal(plan.n, 0);
}

static void test_who_is_held_has_no_other_fault(void **state)
{
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &well);
	str_copy(story.run.waits, sizeof(story.run.waits), "starting");
	why_plan(&story.view, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.items[0].word, "waits-for-turn");

	story.run.paused_at = NOON - 1000;
	why_plan(&story.view, &plan);
	assert_int_equal(plan.n, 1);
	assert_string_equal(plan.items[0].word, "paused");
}

static void test_what_was_before_a_rerun_does_not_count(void **state)
{
	static const struct fault anew = {
		"begun anew",
		NULL,
		NULL,
		"firmware",
		NO_SCRIPT,
		{ STARTS,
		  DHCP("foreign-dhcp", "REQUEST from " PXE " not answered"),
		  { "engine", "failed", NO_SCRIPT, 0 },
		  { "engine", "rerun", "begun anew, part 2, from the start",
		    0 },
		  AT("power-on"),
		  AT("firmware"),
		  PXE_REQUEST }
	};
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &anew);
	why_plan(&story.view, &plan);

	assert_string_equal(plan.items[0].word, "no-tftp");
	for (size_t i = 0; i < plan.n; i++)
		assert_string_not_equal(plan.items[i].word, "foreign-dhcp");
}

static void test_the_evidence_is_what_speaks_for_it(void **state)
{
	static const struct fault cut = {
		"an initramfs that breaks off",
		NULL,
		NULL,
		"loading",
		NO_HELLO,
		{ LOADS,
		  { "http", "file-cut",
		    "HTTP /hook/initramfs-x86_64 broke off at 37 % (37 of 100 "
		    "bytes)",
		    0 },
		  PXE_REQUEST }
	};
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &cut);
	why_plan(&story.view, &plan);

	assert_string_equal(plan.items[0].word, "kernel-cut");
	assert_int_equal(plan.items[0].n_evidence, 1);
	assert_non_null(strstr(story.events[plan.items[0].evidence[0]].message,
			       "37 %"));
}

/* Of much evidence the newest. */
static void test_evidence_is_bounded(void **state)
{
	static const struct fault noisy = {
		"many lines",
		NULL,
		NULL,
		"working",
		"action \"a\": x ended with exit code 1",
		{ AT("working"), LOG("1: exit"), LOG("2"), LOG("3"), LOG("4"),
		  LOG("5"), LOG("6") }
	};
	struct story story;
	struct why_plan plan;

	(void)state;

	tell(&story, &noisy);
	why_plan(&story.view, &plan);

	assert_string_equal(plan.items[0].word, "command-failed");
	assert_int_equal(plan.items[0].n_evidence, WHY_EVIDENCE);
	assert_string_equal(story.events[plan.items[0].evidence[0]].message,
			    "3");
	assert_string_equal(story.events[plan.items[0].evidence[3]].message,
			    "6");
}

/* Whatever comes in whatever order, with causes of any kind. */
static void test_any_history_is_borne(void **state)
{
	static const struct seen all[] = {
		STARTS,
		PXE_DISCOVER,
		PXE_REQUEST,
		IPXE_REQUEST,
		OS_REQUEST,
		TFTP_DONE,
		SCRIPT,
		FROM_DISK,
		KERNEL,
		CONFIG,
		WORKS,
		HOME,
		LOG(""),
		AT("closing"),
		AT("loading"),
		AT("first-boot"),
		AT("dancing"),
		NO_BMC("no answer"),
		PANICS,
		SAYS("quiet", ""),
		{ "tftp", "tftp-failed", "", INT64_MAX },
		{ "http", "file-cut", " broke off at ", 2 },
		{ "engine", "rerun", "", 0 },
		{ "engine", "failed", "", 0 },
		{ "", "", "", 0 }
	};
	static const char *const causes[] = { "", "no answer", "certificate",
					      "disk : No such ", "x" };
	uint32_t random = 1;

	(void)state;

	for (int round = 0; round < 20000; round++) {
		struct fault fault = { .what = "whatever", .phase = "working" };
		struct story story;
		struct why_plan plan;

		for (size_t i = 0; i < ARRAY_LEN(fault.events); i++) {
			random = random * 1664525 + 1013904223;
			fault.events[i] = all[(random >> 16) % ARRAY_LEN(all)];
		}
		fault.cause = causes[(random >> 8) % ARRAY_LEN(causes)];
		tell(&story, &fault);
		why_plan(&story.view, &plan);
		assert_true(plan.n <= WHY_HYPOTHESES);
		assert_sound(&story, &fault, &plan);
	}
}

/* A word means one thing, wherever it is found. */
static void test_rules_are_sound(void **state)
{
	const struct why_rule *rules[MAX_RULES];
	size_t n = all_rules(rules);

	(void)state;

	for (size_t i = 0; i < n; i++) {
		const struct why_rule *rule = rules[i];

		assert_in_range(rule->score, 20, 97);
		assert_false(rule->with & rule->without);
		assert_null(strpbrk(rule->word, " _ABC"));
		assert_true(rule->phases || *rule->signs || rule->with);
		for (size_t k = 0; k < i; k++)
			if (str_eq(rules[k]->word, rule->word))
				assert_string_equal(rules[k]->cause,
						    rule->cause);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_bmcs_do_wrong),
		RUN(test_what_goes_wrong_before_the_script),
		RUN(test_what_goes_wrong_before_the_worker_says_hello),
		RUN(test_what_goes_wrong_in_actions),
		RUN(test_what_goes_wrong_in_the_first_boot),
		RUN(test_what_machines_say_of_themselves),
		RUN(test_what_keeps_a_worker_out),
		RUN(test_what_systems_tell_of_themselves),
		RUN(test_what_this_server_does_not_give_out),
		RUN(test_what_is_heard_of_others_is_weighed),
		RUN(test_a_stranger_is_not_the_machine),
		RUN(test_what_people_write_wrong),
		RUN(test_what_a_rack_of_faults_found),
		RUN(test_each_word_is_in_the_catalogue),
		RUN(test_any_history_is_borne),
		RUN(test_a_run_that_goes_its_way_has_nothing_wrong),
		RUN(test_a_guess_is_told_where_nothing_is_known),
		RUN(test_nothing_is_missing_before_its_time),
		RUN(test_what_was_overcome_or_said_elsewhere_is_not_told),
		RUN(test_a_run_that_is_done_has_nothing_wrong),
		RUN(test_who_is_held_has_no_other_fault),
		RUN(test_what_was_before_a_rerun_does_not_count),
		RUN(test_the_evidence_is_what_speaks_for_it),
		RUN(test_evidence_is_bounded),
		RUN(test_rules_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
