/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/dhcp_wire.h"

#include <string.h>

#include "base/str.h"
#include "base/wire.h"

#define BOOTREQUEST 1
#define BOOTREPLY   2
#define MAGIC       UINT32_C(0x63825363)
#define SNAME_SIZE  64
#define FILE_SIZE   128
#define MIN_REPLY   300 /* old ROMs and relays drop shorter ones */

enum option {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOSTNAME = 12,
	OPT_DOMAIN = 15,
	OPT_NTP = 42,
	OPT_VENDOR_INFO = 43,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_MESSAGE = 56,
	OPT_MAX_SIZE = 57,
	OPT_RENEW = 58,
	OPT_REBIND = 59,
	OPT_VENDOR = 60,
	OPT_CLIENT_ID = 61,
	OPT_TFTP_SERVER = 66,
	OPT_BOOT_FILE = 67,
	OPT_USER_CLASS = 77,
	OPT_RELAY = 82,
	OPT_ARCH = 93,
	OPT_MACHINE_ID = 97,
	OPT_IPXE = 175,
	OPT_END = 255,
};

/*
 * RFC 3396: an option that comes in pieces is their concatenation. False:
 * too long to be kept, and a part of it would be no echo.
 */
static bool echo_add(struct dhcp_echo *echo, const struct rbuf *value)
{
	if (value->left > DHCP_ECHO_MAX - echo->len)
		return false;
	memcpy(echo->bytes + echo->len, value->at, value->left);
	echo->len += value->left;
	return true;
}

static void text_add(char *out, size_t size, const struct rbuf *value)
{
	size_t used = strlen(out);

	for (size_t i = 0; i < value->left && used + 1 < size; i++) {
		uint8_t byte = value->at[i];

		if (!byte)
			break;
		out[used++] = byte >= ' ' && byte < 127 ? (char)byte : '?';
	}
	out[used] = '\0';
}

/* Classes behind their lengths, of which the first is taken, if that adds
 * up (RFC 3004); else one class as it stands, which is how iPXE sends its. */
static void user_class_add(struct dhcp_request *request,
			   const struct rbuf *value)
{
	struct rbuf list = *value;
	struct rbuf first = *value;

	first = rbuf_sub(&first, rbuf_u8(&first));
	while (list.left) {
		uint8_t len = rbuf_u8(&list);

		rbuf_sub(&list, len);
		list.bad = list.bad || !len;
	}
	text_add(request->user_class, sizeof(request->user_class),
		 list.bad ? value : &first);
}

static void ipxe_options(struct dhcp_request *request, struct rbuf value)
{
	request->ipxe = true;
	while (value.left >= 2) {
		uint8_t code = rbuf_u8(&value);
		struct rbuf part = rbuf_sub(&value, rbuf_u8(&value));

		if (!part.bad && code == 19)
			request->ipxe_http = true;
	}
}

static void take_archs(struct dhcp_request *request, struct rbuf value)
{
	while (value.left >= 2 && request->n_archs < DHCP_MAX_ARCHS)
		request->archs[request->n_archs++] = rbuf_be16(&value);
}

static bool take_option(struct dhcp_request *request, uint8_t code,
			struct rbuf value)
{
	switch (code) {
	case OPT_TYPE:
		request->type = (enum dhcp_type)rbuf_u8(&value);
		return true;
	case OPT_REQUESTED:
		request->requested = rbuf_be32(&value);
		return true;
	case OPT_SERVER_ID:
		request->server_id = rbuf_be32(&value);
		return true;
	case OPT_MAX_SIZE:
		request->max_size = rbuf_be16(&value);
		return true;
	case OPT_ARCH:
		take_archs(request, value);
		return true;
	case OPT_VENDOR:
		text_add(request->vendor, sizeof(request->vendor), &value);
		return true;
	case OPT_USER_CLASS:
		user_class_add(request, &value);
		return true;
	case OPT_CLIENT_ID:
		return echo_add(&request->client_id, &value);
	case OPT_RELAY:
		return echo_add(&request->relay, &value);
	case OPT_MACHINE_ID:
		return echo_add(&request->machine_id, &value);
	case OPT_IPXE:
		ipxe_options(request, value);
		return true;
	default:
		return true;
	}
}

