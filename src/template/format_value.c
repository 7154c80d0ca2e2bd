/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value by one verb, as Go's fmt prints it. A list or map is printed
 * with the verb going to each of its members.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "template/format.h"
#include "template/render.h"
#include "template/utf8.h"
#include "template/value.h"

struct printer {
	struct buf *out;
	const struct directive *directive;
	uint32_t verb;
};

static void repeat(struct buf *out, char c, size_t n)
{
	char chunk[256];

	memset(chunk, c, n < sizeof(chunk) ? n : sizeof(chunk));
	for (; n > sizeof(chunk) && !out->overflow; n -= sizeof(chunk))
		buf_add(out, chunk, sizeof(chunk));
	buf_add(out, chunk, n < sizeof(chunk) ? n : sizeof(chunk));
}

/* How many more than `used` the width wants. */
static size_t missing(const struct directive *directive, size_t used)
{
	size_t width = directive->has_width ? (size_t)directive->width : 0;

	return width > used ? width - used : 0;
}

static void pad(const struct printer *printer, const char *text, size_t len,
		bool zeros)
{
	const struct directive *directive = printer->directive;
	size_t n = missing(directive, utf8_count(text, len));

	if (!directive->minus)
		repeat(printer->out, zeros && directive->zero ? '0' : ' ', n);
	buf_add(printer->out, text, len);
	if (directive->minus)
		repeat(printer->out, ' ', n);
}

/* A piece that was made; what did not fit into it does not fit out either. */
static void pad_piece(const struct printer *printer, const struct buf *piece,
		      bool zeros)
{
	pad(printer, piece->base, piece->len, zeros);
	printer->out->overflow |= piece->overflow;
}

/* `%!d(string=hi)` */
static void wrong_verb(const struct printer *printer, const json_t *value)
{
	buf_adds(printer->out, "%!");
	utf8_add(printer->out, printer->verb);
	buf_addc(printer->out, '(');
	if (json_is_null(value)) {
		buf_adds(printer->out, "<nil>)");
		return;
	}
	buf_printf(printer->out, "%s=", value_go_type(value));
	format_value(printer->out, printer->directive, 'v', value);
	buf_addc(printer->out, ')');
}

static size_t digits_of(char *out, uint64_t value, unsigned base, bool capital)
{
	const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
	char reversed[64];
	size_t n = 0;

	do {
		reversed[n++] = digits[value % base];
		value /= base;
	} while (value);
	for (size_t i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	return n;
}

static void print_integer(const struct printer *printer, json_int_t integer,
			  unsigned base)
{
	const struct directive *directive = printer->directive;
	CLEANUP(buf_release) struct buf piece = BUF_INIT(VALUE_MAX);
	bool signed_out = integer < 0 || directive->plus || directive->space;
	uint64_t value =
		integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
	size_t least =
		directive->has_precision ? (size_t)directive->precision : 0;
	char digits[64];
	size_t n = digits_of(digits, value, base, printer->verb == 'X');
	size_t zeros;

	if (directive->has_precision && !least && !value) {
		repeat(printer->out, ' ', missing(directive, 0));
		return;
	}
	if (!directive->has_precision && directive->zero && !directive->minus &&
	    directive->has_width)
		least = missing(directive, signed_out);
	zeros = least > n ? least - n : 0;
	if (signed_out)
		buf_addc(&piece, integer < 0       ? '-'
				 : directive->plus ? '+'
						   : ' ');
	if (printer->verb == 'O')
		buf_adds(&piece, "0o");
	if (directive->sharp && base == 16)
		buf_adds(&piece, printer->verb == 'X' ? "0X" : "0x");
	if (directive->sharp && base == 2)
		buf_adds(&piece, "0b");
	if (directive->sharp && base == 8 && !zeros && digits[0] != '0')
		buf_addc(&piece, '0');
	repeat(&piece, '0', zeros);
	buf_add(&piece, digits, n);
	pad_piece(printer, &piece, false);
}

static uint32_t as_character(json_int_t integer)
{
	bool real = integer >= 0 && integer <= 0x10ffff &&
		    !(integer >= 0xd800 && integer < 0xe000);

	return real ? (uint32_t)integer : UTF8_BAD;
}

/* %U: U+0041, and with a # the character too. */
static void print_code(const struct printer *printer, json_int_t integer)
{
	const struct directive *directive = printer->directive;
	CLEANUP(buf_release) struct buf piece = BUF_INIT(VALUE_MAX);
	size_t least = 4;
	char digits[64];
	size_t n = digits_of(digits, (uint64_t)integer, 16, true);

	if (directive->has_precision && directive->precision > 4)
		least = (size_t)directive->precision;
	buf_adds(&piece, "U+");
	repeat(&piece, '0', least > n ? least - n : 0);
	buf_add(&piece, digits, n);
	if (directive->sharp && integer >= 0 && integer <= 0x10ffff &&
	    utf8_printable((uint32_t)integer)) {
		buf_adds(&piece, " '");
		utf8_add(&piece, (uint32_t)integer);
		buf_addc(&piece, '\'');
	}
	pad_piece(printer, &piece, false);
}

static void print_character(const struct printer *printer, json_int_t integer,
			    bool quoted)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(16);
	CLEANUP(buf_release) struct buf piece = BUF_INIT(64);

	utf8_add(&room, as_character(integer));
	if (quoted)
		value_quote(&piece, room.base, room.len, '\'',
			    printer->directive->plus);
	else
		buf_add(&piece, room.base, room.len);
	pad_piece(printer, &piece, true);
}

