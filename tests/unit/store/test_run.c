/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "store/event.h"
#include "unit/store/fixture.h"

struct rack {
	struct run run;
	int64_t id;
};

static void make_run(struct fixture *f, struct rack *rack)
{
	*rack = (struct rack){ 0 };
	assert_ok(f, create(f, "hw", "m", "{}"));
	assert_ok(f, create(f, "wf", "w", "{}"));
	rack->run = (struct run){ .workflow = id_of(f, "wf", "w"),
				  .machine = id_of(f, "hw", "m"),
				  .phase = "WAITING",
				  .deadline = NOON + 5000,
				  .boot = "netboot",
				  .await_os = true,
				  .global_timeout_s = 1800 };
	assert_ok(f, run_create(f->store, &rack->run, &rack->id, &f->err));
}

static size_t touched(struct fixture *f, int64_t *first)
{
	int64_t *runs;
	size_t n = store_take_touched(f->store, &runs);

	*first = n ? runs[0] : 0;
	free(runs);
	return n;
}

static void test_a_run_is_read_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct rack rack;
	struct run run;

	make_run(f, &rack);
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));

	assert_int_equal(run.workflow, rack.run.workflow);
	assert_int_equal(run.machine, rack.run.machine);
	assert_string_equal(run.phase, "WAITING");
	assert_int_equal(run.deadline, NOON + 5000);
	assert_string_equal(run.boot, "netboot");
	assert_true(run.await_os && !run.toggle && !run.uefi);
	assert_int_equal(run.global_timeout_s, 1800);
	assert_int_equal(run.created_at, NOON);
	assert_fails(f, ERR_NOT_FOUND, run_get(f->store, 99, &run, &f->err));
}

static void test_an_ended_run_is_open_no_more(void **state)
{
	struct fixture *f = *state;
	struct rack rack;
	struct run run;
	int64_t *open;
	int64_t first;

	make_run(f, &rack);
	assert_int_equal(run_open(f->store, &open), 1);
	assert_int_equal(open[0], rack.id);
	free(open);
	assert_int_equal(run_of_machine(f->store, rack.run.machine), rack.id);

	touched(f, &first);
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));
	str_copy(run.phase, sizeof(run.phase), "DONE");
	str_copy(run.outcome, sizeof(run.outcome), "failed");
	str_copy(run.cause, sizeof(run.cause), "no \xff answer");
	run.deadline = 0;
	run.ended_at = NOON + 9;
	assert_ok(f, run_update(f->store, &run, &f->err));
	assert_int_equal(touched(f, &first), 1);
	assert_int_equal(first, rack.id);
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));

	assert_string_equal(run.outcome, "failed");
	assert_string_equal(run.cause, "no ? answer");
	assert_int_equal(run.deadline, 0);
	assert_int_equal(run_open(f->store, &open), 0);
	free(open);
	assert_int_equal(run_of_machine(f->store, rack.run.machine), 0);
	assert_int_equal(run_by_workflow(f->store, run.workflow), rack.id);
}

static void test_a_run_outlives_its_workflow(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("wf", "w");
	struct rack rack;
	struct run run;
	int64_t first;

	make_run(f, &rack);
	touched(f, &first);
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));

	assert_int_equal(touched(f, &first), 1);
	assert_int_equal(first, rack.id);
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));
	assert_int_equal(run.workflow, 0);
	assert_string_equal(run.name, "w");
	assert_int_equal(run_by_name(f->store, run.namespace, "w"), rack.id);
}

static void test_a_run_outlives_its_machine(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("hw", "m");
	struct rack rack;
	struct run run;
	int64_t first;

	make_run(f, &rack);
	touched(f, &first);
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));

	assert_int_equal(touched(f, &first), 1);
	assert_int_equal(run.machine, 0);
}

static void test_power_touches_the_open_run_of_the_machine(void **state)
{
	struct fixture *f = *state;
	struct rack rack;
	int64_t first;

	make_run(f, &rack);
	touched(f, &first);
	assert_ok(f, machine_set_power(f->store, rack.run.machine, "off",
				       &f->err));

	assert_int_equal(touched(f, &first), 1);
	assert_int_equal(first, rack.id);
}

