/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RESOURCE_H
#define CLI_RESOURCE_H

#include "base/json.h"

/*
 * What people call a kind of object, and where the API has it. The daemon's
 * list is store/kind.h; a client stands on the API alone, so this one is its
 * own.
 *
 *	const struct resource *r = resource_by_word("hw");
 *	path = resource_path(r, "default", "r1n01", NULL);
 */
struct resource {
	const char *group; /* "" for core */
	const char *version;
	const char *kind;
	const char *plural;
	const char *short_name; /* or NULL */
};

extern const struct resource resource_hardware;
extern const struct resource resource_template;
extern const struct resource resource_workflow;
extern const struct resource resource_machine;
extern const struct resource resource_job;
extern const struct resource resource_run;
extern const struct resource resource_event;
extern const struct resource resource_secret;
extern const struct resource resource_token;
extern const struct resource resource_audit_record;
extern const struct resource resource_namespace;

/* Each of them, from 0; NULL behind the last. */
const struct resource *resource_at(size_t i);

/* By kind, plural (also "plural.group") or short name. NULL: see err, which may
 * have a guess. */
const struct resource *resource_by_word(const char *word,
					struct err *err) NODISCARD;
/* "KIND NAME...", or "KIND/NAME..." as `get -o name` prints them: the kind,
 * and the names as a new list, which may be empty. */
int resource_split(char *const *words, size_t n_words,
		   const struct resource **resource, json_t **names,
		   struct err *err) NODISCARD;
/* By an object's apiVersion and kind. */
const struct resource *resource_of(const json_t *object,
				   struct err *err) NODISCARD;

/* `namespace` NULL: all (Tokens and the like are in none); `name` NULL: the
 * collection; `query` NULL: none. The caller frees. */
char *resource_path(const struct resource *resource, const char *namespace,
		    const char *name, const char *query);

/* Percent-encoded for a path or a query; the caller frees. */
char *resource_escape(const char *text);

#endif
