/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tally.h"

#include <stdio.h>

#include "store/db.h"

static size_t read_all(struct store *store, enum sql_query query,
		       struct tally *out, size_t max)
{
	sqlite3_stmt *q = db_query(store, query);
	struct err ignored;
	size_t n = 0;

	while (n < max && db_step(store, q, &ignored) == 1) {
		snprintf(out[n].name, sizeof(out[n].name), "%s",
			 db_column(q, 0));
		out[n].n = sqlite3_column_int64(q, 1);
		n++;
	}
	db_done(q);
	return n;
}

size_t tally_power(struct store *store, struct tally *out, size_t max)
{
	return read_all(store, SQL_TALLY_POWER, out, max);
}

size_t tally_phases(struct store *store, struct tally *out, size_t max)
{
	return read_all(store, SQL_TALLY_PHASES, out, max);
}
