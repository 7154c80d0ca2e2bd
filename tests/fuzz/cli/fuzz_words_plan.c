/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a command line, one a line, for each reader of such: what they take
 * them for is made of the words that were given.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "cli/args.h"
#include "cli/bmc_words_plan.h"
#include "cli/label_plan.h"
#include "cli/resource.h"
#include "cli/span_plan.h"
#include "fuzz/fuzz.h"

#define MAX_WORDS 80

static void check_args(char **words, size_t n)
{
	static const struct option own[] = {
		{ "set", 's', "KEY=VALUE", "" },
		{ "watch", 'w', NULL, "" },
		{ 0 },
	};
	const struct option *const tables[2] = { own, NULL };
	char *copy[MAX_WORDS + 1];
	struct args args;
	struct err err;
	size_t given = 0;

	memcpy(copy, words, (n + 1) * sizeof(*copy));
	if (args_parse(&args, tables, (int)n, copy, &err))
		return;
	while (args_nth(&args, "set", given))
		given++;
	assert(args.n_words + given <= n);
	assert((args_value(&args, "set") != NULL) == (given > 0));
	for (size_t i = 0; i < args.n_words; i++)
		assert(args.words[i]);
}

static void check_spans(const char *word)
{
	int64_t seconds;
	wall_ms at;

	if (span_parse(word, &seconds))
		assert(seconds >= 0);
	if (span_parse_since(word, 1000, &at))
		assert(*word);
}

static void check_labels(char **words, size_t n)
{
	AUTO_JSON json_t *names = NULL;
	AUTO_JSON json_t *changes = NULL;
	AUTO_JSON json_t *object = json_object();
	AUTO_JSON json_t *patch = NULL;
	AUTO_JSON json_t *patched = NULL;
	AUTO_JSON json_t *none = NULL;
	struct err err;

	if (label_plan_words(words, n, &names, &changes, &err))
		return;
	assert(json_array_size(names) > 0 && json_object_size(changes) > 0);
	patch = label_plan_patch(object, "labels", changes, false, &err);
	assert(patch);
	/* Done twice it is done. */
	patched = json_merge_patch(object, patch);
	none = label_plan_patch(patched, "labels", changes, false, &err);
	assert(none && !json_object_size(none));
}

static void check_bmc(char **words, size_t n)
{
	struct bmc_words parsed = { 0 };
	struct err err;

	if (bmc_words_parse(words, n, &parsed, &err))
		return;
	assert(parsed.ask && parsed.used <= n);
	bmc_words_release(&parsed);
}

static void check_objects(char **words, size_t n)
{
	const struct resource *resource = NULL;
	json_t *names = NULL;
	struct err err;

	if (n && resource_split(words, n, &resource, &names, &err) == 0) {
		assert(resource && json_array_size(names) <= n);
		json_decref(names);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xmalloc(len + 1);
	char *words[MAX_WORDS + 1] = { NULL };
	char *rest = text;
	size_t n = 0;

	/* Arguments end where a NUL is. */
	memcpy(text, bytes, len);
	text[len] = '\0';
	while (n < MAX_WORDS && (words[n] = strsep(&rest, "\n")))
		n++;
	words[n] = NULL;
	for (size_t i = 0; i < n; i++)
		check_spans(words[i]);
	check_args(words, n);
	check_labels(words, n);
	check_bmc(words, n);
	check_objects(words, n);
	return 0;
}
