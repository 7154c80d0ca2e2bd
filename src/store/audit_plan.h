/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_AUDIT_PLAN_H
#define STORE_AUDIT_PLAN_H

#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/secret.h"

/*
 * The audit as a chain: each row has a SHA-256 over what it says and over the
 * hash of the row before it. Pure, so that whoever has the rows can see for
 * themselves whether they fit.
 *
 *	struct audit_chain chain;
 *
 *	if (audit_chain_begin(&chain, stubs, n_stubs, &err))
 *		...
 *	while (next(&record))
 *		if (audit_chain_take(&chain, &record, &err))
 *			... err names the first row that does not fit
 *	if (audit_chain_end(&chain, &err))
 *		...
 */
enum audit_decision {
	AUDIT_ALLOW,
	AUDIT_FORBID, /* known, but not allowed */
	AUDIT_DENY,   /* not known */
};

struct audit_record {
	int64_t id; /* 1, 2, 3 ... */
	wall_ms at;
	char user[336];
	char role[16];
	char source[80]; /* an address, or "unix:12" by its process */
	char verb[24];
	char group[64];
	char resource[96]; /* "hardware", "hardware/status"; "": a path */
	char namespace[64];
	char name[254];
	enum audit_decision decision;
	int status;
	bool dry;
	char digest[SECRET_DIGEST_TEXT]; /* of the object, without values */
	char hash[SECRET_DIGEST_TEXT];
};

/* Stands for all rows up to one that were pruned. */
struct audit_stub {
	int64_t up_to;
	char hash[SECRET_DIGEST_TEXT]; /* of that row */
	int64_t rows;
	wall_ms first_at;
	wall_ms last_at;
	wall_ms at;
	char user[336];
	char seal[SECRET_DIGEST_TEXT];
};

/* A place in the chain, as somebody noted it. id 0: before the first row. */
struct audit_mark {
	int64_t id;
	char hash[SECRET_DIGEST_TEXT];
};

#define AUDIT_MARKS 3

/* What a row is about that tells of rows that were gone when the inventory
 * was opened, and of the pruning of others. */
#define AUDIT_LOST_VERB "lost"
#define AUDIT_RESOURCE  "auditrecords"

const char *audit_decision_name(enum audit_decision decision);
bool audit_decision_parse(const char *name, enum audit_decision *decision);

void audit_hash(const struct audit_record *record, const char *previous,
		char out[SECRET_DIGEST_TEXT]);
/* previous: the seal of the stub before it, or of none. */
void audit_seal(const struct audit_stub *stub, const char *previous,
		char out[SECRET_DIGEST_TEXT]);

/* "ID HASH" or "ID:HASH". */
bool audit_mark_parse(const char *text, struct audit_mark *mark);

struct audit_chain {
	struct audit_mark last; /* the newest row that fits */
	int64_t n_rows;
	/* Private. */
	char seal[SECRET_DIGEST_TEXT]; /* of the newest stub; "": none */
	bool sealed;                   /* a row tells of it */
	struct audit_mark marks[AUDIT_MARKS];
	size_t n_marks;
	int64_t start;
};

/* The stubs, oldest first; those that do not fit each other are an error. */
int audit_chain_begin(struct audit_chain *chain, const struct audit_stub *stubs,
		      size_t n, struct err *err) NODISCARD;
/* What has to be in the chain, too: an earlier head of it. Behind begin. */
void audit_chain_expect(struct audit_chain *chain,
			const struct audit_mark *mark);
int audit_chain_take(struct audit_chain *chain,
		     const struct audit_record *record,
		     struct err *err) NODISCARD;
/* All rows were taken: is one missing at the end? */
int audit_chain_end(const struct audit_chain *chain, struct err *err) NODISCARD;

#endif
