/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/token_make.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/str.h"
#include "cli/resource.h"
#include "cli/span_plan.h"

static int put_ttl(json_t *object, const char *ttl, struct err *err)
{
	int64_t seconds = 0;

	if (!ttl)
		return 0;
	if (!str_eq(ttl, "never") && (!span_parse(ttl, &seconds) || !seconds))
		return err_set(err, ERR_INVALID,
			       "--ttl %s: expected 12h, 90d or never", ttl);
	json_put(object, "spec.expirationSeconds", json_integer(seconds));
	return 0;
}

json_t *token_make(struct client *client, const struct token_wish *wish,
		   struct err *err)
{
	AUTO_FREE char *path = resource_path(&resource_token, NULL, NULL, NULL);
	AUTO_JSON json_t *object = json_object();

	json_put(object, "apiVersion", json_string("tomte.dev/v1alpha1"));
	json_put(object, "kind", json_string("Token"));
	if (wish->name)
		json_put(object, "metadata.name", json_string(wish->name));
	else
		json_put(object, "metadata.generateName",
			 json_string("kubeconfig-"));
	json_put(object, "spec.role", json_string(wish->role));
	if (wish->user)
		json_put(object, "spec.user", json_string(wish->user));
	if (wish->namespaces)
		json_put(object, "spec.namespaces",
			 json_of_names(wish->namespaces));
	if (wish->request) {
		json_put(object, "spec.type", json_string("Certificate"));
		json_put(object, "spec.request", json_string(wish->request));
	}
	if (put_ttl(object, wish->ttl, err))
		return NULL;
	return client_send(client, "POST", path, object, err);
}

static char *take_text(BIO *memory)
{
	char *bytes;
	long len = BIO_get_mem_data(memory, &bytes);
	char *text = xstrndup(bytes, (size_t)len);

	BIO_free(memory);
	return text;
}

int token_key(char **key_pem, char **request_pem, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *request = X509_REQ_new();
	BIO *key_text = BIO_new(BIO_s_secmem());
	BIO *request_text = BIO_new(BIO_s_mem());
	bool done = key && X509_REQ_set_pubkey(request, key) &&
		    X509_REQ_sign(request, key, EVP_sha256()) &&
		    PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL,
					     NULL) &&
		    PEM_write_bio_X509_REQ(request_text, request);

	X509_REQ_free(request);
	EVP_PKEY_free(key);
	*key_pem = take_text(key_text);
	*request_pem = take_text(request_text);
	return done ? 0 : err_set(err, ERR_IO, "making a key failed");
}
