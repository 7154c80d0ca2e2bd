/* SPDX-License-Identifier: Apache-2.0 */
#include "api/metadata_plan.h"

#include "api/claim_plan.h"
#include "base/str.h"
#include "json.h"

static size_t n_wrong(const char *metadata)
{
	AUTO_FREE char *text = xasprintf("{'metadata':%s}", metadata);
	AUTO_JSON json_t *object = json_of(text);
	AUTO_JSON json_t *causes = json_array();

	metadata_check(object, causes);
	return json_array_size(causes);
}

static void test_labels_are_spelt_as_kubernetes_wants_it(void **state)
{
	(void)state;
	assert_int_equal(n_wrong("{'labels':{'rack':'a','tomte.dev/unit':''}}"),
			 0);
	assert_int_equal(n_wrong("{'labels':{'a b':'c'}}"), 1);
	assert_int_equal(n_wrong("{'labels':{'-a':'c','b-':'d'}}"), 2);
	assert_int_equal(n_wrong("{'labels':{'X/a':'c'}}"), 1);
	assert_int_equal(n_wrong("{'labels':{'x/a/b':'c'}}"), 1);
	assert_int_equal(n_wrong("{'labels':{'a':'-'}}"), 1);
	assert_int_equal(n_wrong("{'labels':{'a':'b c'}}"), 1);
	assert_int_equal(n_wrong("{'labels':{'a':'aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}"),
			 1);
	assert_int_equal(n_wrong("{'finalizers':['a/b','tomte.dev/run']}"), 0);
	assert_int_equal(n_wrong("{'finalizers':['a b']}"), 1);
	assert_int_equal(n_wrong("{'annotations':{'A/B':'any thing'}}"), 0);
	assert_int_equal(n_wrong("{'annotations':{'?':'x'}}"), 1);
}

static void test_annotations_are_bounded(void **state)
{
	AUTO_FREE char *big = xcalloc(1, 262146);
	AUTO_FREE char *text = NULL;

	(void)state;
	memset(big, 'x', 262143);
	text = xasprintf("{'annotations':{'a':'%s'}}", big);
	assert_int_equal(n_wrong(text), 0);
	free(text);
	big[262143] = 'x';
	text = xasprintf("{'annotations':{'a':'%s'}}", big);
	assert_int_equal(n_wrong(text), 1);
}

static int claim(const char *before, const char *after)
{
	AUTO_FREE char *old = xasprintf("{'metadata':{'labels':%s}}", before);
	AUTO_FREE char *new = xasprintf("{'metadata':{'labels':%s}}", after);
	AUTO_JSON json_t *a = json_of(old);
	AUTO_JSON json_t *b = json_of(new);
	struct err err = { 0 };

	return claim_check(a, b, &err) ? (int)err.code : 0;
}

#define NAME  "'v1alpha1.tinkerbell.org/ownerName'"
#define SPACE "'v1alpha1.tinkerbell.org/ownerNamespace'"

static void test_a_second_claim_is_a_conflict(void **state)
{
	const char *mine = "{" NAME ":'m1'," SPACE ":'capi'}";

	(void)state;
	assert_int_equal(claim("{}", mine), 0);
	assert_int_equal(claim(mine, mine), 0);
	assert_int_equal(claim(mine, "{}"), 0);
	assert_int_equal(claim(mine, "{" NAME ":'m2'," SPACE ":'capi'}"),
			 ERR_CONFLICT);
	assert_int_equal(claim(mine, "{" NAME ":'m1'," SPACE ":'other'}"),
			 ERR_CONFLICT);
	assert_int_equal(claim("{" NAME ":'m1'}", mine), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels_are_spelt_as_kubernetes_wants_it),
		cmocka_unit_test(test_annotations_are_bounded),
		cmocka_unit_test(test_a_second_claim_is_a_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
