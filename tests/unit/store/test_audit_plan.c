/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_plan.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

/* Computed by another program from the description of the form. */
#define FIRST "77b6181f286f64817129e15af896ac6946d9be82ab4e33eaa4cdb593100f92b7"
#define SECOND                                                                 \
	"727bd10447ee5465b7970b6c580effc51ffe0c602a96df179b8f75d2abfd3fef"
#define SEAL "2089ae71c957267ec148200c0fa102e5062251db0c8f969e3ca47bdb4cb879d9"

#define N 5

static struct audit_record first_row(void)
{
	struct audit_record record = {
		.id = 1,
		.at = NOON,
		.user = "ada",
		.role = "operator",
		.source = "10.0.0.9",
		.verb = "create",
		.group = "tinkerbell.org",
		.resource = "hardware",
		.namespace = "default",
		.name = "m1",
		.decision = AUDIT_ALLOW,
		.status = 201,
	};

	memset(record.digest, 'a', 64);
	for (size_t i = 1; i < 64; i += 2)
		record.digest[i] = 'b';
	return record;
}

/* Rows 1 to N, each behind the other; begun after row `before`. */
static void make_rows(struct audit_record rows[N])
{
	const char *previous = "";

	for (int i = 0; i < N; i++) {
		rows[i] = first_row();
		rows[i].id = i + 1;
		rows[i].at += i;
		audit_hash(&rows[i], previous, rows[i].hash);
		previous = rows[i].hash;
	}
}

static int take_all(struct audit_chain *chain, const struct audit_record *rows,
		    size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (audit_chain_take(chain, &rows[i], err))
			return -1;
	return audit_chain_end(chain, err);
}

static int check(const struct audit_record *rows, size_t n, struct err *err)
{
	struct audit_chain chain;

	assert_int_equal(audit_chain_begin(&chain, NULL, 0, err), 0);
	return take_all(&chain, rows, n, err);
}

static void assert_says(const struct err *err, const char *words)
{
	assert_int_equal(err->code, ERR_MISMATCH);
	if (!strstr(err->message, words))
		fail_msg("\"%s\" does not say \"%s\"", err->message, words);
}

static struct audit_stub make_stub(const struct audit_record *rows, int up_to)
{
	struct audit_stub stub = { .up_to = up_to,
				   .rows = up_to,
				   .first_at = NOON,
				   .last_at = NOON + up_to - 1,
				   .at = NOON + 100,
				   .user = "root" };

	str_copy(stub.hash, sizeof(stub.hash), rows[up_to - 1].hash);
	audit_seal(&stub, "", stub.seal);
	return stub;
}

static void test_a_hash_is_what_its_form_says(void **state)
{
	struct audit_record record = first_row();
	struct audit_stub stub = { .up_to = 2,
				   .hash = SECOND,
				   .rows = 2,
				   .first_at = NOON,
				   .last_at = NOON + 1,
				   .at = NOON + 2,
				   .user = "root" };
	char hash[SECRET_DIGEST_TEXT];

	(void)state;
	audit_hash(&record, "", hash);
	assert_string_equal(hash, FIRST);

	record = (struct audit_record){ .id = 2,
					.at = NOON + 1,
					.user = "anonymous",
					.source = "10.0.0.9",
					.verb = "get",
					.name = "/apis",
					.decision = AUDIT_DENY,
					.status = 401,
					.dry = true };
	audit_hash(&record, FIRST, hash);
	assert_string_equal(hash, SECOND);
	audit_seal(&stub, "", hash);
	assert_string_equal(hash, SEAL);
}

static void test_no_two_rows_are_the_same_bytes(void **state)
{
	struct audit_record a = { .user = "a", .role = "b" };
	struct audit_record b = { .user = "a,1:b", .role = "" };
	char hash_a[SECRET_DIGEST_TEXT];
	char hash_b[SECRET_DIGEST_TEXT];

	(void)state;
	audit_hash(&a, "", hash_a);
	audit_hash(&b, "", hash_b);

	assert_string_not_equal(hash_a, hash_b);
}

static void test_a_whole_chain_fits(void **state)
{
	struct audit_record rows[N];
	struct err err;

	(void)state;
	make_rows(rows);

	assert_int_equal(check(rows, N, &err), 0);
	assert_int_equal(check(rows, 0, &err), 0);
}

