/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line with the path that an installed OS asks for, then its Hardware: what
 * is there is text, and below a folder is all that it lists.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "metadata/metadata_tree.h"

#define MAX_OUT (4 * 1024 * 1024)

/* Names that a folder has are paths of their own. */
static void check_folder(const json_t *hardware, const char *folder)
{
	CLEANUP(buf_release) struct buf list = BUF_INIT(MAX_OUT);
	AUTO_FREE char *names = NULL;
	char *rest;
	char *name;

	if (!metadata_ec2(hardware, folder, &list))
		return;
	names = xstrdup(list.base);
	rest = names;
	while ((name = strsep(&rest, "\n"))) {
		CLEANUP(buf_release) struct buf leaf = BUF_INIT(MAX_OUT);
		AUTO_FREE char *path = xasprintf("%s%s", folder, name);

		if (!*name)
			continue;
		assert(metadata_ec2(hardware, path, &leaf));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const documents[] = { "meta-data", "user-data",
						 "vendor-data",
						 "network-config" };
	const char *text = (const char *)bytes;
	const char *line = len ? memchr(text, '\n', len) : NULL;
	size_t first = line ? (size_t)(line - text) : len;
	AUTO_FREE char *path = xstrndup(text, first);
	AUTO_JSON json_t *hardware = NULL;
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	struct err err;

	if (line)
		hardware = json_parse(line + 1, len - first - 1, &err);
	if (!hardware)
		hardware = json_object();
	(void)!metadata_ec2(hardware, path, &out);
	(void)!metadata_nocloud(hardware, "", path, &out);
	check_folder(hardware, "meta-data/");
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		buf_clear(&out);
		assert(metadata_nocloud(hardware, "http://h/t/", documents[i],
					&out));
	}
	return 0;
}
