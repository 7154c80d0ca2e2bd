/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions on strings. What is cut is cut by bytes, as in Go.
 */
#include <string.h>

#include "template/call.h"
#include "template/letter.h"
#include "template/utf8.h"
#include "template/value.h"

static const json_t *give_part(struct call *call, const struct text *text,
			       size_t from, size_t to)
{
	return give_string(call, text->base + from, to - from);
}

static bool is_suffix(const struct text *text, const struct text *end)
{
	return text->len >= end->len &&
	       memcmp(text->base + text->len - end->len, end->base, end->len) ==
		       0;
}

static bool is_prefix(const struct text *text, const struct text *start)
{
	return text->len >= start->len &&
	       memcmp(text->base, start->base, start->len) == 0;
}

/* Whether a character is to be trimmed; without a set: blanks. */
static bool in_set(const struct text *set, uint32_t code)
{
	if (!set)
		return letter_is_space(code);
	for (size_t i = 0; i < set->len;) {
		uint32_t member;

		i += utf8_next(set->base + i, set->len - i, &member);
		if (member == code)
			return true;
	}
	return false;
}

static const json_t *trim(struct call *call, const struct text *text,
			  const struct text *set)
{
	size_t from = 0;
	size_t end = 0; /* of the last character that stays */
	bool started = false;

	for (size_t i = 0; i < text->len;) {
		uint32_t code;
		size_t n = utf8_next(text->base + i, text->len - i, &code);

		if (set && call_spend(call, set->len / 256))
			return NULL;
		if (!in_set(set, code)) {
			from = started ? from : i;
			started = true;
			end = i + n;
		}
		i += n;
	}
	return give_part(call, text, from, started ? end : from);
}

static const json_t *call_trim(struct call *call)
{
	struct text text;

	return arg_text(call, 0, &text) ? NULL : trim(call, &text, NULL);
}

static const json_t *call_trim_all(struct call *call)
{
	struct text text;
	struct text set;

	if (arg_text(call, 0, &set) || arg_text(call, 1, &text))
		return NULL;
	return trim(call, &text, &set);
}

static const json_t *call_trim_prefix(struct call *call)
{
	struct text text;
	struct text start;

	if (arg_text(call, 0, &start) || arg_text(call, 1, &text))
		return NULL;
	return give_part(call, &text, is_prefix(&text, &start) ? start.len : 0,
			 text.len);
}

static const json_t *call_trim_suffix(struct call *call)
{
	struct text text;
	struct text end;

	if (arg_text(call, 0, &end) || arg_text(call, 1, &text))
		return NULL;
	return give_part(call, &text, 0,
			 text.len - (is_suffix(&text, &end) ? end.len : 0));
}

static const json_t *call_has_prefix(struct call *call)
{
	struct text text;
	struct text start;

	if (arg_text(call, 0, &start) || arg_text(call, 1, &text))
		return NULL;
	return give_bool(is_prefix(&text, &start));
}

static const json_t *call_has_suffix(struct call *call)
{
	struct text text;
	struct text end;

	if (arg_text(call, 0, &end) || arg_text(call, 1, &text))
		return NULL;
	return give_bool(is_suffix(&text, &end));
}

static const json_t *call_contains(struct call *call)
{
	struct text text;
	struct text part;

	if (arg_text(call, 0, &part) || arg_text(call, 1, &text))
		return NULL;
	return give_bool(!part.len ||
			 memmem(text.base, text.len, part.base, part.len));
}

/* Nothing is found before each character, and at the end. */
static void replace_nothing(struct buf *out, const struct text *new,
			    const struct text *text)
{
	buf_add(out, new->base, new->len);
	for (size_t i = 0; i < text->len && !out->overflow;) {
		uint32_t code;
		size_t n = utf8_next(text->base + i, text->len - i, &code);

		buf_add(out, text->base + i, n);
		buf_add(out, new->base, new->len);
		i += n;
	}
}

