/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_client.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/str.h"

/* All header lines of a request's answers. */
#define MAX_HEADERS (64 * 1024)

struct http_client {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer;
	struct loop_timer *reaper; /* calls back outside of curl's calls */
	struct list calls;
};

struct http_call {
	struct list link;
	struct http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t header_bytes;
	char *location;
	char *etag;
	char *token;
	char *retry_after;
	char error[CURL_ERROR_SIZE];
	http_client_fn done;
	void *arg;
};

struct watch {
	struct http_client *client;
	struct loop_io *io;
	curl_socket_t fd;
};

static void forget_headers(struct http_call *call)
{
	char **const kept[] = { &call->location, &call->etag, &call->token,
				&call->retry_after };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		free(*kept[i]);
		*kept[i] = NULL;
	}
}

static void call_free(struct http_call *call)
{
	list_remove(&call->link);
	if (call->easy) {
		curl_multi_remove_handle(call->client->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	buf_release(&call->body);
	forget_headers(call);
	free(call);
}

/*
 * libcurl has one code for a handshake that the peer refused and for one that
 * broke off, as with a peer that starts anew. Only its text tells them apart.
 */
static bool broke_off(const char *text)
{
	return strstr(text, "SSL_connect: ") || strstr(text, "Recv failure") ||
	       strstr(text, "Send failure") || strstr(text, "unexpected eof");
}

static enum err_code code_of(CURLcode status, bool sent, const char *text)
{
	switch (status) {
	case CURLE_OPERATION_TIMEDOUT:
		return ERR_TIMEOUT;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return ERR_UNREACHABLE;
	case CURLE_SSL_CONNECT_ERROR:
		return broke_off(text) ? ERR_UNREACHABLE : ERR_MISMATCH;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
		return ERR_MISMATCH;
	case CURLE_WRITE_ERROR:
	case CURLE_FILESIZE_EXCEEDED:
		return ERR_TOO_BIG;
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CACERT_BADFILE:
		return ERR_INVALID;
	case CURLE_UNSUPPORTED_PROTOCOL:
		/* Of the URL; or the answer was of HTTP/0.9. */
		return sent ? ERR_PROTOCOL : ERR_INVALID;
	default:
		return ERR_PROTOCOL;
	}
}

static void finish(struct http_call *call, CURLcode status)
{
	struct http_client_response response = { .body = "" };
	long number = 0;
	long sent = 0;
	const char *url = "";

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &number);
	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &url);
	response.sent = sent > 0;
	if (status == CURLE_OK) {
		response.status = (int)number;
		response.body = call->body.base;
		response.body_len = call->body.len;
	} else {
		const char *text =
			*call->error ? call->error : curl_easy_strerror(status);

		err_set(&response.err, code_of(status, response.sent, text),
			"%s: %s", url, text);
	}
	response.location = call->location;
	response.etag = call->etag;
	response.token = call->token;
	response.retry_after = call->retry_after;
	call->done(call->arg, &response);
	call_free(call);
}

/* Curl must not be called from its own callbacks, so this runs by timer. */
static void on_reap(void *arg)
{
	struct http_client *client = arg;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left))) {
		struct http_call *call;
		CURLcode status = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  &call);
		finish(call, status);
	}
}

static void on_ready(void *arg, unsigned ready)
{
	struct watch *watch = arg;
	struct http_client *client = watch->client;
	int what = 0;
	int running;

	if (ready & LOOP_READ)
		what |= CURL_CSELECT_IN;
	if (ready & LOOP_WRITE)
		what |= CURL_CSELECT_OUT;
	curl_multi_socket_action(client->multi, watch->fd, what, &running);
	on_reap(client);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user,
		     void *socket)
{
	struct http_client *client = user;
	struct watch *watch = socket;
	unsigned want = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch)
			loop_io_free(watch->io);
		free(watch);
		return 0;
	}
	if (!watch) {
		watch = xcalloc(1, sizeof(*watch));
		watch->client = client;
		watch->fd = fd;
		watch->io = loop_io_new(client->loop, fd, on_ready, watch);
		curl_multi_assign(client->multi, fd, watch);
	}
	if (what & CURL_POLL_IN)
		want |= LOOP_READ;
	if (what & CURL_POLL_OUT)
		want |= LOOP_WRITE;
	loop_io_want(watch->io, want);
	return 0;
}

