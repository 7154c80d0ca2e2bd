/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/audit_read.h"

#include <string.h>

#include "unit/cli/server.h"

/*
 * A server with five rows that gives two at a time; what it does wrong is
 * said by the test.
 */
#define N 5

enum wrong {
	NOTHING,
	A_ROW_CHANGED,
	A_ROW_LEFT_OUT,
	THE_END_LEFT_OUT,
	AN_OTHER_HEAD,
	THE_SAME_PAGE_AGAIN,
	NO_CHAIN,
};

static void make_rows(struct audit_record rows[N])
{
	const char *previous = "";

	memset(rows, 0, N * sizeof(rows[0]));
	for (int i = 0; i < N; i++) {
		rows[i].id = i + 1;
		str_copy(rows[i].user, sizeof(rows[i].user), "ada");
		audit_hash(&rows[i], previous, rows[i].hash);
		previous = rows[i].hash;
	}
}

static json_t *chain_of(const struct audit_record rows[N], enum wrong wrong)
{
	struct audit_mark head = { .id = N };
	json_t *chain = json_object();

	str_copy(head.hash, sizeof(head.hash), rows[N - 1].hash);
	if (wrong == AN_OTHER_HEAD)
		str_copy(head.hash, sizeof(head.hash), rows[0].hash);
	json_object_set_new(chain, "stubs", json_array());
	json_object_set_new(chain, "head", audit_mark_encode(&head));
	return chain;
}

static void reply_page(struct http_request *req, enum wrong wrong)
{
	uint32_t after = 0;
	uint32_t last = wrong == THE_END_LEFT_OUT ? N - 1 : N;
	struct audit_record rows[N];
	AUTO_JSON json_t *list = json_object();
	json_t *items = json_array();
	AUTO_FREE char *text = NULL;
	char next[16];
	uint32_t i;

	assert_true(str_parse_u32(http_query(req, "continue"), N, &after));
	make_rows(rows);
	if (wrong != NO_CHAIN)
		json_object_set_new(list, "chain", chain_of(rows, wrong));
	if (wrong == A_ROW_CHANGED)
		str_copy(rows[2].user, sizeof(rows[2].user), "eve");
	for (i = after; i < last && i < after + 2; i++)
		if (!(wrong == A_ROW_LEFT_OUT && i == 2))
			json_array_append_new(items,
					      audit_record_encode(&rows[i]));
	json_object_set_new(list, "items", items);
	snprintf(next, sizeof(next), "%u",
		 wrong == THE_SAME_PAGE_AGAIN ? 2 : i);
	if (i < last)
		json_put(list, "metadata.continue", json_string(next));
	text = json_text(list);
	http_reply(req, 200, "application/json", text, strlen(text));
}

#define HANDLER(name, wrong)                                                   \
	static void name(void *arg, struct http_request *req)                  \
	{                                                                      \
		(void)arg;                                                     \
		reply_page(req, wrong);                                        \
	}

HANDLER(all_is_well, NOTHING)
HANDLER(change_a_row, A_ROW_CHANGED)
HANDLER(leave_one_out, A_ROW_LEFT_OUT)
HANDLER(leave_the_end_out, THE_END_LEFT_OUT)
HANDLER(have_an_other_head, AN_OTHER_HEAD)
HANDLER(go_in_circles, THE_SAME_PAGE_AGAIN)
HANDLER(say_nothing_of_the_chain, NO_CHAIN)

static void test_all_pages_are_read(void **state)
{
	struct server *server = *state;
	const struct audit_mark nothing = { 0 };
	struct audit_chain chain;
	struct err err;

	server_start(server, all_is_well);
	assert_int_equal(audit_check(server->client, &nothing, &chain, &err),
			 0);

	assert_int_equal(chain.n_rows, N);
	server_assert_asked(
		server, "GET /apis/tomte.dev/v1alpha1/auditrecords?limit=1000"
			"&continue=0\n"
			"GET /apis/tomte.dev/v1alpha1/auditrecords?limit=1000"
			"&continue=2\n"
			"GET /apis/tomte.dev/v1alpha1/auditrecords?limit=1000"
			"&continue=4\n");
}

static void test_an_earlier_head_has_to_be_in_it(void **state)
{
	struct server *server = *state;
	struct audit_mark expected = { .id = 3 };
	struct audit_record rows[N];
	struct audit_chain chain;
	struct err err;

	make_rows(rows);
	str_copy(expected.hash, sizeof(expected.hash), rows[2].hash);
	server_start(server, all_is_well);
	assert_int_equal(audit_check(server->client, &expected, &chain, &err),
			 0);

	str_copy(expected.hash, sizeof(expected.hash), rows[1].hash);
	assert_int_equal(audit_check(server->client, &expected, &chain, &err),
			 -1);
	assert_int_equal(err.code, ERR_MISMATCH);
	assert_non_null(strstr(err.message, "row 3 is not the one"));
}

static void test_what_a_server_does_wrong_is_seen(void **state)
{
	static const struct {
		http_handler handler;
		enum err_code code;
		const char *words;
	} rows[] = {
		{ change_a_row, ERR_MISMATCH, "row 3 does not fit" },
		{ leave_one_out, ERR_MISMATCH, "row 3 is missing" },
		{ leave_the_end_out, ERR_MISMATCH, "row 5 is missing" },
		{ have_an_other_head, ERR_MISMATCH, "row 5 is not the one" },
		{ go_in_circles, ERR_PROTOCOL, "not behind" },
		{ say_nothing_of_the_chain, ERR_PROTOCOL, "hash" },
	};
	struct server *server = *state;
	const struct audit_mark nothing = { 0 };
	struct audit_chain chain;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		server_start(server, rows[i].handler);
		assert_int_equal(
			audit_check(server->client, &nothing, &chain, &err),
			-1);
		server_stop(server);
		unlink(server->socket);

		assert_int_equal(err.code, rows[i].code);
		if (!strstr(err.message, rows[i].words))
			fail_msg("\"%s\" does not say \"%s\"", err.message,
				 rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_SERVER(test_all_pages_are_read),
		RUN_WITH_SERVER(test_an_earlier_head_has_to_be_in_it),
		RUN_WITH_SERVER(test_what_a_server_does_wrong_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
