/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RACK_ROW_WIRE_H
#define CLI_RACK_ROW_WIRE_H

#include "base/net.h"
#include "cli/rack_wire.h"

/*
 * One machine of a rack file, as it was written: texts and their lines. The
 * YAML, the CSV and the NetBox reader all end here, so that a field is
 * checked once and in one place. For them only.
 */
enum rack_field {
	RACK_NAME,
	RACK_RACK,
	RACK_UNIT,
	RACK_MAC,
	RACK_IP,
	RACK_FIRMWARE,
	RACK_ARCH,
	RACK_DISK,
	RACK_BMC_URL,
	RACK_PASSWORD_FILE,
	RACK_PASSWORD_ENV,
	RACK_INSECURE,
	RACK_PIN,
	RACK_N_FIELDS,
};

/* The column of each in CSV. */
extern const char *const rack_field_names[RACK_N_FIELDS];

struct rack_cell {
	const char *text; /* borrowed; NULL: absent */
	unsigned line;
};

struct rack_row {
	const char *file;
	unsigned line;
	const char *const *names; /* what the file calls the fields */
	struct rack_cell cells[RACK_N_FIELDS];
	bool has_subnet;
	ipv4 subnet;
	unsigned prefix;           /* its length */
	ipv4 gateway;              /* 0: none */
	const json_t *nameservers; /* a list of strings, or NULL */
	/* More of the Hardware, each or NULL: MACs of interfaces that are not
	 * booted from, and members of its metadata. */
	const json_t *macs;
	const json_t *labels;
	const json_t *annotations;
};

/* "file:line: what is wrong: what was expected" to the errors; line 0: there
 * is none. */
void rack_error(struct rack *rack, const char *file, unsigned line,
		const char *format, ...) PRINTF(4, 5);

/*
 * Remember that `value` of this kind ("mac", "ip", "name") stands here; an
 * error that names both places when it stood somewhere before.
 */
void rack_once(struct rack *rack, const char *kind, const char *value,
	       const char *file, unsigned line);

/* The subnet of a rack, or of a CSV's column. False: an error was added. */
bool rack_read_subnet(struct rack *rack, struct rack_row *row,
		      const struct rack_cell *cell);
bool rack_read_gateway(struct rack *rack, struct rack_row *row,
		       const struct rack_cell *cell);

/* Checks all of the row; adds its objects when nothing is wrong with it. */
void rack_add_row(struct rack *rack, const struct rack_row *row);

/* rack_csv_wire.c */
void rack_read_csv(struct rack *rack, const char *file, const char *text,
		   size_t len);

#endif
