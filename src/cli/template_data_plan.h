/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEMPLATE_DATA_PLAN_H
#define CLI_TEMPLATE_DATA_PLAN_H

#include "base/buf.h"
#include "base/json.h"
#include "workflow/reference_plan.h"

/*
 * What a template is rendered over where there is no server: a run's data,
 * from files in the place of the inventory.
 *
 * Without a Workflow it is what `tomte provision` would make one of. What only
 * a server knows, its address and a machine's secret URL, are SERVER and
 * TOKEN. Values of Secrets are never looked at: in their place stands
 * "<secret NAME/KEY>", in base64 as they would be.
 */
struct template_ask {
	const json_t *objects;  /* a list: Hardware, Workflows, what is
				   referred to */
	const json_t *settings; /* over hardwareMap's; NULL: none */
	const char *template;   /* its name, or NULL */
	const char *workflow;   /* the Workflow's name, where it is known */
	const char *machine;    /* a Hardware's name, or NULL */
	const char *namespace;  /* of objects that name none */
	const struct reference_rules *rules; /* NULL: all is allowed */
};

struct template_data {
	json_t *input;
	json_t *references; /* those in it */
	bool has_hardware;
	struct err problem; /* of a reference; ERR_NONE: none */
};

/* NULL: see err. */
struct template_data *template_data_new(const struct template_ask *ask,
					struct err *err) NODISCARD;
/* Is there any machine to render for? */
bool template_has_hardware(const json_t *objects);
/* The names of all of them where nothing says which is meant: no Workflow
 * does, and there is more than one. Else null alone. A new list. */
json_t *template_machines(const struct template_ask *ask);
/* The same over a machine that was made up. */
struct template_data *template_data_sample(const struct template_ask *ask);
void template_data_free(struct template_data *data);

/* The rendered text with what is left in base64 of values of Secrets as
 * "<base64 of secret NAME/KEY>". */
void template_shown(const struct template_data *data, const char *text,
		    struct buf *out);

#endif
