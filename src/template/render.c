/* SPDX-License-Identifier: Apache-2.0 */
#include "template/render.h"

#include <stdint.h>

#include "template/template.h"

void render_release(struct render *render)
{
	for (size_t i = 0; i < render->n_kept; i++)
		json_decref(render->kept[i]);
	free(render->kept);
	map_free(render->nesting);
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

/* What we did not make came from a parser, which has its own limit. */
static size_t nesting_of(const struct render *render, const json_t *value)
{
	void *known;

	if (!json_is_array(value) && !json_is_object(value))
		return 0;
	if (!render->nesting)
		return JSON_MAX_DEPTH;
	known = map_get(render->nesting, (const void *)&value, sizeof(value));
	return known ? (size_t)(uintptr_t)known : JSON_MAX_DEPTH;
}

/* How deep, and roughly how big without what it only refers to. */
static size_t measure(const struct render *render, const json_t *value,
		      size_t *bytes)
{
	size_t deepest = 0;
	size_t i;
	const char *key;
	json_t *item;

	*bytes = 64 + (json_is_string(value) ? json_string_length(value) : 0);
	if (json_is_array(value)) {
		json_array_foreach (value, i, item) {
			size_t nesting = nesting_of(render, item);

			deepest = nesting > deepest ? nesting : deepest;
			*bytes += 48;
		}
	}
	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		size_t nesting = nesting_of(render, item);

		deepest = nesting > deepest ? nesting : deepest;
		*bytes += 160;
	}
	return deepest + 1;
}

const json_t *render_keep(struct render *render, json_t *value)
{
	size_t bytes;
	size_t nesting = measure(render, value, &bytes);

	if (render->n_kept == render->allocated) {
		render->allocated =
			render->allocated ? render->allocated * 2 : 64;
		render->kept = xrealloc(render->kept,
					render->allocated * sizeof(json_t *));
	}
	render->kept[render->n_kept++] = value;
	if (bytes > RENDER_BYTES - render->bytes) {
		err_set(render->err, ERR_TOO_BIG,
			"the template's values take over %d MiB",
			RENDER_BYTES / 1024 / 1024);
		return NULL;
	}
	render->bytes += bytes;
	if (!json_is_array(value) && !json_is_object(value))
		return value;
	if (nesting > RENDER_NESTING) {
		err_set(render->err, ERR_TOO_BIG,
			"lists and maps in each other over %d levels",
			RENDER_NESTING);
		return NULL;
	}
	if (!render->nesting)
		render->nesting = map_new();
	map_put(render->nesting, (const void *)&value, sizeof(value),
		(void *)(uintptr_t)nesting);
	return value;
}
