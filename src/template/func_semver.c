/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantic versions, read as leniently as Sprig's library does: "v1" and
 * "1.2" are versions, and constraints know ranges and wildcards.
 */
#include <string.h>

#include "template/call.h"

struct version {
	uint64_t numbers[3]; /* major, minor, patch */
	struct text pre;
	struct text metadata;
};

enum relation {
	OP_EQUAL,
	OP_NOT,
	OP_GREATER,
	OP_LESS,
	OP_AT_LEAST,
	OP_AT_MOST,
	OP_TILDE,
	OP_CARET,
};

/* A version with an operator before it, and perhaps wildcards in it. */
struct constraint {
	enum relation relation;
	struct version version;
	size_t n_given; /* of its numbers: the others are free */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_part(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-';
}

static void skip_blanks(struct text *in)
{
	while (in->len && strchr(" \t\n\f\r", *in->base) && *in->base) {
		in->base++;
		in->len--;
	}
}

static bool take(struct text *in, const char *what)
{
	size_t n = strlen(what);

	if (in->len < n || memcmp(in->base, what, n) != 0)
		return false;
	in->base += n;
	in->len -= n;
	return true;
}

static bool take_number(struct text *in, uint64_t *number)
{
	size_t n = 0;

	*number = 0;
	for (; n < in->len && is_digit(in->base[n]); n++) {
		uint64_t digit = (uint64_t)(in->base[n] - '0');

		if (*number > (INT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	in->base += n;
	in->len -= n;
	return n > 0;
}

/* "alpha.1"; whether numbers in it may begin with 0 is the caller's matter. */
static bool take_parts(struct text *in, struct text *parts)
{
	size_t n = 0;

	while (n < in->len && is_part(in->base[n])) {
		while (n < in->len && is_part(in->base[n]))
			n++;
		if (n + 1 < in->len && in->base[n] == '.' &&
		    is_part(in->base[n + 1]))
			n++;
	}
	*parts = (struct text){ in->base, n };
	in->base += n;
	in->len -= n;
	return n > 0;
}

static bool good_pre(const struct text *pre)
{
	for (size_t i = 0; i < pre->len;) {
		size_t n = 0;
		bool number = true;

		for (; i + n < pre->len && pre->base[i + n] != '.'; n++)
			number = number && is_digit(pre->base[i + n]);
		if (number && n > 1 && pre->base[i] == '0')
			return false;
		i += n + 1;
	}
	return true;
}

/* What may follow the numbers: -pre, then +metadata. */
static bool take_rest(struct text *in, struct version *version)
{
	struct text before = *in;

	if (take(in, "-") && !take_parts(in, &version->pre))
		*in = before;
	before = *in;
	if (take(in, "+") && !take_parts(in, &version->metadata))
		*in = before;
	return good_pre(&version->pre);
}

static bool parse_version(struct text in, struct version *version)
{
	*version = (struct version){ .pre = { "", 0 }, .metadata = { "", 0 } };
	take(&in, "v");
	if (!take_number(&in, &version->numbers[0]))
		return false;
	for (size_t i = 1; i < 3 && take(&in, "."); i++)
		if (!take_number(&in, &version->numbers[i]))
			return false;
	return take_rest(&in, version) && !in.len;
}

static struct text next_part(struct text *parts)
{
	const char *dot = memchr(parts->base, '.', parts->len);
	struct text part = { parts->base,
			     dot ? (size_t)(dot - parts->base) : parts->len };

	parts->base += part.len + (dot != NULL);
	parts->len -= part.len + (dot != NULL);
	return part;
}

static bool all_digits(const struct text *part)
{
	for (size_t i = 0; i < part->len; i++)
		if (!is_digit(part->base[i]))
			return false;
	return part->len > 0;
}

static int compare_texts(const struct text *a, const struct text *b)
{
	int order = memcmp(a->base, b->base, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Numbers by value, and before words. */
static int compare_part(const struct text *a, const struct text *b)
{
	bool x = all_digits(a);
	bool y = all_digits(b);

	if (x != y)
		return x ? -1 : 1;
	if (x && a->len != b->len)
		return a->len > b->len ? 1 : -1;
	return compare_texts(a, b);
}

/* A version without is the later one. */
static int compare_pre(struct text a, struct text b)
{
	if (!a.len || !b.len)
		return (b.len != 0) - (a.len != 0);
	while (a.len && b.len) {
		struct text x = next_part(&a);
		struct text y = next_part(&b);
		int order = compare_part(&x, &y);

		if (order)
			return order;
	}
	return (a.len != 0) - (b.len != 0);
}

static int compare(const struct version *a, const struct version *b)
{
	for (size_t i = 0; i < 3; i++)
		if (a->numbers[i] != b->numbers[i])
			return a->numbers[i] > b->numbers[i] ? 1 : -1;
	return compare_pre(a->pre, b->pre);
}

/* Whether the first n numbers are the same. */
static bool same(const struct version *a, const struct version *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a->numbers[i] != b->numbers[i])
			return false;
	return true;
}

static bool check_not(const struct version *version,
		      const struct constraint *constraint)
{
	size_t n = constraint->n_given;

	if (n == 3)
		return compare(version, &constraint->version) != 0;
	if (!same(version, &constraint->version, n ? n : 1))
		return true;
	if (n == 2 && (version->pre.len || constraint->version.pre.len))
		return compare_pre(version->pre, constraint->version.pre) != 0;
	return n == 0 && !same(version, &constraint->version, 3);
}

/* >1.2 begins with 1.3. */
static bool check_greater(const struct version *version,
			  const struct constraint *constraint)
{
	const struct version *than = &constraint->version;
	size_t n = constraint->n_given;

	if (n == 0 || n == 3)
		return compare(version, than) > 0;
	for (size_t i = 0; i < n; i++)
		if (version->numbers[i] != than->numbers[i])
			return version->numbers[i] > than->numbers[i];
	return false;
}

/* <=1.2 has all of 1.2. */
static bool check_at_most(const struct version *version,
			  const struct constraint *constraint)
{
	const struct version *than = &constraint->version;
	size_t n = constraint->n_given;

	if (n == 3)
		return compare(version, than) <= 0;
	for (size_t i = 0; i < (n == 1 ? 1 : 2); i++)
		if (version->numbers[i] != than->numbers[i])
			return version->numbers[i] < than->numbers[i];
	return true;
}

/* ~1.2.3 is >=1.2.3 and 1.2; ~1 is 1; ~0.0.0 and ~* are all. */
static bool check_tilde(const struct version *version,
			const struct constraint *constraint)
{
	static const struct version zero = { .pre = { "", 0 } };
	size_t n = constraint->n_given;

	if (compare(version, &constraint->version) < 0)
		return false;
	if ((n == 0 || n == 3) && same(&constraint->version, &zero, 3))
		return true;
	return same(version, &constraint->version, n == 1 ? 1 : 2);
}

/* ^1.2.3 is >=1.2.3 and 1; the first number that is not 0 may not change. */
static bool check_caret(const struct version *version,
			const struct constraint *constraint)
{
	const struct version *from = &constraint->version;
	size_t n = 1;

	if (compare(version, from) < 0)
		return false;
	while (n < constraint->n_given && !from->numbers[n - 1])
		n++;
	return constraint->n_given == 0 ? same(version, from, 3)
					: same(version, from, n);
}

static bool check(const struct version *version,
		  const struct constraint *constraint)
{
	const struct version *than = &constraint->version;

	/* Whoever does not ask for a version before 1.0 does not want it. */
	if (version->pre.len && !than->pre.len &&
	    (constraint->relation != OP_NOT || constraint->n_given < 3))
		return false;
	switch (constraint->relation) {
	case OP_NOT:
		return check_not(version, constraint);
	case OP_GREATER:
		return check_greater(version, constraint);
	case OP_LESS:
		return compare(version, than) < 0;
	case OP_AT_LEAST:
		return compare(version, than) >= 0;
	case OP_AT_MOST:
		return check_at_most(version, constraint);
	case OP_TILDE:
		return check_tilde(version, constraint);
	case OP_CARET:
		return check_caret(version, constraint);
	default:
		return constraint->n_given < 3
			       ? check_tilde(version, constraint)
			       : compare(version, than) == 0;
	}
}

static enum relation take_relation(struct text *in, bool *any)
{
	static const struct {
		const char *text;
		enum relation relation;
	} relations[] = {
		{ "!=", OP_NOT },      { ">=", OP_AT_LEAST },
		{ "=>", OP_AT_LEAST }, { "<=", OP_AT_MOST },
		{ "=<", OP_AT_MOST },  { "~>", OP_TILDE },
		{ "~", OP_TILDE },     { "^", OP_CARET },
		{ ">", OP_GREATER },   { "<", OP_LESS },
		{ "=", OP_EQUAL },
	};

	*any = true;
	for (size_t i = 0; i < ARRAY_LEN(relations); i++)
		if (take(in, relations[i].text))
			return relations[i].relation;
	*any = false;
	return OP_EQUAL;
}

/* "1.2.x-rc.1": what follows a wildcard is free, whatever it says. */
static bool take_wild(struct text *in, struct constraint *constraint)
{
	struct version *version = &constraint->version;
	bool wild = false;

	*version = (struct version){ .pre = { "", 0 }, .metadata = { "", 0 } };
	constraint->n_given = 0;
	take(in, "v");
	for (size_t i = 0; i < 3; i++) {
		struct text before = *in;
		uint64_t number = 0;

		if (i && !take(in, "."))
			break;
		if (take(in, "x") || take(in, "X") || take(in, "*")) {
			wild = true;
		} else if (!take_number(in, &number)) {
			*in = before;
			if (!i)
				return false;
			break;
		}
		if (!wild) {
			version->numbers[i] = number;
			constraint->n_given = i + 1;
		}
	}
	return take_rest(in, version);
}

/* "- 2.0" after the first end of a range. */
static bool take_range_end(struct text *in, struct constraint *constraint)
{
	struct text before = *in;

	skip_blanks(in);
	if (in->base > before.base && take(in, "-") && in->len &&
	    strchr(" \t\n\f\r", *in->base)) {
		skip_blanks(in);
		if (take_wild(in, constraint))
			return true;
	}
	*in = before;
	return false;
}

/* One constraint, or the two of a range; -1: it is none. */
static int check_next(struct text *in, const struct version *version)
{
	struct constraint constraint;
	struct constraint end = { .relation = OP_AT_MOST };
	bool any;

	skip_blanks(in);
	constraint.relation = take_relation(in, &any);
	skip_blanks(in);
	if (!take_wild(in, &constraint))
		return -1;
	if (!any && take_range_end(in, &end)) {
		constraint.relation = OP_AT_LEAST;
		return check(version, &constraint) && check(version, &end);
	}
	return check(version, &constraint);
}

/* All of those up to a || or the end. */
static int check_all(struct text *in, const struct version *version)
{
	bool all = true;

	for (;;) {
		int status = check_next(in, version);
		const char *before = in->base;

		if (status < 0)
			return -1;
		all = all && status;
		skip_blanks(in);
		if (!in->len ||
		    (in->len > 1 && in->base[0] == '|' && in->base[1] == '|'))
			return all;
		if (!take(in, ",") && in->base == before)
			return -1;
	}
}

static const json_t *call_semver_compare(struct call *call)
{
	struct version version;
	struct text in;
	struct text text;
	bool any = false;

	if (arg_text(call, 0, &in) || arg_text(call, 1, &text))
		return NULL;
	if (!parse_version(text, &version))
		return call_fail(call, "\"%.64s\" is no semantic version",
				 text.base);
	do {
		int status = check_all(&in, &version);

		if (status < 0)
			return call_fail(call, "improper constraint: %.64s",
					 json_string_value(call->args[0]));
		any = any || status;
	} while (take(&in, "||"));
	return give_bool(any);
}

static void put(json_t *map, const char *key, const struct text *text)
{
	json_object_set_new(map, key,
			    json_stringn_nocheck(text->base, text->len));
}

/* A map, where Sprig's is an object that prints as the version. */
static const json_t *call_semver(struct call *call)
{
	static const char *const names[] = { "Major", "Minor", "Patch" };
	struct version version;
	struct text text;
	json_t *map;

	if (arg_text(call, 0, &text))
		return NULL;
	if (!parse_version(text, &version))
		return call_fail(call, "\"%.64s\" is no semantic version",
				 text.base);
	map = json_object();
	for (size_t i = 0; i < 3; i++)
		json_object_set_new(
			map, names[i],
			json_integer((json_int_t)version.numbers[i]));
	put(map, "Prerelease", &version.pre);
	put(map, "Metadata", &version.metadata);
	put(map, "Original", &text);
	return give_tree(call, map);
}

const struct func *func_semver(size_t *n)
{
	static const struct func table[] = {
		{ "semver", 1, 1, call_semver, FUNC_PLAIN },
		{ "semverCompare", 2, 2, call_semver_compare, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
