/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "boot/dhcp_plan.h"
#include "boot/quarantine.h"

#define LOG_MODULE "dhcp"
#include "base/log.h"

#define SERVER_PORT  67
#define BATCH        64
#define STRANGERS_MS 1000 /* of whom one is named in the log in that time */
#define RECEIVE_BUF  (8 * 1024 * 1024) /* a whole rack's DISCOVERs at once */

struct dhcp {
	struct boot_ops ops;
	struct dhcp_server server;
	struct quarantine *quarantine;
	char interface[IFNAMSIZ];
	int fd;
	struct loop_io *io;
	mono_ms stranger_told;
	struct dhcp_stats stats;
};

static int ask_interface(const char *interface, unsigned long what,
			 ipv4 *address, struct err *err)
{
	struct ifreq request = { 0 };
	struct sockaddr_in sa;
	int fd;

	if (!str_copy(request.ifr_name, sizeof(request.ifr_name), interface))
		return err_set(err, ERR_INVALID, "interface name %s too long",
			       interface);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, errno, "socket");
	if (ioctl(fd, what, &request)) {
		err_errno(err, errno, "interface %s has no IPv4 address",
			  interface);
		close(fd);
		return -1;
	}
	close(fd);
	memcpy(&sa, &request.ifr_addr, sizeof(sa));
	*address = ntohl(sa.sin_addr.s_addr);
	return 0;
}

int dhcp_interface_address(const char *interface, ipv4 *address,
			   struct err *err)
{
	return ask_interface(interface, SIOCGIFADDR, address, err);
}

int dhcp_interface_mask(const char *interface, ipv4 *mask, struct err *err)
{
	return ask_interface(interface, SIOCGIFNETMASK, mask, err);
}

/*
 * Let the kernel know the client's MAC, so that it can be sent to at an
 * address that it does not answer ARP for yet. False: broadcast instead.
 */
static bool teach_arp(const struct dhcp *dhcp,
		      const struct dhcp_request *request, ipv4 address)
{
	struct arpreq arp = { 0 };
	struct sockaddr_in *sa = (struct sockaddr_in *)(void *)&arp.arp_pa;

	if (request->htype != 1 || request->hlen != 6)
		return false;
	sa->sin_family = AF_INET;
	sa->sin_addr.s_addr = htonl(address);
	arp.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(arp.arp_ha.sa_data, request->chaddr, 6);
	arp.arp_flags = ATF_COM;
	str_copy(arp.arp_dev, sizeof(arp.arp_dev), dhcp->interface);
	return ioctl(dhcp->fd, SIOCSARP, &arp) == 0;
}

/*
 * From the address that option 54 names, which need not be the interface's
 * first: a client compares.
 */
static int send_to(struct dhcp *dhcp, ipv4 to, uint16_t port, struct iovec *iov,
		   struct err *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = { 0 };
	struct in_pktinfo from = { 0 };
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct msghdr message = { .msg_name = &sa,
				  .msg_namelen = sizeof(sa),
				  .msg_iov = iov,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	sa.sin_addr.s_addr = to ? htonl(to) : INADDR_BROADCAST;
	from.ipi_spec_dst.s_addr = htonl(dhcp->server.address);
	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(from));
	memcpy(CMSG_DATA(header), &from, sizeof(from));
	if (sendmsg(dhcp->fd, &message, 0) < 0)
		return err_errno(err, errno, "send");
	return 0;
}

static int send_reply(struct dhcp *dhcp, const struct dhcp_request *request,
		      struct dhcp_answer *answer, struct err *err)
{
	uint8_t bytes[DHCP_MAX_PACKET];
	ipv4 to = answer->to;
	struct iovec iov = { .iov_base = bytes };

	iov.iov_len = dhcp_answer_build(request, answer, bytes);
	if (!iov.iov_len)
		return err_set(err, ERR_TOO_BIG,
			       "the reply does not fit into %zu bytes",
			       dhcp_reply_limit(request));
	if (answer->direct && !teach_arp(dhcp, request, to))
		to = 0;
	if (send_to(dhcp, to, answer->port, &iov, err))
		return -1;
	dhcp->stats.sent[answer->reply.type]++;
	return 0;
}

const char *dhcp_type_name(enum dhcp_type type)
{
	static const char *const names[DHCP_N_TYPES] = {
		[DHCP_DISCOVER] = "DISCOVER", [DHCP_OFFER] = "OFFER",
		[DHCP_REQUEST] = "REQUEST",   [DHCP_DECLINE] = "DECLINE",
		[DHCP_ACK] = "ACK",           [DHCP_NAK] = "NAK",
		[DHCP_RELEASE] = "RELEASE",   [DHCP_INFORM] = "INFORM",
	};

	return names[type];
}

