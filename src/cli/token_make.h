/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TOKEN_MAKE_H
#define CLI_TOKEN_MAKE_H

#include "cli/command.h"

/*
 * Makes a Token by the API, for `tomte token create` and `tomte kubeconfig`.
 */
struct token_wish {
	const char *name; /* NULL: a generated one */
	const char *user; /* NULL: its name */
	const char *role;
	const char *namespaces; /* "a,b"; NULL: all */
	const char *ttl;        /* "90d", "never"; NULL: a year */
	const char *request;    /* of a certificate, in PEM; NULL: a token */
};

/* The Token with what is told but once, or NULL. */
json_t *token_make(struct client *client, const struct token_wish *wish,
		   struct err *err) NODISCARD;

/* A new key and a signing request for it, in PEM; the caller wipes and
 * frees the key. */
int token_key(char **key_pem, char **request_pem, struct err *err) NODISCARD;

#endif
