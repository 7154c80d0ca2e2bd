/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_TARGETS_PLAN_H
#define API_TARGETS_PLAN_H

#include "base/json.h"

/*
 * Whom Prometheus is to ask, as its http_sd wants to be told. Pure.
 *
 *	[{"targets": ["10.0.0.9:9100"],
 *	  "labels": {"__meta_tomte_kind": "node",
 *		     "__meta_tomte_hardware": "r1n01", ...}}, ...]
 *
 * A node is a machine's own address, where its operating system may export
 * metrics; a bmc is the address of its BMC, for an exporter that asks it.
 */
struct targets_row {
	const char *namespace;
	const char *name;
	const json_t *labels; /* of the Hardware; may be NULL */
	const char *mac;      /* this and the rest: "" if there is none */
	const char *arch;
	const char *address;
	const char *bmc;
	const char *bmc_host;
	const char *bmc_driver;
	const char *power;
};

void targets_add_node(json_t *out, const struct targets_row *row,
		      unsigned port);
void targets_add_bmc(json_t *out, const struct targets_row *row);

#endif
