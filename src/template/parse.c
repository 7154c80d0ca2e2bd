/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser: recursive descent over the lexer's tokens, one token ahead.
 *
 *	list     = { text | action }
 *	action   = "{{" ( pipe | control | "template" string [pipe] ) "}}"
 *	pipe     = [ variable (":=" | "=") ] command { "|" command }
 *	command  = operand { blank operand }
 *	operand  = term { field }
 *	term     = literal | "." | field | variable | function | "(" pipe ")"
 *
 * What Go finds out only when it runs (an unknown template, too few
 * arguments) is found here already, so that a lint finds it.
 */
#include <string.h>

#include "base/str.h"
#include "template/func.h"
#include "template/lexer.h"
#include "template/literal.h"
#include "template/node.h"
#include "template/template.h"

enum stop { STOP_TEXT_END, STOP_END, STOP_ELSE };

struct scope {
	const char **names; /* by slot */
	size_t n;
	size_t allocated;
	size_t most;
};

struct parser {
	struct template *template;
	struct lexer lexer;
	struct token token; /* the one ahead */
	struct scope *scope;
	struct node *calls;
	size_t depth;
	size_t n_loops; /* around what is being parsed */
	struct err *err;
};

static int parse_pipe(struct parser *parser, struct pipe *pipe,
		      enum token_kind end) NODISCARD;
static int parse_list(struct parser *parser, struct node **list,
		      enum stop *stop) NODISCARD;

static int advance(struct parser *parser)
{
	return lexer_next(&parser->lexer, &parser->token, parser->err);
}

static bool at_word(const struct parser *parser, const char *word)
{
	return parser->token.kind == TOKEN_WORD &&
	       parser->token.len == strlen(word) &&
	       memcmp(parser->token.text, word, parser->token.len) == 0;
}

static int unexpected(struct parser *parser, const char *where)
{
	const struct token *token = &parser->token;
	const char *what = "";

	if (token->kind == TOKEN_END)
		what = "end of the template";
	else if (token->kind == TOKEN_TEXT)
		what = "text";
	if (*what)
		return source_fail(&parser->template->source, token->at,
				   parser->err, "unexpected %s in %s", what,
				   where);
	return source_fail(&parser->template->source, token->at, parser->err,
			   "unexpected \"%.*s\" in %s",
			   token->len > 64 ? 64 : (int)token->len, token->text,
			   where);
}

/* A block that is never closed is shown where it begins: at the end there is
 * nothing to see. */
static int no_end(struct parser *parser, size_t at, const char *where)
{
	return source_fail(&parser->template->source, at, parser->err,
			   "unexpected end of the template in %s, which has "
			   "no {{end}}",
			   where);
}

static int expect_close(struct parser *parser, const char *where)
{
	if (parser->token.kind != TOKEN_CLOSE)
		return unexpected(parser, where);
	return advance(parser);
}

/* What nests calls this first; parser->depth goes down again when it ends. */
static int deeper(struct parser *parser)
{
	if (parser->depth >= TEMPLATE_MAX_DEPTH)
		return source_fail(&parser->template->source, parser->token.at,
				   parser->err, "nested over %d levels",
				   TEMPLATE_MAX_DEPTH);
	parser->depth++;
	return 0;
}

static void *node_alloc(struct parser *parser, size_t size)
{
	return arena_alloc(&parser->template->arena, size);
}

static const char *copy_text(struct parser *parser, const char *text,
			     size_t len)
{
	char *copy = node_alloc(parser, len + 1);

	memcpy(copy, text, len);
	return copy;
}

static size_t declare(struct scope *scope, const char *name)
{
	if (scope->n == scope->allocated) {
		scope->allocated = scope->allocated ? scope->allocated * 2 : 8;
		scope->names = xrealloc(scope->names,
					scope->allocated * sizeof(char *));
	}
	scope->names[scope->n] = name;
	if (++scope->n > scope->most)
		scope->most = scope->n;
	return scope->n - 1;
}

