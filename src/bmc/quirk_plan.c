/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/quirk_plan.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define MAX_MS (10 * 60 * 1000)

struct quirk_table {
	struct quirk_line *lines;
	size_t n;
};

static const char *const uses[] = { "auto", "always", "never", NULL };
static const char *const boot_places[] = { "auto", "system", "settings", NULL };
static const char *const media_places[] = { "auto", "system", "manager", NULL };
static const char *const etags[] = {
	"auto", "strong", "unquoted", "any", "none", NULL,
};
static const char *const inserts[] = {
	"auto", "full", "unprotected", "image", "typed", NULL,
};

#define RULE_MS(member, key)                                                   \
	JSON_U32(struct bmc_rules, member, key, 0, 0, MAX_MS)
#define RULE_BOOL(member, key) JSON_BOOL(struct bmc_rules, member, key, 0)
#define RULE_ENUM(member, key, set)                                            \
	JSON_ENUM(struct bmc_rules, member, key, 0, set)

static const struct json_field rule_fields[] = {
	RULE_MS(gap_ms, "gap-ms"),
	RULE_MS(settle_ms, "settle-ms"),
	RULE_BOOL(boot_each, "boot-each-start"),
	RULE_ENUM(boot_mode, "boot-mode", uses),
	RULE_ENUM(boot_place, "boot-place", boot_places),
	RULE_ENUM(continuous, "boot-continuous", uses),
	RULE_ENUM(etag, "etag", etags),
	RULE_ENUM(media_place, "media-place", media_places),
	RULE_ENUM(media_insert, "media-insert", inserts),
	RULE_ENUM(sessions, "sessions", uses),
	RULE_ENUM(select, "select", uses),
	RULE_ENUM(expand, "expand", uses),
	RULE_ENUM(conditional, "conditional", uses),
	RULE_ENUM(identity, "identity-encoding", uses),
	RULE_BOOL(slash, "trailing-slash"),
	RULE_BOOL(hang_up, "hang-up"),
	RULE_MS(answer_ms, "answer-ms"),
	RULE_MS(untimely_ms, "untimely-ms"),
	JSON_STR(struct bmc_rules, http_attribute, "http-boot-attribute", 0),
	JSON_U32(struct bmc_rules, suite, "ipmi-suite", 0, 1, 17),
	JSON_STR(struct bmc_rules, ipmi, "ipmi-quirks", 0),
};

void quirk_defaults(struct bmc_rules *rules)
{
	memset(rules, 0, sizeof(*rules));
	rules->answer_ms = 30000;
	rules->untimely_ms = 5000;
}

struct quirk_table *quirk_table_new(void)
{
	return xcalloc(1, sizeof(struct quirk_table));
}

void quirk_table_free(struct quirk_table *table)
{
	if (!table)
		return;
	quirk_table_cut(table, 0);
	free(table->lines);
	free(table);
}

size_t quirk_table_count(const struct quirk_table *table)
{
	return table->n;
}

void quirk_table_add(struct quirk_table *table, const struct quirk_line *line)
{
	table->lines =
		xrealloc(table->lines, (table->n + 1) * sizeof(*table->lines));
	table->lines[table->n++] = *line;
}

void quirk_table_cut(struct quirk_table *table, size_t n)
{
	while (table->n > n)
		json_decref(table->lines[--table->n].rules);
}

int quirk_set_rules(struct bmc_rules *rules, const struct json_t *object,
		    const char *path, struct err *err)
{
	if (json_decode(object, rule_fields, ARRAY_LEN(rule_fields),
			JSON_KEYS_STRICT, path, rules, err))
		return -1;
	if (bmc_ipmi_quirks(rules->ipmi, &rules->ipmi_quirks, err))
		return err_wrap(err, "%s.ipmi-quirks", path);
	return 0;
}

