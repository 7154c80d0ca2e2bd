/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

#define MAX_HEADERS   (16 * 1024)
#define WRITE_AT_ONCE (1024 * 1024)

struct http_server {
	struct loop *loop;
	struct evhttp *http;
	struct http_limits limits;
	http_handler handler;
	void *arg;
	SSL_CTX *tls;
	char *unix_path;
	uint16_t port;
	bool unix_socket;
};

struct http_request {
	struct http_server *server;
	struct evhttp_request *ev;
	struct evhttp_connection *connection;
	struct evkeyvalq query;
	char *path;
	size_t body_len;
	bool body_ended; /* by a NUL */
	bool streaming;
	loop_fn gone;
	void *gone_arg;
	http_sent_fn sent;
	void *sent_arg;
	int64_t total; /* bytes of body promised */
};

static void on_request(struct evhttp_request *ev, void *arg);
static struct bufferevent *on_accept(struct event_base *base, void *arg);

struct http_server *http_server_new(struct loop *loop,
				    const struct http_limits *limits,
				    http_handler handler, void *arg)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	server->loop = loop;
	server->limits = *limits;
	server->handler = handler;
	server->arg = arg;
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
	evhttp_set_bevcb(server->http, on_accept, server);
	return server;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	evhttp_free(server->http);
	if (server->unix_path)
		unlink(server->unix_path);
	free(server->unix_path);
	free(server);
}

uint16_t http_server_port(const struct http_server *server)
{
	return server->port;
}

static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
	struct http_server *server = arg;
	struct bufferevent *bev;

	if (server->tls) {
		SSL *ssl = SSL_new(server->tls);

		bev = bufferevent_openssl_socket_new(base, -1, ssl,
						     BUFFEREVENT_SSL_ACCEPTING,
						     BEV_OPT_CLOSE_ON_FREE);
		/* Many clients close without close_notify. */
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	} else {
		bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_set_max_single_write(bev, WRITE_AT_ONCE);
	}
	return bev;
}

