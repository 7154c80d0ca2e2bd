/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines: the rules of allow, those of deny, who refers and to what. Whatever
 * the rules, what they decide hangs together: who is allowed by `allow` alone
 * is with any `deny`, and with neither nobody is.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "workflow/reference_plan.h"

/* The next line as JSON, or a text where it is none; NULL: empty. */
static json_t *take_line(const char **at, const char *end)
{
	const char *stop =
		*at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
	size_t len = (size_t)((stop ? stop : end) - *at);
	const char *line = *at;
	json_t *value;
	struct err err;

	*at = stop ? stop + 1 : end;
	if (!len)
		return NULL;
	value = json_parse(line, len, &err);
	return value ? value : json_stringn(line, len);
}

static bool decides(const json_t *allow, const json_t *deny,
		    const json_t *source, const json_t *reference,
		    bool *allowed)
{
	struct err err = { .code = ERR_NONE };
	struct reference_rules *rules = reference_rules_new(allow, deny, &err);

	assert(rules || err.code == ERR_INVALID || err.code == ERR_TOO_BIG);
	assert(rules || str_starts(err.message, "reference-"));
	if (!rules)
		return false;
	*allowed = reference_allowed(rules, source, reference);
	reference_rules_free(rules);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *at = (const char *)bytes;
	const char *end = at + len;
	AUTO_JSON json_t *allow = take_line(&at, end);
	AUTO_JSON json_t *deny = take_line(&at, end);
	AUTO_JSON json_t *source = take_line(&at, end);
	AUTO_JSON json_t *reference = take_line(&at, end);
	bool alone = false;
	bool both = false;
	bool open = false;
	bool none = true;

	if (decides(allow, NULL, source, reference, &alone) &&
	    decides(allow, deny, source, reference, &both) &&
	    decides(NULL, deny, source, reference, &open)) {
		assert(!alone || both);
		assert(both == (alone || open));
	}
	assert(decides(NULL, NULL, source, reference, &none) && !none);
	return 0;
}
