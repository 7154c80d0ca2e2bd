/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions on regular expressions.
 */
#include <string.h>

#include "template/call.h"
#include "template/regex.h"
#include "template/template.h"
#include "template/utf8.h"

#define WORK_PER_STEP 64

/* One search after another through a text. */
struct search {
	struct call *call;
	struct regex *regex;
	struct text text;
	size_t *spans;
	size_t at;       /* where to look next */
	size_t last_end; /* of the match before; REGEX_NONE: there was none */
};

static void search_release(struct search *search)
{
	regex_free(search->regex);
	free(search->spans);
}

static int no_regex(struct call *call, const struct err *err)
{
	call_fail(call, "%s", err->message);
	call->render->err->code = err->code;
	return -1;
}

/* With the first argument as expression and the second as text. */
static int search_init(struct search *search, struct call *call)
{
	struct text pattern;
	struct err err;

	memset(search, 0, sizeof(*search));
	search->call = call;
	search->last_end = REGEX_NONE;
	if (arg_text(call, 0, &pattern) || arg_text(call, 1, &search->text) ||
	    call_spend(call, pattern.len / 4))
		return -1;
	search->regex = regex_new(pattern.base, pattern.len, &err);
	if (!search->regex)
		return no_regex(call, &err);
	if (call_spend(call, regex_size(search->regex) / 8))
		return -1;
	search->spans = xcalloc(REGEX_SPANS(regex_groups(search->regex)),
				sizeof(size_t));
	return 0;
}

/* 1: there is one, 0: there is none, -1: it is too much work. */
static int search_from(struct search *search, size_t from)
{
	struct call *call = search->call;
	struct regex_text text = { search->text.base, search->text.len, from };
	size_t most =
		(TEMPLATE_MAX_STEPS - call->render->steps + 1) * WORK_PER_STEP;
	size_t budget = most;
	enum regex_result result =
		regex_match(search->regex, &text, search->spans, &budget);

	if (call_spend(call, (most - budget) / WORK_PER_STEP))
		return -1;
	if (result == REGEX_TOO_MUCH) {
		call_fail(call, "it takes too long");
		return -1;
	}
	return result == REGEX_MATCH;
}

static void skip_char(struct search *search)
{
	uint32_t code;

	search->at += search->at < search->text.len
			      ? utf8_next(search->text.base + search->at,
					  search->text.len - search->at, &code)
			      : 1;
}

/* The next match. One of nothing right behind another does not count. */
static int search_next(struct search *search)
{
	while (search->at <= search->text.len) {
		int status = search_from(search, search->at);
		bool stale;

		if (status != 1)
			return status;
		stale = search->spans[1] == search->spans[0] &&
			search->spans[0] == search->last_end;
		search->at = search->spans[1];
		search->last_end = search->spans[1];
		if (search->spans[1] == search->spans[0])
			skip_char(search);
		if (!stale)
			return 1;
	}
	return 0;
}

static const json_t *call_must_match(struct call *call)
{
	CLEANUP(search_release) struct search search;
	int status;

	if (search_init(&search, call))
		return NULL;
	status = search_next(&search);
	return status < 0 ? NULL : give_bool(status);
}

/* What is no expression matches nothing; what we do not offer is an error. */
static const json_t *call_match(struct call *call)
{
	struct err before = *call->render->err;
	const json_t *found = call_must_match(call);
	bool both =
		json_is_string(call->args[0]) && json_is_string(call->args[1]);

	if (found || !both || call->render->err->code != ERR_INVALID)
		return found;
	*call->render->err = before;
	return json_false();
}

static const json_t *call_find(struct call *call)
{
	CLEANUP(search_release) struct search search;
	int status;

	if (search_init(&search, call))
		return NULL;
	status = search_next(&search);
	if (status < 0)
		return NULL;
	if (status == 0)
		return give_string(call, "", 0);
	return give_string(call, search.text.base + search.spans[0],
			   search.spans[1] - search.spans[0]);
}

/* So many matches at most; all for a negative count. */
static const json_t *call_find_all(struct call *call)
{
	CLEANUP(search_release) struct search search;
	AUTO_JSON json_t *found = json_array();
	json_int_t most;
	int status = 1;

	if (search_init(&search, call) || arg_int(call, 2, &most))
		return NULL;
	while (status == 1 &&
	       (most < 0 || (json_int_t)json_array_size(found) < most)) {
		status = search_next(&search);
		if (status < 0)
			return NULL;
		if (status == 1)
			list_append_text(found,
					 search.text.base + search.spans[0],
					 search.spans[1] - search.spans[0]);
		if (json_array_size(found) > LIST_MAX)
			break;
	}
	return give_tree(call, take_ptr(found));
}

/* The name after a $: $1, $name, ${name}. 0: it is none, the $ is a $. */
static size_t read_name(const char *at, size_t left, struct text *name)
{
	bool braces = left > 1 && at[1] == '{';
	size_t from = braces ? 2 : 1;
	size_t n = from;

	while (n < left && (at[n] == '_' || (at[n] >= '0' && at[n] <= '9') ||
			    ((at[n] | 32) >= 'a' && (at[n] | 32) <= 'z')))
		n++;
	*name = (struct text){ at + from, n - from };
	if (n == from || (braces && (n == left || at[n] != '}')))
		return 0;
	return n + braces;
}

