/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/rack_wire.h"
#include "test.h"

/* Every password is "sesame" but those of a file "/none". */
static int sesame(void *arg, const char *path, const char *variable,
		  struct buf *password, struct err *err)
{
	(void)arg;
	(void)variable;
	if (path && str_eq(path, "/none"))
		return err_set(err, ERR_IO,
			       "/none: cannot be read: expected a file");
	buf_adds(password, "sesame");
	return 0;
}

static void read_one(struct rack *rack, const char *file, const char *text)
{
	rack_init(rack, sesame, NULL);
	rack_read(rack, file, text, strlen(text));
}

static void assert_errors(const struct rack *rack, const char *const *expected,
			  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *text =
			json_string_value(json_array_get(rack->errors, i));

		assert_non_null(text);
		assert_string_equal(text, expected[i]);
	}
	if (json_array_size(rack->errors) > n)
		fail_msg("and then: %s",
			 json_string_value(json_array_get(rack->errors, n)));
}

#define ASSERT_ERRORS(rack, ...)                                               \
	do {                                                                   \
		static const char *const expected_[] = { __VA_ARGS__ };        \
		assert_errors(rack, expected_, ARRAY_LEN(expected_));          \
	} while (0)

static void assert_object(const struct rack *rack, size_t i,
			  const char *expected)
{
	AUTO_FREE char *text = json_text(json_array_get(rack->objects, i));

	assert_string_equal(text, expected);
}

static void test_a_machine_becomes_a_secret_a_bmc_and_a_hardware(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "rack.yaml",
		 "rack: demo\n"
		 "subnet: 198.18.0.0/24\n"
		 "gateway: 198.18.0.1\n"
		 "nameservers: [198.18.0.1]\n"
		 "defaults: {arch: aarch64, disk: /dev/vda}\n"
		 "machines:\n"
		 "- name: r1n01\n"
		 "  unit: 1\n"
		 "  mac: 52:54:00:AA:00:01\n"
		 "  ip: 198.18.0.11\n"
		 "  firmware: bios\n"
		 "  bmc:\n"
		 "    url: ipmi://admin@198.18.1.11\n"
		 "    password_env: P\n");

	assert_errors(&rack, NULL, 0);
	assert_int_equal(json_array_size(rack.objects), 3);
	assert_object(&rack, 0,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":"
		      "{\"name\":\"r1n01-bmc\",\"labels\":{\"tomte.dev/rack\":"
		      "\"demo\",\"tomte.dev/unit\":\"1\",\"tomte.dev/name\":"
		      "\"r1n01\"},\"annotations\":{\"tomte.dev/password-env\":"
		      "\"P\"}},\"type\":\"Opaque\",\"stringData\":{"
		      "\"username\":\"admin\",\"password\":\"sesame\"}}");
	assert_object(
		&rack, 1,
		"{\"apiVersion\":\"bmc.tinkerbell.org/v1alpha1\",\"kind\":"
		"\"Machine\",\"metadata\":{\"name\":\"r1n01-bmc\",\"labels\":"
		"{\"tomte.dev/rack\":\"demo\",\"tomte.dev/unit\":\"1\","
		"\"tomte.dev/name\":\"r1n01\"}},\"spec\":{\"connection\":{"
		"\"host\":\"198.18.1.11\",\"port\":623,\"insecureTLS\":false,"
		"\"authSecretRef\":{\"name\":\"r1n01-bmc\"},"
		"\"providerOptions\":{\"preferredOrder\":[\"ipmitool\"],"
		"\"ipmitool\":{\"port\":623}}}}}");
	assert_object(
		&rack, 2,
		"{\"apiVersion\":\"tinkerbell.org/v1alpha1\",\"kind\":"
		"\"Hardware\",\"metadata\":{\"name\":\"r1n01\",\"labels\":{"
		"\"tomte.dev/rack\":\"demo\",\"tomte.dev/unit\":\"1\","
		"\"tomte.dev/name\":\"r1n01\"}},\"spec\":{\"bmcRef\":{"
		"\"apiGroup\":\"bmc.tinkerbell.org\",\"kind\":\"Machine\","
		"\"name\":\"r1n01-bmc\"},\"disks\":[{\"device\":\"/dev/vda\"}],"
		"\"interfaces\":[{\"dhcp\":{\"mac\":\"52:54:00:aa:00:01\","
		"\"hostname\":\"r1n01\",\"arch\":\"aarch64\",\"uefi\":false,"
		"\"lease_time\":86400,\"name_servers\":[\"198.18.0.1\"],"
		"\"ip\":{\"address\":\"198.18.0.11\",\"netmask\":"
		"\"255.255.255.0\",\"gateway\":\"198.18.0.1\"}},\"netboot\":{"
		"\"allowPXE\":false,\"allowWorkflow\":true}}],\"metadata\":{"
		"\"instance\":{\"id\":\"52:54:00:aa:00:01\",\"hostname\":"
		"\"r1n01\"}}}}");
	rack_release(&rack);
}