static int on_curl_timer(CURLM *multi, long wait_ms, void *user)
{
	struct http_client *client = user;

	(void)multi;
	loop_timer_at(client->timer,
		      wait_ms < 0 ? MONO_NEVER : clock_mono() + wait_ms);
	return 0;
}

static void on_timeout(void *arg)
{
	struct http_client *client = arg;
	int running;

	curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0,
				 &running);
	on_reap(client);
}

struct http_client *http_client_new(struct loop *loop)
{
	struct http_client *client = xcalloc(1, sizeof(*client));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	client->loop = loop;
	client->multi = curl_multi_init();
	client->timer = loop_timer_new(loop, on_timeout, client);
	client->reaper = loop_timer_new(loop, on_reap, client);
	list_init(&client->calls);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	list_for_each (at, &client->calls)
		call_free(list_item(at, struct http_call, link));
	curl_multi_cleanup(client->multi);
	loop_timer_free(client->timer);
	loop_timer_free(client->reaper);
	free(client);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user)
{
	struct http_call *call = user;

	buf_add(&call->body, bytes, size * n);
	return call->body.overflow ? 0 : size * n;
}

/* Keep "Name: value" when it is the header we look for. */
static void keep_header(const char *line, size_t len, const char *name,
			char **kept)
{
	size_t skip = strlen(name);

	if (len <= skip || line[skip] != ':' || strncasecmp(line, name, skip))
		return;
	line += skip + 1;
	len -= skip + 1;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len && strchr(" \t\r\n", line[len - 1]))
		len--;
	free(*kept);
	*kept = xstrndup(line, len);
}

static size_t on_header(char *bytes, size_t size, size_t n, void *user)
{
	struct http_call *call = user;

	call->header_bytes += size * n;
	if (call->header_bytes > MAX_HEADERS)
		return 0;
	/* A status line: what an interim answer had is not the last one's. */
	if (size * n > 5 && strncmp(bytes, "HTTP/", 5) == 0)
		forget_headers(call);
	keep_header(bytes, size * n, "Location", &call->location);
	keep_header(bytes, size * n, "ETag", &call->etag);
	keep_header(bytes, size * n, "X-Auth-Token", &call->token);
	keep_header(bytes, size * n, "Retry-After", &call->retry_after);
	return size * n;
}

static void set_tls(CURL *easy, const struct http_client_request *request)
{
	struct curl_blob ca = { 0 };

	/* The default CA directory costs 40 ms CPU for each connection. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (request->ca_pem) {
		ca.data = (void *)(uintptr_t)request->ca_pem;
		ca.len = strlen(request->ca_pem);
		ca.flags = CURL_BLOB_COPY;
		curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
	}
	if (request->pin_sha256)
		curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY,
				 request->pin_sha256);
	if (request->insecure || request->pin_sha256) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void set_body(CURL *easy, const struct http_client_request *request)
{
	if (request->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)strlen(request->body));
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
	}
	if (str_eq(request->method, "HEAD"))
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_options(struct http_call *call,
			const struct http_client_request *request)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)request->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)request->fresh);
	if (request->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
				 request->password ? request->password : "");
	}
	set_tls(easy, request);
	set_body(easy, request);
}

struct http_call *http_client_send(struct http_client *client,
				   const struct http_client_request *request,
				   http_client_fn done, void *arg)
{
	struct http_call *call = xcalloc(1, sizeof(*call));

	call->client = client;
	call->done = done;
	call->arg = arg;
	buf_init(&call->body, request->body_limit);
	list_add_tail(&client->calls, &call->link);
	for (size_t i = 0; request->headers && request->headers[i]; i++)
		call->headers =
			curl_slist_append(call->headers, request->headers[i]);
	call->headers = curl_slist_append(call->headers, "Expect:");
	call->easy = curl_easy_init();
	if (!call->easy)
		abort(); /* out of memory */
	set_options(call, request);
	curl_multi_add_handle(client->multi, call->easy);
	/* A URL that curl refuses is finished without any socket. */
	loop_timer_at(client->reaper, clock_mono());
	return call;
}

void http_client_cancel(struct http_call *call)
{
	if (call)
		call_free(call);
}
