/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is modules.alias, modules.dep, modules.softdep and one alias,
 * each ended by a form feed. No module is loaded twice.
 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "worker/modalias.h"

struct seen {
	const char *paths[64];
	size_t n;
};

static void on_load(void *arg, const char *path)
{
	struct seen *seen = arg;

	for (size_t i = 0; i < seen->n; i++)
		assert(seen->paths[i] != path);
	if (seen->n < ARRAY_LEN(seen->paths))
		seen->paths[seen->n++] = path;
}

static char *take(char **rest)
{
	char *part = *rest;
	char *end = strchr(part, '\f');

	if (end) {
		*end = '\0';
		*rest = end + 1;
	} else {
		*rest = part + strlen(part);
	}
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	struct modalias_index index;
	struct seen seen = { .n = 0 };
	const char *module;
	char *rest = text;
	size_t at = 0;

	modalias_index_init(&index);
	modalias_add_aliases(&index, take(&rest));
	modalias_add_modules(&index, take(&rest));
	modalias_add_softdeps(&index, take(&rest));
	while ((module = modalias_find(&index, rest, &at)))
		modalias_order(&index, module, on_load, &seen);
	modalias_index_release(&index);
	return 0;
}