static void test_a_redfish_bmc_keeps_its_port_and_its_pin(void **state)
{
	struct rack rack;
	const json_t *bmc;

	(void)state;
	read_one(&rack, "rack.yaml",
		 "rack: demo\n"
		 "subnet: 10.0.0.0/8\n"
		 "machines:\n"
		 "- name: a\n"
		 "  mac: 52:54:00:00:00:01\n"
		 "  ip: 10.0.0.2\n"
		 "  bmc:\n"
		 "    url: redfish://op@[fd00::1]:8443/\n"
		 "    password_file: /p\n"
		 "    pin: sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		 "=\n");

	assert_errors(&rack, NULL, 0);
	bmc = json_array_get(rack.objects, 1);
	assert_string_equal(json_str_at(bmc, "spec.connection.host"),
			    "fd00::1");
	assert_int_equal(
		json_int_at(bmc, "spec.connection.providerOptions.redfish.port",
			    0),
		8443);
	assert_string_equal(
		json_string_value(
			json_object_get(json_at(bmc, "metadata.annotations"),
					"tomte.dev/bmc-pin")),
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	rack_release(&rack);
}

static void test_all_errors_of_a_file_are_found_with_their_lines(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "rack.yaml",
		 "rack: demo\n"
		 "subnet: 198.18.0.0/24\n"
		 "gatway: 198.18.0.1\n"
		 "machines:\n"
		 "- name: r1n01\n"
		 "  mac: 52:54:00:00:00:01\n"
		 "  ip: 198.18.0.11\n"
		 "- name: r1n02\n"
		 "  mac: 52-54-00-00-00-01\n"
		 "  ip: 198.18.7.12\n"
		 "  bcm: {}\n"
		 "- name: r1n03\n"
		 "  ip: 198.18.0.11\n"
		 "  firmware: coreboot\n"
		 "  bmc:\n"
		 "    url: http://admin@198.18.1.13\n"
		 "    password_file: /none\n"
		 "- name: R1N04\n"
		 "  mac: 52:54:00:00:00\n"
		 "  ip: 198.18.0.255\n"
		 "  unit: zero\n"
		 "  bmc: {url: 'redfish://a:secret@h', password_env: P, "
		 "insecure: maybe}\n");

	ASSERT_ERRORS(
		&rack,
		"rack.yaml:3: unknown key gatway: expected one of rack, "
		"subnet, gateway, nameservers, defaults, machines; did you "
		"mean gateway?",
		"rack.yaml:11: unknown key bcm: expected one of name, unit, "
		"mac, ip, disk, firmware, arch, bmc; did you mean bmc?",
		"rack.yaml:9: mac 52:54:00:00:00:01 twice: expected once, it "
		"stands at rack.yaml:6 too",
		"rack.yaml:10: ip 198.18.7.12: expected an address inside the "
		"subnet 198.18.0.0/24",
		"rack.yaml:12: mac missing: expected six bytes in hex, as "
		"52:54:00:12:34:56",
		"rack.yaml:13: ip 198.18.0.11 twice: expected once, it stands "
		"at rack.yaml:7 too",
		"rack.yaml:14: firmware coreboot: expected bios or uefi",
		"rack.yaml:16: bmc.url http://admin@198.18.1.13: expected "
		"redfish://USER@HOST[:PORT] or ipmi://USER@HOST[:PORT]",
		"rack.yaml:17: /none: cannot be read: expected a file",
		"rack.yaml:18: name R1N04: expected a host name of lower-case "
		"letters, digits, - and .",
		"rack.yaml:21: unit zero: expected a number from 1 to 100",
		"rack.yaml:19: mac 52:54:00:00:00: expected six bytes in hex, "
		"as 52:54:00:12:34:56",
		"rack.yaml:20: ip 198.18.0.255: expected not the network's own "
		"or broadcast address",
		"rack.yaml:22: bmc.url has a password in it: expected "
		"password_file or password_env",
		"rack.yaml:22: bmc.insecure maybe: expected true or false");
	rack_release(&rack);
}

static void test_a_password_comes_one_way_only(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "r.yaml",
		 "rack: demo\n"
		 "subnet: 10.0.0.0/24\n"
		 "machines:\n"
		 "- {name: a, mac: 52:54:00:00:00:01, ip: 10.0.0.2, bmc: "
		 "{url: ipmi://u@h}}\n"
		 "- {name: b, mac: 52:54:00:00:00:02, ip: 10.0.0.3, bmc: "
		 "{url: ipmi://u@h, password_file: /p, password_env: P}}\n");

	ASSERT_ERRORS(&rack,
		      "r.yaml:4: the BMC's password missing: expected either "
		      "password_file or password_env",
		      "r.yaml:5: password_file and password_env: expected "
		      "either password_file or password_env");
	rack_release(&rack);
}

