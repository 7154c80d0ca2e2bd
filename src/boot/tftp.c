/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/tftp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "boot/tftp_session.h"

#define LOG_MODULE "tftp"
#include "base/log.h"

#define BATCH          64
#define MAX_CONNS      4096
#define MAX_CONNS_EACH 8
#define MAX_REFUSALS   100 /* a second: senders' addresses can be forged */
#define SOCKET_BUF     (4 * 1024 * 1024) /* a rack's requests or windows */

struct tftp {
	struct loop *loop;
	struct artifacts *artifacts;
	struct boot_ops ops;
	struct map *conns; /* struct peer -> struct conn */
	int fd;
	struct loop_io *io;
	mono_ms refusals_since;
	unsigned n_refusals;
	struct tftp_stats stats;
};

struct peer {
	uint32_t address; /* both as in the sockaddr */
	uint16_t port;
	uint16_t zero;
};

struct conn {
	struct tftp *tftp;
	struct tftp_session session;
	struct loop_timer *timer;
	struct sockaddr_in sa;
	struct peer peer;
	char name[TFTP_NAME_SIZE];
	uint64_t size;
	int file;
};

const struct tftp_stats *tftp_stats(const struct tftp *tftp)
{
	return &tftp->stats;
}

size_t tftp_transfers(const struct tftp *tftp)
{
	return map_count(tftp->conns);
}

static void conn_free(struct conn *conn)
{
	map_remove(conn->tftp->conns, &conn->peer, sizeof(conn->peer));
	loop_timer_free(conn->timer);
	close(conn->file);
	free(conn);
}

static void report(struct conn *conn)
{
	const struct err *error = tftp_session_error(&conn->session);
	struct boot_event event = {
		.saw = error ? BOOT_SAW_TFTP_FAILED : BOOT_SAW_TFTP_DONE,
		.ip = ntohl(conn->peer.address),
	};

	if (tftp_session_probed(&conn->session))
		return;
	conn->tftp->stats.bytes += tftp_session_acked_bytes(&conn->session);
	if (error)
		conn->tftp->stats.failed++;
	else
		conn->tftp->stats.done++;
	boot_tell(&conn->tftp->ops, &event,
		  "TFTP %.100s: %" PRIu64 " of %" PRIu64 " bytes%s%.200s",
		  conn->name, tftp_session_acked_bytes(&conn->session),
		  conn->size, error ? ": " : "", error ? error->message : "");
}

static void send_to(struct tftp *tftp, const struct sockaddr_in *sa,
		    const void *bytes, size_t len)
{
	/* Lost, like any datagram: the session sends it again. */
	if (sendto(tftp->fd, bytes, len, 0, (const struct sockaddr *)sa,
		   sizeof(*sa)) < 0)
		log_debug("send: %s", strerror(errno));
}

static void send_error(struct tftp *tftp, const struct sockaddr_in *sa,
		       enum tftp_error code, const char *text)
{
	uint8_t bytes[sizeof(struct err)];
	size_t len = tftp_build_error(bytes, sizeof(bytes), code, text);

	send_to(tftp, sa, bytes, len);
}

static int send_output(struct conn *conn, const struct tftp_output *out,
		       struct err *err)
{
	uint8_t bytes[2048];
	ssize_t n;
	size_t len;

	if (out->kind == TFTP_OUT_OACK) {
		len = tftp_build_oack(bytes, sizeof(bytes),
				      &conn->session.options, conn->size);
		send_to(conn->tftp, &conn->sa, bytes, len);
		return 0;
	}
	len = tftp_build_data_header(bytes, sizeof(bytes), out->block);
	n = pread(conn->file, bytes + len, out->len, (off_t)out->offset);
	if (n < 0)
		return err_errno(err, errno, "read");
	if ((size_t)n < out->len)
		return err_set(err, ERR_IO,
			       "the file was cut while it was "
			       "served");
	send_to(conn->tftp, &conn->sa, bytes, len + out->len);
	return 0;
}

/* After anything has happened to a transfer: the one place that sends,
 * rearms, ends. */
static void conn_pump(struct conn *conn)
{
	struct tftp_output out;
	struct err err;

	while (tftp_session_output(&conn->session, &out)) {
		if (!send_output(conn, &out, &err))
			continue;
		send_error(conn->tftp, &conn->sa, TFTP_NOT_DEFINED,
			   "the file cannot be read");
		tftp_session_break(&conn->session, &err);
	}
	if (tftp_session_done(&conn->session)) {
		report(conn);
		conn_free(conn);
	} else {
		loop_timer_at(conn->timer,
			      tftp_session_deadline(&conn->session));
	}
}

static void on_timer(void *arg)
{
	struct conn *conn = arg;

	tftp_session_expire(&conn->session, clock_mono());
	conn_pump(conn);
}

/* Answers "no" and tells of it; neither, when there is too much of it. */
static void refuse(struct tftp *tftp, const struct sockaddr_in *sa,
		   enum tftp_error code, const char *name, const char *why)
{
	struct boot_event event = { .saw = BOOT_SAW_TFTP_FAILED,
				    .ip = ntohl(sa->sin_addr.s_addr) };
	mono_ms now = clock_mono();

	tftp->stats.refused++;
	if (now - tftp->refusals_since >= 1000) {
		tftp->refusals_since = now;
		tftp->n_refusals = 0;
	}
	if (tftp->n_refusals++ >= MAX_REFUSALS)
		return;
	send_error(tftp, sa, code, why);
	boot_tell(&tftp->ops, &event, "TFTP %s: %s", name, why);
}

