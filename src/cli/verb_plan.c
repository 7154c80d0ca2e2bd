/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb_plan.h"

#include "base/str.h"

static const struct {
	const char *verb;
	const char *annotation;
	const char *value; /* without a detail; NULL: it is taken away */
	const char *done;
} verbs[] = {
	{ "cancel", "tomte.dev/cancel", "true", "is being cancelled" },
	{ "pause", "tomte.dev/pause", "true",
	  "is paused: what runs ends, nothing new begins" },
	{ "resume", "tomte.dev/pause", NULL, "goes on" },
	{ "rerun", "tomte.dev/rerun", "", "is to begin anew" },
};

json_t *verb_patch(const char *verb, const char *detail)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		const char *value = detail ? detail : verbs[i].value;
		json_t *annotations;
		json_t *patch;

		if (!str_eq(verbs[i].verb, verb))
			continue;
		annotations = json_object();
		json_object_set_new(annotations, verbs[i].annotation,
				    verbs[i].value && value ? json_string(value)
							    : json_null());
		patch = json_object();
		json_put(patch, "metadata.annotations", annotations);
		return patch;
	}
	return NULL;
}

const char *verb_done(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(verbs[i].verb, verb))
			return verbs[i].done;
	return "";
}