/* The innermost one of that name. */
static int find_variable(struct parser *parser, const struct token *token,
			 size_t *slot)
{
	for (size_t i = parser->scope->n; i-- > 0;) {
		const char *name = parser->scope->names[i];

		if (strlen(name) == token->len &&
		    memcmp(name, token->text, token->len) == 0) {
			*slot = i;
			return 0;
		}
	}
	return source_fail(&parser->template->source, token->at, parser->err,
			   "undefined variable \"%.*s\"",
			   token->len > 64 ? 64 : (int)token->len, token->text);
}

static int parse_constant(struct parser *parser, struct operand *operand)
{
	const char *why = "";
	json_t *value = literal_value(&parser->token, &why);

	if (!value)
		return source_fail(
			&parser->template->source, parser->token.at,
			parser->err, "%s: %.*s", why,
			parser->token.len > 64 ? 64 : (int)parser->token.len,
			parser->token.text);
	json_array_append_new(parser->template->constants, value);
	operand->kind = OPERAND_CONSTANT;
	operand->constant = value;
	return advance(parser);
}

static int no_function(struct parser *parser, const char *name)
{
	const struct source *source = &parser->template->source;
	const char *why = func_refused(name);
	const char *guess = func_suggest(name);

	if (why)
		return source_fail(source, parser->token.at, parser->err,
				   "function \"%s\" is not offered: %s", name,
				   why);
	return source_fail(source, parser->token.at, parser->err,
			   "function \"%s\" not defined%s%s%s", name,
			   guess ? "; did you mean " : "", guess ? guess : "",
			   guess ? "?" : "");
}

static int parse_word(struct parser *parser, struct operand *operand)
{
	char name[64];

	operand->kind = OPERAND_CONSTANT;
	if (at_word(parser, "true"))
		operand->constant = json_true();
	else if (at_word(parser, "false"))
		operand->constant = json_false();
	else if (at_word(parser, "nil"))
		operand->constant = json_null();
	if (operand->constant)
		return advance(parser);

	operand->kind = OPERAND_FUNCTION;
	if (parser->token.len < sizeof(name)) {
		memcpy(name, parser->token.text, parser->token.len);
		name[parser->token.len] = '\0';
		operand->func = func_find(name);
	}
	if (operand->func) {
		if (operand->func->kind == FUNC_CHANGES)
			parser->template->changes = true;
		return advance(parser);
	}
	if (parser->token.len >= sizeof(name))
		return unexpected(parser, "action");
	return no_function(parser, name);
}

static int parse_parentheses(struct parser *parser, struct operand *operand)
{
	operand->kind = OPERAND_PIPE;
	operand->pipe = node_alloc(parser, sizeof(*operand->pipe));
	if (deeper(parser) || advance(parser) ||
	    parse_pipe(parser, operand->pipe, TOKEN_RIGHT))
		return -1;
	parser->depth--;
	return advance(parser);
}

static int parse_term(struct parser *parser, struct operand *operand)
{
	switch (parser->token.kind) {
	case TOKEN_WORD:
		return parse_word(parser, operand);
	case TOKEN_STRING:
	case TOKEN_RAW:
	case TOKEN_CHAR:
	case TOKEN_NUMBER:
		return parse_constant(parser, operand);
	case TOKEN_DOT:
		operand->kind = OPERAND_DOT;
		return advance(parser);
	case TOKEN_FIELD:
		operand->kind = OPERAND_DOT; /* the fields follow */
		parser->token.blank = false;
		return 0;
	case TOKEN_VARIABLE:
		operand->kind = OPERAND_VARIABLE;
		if (find_variable(parser, &parser->token, &operand->slot))
			return -1;
		return advance(parser);
	case TOKEN_LEFT:
		return parse_parentheses(parser, operand);
	default:
		return unexpected(parser, "action");
	}
}

