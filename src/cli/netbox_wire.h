/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_NETBOX_WIRE_H
#define CLI_NETBOX_WIRE_H

#include "cli/rack_wire.h"

/*
 * What NetBox says of a rack: its answers to GET /api/dcim/devices/, to
 * /api/dcim/interfaces/ and to /api/ipam/ip-addresses/, in any number of
 * files and pages. Devices and interfaces belong together by their ids, so
 * machines are made at the end. For rack_wire.c only.
 */

/* False: the text is none of these, and nothing was read. */
bool netbox_read(struct rack *rack, const char *file, const char *text,
		 size_t len);
void netbox_finish(struct rack *rack);

#endif
