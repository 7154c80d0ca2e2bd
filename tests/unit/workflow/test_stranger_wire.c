/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/stranger_wire.h"

#include <string.h>

#include "base/mem.h"
#include "test.h"

#define SIGNATURE                                                              \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_a_token_is_what_it_was_made_of(void **state)
{
	struct stranger_token token = { .mac = { { 0x52, 0x54, 0, 0, 0, 9 } },
					.until_s = 0x6927a3b1,
					.signature = SIGNATURE };
	struct stranger_token again;
	char text[STRANGER_TOKEN];
	char claim[STRANGER_CLAIM];

	(void)state;
	stranger_build(&token, text);
	stranger_claim(&token, claim);

	assert_string_equal(text, "unknown-525400000009-6927a3b1-" SIGNATURE);
	assert_string_equal(claim, "525400000009-6927a3b1");
	assert_true(stranger_parse(text, &again));
	assert_true(net_mac_eq(&again.mac, &token.mac));
	assert_int_equal(again.until_s, token.until_s);
	assert_string_equal(again.signature, SIGNATURE);
}

/* So that one that was revoked, or logged, is not another's as well. */
static void test_there_is_one_way_to_write_it(void **state)
{
	static const char *const bad[] = {
		"",
		"unknown-",
		"unknown-525400000009",
		"unknown-525400000009-",
		"unknown-525400000009-1",
		"unknown-52540000000-1-" SIGNATURE,
		"unknown-52540000000A-1-" SIGNATURE,
		"unknown-52:54:00:00:0-1-" SIGNATURE,
		"unknown-525400000009--" SIGNATURE,
		"unknown-525400000009-01-" SIGNATURE,
		"unknown-525400000009-A-" SIGNATURE,
		"unknown-525400000009--1-" SIGNATURE,
		"unknown-525400000009-+1-" SIGNATURE,
		"unknown-525400000009-ffffffffffffffff-" SIGNATURE,
		"unknown-525400000009-1-" SIGNATURE "0",
		"unknown-525400000009-1-" SIGNATURE " ",
		"Unknown-525400000009-1-" SIGNATURE,
		"known-525400000009-1-" SIGNATURE,
	};
	struct stranger_token token;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (stranger_parse(bad[i], &token))
			fail_msg("\"%s\" was taken", bad[i]);
	assert_true(
		stranger_parse("unknown-525400000009-1-" SIGNATURE, &token));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_is_what_it_was_made_of),
		cmocka_unit_test(test_there_is_one_way_to_write_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
