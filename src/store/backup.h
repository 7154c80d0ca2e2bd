/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include <stdint.h>

#include "base/err.h"

/*
 * A copy of the inventory as it was at one moment, made while the daemon
 * goes on: neither waits for the other. The copy is one file, checked, and
 * is there whole or not at all; a file of that name is replaced.
 *
 * The key that opens the secrets in it is not part of it.
 */
int store_backup(const char *folder, const char *path, uint64_t *bytes,
		 struct err *err) NODISCARD;

#endif
