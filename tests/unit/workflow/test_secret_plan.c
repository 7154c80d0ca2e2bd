/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/secret_plan.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

/* "hunter2-A.b" */
#define SECRET                                                                 \
	"{'os':{'apiVersion':'v1','kind':'Secret','data':{"                    \
	"'password':'aHVudGVyMi1BLmI='}},'net':{'apiVersion':'v1',"            \
	"'kind':'ConfigMap','data':{'password':'plain'}}}"

static void decode(const char *yaml, struct workflow_plan *plan)
{
	struct err err;

	if (workflow_decode(yaml, strlen(yaml), plan, &err))
		fail_msg("%s", err.message);
}

static void test_a_decoy_has_the_same_shape_and_no_same_character(void **state)
{
	AUTO_JSON json_t *references = json_of(SECRET);
	AUTO_JSON json_t *decoy = secret_decoy(references);
	CLEANUP(buf_release) struct buf value = BUF_INIT(100);
	const char *text = json_str_at(decoy, "os.data.password");

	(void)state;

	assert_true(str_unbase64(&value, text, strlen(text)));
	assert_int_equal(value.len, 11);
	for (size_t i = 0; i < value.len; i++)
		assert_int_not_equal(value.base[i], "hunter2-A.b"[i]);
	assert_true(value.base[6] >= '0' && value.base[6] <= '9');
	assert_true(value.base[8] >= 'A' && value.base[8] <= 'Z');
	for (size_t i = 0; i < strlen(text) - 1; i++)
		assert_int_not_equal(text[i], "aHVudGVyMi1BLmI="[i]);
	/* What is no Secret is left as it is. */
	assert_at(decoy, "net.data.password", "'plain'");
}

static void test_stripped_of_values_nothing_is_left_of_them(void **state)
{
	AUTO_JSON json_t *references = json_of(SECRET);
	AUTO_JSON json_t *stripped = secret_stripped(references);

	(void)state;

	assert_true(secret_among(references));
	assert_at(stripped, "os.data.password", "''");
	assert_at(stripped, "net.data.password", "'plain'");
}

#define HEAD                                                                   \
	"name: t\ntasks:\n- name: o\n  actions:\n  - name: a\n    image: i\n"

static void test_what_differs_is_marked_and_filled_again(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan real = { 0 };
	CLEANUP(workflow_plan_release) struct workflow_plan decoy = { 0 };
	AUTO_JSON json_t *fresh =
		json_of("{'env':{'A':'new','B':'b'},'args':['x','newer'],"
			"'volumes':[]}");
	AUTO_JSON json_t *filled = NULL;
	struct err err;

	(void)state;
	decode(HEAD "    environment: {A: real, B: b}\n"
		    "    command: [x, really]\n",
	       &real);
	decode(HEAD "    environment: {A: fake, B: b}\n"
		    "    command: [x, faked]\n",
	       &decoy);
	assert_int_equal(secret_mark(&real, &decoy, &err), 0);

	assert_true(real.actions[0].secret);
	assert_json(real.actions[0].document,
		    "{'env':{'A':{'secret':true},'B':'b'},"
		    "'args':['x',{'secret':true}],'volumes':[]}");
	filled = secret_fill(real.actions[0].document, fresh, &err);
	assert_json(filled, "{'env':{'A':'new','B':'b'},"
			    "'args':['x','newer'],'volumes':[]}");
}

static void test_another_form_is_not_filled_in(void **state)
{
	static const char *const fresh[] = {
		"{'env':{'A':'x'}}",
		"{'env':{},'args':['x']}",
		"{'env':{'A':'x'},'args':['x','y']}",
		"{'env':['A'],'args':['x']}",
	};
	AUTO_JSON json_t *marked =
		json_of("{'env':{'A':{'secret':true}},'args':['x']}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fresh); i++) {
		AUTO_JSON json_t *other = json_of(fresh[i]);
		struct err err;

		assert_null(secret_fill(marked, other, &err));
		assert_int_equal(err.code, ERR_CONFLICT);
	}
}

static void test_what_is_shown_may_not_differ(void **state)
{
	static const char *const rows[][2] = {
		{ "    timeout: 5\n", "timeout" },
		{ "    if: 'false'\n", "if" },
		{ "    retries: 3\n", "retries" },
		{ "    background: true\n", "background" },
		{ "    idempotent: true\n", "idempotent" },
		{ "    pid: host\n", "depends on a Secret" },
		{ "    environment: {A: b}\n", "env" },
		{ "  - {name: b, image: i}\n", "which actions" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(workflow_plan_release)
		struct workflow_plan real = { 0 };
		CLEANUP(workflow_plan_release)
		struct workflow_plan decoy = { 0 };
		AUTO_FREE char *text = xasprintf(HEAD "%s", rows[i][0]);
		struct err err;

		decode(text, &real);
		decode(HEAD, &decoy);
		assert_int_equal(secret_mark(&real, &decoy, &err), -1);
		if (!strstr(err.message, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], err.message);
	}
}

static void test_hidden_words_are_masked_wherever_they_stand(void **state)
{
	AUTO_JSON json_t *references = json_of(SECRET);
	AUTO_JSON json_t *marked = json_of("{'env':{'A':{'secret':true}}}");
	AUTO_JSON json_t *filled = json_of("{'env':{'A':'u:hunter2-A.b'}}");
	AUTO_JSON json_t *hidden = json_array();
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *other = NULL;

	(void)state;
	secret_hide(references, marked, filled, hidden);
	text = secret_masked("A=u:hunter2-A.b hunter2-A.b aHVudGVyMi1BLmI=.",
			     hidden);
	other = secret_masked("hunter2 is not all of it", hidden);

	assert_string_equal(text, "A=*** *** ***.");
	assert_string_equal(other, "hunter2 is not all of it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_decoy_has_the_same_shape_and_no_same_character),
		RUN(test_stripped_of_values_nothing_is_left_of_them),
		RUN(test_what_differs_is_marked_and_filled_again),
		RUN(test_another_form_is_not_filled_in),
		RUN(test_what_is_shown_may_not_differ),
		RUN(test_hidden_words_are_masked_wherever_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
