/* SPDX-License-Identifier: Apache-2.0 */
#include "api/targets_plan.h"

#include <string.h>

#include "base/str.h"

static const char *text_at(const json_t *value, const char *path)
{
	const char *text = json_str_at(value, path);

	return text ? text : "";
}

static const char *label_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(
		json_object_get(json_at(object, "metadata.labels"), name));

	return text ? text : "";
}

static void put(json_t *labels, const char *name, const char *text)
{
	AUTO_FREE char *full = xasprintf("__meta_tomte_%s", name);

	if (*text)
		json_object_set_new(labels, full, json_string(text));
}

static json_t *labels_of(const json_t *hardware, const char *kind)
{
	static const char *const own[] = { "rack", "unit", "site", "role" };
	json_t *labels = json_object();

	put(labels, "kind", kind);
	put(labels, "hardware", text_at(hardware, "metadata.name"));
	put(labels, "namespace", text_at(hardware, "metadata.namespace"));
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		AUTO_FREE char *label = xasprintf("tomte.dev/%s", own[i]);

		put(labels, own[i], label_of(hardware, label));
	}
	put(labels, "mac", text_at(hardware, "spec.interfaces[0].dhcp.mac"));
	put(labels, "arch", text_at(hardware, "spec.interfaces[0].dhcp.arch"));
	return labels;
}

/* The target is given away. */
static void add(json_t *out, char *target, json_t *labels)
{
	json_t *group = json_object();
	json_t *targets = json_array();

	json_array_append_new(targets, json_string(target));
	json_object_set_new(group, "targets", targets);
	json_object_set_new(group, "labels", labels);
	json_array_append_new(out, group);
	free(target);
}

/* An IPv6 address stands in brackets where a port follows. */
static char *with_port(const char *host, unsigned port)
{
	bool six = strchr(host, ':') != NULL;

	return xasprintf("%s%s%s:%u", six ? "[" : "", host, six ? "]" : "",
			 port);
}

/* {"namespace/name": object} */
static json_t *index_of(const json_t *list)
{
	json_t *index = json_object();
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		AUTO_FREE char *key =
			xasprintf("%s/%s", text_at(item, "metadata.namespace"),
				  text_at(item, "metadata.name"));

		json_object_set(index, key, item);
	}
	return index;
}

static const json_t *bmc_of(const json_t *machines, const json_t *hardware)
{
	AUTO_FREE char *key =
		xasprintf("%s/%s", text_at(hardware, "metadata.namespace"),
			  text_at(hardware, "spec.bmcRef.name"));

	return json_object_get(machines, key);
}

static void add_bmc(json_t *out, const json_t *bmc, const json_t *hardware)
{
	const char *host = text_at(bmc, "spec.connection.host");
	json_t *labels;

	if (!*host)
		return;
	labels = labels_of(hardware, "bmc");
	put(labels, "bmc", text_at(bmc, "metadata.name"));
	put(labels, "bmc_protocol",
	    str_eq(text_at(bmc, "spec.connection.providerOptions."
				"preferredOrder[0]"),
		   "gofish")
		    ? "redfish"
		    : "ipmi");
	put(labels, "power", text_at(bmc, "status.powerState"));
	add(out, xstrdup(host), labels);
}

json_t *targets_render(const struct targets_input *input)
{
	AUTO_JSON json_t *machines = index_of(input->machines);
	json_t *out = json_array();
	size_t i;
	json_t *item;

	json_array_foreach (input->hardware, i, item) {
		const char *address =
			text_at(item, "spec.interfaces[0].dhcp.ip.address");

		if (!input->shows(input->arg,
				  text_at(item, "metadata.namespace")))
			continue;
		if (input->nodes && *address)
			add(out, with_port(address, input->port),
			    labels_of(item, "node"));
		if (input->bmcs)
			add_bmc(out, bmc_of(machines, item), item);
	}
	return out;
}
