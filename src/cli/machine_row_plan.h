/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MACHINE_ROW_PLAN_H
#define CLI_MACHINE_ROW_PLAN_H

#include "base/net.h"
#include "cli/rack_row_wire.h"

/*
 * What rack_add_row makes of a row, the other way: a Hardware with its bmc
 * Machine and Secret as the fields of a rack file. Pure.
 *
 * A field that has nothing is "". The texts live as long as the objects do.
 */
struct machine_row {
	const char *cells[RACK_N_FIELDS];
	char subnet[IPV4_TEXT + 4]; /* "10.0.0.0/24", or "" */
	const char *gateway;
	const json_t *nameservers; /* or NULL */
	const char *host;          /* of the BMC */
	/* Private. */
	char url[400];
	char user[256];
};

/* `bmc` and `secret` may be NULL. */
void machine_row_read(const json_t *hardware, const json_t *bmc,
		      const json_t *secret, struct machine_row *row);

/* A list of objects of one namespace by name, so that thousands of them are
 * not searched thousands of times: a new object. */
json_t *machine_row_index(const json_t *list);
/* What a Hardware refers to, out of such an index; NULL: it is not there. */
const json_t *machine_row_bmc(const json_t *machines, const json_t *hardware);
const json_t *machine_row_secret(const json_t *secrets, const json_t *bmc);

#endif
