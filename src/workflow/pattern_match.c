/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/pattern_wire.h"

#include <string.h>

#include "base/str.h"
#include "template/letter.h"
#include "template/regex.h"
#include "template/utf8.h"
#include "workflow/pattern_node.h"

#define REGEX_BUDGET 2000000 /* for all expressions of one match */

struct matcher {
	size_t budget;
	bool exhausted;
};

/* `escape`: a \ protects what follows. One way back is enough: of several
 * stars only the last can still take more. */
static bool match_stars(const char *pattern, const char *text, bool escape)
{
	const char *star = NULL, *from = NULL;

	for (;;) {
		const char *p = pattern;

		if (*p == '*') {
			star = ++pattern;
			from = text;
			continue;
		}
		if (escape && *p == '\\')
			p++;
		if (*p && *p == *text) {
			pattern = p + 1;
			text++;
		} else if (!*p && !*text) {
			return true;
		} else if (star && *from) {
			text = ++from;
			pattern = star;
		} else {
			return false;
		}
	}
}

static bool equal_folded(const char *a, const char *b)
{
	size_t n_a = strlen(a), n_b = strlen(b);
	uint32_t code_a, code_b;

	while (n_a && n_b) {
		size_t step_a = utf8_next(a, n_a, &code_a);
		size_t step_b = utf8_next(b, n_b, &code_b);

		if (letter_lower(code_a) != letter_lower(code_b) &&
		    letter_upper(code_a) != letter_upper(code_b))
			return false;
		a += step_a;
		n_a -= step_a;
		b += step_b;
		n_b -= step_b;
	}
	return !n_a && !n_b;
}

static bool match_regex(struct matcher *m, const struct regex *regex,
			const char *text)
{
	size_t *spans =
		xcalloc(REGEX_SPANS(regex_groups(regex)), sizeof(*spans));
	struct regex_text whole = { .base = text, .len = strlen(text) };
	enum regex_result result;

	result = regex_match(regex, &whole, spans, &m->budget);
	free(spans);
	if (result == REGEX_TOO_MUCH)
		m->exhausted = true;
	return result == REGEX_MATCH;
}

static bool equal_literal(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) == json_integer_value(b);
	if (json_is_number(a) && json_is_number(b)) {
		double x = json_number_value(a), y = json_number_value(b);

		return !(x < y) && !(x > y);
	}
	return json_equal(a, b);
}

static bool is_listed(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (str_eq(json_string_value(item), text))
			return true;
	return false;
}

static bool match_choice(struct matcher *m, const struct choice *choice,
			 const json_t *leaf)
{
	const char *text = json_string_value(leaf);
	const char *wanted = json_string_value(choice->value);

	if (choice->kind == CHOICE_LITERAL)
		return equal_literal(choice->value, leaf);
	if (choice->kind == CHOICE_EXISTS)
		return json_is_true(choice->value);
	if (!text)
		return false;
	switch (choice->kind) {
	case CHOICE_PREFIX:
		return str_starts(text, wanted);
	case CHOICE_WILDCARD:
		return match_stars(wanted, text, true);
	case CHOICE_SHELLSTYLE:
		return match_stars(wanted, text, false);
	case CHOICE_FOLDED:
		return equal_folded(wanted, text);
	case CHOICE_REGEXP:
		return match_regex(m, choice->regex, text);
	default:
		return !is_listed(choice->value, text);
	}
}

/* Some leaf of `value`, which may be a list of lists, is of the choices. */
static bool match_leaf(struct matcher *m, const struct field *field,
		       const json_t *value)
{
	const json_t *item;
	size_t i;

	if (!value || json_is_object(value))
		return false;
	if (json_is_array(value)) {
		json_array_foreach (value, i, item)
			if (match_leaf(m, field, item))
				return true;
		return false;
	}
	for (i = 0; i < field->n; i++)
		if (match_choice(m, &field->choices[i], value))
			return true;
	return false;
}

static bool asks_for_absence(const struct field *field)
{
	return field->leaf && field->n == 1 &&
	       field->choices[0].kind == CHOICE_EXISTS &&
	       json_is_false(field->choices[0].value);
}

/* Nothing has to be there for it. */
static bool asks_for_nothing(const struct field *field)
{
	if (field->leaf)
		return asks_for_absence(field);
	for (size_t i = 0; i < field->n; i++)
		if (!asks_for_nothing(&field->fields[i]))
			return false;
	return true;
}

static bool match_fields(struct matcher *m, const struct field *field,
			 const json_t *value);

static bool match_object(struct matcher *m, const struct field *field,
			 const json_t *object)
{
	for (size_t i = 0; i < field->n; i++) {
		const struct field *part = &field->fields[i];
		const json_t *value = json_object_get(object, part->name);

		if (asks_for_nothing(part))
			continue;
		if (part->leaf ? !match_leaf(m, part, value)
			       : !match_fields(m, part, value))
			return false;
	}
	return true;
}

/* One object, of a list perhaps, has all the fields. */
static bool match_fields(struct matcher *m, const struct field *field,
			 const json_t *value)
{
	const json_t *item;
	size_t i;

	if (json_is_object(value))
		return match_object(m, field, value);
	json_array_foreach (value, i, item)
		if (match_fields(m, field, item))
			return true;
	return false;
}

static bool has_leaf(const json_t *value)
{
	const json_t *item;
	size_t i;

	if (!value || json_is_object(value))
		return false;
	if (!json_is_array(value))
		return true;
	json_array_foreach (value, i, item)
		if (has_leaf(item))
			return true;
	return false;
}

/* What must not be is in no element of any list. */
static bool is_absent(const struct field *field, const json_t *value)
{
	const json_t *item;
	size_t i;

	if (field->leaf)
		return !asks_for_absence(field) || !has_leaf(value);
	json_array_foreach (value, i, item)
		if (!is_absent(field, item))
			return false;
	if (json_is_object(value))
		for (i = 0; i < field->n; i++)
			if (!is_absent(&field->fields[i],
				       json_object_get(value,
						       field->fields[i].name)))
				return false;
	return true;
}

int pattern_match(const struct pattern *pattern, const json_t *value,
		  struct err *err)
{
	struct matcher m = { .budget = REGEX_BUDGET };
	bool matches = is_absent(&pattern->root, value) &&
		       match_fields(&m, &pattern->root, value);

	if (m.exhausted)
		return err_set(err, ERR_TOO_BIG,
			       "pattern: its regexp takes too long");
	return matches;
}
