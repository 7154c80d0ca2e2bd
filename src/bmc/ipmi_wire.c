/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_wire.h"

#include <string.h>

#define RMCP_VERSION     0x06
#define RMCP_NO_ACK      0xff
#define RMCP_IPMI        0x07
#define AUTH_NONE        0x00
#define AUTH_RMCP_PLUS   0x06
#define TYPE_OEM         0x02
#define TYPE_MASK        0x3f
#define TYPE_ENCRYPTED   0x80
#define TYPE_SIGNED      0x40
#define ADDRESS_BMC      0x20
#define ADDRESS_CONSOLE  0x81
#define ALGORITHM_LENGTH 0x08

/* IPMI 2.0, 13.6: the RMCP header, then the session's. */
bool ipmi_parse_packet(struct ipmi_packet *packet, const void *datagram,
		       size_t len)
{
	struct rbuf in = rbuf_of(datagram, len);
	uint8_t version = rbuf_u8(&in);
	uint8_t class_of;
	uint8_t type;

	memset(packet, 0, sizeof(*packet));
	rbuf_u8(&in); /* reserved */
	rbuf_u8(&in); /* the RMCP sequence number: IPMI does not use it */
	class_of = rbuf_u8(&in);
	if (in.bad || version != RMCP_VERSION || class_of != RMCP_IPMI)
		return false;
	packet->whole = in;
	type = rbuf_u8(&in);
	packet->rmcp_plus = type == AUTH_RMCP_PLUS;
	if (!packet->rmcp_plus && type != AUTH_NONE)
		return false;
	if (packet->rmcp_plus) {
		type = rbuf_u8(&in);
		packet->type = type & TYPE_MASK;
		packet->encrypted = type & TYPE_ENCRYPTED;
		packet->authenticated = type & TYPE_SIGNED;
		if (packet->type == TYPE_OEM)
			return false;
		packet->session = rbuf_le32(&in);
		packet->sequence = rbuf_le32(&in);
		len = rbuf_le16(&in);
	} else {
		packet->sequence = rbuf_le32(&in);
		packet->session = rbuf_le32(&in);
		len = rbuf_u8(&in);
	}
	packet->head_len = packet->whole.left - in.left;
	packet->payload = rbuf_sub(&in, len);
	return !in.bad;
}

void ipmi_build_header(struct wbuf *out, const struct ipmi_packet *packet,
		       size_t len)
{
	wbuf_u8(out, RMCP_VERSION);
	wbuf_u8(out, 0);
	wbuf_u8(out, RMCP_NO_ACK);
	wbuf_u8(out, RMCP_IPMI);
	if (!packet->rmcp_plus) {
		wbuf_u8(out, AUTH_NONE);
		wbuf_le32(out, packet->sequence);
		wbuf_le32(out, packet->session);
		wbuf_u8(out, (uint8_t)len);
		return;
	}
	wbuf_u8(out, AUTH_RMCP_PLUS);
	wbuf_u8(out, (uint8_t)(packet->type |
			       (packet->encrypted ? TYPE_ENCRYPTED : 0) |
			       (packet->authenticated ? TYPE_SIGNED : 0)));
	wbuf_le32(out, packet->session);
	wbuf_le32(out, packet->sequence);
	wbuf_le16(out, (uint16_t)len);
}

/* IPMI 2.0, 13.8: the sum of what it covers and itself is zero. */
static uint8_t checksum(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return (uint8_t)-sum;
}

void ipmi_build_request(struct wbuf *out, const struct ipmi_command *command,
			uint8_t sequence)
{
	size_t begin = out->len;

	wbuf_u8(out, ADDRESS_BMC);
	wbuf_u8(out, (uint8_t)(command->netfn << 2 | command->lun));
	if (out->bad)
		return;
	wbuf_u8(out, checksum(out->base + begin, 2));
	begin = out->len;
	wbuf_u8(out, ADDRESS_CONSOLE);
	wbuf_u8(out, (uint8_t)(sequence << 2));
	wbuf_u8(out, command->cmd);
	wbuf_bytes(out, command->bytes, command->len);
	if (out->bad)
		return;
	wbuf_u8(out, checksum(out->base + begin, out->len - begin));
}

bool ipmi_parse_response(struct ipmi_message *message, struct rbuf payload,
			 bool lax)
{
	const uint8_t *at = payload.at;
	size_t len = payload.left;
	uint8_t netfn_lun;

	memset(message, 0, sizeof(*message));
	/* Two headers, their checksums, a command and a completion code. */
	if (payload.bad || len < 8)
		return false;
	if (!lax && (checksum(at, 3) || checksum(at + 3, len - 3)))
		return false;
	rbuf_u8(&payload); /* to us: the session has said so already */
	netfn_lun = rbuf_u8(&payload);
	rbuf_u8(&payload); /* checksum */
	rbuf_u8(&payload); /* from the BMC */
	message->netfn = netfn_lun >> 2;
	message->sequence = rbuf_u8(&payload) >> 2;
	message->cmd = rbuf_u8(&payload);
	message->completion = rbuf_u8(&payload);
	message->body = rbuf_sub(&payload, payload.left - 1);
	return message->netfn & 1;
}

