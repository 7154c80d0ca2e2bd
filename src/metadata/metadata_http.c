/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/metadata_http.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "metadata/metadata_tree.h"

#define LIMIT   (1024 * 1024)
#define NOCLOUD "/metadata/nocloud/"

static void reply(struct http_request *req, bool found, const struct buf *body)
{
	if (!found)
		http_reply_text(req, 404, "not found\n");
	else if (body->overflow)
		http_reply_text(req, 500, "metadata over 1 MiB\n");
	else
		http_reply(req, 200, "text/plain; charset=utf-8", body->base,
			   body->len);
}

/* It says that an OS is up, and has come as far as cloud-init. */
static bool tell(const struct metadata_ops *ops, const json_t *hardware,
		 const char *path, bool found)
{
	static const char *const whats[] = { "meta-data", "user-data" };

	for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
		size_t n = strlen(whats[i]);

		if (!strncmp(path, whats[i], n) && (!path[n] || path[n] == '/'))
			ops->asked(ops->arg, hardware, whats[i], found);
	}
	return found;
}

static void handle_ec2(const struct metadata_ops *ops, struct http_request *req,
		       const char *path)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(LIMIT);
	AUTO_JSON json_t *hardware = NULL;
	ipv4 address;

	if (net_parse_ipv4(http_peer(req), &address))
		hardware = ops->by_ip(ops->arg, address);
	if (!hardware) {
		http_reply_text(req, 404, "no machine has this address\n");
		return;
	}
	reply(req,
	      tell(ops, hardware, path, metadata_ec2(hardware, path, &body)),
	      &body);
}

static void handle_phone_home(const struct metadata_ops *ops,
			      struct http_request *req, const char *token)
{
	size_t len;
	const char *body = http_body(req, &len);

	if (!str_eq(http_method(req), "POST")) {
		http_reply_allow(req, "POST");
		return;
	}
	ops->phoned_home(ops->arg, token, len ? body : "");
	http_reply_text(req, 200, "welcome\n");
}

static void handle_nocloud(const struct metadata_ops *ops,
			   struct http_request *req, const char *rest)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(LIMIT);
	size_t n = strcspn(rest, "/");
	AUTO_FREE char *token = xstrndup(rest, n);
	AUTO_FREE char *home = NULL;
	AUTO_JSON json_t *hardware = ops->by_token(ops->arg, token);
	const char *name = rest[n] ? rest + n + 1 : "";
	const char *host = http_header(req, "Host");

	if (!hardware) {
		http_reply_text(req, 404, "not found\n");
		return;
	}
	if (str_eq(name, "phone-home")) {
		handle_phone_home(ops, req, token);
		return;
	}
	/* cloud-init's Host has the port; it reached us by it. */
	home = host ? xasprintf("http://%s" NOCLOUD "%s/", host, token)
		    : xstrdup("");
	if (strpbrk(home, "\"\\\n\r"))
		home[0] = '\0';
	reply(req,
	      tell(ops, hardware, name,
		   metadata_nocloud(hardware, home, name, &body)),
	      &body);
}

bool metadata_http_handle(const struct metadata_ops *ops,
			  struct http_request *req)
{
	static const char *const versions[] = { "/2009-04-04", "/latest" };
	const char *path = http_path(req);

	if (str_starts(path, NOCLOUD)) {
		handle_nocloud(ops, req, path + strlen(NOCLOUD));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		size_t n = strlen(versions[i]);

		if (strncmp(path, versions[i], n))
			continue;
		if (!path[n] || path[n] == '/') {
			handle_ec2(ops, req, path[n] ? path + n + 1 : "");
			return true;
		}
	}
	return false;
}
