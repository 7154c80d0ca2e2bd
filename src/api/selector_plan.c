/* SPDX-License-Identifier: Apache-2.0 */
#include "api/selector_plan.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

#define MAX_REQUIREMENTS 64
#define MAX_VALUES       128
#define MAX_WORD         317 /* 253 of prefix, '/', 63 of name */
#define INVOLVED         "involvedObject."

enum selector_op { EXISTS, ABSENT, IN, NOT_IN };

struct requirement {
	enum selector_op op;
	bool field;
	char key[MAX_WORD + 1];
	json_t *values; /* {value: true}, of IN and NOT_IN */
};

struct selector {
	struct requirement *list; /* of which a watch keeps few, for long */
	size_t n;
};

struct scanner {
	const char *at;
	struct err *err;
};

/* What an object may be selected by beside its labels; all are set once. */
static const char *const fields_known[] = {
	"metadata.name",
	"metadata.namespace",
	"involvedObject.kind",
	"involvedObject.namespace",
	"involvedObject.name",
	"involvedObject.uid",
	"involvedObject.apiVersion",
	"involvedObject.resourceVersion",
	"involvedObject.fieldPath",
	"reason",
	"type",
};

void selector_free(struct selector *selector)
{
	if (!selector)
		return;
	for (size_t i = 0; i < selector->n; i++)
		json_decref(selector->list[i].values);
	free(selector->list);
	free(selector);
}

static void free_scope(struct selector **selector)
{
	selector_free(*selector);
}

static int fail(struct scanner *scanner, const char *what)
{
	return err_set(scanner->err, ERR_PROTOCOL,
		       "unable to parse the selector: %s at \"%.40s\"", what,
		       scanner->at);
}

static void skip_blanks(struct scanner *scanner)
{
	while (isspace((unsigned char)*scanner->at))
		scanner->at++;
}

static bool take(struct scanner *scanner, const char *token)
{
	skip_blanks(scanner);
	if (!str_starts(scanner->at, token))
		return false;
	scanner->at += strlen(token);
	return true;
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_./", c));
}

/* A key, or a value when it may be empty. */
static int take_word(struct scanner *scanner, char word[MAX_WORD + 1],
		     bool may_be_empty)
{
	size_t n = 0;

	skip_blanks(scanner);
	while (is_word_char(scanner->at[n]))
		n++;
	if (n > MAX_WORD)
		return fail(scanner, "too long a word");
	if (!n && !may_be_empty)
		return fail(scanner, "a name is expected");
	memcpy(word, scanner->at, n);
	word[n] = '\0';
	scanner->at += n;
	return 0;
}

/* The word operators need a blank before and no letter behind. */
static bool take_operator_word(struct scanner *scanner, const char *word)
{
	const char *before = scanner->at;

	if (take(scanner, word) && !is_word_char(*scanner->at))
		return true;
	scanner->at = before;
	return false;
}

static int take_set(struct scanner *scanner, struct requirement *need)
{
	char word[MAX_WORD + 1];

	if (!take(scanner, "("))
		return fail(scanner, "'(' is expected");
	do {
		if (take_word(scanner, word, true))
			return -1;
		if (json_object_size(need->values) == MAX_VALUES)
			return fail(scanner, "too many values");
		json_object_set_new(need->values, word, json_true());
	} while (take(scanner, ","));
	if (!take(scanner, ")"))
		return fail(scanner, "')' is expected");
	return 0;
}

static int take_value(struct scanner *scanner, struct requirement *need)
{
	char word[MAX_WORD + 1];

	if (take_word(scanner, word, true))
		return -1;
	json_object_set_new(need->values, word, json_true());
	return 0;
}

static int take_label(struct scanner *scanner, struct requirement *need)
{
	bool negated = take(scanner, "!");

	if (take_word(scanner, need->key, false))
		return -1;
	need->op = negated ? ABSENT : EXISTS;
	skip_blanks(scanner);
	if (negated || !*scanner->at || *scanner->at == ',')
		return 0;
	need->values = json_object();
	need->op = IN;
	if (take_operator_word(scanner, "in"))
		return take_set(scanner, need);
	if (take(scanner, "==") || take(scanner, "="))
		return take_value(scanner, need);
	need->op = NOT_IN;
	if (take_operator_word(scanner, "notin"))
		return take_set(scanner, need);
	if (take(scanner, "!="))
		return take_value(scanner, need);
	return fail(scanner, "an operator is expected");
}