static void test_actions_keep_their_order_and_document(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *document = json_of("{'image':'x','env':{'A':'1'}}");
	AUTO_JSON json_t *read = NULL;
	struct action action = { .action_id = "a2",
				 .name = "write",
				 .image = "quay.io/x",
				 .position = 1,
				 .timeout_s = 60,
				 .document = document };
	struct action *list;
	struct rack rack;
	int64_t first;

	make_run(f, &rack);
	action.run = rack.id;
	assert_ok(f, action_create(f->store, &action, &f->err));
	action.position = 0;
	str_copy(action.action_id, sizeof(action.action_id), "a1");
	assert_ok(f, action_create(f->store, &action, &f->err));
	str_copy(action.state, sizeof(action.state), "RUNNING");
	str_copy(action.boot_id, sizeof(action.boot_id), "b1");
	action.attempt = 2;
	action.started_at = NOON;
	touched(f, &first);
	assert_ok(f, action_update(f->store, &action, &f->err));
	assert_int_equal(touched(f, &first), 1);
	str_copy(action.phase, sizeof(action.phase), "copy");
	action.bytes_done = 5;
	action.bytes_total = INT64_C(5000000000);
	assert_ok(f, action_progress(f->store, &action, &f->err));
	assert_int_equal(touched(f, &first), 0);

	assert_int_equal(action_list(f->store, rack.id, &list), 2);
	assert_string_equal(list[0].action_id, "a1");
	assert_string_equal(list[0].state, "RUNNING");
	assert_string_equal(list[0].phase, "copy");
	assert_int_equal(list[0].attempt, 2);
	assert_int_equal(list[0].bytes_total, INT64_C(5000000000));
	assert_int_equal(list[0].progress_at, NOON);
	assert_string_equal(list[1].state, "PENDING");
	read = action_document(f->store, rack.id, 1);
	assert_true(json_equal(read, document));
	action_list_free(list, 2);
	action.position = 7;
	assert_fails(f, ERR_NOT_FOUND,
		     action_update(f->store, &action, &f->err));
}

static void test_an_intent_is_sent_once(void **state)
{
	struct fixture *f = *state;
	struct intent intent = { .kind = "power-on", .args = "uefi" };
	struct intent last;
	struct intent *open;
	struct rack rack;
	int64_t id;

	make_run(f, &rack);
	intent.run = rack.id;
	intent.machine = rack.run.machine;
	assert_false(intent_last(f->store, rack.id, &last));
	assert_ok(f, intent_create(f->store, &intent, &id, &f->err));

	assert_ok(f, intent_sent(f->store, id, &f->err));
	assert_fails(f, ERR_CONFLICT, intent_sent(f->store, id, &f->err));
	assert_int_equal(intent_open(f->store, &open), 1);
	assert_string_equal(open[0].state, "sent");
	assert_string_equal(open[0].kind, "power-on");
	assert_int_equal(open[0].sent_at, NOON);
	free(open);
	assert_true(intent_last(f->store, rack.id, &last));
	assert_int_equal(last.id, id);
}

static void test_an_intent_ends_once_and_touches_its_run(void **state)
{
	struct fixture *f = *state;
	struct err error = { .code = ERR_TIMEOUT, .message = "no answer" };
	struct intent intent = { .kind = "power-on" };
	struct intent *open;
	struct rack rack;
	int64_t first;

	make_run(f, &rack);
	intent.run = rack.id;
	intent.machine = rack.run.machine;
	assert_ok(f, intent_create(f->store, &intent, &intent.id, &f->err));
	touched(f, &first);

	assert_ok(f, intent_end(f->store, &intent, &error, &f->err));
	assert_int_equal(touched(f, &first), 1);
	assert_int_equal(first, rack.id);
	assert_ok(f, intent_end(f->store, &intent, NULL, &f->err));
	assert_int_equal(touched(f, &first), 0);

	assert_int_equal(intent_open(f->store, &open), 0);
	free(open);
	assert_true(intent_last(f->store, rack.id, &intent));
	assert_string_equal(intent.state, "failed");
	assert_string_equal(intent.error_code, "timeout");
	assert_string_equal(intent.error, "no answer");
}

