/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "worker/grub_wire.h"

/* What is found has a kernel and an initrd, each within its bounds. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct grub_entry entry;
	struct err err;

	if (grub_find((const char *)bytes, len, &entry, &err))
		return 0;
	assert(*entry.kernel && *entry.initrd);
	assert(strnlen(entry.kernel, GRUB_PATH_MAX) < GRUB_PATH_MAX);
	assert(strnlen(entry.initrd, GRUB_PATH_MAX) < GRUB_PATH_MAX);
	assert(strnlen(entry.args, GRUB_ARGS_MAX) < GRUB_ARGS_MAX);
	return 0;
}
