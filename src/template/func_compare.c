/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's comparisons: of values of one kind only, so that 1 and "1", and even
 * 1 and 1.0, are an error rather than different.
 */
#include <math.h>
#include <string.h>

#include "template/call.h"
#include "template/value.h"

enum kind { KIND_NONE, KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_STRING };

static enum kind kind_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_INTEGER:
		return KIND_INT;
	case JSON_REAL:
		return KIND_FLOAT;
	case JSON_STRING:
		return KIND_STRING;
	case JSON_TRUE:
	case JSON_FALSE:
		return KIND_BOOL;
	default:
		return KIND_NONE; /* nil, lists and maps */
	}
}

static int compare_text(const json_t *a, const json_t *b)
{
	size_t n = json_string_length(a);
	size_t m = json_string_length(b);
	int order = memcmp(json_string_value(a), json_string_value(b),
			   n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

/* Of the same kind, which has an order. */
static int compare(const json_t *a, const json_t *b)
{
	double x = json_real_value(a);
	double y = json_real_value(b);

	switch (kind_of(a)) {
	case KIND_STRING:
		return compare_text(a, b);
	case KIND_FLOAT:
		return isgreater(x, y) - isless(x, y);
	default:
		return (json_integer_value(a) > json_integer_value(b)) -
		       (json_integer_value(a) < json_integer_value(b));
	}
}

static int mixed(struct call *call, const json_t *a, const json_t *b)
{
	call_fail(call, "incompatible types for comparison: %s and %s",
		  value_type(a), value_type(b));
	return -1;
}

static int equal(struct call *call, const json_t *a, const json_t *b,
		 bool *result)
{
	enum kind kind = kind_of(a);

	*result = false;
	if (json_is_null(a) || json_is_null(b)) {
		*result = json_is_null(a) && json_is_null(b);
		return 0;
	}
	if (kind != kind_of(b))
		return mixed(call, a, b);
	if (kind == KIND_NONE) {
		call_fail(call, "non-comparable type %s", value_type(a));
		return -1;
	}
	*result = kind == KIND_BOOL ? json_is_true(a) == json_is_true(b)
				    : compare(a, b) == 0;
	return 0;
}

/* The first is like any of the others. */
static const json_t *call_eq(struct call *call)
{
	bool result = false;

	for (size_t i = 1; i < call->n && !result; i++)
		if (equal(call, call->args[0], call->args[i], &result))
			return NULL;
	return give_bool(result);
}

static const json_t *call_ne(struct call *call)
{
	bool result;

	if (equal(call, call->args[0], call->args[1], &result))
		return NULL;
	return give_bool(!result);
}

static int ordered(struct call *call, int *order)
{
	const json_t *a = call->args[0];
	const json_t *b = call->args[1];
	enum kind kinds[] = { kind_of(a), kind_of(b) };

	if (kinds[0] == KIND_NONE || kinds[1] == KIND_NONE ||
	    (kinds[0] == KIND_BOOL && kinds[1] == KIND_BOOL)) {
		call_fail(call, "invalid type for comparison: %s",
			  value_type(kinds[0] == KIND_NONE ? a : b));
		return -1;
	}
	if (kinds[0] != kinds[1])
		return mixed(call, a, b);
	*order = compare(a, b);
	return 0;
}

static const json_t *call_lt(struct call *call)
{
	int order;

	return ordered(call, &order) ? NULL : give_bool(order < 0);
}

static const json_t *call_le(struct call *call)
{
	int order;

	return ordered(call, &order) ? NULL : give_bool(order <= 0);
}

static const json_t *call_gt(struct call *call)
{
	int order;

	return ordered(call, &order) ? NULL : give_bool(order > 0);
}

static const json_t *call_ge(struct call *call)
{
	int order;

	return ordered(call, &order) ? NULL : give_bool(order >= 0);
}

const struct func *func_compare(size_t *n)
{
	static const struct func table[] = {
		{ "eq", 2, FUNC_ANY, call_eq, FUNC_PLAIN },
		{ "ne", 2, 2, call_ne, FUNC_PLAIN },
		{ "lt", 2, 2, call_lt, FUNC_PLAIN },
		{ "le", 2, 2, call_le, FUNC_PLAIN },
		{ "gt", 2, 2, call_gt, FUNC_PLAIN },
		{ "ge", 2, 2, call_ge, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
