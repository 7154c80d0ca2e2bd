/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ANSWER_WIRE_H
#define API_ANSWER_WIRE_H

#include "api/accept_plan.h"
#include "api/table_wire.h"
#include "base/buf.h"

/*
 * Objects as a client wants to see them: whole, as a Table, or the metadata
 * alone. Pure.
 *
 * A list is written object by object, so that of ten thousand only the text
 * is in memory:
 *
 *	answer_list_begin(&list, &form, kind, now);
 *	answer_list_add(&list, object);
 *	answer_list_end(&list, &metadata);
 */
struct answer_form {
	enum accept_form form;
	enum table_include include; /* of a Table */
};

/* Forms that are equal give equal texts: for who makes one for many. */
#define ANSWER_N_FORMS 5
unsigned answer_form_index(const struct answer_form *form);

/* A new reference; `version` is the resourceVersion of a Table. */
json_t *answer_one(const struct answer_form *form, const struct kind *kind,
		   json_t *object, const char *version, wall_ms now);

#define ANSWER_MAX_LIST (256UL * 1024 * 1024)

struct answer_list {
	struct answer_form form;
	const struct kind *kind;
	wall_ms now;
	struct buf text;
	size_t n;
};

struct answer_metadata {
	const char *version;
	const char *token; /* of the next page; NULL: there is none */
	int64_t remaining; /* behind this page; -1: not counted */
};

void answer_list_begin(struct answer_list *list, const struct answer_form *form,
		       const struct kind *kind, wall_ms now);
void answer_list_add(struct answer_list *list, json_t *object);
/* The text is whole then, unless it has overflowed. */
void answer_list_end(struct answer_list *list,
		     const struct answer_metadata *metadata);
void answer_list_release(struct answer_list *list);

#endif
