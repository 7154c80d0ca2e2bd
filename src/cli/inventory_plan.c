/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inventory_plan.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "cli/machine_row_plan.h"

static const char *entry_of(const json_t *object, const char *list,
			    const char *name)
{
	const char *text =
		json_string_value(json_object_get(json_at(object, list), name));

	return text ? text : "";
}

/* What there is, by the machine's name, or by its own. */
struct source {
	const json_t *hardware; /* the list */
	json_t *machines;
	json_t *newest; /* run of each machine */
};

static void source_init(struct source *source,
			const struct inventory_input *input)
{
	size_t i;
	json_t *run;

	source->hardware = input->hardware;
	source->machines = machine_row_index(input->machines);
	source->newest = json_object();
	json_array_foreach (input->runs, i, run) {
		const char *at =
			json_text_at(run, "metadata.creationTimestamp");
		const char *machine = json_text_at(run, "spec.machine");
		const json_t *other = json_object_get(source->newest, machine);

		if (strcmp(at, json_text_at(other,
					    "metadata.creationTimestamp")) >= 0)
			json_object_set(source->newest, machine, run);
	}
}

static void source_release(struct source *source)
{
	json_decref(source->newest);
	json_decref(source->machines);
}

static const char *state_of(const json_t *run)
{
	const char *outcome = json_text_at(run, "status.outcome");

	if (!run)
		return "none";
	return *outcome ? outcome : "running";
}

static void put(json_t *object, const char *name, const char *text)
{
	if (*text)
		json_object_set_new(object, name, json_string(text));
}

static json_t *vars_of(const struct source *source, const json_t *hardware)
{
	static const struct {
		const char *name;
		const char *annotation;
	} notes[] = {
		{ "tomte_serial", "tomte.dev/serial" },
		{ "tomte_asset_tag", "tomte.dev/asset-tag" },
		{ "tomte_model", "tomte.dev/model" },
	};
	const json_t *bmc = machine_row_bmc(source->machines, hardware);
	const json_t *labels = json_at(hardware, "metadata.labels");
	const json_t *run = json_object_get(
		source->newest, json_text_at(hardware, "metadata.name"));
	json_t *vars = json_object();
	struct machine_row row;

	machine_row_read(hardware, bmc, NULL, &row);
	put(vars, "ansible_host", row.cells[RACK_IP]);
	put(vars, "tomte_state", state_of(run));
	put(vars, "tomte_run", json_text_at(run, "metadata.name"));
	put(vars, "tomte_template", json_text_at(run, "spec.template"));
	put(vars, "tomte_rack", row.cells[RACK_RACK]);
	put(vars, "tomte_unit", row.cells[RACK_UNIT]);
	put(vars, "tomte_mac", row.cells[RACK_MAC]);
	put(vars, "tomte_arch", row.cells[RACK_ARCH]);
	put(vars, "tomte_firmware", row.cells[RACK_FIRMWARE]);
	put(vars, "tomte_disk", row.cells[RACK_DISK]);
	put(vars, "tomte_bmc", row.host);
	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		put(vars, notes[i].name,
		    entry_of(hardware, "metadata.annotations",
			     notes[i].annotation));
	if (json_object_size(labels))
		json_object_set_new(vars, "tomte_labels",
				    json_deep_copy(labels));
	return vars;
}

/* Names of groups are names of variables to Ansible. */
static char *group_name(const char *kind, const char *text)
{
	char *name = xasprintf("%s_%s", kind, text);

	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return name;
}

static void join(json_t *groups, const char *kind, const char *text,
		 const char *host)
{
	AUTO_FREE char *name = group_name(kind, text);
	json_t *hosts;

	if (!*text)
		return;
	hosts = json_object_get(groups, name);
	if (!hosts) {
		hosts = json_array();
		json_object_set_new(groups, name, hosts);
	}
	json_array_append_new(hosts, json_string(host));
}

/* {group: [host, ...]} */
static json_t *groups_of(const struct source *source)
{
	json_t *groups = json_object();
	size_t i;
	json_t *item;

	json_array_foreach (source->hardware, i, item) {
		const char *list = "metadata.labels";
		const char *host = json_text_at(item, "metadata.name");

		join(groups, "rack", entry_of(item, list, "tomte.dev/rack"),
		     host);
		join(groups, "site", entry_of(item, list, "tomte.dev/site"),
		     host);
		join(groups, "role", entry_of(item, list, "tomte.dev/role"),
		     host);
		join(groups, "arch",
		     json_text_at(item, "spec.interfaces[0].dhcp.arch"), host);
		join(groups, "state",
		     state_of(json_object_get(source->newest, host)), host);
	}
	return groups;
}

json_t *inventory_list(const struct inventory_input *input)
{
	CLEANUP(source_release) struct source source;
	AUTO_JSON json_t *groups = NULL;
	json_t *out = json_object();
	json_t *hostvars = json_object();
	json_t *children = json_array();
	const char *group;
	size_t i;
	json_t *item;

	source_init(&source, input);
	groups = groups_of(&source);
	json_array_foreach (input->hardware, i, item)
		json_object_set_new(hostvars,
				    json_text_at(item, "metadata.name"),
				    vars_of(&source, item));
	json_put(out, "_meta.hostvars", hostvars);
	json_put(out, "all.children", children);
	json_object_foreach (groups, group, item) {
		json_t *one = json_object();

		json_array_append_new(children, json_string(group));
		json_object_set(one, "hosts", item);
		json_object_set_new(out, group, one);
	}
	return out;
}

json_t *inventory_host(const struct inventory_input *input, const char *name)
{
	CLEANUP(source_release) struct source source;
	size_t i;
	json_t *item;

	source_init(&source, input);
	json_array_foreach (input->hardware, i, item)
		if (str_eq(json_text_at(item, "metadata.name"), name))
			return vars_of(&source, item);
	return NULL;
}

json_t *inventory_static(const struct inventory_input *input)
{
	CLEANUP(source_release) struct source source;
	AUTO_JSON json_t *groups = NULL;
	json_t *out = json_object();
	json_t *hosts = json_object();
	json_t *children = json_object();
	const char *group;
	size_t i;
	json_t *item;

	source_init(&source, input);
	groups = groups_of(&source);
	json_array_foreach (input->hardware, i, item)
		json_object_set_new(hosts, json_text_at(item, "metadata.name"),
				    vars_of(&source, item));
	json_object_foreach (groups, group, item) {
		json_t *members = json_object();
		json_t *one = json_object();
		json_t *host;

		json_array_foreach (item, i, host)
			json_object_set_new(members, json_string_value(host),
					    json_object());
		json_object_set_new(one, "hosts", members);
		json_object_set_new(children, group, one);
	}
	json_put(out, "all.hosts", hosts);
	json_put(out, "all.children", children);
	return out;
}
