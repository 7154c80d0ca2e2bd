/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "bmc/quirk_wire.h"
#include "bmc/redfish_session.h"

static const struct bmc_target bmc = {
	.host = "10.0.1.7", .port = 443, .user = "adm", .password = "pw"
};

static void fill(struct redfish_session *session)
{
	redfish_session_init(session, &bmc, NULL);
	redfish_learn(session, &session->token, "T1");
	redfish_learn(session, &session->uri, "/l/1");
	redfish_learn(session, &session->systems, "/s");
	redfish_learn(session, &session->system, "/s/1");
	redfish_learn(session, &session->media, "/v/c");
	redfish_learn(session, &session->wish_url, "http://h/\"x\"");
	str_copy(session->who.vendor, sizeof(session->who.vendor), "HPE");
	session->identified = true;
	session->has_form = true;
	session->form = 3;
	session->etag = BMC_ETAG_ANY;
	session->wished = true;
	session->wish.device = BMC_BOOT_HTTP;
	session->wish.uefi = true;
}

static void test_what_was_saved_is_loaded_again(void **state)
{
	struct quirk_table *table = quirk_table_new();
	struct redfish_session session;
	AUTO_FREE char *text = NULL;
	struct err err;

	(void)state;
	assert_int_equal(quirk_parse_builtin(table, &err), 0);
	fill(&session);
	text = redfish_session_save(&session, &bmc);
	redfish_session_release(&session);
	redfish_session_init(&session, &bmc, table);
	assert_int_equal(redfish_session_load(&session, &bmc, text, &err), 0);

	assert_string_equal(session.token, "T1");
	assert_string_equal(session.uri, "/l/1");
	assert_string_equal(session.system, "/s/1");
	assert_string_equal(session.wish_url, "http://h/\"x\"");
	assert_int_equal(session.form, 3);
	assert_int_equal(session.wish.device, BMC_BOOT_HTTP);
	assert_true(session.identified && session.wish.uefi);
	assert_false(session.learnt);
	/* Rules follow from who it is. */
	assert_int_equal(session.rules.boot_mode, BMC_USE_NEVER);
	redfish_session_release(&session);
	quirk_table_free(table);
}

static void test_the_password_is_not_in_the_text(void **state)
{
	struct redfish_session session;
	AUTO_FREE char *text = NULL;

	(void)state;
	fill(&session);
	text = redfish_session_save(&session, &bmc);

	assert_null(strstr(text, "pw"));
	redfish_session_release(&session);
}

static void test_another_users_token_is_not_taken(void **state)
{
	struct bmc_target other = bmc;
	struct redfish_session session;
	AUTO_FREE char *text = NULL;
	struct err err;

	(void)state;
	fill(&session);
	text = redfish_session_save(&session, &bmc);
	redfish_session_release(&session);
	str_copy(other.user, sizeof(other.user), "root");
	redfish_session_init(&session, &other, NULL);
	assert_int_equal(redfish_session_load(&session, &other, text, &err), 0);

	assert_null(session.token);
	assert_string_equal(session.system, "/s/1");
	redfish_session_release(&session);
}

static void test_of_another_bmc_nothing_is_taken(void **state)
{
	struct bmc_target others[3] = { bmc, bmc, bmc };
	struct redfish_session session;
	AUTO_FREE char *text = NULL;
	struct err err;

	(void)state;
	fill(&session);
	text = redfish_session_save(&session, &bmc);
	redfish_session_release(&session);
	str_copy(others[0].host, sizeof(others[0].host), "10.0.1.8");
	others[1].port = 8443;
	str_copy(others[2].system, sizeof(others[2].system), "2");
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		redfish_session_init(&session, &others[i], NULL);
		assert_int_equal(
			redfish_session_load(&session, &others[i], text, &err),
			0);
		assert_null(session.token);
		assert_null(session.system);
		redfish_session_release(&session);
	}
}

