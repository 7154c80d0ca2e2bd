/* SPDX-License-Identifier: Apache-2.0 */
#ifndef METADATA_METADATA_HTTP_H
#define METADATA_METADATA_HTTP_H

#include "base/http_server.h"
#include "base/json.h"

/*
 * The metadata service:
 *
 *	/2009-04-04/... and /latest/...	by the caller's address
 *	/metadata/nocloud/TOKEN/NAME	by a token that only the machine has
 *	/metadata/nocloud/TOKEN/phone-home	POST: the installed OS is up
 */
struct metadata_ops {
	/* The Hardware object, a new reference; NULL: unknown. */
	json_t *(*by_ip)(void *arg, ipv4 address);
	json_t *(*by_token)(void *arg, const char *token);
	void (*phoned_home)(void *arg, const char *token, const char *text);
	/* "meta-data" or "user-data" was asked for; false: there is none. */
	void (*asked)(void *arg, const json_t *hardware, const char *what,
		      bool found);
	void *arg;
};

/* False: the path is none of these. */
bool metadata_http_handle(const struct metadata_ops *ops,
			  struct http_request *req);

#endif
