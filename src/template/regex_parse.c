/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax, in recursive descent:
 *
 *	alternate = concat { "|" concat }
 *	concat    = { repeat }
 *	repeat    = term [ ("*" | "+" | "?" | "{" n [ "," [m] ] "}") ["?"] ]
 *	term      = char | "." | "[" class "]" | "\" escape | "^" | "$"
 *	          | "(" [ "?" flags-or-name ] alternate ")" | "(?" flags ")"
 */
#include <string.h>

#include "base/mem.h"
#include "template/regex_node.h"
#include "template/utf8.h"

struct flags {
	bool fold;
	bool lines;   /* ^ and $ at each line */
	bool all;     /* . takes a line end */
	bool swapped; /* greedy and lazy */
};

struct parser {
	struct regex *regex;
	const char *at;
	const char *end;
	struct flags flags;
	size_t depth;
	bool quoted; /* between \Q and \E */
	struct err *err;
};

static struct regex_node *parse_alternate(struct parser *parser);

static struct regex_node *fail(struct parser *parser, const char *why)
{
	err_set(parser->err, ERR_INVALID, "regular expression: %s", why);
	return NULL;
}

static struct regex_node *make(struct parser *parser, enum regex_kind kind)
{
	struct regex_node *node =
		arena_alloc(&parser->regex->arena, sizeof(*node));

	node->kind = kind;
	return node;
}

static bool ahead(const struct parser *parser, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(parser->end - parser->at) >= n &&
	       memcmp(parser->at, what, n) == 0;
}

static bool take(struct parser *parser, const char *what)
{
	if (!ahead(parser, what))
		return false;
	parser->at += strlen(what);
	return true;
}

static uint32_t next_char(struct parser *parser)
{
	uint32_t code;

	parser->at += utf8_next(parser->at, (size_t)(parser->end - parser->at),
				&code);
	return code;
}

static struct regex_node *make_char(struct parser *parser, uint32_t code)
{
	struct regex_node *node = make(parser, REGEX_CHAR);

	node->fold = parser->flags.fold;
	node->code = node->fold ? regex_fold(code) : code;
	return node;
}

static struct regex_node *make_assert(struct parser *parser,
				      enum regex_assert assertion)
{
	struct regex_node *node = make(parser, REGEX_ASSERT);

	node->assertion = assertion;
	return node;
}

/* The class is the expression's from now on. */
static struct regex_node *make_class(struct parser *parser,
				     struct regex_class *class)
{
	struct regex *regex = parser->regex;
	struct regex_node *node = make(parser, REGEX_CLASS);

	regex_class_tidy(class);
	class->fold = parser->flags.fold;
	regex->classes =
		xrealloc(regex->classes,
			 (regex->n_classes + 1) * sizeof(*regex->classes));
	node->class = regex->n_classes;
	regex->classes[regex->n_classes++] = *class;
	return node;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* \x7f or \x{10ffff}, from the x on. */
static bool take_hex(struct parser *parser, uint32_t *code)
{
	bool braces;
	size_t n = 0;

	parser->at++;
	braces = take(parser, "{");
	*code = 0;
	for (; parser->at < parser->end; parser->at++, n++) {
		int digit = hex_digit(*parser->at);

		if (digit < 0 || (!braces && n == 2) || *code > 0x10ffff)
			break;
		*code = *code * 16 + (uint32_t)digit;
	}
	if (*code > 0x10ffff)
		return false;
	return braces ? n > 0 && take(parser, "}") : n == 2;
}

static void take_octal(struct parser *parser, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 3 && parser->at < parser->end; i++) {
		if (*parser->at < '0' || *parser->at > '7')
			break;
		*code = *code * 8 + (uint32_t)(*parser->at++ - '0');
	}
}

/* One character, after the backslash. False: there is no such escape. */
static bool take_escape(struct parser *parser, uint32_t *code)
{
	static const char plain[] = "afnrtv";
	static const char meant[] = "\a\f\n\r\t\v";
	size_t left = (size_t)(parser->end - parser->at);
	const char *known;
	char c;

	if (!left)
		return false;
	c = *parser->at;
	if (c == 'x')
		return take_hex(parser, code);
	/* One digit other than 0 would be a reference to a group. */
	if (c == '0' || (c >= '1' && c <= '7' && left > 1 &&
			 parser->at[1] >= '0' && parser->at[1] <= '7')) {
		take_octal(parser, code);
		return true;
	}
	known = c ? strchr(plain, c) : NULL;
	if (known)
		*code = (uint32_t)meant[known - plain];
	else if ((unsigned char)c >= 128 || (c >= '0' && c <= '9') ||
		 ((c | 32) >= 'a' && (c | 32) <= 'z'))
		return false;
	else
		*code = (unsigned char)c;
	parser->at++;
	return true;
}