static int parse_operand(struct parser *parser, struct operand *operand)
{
	struct field **tail = &operand->fields;
	bool dot;

	operand->at = parser->token.at;
	dot = parser->token.kind == TOKEN_DOT;
	if (parse_term(parser, operand))
		return -1;
	if (dot && !parser->token.blank && parser->token.kind == TOKEN_FIELD)
		return unexpected(parser, "operand");
	while (parser->token.kind == TOKEN_FIELD && !parser->token.blank) {
		struct field *field = node_alloc(parser, sizeof(*field));

		if (operand->kind == OPERAND_CONSTANT)
			return unexpected(parser, "operand: a constant has no "
						  "members");
		field->name = copy_text(parser, parser->token.text + 1,
					parser->token.len - 1);
		field->at = parser->token.at;
		*tail = field;
		tail = &field->next;
		if (advance(parser))
			return -1;
	}
	return 0;
}

/* Whether the command is fit for its place; `piped`: it has a | before it. */
static int check_command(struct parser *parser, const struct command *command,
			 bool piped)
{
	const struct operand *first = command->operands;
	const struct source *source = &parser->template->source;
	size_t n = command->n_operands - 1 + piped;

	if (first->kind == OPERAND_FUNCTION && !first->fields) {
		const struct func *func = first->func;

		if (n >= func->least && n <= func->most)
			return 0;
		return source_fail(source, first->at, parser->err,
				   "wrong number of arguments for %s: want "
				   "%s%zu, got %zu",
				   func->name,
				   func->least == func->most ? ""
				   : n < func->least         ? "at least "
							     : "at most ",
				   n < func->least ? func->least : func->most,
				   n);
	}
	if (piped)
		return source_fail(source, first->at, parser->err,
				   "non executable command in pipeline");
	if (n)
		return source_fail(source, first->at, parser->err,
				   "can't give arguments to what is not a "
				   "function");
	if (json_is_null(first->constant))
		return source_fail(source, first->at, parser->err,
				   "nil is not a command");
	return 0;
}

static int parse_command(struct parser *parser, struct command *command,
			 enum token_kind end)
{
	struct operand **tail = &command->operands;

	command->at = parser->token.at;
	if (parser->token.kind == end)
		return source_fail(&parser->template->source, command->at,
				   parser->err, "missing value in action");
	for (;;) {
		struct operand *operand = node_alloc(parser, sizeof(*operand));

		if (parse_operand(parser, operand))
			return -1;
		*tail = operand;
		tail = &operand->next;
		command->n_operands++;
		/* Without arguments of its own. */
		if (operand->kind == OPERAND_FUNCTION && operand->func->least &&
		    (command->n_operands > 1 || operand->fields))
			return source_fail(&parser->template->source,
					   operand->at, parser->err,
					   "%s needs arguments: put "
					   "parentheses around it",
					   operand->func->name);
		if (parser->token.kind == end ||
		    parser->token.kind == TOKEN_PIPE)
			return 0;
		if (!parser->token.blank)
			return unexpected(parser, "operand");
	}
}

/*
 * `$x :=`, `$x =`, and in a range `$i, $x :=`. Whether that stands here shows
 * only after the names: if not, the lexer goes back to where it was. New
 * names are valid after the pipe, so they are returned in `names`.
 */
static int parse_assignment(struct parser *parser, struct pipe *pipe,
			    const char *names[2], size_t most)
{
	struct lexer lexer = parser->lexer;
	struct token first = parser->token;
	struct token tokens[2];
	size_t n = 0;

	while (parser->token.kind == TOKEN_VARIABLE && n < most) {
		tokens[n++] = parser->token;
		if (advance(parser))
			return -1;
		if (parser->token.kind != TOKEN_COMMA || n == most)
			break;
		if (advance(parser))
			return -1;
		if (parser->token.kind != TOKEN_VARIABLE)
			return unexpected(parser, "range");
	}
	if (!n || (parser->token.kind != TOKEN_DECLARE &&
		   parser->token.kind != TOKEN_ASSIGN)) {
		if (n == 2)
			return unexpected(parser, "range");
		parser->lexer = lexer;
		parser->token = first;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (parser->token.kind == TOKEN_DECLARE)
			names[i] = copy_text(parser, tokens[i].text,
					     tokens[i].len);
		else if (find_variable(parser, &tokens[i], &pipe->slots[i]))
			return -1;
	}
	pipe->n_slots = n;
	return advance(parser);
}

