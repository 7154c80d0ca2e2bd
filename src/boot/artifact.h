/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_ARTIFACT_H
#define BOOT_ARTIFACT_H

#include "base/err.h"

/*
 * The files that boot machines, by class: "ipxe", "hook", "images". Each
 * class has directories that are searched in order, so that an operator's
 * own iPXE goes before the distribution's. A name has no way out of its
 * directory, and hidden files do not exist.
 */
struct artifacts;

struct artifacts *artifacts_new(void);
void artifacts_free(struct artifacts *artifacts);

/* At most eight in all. The directory need not exist yet. */
void artifacts_add(struct artifacts *artifacts, const char *class,
		   const char *directory);

/* A descriptor to read, or -1. ERR_NOT_FOUND: no such file; anything else
 * is our own trouble with one that may be there. */
int artifact_open(const struct artifacts *artifacts, const char *class,
		  const char *name, struct err *err) NODISCARD;

/* By the name's ending. */
const char *artifact_type(const char *name);

#endif
