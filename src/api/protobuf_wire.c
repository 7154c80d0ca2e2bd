/* SPDX-License-Identifier: Apache-2.0 */
#include "api/protobuf_wire.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/wire.h"

/*
 * DOC: messages by table.
 *
 * A message is a list of fields, each with its number and what it becomes.
 * Numbers that are not in the table are passed over, as protobuf wants it;
 * what is not protobuf, or nested too deep, is refused.
 */
#define MAX_DEPTH 16
#define MAX_BYTES (4 * 1024 * 1024)
#define MAX_VALUES                                                             \
	100000 /* an empty one takes two bytes, and much when read             \
		*/

enum what {
	TEXT,
	TEXTS, /* repeated */
	NUMBER,
	FLAG,
	MESSAGE,
	MESSAGES,   /* repeated */
	MAP_TEXT,   /* map<string, string> */
	MAP_BASE64, /* map<string, bytes> */
	TIME,       /* seconds in 1, nanoseconds in 2 */
	RAW_JSON,   /* bytes that are JSON, in field 1 */
};

struct field {
	uint32_t number;
	enum what what;
	const char *name;
	const struct field *message; /* of MESSAGE, MESSAGES */
};

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

static const struct field owner_reference[] = {
	{ 1, TEXT, "kind", NULL },
	{ 3, TEXT, "name", NULL },
	{ 4, TEXT, "uid", NULL },
	{ 5, TEXT, "apiVersion", NULL },
	{ 6, FLAG, "controller", NULL },
	{ 7, FLAG, "blockOwnerDeletion", NULL },
	{ 0 },
};

static const struct field managed_fields[] = {
	{ 1, TEXT, "manager", NULL },     { 2, TEXT, "operation", NULL },
	{ 3, TEXT, "apiVersion", NULL },  { 4, TIME, "time", NULL },
	{ 6, TEXT, "fieldsType", NULL },  { 7, RAW_JSON, "fieldsV1", NULL },
	{ 8, TEXT, "subresource", NULL }, { 0 },
};

static const struct field object_meta[] = {
	{ 1, TEXT, "name", NULL },
	{ 2, TEXT, "generateName", NULL },
	{ 3, TEXT, "namespace", NULL },
	{ 4, TEXT, "selfLink", NULL },
	{ 5, TEXT, "uid", NULL },
	{ 6, TEXT, "resourceVersion", NULL },
	{ 7, NUMBER, "generation", NULL },
	{ 8, TIME, "creationTimestamp", NULL },
	{ 9, TIME, "deletionTimestamp", NULL },
	{ 10, NUMBER, "deletionGracePeriodSeconds", NULL },
	{ 11, MAP_TEXT, "labels", NULL },
	{ 12, MAP_TEXT, "annotations", NULL },
	{ 13, MESSAGES, "ownerReferences", owner_reference },
	{ 14, TEXTS, "finalizers", NULL },
	{ 17, MESSAGES, "managedFields", managed_fields },
	{ 0 },
};

static const struct field secret[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 2, MAP_BASE64, "data", NULL },
	{ 3, TEXT, "type", NULL },
	{ 4, MAP_TEXT, "stringData", NULL },
	{ 5, FLAG, "immutable", NULL },
	{ 0 },
};

static const struct field config_map[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 2, MAP_TEXT, "data", NULL },
	{ 3, MAP_BASE64, "binaryData", NULL },
	{ 4, FLAG, "immutable", NULL },
	{ 0 },
};

static const struct field namespace_spec[] = {
	{ 1, TEXTS, "finalizers", NULL },
	{ 0 },
};

static const struct field namespace[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 2, MESSAGE, "spec", namespace_spec },
	{ 0 },
};

static const struct field object_reference[] = {
	{ 1, TEXT, "kind", NULL },       { 2, TEXT, "namespace", NULL },
	{ 3, TEXT, "name", NULL },       { 4, TEXT, "uid", NULL },
	{ 5, TEXT, "apiVersion", NULL }, { 6, TEXT, "resourceVersion", NULL },
	{ 7, TEXT, "fieldPath", NULL },  { 0 },
};

