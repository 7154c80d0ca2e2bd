/* SPDX-License-Identifier: Apache-2.0 */
#include "api/selector_plan.h"

#include <string.h>

#include "base/buf.h"
#include "json.h"
#include "test.h"

static const char node[] =
	"{'metadata':{'name':'m17','namespace':'racks',"
	"'labels':{'rack':'r1','role':'db','empty':'','in':'x',"
	"'tomte.dev/unit':'17'}},"
	"'type':'Warning','reason':'failed',"
	"'involvedObject':{'kind':'Hardware','name':'m17'}}";

static bool selects(const char *labels, const char *fields)
{
	AUTO_JSON json_t *object = json_of(node);
	struct err err;
	struct selector *selector = selector_new(labels, fields, &err);
	bool matches;

	if (!selector)
		fail_msg("%s %s: %s", labels ? labels : "",
			 fields ? fields : "", err.message);
	matches = selector_match(selector, object);
	selector_free(selector);
	return matches;
}

static void assert_selects(const char *const *labels, size_t n, bool expected)
{
	for (size_t i = 0; i < n; i++)
		if (selects(labels[i], NULL) != expected)
			fail_msg("\"%s\" should%s match", labels[i],
				 expected ? "" : " not");
}

static void assert_refused(const char *labels, const char *fields,
			   const char *why)
{
	struct err err = { .code = ERR_NONE };
	struct selector *selector = selector_new(labels, fields, &err);

	selector_free(selector);
	if (selector)
		fail_msg("%s %s was taken", labels ? labels : "",
			 fields ? fields : "");
	assert_int_equal(err.code, ERR_PROTOCOL);
	if (!strstr(err.message, why))
		fail_msg("\"%s\" does not say \"%s\"", err.message, why);
}

static void test_nothing_asked_for_is_everything(void **state)
{
	(void)state;

	assert_true(selects(NULL, NULL));
	assert_true(selects("", ""));
	assert_true(selects("  \t ", " "));
}

static void test_labels_that_match(void **state)
{
	static const char *const labels[] = {
		"rack=r1",
		"rack==r1",
		" rack  =  r1 ",
		"rack!=r2",
		"nowhere!=r1", /* what has no such label is different too */
		"rack",
		" rack ",
		"empty",
		"empty=",
		"empty==",
		"nowhere!=",
		"!nowhere",
		"! nowhere",
		"rack in (r1)",
		"rack in(r1)",
		"rack in ( r2 , r1 )",
		"rack in (r1,r1)",
		"empty in ()",
		"empty in (,a)",
		"rack notin (r2,r3)",
		"nowhere notin (r1)",
		"tomte.dev/unit=17",
		"tomte.dev/unit in (16,17)",
		"rack=r1,role=db",
		"rack=r1 , role in (db,web) , !spare , empty",
		"in=x", /* a word operator is also a name */
		"in in (x)",
		"in",
		"!notin",
	};

	(void)state;

	assert_selects(labels, ARRAY_LEN(labels), true);
}

static void test_labels_that_do_not_match(void **state)
{
	static const char *const labels[] = {
		"rack=r2",
		"rack==R1",
		"rack=",
		"rack!=r1",
		"nowhere=r1",
		"nowhere=",
		"nowhere",
		"!rack",
		"!empty",
		"rack in (r2)",
		"nowhere in (r1)",
		"nowhere in ()",
		"rack in ()",
		"rack notin (r1)",
		"rack notin (r2,r1)",
		"unit=17",
		"rack=r1,role=web",
		"role=web,rack=r1",
		"rack,!role",
		"in notin (x)",
	};

	(void)state;

	assert_selects(labels, ARRAY_LEN(labels), false);
}

static void test_fields_that_match(void **state)
{
	static const char *const fields[] = {
		"metadata.name=m17",
		"metadata.name==m17",
		"metadata.name != m18",
		"metadata.namespace=racks,type=Warning",
		"involvedObject.kind=Hardware,reason=failed",
		"involvedObject.uid=", /* absent is empty */
		"type!=Normal",
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!selects(NULL, fields[i]))
			fail_msg("\"%s\" should match", fields[i]);
	assert_false(selects(NULL, "metadata.name=m18"));
	assert_false(selects(NULL, "metadata.name=m17,type=Normal"));
	assert_false(selects(NULL, "involvedObject.uid!="));
	assert_true(selects("rack=r1", "metadata.name=m17"));
	assert_false(selects("rack=r2", "metadata.name=m17"));
	assert_false(selects("rack=r1", "metadata.name=m18"));
}

