/* SPDX-License-Identifier: Apache-2.0 */
#include "base/resolve.h"

#include <stdlib.h>

#include "base/str.h"
#include "test.h"

struct outcome {
	struct resolver *resolver;
	unsigned n;
	char address[RESOLVE_TEXT];
	struct err err;
};

static void on_address(void *arg, const char *address, const struct err *err)
{
	struct outcome *outcome = arg;

	outcome->n++;
	assert_true(!address == (err != NULL));
	if (err)
		outcome->err = *err;
	str_copy(outcome->address, sizeof(outcome->address),
		 address ? address : "");
}

static void on_first(void *arg, const char *address, const struct err *err)
{
	struct outcome *outcome = arg;

	on_address(arg, address, err);
	if (outcome->n == 1)
		resolver_find(outcome->resolver, "localhost", on_first,
			      outcome);
}

static void turn(struct loop *loop, const struct outcome *outcome, unsigned n)
{
	mono_ms end = clock_mono() + 20000;

	while (outcome->n < n && clock_mono() < end)
		loop_turn(loop, 100);
	assert_int_equal(outcome->n, n);
}

static void test_a_name_has_an_address(void **state)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .resolver = resolver_new(loop) };

	(void)state;
	resolver_find(outcome.resolver, "localhost", on_address, &outcome);
	assert_int_equal(outcome.n, 0);
	turn(loop, &outcome, 1);

	assert_true(str_eq(outcome.address, "127.0.0.1") ||
		    str_eq(outcome.address, "::1"));
	resolver_free(outcome.resolver);
	loop_free(loop);
}

static void test_no_name_is_said(void **state)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .resolver = resolver_new(loop) };

	(void)state;
	resolver_find(outcome.resolver, "no..name", on_address, &outcome);
	turn(loop, &outcome, 1);

	assert_int_equal(outcome.err.code, ERR_UNREACHABLE);
	assert_string_equal(outcome.err.message,
			    "no..name: the name has no address");
	resolver_free(outcome.resolver);
	loop_free(loop);
}

static void test_many_wait_their_turn(void **state)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .resolver = resolver_new(loop) };

	(void)state;
	for (int i = 0; i < 20; i++)
		resolver_find(outcome.resolver, "localhost", on_address,
			      &outcome);
	turn(loop, &outcome, 20);
	resolver_free(outcome.resolver);
	loop_free(loop);
}

static void test_a_callback_may_ask_again(void **state)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .resolver = resolver_new(loop) };

	(void)state;
	resolver_find(outcome.resolver, "localhost", on_first, &outcome);
	turn(loop, &outcome, 2);
	resolver_free(outcome.resolver);
	loop_free(loop);
}

static void test_what_is_cancelled_calls_nobody(void **state)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .resolver = resolver_new(loop) };
	struct resolve *calls[8];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		calls[i] = resolver_find(outcome.resolver, "localhost",
					 on_address, &outcome);
	resolve_cancel(calls[7]);
	loop_turn(loop, 1);
	resolve_cancel(calls[0]);
	turn(loop, &outcome, 6);
	/* What is left goes with the resolver. */
	resolver_find(outcome.resolver, "localhost", on_address, &outcome);
	resolver_free(outcome.resolver);
	loop_turn(loop, 50);
	assert_int_equal(outcome.n, 6);
	loop_free(loop);
}

/* No getent in PATH. */
static void test_what_cannot_be_run_is_said(void **state)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .resolver = resolver_new(loop) };
	AUTO_FREE char *path = xstrdup(getenv("PATH"));

	(void)state;
	setenv("PATH", "/nowhere", 1);
	resolver_find(outcome.resolver, "localhost", on_address, &outcome);
	resolver_find(outcome.resolver, "localhost", on_address, &outcome);
	turn(loop, &outcome, 2);
	setenv("PATH", path, 1);

	assert_int_not_equal(outcome.err.code, ERR_NONE);
	resolver_free(outcome.resolver);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_name_has_an_address),
		RUN(test_no_name_is_said),
		RUN(test_many_wait_their_turn),
		RUN(test_a_callback_may_ask_again),
		RUN(test_what_is_cancelled_calls_nobody),
		RUN(test_what_cannot_be_run_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
