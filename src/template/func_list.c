/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions on lists. Each gives a new list.
 */
#include "template/call.h"
#include "template/value.h"

static const json_t *call_list(struct call *call)
{
	json_t *list = json_array();

	for (size_t i = 0; i < call->n; i++)
		list_append(list, call->args[i]);
	return give(call, list);
}

static const json_t *call_first(struct call *call)
{
	const json_t *list = arg_list(call, 0);

	if (!list || !json_array_size(list))
		return list ? json_null() : NULL;
	return json_array_get(list, 0);
}

static const json_t *call_last(struct call *call)
{
	const json_t *list = arg_list(call, 0);

	if (!list || !json_array_size(list))
		return list ? json_null() : NULL;
	return json_array_get(list, json_array_size(list) - 1);
}

static const json_t *call_rest(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);

	return list ? give_range(call, list, 1, json_array_size(list)) : NULL;
}

static const json_t *call_initial(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	size_t n = json_array_size(list);

	return list ? give_range(call, list, 0, n ? n - 1 : 0) : NULL;
}

static const json_t *call_append(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	json_t *more;

	if (!list)
		return NULL;
	more = json_copy((json_t *)(uintptr_t)list);
	list_append(more, call->args[1]);
	return give(call, more);
}

static const json_t *call_prepend(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	json_t *more;

	if (!list)
		return NULL;
	more = json_array();
	list_append(more, call->args[1]);
	json_array_extend(more, (json_t *)(uintptr_t)list);
	return give(call, more);
}

static const json_t *call_concat(struct call *call)
{
	AUTO_JSON json_t *all = json_array();

	for (size_t i = 0; i < call->n; i++) {
		const json_t *list = arg_list_items(call, i);

		if (!list)
			return NULL;
		json_array_extend(all, (json_t *)(uintptr_t)list);
		if (json_array_size(all) > LIST_MAX)
			break;
	}
	return give(call, take_ptr(all));
}

static const json_t *call_reverse(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	json_t *reversed;

	if (!list)
		return NULL;
	reversed = json_array();
	for (size_t i = json_array_size(list); i-- > 0;)
		list_append(reversed, json_array_get(list, i));
	return give(call, reversed);
}

static const json_t *call_compact(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	json_t *kept;
	json_t *item;
	size_t i;

	if (!list)
		return NULL;
	kept = json_array();
	json_array_foreach (list, i, item)
		if (value_truth(item))
			list_append(kept, item);
	return give(call, kept);
}

/* Whether one of them equals the value. */
static int find(struct call *call, const json_t *list, const json_t *value,
		bool *found)
{
	size_t i;
	json_t *item;

	*found = false;
	if (call_spend(call, json_array_size(list) / 32))
		return -1;
	json_array_foreach (list, i, item) {
		if (deep_equal(call, item, value, found))
			return -1;
		if (*found)
			break;
	}
	return 0;
}

static const json_t *call_uniq(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	AUTO_JSON json_t *kept = NULL;
	json_t *item;
	size_t i;

	if (!list)
		return NULL;
	kept = json_array();
	json_array_foreach (list, i, item) {
		bool found;

		if (find(call, kept, item, &found))
			return NULL;
		if (!found)
			list_append(kept, item);
	}
	return give(call, take_ptr(kept));
}

static const json_t *call_without(struct call *call)
{
	const json_t *list = arg_list_items(call, 0);
	AUTO_JSON json_t *kept = NULL;
	json_t *item;
	size_t i;

	if (!list)
		return NULL;
	kept = json_array();
	json_array_foreach (list, i, item) {
		bool found = false;

		for (size_t j = 1; j < call->n && !found; j++)
			if (deep_equal(call, item, call->args[j], &found))
				return NULL;
		if (!found)
			list_append(kept, item);
	}
	return give(call, take_ptr(kept));
}

/* nil has nothing. */
static const json_t *call_has(struct call *call)
{
	const json_t *list;
	bool found;

	if (json_is_null(call->args[1]))
		return json_false();
	list = arg_list(call, 1);
	if (!list || find(call, list, call->args[0], &found))
		return NULL;
	return give_bool(found);
}

