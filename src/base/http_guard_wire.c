/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_guard_wire.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

#define MAX_EXTENSION 256

/*
 *	LINE --> FIELDS --> LINE		a request without a body
 *		    +-----> BODY --> LINE
 *		    +-----> SIZE --> CHUNK --> END --> SIZE
 *			      +----> TRAILER --> LINE
 *
 * and to OVER from every state that reads lines, with a refusal, and after a
 * request that closes the connection.
 */
enum { LINE, FIELDS, BODY, SIZE, CHUNK, END, TRAILER, OVER };

static const struct sm_state states[] = {
	[LINE] = { "line", SM_TO(FIELDS) | SM_TO(OVER) },
	[FIELDS] = { "fields",
		     SM_TO(LINE) | SM_TO(BODY) | SM_TO(SIZE) | SM_TO(OVER) },
	[BODY] = { "body", SM_TO(LINE) | SM_TO(OVER) },
	[SIZE] = { "size", SM_TO(CHUNK) | SM_TO(TRAILER) | SM_TO(OVER) },
	[CHUNK] = { "chunk", SM_TO(END) },
	[END] = { "end", SM_TO(SIZE) | SM_TO(OVER) },
	[TRAILER] = { "trailer", SM_TO(LINE) | SM_TO(OVER) },
	[OVER] = { "over", 0 },
};

void http_guard_init(struct http_guard *guard, uint64_t body_limit)
{
	*guard = (struct http_guard){ .body_limit = body_limit };
	sm_init(&guard->sm, states, ARRAY_LEN(states), LINE);
	/* A line may be the head's last, and its end counts. */
	buf_init(&guard->line, HTTP_GUARD_MAX_HEAD + 2);
	buf_init(&guard->head, HTTP_GUARD_MORE);
}

void http_guard_release(struct http_guard *guard)
{
	buf_release(&guard->line);
	buf_release(&guard->head);
}

enum http_guard_phase http_guard_phase(const struct http_guard *guard)
{
	switch (guard->sm.state) {
	case LINE:
		return guard->line.len ? HTTP_GUARD_HEAD : HTTP_GUARD_IDLE;
	case FIELDS:
		return HTTP_GUARD_HEAD;
	case OVER:
		return HTTP_GUARD_IDLE;
	default:
		return HTTP_GUARD_BODY;
	}
}

static void end_request(struct http_guard *guard)
{
	guard->head_bytes = 0;
	sm_move(&guard->sm, guard->is.closes ? OVER : LINE);
}

/* The request that is under way ends here, so that it can be answered. */
static void refuse(struct http_guard *guard, int status, const char *reason,
		   struct buf *out)
{
	if (guard->sm.state == LINE || guard->sm.state == FIELDS) {
		buf_adds(out, "GET / HTTP/1.1\r\nHost: \r\n\r\n");
		guard->n_requests++;
	} else {
		buf_adds(out, "0\r\n\r\n");
	}
	guard->refused = status;
	guard->reason = reason;
	sm_move(&guard->sm, OVER);
	http_guard_release(guard);
}

/* RFC 9110, 5.6.2. */
static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return len > 0;
}

/* Visible characters, blanks, and bytes over 127. */
static bool is_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_method(const char *text, size_t len)
{
	static const char *const methods[] = { "GET", "HEAD",  "POST",
					       "PUT", "PATCH", "DELETE" };

	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (strlen(methods[i]) == len &&
		    memcmp(text, methods[i], len) == 0)
			return true;
	return false;
}

/*
 * The target from its path on: of "http://host/path" too (RFC 9112, 3.2.2),
 * and with one '/' before it, for evhttp takes two for the mark of a host.
 * NULL: it is of another form.
 */
static const char *find_path(const char *target)
{
	const char *host = NULL;
	const char *path = target;

	if (strncasecmp(target, "http://", 7) == 0)
		host = target + 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		host = target + 8;
	if (host) {
		path = host + strcspn(host, "/?");
		if (path == host)
			return NULL;
	}
	while (path[0] == '/' && path[1] == '/')
		path++;
	return host || *path == '/' ? path : NULL;
}

