/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/metadata_tree.h"

#include <string.h>

#include "base/str.h"
#include "base/yaml.h"

#define INSTANCE "spec.metadata.instance."

static const char *text_or(const json_t *object, const char *path,
			   const char *otherwise)
{
	const char *text = json_str_at(object, path);

	return text && *text ? text : otherwise;
}

static const char *hostname_of(const json_t *hardware)
{
	const char *name = json_str_at(hardware, INSTANCE "hostname");

	if (!name)
		name = json_str_at(hardware,
				   "spec.interfaces[0].dhcp.hostname");
	return name ? name : text_or(hardware, "metadata.name", "localhost");
}

static const char *instance_id(const json_t *hardware)
{
	return text_or(hardware, INSTANCE "id",
		       text_or(hardware, "metadata.uid", "unknown"));
}

/* The first address of a family and kind, as Tootles picks them. */
static const char *address_of(const json_t *hardware, int family, bool public)
{
	const json_t *ips = json_at(hardware, INSTANCE "ips");
	size_t i;
	json_t *ip;

	json_array_foreach ((json_t *)(uintptr_t)ips, i, ip)
		if (json_int_at(ip, "family", 4) == family &&
		    json_bool_at(ip, "public", false) == public)
			return json_str_at(ip, "address");
	if (family == 4 && !public)
		return json_str_at(hardware,
				   "spec.interfaces[0].dhcp.ip.address");
	return NULL;
}

static bool say(struct buf *out, const char *text)
{
	if (!text || !*text)
		return false;
	buf_adds(out, text);
	return true;
}

static bool say_list(struct buf *out, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		if (json_is_string(item))
			buf_printf(out, "%s%s", i ? "\n" : "",
				   json_string_value(item));
	return json_array_size(list) > 0;
}

/* "", "0", "0/", "0/openssh-key": below public-keys/. */
static bool public_keys(const json_t *hardware, const char *path,
			struct buf *out)
{
	const json_t *keys = json_at(hardware, INSTANCE "ssh_keys");
	size_t n = json_array_size(keys);
	size_t digits = strcspn(path, "/");
	AUTO_FREE char *number = xstrndup(path, digits);
	uint32_t index;

	if (!*path) {
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%s%zu=key-%zu", i ? "\n" : "", i, i);
		return n > 0;
	}
	if (!str_parse_u32(number, 10000, &index) || index >= n)
		return false;
	path += digits;
	if (!*path || str_eq(path, "/"))
		return say(out, "openssh-key");
	if (!str_eq(path, "/openssh-key"))
		return false;
	return say(out, json_string_value(json_array_get(keys, index)));
}

static bool operating_system(const json_t *hardware, const char *name,
			     struct buf *out)
{
	static const char *const leaves[][2] = {
		{ "slug", "slug" },
		{ "distro", "distro" },
		{ "version", "version" },
		{ "image_tag", "image_tag" },
	};

	if (!*name)
		return say(out, "slug\ndistro\nversion\nimage_tag");
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		AUTO_FREE char *path =
			xasprintf(INSTANCE "operating_system.%s", leaves[i][1]);

		if (str_eq(name, leaves[i][0]))
			return say(out, json_str_at(hardware, path));
	}
	return false;
}

struct leaf {
	const char *name;
	bool (*value)(const json_t *hardware, struct buf *out);
};

static bool say_id(const json_t *hardware, struct buf *out)
{
	return say(out, instance_id(hardware));
}

static bool say_hostname(const json_t *hardware, struct buf *out)
{
	return say(out, hostname_of(hardware));
}

static bool say_plan(const json_t *hardware, struct buf *out)
{
	return say(out,
		   json_str_at(hardware, "spec.metadata.facility.plan_slug"));
}

static bool say_facility(const json_t *hardware, struct buf *out)
{
	return say(out, json_str_at(hardware,
				    "spec.metadata.facility.facility_code"));
}

static bool say_tags(const json_t *hardware, struct buf *out)
{
	return say_list(out, json_at(hardware, INSTANCE "tags"));
}

static bool say_local_ipv4(const json_t *hardware, struct buf *out)
{
	return say(out, address_of(hardware, 4, false));
}

static bool say_public_ipv4(const json_t *hardware, struct buf *out)
{
	return say(out, address_of(hardware, 4, true));
}

