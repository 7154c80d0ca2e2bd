/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * JSON at the border: bounded parsing, paths, and decoding by table.
 *
 *	struct machine { char name[64]; uint32_t unit; bool uefi; };
 *	static const struct json_field fields[] = {
 *		JSON_STR(struct machine, name, "name", JSON_REQUIRED),
 *		JSON_U32(struct machine, unit, "unit", 0, 1, 60),
 *		JSON_BOOL(struct machine, uefi, "uefi", 0),
 *	};
 *
 *	json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_STRICT,
 *		    "machines[0]", &machine, err);
 *
 * Fields that are absent keep the value that the struct had.
 */
#define JSON_MAX_DEPTH 128

static inline void json_free_scope(json_t **value)
{
	json_decref(*value);
}

#define AUTO_JSON CLEANUP(json_free_scope)

/* Depth is bounded by JSON_MAX_DEPTH, size by the caller. NULL: see err. */
json_t *json_parse(const char *text, size_t len, struct err *err) NODISCARD;

/* Compact text, keys in their order; the caller frees. */
char *json_text(const json_t *value);

/*
 * Follow a path of member names and list indexes: "spec.interfaces[0].dhcp".
 * A borrowed reference, or NULL where the path leads nowhere.
 */
json_t *json_at(const json_t *value, const char *path);
/* The string there, or NULL when it is no string. */
const char *json_str_at(const json_t *value, const char *path);
/* The same, with "" for NULL: what is only shown or compared. */
const char *json_text_at(const json_t *value, const char *path);
bool json_bool_at(const json_t *value, const char *path, bool otherwise);
int64_t json_int_at(const json_t *value, const char *path, int64_t otherwise);

/* Set a member along a path of names, making objects on the way. Steals. */
void json_put(json_t *object, const char *path, json_t *value);

/* ["a", "b"] of "a,b"; [] of "". */
json_t *json_of_names(const char *names);

/* RFC 7396: patch into target; the new value shares nothing with either. */
json_t *json_merge_patch(const json_t *target, const json_t *patch);

enum json_kind { JSON_KIND_STR, JSON_KIND_U32, JSON_KIND_BOOL, JSON_KIND_ENUM };

#define JSON_REQUIRED 1u

struct json_field {
	const char *name;
	enum json_kind kind;
	unsigned flags;
	size_t offset;
	size_t size;  /* of the char array, for a string */
	uint32_t min; /* for a number */
	uint32_t max;
	const char *const *names; /* for an enum: name of each value, NULL */
};

#define JSON_STR(type, member, key, flag)                                      \
	{                                                                      \
		.name = (key), .kind = JSON_KIND_STR, .flags = (flag),         \
		.offset = offsetof(type, member),                              \
		.size = sizeof(((type *)0)->member)                            \
	}
#define JSON_U32(type, member, key, flag, least, most)                         \
	{                                                                      \
		.name = (key), .kind = JSON_KIND_U32, .flags = (flag),         \
		.offset = offsetof(type, member), .min = (least),              \
		.max = (most)                                                  \
	}
#define JSON_BOOL(type, member, key, flag)                                     \
	{                                                                      \
		.name = (key), .kind = JSON_KIND_BOOL, .flags = (flag),        \
		.offset = offsetof(type, member)                               \
	}
/* The member is an unsigned int; its value the index in `list`. */
#define JSON_ENUM(type, member, key, flag, list)                               \
	{                                                                      \
		.name = (key), .kind = JSON_KIND_ENUM, .flags = (flag),        \
		.offset = offsetof(type, member), .names = (list)              \
	}

enum json_unknown {
	JSON_KEYS_STRICT, /* an unknown key is an error, with a suggestion */
	JSON_KEYS_LAX,    /* it is passed over */
};

/* `path` names the object in messages: "machines[2]". */
int json_decode(const json_t *object, const struct json_field *fields,
		size_t n_fields, enum json_unknown unknown, const char *path,
		void *out, struct err *err) NODISCARD;

#endif
