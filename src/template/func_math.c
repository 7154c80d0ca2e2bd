/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's arithmetic. Whole numbers are int64 and go round at their ends.
 */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "template/call.h"
#include "template/decimal.h"
#include "template/value.h"

static const json_t *call_add(struct call *call)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < call->n; i++)
		sum += (uint64_t)arg_as_int(call, i);
	return give_int(call, (json_int_t)sum);
}

static const json_t *call_add1(struct call *call)
{
	return give_int(call, (json_int_t)((uint64_t)arg_as_int(call, 0) + 1));
}

static const json_t *call_sub(struct call *call)
{
	return give_int(call, (json_int_t)((uint64_t)arg_as_int(call, 0) -
					   (uint64_t)arg_as_int(call, 1)));
}

static const json_t *call_mul(struct call *call)
{
	uint64_t product = (uint64_t)arg_as_int(call, 0);

	for (size_t i = 1; i < call->n; i++)
		product *= (uint64_t)arg_as_int(call, i);
	return give_int(call, (json_int_t)product);
}

static const json_t *call_div(struct call *call)
{
	json_int_t by = arg_as_int(call, 1);
	json_int_t value = arg_as_int(call, 0);

	if (!by)
		return call_fail(call, "division by zero");
	if (by == -1)
		return give_int(call, (json_int_t)(0 - (uint64_t)value));
	return give_int(call, value / by);
}

static const json_t *call_mod(struct call *call)
{
	json_int_t by = arg_as_int(call, 1);

	if (!by)
		return call_fail(call, "division by zero");
	return give_int(call, by == -1 ? 0 : arg_as_int(call, 0) % by);
}

static const json_t *call_max(struct call *call)
{
	json_int_t most = arg_as_int(call, 0);

	for (size_t i = 1; i < call->n; i++)
		if (arg_as_int(call, i) > most)
			most = arg_as_int(call, i);
	return give_int(call, most);
}

static const json_t *call_min(struct call *call)
{
	json_int_t least = arg_as_int(call, 0);

	for (size_t i = 1; i < call->n; i++)
		if (arg_as_int(call, i) < least)
			least = arg_as_int(call, i);
	return give_int(call, least);
}

static const json_t *call_maxf(struct call *call)
{
	double most = arg_as_real(call, 0);

	for (size_t i = 1; i < call->n; i++)
		most = fmax(most, arg_as_real(call, i));
	return give_real(call, most);
}

static const json_t *call_minf(struct call *call)
{
	double least = arg_as_real(call, 0);

	for (size_t i = 1; i < call->n; i++)
		least = fmin(least, arg_as_real(call, i));
	return give_real(call, least);
}

/* Of all arguments from `first` on, in their order. */
static const json_t *calculate(struct call *call, char sign, double start,
			       size_t first)
{
	struct decimal *decimal;
	bool possible = true;
	double result;

	/* Numbers of thousands of digits come of many factors. */
	if (call_spend(call, 16 + call->n * call->n / 16))
		return NULL;
	decimal = decimal_new(start);
	for (size_t i = first; i < call->n && possible; i++)
		possible = decimal_apply(decimal, sign, arg_as_real(call, i));
	result = decimal_value(decimal);
	decimal_free(decimal);
	if (!possible)
		return call_fail(call, "division by zero");
	return give_real(call, result);
}

static const json_t *call_addf(struct call *call)
{
	return calculate(call, '+', 0, 0);
}

static const json_t *call_add1f(struct call *call)
{
	return calculate(call, '+', 1, 0);
}

static const json_t *call_subf(struct call *call)
{
	return calculate(call, '-', arg_as_real(call, 0), 1);
}

static const json_t *call_mulf(struct call *call)
{
	return calculate(call, '*', arg_as_real(call, 0), 1);
}

static const json_t *call_divf(struct call *call)
{
	return calculate(call, '/', arg_as_real(call, 0), 1);
}

static const json_t *call_ceil(struct call *call)
{
	return give_real(call, ceil(arg_as_real(call, 0)));
}

static const json_t *call_floor(struct call *call)
{
	return give_real(call, floor(arg_as_real(call, 0)));
}

/* To so many places; up from .5, or from what the third argument says. */
static const json_t *call_round(struct call *call)
{
	double value = arg_as_real(call, 0);
	double up = call->n > 2 ? arg_as_real(call, 2) : .5;
	json_int_t places;
	double power;
	double whole;
	double part;

	if (arg_int(call, 1, &places))
		return NULL;
	for (size_t i = 2; i < call->n; i++)
		if (!json_is_number(call->args[i]))
			return call_fail(call, "argument %zu: expected float64",
					 i + 1);
	power = pow(10, (double)places);
	part = modf(power * value, &whole);
	whole = part >= up ? ceil(power * value) : floor(power * value);
	return give_real(call, whole / power);
}

