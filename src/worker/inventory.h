/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_INVENTORY_H
#define WORKER_INVENTORY_H

/*
 * What the machine is made of, as Tinkerbell's AgentAttributes in JSON (its
 * camelCase names, sizes as texts like "32GB"), from sysfs. The
 * caller frees it.
 */
char *inventory_collect(void);

#endif
