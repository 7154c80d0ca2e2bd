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
struct targets_input {
	const json_t *hardware; /* lists of objects of all namespaces */
	const json_t *machines; /* of bmc */
	bool nodes;
	bool bmcs;
	unsigned port; /* of the nodes */
	/* Whether objects of a namespace may be shown. */
	bool (*shows)(void *arg, const char *namespace);
	void *arg;
};

json_t *targets_render(const struct targets_input *input);

#endif
