/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "store/object_row.h"
#include "store/run.h"

/*
 * DOC: reading and writing objects.
 *
 * Every write ends in object_save; object_delete.c has what follows when an
 * object goes.
 */
int object_find(struct store *store, const struct object_key *key,
		struct object_row *row, struct err *err)
{
	int status = object_row_find(store, key, row, err);

	if (!status)
		err_set(err, ERR_NOT_FOUND, "no such %s: %s/%s",
			key->kind->kind, key->namespace, key->name);
	return status == 1 ? 0 : -1;
}

static int find_id(struct store *store, int64_t id, struct object_row *row,
		   struct err *err)
{
	int status = object_row_by_id(store, id, row, err);

	if (!status)
		err_set(err, ERR_NOT_FOUND, "no object has id %" PRId64, id);
	return status == 1 ? 0 : -1;
}

json_t *object_get(struct store *store, const struct object_key *key,
		   struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };

	return object_find(store, key, &row, err) ? NULL
						  : object_row_whole(&row);
}

json_t *object_by_id(struct store *store, int64_t id, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };

	return find_id(store, id, &row, err) ? NULL : object_row_whole(&row);
}

int64_t object_id(struct store *store, const struct object_key *key)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_GET);

	db_text(q, ":group", key->kind->group);
	db_text(q, ":kind", key->kind->kind);
	db_text(q, ":namespace", key->namespace);
	db_text(q, ":name", key->name);
	return db_number(store, q, 0);
}

json_t *object_list(struct store *store, const struct kind *kind,
		    const char *namespace, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	AUTO_JSON json_t *list = json_array();
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_LIST);
	int status;

	db_text(q, ":group", kind->group);
	db_text(q, ":kind", kind->kind);
	db_text(q, ":namespace", namespace);
	while ((status = object_row_next(store, q, &row, err)) == 1)
		json_array_append_new(list, object_row_whole(&row));
	return status ? NULL : take_ptr(list);
}

/* Runs that have to look again because people wrote something. */
static void touch(struct store *store, const struct object_row *row)
{
	int64_t run;

	if (store->quiet)
		return;
	if (object_kind_is(row->kind, TINKERBELL_GROUP, "Hardware"))
		db_touch_machine(store, row->id);
	if (object_kind_is(row->kind, BMC_GROUP, "Job") ||
	    object_kind_is(row->kind, BMC_GROUP, "Task"))
		db_touch(&store->jobs, row->id);
	if (!object_kind_is(row->kind, TINKERBELL_GROUP, "Workflow"))
		return;
	db_touch(&store->written, row->id);
	run = run_by_workflow(store, row->id);
	if (run)
		db_touch_run(store, run);
}

/* "" for none. The caller frees. */
static char *labels_of(const struct object_row *row)
{
	const json_t *labels = json_at(row->document, "metadata.labels");

	return json_object_size(labels) ? json_text(labels) : xstrdup("");
}

/* An object that is there already has its old ones cleared before. */
static int put_labels(struct store *store, const struct object_row *row,
		      const char *labels, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_LABEL_INSERT);

	if (!*labels)
		return 0;
	db_int(q, ":id", row->id);
	db_text(q, ":labels", labels);
	return db_write(store, q, err);
}

static int clear_labels(struct store *store, const struct object_row *row,
			const char *labels, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_LABEL_CLEAR);

	db_int(q, ":id", row->id);
	db_text(q, ":labels", labels);
	return db_write(store, q, err);
}

static int insert(struct store *store, struct object_row *row, struct err *err)
{
	AUTO_FREE char *document = json_text(row->document);
	AUTO_FREE char *status = json_text(row->status);
	AUTO_FREE char *labels = labels_of(row);
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_INSERT);

	db_text(q, ":uid", row->uid);
	db_text(q, ":group", row->kind->group);
	db_text(q, ":kind", row->kind->kind);
	db_text(q, ":namespace", row->namespace);
	db_text(q, ":name", row->name);
	db_int(q, ":version", row->version);
	db_int(q, ":now", row->created_at);
	db_text(q, ":document", document);
	db_text(q, ":status", status);
	db_text(q, ":labels", labels);
	if (db_write(store, q, err))
		return -1;
	row->id = sqlite3_last_insert_rowid(store->db);
	return put_labels(store, row, labels, err);
}

