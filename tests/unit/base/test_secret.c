/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "test.h"

static const struct secret_key key = { "0123456789abcdef0123456789abcde" };

static struct buf seal(const char *context, const char *plain, size_t len)
{
	struct buf sealed = BUF_INIT(1024);
	struct err err;

	assert_int_equal(secret_seal(&key, context, plain, len, &sealed, &err),
			 0);
	return sealed;
}

static void test_what_was_sealed_opens_again(void **state)
{
	static const char *const plains[] = { "", "x", "pass\0word",
					      "long one" };
	static const size_t lens[] = { 0, 1, 9, 8 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plains); i++) {
		CLEANUP(buf_release)
		struct buf sealed = seal("bmc/r1n01", plains[i], lens[i]);
		CLEANUP(secret_release) struct buf plain = BUF_INIT(64);
		struct err err;

		assert_int_equal(sealed.len, lens[i] + SECRET_OVERHEAD);
		assert_int_equal(sealed.base[0], 1);
		assert_int_equal(secret_open(&key, "bmc/r1n01", sealed.base,
					     sealed.len, &plain, &err),
				 0);
		assert_int_equal(plain.len, lens[i]);
		assert_memory_equal(plain.base, plains[i], lens[i]);
	}
}

static void test_the_same_secret_is_never_sealed_alike(void **state)
{
	CLEANUP(buf_release) struct buf a = seal("c", "secret", 6);
	CLEANUP(buf_release) struct buf b = seal("c", "secret", 6);

	(void)state;
	assert_int_equal(a.len, b.len);
	assert_memory_not_equal(a.base, b.base, a.len);
	assert_null(memmem(a.base, a.len, "secret", 6));
}

static void test_another_key_or_context_does_not_open_it(void **state)
{
	CLEANUP(buf_release) struct buf sealed = seal("bmc/r1n01", "pw", 2);
	CLEANUP(buf_release) struct buf plain = BUF_INIT(64);
	struct secret_key other = key;
	struct err err;

	(void)state;
	other.bytes[31] ^= 1;
	assert_int_equal(secret_open(&other, "bmc/r1n01", sealed.base,
				     sealed.len, &plain, &err),
			 -1);
	assert_int_equal(err.code, ERR_MISMATCH);
	assert_int_equal(secret_open(&key, "bmc/r1n02", sealed.base, sealed.len,
				     &plain, &err),
			 -1);
	assert_int_equal(err.code, ERR_MISMATCH);
	assert_int_equal(
		secret_open(&key, "", sealed.base, sealed.len, &plain, &err),
		-1);
	assert_int_equal(plain.len, 0);
}

