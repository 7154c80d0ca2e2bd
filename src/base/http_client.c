/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bucket.h"
#include "base/buf.h"
#include "base/http_pool.h"
#include "base/str.h"

/* All header lines of a request's answers. */
#define MAX_HEADERS (64 * 1024)

/*
 * Pools that look at the system's certificates each keep a copy of them,
 * some megabytes: those requests share a few.
 */
#define N_BUNDLE_POOLS 2

/* An open connection of TLS costs 30 kB: half a gigabyte. */
#define MOST_KEPT 16384

static const struct http_client_config defaults = {
	.n_pools = 64,
	.linger_ms = 45000,
	.n_kept_pools = 1024,
	.keep_ms = 120000,
	.kept_most = MOST_KEPT,
	.connects_s = 200,
	.connects_most = 50,
};

struct http_client {
	struct loop *loop;
	struct http_client_config config;
	struct http_pool **pools; /* NULL: not in use; the kept ones behind */
	size_t n_open;            /* connections */
	size_t next_pool;         /* for the next peer */
	uint64_t last_id;         /* of a pool */
	struct list old;          /* pools that get no new requests */
	struct list calls;
	struct list waiting; /* calls, for their turn to connect */
	struct bucket connects;
	struct loop_timer *turn; /* of the first that waits */
	struct loop_timer *tick; /* frees pools; while there are any */
};

struct http_peer {
	struct http_client *client;
	CURL *easy; /* NULL: a call has it */
	size_t pool;
	uint64_t pool_id;   /* where its connection is, if it is kept */
	mono_ms kept_until; /* in a kept pool; 0: it is not */
	struct http_call *call;
};

struct http_call {
	struct list link;
	struct http_client *client;
	struct http_peer *peer;
	struct http_pool *pool; /* NULL: it waits for its turn */
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t header_bytes;
	char *location;
	char *etag;
	char *token;
	char *retry_after;
	char error[CURL_ERROR_SIZE];
	size_t slot;  /* index of its pool */
	bool keep;    /* for the next one */
	bool by_kept; /* it should need no new connection */
	bool aside;   /* on one of its own, beside the kept one */
	mono_ms deadline;
	http_client_fn done;
	void *arg;
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

/* The handle goes back to the peer, or away. */
static void detach(struct http_call *call)
{
	list_remove(&call->link);
	if (call->pool)
		http_pool_remove(call->pool, call->easy);
	call->pool = NULL;
	if (call->peer) {
		curl_easy_reset(call->easy);
		call->peer->easy = call->easy;
		call->peer->call = NULL;
	} else {
		curl_easy_cleanup(call->easy);
	}
	call->easy = NULL;
}

static void call_free(struct http_call *call)
{
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

static void tell(struct http_call *call, struct http_client_response *response)
{
	response->location = call->location;
	response->etag = call->etag;
	response->token = call->token;
	response->retry_after = call->retry_after;
	detach(call);
	call->done(call->arg, response);
	call_free(call);
}

/* What is left of a connection for the next request. */
static void note_kept(const struct http_call *call, CURLcode status)
{
	if (call->keep)
		call->peer->kept_until =
			status == CURLE_OK
				? clock_mono() + call->client->config.keep_ms
				: 0;
	else if (call->by_kept)
		call->peer->kept_until = 0;
}

/* The pool has let the handle go. */
static void on_ended(void *private, CURLcode status)
{
	struct http_call *call = private;
	struct http_client_response response = { .body = "" };
	long number = 0;
	long sent = 0;
	long n_connects = 0;
	const char *url = "";

	call->pool = NULL;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &number);
	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &url);
	curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &n_connects);
	response.sent = sent > 0;
	if (call->by_kept)
		response.kept = status == CURLE_OK && !n_connects
					? HTTP_KEPT_USED
					: HTTP_KEPT_LOST;
	else if (call->aside)
		response.kept = HTTP_KEPT_ASIDE;
	note_kept(call, status);
	if (status == CURLE_OK) {
		response.status = (int)number;
		response.body = call->body.base;
		response.body_len = call->body.len;
	} else {
		const char *text =
			*call->error ? call->error : curl_easy_strerror(status);

		err_set(&response.err, code_of(status, response.sent, text),
			"%s: %s", url, text);
		if (call->body.overflow)
			err_set(&response.err, ERR_TOO_BIG,
				"%s: an answer of more than %zu bytes", url,
				call->body.limit);
	}
	tell(call, &response);
}

/* ---- pools, and turns to connect ---- */

static bool is_kept_slot(const struct http_client *client, size_t slot)
{
	return slot >= client->config.n_pools;
}

static size_t n_slots(const struct http_client *client)
{
	return client->config.n_pools + client->config.n_kept_pools;
}

static bool is_old(const struct http_client *client, size_t slot, mono_ms now)
{
	const struct http_pool *pool = client->pools[slot];

	if (is_kept_slot(client, slot))
		return now - pool->used >= client->config.keep_ms;
	return now - pool->born >= client->config.linger_ms;
}