static void test_intents_of_a_job_are_its_own(void **state)
{
	struct fixture *f = *state;
	struct intent intent = { .kind = "power-off" };
	struct intent *list;
	int64_t id;

	assert_ok(f, create(f, "job", "j", "{}"));
	assert_ok(f, create(f, "hw", "m", "{}"));
	intent.job = id_of(f, "job", "j");
	intent.machine = id_of(f, "hw", "m");
	assert_ok(f, intent_create(f->store, &intent, &id, &f->err));

	assert_int_equal(intent_of_job(f->store, intent.job, &list), 1);
	assert_int_equal(list[0].run, 0);
	free(list);
	assert_int_equal(intent_of_job(f->store, 99, &list), 0);
	free(list);
}

static void test_the_same_event_again_is_counted(void **state)
{
	struct fixture *f = *state;
	struct event *events;
	struct rack rack;

	make_run(f, &rack);
	for (int i = 0; i < 3; i++) {
		store_set_now(f->store, NOON + i);
		assert_ok(f, event_note(f->store, rack.run.machine, 0, "dhcp",
					"offer", &f->err, "offer %d", 1));
	}
	assert_ok(f, event_note(f->store, rack.run.machine, 0, "dhcp", "ack",
				&f->err, "ack"));
	assert_ok(f, event_note(f->store, rack.run.machine, 0, "dhcp", "offer",
				&f->err, "offer %d", 1));

	assert_int_equal(event_of_run(f->store, rack.id, &events), 3);
	assert_int_equal(events[0].n, 3);
	assert_int_equal(events[0].at, NOON);
	assert_int_equal(events[0].last_at, NOON + 2);
	assert_int_equal(events[2].n, 1);
	assert_string_equal(events[2].message, "offer 1");
	free(events);
	assert_int_equal(event_of_machine(f->store, rack.run.machine, &events),
			 3);
	free(events);
}

static void talk(struct fixture *f, const struct rack *rack, const char *kind,
		 int n)
{
	for (int i = 0; i < n; i++)
		assert_ok(f,
			  event_note(f->store, rack->run.machine, 0, "worker",
				     kind, &f->err, "%s %d", kind, i));
}

static void test_a_brief_has_what_happened_and_the_last_lines(void **state)
{
	struct fixture *f = *state;
	struct event *events;
	struct rack rack;
	size_t n;

	make_run(f, &rack);
	talk(f, &rack, "hello", 1);
	talk(f, &rack, "console", 100);
	talk(f, &rack, "action-running", 1);
	talk(f, &rack, "log", 2 * EVENT_BRIEF_NEWEST);

	n = event_brief_of_run(f->store, rack.id, &events);

	assert_int_equal(n, 2 + EVENT_BRIEF_NEWEST);
	assert_string_equal(events[0].kind, "hello");
	assert_string_equal(events[1].kind, "action-running");
	assert_string_equal(events[2].message, "log 64");
	assert_string_equal(events[n - 1].message, "log 127");
	free(events);
}

static void test_a_brief_is_bounded_whatever_happened(void **state)
{
	struct fixture *f = *state;
	struct event *events;
	struct rack rack;
	size_t n;

	make_run(f, &rack);
	talk(f, &rack, "hello", EVENT_BRIEF_TOLD + 10);

	n = event_brief_of_run(f->store, rack.id, &events);

	assert_int_equal(n, EVENT_BRIEF_TOLD);
	assert_string_equal(events[0].message, "hello 10");
	free(events);
}

static void test_an_event_of_another_machine_does_not_part_them(void **state)
{
	struct fixture *f = *state;
	struct event *events;
	int64_t a;
	int64_t b;

	assert_ok(f, create(f, "hw", "a", "{}"));
	assert_ok(f, create(f, "hw", "b", "{}"));
	a = id_of(f, "hw", "a");
	b = id_of(f, "hw", "b");
	for (int i = 0; i < 2; i++) {
		assert_ok(f, event_note(f->store, a, 0, "dhcp", "x", &f->err,
					"x"));
		assert_ok(f, event_note(f->store, b, 0, "dhcp", "x", &f->err,
					"x"));
		assert_ok(f, event_note(f->store, 0, 0, "dhcp", "x", &f->err,
					"x"));
	}

	assert_int_equal(event_newest(f->store, 10, &events), 3);
	assert_int_equal(events[0].machine, 0);
	assert_int_equal(events[0].n, 2);
	assert_int_equal(events[2].machine, a);
	assert_int_equal(events[2].n, 2);
	free(events);
	assert_int_equal(event_newest(f->store, 1, &events), 1);
	free(events);
}

