/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apply_plan.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "base/wire.h"
#include "fuzz/fuzz.h"

#define N_MANAGERS 3

static const struct schema *schema_for_ever(void)
{
	static struct schemas *kept;
	struct err err;

	if (!kept)
		kept = schemas_new(&err);
	assert(kept);
	return schema_of(kept, kind_by_word("hw"));
}

static json_t *digit(unsigned value)
{
	const char text[2] = { (char)('0' + value % 4), '\0' };

	return json_string(text);
}

static void append(json_t *object, const char *path, json_t *item)
{
	json_t *list = json_at(object, path);

	if (!list) {
		list = json_array();
		json_put(object, path, list);
	}
	json_array_append_new(list, item);
}

/* One thing that a manager may want, of each way to merge. */
static void want(json_t *config, uint8_t what, uint8_t value)
{
	static const char *const maps[] = { "metadata.labels.a",
					    "metadata.labels.b",
					    "metadata.annotations.c",
					    "spec.agentID",
					    "spec.userData",
					    "spec.metadata.state",
					    "spec.metadata.instance.id",
					    "spec.bmcRef.name" };
	json_t *reference;

	what %= ARRAY_LEN(maps) + 4;
	if (what < ARRAY_LEN(maps)) {
		json_put(config, maps[what], digit(value));
		return;
	}
	switch (what - ARRAY_LEN(maps)) {
	case 0:
		json_put(config, "spec.disks",
			 json_pack("[{s:o}]", "device", digit(value)));
		break;
	case 1:
		if (!json_at(config, "metadata.labels"))
			json_put(config, "metadata.labels", json_object());
		break;
	case 2:
		append(config, "metadata.finalizers", digit(value));
		break;
	default:
		reference = json_pack("{s:o,s:s}", "uid", digit(value), "name",
				      "n");
		append(config, "metadata.ownerReferences", reference);
	}
}

/* Elements of a set are there once. */
static void drop_twins(json_t *list, const char *key)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		for (size_t k = json_array_size(list) - 1; k > i; k--) {
			const json_t *a = json_array_get(list, i);
			const json_t *b = json_array_get(list, k);

			if (json_equal(key ? json_object_get(a, key) : a,
				       key ? json_object_get(b, key) : b))
				json_array_remove(list, k);
		}
}

static json_t *make_config(struct rbuf *in)
{
	json_t *config = json_pack("{s:{s:s}}", "metadata", "name", "m");
	unsigned n = rbuf_u8(in) % 6;

	while (n--) {
		uint8_t what = rbuf_u8(in);

		want(config, what, rbuf_u8(in));
	}
	drop_twins(json_at(config, "metadata.finalizers"), NULL);
	drop_twins(json_at(config, "metadata.ownerReferences"), "uid");
	return config;
}

/* Steals live. */
static json_t *apply(json_t *live, const json_t *config, unsigned manager,
		     bool force)
{
	static const char *const names[N_MANAGERS] = { "a", "b", "c" };
	const struct apply how = { .manager = names[manager % N_MANAGERS],
				   .subresource = "",
				   .api_version = "v1",
				   .now = "now",
				   .force = force };
	AUTO_JSON json_t *conflicts = json_array();
	AUTO_JSON json_t *before = live;
	AUTO_JSON json_t *once = NULL;
	AUTO_JSON json_t *twice = NULL;
	struct err err;

	once = apply_merge(schema_for_ever(), before, config, &how, conflicts,
			   &err);
	if (!once) {
		assert(!force && json_array_size(conflicts));
		return take_ptr(before);
	}
	/* All that was wanted is there, and to say it again is nothing new. */
	twice = apply_merge(schema_for_ever(), once, config, &how, conflicts,
			    &err);
	assert(twice && json_equal(once, twice));
	return take_ptr(once);
}

static bool is_bare(const json_t *value)
{
	const char *key;
	json_t *item;

	if (json_is_array(value))
		return !json_array_size(value);
	if (!json_is_object(value))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		if (!str_eq(key, "name") && !is_bare(item))
			return false;
	return true;
}

/*
 * Three managers apply what they want, in any order, with and without force.
 * When at last none of them wants anything, nothing is left of it all.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_JSON json_t *nothing =
		json_pack("{s:{s:s}}", "metadata", "name", "m");
	struct rbuf in = rbuf_of(bytes, len);
	json_t *live = json_deep_copy(nothing);

	while (in.left) {
		uint8_t who = rbuf_u8(&in);
		AUTO_JSON json_t *config = make_config(&in);

		live = apply(live, config, who & 3, who & 4);
	}
	for (unsigned i = 0; i < N_MANAGERS; i++)
		live = apply(live, nothing, i, true);
	assert(!json_at(live, "metadata.managedFields"));
	assert(is_bare(live));
	json_decref(live);
	return 0;
}
