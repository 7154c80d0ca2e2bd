/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/quirk_wire.h"

#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "bmc/quirks.h"

/* A file that is being read. */
struct document {
	const char *file;
	const json_t *list;
	const json_t *lines;
};

struct head {
	unsigned protocol;
	char vendor[BMC_WORD_SIZE];
	char model[BMC_WORD_SIZE];
	char firmware[BMC_WORD_SIZE];
	char evidence[1024];
};

static const char *const protocols[] = { "any", "redfish", "ipmi", NULL };

static const struct json_field head_fields[] = {
	JSON_ENUM(struct head, protocol, "protocol", 0, protocols),
	JSON_STR(struct head, vendor, "vendor", 0),
	JSON_STR(struct head, model, "model", 0),
	JSON_STR(struct head, firmware, "firmware", 0),
	JSON_STR(struct head, evidence, "evidence", 0),
};

static unsigned line_of(const struct document *document, const char *path)
{
	return (unsigned)json_integer_value(
		json_object_get(document->lines, path));
}

/* "quirks.yaml:12: name", for the messages of the decoder. */
static char *place(const struct document *document, const char *path,
		   const char *name)
{
	return xasprintf("%s:%u: %s", document->file, line_of(document, path),
			 name);
}

/* One by one, so that a message has the line of the rule. */
static int check_rules(const struct document *document, const char *path,
		       const json_t *rules, struct err *err)
{
	struct bmc_rules scratch;
	const char *key;
	json_t *value;

	quirk_defaults(&scratch);
	json_object_foreach ((json_t *)(uintptr_t)rules, key, value) {
		AUTO_FREE char *inner = xasprintf("%s.%s", path, key);
		AUTO_FREE char *where = place(document, inner, "rules");
		AUTO_JSON json_t *one = json_object();

		if (json_is_null(value))
			return err_set(err, ERR_INVALID,
				       "%s.%.40s has no value", where, key);
		json_object_set(one, key, value);
		if (quirk_set_rules(&scratch, one, where, err))
			return -1;
	}
	return 0;
}

static int read_head(const struct document *document, const char *path,
		     const json_t *object, struct head *head, struct err *err)
{
	AUTO_FREE char *where = place(document, path, "quirk");
	const char *key;
	json_t *value;

	memset(head, 0, sizeof(*head));
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		AUTO_FREE char *inner = xasprintf("%s.%s", path, key);
		AUTO_FREE char *here = place(document, inner, "quirk");
		AUTO_JSON json_t *one = json_object();

		if (str_eq(key, "rules"))
			continue;
		if (json_is_null(value))
			return err_set(err, ERR_INVALID,
				       "%s.%.40s has no value", here, key);
		json_object_set(one, key, value);
		if (json_decode(one, head_fields, ARRAY_LEN(head_fields),
				JSON_KEYS_STRICT, here, head, err))
			return -1;
	}
	if (!*head->evidence)
		return err_set(err, ERR_INVALID,
			       "%s: evidence is missing: who saw it, and where",
			       where);
	if (!quirk_is_range(head->firmware))
		return err_set(err, ERR_INVALID,
			       "%s: firmware \"%s\": expected versions like "
			       "\">=6.10 <7\"",
			       where, head->firmware);
	return 0;
}

static int read_line(const struct document *document, size_t i,
		     struct quirk_table *table, struct err *err)
{
	AUTO_FREE char *path = xasprintf("[%zu]", i);
	AUTO_FREE char *inner = xasprintf("%s.rules", path);
	AUTO_FREE char *where = place(document, path, "quirk");
	const json_t *object = json_array_get(document->list, i);
	json_t *rules = json_object_get(object, "rules");
	struct quirk_line line = { 0 };
	struct head head;

	if (!json_is_object(object))
		return err_set(err, ERR_INVALID, "%s: expected key: value",
			       where);
	if (read_head(document, path, object, &head, err))
		return -1;
	if (!json_is_object(rules) || !json_object_size(rules))
		return err_set(err, ERR_INVALID,
			       "%s: rules are missing: expected rule: value",
			       where);
	if (check_rules(document, inner, rules, err))
		return -1;
	line.protocol = head.protocol;
	str_copy(line.vendor, sizeof(line.vendor), head.vendor);
	str_copy(line.model, sizeof(line.model), head.model);
	str_copy(line.firmware, sizeof(line.firmware), head.firmware);
	line.rules = json_incref(rules);
	quirk_table_add(table, &line);
	return 0;
}

static int read_list(const struct document *document, struct quirk_table *table,
		     struct err *err)
{
	size_t n = json_array_size(document->list);

	if (json_is_null(document->list))
		return 0; /* nothing but comments */
	if (!json_is_array(document->list))
		return err_set(err, ERR_INVALID,
			       "%s:%u: expected a list of quirks",
			       document->file, line_of(document, ""));
	if (n > QUIRK_LINES_MAX)
		return err_set(err, ERR_TOO_BIG, "%s: over %d quirks",
			       document->file, QUIRK_LINES_MAX);
	for (size_t i = 0; i < n; i++)
		if (read_line(document, i, table, err))
			return -1;
	return 0;
}

int quirk_parse(struct quirk_table *table, const char *text, size_t len,
		const char *file, struct err *err)
{
	size_t before = quirk_table_count(table);
	AUTO_JSON json_t *documents = NULL;
	AUTO_JSON json_t *lines = NULL;
	struct document document = { .file = file };

	if (len > QUIRK_TEXT_MAX)
		return err_set(err, ERR_TOO_BIG, "%s: over %d bytes", file,
			       QUIRK_TEXT_MAX);
	documents = yaml_parse(text, len, YAML_TYPED, &lines, err);
	if (!documents)
		return err_wrap(err, "%s", file);
	for (size_t i = 0; i < json_array_size(documents); i++) {
		document.list = json_array_get(documents, i);
		document.lines = json_array_get(lines, i);
		if (read_list(&document, table, err)) {
			quirk_table_cut(table, before);
			return -1;
		}
	}
	return 0;
}

int quirk_parse_builtin(struct quirk_table *table, struct err *err)
{
	return quirk_parse(table, quirk_texts[0], strlen(quirk_texts[0]),
			   "bmc-quirks.yaml", err);
}