static bool say_public_ipv6(const json_t *hardware, struct buf *out)
{
	return say(out, address_of(hardware, 6, true));
}

static const struct leaf leaves[] = {
	{ "instance-id", say_id },          { "hostname", say_hostname },
	{ "local-hostname", say_hostname }, { "plan", say_plan },
	{ "facility", say_facility },       { "tags", say_tags },
	{ "local-ipv4", say_local_ipv4 },   { "public-ipv4", say_public_ipv4 },
	{ "public-ipv6", say_public_ipv6 },
};

/*
 * Only what has a value is listed: cloud-init asks five times for a listed
 * leaf that is not there.
 */
static void list_leaves(const json_t *hardware, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		CLEANUP(buf_release) struct buf value = BUF_INIT(64 * 1024);

		if (leaves[i].value(hardware, &value))
			buf_printf(out, "%s%s", out->len ? "\n" : "",
				   leaves[i].name);
	}
	if (json_array_size(json_at(hardware, INSTANCE "ssh_keys")))
		buf_adds(out, "\npublic-keys/");
	if (json_at(hardware, INSTANCE "operating_system"))
		buf_adds(out, "\noperating-system/");
}

bool metadata_ec2(const json_t *hardware, const char *path, struct buf *out)
{
	const char *data = json_str_at(hardware, "spec.userData");

	if (!*path) {
		buf_adds(out, data ? "meta-data/\nuser-data" : "meta-data/");
		return true;
	}
	if (str_eq(path, "user-data") || str_eq(path, "user-data/"))
		return say(out, data);
	if (str_eq(path, "meta-data") || str_eq(path, "meta-data/")) {
		list_leaves(hardware, out);
		return true;
	}
	if (!str_starts(path, "meta-data/"))
		return false;
	path += strlen("meta-data/");
	if (str_eq(path, "public-keys"))
		return public_keys(hardware, "", out);
	if (str_starts(path, "public-keys/"))
		return public_keys(hardware, path + strlen("public-keys/"),
				   out);
	if (str_eq(path, "operating-system"))
		return operating_system(hardware, "", out);
	if (str_starts(path, "operating-system/"))
		return operating_system(
			hardware, path + strlen("operating-system/"), out);
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		size_t n = strlen(leaves[i].name);

		if (!strncmp(path, leaves[i].name, n) &&
		    (!path[n] || str_eq(path + n, "/")))
			return leaves[i].value(hardware, out);
	}
	return false;
}

static void meta_data(const json_t *hardware, struct buf *out)
{
	AUTO_JSON json_t *meta = json_object();
	json_t *keys = json_at(hardware, INSTANCE "ssh_keys");
	AUTO_FREE char *text = NULL;

	json_object_set_new(meta, "instance-id",
			    json_string(instance_id(hardware)));
	json_object_set_new(meta, "local-hostname",
			    json_string(hostname_of(hardware)));
	if (json_array_size(keys))
		json_object_set(meta, "public-keys", keys);
	text = yaml_text(meta);
	buf_adds(out, text);
}

/*
 * cloud-init merges this under the user's own user-data, so it is where
 * phone_home goes: the signal that the OS is up.
 */
static void vendor_data(const json_t *hardware, const char *home,
			struct buf *out)
{
	const char *theirs = json_str_at(hardware, "spec.vendorData");

	if (theirs && *theirs) {
		buf_adds(out, theirs);
		return;
	}
	if (!*home)
		return;
	buf_printf(out,
		   "#cloud-config\n"
		   "phone_home:\n"
		   "  url: \"%sphone-home\"\n"
		   "  post: [instance_id, hostname, fqdn]\n"
		   "  tries: 20\n",
		   home);
}

bool metadata_nocloud(const json_t *hardware, const char *home,
		      const char *name, struct buf *out)
{
	const char *data = json_str_at(hardware, "spec.userData");

	if (str_eq(name, "meta-data")) {
		meta_data(hardware, out);
		return true;
	}
	/* An answer that is not there is asked for eleven times. */
	if (str_eq(name, "user-data")) {
		buf_adds(out, data && *data ? data : "#cloud-config\n{}\n");
		return true;
	}
	if (str_eq(name, "vendor-data")) {
		vendor_data(hardware, home, out);
		return true;
	}
	return false;
}
