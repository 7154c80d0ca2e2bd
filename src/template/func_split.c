/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions between strings and lists of strings.
 */
#include <stdio.h>
#include <string.h>

#include "template/call.h"
#include "template/utf8.h"

/*
 * At most `most` parts (negative: all), the last with what is left. Nothing
 * to split by splits after each character.
 */
static json_t *split(const struct text *text, const struct text *by,
		     json_int_t most)
{
	json_t *parts = json_array();
	size_t at = 0;

	while (most < 0 || (json_int_t)json_array_size(parts) + 1 < most) {
		const char *from = text->base + at;
		size_t left = text->len - at;
		const char *found = memmem(from, left, by->base, by->len);
		uint32_t code;
		size_t n;

		if (json_array_size(parts) > LIST_MAX)
			return parts;
		if (!by->len && left) {
			n = utf8_next(from, left, &code);
			if (n == left)
				break;
		} else if (by->len && found) {
			n = (size_t)(found - from);
		} else {
			break;
		}
		list_append_text(parts, from, n);
		at += n + by->len;
	}
	if (most && (by->len || text->len))
		list_append_text(parts, text->base + at, text->len - at);
	return parts;
}

static const json_t *call_split_list(struct call *call)
{
	struct text by;
	struct text text;

	if (arg_text(call, 0, &by) || arg_text(call, 1, &text))
		return NULL;
	return give_tree(call, split(&text, &by, -1));
}

/* The same as a map: _0, _1 and so on. */
static const json_t *give_numbered(struct call *call, const json_t *parts)
{
	json_t *map;
	size_t i;
	json_t *part;

	if (json_array_size(parts) > LIST_MAX)
		return call_fail(call, "over %d parts", LIST_MAX);
	map = json_object();
	json_array_foreach (parts, i, part) {
		char key[24];

		snprintf(key, sizeof(key), "_%zu", i);
		json_object_set_nocheck(map, key, part);
	}
	return give_tree(call, map);
}

static const json_t *call_split(struct call *call)
{
	AUTO_JSON json_t *parts = NULL;
	struct text by;
	struct text text;

	if (arg_text(call, 0, &by) || arg_text(call, 1, &text))
		return NULL;
	parts = split(&text, &by, -1);
	return give_numbered(call, parts);
}

static const json_t *call_splitn(struct call *call)
{
	AUTO_JSON json_t *parts = NULL;
	struct text by;
	struct text text;
	json_int_t most;

	if (arg_text(call, 0, &by) || arg_int(call, 1, &most) ||
	    arg_text(call, 2, &text))
		return NULL;
	parts = split(&text, &by, most);
	return give_numbered(call, parts);
}

/* What is not nil, each as text; a value that is no list is the only one. */
static json_t *texts_of(struct call *call, const json_t *value)
{
	AUTO_JSON json_t *texts = json_array();
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	size_t n = json_is_array(value) ? json_array_size(value) : 1;
	struct text text;

	if (call_spend(call, n / 8))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const json_t *item =
			json_is_array(value) ? json_array_get(value, i) : value;

		if (json_is_null(item))
			continue;
		if (json_is_string(item)) {
			list_append(texts, item);
			continue;
		}
		if (text_of(call, item, &room, &text) ||
		    call_charge(call, 64 + text.len))
			return NULL;
		list_append_text(texts, text.base, text.len);
	}
	return take_ptr(texts);
}

static const json_t *call_to_strings(struct call *call)
{
	json_t *texts = texts_of(call, call->args[0]);

	return texts ? give(call, texts) : NULL;
}

static const json_t *call_join(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	AUTO_JSON json_t *texts = NULL;
	struct text between;
	json_t *text;
	size_t i;

	if (arg_text(call, 0, &between))
		return NULL;
	texts = texts_of(call, call->args[1]);
	if (!texts)
		return NULL;
	json_array_foreach (texts, i, text) {
		if (i)
			buf_add(&out, between.base, between.len);
		buf_add(&out, json_string_value(text),
			json_string_length(text));
	}
	return give_text(call, &out);
}

static int compare(const void *left, const void *right)
{
	const json_t *a = *(json_t *const *)left;
	const json_t *b = *(json_t *const *)right;
	size_t n = json_string_length(a);
	size_t m = json_string_length(b);
	int order = memcmp(json_string_value(a), json_string_value(b),
			   n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

/* A sort looks at each some twenty times, as many as there may be. */
static int pay_sort(struct call *call, const json_t *texts)
{
	size_t bytes = 0;
	json_t *text;
	size_t i;

	json_array_foreach (texts, i, text)
		bytes += json_string_length(text);
	return call_spend(call, json_array_size(texts) + bytes / 64);
}

static const json_t *call_sort_alpha(struct call *call)
{
	AUTO_JSON json_t *texts = texts_of(call, call->args[0]);
	AUTO_FREE const json_t **order = NULL;
	json_t *sorted;
	json_t *text;
	size_t i;

	if (!texts || pay_sort(call, texts))
		return NULL;
	order = xcalloc(json_array_size(texts) + 1, sizeof(*order));
	json_array_foreach (texts, i, text)
		order[i] = text;
	qsort(order, json_array_size(texts), sizeof(*order), compare);
	sorted = json_array();
	for (i = 0; i < json_array_size(texts); i++)
		list_append(sorted, order[i]);
	return give(call, sorted);
}

const struct func *func_split(size_t *n)
{
	static const struct func table[] = {
		{ "split", 2, 2, call_split, FUNC_PLAIN },
		{ "splitn", 3, 3, call_splitn, FUNC_PLAIN },
		{ "splitList", 2, 2, call_split_list, FUNC_PLAIN },
		{ "toStrings", 1, 1, call_to_strings, FUNC_PLAIN },
		{ "join", 2, 2, call_join, FUNC_PLAIN },
		{ "sortAlpha", 1, 1, call_sort_alpha, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
