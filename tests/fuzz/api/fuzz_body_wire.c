/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body_wire.h"

#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"

/* What is read without duplicates is what the strict reader reads, and the
 * other way round. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xmalloc(len + 1);
	AUTO_JSON json_t *duplicates = json_array();
	AUTO_JSON json_t *value = NULL;
	AUTO_JSON json_t *strict = NULL;
	struct err err;

	memcpy(text, bytes, len);
	text[len] = '\0';
	value = body_parse_json(text, len, duplicates, &err);
	strict = json_parse(text, len, &err);
	if (strict)
		assert(value && json_equal(value, strict) &&
		       !json_array_size(duplicates));
	else if (value)
		assert(json_array_size(duplicates));
	return 0;
}
