/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"

static json_t *read_document(sqlite3_stmt *q, int column)
{
	const char *text = db_column(q, column);
	struct err ignored; /* we wrote it: only damage makes it unreadable */
	json_t *document = json_parse(text, strlen(text), &ignored);

	return document ? document : json_object();
}

static void read_action(sqlite3_stmt *q, struct action *action)
{
	*action = (struct action){
		.run = sqlite3_column_int64(q, 0),
		.position = sqlite3_column_int(q, 1),
		.document = read_document(q, 5),
		.timeout_s = (uint32_t)sqlite3_column_int64(q, 6),
		.attempt = sqlite3_column_int(q, 8),
		.started_at = sqlite3_column_int64(q, 10),
		.ended_at = sqlite3_column_int64(q, 11),
		.bytes_done = sqlite3_column_int64(q, 15),
		.bytes_total = sqlite3_column_int64(q, 16),
		.progress_at = sqlite3_column_int64(q, 17),
	};
	str_copy(action->action_id, sizeof(action->action_id), db_column(q, 2));
	str_copy(action->name, sizeof(action->name), db_column(q, 3));
	str_copy(action->image, sizeof(action->image), db_column(q, 4));
	str_copy(action->state, sizeof(action->state), db_column(q, 7));
	str_copy(action->boot_id, sizeof(action->boot_id), db_column(q, 9));
	str_copy(action->message, sizeof(action->message), db_column(q, 12));
	str_copy(action->result, sizeof(action->result), db_column(q, 13));
	str_copy(action->phase, sizeof(action->phase), db_column(q, 14));
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
	db_text(q, ":name", action->name);
	db_text(q, ":image", action->image);
	db_text(q, ":document", document);
	db_int(q, ":timeout", action->timeout_s);
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

int action_update(struct store *store, const struct action *action,
		  struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_ACTION_UPDATE);

	db_int(q, ":run", action->run);
	db_int(q, ":position", action->position);
	db_text(q, ":state", action->state);
	db_int(q, ":attempt", action->attempt);
	db_text(q, ":boot", action->boot_id);
	db_int(q, ":started_at", action->started_at);
	db_int(q, ":ended_at", action->ended_at);
	db_words(q, ":message", action->message);
	db_text(q, ":result", action->result);
	if (db_write_row(store, q, "action", err))
		return err_wrap(err, "action %d of run %" PRId64,
				action->position, action->run);
	db_touch_run(store, action->run);
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
