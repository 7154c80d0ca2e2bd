/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_DISK_WRITER_H
#define WORKER_DISK_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Writes an image to a disk from its first byte on: in large aligned pieces
 * past the page cache where the device lets us, runs of zeros as such.
 *
 * A run of zeros is not skipped, for the disk may hold something else there:
 * the device is told to make just that range zero (the kernel writes zeros
 * where a device cannot). Refused are mounted disks, what is no block device,
 * and more bytes than the disk has.
 *
 *	disk_writer_room(w, &room, &cap);	fill at most cap bytes
 *	disk_writer_wrote(w, n, err);
 *	...
 *	disk_writer_finish(w, err);
 */
struct disk_writer;

struct disk_writer *disk_writer_open(const char *path, bool allow_file,
				     struct err *err) NODISCARD;
/* Without finish: gives up, what was written stays. */
void disk_writer_close(struct disk_writer *writer);

/* The image has at least this many bytes: will they fit? */
int disk_writer_check(const struct disk_writer *writer, uint64_t bytes,
		      struct err *err) NODISCARD;

/* Where the next bytes go; there is always room. */
void disk_writer_room(struct disk_writer *writer, void **room, size_t *cap);
int disk_writer_wrote(struct disk_writer *writer, size_t n,
		      struct err *err) NODISCARD;

/* From byte 0 again. */
void disk_writer_restart(struct disk_writer *writer);

/* The rest, then to stable storage, then have the kernel look at it anew. */
int disk_writer_finish(struct disk_writer *writer, struct err *err) NODISCARD;

/* Bytes of the image so far, and how many of them were in runs of zeros. */
uint64_t disk_writer_bytes(const struct disk_writer *writer);
uint64_t disk_writer_zeros(const struct disk_writer *writer);

#endif
