/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEMPLATE_LINT_PLAN_H
#define CLI_TEMPLATE_LINT_PLAN_H

#include "base/buf.h"
#include "cli/template_data_plan.h"

/*
 * What is wrong with a template, shown as compilers do: place, what and why,
 * and the line with a caret below the place.
 *
 *	debian.yaml:14:21: function "uper" not defined; did you mean upper?
 *	   14 |     worker: "{{ uper .device_1 }}"
 *	      |                 ^~~~
 *
 * What comes of it is looked at as well: that it is YAML, that it is a
 * workflow, keys that nobody reads, images that the worker does not have.
 */
struct template_lint {
	const char *file;
	const char *name; /* of the Template; NULL: the file is the template */
	const char *text;
	size_t line;   /* of the file, where the text begins; 0: nowhere */
	size_t indent; /* of the text in the file */
	bool media;    /* it is a Workflow's mediaURL, which sees .Hardware */
	bool sample;   /* the data was made up: what it lacks is no mistake */
	bool colour;
	struct buf *out;
	size_t n_findings;
};

/* One of the list of a template_file. */
void template_lint_init(struct template_lint *lint, const char *file,
			const json_t *template, struct buf *out);

/* Of the template alone: all that its parser finds. */
void template_lint_text(struct template_lint *lint);
/* Also over data, whose input a sample may be added to. */
void template_lint_run(struct template_lint *lint, struct template_data *data);

/* The rendered text, or NULL with the reason shown. The caller frees. */
char *template_lint_render(struct template_lint *lint,
			   const struct template_data *data);
/* Would a run take it? */
void template_lint_rendered(struct template_lint *lint,
			    const struct template_data *data, const char *yaml);

#endif
