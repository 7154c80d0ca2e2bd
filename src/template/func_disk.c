/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tinkerbell's own functions.
 */
#include <stdio.h>
#include <string.h>

#include "base/net.h"
#include "base/str.h"
#include "template/call.h"

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

const struct func *func_disk(size_t *n)
{
	static const struct func table[] = {
		{ "formatPartition", 2, 2, call_format_partition, FUNC_PLAIN },
		{ "netmaskToPrefixLength", 1, 1, call_netmask, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
