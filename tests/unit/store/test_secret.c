/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"
#include "unit/store/fixture.h"

#define PLANTED        "hunter2-planted"
#define PLANTED_BASE64 "aHVudGVyMi1wbGFudGVk"

static void assert_value(struct fixture *f, const char *key,
			 const char *expected)
{
	CLEANUP(secret_release) struct buf value = BUF_INIT(100);

	assert_ok(f, secret_value(f->store, "default", "bmc", key, &value,
				  &f->err));
	assert_string_equal(value.base, expected);
}

static bool file_holds(const char *folder, const char *file, const char *bytes)
{
	AUTO_FREE char *path = xasprintf("%s/%s", folder, file);
	AUTO_FREE char *content = xmalloc(8 << 20);
	FILE *in = fopen(path, "rb");
	size_t len;

	if (!in)
		return false;
	len = fread(content, 1, 8 << 20, in);
	fclose(in);
	return memmem(content, len, bytes, strlen(bytes)) != NULL;
}

static void test_values_come_back_empty_and_open_with_the_key(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;
	CLEANUP(secret_release) struct buf value = BUF_INIT(100);

	assert_ok(f, create(f, "secret", "bmc",
			    "{'type':'Opaque','stringData':{'user':'root'},"
			    "'data':{'password':'" PLANTED_BASE64 "'}}"));
	object = get(f, "secret", "bmc");

	assert_text(object, "data.password", "");
	assert_text(object, "data.user", "");
	assert_text(object, "type", "Opaque");
	assert_null(json_at(object, "stringData"));
	assert_value(f, "password", PLANTED);
	assert_value(f, "user", "root");
	assert_fails(f, ERR_NOT_FOUND,
		     secret_value(f->store, "default", "bmc", "nope", &value,
				  &f->err));
	assert_fails(f, ERR_NOT_FOUND,
		     secret_value(f->store, "other", "bmc", "user", &value,
				  &f->err));
}

static void test_no_byte_of_a_value_is_in_the_files(void **state)
{
	static const char *const files[] = { "inventory.db",
					     "inventory.db-wal" };
	struct fixture *f = *state;

	assert_ok(f,
		  create(f, "secret", "bmc",
			 "{'metadata':{'annotations':{'note':'kept-" /* seen */
			 "note','kubectl.kubernetes.io/"
			 "last-applied-configuration':'" PLANTED
			 "'}},'stringData':{'password':'" PLANTED "'}}"));
	assert_ok(f, patch(f, "secret", "bmc",
			   "{'data':{'other':'" PLANTED_BASE64 "'}}"));
	assert_ok(f, store_commit(f->store, &f->err));

	assert_true(file_holds(f->folder, files[0], "kept-note") ||
		    file_holds(f->folder, files[1], "kept-note"));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		assert_false(file_holds(f->folder, files[i], PLANTED));
		assert_false(file_holds(f->folder, files[i], PLANTED_BASE64));
	}
	store_close(f->store); /* which writes the WAL into the file */
	f->store = NULL;
	assert_true(file_holds(f->folder, files[0], "kept-note"));
	assert_false(file_holds(f->folder, files[0], PLANTED));
	assert_false(file_holds(f->folder, files[0], PLANTED_BASE64));
}

static void test_what_was_got_can_be_applied_again(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("secret", "bmc");
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "secret", "bmc",
			    "{'stringData':{'a':'one','b':'two'}}"));
	object = get(f, "secret", "bmc");
	assert_ok(f, object_update(f->store, &key, object, OBJECT_MAIN, NULL,
				   &f->err));

	assert_value(f, "a", "one");
	assert_value(f, "b", "two");
	assert_int_equal(store_version(f->store), 1);
}

static void test_a_new_value_is_a_new_version(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "secret", "bmc", "{'stringData':{'a':'one'}}"));
	assert_ok(f, patch(f, "secret", "bmc", "{'stringData':{'a':'two'}}"));
	object = get(f, "secret", "bmc");

	assert_value(f, "a", "two");
	assert_text(object, "metadata.resourceVersion", "2");
}

static void test_a_value_that_is_null_or_absent_goes(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "secret", "bmc",
			    "{'stringData':{'a':'1','b':'2','c':'3'}}"));
	assert_ok(f, patch(f, "secret", "bmc", "{'data':{'a':null}}"));
	assert_ok(f, update(f, "secret", "bmc", "{'data':{'b':''}}"));
	object = get(f, "secret", "bmc");

	assert_int_equal(json_object_size(json_at(object, "data")), 1);
	assert_value(f, "b", "2");
}

static void test_line_breaks_in_base64_are_passed_over(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "secret", "bmc",
			    "{'data':{'a':'aHVudGVyMi1w\\nbGFudGVk\\n'}}"));

	assert_value(f, "a", PLANTED);
}

static void test_what_is_no_secret_is_refused_without_its_value(void **state)
{
	struct fixture *f = *state;

	assert_fails(
		f, ERR_INVALID,
		create(f, "secret", "bmc", "{'data':{'a':'" PLANTED "!'}}"));
	assert_null(strstr(f->err.message, PLANTED));
	assert_fails(f, ERR_INVALID,
		     create(f, "secret", "bmc",
			    "{'stringdata':{'a':'" PLANTED "'}}"));
	assert_null(strstr(f->err.message, PLANTED));
	assert_fails(f, ERR_INVALID,
		     create(f, "secret", "bmc", "{'data':{'a':7}}"));
	assert_fails(f, ERR_INVALID,
		     create(f, "secret", "bmc", "{'data':{'a b':'aa=='}}"));
	assert_fails(f, ERR_INVALID,
		     create(f, "secret", "bmc", "{'data':'x'}"));
}

