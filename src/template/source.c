/* SPDX-License-Identifier: Apache-2.0 */
#include "template/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "template/template.h"
#include "template/utf8.h"

#define MAX_QUOTED 72

static void place(const struct source *source, size_t at, size_t *line,
		  size_t *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < at && i < source->len; i++) {
		if (source->text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)source->text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

/* Where the action that holds `at` begins. */
static size_t action_start(const struct source *source, size_t at)
{
	size_t i = at < source->len ? at : source->len;

	for (; i > 0; i--)
		if (i + 1 < source->len && source->text[i] == '{' &&
		    source->text[i + 1] == '{' && !(source->text[i - 1] == '{'))
			return i;
	return 0;
}

static void quote_action(const struct source *source, size_t at, char *out)
{
	size_t start = action_start(source, at);
	const char *text = source->text + start;
	size_t len = source->len - start;
	const char *end = memmem(text, len, "}}", 2);
	size_t n = end ? (size_t)(end - text) + 2 : len;
	bool cut = n > MAX_QUOTED;

	if (cut)
		n = MAX_QUOTED;
	for (size_t i = 0; i < n; i++) {
		bool odd = (unsigned char)text[i] < ' ' || text[i] == 127;

		out[i] = odd ? ' ' : text[i];
	}
	/* Not half a character at the cut. */
	while (cut && n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(out + n, cut ? "..." : "", cut ? 4 : 1);
}

/* What is quoted in a message may be cut, or may be no text at all. */
static void make_printable(char *message)
{
	size_t len = strlen(message);

	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = utf8_next(message + i, len - i, &code);

		if (code < ' ' || code == 127)
			message[i] = ' ';
		else if (n == 1 && code == UTF8_BAD)
			message[i] = '?';
		i += n;
	}
}

int source_wrap(const struct source *source, size_t at, struct err *err)
{
	char action[MAX_QUOTED + 4];
	char message[sizeof(err->message)];
	size_t line;
	size_t column;
	int room;

	place(source, at, &line, &column);
	quote_action(source, at, action);
	memcpy(message, err->message, sizeof(message));
	room = (int)(sizeof(message) - strlen(action) - 40);
	err_set(err, err->code, "line %zu:%zu: %.*s: %s", line, column, room,
		message, action);
	make_printable(err->message);
	return -1;
}

int source_fail(const struct source *source, size_t at, struct err *err,
		const char *format, ...)
{
	va_list args;

	err->code = ERR_INVALID;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return source_wrap(source, at, err);
}

/* A number, and what has to follow it. */
static bool take_number(const char **at, const char *after, size_t *number)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	*number = strtoul(*at, &end, 10);
	*at = end + strlen(after);
	return str_starts(end, after);
}

bool template_fault(const struct err *err, struct template_fault *fault)
{
	const char *at = err->message;
	const char *action = NULL;

	if (!str_starts(at, "line "))
		return false;
	at += strlen("line ");
	if (!take_number(&at, ":", &fault->line) ||
	    !take_number(&at, ": ", &fault->column))
		return false;
	/* The last: where it is another's, too much is said, not too little. */
	for (const char *next = at; (next = strstr(next, ": {{")); next++)
		action = next;
	snprintf(fault->what, sizeof(fault->what), "%.*s",
		 action ? (int)(action - at) : (int)strlen(at), at);
	return true;
}
