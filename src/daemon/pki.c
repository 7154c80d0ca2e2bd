/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pki.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define YEARS_S(n) ((long)(n)*365 * 86400)

struct pki {
	X509 *ca;
	EVP_PKEY *ca_key;
	SSL_CTX *server;
	char *ca_pem;
};

static void set_serial(X509 *certificate)
{
	unsigned char bytes[8];
	uint64_t number;

	RAND_bytes(bytes, sizeof(bytes));
	memcpy(&number, bytes, sizeof(number));
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
				number >> 1);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid,
			  const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!extension)
		abort(); /* a value of ours that OpenSSL does not know */
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *new_certificate(const char *name, long seconds, EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	set_serial(certificate);
	/* Machines whose clock is wrong have to get in too. */
	X509_gmtime_adj(X509_getm_notBefore(certificate), -YEARS_S(20));
	X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_pubkey(certificate, key);
	return certificate;
}

static int write_key(const char *path, EVP_PKEY *key, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		return err_errno(err, errno, "make %s", path);
	if (!PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) ||
	    fflush(file) || fsync(fd)) {
		fclose(file);
		unlink(path);
		return err_set(err, ERR_IO, "write %s failed", path);
	}
	fclose(file);
	return 0;
}

static int make_ca(struct pki *pki, const char *path, const char *key_path,
		   struct err *err)
{
	FILE *file;

	pki->ca_key = EVP_EC_gen("P-256");
	pki->ca = new_certificate("tomte CA", YEARS_S(30), pki->ca_key);
	X509_set_issuer_name(pki->ca, X509_get_subject_name(pki->ca));
	add_extension(pki->ca, pki->ca, NID_basic_constraints,
		      "critical,CA:TRUE");
	add_extension(pki->ca, pki->ca, NID_key_usage,
		      "critical,keyCertSign,cRLSign");
	add_extension(pki->ca, pki->ca, NID_subject_key_identifier, "hash");
	if (!X509_sign(pki->ca, pki->ca_key, EVP_sha256()))
		return err_set(err, ERR_IO, "signing the CA failed");
	unlink(key_path); /* one that lost its certificate */
	if (write_key(key_path, pki->ca_key, err))
		return -1;
	file = fopen(path, "we");
	if (!file)
		return err_errno(err, errno, "make %s", path);
	PEM_write_X509(file, pki->ca);
	fclose(file);
	return 0;
}

static int load_ca(struct pki *pki, const char *folder, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/ca.pem", folder);
	AUTO_FREE char *key_path = xasprintf("%s/ca.key", folder);
	FILE *file = fopen(path, "re");
	FILE *key_file;

	if (!file && errno == ENOENT)
		return make_ca(pki, path, key_path, err);
	if (!file)
		return err_errno(err, errno, "open %s", path);
	pki->ca = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	key_file = fopen(key_path, "re");
	if (!key_file)
		return err_errno(err, errno, "open %s", key_path);
	pki->ca_key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
	fclose(key_file);
	if (!pki->ca || !pki->ca_key)
		return err_set(err, ERR_INVALID,
			       "%s and ca.key are not a certificate and its "
			       "key: remove both to have new ones made",
			       path);
	return 0;
}

static void ca_to_text(struct pki *pki)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	long len;

	PEM_write_bio_X509(memory, pki->ca);
	len = BIO_get_mem_data(memory, &bytes);
	pki->ca_pem = xstrndup(bytes, (size_t)len);
	BIO_free(memory);
}

static char *alternative_names(const char *const *addresses)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	unsigned char ignored[16];

	buf_adds(&out, "DNS:localhost,DNS:tomte,IP:127.0.0.1");
	for (; *addresses; addresses++) {
		bool ip = inet_pton(AF_INET, *addresses, ignored) == 1 ||
			  inet_pton(AF_INET6, *addresses, ignored) == 1;

		buf_printf(&out, ",%s:%s", ip ? "IP" : "DNS", *addresses);
	}
	return buf_take(&out);
}

static int make_server(struct pki *pki, const char *const *addresses,
		       struct err *err)
{
	AUTO_FREE char *names = alternative_names(addresses);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = new_certificate("tomte", YEARS_S(10), key);
	int done;

	X509_set_issuer_name(certificate, X509_get_subject_name(pki->ca));
	add_extension(certificate, pki->ca, NID_subject_alt_name, names);
	add_extension(certificate, pki->ca, NID_ext_key_usage, "serverAuth");
	pki->server = SSL_CTX_new(TLS_server_method());
	done = X509_sign(certificate, pki->ca_key, EVP_sha256()) &&
	       pki->server &&
	       SSL_CTX_use_certificate(pki->server, certificate) == 1 &&
	       SSL_CTX_use_PrivateKey(pki->server, key) == 1;
	X509_free(certificate);
	EVP_PKEY_free(key);
	if (!done)
		return err_set(err, ERR_IO,
			       "making the server's certificate failed");
	SSL_CTX_set_min_proto_version(pki->server, TLS1_2_VERSION);
	return 0;
}

struct pki *pki_open(const char *folder, const char *const *addresses,
		     struct err *err)
{
	struct pki *pki = xcalloc(1, sizeof(*pki));

	if (load_ca(pki, folder, err) || make_server(pki, addresses, err)) {
		pki_free(pki);
		return NULL;
	}
	ca_to_text(pki);
	return pki;
}

void pki_free(struct pki *pki)
{
	if (!pki)
		return;
	SSL_CTX_free(pki->server);
	X509_free(pki->ca);
	EVP_PKEY_free(pki->ca_key);
	free(pki->ca_pem);
	free(pki);
}

struct ssl_ctx_st *pki_server(const struct pki *pki)
{
	return pki->server;
}

const char *pki_ca_pem(const struct pki *pki)
{
	return pki->ca_pem;
}