static void by_integer(const struct printer *printer, const json_t *value)
{
	json_int_t integer = json_integer_value(value);

	switch (printer->verb) {
	case 'v':
	case 'd':
		print_integer(printer, integer, 10);
		break;
	case 'b':
		print_integer(printer, integer, 2);
		break;
	case 'o':
	case 'O':
		print_integer(printer, integer, 8);
		break;
	case 'x':
	case 'X':
		print_integer(printer, integer, 16);
		break;
	case 'c':
	case 'q':
		print_character(printer, integer, printer->verb == 'q');
		break;
	case 'U':
		print_code(printer, integer);
		break;
	default:
		wrong_verb(printer, value);
	}
}

/* %b: a whole mantissa and a power of two. */
static void print_binary(struct buf *out, double real)
{
	int exponent;
	double mantissa = frexp(fabs(real), &exponent);

	/* All of the numbers near zero have the same power. */
	if (exponent < -1021 && mantissa > 0) {
		mantissa = ldexp(mantissa, exponent + 1021);
		exponent = -1021;
	}
	buf_printf(out, "%s%.0fp%+d", signbit(real) ? "-" : "",
		   ldexp(mantissa, 53), mantissa > 0 ? exponent - 53 : -1074);
}

/* %x: C's, but always with 1 before the point, and its power of two digits. */
static void print_hex(struct buf *out, double real, bool capital, int precision)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(out->limit);
	int exponent;
	double mantissa = frexp(fabs(real), &exponent);
	size_t len;

	if (mantissa > 0)
		exponent--;
	if (precision < 0)
		buf_printf(&room, "%a", 2 * mantissa);
	else
		buf_printf(&room, "%.*a", precision, 2 * mantissa);
	if (room.overflow) {
		out->overflow = true;
		return;
	}
	if (room.base[2] == '2') {
		room.base[2] = '1';
		exponent++;
	}
	len = strcspn(room.base, "p");
	if (signbit(real))
		buf_addc(out, '-');
	for (size_t i = 0; i < len; i++)
		buf_addc(out, capital && room.base[i] >= 'a'
				      ? (char)(room.base[i] - 32)
				      : room.base[i]);
	buf_printf(out, "%c%c%02d", capital ? 'P' : 'p',
		   exponent < 0 ? '-' : '+', abs(exponent));
}

static void print_digits(struct buf *out, double real, uint32_t verb,
			 int precision)
{
	if (verb == 'b')
		print_binary(out, real);
	else if (verb == 'x' || verb == 'X')
		print_hex(out, real, verb == 'X', precision);
	else
		value_print_real(out, real, (char)verb, precision);
}