/* A field of options. *overload may be NULL: option 52 has no meaning. */
static bool parse_options(struct dhcp_request *request, struct rbuf in,
			  uint8_t *overload)
{
	while (in.left) {
		uint8_t code = rbuf_u8(&in);
		struct rbuf value;

		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			return true;
		value = rbuf_sub(&in, rbuf_u8(&in));
		if (value.bad)
			return false;
		if (code == OPT_OVERLOAD && overload && value.left == 1)
			*overload = rbuf_u8(&value);
		else if (!take_option(request, code, value))
			return false;
	}
	return true;
}

bool dhcp_request_parse(const void *bytes, size_t len,
			struct dhcp_request *request)
{
	struct rbuf in = rbuf_of(bytes, len);
	struct rbuf sname;
	struct rbuf file;
	uint8_t overload = 0;

	memset(request, 0, sizeof(*request));
	if (rbuf_u8(&in) != BOOTREQUEST)
		return false;
	request->htype = rbuf_u8(&in);
	request->hlen = rbuf_u8(&in);
	request->hops = rbuf_u8(&in);
	request->xid = rbuf_be32(&in);
	request->secs = rbuf_be16(&in);
	request->flags = rbuf_be16(&in);
	request->ciaddr = rbuf_be32(&in);
	rbuf_be32(&in); /* yiaddr */
	rbuf_be32(&in); /* siaddr */
	request->giaddr = rbuf_be32(&in);
	rbuf_bytes(&in, request->chaddr, sizeof(request->chaddr));
	sname = rbuf_sub(&in, SNAME_SIZE);
	file = rbuf_sub(&in, FILE_SIZE);
	if (rbuf_be32(&in) != MAGIC || in.bad ||
	    request->hlen > sizeof(request->chaddr))
		return false;
	/* What stands behind the address is nobody's business. */
	memset(request->chaddr + request->hlen, 0,
	       sizeof(request->chaddr) - request->hlen);
	if (!parse_options(request, in, &overload))
		return false;
	if ((overload & 1) && !parse_options(request, file, NULL))
		return false;
	if ((overload & 2) && !parse_options(request, sname, NULL))
		return false;
	return request->type >= DHCP_DISCOVER && request->type <= DHCP_INFORM;
}

static void put_bytes(struct wbuf *out, uint8_t code, const void *bytes,
		      size_t len)
{
	const uint8_t *at = bytes;

	/* Longer than an option can be: in pieces (RFC 3396). */
	do {
		size_t part = len < 255 ? len : 255;

		wbuf_u8(out, code);
		wbuf_u8(out, (uint8_t)part);
		wbuf_bytes(out, at, part);
		at += part;
		len -= part;
	} while (len);
}

static void put_u32(struct wbuf *out, uint8_t code, uint32_t value)
{
	wbuf_u8(out, code);
	wbuf_u8(out, 4);
	wbuf_be32(out, value);
}

static void put_address(struct wbuf *out, uint8_t code, ipv4 address)
{
	if (address)
		put_u32(out, code, address);
}

static void put_addresses(struct wbuf *out, uint8_t code, const ipv4 *list)
{
	size_t n = 0;

	while (n < DHCP_MAX_ROUTERS && list[n])
		n++;
	if (!n)
		return;
	wbuf_u8(out, code);
	wbuf_u8(out, (uint8_t)(4 * n));
	for (size_t i = 0; i < n; i++)
		wbuf_be32(out, list[i]);
}

static void put_text(struct wbuf *out, uint8_t code, const char *text)
{
	if (*text)
		put_bytes(out, code, text, strlen(text));
}

static void put_echo(struct wbuf *out, uint8_t code,
		     const struct dhcp_echo *echo)
{
	if (echo->len)
		put_bytes(out, code, echo->bytes, echo->len);
}

