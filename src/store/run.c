/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

#define PRUNED_AT_ONCE 100

static void copy(sqlite3_stmt *q, int column, char *out, size_t size)
{
	str_copy(out, size, db_column(q, column));
}

static void read_run(sqlite3_stmt *q, struct run *run)
{
	*run = (struct run){
		.id = sqlite3_column_int64(q, 0),
		.workflow = sqlite3_column_int64(q, 4),
		.machine = sqlite3_column_int64(q, 5),
		.toggle = sqlite3_column_int(q, 10),
		.await_os = sqlite3_column_int(q, 11),
		.uefi = sqlite3_column_int(q, 12),
		.global_timeout_s = (uint32_t)sqlite3_column_int64(q, 13),
		.phase_at = sqlite3_column_int64(q, 15),
		.deadline = sqlite3_column_int64(q, 16),
		.part = sqlite3_column_int(q, 19),
		.waits_at = sqlite3_column_int64(q, 22),
		.pause = sqlite3_column_int(q, 25),
		.paused_at = sqlite3_column_int64(q, 26),
		.paused_ms = sqlite3_column_int64(q, 27),
		.resumed_at = sqlite3_column_int64(q, 28),
		.created_at = sqlite3_column_int64(q, 29),
		.queued_at = sqlite3_column_int64(q, 30),
		.started_at = sqlite3_column_int64(q, 31),
		.ended_at = sqlite3_column_int64(q, 32),
		.dhcp_at = sqlite3_column_int64(q, 33),
		.script_at = sqlite3_column_int64(q, 34),
		.hello_at = sqlite3_column_int64(q, 35),
		.os_at = sqlite3_column_int64(q, 36),
	};
	copy(q, 1, run->namespace, sizeof(run->namespace));
	copy(q, 2, run->name, sizeof(run->name));
	copy(q, 3, run->uid, sizeof(run->uid));
	copy(q, 6, run->machine_name, sizeof(run->machine_name));
	copy(q, 7, run->template_name, sizeof(run->template_name));
	copy(q, 8, run->rack, sizeof(run->rack));
	copy(q, 9, run->boot, sizeof(run->boot));
	copy(q, 14, run->phase, sizeof(run->phase));
	copy(q, 17, run->outcome, sizeof(run->outcome));
	copy(q, 18, run->cause, sizeof(run->cause));
	copy(q, 20, run->slot, sizeof(run->slot));
	copy(q, 21, run->waits, sizeof(run->waits));
	copy(q, 23, run->waits_why, sizeof(run->waits_why));
	copy(q, 24, run->cancel, sizeof(run->cancel));
}

static int make_room(struct store *store, int64_t workflow, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_RENAME);

	db_int(q, ":workflow", workflow);
	return db_write(store, q, err);
}

int run_create(struct store *store, const struct run *run, int64_t *id,
	       struct err *err)
{
	sqlite3_stmt *q;

	if (make_room(store, run->workflow, err))
		return err_wrap(err, "run of workflow %" PRId64, run->workflow);
	q = db_query(store, SQL_RUN_INSERT);
	db_int(q, ":workflow", run->workflow);
	db_int(q, ":machine", run->machine);
	db_text(q, ":boot", run->boot);
	db_int(q, ":toggle", run->toggle);
	db_int(q, ":await_os", run->await_os);
	db_int(q, ":uefi", run->uefi);
	db_int(q, ":global_timeout", run->global_timeout_s);
	db_text(q, ":phase", run->phase);
	db_int(q, ":now", store_now(store));
	db_int(q, ":deadline", run->deadline);
	if (db_write_row(store, q, "object", err))
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

int64_t run_by_name(struct store *store, const char *namespace,
		    const char *name)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_BY_NAME);

	db_text(q, ":namespace", namespace);
	db_text(q, ":name", name);
	return db_number(store, q, 0);
}

int64_t run_of_machine(struct store *store, int64_t machine)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_OF_MACHINE);

	db_int(q, ":machine", machine);
	return db_number(store, q, 0);
}

static void bind_times(sqlite3_stmt *q, const struct run *run)
{
	db_int(q, ":phase_at", run->phase_at);
	db_int(q, ":deadline", run->deadline);
	db_int(q, ":waits_at", run->waits_at);
	db_int(q, ":paused_at", run->paused_at);
	db_int(q, ":paused_ms", run->paused_ms);
	db_int(q, ":resumed_at", run->resumed_at);
	db_int(q, ":queued_at", run->queued_at);
	db_int(q, ":started_at", run->started_at);
	db_int(q, ":ended_at", run->ended_at);
	db_int(q, ":dhcp_at", run->dhcp_at);
	db_int(q, ":script_at", run->script_at);
	db_int(q, ":hello_at", run->hello_at);
	db_int(q, ":os_at", run->os_at);
}

