/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "store/applied_plan.h"

/*
 * Secrets: the values are one JSON {key: base64}, sealed, in a table of
 * their own; nowhere else is a trace of them.
 */
#define MAX_SECRET (1024 * 1024)
#define MAX_KEY    253

static void context_of(const struct object_row *row, char *out, size_t size)
{
	snprintf(out, size, "secret/%s/%s", row->namespace, row->name);
}

static void text_release(char **text)
{
	if (*text)
		secret_wipe(*text, strlen(*text));
	free(*text);
}

/* The values as they are stored: {} when there are none. */
static json_t *load(struct store *store, const struct object_row *row,
		    struct err *err)
{
	CLEANUP(secret_release) struct buf plain = BUF_INIT(2 * MAX_SECRET);
	sqlite3_stmt *q = db_query(store, SQL_SECRET_GET);
	char context[400];
	int status;

	context_of(row, context, sizeof(context));
	db_int(q, ":id", row->id);
	status = db_step(store, q, err);
	if (status == 1 &&
	    secret_open(&store->key, context, sqlite3_column_blob(q, 0),
			(size_t)sqlite3_column_bytes(q, 0), &plain, err))
		status = -1;
	db_done(q);
	if (status < 0)
		return NULL;
	return status ? json_parse(plain.base, plain.len, err) : json_object();
}

int object_secret_put(struct store *store, const struct object_row *row,
		      const json_t *values, struct err *err)
{
	CLEANUP(buf_release) struct buf sealed = BUF_INIT(2 * MAX_SECRET);
	CLEANUP(text_release) char *text = json_text(values);
	sqlite3_stmt *q = db_query(store, SQL_SECRET_PUT);
	char context[400];

	if (strlen(text) > MAX_SECRET)
		return err_set(err, ERR_TOO_BIG, "a Secret over %d bytes",
			       MAX_SECRET);
	context_of(row, context, sizeof(context));
	if (secret_seal(&store->key, context, text, strlen(text), &sealed, err))
		return -1;
	db_int(q, ":id", row->id);
	db_blob(q, ":sealed", sealed.base, sealed.len);
	return db_write(store, q, err);
}

static int check_key(const char *part, const char *key, const json_t *value,
		     struct err *err)
{
	size_t len = strlen(key);

	if (!len || len > MAX_KEY ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789-_.") != len)
		return err_set(err, ERR_INVALID,
			       "%s: a key has 1 to %d letters, digits, "
			       "'-', '_', '.'",
			       part, MAX_KEY);
	if (!json_is_string(value))
		return err_set(err, ERR_INVALID, "%s.%s: a string is expected",
			       part, key);
	return 0;
}

static void put_base64(json_t *values, const char *key, const void *bytes,
		       size_t len)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(2 * MAX_SECRET);

	str_base64(&text, bytes, len);
	json_object_set_new(values, key, json_stringn(text.base, text.len));
}

/* Checked, and written anew without line breaks (YAML's blocks have them). */
static int put_encoded(json_t *values, const char *key, const char *text,
		       struct err *err)
{
	CLEANUP(secret_release) struct buf joined = BUF_INIT(MAX_SECRET);
	CLEANUP(secret_release) struct buf bytes = BUF_INIT(MAX_SECRET);

	for (; *text; text++)
		if (*text != '\n' && *text != '\r')
			buf_addc(&joined, *text);
	if (joined.overflow)
		return err_set(err, ERR_TOO_BIG, "data.%s: over %d bytes", key,
			       MAX_SECRET);
	if (!str_unbase64(&bytes, joined.base, joined.len))
		return err_set(err, ERR_INVALID, "data.%s: not base64", key);
	put_base64(values, key, bytes.base, bytes.len);
	return 0;
}

/*
 * What we hand out has empty values, so an empty value of a key that exists
 * means "as it was": get, edit, apply erases nothing.
 */
static int take_encoded(const json_t *data, const json_t *old, json_t *values,
			struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)data, key, value) {
		json_t *kept = json_object_get(old, key);

		if (json_is_null(value))
			continue;
		if (check_key("data", key, value, err))
			return -1;
		if (kept && !json_string_length(value))
			json_object_set(values, key, kept);
		else if (put_encoded(values, key, json_string_value(value),
				     err))
			return -1;
	}
	return 0;
}