static void test_evidence_is_made_utf8(void **state)
{
	struct fixture *f = *state;
	struct event *events;

	assert_ok(f, event_note(f->store, 0, 0, "dhcp", "x", &f->err,
				"h\xc3\xa4 \xff \x01 \xed\xa0\x80 \xc3"));
	assert_int_equal(event_newest(f->store, 1, &events), 1);

	assert_string_equal(events[0].message, "h\xc3\xa4 ? ? ??? ?");
	free(events);
}

static void test_old_events_go_but_those_of_open_runs_stay(void **state)
{
	struct fixture *f = *state;
	struct event *events;
	struct rack rack;
	struct run run;

	make_run(f, &rack);
	assert_ok(f, event_note(f->store, 0, 0, "dhcp", "x", &f->err, "old"));
	assert_ok(f, event_note(f->store, rack.run.machine, rack.id, "dhcp",
				"x", &f->err, "of the run"));
	store_set_now(f->store, NOON + 1000);
	assert_ok(f, event_note(f->store, 0, 0, "dhcp", "y", &f->err, "new"));

	assert_ok(f, event_prune(f->store, NOON + 1, &f->err));
	assert_int_equal(event_newest(f->store, 10, &events), 2);
	assert_string_equal(events[0].message, "new");
	assert_string_equal(events[1].message, "of the run");
	free(events);

	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));
	run.ended_at = NOON + 9;
	assert_ok(f, run_update(f->store, &run, &f->err));
	assert_ok(f, event_prune(f->store, NOON + 1, &f->err));
	assert_int_equal(event_newest(f->store, 10, &events), 1);
	free(events);
}

static void end_run(struct fixture *f, int64_t id, wall_ms at)
{
	struct run run;

	assert_ok(f, run_get(f->store, id, &run, &f->err));
	run.ended_at = at;
	assert_ok(f, run_update(f->store, &run, &f->err));
}

static void test_a_step_is_what_its_intent_is(void **state)
{
	struct fixture *f = *state;
	struct step step = { .stage = "prepare", .kind = "power-on" };
	struct intent intent = { .kind = "power-on" };
	AUTO_FREE struct step *list = NULL;
	struct rack rack;
	struct err cause;

	make_run(f, &rack);
	step.run = rack.id;
	assert_ok(f, step_create(f->store, &step, &f->err));
	assert_int_equal(step_list(f->store, rack.id, &list), 1);
	assert_int_equal(list[0].intent, 0);
	assert_string_equal(list[0].state, "");

	intent.run = rack.id;
	intent.machine = rack.run.machine;
	assert_ok(f, intent_create(f->store, &intent, &step.intent, &f->err));
	assert_ok(f, step_update(f->store, &step, &f->err));
	intent.id = step.intent;
	err_set(&cause, ERR_TIMEOUT, "no answer");
	assert_ok(f, intent_end(f->store, &intent, &cause, &f->err));
	free(list);
	step_list(f->store, rack.id, &list);
	assert_string_equal(list[0].state, "failed");
	assert_string_equal(list[0].error, "no answer");
}

static void test_an_earlier_run_of_a_name_makes_room(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("wf", "w");
	AUTO_FREE char *older = NULL;
	struct rack rack;
	int64_t first;
	struct run run;

	make_run(f, &rack);
	first = rack.id;
	end_run(f, first, NOON);
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	assert_ok(f, create(f, "wf", "w", "{}"));
	rack.run.workflow = id_of(f, "wf", "w");
	assert_ok(f, run_create(f->store, &rack.run, &rack.id, &f->err));

	assert_int_equal(run_by_name(f->store, "default", "w"), rack.id);
	assert_ok(f, run_get(f->store, first, &run, &f->err));
	older = xasprintf("w.%lld", (long long)first);
	assert_string_equal(run.name, older);
}