/* Adds what is in it, or for a negated one what is not. */
static bool add_named(struct parser *parser, struct regex_class *class,
		      const char *name, size_t len, bool negated)
{
	struct regex_class named = { 0 };
	bool known = regex_class_named(&named, name, len);

	if (parser->flags.fold)
		regex_class_close(&named);
	if (negated)
		regex_class_add_others(class, &named);
	for (size_t i = 0; !negated && i < named.n; i++)
		regex_class_add(class, named.ranges[i].first,
				named.ranges[i].last);
	regex_class_release(&named);
	return known;
}

/* \d and its like, in or out of brackets. */
static bool take_perl_class(struct parser *parser, struct regex_class *class)
{
	char small;

	if (parser->end - parser->at < 2 || *parser->at != '\\' ||
	    !parser->at[1] || !strchr("dswDSW", parser->at[1]))
		return false;
	small = (char)(parser->at[1] | 32);
	add_named(parser, class, &small, 1, small != parser->at[1]);
	parser->at += 2;
	return true;
}

static bool is_unicode_class(const struct parser *parser)
{
	return ahead(parser, "\\p") || ahead(parser, "\\P");
}

static struct regex_node *no_unicode(struct parser *parser)
{
	err_set(parser->err, ERR_UNSUPPORTED,
		"regular expression: classes of Unicode (\\p) are not offered");
	return NULL;
}

/* [:alpha:] or [:^alpha:]; 0: it is not that, -1: no such class. */
static int take_posix_class(struct parser *parser, struct regex_class *class)
{
	const char *name = parser->at + 2;
	const char *end;
	bool negated;

	if (!ahead(parser, "[:"))
		return 0;
	end = memmem(name, (size_t)(parser->end - name), ":]", 2);
	if (!end)
		return 0;
	negated = name < end && *name == '^';
	name += negated;
	if (end - name < 2 ||
	    !add_named(parser, class, name, (size_t)(end - name), negated))
		return -1;
	parser->at = end + 2;
	return 1;
}

static bool take_class_char(struct parser *parser, uint32_t *code)
{
	if (parser->at >= parser->end)
		return false;
	if (take(parser, "\\"))
		return take_escape(parser, code);
	*code = next_char(parser);
	return true;
}

static bool take_range(struct parser *parser, struct regex_class *class)
{
	uint32_t first;
	uint32_t last;

	if (!take_class_char(parser, &first))
		return false;
	last = first;
	if (parser->end - parser->at >= 2 && parser->at[0] == '-' &&
	    parser->at[1] != ']') {
		parser->at++;
		if (!take_class_char(parser, &last) || last < first)
			return false;
	}
	regex_class_add(class, first, last);
	return true;
}

/* After the opening bracket. */
static struct regex_node *parse_class(struct parser *parser)
{
	CLEANUP(regex_class_release) struct regex_class class = { 0 };
	struct regex_node *node;

	class.negated = take(parser, "^");
	for (bool first = true; first || !ahead(parser, "]"); first = false) {
		int posix = take_posix_class(parser, &class);

		if (posix < 0)
			return fail(parser, "unknown class of characters");
		if (is_unicode_class(parser))
			return no_unicode(parser);
		if (posix || take_perl_class(parser, &class))
			continue;
		if (parser->at >= parser->end)
			return fail(parser, "missing ]");
		if (!take_range(parser, &class))
			return fail(parser, "invalid range of characters");
	}
	parser->at++;
	node = make_class(parser, &class);
	class = (struct regex_class){ 0 };
	return node;
}

static struct regex_node *parse_escape(struct parser *parser)
{
	static const struct {
		const char *text;
		enum regex_assert assertion;
	} assertions[] = {
		{ "\\A", REGEX_TEXT_START },
		{ "\\z", REGEX_TEXT_END },
		{ "\\b", REGEX_WORD_EDGE },
		{ "\\B", REGEX_NO_WORD_EDGE },
	};
	struct regex_class class = { 0 };
	uint32_t code;

	for (size_t i = 0; i < ARRAY_LEN(assertions); i++)
		if (take(parser, assertions[i].text))
			return make_assert(parser, assertions[i].assertion);
	if (is_unicode_class(parser))
		return no_unicode(parser);
	if (take_perl_class(parser, &class))
		return make_class(parser, &class);
	parser->at++;
	if (!take_escape(parser, &code))
		return fail(parser, "invalid escape");
	return make_char(parser, code);
}

static struct regex_node *parse_group_body(struct parser *parser,
					   struct regex_node *group)
{
	struct flags flags = parser->flags;
	struct regex_node *body;