static void test_no_change_tells_a_value(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("secret", "bmc");
	AUTO_JSON json_t *changes = NULL;
	AUTO_FREE char *text = NULL;

	assert_ok(f, create(f, "secret", "bmc",
			    "{'stringData':{'a':'" PLANTED "'}}"));
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	changes = change_since(f->store, key.kind, 0, 10, &f->err);
	text = json_text(changes);

	assert_int_equal(json_array_size(changes), 2);
	assert_null(strstr(text, PLANTED));
	assert_null(strstr(text, PLANTED_BASE64));
}

/* As kubectl apply sends it. */
#define APPLIED                                                                \
	"{'metadata':{'annotations':{'kubectl.kubernetes.io/"                  \
	"last-applied-configuration':'{\\'kind\\':\\'Secret\\',"               \
	"\\'stringData\\':{\\'a\\':\\'" PLANTED                                \
	"\\'}}\\n'}},'stringData':{'a':'" PLANTED "'}}"

static const char *applied_of(const json_t *object)
{
	return json_string_value(json_object_get(
		json_at(object, "metadata.annotations"),
		"kubectl.kubernetes.io/last-applied-configuration"));
}

static void test_what_was_applied_is_kept_without_its_values(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "secret", "bmc", APPLIED));
	object = get(f, "secret", "bmc");
	assert_string_equal(applied_of(object),
			    "{\"kind\":\"Secret\",\"stringData\":{\"a\":"
			    "\"\"}}\n");

	assert_ok(f, update(f, "secret", "bmc", APPLIED));
	assert_int_equal(store_version(f->store), 1); /* applied once more */
}

static void test_who_may_see_values_is_shown_them(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;
	AUTO_JSON json_t *shown = NULL;

	assert_ok(f, create(f, "secret", "bmc", APPLIED));
	object = get(f, "secret", "bmc");
	shown = secret_shown(f->store, object, &f->err);

	assert_text(shown, "data.a", PLANTED_BASE64);
	assert_string_equal(
		applied_of(shown),
		"{\"kind\":\"Secret\",\"stringData\":{\"a\":\"" PLANTED
		"\"}}\n");
	assert_text(object, "data.a", ""); /* a copy was filled */
}

static void test_what_was_shown_can_be_applied_again(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("secret", "bmc");
	AUTO_JSON json_t *object = NULL;
	AUTO_JSON json_t *shown = NULL;

	assert_ok(f, create(f, "secret", "bmc", APPLIED));
	object = get(f, "secret", "bmc");
	shown = secret_shown(f->store, object, &f->err);
	assert_ok(f, object_update(f->store, &key, shown, OBJECT_MAIN, NULL,
				   &f->err));

	assert_value(f, "a", PLANTED);
	assert_int_equal(store_version(f->store), 1);
}

static void test_a_secret_of_the_past_stays_empty(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("secret", "bmc");
	AUTO_JSON json_t *object = NULL;
	AUTO_JSON json_t *gone = NULL;
	AUTO_JSON json_t *other = NULL;
	AUTO_JSON json_t *fewer = NULL;

	assert_ok(f, create(f, "secret", "bmc",
			    "{'stringData':{'a':'1','b':'2'}}"));
	object = get(f, "secret", "bmc");
	assert_ok(f, patch(f, "secret", "bmc", "{'data':{'b':null}}"));
	fewer = secret_shown(f->store, object, &f->err);
	assert_text(fewer, "data.a", "MQ==");
	assert_text(fewer, "data.b", "");

	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	gone = secret_shown(f->store, object, &f->err);
	assert_text(gone, "data.a", "");
	assert_ok(f, create(f, "secret", "bmc", "{'stringData':{'a':'3'}}"));
	other = secret_shown(f->store, object, &f->err);
	assert_text(other, "data.a", "");
}

static void test_values_that_cannot_be_opened_are_an_error(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "secret", "bmc", "{'stringData':{'a':'1'}}"));
	object = get(f, "secret", "bmc");
	f->store->key.bytes[0] ^= 1;

	assert_null(secret_shown(f->store, object, &f->err));
	assert_int_equal(f->err.code, ERR_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(
			test_values_come_back_empty_and_open_with_the_key),
		RUN_WITH_STORE(test_no_byte_of_a_value_is_in_the_files),
		RUN_WITH_STORE(test_what_was_got_can_be_applied_again),
		RUN_WITH_STORE(test_a_new_value_is_a_new_version),
		RUN_WITH_STORE(test_a_value_that_is_null_or_absent_goes),
		RUN_WITH_STORE(test_line_breaks_in_base64_are_passed_over),
		RUN_WITH_STORE(
			test_what_is_no_secret_is_refused_without_its_value),
		RUN_WITH_STORE(test_no_change_tells_a_value),
		RUN_WITH_STORE(
			test_what_was_applied_is_kept_without_its_values),
		RUN_WITH_STORE(test_who_may_see_values_is_shown_them),
		RUN_WITH_STORE(test_what_was_shown_can_be_applied_again),
		RUN_WITH_STORE(test_a_secret_of_the_past_stays_empty),
		RUN_WITH_STORE(test_values_that_cannot_be_opened_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
