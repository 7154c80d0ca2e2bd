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
	char error[CURL_ERROR_SIZE];
};

struct request {
	const char *method;
	const char *path;
	const char *accept;
	const char *body; /* or NULL */
	struct buf reply;
	/* Of a watch only: */
	client_event_fn fn;
	void *arg;
	CURL *easy;
	bool stopped;
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

static int unreachable(struct client *client, CURLcode status, struct err *err)
{
	const char *where = client->socket ? client->socket : client->server;
	long errnum = 0;

	curl_easy_getinfo(client->easy, CURLINFO_OS_ERRNO, &errnum);
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
			       *client->error ? client->error
					      : curl_easy_strerror(status));
	}
}

static void add_header(struct curl_slist **list, const char *line)
{
	*list = curl_slist_append(*list, line);
	if (!*list)
		abort(); /* out of memory */
}

static void set_up(struct client *client, struct request *request,
		   const char *url, struct curl_slist *headers)
{
	CURL *easy = client->easy;

	curl_easy_reset(easy); /* connections stay */
	client->error[0] = '\0';
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_URL, url);
	/* An object called "." is not its collection. */
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	if (client->socket)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
				 client->socket);
	if (client->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	if (!request->fn)
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, client->timeout_ms);
}

static int perform(struct client *client, struct request *request,
		   struct err *err)
{
	AUTO_FREE char *url = xasprintf("%s%s", client->server, request->path);
	struct curl_slist *headers = NULL;
	CURLcode result;
	long status = 0;

	add_header(&headers, request->accept);
	add_header(&headers, "Expect:"); /* no 100-continue dance */
	if (request->body)
		add_header(&headers,
			   str_eq(request->method, "PATCH")
				   ? "Content-Type: "
				     "application/merge-patch+json"
				   : "Content-Type: application/json");
	if (client->authorization)
		add_header(&headers, client->authorization);
	request->easy = client->easy;
	set_up(client, request, url, headers);
	result = curl_easy_perform(client->easy);
	curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (request->reply.overflow)
		return err_set(err, ERR_TOO_BIG, "the answer is too big");
	if (result != CURLE_OK && !request->stopped)
		return unreachable(client, result, err);
	if (status < 200 || status > 299)
		return refused(status, &request->reply, err);
	return 0;
}

static json_t *exchange(struct client *client, struct request *request,
			struct err *err)
{
	json_t *reply = NULL;

	buf_init(&request->reply, REPLY_LIMIT);
	if (!perform(client, request, err)) {
		reply = json_parse(request->reply.base, request->reply.len,
				   err);
		if (!reply)
			err_wrap(err, "the server's answer");
	}
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