int run_update(struct store *store, const struct run *run, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_UPDATE);

	db_int(q, ":id", run->id);
	db_text(q, ":phase", run->phase);
	db_text(q, ":outcome", run->outcome);
	db_words(q, ":cause", run->cause);
	db_int(q, ":part", run->part);
	db_text(q, ":slot", run->slot);
	db_text(q, ":waits", run->waits);
	db_text(q, ":waits_why", run->waits_why);
	db_words(q, ":cancel", run->cancel);
	db_int(q, ":pause", run->pause);
	bind_times(q, run);
	if (db_write_row(store, q, "run", err))
		return err_wrap(err, "run %" PRId64, run->id);
	db_touch_run(store, run->id);
	return 0;
}

json_t *run_labels(struct store *store, int64_t id)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_LABELS);
	json_t *labels = NULL;
	struct err ignored;

	db_int(q, ":id", id);
	if (db_step(store, q, &ignored) == 1) {
		const char *text = db_column(q, 0);

		labels = json_parse(text, strlen(text), &ignored);
	}
	db_done(q);
	return labels ? labels : json_object();
}

int run_relabel(struct store *store, int64_t workflow, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_RELABEL);

	db_int(q, ":workflow", workflow);
	return db_write(store, q, err);
}

size_t run_open(struct store *store, int64_t **ids)
{
	return db_ids(store, db_query(store, SQL_RUN_OPEN), ids);
}

size_t run_missing(struct store *store, int64_t **workflows)
{
	return db_ids(store, db_query(store, SQL_RUN_MISSING), workflows);
}

size_t run_list(struct store *store, const char *namespace, int64_t **ids)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_LIST);

	db_text(q, ":namespace", namespace);
	return db_ids(store, q, ids);
}

size_t run_paced(struct store *store, struct run_paced **paced)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_PACED);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*paced = NULL;
	while (db_step(store, q, &ignored) == 1) {
		struct run_paced *at;

		if (n == size) {
			size = size ? size * 2 : 16;
			*paced = xrealloc(*paced, size * sizeof(**paced));
		}
		at = &(*paced)[n++];
		at->run = sqlite3_column_int64(q, 0);
		copy(q, 1, at->rack, sizeof(at->rack));
		copy(q, 2, at->slot, sizeof(at->slot));
		copy(q, 3, at->waits, sizeof(at->waits));
	}
	return n;
}

size_t run_starting(struct store *store, struct run_starting **list)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_STARTING);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*list = NULL;
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 16;
			*list = xrealloc(*list, size * sizeof(**list));
		}
		(*list)[n++] = (struct run_starting){
			.run = sqlite3_column_int64(q, 0),
			.machine = sqlite3_column_int64(q, 1),
			.first_boot = sqlite3_column_int(q, 2),
		};
	}
	return n;
}

int run_input_put(struct store *store, int64_t run, const char *template,
		  const json_t *snapshot, struct err *err)
{
	AUTO_FREE char *text = json_text(snapshot);
	sqlite3_stmt *q = db_query(store, SQL_RUN_INPUT_PUT);

	db_int(q, ":run", run);
	db_text(q, ":template", template);
	db_text(q, ":snapshot", text);
	return db_write(store, q, err);
}

int run_input_get(struct store *store, int64_t run, char **template,
		  json_t **snapshot, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_INPUT_GET);
	int status;

	*template = NULL;
	*snapshot = NULL;
	db_int(q, ":run", run);
	status = db_step(store, q, err);
	if (status == 1) {
		const char *text = db_column(q, 1);

		*snapshot = json_parse(text, strlen(text), err);
		if (*snapshot)
			*template = xstrdup(db_column(q, 0));
	} else if (!status) {
		err_set(err, ERR_NOT_FOUND,
			"run %" PRId64 " was not kept with its template", run);
	}
	db_done(q);
	return *template ? 0 : -1;
}

static int prune_old(struct store *store, int64_t age_ms, bool *more,
		     struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_PRUNE_OLD);

	db_int(q, ":before", store_now(store) - age_ms);
	db_int(q, ":limit", PRUNED_AT_ONCE);
	if (db_write(store, q, err))
		return -1;
	if (sqlite3_changes(store->db) == PRUNED_AT_ONCE)
		*more = true;
	return 0;
}

static int prune_crowds(struct store *store, int64_t most, bool *more,
			struct err *err)
{
	AUTO_FREE int64_t *machines = NULL;
	sqlite3_stmt *q = db_query(store, SQL_RUN_CROWDED);
	size_t n;

	db_int(q, ":most", most);
	db_int(q, ":limit", PRUNED_AT_ONCE);
	n = db_ids(store, q, &machines);
	for (size_t i = 0; i < n; i++) {
		q = db_query(store, SQL_RUN_PRUNE_MACHINE);
		db_int(q, ":machine", machines[i]);
		db_int(q, ":most", most);
		if (db_write(store, q, err))
			return -1;
		/* Open ones stay, however many there are. */
		if (n == PRUNED_AT_ONCE && sqlite3_changes(store->db))
			*more = true;
	}
	return 0;
}

int run_prune(struct store *store, const struct run_limits *limits, bool *more,
	      struct err *err)
{
	*more = false;
	if (limits->age_ms && prune_old(store, limits->age_ms, more, err))
		return -1;
	if (limits->n && prune_crowds(store, limits->n, more, err))
		return -1;
	return 0;
}