static int adopt(struct http_server *server, int fd, struct err *err)
{
	if (net_unblock(fd, err) || listen(fd, 1024) ||
	    evhttp_accept_socket(server->http, fd)) {
		err_errno(err, errno, "listen");
		close(fd);
		return -1;
	}
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

int http_server_listen(struct http_server *server, const char *address,
		       uint16_t port, struct ssl_ctx_st *tls, struct err *err)
{
	struct sockaddr_storage sa;
	socklen_t len = socket_address(address, port, &sa);
	int on = 1;
	int fd;

	if (!len)
		return err_set(err, ERR_INVALID,
			       "\"%s\": expected an IP address", address);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Accepted sockets inherit it; without it TLS answers stall 40 ms. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
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
	int fd;

	if (!str_copy(sa.sun_path, sizeof(sa.sun_path), path))
		return err_set(err, ERR_TOO_BIG,
			       "socket path %s: over %zu characters", path,
			       sizeof(sa.sun_path) - 1);
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

/*
 * The path of a target: query cut off, percent-decoded once, runs of '/'
 * made one. NULL: it has a NUL, a backslash, or a ".." segment.
 */
static char *clean_path(const char *target)
{
	size_t raw_len = strcspn(target, "?#");
	AUTO_FREE char *raw = xstrndup(target, raw_len);
	size_t len = 0;
	AUTO_FREE char *path = evhttp_uridecode(raw, 0, &len);
	char *out;
	size_t n = 0;

	if (!path || strlen(path) != len || strchr(path, '\\'))
		return NULL;
	if (strstr(path, "/../") || str_ends(path, "/.."))
		return NULL;
	out = xmalloc(len + 1);
	for (size_t i = 0; i < len; i++)
		if (path[i] != '/' || !n || out[n - 1] != '/')
			out[n++] = path[i];
	out[n] = '\0';
	return out;
}

static void request_free(struct http_request *req)
{
	evhttp_clear_headers(&req->query);
	free(req->path);
	free(req);
}

/* How much of the promised body has not left us. */
static int64_t unsent(const struct http_request *req)
{
	struct bufferevent *bev =
		evhttp_connection_get_bufferevent(req->connection);

	return (int64_t)evbuffer_get_length(bufferevent_get_output(bev));
}

static void tell_sent(struct http_request *req, int64_t left)
{
	if (!req->sent)
		return;
	req->sent(req->sent_arg, left < req->total ? req->total - left : 0,
		  req->total);
	req->sent = NULL;
}

static void on_close(struct evhttp_connection *connection, void *arg)
{
	struct http_request *req = arg;

	(void)connection;
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

	(void)ev;
	evhttp_connection_set_closecb(req->connection, NULL, NULL);
	tell_sent(req, 0);
	request_free(req);
}

static void on_request(struct evhttp_request *ev, void *arg)
{
	struct http_server *server = arg;
	struct http_request *req = xcalloc(1, sizeof(*req));
	const char *target = evhttp_request_get_uri(ev);

	req->server = server;
	req->ev = ev;
	req->connection = evhttp_request_get_connection(ev);
	TAILQ_INIT(&req->query);
	req->path = clean_path(target);
	evhttp_connection_set_closecb(req->connection, on_close, req);
	evhttp_request_set_on_complete_cb(ev, on_complete, req);
	if (!req->path) {
		http_reply_text(req, 400, "not a path that we serve\n");
		return;
	}
	if (strchr(target, '?'))
		evhttp_parse_query_str(strchr(target, '?') + 1, &req->query);
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
	return evhttp_find_header(&req->query, name);
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

	if (req->server->unix_socket)
		return "";
	evhttp_connection_get_peer(req->connection, &address, &port);
	return address ? address : "";
}

static int descriptor(const struct http_request *req)
{
	return bufferevent_getfd(
		evhttp_connection_get_bufferevent(req->connection));
}

ipv4 http_local_address(const struct http_request *req)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	if (getsockname(descriptor(req), (struct sockaddr *)&sa, &len) ||
	    sa.sin_family != AF_INET)
		return 0;
	return ntohl(sa.sin_addr.s_addr);
}

bool http_is_local(const struct http_request *req)
{
	return req->server->unix_socket;
}

bool http_is_tls(const struct http_request *req)
{
	return req->server->tls != NULL;
}

void http_on_gone(struct http_request *req, loop_fn gone, void *arg)
{
	req->gone = gone;
	req->gone_arg = arg;
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

static const char *phrase(int status)
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
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 422, "Unprocessable Entity" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Status";
}

static void set_length(struct http_request *req, int64_t len)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, len);
	http_set_header(req, "Content-Length", text);
}

void http_reply(struct http_request *req, int status, const char *type,
		const void *body, size_t len)
{
	struct evbuffer *out = evbuffer_new();

	http_set_header(req, "Content-Type", type);
	req->total = (int64_t)len;
	if (str_eq(http_method(req), "HEAD"))
		set_length(req, (int64_t)len);
	else
		evbuffer_add(out, body, len);
	evhttp_send_reply(req->ev, status, phrase(status), out);
	evbuffer_free(out);
}

void http_reply_text(struct http_request *req, int status, const char *text)
{
	http_reply(req, status, "text/plain; charset=utf-8", text,
		   strlen(text));
}

/*
 * The one range of a Range header (RFC 9110 14.1.2). 0: serve it, 1: no
 * range asked, or one that may be ignored (a list), -1: cannot be satisfied.
 */
static int parse_range(const char *header, int64_t size, int64_t *first,
		       int64_t *last)
{
	const char *dash;
	char text[21];
	uint64_t from = 0;
	uint64_t to = 0;

	if (!header || strncasecmp(header, "bytes=", 6) || strchr(header, ','))
		return 1;
	header += 6;
	dash = strchr(header, '-');
	if (!dash || (size_t)(dash - header) >= sizeof(text))
		return 1;
	snprintf(text, sizeof(text), "%.*s", (int)(dash - header), header);
	if (*text && !str_parse_u64(text, INT64_MAX, &from))
		return 1;
	if (dash[1] && !str_parse_u64(dash + 1, INT64_MAX, &to))
		return 1;
	if (!*text && !dash[1])
		return 1;
	if (!*text) { /* the last `to` bytes */
		if (!to || !size)
			return -1;
		*first = (int64_t)to < size ? size - (int64_t)to : 0;
		*last = size - 1;
		return 0;
	}
	if ((int64_t)from >= size)
		return -1;
	if (dash[1] && to < from)
		return 1;
	*first = (int64_t)from;
	*last = dash[1] && (int64_t)to < size ? (int64_t)to : size - 1;
	return 0;
}

