/* SPDX-License-Identifier: Apache-2.0 */
#include "api/status_wire.h"

#include "base/str.h"
#include "json.h"
#include "test.h"

static json_t *failure(enum err_code code, const char *message,
		       const char *kind, const char *name)
{
	struct err err;

	err_set(&err, code, "%s", message);
	return status_failure(&err, status_code(&err),
			      kind ? kind_by_word(kind) : NULL, name);
}

static void test_every_error_has_its_status(void **state)
{
	static const struct {
		enum err_code code;
		int status;
		const char *reason;
	} cases[] = {
		{ ERR_PROTOCOL, 400, "'BadRequest'" },
		{ ERR_AUTH, 401, "'Unauthorized'" },
		{ ERR_DENIED, 403, "'Forbidden'" },
		{ ERR_NOT_FOUND, 404, "'NotFound'" },
		{ ERR_UNSUPPORTED, 405, "'MethodNotAllowed'" },
		{ ERR_EXISTS, 409, "'AlreadyExists'" },
		{ ERR_CONFLICT, 409, "'Conflict'" },
		{ ERR_GONE, 410, "'Expired'" },
		{ ERR_TOO_BIG, 413, "'RequestEntityTooLarge'" },
		{ ERR_INVALID, 422, "'Invalid'" },
		{ ERR_MISMATCH, 422, "'Invalid'" },
		{ ERR_BUSY, 429, "'TooManyRequests'" },
		{ ERR_UNREACHABLE, 503, "'ServiceUnavailable'" },
		{ ERR_NO_SPACE, 503, "'ServiceUnavailable'" },
		{ ERR_TIMEOUT, 504, "'Timeout'" },
		{ ERR_IO, 500, "'InternalError'" },
		{ ERR_OUTCOME, 500, "'InternalError'" },
		{ ERR_CANCELLED, 500, "'InternalError'" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = cases[i].code };
		AUTO_JSON json_t *status =
			failure(cases[i].code, "x", NULL, NULL);

		assert_int_equal(status_code(&err), cases[i].status);
		assert_at(status, "reason", cases[i].reason);
		assert_int_equal(json_int_at(status, "code", 0),
				 cases[i].status);
	}
}

static void test_a_failure_without_an_object(void **state)
{
	AUTO_JSON json_t *status = failure(
		ERR_PROTOCOL, "one YAML document is expected", NULL, NULL);

	(void)state;

	assert_json(status, "{'kind':'Status','apiVersion':'v1','metadata':{},"
			    "'status':'Failure',"
			    "'message':'one YAML document is expected',"
			    "'reason':'BadRequest','code':400}");
}

static void test_a_status_that_was_set_gives_the_reason(void **state)
{
	struct err err = { .code = ERR_UNSUPPORTED };
	AUTO_JSON json_t *status = status_failure(&err, 415, NULL, "");

	(void)state;

	assert_at(status, "reason", "'UnsupportedMediaType'");
	assert_at(status, "code", "415");
}

static void test_the_messages_that_people_know_by_heart(void **state)
{
	AUTO_JSON json_t *missing = failure(ERR_NOT_FOUND, "x", "hw", "m1");
	AUTO_JSON json_t *there = failure(ERR_EXISTS, "x", "secret", "bmc");
	AUTO_JSON json_t *other =
		failure(ERR_CONFLICT, "the version is another", "hw", "m1");

	(void)state;

	assert_at(missing, "message",
		  "'hardware.tinkerbell.org \\'m1\\' not found'");
	assert_at(missing, "details",
		  "{'name':'m1','group':'tinkerbell.org','kind':'hardware'}");
	assert_at(there, "message", "'secrets \\'bmc\\' already exists'");
	assert_at(there, "details", "{'name':'bmc','kind':'secrets'}");
	assert_at(other, "message", "'the version is another'");
}

static void test_a_collection_has_no_name(void **state)
{
	AUTO_JSON json_t *status =
		failure(ERR_NOT_FOUND, "no such thing", "hw", "");

	(void)state;

	assert_at(status, "message", "'no such thing'");
	assert_at(status, "details",
		  "{'group':'tinkerbell.org','kind':'hardware'}");
}

