/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define MAX_DUPLICATES 100
/* Three bytes, "{},", take a hundred times that when they are read. */
#define MAX_VALUES 200000
#define MAX_PATH   1024

/*
 * Jansson either refuses a second member of a name or says nothing of it.
 * What it refused is walked here once more for the names alone; that the
 * rest is JSON is found by reading it.
 */
struct scanner {
	const char *at;
	const char *end;
	json_t *duplicates;
	char path[MAX_PATH]; /* cut where it gets too long */
	size_t path_len;
	unsigned depth;
};

static bool scan_value(struct scanner *scanner);

static void skip_blanks(struct scanner *scanner)
{
	while (scanner->at < scanner->end && strchr(" \t\r\n", *scanner->at) &&
	       *scanner->at)
		scanner->at++;
}

static bool take(struct scanner *scanner, char byte)
{
	skip_blanks(scanner);
	if (scanner->at == scanner->end || *scanner->at != byte)
		return false;
	scanner->at++;
	return true;
}

/* The string with its quotes, as it is written; len 0: there is none. */
static size_t take_string(struct scanner *scanner, const char **start)
{
	*start = NULL;
	if (!take(scanner, '"'))
		return 0;
	*start = scanner->at - 1;
	while (scanner->at < scanner->end && *scanner->at != '"')
		scanner->at += *scanner->at == '\\' ? 2 : 1;
	if (scanner->at >= scanner->end)
		return 0;
	scanner->at++;
	return (size_t)(scanner->at - *start);
}

static void enter(struct scanner *scanner, const char *between,
		  const char *word)
{
	size_t left = sizeof(scanner->path) - scanner->path_len;
	int n = snprintf(scanner->path + scanner->path_len, left, "%s%s",
			 between, word);

	if (n > 0)
		scanner->path_len += (size_t)n < left ? (size_t)n : left - 1;
}

static void note(struct scanner *scanner)
{
	json_t *path = json_string(scanner->path);
	size_t index;
	json_t *known;

	json_array_foreach (scanner->duplicates, index, known)
		if (path && json_equal(known, path)) {
			json_decref(path);
			return;
		}
	if (path && json_array_size(scanner->duplicates) < MAX_DUPLICATES)
		json_array_append(scanner->duplicates, path);
	json_decref(path);
}

static bool scan_member(struct scanner *scanner, json_t *seen)
{
	size_t before = scanner->path_len;
	AUTO_JSON json_t *name = NULL;
	const char *start;
	size_t len = take_string(scanner, &start);
	bool right;

	if (len)
		name = json_loadb(start, len, JSON_DECODE_ANY, NULL);
	if (!name || !take(scanner, ':'))
		return false;
	enter(scanner, before ? "." : "", json_string_value(name));
	if (json_object_get(seen, json_string_value(name)))
		note(scanner);
	json_object_set_new(seen, json_string_value(name), json_true());
	right = scan_value(scanner);
	scanner->path_len = before;
	scanner->path[before] = '\0';
	return right;
}

static bool scan_object(struct scanner *scanner)
{
	AUTO_JSON json_t *seen = json_object();

	if (take(scanner, '}'))
		return true;
	do {
		skip_blanks(scanner);
		if (!scan_member(scanner, seen))
			return false;
	} while (take(scanner, ','));
	return take(scanner, '}');
}

static bool scan_list(struct scanner *scanner)
{
	size_t before = scanner->path_len;
	size_t index = 0;
	char text[32];
	bool right = true;

	if (take(scanner, ']'))
		return true;
	do {
		snprintf(text, sizeof(text), "[%zu]", index++);
		enter(scanner, "", text);
		right = scan_value(scanner);
		scanner->path_len = before;
		scanner->path[before] = '\0';
	} while (right && take(scanner, ','));
	return right && take(scanner, ']');
}

static bool scan_value(struct scanner *scanner)
{
	const char *start;
	bool right;

	skip_blanks(scanner);
	if (scanner->at == scanner->end || scanner->depth > JSON_MAX_DEPTH)
		return false;
	if (*scanner->at == '"')
		return take_string(scanner, &start) > 0;
	scanner->depth++;
	if (take(scanner, '{')) {
		right = scan_object(scanner);
	} else if (take(scanner, '[')) {
		right = scan_list(scanner);
	} else {
		start = scanner->at;
		while (scanner->at < scanner->end &&
		       !strchr(",]} \t\r\n", *scanner->at))
			scanner->at++;
		right = scanner->at > start;
	}
	scanner->depth--;
	return right;
}

/* Each value but the first of all follows one of these. */
static bool too_many(const char *text, size_t len)
{
	size_t n = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && memchr("{[,", text[i], 3))
			n++;
	}
	return n > MAX_VALUES;
}

json_t *body_parse_json(const char *text, size_t len, json_t *duplicates,
			struct err *err)
{
	struct scanner scanner = { .at = text,
				   .end = text + len,
				   .duplicates = duplicates };
	size_t before = json_array_size(duplicates);
	json_t *value;

	if (too_many(text, len)) {
		err_set(err, ERR_TOO_BIG, "JSON of over %d values", MAX_VALUES);
		return NULL;
	}
	value = json_parse(text, len, err);
	/* Depth and NULs were refused before, and are not looked for again. */
	if (value || err->code != ERR_INVALID || memchr(text, 0, len) ||
	    !scan_value(&scanner) || json_array_size(duplicates) == before)
		return value;
	return json_loadb(text, len, JSON_DECODE_ANY, NULL);
}