static void test_an_object_without_labels_or_metadata(void **state)
{
	static const char *const bare[] = { "{}", "{'metadata':{}}",
					    "{'metadata':{'labels':{}}}",
					    "{'metadata':{'labels':[]}}",
					    "[]" };
	struct err err;
	struct selector *some = selector_new("rack", NULL, &err);
	struct selector *none = selector_new("!rack,unit!=1", NULL, &err);

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bare); i++) {
		AUTO_JSON json_t *object = json_of(bare[i]);

		assert_false(selector_match(some, object));
		assert_true(selector_match(none, object));
	}
	selector_free(some);
	selector_free(none);
}

static void test_labels_that_cannot_be_read(void **state)
{
	static const char *const wrong[][2] = {
		{ ",", "a name is expected" },
		{ "rack,", "a name is expected" },
		{ ",rack", "a name is expected" },
		{ "rack,,role", "a name is expected" },
		{ "=r1", "a name is expected" },
		{ "!", "a name is expected" },
		{ "!!rack", "a name is expected" },
		{ "(rack)", "a name is expected" },
		{ "rack r1", "an operator is expected" },
		{ "rack inside (a)", "an operator is expected" },
		{ "rack not in (a)", "an operator is expected" },
		{ "rack > 1", "an operator is expected" },
		{ "rack ! r1", "an operator is expected" },
		{ "rack in", "'(' is expected" },
		{ "rack in r1", "'(' is expected" },
		{ "rack in (", "')' is expected" },
		{ "rack in (r1", "')' is expected" },
		{ "rack in (r1 r2)", "')' is expected" },
		{ "rack notin (r1;r2)", "')' is expected" },
		{ "rack in (r1))", "',' is expected" },
		{ "rack=r1=r2", "',' is expected" },
		{ "rack=r1 role=db", "',' is expected" },
		{ "!rack=r1", "',' is expected" },
		{ "rack=a*", "',' is expected" },
		{ "rack===r1", "',' is expected" },
		{ "r\xc3\xa4"
		  "ck",
		  "an operator is expected" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_refused(wrong[i][0], NULL, wrong[i][1]);
}

static void test_an_error_shows_where_it_stopped(void **state)
{
	(void)state;

	assert_refused("rack=r1,role~db", NULL,
		       "unable to parse the selector: an operator is expected "
		       "at \"~db\"");
}

static void test_fields_that_cannot_be_read(void **state)
{
	(void)state;

	assert_refused(NULL, "spec.power=on",
		       "field label not supported: spec.power");
	assert_refused(NULL, "metadata.name", "an operator is expected");
	assert_refused(NULL, "metadata.name in (a)", "an operator is expected");
	assert_refused(NULL, "!metadata.name", "a name is expected");
	assert_refused(NULL, "metadata.name=a,", "a name is expected");
	assert_refused("rack=r1", "metadata.name", "an operator is expected");
}

static void repeat(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%zu", text, i);
}

static void test_a_selector_has_its_bounds(void **state)
{
	CLEANUP(buf_release) struct buf many = BUF_INIT(64 * 1024);
	CLEANUP(buf_release) struct buf values = BUF_INIT(64 * 1024);
	CLEANUP(buf_release) struct buf word = BUF_INIT(1024);

	(void)state;

	buf_adds(&many, "a");
	repeat(&many, ",!a", 63);
	assert_false(selects(many.base, NULL));
	buf_adds(&many, ",b");
	assert_refused(many.base, NULL, "too many requirements");

	buf_adds(&values, "rack in (r1");
	repeat(&values, ",v", 127);
	buf_adds(&values, ",w)");
	assert_refused(values.base, NULL, "too many values");
	buf_clear(&values);
	buf_adds(&values, "rack in (r1");
	repeat(&values, ",v", 127);
	buf_adds(&values, ")");
	assert_true(selects(values.base, NULL));

	while (word.len < 317)
		buf_addc(&word, 'k');
	assert_false(selects(word.base, NULL));
	buf_addc(&word, 'k');
	assert_refused(word.base, NULL, "too long a word");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_nothing_asked_for_is_everything),
		RUN(test_labels_that_match),
		RUN(test_labels_that_do_not_match),
		RUN(test_fields_that_match),
		RUN(test_an_object_without_labels_or_metadata),
		RUN(test_labels_that_cannot_be_read),
		RUN(test_an_error_shows_where_it_stopped),
		RUN(test_fields_that_cannot_be_read),
		RUN(test_a_selector_has_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
