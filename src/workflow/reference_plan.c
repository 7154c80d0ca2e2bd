/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/reference_plan.h"

#include <string.h>

#include "base/str.h"

#define MAX_RULES 1000

struct reference_rules {
	json_t *allow; /* lists, checked */
	json_t *deny;  /* NULL: everything */
};

static const char *const source_fields[] = { "name", "namespace", NULL };
static const char *const reference_fields[] = { "group",    "version",
						"resource", "namespace",
						"name",     NULL };

static int check_alternative(const json_t *value, const char *path,
			     struct err *err)
{
	if (json_is_string(value))
		return 0;
	if (json_object_size(value) == 1 &&
	    json_is_string(json_object_get(value, "wildcard")))
		return 0;
	return err_set(err, ERR_INVALID,
		       "%s: expected a value or {\"wildcard\": \"...\"}", path);
}

static int check_part(const json_t *part, const char *name,
		      const char *const *fields, struct err *err)
{
	const char *key;
	json_t *values;

	if (!part)
		return 0;
	if (!json_is_object(part))
		return err_set(err, ERR_INVALID, "%s: expected an object",
			       name);
	json_object_foreach ((json_t *)(uintptr_t)part, key, values) {
		AUTO_FREE char *path = xasprintf("%s.%s", name, key);
		const char *const *field = fields;
		size_t i;
		json_t *value;

		while (*field && !str_eq(*field, key))
			field++;
		if (!*field)
			return err_set(err, ERR_INVALID, "%s: unknown", path);
		if (!json_is_array(values))
			return err_set(err, ERR_INVALID, "%s: expected a list",
				       path);
		json_array_foreach (values, i, value)
			if (check_alternative(value, path, err))
				return -1;
	}
	return 0;
}

static int check_rule(const json_t *rule, struct err *err)
{
	const char *key;
	json_t *part;

	if (!json_object_size(rule))
		return err_set(err, ERR_INVALID,
			       "expected {\"source\": ..., \"reference\": "
			       "...}");
	json_object_foreach ((json_t *)(uintptr_t)rule, key, part)
		if (!str_eq(key, "source") && !str_eq(key, "reference"))
			return err_set(err, ERR_INVALID, "%s: unknown", key);
	if (check_part(json_object_get(rule, "source"), "source", source_fields,
		       err))
		return -1;
	return check_part(json_object_get(rule, "reference"), "reference",
			  reference_fields, err);
}

/* As a list that was checked; given NULL, NULL. */
static int take(const json_t *given, json_t **out, struct err *err)
{
	AUTO_JSON json_t *list = json_incref((json_t *)(uintptr_t)given);
	size_t i;
	json_t *rule;

	*out = NULL;
	if (!given || json_is_null(given))
		return 0;
	if (json_is_string(given)) {
		json_decref(list);
		list = json_parse(json_string_value(given),
				  json_string_length(given), err);
		if (!list)
			return -1;
	}
	if (json_is_object(list)) {
		json_t *one = json_array();

		json_array_append_new(one, list);
		list = one;
	}
	if (!json_is_array(list) || json_array_size(list) > MAX_RULES)
		return err_set(err, ERR_INVALID,
			       "expected a list of up to %d rules", MAX_RULES);
	json_array_foreach (list, i, rule)
		if (check_rule(rule, err))
			return err_wrap(err, "[%zu]", i);
	*out = take_ptr(list);
	return 0;
}

struct reference_rules *reference_rules_new(const json_t *allow,
					    const json_t *deny, struct err *err)
{
	struct reference_rules *rules = xcalloc(1, sizeof(*rules));

	if (take(allow, &rules->allow, err)) {
		err_wrap(err, "reference-allow");
	} else if (take(deny, &rules->deny, err)) {
		err_wrap(err, "reference-deny");
	} else {
		return rules;
	}
	reference_rules_free(rules);
	return NULL;
}

void reference_rules_free(struct reference_rules *rules)
{
	if (!rules)
		return;
	json_decref(rules->allow);
	json_decref(rules->deny);
	free(rules);
}

/* '*' stands for any characters, or none. */
static bool fits_wildcard(const char *pattern, const char *text)
{
	const char *star = NULL;
	const char *from = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool fits_any(const json_t *alternatives, const char *text)
{
	size_t i;
	json_t *value;

	json_array_foreach ((json_t *)(uintptr_t)alternatives, i, value) {
		const char *wildcard = json_str_at(value, "wildcard");

		if (wildcard ? fits_wildcard(wildcard, text)
			     : str_eq(json_string_value(value), text))
			return true;
	}
	return false;
}

static bool fits_part(const json_t *part, const json_t *given)
{
	const char *key;
	json_t *alternatives;

	json_object_foreach ((json_t *)(uintptr_t)part, key, alternatives) {
		const char *text = json_str_at(given, key);

		if (!fits_any(alternatives, text ? text : ""))
			return false;
	}
	return true;
}

static bool fits(const json_t *rules, const json_t *source,
		 const json_t *reference)
{
	size_t i;
	json_t *rule;

	json_array_foreach ((json_t *)(uintptr_t)rules, i, rule)
		if (fits_part(json_object_get(rule, "source"), source) &&
		    fits_part(json_object_get(rule, "reference"), reference))
			return true;
	return false;
}

bool reference_allowed(const struct reference_rules *rules,
		       const json_t *source, const json_t *reference)
{
	if (!rules)
		return false;
	if (fits(rules->allow, source, reference))
		return true;
	return rules->deny && !fits(rules->deny, source, reference);
}