static bool is_target(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f || *text == '#')
			return false;
	return true;
}

/* RFC 9112, 3: method SP target SP version. The line is cut up. */
static void on_request_line(struct http_guard *guard, char *line, size_t len,
			    struct buf *out)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	const char *path;

	/* One empty line or more before a request is forgiven (2.2). */
	if (!len)
		return;
	if (!version || strlen(line) != len)
		return refuse(guard, 400, "a request line that is none\n", out);
	*target++ = '\0';
	*version++ = '\0';
	path = find_path(target);
	if (!is_token(line, strlen(line)) || !is_target(target) ||
	    strncmp(version, "HTTP/", 5) != 0)
		return refuse(guard, 400, "a request line that is none\n", out);
	if (!str_eq(version, "HTTP/1.1") && !str_eq(version, "HTTP/1.0"))
		return refuse(guard, 505, "HTTP/1.1 and 1.0 only\n", out);
	if (!is_method(line, strlen(line)))
		return refuse(guard, 501, "no method that we have\n", out);
	if (!path)
		return refuse(guard, 400, "not a path that we serve\n", out);
	guard->is = (struct http_guard_head){
		.is_head = str_eq(line, "HEAD"),
		.is_old = str_eq(version, "HTTP/1.0"),
	};
	buf_clear(&guard->head);
	buf_printf(&guard->head, "%s %s%s %s\r\n", line,
		   *path == '/' ? "" : "/", path, version);
	guard->head_bytes = 0;
	sm_move(&guard->sm, FIELDS);
}

/* Each of a list's words: "close, TE". */
static bool has_word(const char *list, const char *word)
{
	size_t want = strlen(word);

	while (*list) {
		size_t len;

		list += strspn(list, " \t,");
		len = strcspn(list, " \t,");
		if (len == want && strncasecmp(list, word, len) == 0)
			return true;
		list += len;
	}
	return false;
}

static void on_length(struct http_guard *guard, const char *value)
{
	struct http_guard_head *is = &guard->is;

	/* Two of them, also two that agree, are an error later. */
	is->n_lengths++;
	if (!str_parse_u64(value, INT64_MAX, &is->length))
		is->n_lengths = 2;
}

/* A field that is about the message and not about the request: true. */
static bool on_framing(struct http_guard *guard, const char *name,
		       const char *value)
{
	struct http_guard_head *is = &guard->is;

	if (strcasecmp(name, "Content-Length") == 0) {
		on_length(guard, value);
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		is->n_codings++;
		is->is_chunked = strcasecmp(value, "chunked") == 0;
	} else if (strcasecmp(name, "Connection") == 0) {
		is->closes |= has_word(value, "close");
		is->keeps |= has_word(value, "keep-alive");
	} else if (strcasecmp(name, "Expect") == 0) {
		is->expects = true;
		return strcasecmp(value, "100-continue") == 0;
	} else {
		return strcasecmp(name, "Proxy-Connection") == 0 ||
		       strcasecmp(name, "Keep-Alive") == 0;
	}
	return true;
}

/* RFC 9112, 5: name ":" value, no blank before the colon, none folded. */
static char *split_field(char *line, size_t len)
{
	char *colon = memchr(line, ':', len);
	char *value;

	if (!colon || !is_token(line, (size_t)(colon - line)) ||
	    !is_value(line, len))
		return NULL;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	for (len = strlen(value); len && strchr(" \t", value[len - 1]); len--)
		value[len - 1] = '\0';
	return value;
}

static void on_head_end(struct http_guard *guard, struct buf *out);

static void on_field(struct http_guard *guard, char *line, size_t len,
		     struct buf *out)
{
	char *value;

