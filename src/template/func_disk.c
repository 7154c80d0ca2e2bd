/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tinkerbell's own functions.
 */
#include <stdio.h>
#include <string.h>

#include "base/net.h"
#include "base/str.h"
#include "base/yaml.h"
#include "template/call.h"
#include "template/write_yaml.h"

/* The kernel's names: sda1, nvme0n1p1, and udev's disk/by-id/x-part1. */
static const json_t *call_format_partition(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text device;
	json_int_t partition;
	const char *between = "";

	if (arg_text(call, 0, &device) || arg_int(call, 1, &partition))
		return NULL;
	if (str_starts(device.base, "/dev/disk/"))
		between = "-part";
	else if (device.len && device.base[device.len - 1] >= '0' &&
		 device.base[device.len - 1] <= '9')
		between = "p";
	buf_add(&out, device.base, device.len);
	buf_printf(&out, "%s%" JSON_INTEGER_FORMAT, between, partition);
	return give_text(call, &out);
}

/* "255.255.255.0" is "24": a string, as in Tinkerbell. */
static const json_t *call_netmask(struct call *call)
{
	struct text text;
	ipv4 mask;
	unsigned length;
	char digits[16];

	if (arg_text(call, 0, &text))
		return NULL;
	if (strlen(text.base) != text.len || !net_parse_ipv4(text.base, &mask))
		return call_fail(call, "invalid netmask: %.64s", text.base);
	if (!net_mask_length(mask, &length))
		return call_fail(call, "netmask with holes: %.64s", text.base);
	snprintf(digits, sizeof(digits), "%u", length);
	return give_string(call, digits, strlen(digits));
}

static const json_t *call_to_yaml(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);

	if (call_walk(call, call->args[0], NULL))
		return NULL;
	write_yaml(&out, call->args[0]);
	return give_text(call, &out);
}

/* As Kubernetes reads it: over JSON, so that all numbers are float64. */
static json_t *with_floats(const json_t *value)
{
	json_t *copy;
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_integer(value))
		return json_real((double)json_integer_value(value));
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach (value, i, item)
			json_array_append_new(copy, with_floats(item));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	copy = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		json_object_set_new_nocheck(copy, key, with_floats(item));
	return copy;
}

/* The first document. */
static const json_t *call_from_yaml(struct call *call)
{
	AUTO_JSON json_t *documents = NULL;
	struct text text;
	struct err err;

	if (arg_text(call, 0, &text) || call_spend(call, text.len / 4))
		return NULL;
	if (!text.len)
		return call_fail(call, "empty YAML input");
	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err);
	if (!documents)
		return call_fail(call, "%s", err.message);
	if (!json_array_size(documents))
		return json_null();
	return give_tree(call, with_floats(json_array_get(documents, 0)));
}

const struct func *func_disk(size_t *n)
{
	static const struct func table[] = {
		{ "formatPartition", 2, 2, call_format_partition, FUNC_PLAIN },
		{ "netmaskToPrefixLength", 1, 1, call_netmask, FUNC_PLAIN },
		{ "toYaml", 1, 1, call_to_yaml, FUNC_PLAIN },
		{ "fromYaml", 1, 1, call_from_yaml, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
