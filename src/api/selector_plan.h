/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SELECTOR_PLAN_H
#define API_SELECTOR_PLAN_H

#include "base/json.h"

/*
 * Which objects of a list are meant: label and field selectors. Pure.
 *
 *	rack=r1,role in (a,b),!spare		labels
 *	metadata.name=m17,type!=Warning		fields
 *
 * A comma is "and". As in Kubernetes `k != v` and `k notin (..)` also match
 * what has no label k.
 */
struct selector;

/* labels and fields may be NULL or "". ERR_PROTOCOL: cannot be parsed. */
struct selector *selector_new(const char *labels, const char *fields,
			      struct err *err) NODISCARD;
void selector_free(struct selector *selector);

/* It selects everything. */
bool selector_is_empty(const struct selector *selector);
bool selector_match(const struct selector *selector, const json_t *object);
/* What it says of labels alone; labels may be NULL. */
bool selector_match_labels(const struct selector *selector,
			   const json_t *labels);
/* A label with the one value that it has to have; false: there is none. */
bool selector_label(const struct selector *selector, const char **key,
		    const char **value);
/* The one name that can be meant; NULL: there may be more. */
const char *selector_name(const struct selector *selector);

#endif
