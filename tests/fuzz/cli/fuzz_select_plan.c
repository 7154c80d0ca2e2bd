/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/err.h"
#include "cli/select_plan.h"
#include "fuzz/fuzz.h"

static json_t *machines(void)
{
	return json_pack("[{s:{s:s,s:{s:s,s:s}}},{s:{s:s}},{s:{}},{}]",
			 "metadata", "name", "r1n01", "labels",
			 "tomte.dev/rack", "demo", "tomte.dev/unit", "1",
			 "metadata", "name", "r1n02", "metadata");
}

/* Lines are words. What is chosen is some of the machines, each once. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_JSON json_t *hardware = machines();
	AUTO_FREE char *copy = xstrndup((const char *)bytes, len);
	AUTO_JSON json_t *chosen = NULL;
	struct err err = { .code = ERR_NONE };
	char *rest = copy;
	char *words[16];
	size_t n = 0;

	assert(hardware);
	while (n < ARRAY_LEN(words) && (words[n] = strsep(&rest, "\n")))
		n++;
	chosen = select_plan(hardware, words, n, &err);
	if (!chosen) {
		assert(err.code != ERR_NONE);
		return 0;
	}
	assert(json_array_size(chosen) <= json_array_size(hardware));
	for (size_t i = 1; i < json_array_size(chosen); i++)
		assert(json_array_get(chosen, i) !=
		       json_array_get(chosen, i - 1));
	return 0;
}