static int parse_commands(struct parser *parser, struct pipe *pipe,
			  enum token_kind end)
{
	struct command **tail = &pipe->commands;

	for (;;) {
		struct command *command = node_alloc(parser, sizeof(*command));
		bool last;

		if (parse_command(parser, command, end))
			return -1;
		last = parser->token.kind == end;
		if (check_command(parser, command, pipe->commands != NULL))
			return -1;
		*tail = command;
		tail = &command->next;
		if (last)
			return 0;
		if (advance(parser))
			return -1;
		if (parser->token.kind == end) /* Go allows a last | */
			return 0;
	}
}

/* Leaves the closing token ahead. */
static int parse_pipe_with(struct parser *parser, struct pipe *pipe,
			   enum token_kind end, size_t most_variables)
{
	const char *names[2] = { NULL, NULL };

	pipe->at = parser->token.at;
	if (parse_assignment(parser, pipe, names, most_variables) ||
	    parse_commands(parser, pipe, end))
		return -1;
	for (size_t i = 0; i < pipe->n_slots; i++)
		if (names[i])
			pipe->slots[i] = declare(parser->scope, names[i]);
	return 0;
}

static int parse_pipe(struct parser *parser, struct pipe *pipe,
		      enum token_kind end)
{
	return parse_pipe_with(parser, pipe, end, 1);
}

static int parse_control(struct parser *parser, struct node *node,
			 const char *name) NODISCARD;

/* The word "end" is ahead. */
static int parse_end(struct parser *parser)
{
	if (advance(parser))
		return -1;
	return expect_close(parser, "end");
}

/* At "else": a list, or the same kind again, which shares our {{end}}. */
static int parse_else(struct parser *parser, struct node *node,
		      const char *name)
{
	enum stop stop;

	if (advance(parser))
		return -1;
	if (node->kind != NODE_RANGE && at_word(parser, name)) {
		node->otherwise = node_alloc(parser, sizeof(*node));
		node->otherwise->kind = node->kind;
		return parse_control(parser, node->otherwise, name);
	}
	if (expect_close(parser, "else") ||
	    parse_list(parser, &node->otherwise, &stop))
		return -1;
	if (stop == STOP_TEXT_END)
		return no_end(parser, node->at, name);
	return stop == STOP_END ? parse_end(parser)
				: unexpected(parser, "else");
}

static int parse_branches(struct parser *parser, struct node *node,
			  const char *name)
{
	size_t n_variables;
	enum stop stop;

	if (parse_pipe_with(parser, node->pipe, TOKEN_CLOSE,
			    node->kind == NODE_RANGE ? 2 : 1) ||
	    expect_close(parser, name))
		return -1;
	n_variables = parser->scope->n;
	parser->n_loops += node->kind == NODE_RANGE;
	if (parse_list(parser, &node->body, &stop))
		return -1;
	parser->n_loops -= node->kind == NODE_RANGE;
	parser->scope->n = n_variables;
	if (stop == STOP_TEXT_END)
		return no_end(parser, node->at, name);
	return stop == STOP_ELSE ? parse_else(parser, node, name)
				 : parse_end(parser);
}

/* {{if}}, {{with}} and {{range}}, up to and with their {{end}}. */
static int parse_control(struct parser *parser, struct node *node,
			 const char *name)
{
	size_t n_variables = parser->scope->n;

	node->at = parser->token.at;
	node->pipe = node_alloc(parser, sizeof(*node->pipe));
	if (deeper(parser) || advance(parser) ||
	    parse_branches(parser, node, name))
		return -1;
	parser->depth--;
	parser->scope->n = n_variables;
	return 0;
}

static int parse_jump(struct parser *parser, struct node *node)
{
	const char *name = node->kind == NODE_BREAK ? "break" : "continue";

	if (!parser->n_loops)
		return source_fail(&parser->template->source, parser->token.at,
				   parser->err, "{{%s}} outside {{range}}",
				   name);
	if (advance(parser))
		return -1;
	return expect_close(parser, name);
}

