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

#define LOG_MODULE "dhcp"
#include "base/log.h"

#define SERVER_PORT 67
#define BATCH       64
#define RECEIVE_BUF (8 * 1024 * 1024) /* a whole rack's DISCOVERs at once */

struct dhcp {
	struct boot_ops ops;
	struct dhcp_server server;
	char interface[IFNAMSIZ];
	int fd;
	struct loop_io *io;
};

int dhcp_interface_address(const char *interface, ipv4 *address,
			   struct err *err)
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
	if (ioctl(fd, SIOCGIFADDR, &request)) {
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

static void send_reply(struct dhcp *dhcp, const struct dhcp_request *request,
		       const struct dhcp_answer *answer)
{
	uint8_t bytes[DHCP_MAX_PACKET];
	size_t limit = sizeof(bytes);
	struct sockaddr_in sa = { .sin_family = AF_INET };
	ipv4 to = answer->to;
	size_t len;

	/* RFC 2132 9.10; what is below the minimum is not believed. */
	if (request->max_size >= 576 && request->max_size < limit + 28)
		limit = request->max_size - 28u;
	len = dhcp_reply_build(request, &answer->reply, bytes, limit);
	if (!len) {
		log_warn("interface=%s reply does not fit into %zu bytes",
			 dhcp->interface, limit);
		return;
	}
	if (answer->direct && !teach_arp(dhcp, request, to))
		to = 0;
	sa.sin_port = htons(answer->port);
	sa.sin_addr.s_addr = to ? htonl(to) : INADDR_BROADCAST;
	if (sendto(dhcp->fd, bytes, len, 0, (struct sockaddr *)&sa,
		   sizeof(sa)) < 0)
		log_warn("interface=%s send: %s", dhcp->interface,
			 strerror(errno));
}

static void report(struct dhcp *dhcp, const struct dhcp_request *request,
		   const struct boot_machine *machine,
		   const struct dhcp_answer *answer)
{
	static const char *const names[] = {
		[DHCP_DISCOVER] = "DISCOVER", [DHCP_OFFER] = "OFFER",
		[DHCP_REQUEST] = "REQUEST",   [DHCP_DECLINE] = "DECLINE",
		[DHCP_ACK] = "ACK",           [DHCP_NAK] = "NAK",
		[DHCP_RELEASE] = "RELEASE",   [DHCP_INFORM] = "INFORM",
	};
	char text[256];
	char ip[IPV4_TEXT];
	const char *who = *request->user_class ? request->user_class
			  : *request->vendor   ? request->vendor
					       : "an operating system";
	struct boot_event event = { .saw = answer->saw,
				    .mac = machine->mac,
				    .ip = machine->ip,
				    .text = text };

	net_ipv4_text(machine->ip, ip);
	if (answer->verdict == DHCP_REPLY)
		snprintf(text, sizeof(text),
			 "DHCP %s from %.60s answered with %s %s%s%.100s",
			 names[request->type], who, names[answer->reply.type],
			 ip, *answer->reply.boot_file ? ", boot file " : "",
			 answer->reply.boot_file);
	else
		snprintf(text, sizeof(text),
			 "DHCP %s from %.60s not answered: %s",
			 names[request->type], who, answer->why);
	dhcp->ops.saw(dhcp->ops.arg, &event);
}

static void on_packet(struct dhcp *dhcp, const void *bytes, size_t len)
{
	struct dhcp_request request;
	struct dhcp_answer answer;
	struct boot_machine machine;
	struct mac mac;
	bool known;

	if (!dhcp_request_parse(bytes, len, &request))
		return;
	memcpy(mac.bytes, request.chaddr, sizeof(mac.bytes));
	known = request.hlen == 6 &&
		dhcp->ops.find_mac(dhcp->ops.arg, &mac, &machine);
	dhcp_plan(&request, known ? &machine : NULL, &dhcp->server, &answer);
	if (known && answer.report)
		report(dhcp, &request, &machine, &answer);
	if (answer.verdict == DHCP_REPLY)
		send_reply(dhcp, &request, &answer);
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
	free(dhcp);
}
