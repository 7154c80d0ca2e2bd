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
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cert.h"
#include "base/http_server.h"
#include "base/str.h"

#define YEARS_S(n)  ((long)(n)*365 * 86400)
#define SERIAL_BITS 127
#define MAX_NAMES   4096

/* As strong as RSA with 2048 bits. */
#define LEAST_BITS 112

/* The server decides by its own clock whether a client's certificate is
 * good; this much it may have been put back since. */
#define CLOCK_S 300

struct pki {
	X509 *ca;
	EVP_PKEY *ca_key;
	SSL_CTX *server;
	char *ca_pem;
	char *names; /* of the server, as OpenSSL wants them */
};

/* Nobody can guess one that was not handed out yet. */
static void set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();

	if (!number ||
	    !BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY))
		abort(); /* no memory, or no random numbers */
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
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
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
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

/* Who reads it signs what they like. */
static FILE *open_key(const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;

	if (!file) {
		err_errno(err, errno, "open %s", path);
		return NULL;
	}
	if (!fstat(fileno(file), &st) && !(st.st_mode & 077))
		return file;
	fclose(file);
	err_set(err, ERR_DENIED,
		"%s can be read by others (mode %o): chmod 600 it", path,
		st.st_mode & 0777);
	return NULL;
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
	key_file = open_key(key_path, err);
	if (!key_file)
		return -1;
	pki->ca_key = PEM_read_PrivateKey(key_file, NULL, NULL, NULL);
	fclose(key_file);
	if (!pki->ca || !pki->ca_key ||
	    X509_check_private_key(pki->ca, pki->ca_key) != 1)
		return err_set(err, ERR_INVALID,
			       "%s and ca.key are not a certificate and its "
			       "key: remove both to have new ones made",
			       path);
	return 0;
}

static char *to_pem(X509 *certificate)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	char *text;
	long len;

	PEM_write_bio_X509(memory, certificate);
	len = BIO_get_mem_data(memory, &bytes);
	text = xstrndup(bytes, (size_t)len);
	BIO_free(memory);
	return text;
}

/* They become part of a text that OpenSSL parses. */
static int add_name(struct buf *out, const char *name, struct err *err)
{
	unsigned char ignored[16];
	const char *rest = str_starts(name, "*.") ? name + 2 : name;
	bool ip = inet_pton(AF_INET, name, ignored) == 1 ||
		  inet_pton(AF_INET6, name, ignored) == 1;

	if (!ip && !str_is_dns_name(rest, 253))
		return err_set(err, ERR_INVALID,
			       "\"%.80s\": a name in lower case or an IP "
			       "address is expected for the server's "
			       "certificate",
			       name);
	buf_printf(out, ",%s:%s", ip ? "IP" : "DNS", name);
	return 0;
}

static char *alternative_names(const char *const *names, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_NAMES);

	buf_adds(&out, "DNS:localhost,DNS:tomte,IP:127.0.0.1");
	for (; *names; names++)
		if (add_name(&out, *names, err))
			return NULL;
	if (!out.overflow)
		return buf_take(&out);
	err_set(err, ERR_TOO_BIG,
		"too many names for the server's certificate");
	return NULL;
}

int pki_renew(struct pki *pki, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = new_certificate("tomte", YEARS_S(10), key);
	int done;

	X509_set_issuer_name(certificate, X509_get_subject_name(pki->ca));
	add_extension(certificate, pki->ca, NID_subject_alt_name, pki->names);
	add_extension(certificate, pki->ca, NID_ext_key_usage, "serverAuth");
	done = X509_sign(certificate, pki->ca_key, EVP_sha256()) &&
	       SSL_CTX_use_cert_and_key(pki->server, certificate, key, NULL,
					1) == 1;
	X509_free(certificate);
	EVP_PKEY_free(key);
	if (done)
		return 0;
	return err_set(err, ERR_IO, "making the server's certificate failed");
}

static int make_server(struct pki *pki, const char *const *names,
		       struct err *err)
{
	pki->names = alternative_names(names, err);
	if (!pki->names)
		return -1;
	pki->server = SSL_CTX_new(TLS_server_method());
	if (!pki->server)
		return err_set(err, ERR_IO, "TLS is not to be had");
	SSL_CTX_set_min_proto_version(pki->server, TLS1_2_VERSION);
	if (http_tls_trust(pki->server, pki->ca, err))
		return -1;
	return pki_renew(pki, err);
}

struct pki *pki_open(const char *folder, const char *const *names,
		     struct err *err)
{
	struct pki *pki = xcalloc(1, sizeof(*pki));

	if (load_ca(pki, folder, err) || make_server(pki, names, err)) {
		pki_free(pki);
		return NULL;
	}
	pki->ca_pem = to_pem(pki->ca);
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
	free(pki->names);
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

/* The key that asks, proven to be theirs; NULL: see err. */
static EVP_PKEY *read_request(const char *text, struct err *err)
{
	BIO *memory = BIO_new_mem_buf(text, -1);
	X509_REQ *request =
		memory ? PEM_read_bio_X509_REQ(memory, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = request ? X509_REQ_get_pubkey(request) : NULL;
	bool proven = key && X509_REQ_verify(request, key) == 1;

	X509_REQ_free(request);
	BIO_free(memory);
	if (!proven)
		err_set(err, ERR_INVALID,
			"spec.request: no signing request in PEM, or not "
			"signed by its own key");
	else if (EVP_PKEY_get_security_bits(key) < LEAST_BITS)
		err_set(err, ERR_INVALID, "spec.request: the key is too weak");
	else
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static int add_groups(X509 *certificate, const char *const *groups,
		      struct err *err)
{
	X509_NAME *subject = X509_get_subject_name(certificate);

	for (; *groups; groups++)
		if (X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
					       (const unsigned char *)*groups,
					       -1, -1, 0) != 1)
			return err_set(err, ERR_INVALID,
				       "\"%.80s\" does not fit into a "
				       "certificate",
				       *groups);
	return 0;
}

static int fill_client(const struct pki *pki, X509 *certificate,
		       const struct pki_subject *subject, struct err *err)
{
	X509_gmtime_adj(X509_getm_notBefore(certificate), -CLOCK_S);
	if (add_groups(certificate, subject->groups, err))
		return -1;
	X509_set_issuer_name(certificate, X509_get_subject_name(pki->ca));
	add_extension(certificate, pki->ca, NID_basic_constraints,
		      "critical,CA:FALSE");
	add_extension(certificate, pki->ca, NID_key_usage,
		      "critical,digitalSignature");
	add_extension(certificate, pki->ca, NID_ext_key_usage, "clientAuth");
	if (X509_sign(certificate, pki->ca_key, EVP_sha256()))
		return 0;
	return err_set(err, ERR_IO, "signing failed");
}

char *pki_sign(const struct pki *pki, const char *request,
	       const struct pki_subject *subject, char serial[41],
	       struct err *err)
{
	EVP_PKEY *key = read_request(request, err);
	X509 *certificate;
	struct cert cert;
	char *text = NULL;

	if (!key)
		return NULL;
	certificate =
		new_certificate(subject->name, (long)subject->seconds, key);
	/* Only what we read as we meant it is handed out. */
	if (!fill_client(pki, certificate, subject, err) &&
	    !cert_read(certificate, &cert, err)) {
		str_copy(serial, 41, cert.serial);
		text = to_pem(certificate);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
	return text;
}
