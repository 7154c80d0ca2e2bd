/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of templates, linted as far as it goes: each template that is said
 * to stand in the file does, mistakes are few and are shown without anything
 * that steers a terminal, and what has none renders.
 */
#include <assert.h>
#include <string.h>

#include "cli/template_file_wire.h"
#include "cli/template_lint_plan.h"
#include "fuzz/fuzz.h"
#include "template/template.h"

#define MAX_OUT (1024 * 1024)

static size_t lines_of(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

static void lint(const json_t *objects, const json_t *template, bool media)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	const struct template_ask ask = { .objects = objects,
					  .namespace = "default" };
	struct template_data *data = template_data_sample(&ask);
	struct template_lint found;
	struct err err;
	struct template *parsed;

	template_lint_init(&found, "f", template, &out);
	found.sample = true;
	found.media = media;
	template_lint_run(&found, data);
	template_data_free(data);
	for (size_t i = 0; i < out.len; i++)
		assert((unsigned char)out.base[i] >= ' ' ||
		       out.base[i] == '\n');
	assert(!found.n_findings || out.len);
	parsed = template_parse(found.text, strlen(found.text), &err);
	assert(parsed || found.n_findings);
	template_free(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(template_file_release) struct template_file file;
	struct err err = { .code = ERR_NONE };
	json_t *template;
	size_t i;

	template_file_init(&file);
	if (template_file_read(&file, (const char *)bytes, len, &err)) {
		assert(err.code != ERR_NONE);
		return 0;
	}
	assert(json_array_size(file.templates) ||
	       json_array_size(file.objects));
	json_array_foreach (file.templates, i, template) {
		const char *text = json_str_at(template, "text");

		assert((size_t)json_int_at(template, "line", 0) <=
		       lines_of((const char *)bytes, len) + 1);
		assert(strlen(text) <= len + 1 ||
		       json_array_size(file.objects));
		if (i < 4)
			lint(file.objects, template, false);
	}
	json_array_foreach (file.media, i, template)
		if (i < 4)
			lint(file.objects, template, true);
	return 0;
}
