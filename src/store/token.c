/* SPDX-License-Identifier: Apache-2.0 */
#include "store/token.h"

#include <string.h>

#include "base/str.h"
#include "store/db.h"

/* To note each use would be one fsync for each request that only reads. */
#define USED_EVERY_MS (5 * 60 * 1000)

static const char *const types[] = {
	[TOKEN_BEARER] = "Bearer",
	[TOKEN_CERTIFICATE] = "Certificate",
};

const char *token_type_name(enum token_type type)
{
	return types[type];
}

static void read_row(sqlite3_stmt *q, struct token *token)
{
	*token = (struct token){ .id = sqlite3_column_int64(q, 0) };
	str_copy(token->uid, sizeof(token->uid), db_column(q, 1));
	str_copy(token->name, sizeof(token->name), db_column(q, 2));
	if (str_eq(db_column(q, 3), types[TOKEN_CERTIFICATE]))
		token->type = TOKEN_CERTIFICATE;
	str_copy(token->user, sizeof(token->user), db_column(q, 4));
	str_copy(token->role, sizeof(token->role), db_column(q, 5));
	str_copy(token->namespaces, sizeof(token->namespaces), db_column(q, 6));
	str_copy(token->serial, sizeof(token->serial), db_column(q, 7));
	token->created_at = sqlite3_column_int64(q, 8);
	str_copy(token->created_by, sizeof(token->created_by), db_column(q, 9));
	token->expires_at = sqlite3_column_int64(q, 10);
	token->used_at = sqlite3_column_int64(q, 11);
}

static bool read_one(struct store *store, sqlite3_stmt *q, struct token *token)
{
	struct err ignored;
	bool found = db_step(store, q, &ignored) == 1;

	if (found)
		read_row(q, token);
	db_done(q);
	return found;
}

/* Too long for its column's struct would be another one when it is read. */
static int check_fits(const struct token *token, struct err *err)
{
	if (!*token->name || !*token->user || !*token->role)
		return err_set(err, ERR_INVALID,
			       "a token has a name, a user and a role");
	return 0;
}

int token_create(struct store *store, const struct token *token,
		 const char *secret, struct err *err)
{
	char digest[SECRET_DIGEST_TEXT] = "";
	struct token other;
	sqlite3_stmt *q;

	if (check_fits(token, err))
		return -1;
	if (token_get(store, token->name, &other, err) == 0)
		return err_set(err, ERR_EXISTS, "token %s exists already",
			       token->name);
	if (secret)
		secret_digest(secret, strlen(secret), digest);
	q = db_query(store, SQL_TOKEN_INSERT);
	db_text(q, ":name", token->name);
	db_text(q, ":type", types[token->type]);
	db_text(q, ":user", token->user);
	db_text(q, ":role", token->role);
	db_text(q, ":namespaces", token->namespaces);
	db_text(q, ":digest", digest);
	db_text(q, ":serial", token->serial);
	db_int(q, ":now", store_now(store));
	db_text(q, ":by", token->created_by);
	db_int(q, ":expires", token->expires_at);
	return db_write(store, q, err);
}

int token_replace(struct store *store, const struct token *token,
		  const char *secret, struct err *err)
{
	if (token_revoke(store, token->name, err) && err->code != ERR_NOT_FOUND)
		return -1;
	return token_create(store, token, secret, err);
}

/*
 * The digest is looked up in an index. How long that takes may tell how much
 * of a digest is right, and nothing of the token it is made of.
 */
bool token_find(struct store *store, const char *secret, struct token *token)
{
	sqlite3_stmt *q = db_query(store, SQL_TOKEN_BY_DIGEST);
	char digest[SECRET_DIGEST_TEXT];
	struct err ignored;
	bool found;

	secret_digest(secret, strlen(secret), digest);
	db_text(q, ":digest", digest);
	found = db_step(store, q, &ignored) == 1 &&
		secret_equal(digest, db_column(q, 12));
	if (found)
		read_row(q, token);
	db_done(q);
	return found;
}

bool token_by_serial(struct store *store, const char *serial,
		     struct token *token)
{
	sqlite3_stmt *q = db_query(store, SQL_TOKEN_BY_SERIAL);

	db_text(q, ":serial", serial);
	return read_one(store, q, token);
}

int token_get(struct store *store, const char *name, struct token *token,
	      struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_TOKEN_BY_NAME);

	db_text(q, ":name", name);
	if (read_one(store, q, token))
		return 0;
	return err_set(err, ERR_NOT_FOUND, "no such token: %s", name);
}

int token_list(struct store *store, struct token **tokens, size_t *n,
	       struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_TOKEN_LIST);
	size_t size = 0;
	int status;

	*tokens = NULL;
	*n = 0;
	while ((status = db_step(store, q, err)) == 1) {
		if (*n == size) {
			size = size ? size * 2 : 16;
			*tokens = xrealloc(*tokens, size * sizeof(**tokens));
		}
		read_row(q, &(*tokens)[(*n)++]);
	}
	if (!status)
		return 0;
	free(*tokens);
	*tokens = NULL;
	*n = 0;
	return -1;
}

int token_used(struct store *store, const struct token *token, struct err *err)
{
	wall_ms now = store_now(store);
	sqlite3_stmt *q;

	if (now - token->used_at < USED_EVERY_MS)
		return 0;
	q = db_query(store, SQL_TOKEN_USED);
	db_int(q, ":id", token->id);
	db_int(q, ":now", now);
	return db_write(store, q, err);
}

static int put_revocation(struct store *store, const char *serial,
			  const char *user, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_REVOCATION_PUT);

	db_text(q, ":serial", serial);
	db_text(q, ":user", user);
	db_int(q, ":now", store_now(store));
	return db_write(store, q, err);
}

static int revoke(struct store *store, const struct token *token,
		  struct err *err)
{
	sqlite3_stmt *q;

	if (token->type == TOKEN_CERTIFICATE &&
	    put_revocation(store, token->serial, "", err))
		return -1;
	q = db_query(store, SQL_TOKEN_DELETE);
	db_int(q, ":id", token->id);
	return db_write_row(store, q, "token", err);
}

int token_revoke(struct store *store, const char *name, struct err *err)
{
	struct token token;

	if (token_get(store, name, &token, err))
		return -1;
	return revoke(store, &token, err);
}

int token_revoke_serial(struct store *store, const char *serial,
			struct err *err)
{
	struct token token;

	if (token_by_serial(store, serial, &token))
		return revoke(store, &token, err);
	return put_revocation(store, serial, "", err);
}

int token_revoke_user(struct store *store, const char *user, struct err *err)
{
	struct token *tokens;
	size_t n;
	int status;

	if (token_list(store, &tokens, &n, err))
		return -1;
	status = put_revocation(store, "", user, err);
	for (size_t i = 0; i < n && !status; i++)
		if (str_eq(tokens[i].user, user))
			status = revoke(store, &tokens[i], err);
	free(tokens);
	return status;
}

bool token_is_revoked(struct store *store, const char *serial, const char *user,
		      wall_ms issued_at)
{
	sqlite3_stmt *q = db_query(store, SQL_REVOCATION_FIND);

	db_text(q, ":serial", serial);
	db_text(q, ":user", user);
	db_int(q, ":issued", issued_at);
	/* What cannot be looked up is not let in. */
	return db_number(store, q, 1) != 0;
}
