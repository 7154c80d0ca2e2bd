/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_INVENTORY_PLAN_H
#define CLI_INVENTORY_PLAN_H

#include "base/json.h"

/*
 * The machines as Ansible's inventory: groups for each rack, state, site,
 * role and architecture, and what is known of each machine as its variables.
 * Pure.
 *
 *	{"_meta": {"hostvars": {"r1n01": {"ansible_host": "10.0.0.1", ...}}},
 *	 "all": {"children": ["rack_r1", "state_done", ...]},
 *	 "rack_r1": {"hosts": ["r1n01"]}, ...}
 *
 * A state is that of the newest run: none, running, success, failed, timeout.
 */
struct inventory_input {
	const json_t *hardware; /* lists of objects of one namespace */
	const json_t *machines; /* of bmc */
	const json_t *runs;
};

/* What a dynamic inventory answers to --list and to --host. */
json_t *inventory_list(const struct inventory_input *input);
/* NULL: there is no such machine. */
json_t *inventory_host(const struct inventory_input *input, const char *name);

/* The same as a static one: a document in YAML. */
json_t *inventory_static(const struct inventory_input *input);

#endif