	if (parser->depth >= REGEX_MAX_DEPTH) {
		err_set(parser->err, ERR_TOO_BIG,
			"regular expression: nested over %d levels",
			REGEX_MAX_DEPTH);
		return NULL;
	}
	parser->depth++;
	body = parse_alternate(parser);
	parser->depth--;
	if (!body)
		return NULL;
	if (!take(parser, ")"))
		return fail(parser, "missing )");
	parser->flags = flags;
	if (!group)
		return body;
	group->first = body;
	return group;
}

static struct regex_node *make_group(struct parser *parser, const char *name,
				     size_t len)
{
	struct regex *regex = parser->regex;
	struct regex_node *group = make(parser, REGEX_GROUP);

	regex->names = xrealloc(regex->names,
				(regex->n_groups + 1) * sizeof(*regex->names));
	regex->names[regex->n_groups] = name ? xstrndup(name, len) : NULL;
	group->group = regex->n_groups++;
	return group;
}

/* After (?< or (?P<. */
static struct regex_node *parse_named(struct parser *parser)
{
	const char *name = parser->at;
	const char *end = memchr(name, '>', (size_t)(parser->end - name));
	size_t len = end ? (size_t)(end - name) : 0;

	for (size_t i = 0; i < len; i++)
		if (name[i] != '_' && (name[i] < '0' || name[i] > '9') &&
		    ((name[i] | 32) < 'a' || (name[i] | 32) > 'z'))
			return fail(parser, "invalid name of a group");
	if (!len)
		return fail(parser, "no name of a group");
	parser->at = end + 1;
	return parse_group_body(parser, make_group(parser, name, len));
}

static bool set_flag(struct flags *flags, char c, bool value)
{
	switch (c) {
	case 'i':
		flags->fold = value;
		return true;
	case 'm':
		flags->lines = value;
		return true;
	case 's':
		flags->all = value;
		return true;
	case 'U':
		flags->swapped = value;
		return true;
	default:
		return false;
	}
}

/*
 * After (? come flags for the group that follows, or for the rest of this
 * one: then *node stays NULL.
 */
static int parse_flags(struct parser *parser, struct regex_node **node)
{
	struct flags outer = parser->flags;
	struct flags flags = outer;
	bool value = true;
	bool any = false;

	for (; parser->at < parser->end; parser->at++) {
		char c = *parser->at;

		if (c == '-' && value) {
			value = false;
			any = false;
		} else if (set_flag(&flags, c, value)) {
			any = true;
		} else {
			break;
		}
	}
	parser->flags = flags;
	if (take(parser, ")"))
		return value || any ? 0 : (fail(parser, "no flag after -"), -1);
	if ((!value && !any) || !take(parser, ":")) {
		fail(parser, "unknown kind of group");
		return -1;
	}
	*node = parse_group_body(parser, NULL);
	parser->flags = outer;
	return *node ? 0 : -1;
}

static int parse_group(struct parser *parser, struct regex_node **node)
{
	if (take(parser, "?P<") || take(parser, "?<"))
		*node = parse_named(parser);
	else if (take(parser, "?"))
		return parse_flags(parser, node);
	else
		*node = parse_group_body(parser, make_group(parser, NULL, 0));
	return *node ? 0 : -1;
}

static struct regex_node *parse_plain(struct parser *parser)
{
	const struct flags *flags = &parser->flags;

	if (!parser->quoted) {
		if (take(parser, "."))
			return make(parser,
				    flags->all ? REGEX_ANY : REGEX_LINE);
		if (take(parser, "["))
			return parse_class(parser);
		if (take(parser, "^"))
			return make_assert(parser, flags->lines
							   ? REGEX_LINE_START
							   : REGEX_TEXT_START);
		if (take(parser, "$"))
			return make_assert(parser, flags->lines
							   ? REGEX_LINE_END
							   : REGEX_TEXT_END);
		if (ahead(parser, "\\"))
			return parse_escape(parser);
	}
	return make_char(parser, next_char(parser));
}

/* *node stays NULL where something stands that matches nothing by itself. */
static int parse_term(struct parser *parser, struct regex_node **node)
{
	*node = NULL;
	if (parser->quoted && take(parser, "\\E")) {
		parser->quoted = false;
		return 0;
	}
	if (!parser->quoted && take(parser, "\\Q")) {
		parser->quoted = true;
		return 0;
	}
	if (!parser->quoted && take(parser, "("))
		return parse_group(parser, node);
	*node = parse_plain(parser);
	return *node ? 0 : -1;
}

