/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/client.h"

#include <string.h>

#include "base/str.h"

#define CONNECT_MS 5000L

struct client {
	const struct config *config;
	CURLM *multi;
	CURL *easy;
	bool sent;
	struct curl_slist *headers;
	struct buf body;
	char why[CURL_ERROR_SIZE];
};

struct client *client_new(const struct config *config)
{
	struct client *client = xcalloc(1, sizeof(*client));

	client->config = config;
	client->multi = curl_multi_init();
	client->easy = curl_easy_init();
	if (!client->multi || !client->easy)
		abort();
	buf_init(&client->body, TASK_BODY_MAX);
	return client;
}

static void forget_request(struct client *client)
{
	if (client->sent)
		curl_multi_remove_handle(client->multi, client->easy);
	client->sent = false;
	curl_slist_free_all(client->headers);
	client->headers = NULL;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	forget_request(client);
	curl_easy_cleanup(client->easy);
	curl_multi_cleanup(client->multi);
	buf_release(&client->body);
	free(client);
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct client *client = arg;

	buf_add(&client->body, bytes, size * n);
	return client->body.overflow ? 0 : size * n;
}

static void add_header(struct client *client, const char *name,
		       const char *value)
{
	AUTO_FREE char *line = xasprintf("%s: %s", name, value);

	client->headers = curl_slist_append(client->headers, line);
	if (!client->headers)
		abort();
}

static void set_target(struct client *client,
		       const struct agent_output *request)
{
	CURL *easy = client->easy;
	AUTO_FREE char *url =
		xasprintf("%s%s", client->config->server, request->path);
	AUTO_FREE char *bearer = xasprintf("Bearer %s", client->config->token);

	curl_easy_setopt(easy, CURLOPT_URL, url);
	add_header(client, "Authorization", bearer);
	add_header(client, "Expect", "");
	if (request->session[0])
		add_header(client, TASK_SESSION_HEADER, request->session);
	if (request->post) {
		add_header(client, "Content-Type", "application/json");
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)request->len);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
	}
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
}

void client_send(struct client *client, const struct agent_output *request)
{
	CURL *easy = client->easy;
	struct curl_blob ca = {
		.data = (void *)(uintptr_t)client->config->ca,
		.len = strlen(client->config->ca),
		.flags = CURL_BLOB_NOCOPY,
	};

	forget_request(client);
	buf_clear(&client->body);
	client->why[0] = '\0';
	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->why);
	/* No other trust: not the host's either, when run on one. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	if (ca.len)
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
	set_target(client, request);
	curl_multi_add_handle(client->multi, easy);
	client->sent = true;
}

void client_wait(struct client *client, struct curl_waitfd *fds, unsigned n,
		 int timeout_ms)
{
	int running = 0;

	curl_multi_perform(client->multi, &running);
	if (client->sent && !running)
		return;
	curl_multi_poll(client->multi, fds, n, timeout_ms, NULL);
	curl_multi_perform(client->multi, &running);
}

bool client_answer(struct client *client, int *status, const struct buf **body)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left))) {
		CURLcode code = message->data.result;
		long response = 0;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE,
				  &response);
		*status = (int)response;
		if (code) {
			*status = 0;
			buf_clear(&client->body);
			buf_adds(&client->body,
				 client->why[0] ? client->why
						: curl_easy_strerror(code));
		}
		forget_request(client);
		*body = &client->body;
		return true;
	}
	return false;
}
