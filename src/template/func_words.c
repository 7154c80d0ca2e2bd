/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions on words and their letters' case.
 */
#include <string.h>

#include "template/call.h"
#include "template/letter.h"
#include "template/utf8.h"

/* Takes one character to another; `before` is the one in front, or a blank. */
typedef uint32_t (*letter_map)(uint32_t code, uint32_t before);

static const json_t *map_letters(struct call *call, letter_map map)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;
	uint32_t before = ' ';

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < text.len && !out.overflow;) {
		uint32_t code;

		i += utf8_next(text.base + i, text.len - i, &code);
		utf8_add(&out, map(code, before));
		before = code;
	}
	return give_text(call, &out);
}

static uint32_t to_upper(uint32_t code, uint32_t before)
{
	(void)before;
	return letter_upper(code);
}

static uint32_t to_lower(uint32_t code, uint32_t before)
{
	(void)before;
	return letter_lower(code);
}

/* After what can be no part of a word. */
static uint32_t to_title(uint32_t code, uint32_t before)
{
	bool inside = before == '_' || letter_is_letter(before) ||
		      letter_is_number(before) ||
		      (before >= 128 && !letter_is_space(before));

	return inside ? code : letter_upper(code);
}

static uint32_t to_untitle(uint32_t code, uint32_t before)
{
	return letter_is_space(before) ? letter_lower(code) : code;
}

static uint32_t to_swapped(uint32_t code, uint32_t before)
{
	(void)before;
	return letter_is_upper(code) ? letter_lower(code) : letter_upper(code);
}

static const json_t *call_upper(struct call *call)
{
	return map_letters(call, to_upper);
}

static const json_t *call_lower(struct call *call)
{
	return map_letters(call, to_lower);
}

static const json_t *call_title(struct call *call)
{
	return map_letters(call, to_title);
}

static const json_t *call_untitle(struct call *call)
{
	return map_letters(call, to_untitle);
}

static const json_t *call_swapcase(struct call *call)
{
	return map_letters(call, to_swapped);
}

static const json_t *pick_letters(struct call *call, bool first_of_words)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;
	bool gap = true;

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < text.len;) {
		uint32_t code;
		size_t n = utf8_next(text.base + i, text.len - i, &code);
		bool space = letter_is_space(code);

		if (!space && (gap || !first_of_words))
			buf_add(&out, text.base + i, n);
		gap = space;
		i += n;
	}
	return give_text(call, &out);
}

static const json_t *call_nospace(struct call *call)
{
	return pick_letters(call, false);
}

static const json_t *call_initials(struct call *call)
{
	return pick_letters(call, true);
}

/* A word that is too long is broken, or has the line to itself. */
static size_t line_end(const struct text *text, size_t from, size_t width,
		       bool breaks)
{
	const char *line = text->base + from;
	const char *blank = memrchr(line, ' ', width + 1);

	if (!blank && breaks)
		return from + width;
	if (!blank)
		blank = memchr(line + width, ' ', text->len - from - width);
	return blank ? (size_t)(blank - text->base) : text->len;
}

static const json_t *wrap(struct call *call, const struct text *text,
			  const struct text *newline, bool breaks)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	json_int_t wanted;
	size_t from = 0;
	size_t width;

	if (arg_int(call, 0, &wanted))
		return NULL;
	width = wanted < 1 ? 1 : (size_t)wanted;
	while (text->len - from > width && !out.overflow) {
		size_t end;

		if (text->base[from] == ' ') {
			from++;
			continue;
		}
		end = line_end(text, from, width, breaks);
		buf_add(&out, text->base + from, end - from);
		if (end < text->len)
			buf_add(&out, newline->base, newline->len);
		from = end + (end < text->len && text->base[end] == ' ');
	}
	buf_add(&out, text->base + from, text->len - from);
	return give_text(call, &out);
}

static const json_t *call_wrap(struct call *call)
{
	static const struct text newline = { "\n", 1 };
	struct text text;

	if (arg_text(call, 1, &text))
		return NULL;
	return wrap(call, &text, &newline, false);
}

static const json_t *call_wrap_with(struct call *call)
{
	struct text newline;
	struct text text;

	if (arg_text(call, 1, &newline) || arg_text(call, 2, &text))
		return NULL;
	if (!newline.len)
		newline = (struct text){ "\n", 1 };
	return wrap(call, &text, &newline, true);
}

static bool is_connector(uint32_t code)
{
	return code == '-' || code == '_' || letter_is_space(code);
}

/*
 * some_words, some words and SOME-WORDS are SomeWords. Of connectors side by
 * side the last one goes; at either end they stay.
 */
static const json_t *call_camelcase(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;
	uint32_t pending = 0; /* a connector */
	bool starts = true;
	bool capitals = false; /* all letters of the word, until now */

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < text.len && !out.overflow;) {
		uint32_t code;

		i += utf8_next(text.base + i, text.len - i, &code);
		if (is_connector(code)) {
			if (starts || pending)
				utf8_add(&out, starts ? code : pending);
			if (!starts)
				pending = code;
		} else if (starts || pending) {
			utf8_add(&out, letter_upper(code));
			capitals = letter_is_upper(code);
			starts = false;
			pending = 0;
		} else {
			capitals = capitals && letter_is_upper(code);
			utf8_add(&out, capitals ? letter_lower(code) : code);
		}
	}
	if (pending)
		utf8_add(&out, pending);
	return give_text(call, &out);
}

