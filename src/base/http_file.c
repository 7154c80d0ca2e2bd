/* SPDX-License-Identifier: Apache-2.0 */
#include <event2/buffer.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/http_private.h"
#include "base/str.h"

/* A piece is given to the connection when the one before has left, so that a
 * fast reader of a large file does not keep the loop, nor its memory. */
#define PIECE     (1024 * 1024)
#define PIECE_TLS (128 * 1024)

/*
 * A file, or a range of it, on its way.
 *
 * On a plain connection the pieces are parts of one segment, which libevent
 * sends by sendfile. Under TLS libevent would map the file, and whoever cut
 * it short would end us by SIGBUS: there the pieces are read.
 */
struct http_file {
	int fd; /* the segment's, if there is one */
	struct evbuffer_file_segment *segment;
	int64_t first;
	int64_t at;
	int64_t end;
};

int64_t http_file_left(const struct http_file *file)
{
	return file ? file->end - file->at : 0;
}

void http_file_free(struct http_file *file)
{
	if (!file)
		return;
	/* What is still in a connection's buffer has its own share of it. */
	if (file->segment)
		evbuffer_file_segment_free(file->segment);
	else
		close(file->fd);
	free(file);
}

static struct http_file *file_new(int fd, int64_t first, int64_t len, bool tls)
{
	struct http_file *file = xcalloc(1, sizeof(*file));

	file->fd = fd;
	file->first = first;
	file->at = first;
	file->end = first + len;
	if (!tls)
		file->segment = evbuffer_file_segment_new(
			fd, first, len, EVBUF_FS_CLOSE_ON_FREE);
	return file;
}

static bool add_segment(struct http_file *file, struct evbuffer *part)
{
	int64_t n = http_file_left(file) < PIECE ? http_file_left(file) : PIECE;

	/* It goes on to a socket's buffer, and must not be mapped before. */
	evbuffer_set_flags(part, EVBUFFER_FLAG_DRAINS_TO_FD);
	if (evbuffer_add_file_segment(part, file->segment,
				      file->at - file->first, n))
		return false;
	file->at += n;
	return true;
}

static bool add_bytes(struct http_file *file, struct evbuffer *part)
{
	int64_t left = http_file_left(file);
	size_t most = left < PIECE_TLS ? (size_t)left : PIECE_TLS;
	struct evbuffer_iovec space;
	ssize_t n;

	if (evbuffer_reserve_space(part, (ev_ssize_t)most, &space, 1) != 1)
		return false;
	n = pread(file->fd, space.iov_base, most, file->at);
	if (n <= 0)
		return false;
	space.iov_len = (size_t)n;
	file->at += n;
	return evbuffer_commit_space(part, &space, 1) == 0;
}

static void send_piece(struct http_request *req);

static void on_drained(struct evhttp_connection *evcon, void *arg)
{
	(void)evcon;
	send_piece(arg);
}

static void send_piece(struct http_request *req)
{
	struct http_file *file = req->file;
	struct evbuffer *part = evbuffer_new();
	bool added =
		file->segment ? add_segment(file, part) : add_bytes(file, part);

	if (!added) {
		/* It is shorter than we promised: no answer can end well. */
		evbuffer_free(part);
		http_conn_close(req->conn);
		return;
	}
	evhttp_send_reply_chunk_with_cb(req->ev, part, on_drained, req);
	evbuffer_free(part);
	if (!http_file_left(file)) {
		http_file_free(take_ptr(req->file));
		evhttp_send_reply_end(req->ev);
	}
}

static void send_empty(struct http_request *req, int status)
{
	evhttp_send_reply(req->ev, status, http_phrase(status), NULL);
}

static void send_file(struct http_request *req, int status, int fd,
		      int64_t first, int64_t len)
{
	http_set_length(req, len);
	if (len == 0 || str_eq(http_method(req), "HEAD")) {
		close(fd);
		send_empty(req, status);
		return;
	}
	req->total = len;
	req->file = file_new(fd, first, len, http_is_tls(req));
	evhttp_send_reply_start(req->ev, status, http_phrase(status));
	send_piece(req);
}

/* Only GET has ranges, and only of the very file that the client began. */
static enum http_range wanted_range(const struct http_request *req,
				    const char *etag, int64_t size,
				    int64_t *first, int64_t *last)
{
	const char *same = http_header(req, "If-Range");

	*first = 0;
	*last = size - 1;
	if (!str_eq(http_method(req), "GET"))
		return HTTP_RANGE_ALL;
	if (same && (!etag || !http_etag_same(same, etag)))
		return HTTP_RANGE_ALL;
	return http_range_parse(http_header(req, "Range"), size, first, last);
}

static void reply_range(struct http_request *req, int fd, const char *etag,
			int64_t size)
{
	char text[80];
	int64_t first;
	int64_t last;
	enum http_range range = wanted_range(req, etag, size, &first, &last);

	if (range == HTTP_RANGE_NONE) {
		close(fd);
		snprintf(text, sizeof(text), "bytes */%" PRId64, size);
		http_set_header(req, "Content-Range", text);
		send_empty(req, 416);
		return;
	}
	if (range == HTTP_RANGE_PART) {
		snprintf(text, sizeof(text),
			 "bytes %" PRId64 "-%" PRId64 "/%" PRId64, first, last,
			 size);
		http_set_header(req, "Content-Range", text);
	}
	send_file(req, range == HTTP_RANGE_PART ? 206 : 200, fd, first,
		  last - first + 1);
}

void http_reply_file(struct http_request *req, int fd, const char *type,
		     const char *etag)
{
	const char *known = http_header(req, "If-None-Match");
	const char *method = http_method(req);
	struct stat st;

	if (!str_eq(method, "GET") && !str_eq(method, "HEAD")) {
		close(fd);
		http_reply_allow(req, "GET, HEAD");
		return;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		http_reply_text(req, 404, "not a file\n");
		return;
	}
	if (etag)
		http_set_header(req, "ETag", etag);
	if (etag && known && http_etag_listed(known, etag)) {
		close(fd);
		send_empty(req, 304);
		return;
	}
	http_set_header(req, "Content-Type", type);
	http_set_header(req, "Accept-Ranges", "bytes");
	reply_range(req, fd, etag, st.st_size);
}
