/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "bmc/ipmi_crypto.h"

/* Computed apart, with Python's hmac and the openssl command. */
struct golden {
	unsigned suite;
	const char *k1;
	const char *k2;
	const char *packet;
	const char *hmac; /* of "some bytes" with the password "secret" */
};

static const struct golden goldens[] = {
	{ 3, "34e51c571c5c392460e6775dd5ecfa79f4a7f505",
	  "c13076ed1957a59e8c7abb2460d22c1a",
	  "0600ff0706c044332211050000002000a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
	  "e9d85aefa1d14907f70c8afca6f7e048ffff020740d4c0251cf4898e7ae1fff4",
	  "dd4251e2b5df97d152f5c282040d6e65c1234a42" },
	{ 17,
	  "8f34f198a044babe550f6217f57fc801e20bee40dd16b9712797aaf5bac3106b",
	  "4711da70e361cc4884e705f63bb297e3",
	  "0600ff0706c044332211050000002000a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
	  "cacab6379e8dff65c4a7c78b59e8ab0fffff0207199a4cfe99d20c4ac263c504"
	  "3923d85b",
	  "36395ce42becac592649dfce492673cd4bcb905e3f12a2b43e1a8a3a4b3c13e0" },
};

static const uint8_t message[] = { 0x20, 0x18, 0xc8, 0x81, 0x04, 0x01, 0x7a };

static void equals(const uint8_t *bytes, const char *hex)
{
	AUTO_FREE char *text = xcalloc(1, strlen(hex) + 1);

	str_hex(text, bytes, strlen(hex) / 2);
	assert_string_equal(text, hex);
}

static void keys_of(struct ipmi_crypto *crypto, unsigned suite,
		    struct ipmi_keys *keys)
{
	uint8_t sik[IPMI_HASH_MAX];

	for (uint8_t i = 0; i < sizeof(sik); i++)
		sik[i] = i;
	ipmi_derive(crypto, ipmi_suite_find(suite), sik, keys);
}

static void seal(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
		 const void *bytes, size_t len, struct wbuf *out)
{
	const struct ipmi_packet packet = { .session = 0x11223344,
					    .sequence = 5 };
	uint8_t copy[IPMI_PACKET_MAX];
	struct wbuf payload = wbuf_of(copy, sizeof(copy));
	uint8_t iv[IPMI_IV_SIZE];

	for (uint8_t i = 0; i < sizeof(iv); i++)
		iv[i] = (uint8_t)(0xa0 + i);
	wbuf_bytes(&payload, bytes, len);
	ipmi_seal(crypto, keys, &packet, &payload, iv, out);
}

static int set_up(void **state)
{
	*state = ipmi_crypto_new();
	return 0;
}

static int tear_down(void **state)
{
	ipmi_crypto_free(*state);
	return 0;
}

static void test_keys_are_those_of_the_standard(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct ipmi_keys keys;

		keys_of(*state, goldens[i].suite, &keys);
		equals(keys.k1, goldens[i].k1);
		equals(keys.k2, goldens[i].k2);
	}
}

static void test_a_password_is_a_key_padded_with_zeros(void **state)
{
	const uint8_t key[IPMI_SECRET_MAX] = "secret";
	uint8_t bytes[16];
	struct wbuf in = wbuf_of(bytes, sizeof(bytes));
	uint8_t code[IPMI_HASH_MAX];

	wbuf_bytes(&in, "some bytes", 10);
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		ipmi_hmac(*state, ipmi_suite_find(goldens[i].suite), key, &in,
			  code);
		equals(code, goldens[i].hmac);
	}
}

static void test_a_sealed_packet_is_that_of_the_standard(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		uint8_t bytes[IPMI_PACKET_MAX];
		struct wbuf out = wbuf_of(bytes, sizeof(bytes));
		struct ipmi_keys keys;

		keys_of(*state, goldens[i].suite, &keys);
		seal(*state, &keys, message, sizeof(message), &out);
		assert_int_equal(out.len, strlen(goldens[i].packet) / 2);
		equals(bytes, goldens[i].packet);
	}
}