static void test_old_runs_go_and_so_do_too_many(void **state)
{
	static const struct run_limits by_age = { .age_ms = 1000 };
	static const struct run_limits by_number = { .n = 2 };
	struct fixture *f = *state;
	struct rack rack;
	struct run run;
	int64_t *left;
	bool more;

	make_run(f, &rack); /* open, and never pruned */
	for (int i = 0; i < 4; i++) {
		AUTO_FREE char *name = xasprintf("w%d", i);
		int64_t id;

		assert_ok(f, create(f, "wf", name, "{}"));
		rack.run.workflow = id_of(f, "wf", name);
		assert_ok(f, run_create(f->store, &rack.run, &id, &f->err));
		end_run(f, id, i == 0 ? NOON : NOON + 5000);
	}
	store_set_now(f->store, NOON + 5000);
	assert_ok(f, run_prune(f->store, &by_age, &more, &f->err));
	assert_false(more);
	assert_int_equal(run_list(f->store, "", &left), 4);
	free(left);
	assert_ok(f, run_prune(f->store, &by_number, &more, &f->err));
	assert_int_equal(run_list(f->store, "default", &left), 3);
	free(left);
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));
}

static void test_what_runs_is_asked_for_before_what_is_new(void **state)
{
	struct fixture *f = *state;
	struct action_key *begun;
	struct action_key key;
	struct rack rack;
	struct run run;

	make_run(f, &rack);
	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));
	str_copy(run.phase, sizeof(run.phase), "working");
	assert_ok(f, run_update(f->store, &run, &f->err));
	for (int i = 0; i < 3; i++) {
		struct action action = { .run = rack.id,
					 .position = i,
					 .machine = run.machine,
					 .attempt = 1 };

		assert_ok(f, action_create(f->store, &action, &f->err));
		str_copy(action.state, sizeof(action.state),
			 i == 1 ? "RUNNING" : "PENDING");
		str_copy(action.boot_id, sizeof(action.boot_id), "b1");
		action.offered_at = i == 2 ? 0 : NOON;
		assert_ok(f, action_update(f->store, &action, &f->err));
	}

	assert_true(action_for_machine(f->store, run.machine, &key));
	assert_int_equal(key.position, 1);
	assert_false(action_for_machine(f->store, run.machine + 99, &key));
	assert_int_equal(action_begun(f->store, run.machine, "b1", &begun), 0);
	free(begun);
	assert_int_equal(action_begun(f->store, run.machine, "b2", &begun), 1);
	assert_int_equal(begun[0].position, 1);
	free(begun);
}

static void test_what_was_seen_is_kept_in_the_run(void **state)
{
	struct fixture *f = *state;
	struct rack rack;
	struct run run;
	int64_t first;

	make_run(f, &rack);
	touched(f, &first);
	store_set_now(f->store, NOON + 7);
	assert_ok(f, event_note(f->store, rack.run.machine, 0, "worker",
				"hello", &f->err, "hello"));
	assert_int_equal(touched(f, &first), 1);
	assert_ok(f, event_note(f->store, rack.run.machine, 0, "worker", "log",
				&f->err, "a line"));
	assert_int_equal(touched(f, &first), 0); /* no plan waits for that */

	assert_ok(f, run_get(f->store, rack.id, &run, &f->err));
	assert_int_equal(run.hello_at, NOON + 7);
	assert_int_equal(run.dhcp_at, 0);
}

static void test_runs_that_start_their_machines_are_known(void **state)
{
	static const struct {
		const char *phase;
		bool starts;
		bool first_boot;
	} phases[] = {
		{ "queued", false, false },      { "power-off", false, false },
		{ "power-on", true, false },     { "firmware", true, false },
		{ "loading", true, false },      { "working", false, false },
		{ "restart-off", false, false }, { "restart-on", true, true },
		{ "first-boot", true, true },
	};
	struct fixture *f = *state;
	struct run_starting *list;
	struct rack rack;

	make_run(f, &rack);
	assert_ok(f, run_get(f->store, rack.id, &rack.run, &f->err));

	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		str_copy(rack.run.phase, sizeof(rack.run.phase),
			 phases[i].phase);
		assert_ok(f, run_update(f->store, &rack.run, &f->err));

		assert_int_equal(run_starting(f->store, &list),
				 phases[i].starts);
		if (phases[i].starts) {
			assert_int_equal(list[0].run, rack.id);
			assert_int_equal(list[0].machine, rack.run.machine);
			assert_int_equal(list[0].first_boot,
					 phases[i].first_boot);
		}
		free(list);
	}
	rack.run.ended_at = NOON;
	assert_ok(f, run_update(f->store, &rack.run, &f->err));
	assert_int_equal(run_starting(f->store, &list), 0);
	free(list);
}

