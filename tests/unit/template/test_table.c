/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of cases that the tests beside this one hold in parts, looked at
 * as a whole: how many there are, and that no function goes without.
 */
#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "template/func.h"
#include "test.h"

#define MAX_TABLE   (4 * 1024 * 1024)
#define LEAST_CASES 300

/* All tests' text in one. */
static void read_table(struct buf *out)
{
	AUTO_FREE char *pattern = xasprintf("%s/tests/unit/template/test_*.c",
					    getenv("SOURCE_DIR"));
	glob_t found;
	struct err err;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!str_ends(found.gl_pathv[i], "/test_table.c") &&
		    file_read(found.gl_pathv[i], out, &err))
			fail_msg("%s", err.message);
	globfree(&found);
	assert_false(out->overflow);
}

/* Whether a case begins with this line, and one that gives a text. */
static bool begins(const char *line, bool *gives)
{
	static const char *const kinds[] = { "GIVES(", "OURS(", "FAILS(",
					     "REFUSED(" };

	if (*line != '\t')
		return false;
	line += strspn(line, "\t");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		*gives = i < 2;
		if (str_starts(line, kinds[i]))
			return true;
	}
	return false;
}

static const char *next_line(const char *at)
{
	at = strchr(at, '\n');
	return at ? at + 1 : NULL;
}

/* The next case from a line on, and where it ends: before the one after it. */
static const char *next_case(const char *at, const char **end, bool *gives)
{
	const char *first;
	bool ignored;

	while (at && !begins(at, gives))
		at = next_line(at);
	first = at;
	do {
		at = at ? next_line(at) : NULL;
	} while (at && !begins(at, &ignored));
	*end = at ? at : first ? first + strlen(first) : NULL;
	return first;
}

/* As a word of an action, and no member, variable or text. */
static bool calls(const char *from, const char *to, const char *name)
{
	size_t len = strlen(name);
	bool inside = false;

	for (const char *at = from; at + len <= to; at++) {
		char before = at > from ? at[-1] : ' ';

		if (str_starts(at, "{{") || str_starts(at, "}}"))
			inside = *at == '{';
		if (inside && strncmp(at, name, len) == 0 &&
		    !isalnum((unsigned char)before) &&
		    !strchr("._$\"`", before) &&
		    !isalnum((unsigned char)at[len]) && at[len] != '_')
			return true;
	}
	return false;
}

static bool has_case(const char *table, const struct func *func)
{
	const char *end;
	bool gives;

	for (const char *at = next_case(table, &end, &gives); at;
	     at = next_case(end, &end, &gives))
		/* What it is for is to fail. */
		if ((gives || str_eq(func->name, "fail")) &&
		    calls(at, end, func->name))
			return true;
	return false;
}

static void test_there_are_enough_cases(void **state)
{
	CLEANUP(buf_release) struct buf table = BUF_INIT(MAX_TABLE);
	size_t n_gives = 0;
	size_t n_fails = 0;
	const char *end;
	bool gives;

	(void)state;
	read_table(&table);

	for (const char *at = next_case(table.base, &end, &gives); at;
	     at = next_case(end, &end, &gives))
		*(gives ? &n_gives : &n_fails) += 1;

	print_message("%zu cases: %zu with a text, %zu with an error\n",
		      n_gives + n_fails, n_gives, n_fails);
	assert_true(n_gives >= LEAST_CASES);
}

static void test_every_function_has_a_case(void **state)
{
	CLEANUP(buf_release) struct buf table = BUF_INIT(MAX_TABLE);
	const struct func *func;
	size_t n = 0;

	(void)state;
	read_table(&table);

	for (; (func = func_at(n)); n++)
		if (!has_case(table.base, func))
			fail_msg("no case calls %s", func->name);

	print_message("%zu functions\n", n);
	assert_true(n > 0);
}

static void test_a_function_is_found_by_its_place_and_its_name(void **state)
{
	const struct func *func;

	(void)state;

	for (size_t i = 0; (func = func_at(i)); i++)
		assert_ptr_equal(func_find(func->name), func);
	assert_null(func_find("nope"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_there_are_enough_cases),
		RUN(test_every_function_has_a_case),
		RUN(test_a_function_is_found_by_its_place_and_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
