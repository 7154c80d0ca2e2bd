/* SPDX-License-Identifier: Apache-2.0 */
#include "redfish_tls.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/str.h"

#define YEAR_S (365L * 24 * 3600)

SSL_CTX *redfish_tls_new(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	assert(tls && key && cert);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), YEAR_S);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"redfish_emulator",
				   -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	assert(X509_sign(cert, key, EVP_sha256()));
	assert(SSL_CTX_use_certificate(tls, cert) == 1);
	assert(SSL_CTX_use_PrivateKey(tls, key) == 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	return tls;
}

SSL_CTX *redfish_tls_new_bad(void)
{
	SSL_CTX *tls = redfish_tls_new();

	SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(tls, TLS1_VERSION);
	return tls;
}

char *redfish_tls_pin(SSL_CTX *tls)
{
	X509 *cert = SSL_CTX_get0_certificate(tls);
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(X509_get0_pubkey(cert), &der);
	struct buf pin = BUF_INIT(128);

	assert(len > 0);
	SHA256(der, (size_t)len, digest);
	OPENSSL_free(der);
	buf_adds(&pin, "sha256//");
	str_base64(&pin, digest, sizeof(digest));
	return buf_take(&pin);
}
