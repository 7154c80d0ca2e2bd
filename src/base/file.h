/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Whole small files: settings, keys, what people hand in.
 */

/* Appended to `out`, whose limit is the file's; "-" is standard input. */
int file_read(const char *path, struct buf *out, struct err *err) NODISCARD;

/*
 * Only the owner can read it (mode 0600), and whoever reads it meets the old
 * or the new content, never a part, even after a power cut.
 */
int file_replace(const char *path, const void *bytes, size_t len,
		 struct err *err) NODISCARD;

#endif
