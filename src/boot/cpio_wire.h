/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_CPIO_WIRE_H
#define BOOT_CPIO_WIRE_H

#include "base/buf.h"

/*
 * A newc cpio archive, as the kernel unpacks it behind another one: small,
 * uncompressed, padded to four bytes. Directories before what is in them.
 */
void cpio_add_directory(struct buf *out, const char *path);
void cpio_add_file(struct buf *out, const char *path, const void *bytes,
		   size_t len);
void cpio_end(struct buf *out);

#endif
