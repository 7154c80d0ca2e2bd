/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/dispatch.h"

#include "base/file.h"
#include "unit/workflow/engine_world.h"

/*
 * Values of Secrets go to the worker and nowhere else. In these templates
 * they are planted words, which are then looked for wherever they must not
 * be: in the rows, so in all that anybody can ask for, and in the log.
 */
#define PLANTED "cGxhbnRlZC1odW50ZXIy" /* planted-hunter2 */
#define CHANGED "YW5vdGhlci1odW50ZXIy" /* another-hunter2 */

static const char template_with_secret[] =
	"name: t\ntasks:\n- name: one\n  actions:\n"
	"  - name: a\n    image: cexec\n"
	"    environment: {KEY: 'x <<references.os.data.password>> y',\n"
	"                  OPEN: '<<Hardware.Interfaces[0].DHCP.MAC>>'}\n"
	"    command: [sh, '<<references.os.data.password>>']\n"
	"  - {name: b, image: cexec, environment: {A: b}}\n";

static struct reference_rules *rules_of(const char *allow)
{
	AUTO_JSON json_t *json = json_of(allow);
	struct reference_rules *rules;
	struct err err;

	rules = reference_rules_new(json, NULL, &err);
	assert_non_null(rules);
	return rules;
}

static void put_secret(struct fixture *f, const char *value)
{
	struct object_key key = { .kind = kind_find("", "Secret"),
				  .namespace = "default",
				  .name = "os" };
	json_t *object = json_pack("{s:{s:s}}", "data", "password", value);
	struct err err;

	if (object_id(f->store, &key)) {
		assert_int_equal(object_patch(f->store,
					      object_id(f->store, &key), object,
					      &err),
				 0);
		json_decref(object);
		return;
	}
	create(f, "", "Secret", "os", object);
}

static void allow(struct fixture *f, const char *rules)
{
	struct err err;

	assert_int_equal(store_commit(f->store, &err), 0);
	close_all(f);
	f->ops.rules = rules ? rules_of(rules) : NULL;
	open_all(f);
}

static void forbid(struct fixture *f)
{
	reference_rules_free((struct reference_rules *)(uintptr_t)f->ops.rules);
}

static void prepare(struct fixture *f, const char *rules)
{
	AUTO_JSON json_t *patch = json_of(
		"{'spec':{'references':{'os':{'group':'','version':'v1',"
		"'resource':'secrets','namespace':'default','name':'os'}}}}");
	struct err err;

	allow(f, rules);
	put_secret(f, PLANTED);
	assert_int_equal(
		object_patch(f->store, id_of(f, "Hardware", "m1"), patch, &err),
		0);
	add_template(f, "secret", template_with_secret);
}

#define PLAIN      "{'templateRef':'secret','hardwareRef':'m1'}"
#define ALLOW_OS   "{'reference':{'resource':['secrets'],'name':['os']}}"
#define ALLOW_NONE "{'reference':{'name':[{'wildcard':'net-*'}]}}"

static void assert_nowhere_in_the_files(struct fixture *f, const char *word)
{
	static const char *const names[] = { "inventory.db",
					     "inventory.db-wal" };
	struct err err;

	assert_int_equal(store_commit(f->store, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", f->folder, names[i]);
		CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 26);

		assert_int_equal(file_read(path, &text, &err), 0);
		assert_null(memmem(text.base, text.len, word, strlen(word)));
	}
}

static void dispatch_first(struct fixture *f, struct dispatch *dispatch,
			   const char *secret)
{
	AUTO_FREE char *expected = xasprintf("x %s y", secret);
	struct action action;
	struct task task;
	struct err err;

	read_action(f, 0, &action);
	assert_true(action.secret);
	if (dispatch_task(dispatch, &action, &task, &err))
		fail_msg("%s", err.message);
	assert_string_equal(task_env(&task, "KEY"), expected);
	assert_string_equal(task_env(&task, "OPEN"), "52:54:00:00:00:01");
	assert_string_equal(task.args.items[1], secret);
	task_release(&task);
}

static void test_a_secret_reaches_the_worker_and_no_row(void **state)
{
	struct fixture *f = *state;
	struct dispatch *dispatch;
	struct action action;

	prepare(f, ALLOW_OS);
	apply(f, "w1", PLAIN, NULL);
	see(f, "worker", "hello");
	dispatch = dispatch_new(f->store, &f->ops, f);
	dispatch_first(f, dispatch, PLANTED);
	assert_nowhere_in_the_files(f, PLANTED);
	assert_nowhere_in_the_files(f, "planted-hunter2");

	/* What needs none is as it is. */
	read_action(f, 1, &action);
	assert_false(action.secret);
	dispatch_free(dispatch);
	forbid(f);
}

