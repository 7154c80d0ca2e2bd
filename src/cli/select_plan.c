/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/select_plan.h"

#include <string.h>

#include "base/str.h"
#include "cli/suggest.h"

#define MAX_WORD  1024
#define MAX_TERMS 16

enum relation { EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

struct term {
	char key[256];
	enum relation relation;
	char value[256];
};

struct selection {
	const char *noun; /* "machine" */
	bool machines;    /* they are: "all" means every one */
	const json_t *hardware;
	const char **names; /* one of each */
	bool *chosen;       /* likewise */
	size_t n;
	const char *word;
	struct err *err;
};

static const char *name_at(const json_t *hardware, size_t i)
{
	const char *name =
		json_str_at(json_array_get(hardware, i), "metadata.name");

	return name ? name : "";
}

/* "key<=value" */
static bool read_term(const char *text, struct term *term)
{
	size_t len = strcspn(text, "=!<>");
	const char *at = text + len;

	if (!len || len >= sizeof(term->key))
		return false;
	memcpy(term->key, text, len);
	term->key[len] = '\0';
	if (str_starts(at, "==")) {
		term->relation = EQUAL;
		at += 2;
	} else if (str_starts(at, "!=")) {
		term->relation = UNEQUAL;
		at += 2;
	} else if (str_starts(at, "<=")) {
		term->relation = LESS_EQUAL;
		at += 2;
	} else if (str_starts(at, ">=")) {
		term->relation = GREATER_EQUAL;
		at += 2;
	} else if (*at == '<' || *at == '>' || *at == '=') {
		term->relation = *at == '<'   ? LESS
				 : *at == '>' ? GREATER
					      : EQUAL;
		at++;
	} else {
		return false;
	}
	return str_copy(term->value, sizeof(term->value), at);
}

static const char *label_of(const json_t *machine, const char *key)
{
	const json_t *labels = json_at(machine, "metadata.labels");
	AUTO_FREE char *own = NULL;
	const char *value = json_string_value(json_object_get(labels, key));

	if (value)
		return value;
	own = xasprintf("tomte.dev/%s", key);
	value = json_string_value(json_object_get(labels, own));
	if (!value && str_eq(key, "name"))
		value = json_str_at(machine, "metadata.name");
	return value;
}

static bool holds(const struct term *term, const json_t *machine)
{
	const char *value = label_of(machine, term->key);
	uint64_t have;
	uint64_t want;

	if (term->relation == EQUAL)
		return value && str_eq(value, term->value);
	if (term->relation == UNEQUAL)
		return !value || !str_eq(value, term->value);
	if (!value || !str_parse_u64(value, UINT64_MAX, &have) ||
	    !str_parse_u64(term->value, UINT64_MAX, &want))
		return false;
	switch (term->relation) {
	case LESS:
		return have < want;
	case LESS_EQUAL:
		return have <= want;
	case GREATER:
		return have > want;
	default:
		return have >= want;
	}
}

static int read_terms(const struct selection *selection, struct term *terms,
		      size_t *n)
{
	AUTO_FREE char *copy = xstrdup(selection->word);
	char *rest = copy;
	char *part;

	*n = 0;
	while ((part = strsep(&rest, ","))) {
		struct term *term = &terms[*n];
		uint64_t number;

		if (*n == MAX_TERMS)
			return err_set(selection->err, ERR_INVALID,
				       "%s: over %d conditions",
				       selection->word, MAX_TERMS);
		if (!read_term(part, term))
			return err_set(selection->err, ERR_INVALID,
				       "%s: \"%s\" is no condition; expected "
				       "KEY=VALUE, or != < <= > >=",
				       selection->word, part);
		if (term->relation >= LESS &&
		    !str_parse_u64(term->value, UINT64_MAX, &number))
			return err_set(selection->err, ERR_INVALID,
				       "%s: \"%s\" compares with a number",
				       selection->word, part);
		++*n;
	}
	return 0;
}

static int select_terms(struct selection *selection)
{
	AUTO_FREE struct term *terms = xcalloc(MAX_TERMS, sizeof(*terms));
	size_t n;
	bool any = false;

	if (read_terms(selection, terms, &n))
		return -1;
	for (size_t i = 0; i < selection->n; i++) {
		bool all = true;

		for (size_t t = 0; t < n && all; t++)
			all = holds(&terms[t],
				    json_array_get(selection->hardware, i));
		selection->chosen[i] |= all;
		any |= all;
	}
	if (!any)
		return err_set(selection->err, ERR_NOT_FOUND, "no %s is %s",
			       selection->noun, selection->word);
	return 0;
}

static int select_name(struct selection *selection, const char *name)
{
	const char *guess;

	for (size_t i = 0; i < selection->n; i++) {
		if (str_eq(selection->names[i], name)) {
			selection->chosen[i] = true;
			return 0;
		}
	}
	guess = suggest(name, selection->names, selection->n);
	return err_set(selection->err, ERR_NOT_FOUND, "no %s %s%s%s%s",
		       selection->noun, name, SUGGEST_ARGS(guess));
}

static int bad_range(const struct selection *selection)
{
	return err_set(selection->err, ERR_INVALID,
		       "%s: not a range; expected as r1n[01-20] or r1n[1,3,5]",
		       selection->word);
}

/* "01-20" or "7": the numbers, and how many digits they are written with. */
static bool read_range(const char *text, uint32_t *from, uint32_t *to,
		       int *width)
{
	char first[16];
	size_t len = strcspn(text, "-");

	if (!len || len >= 10)
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	*width = (int)len;
	if (!str_parse_u32(first, UINT32_MAX, from))
		return false;
	*to = *from;
	if (text[len] == '-' && !str_parse_u32(text + len + 1, UINT32_MAX, to))
		return false;
	return *from <= *to;
}

/* Prefix, "[", ranges, "]", suffix; one pair of brackets. */
static int select_range(struct selection *selection)
{
	const char *open = strchr(selection->word, '[');
	const char *close = strchr(selection->word, ']');
	AUTO_FREE char *inside = NULL;
	size_t n_names = 0;
	char *rest;
	char *part;

	if (!open || !close || close < open || strpbrk(close + 1, "[]") ||
	    memchr(open + 1, '[', (size_t)(close - open - 1)))
		return bad_range(selection);
	inside = xstrndup(open + 1, (size_t)(close - open - 1));
	rest = inside;
	while ((part = strsep(&rest, ","))) {
		uint32_t from;
		uint32_t to;
		int width;

		if (!read_range(part, &from, &to, &width))
			return bad_range(selection);
		for (uint64_t number = from; number <= to; number++) {
			AUTO_FREE char *name = xasprintf(
				"%.*s%0*u%s", (int)(open - selection->word),
				selection->word, width, (unsigned)number,
				close + 1);

			if (++n_names > SELECT_MAX_RANGE)
				return err_set(selection->err, ERR_TOO_BIG,
					       "%s: over %d of them",
					       selection->word,
					       SELECT_MAX_RANGE);
			if (select_name(selection, name))
				return -1;
		}
	}
	return 0;
}

static int select_word(struct selection *selection)
{
	if (strlen(selection->word) > MAX_WORD)
		return err_set(selection->err, ERR_TOO_BIG,
			       "a selector over %d bytes", MAX_WORD);
	if (strpbrk(selection->word, "=<>!"))
		return select_terms(selection);
	if (strpbrk(selection->word, "[]"))
		return select_range(selection);
	if (!selection->machines || !str_eq(selection->word, "all"))
		return select_name(selection, selection->word);
	if (!selection->n)
		return err_set(selection->err, ERR_NOT_FOUND,
			       "there are no machines yet; see tomte import");
	for (size_t i = 0; i < selection->n; i++)
		selection->chosen[i] = true;
	return 0;
}

static json_t *choose(struct selection *selection, char *const *words,
		      size_t n_words)
{
	const json_t *hardware = selection->hardware;
	size_t n = json_array_size(hardware);
	AUTO_FREE bool *chosen = xcalloc(n ? n : 1, sizeof(*chosen));
	AUTO_FREE const char **names = xcalloc(n ? n : 1, sizeof(*names));
	json_t *list;

	selection->names = names;
	selection->chosen = chosen;
	selection->n = n;
	for (size_t i = 0; i < n; i++)
		names[i] = name_at(hardware, i);
	for (size_t i = 0; i < n_words; i++) {
		selection->word = words[i];
		if (select_word(selection))
			return NULL;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		if (chosen[i])
			json_array_append(list, json_array_get(hardware, i));
	return list;
}

json_t *select_plan(const json_t *hardware, char *const *words, size_t n_words,
		    struct err *err)
{
	struct selection selection = {
		.noun = "machine",
		.machines = true,
		.hardware = hardware,
		.err = err,
	};

	return choose(&selection, words, n_words);
}

json_t *select_plan_of(const char *noun, const json_t *objects,
		       char *const *words, size_t n_words, struct err *err)
{
	struct selection selection = {
		.noun = noun,
		.hardware = objects,
		.err = err,
	};

	return choose(&selection, words, n_words);
}

bool select_is_pattern(const char *word)
{
	return strpbrk(word, "[]=<>!") != NULL;
}
