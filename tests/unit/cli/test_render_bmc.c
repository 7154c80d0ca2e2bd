/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_bmc.h"

#include "json.h"
#include "test.h"

static void assert_rendered(const char *answer, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(65536);
	AUTO_JSON json_t *object = json_of(answer);

	render_bmc(&out, object);
	assert_string_equal(out.base, expected);
}

static void test_values_stand_beside_their_names(void **state)
{
	(void)state;
	assert_rendered("{'power':'on','changed':true,'verified':false}",
			"power      on\n"
			"changed    yes\n"
			"verified   no\n");
}

static void test_lists_are_tables(void **state)
{
	(void)state;
	assert_rendered("{'sensors':[{'name':'CPU','value':41.5,'unit':'C',"
			"'health':'good'},{'name':'PS','text':'present'}]}",
			"NAME   VALUE   UNIT   HEALTH   TEXT\n"
			"CPU    41.5    C      good\n"
			"PS                             present\n");
	assert_rendered("{'most':6,'users':[{'id':2,'name':'admin',"
			"'privilege':4,'enabled':true}]}",
			"most   6\n"
			"\n"
			"ID   NAME    PRIVILEGE   ENABLED\n"
			"2    admin   admin       yes\n");
	assert_rendered("{'drives':[{'name':'d0','bytes':1099511627776}]}",
			"NAME   MODEL   SERIAL   PROTOCOL   MEDIA   BYTES"
			"     HEALTH\n"
			"d0                                         1.0 TiB\n");
}

static void test_an_empty_list_is_nothing(void **state)
{
	(void)state;
	assert_rendered("{'sensors':[]}", "");
	assert_rendered("{}", "");
}

static void test_what_a_bmc_says_does_not_steer_the_terminal(void **state)
{
	(void)state;
	assert_rendered("{'maker':'a\\u001b[2Jb'}", "maker   a?[2Jb\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_values_stand_beside_their_names),
		RUN(test_lists_are_tables),
		RUN(test_an_empty_list_is_nothing),
		RUN(test_what_a_bmc_says_does_not_steer_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
