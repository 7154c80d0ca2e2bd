/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_data_plan.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "cli/resource.h"
#include "workflow/input_tree.h"

#define MAX_VALUE  4096
#define MAX_LISTED 1024

/* What templates ask most, and nothing that could be somebody's. */
static const char sample[] =
	"{\"apiVersion\":\"tinkerbell.org/v1alpha1\",\"kind\":\"Hardware\","
	"\"metadata\":{\"name\":\"sample\",\"namespace\":\"default\","
	"\"labels\":{},\"annotations\":{}},\"spec\":{"
	"\"agentID\":\"02:00:00:00:00:01\","
	"\"disks\":[{\"device\":\"/dev/sda\"},{\"device\":\"/dev/sdb\"}],"
	"\"interfaces\":[{\"dhcp\":{\"arch\":\"x86_64\","
	"\"hostname\":\"sample\",\"mac\":\"02:00:00:00:00:01\","
	"\"lease_time\":86400,\"name_servers\":[\"192.0.2.1\"],"
	"\"time_servers\":[],\"uefi\":true,\"ip\":{"
	"\"address\":\"192.0.2.10\",\"netmask\":\"255.255.255.0\","
	"\"gateway\":\"192.0.2.1\",\"family\":4}},"
	"\"netboot\":{\"allowPXE\":true,\"allowWorkflow\":true}}],"
	"\"metadata\":{\"facility\":{\"facility_code\":\"sample\"},"
	"\"instance\":{\"id\":\"02:00:00:00:00:01\","
	"\"hostname\":\"sample\",\"ssh_keys\":[\"ssh-ed25519 sample\"],"
	"\"ips\":[{\"address\":\"192.0.2.10\","
	"\"netmask\":\"255.255.255.0\",\"gateway\":\"192.0.2.1\","
	"\"family\":4,\"public\":true}],"
	"\"operating_system\":{\"distro\":\"debian\",\"version\":\"12\","
	"\"os_slug\":\"debian_12\",\"image_tag\":\"sample\"}}},"
	"\"userData\":\"#cloud-config\\n\",\"vendorData\":\"\"}}";

static const char *text_at(const json_t *object, const char *path)
{
	const char *text = json_str_at(object, path);

	return text ? text : "";
}

static bool is_kind(const json_t *object, const struct resource *resource)
{
	AUTO_FREE char *version =
		xasprintf("%s%s%s", resource->group,
			  *resource->group ? "/" : "", resource->version);

	return str_eq(text_at(object, "kind"), resource->kind) &&
	       str_eq(text_at(object, "apiVersion"), version);
}

/* Those with this text at the path; NULL: with any. A new list. */
static json_t *chosen(const json_t *objects, const struct resource *resource,
		      const char *path, const char *text)
{
	json_t *list = json_array();
	json_t *object;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)objects, i, object)
		if (is_kind(object, resource) &&
		    (!text || str_eq(text_at(object, path), text)))
			json_array_append(list, object);
	return list;
}

/* The only one, NULL where there is none; more than one are an error. */
static int only(const json_t *list, const char *kind, const json_t **one,
		struct err *err)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT(MAX_LISTED);
	json_t *object;
	size_t i;

	*one = json_array_get(list, 0);
	if (json_array_size(list) < 2)
		return 0;
	json_array_foreach (list, i, object)
		if (names.len < 200)
			buf_printf(&names, "%s%s", i ? ", " : "",
				   text_at(object, "metadata.name"));
	return err_set(err, ERR_INVALID,
		       "there are %zu %s (%s%s): --machine NAME chooses one",
		       json_array_size(list), kind, names.base,
		       names.len < 200 ? "" : ", ...");
}

static int find_workflow(const struct template_ask *ask,
			 const json_t **workflow, struct err *err)
{
	AUTO_JSON json_t *named = chosen(ask->objects, &resource_workflow,
					 "metadata.name", ask->workflow);
	AUTO_JSON json_t *of_template = chosen(
		named, &resource_workflow, "spec.templateRef", ask->template);
	AUTO_JSON json_t *list = chosen(of_template, &resource_workflow,
					"spec.hardwareRef", ask->machine);

	return only(list, "Workflows", workflow, err);
}

