/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <string.h>

#include "base/str.h"

/*
 * DOC: how an object goes, and what goes with it.
 *
 * All of it happens in the turn of the one delete: what depends on a row is
 * dealt with when the row is gone, and what that takes with it waits in a
 * queue, so that a long chain of owners is no deep recursion.
 */
#define FOREGROUND      "foregroundDeletion"
#define EXPIRED_AT_ONCE 500

struct gone {
	char uid[37];
	char namespace[64]; /* "": it was in none */
	json_t *owners;     /* its metadata.ownerReferences; NULL: none */
};

struct queue {
	struct gone *list;
	size_t n;
	size_t size;
	size_t at;
};

struct ids {
	int64_t *list;
	size_t n;
	size_t size;
	size_t n_blocking;
};

static void queue_release(struct queue *queue)
{
	for (size_t i = 0; i < queue->n; i++)
		json_decref(queue->list[i].owners);
	free(queue->list);
}

static void ids_release(struct ids *ids)
{
	free(ids->list);
}

static void push(struct queue *queue, const struct object_row *row)
{
	struct gone *gone;

	if (queue->n == queue->size) {
		queue->size = queue->size ? queue->size * 2 : 16;
		queue->list = xrealloc(queue->list,
				       queue->size * sizeof(*queue->list));
	}
	gone = &queue->list[queue->n++];
	*gone = (struct gone){ 0 };
	str_copy(gone->uid, sizeof(gone->uid), row->uid);
	str_copy(gone->namespace, sizeof(gone->namespace), row->namespace);
	gone->owners =
		json_incref(json_at(row->document, "metadata.ownerReferences"));
}

static void add_id(struct ids *ids, int64_t id)
{
	if (ids->n == ids->size) {
		ids->size = ids->size ? ids->size * 2 : 16;
		ids->list = xrealloc(ids->list, ids->size * sizeof(*ids->list));
	}
	ids->list[ids->n++] = id;
}

/* The objects that name this uid as an owner. */
static int find_dependents(struct store *store, const char *uid,
			   struct ids *ids, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_OWNER_DEPENDENTS);
	int status;

	db_text(q, ":uid", uid);
	while ((status = db_step(store, q, err)) == 1) {
		add_id(ids, sqlite3_column_int64(q, 0));
		ids->n_blocking += sqlite3_column_int(q, 1) != 0;
	}
	return status;
}

static int find_in_namespace(struct store *store, const char *namespace,
			     struct ids *ids, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_IN_NAMESPACE);
	int status;

	db_text(q, ":namespace", namespace);
	while ((status = db_step(store, q, err)) == 1)
		add_id(ids, sqlite3_column_int64(q, 0));
	return status;
}

static bool has_other_owner(struct store *store, int64_t id, const char *uid)
{
	sqlite3_stmt *q = db_query(store, SQL_OWNER_OTHERS);

	db_int(q, ":id", id);
	db_text(q, ":uid", uid);
	return db_number(store, q, 0) > 0;
}

static int modify(struct store *store, struct object_row *row, struct err *err)
{
	const struct object_save how = { .type = "MODIFIED" };

	return object_save(store, row, &how, err);
}

/* The first time that it is asked to go. */
static int mark(struct store *store, struct object_row *row,
		const char *finalizer, struct err *err)
{
	json_t *finalizers = json_at(row->document, "metadata.finalizers");
	char now[CLOCK_TEXT];

	if (object_is_going(row))
		return 0;
	clock_text(store_now(store), now);
	json_put(row->document, "metadata.deletionTimestamp", json_string(now));
	if (!finalizers && finalizer) {
		finalizers = json_array();
		json_put(row->document, "metadata.finalizers", finalizers);
	}
	if (finalizer)
		json_array_append_new(finalizers, json_string(finalizer));
	return modify(store, row, err);
}

/* It goes, or waits for its finalizers; what depends on it is looked at
 * when it is gone. */
static int let_go(struct store *store, struct object_row *row,
		  struct queue *queue, struct err *err)
{
	const struct object_save how = { .type = "DELETED" };

	if (object_has_finalizers(row))
		return mark(store, row, NULL, err);
	if (object_save(store, row, &how, err))
		return -1;
	push(queue, row);
	return 0;
}

static void drop_owner(struct object_row *row, const char *uid)
{
	json_t *list = json_at(row->document, "metadata.ownerReferences");

	for (size_t i = json_array_size(list); i-- > 0;) {
		const char *owner = json_str_at(json_array_get(list, i), "uid");

		if (owner && str_eq(owner, uid))
			json_array_remove(list, i);
	}
	if (!json_array_size(list))
		json_object_del(json_object_get(row->document, "metadata"),
				"ownerReferences");
}

