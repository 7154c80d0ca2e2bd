/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"

#define REPLY_LIMIT ((size_t)256 * 1024 * 1024)
#define LINE_LIMIT  ((size_t)16 * 1024 * 1024)
#define TOKEN_LIMIT 8192
#define CONNECT_MS  5000L
#define TIMEOUT_MS  60000L
#define EACH_MS     1500000L /* a BMC's longest operation takes 10 minutes */
#define TURN_MS     1000
#define SIDE_MS     100
#define SIDE_FDS    4
#define ACCEPT_JSON "Accept: application/json"
#define ACCEPT_TABLE                                                           \
	"Accept: application/json;as=Table;v=v1;g=meta.k8s.io,"                \
	"application/json"

struct client {
	CURL *easy;
	char *socket; /* NULL: by server */
	char *server;
	char *ca_file;
	char *authorization; /* header, or NULL */
	long timeout_ms;     /* of a request that is no watch */
};

struct request {
	const char *method;
	const char *path;
	const char *accept;
	const char *body; /* or NULL */
	long timeout_ms;  /* 0: none */
	struct buf reply;
	/* Of a watch only: */
	client_event_fn fn;
	void *arg;
	bool stopped;
	/* While it is under way: */
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char error[CURL_ERROR_SIZE];
};

static char *read_token(const char *path, struct err *err)
{
	char token[TOKEN_LIMIT];
	FILE *file = fopen(path, "re");
	char *header;
	bool got;

	if (!file) {
		err_errno(err, errno, "%s", path);
		return NULL;
	}
	got = fgets(token, sizeof(token), file);
	fclose(file);
	token[got ? strcspn(token, "\r\n") : 0] = '\0';
	if (!*token) {
		err_set(err, ERR_INVALID, "%s: no token in it", path);
		return NULL;
	}
	header = xasprintf("Authorization: Bearer %s", token);
	secret_wipe(token, sizeof(token));
	return header;
}

struct client *client_new(const struct client_target *target, struct err *err)
{
	struct client *client = xcalloc(1, sizeof(*client));

	client->timeout_ms = TIMEOUT_MS;
	client->easy = curl_easy_init();
	if (!client->easy)
		abort(); /* out of memory */
	if (target->server) {
		size_t len = strlen(target->server);

		while (len && target->server[len - 1] == '/')
			len--;
		client->server = xstrndup(target->server, len);
	} else {
		client->socket = xstrdup(target->socket);
		client->server = xstrdup("http://tomte");
	}
	if (target->ca_file)
		client->ca_file = xstrdup(target->ca_file);
	if (target->token_file) {
		client->authorization = read_token(target->token_file, err);
		if (!client->authorization) {
			client_free(client);
			return NULL;
		}
	}
	return client;
}

void client_hurry(struct client *client, long ms)
{
	client->timeout_ms = ms;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	if (client->authorization)
		secret_wipe(client->authorization,
			    strlen(client->authorization));
	free(client->authorization);
	free(client->ca_file);
	free(client->server);
	free(client->socket);
	curl_easy_cleanup(client->easy);
	free(client);
}

/* Whole lines of a watch to its callback; what is left waits for the rest. */
static bool on_lines(struct request *request)
{
	char *end;

	while ((end = memchr(request->reply.base, '\n', request->reply.len))) {
		size_t len = (size_t)(end - request->reply.base);
		struct err ignored;
		AUTO_JSON json_t *event =
			json_parse(request->reply.base, len, &ignored);
		bool more = !event || request->fn(request->arg, event);

		buf_drop(&request->reply, len + 1);
		if (!more) {
			request->stopped = true;
			return false;
		}
	}
	return true;
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct request *request = arg;
	long status = 0;

	buf_add(&request->reply, bytes, size * n);
	if (request->reply.overflow)
		return 0;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	if (request->fn && status == 200 && !on_lines(request))
		return 0;
	return size * n;
}

static enum err_code code_of_status(long status, const char *reason)
{
	switch (status) {
	case 400:
	case 405:
	case 415:
	case 422:
		return ERR_INVALID;
	case 401:
		return ERR_AUTH;
	case 403:
		return ERR_DENIED;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return reason && str_eq(reason, "AlreadyExists") ? ERR_EXISTS
								 : ERR_CONFLICT;
	case 410:
		return ERR_GONE;
	case 429:
	case 503:
		return ERR_BUSY;
	default:
		return ERR_PROTOCOL;
	}
}

/* The daemon refused: its own words, unchanged. */
static int refused(long status, const struct buf *reply, struct err *err)
{
	struct err ignored;
	AUTO_JSON json_t *body = json_parse(reply->base, reply->len, &ignored);
	const char *message = json_str_at(body, "message");
	enum err_code code =
		code_of_status(status, json_str_at(body, "reason"));

	if (message && *message)
		return err_set(err, code, "%s", message);
	return err_set(err, code, "the server answered %ld", status);
}

