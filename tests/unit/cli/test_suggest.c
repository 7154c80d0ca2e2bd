/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "test.h"

static const char *const commands[] = {
	"import", "apply",  "get",   "delete", "provision", "watch",
	"why",    "report", "power", "events", NULL,
};

static const char *guess(const char *word)
{
	return suggest(word, commands, ARRAY_LEN(commands));
}

static void assert_guess(const char *word, const char *expected)
{
	const char *best = guess(word);

	if (!best)
		fail_msg("no guess for \"%s\"", word);
	assert_string_equal(best, expected);
}

static void test_a_slip_of_the_finger_is_seen_through(void **state)
{
	(void)state;

	assert_guess("aply", "apply");
	assert_guess("provison", "provision");
	assert_guess("provsiion", "provision");
	assert_guess("reprot", "report");
	assert_guess("delet", "delete");
	assert_guess("whatch", "watch");
	assert_guess("ge", "get");
	assert_guess("gte", "get");
	assert_guess("apply", "apply");
}

static void test_a_longer_word_may_differ_in_more(void **state)
{
	static const char *const words[] = { "workflowrulesets" };

	(void)state;

	assert_ptr_equal(suggest("workflowrulset", words, 1), words[0]);
	assert_ptr_equal(suggest("workflowrule", words, 1), words[0]);
	assert_null(suggest("workflow", words, 1));
}

static void test_what_is_like_nothing_has_no_guess(void **state)
{
	(void)state;

	assert_null(guess("kubernetes"));
	assert_null(guess("xyz"));
	assert_null(guess(""));
	assert_null(guess("q"));
	assert_null(suggest("apply", commands, 0));
}

/* Every letter would have to be another: that is no likeness. */
static void test_a_short_word_is_not_like_any_other(void **state)
{
	static const char *const words[] = { "a", "ab", "wf" };

	(void)state;

	assert_null(suggest("x", words, ARRAY_LEN(words)));
	assert_null(suggest("xy", words, ARRAY_LEN(words)));
	assert_string_equal(suggest("wg", words, ARRAY_LEN(words)), "wf");
}

/* Two of three letters: a Pod is no Job. */
static void test_half_a_short_word_is_no_likeness(void **state)
{
	static const char *const words[] = { "Job", "Task", "Run", "wf" };

	(void)state;

	assert_null(suggest("Pod", words, ARRAY_LEN(words)));
	assert_null(suggest("Node", words, ARRAY_LEN(words)));
	assert_null(suggest("Tusk!", words + 2, 2));
	assert_string_equal(suggest("Jbo", words, ARRAY_LEN(words)), "Job");
	assert_string_equal(suggest("Jop", words, ARRAY_LEN(words)), "Job");
	assert_string_equal(suggest("fw", words, ARRAY_LEN(words)), "wf");
}

static void test_the_nearest_wins_and_the_first_of_equals(void **state)
{
	static const char *const words[] = { "posts", NULL, "ports", "port" };

	(void)state;

	assert_string_equal(suggest("port", words, 4), "port");
	assert_string_equal(suggest("poxts", words, 4), "posts");
}

static void test_words_without_end_are_no_trouble(void **state)
{
	char word[300];

	(void)state;

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(guess(word));
}

static void test_a_guess_is_said_or_nothing_is(void **state)
{
	char text[64];
	const char *best = "apply";
	const char *none = NULL;

	(void)state;

	snprintf(text, sizeof(text), "no command x%s%s%s", SUGGEST_ARGS(best));
	assert_string_equal(text, "no command x; did you mean apply?");
	snprintf(text, sizeof(text), "no command x%s%s%s", SUGGEST_ARGS(none));
	assert_string_equal(text, "no command x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_slip_of_the_finger_is_seen_through),
		RUN(test_a_longer_word_may_differ_in_more),
		RUN(test_what_is_like_nothing_has_no_guess),
		RUN(test_a_short_word_is_not_like_any_other),
		RUN(test_half_a_short_word_is_no_likeness),
		RUN(test_the_nearest_wins_and_the_first_of_equals),
		RUN(test_words_without_end_are_no_trouble),
		RUN(test_a_guess_is_said_or_nothing_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