static int find_hardware(const struct template_ask *ask, const json_t *workflow,
			 const json_t **hardware, struct err *err)
{
	const char *name = ask->machine
				   ? ask->machine
				   : json_str_at(workflow, "spec.hardwareRef");
	AUTO_JSON json_t *list = NULL;

	/* A Workflow may go without. */
	if (workflow && !name)
		return 0;
	list = chosen(ask->objects, &resource_hardware, "metadata.name", name);
	if (name && !json_array_size(list))
		return err_set(err, ERR_NOT_FOUND,
			       "no Hardware \"%s\" is in the files", name);
	if (name) {
		*hardware = json_array_get(list, 0);
		return 0;
	}
	return only(list, "Hardware", hardware, err);
}

/* References */

/* As a Secret has it, what it holds being named and not shown. */
static json_t *placeholder(const char *secret, const char *key)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(2 * MAX_VALUE);
	AUTO_FREE char *plain = xasprintf("<secret %s/%s>", secret, key);

	str_base64(&text, plain, strlen(plain));
	return json_string(text.base);
}

/* Without its values, and with them where the API has them. */
static json_t *hide_values(const json_t *object)
{
	static const char *const members[] = { "data", "stringData" };
	json_t *out = json_deep_copy(object);
	json_t *values = json_object();

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const char *key;
		json_t *value;

		json_object_foreach (json_object_get(out, members[i]), key,
				     value)
			json_object_set_new(
				values, key,
				placeholder(text_at(object, "metadata.name"),
					    key));
	}
	json_object_set_new(out, "data", values);
	json_object_del(out, "stringData");
	return out;
}

static const struct resource *resource_by_plural(const json_t *reference)
{
	const struct resource *resource;

	for (size_t i = 0; (resource = resource_at(i)); i++)
		if (str_eq(resource->plural, text_at(reference, "resource")) &&
		    str_eq(resource->group, text_at(reference, "group")) &&
		    str_eq(resource->version, text_at(reference, "version")))
			return resource;
	return NULL;
}

/* NULL: it is not there. */
static json_t *find_referred(const struct template_ask *ask,
			     const json_t *reference)
{
	const struct resource *resource = resource_by_plural(reference);
	const char *namespace = text_at(reference, "namespace");
	AUTO_JSON json_t *list = NULL;
	json_t *object;
	size_t i;

	if (!resource)
		return NULL;
	list = chosen(ask->objects, resource, "metadata.name",
		      text_at(reference, "name"));
	json_array_foreach (list, i, object) {
		const char *own = json_str_at(object, "metadata.namespace");

		if (!str_eq(own ? own : ask->namespace, namespace))
			continue;
		return resource == &resource_secret ? hide_values(object)
						    : json_incref(object);
	}
	return NULL;
}

/* What goes wrong with one is said only if the template asks for it. */
static void resolve_one(const struct template_ask *ask, const json_t *source,
			const char *name, const json_t *reference,
			struct template_data *data)
{
	bool allowed =
		!ask->rules || reference_allowed(ask->rules, source, reference);
	json_t *object = allowed ? find_referred(ask, reference) : NULL;

	if (object)
		json_object_set_new(data->references, name, object);
	else if (!data->problem.code)
		err_set(&data->problem, allowed ? ERR_NOT_FOUND : ERR_DENIED,
			"reference %s: %s %s/%s%s", name,
			text_at(reference, "resource"),
			text_at(reference, "namespace"),
			text_at(reference, "name"),
			allowed ? " is not in the files (--references FILE)"
				: ": no rule allows this reference");
}

static void resolve(const struct template_ask *ask, const json_t *hardware,
		    struct template_data *data)
{
	const json_t *list = json_at(hardware, "spec.references");
	AUTO_JSON json_t *source = json_object();
	const char *name;
	json_t *reference;

	json_object_set_new(source, "name",
			    json_string(text_at(hardware, "metadata.name")));
	json_object_set_new(
		source, "namespace",
		json_string(text_at(hardware, "metadata.namespace")));
	json_object_foreach ((json_t *)(uintptr_t)list, name, reference)
		resolve_one(ask, source, name, reference, data);
}

/* The data */

static json_t *facts_of(const json_t *hardware)
{
	json_t *facts = json_object();
	const char *name = text_at(hardware, "metadata.name");

	json_object_set_new(facts, "name", json_string(name));
	json_object_set_new(facts, "server", json_string("http://SERVER:7080"));
	json_object_set_new(facts, "imageURL",
			    json_string("http://SERVER:7080/images"));
	json_object_set_new(
		facts, "metadataURL",
		json_string("http://SERVER:7080/metadata/nocloud/TOKEN/"));
	return facts;
}