enum word_kind {
	WORD_END,
	WORD_NUMBER,
	WORD_CAPITAL, /* First, or HTTP */
	WORD_SMALL,
	WORD_CONNECTOR,
	WORD_PUNCT,
	WORD_OTHER,
};

struct word {
	enum word_kind kind;
	const char *base;
	size_t len;
};

/* Scripts that are written without blanks have no words for us. */
static enum word_kind letter_kind(uint32_t code)
{
	if (is_connector(code))
		return WORD_CONNECTOR;
	if (letter_is_punct(code))
		return WORD_PUNCT;
	if (letter_is_upper(code))
		return WORD_CAPITAL;
	if (letter_is_letter(code) && (code < 0x3000 || code > 0xd7ff))
		return WORD_SMALL;
	return letter_is_number(code) ? WORD_NUMBER : WORD_OTHER;
}

static size_t skip_kind(const struct text *text, size_t at, enum word_kind kind,
			size_t *last)
{
	while (at < text->len) {
		uint32_t code;
		size_t n = utf8_next(text->base + at, text->len - at, &code);

		if (letter_kind(code) != kind)
			break;
		*last = at;
		at += n;
	}
	return at;
}

/* Takes the first word off: of HTTPServer HTTP, of FirstName First. */
static struct word next_word(struct text *text)
{
	struct word word = { WORD_END, text->base, 0 };
	size_t last = 0;
	size_t end;
	uint32_t code;

	if (!text->len)
		return word;
	utf8_next(text->base, text->len, &code);
	word.kind = letter_kind(code);
	end = skip_kind(text, 0, word.kind, &last);
	if (word.kind == WORD_CAPITAL && end < text->len) {
		utf8_next(text->base + end, text->len - end, &code);
		if (letter_kind(code) == WORD_SMALL)
			end = last ? last
				   : skip_kind(text, end, WORD_SMALL, &last);
	}
	word.len = end;
	text->base += end;
	text->len -= end;
	return word;
}

static void add_word(struct buf *out, const struct word *word, char connector)
{
	if (word->kind != WORD_CONNECTOR && word->kind != WORD_CAPITAL) {
		buf_add(out, word->base, word->len);
		return;
	}
	for (size_t i = 0; i < word->len;) {
		uint32_t code;

		i += utf8_next(word->base + i, word->len - i, &code);
		if (word->kind == WORD_CONNECTOR)
			buf_addc(out, connector);
		else
			utf8_add(out, letter_lower(code));
	}
}

/* Letters and digits that belong to a number before them: the 2m3s of 12m3s. */
static struct word add_tail(struct buf *out, struct word word,
			    struct text *text, char connector)
{
	while (word.kind == WORD_SMALL || word.kind == WORD_NUMBER) {
		add_word(out, &word, connector);
		word = next_word(text);
	}
	return word;
}

static void connect(struct buf *out, const struct word *next, char connector)
{
	if (next->kind != WORD_END && next->kind != WORD_CONNECTOR &&
	    next->kind != WORD_PUNCT)
		buf_addc(out, connector);
}

/*
 * A number after a word: by itself it ends the word (Bld4 is bld4); with
 * letters after it, it begins one (http2xx is http_2xx). Gives what follows.
 */
static struct word add_number(struct buf *out, struct word number,
			      struct text *text, char connector)
{
	struct word after = next_word(text);

	if (after.kind == WORD_SMALL)
		buf_addc(out, connector);
	add_word(out, &number, connector);
	if (after.kind == WORD_SMALL)
		after = add_tail(out, after, text, connector);
	connect(out, &after, connector);
	return after;
}

static const json_t *connect_words(struct call *call, char connector)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;
	struct word word;

	if (arg_text(call, 0, &text))
		return NULL;
	word = next_word(&text);
	while (word.kind != WORD_END && !out.overflow) {
		struct word next = next_word(&text);

		add_word(&out, &word, connector);
		if (word.kind == WORD_NUMBER) {
			next = add_tail(&out, next, &text, connector);
			connect(&out, &next, connector);
		} else if (word.kind != WORD_CONNECTOR &&
			   word.kind != WORD_PUNCT) {
			if (next.kind == WORD_NUMBER)
				next = add_number(&out, next, &text, connector);
			else
				connect(&out, &next, connector);
		}
		word = next;
	}
	return give_text(call, &out);
}

static const json_t *call_snakecase(struct call *call)
{
	return connect_words(call, '_');
}

static const json_t *call_kebabcase(struct call *call)
{
	return connect_words(call, '-');
}

const struct func *func_words(size_t *n)
{
	static const struct func table[] = {
		{ "upper", 1, 1, call_upper, FUNC_PLAIN },
		{ "lower", 1, 1, call_lower, FUNC_PLAIN },
		{ "title", 1, 1, call_title, FUNC_PLAIN },
		{ "untitle", 1, 1, call_untitle, FUNC_PLAIN },
		{ "swapcase", 1, 1, call_swapcase, FUNC_PLAIN },
		{ "nospace", 1, 1, call_nospace, FUNC_PLAIN },
		{ "initials", 1, 1, call_initials, FUNC_PLAIN },
		{ "wrap", 2, 2, call_wrap, FUNC_PLAIN },
		{ "wrapWith", 3, 3, call_wrap_with, FUNC_PLAIN },
		{ "camelcase", 1, 1, call_camelcase, FUNC_PLAIN },
		{ "snakecase", 1, 1, call_snakecase, FUNC_PLAIN },
		{ "kebabcase", 1, 1, call_kebabcase, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
