/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apply_plan.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"

static const struct schema *schema_for_ever(void)
{
	static struct schemas *kept;
	struct err err;

	if (!kept)
		kept = schemas_new(&err);
	assert(kept);
	return schema_of(kept, kind_by_word("hw"));
}

/*
 * [live, config]: pruned as they come in, then applied by two managers. To
 * apply the same again changes nothing, whatever there was before.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct schema *schema = schema_for_ever();
	const struct apply apply = { .manager = "a",
				     .subresource = "",
				     .api_version = "v1",
				     .now = "now",
				     .force = true };
	struct err err;
	AUTO_JSON json_t *pair = json_parse((const char *)bytes, len, &err);
	AUTO_JSON json_t *conflicts = json_array();
	AUTO_JSON json_t *once = NULL;
	AUTO_JSON json_t *twice = NULL;
	json_t *live = json_array_get(pair, 0);
	json_t *config = json_array_get(pair, 1);

	if (!json_is_object(live) || !json_is_object(config))
		return 0;
	schema_prune(schema, live, NULL);
	schema_prune(schema, config, NULL);
	schema_check(schema, live, conflicts);
	schema_check(schema, config, conflicts);
	if (json_array_size(conflicts) ||
	    !json_is_object(json_object_get(config, "metadata")))
		return 0;
	json_object_del(json_object_get(config, "metadata"), "managedFields");
	once = apply_merge(schema, live, config, &apply, conflicts, &err);
	assert(once);
	twice = apply_merge(schema, once, config, &apply, conflicts, &err);
	assert(twice && json_equal(once, twice));
	return 0;
}
