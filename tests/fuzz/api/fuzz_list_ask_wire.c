/* SPDX-License-Identifier: Apache-2.0 */
#include "api/list_ask_wire.h"

#include <assert.h>

#include "base/mem.h"
#include "base/str.h"
#include "fuzz/fuzz.h"

/* The token is the first line, limit, version and match are the next ones.
 * What is taken can be said again, and means the same. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	char *parts[4] = { text, NULL, NULL, NULL };
	struct list_params params;
	struct list_ask ask;
	struct list_ask again;
	struct err err;
	size_t n = 1;

	for (char *at = text; *at && n < 4; at++) {
		if (*at != '\n')
			continue;
		*at = '\0';
		parts[n++] = at + 1;
	}
	params = (struct list_params){ parts[1], parts[0], parts[2], parts[3] };
	if (list_ask_parse(&ask, &params, &err))
		return 0;
	assert(ask.limit >= 0 && ask.version >= 0 && ask.not_older >= 0);
	if (ask.continued) {
		AUTO_FREE char *token = list_ask_token(
			ask.version, ask.after_namespace, ask.after_name);

		params = (struct list_params){ parts[1], token, NULL, NULL };
		assert(!list_ask_parse(&again, &params, &err));
		assert(again.version == ask.version);
		assert(str_eq(again.after_name, ask.after_name));
	}
	return 0;
}
