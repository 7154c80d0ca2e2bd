/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_JSON_WIRE_H
#define BMC_REDFISH_JSON_WIRE_H

#include "base/json.h"
#include "bmc/redfish_wire.h"

/*
 * How the redfish_*_wire files look into JSON; for them only. Names have dots
 * in them ("@odata.id"), so these take one name and no path. NULL may stand
 * for any value: what is absent, or of another type, reads as "" and 0.
 */

/* NULL: see err, which is ERR_PROTOCOL. */
json_t *redfish_object(const char *body, size_t len, struct err *err) NODISCARD;

json_t *redfish_member(const json_t *value, const char *name);
const char *redfish_text(const json_t *value, const char *name);
/* A whole number from 0 to `max`; others count as `max`, or as 0. */
uint64_t redfish_number(const json_t *value, const char *name, uint64_t max);
bool redfish_is(const json_t *value, const char *text); /* in any case */

/* Cut to what fits, without control characters and blanks at its ends. */
void redfish_copy(char *out, size_t size, const json_t *value,
		  const char *name);

/* {"@odata.id": path} as a member: its path, or "". */
void redfish_link(const json_t *value, const char *name,
		  char path[BMC_PATH_SIZE]);
/* Its own: the "@odata.id" in it. */
void redfish_id(const json_t *value, char path[BMC_PATH_SIZE]);

/* {"Status": {"Health": "OK"}} */
enum bmc_health redfish_health(const json_t *value);

/* The object as text; frees it. */
char *redfish_body(json_t *object);

#endif
