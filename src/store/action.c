/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static void copy(sqlite3_stmt *q, int column, char *out, size_t size)
{
	str_copy(out, size, db_column(q, column));
}

static void read_texts(sqlite3_stmt *q, struct action *action)
{
	copy(q, 2, action->action_id, sizeof(action->action_id));
	copy(q, 4, action->task_name, sizeof(action->task_name));
	copy(q, 5, action->agent, sizeof(action->agent));
	copy(q, 7, action->name, sizeof(action->name));
	copy(q, 8, action->image, sizeof(action->image));
	copy(q, 12, action->background, sizeof(action->background));
	copy(q, 17, action->state, sizeof(action->state));
	copy(q, 23, action->handler, sizeof(action->handler));
	copy(q, 24, action->ended_as, sizeof(action->ended_as));
	copy(q, 25, action->cause, sizeof(action->cause));
	copy(q, 26, action->boot_id, sizeof(action->boot_id));
	copy(q, 29, action->message, sizeof(action->message));
	copy(q, 30, action->result, sizeof(action->result));
	copy(q, 31, action->phase, sizeof(action->phase));
	copy(q, 36, action->leaves, sizeof(action->leaves));
}

static void read_action(sqlite3_stmt *q, struct action *action)
{
	*action = (struct action){
		.run = sqlite3_column_int64(q, 0),
		.position = sqlite3_column_int(q, 1),
		.task = sqlite3_column_int(q, 3),
		.machine = sqlite3_column_int64(q, 6),
		.secret = sqlite3_column_int(q, 9),
		.timeout_s = (uint32_t)sqlite3_column_int64(q, 10),
		.repeatable = str_eq(db_column(q, 11), "at-least-once"),
		.retries = (uint32_t)sqlite3_column_int64(q, 13),
		.backoff_s = (uint32_t)sqlite3_column_int64(q, 14),
		.on_failure = sqlite3_column_int(q, 15),
		.on_timeout = sqlite3_column_int(q, 16),
		.offered_at = sqlite3_column_int64(q, 18),
		.not_before = sqlite3_column_int64(q, 19),
		.attempt = sqlite3_column_int(q, 20),
		.n_failed = sqlite3_column_int(q, 21),
		.n_interrupted = sqlite3_column_int(q, 22),
		.started_at = sqlite3_column_int64(q, 27),
		.ended_at = sqlite3_column_int64(q, 28),
		.bytes_done = sqlite3_column_int64(q, 32),
		.bytes_total = sqlite3_column_int64(q, 33),
		.progress_at = sqlite3_column_int64(q, 34),
		.imaging = sqlite3_column_int(q, 35),
	};
	read_texts(q, action);
}

int action_create(struct store *store, const struct action *action,
		  struct err *err)
{
	AUTO_FREE char *document =
		action->document ? json_text(action->document) : xstrdup("{}");
	sqlite3_stmt *q = db_query(store, SQL_ACTION_INSERT);

	db_int(q, ":run", action->run);
	db_int(q, ":position", action->position);
	db_text(q, ":action", action->action_id);
	db_int(q, ":task", action->task);
	db_text(q, ":task_name", action->task_name);
	db_text(q, ":agent", action->agent);
	db_int(q, ":machine", action->machine);
	db_text(q, ":name", action->name);
	db_text(q, ":image", action->image);
	db_text(q, ":document", document);
	db_int(q, ":secret", action->secret);
	db_int(q, ":timeout", action->timeout_s);
	db_text(q, ":delivery",
		action->repeatable ? "at-least-once" : "exactly-once");
	db_text(q, ":background", action->background);
	db_int(q, ":retries", action->retries);
	db_int(q, ":backoff", action->backoff_s);
	db_int(q, ":on_failure", action->on_failure);
	db_int(q, ":on_timeout", action->on_timeout);
	db_int(q, ":imaging", action->imaging);
	db_text(q, ":leaves", action->leaves);
	db_text(q, ":state", *action->state ? action->state : "PENDING");
	if (db_write(store, q, err))
		return err_wrap(err, "action %d of run %" PRId64,
				action->position, action->run);
	db_touch_run(store, action->run);
	return 0;
}

size_t action_list(struct store *store, int64_t run, struct action **actions)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_LIST);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*actions = NULL;
	db_int(q, ":run", run);
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 8;
			*actions = xrealloc(*actions, size * sizeof(**actions));
		}
		read_action(q, &(*actions)[n++]);
	}
	return n;
}

void action_list_free(struct action *actions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_decref(actions[i].document);
	free(actions);
}

json_t *action_document(struct store *store, int64_t run, int position)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_DOCUMENT);
	json_t *document = NULL;
	struct err ignored; /* we wrote it: only damage makes it unreadable */

	db_int(q, ":run", run);
	db_int(q, ":position", position);
	if (db_step(store, q, &ignored) == 1) {
		const char *text = db_column(q, 0);

		document = json_parse(text, strlen(text), &ignored);
	}
	db_done(q);
	return document ? document : json_object();
}

int action_update(struct store *store, const struct action *action,
		  struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_UPDATE);

	db_int(q, ":run", action->run);
	db_int(q, ":position", action->position);
	db_text(q, ":state", action->state);
	db_int(q, ":offered_at", action->offered_at);
	db_int(q, ":not_before", action->not_before);
	db_int(q, ":attempt", action->attempt);
	db_int(q, ":n_failed", action->n_failed);
	db_int(q, ":n_interrupted", action->n_interrupted);
	db_text(q, ":handler", action->handler);
	db_text(q, ":ended_as", action->ended_as);
	db_words(q, ":cause", action->cause);
	db_text(q, ":boot", action->boot_id);
	db_int(q, ":started_at", action->started_at);
	db_int(q, ":ended_at", action->ended_at);
	db_words(q, ":message", action->message);
	db_text(q, ":result", action->result);
	if (db_write_row(store, q, "action", err))
		return err_wrap(err, "action %d of run %" PRId64,
				action->position, action->run);
	db_touch_run(store, action->run);
	if (action->offered_at && str_eq(action->state, "PENDING"))
		db_touch(&store->work, action->machine);
	return 0;
}

int action_progress(struct store *store, const struct action *action,
		    struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_PROGRESS);

	db_int(q, ":run", action->run);
	db_int(q, ":position", action->position);
	db_words(q, ":phase", action->phase);
	db_int(q, ":done", action->bytes_done);
	db_int(q, ":total", action->bytes_total);
	db_int(q, ":now", store_now(store));
	if (db_write_row(store, q, "action", err))
		return err_wrap(err, "action %d of run %" PRId64,
				action->position, action->run);
	return 0;
}

bool action_for_machine(struct store *store, int64_t machine,
			struct action_key *key)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_FOR_MACHINE);
	struct err ignored;
	bool found;

	db_int(q, ":machine", machine);
	found = db_step(store, q, &ignored) == 1;
	if (found) {
		key->run = sqlite3_column_int64(q, 0);
		key->position = sqlite3_column_int(q, 1);
	}
	db_done(q);
	return found;
}

size_t action_begun(struct store *store, int64_t machine, const char *boot_id,
		    struct action_key **keys)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_BEGUN);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*keys = NULL;
	db_int(q, ":machine", machine);
	db_text(q, ":boot", boot_id);
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 4;
			*keys = xrealloc(*keys, size * sizeof(**keys));
		}
		(*keys)[n].run = sqlite3_column_int64(q, 0);
		(*keys)[n++].position = sqlite3_column_int(q, 1);
	}
	return n;
}
