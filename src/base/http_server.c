/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/http_private.h"
#include "base/str.h"

/* evhttp's own bound, which the guard's keeps from being met. */
#define MAX_HEADERS (64 * 1024)

/* A machine that lost its power says no goodbye. */
#define KEEPALIVE_IDLE_S  30
#define KEEPALIVE_EVERY_S 10
#define KEEPALIVE_PROBES  4

static void on_request(struct evhttp_request *ev, void *arg);

struct http_server *http_server_new(struct loop *loop,
				    const struct http_limits *limits,
				    http_handler handler, void *arg)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	server->loop = loop;
	server->limits = *limits;
	server->handler = handler;
	server->arg = arg;
	http_conns_init(server);
	server->http = evhttp_new(loop_base(loop));
	evhttp_set_max_headers_size(server->http, MAX_HEADERS);
	evhttp_set_max_body_size(server->http, (ssize_t)limits->body_bytes);
	evhttp_set_timeout(server->http, limits->idle_s);
	evhttp_set_default_content_type(server->http, NULL);
	evhttp_set_allowed_methods(
		server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD |
				      EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
				      EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE);
	evhttp_set_gencb(server->http, on_request, server);
	evhttp_set_bevcb(server->http, http_conn_accept, server);
	return server;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	http_conns_stop(server);
	evhttp_free(server->http);
	http_conns_release(server);
	if (server->unix_path)
		unlink(server->unix_path);
	free(server->unix_path);
	free(server);
}

void http_server_on_refusal(struct http_server *server, http_refusal refusal)
{
	server->refusal = refusal;
}

void http_server_on_tls_failed(struct http_server *server,
			       http_tls_failed failed)
{
	server->tls_failed = failed;
}

uint16_t http_server_port(const struct http_server *server)
{
	return server->port;
}

const struct http_stats *http_server_stats(const struct http_server *server)
{
	return &server->stats;
}

size_t http_server_connections(const struct http_server *server)
{
	return map_count(server->conns);
}

int http_server_check(const struct http_server *server, struct err *err)
{
	struct stat st;
	int listens = 0;
	socklen_t len = sizeof(listens);

	if (!server->listener ||
	    getsockopt(evconnlistener_get_fd(server->listener), SOL_SOCKET,
		       SO_ACCEPTCONN, &listens, &len) ||
	    !listens)
		return err_set(err, ERR_IO, "port %u does not listen",
			       server->port);
	if (server->unix_path &&
	    (lstat(server->unix_path, &st) || !S_ISSOCK(st.st_mode)))
		return err_set(err, ERR_IO, "the socket %s is gone",
			       server->unix_path);
	return 0;
}

static int adopt(struct http_server *server, int fd, struct err *err)
{
	struct evhttp_bound_socket *bound = NULL;

	if (!net_unblock(fd, err) && !listen(fd, 1024))
		bound = evhttp_accept_socket_with_handle(server->http, fd);
	if (!bound) {
		err_errno(err, errno, "listen");
		close(fd);
		return -1;
	}
	http_conns_accept(server, evhttp_bound_socket_get_listener(bound));
	return 0;
}

/* The numeric address as a socket address; 0: it is none. */
static socklen_t socket_address(const char *text, uint16_t port,
				struct sockaddr_storage *out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		return sizeof(*in4);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	return 0;
}

/* Accepted sockets inherit them all. */
static void set_options(int fd)
{
	static const struct {
		int level;
		int name;
		int value;
	} options[] = {
		{ SOL_SOCKET, SO_REUSEADDR, 1 },
		/* Without it TLS answers stall for 40 ms. */
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		setsockopt(fd, options[i].level, options[i].name,
			   &options[i].value, sizeof(options[i].value));
}

int http_server_listen(struct http_server *server, const char *address,
		       uint16_t port, struct ssl_ctx_st *tls, struct err *err)
{
	struct sockaddr_storage sa;
	socklen_t len = socket_address(address, port, &sa);
	int fd;

	if (!len)
		return err_set(err, ERR_INVALID,
			       "\"%s\": expected an IP address", address);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, errno, "socket");
	set_options(fd);
	if (bind(fd, (struct sockaddr *)&sa, len) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len)) {
		err_errno(err, errno, "bind %s:%u", address, port);
		close(fd);
		return -1;
	}
	server->port = ntohs(((struct sockaddr_in *)&sa)->sin_port);
	server->tls = tls;
	return adopt(server, fd, err);
}

