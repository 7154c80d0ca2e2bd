/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ACCEPT_PLAN_H
#define API_ACCEPT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * In which form a client wants its answer, by its Accept header: the first
 * range that we can serve. Pure.
 *
 *	application/json;as=Table;v=v1;g=meta.k8s.io, application/json
 */
enum accept_form {
	ACCEPT_OBJECT,  /* as it is; also when nothing else is asked for */
	ACCEPT_TABLE,   /* rows and columns for people */
	ACCEPT_PARTIAL, /* the metadata alone */
};

enum accept_form accept_form_of(const char *accept);

enum accept_discovery {
	ACCEPT_LEGACY, /* one document a group */
	ACCEPT_V2BETA1,
	ACCEPT_V2, /* all groups in one document */
};

enum accept_discovery accept_discovery_of(const char *accept);

/* The type that a range names comes first among those that are listed in
 * `types`; -1: none of them. "*" is the first. */
int accept_first(const char *accept, const char *const *types, size_t n);

#endif
