/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "cli/apply_plan.h"

static json_t *parse(const char *text)
{
	struct err err;
	json_t *value = json_parse(text, strlen(text), &err);

	assert_non_null(value);
	return value;
}

/* What the server has after `before` was applied, changed by `drift`. */
static json_t *applied(const char *before, const char *drift)
{
	AUTO_JSON json_t *file = parse(before);
	AUTO_JSON json_t *stored = apply_annotated(file);
	AUTO_JSON json_t *patch = parse(drift);

	return json_merge_patch(stored, patch);
}

/* The patch without its annotation, which is checked by itself. */
static void assert_patch(const json_t *current, const char *file,
			 enum apply_drift drift, const char *expected)
{
	AUTO_JSON json_t *wanted = parse(file);
	AUTO_JSON json_t *annotated = apply_annotated(wanted);
	AUTO_JSON json_t *patch = apply_patch(current, annotated, drift);
	AUTO_JSON json_t *good = parse(expected);
	json_t *metadata = json_object_get(patch, "metadata");
	json_t *annotations = json_object_get(metadata, "annotations");
	AUTO_FREE char *text = NULL;

	json_object_del(annotations,
			"kubectl.kubernetes.io/last-applied-configuration");
	if (annotations && !json_object_size(annotations))
		json_object_del(metadata, "annotations");
	if (metadata && !json_object_size(metadata))
		json_object_del(patch, "metadata");
	text = json_text(patch);
	if (!json_equal(patch, good))
		fail_msg("got %s, expected %s", text, expected);
}

#define ONE                                                                    \
	"{\"kind\":\"Hardware\",\"metadata\":{\"name\":\"a\"},\"spec\":{"      \
	"\"x\":1,\"y\":{\"p\":1,\"q\":2},\"list\":[{\"boot\":false}]}}"

static void test_the_same_file_again_sends_nothing(void **state)
{
	AUTO_JSON json_t *current = applied(ONE, "{}");
	AUTO_JSON json_t *wanted = parse(ONE);
	AUTO_JSON json_t *annotated = apply_annotated(wanted);
	AUTO_JSON json_t *patch =
		apply_patch(current, annotated, APPLY_RESTORE);

	assert_int_equal(json_object_size(patch), 0);
	(void)state;
}

static void test_what_left_the_file_leaves_the_object(void **state)
{
	AUTO_JSON json_t *current = applied(ONE, "{}");

	assert_patch(current,
		     "{\"kind\":\"Hardware\",\"metadata\":{\"name\":\"a\"},"
		     "\"spec\":{\"y\":{\"q\":3},\"list\":[{\"boot\":false}]}}",
		     APPLY_RESTORE,
		     "{\"spec\":{\"x\":null,\"y\":{\"p\":null,\"q\":3}}}");
	(void)state;
}

static void test_what_was_never_in_the_file_stays(void **state)
{
	AUTO_JSON json_t *current =
		applied(ONE, "{\"metadata\":{\"labels\":{\"owner\":\"me\"},"
			     "\"uid\":\"u\"},\"spec\":{\"userData\":\"u\"},"
			     "\"status\":{\"state\":\"ok\"}}");

	assert_patch(current, ONE, APPLY_RESTORE, "{}");
	(void)state;
}

static void test_drift_is_written_back_or_kept(void **state)
{
	AUTO_JSON json_t *current =
		applied(ONE, "{\"spec\":{\"list\":[{\"boot\":true}]}}");

	assert_patch(current, ONE, APPLY_RESTORE,
		     "{\"spec\":{\"list\":[{\"boot\":false}]}}");
	assert_patch(current, ONE, APPLY_KEEP, "{}");
	assert_patch(current,
		     "{\"kind\":\"Hardware\",\"metadata\":{\"name\":\"a\"},"
		     "\"spec\":{\"x\":2,\"y\":{\"p\":1,\"q\":2},"
		     "\"list\":[{\"boot\":false}]}}",
		     APPLY_KEEP, "{\"spec\":{\"x\":2}}");
	(void)state;
}

static void test_an_object_of_somebody_else_is_taken_over(void **state)
{
	AUTO_JSON json_t *current =
		parse("{\"kind\":\"Hardware\",\"metadata\":{\"name\":\"a\","
		      "\"resourceVersion\":\"4\"},\"spec\":{\"x\":9,\"z\":1}}");

	assert_patch(current, ONE, APPLY_KEEP,
		     "{\"spec\":{\"x\":1,\"y\":{\"p\":1,\"q\":2},"
		     "\"list\":[{\"boot\":false}]}}");
	(void)state;
}

static void test_a_secret_is_not_written_into_an_annotation(void **state)
{
	AUTO_JSON json_t *secret =
		parse("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
		      "\"stringData\":{\"password\":\"p\"}}");
	AUTO_JSON json_t *annotated = apply_annotated(secret);
	AUTO_JSON json_t *current =
		parse("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
		      "\"data\":{\"password\":\"\"}}");
	AUTO_JSON json_t *patch = apply_patch(current, annotated, APPLY_KEEP);
	AUTO_JSON json_t *good = parse("{\"stringData\":{\"password\":\"p\"}}");

	assert_true(json_equal(annotated, secret));
	assert_true(json_equal(patch, good));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_file_again_sends_nothing),
		cmocka_unit_test(test_what_left_the_file_leaves_the_object),
		cmocka_unit_test(test_what_was_never_in_the_file_stays),
		cmocka_unit_test(test_drift_is_written_back_or_kept),
		cmocka_unit_test(test_an_object_of_somebody_else_is_taken_over),
		cmocka_unit_test(
			test_a_secret_is_not_written_into_an_annotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