/* Lists of so many items, the last of what is left. */
static const json_t *call_chunk(struct call *call)
{
	const json_t *list = arg_list_items(call, 1);
	json_int_t size;
	size_t n = json_array_size(list);
	AUTO_JSON json_t *chunks = NULL;

	if (!list || arg_int(call, 0, &size))
		return NULL;
	if (size < 1)
		return call_fail(call, "chunks of %" JSON_INTEGER_FORMAT, size);
	chunks = json_array();
	for (size_t from = 0; from < n;) {
		size_t left = n - from;
		size_t len = (uint64_t)size < left ? (size_t)size : left;
		const json_t *part = give_range(call, list, from, from + len);

		if (!part)
			return NULL;
		list_append(chunks, part);
		from += len;
	}
	return give(call, take_ptr(chunks));
}

/* From start up to stop, which does not belong to it. */
static const json_t *give_count(struct call *call, json_int_t start,
				json_int_t stop, json_int_t step)
{
	AUTO_JSON json_t *list = json_array();
	json_int_t at = start;

	while (step > 0 ? at < stop : step < 0 && at > stop) {
		if (json_array_size(list) > LIST_MAX)
			break;
		json_array_append_new(list, json_integer(at));
		if (__builtin_add_overflow(at, step, &at))
			break;
	}
	return give_tree(call, take_ptr(list));
}

static const json_t *call_until(struct call *call)
{
	json_int_t stop;

	if (arg_int(call, 0, &stop))
		return NULL;
	return give_count(call, 0, stop, stop < 0 ? -1 : 1);
}

static const json_t *call_until_step(struct call *call)
{
	json_int_t start;
	json_int_t stop;
	json_int_t step;

	if (arg_int(call, 0, &start) || arg_int(call, 1, &stop) ||
	    arg_int(call, 2, &step))
		return NULL;
	return give_count(call, start, stop, step);
}

const struct func *func_list(size_t *n)
{
	static const struct func table[] = {
		{ "list", 0, FUNC_ANY, call_list, FUNC_PLAIN },
		{ "tuple", 0, FUNC_ANY, call_list, FUNC_PLAIN },
		{ "first", 1, 1, call_first, FUNC_PLAIN },
		{ "mustFirst", 1, 1, call_first, FUNC_PLAIN },
		{ "last", 1, 1, call_last, FUNC_PLAIN },
		{ "mustLast", 1, 1, call_last, FUNC_PLAIN },
		{ "rest", 1, 1, call_rest, FUNC_PLAIN },
		{ "mustRest", 1, 1, call_rest, FUNC_PLAIN },
		{ "initial", 1, 1, call_initial, FUNC_PLAIN },
		{ "mustInitial", 1, 1, call_initial, FUNC_PLAIN },
		{ "append", 2, 2, call_append, FUNC_PLAIN },
		{ "mustAppend", 2, 2, call_append, FUNC_PLAIN },
		{ "push", 2, 2, call_append, FUNC_PLAIN },
		{ "mustPush", 2, 2, call_append, FUNC_PLAIN },
		{ "prepend", 2, 2, call_prepend, FUNC_PLAIN },
		{ "mustPrepend", 2, 2, call_prepend, FUNC_PLAIN },
		{ "concat", 0, FUNC_ANY, call_concat, FUNC_PLAIN },
		{ "reverse", 1, 1, call_reverse, FUNC_PLAIN },
		{ "mustReverse", 1, 1, call_reverse, FUNC_PLAIN },
		{ "compact", 1, 1, call_compact, FUNC_PLAIN },
		{ "mustCompact", 1, 1, call_compact, FUNC_PLAIN },
		{ "uniq", 1, 1, call_uniq, FUNC_PLAIN },
		{ "mustUniq", 1, 1, call_uniq, FUNC_PLAIN },
		{ "without", 1, FUNC_ANY, call_without, FUNC_PLAIN },
		{ "mustWithout", 1, FUNC_ANY, call_without, FUNC_PLAIN },
		{ "has", 2, 2, call_has, FUNC_PLAIN },
		{ "mustHas", 2, 2, call_has, FUNC_PLAIN },
		{ "chunk", 2, 2, call_chunk, FUNC_PLAIN },
		{ "mustChunk", 2, 2, call_chunk, FUNC_PLAIN },
		{ "until", 1, 1, call_until, FUNC_PLAIN },
		{ "untilStep", 3, 3, call_until_step, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
