/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "api/protobuf_wire.h"
#include "fuzz/fuzz.h"

/* What is read is an object of a kind, and JSON that can be written. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err;
	AUTO_JSON json_t *object = protobuf_parse(bytes, len, &err);
	AUTO_FREE char *text = NULL;

	if (!object) {
		assert(err.code == ERR_PROTOCOL || err.code == ERR_UNSUPPORTED);
		return 0;
	}
	assert(json_str_at(object, "kind"));
	text = json_text(object);
	assert(strlen(text) < len * 100 + 1000);
	return 0;
}