bool quirk_glob(const char *pattern, const char *text)
{
	const char *star = NULL;
	const char *from = NULL; /* where the last star's match ends */

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (*pattern == '?' ||
			   (*pattern &&
			    tolower((unsigned char)*pattern) ==
				    tolower((unsigned char)*text))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* The next number in a version; false: there is none. What is too long to be
 * one counts as very high. */
static bool next_number(const char **at, uint64_t *number)
{
	while (**at && !isdigit((unsigned char)**at))
		(*at)++;
	if (!**at)
		return false;
	*number = 0;
	for (; isdigit((unsigned char)**at); (*at)++)
		*number = *number > UINT64_MAX / 16
				  ? UINT64_MAX / 2
				  : *number * 10 + (uint64_t)(**at - '0');
	return true;
}

/* Numbers that are missing count as 0: 7 is 7.0. */
static int compare_versions(const char *a, const char *b)
{
	for (;;) {
		uint64_t x = 0;
		uint64_t y = 0;
		bool more_a = next_number(&a, &x);
		bool more_b = next_number(&b, &y);

		if (x != y)
			return x < y ? -1 : 1;
		if (!more_a && !more_b)
			return 0;
	}
}

/* One range of several, with its operator and version. */
static bool next_range(const char **at, char op[3], char version[BMC_WORD_SIZE])
{
	size_t n;

	*at += strspn(*at, " ");
	n = strspn(*at, "<>=");
	if (!n || n > 2)
		return false;
	memcpy(op, *at, n);
	op[n] = '\0';
	*at += n;
	n = strcspn(*at, " ");
	if (!n || n >= BMC_WORD_SIZE)
		return false;
	memcpy(version, *at, n);
	version[n] = '\0';
	*at += n;
	return true;
}

static bool holds(const char *op, int order)
{
	if (str_eq(op, ">="))
		return order >= 0;
	if (str_eq(op, "<="))
		return order <= 0;
	if (str_eq(op, ">"))
		return order > 0;
	if (str_eq(op, "<"))
		return order < 0;
	return order == 0;
}

bool quirk_is_range(const char *ranges)
{
	char op[3];
	char version[BMC_WORD_SIZE];

	while (*ranges) {
		if (!next_range(&ranges, op, version))
			return false;
		if (str_eq(op, "==") || str_eq(op, "<>") ||
		    strchr("<>", op[1] ? op[1] : '='))
			return false;
		if (strspn(version, "0123456789.") != strlen(version) ||
		    !isdigit((unsigned char)*version))
			return false;
		ranges += strspn(ranges, " ");
	}
	return true;
}

bool quirk_in_range(const char *version, const char *ranges)
{
	char op[3];
	char bound[BMC_WORD_SIZE];

	if (!*ranges)
		return true;
	if (!*version)
		return false;
	while (next_range(&ranges, op, bound))
		if (!holds(op, compare_versions(version, bound)))
			return false;
	return true;
}

static bool matches(const struct quirk_line *line,
		    const struct bmc_identity *who)
{
	if (line->protocol && line->protocol != 1 + (unsigned)who->protocol)
		return false;
	if (*line->vendor && !quirk_glob(line->vendor, who->vendor) &&
	    !quirk_glob(line->vendor, who->maker))
		return false;
	if (*line->model && !quirk_glob(line->model, who->model) &&
	    !quirk_glob(line->model, who->product) &&
	    !quirk_glob(line->model, who->controller))
		return false;
	return quirk_in_range(who->firmware, line->firmware);
}

void quirk_rules(const struct quirk_table *table,
		 const struct bmc_identity *who, struct bmc_rules *rules)
{
	struct err err;

	quirk_defaults(rules);
	for (size_t i = 0; table && i < table->n; i++) {
		const struct quirk_line *line = &table->lines[i];
		int status = 0;

		if (matches(line, who))
			status = quirk_set_rules(rules, line->rules, "rules",
						 &err);
		assert(!status); /* it was when the line was read */
	}
}
