/* SPDX-License-Identifier: Apache-2.0 */
#include "template/render.h"

#include <stdint.h>
#include <string.h>

#include "template/template.h"

/*
 * Lists and maps are emptied while all of them are still held, so that no
 * chain of them, however long, is freed by recursion.
 */
void render_release(struct render *render)
{
	for (size_t i = 0; i < render->n_kept; i++) {
		json_array_clear(render->kept[i]);
		json_object_clear(render->kept[i]);
	}
	for (size_t i = 0; i < render->n_kept; i++)
		json_decref(render->kept[i]);
	free(render->kept);
}

int render_spend(struct render *render, size_t steps)
{
	if (steps > TEMPLATE_MAX_STEPS - render->steps) {
		render->steps = TEMPLATE_MAX_STEPS;
		return err_set(render->err, ERR_TOO_BIG,
			       "the template does too much (over %d steps)",
			       TEMPLATE_MAX_STEPS);
	}
	render->steps += steps;
	return 0;
}

int render_charge(struct render *render, size_t bytes)
{
	if (bytes > RENDER_BYTES - render->bytes)
		return err_set(render->err, ERR_TOO_BIG,
			       "the template's values take over %d MiB",
			       RENDER_BYTES / 1024 / 1024);
	render->bytes += bytes;
	return 0;
}

/* Roughly what it takes, without its members. */
static size_t size_of(const json_t *value)
{
	return 64 + json_string_length(value) + 48 * json_array_size(value) +
	       160 * json_object_size(value);
}

static void add_kept(struct render *render, json_t *value)
{
	if (render->n_kept == render->allocated) {
		render->allocated =
			render->allocated ? render->allocated * 2 : 64;
		render->kept = xrealloc(render->kept,
					render->allocated * sizeof(json_t *));
	}
	render->kept[render->n_kept++] = value;
}

const json_t *render_keep(struct render *render, json_t *value)
{
	add_kept(render, value);
	return render_charge(render, size_of(value)) ? NULL : value;
}

void render_hold(struct render *render, const json_t *value)
{
	add_kept(render, json_incref((json_t *)(uintptr_t)value));
}

static int walk(struct render *render, const json_t *value, size_t *bytes,
		size_t depth)
{
	size_t i;
	const char *key;
	json_t *item;

	*bytes += size_of(value);
	/* Keys are sorted by whoever walks. */
	if (render_spend(render, 1 + json_string_length(value) / 1024 +
					 2 * json_object_size(value)))
		return -1;
	if (depth > RENDER_NESTING)
		return err_set(render->err, ERR_TOO_BIG,
			       "lists and maps in each other over %d levels",
			       RENDER_NESTING);
	if (json_is_array(value))
		json_array_foreach (value, i, item)
			if (walk(render, item, bytes, depth + 1))
				return -1;
	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		*bytes += strlen(key);
		if (walk(render, item, bytes, depth + 1))
			return -1;
	}
	return 0;
}

int render_walk(struct render *render, const json_t *value, size_t *bytes)
{
	size_t unused;

	if (!bytes)
		bytes = &unused;
	*bytes = 0;
	if (!json_is_array(value) && !json_is_object(value)) {
		*bytes = size_of(value);
		return 0;
	}
	return walk(render, value, bytes, 0);
}