/* From a timer, so that no pool is freed inside of its own calls. */
static void on_tick(void *arg)
{
	struct http_client *client = arg;
	mono_ms now = clock_mono();
	bool any = false;

	for (size_t i = 0; i < n_slots(client); i++) {
		struct http_pool *pool = client->pools[i];

		if (pool && is_old(client, i, now)) {
			list_add_tail(&client->old, &pool->link);
			client->pools[i] = NULL;
		}
		any = any || client->pools[i];
	}
	list_for_each (at, &client->old) {
		struct http_pool *pool = list_item(at, struct http_pool, link);

		if (pool->running)
			any = true;
		else
			http_pool_free(pool);
	}
	if (any)
		loop_timer_at(client->tick,
			      now + client->config.linger_ms / 8 + 1);
}

static struct http_pool *pool_of(struct http_client *client, size_t slot)
{
	struct http_pool *pool = client->pools[slot];
	mono_ms now = clock_mono();

	if (pool && !is_old(client, slot, now))
		return pool;
	if (pool)
		list_add_tail(&client->old, &pool->link);
	pool = http_pool_new(client->loop, on_ended);
	pool->id = ++client->last_id;
	client->pools[slot] = pool;
	loop_timer_at(client->tick, now + client->config.linger_ms / 8 + 1);
	return pool;
}

/* Whether it will most probably make a connection. */
static bool connects(const struct http_call *call, bool fresh)
{
	const struct http_client *client = call->client;
	const struct http_pool *pool = client->pools[call->slot];

	return fresh || !call->peer || !pool ||
	       is_old(client, call->slot, clock_mono()) ||
	       call->peer->pool_id != pool->id;
}

static void start(struct http_call *call)
{
	struct http_client *client = call->client;

	list_remove(&call->link);
	list_add_tail(&client->calls, &call->link);
	call->pool = pool_of(client, call->slot);
	if (call->peer && !call->aside)
		call->peer->pool_id = call->pool->id;
	http_pool_add(call->pool, call->easy);
}

static void arm_turn(struct http_client *client)
{
	if (!list_empty(&client->waiting))
		loop_timer_at(client->turn, bucket_next(&client->connects));
}

static void tell_late(struct http_call *call)
{
	struct http_client_response response = { .body = "" };

	err_set(&response.err, ERR_TIMEOUT,
		"too many connections are being made: no turn in time");
	tell(call, &response);
}

static void on_turn(void *arg)
{
	struct http_client *client = arg;
	mono_ms now = clock_mono();
	struct list late;
	struct http_call *call;

	list_init(&late);
	list_for_each (at, &client->waiting) {
		call = list_item(at, struct http_call, link);
		if (now >= call->deadline) {
			list_remove(&call->link);
			list_add_tail(&late, &call->link);
		} else if (bucket_take(&client->connects, now)) {
			curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS,
					 (long)(call->deadline - now));
			start(call);
		}
	}
	while ((call = list_first(&late, struct http_call, link)))
		tell_late(call);
	arm_turn(client);
}

/* There have to be descriptors for others, too. */
struct http_client *http_client_new(struct loop *loop)
{
	struct http_client_config config = defaults;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur - limit.rlim_cur / 4 < MOST_KEPT)
		config.kept_most = limit.rlim_cur - limit.rlim_cur / 4;
	return http_client_new_with(loop, &config);
}

struct http_client *
http_client_new_with(struct loop *loop, const struct http_client_config *config)
{
	struct http_client *client = xcalloc(1, sizeof(*client));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	client->loop = loop;
	client->config = *config;
	client->pools = xcalloc(n_slots(client), sizeof(*client->pools));
	list_init(&client->old);
	list_init(&client->calls);
	list_init(&client->waiting);
	bucket_init(&client->connects, config->connects_s,
		    config->connects_most, clock_mono());
	client->turn = loop_timer_new(loop, on_turn, client);
	client->tick = loop_timer_new(loop, on_tick, client);
	return client;
}

size_t http_client_open(const struct http_client *client)
{
	return client->n_open;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	list_for_each (at, &client->waiting)
		http_client_cancel(list_item(at, struct http_call, link));
	list_for_each (at, &client->calls)
		http_client_cancel(list_item(at, struct http_call, link));
	for (size_t i = 0; i < n_slots(client); i++)
		if (client->pools[i])
			http_pool_free(client->pools[i]);
	list_for_each (at, &client->old)
		http_pool_free(list_item(at, struct http_pool, link));
	loop_timer_free(client->turn);
	loop_timer_free(client->tick);
	free(client->pools);
	free(client);
}

static CURL *new_handle(void)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		abort(); /* out of memory */
	return easy;
}

struct http_peer *http_peer_new(struct http_client *client)
{
	struct http_peer *peer = xcalloc(1, sizeof(*peer));

	peer->client = client;
	peer->pool = client->next_pool++;
	peer->easy = new_handle();
	return peer;
}

