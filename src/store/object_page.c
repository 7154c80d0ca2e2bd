/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <string.h>

#include "base/str.h"

/* Objects that are sorted rather than found in order. */
#define FEW 500

/*
 * Lists as they were at a version.
 *
 * What has not changed since is in `object`; what has, or is gone, is in the
 * log as it was before its first change after that version. Both are read
 * in the order of their keys and merged.
 */
struct past {
	char namespace[64];
	char name[254];
	json_t *object; /* NULL: there was none */
};

struct walk {
	const struct object_query *query;
	object_fn fn;
	void *arg;
	struct past *past;
	size_t n_past;
	size_t at;
	bool enough;
};

static int compare(const char *a_namespace, const char *a_name,
		   const char *b_namespace, const char *b_name)
{
	int order = strcmp(a_namespace, b_namespace);

	return order ? order : strcmp(a_name, b_name);
}

static bool is_asked(const struct object_query *query, const char *namespace,
		     const char *name)
{
	if (*query->namespace && !str_eq(query->namespace, namespace))
		return false;
	if (query->name && !str_eq(query->name, name))
		return false;
	return compare(namespace, name, query->after_namespace,
		       query->after_name) > 0;
}

static void walk_release(struct walk *walk)
{
	for (size_t i = 0; i < walk->n_past; i++)
		json_decref(walk->past[i].object);
	free(walk->past);
}

static int read_past(sqlite3_stmt *q, struct past *past, struct err *err)
{
	const char *text = db_column(q, 3);

	*past = (struct past){ 0 };
	str_copy(past->namespace, sizeof(past->namespace), db_column(q, 0));
	str_copy(past->name, sizeof(past->name), db_column(q, 1));
	if (!*text)
		return 0;
	past->object = json_parse(text, strlen(text), err);
	return past->object ? 0 : -1;
}

static int read_log(struct store *store, struct walk *walk, struct err *err)
{
	const struct object_query *query = walk->query;
	sqlite3_stmt *q = db_query(store, SQL_CHANGE_BEFORE);
	size_t size = 0;
	int status;

	db_text(q, ":group", query->kind->group);
	db_text(q, ":kind", query->kind->kind);
	db_int(q, ":version", query->version);
	while ((status = db_step(store, q, err)) == 1) {
		if (!is_asked(query, db_column(q, 0), db_column(q, 1)))
			continue;
		if (walk->n_past == size) {
			size = size ? size * 2 : 16;
			walk->past = xrealloc(walk->past,
					      size * sizeof(*walk->past));
		}
		if (read_past(q, &walk->past[walk->n_past], err)) {
			db_done(q);
			return err_wrap(err, "inventory: log of changes");
		}
		walk->n_past++;
	}
	return status;
}

/* Steals the object. */
static void give(struct walk *walk, json_t *object)
{
	if (object && !walk->enough)
		walk->enough = !walk->fn(walk->arg, object);
	json_decref(object);
}

/* Those of the past whose keys are less; name NULL: all that are left. */
static void give_past(struct walk *walk, const char *namespace,
		      const char *name)
{
	while (walk->at < walk->n_past) {
		struct past *past = &walk->past[walk->at];

		if (name &&
		    compare(past->namespace, past->name, namespace, name) >= 0)
			return;
		walk->at++;
		give(walk, take_ptr(past->object));
	}
}

static bool has_rare_label(struct store *store,
			   const struct object_query *query)
{
	sqlite3_stmt *q;

	if (!query->label_key)
		return false;
	q = db_query(store, SQL_LABEL_FEW);
	db_text(q, ":key", query->label_key);
	db_text(q, ":value", query->label_value);
	db_int(q, ":most", FEW);
	return db_number(store, q, 0);
}

static sqlite3_stmt *begin_query(struct store *store, enum sql_query which,
				 const struct object_query *query,
				 int64_t version)
{
	sqlite3_stmt *q = db_query(store, which);

	db_text(q, ":group", query->kind->group);
	db_text(q, ":kind", query->kind->kind);
	db_int(q, ":version", version);
	return q;
}

/* By its key or a rare label, if that is what is asked for; else in order
 * through all of the kind. */
static sqlite3_stmt *query_rows(struct store *store,
				const struct object_query *query,
				int64_t version)
{
	bool first = !*query->after_namespace && !*query->after_name;
	sqlite3_stmt *q;

	if (query->name && (*query->namespace || query->kind->cluster)) {
		q = begin_query(store, SQL_OBJECT_NAMED, query, version);
		db_text(q, ":namespace", query->namespace);
		db_text(q, ":name", query->name);
		return q;
	}
	if (has_rare_label(store, query)) {
		q = begin_query(store, SQL_OBJECT_LABELLED, query, version);
		db_text(q, ":key", query->label_key);
		db_text(q, ":value", query->label_value);
	} else {
		q = begin_query(store, SQL_OBJECT_PAGE, query, version);
	}
	db_text(q, ":after_namespace",
		first ? query->namespace : query->after_namespace);
	db_text(q, ":after_name", query->after_name);
	return q;
}

/* Before more of the row is read than its key and its labels. */
static bool is_wanted(const struct object_query *query, sqlite3_stmt *q)
{
	const char *text = db_column(q, OBJECT_COLUMN_LABELS);
	AUTO_JSON json_t *labels = NULL;
	struct err ignored;

	if (!is_asked(query, db_column(q, OBJECT_COLUMN_NAMESPACE),
		      db_column(q, OBJECT_COLUMN_NAME)))
		return false;
	if (!query->wants)
		return true;
	if (*text)
		labels = json_parse(text, strlen(text), &ignored);
	return query->wants(query->wants_arg, labels);
}

static int walk_rows(struct store *store, struct walk *walk, int64_t version,
		     struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	const struct object_query *query = walk->query;
	sqlite3_stmt *q = query_rows(store, query, version);
	int status = 0;

	while (!walk->enough && (status = db_step(store, q, err)) == 1) {
		/* What follows is of other namespaces. */
		if (*query->namespace &&
		    !str_eq(query->namespace,
			    db_column(q, OBJECT_COLUMN_NAMESPACE)))
			break;
		if (!is_wanted(query, q))
			continue;
		if (object_row_read(q, &row, err))
			return -1;
		give_past(walk, row.namespace, row.name);
		give(walk, object_row_whole(&row));
	}
	db_done(q);
	return status < 0 ? -1 : 0;
}

int object_each(struct store *store, const struct object_query *query,
		object_fn fn, void *arg, struct err *err)
{
	CLEANUP(walk_release)
	struct walk walk = { .query = query, .fn = fn, .arg = arg };
	int64_t newest = store_version(store);
	int64_t version = query->version ? query->version : newest;

	if (version != newest && (object_change_check(store, version, err) ||
				  read_log(store, &walk, err)))
		return -1;
	if (walk_rows(store, &walk, version, err))
		return -1;
	give_past(&walk, NULL, NULL);
	return 0;
}

int64_t object_count(struct store *store, const struct object_query *query)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_COUNT);

	db_text(q, ":group", query->kind->group);
	db_text(q, ":kind", query->kind->kind);
	db_text(q, ":namespace", query->namespace);
	db_text(q, ":after_namespace", query->after_namespace);
	db_text(q, ":after_name", query->after_name);
	return db_number(store, q, 0);
}

int64_t object_labelled(struct store *store, const char *key, const char *value)
{
	sqlite3_stmt *q = db_query(store, SQL_LABEL_COUNT);

	db_text(q, ":key", key);
	db_text(q, ":value", value);
	return db_number(store, q, 0);
}
