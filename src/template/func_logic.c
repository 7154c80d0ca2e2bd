/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's defaults, its questions about types, and fail.
 */
#include <string.h>

#include "base/str.h"
#include "template/call.h"
#include "template/value.h"

/* `default "x" .y`: .y, or "x" where that is empty. */
static const json_t *call_default(struct call *call)
{
	if (call->n < 2 || !value_truth(call->args[1]))
		return call->args[0];
	return call->args[1];
}

static const json_t *call_empty(struct call *call)
{
	return give_bool(!value_truth(call->args[0]));
}

static const json_t *call_coalesce(struct call *call)
{
	for (size_t i = 0; i < call->n; i++)
		if (value_truth(call->args[i]))
			return call->args[i];
	return json_null();
}

static const json_t *call_all(struct call *call)
{
	for (size_t i = 0; i < call->n; i++)
		if (!value_truth(call->args[i]))
			return json_false();
	return json_true();
}

static const json_t *call_any(struct call *call)
{
	for (size_t i = 0; i < call->n; i++)
		if (value_truth(call->args[i]))
			return json_true();
	return json_false();
}

static const json_t *call_ternary(struct call *call)
{
	if (!json_is_boolean(call->args[2]))
		return call_fail(call, "argument 3: expected bool; got %s",
				 value_type(call->args[2]));
	return call->args[json_is_true(call->args[2]) ? 0 : 1];
}

static const json_t *call_fail_on_purpose(struct call *call)
{
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	return call_fail(call, "%.*s", text.len > 256 ? 256 : (int)text.len,
			 text.base);
}

/* Go's reflect.Kind. */
static const char *kind_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_ARRAY:
		return "slice";
	case JSON_NULL:
		return "invalid";
	default:
		return value_type(value);
	}
}

static const json_t *give_name(struct call *call, const char *name)
{
	return give_string(call, name, strlen(name));
}

static const json_t *call_kind_of(struct call *call)
{
	return give_name(call, kind_of(call->args[0]));
}

static const json_t *call_type_of(struct call *call)
{
	return give_name(call, value_go_type(call->args[0]));
}

static const json_t *is_named(struct call *call, const char *name)
{
	struct text wanted;

	if (arg_text(call, 0, &wanted))
		return NULL;
	return give_bool(str_eq(wanted.base, name));
}

static const json_t *call_kind_is(struct call *call)
{
	return is_named(call, kind_of(call->args[1]));
}

/* typeIsLike too: it takes pointers for what they point to, and has none. */
static const json_t *call_type_is(struct call *call)
{
	return is_named(call, value_go_type(call->args[1]));
}

static const json_t *call_deep_equal(struct call *call)
{
	bool result;

	if (deep_equal(call, call->args[0], call->args[1], &result))
		return NULL;
	return give_bool(result);
}

const struct func *func_logic(size_t *n)
{
	static const struct func table[] = {
		{ "default", 1, FUNC_ANY, call_default, FUNC_PLAIN },
		{ "empty", 1, 1, call_empty, FUNC_PLAIN },
		{ "coalesce", 0, FUNC_ANY, call_coalesce, FUNC_PLAIN },
		{ "all", 0, FUNC_ANY, call_all, FUNC_PLAIN },
		{ "any", 0, FUNC_ANY, call_any, FUNC_PLAIN },
		{ "ternary", 3, 3, call_ternary, FUNC_PLAIN },
		{ "fail", 1, 1, call_fail_on_purpose, FUNC_PLAIN },
		{ "kindOf", 1, 1, call_kind_of, FUNC_PLAIN },
		{ "kindIs", 2, 2, call_kind_is, FUNC_PLAIN },
		{ "typeOf", 1, 1, call_type_of, FUNC_PLAIN },
		{ "typeIs", 2, 2, call_type_is, FUNC_PLAIN },
		{ "typeIsLike", 2, 2, call_type_is, FUNC_PLAIN },
		{ "deepEqual", 2, 2, call_deep_equal, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
