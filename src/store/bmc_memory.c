/* SPDX-License-Identifier: Apache-2.0 */
#include "store/bmc_memory.h"

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/object.h"

static int64_t machine_of(struct store *store, const char *namespace,
			  const char *name)
{
	const struct object_key key = { kind_find(BMC_GROUP, "Machine"),
					namespace, name };

	return object_id(store, &key);
}

static void context_of(const char *namespace, const char *name, char *out,
		       size_t size)
{
	snprintf(out, size, "bmc-memory/%s/%s", namespace, name);
}

int bmc_memory_get(struct store *store, const char *namespace, const char *name,
		   struct buf *text, struct err *err)
{
	int64_t id = machine_of(store, namespace, name);
	sqlite3_stmt *q = db_query(store, SQL_BMC_MEMORY_GET);
	char context[400];
	int status;

	context_of(namespace, name, context, sizeof(context));
	db_int(q, ":id", id);
	status = db_step(store, q, err);
	if (status == 1 &&
	    secret_open(&store->key, context, sqlite3_column_blob(q, 0),
			(size_t)sqlite3_column_bytes(q, 0), text, err))
		status = -1;
	db_done(q);
	return status;
}

int bmc_memory_put(struct store *store, const char *namespace, const char *name,
		   const char *text, struct err *err)
{
	CLEANUP(buf_release)
	struct buf sealed = BUF_INIT(BMC_MEMORY_MAX + SECRET_OVERHEAD);
	int64_t id = machine_of(store, namespace, name);
	size_t len = strlen(text);
	char context[400];
	sqlite3_stmt *q;

	if (!id)
		return err_set(err, ERR_NOT_FOUND, "no such bmc Machine: %s/%s",
			       namespace, name);
	if (len > BMC_MEMORY_MAX)
		return err_set(err, ERR_TOO_BIG,
			       "what was learnt of a BMC: over %d bytes",
			       BMC_MEMORY_MAX);
	context_of(namespace, name, context, sizeof(context));
	if (secret_seal(&store->key, context, text, len, &sealed, err))
		return -1;
	q = db_query(store, SQL_BMC_MEMORY_PUT);
	db_int(q, ":id", id);
	db_blob(q, ":sealed", sealed.base, sealed.len);
	return db_write(store, q, err);
}

int bmc_memory_forget(struct store *store, const char *namespace,
		      const char *name, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_BMC_MEMORY_DELETE);

	db_int(q, ":id", machine_of(store, namespace, name));
	return db_write(store, q, err);
}
