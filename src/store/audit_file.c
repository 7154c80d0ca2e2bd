/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "store/audit_row.h"

#define LOG_MODULE "store"
#include "base/log.h"

/*
 * The file with the head, and inventory files that are only looked at.
 */
#define HEAD_FILE "audit.head"
#define MAX_HEAD  256
#define PAGE      500

/* Whether all of the column is in `out`. */
static bool copy_column(sqlite3_stmt *q, int column, char *out, size_t size)
{
	const char *text = db_column(q, column);

	return strlen(text) == (size_t)sqlite3_column_bytes(q, column) &&
	       str_copy(out, size, text);
}

/* A number that the struct can hold. */
static bool copy_number(sqlite3_stmt *q, int column, int most, int *out)
{
	int64_t number = sqlite3_column_int64(q, column);

	*out = (int)number;
	return number >= 0 && number <= most;
}

/* What no row of ours has must not read as one: without its hash it fits
 * nowhere. */
void audit_row_read(sqlite3_stmt *q, struct audit_record *record)
{
	char *const texts[] = { record->user,      record->role,
				record->source,    record->verb,
				record->group,     record->resource,
				record->namespace, record->name };
	static const size_t sizes[] = {
		sizeof(record->user),      sizeof(record->role),
		sizeof(record->source),    sizeof(record->verb),
		sizeof(record->group),     sizeof(record->resource),
		sizeof(record->namespace), sizeof(record->name),
	};
	bool whole = true;
	int dry = 0;

	*record = (struct audit_record){ .id = sqlite3_column_int64(q, 0) };
	record->at = sqlite3_column_int64(q, 1);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		whole &= copy_column(q, (int)i + 2, texts[i], sizes[i]);
	whole &= audit_decision_parse(db_column(q, 10), &record->decision);
	whole &= copy_number(q, 11, 999, &record->status);
	whole &= copy_number(q, 12, 1, &dry);
	record->dry = dry;
	whole &= copy_column(q, 13, record->digest, sizeof(record->digest));
	whole &= copy_column(q, 14, record->hash, sizeof(record->hash));
	if (!whole)
		record->hash[0] = '\0';
}

static void read_stub(sqlite3_stmt *q, struct audit_stub *stub)
{
	bool whole;

	*stub = (struct audit_stub){ .up_to = sqlite3_column_int64(q, 0) };
	stub->rows = sqlite3_column_int64(q, 2);
	stub->first_at = sqlite3_column_int64(q, 3);
	stub->last_at = sqlite3_column_int64(q, 4);
	stub->at = sqlite3_column_int64(q, 5);
	whole = copy_column(q, 1, stub->hash, sizeof(stub->hash)) &&
		copy_column(q, 6, stub->user, sizeof(stub->user)) &&
		copy_column(q, 7, stub->seal, sizeof(stub->seal));
	if (!whole)
		stub->seal[0] = '\0';
}

bool audit_row_stub(struct store *store, struct audit_stub *stub)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_STUB_LAST);
	struct err ignored;
	bool found = db_step(store, q, &ignored) == 1;

	if (found)
		read_stub(q, stub);
	db_done(q);
	return found;
}

int audit_stubs(struct store *store, struct audit_stub **stubs, size_t *n,
		struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_STUB_LIST);
	int status;

	*stubs = NULL;
	*n = 0;
	while ((status = db_step(store, q, err)) == 1) {
		*stubs = xrealloc(*stubs, (*n + 1) * sizeof(**stubs));
		read_stub(q, &(*stubs)[(*n)++]);
	}
	if (!status)
		return 0;
	free(*stubs);
	*stubs = NULL;
	*n = 0;
	return -1;
}

static bool read_head(const char *path, struct audit_mark *head)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_HEAD);
	struct err ignored;

	*head = (struct audit_mark){ 0 };
	return !file_read(path, &text, &ignored) &&
	       audit_mark_parse(text.base, head);
}

bool audit_head_noted(struct store *store, struct audit_mark *head)
{
	AUTO_FREE char *path = xasprintf("%s/" HEAD_FILE, store->folder);

	return read_head(path, head);
}

/*
 * In place and without a sync: what it is there for is to know of rows that
 * somebody takes away, and after a power cut an older head does that as well.
 * One line of one length, so that no write leaves a mixture.
 */