static int take_field(struct scanner *scanner, struct requirement *need)
{
	size_t i = 0;

	need->field = true;
	if (take_word(scanner, need->key, false))
		return -1;
	while (i < ARRAY_LEN(fields_known) &&
	       !str_eq(fields_known[i], need->key))
		i++;
	if (i == ARRAY_LEN(fields_known))
		return err_set(scanner->err, ERR_PROTOCOL,
			       "field label not supported: %.80s", need->key);
	need->values = json_object();
	need->op = NOT_IN;
	if (take(scanner, "!="))
		return take_value(scanner, need);
	need->op = IN;
	if (take(scanner, "==") || take(scanner, "="))
		return take_value(scanner, need);
	return fail(scanner, "an operator is expected");
}

static int parse(struct selector *selector, const char *text, bool fields,
		 struct err *err)
{
	struct scanner scanner = { text ? text : "", err };
	struct requirement *need;

	skip_blanks(&scanner);
	if (!*scanner.at)
		return 0;
	do {
		if (selector->n == MAX_REQUIREMENTS)
			return fail(&scanner, "too many requirements");
		selector->list = xrealloc(selector->list,
					  (selector->n + 1) * sizeof(*need));
		need = &selector->list[selector->n++];
		*need = (struct requirement){ 0 };
		if (fields ? take_field(&scanner, need)
			   : take_label(&scanner, need))
			return -1;
	} while (take(&scanner, ","));
	skip_blanks(&scanner);
	return *scanner.at ? fail(&scanner, "',' is expected") : 0;
}

struct selector *selector_new(const char *labels, const char *fields,
			      struct err *err)
{
	CLEANUP(free_scope)
	struct selector *selector = xcalloc(1, sizeof(*selector));

	if (parse(selector, labels, false, err) ||
	    parse(selector, fields, true, err))
		return NULL;
	return take_ptr(selector);
}

static bool meets_value(const struct requirement *need, const char *value)
{
	bool among;

	if (need->op == EXISTS || need->op == ABSENT)
		return (value != NULL) == (need->op == EXISTS);
	among = value && json_object_get(need->values, value);
	return among == (need->op == IN);
}

static bool meets_label(const struct requirement *need, const json_t *labels)
{
	return meets_value(
		need, json_string_value(json_object_get(labels, need->key)));
}

/* `object` is what labels are of, `involved` what involvedObject is. */
static bool meets(const struct requirement *need, const json_t *object,
		  const json_t *involved)
{
	const char *value;

	if (!need->field)
		return meets_label(need, json_at(object, "metadata.labels"));
	if (str_starts(need->key, INVOLVED))
		value = json_str_at(involved, need->key + strlen(INVOLVED));
	else
		value = json_str_at(object, need->key);
	return meets_value(need, value ? value : "");
}

static bool meets_all(const struct selector *selector, const json_t *object,
		      const json_t *involved)
{
	for (size_t i = 0; i < selector->n; i++)
		if (!meets(&selector->list[i], object, involved))
			return false;
	return true;
}

bool selector_is_empty(const struct selector *selector)
{
	return !selector->n;
}

/* An Event of a run is one of its machine and, as `related`, of its
 * Workflow: it is found from both. */
bool selector_match(const struct selector *selector, const json_t *object)
{
	const json_t *related = json_object_get(object, "related");

	if (meets_all(selector, object,
		      json_object_get(object, "involvedObject")))
		return true;
	return related && meets_all(selector, object, related);
}

bool selector_match_labels(const struct selector *selector,
			   const json_t *labels)
{
	for (size_t i = 0; i < selector->n; i++)
		if (!selector->list[i].field &&
		    !meets_label(&selector->list[i], labels))
			return false;
	return true;
}

/* Of "k=v" and "k in (v)". */
static const char *only_value(const struct requirement *need)
{
	if (need->op != IN || json_object_size(need->values) != 1)
		return NULL;
	return json_object_iter_key(json_object_iter(need->values));
}

bool selector_label(const struct selector *selector, const char **key,
		    const char **value)
{
	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *need = &selector->list[i];

		*value = need->field ? NULL : only_value(need);
		*key = need->key;
		if (*value)
			return true;
	}
	return false;
}

const char *selector_name(const struct selector *selector)
{
	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *need = &selector->list[i];

		if (need->field && str_eq(need->key, "metadata.name") &&
		    only_value(need))
			return only_value(need);
	}
	return NULL;
}
