/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

/* Longer ones are made of aliases, and slow. */
#define MAX_TEXT (256 * 1024)

static void check_document(const json_t *document)
{
	AUTO_FREE char *text = yaml_text(document);
	AUTO_JSON json_t *back = NULL;
	struct err err;

	if (strlen(text) > MAX_TEXT)
		return;
	back = yaml_parse(text, strlen(text), YAML_TYPED, NULL, &err);
	assert(back && json_array_size(back) == 1);
	assert(json_equal(json_array_get(back, 0), document));
}

/*
 * What is read, with types or as text, has a line for each document and
 * survives being written. So does what is JSON, with strings that no YAML
 * would hold bare.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_JSON json_t *value = NULL;
	struct err ignored;

	value = json_parse((const char *)bytes, len, &ignored);
	if (value)
		check_document(value);
	for (int scalars = YAML_TYPED; scalars <= YAML_TEXT; scalars++) {
		AUTO_JSON json_t *documents = NULL;
		AUTO_JSON json_t *lines = NULL;
		struct err err = { 0 };
		size_t i;
		json_t *document;

		documents =
			yaml_parse((const char *)bytes, len,
				   (enum yaml_scalars)scalars, &lines, &err);
		if (!documents) {
			assert(err.code && *err.message && !lines);
			continue;
		}
		assert(json_array_size(lines) == json_array_size(documents));
		json_array_foreach (documents, i, document) {
			assert(json_object_get(json_array_get(lines, i), ""));
			check_document(document);
		}
	}
	return 0;
}
