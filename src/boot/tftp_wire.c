/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/tftp_wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/wire.h"

/* RFC 2347: an option with a value we cannot use is as if not asked for. */
static void take_option(struct tftp_packet *packet, const char *name,
			const char *value)
{
	uint32_t number;

	if (!str_parse_u32(value, UINT32_MAX, &number))
		return;
	if (strcasecmp(name, "tsize") == 0)
		packet->wants_size = true;
	else if (strcasecmp(name, "blksize") == 0 && number >= 8)
		packet->block_size =
			number < TFTP_MAX_BLOCK ? number : TFTP_MAX_BLOCK;
	else if (strcasecmp(name, "windowsize") == 0 && number >= 1)
		packet->window_size = number < 65535 ? number : 65535;
	else if (strcasecmp(name, "timeout") == 0 && number >= 1 &&
		 number <= 255)
		packet->timeout_s = number;
}

static bool parse_request(struct rbuf *in, struct tftp_packet *packet)
{
	const char *name = rbuf_string(in);
	const char *mode = rbuf_string(in);

	if (in->bad || !*name ||
	    !str_copy(packet->name, sizeof(packet->name), name))
		return false;
	/* netascii is asked for by some ROMs and never meant. */
	if (strcasecmp(mode, "octet") && strcasecmp(mode, "netascii"))
		return false;
	while (in->left) {
		const char *option = rbuf_string(in);
		const char *value = rbuf_string(in);

		if (in->bad)
			return true; /* trailing bytes of old ROMs */
		take_option(packet, option, value);
	}
	return true;
}

bool tftp_parse(const void *bytes, size_t len, struct tftp_packet *packet)
{
	struct rbuf in = rbuf_of(bytes, len);

	memset(packet, 0, sizeof(*packet));
	packet->opcode = (enum tftp_opcode)rbuf_be16(&in);
	switch (packet->opcode) {
	case TFTP_RRQ:
	case TFTP_WRQ:
		return parse_request(&in, packet);
	case TFTP_ACK:
		packet->block = rbuf_be16(&in);
		return !in.bad;
	case TFTP_ERROR:
		packet->code = rbuf_be16(&in);
		return !in.bad;
	case TFTP_DATA:
	case TFTP_OACK:
		break;
	}
	return false;
}

size_t tftp_build_data_header(void *bytes, size_t size, uint16_t block)
{
	struct wbuf out = wbuf_of(bytes, size);

	wbuf_be16(&out, TFTP_DATA);
	wbuf_be16(&out, block);
	return out.bad ? 0 : out.len;
}

size_t tftp_build_error(void *bytes, size_t size, enum tftp_error code,
			const char *text)
{
	struct wbuf out = wbuf_of(bytes, size);

	wbuf_be16(&out, TFTP_ERROR);
	wbuf_be16(&out, (uint16_t)code);
	wbuf_string(&out, text);
	return out.bad ? 0 : out.len;
}

static void put_option(struct wbuf *out, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	wbuf_string(out, name);
	wbuf_string(out, text);
}

size_t tftp_build_oack(void *bytes, size_t size,
		       const struct tftp_packet *options, uint64_t file_size)
{
	struct wbuf out = wbuf_of(bytes, size);

	wbuf_be16(&out, TFTP_OACK);
	if (options->wants_size)
		put_option(&out, "tsize", file_size);
	if (options->block_size)
		put_option(&out, "blksize", options->block_size);
	if (options->window_size)
		put_option(&out, "windowsize", options->window_size);
	if (options->timeout_s)
		put_option(&out, "timeout", options->timeout_s);
	return out.bad ? 0 : out.len;
}
