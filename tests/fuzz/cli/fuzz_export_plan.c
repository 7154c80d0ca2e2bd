/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "cli/export_plan.h"
#include "cli/rack_wire.h"
#include "fuzz/fuzz.h"

static int any_secret(void *arg, const char *path, const char *variable,
		      struct buf *password, struct err *err)
{
	(void)arg;
	(void)path;
	(void)variable;
	(void)err;
	buf_adds(password, "p");
	return 0;
}

static json_t *of_kind(const json_t *objects, const char *kind)
{
	json_t *list = json_array();
	size_t i;
	json_t *item;

	json_array_foreach (objects, i, item)
		if (str_eq(json_str_at(item, "kind"), kind))
			json_array_append(list, item);
	return list;
}

static void assert_same(const json_t *objects, const char *file,
			const struct buf *text)
{
	struct rack back;
	size_t i;
	json_t *item;

	rack_init(&back, any_secret, NULL);
	rack_read(&back, file, text->base, text->len);
	rack_finish(&back);
	assert(!json_array_size(back.errors));
	assert(json_array_size(back.objects) == json_array_size(objects));
	json_array_foreach (objects, i, item) {
		size_t k = 0;

		/* Racks and subnets are groups there. */
		while (k < json_array_size(back.objects) &&
		       !json_equal(json_array_get(back.objects, k), item))
			k++;
		assert(k < json_array_size(back.objects));
	}
	rack_release(&back);
}

/*
 * Whatever machines a table has: written down as a table or as a rack, and
 * read again, they are the same, Secrets among them, and no note was needed.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const files[] = { "out.csv", "out" };
	static const enum export_format formats[] = { EXPORT_CSV, EXPORT_RACK };
	struct rack rack;

	rack_init(&rack, any_secret, NULL);
	rack_read(&rack, "in.csv", (const char *)bytes, len);
	for (size_t i = 0;
	     !json_array_size(rack.errors) && i < ARRAY_LEN(formats); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(16 << 20);
		AUTO_JSON json_t *hardware = of_kind(rack.objects, "Hardware");
		AUTO_JSON json_t *machines = of_kind(rack.objects, "Machine");
		AUTO_JSON json_t *secrets = of_kind(rack.objects, "Secret");
		AUTO_JSON json_t *notes = json_array();
		const struct export_input input = { .hardware = hardware,
						    .machines = machines,
						    .secrets = secrets };
		struct err err;

		if (!json_array_size(hardware) ||
		    export_render(&input, formats[i], &out, notes, &err))
			continue;
		assert(!json_array_size(notes));
		assert_same(rack.objects, files[i], &out);
	}
	rack_release(&rack);
	return 0;
}
