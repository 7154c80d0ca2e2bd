/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/diff_plan.h"

#include <string.h>

#include "base/str.h"
#include "cli/render_text.h"

#define MAX_SHOWN 60 /* bytes of a value */

/* Of metadata, and not of the file's. */
static const char *const servers_own[] = {
	"resourceVersion", "uid",      "generation", "creationTimestamp",
	"managedFields",   "selfLink", "namespace",
};

static const char *const servers_notes[] = {
	"kubectl.kubernetes.io/last-applied-configuration",
};

struct diff {
	struct buf *out;
	bool secret;
	size_t n;
};

json_t *diff_bare(const json_t *object)
{
	json_t *bare = json_deep_copy(object);
	json_t *metadata = json_object_get(bare, "metadata");
	json_t *notes = json_object_get(metadata, "annotations");

	json_object_del(bare, "status");
	for (size_t i = 0; i < ARRAY_LEN(servers_own); i++)
		json_object_del(metadata, servers_own[i]);
	for (size_t i = 0; i < ARRAY_LEN(servers_notes); i++)
		json_object_del(notes, servers_notes[i]);
	if (notes && !json_object_size(notes))
		json_object_del(metadata, "annotations");
	return bare;
}

static void add_value(const struct diff *diff, const json_t *value)
{
	AUTO_FREE char *json = NULL;
	const char *shown = json_string_value(value);

	if (diff->secret) {
		buf_adds(diff->out, "(not shown)");
		return;
	}
	if (!shown || !*shown)
		shown = json =
			json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	render_cut(diff->out, shown, MAX_SHOWN);
	if (strlen(shown) > MAX_SHOWN)
		buf_printf(diff->out, "... (%zu bytes)", strlen(shown));
}

static void add_line(struct diff *diff, const char *sign, const char *path,
		     const json_t *before, const json_t *after)
{
	buf_printf(diff->out, "  %s ", sign);
	render_clean(diff->out, path);
	buf_adds(diff->out, ": ");
	if (before)
		add_value(diff, before);
	if (before && after)
		buf_adds(diff->out, " -> ");
	if (after)
		add_value(diff, after);
	buf_addc(diff->out, '\n');
	diff->n++;
}

static char *member(const char *path, const char *key)
{
	bool plain = !strpbrk(key, "./[] ");

	if (!plain)
		return xasprintf("%s[%s]", path, key);
	return *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
}

/* Nesting is bounded: both were parsed. */
static void compare(struct diff *diff, const char *path, const json_t *before,
		    const json_t *after);

/* All that is in it, as one that is there only before or only after. */
static void one_sided(struct diff *diff, const char *path, const json_t *before,
		      const json_t *after)
{
	const json_t *value = before ? before : after;
	bool object = json_is_object(value) && json_object_size(value);
	bool list = json_is_array(value) && json_array_size(value);
	AUTO_JSON json_t *nothing = object ? json_object() : json_array();

	if (object || list)
		compare(diff, path, before ? before : nothing,
			after ? after : nothing);
	else
		add_line(diff, before ? "-" : "+", path, before, after);
}

static void compare_objects(struct diff *diff, const char *path,
			    const json_t *before, const json_t *after)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)before, key, value) {
		AUTO_FREE char *inner = member(path, key);
		const json_t *other = json_object_get(after, key);

		if (other)
			compare(diff, inner, value, other);
		else
			one_sided(diff, inner, value, NULL);
	}
	json_object_foreach ((json_t *)(uintptr_t)after, key, value) {
		AUTO_FREE char *inner = member(path, key);

		if (!json_object_get(before, key))
			one_sided(diff, inner, NULL, value);
	}
}

static void compare_lists(struct diff *diff, const char *path,
			  const json_t *before, const json_t *after)
{
	size_t n_before = json_array_size(before);
	size_t n_after = json_array_size(after);

	for (size_t i = 0; i < n_before || i < n_after; i++) {
		AUTO_FREE char *inner = xasprintf("%s[%zu]", path, i);

		if (i < n_before && i < n_after)
			compare(diff, inner, json_array_get(before, i),
				json_array_get(after, i));
		else
			one_sided(diff, inner, json_array_get(before, i),
				  json_array_get(after, i));
	}
}

static void compare(struct diff *diff, const char *path, const json_t *before,
		    const json_t *after)
{
	if (json_equal(before, after))
		return;
	if (json_is_object(before) && json_is_object(after))
		compare_objects(diff, path, before, after);
	else if (json_is_array(before) && json_is_array(after))
		compare_lists(diff, path, before, after);
	else
		add_line(diff, " ", path, before, after);
}

static bool is_secret(const json_t *object)
{
	const char *kind = json_str_at(object, "kind");

	return kind && str_eq(kind, "Secret");
}

/* Which values of a Secret change; they are taken out of both. */
static void compare_values(struct diff *diff, json_t *before, json_t *after)
{
	static const char *const members[] = { "data", "stringData" };
	AUTO_JSON json_t *nothing = json_object();

	diff->secret = true;
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const json_t *old = json_object_get(before, members[i]);
		const json_t *new = json_object_get(after, members[i]);

		compare(diff, members[i], old ? old : nothing,
			new ? new : nothing);
		json_object_del(before, members[i]);
		json_object_del(after, members[i]);
	}
	diff->secret = false;
	/* Who may not see them sees no more than that they are others. */
	if (!diff->n && json_equal(before, after)) {
		buf_adds(diff->out, "    data: other values (not shown)\n");
		diff->n++;
	}
}

size_t diff_render(struct buf *out, const json_t *before, const json_t *after)
{
	AUTO_JSON json_t *old = diff_bare(before);
	AUTO_JSON json_t *new = diff_bare(after);
	struct diff diff = { .out = out };

	if (is_secret(before) || is_secret(after))
		compare_values(&diff, old, new);
	compare(&diff, "", old, new);
	return diff.n;
}
