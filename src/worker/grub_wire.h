/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_GRUB_WIRE_H
#define WORKER_GRUB_WIRE_H

#include <stddef.h>

#include "base/err.h"

/*
 * What a grub.cfg would boot: the entry that `set default="N"` names, or else
 * the first, of those at the top that have both a linux and an initrd line.
 * No more of GRUB's language is understood: variables stay as they stand.
 */
#define GRUB_PATH_MAX 256
#define GRUB_ARGS_MAX 2048 /* the kernel takes no more */

struct grub_entry {
	char kernel[GRUB_PATH_MAX];
	char initrd[GRUB_PATH_MAX];
	char args[GRUB_ARGS_MAX];
};

int grub_find(const char *text, size_t len, struct grub_entry *entry,
	      struct err *err) NODISCARD;

#endif
