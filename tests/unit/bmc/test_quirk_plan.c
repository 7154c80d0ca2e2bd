/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "bmc/quirk_wire.h"

static struct quirk_table *read_table(const char *text)
{
	struct quirk_table *table = quirk_table_new();
	struct err err;

	if (quirk_parse(table, text, strlen(text), "q.yaml", &err))
		fail_msg("%s", err.message);
	return table;
}

/* The message about a text that is not right. */
static struct err refuse(const char *text)
{
	struct quirk_table *table = quirk_table_new();
	struct err err = { 0 };

	assert_int_equal(quirk_parse(table, text, strlen(text), "q.yaml", &err),
			 -1);
	assert_int_equal(quirk_table_count(table), 0);
	quirk_table_free(table);
	return err;
}

static void test_patterns_match_in_any_case(void **state)
{
	(void)state;
	assert_true(quirk_glob("Dell*", "dell inc."));
	assert_true(quirk_glob("*", ""));
	assert_true(quirk_glob("", ""));
	assert_true(quirk_glob("x?1*-tf", "X11DPH-TF"));
	assert_true(quirk_glob("*a*b*", "xxaxxbxx"));
	assert_true(quirk_glob("**a", "baa"));

	assert_false(quirk_glob("Dell", "Dell Inc."));
	assert_false(quirk_glob("?", ""));
	assert_false(quirk_glob("*a*b", "xxaxxbxx"));
	assert_false(quirk_glob("", "x"));
}

static void test_versions_are_their_numbers_in_order(void **state)
{
	(void)state;
	assert_true(quirk_in_range("6.10.30.00", ">=6.10 <7"));
	assert_true(quirk_in_range("6.10.30.20", ">6.10.30"));
	assert_true(quirk_in_range("iLO 5 v2.33", ">=5.2.33 <6"));
	assert_true(quirk_in_range("01.73.06", "=1.73.6"));
	assert_true(quirk_in_range("7", "<=7.0.0"));
	assert_true(quirk_in_range("anything", ""));
	assert_true(quirk_in_range("", ""));

	assert_false(quirk_in_range("6.9", ">=6.10"));
	assert_false(quirk_in_range("7.0", ">=6.10 <7"));
	assert_false(quirk_in_range("", ">=0"));
	assert_false(quirk_in_range("99999999999999999999999999", "<7"));
}

static void test_a_range_has_an_operator_and_numbers(void **state)
{
	(void)state;
	assert_true(quirk_is_range(""));
	assert_true(quirk_is_range(">=6.10 <7"));
	assert_true(quirk_is_range(" =1 "));

	assert_false(quirk_is_range("6.10"));
	assert_false(quirk_is_range(">="));
	assert_false(quirk_is_range("==6"));
	assert_false(quirk_is_range("<>6"));
	assert_false(quirk_is_range("=>6"));
	assert_false(quirk_is_range(">=6.x"));
	assert_false(quirk_is_range(">=.1"));
}

static void test_rules_of_matching_lines_add_up(void **state)
{
	struct quirk_table *table =
		read_table("- vendor: A*\n"
			   "  rules: { boot-mode: never, gap-ms: 200 }\n"
			   "  evidence: e\n"
			   "- model: M2\n"
			   "  firmware: '>=2'\n"
			   "  rules: { gap-ms: 300, hang-up: true }\n"
			   "  evidence: e\n"
			   "- protocol: ipmi\n"
			   "  rules: { ipmi-suite: 3 }\n"
			   "  evidence: e\n");
	struct bmc_identity who = { .protocol = BMC_REDFISH,
				    .maker = "Acme",
				    .controller = "m2",
				    .firmware = "2.1" };
	struct bmc_rules rules;

	(void)state;
	quirk_rules(table, &who, &rules);
	assert_int_equal(rules.boot_mode, BMC_USE_NEVER);
	assert_int_equal(rules.gap_ms, 300);
	assert_true(rules.hang_up);
	assert_int_equal(rules.suite, 0);
	assert_int_equal(rules.answer_ms, 30000);

	who.protocol = BMC_IPMI;
	who.firmware[0] = '1';
	quirk_rules(table, &who, &rules);
	assert_int_equal(rules.gap_ms, 200);
	assert_false(rules.hang_up);
	assert_int_equal(rules.suite, 3);
	quirk_table_free(table);
}

static void test_the_operators_lines_override_the_built_in_ones(void **state)
{
	static const char own[] =
		"- vendor: HPE\n  rules: { boot-mode: always }\n"
		"  evidence: this site\n";
	struct bmc_identity who = { .vendor = "HPE" };
	struct quirk_table *table = quirk_table_new();
	struct bmc_rules rules;
	struct err err;

	(void)state;
	assert_int_equal(quirk_parse_builtin(table, &err), 0);
	quirk_rules(table, &who, &rules);
	assert_int_equal(rules.boot_mode, BMC_USE_NEVER);
	assert_int_equal(quirk_parse(table, own, strlen(own), "own.yaml", &err),
			 0);
	quirk_rules(table, &who, &rules);

	assert_int_equal(rules.boot_mode, BMC_USE_ALWAYS);
	assert_int_equal(rules.untimely_ms, 10000);
	quirk_table_free(table);
}

