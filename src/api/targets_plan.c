/* SPDX-License-Identifier: Apache-2.0 */
#include "api/targets_plan.h"

#include <string.h>

#include "base/str.h"

static void put(json_t *labels, const char *name, const char *text)
{
	AUTO_FREE char *full = xasprintf("__meta_tomte_%s", name);

	if (text && *text)
		json_object_set_new(labels, full, json_string(text));
}

static json_t *labels_of(const struct targets_row *row, const char *kind)
{
	static const char *const own[] = { "rack", "unit", "site", "role" };
	json_t *labels = json_object();

	put(labels, "kind", kind);
	put(labels, "hardware", row->name);
	put(labels, "namespace", row->namespace);
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		AUTO_FREE char *label = xasprintf("tomte.dev/%s", own[i]);

		put(labels, own[i],
		    json_string_value(json_object_get(row->labels, label)));
	}
	put(labels, "mac", row->mac);
	put(labels, "arch", row->arch);
	return labels;
}

/* The labels are given away. */
static void add(json_t *out, const char *target, json_t *labels)
{
	json_t *group = json_object();
	json_t *targets = json_array();

	json_array_append_new(targets, json_string(target));
	json_object_set_new(group, "targets", targets);
	json_object_set_new(group, "labels", labels);
	json_array_append_new(out, group);
}

void targets_add_node(json_t *out, const struct targets_row *row, unsigned port)
{
	/* An IPv6 address stands in brackets where a port follows. */
	bool six = strchr(row->address, ':') != NULL;
	AUTO_FREE char *target = xasprintf("%s%s%s:%u", six ? "[" : "",
					   row->address, six ? "]" : "", port);

	if (*row->address)
		add(out, target, labels_of(row, "node"));
}

void targets_add_bmc(json_t *out, const struct targets_row *row)
{
	json_t *labels;

	if (!*row->bmc_host)
		return;
	labels = labels_of(row, "bmc");
	put(labels, "bmc", row->bmc);
	put(labels, "bmc_protocol",
	    str_eq(row->bmc_driver, "gofish") ? "redfish" : "ipmi");
	put(labels, "power", row->power);
	add(out, row->bmc_host, labels);
}
