/* SPDX-License-Identifier: Apache-2.0 */
#include "api/token_ask_wire.h"
#include "unit/store/fixture.h"

static int decode(const char *spec, struct token_ask *ask, struct err *err)
{
	AUTO_FREE char *text = xasprintf("{'spec':%s}", spec);
	AUTO_JSON json_t *object = json_of(text);
	int status = token_ask_decode(object, "the-name", ask, err);

	ask->request = NULL; /* it lived in the object */
	return status;
}

static void test_a_role_is_enough(void **state)
{
	struct token_ask ask;
	struct err err;

	(void)state;
	assert_int_equal(decode("{'role':'viewer'}", &ask, &err), 0);

	assert_string_equal(ask.user, "the-name");
	assert_int_equal(ask.role, ACCESS_VIEWER);
	assert_string_equal(ask.namespaces, "");
	assert_false(ask.certificate);
	assert_int_equal(ask.seconds, TOKEN_ASK_YEAR);
}

static void test_all_of_it_is_taken(void **state)
{
	struct token_ask ask;
	struct err err;

	(void)state;
	assert_int_equal(decode("{'role':'operator','namespaces':['b','a'],"
				"'user':'Ada_L@x.org','type':'Certificate',"
				"'request':'PEM','expirationSeconds':60}",
				&ask, &err),
			 0);

	assert_string_equal(ask.user, "Ada_L@x.org");
	assert_int_equal(ask.role, ACCESS_OPERATOR);
	assert_string_equal(ask.namespaces, "b,a");
	assert_true(ask.certificate);
	assert_int_equal(ask.seconds, 60);
}

static void test_zero_seconds_are_for_ever(void **state)
{
	struct token_ask ask;
	struct err err;

	(void)state;
	assert_int_equal(
		decode("{'role':'admin','expirationSeconds':0}", &ask, &err),
		0);
	assert_int_equal(ask.seconds, 0);
}

static void test_what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *spec;
		const char *words;
	} rows[] = {
		{ "7", "spec: an object" },
		{ "{}", "spec.role: " },
		{ "{'role':'root'}", "spec.role: " },
		{ "{'role':'machine'}", "spec.role: " },
		{ "{'role':7}", "spec.role: " },
		{ "{'role':'admin','rôle':1}", "spec: there is no" },
		{ "{'role':'admin','user':'a b'}", "spec.user: " },
		{ "{'role':'admin','user':''}", "spec.user: " },
		{ "{'role':'admin','user':'local:root'}", "spec.user: " },
		{ "{'role':'admin','user':'machine:a/b'}", "spec.user: " },
		{ "{'role':'admin','user':'anonymous'}", "spec.user: " },
		{ "{'role':'admin','user':'tomte'}", "spec.user: " },
		{ "{'role':'admin','namespaces':[]}", "spec.namespaces: " },
		{ "{'role':'admin','namespaces':'a'}", "spec.namespaces: " },
		{ "{'role':'admin','namespaces':['a','a']}",
		  "spec.namespaces: " },
		{ "{'role':'admin','namespaces':['a,b']}",
		  "spec.namespaces: " },
		{ "{'role':'admin','namespaces':['']}", "spec.namespaces: " },
		{ "{'role':'admin','namespaces':[7]}", "spec.namespaces: " },
		{ "{'role':'admin','type':'Basic'}", "spec.type: " },
		{ "{'role':'admin','type':'Certificate'}", "spec.request: " },
		{ "{'role':'admin','request':'PEM'}", "spec.request: " },
		{ "{'role':'admin','expirationSeconds':-1}",
		  "spec.expirationSeconds: " },
		{ "{'role':'admin','expirationSeconds':'1'}",
		  "spec.expirationSeconds: " },
		{ "{'role':'admin','expirationSeconds':315360001}",
		  "spec.expirationSeconds: " },
		{ "{'role':'admin','type':'Certificate','request':'PEM',"
		  "'expirationSeconds':0}",
		  "spec.expirationSeconds: " },
	};
	struct token_ask ask;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!decode(rows[i].spec, &ask, &err))
			fail_msg("%s was taken", rows[i].spec);
		assert_int_equal(err.code, ERR_INVALID);
		if (strncmp(err.message, rows[i].words,
			    strlen(rows[i].words)) != 0)
			fail_msg("%s: \"%s\"", rows[i].spec, err.message);
	}
}

static void test_a_name_that_is_no_user_needs_one(void **state)
{
	AUTO_JSON json_t *object = json_of("{'spec':{'role':'viewer'}}");
	char name[100];
	struct token_ask ask;
	struct err err;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';

	assert_int_equal(token_ask_decode(object, name, &ask, &err), -1);
	name[64] = '\0';
	assert_int_equal(token_ask_decode(object, name, &ask, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_role_is_enough),
		RUN(test_all_of_it_is_taken),
		RUN(test_zero_seconds_are_for_ever),
		RUN(test_what_is_wrong_is_named),
		RUN(test_a_name_that_is_no_user_needs_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
