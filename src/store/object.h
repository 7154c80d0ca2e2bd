/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_OBJECT_H
#define STORE_OBJECT_H

#include "base/json.h"
#include "store/kind.h"
#include "store/store.h"

/*
 * Objects as people write them: metadata, spec and status, one global
 * resourceVersion, and a row in `change` for every change.
 *
 * Whole objects are JSON with apiVersion, kind, metadata (name, namespace,
 * uid, resourceVersion, generation, creationTimestamp and what the writer
 * put there), spec and the rest, status. A returned json_t is the caller's.
 *
 * This is the one place that writes objects, so it is where the rows to
 * search by are derived: Hardware -> nic and machine (a MAC or IP that
 * another machine has is ERR_CONFLICT and says whose it is), Secret -> sealed
 * values. A Secret's values are in no document, no change row and no
 * returned object: its `data` comes back with empty values; secret_value
 * reads them.
 */
struct object_key {
	const struct kind *kind;
	const char *namespace;
	const char *name;
};

enum object_part { OBJECT_MAIN, OBJECT_STATUS };

/* The namespace of a Namespace, and of other kinds that are in none, is "".
 * One that is not there is made with the first object that is put into it. */

json_t *object_get(struct store *store, const struct object_key *key,
		   struct err *err) NODISCARD;
json_t *object_by_id(struct store *store, int64_t id,
		     struct err *err) NODISCARD;
/* 0: no such object. */
int64_t object_id(struct store *store, const struct object_key *key);

/* namespace "": all. A JSON list ordered by namespace and name. */
json_t *object_list(struct store *store, const struct kind *kind,
		    const char *namespace, struct err *err) NODISCARD;

/*
 * The same one by one, in pages, and as it was at an earlier version: each
 * object that was there then is met once, whatever was written since.
 */
struct object_query {
	const struct kind *kind;
	const char *namespace;       /* "": all */
	int64_t version;             /* 0: as it is now */
	const char *after_namespace; /* behind this one; "": from the start */
	const char *after_name;
	const char *name; /* this one alone; NULL: all */
	/* A label that is wanted, another hint; NULL: none. */
	const char *label_key;
	const char *label_value;
	/*
	 * Whether objects with such labels (NULL: none) are wanted at all, so
	 * that others need not be read. A hint: some may be given all the
	 * same. NULL: all are.
	 */
	bool (*wants)(void *arg, const json_t *labels);
	void *wants_arg;
};

/* The object is the walk's. False: that is enough. */
typedef bool (*object_fn)(void *arg, json_t *object);

/* Do not begin another walk from inside. ERR_GONE: what has changed since
 * that version is known no more. */
int object_each(struct store *store, const struct object_query *query,
		object_fn fn, void *arg, struct err *err) NODISCARD;
/* How many there are now; and, of whatever kind, with a label. */
int64_t object_count(struct store *store, const struct object_query *query);
int64_t object_labelled(struct store *store, const char *key,
			const char *value);

/* ERR_EXISTS when there is one. *stored may be NULL. */
int object_create(struct store *store, const struct object_key *key,
		  const json_t *object, json_t **stored,
		  struct err *err) NODISCARD;
/*
 * Replace: OBJECT_MAIN leaves the status, OBJECT_STATUS all else. When the
 * given object has a resourceVersion that is not the current one:
 * ERR_CONFLICT. Writing what is there already changes nothing, not even the
 * version. generation grows with the spec. An object with deletionTimestamp
 * that loses its last finalizer is deleted.
 */
int object_update(struct store *store, const struct object_key *key,
		  const json_t *object, enum object_part part, json_t **stored,
		  struct err *err) NODISCARD;
/*
 * With finalizers it only gets its deletionTimestamp. *last is the object as
 * it was last; *gone tells whether it is gone. Both may be NULL.
 *
 * What names it in metadata.ownerReferences, and has no other owner, goes
 * with it: after it (OBJECT_BACKGROUND), or before it, while it waits with
 * the finalizer "foregroundDeletion". With OBJECT_ORPHAN it stays, and its
 * reference goes. A Namespace takes all with it that is in it.
 */
enum object_propagation { OBJECT_BACKGROUND, OBJECT_FOREGROUND, OBJECT_ORPHAN };

int object_delete(struct store *store, const struct object_key *key,
		  json_t **last, bool *gone, struct err *err) NODISCARD;
int object_delete_as(struct store *store, const struct object_key *key,
		     enum object_propagation propagation, json_t **last,
		     bool *gone, struct err *err) NODISCARD;

/* Deletes objects of a kind that were made before that time, so many at once
 * as does not hold up the loop. */
int object_expire(struct store *store, const struct kind *kind, wall_ms before,
		  struct err *err) NODISCARD;

/* Shorthand for engines: set status (stolen) of an object by id. */
int object_set_status(struct store *store, int64_t id, json_t *status,
		      struct err *err) NODISCARD;
/* Merge-patch the main part of an object by id. */
int object_patch(struct store *store, int64_t id, const json_t *patch,
		 struct err *err) NODISCARD;

/*
 * A Secret with its values as they are now in `data` (of keys that it has),
 * and in what kubectl noted: for the eyes of who may see them. What is read
 * from the store, logged, or kept in the log of changes never has them.
 */
json_t *secret_shown(struct store *store, const json_t *object,
		     struct err *err) NODISCARD;
/* A Secret's value (decoded), appended to out; ERR_NOT_FOUND: no such key. */
int secret_value(struct store *store, const char *namespace, const char *name,
		 const char *key, struct buf *out, struct err *err) NODISCARD;

/*
 * Changes of a kind (NULL: of all) after a version, oldest first, at most
 * `limit`: a list of {"version":int, "type":"ADDED|MODIFIED|DELETED",
 * "group", "kind", "object":{...}, "before":{"metadata":{"namespace", "name",
 * "labels"}}}, the latter as it was before the change.
 * ERR_GONE when some of them have been pruned.
 */
json_t *change_since(struct store *store, const struct kind *kind,
		     int64_t version, int limit, struct err *err) NODISCARD;

/* What of the log is given up: more than so many changes or bytes, or older.
 * Whatever these say, the newest `floor` changes are kept. 0: no limit. */
struct change_limits {
	int64_t n;
	int64_t bytes;
	wall_ms age;
	int64_t floor;
};

/* So much at once as does not hold up the loop; *more tells whether to come
 * again soon. */
int change_prune(struct store *store, const struct change_limits *limits,
		 bool *more, struct err *err) NODISCARD;

#endif