static int unreachable(const struct client *client,
		       const struct request *request, CURLcode status,
		       struct err *err)
{
	const char *where = client->socket ? client->socket : client->server;
	long errnum = 0;

	curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO, &errnum);
	if (status == CURLE_COULDNT_CONNECT &&
	    (errnum == EACCES || errnum == EPERM))
		return err_set(err, ERR_UNREACHABLE,
			       "cannot reach tomte at %s: permission denied",
			       where);
	switch (status) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(err, ERR_UNREACHABLE,
			       "cannot reach tomte at %s: is `tomte serve` "
			       "running?",
			       where);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return err_set(err, ERR_UNREACHABLE,
			       "tomte at %s went away before it answered",
			       where);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_UNREACHABLE,
			       "tomte at %s does not answer", where);
	default:
		return err_set(err, ERR_PROTOCOL, "%s: %s", where,
			       *request->error ? request->error
					       : curl_easy_strerror(status));
	}
}

static void add_header(struct curl_slist **list, const char *line)
{
	*list = curl_slist_append(*list, line);
	if (!*list)
		abort(); /* out of memory */
}

static void set_up(struct client *client, struct request *request)
{
	CURL *easy = request->easy;

	curl_easy_reset(easy); /* connections stay */
	request->error[0] = '\0';
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	/* An object called "." is not its collection. */
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	if (client->socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
				 client->socket);
	if (client->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
}

static void prepare(struct client *client, struct request *request, CURL *easy)
{
	request->easy = easy;
	request->url = xasprintf("%s%s", client->server, request->path);
	request->headers = NULL;
	add_header(&request->headers, request->accept);
	add_header(&request->headers, "Expect:"); /* no 100-continue dance */
	if (request->body)
		add_header(&request->headers,
			   str_eq(request->method, "PATCH")
				   ? "Content-Type: "
				     "application/merge-patch+json"
				   : "Content-Type: application/json");
	if (client->authorization)
		add_header(&request->headers, client->authorization);
	set_up(client, request);
}

/* It is over: whether it went well. */
static int conclude(const struct client *client, struct request *request,
		    CURLcode result, struct err *err)
{
	long status = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(request->headers);
	free(take_ptr(request->url));
	if (request->reply.overflow)
		return err_set(err, ERR_TOO_BIG, "the answer is too big");
	if (request->stopped)
		return 0;
	if (result != CURLE_OK)
		return unreachable(client, request, result, err);
	if (status < 200 || status > 299)
		return refused(status, &request->reply, err);
	return 0;
}

static int perform(struct client *client, struct request *request,
		   struct err *err)
{
	prepare(client, request, client->easy);
	return conclude(client, request, curl_easy_perform(client->easy), err);
}

static json_t *parse_reply(struct request *request, struct err *err)
{
	json_t *reply =
		json_parse(request->reply.base, request->reply.len, err);

	if (!reply)
		err_wrap(err, "the server's answer");
	return reply;
}

static json_t *exchange(struct client *client, struct request *request,
			struct err *err)
{
	json_t *reply = NULL;

	request->timeout_ms = client->timeout_ms;
	buf_init(&request->reply, REPLY_LIMIT);
	if (!perform(client, request, err))
		reply = parse_reply(request, err);
	secret_release(&request->reply);
	return reply;
}

json_t *client_get(struct client *client, const char *path, struct err *err)
{
	struct request request = {
		.method = "GET",
		.path = path,
		.accept = ACCEPT_JSON,
	};

	return exchange(client, &request, err);
}

json_t *client_get_table(struct client *client, const char *path,
			 struct err *err)
{
	struct request request = {
		.method = "GET",
		.path = path,
		.accept = ACCEPT_TABLE,
	};

	return exchange(client, &request, err);
}

json_t *client_send(struct client *client, const char *method, const char *path,
		    const json_t *body, struct err *err)
{
	char *text = body ? json_text(body) : NULL;
	struct request request = {
		.method = method,
		.path = path,
		.accept = ACCEPT_JSON,
		.body = text,
	};
	json_t *reply = exchange(client, &request, err);

	if (text)
		secret_wipe(text, strlen(text)); /* of a Secret, perhaps */
	free(text);
	return reply;
}

int client_watch(struct client *client, const char *path, bool table,
		 client_event_fn fn, void *arg, struct err *err)
{
	struct request request = {
		.method = "GET",
		.path = path,
		.accept = table ? ACCEPT_TABLE : ACCEPT_JSON,
		.fn = fn,
		.arg = arg,
	};
	int status;

	buf_init(&request.reply, LINE_LIMIT);
	status = perform(client, &request, err);
	buf_release(&request.reply);
	return status;
}

/* ---- many at a time ---- */

struct flight {
	struct request request;
	char *body;
	size_t i;
};

struct flights {
	struct client *client;
	CURLM *multi;
	const struct client_ask *asks;
	size_t n;
	size_t next; /* to be begun */
	size_t under_way;
	client_reply_fn fn;
	void *arg;
};

static void begin(struct flights *flights)
{
	const struct client_ask *ask = &flights->asks[flights->next];
	struct flight *flight = xcalloc(1, sizeof(*flight));
	CURL *easy = curl_easy_init();

	if (!easy)
		abort(); /* out of memory */
	flight->i = flights->next++;
	flight->body = ask->body ? json_text(ask->body) : NULL;
	flight->request = (struct request){ .method = ask->method,
					    .path = ask->path,
					    .accept = ACCEPT_JSON,
					    .body = flight->body,
					    .timeout_ms = EACH_MS };
	buf_init(&flight->request.reply, REPLY_LIMIT);
	prepare(flights->client, &flight->request, easy);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, flight);
	curl_multi_add_handle(flights->multi, easy);
	flights->under_way++;
}