static void test_an_invalid_object_names_the_field(void **state)
{
	AUTO_JSON json_t *status = failure(
		ERR_INVALID, "spec.disks[0].device: refused: not a path", "hw",
		"m1");

	(void)state;

	assert_at(status, "message",
		  "'Hardware.tinkerbell.org \\'m1\\' is invalid: "
		  "spec.disks[0].device: refused: not a path'");
	assert_at(status, "details.causes",
		  "[{'reason':'FieldValueInvalid',"
		  "'message':'refused: not a path',"
		  "'field':'spec.disks[0].device'}]");
}

static void test_many_causes_are_all_in_the_message(void **state)
{
	AUTO_JSON json_t *causes = json_of(
		"[{'reason':'FieldValueRequired','message':'Required value',"
		"'field':'spec.a'},{'reason':'FieldValueInvalid',"
		"'message':'Invalid value: 1','field':'spec.b'}]");
	struct err err;
	AUTO_JSON json_t *status = NULL;

	(void)state;

	err_set(&err, ERR_INVALID, "spec.a: Required value");
	status = status_with_causes(&err, 422, kind_by_word("cm"), "c", causes);

	assert_at(status, "message",
		  "'ConfigMap \\'c\\' is invalid: [spec.a: Required value, "
		  "spec.b: Invalid value: 1]'");
	assert_true(json_equal(json_at(status, "details.causes"), causes));
	assert_at(status, "details.kind", "'ConfigMap'");
}

static void test_a_request_that_was_not_read_has_a_status_too(void **state)
{
	AUTO_JSON json_t *status = status_refusal(413, "the body is too big");

	(void)state;

	assert_json(status, "{'kind':'Status','apiVersion':'v1','metadata':{},"
			    "'status':'Failure','message':"
			    "'the body is too big','reason':"
			    "'RequestEntityTooLarge','code':413}");
}

static void test_a_message_without_a_field_is_of_the_object(void **state)
{
	static const char *const messages[] = { "the MAC is taken: by m2",
						"no colon at all", ":x", "a:b",
						"" };

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		AUTO_JSON json_t *status =
			failure(ERR_INVALID, messages[i], "hw", "m1");
		const char *text =
			json_str_at(status, "details.causes[0].message");

		assert_at(status, "details.causes[0].field", "'object'");
		assert_non_null(text);
		assert_string_equal(text, messages[i]);
	}
}

/* Error texts are cut at a byte, which need not end a character. */
static void test_a_message_that_is_no_utf8_is_still_a_status(void **state)
{
	AUTO_JSON json_t *plain = failure(ERR_PROTOCOL, "cut \xc3", NULL, NULL);
	AUTO_JSON json_t *invalid =
		failure(ERR_INVALID, "cut \xc3", "hw", "m1");
	AUTO_JSON json_t *field = failure(ERR_INVALID, "x\xc3: y", "hw", "m1");
	AUTO_FREE char *text = json_text(invalid);

	(void)state;

	assert_at(plain, "message", "'error'");
	assert_at(plain, "code", "400");
	assert_at(invalid, "details.causes[0].message", "'invalid'");
	assert_at(field, "details.causes[0].field", "'object'");
	assert_non_null(text);
}

static void test_a_deleted_object_is_a_success(void **state)
{
	AUTO_JSON json_t *one =
		status_deleted(kind_by_word("hw"), "m1", "0-1-2");
	AUTO_JSON json_t *all =
		status_deleted(kind_by_word("secret"), NULL, NULL);

	(void)state;

	assert_json(one, "{'kind':'Status','apiVersion':'v1','metadata':{},"
			 "'status':'Success','details':{'name':'m1',"
			 "'group':'tinkerbell.org','kind':'hardware',"
			 "'uid':'0-1-2'}}");
	assert_json(all, "{'kind':'Status','apiVersion':'v1','metadata':{},"
			 "'status':'Success','details':{'kind':'secrets'}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_every_error_has_its_status),
		RUN(test_a_failure_without_an_object),
		RUN(test_a_status_that_was_set_gives_the_reason),
		RUN(test_the_messages_that_people_know_by_heart),
		RUN(test_a_collection_has_no_name),
		RUN(test_an_invalid_object_names_the_field),
		RUN(test_many_causes_are_all_in_the_message),
		RUN(test_a_request_that_was_not_read_has_a_status_too),
		RUN(test_a_message_without_a_field_is_of_the_object),
		RUN(test_a_message_that_is_no_utf8_is_still_a_status),
		RUN(test_a_deleted_object_is_a_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
