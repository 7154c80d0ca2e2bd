/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/args.h"
#include "cli/resource.h"
#include "test.h"

static const struct option own[] = {
	{ "output", 'o', "FORMAT", "how" },
	{ "watch", 'w', NULL, "go on" },
	{ 0 },
};
static const struct option common[] = {
	{ "namespace", 'n', "NAME", "where" },
	{ 0 },
};
static const struct option *const tables[2] = { own, common };

static int parse(struct args *args, struct err *err, int argc, char **argv)
{
	return args_parse(args, tables, argc, argv, err);
}

/* As main gets it: with a NULL at the end. */
#define PARSE(args, err, ...)                                                  \
	parse(args, err,                                                       \
	      (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)),       \
	      (char *[]){ __VA_ARGS__, NULL })

static char a[] = "a", b[] = "b", ojson[] = "-ojson", n[] = "-n", lab[] = "lab",
	    watch[] = "--watch", dashes[] = "--", dash[] = "-",
	    name[] = "--namespace=lab", outptu[] = "--outptu", o[] = "-o",
	    watch_it[] = "--watch=it";

static void test_options_and_words_come_in_any_order(void **state)
{
	struct args args;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&args, &err, a, ojson, n, lab, b, watch), 0);

	assert_int_equal(args.n_words, 2);
	assert_string_equal(args.words[1], "b");
	assert_string_equal(args_value(&args, "output"), "json");
	assert_string_equal(args_value(&args, "namespace"), "lab");
	assert_true(args_flag(&args, "watch"));
}

static void test_all_values_of_a_repeated_option_are_kept(void **state)
{
	struct args args;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&args, &err, ojson, a, o, lab, n, b), 0);

	assert_string_equal(args_nth(&args, "output", 0), "json");
	assert_string_equal(args_nth(&args, "output", 1), "lab");
	assert_null(args_nth(&args, "output", 2));
	assert_null(args_nth(&args, "watch", 0));
	/* The last one counts where one is wanted. */
	assert_string_equal(args_value(&args, "output"), "lab");
}

static void test_there_is_an_end_to_options(void **state)
{
	char *argv[ARGS_GIVEN_MAX + 2];
	struct args args;
	struct err err;

	(void)state;
	for (size_t i = 0; i <= ARGS_GIVEN_MAX; i++)
		argv[i] = watch;
	argv[ARGS_GIVEN_MAX + 1] = NULL;

	assert_int_equal(parse(&args, &err, ARGS_GIVEN_MAX, argv), 0);
	assert_int_equal(parse(&args, &err, ARGS_GIVEN_MAX + 1, argv), -1);
	assert_string_equal(err.message, "more than 64 options");
}

static void test_two_dashes_end_options_and_one_is_a_word(void **state)
{
	struct args args;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&args, &err, name, dash, dashes, watch), 0);

	assert_int_equal(args.n_words, 2);
	assert_string_equal(args.words[0], "-");
	assert_string_equal(args.words[1], "--watch");
	assert_string_equal(args_value(&args, "namespace"), "lab");
	assert_false(args_flag(&args, "watch"));
}

static void test_wrong_options_are_explained(void **state)
{
	struct args args;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&args, &err, outptu), -1);
	assert_string_equal(err.message,
			    "unknown option --outptu; did you mean --output?");
	assert_int_equal(PARSE(&args, &err, o), -1);
	assert_string_equal(err.message, "--output needs a value: FORMAT");
	assert_int_equal(PARSE(&args, &err, watch_it), -1);
	assert_string_equal(err.message, "--watch takes no value");
}

static void test_kinds_have_paths(void **state)
{
	struct err err;
	AUTO_FREE char *one = resource_path(resource_by_word("hw", &err), "lab",
					    "a/b?c", NULL);
	AUTO_FREE char *all = resource_path(resource_by_word("Secret", &err),
					    "default", NULL, "watch=1");

	(void)state;
	assert_string_equal(one, "/apis/tinkerbell.org/v1alpha1/namespaces/lab/"
				 "hardware/a%2Fb%3Fc");
	assert_string_equal(all, "/api/v1/namespaces/default/secrets?watch=1");
	assert_null(resource_by_word("workflow_s", &err));
	assert_string_equal(err.message,
			    "no kind workflow_s; did you mean workflows?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_options_and_words_come_in_any_order),
		RUN(test_all_values_of_a_repeated_option_are_kept),
		RUN(test_there_is_an_end_to_options),
		RUN(test_two_dashes_end_options_and_one_is_a_word),
		RUN(test_wrong_options_are_explained),
		RUN(test_kinds_have_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
