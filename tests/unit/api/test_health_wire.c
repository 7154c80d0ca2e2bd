/* SPDX-License-Identifier: Apache-2.0 */
#include "api/health_wire.h"

#include "base/str.h"
#include "test.h"

static void assert_page(const struct health_check *checks, size_t n,
			bool verbose, bool good, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);

	assert_int_equal(health_render(checks, n, "readyz", verbose, &out),
			 good);
	assert_string_equal(out.base, expected);
}

static void test_all_good_is_ok(void **state)
{
	const struct health_check checks[] = { { .name = "store" },
					       { .name = "disk" } };

	(void)state;
	assert_page(checks, 2, false, true, "ok");
	assert_page(checks, 2, true, true,
		    "[+]store ok\n[+]disk ok\nreadyz check passed\n");
	assert_page(NULL, 0, false, true, "ok");
}

static void test_one_that_failed_says_why_unasked(void **state)
{
	struct health_check checks[] = { { .name = "store" },
					 { .name = "disk" } };

	(void)state;
	err_set(&checks[1].err, ERR_NO_SPACE, "3 MiB free");
	assert_page(checks, 2, false, false,
		    "[+]store ok\n[-]disk failed: 3 MiB free\n"
		    "readyz check failed\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_all_good_is_ok),
		RUN(test_one_that_failed_says_why_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