static void note_stranger(struct fixture *f, int i)
{
	assert_ok(f, event_note(f->store, 0, 0, "dhcp", "stranger", &f->err,
				"DISCOVER of %d", i));
}

static void test_strangers_are_found_by_time_and_the_newest_kept(void **state)
{
	struct fixture *f = *state;
	struct rack rack;
	struct event *events;

	make_run(f, &rack);
	for (int i = 0; i < 6; i++) {
		store_set_now(f->store, NOON + i * 1000);
		note_stranger(f, i);
	}
	note_stranger(f, 5); /* again */
	assert_ok(f, event_note(f->store, 0, 0, "user", "x", &f->err, "x"));

	assert_int_equal(
		event_strangers(f->store, NOON + 1000, NOON + 5000, 3, &events),
		3);
	assert_string_equal(events[0].message, "DISCOVER of 5");
	assert_int_equal(events[0].n, 2);
	assert_string_equal(events[2].message, "DISCOVER of 3");
	free(events);

	assert_ok(f, event_prune_strangers(f->store, 4, &f->err));
	assert_int_equal(event_strangers(f->store, 0, NOON + 9000, 99, &events),
			 4);
	assert_string_equal(events[3].message, "DISCOVER of 2");
	free(events);
	assert_int_equal(event_newest(f->store, 99, &events), 5);
	free(events);
}

static void test_others_are_heard_or_not(void **state)
{
	struct fixture *f = *state;
	struct rack rack;
	int64_t other;

	make_run(f, &rack);
	assert_ok(f, create(f, "hw", "m2", "{}"));
	other = id_of(f, "hw", "m2");
	assert_ok(f, event_note(f->store, rack.run.machine, 0, "dhcp",
				"discover", &f->err, "own"));
	assert_ok(f, event_note(f->store, other, 0, "http", "file", &f->err,
				"no DHCP"));
	assert_false(
		event_others(f->store, rack.run.machine, NOON - 1, NOON + 1));

	assert_ok(f, event_note(f->store, other, 0, "dhcp", "discover", &f->err,
				"another's"));

	assert_true(
		event_others(f->store, rack.run.machine, NOON - 1, NOON + 1));
	assert_false(event_others(f->store, other, NOON + 1, NOON + 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_a_run_is_read_as_it_was_written),
		RUN_WITH_STORE(test_an_ended_run_is_open_no_more),
		RUN_WITH_STORE(test_a_run_outlives_its_workflow),
		RUN_WITH_STORE(test_a_run_outlives_its_machine),
		RUN_WITH_STORE(test_power_touches_the_open_run_of_the_machine),
		RUN_WITH_STORE(test_actions_keep_their_order_and_document),
		RUN_WITH_STORE(test_an_intent_is_sent_once),
		RUN_WITH_STORE(test_an_intent_ends_once_and_touches_its_run),
		RUN_WITH_STORE(test_intents_of_a_job_are_its_own),
		RUN_WITH_STORE(test_the_same_event_again_is_counted),
		RUN_WITH_STORE(
			test_a_brief_has_what_happened_and_the_last_lines),
		RUN_WITH_STORE(test_a_brief_is_bounded_whatever_happened),
		RUN_WITH_STORE(test_old_events_go_but_those_of_open_runs_stay),
		RUN_WITH_STORE(
			test_an_event_of_another_machine_does_not_part_them),
		RUN_WITH_STORE(test_evidence_is_made_utf8),
		RUN_WITH_STORE(test_a_step_is_what_its_intent_is),
		RUN_WITH_STORE(test_an_earlier_run_of_a_name_makes_room),
		RUN_WITH_STORE(test_old_runs_go_and_so_do_too_many),
		RUN_WITH_STORE(test_what_runs_is_asked_for_before_what_is_new),
		RUN_WITH_STORE(test_what_was_seen_is_kept_in_the_run),
		RUN_WITH_STORE(test_runs_that_start_their_machines_are_known),
		RUN_WITH_STORE(
			test_strangers_are_found_by_time_and_the_newest_kept),
		RUN_WITH_STORE(test_others_are_heard_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