/* The quoted name after define, template and block. */
static int parse_name(struct parser *parser, const char *where,
		      const char **name)
{
	AUTO_JSON json_t *value = NULL;
	const char *why;

	if (parser->token.kind == TOKEN_STRING ||
	    parser->token.kind == TOKEN_RAW)
		value = literal_value(&parser->token, &why);
	if (!value)
		return unexpected(parser, where);
	*name = copy_text(parser, json_string_value(value),
			  json_string_length(value));
	return advance(parser);
}

static struct definition *find_definition(const struct parser *parser,
					  const char *name)
{
	struct definition *at = parser->template->definitions;

	while (at && !str_eq(at->name, name))
		at = at->next;
	return at;
}

/* Nothing but blanks: such a definition gives way to another. */
static bool is_empty(const struct node *list)
{
	for (; list; list = list->next)
		if (list->kind != NODE_TEXT ||
		    strspn(list->text, " \t\r\n") < list->len)
			return false;
	return true;
}

static int add_definition(struct parser *parser, const char *name, size_t at,
			  const struct definition *definition)
{
	struct definition *old = find_definition(parser, name);

	if (!old) {
		old = node_alloc(parser, sizeof(*old));
		old->name = name;
		old->next = parser->template->definitions;
		parser->template->definitions = old;
	} else if (!is_empty(old->body) && !is_empty(definition->body)) {
		return source_fail(&parser->template->source, at, parser->err,
				   "multiple definition of template \"%s\"",
				   name);
	} else if (is_empty(definition->body)) {
		return 0;
	}
	old->body = definition->body;
	old->n_slots = definition->n_slots;
	return 0;
}

/* A body with variables of its own, up to and with its {{end}}. */
static int parse_body(struct parser *parser, struct definition *definition,
		      const char *where, size_t at, bool whole)
{
	struct scope scope = { 0 };
	struct scope *outer = parser->scope;
	size_t n_loops = parser->n_loops;
	enum stop stop = STOP_TEXT_END;
	int status;

	declare(&scope, "$");
	parser->scope = &scope;
	parser->n_loops = 0;
	status = parse_list(parser, &definition->body, &stop);
	parser->scope = outer;
	parser->n_loops = n_loops;
	definition->n_slots = scope.most;
	free(scope.names);
	if (status)
		return -1;
	if (stop == STOP_TEXT_END && !whole)
		return no_end(parser, at, where);
	if (stop != (whole ? STOP_TEXT_END : STOP_END))
		return unexpected(parser, where);
	return whole ? 0 : parse_end(parser);
}

/* {{define "name"}} body {{end}} */
static int parse_define(struct parser *parser)
{
	struct definition definition = { 0 };
	const char *name;
	size_t at = parser->token.at;

	if (parser->depth)
		return unexpected(parser, "a block: it stands at top level");
	if (deeper(parser) || advance(parser) ||
	    parse_name(parser, "define", &name) ||
	    expect_close(parser, "define") ||
	    parse_body(parser, &definition, "define", at, false))
		return -1;
	parser->depth--;
	return add_definition(parser, name, at, &definition);
}

/* {{template "name" pipe}}, and {{block "name" pipe}} body {{end}} */
static int parse_call(struct parser *parser, struct node *node, bool block)
{
	const char *where = block ? "block" : "template";
	struct definition definition = { 0 };

	if (deeper(parser) || advance(parser) ||
	    parse_name(parser, where, &node->name))
		return -1;
	if (block || parser->token.kind != TOKEN_CLOSE) {
		node->pipe = node_alloc(parser, sizeof(*node->pipe));
		if (parse_pipe(parser, node->pipe, TOKEN_CLOSE))
			return -1;
	}
	node->next_call = parser->calls;
	parser->calls = node;
	if (expect_close(parser, where))
		return -1;
	if (block &&
	    (parse_body(parser, &definition, "block", node->at, false) ||
	     add_definition(parser, node->name, node->at, &definition)))
		return -1;
	parser->depth--;
	return 0;
}

