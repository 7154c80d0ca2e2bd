/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/discovery_wire.h"
#include "api/openapi_wire.h"
#include "base/http_wire.h"
#include "base/secret.h"
#include "base/str.h"

/*
 * Documents that are the same for all and for ever: discovery and OpenAPI.
 * Each is made when it is first asked for and kept as a text.
 */
#define MAX_DOCUMENTS 64
#define MAX_BYTES     (16UL * 1024 * 1024)
#define ETAG          20

struct document {
	char name[200];
	struct buf text;
	char etag[ETAG];
};

struct documents {
	const struct schemas *schemas;
	struct document list[MAX_DOCUMENTS];
	size_t n;
};

struct documents *documents_new(const struct schemas *schemas)
{
	struct documents *documents = xcalloc(1, sizeof(*documents));

	documents->schemas = schemas;
	return documents;
}

void documents_free(struct documents *documents)
{
	if (!documents)
		return;
	for (size_t i = 0; i < documents->n; i++)
		buf_release(&documents->list[i].text);
	free(documents);
}

static const struct document *find(const struct documents *documents,
				   const char *name)
{
	for (size_t i = 0; i < documents->n; i++)
		if (str_eq(documents->list[i].name, name))
			return &documents->list[i];
	return NULL;
}

/* Steals the text. There are as many as the table of kinds makes. */
static const struct document *keep(struct documents *documents,
				   const char *name, struct buf *text)
{
	struct document *document = &documents->list[documents->n];
	char digest[SECRET_DIGEST_TEXT];

	if (documents->n == MAX_DOCUMENTS)
		abort();
	documents->n++;
	snprintf(document->name, sizeof(document->name), "%s", name);
	document->text = *text;
	buf_init(text, 0);
	secret_digest(document->text.base, document->text.len, digest);
	snprintf(document->etag, sizeof(document->etag), "\"%.16s\"", digest);
	return document;
}

/* Steals value; NULL: there is no such document. */
static const struct document *keep_json(struct documents *documents,
					const char *name, json_t *value)
{
	AUTO_JSON json_t *owned = value;
	AUTO_FREE char *text = NULL;
	struct buf bytes = BUF_INIT(MAX_BYTES);

	if (!owned)
		return NULL;
	text = json_text(owned);
	buf_adds(&bytes, text);
	return keep(documents, name, &bytes);
}

static void reply(struct call *call, const struct document *document,
		  const char *type)
{
	const char *known = http_header(call->req, "If-None-Match");

	/* By Accept there is more than one form under a path. */
	http_set_header(call->req, "Vary", "Accept");
	http_set_header(call->req, "ETag", document->etag);
	call->status = 200;
	if (known && http_etag_listed(known, document->etag)) {
		call->status = 304;
		http_reply(call->req, 304, type, "", 0);
		return;
	}
	http_reply(call->req, 200, type, document->text.base,
		   document->text.len);
}

static json_t *make_index(struct call *call);

static json_t *make(struct call *call)
{
	const struct route *route = &call->route;

	switch (route->what) {
	case ROUTE_CORE:
		return discovery_core_versions();
	case ROUTE_GROUPS:
		return discovery_groups();
	case ROUTE_GROUP:
		return discovery_group(route->group);
	case ROUTE_RESOURCES:
		return discovery_resources(route->group, route->version);
	case ROUTE_OPENAPI_V2:
		return openapi_v2(call->api->schemas);
	case ROUTE_OPENAPI_V3:
		return make_index(call);
	case ROUTE_OPENAPI_V3_GROUP:
		return openapi_v3(call->api->schemas, route->group,
				  route->version);
	default:
		return discovery_version();
	}
}

/* Kept by what was asked for, however the path was spelt. NULL: there is no
 * such document. */
static const struct document *take(struct call *call)
{
	struct documents *documents = call->api->documents;
	const struct route *route = &call->route;
	AUTO_FREE char *name = xasprintf("%d %s %s", (int)route->what,
					 route->group, route->version);
	const struct document *document = find(documents, name);

	return document ? document : keep_json(documents, name, make(call));
}

/* The index names each document by a digest of it, so that clients may keep
 * it for ever. */
static json_t *make_index(struct call *call)
{
	json_t *paths = json_object();
	struct call inner = *call;

	inner.route.what = ROUTE_OPENAPI_V3_GROUP;
	for (size_t i = 0; i < n_kinds; i++) {
		AUTO_FREE char *name = NULL;
		AUTO_FREE char *path = NULL;
		AUTO_FREE char *url = NULL;
		const struct document *document;

		name = *kinds[i].group ? xasprintf("apis/%s/%s", kinds[i].group,
						   kinds[i].version)
				       : xasprintf("api/%s", kinds[i].version);
		if (json_object_get(paths, name))
			continue;
		path = xasprintf("/openapi/v3/%s", name);
		str_copy(inner.route.group, sizeof(inner.route.group),
			 kinds[i].group);
		str_copy(inner.route.version, sizeof(inner.route.version),
			 kinds[i].version);
		document = take(&inner);
		url = xasprintf("%s?hash=%.16s", path, document->etag + 1);
		json_object_set_new(
			paths, name,
			json_pack("{s:s}", "serverRelativeURL", url));
	}
	return json_pack("{s:o}", "paths", paths);
}

static int answer_aggregated(struct call *call, enum accept_discovery form)
{
	bool core = call->route.what == ROUTE_CORE;
	const char *version = form == ACCEPT_V2 ? "v2" : "v2beta1";
	struct documents *documents = call->api->documents;
	AUTO_FREE char *name =
		xasprintf("aggregated %s %s", core ? "core" : "all", version);
	AUTO_FREE char *type = xasprintf("application/json;g=apidiscovery.k8s."
					 "io;v=%s;as=APIGroupDiscoveryList",
					 version);
	const struct document *document = find(documents, name);

	if (!document)
		document = keep_json(documents, name,
				     discovery_aggregated(core, version));
	reply(call, document, type);
	return 0;
}

static int answer_protobuf(struct call *call)
{
	struct documents *documents = call->api->documents;
	const struct document *document = find(documents, "v2 protobuf");
	struct buf bytes = BUF_INIT(MAX_BYTES);
	AUTO_JSON json_t *json = NULL;

	if (!document) {
		json = openapi_v2(call->api->schemas);
		openapi_protobuf(json, &bytes);
		document = keep(documents, "v2 protobuf", &bytes);
	}
	reply(call, document, OPENAPI_PROTOBUF_TYPE);
	return 0;
}

int call_document(struct call *call, struct err *err)
{
	static const char *const forms[] = { "application/json",
					     OPENAPI_PROTOBUF_ASKED };
	const char *accept = http_header(call->req, "Accept");
	const struct document *document;

	if (call->route.what == ROUTE_CORE ||
	    call->route.what == ROUTE_GROUPS) {
		enum accept_discovery form = accept_discovery_of(accept);

		if (form != ACCEPT_LEGACY)
			return answer_aggregated(call, form);
	}
	if (call->route.what == ROUTE_OPENAPI_V2 &&
	    accept_first(accept, forms, ARRAY_LEN(forms)) == 1)
		return answer_protobuf(call);
	document = take(call);
	if (!document)
		return err_set(err, ERR_NOT_FOUND,
			       "the server could not find the requested "
			       "resource: %.200s",
			       http_path(call->req));
	reply(call, document, "application/json");
	return 0;
}