static void test_the_first_row_that_was_changed_is_named(void **state)
{
	struct audit_record rows[N];
	struct err err;

	(void)state;
	make_rows(rows);
	str_copy(rows[2].user, sizeof(rows[2].user), "eve");
	assert_int_equal(check(rows, N, &err), -1);
	assert_says(&err, "row 3 does not fit");

	/* With its own hash made right it is the next that tells. */
	audit_hash(&rows[2], rows[1].hash, rows[2].hash);
	assert_int_equal(check(rows, N, &err), -1);
	assert_says(&err, "row 4 does not fit");
}

static void test_each_column_is_under_the_hash(void **state)
{
	struct audit_record row = first_row();
	char hash[SECRET_DIGEST_TEXT];
	struct audit_record others[13];

	(void)state;
	audit_hash(&row, "", hash);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		others[i] = row;
	others[0].id++;
	others[1].at++;
	others[2].user[0] = 'x';
	others[3].role[0] = 'x';
	others[4].source[0] = 'x';
	others[5].verb[0] = 'x';
	others[6].group[0] = 'x';
	others[7].resource[0] = 'x';
	others[8].namespace[0] = 'x';
	others[9].name[0] = 'x';
	others[10].decision = AUDIT_FORBID;
	others[11].status++;
	others[12].dry = true;

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		char other[SECRET_DIGEST_TEXT];

		audit_hash(&others[i], "", other);
		assert_string_not_equal(hash, other);
	}
	row.digest[0] = 'x';
	audit_hash(&row, "", others[0].hash);
	assert_string_not_equal(hash, others[0].hash);
}

static void test_a_row_that_is_missing_is_named(void **state)
{
	struct audit_record rows[N];
	struct err err;

	(void)state;
	make_rows(rows);
	memmove(&rows[1], &rows[2], 3 * sizeof(rows[0]));

	assert_int_equal(check(rows, N - 1, &err), -1);
	assert_says(&err, "row 2 is missing");
}

static void test_a_row_twice_is_named(void **state)
{
	struct audit_record rows[N];
	struct err err;

	(void)state;
	make_rows(rows);
	rows[2] = rows[1];

	assert_int_equal(check(rows, N, &err), -1);
	assert_says(&err, "row 2 comes behind row 2");
}

static void test_an_end_that_was_cut_off_is_missed_by_who_noted_it(void **state)
{
	struct audit_record rows[N];
	struct audit_mark noted = { .id = N };
	struct audit_chain chain;
	struct err err;

	(void)state;
	make_rows(rows);
	str_copy(noted.hash, sizeof(noted.hash), rows[N - 1].hash);

	for (size_t n = 0; n <= N; n++) {
		assert_int_equal(audit_chain_begin(&chain, NULL, 0, &err), 0);
		audit_chain_expect(&chain, &noted);
		assert_int_equal(take_all(&chain, rows, n, &err),
				 n == N ? 0 : -1);
		if (n == 3)
			assert_says(&err, "row 4 is missing");
	}
}

static void test_a_chain_that_was_made_anew_is_not_the_one_noted(void **state)
{
	struct audit_record rows[N];
	struct audit_mark noted = { .id = 3 };
	struct audit_chain chain;
	struct err err;

	(void)state;
	make_rows(rows);
	str_copy(noted.hash, sizeof(noted.hash), rows[2].hash);
	rows[0].user[0] = 'x';
	audit_hash(&rows[0], "", rows[0].hash);
	for (int i = 1; i < N; i++)
		audit_hash(&rows[i], rows[i - 1].hash, rows[i].hash);

	assert_int_equal(check(rows, N, &err), 0);
	assert_int_equal(audit_chain_begin(&chain, NULL, 0, &err), 0);
	audit_chain_expect(&chain, &noted);
	assert_int_equal(take_all(&chain, rows, N, &err), -1);
	assert_says(&err, "row 3 is not the one that was noted");
}

static void test_a_stub_stands_for_what_was_pruned(void **state)
{
	struct audit_record rows[N];
	struct audit_stub stub;
	struct audit_chain chain;
	struct err err;

	(void)state;
	make_rows(rows);
	stub = make_stub(rows, 2);
	/* The row of the pruning itself. */
	str_copy(rows[4].resource, sizeof(rows[4].resource), AUDIT_RESOURCE);
	str_copy(rows[4].digest, sizeof(rows[4].digest), stub.seal);
	audit_hash(&rows[4], rows[3].hash, rows[4].hash);

	assert_int_equal(audit_chain_begin(&chain, &stub, 1, &err), 0);
	assert_int_equal(take_all(&chain, rows + 2, 3, &err), 0);
	assert_int_equal(chain.n_rows, 3);
	assert_int_equal(chain.last.id, 5);

	assert_int_equal(audit_chain_begin(&chain, &stub, 1, &err), 0);
	assert_int_equal(take_all(&chain, rows + 2, 2, &err), -1);
	assert_says(&err, "no row tells who pruned them");
}