static const struct field event_source[] = {
	{ 1, TEXT, "component", NULL },
	{ 2, TEXT, "host", NULL },
	{ 0 },
};

static const struct field event_series[] = {
	{ 1, NUMBER, "count", NULL },
	{ 2, TIME, "lastObservedTime", NULL },
	{ 0 },
};

static const struct field event_fields[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 2, MESSAGE, "involvedObject", object_reference },
	{ 3, TEXT, "reason", NULL },
	{ 4, TEXT, "message", NULL },
	{ 5, MESSAGE, "source", event_source },
	{ 6, TIME, "firstTimestamp", NULL },
	{ 7, TIME, "lastTimestamp", NULL },
	{ 8, NUMBER, "count", NULL },
	{ 9, TEXT, "type", NULL },
	{ 10, TIME, "eventTime", NULL },
	{ 11, MESSAGE, "series", event_series },
	{ 12, TEXT, "action", NULL },
	{ 13, MESSAGE, "related", object_reference },
	{ 14, TEXT, "reportingComponent", NULL },
	{ 15, TEXT, "reportingInstance", NULL },
	{ 0 },
};

static const struct field preconditions[] = {
	{ 1, TEXT, "uid", NULL },
	{ 2, TEXT, "resourceVersion", NULL },
	{ 0 },
};

static const struct field delete_options[] = {
	{ 1, NUMBER, "gracePeriodSeconds", NULL },
	{ 2, MESSAGE, "preconditions", preconditions },
	{ 3, FLAG, "orphanDependents", NULL },
	{ 4, TEXT, "propagationPolicy", NULL },
	{ 5, TEXTS, "dryRun", NULL },
	{ 0 },
};

static const struct field resource_attributes[] = {
	{ 1, TEXT, "namespace", NULL }, { 2, TEXT, "verb", NULL },
	{ 3, TEXT, "group", NULL },     { 4, TEXT, "version", NULL },
	{ 5, TEXT, "resource", NULL },  { 6, TEXT, "subresource", NULL },
	{ 7, TEXT, "name", NULL },      { 0 },
};

static const struct field non_resource_attributes[] = {
	{ 1, TEXT, "path", NULL },
	{ 2, TEXT, "verb", NULL },
	{ 0 },
};

static const struct field access_spec[] = {
	{ 1, MESSAGE, "resourceAttributes", resource_attributes },
	{ 2, MESSAGE, "nonResourceAttributes", non_resource_attributes },
	{ 0 },
};

static const struct field access_review[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 2, MESSAGE, "spec", access_spec },
	{ 0 },
};

static const struct field rules_spec[] = {
	{ 1, TEXT, "namespace", NULL },
	{ 0 },
};

static const struct field rules_review[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 2, MESSAGE, "spec", rules_spec },
	{ 0 },
};

static const struct field subject_review[] = {
	{ 1, MESSAGE, "metadata", object_meta },
	{ 0 },
};

/* By kind: the names are used once among the groups that we serve. */
static const struct {
	const char *kind;
	const struct field *fields;
} messages[] = {
	{ "Secret", secret },
	{ "ConfigMap", config_map },
	{ "Namespace", namespace },
	{ "Event", event_fields },
	{ "DeleteOptions", delete_options },
	{ "SelfSubjectAccessReview", access_review },
	{ "SelfSubjectRulesReview", rules_review },
	{ "SelfSubjectReview", subject_review },
};

static const struct field type_meta[] = {
	{ 1, TEXT, "apiVersion", NULL },
	{ 2, TEXT, "kind", NULL },
	{ 0 },
};

/* One field as it stands on the wire. */
struct item {
	uint32_t number;
	unsigned wire;
	uint64_t value;     /* of VARINT */
	struct rbuf inside; /* of LENGTH */
};

struct budget {
	unsigned depth;
	unsigned n_values;
};

static bool read_message(struct rbuf in, const struct field *fields,
			 json_t *object, struct budget *budget);

static uint64_t read_varint(struct rbuf *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = rbuf_u8(in);

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	in->bad = true;
	return 0;
}

