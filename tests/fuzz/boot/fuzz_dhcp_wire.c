/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "boot/dhcp_plan.h"
#include "boot/dhcp_wire.h"
#include "fuzz/fuzz.h"

/* A machine with something of everything, so that replies are long. */
static void fill(struct boot_machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	memset(machine->hostname, 'h', sizeof(machine->hostname) - 1);
	memset(machine->domain, 'd', sizeof(machine->domain) - 1);
	machine->ip = 0x0a00000b;
	machine->mask = 0xffffff00;
	machine->gateway = 0x0a000001;
	for (int i = 0; i < BOOT_MAX_SERVERS; i++) {
		machine->name_servers[i] = 0x0a000001;
		machine->time_servers[i] = 0x0a000001;
	}
	machine->allow_netboot = true;
}

/*
 * What is parsed is bounded, and is answered, if at all, with a packet of a
 * size that every client takes.
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

	fill(&machine);
	dhcp_plan(&request, &machine, false, &server, &answer);
	assert(answer.why);
	if (answer.verdict == DHCP_SILENCE)
		return 0;
	size = dhcp_answer_build(&request, &answer, packet);
	assert(size == 0 || size >= 300);
	assert(size <= dhcp_reply_limit(&request));
	/* Nothing but a long option of the request keeps it from fitting. */
	assert(size || request.relay.len + request.client_id.len +
				       request.machine_id.len >
			       150);
	return 0;
}