static int update(struct store *store, const struct object_row *row,
		  struct err *err)
{
	AUTO_FREE char *document = json_text(row->document);
	AUTO_FREE char *status = json_text(row->status);
	AUTO_FREE char *labels = labels_of(row);
	sqlite3_stmt *q;

	if (clear_labels(store, row, labels, err))
		return -1;
	q = db_query(store, SQL_OBJECT_UPDATE);
	db_int(q, ":id", row->id);
	db_int(q, ":version", row->version);
	db_int(q, ":generation", row->generation);
	db_text(q, ":document", document);
	db_text(q, ":status", status);
	db_text(q, ":labels", labels);
	if (db_write(store, q, err))
		return -1;
	return put_labels(store, row, labels, err);
}

/* What it did in its runs stays with these; Jobs that wait for it will not
 * get an answer. */
static int let_machine_go(struct store *store, int64_t machine, struct err *err)
{
	AUTO_FREE int64_t *jobs = NULL;
	sqlite3_stmt *q = db_query(store, SQL_INTENT_JOBS_OF_MACHINE);
	size_t n;

	db_int(q, ":machine", machine);
	n = db_ids(store, q, &jobs);
	for (size_t i = 0; i < n; i++)
		store_touch_job(store, jobs[i]);
	q = db_query(store, SQL_EVENT_LET_GO);
	db_int(q, ":machine", machine);
	return db_write(store, q, err);
}

static int remove_row(struct store *store, const struct object_row *row,
		      struct err *err)
{
	sqlite3_stmt *q;

	touch(store, row); /* while it is still known whose run it is */
	if (object_kind_is(row->kind, TINKERBELL_GROUP, "Hardware") &&
	    let_machine_go(store, row->id, err))
		return -1;
	q = db_query(store, SQL_OBJECT_DELETE);
	db_int(q, ":id", row->id);
	return db_write(store, q, err);
}

static int save_rows(struct store *store, struct object_row *row,
		     const struct object_save *how, struct err *err)
{
	if (object_change_add(store, row, how->type, err))
		return -1;
	if (str_eq(how->type, "DELETED"))
		return remove_row(store, row, err);
	if (row->id ? update(store, row, err) : insert(store, row, err))
		return -1;
	if (how->part == OBJECT_STATUS)
		return 0;
	if (object_owner_derive(store, row, err))
		return -1;
	if (object_kind_is(row->kind, TINKERBELL_GROUP, "Hardware") &&
	    object_derive(store, row, err))
		return -1;
	if (how->values && object_secret_put(store, row, how->values, err))
		return -1;
	touch(store, row);
	return 0;
}

int object_save(struct store *store, struct object_row *row,
		const struct object_save *how, struct err *err)
{
	if (db_begin(store, err))
		return -1;
	store_mark(store);
	if (save_rows(store, row, how, err)) {
		store_back_to_mark(store);
		return -1;
	}
	store_keep(store);
	return 0;
}

/* RFC 9562, version 4. */
static void make_uid(char out[37])
{
	struct rng rng = rng_system();
	uint8_t bytes[16];
	char hex[33];

	rng_bytes(&rng, bytes, sizeof(bytes));
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	str_hex(hex, bytes, sizeof(bytes));
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		 hex + 16, hex + 20);
}

