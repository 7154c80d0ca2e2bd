/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pki.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cert.h"
#include "base/str.h"
#include "daemon/access.h"
#include "test.h"

struct fixture {
	char folder[64];
	struct pki *pki;
	struct err err;
};

static const char *const no_names[] = { NULL };

static void reopen(struct fixture *f, const char *const *names)
{
	pki_free(f->pki);
	f->pki = pki_open(f->folder, names, &f->err);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	str_copy(f->folder, sizeof(f->folder), "/tmp/tomte-pki-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	reopen(f, no_names);
	if (!f->pki)
		fail_msg("%s", f->err.message);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = { "ca.pem", "ca.key" };
	struct fixture *f = *state;

	pki_free(f->pki);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", f->folder, files[i]);

		unlink(path);
	}
	rmdir(f->folder);
	free(f);
	return 0;
}

static X509 *read_pem(const char *pem)
{
	BIO *memory = BIO_new_mem_buf(pem, -1);
	X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);

	BIO_free(memory);
	assert_non_null(certificate);
	return certificate;
}

static bool is_good(const struct pki *pki, X509 *certificate, int purpose)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	X509 *ca = read_pem(pki_ca_pem(pki));
	bool good;

	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(ctx, store, certificate, NULL);
	X509_STORE_CTX_set_purpose(ctx, purpose);
	good = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(ca);
	return good;
}

static X509 *server_certificate(const struct pki *pki)
{
	return SSL_CTX_get0_certificate(pki_server(pki));
}

/* A request in PEM for the key, which is freed; signed by `signer` if it is
 * not NULL. */
static char *request_for(EVP_PKEY *key, EVP_PKEY *signer)
{
	X509_REQ *request = X509_REQ_new();
	X509_NAME *subject = X509_REQ_get_subject_name(request);
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	char *text;
	long len;

	assert_non_null(key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)"root", -1, -1, 0);
	X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
				   (const unsigned char *)"admin", -1, -1, 0);
	X509_REQ_set_pubkey(request, key);
	X509_REQ_sign(request, signer ? signer : key, EVP_sha256());
	PEM_write_bio_X509_REQ(memory, request);
	len = BIO_get_mem_data(memory, &bytes);
	text = xstrndup(bytes, (size_t)len);
	BIO_free(memory);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	return text;
}

