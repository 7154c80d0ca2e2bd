/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_KIND_H
#define STORE_KIND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The kinds of object that are known: names, and what one may do with them.
 * The vocabulary is Tinkerbell's (tinkerbell.org and bmc.tinkerbell.org,
 * v1alpha1), a few core kinds that clients lean on, and our own group.
 */
struct kind {
	const char *group; /* "" for core */
	const char *version;
	const char *kind;
	const char *plural;
	const char *singular;
	const char *short_name; /* or NULL */
	bool has_status;        /* has a /status of its own */
	bool virtual;           /* not stored: made from rows when asked for */
	bool mixed;             /* virtual, and clients may store some beside */
	bool cluster;           /* in no namespace */
	const char *verbs;      /* "create get"; NULL: all that its kind has */
};

#define TINKERBELL_GROUP "tinkerbell.org"
#define BMC_GROUP        "bmc.tinkerbell.org"
#define TOMTE_GROUP      "tomte.dev"
#define CRD_GROUP        "apiextensions.k8s.io"
#define AUTHZ_GROUP      "authorization.k8s.io"
#define AUTHN_GROUP      "authentication.k8s.io"

extern const struct kind kinds[];
extern const size_t n_kinds;

/* NULL: there is no such kind. */
const struct kind *kind_find(const char *group, const char *kind);
const struct kind *kind_by_plural(const char *group, const char *version,
				  const char *plural);
/* By anything that people type: kind, plural, singular or short name. */
const struct kind *kind_by_word(const char *word);

/* Whether Kubernetes has no kind of that name itself. */
bool kind_is_custom(const struct kind *kind);
/* Whether it is served with that verb of Kubernetes. */
bool kind_has_verb(const struct kind *kind, const char *verb);

/* "v1" or "tinkerbell.org/v1alpha1". */
void kind_api_version(const struct kind *kind, char *out, size_t size);

#endif