	if (!len)
		return on_head_end(guard, out);
	if (++guard->is.n_fields > HTTP_GUARD_MAX_FIELDS)
		return refuse(guard, 431, "too many header fields\n", out);
	value = split_field(line, len);
	if (!value)
		return refuse(guard, 400, "a header field that is none\n", out);
	if (strcasecmp(line, "Host") == 0 &&
	    (guard->is.n_hosts++ || strpbrk(value, " \t/\\?#@,")))
		return refuse(guard, 400, "a Host that is none\n", out);
	if (on_framing(guard, line, value))
		return;
	if (strcasecmp(line, "Expect") == 0)
		return refuse(guard, 417, "100-continue only\n", out);
	buf_printf(&guard->head, "%s: %s\r\n", line, value);
}

/* RFC 9112, 6.3; status of what is wrong, or 0. */
static int check_framing(const struct http_guard *guard, const char **reason)
{
	const struct http_guard_head *is = &guard->is;

	*reason = "no Host\n";
	if (!is->n_hosts && !is->is_old)
		return 400;
	*reason = "a Content-Length that is none\n";
	if (is->n_lengths > 1)
		return 400;
	*reason = "a length beside chunks, or chunks in HTTP/1.0\n";
	if (is->n_codings && (is->n_lengths || is->is_old))
		return 400;
	*reason = "chunked only\n";
	if (is->n_codings > 1 || (is->n_codings && !is->is_chunked))
		return 501;
	*reason = "a HEAD with a body\n";
	if (is->is_head && (is->n_codings || is->length))
		return 400;
	*reason = "too large a body\n";
	if (is->length > guard->body_limit)
		return 413;
	return 0;
}

static void on_head_end(struct http_guard *guard, struct buf *out)
{
	struct http_guard_head *is = &guard->is;
	const char *reason;
	int status = check_framing(guard, &reason);

	if (status)
		return refuse(guard, status, reason, out);
	buf_add(out, guard->head.base, guard->head.len);
	buf_release(&guard->head);
	guard->head_bytes = 0;
	guard->n_requests++;
	is->closes |= is->is_old && !is->keeps;
	if (is->closes)
		buf_adds(out, "Connection: close\r\n");
	else if (is->is_old)
		buf_adds(out, "Connection: keep-alive\r\n");
	if (is->expects && !is->is_old && (is->n_codings || is->length))
		buf_adds(out, "Expect: 100-continue\r\n");
	if (is->n_codings)
		buf_adds(out, "Transfer-Encoding: chunked\r\n");
	if (is->n_lengths)
		buf_printf(out, "Content-Length: %" PRIu64 "\r\n", is->length);
	buf_adds(out, "\r\n");
	guard->left = is->length;
	guard->body = 0;
	if (is->n_codings)
		sm_move(&guard->sm, SIZE);
	else if (is->length)
		sm_move(&guard->sm, BODY);
	else
		end_request(guard);
}

static bool is_extension(const char *text, size_t len)
{
	return !len ||
	       (text[0] == ';' && len <= MAX_EXTENSION && is_value(text, len));
}

/* RFC 9112, 7.1: hexadecimal digits, and what may be passed over. */
static void on_size(struct http_guard *guard, const char *line, size_t len,
		    struct buf *out)
{
	size_t n = strspn(line, "0123456789abcdefABCDEF");

	if (!n || n > 16 || !is_extension(line + n, len - n))
		return refuse(guard, 400, "a chunk size that is none\n", out);
	guard->left = strtoull(line, NULL, 16);
	if (guard->left > guard->body_limit - guard->body)
		return refuse(guard, 413, "too large a body\n", out);
	guard->body += guard->left;
	if (!guard->left) {
		guard->is.n_fields = 0;
		sm_move(&guard->sm, TRAILER);
		return;
	}
	buf_printf(out, "%" PRIx64 "\r\n", guard->left);
	sm_move(&guard->sm, CHUNK);
}

