/* SPDX-License-Identifier: Apache-2.0 */
#include "base/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool net_parse_mac(const char *text, struct mac *mac)
{
	char hex[13];
	size_t n = 0;
	char separator = '\0';

	if (strlen(text) == 17) {
		separator = text[2];
		if (separator != ':' && separator != '-')
			return false;
	}
	for (size_t i = 0; text[i]; i++) {
		if (separator && i % 3 == 2) {
			if (text[i] != separator)
				return false;
			continue;
		}
		if (n == 12)
			return false;
		hex[n++] = text[i];
	}
	hex[n] = '\0';
	return str_unhex(mac->bytes, sizeof(mac->bytes), hex);
}

void net_mac_text(const struct mac *mac, char out[MAC_TEXT])
{
	const uint8_t *b = mac->bytes;

	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5]);
}

bool net_mac_eq(const struct mac *a, const struct mac *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool net_parse_ipv4(const char *text, ipv4 *address)
{
	uint32_t sum = 0;

	for (int part = 0; part < 4; part++) {
		char digits[4];
		size_t n = 0;
		uint32_t value;

		while (text[n] >= '0' && text[n] <= '9') {
			if (n == 3)
				return false;
			digits[n] = text[n];
			n++;
		}
		digits[n] = '\0';
		if (n > 1 && digits[0] == '0')
			return false;
		if (!str_parse_u32(digits, 255, &value))
			return false;
		sum = sum << 8 | value;
		text += n;
		if (part < 3 && *text++ != '.')
			return false;
	}
	if (*text)
		return false;
	*address = sum;
	return true;
}

void net_ipv4_text(ipv4 address, char out[IPV4_TEXT])
{
	snprintf(out, IPV4_TEXT, "%u.%u.%u.%u", address >> 24,
		 address >> 16 & 255, address >> 8 & 255, address & 255);
}

ipv4 net_mask(unsigned length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

bool net_mask_length(ipv4 mask, unsigned *length)
{
	for (unsigned n = 0; n <= 32; n++) {
		if (net_mask(n) == mask) {
			*length = n;
			return true;
		}
	}
	return false;
}

bool net_parse_cidr(const char *text, ipv4 *address, unsigned *length)
{
	const char *slash = strchr(text, '/');
	char part[IPV4_TEXT];
	uint32_t n;

	if (!slash || (size_t)(slash - text) >= sizeof(part))
		return false;
	memcpy(part, text, (size_t)(slash - text));
	part[slash - text] = '\0';
	if (!net_parse_ipv4(part, address) || !str_parse_u32(slash + 1, 32, &n))
		return false;
	*length = n;
	return true;
}

int net_unblock(int fd, struct err *err)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC))
		return err_errno(err, errno, "fcntl");
	return 0;
}
