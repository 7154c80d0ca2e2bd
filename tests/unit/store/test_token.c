/* SPDX-License-Identifier: Apache-2.0 */
#include "store/token.h"
#include "unit/store/fixture.h"

static struct token bearer(const char *name, const char *role)
{
	struct token token = { .type = TOKEN_BEARER };

	str_copy(token.name, sizeof(token.name), name);
	str_copy(token.user, sizeof(token.user), name);
	str_copy(token.role, sizeof(token.role), role);
	str_copy(token.created_by, sizeof(token.created_by), "local:root");
	return token;
}

static struct token certificate(const char *name, const char *user,
				const char *serial)
{
	struct token token = bearer(name, "viewer");

	token.type = TOKEN_CERTIFICATE;
	str_copy(token.user, sizeof(token.user), user);
	str_copy(token.serial, sizeof(token.serial), serial);
	return token;
}

static void test_a_token_is_known_by_its_secret_alone(void **state)
{
	struct fixture *f = *state;
	struct token token = bearer("ci", "operator");
	struct token found;

	str_copy(token.namespaces, sizeof(token.namespaces), "a,b");
	token.expires_at = NOON + 1000;
	assert_ok(f, token_create(f->store, &token, "t0ken", &f->err));

	assert_true(token_find(f->store, "t0ken", &found));
	assert_string_equal(found.name, "ci");
	assert_string_equal(found.user, "ci");
	assert_string_equal(found.role, "operator");
	assert_string_equal(found.namespaces, "a,b");
	assert_string_equal(found.created_by, "local:root");
	assert_int_equal(found.type, TOKEN_BEARER);
	assert_int_equal(found.created_at, NOON);
	assert_int_equal(found.expires_at, NOON + 1000);
	assert_int_equal(found.used_at, 0);
	assert_int_equal(strlen(found.uid), 36);
	assert_false(token_find(f->store, "t0ken2", &found));
	assert_false(token_find(f->store, "", &found));
}