static void on_trailer(struct http_guard *guard, char *line, size_t len,
		       struct buf *out)
{
	if (!len) {
		buf_adds(out, "0\r\n\r\n");
		end_request(guard);
		return;
	}
	if (++guard->is.n_fields > HTTP_GUARD_MAX_FIELDS ||
	    !split_field(line, len))
		refuse(guard, 400, "a trailer field that is none\n", out);
}

static void on_line(struct http_guard *guard, char *line, size_t len,
		    struct buf *out)
{
	switch (guard->sm.state) {
	case LINE:
		on_request_line(guard, line, len, out);
		return;
	case FIELDS:
		on_field(guard, line, len, out);
		return;
	case SIZE:
		on_size(guard, line, len, out);
		return;
	case END:
		if (len)
			refuse(guard, 400, "a chunk that is too long\n", out);
		else
			sm_move(&guard->sm, SIZE);
		return;
	default:
		on_trailer(guard, line, len, out);
		return;
	}
}

/* Most bytes that the line may have, its end included. */
static size_t room_for_line(const struct http_guard *guard)
{
	switch (guard->sm.state) {
	case LINE:
		return HTTP_GUARD_MAX_LINE + 2;
	case FIELDS:
		return HTTP_GUARD_MAX_HEAD - guard->head_bytes + 2;
	case SIZE:
		return 16 + MAX_EXTENSION + 2;
	case END:
		return 2;
	default:
		return HTTP_GUARD_MAX_TRAILER - guard->head_bytes + 2;
	}
}

static void on_long_line(struct http_guard *guard, struct buf *out)
{
	switch (guard->sm.state) {
	case LINE:
		return refuse(guard, 414, "too long a request line\n", out);
	case FIELDS:
		return refuse(guard, 431, "too large a header\n", out);
	default:
		return refuse(guard, 400, "a chunk that is none\n", out);
	}
}

/* Up to the end of the line, or what is there of it; returns how much. */
static size_t take_line(struct http_guard *guard, const char *bytes, size_t len,
			struct buf *out)
{
	const char *feed = memchr(bytes, '\n', len);
	size_t n = feed ? (size_t)(feed - bytes) + 1 : len;
	CLEANUP(buf_release) struct buf line = BUF_INIT(0);

	if (n > room_for_line(guard) - guard->line.len) {
		on_long_line(guard, out);
		return n;
	}
	buf_add(&guard->line, bytes, n);
	if (!feed)
		return n;
	line = guard->line;
	buf_init(&guard->line, line.limit);
	if (guard->sm.state == FIELDS || guard->sm.state == TRAILER)
		guard->head_bytes += line.len;
	if (line.len < 2 || line.base[line.len - 2] != '\r') {
		refuse(guard, 400, "a line without its carriage return\n", out);
		return n;
	}
	line.len -= 2;
	line.base[line.len] = '\0';
	on_line(guard, line.base, line.len, out);
	return n;
}

static size_t take_body(struct http_guard *guard, const char *bytes, size_t len,
			struct buf *out)
{
	size_t n = len < guard->left ? len : (size_t)guard->left;

	buf_add(out, bytes, n);
	guard->left -= n;
	if (!guard->left && guard->sm.state == CHUNK) {
		buf_adds(out, "\r\n");
		sm_move(&guard->sm, END);
	} else if (!guard->left) {
		end_request(guard);
	}
	return n;
}

void http_guard_input(struct http_guard *guard, const char *bytes, size_t len,
		      struct buf *out)
{
	while (len && guard->sm.state != OVER) {
		bool body = guard->sm.state == BODY || guard->sm.state == CHUNK;
		size_t n = body ? take_body(guard, bytes, len, out)
				: take_line(guard, bytes, len, out);

		bytes += n;
		len -= n;
	}
}

bool http_guard_pass(struct http_guard *guard, size_t n)
{
	if (guard->sm.state != BODY || n > guard->left)
		return false;
	guard->left -= n;
	if (!guard->left)
		end_request(guard);
	return true;
}