static const json_t *call_replace(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text old;
	struct text new;
	struct text text;
	const char *found;

	if (arg_text(call, 0, &old) || arg_text(call, 1, &new) ||
	    arg_text(call, 2, &text))
		return NULL;
	if (!old.len) {
		replace_nothing(&out, &new, &text);
		return give_text(call, &out);
	}
	while ((found = memmem(text.base, text.len, old.base, old.len))) {
		size_t before = (size_t)(found - text.base);

		buf_add(&out, text.base, before);
		buf_add(&out, new.base, new.len);
		text.base += before + old.len;
		text.len -= before + old.len;
	}
	buf_add(&out, text.base, text.len);
	return give_text(call, &out);
}

static const json_t *call_repeat(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	json_int_t count;
	struct text text;

	if (arg_int(call, 0, &count) || arg_text(call, 1, &text))
		return NULL;
	if (count < 0)
		return call_fail(call, "negative count");
	for (json_int_t i = 0; i < count && text.len && !out.overflow; i++)
		buf_add(&out, text.base, text.len);
	return give_text(call, &out);
}

/* From the start, or for a negative count from the end. */
static const json_t *call_trunc(struct call *call)
{
	json_int_t count;
	struct text text;
	json_int_t len;

	if (arg_int(call, 0, &count) || arg_text(call, 1, &text))
		return NULL;
	len = (json_int_t)text.len;
	if (count >= 0 && count < len)
		return give_part(call, &text, 0, (size_t)count);
	if (count < 0 && count > -len)
		return give_part(call, &text, (size_t)(len + count), text.len);
	return call->args[1];
}

static const json_t *call_substr(struct call *call)
{
	json_int_t start;
	json_int_t end;
	struct text text;
	json_int_t len;

	if (arg_int(call, 0, &start) || arg_int(call, 1, &end) ||
	    arg_text(call, 2, &text))
		return NULL;
	len = (json_int_t)text.len;
	if (start < 0)
		start = 0;
	else if (end < 0 || end > len)
		end = len;
	if (start > end || end > len)
		return call_fail(call, "no part of %zu bytes from there",
				 text.len);
	return give_part(call, &text, (size_t)start, (size_t)end);
}

/* A window of `width` bytes that begins near `offset`, with ... for the rest.
 */
static const json_t *abbreviate(struct call *call, const struct text *text,
				json_int_t offset, json_int_t width)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	json_int_t len = (json_int_t)text->len;

	if (len <= width)
		return give_part(call, text, 0, text->len);
	if (offset > len)
		offset = len;
	if (len - offset < width - 3)
		offset = len - (width - 3);
	if (offset <= 4) {
		buf_add(&out, text->base, (size_t)width - 3);
		buf_adds(&out, "...");
	} else if (width < 7) {
		return give_string(call, "", 0);
	} else if (offset + width - 3 >= len) {
		buf_adds(&out, "...");
		buf_add(&out, text->base + len - (width - 3),
			(size_t)width - 3);
	} else if (width >= 7) {
		buf_adds(&out, "...");
		buf_add(&out, text->base + offset, (size_t)width - 6);
		buf_adds(&out, "...");
	}
	return give_text(call, &out);
}

static const json_t *call_abbrev(struct call *call)
{
	json_int_t width;
	struct text text;

	if (arg_int(call, 0, &width) || arg_text(call, 1, &text))
		return NULL;
	if (width < 4)
		return call->args[1];
	return abbreviate(call, &text, 0, width);
}

static const json_t *call_abbrevboth(struct call *call)
{
	json_int_t left;
	json_int_t right;
	struct text text;

	if (arg_int(call, 0, &left) || arg_int(call, 1, &right) ||
	    arg_text(call, 2, &text))
		return NULL;
	if (right < 4 || (left > 0 && right < 7))
		return call->args[2];
	return abbreviate(call, &text, left, right);
}

static void add_indented(struct buf *out, const char *pad, size_t n,
			 const struct text *text)
{
	buf_add(out, pad, n);
	for (size_t i = 0; i < text->len && !out->overflow; i++) {
		buf_addc(out, text->base[i]);
		if (text->base[i] == '\n')
			buf_add(out, pad, n);
	}
}

