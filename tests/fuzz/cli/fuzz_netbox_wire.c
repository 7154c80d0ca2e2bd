/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "cli/netbox_wire.h"
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
 * Whatever NetBox says: it is not of it, or it gave machines or errors, and
 * each machine has what it is known by. The same file twice gives no machine
 * twice.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	for (int times = 1; times <= 2; times++) {
		struct rack rack;
		bool ours = false;
		size_t i;
		json_t *item;

		rack_init(&rack, no_secret, NULL);
		rack.defaults.bmc_user = "root";
		rack.defaults.password_env = "P";
		rack.defaults.gateway = "first";
		for (int n = 0; n < times; n++)
			ours = netbox_read(&rack, "f", (const char *)bytes,
					   len);
		netbox_finish(&rack);
		if (!ours)
			assert(!json_array_size(rack.objects) &&
			       !json_array_size(rack.errors));
		json_array_foreach (rack.objects, i, item) {
			AUTO_FREE char *text = json_text(item);

			assert(*text);
			assert(json_str_at(item, "kind"));
			assert(json_str_at(item, "metadata.name"));
		}
		if (times == 2 && json_array_size(rack.objects))
			assert(json_array_size(rack.errors));
		rack_release(&rack);
	}
	return 0;
}