bool ipmi_parse_caps(struct ipmi_caps *caps, struct rbuf body)
{
	uint8_t types;
	uint8_t status;
	uint8_t extended;

	memset(caps, 0, sizeof(*caps));
	rbuf_u8(&body); /* the channel */
	types = rbuf_u8(&body);
	status = rbuf_u8(&body);
	if (body.bad)
		return false;
	extended = rbuf_u8(&body);
	caps->rmcp_plus = (types & 0x80) && (extended & 0x02);
	caps->group_key = status & 0x20;
	return true;
}

static void build_algorithm(struct wbuf *out, uint8_t type, uint8_t number)
{
	wbuf_u8(out, type);
	wbuf_zero(out, 2);
	wbuf_u8(out, ALGORITHM_LENGTH);
	wbuf_u8(out, number);
	wbuf_zero(out, 3);
}

/* IPMI 2.0, 13.17 */
void ipmi_build_open(struct wbuf *out, const struct ipmi_open *open)
{
	wbuf_u8(out, open->tag);
	wbuf_u8(out, open->privilege);
	wbuf_zero(out, 2);
	wbuf_le32(out, open->console);
	build_algorithm(out, 0, open->algorithms.authentication);
	build_algorithm(out, 1, open->algorithms.integrity);
	build_algorithm(out, 2, open->algorithms.confidentiality);
}

/* A length of zero instead of eight: "any", which no answer may say. */
static uint8_t parse_algorithm(struct rbuf *in, uint8_t type)
{
	struct rbuf part = rbuf_sub(in, 8);
	uint8_t given = rbuf_u8(&part);
	uint8_t length;

	rbuf_le16(&part);
	length = rbuf_u8(&part);
	if (given != type || length != ALGORITHM_LENGTH)
		in->bad = true;
	return rbuf_u8(&part) & 0x3f;
}

/* IPMI 2.0, 13.18. Refusals have 1 to 6 bytes more, by vendor. */
bool ipmi_parse_open(struct ipmi_open *open, struct rbuf payload)
{
	memset(open, 0, sizeof(*open));
	open->tag = rbuf_u8(&payload);
	open->status = rbuf_u8(&payload);
	if (payload.bad || open->status != IPMI_STATUS_GOOD)
		return !payload.bad;
	open->privilege = rbuf_u8(&payload) & 0x0f;
	rbuf_u8(&payload);
	open->console = rbuf_le32(&payload);
	open->bmc = rbuf_le32(&payload);
	open->algorithms.authentication = parse_algorithm(&payload, 0);
	open->algorithms.integrity = parse_algorithm(&payload, 1);
	open->algorithms.confidentiality = parse_algorithm(&payload, 2);
	return !payload.bad && open->bmc != 0;
}

/* IPMI 2.0, 13.20 */
void ipmi_build_rakp1(struct wbuf *out, const struct ipmi_rakp *rakp)
{
	wbuf_u8(out, rakp->tag);
	wbuf_zero(out, 3);
	wbuf_le32(out, rakp->session);
	wbuf_bytes(out, rakp->random, sizeof(rakp->random));
	wbuf_u8(out, rakp->role);
	wbuf_zero(out, 2);
	wbuf_u8(out, rakp->user_len);
	wbuf_bytes(out, rakp->user, rakp->user_len);
}

/* False: not even a status. A refusal may end there. */
static bool parse_head(struct ipmi_rakp *rakp, struct rbuf *in)
{
	memset(rakp, 0, sizeof(*rakp));
	rakp->tag = rbuf_u8(in);
	rakp->status = rbuf_u8(in);
	if (in->bad)
		return false;
	rbuf_le16(in);
	rakp->session = rbuf_le32(in);
	return true;
}

static bool parse_code(struct ipmi_rakp *rakp, struct rbuf *in)
{
	rakp->code_len = in->left;
	if (in->left > sizeof(rakp->code))
		return false;
	rbuf_bytes(in, rakp->code, in->left);
	return !in->bad;
}

/* IPMI 2.0, 13.21 */
bool ipmi_parse_rakp2(struct ipmi_rakp *rakp, struct rbuf payload)
{
	if (!parse_head(rakp, &payload))
		return false;
	if (rakp->status != IPMI_STATUS_GOOD)
		return true;
	rbuf_bytes(&payload, rakp->random, sizeof(rakp->random));
	rbuf_bytes(&payload, rakp->guid, sizeof(rakp->guid));
	return !payload.bad && parse_code(rakp, &payload);
}

/* IPMI 2.0, 13.22 */
void ipmi_build_rakp3(struct wbuf *out, const struct ipmi_rakp *rakp)
{
	wbuf_u8(out, rakp->tag);
	wbuf_u8(out, rakp->status);
	wbuf_zero(out, 2);
	wbuf_le32(out, rakp->session);
	wbuf_bytes(out, rakp->code, rakp->code_len);
}

/* IPMI 2.0, 13.23 */
bool ipmi_parse_rakp4(struct ipmi_rakp *rakp, struct rbuf payload)
{
	if (!parse_head(rakp, &payload))
		return false;
	if (rakp->status != IPMI_STATUS_GOOD)
		return true;
	return parse_code(rakp, &payload);
}
