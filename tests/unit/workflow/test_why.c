/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why.h"

#include <string.h>

#include "base/str.h"
#include "test.h"
#include "workflow/plan.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

/* A run whose events the test adds, a second apart, until noon. */
struct story {
	struct run run;
	struct event events[8];
	size_t n;
	struct action actions[2];
	size_t n_actions;
};

static void happens(struct story *story, const char *source, const char *kind,
		    const char *message)
{
	struct event *event = &story->events[story->n++];

	assert_true(story->n <= ARRAY_LEN(story->events));
	str_copy(event->source, sizeof(event->source), source);
	str_copy(event->kind, sizeof(event->kind), kind);
	str_copy(event->message, sizeof(event->message), message);
	event->at = event->last_at = NOON - 60000 + (wall_ms)story->n * 1000;
	event->n = 1;
}

static void moves(struct story *story, const char *phase)
{
	happens(story, "engine", "phase", phase);
	str_copy(story->run.phase, sizeof(story->run.phase), phase);
}

static void fails(struct story *story, const char *cause)
{
	str_copy(story->run.outcome, sizeof(story->run.outcome), "failed");
	str_copy(story->run.cause, sizeof(story->run.cause), cause);
	happens(story, "engine", "failed", cause);
	moves(story, "closing");
	moves(story, "ended");
	story->run.ended_at = NOON;
}

static struct run_view view_of(const struct story *story)
{
	return (struct run_view){
		.run = &story->run,
		.actions = story->actions,
		.n_actions = story->n_actions,
		.events = story->events,
		.n_events = story->n,
		.now = NOON,
	};
}

static void ask(const struct story *story, struct why *why)
{
	struct run_view view = view_of(story);

	why_find(&view, why);
}

static void assert_advice(const char *phase, const char *cause,
			  const char *advice)
{
	struct story story = { 0 };
	struct why why;

	moves(&story, "netboot-on");
	moves(&story, phase);
	fails(&story, cause);
	ask(&story, &why);

	if (advice && !strstr(why.advice, advice))
		fail_msg("%s, %s: \"%s\" does not say \"%s\"", phase, cause,
			 why.advice, advice);
	if (!advice && *why.advice)
		fail_msg("%s, %s: advice \"%s\"", phase, cause, why.advice);
}

/* The causes as the drivers of BMCs word them. */
static void test_advice_for_what_bmcs_say(void **state)
{
	(void)state;

	assert_advice("power-off",
		      "power-off: bmc m1: the BMC refuses user \"admin\" or "
		      "its password",
		      "user and password in the Secret");
	assert_advice("boot-device",
		      "boot-pxe: bmc m1: not tried again: 198.18.1.11:623: "
		      "the BMC does not know this password",
		      "user and password in the Secret");
	assert_advice("restart-off",
		      "power-off: bmc m1: 198.18.1.11:623: the BMC does not "
		      "know this user",
		      "user and password in the Secret");
	assert_advice("power-on",
		      "power-on: bmc m1: 198.18.1.11:623: the BMC does not let "
		      "this user administer it",
		      "role of an administrator");
	assert_advice("power-off",
		      "power-off: credentials of the BMC: Secret m1 has no "
		      "password",
		      "with username and password");
	assert_advice("power-off",
		      "power-off: bmc m1: root: https://198.18.1.12: SSL "
		      "certificate problem: self-signed certificate",
		      "tomte.dev/bmc-pin");
	assert_advice("power-off",
		      "power-off: bmc m1: root: https://198.18.1.12: SSL: "
		      "public key does not match pinned public key",
		      "another certificate than before");
	assert_advice("power-off",
		      "power-off: bmc m1: 198.18.1.12: connection refused",
		      "BMC's address answers");
	assert_advice("power-on", "power-on: bmc m1: system: HTTP 404",
		      "BMC's address answers");
	assert_advice("restart-off", "power-off: bmc m1: no answer",
		      "BMC's address answers");
	assert_advice("restart-on",
		      "restart-on: waited in vain for the BMC to say that the "
		      "power is on",
		      "BMC's address answers");
	assert_advice("boot-device",
		      "boot-pxe: bmc m1: boot override: set to pxe, but the "
		      "BMC says none",
		      "network boot first in the firmware");
}

