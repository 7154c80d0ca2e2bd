/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

struct record {
	char name[16];
	uint32_t number;
	bool flag;
	unsigned kind;
	char guard[16];
};

static const char *const kinds[] = { "one", "two", NULL };

static const struct json_field fields[] = {
	JSON_STR(struct record, name, "name", JSON_REQUIRED),
	JSON_U32(struct record, number, "number", 0, 3, 300),
	JSON_BOOL(struct record, flag, "flag", 0),
	JSON_ENUM(struct record, kind, "kind", 0, kinds),
};

static void check_decode(const json_t *value, enum json_unknown unknown)
{
	struct record record = { .number = 3, .guard = "guard" };
	struct err err = { 0 };

	if (json_decode(value, fields, ARRAY_LEN(fields), unknown, "x", &record,
			&err)) {
		assert(err.code && *err.message);
		return;
	}
	assert(memchr(record.name, 0, sizeof(record.name)));
	assert(json_str_at(value, "name"));
	assert(record.number >= 3 && record.number <= 300);
	assert(record.kind < 2);
	assert(strcmp(record.guard, "guard") == 0);
}

/* A patch that was applied changes nothing when it is applied again. */
static void check_patch(const json_t *value)
{
	AUTO_JSON json_t *empty = json_object();
	AUTO_JSON json_t *once = json_merge_patch(empty, value);
	AUTO_JSON json_t *twice = json_merge_patch(once, value);

	assert(json_equal(once, twice));
}

/*
 * JSON, and after a line feed a path into it. What is read survives being
 * written, and a decoded struct is within its table's bounds.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	const char *line = len ? memchr(text, '\n', len) : NULL;
	size_t used = line ? (size_t)(line - text) : len;
	AUTO_FREE char *path =
		xstrndup(line ? line + 1 : "", line ? len - used - 1 : 0);
	AUTO_JSON json_t *value = NULL;
	AUTO_JSON json_t *again = NULL;
	AUTO_FREE char *written = NULL;
	struct err err = { 0 };

	value = json_parse(text, used, &err);
	if (!value) {
		assert(err.code && *err.message);
		return 0;
	}
	written = json_text(value);
	again = json_parse(written, strlen(written), &err);
	assert(again && json_equal(value, again));
	check_decode(value, JSON_KEYS_STRICT);
	check_decode(value, JSON_KEYS_LAX);
	check_patch(value);
	json_at(value, path);
	return 0;
}