/* What depends on an owner that stays no longer; by its id, since a loop of
 * owners may have taken it already. */
static int leave(struct store *store, int64_t id, const char *uid, bool orphan,
		 struct queue *queue, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	int status = object_row_by_id(store, id, &row, err);

	if (status != 1)
		return status;
	if (!orphan && !has_other_owner(store, id, uid))
		return let_go(store, &row, queue, err);
	drop_owner(&row, uid);
	return modify(store, &row, err);
}

static int leave_all(struct store *store, const char *uid, bool orphan,
		     struct queue *queue, struct err *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (find_dependents(store, uid, &ids, err))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (leave(store, ids.list[i], uid, orphan, queue, err))
			return -1;
	return 0;
}

static bool drop_finalizer(struct object_row *row, const char *name)
{
	json_t *list = json_at(row->document, "metadata.finalizers");

	for (size_t i = json_array_size(list); i-- > 0;) {
		const char *one = json_string_value(json_array_get(list, i));

		if (!one || !str_eq(one, name))
			continue;
		json_array_remove(list, i);
		return true;
	}
	return false;
}

/* An owner that goes in the foreground has waited for its last. */
static int end_foreground(struct store *store, struct object_row *row,
			  struct queue *queue, struct err *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (!object_is_going(row))
		return 0;
	if (find_dependents(store, row->uid, &ids, err))
		return -1;
	if (ids.n_blocking || !drop_finalizer(row, FOREGROUND))
		return 0;
	if (object_has_finalizers(row))
		return modify(store, row, err);
	return let_go(store, row, queue, err);
}

/* The owners of what is gone, each by its uid. */
static int tell_owners(struct store *store, const json_t *owners,
		       struct queue *queue, struct err *err)
{
	size_t index;
	json_t *reference;

	json_array_foreach ((json_t *)(uintptr_t)owners, index, reference) {
		CLEANUP(object_row_release) struct object_row row = { 0 };
		const char *uid = json_str_at(reference, "uid");
		int status = uid ? object_row_by_uid(store, uid, &row, err) : 0;

		if (status < 0 ||
		    (status && end_foreground(store, &row, queue, err)))
			return -1;
	}
	return 0;
}

static int find_namespace(struct store *store, const char *name,
			  struct object_row *row, struct err *err)
{
	const struct object_key key = { kind_find("", "Namespace"), "", name };

	return object_row_find(store, &key, row, err);
}

/* A Namespace that is going is gone when nothing is left in it. */
static int end_namespace(struct store *store, const char *name,
			 struct queue *queue, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	CLEANUP(ids_release) struct ids ids = { 0 };
	int status = *name ? find_namespace(store, name, &row, err) : 0;

	if (status != 1 || !object_is_going(&row))
		return status < 0 ? -1 : 0;
	if (find_in_namespace(store, name, &ids, err))
		return -1;
	return ids.n ? 0 : let_go(store, &row, queue, err);
}

static int work(struct store *store, struct queue *queue, struct err *err)
{
	while (queue->at < queue->n) {
		/* Not by pointer: the queue grows. */
		const struct gone gone = queue->list[queue->at++];

		if (leave_all(store, gone.uid, false, queue, err) ||
		    tell_owners(store, gone.owners, queue, err) ||
		    end_namespace(store, gone.namespace, queue, err))
			return -1;
	}
	return 0;
}

int object_namespace_end(struct store *store, const char *name, struct err *err)
{
	CLEANUP(queue_release) struct queue queue = { 0 };

	return end_namespace(store, name, &queue, err);
}

int object_removed(struct store *store, const struct object_row *row,
		   struct err *err)
{
	CLEANUP(queue_release) struct queue queue = { 0 };

	push(&queue, row);
	return work(store, &queue, err);
}

/* What has another owner stays, and is no dependent of this one any more. */
static int split_dependents(struct store *store, const struct object_row *row,
			    struct ids *next, struct queue *queue,
			    struct err *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (find_dependents(store, row->uid, &ids, err))
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		if (!has_other_owner(store, ids.list[i], row->uid))
			add_id(next, ids.list[i]);
		else if (leave(store, ids.list[i], row->uid, true, queue, err))
			return -1;
	}
	return 0;
}

static int begin_foreground(struct store *store, int64_t id, struct ids *next,
			    struct queue *queue, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	size_t n = next->n;
	int status = object_row_by_id(store, id, &row, err);

	if (status != 1 || object_is_going(&row))
		return status < 0 ? -1 : 0;
	if (split_dependents(store, &row, next, queue, err))
		return -1;
	if (next->n == n)
		return let_go(store, &row, queue, err);
	return mark(store, &row, FOREGROUND, err);
}

