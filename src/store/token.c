/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object.h"

#include <string.h>

#include "base/str.h"
#include "store/db.h"

int token_put(struct store *store, const char *name, const char *role,
	      const char *token, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_TOKEN_PUT);
	char digest[SECRET_DIGEST_TEXT];

	secret_digest(token, strlen(token), digest);
	db_text(q, ":digest", digest);
	db_text(q, ":name", name);
	db_text(q, ":role", role);
	db_int(q, ":now", store_now(store));
	return db_write(store, q, err);
}

void token_role(struct store *store, const char *token, char *role, size_t size)
{
	sqlite3_stmt *q = db_query(store, SQL_TOKEN_ROLE);
	char digest[SECRET_DIGEST_TEXT];
	struct err ignored;

	secret_digest(token, strlen(token), digest);
	db_text(q, ":digest", digest);
	if (size)
		role[0] = '\0';
	if (db_step(store, q, &ignored) == 1)
		str_copy(role, size, db_column(q, 0));
	db_done(q);
}
