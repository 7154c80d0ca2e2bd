/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/secret.h"

/*
 * The inventory: one SQLite file, and the only C that speaks SQL.
 *
 * A write function opens the turn's transaction by itself; store_commit, at
 * the end of the loop's turn, makes all that the turn wrote durable with one
 * fsync. What failed half way is taken back by a mark:
 *
 *	store_mark(store);
 *	if (object_create(...) || object_create(...))
 *		return store_back_to_mark(store), -1;
 *	store_keep(store);
 *
 * Write functions note which machines and runs they touched, for the engine
 * to look at (store_take_touched).
 *
 * The folder holds inventory.db (with its -wal and -shm) and `key`, which
 * opens the secrets in it and is not part of it, and audit.head (audit.h).
 */
struct store;

struct store *store_open(const char *folder, struct err *err) NODISCARD;
void store_close(struct store *store);

/* The time that rows get: the clock's, unless a test makes it up. */
void store_set_now(struct store *store, wall_ms now);
wall_ms store_now(const struct store *store);

/* Marks nest: each is ended by exactly one of the other two. */
void store_mark(struct store *store);
void store_keep(struct store *store);
void store_back_to_mark(struct store *store);

/* Nothing written in this turn: nothing is done, 0. */
int store_commit(struct store *store, struct err *err) NODISCARD;
/* Give up what the turn wrote. */
void store_rollback(struct store *store);

/* How often store_commit had something to do, and how long it took. */
uint64_t store_n_commits(const struct store *store);
const struct histogram *store_commits(const struct store *store);

/* Runs whose rows, or whose machine's rows, changed since the last call;
 * the caller frees the list. Returns how many. */
size_t store_take_touched(struct store *store, int64_t **runs);
/* The same for machines that have been given something to do; */
size_t store_take_work(struct store *store, int64_t **machines);
/* for Workflows that people wrote, by their objects' ids; */
size_t store_take_written(struct store *store, int64_t **workflows);
/* and for Jobs that people wrote, or of which an intent has ended. */
size_t store_take_jobs(struct store *store, int64_t **jobs);
/* Have it looked at in this turn. */
void store_touch_run(struct store *store, int64_t run);
void store_touch_job(struct store *store, int64_t job);
/* Quiet: what is written touches neither runs nor Workflows. For who looks
 * at them, and writes what came of it. */
void store_quiet(struct store *store, bool quiet);

/* The global resourceVersion of the newest change. */
int64_t store_version(struct store *store);

/* See secret_sign: with the key of this installation. */
void store_sign(const struct store *store, const char *context,
		const char *text, char out[SECRET_DIGEST_TEXT]);

/* An error unless the file can be written: for readiness. */
int store_check(struct store *store, struct err *err) NODISCARD;

#endif
