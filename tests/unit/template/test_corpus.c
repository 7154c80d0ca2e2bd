/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real templates over the data that Tinkerbell gives to them: the examples
 * of the inventory, and the YAML files of the folder that TOMTE_CORPUS names
 * (those of Tinkerbell's own repositories, say), if there is one.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "template/template.h"
#include "test.h"

#define MAX_FILE (1024 * 1024)

static const char machine[] =
	"{\"device_1\": \"52:54:00:12:34:56\","
	" \"worker_id\": \"52:54:00:12:34:56\","
	" \"Hardware\": {\"Disks\": [\"/dev/nvme0n1\", \"/dev/sda\"],"
	"  \"Interfaces\": [{\"DHCP\": {\"MAC\": \"52:54:00:12:34:56\","
	"   \"Arch\": \"x86_64\", \"Hostname\": \"m1\","
	"   \"IP\": {\"Address\": \"10.0.0.5\","
	"            \"Netmask\": \"255.255.255.0\","
	"            \"Gateway\": \"10.0.0.1\"}}}],"
	"  \"UserData\": \"\", \"VendorData\": \"\", \"Metadata\": {}},"
	" \"hardware\": {\"metadata\": {\"name\": \"m1\"},"
	"  \"spec\": {\"disks\": [{\"device\": \"/dev/nvme0n1\"}]}},"
	" \"references\": {}}";

static char *render(const char *text, const json_t *data, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(256 * 1024);
	struct template *template = template_parse(text, strlen(text), err);
	int status = -1;

	if (template)
		status = template_render(template, data, &out, err);
	template_free(template);
	return status ? NULL : buf_take(&out);
}

static json_t *read_documents(const char *path)
{
	AUTO_FREE char *text = xmalloc(MAX_FILE);
	FILE *file = fopen(path, "rb");
	json_t *documents;
	struct err err;
	size_t len;

	if (!file)
		fail_msg("%s is not there", path);
	len = fread(text, 1, MAX_FILE, file);
	fclose(file);
	documents = yaml_parse(text, len, YAML_TYPED, NULL, &err);
	if (!documents)
		fail_msg("%s: %s", path, err.message);
	return documents;
}

/* Every string with an action in it: a template's data, or a mediaURL. */
static size_t render_strings(const char *path, const json_t *value,
			     const json_t *data)
{
	const char *text = json_string_value(value);
	size_t n = 0;
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_array(value))
		json_array_foreach (value, i, item)
			n += render_strings(path, item, data);
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		n += render_strings(path, item, data);
	if (text && strstr(text, "{{")) {
		struct err err = { 0 };
		AUTO_FREE char *out = render(text, data, &err);
		AUTO_JSON json_t *yaml = NULL;

		if (!out)
			fail_msg("%s: %s", path, err.message);
		assert_null(strstr(out, "{{"));
		yaml = yaml_parse(out, strlen(out), YAML_TEXT, NULL, &err);
		if (!yaml)
			fail_msg("%s: %s\n%s", path, err.message, out);
		n++;
	}
	return n;
}

static size_t render_folder(const char *folder)
{
	AUTO_JSON json_t *data = json_loads(machine, 0, NULL);
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(data);
	if (!directory)
		fail_msg("%s is not there", folder);
	while ((entry = readdir(directory))) {
		AUTO_FREE char *path =
			xasprintf("%s/%s", folder, entry->d_name);
		AUTO_JSON json_t *documents = NULL;

		if (!str_ends(path, ".yaml"))
			continue;
		documents = read_documents(path);
		n += render_strings(path, documents, data);
	}
	closedir(directory);
	return n;
}

static void test_the_examples_of_the_inventory_render(void **state)
{
	AUTO_FREE char *folder =
		xasprintf("%s/inventory/examples", getenv("SOURCE_DIR"));

	(void)state;

	assert_true(render_folder(folder) > 0);
}

static void test_tinkerbells_own_templates_render(void **state)
{
	const char *folder = getenv("TOMTE_CORPUS");

	(void)state;
	if (!folder || !*folder)
		skip();

	assert_true(render_folder(folder) > 0);
}

/* As Tinkerbell's playground decides how a machine restarts. */
static void test_a_branch_by_architecture(void **state)
{
	static const char text[] =
		"{{- if regexMatch \"a(arch|rm)\" "
		"(lower (index .Hardware.Interfaces 0).DHCP.Arch) }}\n"
		"- name: \"reboot into os\"\n"
		"{{- else }}\n"
		"- name: \"kexec into os\"\n"
		"{{- end }}\n"
		"  BLOCK_DEVICE: {{ formatPartition ( index .Hardware.Disks 0 "
		") 1 }}\n";
	AUTO_JSON json_t *data = json_loads(machine, 0, NULL);
	struct err err = { 0 };
	AUTO_FREE char *intel = render(text, data, &err);
	AUTO_FREE char *arm = NULL;

	(void)state;
	json_object_set_new(json_at(data, "Hardware.Interfaces[0].DHCP"),
			    "Arch", json_string("AARCH64"));

	arm = render(text, data, &err);

	assert_string_equal(intel, "\n- name: \"kexec into os\"\n"
				   "  BLOCK_DEVICE: /dev/nvme0n1p1\n");
	assert_string_equal(arm, "\n- name: \"reboot into os\"\n"
				 "  BLOCK_DEVICE: /dev/nvme0n1p1\n");
}

/* As its book has the address of a machine's ISO. */
static void test_a_mac_address_in_a_url(void **state)
{
	static const char text[] =
		"http://172.17.1.1:7080/iso/{{ (index .Hardware.Interfaces 0)"
		".DHCP.MAC | replace \":\" \"-\" }}/hook.iso";
	AUTO_JSON json_t *data = json_loads(machine, 0, NULL);
	struct err err = { 0 };
	AUTO_FREE char *out = render(text, data, &err);

	(void)state;

	assert_string_equal(out, "http://172.17.1.1:7080/iso/"
				 "52-54-00-12-34-56/hook.iso");
}

/* As Cluster API's template writes netplan's file. */
static void test_a_network_configuration(void **state)
{
	static const char text[] =
		"{{- $if := index .Hardware.Interfaces 0 }}\n"
		"{{- $ip := $if.DHCP.IP }}\n"
		"addresses:\n"
		"- {{ $ip.Address }}/{{ netmaskToPrefixLength $ip.Netmask }}\n"
		"{{- with $ip.Gateway }}\n"
		"routes: {{ list (dict \"to\" \"default\" \"via\" .) | toYaml "
		"| "
		"nindent 2 }}\n"
		"{{- end }}\n"
		"{{- range $i, $disk := .Hardware.Disks }}\n"
		"# {{ add1 $i }}: {{ base $disk }}\n"
		"{{- end }}\n";
	AUTO_JSON json_t *data = json_loads(machine, 0, NULL);
	struct err err = { 0 };
	AUTO_FREE char *out = render(text, data, &err);

	(void)state;

	assert_string_equal(out, "\naddresses:\n- 10.0.0.5/24\nroutes: \n"
				 "  - to: default\n    via: 10.0.0.1\n"
				 "# 1: nvme0n1\n# 2: sda\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_examples_of_the_inventory_render),
		RUN(test_tinkerbells_own_templates_render),
		RUN(test_a_branch_by_architecture),
		RUN(test_a_mac_address_in_a_url),
		RUN(test_a_network_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
