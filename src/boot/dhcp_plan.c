/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/dhcp_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define DEFAULT_LEASE_S 3600

/* RFC 4578 and the IANA registry of processor architectures. */
enum arch {
	ARCH_BIOS = 0,
	ARCH_IA32 = 6,
	ARCH_X64 = 7,
	ARCH_X64_OTHER = 9, /* 7 and 9 are mixed up in the field */
	ARCH_ARM64 = 11,
	ARCH_X64_HTTP = 16,
	ARCH_ARM64_HTTP = 19,
	ARCH_BIOS_HTTP = 20,
};

static const char *binary_for(uint16_t arch)
{
	switch (arch) {
	case ARCH_X64:
	case ARCH_X64_OTHER:
	case ARCH_X64_HTTP:
		return "snponly.efi";
	case ARCH_ARM64:
	case ARCH_ARM64_HTTP:
		return "snp-arm64.efi";
	case ARCH_BIOS:
	case ARCH_BIOS_HTTP:
		return "undionly.kpxe";
	default:
		return NULL;
	}
}

/* The first of the client's architectures that there is something for. */
static const char *binary_of(const struct dhcp_request *request,
			     const struct boot_machine *machine)
{
	const char *binary = NULL;

	if (*machine->ipxe_binary)
		return machine->ipxe_binary;
	for (size_t i = 0; i < request->n_archs && !binary; i++)
		binary = binary_for(request->archs[i]);
	return binary;
}

static bool is_http_client(const struct dhcp_request *request)
{
	return str_starts(request->vendor, "HTTPClient");
}

static bool is_pxe_client(const struct dhcp_request *request)
{
	return str_starts(request->vendor, "PXEClient");
}

/* iPXE that can fetch the script. A ROM without HTTP is given our iPXE, as
 * if it were firmware. */
static bool wants_script(const struct dhcp_request *request)
{
	if (request->ipxe)
		return request->ipxe_http;
	return str_eq(request->user_class, "iPXE");
}

bool dhcp_is_boot_client(const struct dhcp_request *request)
{
	return is_pxe_client(request) || is_http_client(request) ||
	       request->ipxe || str_eq(request->user_class, "iPXE");
}

static void script_url(const struct boot_machine *machine,
		       const struct dhcp_server *server, char *out, size_t size)
{
	char address[IPV4_TEXT];
	char mac[MAC_TEXT];

	net_ipv4_text(server->address, address);
	net_mac_text(&machine->mac, mac);
	snprintf(out, size, "http://%s:%u/boot/%s/auto.ipxe", address,
		 server->http_port, mac);
}

/* The operator's own, as they wrote it. */
static void put_own_file(const struct dhcp_request *request,
			 const struct boot_machine *machine,
			 struct dhcp_reply *reply)
{
	ipv4 next;

	str_copy(reply->tftp_server, sizeof(reply->tftp_server),
		 machine->tftp_server);
	str_copy(reply->boot_file, sizeof(reply->boot_file),
		 machine->boot_file);
	/* Many ROMs look nowhere else for the server. */
	if (net_parse_ipv4(machine->tftp_server, &next))
		reply->siaddr = next;
	if (is_http_client(request) && str_starts(reply->boot_file, "http"))
		str_copy(reply->vendor, sizeof(reply->vendor), "HTTPClient");
}

static void put_boot(const struct dhcp_request *request,
		     const struct boot_machine *machine,
		     const struct dhcp_server *server,
		     struct dhcp_answer *answer)
{
	const char *binary = binary_of(request, machine);
	struct dhcp_reply *reply = &answer->reply;
	char address[IPV4_TEXT];

