/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"
#include "unit/workflow/why_faults.h"
#include "workflow/why_plan.h"

/* What is in rows that are no events: signs of life, and what was sent. */
struct story {
	struct run run;
	struct action action;
	struct intent intent;
	struct event event;
	struct run_view view;
};

static void tell(struct story *story, const char *phase)
{
	*story = (struct story){
		.action = { .state = "RUNNING",
			    .progress_at = NOON - 1000,
			    .bytes_total = 100 },
		.intent = { .kind = "power-on",
			    .state = "sent",
			    .created_at = NOON - 25000,
			    .sent_at = NOON - 25000 },
		.event = { .source = "worker",
			   .kind = "hello",
			   .message = "worker says hello",
			   .at = NOON - 600000,
			   .last_at = NOON - 600000,
			   .n = 1 },
		.view = { .now = NOON },
	};
	str_copy(story->run.phase, sizeof(story->run.phase), phase);
	story->view.run = &story->run;
	story->view.actions = &story->action;
	story->view.n_actions = 1;
	story->view.events = &story->event;
	story->view.n_events = 1;
}

static void assert_first(const struct story *story, const char *word)
{
	struct why_plan plan;

	why_plan(&story->view, &plan);
	if (!word && plan.n)
		fail_msg("%s", plan.items[0].word);
	if (word && (!plan.n || !str_eq(plan.items[0].word, word)))
		fail_msg("%s, not %s", plan.n ? plan.items[0].word : "nothing",
			 word);
}

static void test_a_worker_without_a_sign_of_life_is_silent(void **state)
{
	struct story story;

	(void)state;
	tell(&story, "working");

	assert_first(&story, NULL); /* it is not known */
	story.view.heard_at = NOON - 60000;
	assert_first(&story, NULL);
	story.view.heard_at = NOON - 180000;
	assert_first(&story, "worker-silent");
}

static void test_a_download_that_stands_still_is_seen(void **state)
{
	struct story story;

	(void)state;
	tell(&story, "working");
	story.view.heard_at = NOON - 10000;
	story.action.progress_at = NOON - 90000;
	story.action.bytes_done = 10;

	assert_first(&story, "download-stalled");

	story.action.bytes_done = 100; /* what follows takes its time */
	assert_first(&story, NULL);
	story.action.bytes_done = 10;
	str_copy(story.action.state, sizeof(story.action.state), "PENDING");
	assert_first(&story, NULL);
	/* Who is gone is not stalled. */
	str_copy(story.action.state, sizeof(story.action.state), "RUNNING");
	story.view.heard_at = NOON - 180000;
	assert_first(&story, "worker-silent");
}

static void test_a_bmc_that_takes_long_is_seen_before_it_fails(void **state)
{
	struct story story;

	(void)state;
	tell(&story, "power-on");

	assert_first(&story, NULL);
	story.view.intent = &story.intent;
	assert_first(&story, "bmc-slow");
	story.intent.sent_at = NOON - 19000;
	assert_first(&story, NULL);
	story.intent.sent_at = 0;
	assert_first(&story, NULL);
	story.intent.sent_at = NOON - 25000;
	story.intent.ended_at = NOON - 1000;
	assert_first(&story, NULL);
}

static void test_rows_of_now_say_nothing_of_a_run_that_failed(void **state)
{
	struct story story;

	(void)state;
	tell(&story, "working");
	story.view.heard_at = NOON - 180000;
	str_copy(story.run.cause, sizeof(story.run.cause), "cancelled");

	assert_first(&story, "cancelled");
}

static void test_rows_count_in_their_phase(void **state)
{
	struct story story;

	(void)state;
	tell(&story, "loading");
	story.view.heard_at = NOON - 180000;
	assert_first(&story, NULL);

	story.view.heard_at = NOON - 10000;
	story.action.progress_at = NOON - 90000;
	assert_first(&story, NULL);

	story.action.progress_at = NOON;
	story.view.intent = &story.intent;
	assert_first(&story, NULL);
}

static void test_what_was_sent_and_heard_is_shown(void **state)
{
	struct story story;
	AUTO_JSON json_t *sent = NULL;
	AUTO_JSON json_t *waits = NULL;
	AUTO_JSON json_t *done = NULL;

	(void)state;
	tell(&story, "power-on");
	story.view.intent = &story.intent;
	story.view.heard_at = NOON - 60000;

	sent = run_view_status(&story.view, true);
	story.intent.sent_at = 0;
	waits = run_view_status(&story.view, true);
	story.intent.ended_at = NOON;
	done = run_view_status(&story.view, true);

	assert_at(sent, "bmcCommand", "'power-on, sent 25s ago'");
	assert_at(sent, "workerHeardAt", "'2026-11-24T11:59:00Z'");
	assert_at(waits, "bmcCommand", "'power-on, not sent for 25s'");
	assert_at(done, "bmcCommand", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_worker_without_a_sign_of_life_is_silent),
		RUN(test_a_download_that_stands_still_is_seen),
		RUN(test_a_bmc_that_takes_long_is_seen_before_it_fails),
		RUN(test_rows_of_now_say_nothing_of_a_run_that_failed),
		RUN(test_rows_count_in_their_phase),
		RUN(test_what_was_sent_and_heard_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