static int take_plain(const json_t *data, json_t *values, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)data, key, value) {
		if (json_is_null(value))
			continue;
		if (check_key("stringData", key, value, err))
			return -1;
		put_base64(values, key, json_string_value(value),
			   json_string_length(value));
	}
	return 0;
}

static int check_map(const json_t *object, const char *member, struct err *err)
{
	const json_t *value = json_object_get(object, member);

	if (!value || json_is_null(value) || json_is_object(value))
		return 0;
	return err_set(err, ERR_INVALID, "%s: key: value is expected", member);
}

int object_secret_take(struct store *store, const struct object_row *row,
		       const json_t *object, json_t *document, json_t **values,
		       bool *changed, struct err *err)
{
	AUTO_JSON json_t *old = load(store, row, err);
	AUTO_JSON json_t *taken = json_object();
	json_t *empty;
	const char *key;
	json_t *value;

	if (!old || check_map(object, "data", err) ||
	    check_map(object, "stringData", err) ||
	    take_encoded(json_object_get(object, "data"), old, taken, err) ||
	    take_plain(json_object_get(object, "stringData"), taken, err))
		return -1;
	empty = json_object();
	json_object_foreach (taken, key, value)
		json_object_set_new(empty, key, json_string(""));
	json_object_set_new(document, "data", empty);
	*changed = !json_equal(old, taken);
	*values = take_ptr(taken);
	return 0;
}

static void fill_data(json_t *object, const json_t *values)
{
	json_t *data = json_object_get(object, "data");
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (data, next, key, value) {
		json_t *stored = json_object_get(values, key);

		if (stored)
			json_object_set(data, key, stored);
	}
}

static void fill_applied(json_t *object, const json_t *values)
{
	json_t *annotations = json_at(object, "metadata.annotations");
	const char *applied = json_string_value(
		json_object_get(annotations, APPLIED_ANNOTATION));
	char *filled = applied ? applied_fill(applied, values) : NULL;

	if (!filled)
		return;
	json_object_set_new(annotations, APPLIED_ANNOTATION,
			    json_string(filled));
	secret_wipe(filled, strlen(filled));
	free(filled);
}

json_t *secret_shown(struct store *store, const json_t *object, struct err *err)
{
	const char *namespace = json_str_at(object, "metadata.namespace");
	const char *name = json_str_at(object, "metadata.name");
	const char *uid = json_str_at(object, "metadata.uid");
	const struct object_key key = { kind_find("", "Secret"),
					namespace ? namespace : "",
					name ? name : "" };
	CLEANUP(object_row_release) struct object_row row = { 0 };
	AUTO_JSON json_t *values = NULL;
	json_t *shown;
	int status = object_row_find(store, &key, &row, err);

	if (status < 0)
		return NULL;
	shown = json_deep_copy(object);
	/* One of the past, whose values are gone. */
	if (!status || !uid || !str_eq(uid, row.uid))
		return shown;
	values = load(store, &row, err);
	if (!values) {
		json_decref(shown);
		return NULL;
	}
	fill_data(shown, values);
	fill_applied(shown, values);
	return shown;
}

int secret_value(struct store *store, const char *namespace, const char *name,
		 const char *key, struct buf *out, struct err *err)
{
	const struct object_key which = { kind_find("", "Secret"), namespace,
					  name };
	CLEANUP(object_row_release) struct object_row row = { 0 };
	AUTO_JSON json_t *values = NULL;
	const json_t *value;
	int status = object_row_find(store, &which, &row, err);

	if (status < 0)
		return -1;
	if (!status)
		return err_set(err, ERR_NOT_FOUND, "no such Secret: %s/%s",
			       namespace, name);
	values = load(store, &row, err);
	if (!values)
		return -1;
	value = json_object_get(values, key);
	if (!json_is_string(value))
		return err_set(err, ERR_NOT_FOUND, "Secret %s/%s has no \"%s\"",
			       namespace, name, key);
	if (!str_unbase64(out, json_string_value(value),
			  json_string_length(value)))
		return err_set(err, ERR_TOO_BIG,
			       "Secret %s/%s: \"%s\" is over %zu bytes",
			       namespace, name, key, out->limit);
	return 0;
}
