/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_QUIRK_WIRE_H
#define BMC_QUIRK_WIRE_H

#include "bmc/quirk_plan.h"

/*
 * The file of quirks: a YAML list of lines like this one.
 *
 *	- protocol: redfish         redfish or ipmi; absent: any
 *	  vendor: "Dell*"           of the BMC or of the machine
 *	  model: "17G*"             of the machine, the service or the BMC
 *	  firmware: ">=1.10 <1.30"
 *	  rules: { boot-place: settings }
 *	  evidence: who saw it, and where
 *
 * What is not understood is an error with file and line: a rule that is
 * misspelt and passed over would be missed on the night it is needed.
 */
#define QUIRK_TEXT_MAX  (1024 * 1024)
#define QUIRK_LINES_MAX 1000

/* Adds the lines of a file to the table; on an error, none of them. `file`
 * is its name, for messages. */
int quirk_parse(struct quirk_table *table, const char *text, size_t len,
		const char *file, struct err *err) NODISCARD;

/* The table that is built in. */
int quirk_parse_builtin(struct quirk_table *table, struct err *err) NODISCARD;

#endif