static int check_key(const struct object_key *key, struct err *err)
{
	bool cluster = key->kind->cluster;
	bool label = cluster && !*key->kind->group; /* of a Namespace */

	if (key->kind->virtual && !key->kind->mixed)
		return err_set(err, ERR_UNSUPPORTED,
			       "a %s is made by tomte and cannot be written",
			       key->kind->kind);
	if (cluster ? *key->namespace != '\0'
		    : !str_is_dns_name(key->namespace, 63) ||
			      strchr(key->namespace, '.'))
		return err_set(err, ERR_INVALID,
			       "metadata.namespace: \"%.80s\": %s",
			       key->namespace,
			       cluster ? "the kind is in none"
				       : "up to 63 of a-z, 0-9, '-'");
	if (label ? !str_is_dns_name(key->name, 63) || strchr(key->name, '.')
		  : !str_is_dns_name(key->name, 253))
		return err_set(err, ERR_INVALID,
			       "metadata.name: \"%.80s\": up to %s", key->name,
			       label ? "63 of a-z, 0-9, '-'"
				     : "253 of a-z, 0-9, '-', '.'");
	return 0;
}

static int new_row(struct store *store, const struct object_key *key,
		   struct object_row *row, struct err *err)
{
	if (check_key(key, err))
		return -1;
	if (object_id(store, key))
		return err_set(err, ERR_EXISTS, "%s %s/%s exists already",
			       key->kind->kind, key->namespace, key->name);
	row->kind = key->kind;
	str_copy(row->namespace, sizeof(row->namespace), key->namespace);
	str_copy(row->name, sizeof(row->name), key->name);
	make_uid(row->uid);
	row->generation = 1;
	row->created_at = store_now(store);
	row->status = json_object();
	if (key->kind->cluster)
		json_put(row->status, "phase", json_string("Active"));
	return 0;
}

static int take(struct store *store, const struct object_row *row,
		const json_t *object, json_t *document, json_t **values,
		bool *changed, struct err *err)
{
	bool other_values = false;

	if (object_kind_is(row->kind, "", "Secret") &&
	    object_secret_take(store, row, object, document, values,
			       &other_values, err))
		return -1;
	*changed = other_values || !json_equal(document, row->document);
	return 0;
}

int object_create(struct store *store, const struct object_key *key,
		  const json_t *object, json_t **stored, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	AUTO_JSON json_t *values = NULL;
	struct object_save how = { .type = "ADDED" };
	json_t *document;
	bool changed;

	if (new_row(store, key, &row, err))
		return -1;
	if (!key->kind->cluster &&
	    object_namespace_need(store, key->namespace, err))
		return -1;
	document = object_document(&row, object, err);
	if (!document)
		return -1;
	row.document = document;
	if (take(store, &row, object, document, &values, &changed, err))
		return -1;
	how.values = values;
	if (object_save(store, &row, &how, err))
		return -1;
	if (stored)
		*stored = object_row_whole(&row);
	return 0;
}

/* Whether the writer has seen what is to be replaced. */
static int check_seen(const struct object_row *row, const json_t *object,
		      struct err *err)
{
	const char *version = json_str_at(object, "metadata.resourceVersion");
	const char *uid = json_str_at(object, "metadata.uid");
	char current[24];

	snprintf(current, sizeof(current), "%" PRId64, row->version);
	if (version && *version && !str_eq(version, current))
		return err_set(err, ERR_CONFLICT,
			       "%s %s/%s has been modified: it is at version "
			       "%s, not %.20s; apply your change to that",
			       row->kind->kind, row->namespace, row->name,
			       current, version);
	if (uid && *uid && !str_eq(uid, row->uid))
		return err_set(err, ERR_CONFLICT,
			       "%s %s/%s is another one: its uid is %s",
			       row->kind->kind, row->namespace, row->name,
			       row->uid);
	return 0;
}

/* Whether anything but metadata differs. */
static bool other_spec(const json_t *a, const json_t *b)
{
	AUTO_JSON json_t *left = json_copy((json_t *)(uintptr_t)a);
	AUTO_JSON json_t *right = json_copy((json_t *)(uintptr_t)b);

	json_object_del(left, "metadata");
	json_object_del(right, "metadata");
	return !json_equal(left, right);
}

bool object_has_finalizers(const struct object_row *row)
{
	return json_array_size(json_at(row->document, "metadata.finalizers")) >
	       0;
}

bool object_is_going(const struct object_row *row)
{
	return json_at(row->document, "metadata.deletionTimestamp") != NULL;
}

