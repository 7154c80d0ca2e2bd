/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "api/body_wire.h"
#include "api/call.h"
#include "api/protobuf_wire.h"
#include "base/str.h"
#include "base/yaml.h"

/*
 * The bodies of requests. What cannot be read is 400, whichever bound or
 * rule it broke.
 */

/* It takes ten times what JSON takes. Kubernetes stores no larger objects. */
#define MAX_YAML (3UL * 512 * 1024)

static bool is_media(const char *type, const char *media)
{
	size_t len = strcspn(type, "; ");

	return strlen(media) == len && !strncasecmp(type, media, len);
}

static const char *type_of(const struct call *call)
{
	const char *type = http_header(call->req, "Content-Type");

	return type ? type : "";
}

int call_wrong_media(struct call *call, const char *advice, struct err *err)
{
	const char *type = type_of(call);

	call->status = 415;
	return err_set(err, ERR_UNSUPPORTED,
		       "the body of the request was in an unknown format: "
		       "%.100s: %s",
		       *type ? type : "no Content-Type", advice);
}

static json_t *unreadable(struct err *err)
{
	if (err->code == ERR_INVALID || err->code == ERR_TOO_BIG)
		err->code = ERR_PROTOCOL;
	return NULL;
}

json_t *call_body_json(struct call *call, json_t *duplicates, struct err *err)
{
	size_t len;
	const char *text = http_body(call->req, &len);
	json_t *value = body_parse_json(text, len, duplicates, err);

	return value ? value : unreadable(err);
}

json_t *call_body_yaml(struct call *call, struct err *err)
{
	size_t len;
	const char *text = http_body(call->req, &len);
	AUTO_JSON json_t *documents = NULL;

	if (len > MAX_YAML) {
		err_set(err, ERR_PROTOCOL, "YAML of over %lu bytes: send JSON",
			MAX_YAML);
		return NULL;
	}
	documents = yaml_parse(text, len, YAML_TYPED, NULL, err);
	if (!documents)
		return unreadable(err);
	if (json_array_size(documents) == 1)
		return json_incref(json_array_get(documents, 0));
	err_set(err, ERR_PROTOCOL, "one YAML document is expected");
	return NULL;
}

static json_t *body_protobuf(struct call *call, struct err *err)
{
	size_t len;
	const char *bytes = http_body(call->req, &len);
	json_t *object = protobuf_parse(bytes, len, err);

	if (!object && err->code == ERR_UNSUPPORTED)
		call->status = 415;
	return object;
}

json_t *call_body(struct call *call, json_t *duplicates, struct err *err)
{
	const char *type = type_of(call);
	json_t *object;

	if (!*type || is_media(type, "application/json")) {
		object = call_body_json(call, duplicates, err);
	} else if (is_media(type, "application/yaml")) {
		object = call_body_yaml(call, err);
	} else if (is_media(type, PROTOBUF_TYPE)) {
		object = body_protobuf(call, err);
	} else {
		object = NULL;
		if (call_wrong_media(call,
				     "send application/json or "
				     "application/yaml (with kubectl: kubectl "
				     "apply -f)",
				     err))
			return NULL;
	}
	if (!object || json_is_object(object))
		return object;
	json_decref(object);
	err_set(err, ERR_PROTOCOL, "the body is no object");
	return NULL;
}