static const json_t *call_int(struct call *call)
{
	return give_int(call, arg_as_int(call, 0));
}

static const json_t *call_float64(struct call *call)
{
	return give_real(call, arg_as_real(call, 0));
}

/*
 * Digits of a base with a sign; what goes over an end stays there. False:
 * it is something else.
 */
static bool read_whole(const char *text, unsigned base, json_int_t *value,
		       bool *cut)
{
	bool negative = *text == '-';
	uint64_t most = (uint64_t)INT64_MAX + negative;
	uint64_t sum = 0;

	*cut = false;
	text += negative || *text == '+';
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (*text < '0' || digit >= base)
			return false;
		*cut |= sum > (most - digit) / base;
		sum = *cut ? most : sum * base + digit;
	}
	*value = (json_int_t)(negative ? 0 - sum : sum);
	return true;
}

static const json_t *call_atoi(struct call *call)
{
	json_int_t value = 0;
	struct text text;
	bool cut;

	if (arg_text(call, 0, &text))
		return NULL;
	if (strlen(text.base) != text.len ||
	    !read_whole(text.base, 10, &value, &cut))
		value = 0;
	return give_int(call, value);
}

/* What a file's mode is written in: "0755" is 493. */
static const json_t *call_to_decimal(struct call *call)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	json_int_t value = 0;
	struct text text;
	bool cut;

	if (text_of(call, call->args[0], &room, &text))
		return NULL;
	if (strlen(text.base) != text.len ||
	    !read_whole(text.base, 8, &value, &cut) || cut)
		value = 0;
	return give_int(call, value);
}

/* As the shell's seq: `seq 5`, `seq 2 5`, `seq 0 2 10`. */
static const json_t *call_seq(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	json_int_t numbers[3] = { 0 };
	json_int_t start;
	json_int_t stop;
	json_int_t step;

	for (size_t i = 0; i < call->n && i < ARRAY_LEN(numbers); i++)
		if (arg_int(call, i, &numbers[i]))
			return NULL;
	if (!call->n || call->n > ARRAY_LEN(numbers))
		return give_string(call, "", 0);
	start = call->n == 1 ? 1 : numbers[0];
	stop = numbers[call->n - 1];
	step = call->n == 3 ? numbers[1] : stop < start ? -1 : 1;
	/* A single number has a step for either way, even for none. */
	while (step > 0 ? start <= stop : step < 0 && start >= stop) {
		buf_printf(&out, "%s%" JSON_INTEGER_FORMAT, out.len ? " " : "",
			   start);
		if (out.overflow || __builtin_add_overflow(start, step, &start))
			break;
	}
	return give_text(call, &out);
}

const struct func *func_math(size_t *n)
{
	static const struct func table[] = {
		{ "add", 0, FUNC_ANY, call_add, FUNC_PLAIN },
		{ "add1", 1, 1, call_add1, FUNC_PLAIN },
		{ "sub", 2, 2, call_sub, FUNC_PLAIN },
		{ "mul", 1, FUNC_ANY, call_mul, FUNC_PLAIN },
		{ "div", 2, 2, call_div, FUNC_PLAIN },
		{ "mod", 2, 2, call_mod, FUNC_PLAIN },
		{ "max", 1, FUNC_ANY, call_max, FUNC_PLAIN },
		{ "biggest", 1, FUNC_ANY, call_max, FUNC_PLAIN },
		{ "min", 1, FUNC_ANY, call_min, FUNC_PLAIN },
		{ "maxf", 1, FUNC_ANY, call_maxf, FUNC_PLAIN },
		{ "minf", 1, FUNC_ANY, call_minf, FUNC_PLAIN },
		{ "addf", 0, FUNC_ANY, call_addf, FUNC_PLAIN },
		{ "add1f", 1, 1, call_add1f, FUNC_PLAIN },
		{ "subf", 1, FUNC_ANY, call_subf, FUNC_PLAIN },
		{ "mulf", 1, FUNC_ANY, call_mulf, FUNC_PLAIN },
		{ "divf", 1, FUNC_ANY, call_divf, FUNC_PLAIN },
		{ "ceil", 1, 1, call_ceil, FUNC_PLAIN },
		{ "floor", 1, 1, call_floor, FUNC_PLAIN },
		{ "round", 2, FUNC_ANY, call_round, FUNC_PLAIN },
		{ "int", 1, 1, call_int, FUNC_PLAIN },
		{ "int64", 1, 1, call_int, FUNC_PLAIN },
		{ "float64", 1, 1, call_float64, FUNC_PLAIN },
		{ "atoi", 1, 1, call_atoi, FUNC_PLAIN },
		{ "toDecimal", 1, 1, call_to_decimal, FUNC_PLAIN },
		{ "seq", 0, FUNC_ANY, call_seq, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
