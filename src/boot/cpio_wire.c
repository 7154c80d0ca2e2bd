/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/cpio_wire.h"

#include <string.h>

#define MODE_DIRECTORY 040755u
#define MODE_FILE      0100600u

static void pad(struct buf *out)
{
	while (out->len % 4 && !out->overflow)
		buf_addc(out, '\0');
}

/* Linux Documentation/driver-api/early-userspace/buffer-format.rst */
static void add(struct buf *out, const char *path, unsigned mode,
		const void *bytes, size_t len)
{
	buf_printf(out,
		   "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx"
		   "%08x",
		   0u, mode, 0u, 0u, 1u, 0u, len, 0u, 0u, 0u, 0u,
		   strlen(path) + 1, 0u);
	buf_add(out, path, strlen(path) + 1);
	pad(out);
	buf_add(out, bytes, len);
	pad(out);
}

void cpio_add_directory(struct buf *out, const char *path)
{
	add(out, path, MODE_DIRECTORY, "", 0);
}

void cpio_add_file(struct buf *out, const char *path, const void *bytes,
		   size_t len)
{
	add(out, path, MODE_FILE, bytes, len);
}

void cpio_end(struct buf *out)
{
	add(out, "TRAILER!!!", 0, "", 0);
}
