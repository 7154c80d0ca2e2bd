/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEMPLATE_FILE_WIRE_H
#define CLI_TEMPLATE_FILE_WIRE_H

#include "base/json.h"

/*
 * A file with templates: objects in YAML, those of kind Template among them,
 * or one template as it is, which need not be YAML before it is rendered.
 *
 *	template_file_init(&file);
 *	if (template_file_read(&file, text, len, err) == 0)
 *		...
 *	template_file_release(&file);
 */
struct template_file {
	json_t *objects; /* of all kinds */
	/* {"name": null for one as it is, "text", and where the text stands in
	 * the file: "line" of its first line, 0 if its lines are not those of
	 * the file (a folded text, say), "indent" of all of them} */
	json_t *templates;
	/* The same for each mediaURL of a Workflow, which is one over .Hardware
	 * alone. */
	json_t *media;
};

void template_file_init(struct template_file *file);
void template_file_release(struct template_file *file);

/* Into an empty one. The message may begin with "line N: ". */
int template_file_read(struct template_file *file, const char *text, size_t len,
		       struct err *err) NODISCARD;

#endif
