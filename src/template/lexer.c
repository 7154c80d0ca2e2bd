/* SPDX-License-Identifier: Apache-2.0 */
#include "template/lexer.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Every character beyond ASCII counts as a letter. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* The byte there; NUL past the end. */
static char peek(const struct lexer *lexer, size_t at)
{
	return at < lexer->source->len ? lexer->source->text[at] : '\0';
}

static bool starts(const struct lexer *lexer, size_t at, const char *what)
{
	size_t n = strlen(what);

	return at <= lexer->source->len && n <= lexer->source->len - at &&
	       memcmp(lexer->source->text + at, what, n) == 0;
}

static void make(const struct lexer *lexer, struct token *token,
		 enum token_kind kind, size_t from, size_t to)
{
	token->kind = kind;
	token->text = lexer->source->text + from;
	token->len = to - from;
	token->at = from;
}

/* At the slash of a comment: past its closing braces, which may trim. */
static int skip_comment(struct lexer *lexer, size_t at, struct err *err)
{
	const struct source *source = lexer->source;
	const char *end =
		memmem(source->text + at + 2, source->len - at - 2, "*/", 2);
	size_t after;

	if (!end)
		return source_fail(source, at, err, "unclosed comment");
	after = (size_t)(end - source->text) + 2;
	lexer->trim =
		is_blank(peek(lexer, after)) && starts(lexer, after + 1, "-}}");
	if (!lexer->trim && !starts(lexer, after, "}}"))
		return source_fail(source, at, err,
				   "comment ends before closing delimiter");
	lexer->at = after + (lexer->trim ? 4 : 2);
	return 0;
}

/* The text up to the next action; false: there is none of it. */
static bool lex_text(struct lexer *lexer, struct token *token, size_t open,
		     bool trim_end)
{
	size_t from = lexer->at;
	size_t to = open;

	while (lexer->trim && from < to && is_blank(peek(lexer, from)))
		from++;
	while (trim_end && to > from && is_blank(peek(lexer, to - 1)))
		to--;
	lexer->trim = false;
	lexer->at = open;
	make(lexer, token, TOKEN_TEXT, from, to);
	return to > from;
}

static int lex_outside(struct lexer *lexer, struct token *token,
		       struct err *err)
{
	const struct source *source = lexer->source;

	token->blank = false;
	for (;;) {
		const char *braces = memmem(source->text + lexer->at,
					    source->len - lexer->at, "{{", 2);
		size_t open =
			braces ? (size_t)(braces - source->text) : source->len;
		bool trim = braces && peek(lexer, open + 2) == '-' &&
			    is_blank(peek(lexer, open + 3));

		if (lex_text(lexer, token, open, trim))
			return 0;
		if (!braces) {
			make(lexer, token, TOKEN_END, open, open);
			return 0;
		}
		if (starts(lexer, open + (trim ? 4 : 2), "/*")) {
			if (skip_comment(lexer, open + (trim ? 4 : 2), err))
				return -1;
			continue;
		}
		lexer->at = open + (trim ? 3 : 2);
		lexer->inside = true;
		make(lexer, token, TOKEN_OPEN, open, lexer->at);
		return 0;
	}
}

/* A name has to end where something else may begin: `.a[0]` is no name. */
static int lex_name(struct lexer *lexer, struct token *token,
		    enum token_kind kind, size_t from, struct err *err)
{
	size_t to = from;
	char next;

	while (is_letter(peek(lexer, to)) || is_digit(peek(lexer, to)))
		to++;
	next = peek(lexer, to);
	if (to < lexer->source->len && !is_blank(next) &&
	    !(next && strchr(".,|:()", next)) && !starts(lexer, to, "}}"))
		return source_fail(lexer->source, to, err,
				   "bad character '%c' after \"%.*s\"",
				   next >= ' ' && next < 127 ? next : '?',
				   to - lexer->at > 64 ? 64
						       : (int)(to - lexer->at),
				   lexer->source->text + lexer->at);
	make(lexer, token, kind, lexer->at, to);
	lexer->at = to;
	return 0;
}

static int lex_quoted(struct lexer *lexer, struct token *token,
		      enum token_kind kind, struct err *err)
{
	char quote = peek(lexer, lexer->at);
	size_t to = lexer->at + 1;