/* The point, and the zeros at the end, that a # wants to see. */
static void restore_point(struct buf *out, const struct buf *digits,
			  uint32_t verb, int precision)
{
	size_t mantissa = strcspn(digits->base, "eEpP");
	bool point = memchr(digits->base, '.', mantissa) != NULL;
	bool counting = false;
	int left = 0;

	if (verb == 'x' || verb == 'X')
		mantissa = strcspn(digits->base, "pP");
	if (verb == 'g' || verb == 'G' || verb == 'x')
		left = precision < 0 ? 6 : precision;
	for (size_t i = 0; i < mantissa; i++) {
		if (digits->base[i] == '.' || digits->base[i] == '-')
			continue;
		counting |= digits->base[i] != '0';
		left -= counting;
	}
	if (!point && mantissa && !counting)
		left--; /* the one digit 0 */
	buf_add(out, digits->base, mantissa);
	if (!point)
		buf_addc(out, '.');
	repeat(out, '0', left > 0 ? (size_t)left : 0);
	buf_adds(out, digits->base + mantissa);
}

static void print_float(const struct printer *printer, double real,
			uint32_t verb, int precision)
{
	const struct directive *directive = printer->directive;
	CLEANUP(buf_release) struct buf digits = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf piece = BUF_INIT(VALUE_MAX);
	const char *bare;
	size_t n;
	char sign;

	if (directive->has_precision)
		precision = directive->precision;
	print_digits(&digits, real, verb, precision);
	if (directive->sharp && verb != 'b')
		restore_point(&piece, &digits, verb, precision);
	else
		buf_add(&piece, digits.base, digits.len);

	bare = piece.base + (piece.base[0] == '-');
	sign = piece.base[0] == '-' ? '-' : directive->plus ? '+' : ' ';
	n = piece.len - (size_t)(bare - piece.base);
	if (sign == ' ' && !directive->space) {
		pad(printer, bare, n, true);
	} else if (directive->zero && !directive->minus &&
		   missing(directive, n + 1)) {
		buf_addc(printer->out, sign);
		repeat(printer->out, '0', missing(directive, n + 1));
		buf_add(printer->out, bare, n);
	} else {
		buf_clear(&digits);
		buf_addc(&digits, sign);
		buf_add(&digits, bare, n);
		pad(printer, digits.base, digits.len, true);
	}
	printer->out->overflow |= digits.overflow || piece.overflow;
}

static void by_float(const struct printer *printer, const json_t *value)
{
	double real = json_real_value(value);

	switch (printer->verb) {
	case 'v':
		print_float(printer, real, 'g', -1);
		break;
	case 'b':
	case 'g':
	case 'G':
	case 'x':
	case 'X':
		print_float(printer, real, printer->verb, -1);
		break;
	case 'e':
	case 'E':
		print_float(printer, real, printer->verb, 6);
		break;
	case 'f':
	case 'F':
		print_float(printer, real, 'f', 6);
		break;
	default:
		wrong_verb(printer, value);
	}
}

/* Cut to as many characters as the precision says. */
static size_t cut(const struct directive *directive, const char *text,
		  size_t len)
{
	size_t at = 0;

	if (!directive->has_precision)
		return len;
	for (int i = 0; i < directive->precision && at < len; i++) {
		uint32_t code;

		at += utf8_next(text + at, len - at, &code);
	}
	return at;
}

/* %x of a string: its bytes. */
static void print_bytes(const struct printer *printer, const char *text,
			size_t len)
{
	const struct directive *directive = printer->directive;
	CLEANUP(buf_release) struct buf piece = BUF_INIT(4 * VALUE_MAX);
	bool capital = printer->verb == 'X';

	if (directive->has_precision && (size_t)directive->precision < len)
		len = (size_t)directive->precision;
	for (size_t i = 0; i < len; i++) {
		if (i && directive->space)
			buf_addc(&piece, ' ');
		if (directive->sharp && (!i || directive->space))
			buf_adds(&piece, capital ? "0X" : "0x");
		buf_printf(&piece, capital ? "%02X" : "%02x",
			   (unsigned char)text[i]);
	}
	pad_piece(printer, &piece, true);
}

/* Whether it can stand between backquotes. */
static bool backquotable(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = utf8_next(text + i, len - i, &code);

		if ((n == 1 && code == UTF8_BAD) || code == '`' ||
		    code == 127 || code == 0xfeff || (code < 32 && code != 9))
			return false;
		i += n;
	}
	return true;
}