/* A number, or the name of a group; none of ours is nothing. */
static size_t group_of(const struct search *search, const struct text *name)
{
	size_t number = 0;

	for (size_t i = 0; i < name->len; i++) {
		if (name->base[i] < '0' || name->base[i] > '9' ||
		    (i && name->base[0] == '0') || number > 100000)
			return regex_group(search->regex, name->base, name->len,
					   search->spans);
		number = number * 10 + (size_t)(name->base[i] - '0');
	}
	return number < regex_groups(search->regex) ? number : REGEX_NONE;
}

static void expand(struct buf *out, const struct search *search,
		   const struct text *with)
{
	for (size_t i = 0; i < with->len && !out->overflow;) {
		const char *at = with->base + i;
		size_t left = with->len - i;
		struct text name;
		size_t n = *at == '$' ? read_name(at, left, &name) : 0;
		size_t group = n ? group_of(search, &name) : REGEX_NONE;

		if (*at == '$' && left > 1 && at[1] == '$')
			n = 2;
		if (n == 2 && at[1] == '$')
			buf_addc(out, '$');
		else if (!n)
			buf_addc(out, *at);
		else if (group != REGEX_NONE &&
			 search->spans[2 * group + 1] != REGEX_NONE)
			buf_add(out,
				search->text.base + search->spans[2 * group],
				search->spans[2 * group + 1] -
					search->spans[2 * group]);
		i += n ? n : 1;
	}
}

static const json_t *replace(struct call *call, bool literal)
{
	CLEANUP(search_release) struct search search;
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text with;
	size_t copied = 0;
	int status;

	if (search_init(&search, call) || arg_text(call, 2, &with))
		return NULL;
	while ((status = search_next(&search)) == 1 && !out.overflow) {
		buf_add(&out, search.text.base + copied,
			search.spans[0] - copied);
		if (literal)
			buf_add(&out, with.base, with.len);
		else
			expand(&out, &search, &with);
		copied = search.spans[1];
		if (call_spend(call, 1 + with.len / 64))
			return NULL;
	}
	if (status < 0)
		return NULL;
	buf_add(&out, search.text.base + copied, search.text.len - copied);
	return give_text(call, &out);
}

static const json_t *call_replace_all(struct call *call)
{
	return replace(call, false);
}

static const json_t *call_replace_literal(struct call *call)
{
	return replace(call, true);
}

/* What is between the matches: so many parts at most, the last the rest. */
static int split(struct search *search, json_int_t most, json_t *parts)
{
	size_t from = 0;
	size_t end = 0;
	int status = 0;

	while (most < 0 || (json_int_t)json_array_size(parts) + 1 < most) {
		status = search_next(search);
		if (status != 1 || json_array_size(parts) > LIST_MAX)
			break;
		end = search->spans[0];
		if (search->spans[1] != 0)
			list_append_text(parts, search->text.base + from,
					 end - from);
		from = search->spans[1];
	}
	if (end != search->text.len)
		list_append_text(parts, search->text.base + from,
				 search->text.len - from);
	return status < 0 ? -1 : 0;
}

static const json_t *call_split(struct call *call)
{
	CLEANUP(search_release) struct search search;
	AUTO_JSON json_t *parts = json_array();
	json_int_t most;

	if (search_init(&search, call) || arg_int(call, 2, &most))
		return NULL;
	if (!search.text.len && most && json_string_length(call->args[0]))
		list_append_text(parts, "", 0);
	else if (most && split(&search, most, parts))
		return NULL;
	return give_tree(call, take_ptr(parts));
}

static const json_t *call_quote_meta(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		if (text.base[i] && strchr("\\.+*?()|[]{}^$", text.base[i]))
			buf_addc(&out, '\\');
		buf_addc(&out, text.base[i]);
	}
	return give_text(call, &out);
}

const struct func *func_regex(size_t *n)
{
	static const struct func table[] = {
		{ "regexMatch", 2, 2, call_match, FUNC_PLAIN },
		{ "mustRegexMatch", 2, 2, call_must_match, FUNC_PLAIN },
		{ "regexFind", 2, 2, call_find, FUNC_PLAIN },
		{ "mustRegexFind", 2, 2, call_find, FUNC_PLAIN },
		{ "regexFindAll", 3, 3, call_find_all, FUNC_PLAIN },
		{ "mustRegexFindAll", 3, 3, call_find_all, FUNC_PLAIN },
		{ "regexReplaceAll", 3, 3, call_replace_all, FUNC_PLAIN },
		{ "mustRegexReplaceAll", 3, 3, call_replace_all, FUNC_PLAIN },
		{ "regexReplaceAllLiteral", 3, 3, call_replace_literal,
		  FUNC_PLAIN },
		{ "mustRegexReplaceAllLiteral", 3, 3, call_replace_literal,
		  FUNC_PLAIN },
		{ "regexSplit", 3, 3, call_split, FUNC_PLAIN },
		{ "mustRegexSplit", 3, 3, call_split, FUNC_PLAIN },
		{ "regexQuoteMeta", 1, 1, call_quote_meta, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
