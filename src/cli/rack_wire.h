/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RACK_WIRE_H
#define CLI_RACK_WIRE_H

#include "base/buf.h"
#include "base/json.h"

/*
 * What `tomte import` reads: a rack in short YAML, a table in CSV,
 * Tinkerbell's own objects in YAML, or NetBox's answers in JSON; what comes
 * out is objects of the API.
 *
 * Files are read one after another into one rack, so that a MAC address that
 * stands in two of them is found. All errors of all files are collected:
 * nothing is to be sent while there are any.
 *
 *	rack_init(&rack, on_secret, arg);
 *	rack_read(&rack, "rack.yaml", text, len);
 *	rack_finish(&rack);
 *	if (json_array_size(rack.errors))
 *		...print them
 *	else
 *		...send rack.objects, in their order
 *	rack_release(&rack);
 */

/* Annotations of a BMC's Secret: where its password was read from. */
#define RACK_NOTE_FILE "tomte.dev/password-file"
#define RACK_NOTE_ENV  "tomte.dev/password-env"

/*
 * Asked for a password, which never stands in a rack file: `path` of a file
 * or name of a variable of the environment, the other is NULL.
 */
typedef int (*rack_secret_fn)(void *arg, const char *path, const char *variable,
			      struct buf *password, struct err *err);

/* What NetBox does not know of its devices; NULL: not said. */
struct rack_defaults {
	const char *bmc_user;
	const char *password_file;
	const char *password_env;
	const char *protocol; /* "redfish" or "ipmi"; NULL: redfish */
	const char *insecure; /* "true" */
	const char *firmware;
	const char *arch;
	const char *disk;
	const char *gateway; /* an address; "first" or "last" of the subnet */
};

struct rack {
	json_t *objects;
	json_t *errors; /* strings "file:line: what: what was expected" */
	struct rack_defaults defaults;
	/* Private. */
	json_t *seen;   /* "mac 52:..." -> "file:line" */
	json_t *netbox; /* what was read of one: see netbox_wire.c */
	rack_secret_fn secret;
	void *arg;
};

void rack_init(struct rack *rack, rack_secret_fn secret, void *arg);
void rack_release(struct rack *rack);

/* The format is known by the file's name (.csv) or by its content. */
void rack_read(struct rack *rack, const char *file, const char *text,
	       size_t len);
/* After the last file: devices of one NetBox may stand in several. */
void rack_finish(struct rack *rack);

#endif