static void test_the_file_has_the_digest_and_not_the_secret(void **state)
{
	struct fixture *f = *state;
	struct token token = bearer("ci", "admin");
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);
	AUTO_FREE char *content = xmalloc(8 << 20);
	char digest[SECRET_DIGEST_TEXT];
	size_t len;
	FILE *in;

	secret_digest("planted-t0ken", 13, digest);
	assert_ok(f, token_create(f->store, &token, "planted-t0ken", &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	store_close(f->store);
	f->store = NULL;
	in = fopen(path, "rb");
	assert_non_null(in);
	len = fread(content, 1, 8 << 20, in);
	fclose(in);

	assert_null(memmem(content, len, "planted-t0ken", 13));
	assert_non_null(memmem(content, len, digest, strlen(digest)));
}

static void test_a_name_is_taken_once(void **state)
{
	struct fixture *f = *state;
	struct token token = bearer("ci", "admin");
	struct token found;

	assert_ok(f, token_create(f->store, &token, "one", &f->err));
	assert_fails(f, ERR_EXISTS,
		     token_create(f->store, &token, "two", &f->err));
	assert_false(token_find(f->store, "two", &found));

	assert_ok(f, token_replace(f->store, &token, "three", &f->err));
	assert_false(token_find(f->store, "one", &found));
	assert_true(token_find(f->store, "three", &found));
}

static void test_a_role_that_is_none_is_refused(void **state)
{
	struct fixture *f = *state;
	struct token token = bearer("ci", "root");

	assert_fails(f, ERR_CONFLICT,
		     token_create(f->store, &token, "one", &f->err));
}

static void test_a_revoked_token_is_nobodys(void **state)
{
	struct fixture *f = *state;
	struct token token = bearer("ci", "admin");
	struct token found;

	assert_ok(f, token_create(f->store, &token, "one", &f->err));
	assert_ok(f, token_revoke(f->store, "ci", &f->err));

	assert_false(token_find(f->store, "one", &found));
	assert_fails(f, ERR_NOT_FOUND, token_revoke(f->store, "ci", &f->err));
	assert_ok(f, token_create(f->store, &token, "two", &f->err));
}

static void test_use_is_noted_every_five_minutes(void **state)
{
	struct fixture *f = *state;
	struct token token = bearer("ci", "admin");
	struct token found;

	assert_ok(f, token_create(f->store, &token, "one", &f->err));
	assert_true(token_find(f->store, "one", &found));
	assert_ok(f, token_used(f->store, &found, &f->err));
	assert_true(token_find(f->store, "one", &found));
	assert_int_equal(found.used_at, NOON);
	assert_ok(f, store_commit(f->store, &f->err));

	store_set_now(f->store, NOON + 299999);
	assert_ok(f, token_used(f->store, &found, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	assert_int_equal(store_n_commits(f->store), 1);
	store_set_now(f->store, NOON + 300000);
	assert_ok(f, token_used(f->store, &found, &f->err));
	assert_true(token_find(f->store, "one", &found));
	assert_int_equal(found.used_at, NOON + 300000);
}

static void test_a_certificate_is_revoked_by_its_name(void **state)
{
	struct fixture *f = *state;
	struct token token = certificate("laptop", "ada", "1f");
	struct token found;

	assert_ok(f, token_create(f->store, &token, NULL, &f->err));
	assert_true(token_by_serial(f->store, "1f", &found));
	assert_int_equal(found.type, TOKEN_CERTIFICATE);
	assert_false(token_is_revoked(f->store, "1f", "ada", NOON));

	assert_ok(f, token_revoke(f->store, "laptop", &f->err));
	assert_true(token_is_revoked(f->store, "1f", "ada", NOON));
	assert_false(token_is_revoked(f->store, "2f", "ada", NOON));
	assert_false(token_by_serial(f->store, "1f", &found));
}

static void test_a_serial_that_is_not_known_is_revoked_as_well(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, token_revoke_serial(f->store, "abc", &f->err));
	assert_ok(f, token_revoke_serial(f->store, "abc", &f->err));

	assert_true(token_is_revoked(f->store, "abc", "ada", NOON));
	assert_false(token_is_revoked(f->store, "abd", "ada", NOON));
}

static void test_a_user_is_revoked_with_all_that_was_issued(void **state)
{
	struct fixture *f = *state;
	struct token laptop = certificate("laptop", "ada", "1f");
	struct token script = bearer("script", "viewer");
	struct token other = bearer("other", "viewer");
	struct token found;

	str_copy(script.user, sizeof(script.user), "ada");
	assert_ok(f, token_create(f->store, &laptop, NULL, &f->err));
	assert_ok(f, token_create(f->store, &script, "one", &f->err));
	assert_ok(f, token_create(f->store, &other, "two", &f->err));

	assert_ok(f, token_revoke_user(f->store, "ada", &f->err));
	assert_false(token_find(f->store, "one", &found));
	assert_true(token_find(f->store, "two", &found));
	assert_true(token_is_revoked(f->store, "1f", "ada", NOON));
	assert_true(token_is_revoked(f->store, "77", "ada", NOON));
	assert_false(token_is_revoked(f->store, "77", "ada", NOON + 1));
	assert_false(token_is_revoked(f->store, "77", "eve", NOON));
}

static void test_a_list_is_by_name(void **state)
{
	struct fixture *f = *state;
	struct token b = bearer("b", "viewer");
	struct token a = certificate("a", "ada", "1f");
	struct token *tokens;
	size_t n;

	assert_ok(f, token_create(f->store, &b, "one", &f->err));
	assert_ok(f, token_create(f->store, &a, NULL, &f->err));
	assert_ok(f, token_list(f->store, &tokens, &n, &f->err));

	assert_int_equal(n, 2);
	assert_string_equal(tokens[0].name, "a");
	assert_string_equal(tokens[0].serial, "1f");
	assert_string_equal(tokens[1].name, "b");
	assert_string_equal(tokens[1].serial, "");
	free(tokens);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_a_token_is_known_by_its_secret_alone),
		RUN_WITH_STORE(test_the_file_has_the_digest_and_not_the_secret),
		RUN_WITH_STORE(test_a_name_is_taken_once),
		RUN_WITH_STORE(test_a_role_that_is_none_is_refused),
		RUN_WITH_STORE(test_a_revoked_token_is_nobodys),
		RUN_WITH_STORE(test_use_is_noted_every_five_minutes),
		RUN_WITH_STORE(test_a_certificate_is_revoked_by_its_name),
		RUN_WITH_STORE(
			test_a_serial_that_is_not_known_is_revoked_as_well),
		RUN_WITH_STORE(test_a_user_is_revoked_with_all_that_was_issued),
		RUN_WITH_STORE(test_a_list_is_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