static void test_a_stub_that_does_not_fit_is_named(void **state)
{
	struct audit_record rows[N];
	struct audit_stub stub;
	struct audit_chain chain;
	struct err err;

	(void)state;
	make_rows(rows);
	stub = make_stub(rows, 2);
	stub.user[0] = 'x';
	assert_int_equal(audit_chain_begin(&chain, &stub, 1, &err), -1);
	assert_says(&err, "rows up to 2 that were pruned");

	/* Of other rows: the first that is left does not fit it. */
	stub = make_stub(rows, 2);
	str_copy(stub.hash, sizeof(stub.hash), rows[0].hash);
	audit_seal(&stub, "", stub.seal);
	assert_int_equal(audit_chain_begin(&chain, &stub, 1, &err), 0);
	assert_int_equal(take_all(&chain, rows + 2, 3, &err), -1);
	assert_says(&err, "row 3 does not fit");
}

static void test_stubs_are_a_chain_of_their_own(void **state)
{
	struct audit_record rows[N];
	struct audit_stub stubs[2];
	struct audit_chain chain;
	struct err err;

	(void)state;
	make_rows(rows);
	stubs[0] = make_stub(rows, 1);
	stubs[1] = make_stub(rows, 3);
	assert_int_equal(audit_chain_begin(&chain, stubs, 2, &err), -1);
	assert_says(&err, "rows up to 3 that were pruned");

	audit_seal(&stubs[1], stubs[0].seal, stubs[1].seal);
	assert_int_equal(audit_chain_begin(&chain, stubs, 2, &err), 0);
	assert_int_equal(chain.last.id, 3);
}

static void test_a_row_that_tells_of_a_loss_does_not_fit(void **state)
{
	struct audit_record rows[N];
	struct err err;

	(void)state;
	make_rows(rows);
	str_copy(rows[4].resource, sizeof(rows[4].resource), AUDIT_RESOURCE);
	str_copy(rows[4].verb, sizeof(rows[4].verb), AUDIT_LOST_VERB);
	str_copy(rows[4].name, sizeof(rows[4].name), "9");
	audit_hash(&rows[4], rows[3].hash, rows[4].hash);

	assert_int_equal(check(rows, N, &err), -1);
	assert_says(&err, "row 5 tells that rows up to 9 had gone");
}

static void test_a_mark_is_a_number_and_a_hash(void **state)
{
	static const char *const wrong[] = {
		"",
		"1",
		"1 ",
		"1 abc",
		"x " FIRST,
		"-1 " FIRST,
		"1 " FIRST "0",
		"99999999999999999999999 " FIRST,
		" 1 " FIRST,
	};
	struct audit_mark mark;

	(void)state;
	assert_true(
		audit_mark_parse("00000000000000000017 " FIRST "\n", &mark));
	assert_int_equal(mark.id, 17);
	assert_string_equal(mark.hash, FIRST);
	assert_true(audit_mark_parse("17:" FIRST, &mark));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(audit_mark_parse(wrong[i], &mark));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_hash_is_what_its_form_says),
		RUN(test_no_two_rows_are_the_same_bytes),
		RUN(test_a_whole_chain_fits),
		RUN(test_the_first_row_that_was_changed_is_named),
		RUN(test_each_column_is_under_the_hash),
		RUN(test_a_row_that_is_missing_is_named),
		RUN(test_a_row_twice_is_named),
		RUN(test_an_end_that_was_cut_off_is_missed_by_who_noted_it),
		RUN(test_a_chain_that_was_made_anew_is_not_the_one_noted),
		RUN(test_a_stub_stands_for_what_was_pruned),
		RUN(test_a_stub_that_does_not_fit_is_named),
		RUN(test_stubs_are_a_chain_of_their_own),
		RUN(test_a_row_that_tells_of_a_loss_does_not_fit),
		RUN(test_a_mark_is_a_number_and_a_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