const struct dhcp_stats *dhcp_stats(const struct dhcp *dhcp)
{
	return &dhcp->stats;
}

static const char *who(const struct dhcp_request *request)
{
	if (*request->user_class)
		return request->user_class;
	return *request->vendor ? request->vendor : "an operating system";
}

static void tell_reply(struct dhcp *dhcp, const struct dhcp_request *request,
		       const struct boot_event *event,
		       const struct dhcp_answer *answer)
{
	const struct dhcp_reply *reply = &answer->reply;
	char ip[IPV4_TEXT];

	net_ipv4_text(event->ip, ip);
	if (reply->type == DHCP_NAK)
		boot_tell(&dhcp->ops, event,
			  "DHCP %s from %s answered with NAK: %s",
			  dhcp_type_name(request->type), who(request),
			  answer->why);
	else
		boot_tell(&dhcp->ops, event,
			  "DHCP %s from %s answered with %s %s%s%.200s%s%s%s%s",
			  dhcp_type_name(request->type), who(request),
			  dhcp_type_name(reply->type), ip,
			  *reply->boot_file ? ", boot file " : "",
			  reply->boot_file,
			  answer->no_boot ? ", no boot file: " : "",
			  answer->no_boot ? answer->no_boot : "",
			  answer->missing ? ", no room for " : "",
			  answer->missing ? answer->missing : "");
}

static void tell_silence(struct dhcp *dhcp, const struct dhcp_request *request,
			 const struct boot_event *event,
			 const struct dhcp_answer *answer)
{
	char other[IPV4_TEXT];

	net_ipv4_text(answer->other_server, other);
	boot_tell(&dhcp->ops, event, "DHCP %s from %s not answered: %s%s%s",
		  dhcp_type_name(request->type), who(request), answer->why,
		  answer->other_server ? ", " : "",
		  answer->other_server ? other : "");
}

/* What became of it is told after it has. */
static void carry_out(struct dhcp *dhcp, const struct dhcp_request *request,
		      const struct boot_machine *machine,
		      struct dhcp_answer *answer)
{
	struct boot_event event = { .saw = answer->saw,
				    .mac = machine->mac,
				    .ip = machine->ip };
	struct err err;

	if (answer->quarantine)
		quarantine_add(dhcp->quarantine, machine->ip, clock_mono());
	if (answer->verdict == DHCP_REPLY &&
	    send_reply(dhcp, request, answer, &err)) {
		log_warn("interface=%s machine=%s %s: %s", dhcp->interface,
			 machine->name, dhcp_type_name(answer->reply.type),
			 err.message);
		answer->verdict = DHCP_SILENCE;
		answer->why = err.message;
	}
	if (!answer->report)
		return;
	if (answer->verdict == DHCP_REPLY)
		tell_reply(dhcp, request, &event, answer);
	else
		tell_silence(dhcp, request, &event, answer);
}

/* A machine whose MAC is mistyped in the inventory is found by this. */
static void tell_stranger(struct dhcp *dhcp, const struct dhcp_request *request,
			  const struct mac *mac)
{
	struct boot_event event = { .saw = BOOT_SAW_STRANGER, .mac = *mac };
	mono_ms now = clock_mono();
	char text[MAC_TEXT];

	if (request->type != DHCP_DISCOVER)
		return;
	net_mac_text(mac, text);
	boot_tell(&dhcp->ops, &event,
		  "DHCP DISCOVER of %s (%s) not answered: no machine has this "
		  "MAC",
		  text, who(request));
	if (now - dhcp->stranger_told < STRANGERS_MS)
		return;
	dhcp->stranger_told = now;
	log_info("interface=%s mac=%s DISCOVER from %s not answered: no "
		 "machine has this MAC",
		 dhcp->interface, text, who(request));
}

/* Whether it has an address now, or one to be told of instead of what it
 * wants. */
static bool lend(struct dhcp *dhcp, const struct dhcp_request *request,
		 const struct mac *mac, struct boot_machine *machine)
{
	const struct boot_strangers *strangers = dhcp->ops.strangers;
	ipv4 ours = dhcp->server.address;
	struct boot_stranger stranger = {
		.mac = *mac,
		.via = request->giaddr ? request->giaddr : ours,
		.wanted = request->requested ? request->requested
					     : request->ciaddr,
	};
	bool chosen = request->server_id == ours;

	if (!strangers || !dhcp_is_boot_client(request) ||
	    (request->server_id && !chosen))
		return false;
	if (request->type == DHCP_DISCOVER)
		return strangers->offer(strangers->arg, &stranger, machine);
	if (request->type == DHCP_DECLINE)
		strangers->declined(strangers->arg, &stranger);
	if (request->type != DHCP_REQUEST || !stranger.wanted)
		return false;
	if (strangers->take(strangers->arg, &stranger, machine))
		return true;
	/* Of others' addresses we know nothing; of ours: NAK, begin anew. */
	return chosen && strangers->offer(strangers->arg, &stranger, machine);
}

