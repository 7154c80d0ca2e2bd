/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static void read_intent(sqlite3_stmt *q, struct intent *intent)
{
	*intent = (struct intent){
		.id = sqlite3_column_int64(q, 0),
		.run = sqlite3_column_int64(q, 1),
		.job = sqlite3_column_int64(q, 2),
		.machine = sqlite3_column_int64(q, 3),
		.created_at = sqlite3_column_int64(q, 7),
		.sent_at = sqlite3_column_int64(q, 8),
		.ended_at = sqlite3_column_int64(q, 9),
	};
	str_copy(intent->kind, sizeof(intent->kind), db_column(q, 4));
	str_copy(intent->state, sizeof(intent->state), db_column(q, 5));
	str_copy(intent->args, sizeof(intent->args), db_column(q, 6));
	str_copy(intent->error_code, sizeof(intent->error_code),
		 db_column(q, 10));
	str_copy(intent->error, sizeof(intent->error), db_column(q, 11));
}

static size_t read_list(struct store *store, sqlite3_stmt *q,
			struct intent **intents)
{
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*intents = NULL;
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 8;
			*intents = xrealloc(*intents, size * sizeof(**intents));
		}
		read_intent(q, &(*intents)[n++]);
	}
	return n;
}

int intent_create(struct store *store, const struct intent *intent, int64_t *id,
		  struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_INTENT_INSERT);

	db_int(q, ":run", intent->run);
	db_int(q, ":job", intent->job);
	db_int(q, ":machine", intent->machine);
	db_text(q, ":kind", intent->kind);
	db_text(q, ":args", intent->args);
	db_int(q, ":now", store_now(store));
	if (db_write(store, q, err))
		return err_wrap(err, "intent %s", intent->kind);
	*id = sqlite3_last_insert_rowid(store->db);
	if (intent->run)
		db_touch_run(store, intent->run);
	return 0;
}

size_t intent_open(struct store *store, struct intent **intents)
{
	return read_list(store, db_query(store, SQL_INTENT_OPEN), intents);
}

size_t intent_waiting(struct store *store, struct intent **intents)
{
	return read_list(store, db_query(store, SQL_INTENT_WAITING), intents);
}

size_t intent_of_job(struct store *store, int64_t job, struct intent **intents)
{
	sqlite3_stmt *q = db_query(store, SQL_INTENT_OF_JOB);

	db_int(q, ":job", job);
	return read_list(store, q, intents);
}

bool intent_last(struct store *store, int64_t run, struct intent *intent)
{
	sqlite3_stmt *q = db_query(store, SQL_INTENT_LAST);
	struct err ignored;
	bool found;

	db_int(q, ":run", run);
	found = db_step(store, q, &ignored) == 1;
	if (found)
		read_intent(q, intent);
	db_done(q);
	return found;
}

int intent_sent(struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_INTENT_SENT);

	db_int(q, ":id", id);
	db_int(q, ":now", store_now(store));
	if (db_write(store, q, err))
		return -1;
	if (!sqlite3_changes(store->db))
		return err_set(err, ERR_CONFLICT,
			       "intent %" PRId64 " does not wait to be sent",
			       id);
	return 0;
}

int intent_end(struct store *store, const struct intent *intent,
	       const struct err *error, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_INTENT_END);

	db_int(q, ":id", intent->id);
	db_text(q, ":state", error ? "failed" : "observed");
	db_text(q, ":code", error ? err_name(error->code) : "");
	db_words(q, ":error", error ? error->message : "");
	db_int(q, ":now", store_now(store));
	if (db_write(store, q, err))
		return -1;
	if (!sqlite3_changes(store->db))
		return 0;
	if (intent->run)
		db_touch_run(store, intent->run);
	if (intent->job)
		store_touch_job(store, intent->job);
	return 0;
}
