/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "metadata/metadata_tree.h"

#define HOME "http://198.18.0.1:7080/metadata/nocloud/t0k/"

/* With something of everything. */
static const char full[] =
	"{\"metadata\": {\"name\": \"r1n01\", \"uid\": \"u-1\"},"
	" \"spec\": {"
	"  \"userData\": \"#cloud-config\\n# \\u00e9 ${x} \\\"q\\\"\\n\","
	"  \"interfaces\": [{\"dhcp\": {\"hostname\": \"by-dhcp\","
	"   \"ip\": {\"address\": \"198.18.0.9\"}}}],"
	"  \"metadata\": {"
	"   \"facility\": {\"plan_slug\": \"c3\","
	"    \"facility_code\": \"lab\"},"
	"   \"instance\": {\"id\": \"i-7\", \"hostname\": \"node7\","
	"    \"tags\": [\"a\", \"b\"],"
	"    \"ssh_keys\": [\"ssh-ed25519 AAA one\","
	"     \"ssh-rsa BBB two\"],"
	"    \"ips\": [{\"address\": \"10.0.0.7\", \"family\": 4},"
	"     {\"address\": \"192.0.2.7\", \"family\": 4,"
	"      \"public\": true},"
	"     {\"address\": \"2001:db8::7\", \"family\": 6,"
	"      \"public\": true}],"
	"    \"operating_system\": {\"slug\": \"debian_12\","
	"     \"distro\": \"debian\", \"version\": \"12\","
	"     \"image_tag\": \"abc\"}}}}}";

/* As a rack file makes it: a name and an address. */
static const char bare[] =
	"{\"metadata\": {\"name\": \"r1n01\", \"uid\": \"u-1\"},"
	" \"spec\": {\"interfaces\": [{\"dhcp\":"
	"  {\"ip\": {\"address\": \"198.18.0.9\"}}}]}}";

static json_t *object(const char *text)
{
	struct err err;
	json_t *value = json_parse(text, strlen(text), &err);

	assert_non_null(value);
	return value;
}

/* What stands at a path of the EC2 tree; NULL: 404. The caller frees. */
static char *ec2(const json_t *hardware, const char *path)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	if (!metadata_ec2(hardware, path, &out)) {
		assert_int_equal(out.len, 0);
		return NULL;
	}
	return xstrdup(out.base);
}

static void expect(const char *hardware, const char *path, const char *text)
{
	AUTO_JSON json_t *value = object(hardware);
	AUTO_FREE char *found = ec2(value, path);

	if (!text) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, text);
}

static void test_the_top_lists_what_there_is(void **state)
{
	(void)state;
	expect(full, "", "meta-data/\nuser-data");
	expect(bare, "", "meta-data/");
}

static void test_all_that_has_a_value_is_listed(void **state)
{
	static const char listed[] = "instance-id\nhostname\nlocal-hostname\n"
				     "plan\nfacility\ntags\nlocal-ipv4\n"
				     "public-ipv4\npublic-ipv6\npublic-keys/\n"
				     "operating-system/";

	(void)state;
	expect(full, "meta-data/", listed);
	expect(full, "meta-data", listed);
	expect(bare, "meta-data/",
	       "instance-id\nhostname\nlocal-hostname\nlocal-ipv4");
}