static void on_stranger(struct dhcp *dhcp, const struct dhcp_request *request,
			const struct mac *mac)
{
	struct boot_machine machine;
	struct dhcp_answer answer;

	if (!lend(dhcp, request, mac, &machine)) {
		dhcp->stats.strangers++;
		tell_stranger(dhcp, request, mac);
		return;
	}
	dhcp->stats.lent++;
	dhcp_plan(request, &machine, false, &dhcp->server, &answer);
	carry_out(dhcp, request, &machine, &answer);
}

static void on_packet(struct dhcp *dhcp, const void *bytes, size_t len)
{
	struct dhcp_request request;
	struct dhcp_answer answer;
	struct boot_machine machine;
	struct mac mac;
	bool declined;

	if (!dhcp_request_parse(bytes, len, &request) || request.hlen != 6) {
		dhcp->stats.bad++;
		return;
	}
	memcpy(mac.bytes, request.chaddr, sizeof(mac.bytes));
	if (!dhcp->ops.find_mac(dhcp->ops.arg, &mac, &machine)) {
		on_stranger(dhcp, &request, &mac);
		return;
	}
	dhcp->stats.received[request.type]++;
	declined = quarantine_has(dhcp->quarantine, machine.ip, clock_mono());
	dhcp_plan(&request, &machine, declined, &dhcp->server, &answer);
	carry_out(dhcp, &request, &machine, &answer);
}

static void on_ready(void *arg, unsigned ready)
{
	struct dhcp *dhcp = arg;
	uint8_t bytes[2048];

	(void)ready;
	for (int i = 0; i < BATCH; i++) {
		ssize_t n = recv(dhcp->fd, bytes, sizeof(bytes), 0);

		if (n < 0)
			return;
		on_packet(dhcp, bytes, (size_t)n);
	}
}

static int open_socket(struct dhcp *dhcp, struct err *err)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(SERVER_PORT) };
	int on = 1;
	int size = RECEIVE_BUF;

	dhcp->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (dhcp->fd < 0)
		return err_errno(err, errno, "socket");
	if (net_unblock(dhcp->fd, err))
		return -1;
	if (setsockopt(dhcp->fd, SOL_SOCKET, SO_BINDTODEVICE, dhcp->interface,
		       (socklen_t)strlen(dhcp->interface)))
		return err_errno(err, errno, "bind DHCP to %s",
				 dhcp->interface);
	setsockopt(dhcp->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	if (setsockopt(dhcp->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)))
		setsockopt(dhcp->fd, SOL_SOCKET, SO_RCVBUF, &size,
			   sizeof(size));
	/* No SO_REUSEADDR: it would let two servers steal from each other. */
	if (bind(dhcp->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return err_errno(err, errno,
				 "DHCP port 67 on %s (another DHCP server on "
				 "this host? --no-dhcp leaves it alone)",
				 dhcp->interface);
	return 0;
}

struct dhcp *dhcp_new(struct loop *loop, const struct dhcp_config *config,
		      const struct boot_ops *ops, struct err *err)
{
	struct dhcp *dhcp = xcalloc(1, sizeof(*dhcp));

	dhcp->fd = -1;
	dhcp->ops = *ops;
	dhcp->quarantine = quarantine_new();
	dhcp->server.address = config->address;
	dhcp->server.http_port = config->http_port;
	dhcp->server.lease_s = config->lease_s;
	if (!str_copy(dhcp->interface, sizeof(dhcp->interface),
		      config->interface)) {
		err_set(err, ERR_INVALID, "interface name %s too long",
			config->interface);
		dhcp_free(dhcp);
		return NULL;
	}
	if (open_socket(dhcp, err)) {
		dhcp_free(dhcp);
		return NULL;
	}
	dhcp->io = loop_io_new(loop, dhcp->fd, on_ready, dhcp);
	loop_io_want(dhcp->io, LOOP_READ);
	return dhcp;
}

void dhcp_free(struct dhcp *dhcp)
{
	if (!dhcp)
		return;
	loop_io_free(dhcp->io);
	if (dhcp->fd >= 0)
		close(dhcp->fd);
	quarantine_free(dhcp->quarantine);
	free(dhcp);
}