void http_peer_free(struct http_peer *peer)
{
	if (!peer)
		return;
	http_client_cancel(peer->call);
	curl_easy_cleanup(peer->easy);
	free(peer);
}

/* ---- a request ---- */

/*
 * A connection that waits keeps the buffer of its last read, 16 KiB: with
 * OpenSSL 3.0 also where SSL_MODE_RELEASE_BUFFERS is set, as libcurl does.
 * The pointer to it is there in callbacks only.
 */
static void drop_read_buffer(const struct http_call *call)
{
	struct curl_tlssessioninfo *tls = NULL;

	if (curl_easy_getinfo(call->easy, CURLINFO_TLS_SSL_PTR, &tls) ==
		    CURLE_OK &&
	    tls && tls->backend == CURLSSLBACKEND_OPENSSL && tls->internals)
		SSL_free_buffers(tls->internals);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user)
{
	struct http_call *call = user;

	buf_add(&call->body, bytes, size * n);
	drop_read_buffer(call);
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
	if (size * n == 2) /* the last line: there may be no body */
		drop_read_buffer(call);
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

static curl_socket_t on_open(void *user, curlsocktype purpose,
			     struct curl_sockaddr *address)
{
	struct http_client *client = user;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
			address->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	client->n_open++;
	return fd;
}

static int on_close(void *user, curl_socket_t fd)
{
	struct http_client *client = user;

	client->n_open--;
	return close(fd);
}

static void set_connection(struct http_call *call,
			   const struct http_client_request *request)
{
	struct http_client *client = call->client;
	size_t most = client->config.kept_most;
	bool crowded = most && client->n_open >= most && !call->by_kept;
	CURL *easy = call->easy;

	if (crowded) /* it is closed behind this, and the next one knows */
		call->keep = false;
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, client);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, client);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)request->fresh);
	if (is_kept_slot(client, call->slot))
		curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN,
				 (long)(client->config.keep_ms / 1000));
	if (crowded || call->aside || (call->by_kept && !call->keep))
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

static void set_options(struct http_call *call,
			const struct http_client_request *request)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
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
	if (request->decode)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	if (request->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD,
				 request->password ? request->password : "");
	}
	set_connection(call, request);
	set_tls(easy, request);
	set_body(easy, request);
}

/* By host where there is no peer, so that connections are found again. */
static size_t hash_host(const char *url)
{
	const char *host = strstr(url, "://");
	size_t hash = 0;

	host = host ? host + 3 : url;
	for (size_t i = 0; host[i] && host[i] != '/'; i++)
		hash = hash * 31 + (unsigned char)host[i];
	return hash;
}

static size_t slot_of(const struct http_call *call,
		      const struct http_client_request *request)
{
	const struct http_client_config *config = &call->client->config;
	size_t slot =
		request->peer ? request->peer->pool : hash_host(request->url);

	if (!request->ca_pem && !request->pin_sha256 && !request->insecure)
		slot %= N_BUNDLE_POOLS;
	if (call->keep || call->by_kept)
		return config->n_pools + slot % config->n_kept_pools;
	return slot % config->n_pools;
}

/* On which connection it goes, and what becomes of that. */
static void choose(struct http_call *call,
		   const struct http_client_request *request, mono_ms now)
{
	bool kept = request->peer && request->peer->kept_until > now;

	call->by_kept = kept && !request->fresh;
	call->aside = kept && request->fresh;
	call->keep = request->keep && request->peer && !call->aside &&
		     call->client->config.n_kept_pools > 0;
	call->slot = slot_of(call, request);
}

static CURL *take_handle(struct http_call *call)
{
	struct http_peer *peer = call->peer;
	CURL *easy;

	if (!peer)
		return new_handle();
	assert(!peer->call);
	easy = peer->easy;
	peer->easy = NULL;
	peer->call = call;
	return easy;
}

struct http_call *http_client_send(struct http_client *client,
				   const struct http_client_request *request,
				   http_client_fn done, void *arg)
{
	struct http_call *call = xcalloc(1, sizeof(*call));
	mono_ms now = clock_mono();

	call->client = client;
	call->peer = request->peer;
	call->done = done;
	call->arg = arg;
	choose(call, request, now);
	call->deadline = now + request->timeout_ms;
	buf_init(&call->body, request->body_limit);
	list_init(&call->link);
	for (size_t i = 0; request->headers && request->headers[i]; i++)
		call->headers =
			curl_slist_append(call->headers, request->headers[i]);
	call->headers = curl_slist_append(call->headers, "Expect:");
	call->easy = take_handle(call);
	set_options(call, request);
	if (!connects(call, request->fresh) ||
	    (list_empty(&client->waiting) &&
	     bucket_take(&client->connects, now))) {
		start(call);
	} else {
		list_add_tail(&client->waiting, &call->link);
		arm_turn(client);
	}
	return call;
}

void http_client_cancel(struct http_call *call)
{
	if (!call)
		return;
	detach(call);
	call_free(call);
}