static void print_quoted(const struct printer *printer, const char *text,
			 size_t len)
{
	const struct directive *directive = printer->directive;
	CLEANUP(buf_release) struct buf piece = BUF_INIT(4 * VALUE_MAX);

	len = cut(directive, text, len);
	if (directive->sharp && backquotable(text, len)) {
		buf_addc(&piece, '`');
		buf_add(&piece, text, len);
		buf_addc(&piece, '`');
	} else {
		value_quote(&piece, text, len, '"', directive->plus);
	}
	pad_piece(printer, &piece, true);
}

static void by_string(const struct printer *printer, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	switch (printer->verb) {
	case 'v':
	case 's':
		if (printer->directive->syntax)
			print_quoted(printer, text, len);
		else
			pad(printer, text, cut(printer->directive, text, len),
			    true);
		break;
	case 'x':
	case 'X':
		print_bytes(printer, text, len);
		break;
	case 'q':
		print_quoted(printer, text, len);
		break;
	default:
		wrong_verb(printer, value);
	}
}

/* Inside of a list nil has a type, and no verb is wrong for it. */
static void print_member(const struct printer *printer, const json_t *value)
{
	if (!json_is_null(value))
		format_value(printer->out, printer->directive, printer->verb,
			     value);
	else
		buf_adds(printer->out, printer->directive->syntax
					       ? "interface {}(nil)"
					       : "<nil>");
}

static void by_list(const struct printer *printer, const json_t *value)
{
	bool syntax = printer->directive->syntax;

	if (syntax)
		buf_adds(printer->out, value_go_type(value));
	buf_addc(printer->out, syntax ? '{' : '[');
	for (size_t i = 0;
	     i < json_array_size(value) && !printer->out->overflow; i++) {
		buf_adds(printer->out, !i ? "" : syntax ? ", " : " ");
		print_member(printer, json_array_get(value, i));
	}
	buf_addc(printer->out, syntax ? '}' : ']');
}

static void by_map(const struct printer *printer, const json_t *value)
{
	bool syntax = printer->directive->syntax;
	size_t n;
	AUTO_FREE const char **keys = value_keys(value, &n);

	buf_printf(printer->out, "%s%c", syntax ? value_go_type(value) : "map",
		   syntax ? '{' : '[');
	for (size_t i = 0; i < n && !printer->out->overflow; i++) {
		AUTO_JSON json_t *key = json_string_nocheck(keys[i]);

		buf_adds(printer->out, !i ? "" : syntax ? ", " : " ");
		format_value(printer->out, printer->directive, printer->verb,
			     key);
		buf_addc(printer->out, ':');
		print_member(printer, json_object_get(value, keys[i]));
	}
	buf_addc(printer->out, syntax ? '}' : ']');
}

static void by_kind(const struct printer *printer, const json_t *value)
{
	bool truth = json_is_true(value);

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		by_map(printer, value);
		break;
	case JSON_ARRAY:
		by_list(printer, value);
		break;
	case JSON_STRING:
		by_string(printer, value);
		break;
	case JSON_INTEGER:
		by_integer(printer, value);
		break;
	case JSON_REAL:
		by_float(printer, value);
		break;
	case JSON_NULL:
		if (printer->verb == 'v' || printer->verb == 'T')
			pad(printer, "<nil>", 5, true);
		else
			wrong_verb(printer, value);
		break;
	default:
		if (printer->verb == 'v' || printer->verb == 't')
			pad(printer, truth ? "true" : "false", truth ? 4 : 5,
			    true);
		else
			wrong_verb(printer, value);
	}
}

void format_value(struct buf *out, const struct directive *directive,
		  uint32_t verb, const json_t *value)
{
	struct printer printer = { out, directive, verb };

	if (verb == 'T' && !json_is_null(value)) {
		const char *type = value_go_type(value);

		pad(&printer, type, cut(directive, type, strlen(type)), true);
	} else if (verb == 'p' || verb == 'w') {
		wrong_verb(&printer, value);
	} else {
		by_kind(&printer, value);
	}
}