static bool next_item(struct rbuf *in, struct item *item)
{
	uint64_t tag = read_varint(in);
	uint64_t len;

	*item = (struct item){ .number = (uint32_t)(tag >> 3),
			       .wire = tag & 7 };
	if (in->bad || tag > UINT32_MAX || !item->number)
		return false;
	switch (item->wire) {
	case VARINT:
		item->value = read_varint(in);
		break;
	case FIXED64:
		rbuf_sub(in, 8);
		break;
	case FIXED32:
		rbuf_sub(in, 4);
		break;
	case LENGTH:
		len = read_varint(in);
		if (len > in->left)
			return false;
		item->inside = rbuf_sub(in, (size_t)len);
		break;
	default:
		return false;
	}
	return !in->bad;
}

static json_t *text_of(struct rbuf in)
{
	if (in.left && memchr(in.at, 0, in.left))
		return NULL;
	return json_stringn((const char *)in.at, in.left);
}

static json_t *base64_of(struct rbuf in)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(2 * MAX_BYTES);

	str_base64(&text, in.at, in.left);
	return text.overflow ? NULL : json_stringn(text.base, text.len);
}

/* A key in 1, a value in 2; either may be left out, and is "" then. */
static bool read_entry(struct rbuf in, enum what what, json_t *map)
{
	struct rbuf key = { 0 };
	struct rbuf value = { 0 };
	AUTO_JSON json_t *name = NULL;
	json_t *read;
	struct item item;

	while (in.left) {
		if (!next_item(&in, &item) || item.wire != LENGTH)
			return false;
		if (item.number == 1)
			key = item.inside;
		else if (item.number == 2)
			value = item.inside;
	}
	name = key.at ? text_of(key) : json_string("");
	if (!value.at)
		read = json_string("");
	else
		read = what == MAP_BASE64 ? base64_of(value) : text_of(value);
	if (!name || !read) {
		json_decref(read);
		return false;
	}
	json_object_set_new(map, json_string_value(name), read);
	return true;
}

/* A time of 0 seconds and 0 nanoseconds, or none, is null. */
static json_t *time_of(struct rbuf in)
{
	int64_t seconds = 0;
	int64_t nanos = 0;
	char text[CLOCK_TEXT];
	struct item item;

	while (in.left) {
		if (!next_item(&in, &item) || item.wire != VARINT)
			return NULL;
		if (item.number == 1)
			seconds = (int64_t)item.value;
		else if (item.number == 2)
			nanos = (int64_t)item.value;
	}
	if (!seconds && !nanos)
		return json_null();
	/* The years 1 to 9999; the zero of Go's clock is the year 1. */
	if (seconds <= -62135596800 || seconds > 253402300799)
		return json_null();
	clock_text(seconds * 1000, text);
	return json_string(text);
}

static json_t *raw_json(struct rbuf in)
{
	struct err ignored;
	struct item item;

	while (in.left) {
		if (!next_item(&in, &item))
			return NULL;
		if (item.number == 1 && item.wire == LENGTH)
			return json_parse((const char *)item.inside.at,
					  item.inside.left, &ignored);
	}
	return json_object();
}

static json_t *list_at(json_t *object, const char *name)
{
	json_t *list = json_object_get(object, name);

	if (!list) {
		list = json_array();
		json_object_set_new(object, name, list);
	}
	return list;
}

static json_t *map_at(json_t *object, const char *name)
{
	json_t *map = json_object_get(object, name);

	if (!map) {
		map = json_object();
		json_object_set_new(object, name, map);
	}
	return map;
}

/* Steals value; NULL: it could not be read. */
static bool put(json_t *object, const char *name, json_t *value)
{
	return value && !json_object_set_new(object, name, value);
}

static bool read_nested(const struct field *field, struct rbuf in,
			json_t *object, struct budget *budget)
{
	json_t *inner;

	if (field->what == MESSAGE)
		return read_message(in, field->message,
				    map_at(object, field->name), budget);
	inner = json_object();
	json_array_append_new(list_at(object, field->name), inner);
	return read_message(in, field->message, inner, budget);
}