static void test_ones_own_password_replaces_the_default_one(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "r.yaml",
		 "rack: demo\n"
		 "subnet: 10.0.0.0/24\n"
		 "defaults: {bmc: {password_file: /none}}\n"
		 "machines:\n"
		 "- {name: a, mac: 52:54:00:00:00:01, ip: 10.0.0.2, bmc: "
		 "{url: ipmi://u@h, password_env: P}}\n"
		 "- {name: b, mac: 52:54:00:00:00:02, ip: 10.0.0.3}\n");

	assert_errors(&rack, NULL, 0);
	assert_int_equal(json_array_size(rack.objects), 4);
	rack_release(&rack);
}

static void test_broken_yaml_is_said_with_its_line(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "r.yaml", "rack: demo\nmachines: [\n");

	assert_int_equal(json_array_size(rack.errors), 1);
	assert_true(str_starts(
		json_string_value(json_array_get(rack.errors, 0)), "r.yaml:3"));
	rack_release(&rack);
}

static void test_a_mac_of_two_files_is_found(void **state)
{
	static const char text[] = "name,mac,ip\na,52:54:00:00:00:01,10.0.0.2";
	static const char other[] = "apiVersion: tinkerbell.org/v1alpha1\n"
				    "kind: Hardware\n"
				    "metadata: {name: b}\n"
				    "spec:\n"
				    "  interfaces:\n"
				    "  - dhcp:\n"
				    "      mac: 52:54:00:00:00:01\n";
	struct rack rack;

	(void)state;
	rack_init(&rack, sesame, NULL);
	rack_read(&rack, "a.csv", text, strlen(text));
	rack_read(&rack, "b.yaml", other, strlen(other));

	ASSERT_ERRORS(&rack, "b.yaml:7: mac 52:54:00:00:00:01 twice: expected "
			     "once, it stands at a.csv:2 too");
	rack_release(&rack);
}

