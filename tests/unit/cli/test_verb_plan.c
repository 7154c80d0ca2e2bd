/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb_plan.h"

#include "json.h"
#include "test.h"

static void assert_patch(const char *verb, const char *detail,
			 const char *annotations)
{
	AUTO_JSON json_t *patch = verb_patch(verb, detail);

	assert_at(patch, "metadata.annotations", annotations);
	assert_true(*verb_done(verb));
}

static void test_each_verb_is_an_annotation(void **state)
{
	(void)state;

	assert_patch("cancel", NULL, "{'tomte.dev/cancel':'true'}");
	assert_patch("pause", NULL, "{'tomte.dev/pause':'true'}");
	assert_patch("resume", NULL, "{'tomte.dev/pause':null}");
	assert_patch("rerun", NULL, "{'tomte.dev/rerun':''}");
}

static void test_a_reason_and_an_action_are_its_value(void **state)
{
	(void)state;

	assert_patch("cancel", "wrong image",
		     "{'tomte.dev/cancel':'wrong image'}");
	assert_patch("rerun", "image", "{'tomte.dev/rerun':'image'}");
	/* It is taken away, whatever is said. */
	assert_patch("resume", "x", "{'tomte.dev/pause':null}");
}

static void test_another_word_is_no_verb(void **state)
{
	(void)state;

	assert_null(verb_patch("dance", NULL));
	assert_null(verb_patch("", NULL));
	assert_string_equal(verb_done("dance"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_each_verb_is_an_annotation),
		RUN(test_a_reason_and_an_action_are_its_value),
		RUN(test_another_word_is_no_verb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