	for (; to < lexer->source->len && peek(lexer, to) != quote; to++) {
		if (kind == TOKEN_RAW)
			continue;
		if (peek(lexer, to) == '\\')
			to++;
		if (peek(lexer, to) == '\n')
			break;
	}
	if (to >= lexer->source->len || peek(lexer, to) != quote)
		return source_fail(lexer->source, lexer->at, err,
				   "unterminated %s",
				   kind == TOKEN_CHAR  ? "character constant"
				   : kind == TOKEN_RAW ? "raw quoted string"
						       : "quoted string");
	make(lexer, token, kind, lexer->at, to + 1);
	lexer->at = to + 1;
	return 0;
}

/* Generous: what is no number after all, the parser finds out. */
static int lex_number(struct lexer *lexer, struct token *token)
{
	size_t to = lexer->at + 1;
	size_t digits = lexer->at + (is_digit(peek(lexer, lexer->at)) ? 0 : 1);
	bool hex = peek(lexer, digits) == '0' &&
		   (peek(lexer, digits + 1) | 32) == 'x';

	for (;; to++) {
		char c = peek(lexer, to);
		char before = (char)(peek(lexer, to - 1) | 32);

		if ((c == '+' || c == '-') &&
		    ((before == 'e' && !hex) || before == 'p'))
			continue;
		if (!is_digit(c) && !is_letter(c) && c != '.')
			break;
	}
	make(lexer, token, TOKEN_NUMBER, lexer->at, to);
	lexer->at = to;
	return 0;
}

static int lex_sign(struct lexer *lexer, struct token *token, struct err *err)
{
	static const struct {
		const char *text;
		enum token_kind kind;
	} signs[] = {
		{ ":=", TOKEN_DECLARE }, { "=", TOKEN_ASSIGN },
		{ "|", TOKEN_PIPE },     { ",", TOKEN_COMMA },
		{ "(", TOKEN_LEFT },     { ")", TOKEN_RIGHT },
		{ ".", TOKEN_DOT },
	};
	char c = peek(lexer, lexer->at);

	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		if (!starts(lexer, lexer->at, signs[i].text))
			continue;
		make(lexer, token, signs[i].kind, lexer->at,
		     lexer->at + strlen(signs[i].text));
		lexer->at += token->len;
		return 0;
	}
	return source_fail(lexer->source, lexer->at, err,
			   "unexpected '%c' in action",
			   c >= ' ' && c < 127 ? c : '?');
}

static bool lex_close(struct lexer *lexer, struct token *token)
{
	bool trim = token->blank && starts(lexer, lexer->at, "-}}");

	if (!trim && !starts(lexer, lexer->at, "}}"))
		return false;
	make(lexer, token, TOKEN_CLOSE, lexer->at, lexer->at + (trim ? 3 : 2));
	lexer->at += token->len;
	lexer->inside = false;
	lexer->trim = trim;
	return true;
}

static int lex_inside(struct lexer *lexer, struct token *token, struct err *err)
{
	size_t from = lexer->at;
	char c;
	char next;

	while (is_blank(peek(lexer, lexer->at)))
		lexer->at++;
	token->blank = lexer->at > from;
	if (lex_close(lexer, token))
		return 0;
	if (lexer->at >= lexer->source->len)
		return source_fail(lexer->source, from, err, "unclosed action");

	c = peek(lexer, lexer->at);
	next = peek(lexer, lexer->at + 1);
	if (is_letter(c))
		return lex_name(lexer, token, TOKEN_WORD, lexer->at, err);
	if (c == '.' && is_letter(next))
		return lex_name(lexer, token, TOKEN_FIELD, lexer->at + 1, err);
	if (c == '$')
		return lex_name(lexer, token, TOKEN_VARIABLE, lexer->at + 1,
				err);
	if (is_digit(c) || (c == '.' && is_digit(next)) ||
	    ((c == '+' || c == '-') && (is_digit(next) || next == '.')))
		return lex_number(lexer, token);
	if (c == '"')
		return lex_quoted(lexer, token, TOKEN_STRING, err);
	if (c == '`')
		return lex_quoted(lexer, token, TOKEN_RAW, err);
	if (c == '\'')
		return lex_quoted(lexer, token, TOKEN_CHAR, err);
	return lex_sign(lexer, token, err);
}

int lexer_next(struct lexer *lexer, struct token *token, struct err *err)
{
	if (lexer->inside)
		return lex_inside(lexer, token, err);
	return lex_outside(lexer, token, err);
}
