/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer_wire.h"

#include "json.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static const struct answer_form object_form = { .form = ACCEPT_OBJECT };
static const struct answer_form partial_form = { .form = ACCEPT_PARTIAL };
static const struct answer_form table_form = { .form = ACCEPT_TABLE,
					       .include = TABLE_NONE };

/* Two ConfigMaps as a list; the text is read back. */
static json_t *list_of(const struct answer_form *form,
		       const struct answer_metadata *metadata)
{
	CLEANUP(answer_list_release) struct answer_list list;
	struct err err;
	json_t *read;

	answer_list_begin(&list, form, kind_by_word("cm"), NOON);
	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *object =
			json_pack("{s:{s:s,s:s},s:{s:s}}", "metadata", "name",
				  i ? "b" : "a", "creationTimestamp",
				  "2026-11-24T11:59:00Z", "data", "k", "v");

		answer_list_add(&list, object);
	}
	answer_list_end(&list, metadata);
	assert_false(list.text.overflow);
	read = json_parse(list.text.base, list.text.len, &err);
	if (!read)
		fail_msg("%s: %s", err.message, list.text.base);
	return read;
}

static void test_a_list_is_whole_json(void **state)
{
	const struct answer_metadata metadata = { "7", NULL, -1 };
	AUTO_JSON json_t *list = list_of(&object_form, &metadata);

	(void)state;

	assert_json(list,
		    "{'kind':'ConfigMapList','apiVersion':'v1','items':["
		    "{'metadata':{'name':'a','creationTimestamp':"
		    "'2026-11-24T11:59:00Z'},'data':{'k':'v'}},{'metadata':"
		    "{'name':'b','creationTimestamp':'2026-11-24T11:59:00Z'},"
		    "'data':{'k':'v'}}],'metadata':{'resourceVersion':'7'}}");
}

static void test_a_page_says_how_to_go_on(void **state)
{
	const struct answer_metadata metadata = { "7", "token", 12 };
	const struct answer_metadata uncounted = { "7", "token", -1 };
	AUTO_JSON json_t *list = list_of(&partial_form, &metadata);
	AUTO_JSON json_t *other = list_of(&table_form, &uncounted);

	(void)state;

	assert_at(list, "kind", "'PartialObjectMetadataList'");
	assert_at(list, "items[0].kind", "'PartialObjectMetadata'");
	assert_at(list, "items[0].data", NULL);
	assert_at(list, "metadata",
		  "{'resourceVersion':'7','continue':'token',"
		  "'remainingItemCount':12}");
	assert_at(other, "metadata",
		  "{'resourceVersion':'7','continue':'token'}");
}

/* Row by row it is what it is as a whole. */
static void test_a_table_in_pieces_is_a_table(void **state)
{
	const struct answer_metadata metadata = { "7", NULL, -1 };
	AUTO_JSON json_t *pieces = list_of(&table_form, &metadata);
	AUTO_JSON json_t *items = json_of(
		"[{'metadata':{'name':'a','creationTimestamp':"
		"'2026-11-24T11:59:00Z'},'data':{'k':'v'}},{'metadata':"
		"{'name':'b','creationTimestamp':'2026-11-24T11:59:00Z'},"
		"'data':{'k':'v'}}]");
	AUTO_JSON json_t *whole =
		table_render(kind_by_word("cm"), items, TABLE_NONE, "7", NOON);

	(void)state;

	assert_true(json_equal(pieces, whole));
}

static void test_one_object_in_each_form(void **state)
{
	AUTO_JSON json_t *object = json_of("{'metadata':{'name':'a'},'x':1}");
	AUTO_JSON json_t *whole =
		answer_one(&object_form, kind_by_word("cm"), object, "7", NOON);
	AUTO_JSON json_t *partial = answer_one(
		&partial_form, kind_by_word("cm"), object, "7", NOON);
	AUTO_JSON json_t *table =
		answer_one(&table_form, kind_by_word("cm"), object, "7", NOON);

	(void)state;

	assert_true(json_equal(whole, object));
	assert_json(partial, "{'kind':'PartialObjectMetadata','apiVersion':"
			     "'meta.k8s.io/v1','metadata':{'name':'a'}}");
	assert_at(table, "kind", "'Table'");
	assert_at(table, "rows[0].cells[0]", "'a'");
}

/* Events are made once for each form: two forms are never one. */
static void test_forms_have_different_numbers(void **state)
{
	static const struct answer_form forms[] = {
		{ ACCEPT_OBJECT, TABLE_METADATA },
		{ ACCEPT_PARTIAL, TABLE_METADATA },
		{ ACCEPT_TABLE, TABLE_METADATA },
		{ ACCEPT_TABLE, TABLE_OBJECT },
		{ ACCEPT_TABLE, TABLE_NONE },
	};
	bool seen[ANSWER_N_FORMS] = { 0 };

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		unsigned index = answer_form_index(&forms[i]);

		assert_true(index < ANSWER_N_FORMS);
		assert_false(seen[index]);
		seen[index] = true;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_list_is_whole_json),
		RUN(test_a_page_says_how_to_go_on),
		RUN(test_a_table_in_pieces_is_a_table),
		RUN(test_one_object_in_each_form),
		RUN(test_forms_have_different_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
