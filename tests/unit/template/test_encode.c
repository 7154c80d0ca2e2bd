/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/str.h"
#include "unit/template/rows.h"

static const struct row bases[] = {
	GIVES("{{b64enc \"hello\"}} {{b64enc \"\"}}|{{b64enc \"a\"}}",
	      "aGVsbG8= |YQ=="),
	GIVES("{{b64dec \"aGVsbG8=\"}} {{\"a\\nGk=\" | b64dec}}", "hello hi"),
	GIVES("{{b32enc \"hello\"}} {{b32enc \"hi\"}}", "NBSWY3DP NBUQ===="),
	GIVES("{{b32dec \"NBSWY3DP\"}} {{b32dec \"NBUQ====\"}}", "hello hi"),
	FAILS("{{b64enc 5}}", "argument 1: expected string"),
};

/* Sprig gives the text of the error for a value. */
static const struct row no_bases[] = {
	REFUSED("{{b64dec \"a?==\"}}", "this is not base64"),
	REFUSED("{{b64dec \"aGk\"}}", "this is not base64"),
	REFUSED("{{b32dec \"a\"}}", "this is not base32"),
	REFUSED("{{b32dec \"nbswy3dp\"}}", "this is not base32"),
	REFUSED("{{b32dec \"A=======\"}}", "this is not base32"),
};

static void test_base64_and_base32(void **state)
{
	(void)state;
	CHECK(bases);
	CHECK(no_bases);
}

static const struct row writes[] = {
	GIVES("{{toJson .tags}} {{toJson .mixed}}",
	      "{\"a\":\"one\",\"b\":\"two\"} [1,\"a\",null,2.5,true]"),
	GIVES("{{toJson \"<b>&\\n\\\"\"}}",
	      "\"\\u003cb\\u003e\\u0026\\n\\\"\""),
	GIVES("{{toRawJson \"<b>&\"}} {{mustToRawJson 1}}", "\"<b>&\" 1"),
	GIVES("{{toJson 1e6}} {{toJson 1e21}} {{toJson 1e-7}} {{toJson 1.0}}",
	      "1000000 1e+21 1e-7 1"),
	GIVES("{{toJson \"\\x01\\u2028\\xff\"}}", "\"\\u0001\\u2028\\ufffd\""),
	GIVES("{{toPrettyJson .tags}}",
	      "{\n  \"a\": \"one\",\n  \"b\": \"two\"\n}"),
	GIVES("{{toPrettyJson (list 1 (dict) (list))}}",
	      "[\n  1,\n  {},\n  []\n]"),
	GIVES("{{mustToJson nil}} {{mustToPrettyJson 1}}", "null 1"),
};

static void test_json_is_written_as_go_does(void **state)
{
	(void)state;
	CHECK(writes);
}

static const struct row reads[] = {
	GIVES("{{(fromJson \"{\\\"a\\\":[1,2]}\").a}}", "[1 2]"),
	GIVES("{{fromJson \"1000000\"}} {{kindOf (fromJson \"1\")}}",
	      "1e+06 float64"),
	GIVES("{{fromJson \"nonsense\"}} {{fromJson \"\"}}",
	      "<no value> <no value>"),
	GIVES("{{fromJson \"\\\"\\\\u00e9\\\"\"}} {{fromJson \"null\"}}",
	      "\xc3\xa9 <no value>"),
	GIVES("{{mustFromJson \"[true]\"}}", "[true]"),
	FAILS("{{mustFromJson \"[\"}}",
	      "error calling mustFromJson: JSON, line 1"),
	GIVES("{{.nested | toJson | fromJson | dig \"a\" \"b\" \"c\" 0}}",
	      "deep"),
};

static void test_json_is_read_with_numbers_as_floats(void **state)
{
	(void)state;
	CHECK(reads);
}

static const struct row digests[] = {
	GIVES("{{sha1sum \"Hello world!\"}}",
	      "d3486ae9136e7856bc42212385ea797094475802"),
	GIVES("{{sha256sum \"Hello world!\"}}",
	      "c0535e4be2b79ffd93291305436bf889314e4a3faec05ecffcbb7df31ad9e51"
	      "a"),
	GIVES("{{sha512sum \"\" | trunc 16}}", "cf83e1357eefb8bd"),
	GIVES("{{adler32sum \"Hello world!\"}}", "487130206"),
	GIVES("{{decryptAES \"secretkey\""
	      " \"30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=\"}}",
	      "plaintext"),
	GIVES("{{decryptAES \"x\" \"\"}}|", "|"),
	FAILS("{{decryptAES \"x\" \"AAAA\"}}", "this was not encrypted so"),
	FAILS("{{buildCustomCert \"AAAA\" \"AAAA\"}}",
	      "unable to decode certificate"),
};

static void test_checksums_are_in_hexadecimal(void **state)
{
	(void)state;
	CHECK(digests);
}

/* What was written there, in base64. */
static json_t *base64_of(BIO *bio)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(8192);
	char *pem;
	long len = BIO_get_mem_data(bio, &pem);

	str_base64(&out, pem, (size_t)len);
	BIO_free(bio);
	return json_string(out.base);
}

/* A new key, and a certificate that it signed itself. */
static json_t *make_pair(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *certificate = X509_new();
	BIO *bios[] = { BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()) };
	json_t *data = json_object();

	assert_true(key && certificate && bios[0] && bios[1]);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, NULL));
	PEM_write_bio_X509(bios[0], certificate);
	PEM_write_bio_PrivateKey(bios[1], key, NULL, NULL, 0, NULL, NULL);
	json_object_set_new(data, "cert", base64_of(bios[0]));
	json_object_set_new(data, "key", base64_of(bios[1]));
	X509_free(certificate);
	EVP_PKEY_free(key);
	return data;
}

static void test_a_certificate_and_its_key_are_a_pair(void **state)
{
	AUTO_JSON json_t *data = make_pair();
	static const struct row good =
		GIVES("{{$p := buildCustomCert .cert .key}}"
		      "{{$p.Cert | trunc 27}}|{{$p.Key | trunc 27}}",
		      "-----BEGIN CERTIFICATE-----|"
		      "-----BEGIN PRIVATE KEY-----");
	static const struct row bad = FAILS("{{buildCustomCert .cert .cert}}",
					    "error parsing private key");

	(void)state;
	check_row(&good, data);
	check_row(&bad, data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_base64_and_base32),
		RUN(test_json_is_written_as_go_does),
		RUN(test_json_is_read_with_numbers_as_floats),
		RUN(test_checksums_are_in_hexadecimal),
		RUN(test_a_certificate_and_its_key_are_a_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