/* Go wants no leading zeros here, and calls what has them plain text. */
static bool take_count(struct parser *parser, int *count)
{
	const char *from = parser->at;

	*count = 0;
	for (; parser->at < parser->end; parser->at++) {
		if (*parser->at < '0' || *parser->at > '9')
			break;
		if (*count <= REGEX_MAX_REPEAT)
			*count = *count * 10 + (*parser->at - '0');
	}
	return parser->at > from && (*from != '0' || parser->at == from + 1);
}

/* {2}, {2,} or {2,3}; false: it is no such thing, and nothing is taken. */
static bool take_counts(struct parser *parser, int *least, int *most)
{
	const char *from = parser->at;

	if (take(parser, "{") && take_count(parser, least)) {
		*most = *least;
		if (!take(parser, ","))
			return take(parser, "}") || (parser->at = from, false);
		if (take(parser, "}")) {
			*most = REGEX_FOREVER;
			return true;
		}
		if (take_count(parser, most) && take(parser, "}"))
			return true;
	}
	parser->at = from;
	return false;
}

static bool take_repeat(struct parser *parser, int *least, int *most)
{
	if (parser->quoted)
		return false;
	*least = 0;
	*most = REGEX_FOREVER;
	if (take(parser, "*"))
		return true;
	if (take(parser, "+")) {
		*least = 1;
		return true;
	}
	if (take(parser, "?")) {
		*most = 1;
		return true;
	}
	return take_counts(parser, least, most);
}

/* Whether counts inside of counts make no more than so many copies. */
static bool few_copies(const struct regex_node *node, int copies)
{
	if (node->kind == REGEX_REPEAT) {
		int n = node->most < 0 ? node->least : node->most;

		if (n > copies)
			return false;
		if (n > 0)
			copies /= n;
		else if (node->most == 0)
			return true;
	}
	for (const struct regex_node *at = node->first; at; at = at->next)
		if (!few_copies(at, copies))
			return false;
	return true;
}

static struct regex_node *repeat(struct parser *parser, struct regex_node *what,
				 int least, int most)
{
	struct regex_node *node = make(parser, REGEX_REPEAT);

	if (least > REGEX_MAX_REPEAT || most > REGEX_MAX_REPEAT ||
	    (most >= 0 && least > most))
		return fail(parser, "invalid count of repetitions");
	node->first = what;
	node->least = least;
	node->most = most;
	node->lazy = take(parser, "?") != parser->flags.swapped;
	if ((least > 1 || most > 1) && !few_copies(node, REGEX_MAX_REPEAT))
		return fail(parser, "too many repetitions");
	return node;
}

static struct regex_node *parse_concat(struct parser *parser)
{
	struct regex_node *concat = make(parser, REGEX_CONCAT);
	struct regex_node **last = NULL; /* the link to it */
	struct regex_node **tail = &concat->first;
	bool after_repeat = false;

	while (parser->at < parser->end &&
	       (parser->quoted || (*parser->at != '|' && *parser->at != ')'))) {
		struct regex_node *node;
		int least;
		int most;

		if (take_repeat(parser, &least, &most)) {
			if (!last || after_repeat)
				return fail(parser,
					    after_repeat ? "two repetitions"
							 : "nothing to repeat");
			node = repeat(parser, *last, least, most);
			if (!node)
				return NULL;
			*last = node;
			tail = &node->next;
			after_repeat = true;
			continue;
		}
		after_repeat = false;
		if (parse_term(parser, &node))
			return NULL;
		if (!node)
			continue;
		*tail = node;
		last = tail;
		tail = &node->next;
	}
	return concat;
}

static struct regex_node *parse_alternate(struct parser *parser)
{
	struct regex_node *node = make(parser, REGEX_ALTERNATE);
	struct regex_node **tail = &node->first;

	do {
		*tail = parse_concat(parser);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	} while (take(parser, "|"));
	return node;
}

int regex_parse(struct regex *regex, const char *pattern, size_t len,
		struct err *err)
{
	struct parser parser = {
		.regex = regex,
		.at = pattern,
		.end = pattern + len,
		.err = err,
	};
	struct regex_node *whole = make_group(&parser, NULL, 0);

	if (len > REGEX_MAX_PATTERN)
		return err_set(err, ERR_TOO_BIG,
			       "regular expression: over %d bytes",
			       REGEX_MAX_PATTERN);
	if (!utf8_valid(pattern, len))
		return err_set(err, ERR_INVALID,
			       "regular expression: invalid UTF-8");
	whole->first = parse_alternate(&parser);
	if (!whole->first)
		return -1;
	if (parser.at < parser.end) {
		fail(&parser, "unexpected )");
		return -1;
	}
	regex->root = whole;
	return 0;
}
