/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/access.h"

#include <stdio.h>
#include <string.h>

#include "base/cert.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "base/yaml.h"
#include "cli/kubeconfig_plan.h"
#include "store/token.h"

#define MAX_FILE (64 * 1024)

/* As api/identity.c reads it. */
#define NAMESPACE_GROUP "namespace:"

/* The token in the file that is there; false: none, or not a good one. */
static bool read_token(struct store *store, const char *path, char *token,
		       size_t size)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(MAX_FILE);
	AUTO_JSON json_t *documents = NULL;
	const char *found;
	struct token row;
	struct err err;

	if (file_read(path, &text, &err))
		return false;
	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err);
	found = json_str_at(documents, "[0].users[0].user.token");
	if (!found || !str_copy(token, size, found))
		return false;
	return token_find(store, token, &row) && str_eq(row.role, "admin");
}

int access_write(struct store *store, const char *folder, const char *server,
		 const char *ca_pem, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/kubeconfig", folder);
	AUTO_JSON json_t *config = NULL;
	const struct token admin = {
		.name = "admin",
		.type = TOKEN_BEARER,
		.user = "admin",
		.role = "admin",
	};
	char token[SECRET_TOKEN_TEXT];
	char *text;
	int status;

	if (!read_token(store, path, token, sizeof(token))) {
		secret_token(token);
		if (token_replace(store, &admin, token, err))
			return -1;
	}
	config = kubeconfig_render(&(struct kubeconfig){ .server = server,
							 .ca_pem = ca_pem,
							 .user = "admin",
							 .token = token });
	secret_wipe(token, sizeof(token));
	text = yaml_text(config);
	status = file_replace(path, text, strlen(text), err);
	secret_wipe(text, strlen(text));
	free(text);
	return status;
}

/* "a,b" as groups, behind the one that is the role. */
static int split_namespaces(const char *namespaces,
			    char groups[CERT_GROUPS][CERT_TEXT], size_t *n,
			    struct err *err)
{
	while (*namespaces) {
		size_t len = strcspn(namespaces, ",");

		if (*n == CERT_GROUPS)
			return err_set(err, ERR_INVALID,
				       "spec.namespaces: over %d do not fit "
				       "into a certificate",
				       CERT_GROUPS - 1);
		if (strlen(NAMESPACE_GROUP) + len >= CERT_TEXT)
			return err_set(err, ERR_INVALID,
				       "spec.namespaces: %.63s is too long for "
				       "a certificate",
				       namespaces);
		snprintf(groups[(*n)++], CERT_TEXT, NAMESPACE_GROUP "%.*s",
			 (int)len, namespaces);
		namespaces += len + (namespaces[len] == ',');
	}
	return 0;
}

char *access_sign(const struct pki *pki, const char *request,
		  const struct api_subject *subject, char serial[41],
		  struct err *err)
{
	char groups[CERT_GROUPS][CERT_TEXT];
	const char *list[CERT_GROUPS + 1] = { NULL };
	const struct pki_subject signed_as = {
		.name = subject->user,
		.groups = list,
		.seconds = subject->seconds,
	};
	size_t n = 1;

	str_copy(groups[0], sizeof(groups[0]), subject->role);
	if (split_namespaces(subject->namespaces, groups, &n, err))
		return NULL;
	for (size_t i = 0; i < n; i++)
		list[i] = groups[i];
	return pki_sign(pki, request, &signed_as, serial, err);
}
