/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_PART_WIRE_H
#define BMC_REDFISH_PART_WIRE_H

#include "bmc/redfish_wire.h"

/*
 * What is read page by page: parts of a machine, sensors, logs. Pure; see
 * redfish_wire.h for how bodies are taken.
 *
 * A page is a collection or one member of it. Members that the BMC has put
 * into the collection itself ($expand, or a log) are taken from there; of
 * others the links are added, as is that of a collection's next page.
 */
int redfish_parse_part(enum redfish_kind kind, const char *body, size_t len,
		       struct bmc_inventory *inventory,
		       struct redfish_links *links, struct err *err) NODISCARD;

/* A chassis: links to its sensors, the few pages of the older kind where it
 * has them. */
int redfish_parse_chassis(const char *body, size_t len,
			  struct redfish_links *links,
			  struct err *err) NODISCARD;
/* Thermal, Power, and sensors. */
int redfish_parse_sensors(enum redfish_kind kind, const char *body, size_t len,
			  struct bmc_sensors *sensors,
			  struct redfish_links *links,
			  struct err *err) NODISCARD;

struct redfish_log {
	char id[BMC_WORD_SIZE];
	char entries[BMC_PATH_SIZE]; /* "": there are none */
	char clear[BMC_PATH_SIZE];   /* target of the action, or "" */
};

int redfish_parse_log(const char *body, size_t len, struct redfish_log *log,
		      struct err *err) NODISCARD;
/* How likely a log service is that of the machine's events, by its path;
 * the highest number is the best. */
unsigned redfish_log_rank(const char *path);
int redfish_parse_entries(const char *body, size_t len, struct bmc_log *log,
			  struct redfish_links *links,
			  struct err *err) NODISCARD;

#endif
