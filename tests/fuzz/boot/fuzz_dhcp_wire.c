/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "base/wire.h"
#include "boot/dhcp_plan.h"
#include "boot/dhcp_wire.h"
#include "fuzz/fuzz.h"

#define ITS 0x0a00000b

/* A machine with something of everything, so that replies are long; `bits`
 * choose what kind it is. */
static void fill(struct boot_machine *machine, uint32_t bits)
{
	memset(machine, 0, sizeof(*machine));
	memset(machine->hostname, 'h', sizeof(machine->hostname) - 1);
	memset(machine->domain, 'd', sizeof(machine->domain) - 1);
	machine->ip = ITS;
	machine->mask = 0xffffff00;
	machine->gateway = 0x0a000001;
	for (int i = 0; i < BOOT_MAX_SERVERS; i++) {
		machine->name_servers[i] = 0x0a000001;
		machine->time_servers[i] = 0x0a000001;
	}
	machine->allow_netboot = bits & 1;
	if (bits & 2) {
		memset(machine->boot_file, 'f', sizeof(machine->boot_file) - 1);
		str_copy(machine->tftp_server, sizeof(machine->tftp_server),
			 bits & 4 ? "10.0.0.9" : "tftp.rack");
	}
}

/* The options are whole, end, and have the relay's own unchanged and last. */
static void check_reply(const struct dhcp_request *request, const void *bytes,
			size_t len)
{
	struct rbuf in = rbuf_of(bytes, len);
	uint8_t relay[DHCP_ECHO_MAX];
	size_t n_relay = 0;
	uint8_t code;

	rbuf_sub(&in, 16);
	code = rbuf_u8(&in);
	assert(code == 0 || code == ITS >> 24); /* yiaddr */
	rbuf_sub(&in, DHCP_MIN_PACKET - 17);
	while ((code = rbuf_u8(&in)) != 255) {
		struct rbuf value = rbuf_sub(&in, rbuf_u8(&in));
		size_t n = value.left;

		assert(!in.bad && n);
		assert(!n_relay || code == 82);
		if (code != 82)
			continue;
		assert(n <= sizeof(relay) - n_relay);
		rbuf_bytes(&value, relay + n_relay, n);
		n_relay += n;
	}
	assert(n_relay == request->relay.len);
	assert(!memcmp(relay, request->relay.bytes, n_relay));
	while (in.left) {
		code = rbuf_u8(&in);
		assert(!code);
	}
}

/*
 * What is parsed is bounded, and is answered, if at all, with a packet of a
 * size that the client takes.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct dhcp_server server = { .address = 0x0a000001,
						   .http_port = 7080,
						   .lease_s = 600 };
	struct dhcp_request request;
	struct dhcp_answer answer;
	struct boot_machine machine;
	uint8_t packet[DHCP_MAX_PACKET];
	size_t size;

	if (!dhcp_request_parse(bytes, len, &request))
		return 0;
	assert(len >= DHCP_MIN_PACKET);
	assert(request.hlen <= sizeof(request.chaddr));
	assert(memchr(request.vendor, 0, sizeof(request.vendor)));
	assert(memchr(request.user_class, 0, sizeof(request.user_class)));

	dhcp_plan(&request, NULL, false, &server, &answer);
	assert(answer.why);
	assert(answer.verdict == DHCP_SILENCE);

	fill(&machine, request.xid);
	dhcp_plan(&request, &machine, request.xid & 8, &server, &answer);
	assert(answer.why);
	assert(!answer.quarantine || request.requested == ITS);
	if (answer.verdict == DHCP_SILENCE)
		return 0;
	assert(!answer.direct || answer.to == ITS);
	size = dhcp_answer_build(&request, &answer, packet);
	assert(size == 0 || size >= 300);
	assert(size <= dhcp_reply_limit(&request));
	/* Nothing but a long option of the request keeps it from fitting. */
	assert(size || request.relay.len + request.client_id.len +
				       request.machine_id.len >
			       50);
	if (size)
		check_reply(&request, packet, size);
	return 0;
}
