/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_INVENTORY_READ_H
#define CLI_INVENTORY_READ_H

#include "cli/command.h"

/*
 * Lists of objects of the namespace, for what writes the inventory down.
 */

/* All objects of a kind: a new list, or NULL. */
struct resource;
json_t *inventory_read(const struct cli *cli, const struct resource *resource,
		       struct err *err) NODISCARD;

/* The Hardware that the command's words mean; all of it without any. */
json_t *inventory_chosen(const struct cli *cli, struct err *err) NODISCARD;

#endif