static void end(struct flights *flights, CURL *easy, CURLcode result)
{
	struct flight *flight = NULL;
	AUTO_JSON json_t *reply = NULL;
	struct err err;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &flight);
	if (!conclude(flights->client, &flight->request, result, &err))
		reply = parse_reply(&flight->request, &err);
	curl_multi_remove_handle(flights->multi, easy);
	curl_easy_cleanup(easy);
	flights->under_way--;
	flights->fn(flights->arg, flight->i, reply, reply ? NULL : &err);
	secret_release(&flight->request.reply);
	if (flight->body)
		secret_wipe(flight->body, strlen(flight->body));
	free(flight->body);
	free(flight);
}

void client_each(struct client *client, const struct client_ask *asks, size_t n,
		 size_t parallel, client_reply_fn fn, void *arg)
{
	struct flights flights = { .client = client,
				   .multi = curl_multi_init(),
				   .asks = asks,
				   .n = n,
				   .fn = fn,
				   .arg = arg };
	CURLMsg *message;
	int running;
	int left;

	if (!flights.multi)
		abort(); /* out of memory */
	while (flights.next < n || flights.under_way) {
		while (flights.next < n && flights.under_way < parallel)
			begin(&flights);
		curl_multi_perform(flights.multi, &running);
		while ((message = curl_multi_info_read(flights.multi, &left)))
			if (message->msg == CURLMSG_DONE)
				end(&flights, message->easy_handle,
				    message->data.result);
		if (flights.under_way)
			curl_multi_poll(flights.multi, NULL, 0, TURN_MS, NULL);
	}
	curl_multi_cleanup(flights.multi);
}

/* ---- a stream, and something else ---- */

static void wait_for_any(CURLM *multi, const struct client_side *side)
{
	struct curl_waitfd fds[SIDE_FDS];
	unsigned n = 0;

	for (; n < side->n_fds && n < SIDE_FDS; n++)
		fds[n] = (struct curl_waitfd){ .fd = side->fds[n],
					       .events = CURL_WAIT_POLLIN };
	curl_multi_poll(multi, fds, n, SIDE_MS, NULL);
}

/* Until the stream ends, or somebody has had enough. */
static CURLcode run_beside(struct request *request, CURLM *multi,
			   const struct client_side *side, void *arg)
{
	CURLMsg *message;
	int running = 1;
	int left;

	for (;;) {
		curl_multi_perform(multi, &running);
		message = curl_multi_info_read(multi, &left);
		if (message && message->msg == CURLMSG_DONE)
			return message->data.result;
		if (!side->look(arg)) {
			request->stopped = true;
			return CURLE_OK;
		}
		wait_for_any(multi, side);
	}
}

int client_converse(struct client *client, const char *path, client_event_fn fn,
		    const struct client_side *side, void *arg, struct err *err)
{
	struct request request = {
		.method = "POST",
		.path = path,
		.accept = ACCEPT_JSON,
		.body = "{}",
		.fn = fn,
		.arg = arg,
	};
	CURLM *multi = curl_multi_init();
	CURLcode result;
	int status;

	if (!multi)
		abort(); /* out of memory */
	buf_init(&request.reply, LINE_LIMIT);
	prepare(client, &request, client->easy);
	curl_multi_add_handle(multi, client->easy);
	result = run_beside(&request, multi, side, arg);
	curl_multi_remove_handle(multi, client->easy);
	status = conclude(client, &request, result, err);
	curl_multi_cleanup(multi);
	buf_release(&request.reply);
	return status;
}
