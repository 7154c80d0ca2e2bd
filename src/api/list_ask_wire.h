/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LIST_ASK_WIRE_H
#define API_LIST_ASK_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Which state of a list is asked for, and which part of it: the query
 * parameters limit, continue, resourceVersion and resourceVersionMatch. Pure.
 *
 * The token of `continue` names the version of the first page and the last
 * object that was given, so a list in pages is one list, whatever is written
 * between its pages.
 */
struct list_params {
	const char *limit; /* NULL: absent */
	const char *token;
	const char *version;
	const char *match;
};

struct list_ask {
	int64_t limit;     /* 0: all */
	int64_t version;   /* exactly this one; 0: the newest */
	int64_t not_older; /* the newest, and that is this one at least */
	bool continued;
	char after_namespace[64];
	char after_name[254];
};

/* ERR_PROTOCOL: what is wrong with which parameter. ERR_INVALID: parameters
 * that do not go together. */
int list_ask_parse(struct list_ask *ask, const struct list_params *params,
		   struct err *err) NODISCARD;

/* For the next page; the caller frees. */
char *list_ask_token(int64_t version, const char *namespace, const char *name);

#endif
