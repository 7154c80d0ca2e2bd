/* SPDX-License-Identifier: Apache-2.0 */
#include "api/accept_plan.h"

#include "base/mem.h"
#include "test.h"

#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io"

static void test_the_first_form_that_we_have_is_taken(void **state)
{
	static const struct {
		const char *accept;
		enum accept_form form;
	} cases[] = {
		{ NULL, ACCEPT_OBJECT },
		{ "", ACCEPT_OBJECT },
		{ "*/*", ACCEPT_OBJECT },
		{ "application/json", ACCEPT_OBJECT },
		{ TABLE ", application/json", ACCEPT_TABLE },
		{ "application/json, " TABLE, ACCEPT_OBJECT },
		{ "application/vnd.kubernetes.protobuf;as=Table;v=v1;"
		  "g=meta.k8s.io," TABLE ",application/json",
		  ACCEPT_TABLE },
		{ "application/json ; as = \"Table\" ; g=meta.k8s.io",
		  ACCEPT_TABLE },
		{ "application/json;as=Table;g=other,application/json",
		  ACCEPT_OBJECT },
		{ "application/json;as=PartialObjectMetadataList;v=v1;"
		  "g=meta.k8s.io,application/json",
		  ACCEPT_PARTIAL },
		{ "application/json;as=PartialObjectMetadata;v=v1;"
		  "g=meta.k8s.io",
		  ACCEPT_PARTIAL },
		{ TABLE ";q=0, application/json", ACCEPT_OBJECT },
		{ ",,,;;;==", ACCEPT_OBJECT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(accept_form_of(cases[i].accept),
				 cases[i].form);
}

static void test_discovery_is_old_unless_it_is_asked_for(void **state)
{
	(void)state;
	assert_int_equal(accept_discovery_of(NULL), ACCEPT_LEGACY);
	assert_int_equal(accept_discovery_of("application/json"),
			 ACCEPT_LEGACY);
	assert_int_equal(accept_discovery_of(
				 "application/json;g=apidiscovery.k8s.io;v=v2;"
				 "as=APIGroupDiscoveryList,application/json;"
				 "g=apidiscovery.k8s.io;v=v2beta1;"
				 "as=APIGroupDiscoveryList,application/json"),
			 ACCEPT_V2);
	assert_int_equal(accept_discovery_of(
				 "application/json;g=apidiscovery.k8s.io;v=v3;"
				 "as=APIGroupDiscoveryList,application/json;"
				 "g=apidiscovery.k8s.io;v=v2beta1;"
				 "as=APIGroupDiscoveryList"),
			 ACCEPT_V2BETA1);
}

static void test_types_are_taken_in_the_order_of_the_client(void **state)
{
	static const char *const types[] = { "text/a", "text/b" };

	(void)state;
	assert_int_equal(accept_first("text/b, text/a", types, 2), 1);
	assert_int_equal(accept_first("text/c, TEXT/A", types, 2), 0);
	assert_int_equal(accept_first("text/b;q=0, */*", types, 2), 0);
	assert_int_equal(accept_first("text/c", types, 2), -1);
	assert_int_equal(accept_first(NULL, types, 2), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_form_that_we_have_is_taken),
		cmocka_unit_test(test_discovery_is_old_unless_it_is_asked_for),
		cmocka_unit_test(
			test_types_are_taken_in_the_order_of_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