/* With one member of the text changed. */
static void expect_damaged(const char *name, json_t *value)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *bad = NULL;
	AUTO_JSON json_t *object = NULL;
	struct redfish_session session;
	struct err err;

	fill(&session);
	text = redfish_session_save(&session, &bmc);
	redfish_session_release(&session);
	object = json_parse(text, strlen(text), &err);
	json_object_set_new(object, name, value);
	bad = json_text(object);
	redfish_session_init(&session, &bmc, NULL);
	assert_int_equal(redfish_session_load(&session, &bmc, bad, &err), -1);
	assert_null(session.token);
	assert_null(session.system);
	assert_int_equal(session.rules.answer_ms, 30000);
	redfish_session_release(&session);
}

static void test_a_text_that_is_damaged_is_taken_not_at_all(void **state)
{
	CLEANUP(buf_release) struct buf big = BUF_INIT(64 * 1024);
	struct redfish_session session;
	struct err err;

	(void)state;
	for (int i = 0; i < REDFISH_MEMORY_MAX; i++)
		buf_addc(&big, 'x');
	expect_damaged("token", json_string("T1\r\nX-Evil: 1"));
	expect_damaged("uri", json_string("//evil/x"));
	expect_damaged("system", json_string("https://evil/s/1"));
	expect_damaged("systems", json_string("s"));
	expect_damaged("form", json_integer(8));
	expect_damaged("etag", json_integer(-1));
	expect_damaged("wish.device", json_integer(99));
	redfish_session_init(&session, &bmc, NULL);
	assert_int_equal(redfish_session_load(&session, &bmc, "{", &err), -1);
	assert_int_equal(redfish_session_load(&session, &bmc, big.base, &err),
			 -1);
	assert_int_equal(err.code, ERR_TOO_BIG);
	redfish_session_release(&session);
}

static void test_learning_the_same_is_no_news(void **state)
{
	struct redfish_session session;

	(void)state;
	redfish_session_init(&session, &bmc, NULL);
	redfish_learn(&session, &session.token, "");
	assert_false(session.learnt);
	redfish_learn(&session, &session.token, "T");
	assert_true(session.learnt);
	session.learnt = false;
	redfish_learn(&session, &session.token, "T");
	assert_false(session.learnt);
	redfish_session_drop_token(&session);

	assert_true(session.learnt);
	assert_string_equal(redfish_str(session.token), "");
	redfish_session_release(&session);
}

static void test_the_inventory_says_who_it_is_until_it_does(void **state)
{
	struct bmc_target target = { .vendor = "Supermicro",
				     .model = "X11SDV-4C" };
	struct quirk_table *table = quirk_table_new();
	struct redfish_session session;
	struct err err;

	(void)state;
	assert_int_equal(quirk_parse_builtin(table, &err), 0);
	redfish_session_init(&session, &target, table);

	assert_int_equal(session.rules.media_insert, BMC_INSERT_IMAGE);
	redfish_session_release(&session);
	quirk_table_free(table);
}

static void test_what_is_forgotten_is_found_anew(void **state)
{
	struct redfish_session session;

	(void)state;
	fill(&session);
	session.resets = 7;
	redfish_session_forget(&session);

	assert_null(session.system);
	assert_null(session.media);
	assert_int_equal(session.resets, 0);
	assert_false(session.identified);
	assert_string_equal(session.token, "T1");
	assert_true(session.wished);
	redfish_session_release(&session);
}

static void test_a_bmc_that_closes_in_a_row_is_one_that_closes(void **state)
{
	static const bool told[] = { true, true, false, true, true, true };
	struct redfish_session session;

	(void)state;
	redfish_session_init(&session, &bmc, NULL);
	session.learnt = false;
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		assert_false(session.closes || session.learnt);
		redfish_session_kept(&session, told[i]);
	}

	assert_true(session.closes && session.learnt);
	redfish_session_forget(&session);
	assert_false(session.closes);
	redfish_session_release(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_was_saved_is_loaded_again),
		RUN(test_the_password_is_not_in_the_text),
		RUN(test_another_users_token_is_not_taken),
		RUN(test_of_another_bmc_nothing_is_taken),
		RUN(test_a_text_that_is_damaged_is_taken_not_at_all),
		RUN(test_learning_the_same_is_no_news),
		RUN(test_the_inventory_says_who_it_is_until_it_does),
		RUN(test_what_is_forgotten_is_found_anew),
		RUN(test_a_bmc_that_closes_in_a_row_is_one_that_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
