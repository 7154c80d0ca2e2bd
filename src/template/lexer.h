/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_LEXER_H
#define TEMPLATE_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "template/source.h"

/*
 * The words of a template: text outside of {{ }}, tokens inside.
 *
 * Comments and the trim markers are dealt with here: a token of text comes
 * already trimmed, and never empty. The lexer is a plain struct; copying it
 * is how the parser looks ahead.
 */
enum token_kind {
	TOKEN_END,
	TOKEN_TEXT,
	TOKEN_OPEN,  /* {{ */
	TOKEN_CLOSE, /* }} */
	TOKEN_WORD,  /* a function or a keyword */
	TOKEN_DOT,
	TOKEN_FIELD,    /* .name */
	TOKEN_VARIABLE, /* $name, or $ alone */
	TOKEN_STRING,   /* "...", with the quotes */
	TOKEN_RAW,      /* `...` */
	TOKEN_CHAR,     /* '.' */
	TOKEN_NUMBER,
	TOKEN_PIPE,
	TOKEN_COMMA,
	TOKEN_LEFT,    /* ( */
	TOKEN_RIGHT,   /* ) */
	TOKEN_DECLARE, /* := */
	TOKEN_ASSIGN,  /* = */
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t len;
	size_t at;  /* offset in the source */
	bool blank; /* blanks stand before it */
};

struct lexer {
	const struct source *source;
	size_t at;
	bool inside; /* of an action */
	bool trim;   /* blanks that follow belong to the action before */
};

int lexer_next(struct lexer *lexer, struct token *token,
	       struct err *err) NODISCARD;

#endif
