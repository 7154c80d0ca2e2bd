/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "cli/rack_wire.h"
#include "fuzz/fuzz.h"

static int no_secret(void *arg, const char *path, const char *variable,
		     struct buf *password, struct err *err)
{
	(void)arg;
	(void)err;
	assert(!path != !variable);
	buf_adds(password, "p");
	return 0;
}

/*
 * Whatever is read, once as YAML (or what it looks like) and once as CSV:
 * each object can be sent (it has a kind and a name), and a file that gave
 * nothing gave an error or was a stream of nothing.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const files[] = { "f", "f.csv" };

	for (size_t f = 0; f < 2; f++) {
		struct rack rack;
		size_t i;
		json_t *item;

		rack_init(&rack, no_secret, NULL);
		rack_read(&rack, files[f], (const char *)bytes, len);
		json_array_foreach (rack.objects, i, item) {
			AUTO_FREE char *text = json_text(item);

			assert(*text);
			assert(json_str_at(item, "apiVersion"));
			assert(json_str_at(item, "kind"));
			assert(json_str_at(item, "metadata.name"));
		}
		json_array_foreach (rack.errors, i, item)
			assert(strncmp(json_string_value(item), files[f],
				       strlen(files[f])) == 0);
		rack_release(&rack);
	}
	return 0;
}