static void test_advice_for_what_actions_say(void **state)
{
	(void)state;

	assert_advice("working",
		      "action \"image\": disk /dev/vda has 1404 bytes, the "
		      "image needs more than 2048",
		      "larger disk");
	assert_advice(
		"working",
		"action \"image\": http://198.18.0.1/images/x: the server "
		"answers 404",
		"IMG_URL");
	assert_advice("working",
		      "action \"image\": the image has sha256:aa, expected "
		      "sha256:bb; /dev/vda was written",
		      "publish both anew");
	assert_advice("working",
		      "action \"image\": SSL certificate problem: unable to "
		      "get local issuer certificate",
		      "serve it by http");
	assert_advice("working",
		      "action \"image\": no word from the worker since its "
		      "time of 600s ran out",
		      "machine's console");
	assert_advice("working",
		      "action \"image\": the worker did not take it up "
		      "(timeout 600s)",
		      "machine's console");
}

static void test_advice_for_each_phase_that_waits(void **state)
{
	(void)state;

	assert_advice("firmware",
		      "firmware: no DHCP request from the machine since power "
		      "on",
		      "cable, switch port and VLAN");
	assert_advice("firmware", "firmware: waited in vain for the script",
		      "another DHCP server");
	assert_advice("loading", "loading: waited in vain for the worker",
		      "kernel panic");
	assert_advice("first-boot", "first-boot: waited in vain for the OS",
		      "boot loader");
}

static void test_no_advice_where_there_is_none(void **state)
{
	struct story story = { 0 };
	struct why why;

	(void)state;

	assert_advice("working", "action \"file\": no space left", NULL);
	assert_advice("netboot-on", "netboot-on: waited in vain", NULL);
	/* Somebody wanted it so. */
	assert_advice("power-off", "cancelled", NULL);
	assert_advice("firmware", "its Hardware was deleted", NULL);

	moves(&story, "power-off");
	ask(&story, &why);
	assert_string_equal(why.advice, ""); /* nothing is wrong yet */
}

/* A number in a cause of another phase is no sign. */
static void test_a_sign_counts_only_where_it_is_said(void **state)
{
	(void)state;

	assert_advice("firmware", "global_timeout of 404s ran out in firmware",
		      "another DHCP server");
	assert_advice("power-off", "power-off: the server answers 404",
		      "BMC's address answers");
}

static void test_the_phase_is_that_before_the_failure(void **state)
{
	struct story story = { 0 };
	struct run_view view;

	(void)state;

	str_copy(story.run.phase, sizeof(story.run.phase), "queued");
	view = view_of(&story);
	assert_string_equal(why_phase(&view), "queued");

	moves(&story, "netboot-on");
	moves(&story, "firmware");
	view = view_of(&story);
	assert_string_equal(why_phase(&view), "firmware");

	fails(&story, "x");
	view = view_of(&story);
	assert_string_equal(story.run.phase, "ended");
	assert_string_equal(why_phase(&view), "firmware");
}

static void assert_last_seen(const struct story *story, const char *expected)
{
	struct why why;

	ask(story, &why);
	assert_string_equal(why.last_seen, expected);
}

static void test_nothing_was_seen_of_a_run_of_our_moves_only(void **state)
{
	struct story story = { 0 };

	(void)state;

	assert_last_seen(&story, "nothing of the machine in this run");
	happens(&story, "engine", "created", "workflow w1");
	moves(&story, "power-off");
	assert_last_seen(&story, "nothing of the machine in this run");
}

static void test_the_last_of_what_the_machine_did_is_seen(void **state)
{
	struct story story = { 0 };

	(void)state;

	happens(&story, "bmc", "bmc", "BMC: power-on done");
	moves(&story, "firmware");
	happens(&story, "dhcp", "discover", "offered 198.18.0.11");
	moves(&story, "loading");

	assert_last_seen(&story, "offered 198.18.0.11 (dhcp, 57s ago)");
}