void audit_head_write(struct store *store)
{
	AUTO_FREE char *path = xasprintf("%s/" HEAD_FILE, store->folder);
	struct audit_mark head;
	char line[128];
	ssize_t n;
	int fd;

	audit_head(store, &head);
	n = snprintf(line, sizeof(line), "%020" PRId64 " %s\n", head.id,
		     head.hash);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || pwrite(fd, line, (size_t)n, 0) != n)
		log_error("%s: %s: rows of the audit that get lost at its end "
			  "would not be missed",
			  path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int open_flags(struct store *store, const char *path, int flags)
{
	int status = sqlite3_open_v2(path, &store->db,
				     flags | SQLITE_OPEN_NOMUTEX, NULL);
	sqlite3_stmt *q = NULL;

	if (!status)
		status = sqlite3_prepare_v2(
			store->db, "SELECT COUNT(*) FROM audit", -1, &q, NULL);
	sqlite3_finalize(q);
	return status;
}

/*
 * A file in WAL mode wants two others beside it even to be read. A copy that
 * lies where nothing can be made is opened as what it is, one that nobody
 * changes.
 */
static int open_copy(struct store *store, const char *path, struct err *err)
{
	AUTO_FREE char *uri = xasprintf("file:%s?immutable=1", path);
	int status = open_flags(store, path, SQLITE_OPEN_READONLY);

	if (access(path, R_OK))
		return err_errno(err, errno, "open %s", path);
	if (status == SQLITE_CANTOPEN && !strpbrk(path, "?#%")) {
		sqlite3_close(store->db);
		status = open_flags(store, uri,
				    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
	}
	if (!status)
		return 0;
	return err_set(err, ERR_INVALID,
		       "%s: no inventory with an audit in it: %s", path,
		       sqlite3_errmsg(store->db));
}

static int prepare_some(struct store *store, struct err *err)
{
	static const enum sql_query wanted[] = { SQL_AUDIT_AFTER,
						 SQL_AUDIT_SEEN,
						 SQL_AUDIT_STUB_LIST };

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (sqlite3_prepare_v2(store->db, db_sql(wanted[i]), -1,
				       &store->statements[wanted[i]], NULL))
			return err_set(err, ERR_INVALID,
				       "the audit in it cannot be read: %s",
				       sqlite3_errmsg(store->db));
	return 0;
}

static int walk(struct store *store, struct audit_chain *chain, struct err *err)
{
	struct audit_query query = { .limit = PAGE };
	struct audit_record *records;
	size_t n = PAGE;
	int status = 0;

	while (n == PAGE && !status) {
		query.after = chain->last.id;
		/* What comes before the first that is expected is seen, too. */
		if (!chain->n_rows)
			query.after = INT64_MIN;
		if (audit_list(store, &query, &records, &n, err))
			return -1;
		for (size_t i = 0; i < n && !status; i++)
			status = audit_chain_take(chain, &records[i], err);
		free(records);
	}
	return status;
}

/* The number that SQLite remembers is a head without a hash. */
static int check_end(struct store *store, const struct audit_chain *chain,
		     struct err *err)
{
	int64_t seen = db_number(store, db_query(store, SQL_AUDIT_SEEN), 0);

	if (seen > chain->last.id)
		return err_set(err, ERR_MISMATCH,
			       "row %" PRId64
			       " is missing: the chain ends with "
			       "%" PRId64 " and went up to %" PRId64,
			       chain->last.id + 1, chain->last.id, seen);
	return audit_chain_end(chain, err);
}

static int verify(struct store *store, const struct audit_mark *marks, size_t n,
		  struct audit_chain *chain, struct err *err)
{
	AUTO_FREE struct audit_stub *stubs = NULL;
	size_t n_stubs;

	if (audit_stubs(store, &stubs, &n_stubs, err) ||
	    audit_chain_begin(chain, stubs, n_stubs, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		audit_chain_expect(chain, &marks[i]);
	if (walk(store, chain, err))
		return -1;
	return check_end(store, chain, err);
}

int audit_verify_file(const char *path, const struct audit_mark *expected,
		      struct audit_chain *chain, struct err *err)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path + 1) : 0;
	AUTO_FREE char *beside = xasprintf("%.*s" HEAD_FILE, folder, path);
	struct store *store = xcalloc(1, sizeof(*store));
	struct audit_mark marks[2] = { *expected };
	int status;

	*chain = (struct audit_chain){ 0 };
	read_head(beside, &marks[1]);
	status = open_copy(store, path, err) || prepare_some(store, err) ||
		 verify(store, marks, ARRAY_LEN(marks), chain, err);
	store_close(store);
	return status ? -1 : 0;
}