static bool read_field(const struct field *field, const struct item *item,
		       json_t *object, struct budget *budget)
{
	const char *name = field->name;

	if ((field->what == NUMBER || field->what == FLAG) !=
	    (item->wire == VARINT))
		return false;
	switch (field->what) {
	case NUMBER:
		return put(object, name, json_integer((json_int_t)item->value));
	case FLAG:
		return put(object, name, json_boolean(item->value != 0));
	case TEXT:
		return put(object, name, text_of(item->inside));
	case TEXTS:
		return !json_array_append_new(list_at(object, name),
					      text_of(item->inside));
	case MESSAGE:
	case MESSAGES:
		return read_nested(field, item->inside, object, budget);
	case MAP_TEXT:
	case MAP_BASE64:
		return read_entry(item->inside, field->what,
				  map_at(object, name));
	case TIME:
		return put(object, name, time_of(item->inside));
	case RAW_JSON:
		return put(object, name, raw_json(item->inside));
	}
	return false;
}

static const struct field *find(const struct field *fields, uint32_t number)
{
	while (fields->number && fields->number != number)
		fields++;
	return fields->number ? fields : NULL;
}

static bool read_message(struct rbuf in, const struct field *fields,
			 json_t *object, struct budget *budget)
{
	struct item item;

	if (++budget->depth > MAX_DEPTH)
		return false;
	while (in.left) {
		const struct field *field;

		if (!next_item(&in, &item) || ++budget->n_values > MAX_VALUES)
			return false;
		field = find(fields, item.number);
		if (field && (item.wire == VARINT || item.wire == LENGTH) &&
		    !read_field(field, &item, object, budget))
			return false;
	}
	budget->depth--;
	return true;
}

static const struct field *fields_of(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LEN(messages); i++)
		if (str_eq(messages[i].kind, kind))
			return messages[i].fields;
	return NULL;
}

/* An empty text is one that was not given: Go's clients send them all. */
static void drop_empty(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (object, next, key, value) {
		if (json_is_object(value) && str_eq(key, "metadata"))
			drop_empty(value);
		else if (json_is_string(value) && !json_string_length(value))
			json_object_del(object, key);
	}
}

/* Unknown: what it is in 1, the bytes of it in 2. */
static bool read_unknown(struct rbuf in, json_t *type, struct rbuf *raw)
{
	struct budget budget = { 0 };
	struct item item;

	while (in.left) {
		if (!next_item(&in, &item))
			return false;
		if (item.number == 1 && item.wire == LENGTH &&
		    !read_message(item.inside, type_meta, type, &budget))
			return false;
		if (item.number == 2 && item.wire == LENGTH)
			*raw = item.inside;
		/* A coding of the content; none is known. */
		if (item.number == 3 && item.wire == LENGTH && item.inside.left)
			return false;
	}
	return true;
}

json_t *protobuf_parse(const void *bytes, size_t len, struct err *err)
{
	static const uint8_t magic[4] = { 'k', '8', 's', 0 };
	struct rbuf in = rbuf_of(bytes, len);
	struct rbuf raw = { 0 };
	struct budget budget = { 0 };
	AUTO_JSON json_t *object = json_object();
	const struct field *fields;
	uint8_t head[4];

	rbuf_bytes(&in, head, sizeof(head));
	if (len > MAX_BYTES || memcmp(head, magic, sizeof(magic)) != 0 ||
	    !read_unknown(in, object, &raw)) {
		err_set(err, ERR_PROTOCOL,
			"the body is no protobuf of Kubernetes");
		return NULL;
	}
	fields = fields_of(json_str_at(object, "kind"));
	if (!fields) {
		err_set(err, ERR_UNSUPPORTED,
			"\"%.60s\" in protobuf: send it as JSON",
			json_str_at(object, "kind")
				? json_str_at(object, "kind")
				: "");
		return NULL;
	}
	if (!read_message(raw, fields, object, &budget)) {
		err_set(err, ERR_PROTOCOL, "the body is no %s in protobuf",
			json_str_at(object, "kind"));
		return NULL;
	}
	drop_empty(object);
	return take_ptr(object);
}
