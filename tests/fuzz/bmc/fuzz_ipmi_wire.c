/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "bmc/ipmi_crypto.h"
#include "bmc/ipmi_wire.h"
#include "fuzz/fuzz.h"

/* What was parsed lies inside of the datagram. */
static void check_inside(const struct rbuf *part, const uint8_t *bytes,
			 size_t len)
{
	assert(!part->bad);
	if (!part->left)
		return;
	assert(part->at >= bytes && part->at <= bytes + len);
	assert(part->left <= (size_t)(bytes + len - part->at));
}

/* Written again, a header is what it was read from. */
static void check_header(const struct ipmi_packet *packet, const uint8_t *bytes)
{
	uint8_t again[32];
	struct wbuf out = wbuf_of(again, sizeof(again));

	ipmi_build_header(&out, packet, packet->payload.left);
	assert(!out.bad && out.len == 4 + packet->head_len);
	assert(memcmp(again + 4, bytes + 4, packet->head_len) == 0);
}

static void try_payloads(struct rbuf payload)
{
	struct ipmi_message message;
	struct ipmi_open open;
	struct ipmi_rakp rakp;
	struct ipmi_caps caps;

	for (int lax = 0; lax < 2; lax++)
		if (ipmi_parse_response(&message, payload, lax)) {
			assert(message.netfn & 1 && message.sequence < 64);
			check_inside(&message.body, payload.at, payload.left);
			assert(message.body.left == payload.left - 8);
			ipmi_parse_caps(&caps, message.body);
		}
	if (ipmi_parse_open(&open, payload) && open.status == 0)
		assert(open.bmc && open.privilege < 16);
	if (ipmi_parse_rakp2(&rakp, payload))
		assert(rakp.code_len <= sizeof(rakp.code));
	if (ipmi_parse_rakp4(&rakp, payload))
		assert(rakp.code_len <= sizeof(rakp.code));
}

static void try_unseal(const struct ipmi_packet *packet)
{
	struct ipmi_crypto *crypto = ipmi_crypto_new();
	uint8_t sik[IPMI_HASH_MAX] = { 1 };
	uint8_t plain[IPMI_PACKET_MAX];
	struct ipmi_keys keys;

	for (unsigned suite = 3; suite <= 17; suite += 14) {
		struct wbuf out = wbuf_of(plain, sizeof(plain));

		ipmi_derive(crypto, ipmi_suite_find(suite), sik, &keys);
		if (ipmi_unseal(crypto, &keys, packet, &out))
			assert(out.len <= packet->whole.left);
	}
	ipmi_crypto_free(crypto);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ipmi_packet packet;

	try_payloads(rbuf_of(bytes, len));
	if (!ipmi_parse_packet(&packet, bytes, len))
		return 0;
	check_inside(&packet.payload, bytes, len);
	check_inside(&packet.whole, bytes, len);
	check_header(&packet, bytes);
	try_payloads(packet.payload);
	if (packet.authenticated)
		try_unseal(&packet);
	return 0;
}