static void test_the_built_in_table_knows_the_common_vendors(void **state)
{
	struct bmc_identity idrac10 = { .vendor = "Dell",
					.maker = "Dell Inc.",
					.controller = "17G Monolithic",
					.firmware = "1.20.50.50" };
	struct bmc_identity idrac8 = { .vendor = "Dell",
				       .firmware = "2.86.86.86" };
	struct bmc_identity x11 = { .maker = "Supermicro",
				    .model = "X11SDV-4C-TP8F" };
	struct quirk_table *table = quirk_table_new();
	struct bmc_rules rules;
	struct err err;

	(void)state;
	assert_int_equal(quirk_parse_builtin(table, &err), 0);

	quirk_rules(table, &idrac10, &rules);
	assert_int_equal(rules.boot_place, BMC_PLACE_OTHER);
	assert_int_equal(rules.media_place, BMC_PLACE_SYSTEM);
	assert_string_equal(rules.http_attribute, "HttpDev1Uri");
	quirk_rules(table, &idrac8, &rules);
	assert_int_equal(rules.boot_place, BMC_PLACE_AUTO);
	assert_int_equal(rules.media_place, BMC_PLACE_AUTO);
	quirk_rules(table, &x11, &rules);
	assert_int_equal(rules.boot_mode, BMC_USE_ALWAYS);
	assert_int_equal(rules.media_insert, BMC_INSERT_IMAGE);
	assert_true(rules.boot_each);
	quirk_rules(NULL, &x11, &rules);
	assert_int_equal(rules.boot_mode, BMC_USE_AUTO);
	quirk_table_free(table);
}

static void test_errors_have_file_line_and_cause(void **state)
{
	struct err err;

	(void)state;
	err = refuse("- vendor: A\n  rules:\n    gap-ms: 3\n"
		     "    boot-mod: never\n  evidence: e\n");
	assert_string_equal(err.message,
			    "q.yaml:4: rules.boot-mod: unknown key; did you "
			    "mean boot-mode?");
	err = refuse("- vendor: A\n  rules: { boot-mode: sometimes }\n"
		     "  evidence: e\n");
	assert_string_equal(err.message,
			    "q.yaml:2: rules.boot-mode: \"sometimes\": "
			    "expected one of auto, always, never");
	err = refuse("- vendor: A\n  evidence: e\n  rules: { gap-ms: -1 }\n");
	assert_non_null(strstr(err.message, "q.yaml:3: rules.gap-ms"));
	err = refuse("- vendr: A\n  evidence: e\n  rules: { gap-ms: 1 }\n");
	assert_non_null(strstr(err.message, "q.yaml:1: quirk.vendr: unknown"));
	err = refuse("# none\n- rules: { gap-ms: 1 }\n");
	assert_string_equal(err.message,
			    "q.yaml:2: quirk: evidence is missing: who saw "
			    "it, and where");
	err = refuse("- evidence: e\n");
	assert_non_null(strstr(err.message, "q.yaml:1: quirk: rules are"));
	err = refuse("- evidence: e\n  firmware: '6'\n  rules: {gap-ms: 1}\n");
	assert_non_null(strstr(err.message, "firmware \"6\": expected"));
	err = refuse("- evidence: e\n  rules: { gap-ms: }\n");
	assert_non_null(strstr(err.message, "has no value"));
	err = refuse("- evidence: e\n  vendor:\n  rules: { gap-ms: 1 }\n");
	assert_non_null(strstr(err.message, "q.yaml:2: quirk.vendor has no"));
}

static void test_what_is_no_list_of_quirks_is_refused(void **state)
{
	struct err err;

	(void)state;
	err = refuse("a: b\n");
	assert_non_null(strstr(err.message, "q.yaml:1: expected a list"));
	err = refuse("- 7\n");
	assert_non_null(strstr(err.message, "q.yaml:1: quirk: expected key"));
	err = refuse("- a: [\n");
	assert_non_null(strstr(err.message, "q.yaml: line"));
	err = refuse("- { evidence: e, rules: {gap-ms: 1} }\n- 7\n");
	assert_int_equal(err.code, ERR_INVALID);
}

static void test_a_file_of_comments_adds_nothing(void **state)
{
	struct quirk_table *table = read_table("# nothing yet\n");

	(void)state;
	assert_int_equal(quirk_table_count(table), 0);
	quirk_table_free(table);
}

static void test_a_file_over_its_bounds_is_refused(void **state)
{
	struct quirk_table *table = quirk_table_new();
	CLEANUP(buf_release) struct buf text = BUF_INIT(QUIRK_TEXT_MAX);
	struct err err;

	(void)state;
	for (int i = 0; i <= QUIRK_LINES_MAX; i++)
		buf_adds(&text, "- {evidence: e, rules: {gap-ms: 1}}\n");
	assert_int_equal(quirk_parse(table, text.base, text.len, "q", &err),
			 -1);
	assert_int_equal(err.code, ERR_TOO_BIG);
	assert_int_equal(
		quirk_parse(table, text.base, QUIRK_TEXT_MAX + 1, "q", &err),
		-1);
	assert_int_equal(err.code, ERR_TOO_BIG);
	assert_int_equal(quirk_table_count(table), 0);
	quirk_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_patterns_match_in_any_case),
		RUN(test_versions_are_their_numbers_in_order),
		RUN(test_a_range_has_an_operator_and_numbers),
		RUN(test_rules_of_matching_lines_add_up),
		RUN(test_the_operators_lines_override_the_built_in_ones),
		RUN(test_the_built_in_table_knows_the_common_vendors),
		RUN(test_errors_have_file_line_and_cause),
		RUN(test_what_is_no_list_of_quirks_is_refused),
		RUN(test_a_file_of_comments_adds_nothing),
		RUN(test_a_file_over_its_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