	net_ipv4_text(server->address, address);
	/* Without it iPXE waits three seconds for other servers' offers. */
	reply->no_pxedhcp = request->ipxe;
	if (*machine->boot_file) {
		put_own_file(request, machine, reply);
		return;
	}
	if (!is_pxe_client(request) && !is_http_client(request) &&
	    !wants_script(request))
		return;
	if (!machine->allow_netboot) {
		answer->no_boot = "network boot is not allowed";
		return;
	}
	reply->siaddr = server->address;
	if (wants_script(request)) {
		script_url(machine, server, reply->boot_file,
			   sizeof(reply->boot_file));
		return;
	}
	if (!binary) {
		answer->no_boot = "no iPXE for its architecture";
		return;
	}
	if (is_http_client(request)) {
		str_copy(reply->vendor, sizeof(reply->vendor), "HTTPClient");
		snprintf(reply->boot_file, sizeof(reply->boot_file),
			 "http://%s:%u/ipxe/%s", address, server->http_port,
			 binary);
		return;
	}
	/*
	 * "PXEClient" only together with option 43: without, edk2 takes the
	 * offer for one that wants a second request on port 4011.
	 */
	str_copy(reply->vendor, sizeof(reply->vendor), "PXEClient");
	reply->pxe_bypass = true;
	str_copy(reply->tftp_server, sizeof(reply->tftp_server), address);
	str_copy(reply->boot_file, sizeof(reply->boot_file), binary);
}

static void put_network(const struct boot_machine *machine,
			struct dhcp_reply *reply)
{
	reply->mask = machine->mask;
	reply->router = machine->gateway;
	for (size_t i = 0; i < BOOT_MAX_SERVERS; i++) {
		reply->name_servers[i] = machine->name_servers[i];
		reply->time_servers[i] = machine->time_servers[i];
	}
	str_copy(reply->hostname, sizeof(reply->hostname), machine->hostname);
	str_copy(reply->domain, sizeof(reply->domain), machine->domain);
}

static void silence(struct dhcp_answer *answer, const char *why)
{
	answer->verdict = DHCP_SILENCE;
	answer->why = why;
}

/* RFC 2131 4.1 and, for INFORM, 4.3.5: where an answer goes. */
static void address_to(const struct dhcp_request *request,
		       struct dhcp_answer *answer)
{
	bool inform = request->type == DHCP_INFORM;

	answer->port = 68;
	if (request->giaddr && !(inform && request->ciaddr)) {
		answer->to = request->giaddr;
		answer->port = 67;
	} else if (answer->reply.type == DHCP_NAK) {
		answer->to = 0;
	} else if (request->ciaddr) {
		answer->to = request->ciaddr;
	} else if (inform || (request->flags & DHCP_FLAG_BROADCAST)) {
		answer->to = 0;
	} else {
		answer->to = answer->reply.yiaddr;
		answer->direct = true;
	}
}

static void lease(const struct dhcp_request *request,
		  const struct boot_machine *machine,
		  const struct dhcp_server *server, enum dhcp_type type,
		  struct dhcp_answer *answer)
{
	struct dhcp_reply *reply = &answer->reply;

	answer->verdict = DHCP_REPLY;
	reply->type = type;
	reply->server_id = server->address;
	reply->yiaddr = machine->ip;
	reply->lease_s = machine->lease_s ? machine->lease_s : server->lease_s;
	if (!reply->lease_s)
		reply->lease_s = DEFAULT_LEASE_S;
	put_network(machine, reply);
	put_boot(request, machine, server, answer);
}

static void nak(const struct dhcp_server *server, const char *why,
		struct dhcp_answer *answer)
{
	answer->verdict = DHCP_REPLY;
	answer->reply.type = DHCP_NAK;
	answer->reply.server_id = server->address;
	answer->reply.message = why;
	answer->saw = BOOT_SAW_NAK;
	answer->report = true;
	answer->why = why;
}

/* The client took, or turned down, what another server offered. */
static bool is_foreign(const struct dhcp_request *request,
		       const struct dhcp_server *server,
		       struct dhcp_answer *answer)
{
	if (!request->server_id || request->server_id == server->address)
		return false;
	silence(answer, "it chose another DHCP server");
	answer->saw = BOOT_SAW_FOREIGN_DHCP;
	answer->report = true;
	answer->other_server = request->server_id;
	return true;
}

/* RFC 2131 4.3.2: SELECTING, INIT-REBOOT, RENEWING and REBINDING. */
static void on_request(const struct dhcp_request *request,
		       const struct boot_machine *machine,
		       const struct dhcp_server *server,
		       struct dhcp_answer *answer)
{
	ipv4 wanted = request->requested ? request->requested : request->ciaddr;

