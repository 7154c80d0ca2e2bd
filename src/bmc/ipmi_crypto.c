/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_crypto.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define NEXT_HEADER 0x07
#define BLOCK       16
#define MAX_PAD     15
#define KEY_CONST   20

static const struct ipmi_suite suites[] = {
	{ 3, { 0x01, 0x01, 0x01 }, 20, 12 },  /* HMAC-SHA1, AES-CBC-128 */
	{ 17, { 0x03, 0x04, 0x01 }, 32, 16 }, /* HMAC-SHA256, the same */
};

const struct ipmi_suite *ipmi_suite_find(unsigned id)
{
	for (size_t i = 0; i < ARRAY_LEN(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

struct ipmi_crypto {
	EVP_MAC_CTX *sha1;
	EVP_MAC_CTX *sha256;
	EVP_CIPHER *aes;
	EVP_CIPHER_CTX *encrypt;
	EVP_CIPHER_CTX *decrypt;
};

static EVP_MAC_CTX *mac_of(const char *digest)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	char name[16];
	OSSL_PARAM params[2];

	str_copy(name, sizeof(name), digest);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						     name, 0);
	params[1] = OSSL_PARAM_construct_end();
	assert(ctx && EVP_MAC_CTX_set_params(ctx, params));
	EVP_MAC_free(mac);
	return ctx;
}

struct ipmi_crypto *ipmi_crypto_new(void)
{
	struct ipmi_crypto *crypto = xcalloc(1, sizeof(*crypto));

	crypto->sha1 = mac_of("SHA1");
	crypto->sha256 = mac_of("SHA256");
	crypto->aes = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	crypto->encrypt = EVP_CIPHER_CTX_new();
	crypto->decrypt = EVP_CIPHER_CTX_new();
	assert(crypto->aes && crypto->encrypt && crypto->decrypt);
	assert(EVP_EncryptInit_ex2(crypto->encrypt, crypto->aes, NULL, NULL,
				   NULL));
	assert(EVP_DecryptInit_ex2(crypto->decrypt, crypto->aes, NULL, NULL,
				   NULL));
	return crypto;
}

void ipmi_crypto_free(struct ipmi_crypto *crypto)
{
	if (!crypto)
		return;
	EVP_CIPHER_CTX_free(crypto->decrypt);
	EVP_CIPHER_CTX_free(crypto->encrypt);
	EVP_CIPHER_free(crypto->aes);
	EVP_MAC_CTX_free(crypto->sha256);
	EVP_MAC_CTX_free(crypto->sha1);
	free(crypto);
}

static void hmac(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
		 const uint8_t *key, size_t key_len, struct rbuf bytes,
		 uint8_t out[IPMI_HASH_MAX])
{
	EVP_MAC_CTX *ctx =
		suite->hash_len == 20 ? crypto->sha1 : crypto->sha256;
	size_t len;

	assert(EVP_MAC_init(ctx, key, key_len, NULL));
	assert(EVP_MAC_update(ctx, bytes.at, bytes.left));
	assert(EVP_MAC_final(ctx, out, &len, IPMI_HASH_MAX));
	assert(len == suite->hash_len);
}

void ipmi_hmac(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
	       const uint8_t key[IPMI_SECRET_MAX], const struct wbuf *bytes,
	       uint8_t out[IPMI_HASH_MAX])
{
	assert(!bytes->bad);
	hmac(crypto, suite, key, IPMI_SECRET_MAX,
	     rbuf_of(bytes->base, bytes->len), out);
}

void ipmi_hmac_sik(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
		   const uint8_t sik[IPMI_HASH_MAX], const struct wbuf *bytes,
		   uint8_t out[IPMI_HASH_MAX])
{
	assert(!bytes->bad);
	hmac(crypto, suite, sik, suite->hash_len,
	     rbuf_of(bytes->base, bytes->len), out);
}

void ipmi_derive(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
		 const uint8_t sik[IPMI_HASH_MAX], struct ipmi_keys *keys)
{
	uint8_t constant[KEY_CONST];
	uint8_t k2[IPMI_HASH_MAX];

	keys->suite = suite;
	memset(constant, 0x01, sizeof(constant));
	hmac(crypto, suite, sik, suite->hash_len,
	     rbuf_of(constant, sizeof(constant)), keys->k1);
	memset(constant, 0x02, sizeof(constant));
	hmac(crypto, suite, sik, suite->hash_len,
	     rbuf_of(constant, sizeof(constant)), k2);
	memcpy(keys->k2, k2, sizeof(keys->k2));
	OPENSSL_cleanse(k2, sizeof(k2));
}

/* IPMI 2.0, 13.29: padded with 1, 2, 3 ... and their number to whole blocks. */
static void encrypt(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
		    const struct wbuf *payload, const uint8_t *iv,
		    struct wbuf *out)
{
	uint8_t plain[IPMI_PACKET_MAX];
	uint8_t sealed[IPMI_PACKET_MAX];
	struct wbuf padded = wbuf_of(plain, sizeof(plain));
	uint8_t n_pad = 0;
	int len = 0;

	wbuf_bytes(&padded, payload->base, payload->len);
	while ((padded.len + 1) % BLOCK && !padded.bad)
		wbuf_u8(&padded, ++n_pad);
	wbuf_u8(&padded, n_pad);
	if (padded.bad) {
		out->bad = true;
		return;
	}
	assert(EVP_EncryptInit_ex2(crypto->encrypt, NULL, keys->k2, iv, NULL));
	EVP_CIPHER_CTX_set_padding(crypto->encrypt, 0);
	assert(EVP_EncryptUpdate(crypto->encrypt, sealed, &len, plain,
				 (int)padded.len));
	wbuf_bytes(out, iv, IPMI_IV_SIZE);
	wbuf_bytes(out, sealed, (size_t)len);
}

/* IPMI 2.0, 13.28.4: padded so that what is signed is a multiple of four. */
static void sign(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
		 size_t begin, struct wbuf *out)
{
	uint8_t code[IPMI_HASH_MAX];
	uint8_t n_pad = 0;

	while ((out->len - begin + 2) % 4 && !out->bad) {
		wbuf_u8(out, 0xff);
		n_pad++;
	}
	wbuf_u8(out, n_pad);
	wbuf_u8(out, NEXT_HEADER);
	if (out->bad)
		return;
	hmac(crypto, keys->suite, keys->k1, keys->suite->hash_len,
	     rbuf_of(out->base + begin, out->len - begin), code);
	wbuf_bytes(out, code, keys->suite->code_len);
}

void ipmi_seal(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
	       const struct ipmi_packet *packet, const struct wbuf *payload,
	       const uint8_t iv[IPMI_IV_SIZE], struct wbuf *out)
{
	struct ipmi_packet header = *packet;
	size_t blocks = payload->len / BLOCK + 1;
	size_t begin = out->len + 4; /* behind the RMCP header */

	assert(!payload->bad);
	header.rmcp_plus = true;
	header.encrypted = true;
	header.authenticated = true;
	ipmi_build_header(out, &header, IPMI_IV_SIZE + blocks * BLOCK);
	encrypt(crypto, keys, payload, iv, out);
	sign(crypto, keys, begin, out);
}

static bool decrypt(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
		    struct rbuf in, struct wbuf *payload)
{
	uint8_t iv[IPMI_IV_SIZE];
	uint8_t plain[IPMI_PACKET_MAX];
	uint8_t n_pad;
	int len = 0;

	rbuf_bytes(&in, iv, sizeof(iv));
	if (in.bad || !in.left || in.left % BLOCK || in.left > sizeof(plain))
		return false;
	assert(EVP_DecryptInit_ex2(crypto->decrypt, NULL, keys->k2, iv, NULL));
	EVP_CIPHER_CTX_set_padding(crypto->decrypt, 0);
	assert(EVP_DecryptUpdate(crypto->decrypt, plain, &len, in.at,
				 (int)in.left));
	n_pad = plain[len - 1];
	if (n_pad > MAX_PAD || n_pad >= len)
		return false;
	wbuf_bytes(payload, plain, (size_t)len - 1 - n_pad);
	return !payload->bad;
}

bool ipmi_unseal(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
		 const struct ipmi_packet *packet, struct wbuf *payload)
{
	size_t code_len = keys->suite->code_len;
	struct rbuf in = packet->whole;
	uint8_t code[IPMI_HASH_MAX];
	struct rbuf covered;

	/* The pad, its length, the next header; some pad differently. */
	if (!packet->authenticated ||
	    in.left < packet->head_len + packet->payload.left + 2 + code_len)
		return false;
	covered = rbuf_sub(&in, in.left - code_len);
	hmac(crypto, keys->suite, keys->k1, keys->suite->hash_len, covered,
	     code);
	if (!ipmi_code_eq(code, in.at, code_len))
		return false;
	if (packet->encrypted)
		return decrypt(crypto, keys, packet->payload, payload);
	wbuf_bytes(payload, packet->payload.at, packet->payload.left);
	return !payload->bad;
}

bool ipmi_code_eq(const uint8_t *a, const uint8_t *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