static size_t conns_of(const struct tftp *tftp, uint32_t address)
{
	size_t at = 0;
	size_t n = 0;
	void *item;

	while (map_next(tftp->conns, &at, &item)) {
		const struct conn *conn = item;

		n += conn->peer.address == address;
	}
	return n;
}

static void conn_start(struct tftp *tftp, const struct tftp_packet *request,
		       const struct sockaddr_in *sa, const struct peer *peer,
		       int file)
{
	struct conn *conn = xcalloc(1, sizeof(*conn));
	struct stat st;

	conn->tftp = tftp;
	conn->sa = *sa;
	conn->peer = *peer;
	conn->file = file;
	conn->size = fstat(file, &st) ? 0 : (uint64_t)st.st_size;
	str_copy(conn->name, sizeof(conn->name), request->name);
	conn->timer = loop_timer_new(tftp->loop, on_timer, conn);
	map_put(tftp->conns, peer, sizeof(*peer), conn);
	tftp_session_init(&conn->session, request, conn->size, clock_mono());
	conn_pump(conn);
}

static void on_rrq(struct tftp *tftp, const struct tftp_packet *request,
		   const struct sockaddr_in *sa, const struct peer *peer)
{
	struct conn *old = map_get(tftp->conns, peer, sizeof(*peer));
	const char *base = strrchr(request->name, '/');
	struct err err;
	int file;

	if (old) /* it starts anew */
		conn_free(old);
	if (map_count(tftp->conns) >= MAX_CONNS ||
	    conns_of(tftp, peer->address) >= MAX_CONNS_EACH) {
		refuse(tftp, sa, TFTP_NOT_DEFINED, request->name,
		       "too many transfers");
		return;
	}
	/* Firmware puts directories before the name at will. */
	file = artifact_open(tftp->artifacts, "ipxe",
			     base ? base + 1 : request->name, &err);
	if (file < 0) {
		refuse(tftp, sa,
		       err.code == ERR_NOT_FOUND ? TFTP_NO_FILE
						 : TFTP_NOT_DEFINED,
		       request->name, err.message);
		return;
	}
	conn_start(tftp, request, sa, peer, file);
}

static void on_packet(struct tftp *tftp, const void *bytes, size_t len,
		      const struct sockaddr_in *sa)
{
	struct peer peer = { .address = sa->sin_addr.s_addr,
			     .port = sa->sin_port };
	struct tftp_packet packet;
	struct conn *conn;

	if (!tftp_parse(bytes, len, &packet))
		return;
	if (packet.opcode == TFTP_RRQ) {
		on_rrq(tftp, &packet, sa, &peer);
		return;
	}
	if (packet.opcode == TFTP_WRQ) {
		refuse(tftp, sa, TFTP_ACCESS, packet.name,
		       "files are only read here");
		return;
	}
	conn = map_get(tftp->conns, &peer, sizeof(peer));
	if (!conn)
		return;
	tftp_session_input(&conn->session, clock_mono(), &packet);
	conn_pump(conn);
}

static void on_ready(void *arg, unsigned ready)
{
	struct tftp *tftp = arg;
	uint8_t bytes[1024];

	(void)ready;
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_in sa;
		socklen_t len = sizeof(sa);
		ssize_t n = recvfrom(tftp->fd, bytes, sizeof(bytes), 0,
				     (struct sockaddr *)&sa, &len);

		if (n < 0)
			return;
		on_packet(tftp, bytes, (size_t)n, &sa);
	}
}

/* Beyond what the system allows to all, if we may. */
static void grow_buffer(int fd, int force, int option)
{
	int size = SOCKET_BUF;

	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

static int open_socket(struct tftp *tftp, ipv4 address, uint16_t port,
		       struct err *err)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	char text[IPV4_TEXT];

	sa.sin_addr.s_addr = htonl(address);
	net_ipv4_text(address, text);
	tftp->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (tftp->fd < 0)
		return err_errno(err, errno, "socket");
	if (net_unblock(tftp->fd, err))
		return -1;
	grow_buffer(tftp->fd, SO_RCVBUFFORCE, SO_RCVBUF);
	grow_buffer(tftp->fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (bind(tftp->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return err_errno(err, errno, "TFTP port %u on %s", port, text);
	return 0;
}

struct tftp *tftp_new(struct loop *loop, ipv4 address, uint16_t port,
		      struct artifacts *artifacts, const struct boot_ops *ops,
		      struct err *err)
{
	struct tftp *tftp = xcalloc(1, sizeof(*tftp));

	tftp->loop = loop;
	tftp->artifacts = artifacts;
	tftp->ops = *ops;
	tftp->conns = map_new();
	tftp->fd = -1;
	if (open_socket(tftp, address, port, err)) {
		tftp_free(tftp);
		return NULL;
	}
	tftp->io = loop_io_new(loop, tftp->fd, on_ready, tftp);
	loop_io_want(tftp->io, LOOP_READ);
	return tftp;
}

void tftp_free(struct tftp *tftp)
{
	if (!tftp)
		return;
	for (;;) {
		size_t at = 0;
		void *conn;

		if (!map_next(tftp->conns, &at, &conn))
			break;
		conn_free(conn);
	}
	map_free(tftp->conns);
	loop_io_free(tftp->io);
	if (tftp->fd >= 0)
		close(tftp->fd);
	free(tftp);
}