	if (is_foreign(request, server, answer))
		return;
	if (!wanted && !request->server_id) {
		silence(answer, "it names no address");
		return;
	}
	if (wanted != machine->ip) {
		nak(server, "it asked for another address than its own",
		    answer);
		return;
	}
	answer->saw = BOOT_SAW_REQUEST;
	answer->report = true;
	answer->why = "address confirmed";
	lease(request, machine, server, DHCP_ACK, answer);
}

/* RFC 2131 4.3.3: somebody else answers at the address. */
static void on_decline(const struct dhcp_request *request,
		       const struct boot_machine *machine,
		       const struct dhcp_server *server,
		       struct dhcp_answer *answer)
{
	if (is_foreign(request, server, answer))
		return;
	answer->saw = BOOT_SAW_DECLINE;
	answer->report = true;
	if (request->requested != machine->ip) {
		silence(answer, "the address is not its own");
		return;
	}
	silence(answer, "its address is in use by somebody else; it is not "
			"offered for ten minutes");
	answer->quarantine = true;
}

static void on_discover(const struct dhcp_request *request,
			const struct boot_machine *machine, bool declined,
			const struct dhcp_server *server,
			struct dhcp_answer *answer)
{
	answer->report = true;
	if (declined) {
		silence(answer, "its address is in use by somebody else");
		answer->saw = BOOT_SAW_DECLINE;
		return;
	}
	answer->saw = BOOT_SAW_DISCOVER;
	answer->why = "address offered";
	lease(request, machine, server, DHCP_OFFER, answer);
}

/* RFC 2131 4.3.5: no address, no times. */
static void on_inform(const struct dhcp_request *request,
		      const struct boot_machine *machine,
		      const struct dhcp_server *server,
		      struct dhcp_answer *answer)
{
	lease(request, machine, server, DHCP_ACK, answer);
	answer->reply.yiaddr = 0;
	answer->reply.lease_s = 0;
	answer->why = "asked for settings";
}

void dhcp_plan(const struct dhcp_request *request,
	       const struct boot_machine *machine, bool declined,
	       const struct dhcp_server *server, struct dhcp_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->why = "";
	if (!machine || !machine->ip) {
		silence(answer, "it has no address in the inventory");
		return;
	}
	switch (request->type) {
	case DHCP_DISCOVER:
		on_discover(request, machine, declined, server, answer);
		break;
	case DHCP_REQUEST:
		on_request(request, machine, server, answer);
		break;
	case DHCP_INFORM:
		on_inform(request, machine, server, answer);
		break;
	case DHCP_DECLINE:
		on_decline(request, machine, server, answer);
		break;
	case DHCP_RELEASE:
	case DHCP_OFFER:
	case DHCP_ACK:
	case DHCP_NAK:
		silence(answer, "needs no answer");
		break;
	}
	if (answer->verdict == DHCP_REPLY)
		address_to(request, answer);
}

/* What a machine boots without, the least missed first. False: nothing. */
static bool leave_out(struct dhcp_answer *answer, unsigned step)
{
	static const char *const missing[] = {
		"time servers",
		"time servers and domain",
		"time servers, domain and host name",
		"time servers, domain, host name and TFTP server name",
		"all but addresses and boot file",
	};
	struct dhcp_reply *reply = &answer->reply;

	switch (step) {
	case 0:
		memset(reply->time_servers, 0, sizeof(reply->time_servers));
		break;
	case 1:
		reply->domain[0] = '\0';
		break;
	case 2:
		reply->hostname[0] = '\0';
		break;
	case 3:
		reply->tftp_server[0] = '\0';
		break;
	case 4:
		memset(reply->name_servers, 0, sizeof(reply->name_servers));
		break;
	default:
		return false;
	}
	answer->missing = missing[step];
	return true;
}

size_t dhcp_answer_build(const struct dhcp_request *request,
			 struct dhcp_answer *answer,
			 uint8_t bytes[DHCP_MAX_PACKET])
{
	size_t limit = dhcp_reply_limit(request);

	for (unsigned step = 0;; step++) {
		size_t len =
			dhcp_reply_build(request, &answer->reply, bytes, limit);

		if (len || !leave_out(answer, step))
			return len;
	}
}
