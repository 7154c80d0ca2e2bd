/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/label_plan.h"

#include <string.h>

#include "base/str.h"

/* The first character that decides what a word is. */
static bool is_setting(const char *word)
{
	const char *at = strpbrk(word, "=<>![]");

	return at && at > word && *at == '=';
}

static int add_change(json_t *changes, const char *word, struct err *err)
{
	size_t len = strcspn(word, "=");
	bool set = word[len] == '=';
	AUTO_FREE char *key = NULL;

	if (!set)
		len--; /* the '-' */
	key = xstrndup(word, len);
	if (json_object_get(changes, key))
		return err_set(err, ERR_INVALID, "%s: it is named twice", key);
	json_object_set_new(changes, key,
			    set ? json_string(word + len + 1) : json_null());
	if (json_object_get(changes, key))
		return 0;
	return err_set(err, ERR_INVALID, "%s: this is not UTF-8", key);
}

int label_plan_words(char *const *words, size_t n_words, json_t **names,
		     json_t **changes, struct err *err)
{
	AUTO_JSON json_t *found = json_array();
	AUTO_JSON json_t *wanted = json_object();

	for (size_t i = 0; i < n_words; i++) {
		size_t len = strlen(words[i]);
		bool takes = len > 1 && words[i][len - 1] == '-';

		if (i && (is_setting(words[i]) || takes)) {
			if (add_change(wanted, words[i], err))
				return -1;
		} else if (i && strpbrk(words[i], "=<>!")) {
			return err_set(err, ERR_INVALID,
				       "%s: conditions are the first word",
				       words[i]);
		} else {
			json_array_append_new(found, json_string(words[i]));
		}
	}
	if (!json_array_size(found) || !json_object_size(wanted))
		return err_set(err, ERR_INVALID,
			       "expected names, then KEY=VALUE or KEY-");
	*names = json_incref(found);
	*changes = json_incref(wanted);
	return 0;
}

json_t *label_plan_patch(const json_t *object, const char *field,
			 const json_t *changes, bool overwrite, struct err *err)
{
	const json_t *now = json_object_get(json_at(object, "metadata"), field);
	AUTO_JSON json_t *wanted = json_object();
	json_t *patch;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)changes, key, value) {
		const char *before =
			json_string_value(json_object_get(now, key));

		if (json_is_null(value)
			    ? !before
			    : before &&
				      str_eq(before, json_string_value(value)))
			continue;
		if (before && !json_is_null(value) && !overwrite) {
			err_set(err, ERR_EXISTS,
				"it has %s=%s already; --overwrite changes it",
				key, before);
			return NULL;
		}
		json_object_set(wanted, key, value);
	}
	patch = json_object();
	if (json_object_size(wanted)) {
		json_t *metadata = json_object();

		json_object_set(metadata, field, wanted);
		json_object_set_new(patch, "metadata", metadata);
	}
	return patch;
}