static void test_what_was_seen_often_is_counted(void **state)
{
	struct story story = { 0 };

	(void)state;

	happens(&story, "dhcp", "discover", "offered 198.18.0.11");
	story.events[0].n = 14;
	story.events[0].last_at = NOON - 3000;

	assert_last_seen(&story,
			 "offered 198.18.0.11, 14 times (dhcp, 3s ago)");
}

static void test_last_seen_stops_at_the_failure(void **state)
{
	struct story story = { 0 };

	(void)state;

	moves(&story, "firmware");
	happens(&story, "dhcp", "discover", "offered 198.18.0.11");
	fails(&story, "firmware: waited in vain");
	happens(&story, "bmc", "bmc", "BMC: boot-none done");
	happens(&story, "dhcp", "discover", "offered 198.18.0.11");

	assert_last_seen(&story, "offered 198.18.0.11 (dhcp, 58s ago)");
}

static void test_the_longest_event_fits(void **state)
{
	struct story story = { 0 };
	struct why why;

	(void)state;

	happens(&story, "worker", "log", "");
	memset(story.events[0].message, 'x',
	       sizeof(story.events[0].message) - 1);
	story.events[0].n = INT64_MAX;
	ask(&story, &why);

	assert_true(str_ends(why.last_seen,
			     "x, 9223372036854775807 times (worker, 59s "
			     "ago)"));
}

static void test_each_phase_expects_what_it_waits_for(void **state)
{
	(void)state;

	for (int i = 0; i < N_PHASES; i++) {
		struct story story = { 0 };
		struct why why;

		moves(&story, phase_name((enum phase)i));
		ask(&story, &why);
		assert_string_equal(why.expected,
				    plan_expected(&story.run, (enum phase)i));
		assert_true(*why.expected);
	}
}

static void test_a_phase_that_is_none_expects_nothing(void **state)
{
	struct story story = { 0 };
	struct why why;

	(void)state;

	moves(&story, "dancing");
	ask(&story, &why);

	assert_string_equal(why.expected, "");
}

static void test_work_expects_the_worker_to_do_the_action(void **state)
{
	struct story story = { 0 };
	struct why why;

	(void)state;

	moves(&story, "working");
	story.n_actions = 2;
	str_copy(story.actions[0].name, sizeof(story.actions[0].name), "image");
	str_copy(story.actions[1].name, sizeof(story.actions[1].name),
		 "restart");
	str_copy(story.actions[0].state, sizeof(story.actions[0].state),
		 "RUNNING");
	str_copy(story.actions[1].state, sizeof(story.actions[1].state),
		 "PENDING");
	ask(&story, &why);
	assert_string_equal(why.expected, "the worker to end action \"image\"");

	str_copy(story.actions[0].state, sizeof(story.actions[0].state),
		 "SUCCESS");
	ask(&story, &why);
	assert_string_equal(why.expected,
			    "the worker to take up action \"restart\"");

	str_copy(story.actions[1].state, sizeof(story.actions[1].state),
		 "SUCCESS");
	ask(&story, &why);
	assert_string_equal(why.expected, "the worker to report");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_advice_for_what_bmcs_say),
		RUN(test_advice_for_what_actions_say),
		RUN(test_advice_for_each_phase_that_waits),
		RUN(test_no_advice_where_there_is_none),
		RUN(test_a_sign_counts_only_where_it_is_said),
		RUN(test_the_phase_is_that_before_the_failure),
		RUN(test_nothing_was_seen_of_a_run_of_our_moves_only),
		RUN(test_the_last_of_what_the_machine_did_is_seen),
		RUN(test_what_was_seen_often_is_counted),
		RUN(test_last_seen_stops_at_the_failure),
		RUN(test_the_longest_event_fits),
		RUN(test_each_phase_expects_what_it_waits_for),
		RUN(test_a_phase_that_is_none_expects_nothing),
		RUN(test_work_expects_the_worker_to_do_the_action),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
