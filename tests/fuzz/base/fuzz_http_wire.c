/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_wire.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

#define SIZE 1000

static void check_path(const char *target)
{
	AUTO_FREE char *path = http_path_clean(target);

	if (!path)
		return;
	assert(path[0] == '/' && strlen(path) <= strlen(target));
	assert(!strstr(path, "//") && !strstr(path, "/../"));
	for (size_t i = 0; path[i]; i++)
		assert((unsigned char)path[i] >= ' ' && path[i] != '\\');
}

static void check_query(const char *target)
{
	struct http_query query;

	if (!http_query_parse(&query, target))
		return;
	for (size_t i = 0; i < query.n_params; i++)
		assert(http_query_get(&query, query.params[i].name));
	http_query_release(&query);
}

/* A line of text, as a target, a range, and a list of entity tags. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	int64_t first = -1;
	int64_t last = -1;

	check_path(text);
	check_query(text);
	if (http_range_parse(text, SIZE, &first, &last) == HTTP_RANGE_PART)
		assert(first >= 0 && first <= last && last < SIZE);
	else
		assert(first == -1 && last == -1);
	if (http_etag_same(text, "\"a\""))
		assert(http_etag_listed(text, "\"a\""));
	http_etag_listed(text, "W/\"abc\"");
	return 0;
}