static void send_file_part(struct http_request *req, int status, int fd,
			   int64_t first, int64_t len)
{
	struct bufferevent *bev =
		evhttp_connection_get_bufferevent(req->connection);
	struct evbuffer_file_segment *segment;

	set_length(req, len);
	req->total = len;
	if (len == 0 || str_eq(http_method(req), "HEAD")) {
		close(fd);
		req->total = 0;
		evhttp_send_reply(req->ev, status, phrase(status), NULL);
		return;
	}
	/*
	 * evhttp would map the file; put into the connection's own buffer,
	 * which drains into the socket, the segment goes out by sendfile.
	 */
	segment = evbuffer_file_segment_new(fd, first, len,
					    EVBUF_FS_CLOSE_ON_FREE);
	evhttp_send_reply_start(req->ev, status, phrase(status));
	if (segment) {
		evbuffer_add_file_segment(bufferevent_get_output(bev), segment,
					  0, len);
		evbuffer_file_segment_free(segment);
	} else {
		close(fd);
	}
	evhttp_send_reply_end(req->ev);
}

void http_reply_file(struct http_request *req, int fd, const char *type,
		     const char *etag)
{
	const char *range = http_header(req, "Range");
	const char *if_range = http_header(req, "If-Range");
	const char *if_none = http_header(req, "If-None-Match");
	struct stat st;
	char text[64];
	int64_t first = 0;
	int64_t last;
	int partial;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		http_reply_text(req, 404, "not a file\n");
		return;
	}
	http_set_header(req, "Content-Type", type);
	http_set_header(req, "Accept-Ranges", "bytes");
	if (etag)
		http_set_header(req, "ETag", etag);
	if (etag && if_none && str_eq(etag, if_none)) {
		close(fd);
		evhttp_send_reply(req->ev, 304, phrase(304), NULL);
		return;
	}
	if (if_range && (!etag || !str_eq(etag, if_range)))
		range = NULL;
	last = st.st_size - 1;
	partial = parse_range(range, st.st_size, &first, &last);
	if (partial < 0) {
		close(fd);
		snprintf(text, sizeof(text), "bytes */%" PRId64,
			 (int64_t)st.st_size);
		http_set_header(req, "Content-Range", text);
		evhttp_send_reply(req->ev, 416, phrase(416), NULL);
		return;
	}
	if (partial == 0) {
		snprintf(text, sizeof(text),
			 "bytes %" PRId64 "-%" PRId64 "/%" PRId64, first, last,
			 (int64_t)st.st_size);
		http_set_header(req, "Content-Range", text);
	}
	send_file_part(req, partial == 0 ? 206 : 200, fd, first,
		       last - first + 1);
}

void http_stream_begin(struct http_request *req, int status, const char *type)
{
	http_set_header(req, "Content-Type", type);
	req->streaming = true;
	evhttp_send_reply_start(req->ev, status, phrase(status));
}

bool http_stream_add(struct http_request *req, const void *bytes, size_t len)
{
	struct evbuffer *part;

	if (unsent(req) > (int64_t)req->server->limits.stream_bytes) {
		/* Its close callback frees the request. */
		evhttp_connection_free(req->connection);
		return false;
	}
	part = evbuffer_new();
	evbuffer_add(part, bytes, len);
	evhttp_send_reply_chunk(req->ev, part);
	evbuffer_free(part);
	return true;
}

void http_stream_end(struct http_request *req)
{
	evhttp_send_reply_end(req->ev);
}
