/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_net.h"

#include <arpa/inet.h>
#include <errno.h>
/* Before linux/errqueue.h, which needs its struct timespec. */
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net.h"
#include "bmc/ipmi_wire.h"

#define LOG_MODULE "ipmi"
#include "base/log.h"

/*
 * More than one socket, because some BMCs confuse logins that come from one
 * port, and so that the kernel's queues are not all one.
 */
#define SOCKETS      4 /* for each of IPv4 and IPv6 */
#define BATCH        64
#define MAX_ROUNDS   4 /* of reading, before others have their turn */
#define RECEIVE_SIZE (4 * 1024 * 1024)
#define SEND_SIZE    (1024 * 1024)

union any_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Datagrams with their addresses, as the kernel takes many at once. */
struct batch {
	struct mmsghdr heads[BATCH];
	struct iovec vectors[BATCH];
	union any_address addresses[BATCH];
	uint8_t bytes[BATCH][IPMI_PACKET_MAX];
};

struct port {
	struct ipmi_net *net;
	int fd;
	struct loop_io *io;
	struct batch out;
	unsigned n_out;
	bool blocked; /* the kernel takes no more for now */
};

struct ipmi_net {
	struct loop *loop;
	const struct ipmi_net_ops *ops;
	void *arg;
	struct port *ports[2][SOCKETS]; /* IPv4, IPv6; NULL: not open */
	struct batch in;
};

bool ipmi_address_parse(struct ipmi_address *address, const char *host,
			uint16_t port)
{
	memset(address, 0, sizeof(*address));
	address->port = port;
	if (inet_pton(AF_INET, host, address->ip) == 1)
		return true;
	address->v6 = true;
	return inet_pton(AF_INET6, host, address->ip) == 1;
}

bool ipmi_address_eq(const struct ipmi_address *a, const struct ipmi_address *b)
{
	return a->port == b->port && a->v6 == b->v6 &&
	       memcmp(a->ip, b->ip, a->v6 ? 16 : 4) == 0;
}

static socklen_t to_kernel(union any_address *out,
			   const struct ipmi_address *address)
{
	memset(out, 0, sizeof(*out));
	if (address->v6) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(address->port);
		memcpy(&out->v6.sin6_addr, address->ip, 16);
		return sizeof(out->v6);
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons(address->port);
	memcpy(&out->v4.sin_addr, address->ip, 4);
	return sizeof(out->v4);
}

static void from_kernel(struct ipmi_address *out,
			const union any_address *address)
{
	memset(out, 0, sizeof(*out));
	out->v6 = address->sa.sa_family == AF_INET6;
	if (out->v6) {
		out->port = ntohs(address->v6.sin6_port);
		memcpy(out->ip, &address->v6.sin6_addr, 16);
		return;
	}
	out->port = ntohs(address->v4.sin_port);
	memcpy(out->ip, &address->v4.sin_addr, 4);
}

static void ready_batch(struct batch *batch)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *head = &batch->heads[i].msg_hdr;

		batch->vectors[i].iov_base = batch->bytes[i];
		batch->vectors[i].iov_len = IPMI_PACKET_MAX;
		head->msg_iov = &batch->vectors[i];
		head->msg_iovlen = 1;
		head->msg_name = &batch->addresses[i];
		head->msg_namelen = sizeof(batch->addresses[i]);
	}
}

/* ---- out ---- */

static void tell_unreachable(struct port *port, const union any_address *to,
			     int errnum)
{
	struct ipmi_address address;

	from_kernel(&address, to);
	port->net->ops->unreachable(port->net->arg, &address, errnum);
}

/*
 * An error may be that of an earlier datagram, which an ICMP message told of:
 * so the first one is not believed of this datagram.
 */
static void flush(struct port *port)
{
	unsigned done = 0;
	bool again = false;

	while (done < port->n_out) {
		int n = sendmmsg(port->fd, port->out.heads + done,
				 port->n_out - done, MSG_DONTWAIT);

		if (n > 0) {
			done += (unsigned)n;
			again = false;
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			break;
		} else if (errno != EINTR && again) {
			tell_unreachable(port, &port->out.addresses[done],
					 errno);
			done++;
			again = false;
		} else {
			again = true;
		}
	}
	for (unsigned i = done; done && i < port->n_out; i++) {
		port->out.addresses[i - done] = port->out.addresses[i];
		port->out.heads[i - done].msg_hdr.msg_namelen =
			port->out.heads[i].msg_hdr.msg_namelen;
		port->out.vectors[i - done].iov_len =
			port->out.vectors[i].iov_len;
		memcpy(port->out.bytes[i - done], port->out.bytes[i],
		       port->out.vectors[i].iov_len);
	}
	port->n_out -= done;
	if (port->blocked != (port->n_out > 0)) {
		port->blocked = port->n_out > 0;
		loop_io_want(port->io, port->blocked ? LOOP_READ | LOOP_WRITE
						     : LOOP_READ);
	}
}

void ipmi_net_flush(struct ipmi_net *net)
{
	for (unsigned v6 = 0; v6 < 2; v6++)
		for (unsigned i = 0; i < SOCKETS; i++)
			if (net->ports[v6][i] && net->ports[v6][i]->n_out)
				flush(net->ports[v6][i]);
}