static void test_the_value_is_that_of_the_day(void **state)
{
	struct fixture *f = *state;
	struct dispatch *dispatch;

	prepare(f, ALLOW_OS);
	apply(f, "w1", PLAIN, NULL);
	see(f, "worker", "hello");
	put_secret(f, CHANGED);
	dispatch = dispatch_new(f->store, &f->ops, f);
	dispatch_first(f, dispatch, CHANGED);
	dispatch_free(dispatch);
	forbid(f);
}

static void test_what_an_action_says_is_masked(void **state)
{
	struct fixture *f = *state;
	struct dispatch *dispatch;
	struct action action;
	AUTO_FREE char *line = NULL;
	AUTO_FREE char *plain = NULL;
	AUTO_FREE char *filled = NULL;

	prepare(f, ALLOW_OS);
	apply(f, "w1", PLAIN, NULL);
	see(f, "worker", "hello");
	/* Also when this program was restarted in between. */
	dispatch = dispatch_new(f->store, &f->ops, f);
	read_action(f, 0, &action);
	line = dispatch_masked(dispatch, &action, "KEY=" PLANTED "!");
	plain = dispatch_masked(dispatch, &action,
				"login planted-hunter2 failed");
	filled = dispatch_masked(dispatch, &action, "x " PLANTED " y");

	assert_string_equal(line, "KEY=***!");
	assert_string_equal(plain, "login *** failed");
	assert_string_equal(filled, "***");
	dispatch_free(dispatch);
	forbid(f);
}

static void test_a_secret_that_is_gone_fails_the_action(void **state)
{
	struct fixture *f = *state;
	struct object_key key = { .kind = kind_find("", "Secret"),
				  .namespace = "default",
				  .name = "os" };
	struct dispatch *dispatch;
	struct action action;
	struct task task;
	struct err err;

	prepare(f, ALLOW_OS);
	apply(f, "w1", PLAIN, NULL);
	see(f, "worker", "hello");
	assert_int_equal(object_delete(f->store, &key, NULL, NULL, &err), 0);
	dispatch = dispatch_new(f->store, &f->ops, f);
	read_action(f, 0, &action);

	assert_int_equal(dispatch_task(dispatch, &action, &task, &err), -1);
	assert_non_null(strstr(err.message, "cannot be rendered"));
	assert_non_null(strstr(err.message, "os"));
	dispatch_free(dispatch);
	forbid(f);
}

static void test_what_no_rule_allows_is_not_there(void **state)
{
	static const char *const rules[] = { NULL, ALLOW_NONE };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		AUTO_FREE char *name = xasprintf("w%zu", i);

		if (i == 0) {
			prepare(f, rules[i]);
		} else {
			allow(f, rules[i]);
		}
		apply(f, name, PLAIN, NULL);
		assert_status(f, name, "status.state", "FAILED");
		assert_status(f, name, "status.conditions[0].message",
			      "no rule allows this reference");
	}
	forbid(f);
}

static void test_what_people_are_shown_may_not_be_a_secret(void **state)
{
	static const char *const rows[][2] = {
		{ "{name: 'a<<references.os.data.password>>', image: i}",
		  "name" },
		{ "{name: a, image: '<<references.os.data.password>>'}",
		  "image" },
		{ "{name: a, image: i, if: '<<references.os.data.password>>'}",
		  NULL }, /* false with either */
		{ "{name: a, image: i, environment: "
		  "{'<<references.os.data.password>>': b}}",
		  "entries env has" },
	};
	struct fixture *f = *state;

	prepare(f, ALLOW_OS);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *name = xasprintf("t%zu", i);
		AUTO_FREE char *text = xasprintf(
			"name: t\ntasks:\n- name: one\n  actions:\n  - %s\n",
			rows[i][0]);
		AUTO_FREE char *spec = xasprintf(
			"{'templateRef':'%s','hardwareRef':'m1'}", name);

		add_template(f, name, text);
		apply(f, name, spec, NULL);
		if (!rows[i][1])
			continue;
		assert_status(f, name, "status.state", "FAILED");
		assert_status(f, name, "status.conditions[0].message",
			      rows[i][1]);
	}
	assert_nowhere_in_the_files(f, PLANTED);
	forbid(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_a_secret_reaches_the_worker_and_no_row),
		WORLD(test_the_value_is_that_of_the_day),
		WORLD(test_what_an_action_says_is_masked),
		WORLD(test_a_secret_that_is_gone_fails_the_action),
		WORLD(test_what_no_rule_allows_is_not_there),
		WORLD(test_what_people_are_shown_may_not_be_a_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
