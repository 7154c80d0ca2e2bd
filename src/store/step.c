/* SPDX-License-Identifier: Apache-2.0 */
#include "store/run.h"

#include <inttypes.h>

#include "base/str.h"
#include "store/db.h"

static void copy(sqlite3_stmt *q, int column, char *out, size_t size)
{
	str_copy(out, size, db_column(q, column));
}

static void read_step(sqlite3_stmt *q, struct step *step)
{
	*step = (struct step){
		.run = sqlite3_column_int64(q, 0),
		.position = sqlite3_column_int(q, 1),
		.action = sqlite3_column_int(q, 5),
		.given_up = sqlite3_column_int(q, 6),
		.intent = sqlite3_column_int64(q, 7),
		.created_at = sqlite3_column_int64(q, 9),
		.ended_at = sqlite3_column_int64(q, 10),
	};
	copy(q, 2, step->stage, sizeof(step->stage));
	copy(q, 3, step->kind, sizeof(step->kind));
	copy(q, 4, step->args, sizeof(step->args));
	copy(q, 8, step->state, sizeof(step->state));
	copy(q, 11, step->error_code, sizeof(step->error_code));
	copy(q, 12, step->error, sizeof(step->error));
}

int step_create(struct store *store, const struct step *step, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_STEP_INSERT);

	db_int(q, ":run", step->run);
	db_int(q, ":position", step->position);
	db_text(q, ":stage", step->stage);
	db_text(q, ":kind", step->kind);
	db_text(q, ":args", step->args);
	db_int(q, ":action", step->action);
	if (db_write(store, q, err))
		return err_wrap(err, "step %d of run %" PRId64, step->position,
				step->run);
	return 0;
}

size_t step_list(struct store *store, int64_t run, struct step **steps)
{
	sqlite3_stmt *q = db_query(store, SQL_STEP_LIST);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*steps = NULL;
	db_int(q, ":run", run);
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 8;
			*steps = xrealloc(*steps, size * sizeof(**steps));
		}
		read_step(q, &(*steps)[n++]);
	}
	return n;
}

int step_update(struct store *store, const struct step *step, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_STEP_UPDATE);

	db_int(q, ":run", step->run);
	db_int(q, ":position", step->position);
	db_int(q, ":intent", step->intent);
	db_int(q, ":given_up", step->given_up);
	if (db_write_row(store, q, "step", err))
		return err_wrap(err, "step %d of run %" PRId64, step->position,
				step->run);
	return 0;
}