static bool is_in(const json_t *list, const json_t *value)
{
	size_t index;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, index, item)
		if (json_equal(item, value))
			return true;
	return false;
}

/* Who has not been waited for so far cannot come when it is going. */
static int check_finalizers(const struct object_row *row,
			    const json_t *document, struct err *err)
{
	const json_t *before = json_at(row->document, "metadata.finalizers");
	size_t index;
	json_t *item;

	if (!object_is_going(row))
		return 0;
	json_array_foreach (json_at(document, "metadata.finalizers"), index,
			    item)
		if (!is_in(before, item))
			return err_set(err, ERR_INVALID,
				       "metadata.finalizers: Forbidden: no new "
				       "finalizers can be added if the object "
				       "is being deleted, found new "
				       "finalizers: %.200s",
				       json_string_value(item)
					       ? json_string_value(item)
					       : "");
	return 0;
}

/* The finalizers that it waited for are gone: so is it. */
static int update_gone(struct store *store, struct object_row *row,
		       struct err *err)
{
	const struct object_save how = { .type = "DELETED" };

	if (object_save(store, row, &how, err))
		return -1;
	return object_removed(store, row, err);
}

static int update_main(struct store *store, struct object_row *row,
		       const json_t *object, struct err *err)
{
	AUTO_JSON json_t *document = object_document(row, object, err);
	AUTO_JSON json_t *values = NULL;
	struct object_save how = { .type = "MODIFIED" };
	bool changed;

	if (!document || check_finalizers(row, document, err) ||
	    take(store, row, object, document, &values, &changed, err))
		return -1;
	if (!changed)
		return 0;
	if (other_spec(document, row->document))
		row->generation++;
	json_decref(row->document);
	row->document = take_ptr(document);
	how.values = values;
	if (object_is_going(row) && !object_has_finalizers(row) &&
	    !row->kind->cluster)
		return update_gone(store, row, err);
	if (object_save(store, row, &how, err))
		return -1;
	return row->kind->cluster ? object_namespace_end(store, row->name, err)
				  : 0;
}

/* Steals status, NULL: none. */
static int update_status(struct store *store, struct object_row *row,
			 json_t *status, struct err *err)
{
	AUTO_JSON json_t *given =
		status && !json_is_null(status) ? status : json_object();
	struct object_save how = { .type = "MODIFIED", .part = OBJECT_STATUS };

	if (!row->kind->has_status)
		return err_set(err, ERR_UNSUPPORTED, "a %s has no status",
			       row->kind->kind);
	if (!json_is_object(given))
		return err_set(err, ERR_INVALID,
			       "status: an object is expected");
	if (json_equal(given, row->status))
		return 0;
	json_decref(row->status);
	row->status = take_ptr(given);
	return object_save(store, row, &how, err);
}

int object_update(struct store *store, const struct object_key *key,
		  const json_t *object, enum object_part part, json_t **stored,
		  struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	json_t *status;

	if (object_find(store, key, &row, err) || check_seen(&row, object, err))
		return -1;
	if (part == OBJECT_STATUS) {
		status = json_deep_copy(json_object_get(object, "status"));
		if (update_status(store, &row, status, err))
			return -1;
	} else if (update_main(store, &row, object, err)) {
		return -1;
	}
	if (stored)
		*stored = object_row_whole(&row);
	return 0;
}

int object_set_status(struct store *store, int64_t id, json_t *status,
		      struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };

	if (find_id(store, id, &row, err)) {
		json_decref(status);
		return -1;
	}
	return update_status(store, &row, status, err);
}

int object_patch(struct store *store, int64_t id, const json_t *patch,
		 struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	AUTO_JSON json_t *whole = NULL;
	AUTO_JSON json_t *patched = NULL;

	if (find_id(store, id, &row, err))
		return -1;
	whole = object_row_whole(&row);
	patched = json_merge_patch(whole, patch);
	if (check_seen(&row, patched, err))
		return -1;
	return update_main(store, &row, patched, err);
}
