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
	return text_or(
		hardware, INSTANCE "hostname",
		text_or(hardware, "spec.interfaces[0].dhcp.hostname",
			text_or(hardware, "metadata.name", "localhost")));
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
	const char *between = "";
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item) {
		const char *text = json_string_value(item);

		if (!text || !*text)
			continue;
		buf_printf(out, "%s%s", between, text);
		between = "\n";
	}
	return *between;
}

static const char *ssh_key(const json_t *hardware, size_t index)
{
	const char *key = json_string_value(
		json_array_get(json_at(hardware, INSTANCE "ssh_keys"), index));

	return key && *key ? key : NULL;
}

/* "0=key-0" and so on, of those that are there. */
static bool list_keys(const json_t *hardware, struct buf *out)
{
	size_t n = json_array_size(json_at(hardware, INSTANCE "ssh_keys"));
	const char *between = "";

	for (size_t i = 0; i < n; i++) {
		if (!ssh_key(hardware, i))
			continue;
		buf_printf(out, "%s%zu=key-%zu", between, i, i);
		between = "\n";
	}
	return *between;
}

/* "", "0", "0/", "0/openssh-key": below public-keys/. */
static bool public_keys(const json_t *hardware, const char *path,
			struct buf *out)
{
	size_t digits = strcspn(path, "/");
	AUTO_FREE char *number = xstrndup(path, digits);
	uint32_t index;

	if (!*path)
		return list_keys(hardware, out);
	if (!str_parse_u32(number, 10000, &index) || !ssh_key(hardware, index))
		return false;
	path += digits;
	if (!*path || str_eq(path, "/"))
		return say(out, "openssh-key");
	if (!str_eq(path, "/openssh-key"))
		return false;
	return say(out, ssh_key(hardware, index));
}

static bool operating_system(const json_t *hardware, const char *name,
			     struct buf *out)
{
	static const char *const names[] = { "slug", "distro", "version",
					     "image_tag" };
	const json_t *system = json_at(hardware, INSTANCE "operating_system");
	const char *between = "";

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *text = text_or(system, names[i], NULL);

		if (str_eq(name, names[i]))
			return say(out, text);
		if (*name || !text)
			continue;
		buf_printf(out, "%s%s", between, names[i]);
		between = "\n";
	}
	return *between;
}

static bool list_system(const json_t *hardware, struct buf *out)
{
	return operating_system(hardware, "", out);
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
	static const struct leaf folders[] = {
		{ "public-keys/", list_keys },
		{ "operating-system/", list_system },
	};

	for (size_t i = 0; i < ARRAY_LEN(leaves) + ARRAY_LEN(folders); i++) {
		CLEANUP(buf_release) struct buf value = BUF_INIT(64 * 1024);
		const struct leaf *leaf =
			i < ARRAY_LEN(leaves) ? &leaves[i]
					      : &folders[i - ARRAY_LEN(leaves)];

		if (leaf->value(hardware, &value))
			buf_printf(out, "%s%s", out->len ? "\n" : "",
				   leaf->name);
	}
}

bool metadata_ec2(const json_t *hardware, const char *path, struct buf *out)
{
	const char *data = text_or(hardware, "spec.userData", NULL);

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
		return list_system(hardware, out);
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
	AUTO_JSON json_t *keys = json_array();
	size_t n = json_array_size(json_at(hardware, INSTANCE "ssh_keys"));
	AUTO_FREE char *text = NULL;

	json_object_set_new(meta, "instance-id",
			    json_string(instance_id(hardware)));
	json_object_set_new(meta, "local-hostname",
			    json_string(hostname_of(hardware)));
	for (size_t i = 0; i < n; i++)
		if (ssh_key(hardware, i))
			json_array_append_new(
				keys, json_string(ssh_key(hardware, i)));
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
	const char *data = text_or(hardware, "spec.userData", NULL);

	if (str_eq(name, "meta-data")) {
		meta_data(hardware, out);
		return true;
	}
	/* An answer that is not there is asked for eleven times. */
	if (str_eq(name, "user-data")) {
		buf_adds(out, data ? data : "#cloud-config\n{}\n");
		return true;
	}
	if (str_eq(name, "vendor-data")) {
		vendor_data(hardware, home, out);
		return true;
	}
	/* Empty: DHCP on the interface it came up by, as it would do itself. */
	if (str_eq(name, "network-config"))
		return true;
	return false;
}
