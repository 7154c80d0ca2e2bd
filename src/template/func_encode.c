/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's encodings: base64, base32 and JSON.
 */
#include <string.h>

#include "base/str.h"
#include "template/call.h"
#include "template/write_json.h"

static const json_t *call_b64enc(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	str_base64(&out, text.base, text.len);
	return give_text(call, &out);
}

/* What is not base64 is an error, where Sprig gives the error's text. */
static const json_t *call_b64dec(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	if (!str_unbase64(&out, text.base, text.len))
		return call_fail(call, "this is not base64");
	return give_text(call, &out);
}

static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static const json_t *call_b32enc(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	uint64_t bits = 0;
	unsigned n = 0;
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		bits = bits << 8 | (unsigned char)text.base[i];
		for (n += 8; n >= 5; n -= 5)
			buf_addc(&out, base32_digits[bits >> (n - 5) & 31]);
	}
	if (n)
		buf_addc(&out, base32_digits[bits << (5 - n) & 31]);
	while (out.len % 8 && !out.overflow)
		buf_addc(&out, '=');
	return give_text(call, &out);
}

/* How many digits the last group has, by the bytes that it can stand for. */
static bool good_tail(size_t n_digits)
{
	size_t tail = n_digits % 8;

	return tail != 1 && tail != 3 && tail != 6;
}

/* Line ends between the digits do not count. */
static int arg_digits(struct call *call, struct buf *digits)
{
	struct text text;

	if (arg_text(call, 0, &text))
		return -1;
	for (size_t i = 0; i < text.len; i++)
		if (text.base[i] != '\n' && text.base[i] != '\r')
			buf_addc(digits, text.base[i]);
	return 0;
}

static const json_t *call_b32dec(struct call *call)
{
	CLEANUP(buf_release) struct buf digits = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	uint64_t bits = 0;
	unsigned n = 0;
	size_t len;

	if (arg_digits(call, &digits))
		return NULL;
	len = digits.len;
	while (len && digits.len - len < 6 && digits.base[len - 1] == '=')
		len--;
	if (digits.len % 8 || digits.len - len >= 8 || !good_tail(len))
		return call_fail(call, "this is not base32");
	for (size_t i = 0; i < len; i++) {
		const char *digit = memchr(base32_digits, digits.base[i], 32);

		if (!digit)
			return call_fail(call, "this is not base32");
		bits = bits << 5 | (uint64_t)(digit - base32_digits);
		n += 5;
		if (n >= 8) {
			n -= 8;
			buf_addc(&out, (char)(bits >> n & 255));
		}
	}
	return give_text(call, &out);
}

static const json_t *give_json(struct call *call,
			       const struct json_style *style)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);

	if (call_walk(call, call->args[0], NULL))
		return NULL;
	write_json(&out, call->args[0], style);
	return give_text(call, &out);
}

static const json_t *call_to_json(struct call *call)
{
	static const struct json_style style = { .html = true };

	return give_json(call, &style);
}

static const json_t *call_to_pretty_json(struct call *call)
{
	static const struct json_style style = { .html = true, .pretty = true };

	return give_json(call, &style);
}

static const json_t *call_to_raw_json(struct call *call)
{
	static const struct json_style style = { .html = false };

	return give_json(call, &style);
}

/* All numbers are float64: that is what Go makes of them. */
static json_t *parse(const struct text *text, json_error_t *where)
{
	return json_loadb(text->base, text->len,
			  JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL |
				  JSON_ALLOW_NUL,
			  where);
}

static const json_t *call_must_from_json(struct call *call)
{
	json_error_t where;
	struct text text;
	json_t *value;

	if (arg_text(call, 0, &text) || call_spend(call, text.len / 8))
		return NULL;
	value = parse(&text, &where);
	if (!value)
		return call_fail(call, "JSON, line %d column %d: %s",
				 where.line, where.column, where.text);
	return give_tree(call, value);
}

/* What is no JSON is nil. */
static const json_t *call_from_json(struct call *call)
{
	json_error_t where;
	struct text text;
	json_t *value;

	if (arg_text(call, 0, &text) || call_spend(call, text.len / 8))
		return NULL;
	value = parse(&text, &where);
	return value ? give_tree(call, value) : json_null();
}

const struct func *func_encode(size_t *n)
{
	static const struct func table[] = {
		{ "b64enc", 1, 1, call_b64enc, FUNC_PLAIN },
		{ "b64dec", 1, 1, call_b64dec, FUNC_PLAIN },
		{ "b32enc", 1, 1, call_b32enc, FUNC_PLAIN },
		{ "b32dec", 1, 1, call_b32dec, FUNC_PLAIN },
		{ "toJson", 1, 1, call_to_json, FUNC_PLAIN },
		{ "mustToJson", 1, 1, call_to_json, FUNC_PLAIN },
		{ "toPrettyJson", 1, 1, call_to_pretty_json, FUNC_PLAIN },
		{ "mustToPrettyJson", 1, 1, call_to_pretty_json, FUNC_PLAIN },
		{ "toRawJson", 1, 1, call_to_raw_json, FUNC_PLAIN },
		{ "mustToRawJson", 1, 1, call_to_raw_json, FUNC_PLAIN },
		{ "fromJson", 1, 1, call_from_json, FUNC_PLAIN },
		{ "mustFromJson", 1, 1, call_must_from_json, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