void ipmi_net_send(struct ipmi_net *net, unsigned number,
		   const struct ipmi_address *to, const void *bytes, size_t len)
{
	struct port *port = net->ports[to->v6][number % SOCKETS];
	unsigned i;

	if (port->n_out == BATCH)
		flush(port);
	i = port->n_out;
	/* Full and blocked: lost here instead of on the way. */
	if (i == BATCH || len > IPMI_PACKET_MAX)
		return;
	memcpy(port->out.bytes[i], bytes, len);
	port->out.vectors[i].iov_len = len;
	port->out.heads[i].msg_hdr.msg_namelen =
		to_kernel(&port->out.addresses[i], to);
	port->n_out++;
}

/* ---- in ---- */

/* What ICMP says of datagrams that were sent: to whom they were. */
static void read_errors(struct port *port)
{
	for (int i = 0; i < BATCH; i++) {
		union any_address to;
		uint8_t control[512];
		struct msghdr head = { .msg_name = &to,
				       .msg_namelen = sizeof(to),
				       .msg_control = control,
				       .msg_controllen = sizeof(control) };
		struct cmsghdr *c;

		if (recvmsg(port->fd, &head, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		for (c = CMSG_FIRSTHDR(&head); c; c = CMSG_NXTHDR(&head, c)) {
			struct sock_extended_err told;

			if (c->cmsg_len < CMSG_LEN(sizeof(told)) ||
			    (c->cmsg_type != IP_RECVERR &&
			     c->cmsg_type != IPV6_RECVERR))
				continue;
			memcpy(&told, CMSG_DATA(c), sizeof(told));
			tell_unreachable(port, &to, (int)told.ee_errno);
		}
	}
}

static bool read_batch(struct port *port)
{
	struct ipmi_net *net = port->net;
	struct batch *in = &net->in;
	int n;

	for (unsigned i = 0; i < BATCH; i++)
		in->heads[i].msg_hdr.msg_namelen = sizeof(in->addresses[i]);
	n = recvmmsg(port->fd, in->heads, BATCH, MSG_DONTWAIT, NULL);
	/* Also when there is none to tell of: a send may have had it. */
	if (n < 0)
		read_errors(port);
	for (int i = 0; i < n; i++) {
		struct ipmi_address from;

		from_kernel(&from, &in->addresses[i]);
		if (!(in->heads[i].msg_hdr.msg_flags & MSG_TRUNC))
			net->ops->datagram(net->arg, &from, in->bytes[i],
					   in->heads[i].msg_len);
	}
	return n == BATCH;
}

static void on_ready(void *arg, unsigned ready)
{
	struct port *port = arg;
	struct ipmi_net *net = port->net;

	if (ready & LOOP_READ)
		for (int i = 0; i < MAX_ROUNDS && read_batch(port); i++)
			;
	net->ops->batch(net->arg);
	ipmi_net_flush(net);
}

/* ---- made and freed ---- */

struct ipmi_net *ipmi_net_new(struct loop *loop, const struct ipmi_net_ops *ops,
			      void *arg)
{
	struct ipmi_net *net = xcalloc(1, sizeof(*net));

	net->loop = loop;
	net->ops = ops;
	net->arg = arg;
	ready_batch(&net->in);
	return net;
}

static void port_free(struct port *port)
{
	if (!port)
		return;
	loop_io_free(port->io);
	close(port->fd);
	free(port);
}

void ipmi_net_free(struct ipmi_net *net)
{
	if (!net)
		return;
	for (unsigned i = 0; i < SOCKETS; i++) {
		port_free(net->ports[0][i]);
		port_free(net->ports[1][i]);
	}
	free(net);
}

/* Thousands of BMCs answer at once: a queue of the usual size drops them. */
static void widen(int fd)
{
	int receive = RECEIVE_SIZE;
	int sending = SEND_SIZE;
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive,
		       sizeof(receive)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof(receive)))
		log_debug("receive buffer: %s", strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sending, sizeof(sending)))
		log_debug("send buffer: %s", strerror(errno));
	/* One of the two fails, by the kind of socket. */
	(void)!setsockopt(fd, SOL_IP, IP_RECVERR, &on, sizeof(on));
	(void)!setsockopt(fd, SOL_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

static struct port *port_new(struct ipmi_net *net, bool v6, struct err *err)
{
	struct port *port;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || net_unblock(fd, err)) {
		err_errno(err, errno, "a socket for IPMI");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	widen(fd);
	port = xcalloc(1, sizeof(*port));
	port->net = net;
	port->fd = fd;
	port->io = loop_io_new(net->loop, fd, on_ready, port);
	loop_io_want(port->io, LOOP_READ);
	ready_batch(&port->out);
	return port;
}

int ipmi_net_open(struct ipmi_net *net, const struct ipmi_address *address,
		  struct err *err)
{
	for (unsigned i = 0; i < SOCKETS; i++) {
		struct port **port = &net->ports[address->v6][i];

		if (*port)
			continue;
		*port = port_new(net, address->v6, err);
		if (!*port)
			return -1;
	}
	return 0;
}