static void test_each_leaf_has_its_value(void **state)
{
	static const char *const rows[][2] = {
		{ "instance-id", "i-7" },
		{ "hostname", "node7" },
		{ "local-hostname", "node7" },
		{ "plan", "c3" },
		{ "facility", "lab" },
		{ "tags", "a\nb" },
		{ "local-ipv4", "10.0.0.7" },
		{ "public-ipv4", "192.0.2.7" },
		{ "public-ipv6", "2001:db8::7" },
		{ "public-keys/", "0=key-0\n1=key-1" },
		{ "public-keys/0", "openssh-key" },
		{ "public-keys/0/openssh-key", "ssh-ed25519 AAA one" },
		{ "public-keys/1/openssh-key", "ssh-rsa BBB two" },
		{ "operating-system/", "slug\ndistro\nversion\nimage_tag" },
		{ "operating-system/slug", "debian_12" },
		{ "operating-system/distro", "debian" },
		{ "operating-system/version", "12" },
		{ "operating-system/image_tag", "abc" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *path = xasprintf("meta-data/%s", rows[i][0]);
		AUTO_FREE char *slash = xasprintf("%s/", path);

		expect(full, path, rows[i][1]);
		if (!str_ends(path, "/") && !strstr(path, "openssh-key") &&
		    !strstr(path, "operating-system"))
			expect(full, slash, rows[i][1]);
	}
}

/* As cloud-init does: each line of a listing is asked for; "0=name" is the
 * folder 0, with the key in it. */
static void walk(const json_t *hardware, const char *folder, int *n_leaves)
{
	AUTO_FREE char *listing = ec2(hardware, folder);
	char *line;
	char *rest;

	assert_non_null(listing);
	assert_true(*listing && !str_ends(listing, "\n"));
	rest = listing;
	while ((line = strsep(&rest, "\n"))) {
		AUTO_FREE char *path = NULL;
		AUTO_FREE char *value = NULL;

		assert_true(*line);
		if (strchr(line, '='))
			path = xasprintf("%s%.*s/openssh-key", folder,
					 (int)strcspn(line, "="), line);
		else
			path = xasprintf("%s%s", folder, line);
		if (str_ends(path, "/")) {
			walk(hardware, path, n_leaves);
			continue;
		}
		value = ec2(hardware, path);
		assert_non_null(value);
		assert_true(*value);
		++*n_leaves;
	}
}

static void test_all_that_is_listed_is_there(void **state)
{
	static const char odd[] =
		"{\"spec\": {\"userData\": \"\", \"metadata\": {"
		" \"facility\": {\"plan_slug\": \"\"},"
		" \"instance\": {\"hostname\": \"\", \"tags\": [7, \"\"],"
		"  \"ssh_keys\": [\"\", 7, \"ssh-rsa A\"], \"ips\": [],"
		"  \"operating_system\": {\"slug\": \"\","
		"   \"version\": \"12\"}}}}}";
	static const char *const all[] = { full, bare, odd, "{}",
					   "{\"spec\": []}" };
	static const int n_leaves[] = { 15, 4, 5, 3, 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		AUTO_JSON json_t *hardware = object(all[i]);
		int n = 0;

		walk(hardware, "meta-data/", &n);
		assert_int_equal(n, n_leaves[i]);
	}
}

static void test_a_list_has_no_holes(void **state)
{
	static const char odd[] = "{\"spec\": {\"metadata\": {\"instance\": {"
				  " \"tags\": [7, \"\", \"a\", null, \"b\"],"
				  " \"ssh_keys\": [\"\", 7, \"ssh-rsa A\"]}}}}";

	(void)state;
	expect(odd, "meta-data/tags", "a\nb");
	expect(odd, "meta-data/public-keys/", "2=key-2");
	expect(odd, "meta-data/public-keys/0", NULL);
	expect(odd, "meta-data/public-keys/1/openssh-key", NULL);
	expect(odd, "meta-data/public-keys/2/openssh-key", "ssh-rsa A");
}

static void test_a_system_lists_only_what_is_known_of_it(void **state)
{
	static const char some[] = "{\"spec\": {\"metadata\": {\"instance\": {"
				   " \"operating_system\": {\"distro\":"
				   "  \"debian\", \"version\": \"\"}}}}}";

	(void)state;
	expect(some, "meta-data/operating-system/", "distro");
	expect(some, "meta-data/operating-system", "distro");
	expect(some, "meta-data/operating-system/version", NULL);
	expect(some, "meta-data/operating-system/slug", NULL);
	expect(bare, "meta-data/operating-system/", NULL);
}

static void test_names_fall_back_on_what_there_is(void **state)
{
	static const char by_dhcp[] =
		"{\"metadata\": {\"name\": \"r1n01\"},"
		" \"spec\": {\"interfaces\":"
		"  [{\"dhcp\": {\"hostname\": \"by-dhcp\"}}],"
		"  \"metadata\": {\"instance\": {\"hostname\": \"\"}}}}";

	(void)state;
	expect(by_dhcp, "meta-data/hostname", "by-dhcp");
	expect(bare, "meta-data/hostname", "r1n01");
	expect("{}", "meta-data/hostname", "localhost");
	expect(bare, "meta-data/instance-id", "u-1");
	expect("{}", "meta-data/instance-id", "unknown");
	expect(bare, "meta-data/local-ipv4", "198.18.0.9");
}

static void test_what_is_missing_is_not_found(void **state)
{
	static const char *const paths[] = {
		"user-data",
		"meta-data/plan",
		"meta-data/facility",
		"meta-data/tags",
		"meta-data/public-ipv4",
		"meta-data/public-ipv6",
		"meta-data/public-keys/",
		"meta-data/public-keys/0",
		"meta-data/public-keys/0/openssh-key",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		expect(bare, paths[i], NULL);
}

static void test_no_other_path_is_found(void **state)
{
	static const char *const paths[] = {
		"meta",
		"meta-datax",
		"meta-data/nothing",
		"meta-data/instance-idx",
		"meta-data/instance-id/x",
		"meta-data//instance-id",
		"user-data/x",
		"user-datax",
		"dynamic/instance-identity/document",
		"meta-data/public-keys/2",
		"meta-data/public-keys/x",
		"meta-data/public-keys/-1",
		"meta-data/public-keys/0/",
		"meta-data/public-keys/0/other",
		"meta-data/public-keys/4294967296",
		"meta-data/operating-system/slug/x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (str_eq(paths[i], "meta-data/public-keys/0/"))
			expect(full, paths[i], "openssh-key");
		else
			expect(full, paths[i], NULL);
	}
}

static void test_user_data_is_not_touched(void **state)
{
	(void)state;
	expect(full, "user-data", "#cloud-config\n# \xc3\xa9 ${x} \"q\"\n");
	expect(full, "user-data/", "#cloud-config\n# \xc3\xa9 ${x} \"q\"\n");
}

static void test_user_data_over_the_limit_says_so(void **state)
{
	AUTO_JSON json_t *hardware = object(full);
	CLEANUP(buf_release) struct buf out = BUF_INIT(10);

	(void)state;
	assert_true(metadata_ec2(hardware, "user-data", &out));

	assert_true(out.overflow);
}

/* NoCloud. */
static char *nocloud(const char *hardware, const char *home, const char *name)
{
	AUTO_JSON json_t *value = object(hardware);
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	if (!metadata_nocloud(value, home, name, &out))
		return NULL;
	return xstrdup(out.base);
}

static void expect_document(const char *hardware, const char *home,
			    const char *name, const char *text)
{
	AUTO_FREE char *found = nocloud(hardware, home, name);

	assert_non_null(found);
	assert_string_equal(found, text);
}

static void test_meta_data_is_yaml_with_an_id_and_a_name(void **state)
{
	(void)state;
	expect_document(full, HOME, "meta-data",
			"instance-id: i-7\n"
			"local-hostname: node7\n"
			"public-keys:\n"
			"- ssh-ed25519 AAA one\n"
			"- ssh-rsa BBB two\n");
	expect_document(bare, HOME, "meta-data",
			"instance-id: u-1\nlocal-hostname: r1n01\n");
}

static void test_no_value_can_break_out_of_meta_data(void **state)
{
	static const char odd[] =
		"{\"spec\": {\"metadata\": {\"instance\": {"
		" \"id\": \"yes\", \"hostname\": \"a: b\\nc: d\","
		" \"ssh_keys\": [\"\", \"# no comment\", 7]}}}}";
	AUTO_FREE char *text = nocloud(odd, HOME, "meta-data");
	AUTO_JSON json_t *documents = NULL;
	const json_t *meta;
	struct err err;

	(void)state;
	documents = yaml_parse(text, strlen(text), YAML_TYPED, NULL, &err);

	assert_non_null(documents);
	meta = json_array_get(documents, 0);
	assert_int_equal(json_object_size(meta), 3);
	assert_string_equal(json_str_at(meta, "instance-id"), "yes");
	assert_string_equal(json_str_at(meta, "local-hostname"), "a: b\nc: d");
	assert_int_equal(json_array_size(json_at(meta, "public-keys")), 1);
	assert_string_equal(json_str_at(meta, "public-keys[0]"),
			    "# no comment");
}

static void test_every_document_is_there_even_if_empty(void **state)
{
	(void)state;
	expect_document(full, HOME, "user-data",
			"#cloud-config\n# \xc3\xa9 ${x} \"q\"\n");
	expect_document(bare, HOME, "user-data", "#cloud-config\n{}\n");
	expect_document(bare, "", "vendor-data", "");
	expect_document(bare, HOME, "network-config", "");
	assert_null(nocloud(full, HOME, "other"));
	assert_null(nocloud(full, HOME, ""));
}

static void test_vendor_data_has_the_os_phone_home(void **state)
{
	(void)state;
	expect_document(bare, HOME, "vendor-data",
			"#cloud-config\n"
			"phone_home:\n"
			"  url: \"" HOME "phone-home\"\n"
			"  post: [instance_id, hostname, fqdn]\n"
			"  tries: 20\n");
}

static void test_the_operators_vendor_data_goes_first(void **state)
{
	(void)state;
	expect_document("{\"spec\": {\"vendorData\": \"#!/bin/sh\\ntrue\\n\"}}",
			HOME, "vendor-data", "#!/bin/sh\ntrue\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_the_top_lists_what_there_is),
		RUN(test_all_that_has_a_value_is_listed),
		RUN(test_each_leaf_has_its_value),
		RUN(test_all_that_is_listed_is_there),
		RUN(test_a_list_has_no_holes),
		RUN(test_a_system_lists_only_what_is_known_of_it),
		RUN(test_names_fall_back_on_what_there_is),
		RUN(test_what_is_missing_is_not_found),
		RUN(test_no_other_path_is_found),
		RUN(test_user_data_is_not_touched),
		RUN(test_user_data_over_the_limit_says_so),
		RUN(test_meta_data_is_yaml_with_an_id_and_a_name),
		RUN(test_no_value_can_break_out_of_meta_data),
		RUN(test_every_document_is_there_even_if_empty),
		RUN(test_vendor_data_has_the_os_phone_home),
		RUN(test_the_operators_vendor_data_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
