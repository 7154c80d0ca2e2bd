/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_repair_plan.h"

#include <string.h>

#include "base/str.h"

#define BLANKS " \t\r\n"

size_t template_offset(const char *text, const struct template_fault *fault)
{
	const char *at = text;

	for (size_t line = 1; line < fault->line && *at; at++)
		line += *at == '\n';
	for (size_t column = 1; *at && *at != '\n'; at++) {
		bool begins = ((unsigned char)*at & 0xc0) != 0x80;

		if (begins && column++ == fault->column)
			break;
	}
	return (size_t)(at - text);
}

/* What stands between the braces and their trim markers. */
struct inside {
	char *from;
	char *to;
};

static bool find_inside(char *text, size_t at, struct inside *inside)
{
	char *open = NULL;
	char *next = text;

	while ((next = strstr(next, "{{")) && next <= text + at)
		open = next++;
	if (!open)
		return false;
	inside->from = open + 2;
	inside->to = strstr(inside->from, "}}");
	if (!inside->to)
		return false;
	if (inside->from[0] == '-' && strchr(BLANKS, inside->from[1]))
		inside->from++;
	if (inside->to - inside->from > 1 && inside->to[-1] == '-' &&
	    strchr(BLANKS, inside->to[-2]))
		inside->to--;
	return true;
}

/* Behind the word, which blanks may precede. NULL: it is not there. */
static char *behind(char *at, const char *word)
{
	size_t len = strlen(word);

	at += strspn(at, BLANKS);
	if (strncmp(at, word, len) != 0 || !strchr(BLANKS "}(.$\"", at[len]))
		return NULL;
	return at + len;
}

static char *behind_any(char *at, const char *const *words)
{
	char *end = NULL;

	while (*words && !end)
		end = behind(at, *words++);
	return end;
}

/*
 * Behind what may stay: a keyword, and the variables that are declared.
 * False: what it would have been is needed to go on.
 */
static bool skip_good(struct inside *inside, bool *needs_value)
{
	static const char *const controls[] = { "if", "with", "range", NULL };
	static const char *const lost[] = { "define", "template", "block",
					    "break",  "continue", NULL };
	char *otherwise = behind(inside->from, "else");
	char *control =
		behind_any(otherwise ? otherwise : inside->from, controls);
	char *bare = otherwise ? otherwise : behind(inside->from, "end");
	const char *declared;

	if (behind_any(inside->from, lost))
		return false;
	*needs_value = control || !bare;
	if (!*needs_value || control)
		inside->from = control ? control : bare;
	declared = strstr(inside->from, ":=");
	if (*needs_value && declared && declared < inside->to)
		inside->from += declared + 2 - inside->from;
	return true;
}

/* Blanks, so that all that follows stays where it is. */
static void blank(const struct inside *inside)
{
	for (char *at = inside->from; at < inside->to; at++)
		if (*at != '\n')
			*at = ' ';
}

bool template_repair(char *text, const struct template_fault *fault)
{
	struct inside inside;
	bool needs_value;
	bool first;
	char *at;

	if (!find_inside(text, template_offset(text, fault), &inside))
		return false;
	first = inside.from[-1] == '{' && !strchr(BLANKS, inside.from[0]);
	if (!skip_good(&inside, &needs_value))
		return false;
	at = inside.from + !(first && inside.from[-1] == '{');
	while (needs_value && at < inside.to && *at == '\n')
		at++;
	if (needs_value && at >= inside.to)
		return false;
	blank(&inside);
	if (needs_value)
		*at = '1';
	return true;
}