int http_server_listen_unix(struct http_server *server, const char *path,
			    unsigned mode, struct err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (!str_copy(sa.sun_path, sizeof(sa.sun_path), path))
		return err_set(err, ERR_TOO_BIG,
			       "socket path %s: over %zu characters", path,
			       sizeof(sa.sun_path) - 1);
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return err_set(err, ERR_EXISTS, "%s is there and no socket",
			       path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, errno, "socket");
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0) {
		close(fd);
		return err_set(err, ERR_EXISTS,
			       "another tomte serves %s already", path);
	}
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || chmod(path, mode)) {
		err_errno(err, errno, "bind %s", path);
		close(fd);
		return -1;
	}
	server->unix_path = xstrdup(path);
	server->unix_socket = true;
	return adopt(server, fd, err);
}

static void request_free(struct http_request *req)
{
	http_query_release(&req->query);
	http_file_free(req->file);
	free(req->path);
	free(req);
}

/* How much of what was promised has not left us. */
static int64_t unsent(const struct http_request *req)
{
	struct evbuffer *output = bufferevent_get_output(req->conn->bev);

	return (int64_t)evbuffer_get_length(output) + http_file_left(req->file);
}

static void tell_sent(struct http_request *req, int64_t left)
{
	if (!req->sent)
		return;
	req->sent(req->sent_arg, left < req->total ? req->total - left : 0,
		  req->total);
	req->sent = NULL;
}

static void count(struct http_request *req, bool lost)
{
	int status = evhttp_request_get_response_code(req->ev);

	if (lost && status <= 0)
		status = 499;
	if (status >= 0 && status < HTTP_STATUS_MAX)
		req->conn->server->stats.by_status[status]++;
}

void http_request_lost(struct http_request *req)
{
	count(req, true);
	req->conn->req = NULL;
	tell_sent(req, unsent(req));
	if (req->gone)
		req->gone(req->gone_arg);
	/* evhttp has let go of a request that is not answered to its end. */
	if (!evhttp_request_get_connection(req->ev))
		evhttp_request_free(req->ev);
	request_free(req);
}

static void on_complete(struct evhttp_request *ev, void *arg)
{
	struct http_request *req = arg;
	struct http_conn *conn = req->conn;

	(void)ev;
	count(req, false);
	conn->req = NULL;
	tell_sent(req, 0);
	request_free(req);
	http_conn_pace(conn);
}

static void refuse(struct http_request *req, int status, const char *reason)
{
	const struct http_server *server = req->conn->server;

	req->conn->lingers = true;
	http_set_header(req, "Connection", "close");
	if (server->refusal)
		server->refusal(server->arg, req, status, reason);
	else
		http_reply_text(req, status, reason);
}

static void on_request(struct evhttp_request *ev, void *arg)
{
	struct http_server *server = arg;
	struct http_request *req = xcalloc(1, sizeof(*req));
	const char *target = evhttp_request_get_uri(ev);
	struct http_conn *conn =
		http_conn_find(server, evhttp_request_get_connection(ev));
	const struct http_guard *guard = &conn->guard;

	req->conn = conn;
	req->ev = ev;
	conn->req = req;
	conn->n_served++;
	http_conn_pace(conn);
	evhttp_request_set_on_complete_cb(ev, on_complete, req);
	if (guard->refused && conn->n_served == guard->n_requests) {
		refuse(req, guard->refused, guard->reason);
		return;
	}
	req->path = http_path_clean(target);
	if (!req->path || !http_query_parse(&req->query, target)) {
		http_reply_text(req, 400, "not a path that we serve\n");
		return;
	}
	server->handler(server->arg, req);
}

const char *http_method(const struct http_request *req)
{
	switch (evhttp_request_get_command(req->ev)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	default:
		return "";
	}
}

const char *http_path(const struct http_request *req)
{
	return req->path;
}

const char *http_target(const struct http_request *req)
{
	return evhttp_request_get_uri(req->ev);
}

const char *http_query(const struct http_request *req, const char *name)
{
	return http_query_get(&req->query, name);
}

const char *http_header(const struct http_request *req, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(req->ev),
				  name);
}

const char *http_body(struct http_request *req, size_t *len)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req->ev);
	const unsigned char *bytes;

	if (!req->body_ended) {
		req->body_len = evbuffer_get_length(in);
		req->body_ended = true;
		evbuffer_add(in, "", 1);
	}
	bytes = evbuffer_pullup(in, -1);
	*len = req->body_len;
	return bytes ? (const char *)bytes : "";
}

const char *http_peer(const struct http_request *req)
{
	char *address = NULL;
	ev_uint16_t port;

	if (req->conn->server->unix_socket)
		return "";
	evhttp_connection_get_peer(req->conn->evcon, &address, &port);
	return address ? address : "";
}

ipv4 http_local_address(const struct http_request *req)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	if (getsockname(bufferevent_getfd(req->conn->bev),
			(struct sockaddr *)&sa, &len) ||
	    sa.sin_family != AF_INET)
		return 0;
	return ntohl(sa.sin_addr.s_addr);
}

