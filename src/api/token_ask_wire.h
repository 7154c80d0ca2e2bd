/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_TOKEN_ASK_WIRE_H
#define API_TOKEN_ASK_WIRE_H

#include "api/access_plan.h"

/*
 * What is asked for when a Token is created (tomte.dev/v1alpha1). Pure.
 *
 *	spec:
 *	  role: operator
 *	  namespaces: [a, b]		# without: all
 *	  user: ada			# without: its name
 *	  type: Certificate		# or Bearer
 *	  request: -----BEGIN ...	# of a certificate
 *	  expirationSeconds: 86400	# 0: never; without: a year
 */
#define TOKEN_ASK_YEAR 31536000

struct token_ask {
	char user[65];
	enum access_role role;
	char namespaces[512]; /* "a,b"; "": all */
	bool certificate;
	const char *request; /* in the object; NULL: none */
	int64_t seconds;     /* 0: never */
};

/* ERR_INVALID: which field is wrong, and how. */
int token_ask_decode(const json_t *object, const char *name,
		     struct token_ask *ask, struct err *err) NODISCARD;

#endif