static void test_objects_of_the_api_go_through_as_they_are(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "t.yaml",
		 "---\n"
		 "apiVersion: tinkerbell.org/v1alpha1\n"
		 "kind: Template\n"
		 "metadata: {name: t, labels: {n: '1'}}\n"
		 "spec: {data: \"x: 1\\n\"}\n"
		 "---\n"
		 "apiVersion: v1\n"
		 "kind: List\n"
		 "items:\n"
		 "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n"
		 "---\n"
		 "kind: Workflow\n"
		 "metadata: {name: w}\n");

	ASSERT_ERRORS(&rack, "t.yaml:12: apiVersion missing: expected an "
			     "object with apiVersion, kind and metadata.name");
	assert_object(&rack, 0,
		      "{\"apiVersion\":\"tinkerbell.org/v1alpha1\",\"kind\":"
		      "\"Template\",\"metadata\":{\"name\":\"t\",\"labels\":{"
		      "\"n\":\"1\"}},\"spec\":{\"data\":\"x: 1\\n\"}}");
	assert_object(&rack, 1,
		      "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
		      "\"metadata\":{\"name\":\"c\"}}");
	rack_release(&rack);
}

static void test_csv_reads_quotes_comments_and_returns(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "r.csv",
		 "\xef\xbb\xbf# made by a spreadsheet\r\n"
		 "name,rack,mac,ip,subnet,gateway\r\n"
		 "\r\n"
		 "\"a\", demo ,52:54:00:00:00:01,10.1.0.2,10.1.0.0/16,"
		 "10.1.0.1\r\n");

	assert_errors(&rack, NULL, 0);
	assert_string_equal(json_str_at(rack.objects,
					"[0].spec.interfaces[0].dhcp.ip."
					"netmask"),
			    "255.255.0.0");
	rack_release(&rack);
}

static void test_csv_names_lines_and_columns(void **state)
{
	struct rack rack;

	(void)state;
	read_one(&rack, "r.csv",
		 "name,mac,ip,firmwear\n"
		 "a,52:54:00:00:00:01\n"
		 "b,\"52:54:00:00:00:02,10.0.0.2,bios\n");

	ASSERT_ERRORS(&rack,
		      "r.csv:1: unknown column firmwear: expected one of name, "
		      "rack, unit, mac, ip, subnet, gateway, firmware, arch, "
		      "disk, bmc_url, password_file, password_env, insecure, "
		      "pin; did you mean firmware?",
		      "r.csv:2: 2 cells: expected 4, as the header has",
		      "r.csv:3: a quote is never closed: expected \" before "
		      "the end of the line");
	rack_release(&rack);
}

static void test_the_examples_can_be_read(void **state)
{
	static const char *const files[] = { "rack.yaml", "rack.csv",
					     "template-debian.yaml" };
	static const size_t n_objects[] = { 9, 7, 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FREE char *path =
			xasprintf("%s/inventory/examples/%s",
				  getenv("SOURCE_DIR"), files[i]);
		AUTO_FREE char *text = xcalloc(1, 65536);
		FILE *file = fopen(path, "re");
		struct rack rack;

		assert_non_null(file);
		assert_true(fread(text, 1, 65535, file) > 0);
		fclose(file);
		read_one(&rack, files[i], text);

		assert_errors(&rack, NULL, 0);
		assert_int_equal(json_array_size(rack.objects), n_objects[i]);
		rack_release(&rack);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_machine_becomes_a_secret_a_bmc_and_a_hardware),
		RUN(test_a_redfish_bmc_keeps_its_port_and_its_pin),
		RUN(test_all_errors_of_a_file_are_found_with_their_lines),
		RUN(test_a_password_comes_one_way_only),
		RUN(test_ones_own_password_replaces_the_default_one),
		RUN(test_broken_yaml_is_said_with_its_line),
		RUN(test_a_mac_of_two_files_is_found),
		RUN(test_objects_of_the_api_go_through_as_they_are),
		RUN(test_csv_reads_quotes_comments_and_returns),
		RUN(test_csv_names_lines_and_columns),
		RUN(test_the_examples_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