static void test_every_length_comes_back(void **state)
{
	uint8_t plain[300];
	struct ipmi_keys keys;

	memset(plain, 0x5a, sizeof(plain));
	keys_of(*state, 17, &keys);
	for (size_t len = 0; len <= sizeof(plain); len++) {
		uint8_t bytes[IPMI_PACKET_MAX];
		uint8_t back[IPMI_PACKET_MAX];
		struct wbuf out = wbuf_of(bytes, sizeof(bytes));
		struct wbuf got = wbuf_of(back, sizeof(back));
		struct ipmi_packet packet;

		seal(*state, &keys, plain, len, &out);
		assert_false(out.bad);
		assert_true(ipmi_parse_packet(&packet, bytes, out.len));
		assert_true(ipmi_unseal(*state, &keys, &packet, &got));
		assert_int_equal(got.len, len);
		assert_memory_equal(back, plain, len);
	}
}

/* Of a packet, one byte changed or the end missing. */
static void test_a_damaged_packet_is_refused(void **state)
{
	uint8_t bytes[IPMI_PACKET_MAX];
	uint8_t back[IPMI_PACKET_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct wbuf got = wbuf_of(back, sizeof(back));
	struct ipmi_packet packet;
	struct ipmi_keys keys;

	keys_of(*state, 3, &keys);
	seal(*state, &keys, message, sizeof(message), &out);
	for (size_t i = 4; i < out.len; i++) {
		bytes[i] ^= 0x40;
		assert_false(ipmi_parse_packet(&packet, bytes, out.len) &&
			     ipmi_unseal(*state, &keys, &packet, &got));
		bytes[i] ^= 0x40;
		assert_false(ipmi_parse_packet(&packet, bytes, i) &&
			     ipmi_unseal(*state, &keys, &packet, &got));
	}
	assert_int_equal(got.len, 0);
}

static void test_a_packet_of_other_keys_is_refused(void **state)
{
	uint8_t bytes[IPMI_PACKET_MAX];
	uint8_t back[IPMI_PACKET_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct wbuf got = wbuf_of(back, sizeof(back));
	struct ipmi_packet packet;
	struct ipmi_keys keys;

	keys_of(*state, 3, &keys);
	seal(*state, &keys, message, sizeof(message), &out);
	assert_true(ipmi_parse_packet(&packet, bytes, out.len));
	keys.k1[3] ^= 1;
	assert_false(ipmi_unseal(*state, &keys, &packet, &got));
	keys_of(*state, 17, &keys);
	assert_false(ipmi_unseal(*state, &keys, &packet, &got));
}

static void test_what_is_too_long_to_seal_is_not_sent(void **state)
{
	uint8_t plain[IPMI_PACKET_MAX] = { 0 };
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct ipmi_keys keys;

	keys_of(*state, 3, &keys);
	seal(*state, &keys, plain, sizeof(plain), &out);

	assert_true(out.bad);
}

static void test_there_is_no_suite_0(void **state)
{
	(void)state;
	assert_null(ipmi_suite_find(0));
	assert_null(ipmi_suite_find(1));
	assert_null(ipmi_suite_find(8));
	assert_int_equal(ipmi_suite_find(3)->code_len, 12);
	assert_int_equal(ipmi_suite_find(17)->code_len, 16);
}

#define CRYPTO(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CRYPTO(test_keys_are_those_of_the_standard),
		CRYPTO(test_a_password_is_a_key_padded_with_zeros),
		CRYPTO(test_a_sealed_packet_is_that_of_the_standard),
		CRYPTO(test_every_length_comes_back),
		CRYPTO(test_a_damaged_packet_is_refused),
		CRYPTO(test_a_packet_of_other_keys_is_refused),
		CRYPTO(test_what_is_too_long_to_seal_is_not_sent),
		RUN(test_there_is_no_suite_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
