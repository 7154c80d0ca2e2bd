/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cli/select_plan.h"
#include "json.h"
#include "test.h"

/* r1n01..r1n12 of rack demo, units 1 to 12, and "odd" of no rack. */
static json_t *machines(void)
{
	json_t *list = json_array();

	for (int i = 1; i <= 12; i++) {
		json_t *labels = json_pack("{s:s}", "tomte.dev/rack", "demo");
		json_t *machine = json_object();
		char text[16];

		snprintf(text, sizeof(text), "%d", i);
		json_object_set_new(labels, "tomte.dev/unit",
				    json_string(text));
		json_put(machine, "metadata.labels", labels);
		snprintf(text, sizeof(text), "r1n%02d", i);
		json_put(machine, "metadata.name", json_string(text));
		json_array_append_new(list, machine);
	}
	json_array_append_new(list,
			      json_pack("{s:{s:s,s:{s:s}}}", "metadata", "name",
					"odd", "labels", "zone", "b"));
	return list;
}

/* The names, with blanks between; or "!" and the error. */
static void check(const char *words, const char *expected)
{
	AUTO_JSON json_t *hardware = machines();
	AUTO_FREE char *copy = xstrdup(words);
	CLEANUP(buf_release) struct buf got = BUF_INIT(4096);
	AUTO_JSON json_t *chosen = NULL;
	struct err err;
	char *rest = copy;
	char *list[8];
	size_t n = 0;
	size_t i;
	json_t *machine;

	while ((list[n] = strsep(&rest, " ")))
		n++;
	chosen = select_plan(hardware, list, n, &err);
	if (!chosen)
		buf_printf(&got, "!%s", err.message);
	json_array_foreach (chosen, i, machine)
		buf_printf(&got, "%s%s", i ? " " : "",
			   json_str_at(machine, "metadata.name"));

	assert_string_equal(got.base, expected);
}

static void test_names_and_ranges_name_machines_once(void **state)
{
	(void)state;
	check("r1n02", "r1n02");
	check("r1n03 r1n02 r1n03", "r1n02 r1n03");
	check("r1n[01-03]", "r1n01 r1n02 r1n03");
	check("r1n[01,11-12] odd", "r1n01 r1n11 r1n12 odd");
}

static void test_conditions_are_of_labels(void **state)
{
	(void)state;
	check("rack=demo,unit<3", "r1n01 r1n02");
	check("unit>=11", "r1n11 r1n12");
	check("unit>2,unit<=4,unit!=3", "r1n04");
	check("rack!=demo", "odd");
	check("zone=b", "odd");
	check("name==odd", "odd");
	check("unit=1 unit=2", "r1n01 r1n02");
}

static void test_all_is_all(void **state)
{
	(void)state;
	check("all", "r1n01 r1n02 r1n03 r1n04 r1n05 r1n06 r1n07 r1n08 r1n09 "
		     "r1n10 r1n11 r1n12 odd");
}

static void test_what_means_no_machine_is_refused(void **state)
{
	(void)state;
	check("r1n99", "!no machine r1n99; did you mean r1n09?");
	check("r1n[11-13]", "!no machine r1n13; did you mean r1n03?");
	check("rack=dmo", "!no machine is rack=dmo");
	check("unit<x", "!unit<x: \"unit<x\" compares with a number");
	check("rack=a,b", "!rack=a,b: \"b\" is no condition; expected "
			  "KEY=VALUE, or != < <= > >=");
	check("r1n[3-1]", "!r1n[3-1]: not a range; expected as r1n[01-20] or "
			  "r1n[1,3,5]");
	check("r1n[", "!r1n[: not a range; expected as r1n[01-20] or "
		      "r1n[1,3,5]");
}

static void assert_selects_of(const char *objects, const char *word,
			      const char *expected)
{
	AUTO_JSON json_t *all = json_of(objects);
	char *words[] = { (char *)(uintptr_t)word };
	CLEANUP(buf_release) struct buf names = BUF_INIT(1024);
	struct err err = { .message = "" };
	AUTO_JSON json_t *chosen =
		select_plan_of("Template", all, words, 1, &err);
	size_t i;
	json_t *object;

	json_array_foreach (chosen, i, object)
		buf_printf(&names, "%s%s", i ? " " : "",
			   json_str_at(object, "metadata.name"));
	assert_string_equal(chosen ? names.base : err.message, expected);
}

static void test_objects_of_any_kind_are_chosen_likewise(void **state)
{
	static const char templates[] =
		"[{'metadata':{'name':'debian-11','labels':{'os':'debian'}}},"
		"{'metadata':{'name':'debian-12','labels':{'os':'debian'}}},"
		"{'metadata':{'name':'flatcar'}}]";

	(void)state;

	assert_selects_of(templates, "flatcar", "flatcar");
	assert_selects_of(templates, "debian-[11-12]", "debian-11 debian-12");
	assert_selects_of(templates, "os=debian", "debian-11 debian-12");
	assert_selects_of(templates, "os!=debian", "flatcar");
	assert_selects_of(templates, "name=flatcar", "flatcar");
	assert_selects_of(templates, "os=arch", "no Template is os=arch");
	assert_selects_of(templates, "flatcat",
			  "no Template flatcat; did you mean flatcar?");
}

/* All machines of a rack are a common wish, all Secrets hardly ever. */
static void test_all_is_a_name_but_of_machines(void **state)
{
	(void)state;

	assert_selects_of("[{'metadata':{'name':'a'}}]", "all",
			  "no Template all");
	assert_selects_of("[{'metadata':{'name':'a'}},"
			  "{'metadata':{'name':'all'}}]",
			  "all", "all");
}

static void test_a_pattern_is_told_from_a_name(void **state)
{
	(void)state;

	assert_false(select_is_pattern("r1n01"));
	assert_false(select_is_pattern("all"));
	assert_true(select_is_pattern("r1n[01-02]"));
	assert_true(select_is_pattern("rack=r1"));
	assert_true(select_is_pattern("unit<20"));
	assert_true(select_is_pattern("rack!=r1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_names_and_ranges_name_machines_once),
		RUN(test_conditions_are_of_labels),
		RUN(test_all_is_all),
		RUN(test_what_means_no_machine_is_refused),
		RUN(test_objects_of_any_kind_are_chosen_likewise),
		RUN(test_all_is_a_name_but_of_machines),
		RUN(test_a_pattern_is_told_from_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
