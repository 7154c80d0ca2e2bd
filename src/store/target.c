/* SPDX-License-Identifier: Apache-2.0 */
#include "store/target.h"

#include "store/db.h"

int target_each(struct store *store, target_fn fn, void *arg, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_TARGET_LIST);
	int status;

	while ((status = db_step(store, q, err)) == 1) {
		const struct target target = {
			.namespace = db_column(q, 0),
			.name = db_column(q, 1),
			.labels = db_column(q, 2),
			.mac = db_column(q, 3),
			.arch = db_column(q, 4),
			.address = db_column(q, 5),
			.bmc = db_column(q, 6),
			.bmc_host = db_column(q, 7),
			.bmc_driver = db_column(q, 8),
			.power = db_column(q, 9),
		};

		fn(arg, &target);
	}
	db_done(q);
	return status;
}
