/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_wire.h"
#include "unit/store/fixture.h"

static const struct audit_record row = {
	.id = 17,
	.at = NOON + 7,
	.user = "ada",
	.role = "operator",
	.source = "10.0.0.9",
	.verb = "patch",
	.group = "tinkerbell.org",
	.resource = "hardware/status",
	.namespace = "default",
	.name = "m1",
	.decision = AUDIT_FORBID,
	.status = 403,
	.dry = true,
	.digest = "ab",
	.hash = "cd",
};

static void test_a_row_is_an_object(void **state)
{
	AUTO_JSON json_t *object = audit_record_encode(&row);

	(void)state;
	assert_text(object, "apiVersion", "tomte.dev/v1alpha1");
	assert_text(object, "kind", "AuditRecord");
	assert_text(object, "metadata.name", "17");
	assert_text(object, "metadata.creationTimestamp",
		    "2026-11-24T12:00:00Z");
	assert_text(object, "spec.time", "2026-11-24T12:00:00Z");
	assert_text(object, "spec.decision", "forbid");
	assert_text(object, "spec.resource", "hardware/status");
	assert_int_equal(json_int_at(object, "spec.status", 0), 403);
}

static void test_all_of_a_row_comes_back(void **state)
{
	AUTO_JSON json_t *object = audit_record_encode(&row);
	char before[SECRET_DIGEST_TEXT];
	char after[SECRET_DIGEST_TEXT];
	struct audit_record back;
	struct err err;

	(void)state;
	assert_int_equal(audit_record_decode(object, &back, &err), 0);

	audit_hash(&row, "", before);
	audit_hash(&back, "", after);
	assert_string_equal(before, after);
	assert_string_equal(back.hash, "cd");
}

static void test_what_is_missing_or_wrong_is_named(void **state)
{
	static const struct {
		const char *path;
		const char *value; /* NULL: taken out */
	} wrong[] = {
		{ "metadata.name", "'x'" },  { "metadata.name", "'-1'" },
		{ "spec.user", NULL },       { "spec.user", "7" },
		{ "spec.decision", "'so'" }, { "spec.atMs", "'7'" },
		{ "spec.status", "-1" },     { "spec.status", "1000" },
		{ "spec.hash", NULL },
	};
	struct audit_record back;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		AUTO_JSON json_t *object = audit_record_encode(&row);
		AUTO_FREE char *text = xasprintf(
			"[%s]", wrong[i].value ? wrong[i].value : "null");
		AUTO_JSON json_t *list = json_of(text);

		json_put(object, wrong[i].path,
			 json_incref(json_array_get(list, 0)));
		assert_int_equal(audit_record_decode(object, &back, &err), -1);
		assert_int_equal(err.code, ERR_PROTOCOL);
		assert_non_null(strstr(err.message, wrong[i].path));
	}
}

static void test_stubs_and_marks_come_back(void **state)
{
	const struct audit_stub stub = { .up_to = 7,
					 .hash = "ab",
					 .rows = 6,
					 .first_at = NOON,
					 .last_at = NOON + 1,
					 .at = NOON + 2,
					 .user = "root",
					 .seal = "cd" };
	const struct audit_mark mark = { .id = 9, .hash = "ef" };
	AUTO_JSON json_t *stub_json = audit_stub_encode(&stub);
	AUTO_JSON json_t *mark_json = audit_mark_encode(&mark);
	AUTO_JSON json_t *empty = json_object();
	struct audit_stub stub_back;
	struct audit_mark mark_back;
	struct err err;

	(void)state;
	assert_int_equal(audit_stub_decode(stub_json, &stub_back, &err), 0);
	assert_memory_equal(&stub_back, &stub, sizeof(stub));
	assert_int_equal(audit_mark_decode(mark_json, &mark_back, &err), 0);
	assert_int_equal(mark_back.id, 9);
	assert_string_equal(mark_back.hash, "ef");
	assert_int_equal(audit_stub_decode(empty, &stub_back, &err), -1);
	assert_int_equal(audit_mark_decode(empty, &mark_back, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_row_is_an_object),
		RUN(test_all_of_a_row_comes_back),
		RUN(test_what_is_missing_or_wrong_is_named),
		RUN(test_stubs_and_marks_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