static void test_no_bit_of_it_may_change(void **state)
{
	CLEANUP(buf_release) struct buf sealed = seal("c", "secret", 6);

	(void)state;
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		CLEANUP(buf_release) struct buf plain = BUF_INIT(64);
		struct err err;

		sealed.base[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(secret_open(&key, "c", sealed.base, sealed.len,
					     &plain, &err),
				 -1);
		assert_int_equal(plain.len, 0);
		assert_int_equal(err.code,
				 bit < 8 ? ERR_INVALID : ERR_MISMATCH);
		sealed.base[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void test_a_part_of_it_does_not_open(void **state)
{
	CLEANUP(buf_release) struct buf sealed = seal("c", "secret", 6);

	(void)state;
	for (size_t len = 0; len < sealed.len; len++) {
		/* Exactly sized, so that a read past the end is seen. */
		AUTO_FREE char *part = xmalloc(len);
		CLEANUP(buf_release) struct buf plain = BUF_INIT(64);
		struct err err;

		memcpy(part, sealed.base, len);
		assert_int_equal(
			secret_open(&key, "c", part, len, &plain, &err), -1);
	}
}

static void test_a_buffer_that_is_too_small_is_said(void **state)
{
	CLEANUP(buf_release) struct buf sealed = seal("c", "secret", 6);
	CLEANUP(buf_release) struct buf small = BUF_INIT(5);
	struct err err;

	(void)state;
	assert_int_equal(
		secret_open(&key, "c", sealed.base, sealed.len, &small, &err),
		-1);
	assert_int_equal(err.code, ERR_TOO_BIG);
	buf_clear(&small);
	assert_int_equal(secret_seal(&key, "c", "s", 1, &small, &err), -1);
	assert_int_equal(err.code, ERR_TOO_BIG);
}

static char *make_directory(void)
{
	char *path = xstrdup("/tmp/tomte-secret.XXXXXX");

	assert_non_null(mkdtemp(path));
	return path;
}

static void test_a_key_is_made_once_for_its_owner_only(void **state)
{
	AUTO_FREE char *directory = make_directory();
	AUTO_FREE char *path = xasprintf("%s/key", directory);
	struct secret_key made;
	struct secret_key read;
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(secret_key_load(&made, path, &err), 0);
	assert_int_equal(secret_key_load(&read, path, &err), 0);

	assert_memory_equal(made.bytes, read.bytes, SECRET_KEY_SIZE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, SECRET_KEY_SIZE);
	unlink(path);
	/* Nothing else was left there. */
	assert_int_equal(rmdir(directory), 0);
}

static void test_a_key_that_others_can_read_is_refused(void **state)
{
	static const mode_t wide[] = { 0640, 0604, 0610, 0601, 0660, 0666 };
	AUTO_FREE char *directory = make_directory();
	AUTO_FREE char *path = xasprintf("%s/key", directory);
	struct secret_key loaded;
	struct err err;

	(void)state;
	assert_int_equal(secret_key_load(&loaded, path, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
		assert_int_equal(chmod(path, wide[i]), 0);
		assert_int_equal(secret_key_load(&loaded, path, &err), -1);
		assert_int_equal(err.code, ERR_DENIED);
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(secret_key_load(&loaded, path, &err), 0);
	unlink(path);
	rmdir(directory);
}

static void test_a_key_of_another_length_is_refused(void **state)
{
	static const char bytes[SECRET_KEY_SIZE + 1] = { 0 };
	static const size_t lens[] = { 0, 1, SECRET_KEY_SIZE - 1,
				       SECRET_KEY_SIZE + 1 };
	AUTO_FREE char *directory = make_directory();
	AUTO_FREE char *path = xasprintf("%s/key", directory);
	struct secret_key loaded;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		assert_int_equal(file_replace(path, bytes, lens[i], &err), 0);
		assert_int_equal(secret_key_load(&loaded, path, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
	unlink(path);
	rmdir(directory);
	assert_int_equal(secret_key_load(&loaded, path, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_a_token_is_random_and_its_digest_is_not(void **state)
{
	char a[SECRET_TOKEN_TEXT];
	char b[SECRET_TOKEN_TEXT];
	char digest[SECRET_DIGEST_TEXT];

	(void)state;
	secret_token(a);
	secret_token(b);
	assert_int_equal(strlen(a), 64);
	assert_int_equal(strspn(a, "0123456789abcdef"), 64);
	assert_string_not_equal(a, b);

	/* FIPS 180-4's example. */
	secret_digest("abc", 3, digest);
	assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396"
				    "177a9cb410ff61f20015ad");
}

static void test_a_signature_is_of_key_context_and_text(void **state)
{
	struct secret_key own;
	struct secret_key other = { { 0 } };
	char sign[SECRET_DIGEST_TEXT];
	char more[SECRET_DIGEST_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(own.bytes); i++)
		own.bytes[i] = (unsigned char)i;
	secret_sign(&own, "context", "text", sign);

	/* By Python's hmac: HMAC(HMAC(key, context), text). */
	assert_string_equal(sign, "536527989123ad68d103895c70ff3a64b7ec6125ae"
				  "779497028085748417a521");
	secret_sign(&own, "context", "texu", more);
	assert_string_not_equal(sign, more);
	secret_sign(&own, "contexu", "text", more);
	assert_string_not_equal(sign, more);
	secret_sign(&other, "context", "text", more);
	assert_string_not_equal(sign, more);
}

static void test_secrets_are_equal_in_full_only(void **state)
{
	char text[] = "wipe me";

	(void)state;
	assert_true(secret_equal("", ""));
	assert_true(secret_equal("abc", "abc"));
	assert_false(secret_equal("abc", "abd"));
	assert_false(secret_equal("abc", "ab"));
	assert_false(secret_equal("", "a"));

	secret_wipe(text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_was_sealed_opens_again),
		RUN(test_the_same_secret_is_never_sealed_alike),
		RUN(test_another_key_or_context_does_not_open_it),
		RUN(test_no_bit_of_it_may_change),
		RUN(test_a_part_of_it_does_not_open),
		RUN(test_a_buffer_that_is_too_small_is_said),
		RUN(test_a_key_is_made_once_for_its_owner_only),
		RUN(test_a_key_that_others_can_read_is_refused),
		RUN(test_a_key_of_another_length_is_refused),
		RUN(test_a_token_is_random_and_its_digest_is_not),
		RUN(test_a_signature_is_of_key_context_and_text),
		RUN(test_secrets_are_equal_in_full_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
