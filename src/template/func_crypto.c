/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of Sprig's cryptography needs no random numbers.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/str.h"
#include "template/call.h"

#define BLOCK 16 /* bytes of AES, and of the IV in front */

static inline void cipher_free_scope(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

/* AES-256-CBC, padded; the password with zeros behind it is the key. */
static bool decrypt(struct buf *out, const struct text *password,
		    const struct buf *secret)
{
	CLEANUP(cipher_free_scope)
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	AUTO_FREE unsigned char *plain = xmalloc(secret->len);
	const unsigned char *bytes = (const unsigned char *)secret->base;
	unsigned char key[32] = { 0 };
	int n = 0;
	int last = 0;

	memcpy(key, password->base,
	       password->len < sizeof(key) ? password->len : sizeof(key));
	if (!context ||
	    !EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), NULL, key, bytes) ||
	    !EVP_DecryptUpdate(context, plain, &n, bytes + BLOCK,
			       (int)(secret->len - BLOCK)) ||
	    !EVP_DecryptFinal_ex(context, plain + n, &last))
		return false;
	buf_add(out, plain, (size_t)(n + last));
	return true;
}

static const json_t *call_decrypt_aes(struct call *call)
{
	CLEANUP(buf_release) struct buf secret = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text password;
	struct text text;

	if (arg_text(call, 0, &password) || arg_text(call, 1, &text))
		return NULL;
	if (!text.len)
		return call->args[1];
	if (!str_unbase64(&secret, text.base, text.len))
		return call_fail(call, "this is not base64");
	if (secret.len < 2 * BLOCK || secret.len % BLOCK ||
	    !decrypt(&out, &password, &secret))
		return call_fail(call, "this was not encrypted so");
	return give_text(call, &out);
}

/* Whoever asks for the password of a key gets none. */
static int no_password(char *room, int size, int writing, void *arg)
{
	(void)writing;
	(void)arg;
	if (size > 0)
		room[0] = '\0';
	return -1;
}

static bool is_certificate(const struct buf *text)
{
	BIO *bio = BIO_new_mem_buf(text->base, (int)text->len);
	X509 *certificate =
		bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
	bool good = certificate != NULL;

	X509_free(certificate);
	BIO_free(bio);
	return good;
}

static bool is_key(const struct buf *text)
{
	BIO *bio = BIO_new_mem_buf(text->base, (int)text->len);
	EVP_PKEY *key =
		bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL)
		    : NULL;
	bool good = key != NULL;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}

/* Both in base64 of PEM; they come back decoded as .Cert and .Key. */
static const json_t *call_build_custom_cert(struct call *call)
{
	CLEANUP(buf_release) struct buf certificate = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf key = BUF_INIT(VALUE_MAX);
	struct text texts[2];
	json_t *pair;

	if (arg_text(call, 0, &texts[0]) || arg_text(call, 1, &texts[1]) ||
	    call_spend(call, 1000))
		return NULL;
	if (!str_unbase64(&certificate, texts[0].base, texts[0].len) ||
	    !str_unbase64(&key, texts[1].base, texts[1].len))
		return call_fail(call, "this is not base64");
	if (!is_certificate(&certificate))
		return call_fail(call, "unable to decode certificate");
	if (!is_key(&key))
		return call_fail(call, "error parsing private key");
	pair = json_object();
	json_object_set_new(
		pair, "Cert",
		json_stringn_nocheck(certificate.base, certificate.len));
	json_object_set_new(pair, "Key",
			    json_stringn_nocheck(key.base, key.len));
	return give_tree(call, pair);
}

const struct func *func_crypto(size_t *n)
{
	static const struct func table[] = {
		{ "decryptAES", 2, 2, call_decrypt_aes, FUNC_PLAIN },
		{ "buildCustomCert", 2, 2, call_build_custom_cert, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