static const json_t *indent(struct call *call, const char *before)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	AUTO_FREE char *pad = NULL;
	json_int_t n;
	struct text text;

	if (arg_int(call, 0, &n) || arg_text(call, 1, &text))
		return NULL;
	if (n < 0 || n > VALUE_MAX)
		return call_fail(call, "indentation by %" JSON_INTEGER_FORMAT,
				 n);
	pad = xmalloc((size_t)n + 1);
	memset(pad, ' ', (size_t)n + 1);
	buf_adds(&out, before);
	add_indented(&out, pad, (size_t)n, &text);
	return give_text(call, &out);
}

static const json_t *call_indent(struct call *call)
{
	return indent(call, "");
}

static const json_t *call_nindent(struct call *call)
{
	return indent(call, "\n");
}

static const json_t *call_to_string(struct call *call)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	struct text text;

	if (text_of(call, call->args[0], &room, &text))
		return NULL;
	return give_string(call, text.base, text.len);
}

enum joining { JOIN_PLAIN, JOIN_QUOTED, JOIN_SINGLE };

/* All that is not nil, with blanks between. */
static const json_t *join_all(struct call *call, enum joining joining)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	bool first = true;

	for (size_t i = 0; i < call->n; i++) {
		struct text text;

		if (json_is_null(call->args[i]))
			continue;
		if (text_of(call, call->args[i], &room, &text))
			return NULL;
		buf_adds(&out, first ? "" : " ");
		first = false;
		buf_adds(&out, joining == JOIN_SINGLE ? "'" : "");
		if (joining == JOIN_QUOTED)
			value_quote(&out, text.base, text.len, '"', false);
		else
			buf_add(&out, text.base, text.len);
		buf_adds(&out, joining == JOIN_SINGLE ? "'" : "");
	}
	return give_text(call, &out);
}

static const json_t *call_cat(struct call *call)
{
	return join_all(call, JOIN_PLAIN);
}

static const json_t *call_quote(struct call *call)
{
	return join_all(call, JOIN_QUOTED);
}

static const json_t *call_squote(struct call *call)
{
	return join_all(call, JOIN_SINGLE);
}

static const json_t *call_plural(struct call *call)
{
	struct text one;
	struct text many;
	json_int_t count;

	if (arg_text(call, 0, &one) || arg_text(call, 1, &many) ||
	    arg_int(call, 2, &count))
		return NULL;
	return call->args[count == 1 ? 0 : 1];
}

static const json_t *call_hello(struct call *call)
{
	return give_string(call, "Hello!", 6);
}

const struct func *func_string(size_t *n)
{
	static const struct func table[] = {
		{ "trim", 1, 1, call_trim, FUNC_PLAIN },
		{ "trimAll", 2, 2, call_trim_all, FUNC_PLAIN },
		{ "trimall", 2, 2, call_trim_all, FUNC_PLAIN },
		{ "trimPrefix", 2, 2, call_trim_prefix, FUNC_PLAIN },
		{ "trimSuffix", 2, 2, call_trim_suffix, FUNC_PLAIN },
		{ "hasPrefix", 2, 2, call_has_prefix, FUNC_PLAIN },
		{ "hasSuffix", 2, 2, call_has_suffix, FUNC_PLAIN },
		{ "contains", 2, 2, call_contains, FUNC_PLAIN },
		{ "replace", 3, 3, call_replace, FUNC_PLAIN },
		{ "repeat", 2, 2, call_repeat, FUNC_PLAIN },
		{ "trunc", 2, 2, call_trunc, FUNC_PLAIN },
		{ "substr", 3, 3, call_substr, FUNC_PLAIN },
		{ "abbrev", 2, 2, call_abbrev, FUNC_PLAIN },
		{ "abbrevboth", 3, 3, call_abbrevboth, FUNC_PLAIN },
		{ "indent", 2, 2, call_indent, FUNC_PLAIN },
		{ "nindent", 2, 2, call_nindent, FUNC_PLAIN },
		{ "toString", 1, 1, call_to_string, FUNC_PLAIN },
		{ "cat", 0, FUNC_ANY, call_cat, FUNC_PLAIN },
		{ "quote", 0, FUNC_ANY, call_quote, FUNC_PLAIN },
		{ "squote", 0, FUNC_ANY, call_squote, FUNC_PLAIN },
		{ "plural", 3, 3, call_plural, FUNC_PLAIN },
		{ "hello", 0, 0, call_hello, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
