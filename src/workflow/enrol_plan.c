/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/enrol_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "workflow/pattern_wire.h"

#define TINKERBELL   "tinkerbell.org/v1alpha1"
#define NAME_MAX_LEN 253

void enrol_name(char *name, size_t size, const char *prefix, const char *agent)
{
	size_t n = (size_t)snprintf(name, size, "%s-", prefix);
	size_t start = n;

	for (; *agent && n + 1 < size && n < NAME_MAX_LEN; agent++) {
		char c = *agent;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			name[n++] = c;
		else if (n > start && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		n--;
	name[n] = '\0';
}

/* ---- enrolment ---- */

/* How many of a set's rules match; -1: one of them is none. */
static int count_matches(const json_t *rules, const json_t *attributes,
			 struct err *err)
{
	const json_t *rule;
	int n = 0;
	size_t i;

	json_array_foreach (rules, i, rule) {
		AUTO_PATTERN struct pattern *pattern = NULL;
		int status;

		pattern = pattern_new(
			json_is_string(rule) ? json_string_value(rule) : "",
			json_string_length(rule), err);
		status = pattern ? pattern_match(pattern, attributes, err) : -1;
		if (status < 0) {
			err_wrap(err, "rule %zu", i + 1);
			return -1;
		}
		n += status;
	}
	return n;
}

static int compare_sets(const json_t *a, const json_t *b)
{
	const char *namespace_a = json_str_at(a, "metadata.namespace");
	const char *namespace_b = json_str_at(b, "metadata.namespace");
	int order = strcmp(namespace_a ? namespace_a : "",
			   namespace_b ? namespace_b : "");
	const char *name_a = json_str_at(a, "metadata.name");
	const char *name_b = json_str_at(b, "metadata.name");

	return order ? order
		     : strcmp(name_a ? name_a : "", name_b ? name_b : "");
}

/* The one most of whose rules match, the first by name of several. What is
 * wrong with a set is added to `reason`. */
static const json_t *choose(const json_t *const *sets, size_t n_sets,
			    const json_t *attributes, char *reason)
{
	const json_t *best = NULL;
	int most = 0;

	snprintf(reason, ENROL_REASON, "no rule of %zu rule set%s matches it",
		 n_sets, n_sets == 1 ? "" : "s");
	for (size_t i = 0; i < n_sets; i++) {
		struct err err;
		int n = count_matches(json_at(sets[i], "spec.rules"),
				      attributes, &err);
		size_t end = strlen(reason);

		if (n < 0)
			snprintf(reason + end, ENROL_REASON - end,
				 "; rule set %s is passed over: %s",
				 json_str_at(sets[i], "metadata.name"),
				 err.message);
		else if (n > most || (n == most && best &&
				      compare_sets(sets[i], best) < 0)) {
			most = n;
			best = sets[i];
		}
	}
	return best;
}

static json_t *owner(const json_t *set)
{
	const char *uid = json_str_at(set, "metadata.uid");

	return json_pack("[{s:s,s:s,s:s,s:s}]", "apiVersion", TINKERBELL,
			 "kind", "WorkflowRuleSet", "name",
			 json_str_at(set, "metadata.name"), "uid",
			 uid ? uid : "");
}

static json_t *hardware_map(const json_t *set, const char *agent)
{
	const char *key = json_str_at(set, "spec.workflow.template.agentValue");
	json_t *more = json_at(set, "spec.workflow.template.kvs");
	json_t *map = json_object();

	if (json_is_object(more))
		json_object_update(map, more);
	if (key && *key)
		json_object_set_new(map, key, json_string(agent));
	return map;
}

/* A Workflow names Hardware of its own namespace alone; to others it comes by
 * their worker's name. */
static bool is_of(const json_t *object, const char *namespace)
{
	const char *own = json_str_at(object, "metadata.namespace");

	return !own || !namespace || str_eq(own, namespace);
}

/* Where its Workflow is to be. */
static const char *namespace_of(const json_t *set)
{
	const char *namespace = json_str_at(set, "spec.workflow.namespace");

	if (!namespace || !*namespace)
	namespace = json_str_at(set, "metadata.namespace");
	return namespace ? namespace : "default";
}

const char *enrol_plan_namespace(const json_t *const *rule_sets,
				 size_t n_rule_sets, const json_t *attributes)
{
	char reason[ENROL_REASON];
	const json_t *set = choose(rule_sets, n_rule_sets, attributes, reason);

	return set ? namespace_of(set) : NULL;
}

static json_t *make_workflow(const struct enrol_subject *subject,
			     const json_t *set)
{
	const char *namespace = namespace_of(set);
	const char *hardware = json_str_at(subject->hardware, "metadata.name");
	json_t *workflow = json_object();
	char name[NAME_MAX_LEN + 1];

	enrol_name(name, sizeof(name), "enrollment", subject->agent);
	json_put(workflow, "apiVersion", json_string(TINKERBELL));
	json_put(workflow, "kind", json_string("Workflow"));
	json_put(workflow, "metadata.name", json_string(name));
	json_put(workflow, "metadata.namespace", json_string(namespace));
	if (json_str_at(set, "metadata.namespace") &&
	    str_eq(json_str_at(set, "metadata.namespace"), namespace))
		json_put(workflow, "metadata.ownerReferences", owner(set));
	if (json_bool_at(set, "spec.workflow.addAttributes", false)) {
		AUTO_FREE char *text = json_text(subject->attributes);
		json_t *notes = json_object();

		json_object_set_new(notes, ENROL_ATTRIBUTES, json_string(text));
		json_put(workflow, "metadata.annotations", notes);
	}
	json_put(workflow, "spec.templateRef",
		 json_string(json_str_at(set, "spec.workflow.template.ref")));
	if (hardware && is_of(subject->hardware, namespace))
		json_put(workflow, "spec.hardwareRef", json_string(hardware));
	json_put(workflow, "spec.hardwareMap",
		 hardware_map(set, subject->agent));
	json_put(workflow, "spec.disabled",
		 json_boolean(
			 json_bool_at(set, "spec.workflow.disabled", false)));
	return workflow;
}

json_t *enrol_plan(const struct enrol_subject *subject,
		   const json_t *const *rule_sets, size_t n_rule_sets,
		   char *reason)
{
	const char *template;
	const json_t *set;

	if (subject->has_workflow) {
		snprintf(reason, ENROL_REASON, "a Workflow names it already");
		return NULL;
	}
	if (subject->hardware && !subject->discovered &&
	    !json_bool_at(subject->hardware, "spec.auto.enrollmentEnabled",
			  false)) {
		snprintf(reason, ENROL_REASON,
			 "its Hardware does not say "
			 "spec.auto.enrollmentEnabled: true");
		return NULL;
	}
	set = choose(rule_sets, n_rule_sets, subject->attributes, reason);
	if (!set)
		return NULL;
	template = json_str_at(set, "spec.workflow.template.ref");
	if (!template || !*template) {
		snprintf(reason, ENROL_REASON,
			 "rule set %s names no template "
			 "(spec.workflow.template.ref)",
			 json_str_at(set, "metadata.name"));
		return NULL;
	}
	reason[0] = '\0';
	return make_workflow(subject, set);
}

/* ---- discovery ---- */

static json_t *disks_of(const json_t *attributes)
{
	json_t *list = json_array();
	const json_t *device;
	size_t i;

	json_array_foreach (json_at(attributes, "blockDevices"), i, device) {
		const char *name = json_str_at(device, "name");
		const char *size = json_str_at(device, "size");
		AUTO_FREE char *path = NULL;

		if (!name || !*name || strchr(name, '/') || !size || !*size ||
		    str_starts(size, "0") ||
		    json_array_size(list) == ENROL_MOST_DISKS)
			continue;
		path = xasprintf("/dev/%s", name);
		json_array_append_new(list, json_pack("{s:s}", "device", path));
	}
	return list;
}

/* What a worker says beside Tinkerbell's attributes. */
static void put_firmware(json_t *interface, const json_t *attributes)
{
	const char *arch = json_str_at(attributes, "architecture");
	const char *firmware = json_str_at(attributes, "firmware");

	if (arch && *arch)
		json_put(interface, "dhcp.arch", json_string(arch));
	if (firmware && *firmware)
		json_put(interface, "dhcp.uefi",
			 json_boolean(str_eq(firmware, "uefi")));
}

static void add_interface(json_t *list, const struct mac *mac,
			  const json_t *attributes)
{
	json_t *interface = json_object();
	char text[MAC_TEXT];

	net_mac_text(mac, text);
	json_put(interface, "dhcp.mac", json_string(text));
	put_firmware(interface, attributes);
	json_array_append_new(list, interface);
}

static bool has_mac(const json_t *list, const struct mac *mac)
{
	const json_t *interface;
	char text[MAC_TEXT];
	size_t i;

	net_mac_text(mac, text);
	json_array_foreach ((json_t *)(uintptr_t)list, i, interface)
		if (str_eq(json_str_at(interface, "dhcp.mac"), text))
			return true;
	return false;
}

static void put_address(json_t *interface, const struct enrol_found *found)
{
	if (!*found->address)
		return;
	json_put(interface, "dhcp.ip.address", json_string(found->address));
	json_put(interface, "dhcp.ip.netmask", json_string(found->netmask));
	if (*found->gateway)
		json_put(interface, "dhcp.ip.gateway",
			 json_string(found->gateway));
}

bool enrol_card(const json_t *card, struct mac *mac)
{
	static const char *const usb[] = { "cdc_ether", "cdc_ncm", "cdc_eem",
					   "rndis_host" };
	static const struct mac none;
	const char *text = json_str_at(card, "mac");
	const char *driver = json_str_at(card, "driver");

	for (size_t i = 0; driver && i < ARRAY_LEN(usb); i++)
		if (str_eq(driver, usb[i]))
			return false;
	return text && net_parse_mac(text, mac) && !net_mac_eq(mac, &none);
}

static json_t *interfaces_of(const struct enrol_found *found)
{
	json_t *list = json_array();
	const json_t *cards = json_at(found->attributes, "networkInterfaces");
	const json_t *card;
	size_t i;

	add_interface(list, &found->mac, found->attributes);
	put_address(json_array_get(list, 0), found);
	json_array_foreach ((json_t *)(uintptr_t)cards, i, card) {
		struct mac mac;

		if (!enrol_card(card, &mac) || has_mac(list, &mac) ||
		    json_array_size(list) == ENROL_MOST_CARDS)
			continue;
		add_interface(list, &mac, found->attributes);
	}
	return list;
}

json_t *enrol_discover(const struct enrol_found *found)
{
	AUTO_FREE char *text = json_text(found->attributes);
	json_t *hardware = json_object();
	json_t *notes = json_object();
	json_t *labels = json_object();
	char name[NAME_MAX_LEN + 1];

	enrol_name(name, sizeof(name), "discovery", found->agent);
	if (strlen(text) <= ENROL_NOTE_MAX)
		json_object_set_new(notes, ENROL_ATTRIBUTES, json_string(text));
	json_object_set_new(notes, ENROL_WHEN, json_string(found->at));
	json_object_set_new(labels, ENROL_DISCOVERED, json_string("true"));
	json_put(hardware, "apiVersion", json_string(TINKERBELL));
	json_put(hardware, "kind", json_string("Hardware"));
	json_put(hardware, "metadata.name", json_string(name));
	json_put(hardware, "metadata.namespace", json_string(found->namespace));
	json_put(hardware, "metadata.annotations", notes);
	json_put(hardware, "metadata.labels", labels);
	json_put(hardware, "spec.agentID", json_string(found->agent));
	json_put(hardware, "spec.auto.enrollmentEnabled", json_false());
	json_put(hardware, "spec.disks", disks_of(found->attributes));
	json_put(hardware, "spec.interfaces", interfaces_of(found));
	return hardware;
}