bool http_is_local(const struct http_request *req)
{
	return req->conn->server->unix_socket;
}

bool http_is_tls(const struct http_request *req)
{
	return req->conn->server->tls != NULL;
}

void http_on_gone(struct http_request *req, loop_fn gone, void *arg)
{
	req->gone = gone;
	req->gone_arg = arg;
	if (gone)
		http_conn_watch(req->conn);
}

void http_on_sent(struct http_request *req, http_sent_fn sent, void *arg)
{
	req->sent = sent;
	req->sent_arg = arg;
}

void http_set_header(struct http_request *req, const char *name,
		     const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(req->ev), name,
			  value);
}

const char *http_phrase(int status)
{
	static const struct {
		int status;
		const char *text;
	} phrases[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 412, "Precondition Failed" },
		{ 413, "Payload Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 422, "Unprocessable Entity" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Status";
}

void http_set_length(struct http_request *req, int64_t len)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, len);
	http_set_header(req, "Content-Length", text);
}

/* Before the body: what is said of it. False: it is not to be sent. */
static bool begin_reply(struct http_request *req, int status, const char *type,
			size_t len)
{
	if (status != 204) {
		http_set_header(req, "Content-Type", type);
		http_set_length(req, (int64_t)len);
	}
	if (str_eq(http_method(req), "HEAD"))
		return false;
	req->total = (int64_t)len;
	return true;
}

void http_reply(struct http_request *req, int status, const char *type,
		const void *body, size_t len)
{
	struct evbuffer *out = evbuffer_new();

	if (begin_reply(req, status, type, len))
		evbuffer_add(out, body, len);
	evhttp_send_reply(req->ev, status, http_phrase(status), out);
	evbuffer_free(out);
}

static void free_body(const void *body, size_t len, void *arg)
{
	(void)body;
	(void)len;
	free(arg);
}

void http_reply_take(struct http_request *req, int status, const char *type,
		     char *body, size_t len)
{
	struct evbuffer *out = evbuffer_new();

	if (!begin_reply(req, status, type, len) ||
	    evbuffer_add_reference(out, body, len, free_body, body))
		free(body);
	evhttp_send_reply(req->ev, status, http_phrase(status), out);
	evbuffer_free(out);
}

void http_reply_text(struct http_request *req, int status, const char *text)
{
	http_reply(req, status, "text/plain; charset=utf-8", text,
		   strlen(text));
}

void http_reply_allow(struct http_request *req, const char *allow)
{
	AUTO_FREE char *text = xasprintf("%s only\n", allow);

	http_set_header(req, "Allow", allow);
	http_reply_text(req, 405, text);
}

/* A stream may say nothing for hours. Who feeds it knows when its client does
 * not read, and clients that are gone are found by probes. */
static void set_idle(struct http_request *req, bool bounded)
{
	const struct timeval idle = {
		.tv_sec = req->conn->server->limits.idle_s
	};

	bufferevent_set_timeouts(req->conn->bev, bounded ? &idle : NULL,
				 bounded ? &idle : NULL);
}

void http_stream_begin(struct http_request *req, int status, const char *type)
{
	const char *connection = http_header(req, "Connection");

	/* The guard leaves this line only in HTTP/1.0, where nothing but the
	 * connection's end can end a stream. */
	if (connection && str_eq(connection, "keep-alive"))
		evhttp_remove_header(evhttp_request_get_input_headers(req->ev),
				     "Connection");
	http_set_header(req, "Content-Type", type);
	evhttp_send_reply_start(req->ev, status, http_phrase(status));
	set_idle(req, false);
}

/* evhttp drops it when the answer ends, and with it the request. */
static void on_drained(struct evhttp_connection *evcon, void *arg)
{
	struct http_request *req = arg;

	(void)evcon;
	if (req->drained)
		req->drained(req->drained_arg);
}

bool http_stream_add(struct http_request *req, const void *bytes, size_t len)
{
	size_t most = req->conn->server->limits.stream_bytes;
	struct evbuffer *part;

	if (unsent(req) > (int64_t)most) {
		http_conn_close(req->conn);
		return false;
	}
	part = evbuffer_new();
	evbuffer_add(part, bytes, len);
	evhttp_send_reply_chunk_with_cb(req->ev, part, on_drained, req);
	evbuffer_free(part);
	return true;
}

size_t http_stream_unsent(const struct http_request *req)
{
	return (size_t)unsent(req);
}

void http_on_drained(struct http_request *req, loop_fn drained, void *arg)
{
	req->drained = drained;
	req->drained_arg = arg;
}

void http_stream_abort(struct http_request *req)
{
	http_conn_close(req->conn);
}

void http_stream_end(struct http_request *req)
{
	set_idle(req, true);
	evhttp_send_reply_end(req->ev);
}
