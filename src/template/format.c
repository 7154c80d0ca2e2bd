/* SPDX-License-Identifier: Apache-2.0 */
#include "template/format.h"

#include <string.h>

#include "template/utf8.h"
#include "template/value.h"

#define MOST 1000000 /* of widths and precisions, as in Go */

struct formatter {
	struct buf *out;
	const char *text;
	size_t len;
	size_t at;
	const json_t *const *args;
	size_t n;
	size_t next;      /* argument */
	bool reordered;   /* by [n], somewhere */
	bool good_index;  /* those of this directive */
	bool after_index; /* the last thing read was a [n] */
	struct directive directive;
};

static bool ahead(const struct formatter *formatter, char c)
{
	return formatter->at < formatter->len &&
	       formatter->text[formatter->at] == c;
}

/* False: there is none. One that is far too large spoils all that follows. */
static bool read_number(struct formatter *formatter, int *number)
{
	bool any = false;

	*number = 0;
	for (; formatter->at < formatter->len; formatter->at++) {
		char c = formatter->text[formatter->at];

		if (c < '0' || c > '9')
			break;
		if (*number > MOST) {
			*number = 0;
			formatter->at = formatter->len;
			return false;
		}
		*number = *number * 10 + (c - '0');
		any = true;
	}
	return any;
}

/* `[3]` chooses the argument. Without its end only the bracket is taken. */
static void read_index(struct formatter *formatter)
{
	const char *from = formatter->text + formatter->at;
	const char *end;
	size_t close;
	int number;
	bool good;

	formatter->after_index = false;
	if (!ahead(formatter, '['))
		return;
	formatter->reordered = true;
	end = memchr(from, ']', formatter->len - formatter->at);
	if (!end || formatter->len - formatter->at < 3) {
		formatter->at++;
		formatter->good_index = false;
		return;
	}
	close = formatter->at + (size_t)(end - from);
	formatter->at++;
	good = read_number(formatter, &number) && formatter->at == close;
	formatter->at = close + 1;
	formatter->after_index = good;
	if (good && number >= 1 && (size_t)number <= formatter->n)
		formatter->next = (size_t)number - 1;
	else
		formatter->good_index = false;
}

/* For `*`: the next argument, if it is a fit number. */
static bool take_number(struct formatter *formatter, int *number)
{
	const json_t *arg;

	*number = 0;
	if (formatter->next >= formatter->n)
		return false;
	arg = formatter->args[formatter->next++];
	if (!json_is_integer(arg) || json_integer_value(arg) > MOST ||
	    json_integer_value(arg) < -MOST)
		return false;
	*number = (int)json_integer_value(arg);
	return true;
}

static void read_flags(struct formatter *formatter)
{
	struct directive *directive = &formatter->directive;

	for (; formatter->at < formatter->len; formatter->at++) {
		switch (formatter->text[formatter->at]) {
		case '#':
			directive->sharp = true;
			break;
		case '0':
			directive->zero = true;
			break;
		case '+':
			directive->plus = true;
			break;
		case '-':
			directive->minus = true;
			break;
		case ' ':
			directive->space = true;
			break;
		default:
			return;
		}
	}
}

static void read_width(struct formatter *formatter)
{
	struct directive *directive = &formatter->directive;

	if (!ahead(formatter, '*')) {
		directive->has_width =
			read_number(formatter, &directive->width);
		if (formatter->after_index && directive->has_width)
			formatter->good_index = false;
		return;
	}
	formatter->at++;
	directive->has_width = take_number(formatter, &directive->width);
	if (!directive->has_width)
		buf_adds(formatter->out, "%!(BADWIDTH)");
	if (directive->width < 0) {
		directive->width = -directive->width;
		directive->minus = true;
		directive->zero = false;
	}
	formatter->after_index = false;
}

static void read_precision(struct formatter *formatter)
{
	struct directive *directive = &formatter->directive;

	if (!ahead(formatter, '.') || formatter->at + 1 >= formatter->len)
		return;
	formatter->at++;
	if (formatter->after_index)
		formatter->good_index = false;
	read_index(formatter);
	if (!ahead(formatter, '*')) {
		read_number(formatter, &directive->precision);
		directive->has_precision = true;
		return;
	}
	formatter->at++;
	directive->has_precision =
		take_number(formatter, &directive->precision);
	if (directive->precision < 0) {
		directive->precision = 0;
		directive->has_precision = false;
	}
	if (!directive->has_precision)
		buf_adds(formatter->out, "%!(BADPREC)");
	formatter->after_index = false;
}

static void wrong(struct formatter *formatter, uint32_t verb, const char *why)
{
	buf_adds(formatter->out, "%!");
	utf8_add(formatter->out, verb);
	buf_adds(formatter->out, why);
}

static void print_argument(struct formatter *formatter, uint32_t verb)
{
	struct directive *directive = &formatter->directive;

	if (verb == '%') {
		buf_addc(formatter->out, '%');
	} else if (!formatter->good_index) {
		wrong(formatter, verb, "(BADINDEX)");
	} else if (formatter->next >= formatter->n) {
		wrong(formatter, verb, "(MISSING)");
	} else {
		if (verb == 'v' || verb == 'w') {
			directive->syntax = directive->sharp;
			directive->sharp = false;
			directive->plus = false;
		}
		format_value(formatter->out, directive, verb,
			     formatter->args[formatter->next++]);
	}
}

/* After the percent sign. */
static void one_directive(struct formatter *formatter)
{
	uint32_t verb;

	memset(&formatter->directive, 0, sizeof(formatter->directive));
	formatter->good_index = true;
	read_flags(formatter);
	read_index(formatter);
	read_width(formatter);
	read_precision(formatter);
	if (!formatter->after_index)
		read_index(formatter);
	if (formatter->at >= formatter->len) {
		buf_adds(formatter->out, "%!(NOVERB)");
		return;
	}
	formatter->at += utf8_next(formatter->text + formatter->at,
				   formatter->len - formatter->at, &verb);
	print_argument(formatter, verb);
}

static void print_extra(struct formatter *formatter)
{
	static const struct directive plain;

	buf_adds(formatter->out, "%!(EXTRA ");
	for (size_t i = formatter->next; i < formatter->n; i++) {
		const json_t *arg = formatter->args[i];

		if (i > formatter->next)
			buf_adds(formatter->out, ", ");
		if (!json_is_null(arg))
			buf_printf(formatter->out, "%s=", value_go_type(arg));
		format_value(formatter->out, &plain, 'v', arg);
	}
	buf_addc(formatter->out, ')');
}

void format(struct buf *out, const char *text, size_t len,
	    const json_t *const *args, size_t n)
{
	struct formatter formatter = {
		.out = out, .text = text, .len = len, .args = args, .n = n
	};

	while (formatter.at < len && !out->overflow) {
		const char *from = text + formatter.at;
		const char *percent = memchr(from, '%', len - formatter.at);
		size_t plain =
			percent ? (size_t)(percent - from) : len - formatter.at;

		buf_add(out, from, plain);
		formatter.at += plain;
		if (percent) {
			formatter.at++;
			one_directive(&formatter);
		}
	}
	if (!formatter.reordered && formatter.next < n)
		print_extra(&formatter);
}