static int parse_plain(struct parser *parser, struct node *node)
{
	node->kind = NODE_ACTION;
	node->pipe = node_alloc(parser, sizeof(*node->pipe));
	if (parse_pipe(parser, node->pipe, TOKEN_CLOSE))
		return -1;
	return expect_close(parser, "action");
}

/* After the opening braces. No node comes of a definition. */
static int parse_action(struct parser *parser, struct node *node, bool *none)
{
	node->at = parser->token.at;
	if (at_word(parser, "if")) {
		node->kind = NODE_IF;
		return parse_control(parser, node, "if");
	}
	if (at_word(parser, "with")) {
		node->kind = NODE_WITH;
		return parse_control(parser, node, "with");
	}
	if (at_word(parser, "range")) {
		node->kind = NODE_RANGE;
		return parse_control(parser, node, "range");
	}
	if (at_word(parser, "break") || at_word(parser, "continue")) {
		node->kind =
			at_word(parser, "break") ? NODE_BREAK : NODE_CONTINUE;
		return parse_jump(parser, node);
	}
	if (at_word(parser, "template") || at_word(parser, "block")) {
		node->kind = NODE_CALL;
		return parse_call(parser, node, at_word(parser, "block"));
	}
	if (at_word(parser, "define")) {
		*none = true;
		return parse_define(parser);
	}
	return parse_plain(parser, node);
}

/* Until {{end}} or {{else}}, whose word is left ahead, or the text's end. */
static int parse_list(struct parser *parser, struct node **list,
		      enum stop *stop)
{
	for (;;) {
		struct node *node;
		bool none = false;

		if (parser->token.kind == TOKEN_END) {
			*stop = STOP_TEXT_END;
			return 0;
		}
		node = node_alloc(parser, sizeof(*node));
		if (parser->token.kind == TOKEN_TEXT) {
			node->kind = NODE_TEXT;
			node->at = parser->token.at;
			node->text = parser->token.text;
			node->len = parser->token.len;
			if (advance(parser))
				return -1;
		} else if (advance(parser)) { /* over the braces */
			return -1;
		} else if (at_word(parser, "end") || at_word(parser, "else")) {
			*stop = at_word(parser, "end") ? STOP_END : STOP_ELSE;
			return 0;
		} else if (parse_action(parser, node, &none)) {
			return -1;
		}
		if (none)
			continue;
		*list = node;
		list = &node->next;
	}
}

static int resolve_calls(struct parser *parser)
{
	for (struct node *call = parser->calls; call; call = call->next_call) {
		call->target = find_definition(parser, call->name);
		if (!call->target)
			return source_fail(&parser->template->source, call->at,
					   parser->err,
					   "template \"%.64s\" not defined",
					   call->name);
	}
	return 0;
}

static int parse_all(struct template *template, struct err *err)
{
	struct parser parser = {
		.template = template,
		.lexer = { .source = &template->source },
		.err = err,
	};

	template->root = arena_alloc(&template->arena, sizeof(*template->root));
	template->root->name = "";
	if (advance(&parser) ||
	    parse_body(&parser, template->root, "text", 0, true))
		return -1;
	return resolve_calls(&parser);
}

struct template *template_parse(const char *text, size_t len, struct err *err)
{
	struct template *template;

	if (len > TEMPLATE_MAX_TEXT) {
		err_set(err, ERR_TOO_BIG, "template over %d KiB",
			TEMPLATE_MAX_TEXT / 1024);
		return NULL;
	}
	template = xcalloc(1, sizeof(*template));
	template->constants = json_array();
	template->source.text = xmalloc(len + 1);
	memcpy(template->source.text, text, len);
	template->source.text[len] = '\0';
	template->source.len = len;
	if (parse_all(template, err)) {
		template_free(template);
		return NULL;
	}
	return template;
}

void template_free(struct template *template)
{
	if (!template)
		return;
	arena_release(&template->arena);
	json_decref(template->constants);
	free(template->source.text);
	free(template);
}
