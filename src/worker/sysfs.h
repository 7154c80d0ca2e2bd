/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_SYSFS_H
#define WORKER_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Small files of the kernel. Their values come without the white space
 * around them.
 */

/* A whole file of at most so many bytes; NULL: not there. Caller frees. */
char *sysfs_read(const char *path, size_t limit);

/* Into a buffer, cut to fit; false and "": not there, or empty. */
bool sysfs_read_at(int directory, const char *name, char *value, size_t size);
bool sysfs_value(const char *path, char *value, size_t size);

int64_t sysfs_number(const char *path, int64_t otherwise);

#endif