static void test_the_ca_is_made_once(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *before = xstrdup(pki_ca_pem(f->pki));
	AUTO_FREE char *path = xasprintf("%s/ca.key", f->folder);
	struct stat st;

	reopen(f, no_names);

	assert_non_null(f->pki);
	assert_string_equal(pki_ca_pem(f->pki), before);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_a_key_that_others_can_read_is_refused(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/ca.key", f->folder);

	assert_int_equal(chmod(path, 0640), 0);
	reopen(f, no_names);

	assert_null(f->pki);
	assert_int_equal(f->err.code, ERR_DENIED);
	assert_non_null(strstr(f->err.message, "chmod 600"));
}

static void test_the_key_of_another_ca_is_refused(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/ca.key", f->folder);
	EVP_PKEY *other = EVP_EC_gen("P-256");
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	PEM_write_PrivateKey(file, other, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	EVP_PKEY_free(other);
	reopen(f, no_names);

	assert_null(f->pki);
	assert_int_equal(f->err.code, ERR_INVALID);
}

static void test_the_server_has_the_names_that_it_was_given(void **state)
{
	static const char *const names[] = { "10.0.0.5", "tomte.example",
					     "*.rack.example", "fd00::5",
					     NULL };
	struct fixture *f = *state;
	X509 *certificate;

	reopen(f, names);
	assert_non_null(f->pki);
	certificate = server_certificate(f->pki);

	assert_true(is_good(f->pki, certificate, X509_PURPOSE_SSL_SERVER));
	assert_int_equal(X509_check_ip_asc(certificate, "10.0.0.5", 0), 1);
	assert_int_equal(X509_check_ip_asc(certificate, "fd00::5", 0), 1);
	assert_int_equal(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(certificate, "10.0.0.6", 0), 0);
	assert_int_equal(
		X509_check_host(certificate, "tomte.example", 0, 0, NULL), 1);
	assert_int_equal(
		X509_check_host(certificate, "a.rack.example", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(certificate, "x.example", 0, 0, NULL),
			 0);
}

static void test_a_name_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = {
		"a,IP:10.0.0.1", "A.example", "",     "a b",
		"email:x@y",     "*",         "a..b",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const char *const names[] = { wrong[i], NULL };

		reopen(f, names);
		assert_null(f->pki);
		assert_int_equal(f->err.code, ERR_INVALID);
	}
}

static void test_a_renewed_server_is_of_the_same_ca(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *ca = xstrdup(pki_ca_pem(f->pki));
	SSL_CTX *context = pki_server(f->pki);
	X509 *before = server_certificate(f->pki);
	X509 *after;

	X509_up_ref(before);
	assert_int_equal(pki_renew(f->pki, &f->err), 0);
	after = server_certificate(f->pki);

	assert_ptr_equal(pki_server(f->pki), context);
	assert_string_equal(pki_ca_pem(f->pki), ca);
	assert_int_not_equal(X509_cmp(before, after), 0);
	assert_int_equal(
		EVP_PKEY_eq(X509_get0_pubkey(before), X509_get0_pubkey(after)),
		0);
	assert_true(is_good(f->pki, after, X509_PURPOSE_SSL_SERVER));
	assert_int_equal(SSL_CTX_check_private_key(context), 1);
	X509_free(before);
}

static void test_a_client_is_who_the_subject_says(void **state)
{
	struct fixture *f = *state;
	const struct api_subject subject = { .user = "ada",
					     .role = "operator",
					     .namespaces = "a,b",
					     .seconds = 3600 };
	AUTO_FREE char *request = request_for(EVP_EC_gen("P-256"), NULL);
	char serial[CERT_SERIAL];
	AUTO_FREE char *pem =
		access_sign(f->pki, request, &subject, serial, &f->err);
	X509 *certificate = read_pem(pem);
	struct cert cert;

	assert_true(is_good(f->pki, certificate, X509_PURPOSE_SSL_CLIENT));
	assert_false(is_good(f->pki, certificate, X509_PURPOSE_SSL_SERVER));
	assert_int_equal(cert_read(certificate, &cert, &f->err), 0);
	assert_string_equal(cert.name, "ada");
	assert_int_equal(cert.n_groups, 3);
	assert_string_equal(cert.groups[0], "operator");
	assert_string_equal(cert.groups[1], "namespace:a");
	assert_string_equal(cert.groups[2], "namespace:b");
	assert_string_equal(cert.serial, serial);
	assert_int_equal(cert.until - cert.from, (3600 + 300) * 1000);
	X509_free(certificate);
}

static void test_the_servers_own_certificate_is_no_clients(void **state)
{
	struct fixture *f = *state;

	assert_false(is_good(f->pki, server_certificate(f->pki),
			     X509_PURPOSE_SSL_CLIENT));
}

static void test_a_request_proves_its_key(void **state)
{
	struct fixture *f = *state;
	static const char *const groups[] = { "viewer", NULL };
	const struct pki_subject subject = { "ada", groups, 3600 };
	EVP_PKEY *other = EVP_EC_gen("P-256");
	AUTO_FREE char *foreign = request_for(EVP_EC_gen("P-256"), other);
	AUTO_FREE char *weak = request_for(EVP_RSA_gen(1024), NULL);
	AUTO_FREE char *strong = request_for(EVP_RSA_gen(2048), NULL);
	char serial[CERT_SERIAL];
	char *pem;

	EVP_PKEY_free(other);
	assert_null(pki_sign(f->pki, foreign, &subject, serial, &f->err));
	assert_int_equal(f->err.code, ERR_INVALID);
	assert_null(pki_sign(f->pki, weak, &subject, serial, &f->err));
	assert_non_null(strstr(f->err.message, "too weak"));
	assert_null(pki_sign(f->pki, "", &subject, serial, &f->err));
	assert_null(pki_sign(f->pki, pki_ca_pem(f->pki), &subject, serial,
			     &f->err));
	assert_int_equal(f->err.code, ERR_INVALID);
	pem = pki_sign(f->pki, strong, &subject, serial, &f->err);
	assert_non_null(pem);
	free(pem);
}

static void test_what_does_not_fit_a_certificate_is_refused(void **state)
{
	struct fixture *f = *state;
	struct api_subject subject = { .user = "ada",
				       .role = "viewer",
				       .seconds = 3600 };
	AUTO_FREE char *request = request_for(EVP_EC_gen("P-256"), NULL);
	char serial[CERT_SERIAL];

	subject.namespaces = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p";
	assert_null(access_sign(f->pki, request, &subject, serial, &f->err));
	assert_non_null(strstr(f->err.message, "over 15"));
	subject.namespaces =
		"x23456789-x23456789-x23456789-x23456789-x23456789-x2345";
	assert_null(access_sign(f->pki, request, &subject, serial, &f->err));
	assert_non_null(strstr(f->err.message, "too long"));
	subject.namespaces = "";
	subject.user = "a\nb";
	assert_null(access_sign(f->pki, request, &subject, serial, &f->err));
	assert_int_equal(f->err.code, ERR_INVALID);
}

#define RUN_HERE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_HERE(test_the_ca_is_made_once),
		RUN_HERE(test_a_key_that_others_can_read_is_refused),
		RUN_HERE(test_the_key_of_another_ca_is_refused),
		RUN_HERE(test_the_server_has_the_names_that_it_was_given),
		RUN_HERE(test_a_name_that_is_none_is_refused),
		RUN_HERE(test_a_renewed_server_is_of_the_same_ca),
		RUN_HERE(test_a_client_is_who_the_subject_says),
		RUN_HERE(test_the_servers_own_certificate_is_no_clients),
		RUN_HERE(test_a_request_proves_its_key),
		RUN_HERE(test_what_does_not_fit_a_certificate_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
