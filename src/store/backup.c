/* SPDX-License-Identifier: Apache-2.0 */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

static void close_db(sqlite3 **db)
{
	sqlite3_close(*db);
}

static int open_db(const char *path, sqlite3 **db, struct err *err)
{
	/* To read what is in the WAL one has to be able to write. */
	if (sqlite3_open_v2(path, db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		return err_set(err, ERR_IO, "%s: %s", path,
			       sqlite3_errmsg(*db));
	sqlite3_busy_timeout(*db, 5000);
	return 0;
}

/* All in one step: of several, each write of the daemon between two would
 * begin it anew. */
static int copy_pages(sqlite3 *from, sqlite3 *to, struct err *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");

	if (!backup)
		return err_set(err, ERR_IO, "%s", sqlite3_errmsg(to));
	sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup))
		return err_set(err,
			       sqlite3_errcode(to) == SQLITE_FULL ? ERR_NO_SPACE
								  : ERR_IO,
			       "%s", sqlite3_errmsg(to));
	return 0;
}

static int on_answer(void *arg, int n, char **values, char **names)
{
	struct err *err = arg;

	(void)n;
	(void)names;
	if (!str_eq(values[0], "ok"))
		err_set(err, ERR_MISMATCH, "the copy is damaged: %s",
			values[0] ? values[0] : "");
	return 0;
}

/* A file by itself, without a WAL beside it, and in order. */
static int settle(sqlite3 *db, struct err *err)
{
	struct err found = { .code = ERR_NONE };

	if (sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL,
			 NULL) ||
	    sqlite3_exec(db, "PRAGMA integrity_check(1)", on_answer, &found,
			 NULL))
		return err_set(err, ERR_IO, "%s", sqlite3_errmsg(db));
	if (found.code == ERR_NONE)
		return 0;
	*err = found;
	return -1;
}

static int fill(const char *source, const char *part, struct err *err)
{
	CLEANUP(close_db) sqlite3 *from = NULL;
	CLEANUP(close_db) sqlite3 *to = NULL;

	if (open_db(source, &from, err) || open_db(part, &to, err))
		return -1;
	if (copy_pages(from, to, err) || settle(to, err))
		return err_wrap(err, "%s", part);
	return 0;
}

static int sync_path(const char *path, int flags, uint64_t *bytes,
		     struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	struct stat st;

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	if (fsync(fd) || fstat(fd, &st)) {
		err_errno(err, errno, "%s", path);
		close(fd);
		return -1;
	}
	close(fd);
	if (bytes)
		*bytes = (uint64_t)st.st_size;
	return 0;
}

static int publish(const char *part, const char *path, uint64_t *bytes,
		   struct err *err)
{
	AUTO_FREE char *copy = xstrdup(path);

	if (sync_path(part, 0, bytes, err))
		return -1;
	if (rename(part, path))
		return err_errno(err, errno, "%s", path);
	return sync_path(dirname(copy), O_DIRECTORY, NULL, err);
}

int store_backup(const char *folder, const char *path, uint64_t *bytes,
		 struct err *err)
{
	AUTO_FREE char *source = xasprintf("%s/inventory.db", folder);
	AUTO_FREE char *part = xasprintf("%s.part", path);
	int fd;

	if (access(source, R_OK | W_OK))
		return err_errno(err, errno, "%s", source);
	/* What is in it is for nobody else, from its first byte on. */
	unlink(part);
	fd = open(part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, errno, "%s", part);
	close(fd);
	if (fill(source, part, err) || publish(part, path, bytes, err)) {
		unlink(part);
		return -1;
	}
	return 0;
}
