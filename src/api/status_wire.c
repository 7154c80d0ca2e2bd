/* SPDX-License-Identifier: Apache-2.0 */
#include "api/status_wire.h"

#include <string.h>

#include "api/route_plan.h"
#include "base/buf.h"
#include "base/str.h"

#define MAX_MESSAGE (64 * 1024)

static const struct {
	int code;
	const char *reason;
} reasons[] = {
	{ 400, "BadRequest" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "NotFound" },
	{ 405, "MethodNotAllowed" },
	{ 409, "Conflict" },
	{ 410, "Expired" },
	{ 413, "RequestEntityTooLarge" },
	{ 415, "UnsupportedMediaType" },
	{ 422, "Invalid" },
	{ 429, "TooManyRequests" },
	{ 501, "NotImplemented" },
	{ 502, "BadGateway" },
	{ 503, "ServiceUnavailable" },
	{ 504, "Timeout" },
};

int status_code(const struct err *err)
{
	switch (err->code) {
	case ERR_PROTOCOL:
		return 400;
	case ERR_AUTH:
		return 401;
	case ERR_DENIED:
		return 403;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_UNSUPPORTED:
		return 405;
	case ERR_EXISTS:
	case ERR_CONFLICT:
		return 409;
	case ERR_GONE:
		return 410;
	case ERR_TOO_BIG:
		return 413;
	case ERR_INVALID:
	case ERR_MISMATCH:
		return 422;
	case ERR_BUSY:
		return 429;
	case ERR_UNREACHABLE:
	case ERR_NO_SPACE:
		return 503;
	case ERR_TIMEOUT:
		return 504;
	default:
		return 500;
	}
}

static const char *reason_of(const struct err *err, int code)
{
	if (err->code == ERR_EXISTS)
		return "AlreadyExists";
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "InternalError";
}

static json_t *status_new(const char *outcome)
{
	json_t *status = json_object();

	json_put(status, "kind", json_string("Status"));
	json_put(status, "apiVersion", json_string("v1"));
	json_put(status, "metadata", json_object());
	json_put(status, "status", json_string(outcome));
	return status;
}

/* `kind` is the plural here, as in Kubernetes; of an invalid object the kind,
 * as there. */
static void put_details(json_t *status, const struct kind *kind,
			const char *name, bool invalid)
{
	if (name && *name)
		json_put(status, "details.name", json_string(name));
	if (*kind->group)
		json_put(status, "details.group", json_string(kind->group));
	json_put(status, "details.kind",
		 json_string(invalid ? kind->kind : kind->plural));
}

/*
 * What is wrong with which field: of an invalid object kubectl shows these
 * and not the message. Our messages begin with the field, "spec.x: ...".
 */
static void put_cause(json_t *status, const char *message)
{
	const char *colon = strstr(message, ": ");
	size_t len = colon ? strcspn(message, " :") : 0;
	json_t *field = colon && message + len == colon
				? json_stringn(message, len)
				: NULL;
	json_t *causes = json_array();
	json_t *cause = json_object();
	json_t *text = json_string(field ? colon + 2 : message);

	json_object_set_new(cause, "reason", json_string("FieldValueInvalid"));
	json_object_set_new(cause, "message",
			    text ? text : json_string("invalid"));
	json_object_set_new(cause, "field",
			    field ? field : json_string("object"));
	json_array_append_new(causes, cause);
	json_put(status, "details.causes", causes);
}

static char *invalid_message(const struct err *err, const struct kind *kind,
			     const char *name, const json_t *causes)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_MESSAGE);
	size_t n = json_array_size(causes);
	size_t index;
	json_t *cause;

	buf_printf(&text, "%s%s%s \"%s\" is invalid: ", kind->kind,
		   *kind->group ? "." : "", kind->group, name);
	if (n < 2)
		buf_adds(&text, err->message);
	buf_adds(&text, n > 1 ? "[" : "");
	for (index = 0; n > 1 && index < n; index++) {
		cause = json_array_get(causes, index);
		buf_printf(&text, "%s%s: %s", index ? ", " : "",
			   json_str_at(cause, "field"),
			   json_str_at(cause, "message"));
	}
	buf_adds(&text, n > 1 ? "]" : "");
	return buf_take(&text);
}

/* Messages that people know by heart; else what the error says. */
static char *message_of(const struct err *err, const struct kind *kind,
			const char *name, const json_t *causes)
{
	char resource[200];

	if (!kind || !name || !*name)
		return xstrdup(err->message);
	route_resource(kind, resource, sizeof(resource));
	switch (err->code) {
	case ERR_NOT_FOUND:
		return xasprintf("%s \"%s\" not found", resource, name);
	case ERR_EXISTS:
		return xasprintf("%s \"%s\" already exists", resource, name);
	case ERR_INVALID:
		return invalid_message(err, kind, name, causes);
	default:
		return xstrdup(err->message);
	}
}

json_t *status_failure(const struct err *err, int code, const struct kind *kind,
		       const char *name)
{
	return status_with_causes(err, code, kind, name, NULL);
}

json_t *status_with_causes(const struct err *err, int code,
			   const struct kind *kind, const char *name,
			   const json_t *causes)
{
	AUTO_FREE char *message = message_of(err, kind, name, causes);
	json_t *status = status_new("Failure");
	json_t *text = json_string(message);

	/* A message that was cut within a character is no UTF-8. */
	json_put(status, "message", text ? text : json_string("error"));
	json_put(status, "reason", json_string(reason_of(err, code)));
	if (kind)
		put_details(status, kind, name, code == 422);
	if (causes)
		json_put(status, "details.causes", json_deep_copy(causes));
	else if (kind && code == 422)
		put_cause(status, err->message);
	if (code == 504 || code == 429)
		json_put(status, "details.retryAfterSeconds", json_integer(1));
	json_put(status, "code", json_integer(code));
	return status;
}

json_t *status_refusal(int code, const char *message)
{
	const struct err err = { .code = ERR_NONE };
	json_t *status = status_new("Failure");

	json_put(status, "message", json_string(message));
	json_put(status, "reason", json_string(reason_of(&err, code)));
	json_put(status, "code", json_integer(code));
	return status;
}

json_t *status_deleted(const struct kind *kind, const char *name,
		       const char *uid)
{
	json_t *status = status_new("Success");

	put_details(status, kind, name, false);
	if (uid)
		json_put(status, "details.uid", json_string(uid));
	return status;
}
