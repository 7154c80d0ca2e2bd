/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static void read_run(sqlite3_stmt *q, struct run *run)
{
	*run = (struct run){
		.id = sqlite3_column_int64(q, 0),
		.workflow = sqlite3_column_int64(q, 1),
		.machine = sqlite3_column_int64(q, 2),
		.phase_at = sqlite3_column_int64(q, 4),
		.deadline = sqlite3_column_int64(q, 5),
		.netboot = sqlite3_column_int(q, 8),
		.toggle = sqlite3_column_int(q, 9),
		.await_os = sqlite3_column_int(q, 10),
		.uefi = sqlite3_column_int(q, 11),
		.global_timeout_s = (uint32_t)sqlite3_column_int64(q, 12),
		.created_at = sqlite3_column_int64(q, 13),
		.started_at = sqlite3_column_int64(q, 14),
		.ended_at = sqlite3_column_int64(q, 15),
	};
	str_copy(run->phase, sizeof(run->phase), db_column(q, 3));
	str_copy(run->outcome, sizeof(run->outcome), db_column(q, 6));
	str_copy(run->cause, sizeof(run->cause), db_column(q, 7));
}

int run_create(struct store *store, const struct run *run, int64_t *id,
	       struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_INSERT);

	db_int(q, ":workflow", run->workflow);
	db_int(q, ":machine", run->machine);
	db_text(q, ":phase", run->phase);
	db_int(q, ":now", store_now(store));
	db_int(q, ":deadline", run->deadline);
	db_int(q, ":netboot", run->netboot);
	db_int(q, ":toggle", run->toggle);
	db_int(q, ":await_os", run->await_os);
	db_int(q, ":uefi", run->uefi);
	db_int(q, ":global_timeout", run->global_timeout_s);
	if (db_write(store, q, err))
		return err_wrap(err, "run of workflow %" PRId64, run->workflow);
	*id = sqlite3_last_insert_rowid(store->db);
	db_touch_run(store, *id);
	return 0;
}

int run_get(struct store *store, int64_t id, struct run *run, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_GET);
	int status;

	db_int(q, ":id", id);
	status = db_step(store, q, err);
	if (status == 1)
		read_run(q, run);
	else if (!status)
		err_set(err, ERR_NOT_FOUND, "no such run: %" PRId64, id);
	db_done(q);
	return status == 1 ? 0 : -1;
}

int64_t run_by_workflow(struct store *store, int64_t workflow)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_BY_WORKFLOW);

	db_int(q, ":id", workflow);
	return db_number(store, q, 0);
}

int64_t run_of_machine(struct store *store, int64_t machine)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_OF_MACHINE);

	db_int(q, ":machine", machine);
	return db_number(store, q, 0);
}

int run_update(struct store *store, const struct run *run, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_UPDATE);

	db_int(q, ":id", run->id);
	db_text(q, ":phase", run->phase);
	db_int(q, ":phase_at", run->phase_at);
	db_int(q, ":deadline", run->deadline);
	db_text(q, ":outcome", run->outcome);
	db_words(q, ":cause", run->cause);
	db_int(q, ":started_at", run->started_at);
	db_int(q, ":ended_at", run->ended_at);
	if (db_write_row(store, q, "run", err))
		return err_wrap(err, "run %" PRId64, run->id);
	db_touch_run(store, run->id);
	return 0;
}

size_t run_open(struct store *store, int64_t **ids)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_OPEN);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*ids = NULL;
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 16;
			*ids = xrealloc(*ids, size * sizeof(**ids));
		}
		(*ids)[n++] = sqlite3_column_int64(q, 0);
	}
	return n;
}
