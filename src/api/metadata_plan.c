/* SPDX-License-Identifier: Apache-2.0 */
#include "api/metadata_plan.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

#define MAX_NAME        63
#define MAX_ANNOTATIONS (256 * 1024)
#define MAX_CAUSES      50

static void add(json_t *causes, const char *field, const char *message)
{
	json_t *text = json_string(message);

	if (json_array_size(causes) >= MAX_CAUSES) {
		json_decref(text);
		return;
	}
	json_array_append_new(causes,
			      json_pack("{s:s,s:o,s:s}", "reason",
					"FieldValueInvalid", "message",
					text ? text : json_string("invalid"),
					"field", field));
}

/* 1 to 63 of letters, digits, '-', '_', '.'; the ends are alphanumeric. */
static bool is_name(const char *text, size_t len)
{
	if (!len || len > MAX_NAME || !isalnum((unsigned char)text[0]) ||
	    !isalnum((unsigned char)text[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return false;
	return true;
}

/* A name, with the domain of who made it up before it: "tomte.dev/rack". */
static bool is_qualified(const char *text)
{
	const char *slash = strchr(text, '/');
	AUTO_FREE char *prefix = NULL;

	if (!slash)
		return is_name(text, strlen(text));
	prefix = xstrndup(text, (size_t)(slash - text));
	return str_is_dns_name(prefix, 253) &&
	       is_name(slash + 1, strlen(slash + 1));
}

static void check_key(const char *field, const char *key, json_t *causes)
{
	AUTO_FREE char *message = NULL;

	if (is_qualified(key))
		return;
	message = xasprintf("Invalid value: \"%.100s\": name part must "
			    "consist of alphanumeric characters, '-', '_' or "
			    "'.', and must start and end with an alphanumeric "
			    "character, with an optional DNS prefix and '/'",
			    key);
	add(causes, field, message);
}

static void check_labels(const json_t *labels, json_t *causes)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)labels, key, value) {
		const char *text = json_string_value(value);
		AUTO_FREE char *message = NULL;

		check_key("metadata.labels", key, causes);
		if (!text || !*text || is_name(text, strlen(text)))
			continue;
		message = xasprintf("Invalid value: \"%.100s\": a valid label "
				    "must be an empty string or consist of "
				    "alphanumeric characters, '-', '_' or "
				    "'.', 63 at most, and must start and end "
				    "with an alphanumeric character",
				    text);
		add(causes, "metadata.labels", message);
	}
}

static void check_annotations(const json_t *annotations, json_t *causes)
{
	size_t total = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)annotations, key, value) {
		AUTO_FREE char *lower = xstrdup(key);

		for (char *at = lower; *at; at++)
			*at = (char)tolower((unsigned char)*at);
		check_key("metadata.annotations", lower, causes);
		total += strlen(key) + json_string_length(value);
	}
	if (total > MAX_ANNOTATIONS)
		add(causes, "metadata.annotations",
		    "Too long: may not be more than 262144 bytes");
}

void metadata_check(const json_t *object, json_t *causes)
{
	const json_t *metadata = json_object_get(object, "metadata");
	size_t index;
	json_t *item;

	check_labels(json_object_get(metadata, "labels"), causes);
	check_annotations(json_object_get(metadata, "annotations"), causes);
	json_array_foreach (json_object_get(metadata, "finalizers"), index,
			    item)
		if (json_is_string(item))
			check_key("metadata.finalizers",
				  json_string_value(item), causes);
}