static void put_header(struct wbuf *out, const struct dhcp_request *request,
		       const struct dhcp_reply *reply)
{
	size_t file = strlen(reply->boot_file);

	wbuf_u8(out, BOOTREPLY);
	wbuf_u8(out, request->htype);
	wbuf_u8(out, request->hlen);
	wbuf_u8(out, 0);
	wbuf_be32(out, request->xid);
	wbuf_be16(out, 0);
	/* RFC 2131 4.3.2: a NAK through a relay is broadcast by it. */
	wbuf_be16(out, reply->type == DHCP_NAK && request->giaddr
			       ? request->flags | DHCP_FLAG_BROADCAST
			       : request->flags);
	wbuf_be32(out, reply->type == DHCP_ACK ? request->ciaddr : 0);
	wbuf_be32(out, reply->yiaddr);
	wbuf_be32(out, reply->siaddr);
	wbuf_be32(out, request->giaddr);
	wbuf_bytes(out, request->chaddr, sizeof(request->chaddr));
	wbuf_zero(out, SNAME_SIZE);
	if (file >= FILE_SIZE)
		file = 0; /* only option 67 has room for it */
	wbuf_bytes(out, reply->boot_file, file);
	wbuf_zero(out, FILE_SIZE - file);
	wbuf_be32(out, MAGIC);
}

static void put_options(struct wbuf *out, const struct dhcp_request *request,
			const struct dhcp_reply *reply)
{
	static const uint8_t bypass[] = { 6, 1, 8, 255 };
	static const uint8_t no_pxedhcp[] = { 176, 1, 1 };

	wbuf_u8(out, OPT_TYPE);
	wbuf_u8(out, 1);
	wbuf_u8(out, (uint8_t)reply->type);
	put_address(out, OPT_SERVER_ID, reply->server_id);
	if (reply->message)
		put_text(out, OPT_MESSAGE, reply->message);
	if (reply->lease_s) {
		put_u32(out, OPT_LEASE, reply->lease_s);
		put_u32(out, OPT_RENEW, reply->lease_s / 2);
		put_u32(out, OPT_REBIND,
			(uint32_t)((uint64_t)reply->lease_s * 7 / 8));
	}
	put_address(out, OPT_MASK, reply->mask);
	put_address(out, OPT_ROUTER, reply->router);
	put_addresses(out, OPT_DNS, reply->name_servers);
	put_text(out, OPT_HOSTNAME, reply->hostname);
	put_text(out, OPT_DOMAIN, reply->domain);
	put_addresses(out, OPT_NTP, reply->time_servers);
	put_text(out, OPT_VENDOR, reply->vendor);
	if (reply->pxe_bypass)
		put_bytes(out, OPT_VENDOR_INFO, bypass, sizeof(bypass));
	put_text(out, OPT_TFTP_SERVER, reply->tftp_server);
	put_text(out, OPT_BOOT_FILE, reply->boot_file);
	if (reply->no_pxedhcp)
		put_bytes(out, OPT_IPXE, no_pxedhcp, sizeof(no_pxedhcp));
	put_echo(out, OPT_CLIENT_ID, &request->client_id);
	if (reply->type != DHCP_NAK)
		put_echo(out, OPT_MACHINE_ID, &request->machine_id);
	/* RFC 3046 2.2: the relay's own comes last. */
	put_echo(out, OPT_RELAY, &request->relay);
	wbuf_u8(out, OPT_END);
}

size_t dhcp_reply_limit(const struct dhcp_request *request)
{
	/* RFC 2132 9.10: of the datagram; less than 576 is not believed. */
	size_t limit = request->max_size < 576 ? DHCP_SAFE_PACKET
					       : request->max_size - 28u;

	return limit < DHCP_MAX_PACKET ? limit : DHCP_MAX_PACKET;
}

size_t dhcp_reply_build(const struct dhcp_request *request,
			const struct dhcp_reply *reply, void *bytes,
			size_t size)
{
	struct wbuf out = wbuf_of(bytes, size);

	put_header(&out, request, reply);
	put_options(&out, request, reply);
	if (!out.bad && out.len < MIN_REPLY)
		wbuf_zero(&out, MIN_REPLY - out.len);
	return out.bad ? 0 : out.len;
}
