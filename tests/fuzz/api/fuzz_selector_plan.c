/* SPDX-License-Identifier: Apache-2.0 */
#include "api/selector_plan.h"

#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"

static json_t *objects(void)
{
	return json_pack("[{s:{s:s,s:{s:s,s:s,s:s}},s:s},{s:{s:s}},{}]",
			 "metadata", "name", "m1", "labels", "a", "b", "rack",
			 "r1", "in", "", "type", "Warning", "metadata", "name",
			 "m2");
}

static bool matches(const char *labels, const char *fields,
		    const json_t *object)
{
	struct err err;
	struct selector *selector = selector_new(labels, fields, &err);
	bool match;

	assert(selector);
	match = selector_match(selector, object);
	selector_free(selector);
	return match;
}

/* A line of labels, one of fields: both together are what each is by itself. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_JSON json_t *list = objects();
	AUTO_FREE char *labels = xstrndup((const char *)bytes, len);
	struct err err = { .code = ERR_NONE };
	char *fields = strchr(labels, '\n');
	struct selector *selector;
	size_t i;
	json_t *object;

	assert(list);
	if (fields)
		*fields++ = '\0';
	selector = selector_new(labels, fields, &err);
	if (!selector) {
		assert(err.code == ERR_PROTOCOL);
		return 0;
	}
	json_array_foreach (list, i, object)
		assert(selector_match(selector, object) ==
		       (matches(labels, NULL, object) &&
			matches(NULL, fields, object)));
	selector_free(selector);
	return 0;
}
