/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_WIRE_H
#define BMC_IPMI_WIRE_H

#include "base/wire.h"
#include "bmc/ipmi_command.h"

/*
 * IPMI over LAN as bytes: RMCP, the session headers of IPMI 1.5 (empty, for
 * what is asked before a login) and 2.0 ("RMCP+"), LAN messages, and the
 * messages of an RMCP+ login. Pure.
 *
 *	struct ipmi_packet packet;
 *
 *	if (!ipmi_parse_packet(&packet, datagram, len))
 *		return;
 *	if (packet.type == IPMI_PAYLOAD_RAKP2)
 *		good = ipmi_parse_rakp2(&rakp2, packet.payload);
 *
 * Encryption and signatures are ipmi_crypto's business.
 */
#define IPMI_PACKET_MAX  512
#define IPMI_RANDOM_SIZE 16
#define IPMI_GUID_SIZE   16
#define IPMI_USER_MAX    16
#define IPMI_SECRET_MAX  20
#define IPMI_CODE_MAX    32

enum ipmi_payload {
	IPMI_PAYLOAD_MESSAGE = 0x00,
	IPMI_PAYLOAD_SOL = 0x01,
	IPMI_PAYLOAD_OPEN_REQUEST = 0x10,
	IPMI_PAYLOAD_OPEN_RESPONSE = 0x11,
	IPMI_PAYLOAD_RAKP1 = 0x12,
	IPMI_PAYLOAD_RAKP2 = 0x13,
	IPMI_PAYLOAD_RAKP3 = 0x14,
	IPMI_PAYLOAD_RAKP4 = 0x15,
};

/* IPMI 2.0, table 13-15: what a BMC says of a login. */
enum ipmi_status {
	IPMI_STATUS_GOOD = 0x00,
	IPMI_STATUS_NO_RESOURCES = 0x01,
	IPMI_STATUS_NO_SESSION = 0x02,
	IPMI_STATUS_NO_AUTHENTICATION = 0x04,
	IPMI_STATUS_NO_INTEGRITY = 0x05,
	IPMI_STATUS_INACTIVE_SESSION = 0x08,
	IPMI_STATUS_INVALID_ROLE = 0x09,
	IPMI_STATUS_UNAUTHORIZED_ROLE = 0x0a,
	IPMI_STATUS_NO_RESOURCES_FOR_ROLE = 0x0b,
	IPMI_STATUS_NAME_LENGTH = 0x0c,
	IPMI_STATUS_UNAUTHORIZED_NAME = 0x0d,
	IPMI_STATUS_BAD_CHECK_VALUE = 0x0f,
	IPMI_STATUS_NO_CONFIDENTIALITY = 0x10,
	IPMI_STATUS_NO_SUITE = 0x11,
};

struct ipmi_packet {
	bool rmcp_plus;
	uint8_t type; /* of the payload */
	bool encrypted;
	bool authenticated;
	uint32_t session;
	uint32_t sequence;
	struct rbuf payload;
	struct rbuf whole; /* from the session header on, to be checked */
	size_t head_len;   /* of the session header, before the payload */
};

/* False: not a packet of IPMI that makes sense. Borrows the datagram. */
bool ipmi_parse_packet(struct ipmi_packet *packet, const void *datagram,
		       size_t len);

/* RMCP and the session header of a payload of `len` bytes. */
void ipmi_build_header(struct wbuf *out, const struct ipmi_packet *packet,
		       size_t len);

/* A request as a LAN message of the remote console. */
void ipmi_build_request(struct wbuf *out, const struct ipmi_command *command,
			uint8_t sequence);

struct ipmi_message {
	uint8_t netfn; /* of the response: odd */
	uint8_t cmd;
	uint8_t sequence;
	uint8_t completion;
	struct rbuf body;
};

/* With `lax` the checksums may be wrong, as some firmware sends them. */
bool ipmi_parse_response(struct ipmi_message *message, struct rbuf payload,
			 bool lax);

/* IPMI 2.0, 22.13: what a channel takes, asked before a login. */
struct ipmi_caps {
	bool rmcp_plus;
	bool group_key; /* the BMC has a K_g of its own */
};

bool ipmi_parse_caps(struct ipmi_caps *caps, struct rbuf body);

struct ipmi_algorithms {
	uint8_t authentication;
	uint8_t integrity;
	uint8_t confidentiality;
};

struct ipmi_open {
	uint8_t tag;
	uint8_t status; /* response */
	uint8_t privilege;
	uint32_t console; /* our id of the session */
	uint32_t bmc;     /* response: the BMC's */
	struct ipmi_algorithms algorithms;
};

void ipmi_build_open(struct wbuf *out, const struct ipmi_open *open);
/* After a status other than GOOD only tag and status are there. */
bool ipmi_parse_open(struct ipmi_open *open, struct rbuf payload);

struct ipmi_rakp {
	uint8_t tag;
	uint8_t status;
	uint32_t session; /* of who is addressed */
	uint8_t random[IPMI_RANDOM_SIZE];
	uint8_t guid[IPMI_GUID_SIZE]; /* RAKP 2 */
	uint8_t role;                 /* RAKP 1 */
	uint8_t user[IPMI_USER_MAX];
	uint8_t user_len;
	uint8_t code[IPMI_CODE_MAX]; /* RAKP 2, 3, 4 */
	size_t code_len;
};

void ipmi_build_rakp1(struct wbuf *out, const struct ipmi_rakp *rakp);
void ipmi_build_rakp3(struct wbuf *out, const struct ipmi_rakp *rakp);
/* After a status other than GOOD only tag and status are sure to be there. */
bool ipmi_parse_rakp2(struct ipmi_rakp *rakp, struct rbuf payload);
bool ipmi_parse_rakp4(struct ipmi_rakp *rakp, struct rbuf payload);

#endif