/* The Workflow's, or that of `tomte provision`, under the settings. */
static json_t *map_of(const struct template_ask *ask, const json_t *workflow,
		      const json_t *hardware)
{
	json_t *map = json_object();
	json_t *own = json_at(workflow, "spec.hardwareMap");

	if (json_is_object(own))
		json_object_update(map, own);
	if (!workflow && hardware)
		json_object_set_new(
			map, "device_1",
			json_string(text_at(hardware,
					    "spec.interfaces[0].dhcp.mac")));
	if (ask->settings)
		json_object_update(map, (json_t *)(uintptr_t)ask->settings);
	return map;
}

/* An object of a file says less of itself than one of the inventory. */
static json_t *with_namespace(const json_t *hardware, const char *namespace)
{
	json_t *out = json_deep_copy(hardware);

	if (!json_str_at(out, "metadata.namespace"))
		json_put(out, "metadata.namespace", json_string(namespace));
	return out;
}

static struct template_data *make(const struct template_ask *ask,
				  const json_t *workflow,
				  const json_t *hardware)
{
	struct template_data *data = xcalloc(1, sizeof(*data));
	AUTO_JSON json_t *own =
		hardware ? with_namespace(hardware, ask->namespace) : NULL;
	AUTO_JSON json_t *facts = facts_of(own);
	AUTO_JSON json_t *like = json_object();

	json_put(like, "spec.hardwareMap", map_of(ask, workflow, own));
	data->references = json_object();
	data->has_hardware = own != NULL;
	resolve(ask, own, data);
	data->input = input_tree(like, own, facts, data->references);
	return data;
}

struct template_data *template_data_new(const struct template_ask *ask,
					struct err *err)
{
	const json_t *workflow = NULL;
	const json_t *hardware = NULL;

	if (find_workflow(ask, &workflow, err) ||
	    find_hardware(ask, workflow, &hardware, err))
		return NULL;
	return make(ask, workflow, hardware);
}

bool template_has_hardware(const json_t *objects)
{
	AUTO_JSON json_t *list =
		chosen(objects, &resource_hardware, NULL, NULL);

	return json_array_size(list) > 0;
}

json_t *template_machines(const struct template_ask *ask)
{
	AUTO_JSON json_t *workflows =
		chosen(ask->objects, &resource_workflow, NULL, NULL);
	AUTO_JSON json_t *hardware =
		chosen(ask->objects, &resource_hardware, NULL, NULL);
	json_t *names = json_array();
	json_t *object;
	size_t i;

	if (ask->machine || json_array_size(workflows) ||
	    json_array_size(hardware) < 2) {
		json_array_append_new(names, json_null());
		return names;
	}
	json_array_foreach (hardware, i, object)
		json_array_append_new(
			names, json_string(text_at(object, "metadata.name")));
	return names;
}

struct template_data *template_data_sample(const struct template_ask *ask)
{
	AUTO_JSON json_t *hardware = json_loads(sample, 0, NULL);
	const json_t *workflow = NULL;
	struct err several;

	assert(hardware);
	if (find_workflow(ask, &workflow, &several))
		workflow = NULL;
	return make(ask, workflow, hardware);
}

void template_data_free(struct template_data *data)
{
	if (!data)
		return;
	json_decref(data->input);
	json_decref(data->references);
	free(data);
}

/* The value of a Secret that stands at `text`, if there is one. */
static const char *value_at(const struct template_data *data, const char *text,
			    const char **secret, const char **key)
{
	const char *name;
	json_t *object;
	json_t *value;

	json_object_foreach (data->references, name, object) {
		if (!is_kind(object, &resource_secret))
			continue;
		*secret = text_at(object, "metadata.name");
		json_object_foreach (json_object_get(object, "data"), *key,
				     value)
			if (str_starts(text, json_string_value(value)))
				return json_string_value(value);
	}
	return NULL;
}

void template_shown(const struct template_data *data, const char *text,
		    struct buf *out)
{
	while (*text) {
		const char *secret;
		const char *key;
		const char *value = value_at(data, text, &secret, &key);

		if (value)
			buf_printf(out, "<base64 of secret %s/%s>", secret,
				   key);
		else
			buf_addc(out, *text);
		text += value ? strlen(value) : 1;
	}
}