/*
 * From the owner to what depends on it, marking, until those without
 * dependents go; their owners follow as each has lost its last. What has
 * another owner beside stays.
 */
static int go_foreground(struct store *store, struct object_row *row,
			 struct queue *queue, struct err *err)
{
	CLEANUP(ids_release) struct ids next = { 0 };

	if (begin_foreground(store, row->id, &next, queue, err))
		return -1;
	for (size_t i = 0; i < next.n; i++)
		if (begin_foreground(store, next.list[i], &next, queue, err))
			return -1;
	if (work(store, queue, err))
		return -1;
	/* None of them may block: then it waits for none. */
	if (object_row_by_id(store, row->id, row, err) == 1)
		return end_foreground(store, row, queue, err);
	return 0;
}

static int go_namespace(struct store *store, struct object_row *row,
			struct queue *queue, struct err *err)
{
	CLEANUP(ids_release) struct ids ids = { 0 };

	if (str_eq(row->name, "default"))
		return err_set(err, ERR_DENIED,
			       "namespaces \"default\" is forbidden: this "
			       "namespace may not be deleted");
	if (object_is_going(row))
		return 0;
	json_object_set_new(row->status, "phase", json_string("Terminating"));
	if (mark(store, row, NULL, err) ||
	    find_in_namespace(store, row->name, &ids, err))
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		CLEANUP(object_row_release) struct object_row one = { 0 };
		int status = object_row_by_id(store, ids.list[i], &one, err);

		if (status < 0 || (status && let_go(store, &one, queue, err)) ||
		    work(store, queue, err))
			return -1;
	}
	return end_namespace(store, row->name, queue, err);
}

static int go(struct store *store, struct object_row *row,
	      enum object_propagation propagation, struct queue *queue,
	      struct err *err)
{
	int status;

	if (object_kind_is(row->kind, "", "Namespace"))
		status = go_namespace(store, row, queue, err);
	else if (propagation == OBJECT_FOREGROUND)
		status = go_foreground(store, row, queue, err);
	else if (propagation == OBJECT_ORPHAN &&
		 leave_all(store, row->uid, true, queue, err))
		status = -1;
	else
		status = let_go(store, row, queue, err);
	return status ? -1 : work(store, queue, err);
}

/* What became of it: the row as it is, or as it was last. */
static int look_again(struct store *store, struct object_row *row, bool *gone,
		      struct err *err)
{
	CLEANUP(object_row_release) struct object_row now = { 0 };
	int status = object_row_by_id(store, row->id, &now, err);

	*gone = status == 0;
	if (status != 1)
		return status;
	object_row_release(row);
	*row = now;
	now = (struct object_row){ 0 };
	return 0;
}

int object_delete_as(struct store *store, const struct object_key *key,
		     enum object_propagation propagation, json_t **last,
		     bool *gone, struct err *err)
{
	CLEANUP(object_row_release) struct object_row row = { 0 };
	CLEANUP(queue_release) struct queue queue = { 0 };
	bool is_gone;

	if (object_find(store, key, &row, err))
		return -1;
	store_mark(store);
	if (go(store, &row, propagation, &queue, err) ||
	    look_again(store, &row, &is_gone, err)) {
		store_back_to_mark(store);
		return -1;
	}
	store_keep(store);
	if (last)
		*last = object_row_whole(&row);
	if (gone)
		*gone = is_gone;
	return 0;
}

int object_delete(struct store *store, const struct object_key *key,
		  json_t **last, bool *gone, struct err *err)
{
	return object_delete_as(store, key, OBJECT_BACKGROUND, last, gone, err);
}

/* The key's strings are copied: the statement is used again by the delete. */
static int find_older(struct store *store, const struct kind *kind,
		      wall_ms before, json_t *keys, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_OLDER);
	int status;

	db_text(q, ":group", kind->group);
	db_text(q, ":kind", kind->kind);
	db_int(q, ":before", before);
	db_int(q, ":limit", EXPIRED_AT_ONCE);
	while ((status = db_step(store, q, err)) == 1)
		json_array_append_new(keys, json_pack("[s,s]", db_column(q, 0),
						      db_column(q, 1)));
	return status;
}

int object_expire(struct store *store, const struct kind *kind, wall_ms before,
		  struct err *err)
{
	AUTO_JSON json_t *keys = json_array();
	size_t index;
	json_t *item;

	if (find_older(store, kind, before, keys, err))
		return -1;
	json_array_foreach (keys, index, item) {
		const struct object_key key = { kind, json_str_at(item, "[0]"),
						json_str_at(item, "[1]") };

		if (object_delete(store, &key, NULL, NULL, err))
			return -1;
	}
	return 0;
}
