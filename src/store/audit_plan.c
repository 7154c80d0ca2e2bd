/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_plan.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

/* What is hashed begins with this: another form will have another. */
#define ROW_FORM  "tomte audit row 1"
#define STUB_FORM "tomte audit stub 1"

static const char *const decisions[] = {
	[AUDIT_ALLOW] = "allow",
	[AUDIT_FORBID] = "forbid",
	[AUDIT_DENY] = "deny",
};

const char *audit_decision_name(enum audit_decision decision)
{
	return decisions[decision];
}

bool audit_decision_parse(const char *name, enum audit_decision *decision)
{
	for (size_t i = 0; i < ARRAY_LEN(decisions); i++) {
		if (!str_eq(name, decisions[i]))
			continue;
		*decision = (enum audit_decision)i;
		return true;
	}
	return false;
}

/* With its length, so that no two rows are the same bytes. */
static void add_text(struct buf *out, const char *text)
{
	buf_printf(out, "%zu:%s,", strlen(text), text);
}

static void add_number(struct buf *out, int64_t number)
{
	buf_printf(out, "%" PRId64 ",", number);
}

void audit_hash(const struct audit_record *record, const char *previous,
		char out[SECRET_DIGEST_TEXT])
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

	add_text(&text, ROW_FORM);
	add_text(&text, previous);
	add_number(&text, record->id);
	add_number(&text, record->at);
	add_text(&text, record->user);
	add_text(&text, record->role);
	add_text(&text, record->source);
	add_text(&text, record->verb);
	add_text(&text, record->group);
	add_text(&text, record->resource);
	add_text(&text, record->namespace);
	add_text(&text, record->name);
	add_text(&text, decisions[record->decision]);
	add_number(&text, record->status);
	add_number(&text, record->dry);
	add_text(&text, record->digest);
	secret_digest(text.base, text.len, out);
}

void audit_seal(const struct audit_stub *stub, const char *previous,
		char out[SECRET_DIGEST_TEXT])
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

	add_text(&text, STUB_FORM);
	add_text(&text, previous);
	add_number(&text, stub->up_to);
	add_text(&text, stub->hash);
	add_number(&text, stub->rows);
	add_number(&text, stub->first_at);
	add_number(&text, stub->last_at);
	add_number(&text, stub->at);
	add_text(&text, stub->user);
	secret_digest(text.base, text.len, out);
}

bool audit_mark_parse(const char *text, struct audit_mark *mark)
{
	size_t len = strcspn(text, " :");
	char number[24];
	uint64_t id;

	if (!text[len] || len >= sizeof(number))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	if (!str_parse_u64(number, INT64_MAX, &id))
		return false;
	text += len + 1;
	len = strspn(text, "0123456789abcdef");
	if (len != SECRET_DIGEST_TEXT - 1 ||
	    (text[len] && !isspace((unsigned char)text[len])))
		return false;
	mark->id = (int64_t)id;
	memcpy(mark->hash, text, len);
	mark->hash[len] = '\0';
	return true;
}

static int take_stub(struct audit_chain *chain, const struct audit_stub *stub,
		     struct err *err)
{
	char seal[SECRET_DIGEST_TEXT];

	audit_seal(stub, chain->seal, seal);
	if (stub->up_to <= chain->last.id || !str_eq(seal, stub->seal))
		return err_set(err, ERR_MISMATCH,
			       "what stands for the rows up to %" PRId64
			       " that were pruned does not fit: it, or what "
			       "stood before it, was changed",
			       stub->up_to);
	chain->last.id = stub->up_to;
	str_copy(chain->last.hash, sizeof(chain->last.hash), stub->hash);
	str_copy(chain->seal, sizeof(chain->seal), seal);
	return 0;
}

int audit_chain_begin(struct audit_chain *chain, const struct audit_stub *stubs,
		      size_t n, struct err *err)
{
	*chain = (struct audit_chain){ 0 };
	for (size_t i = 0; i < n; i++)
		if (take_stub(chain, &stubs[i], err))
			return -1;
	chain->start = chain->last.id;
	return 0;
}

void audit_chain_expect(struct audit_chain *chain,
			const struct audit_mark *mark)
{
	if (mark->id && chain->n_marks < AUDIT_MARKS)
		chain->marks[chain->n_marks++] = *mark;
}

/* Whether the row, or the last one that was pruned, is what was noted. */
static int check_marks(const struct audit_chain *chain, int64_t id,
		       const char *hash, struct err *err)
{
	for (size_t i = 0; i < chain->n_marks; i++)
		if (chain->marks[i].id == id &&
		    !str_eq(chain->marks[i].hash, hash))
			return err_set(err, ERR_MISMATCH,
				       "row %" PRId64
				       " is not the one that was noted: up to "
				       "there the chain was made anew",
				       id);
	return 0;
}

static int check_number(const struct audit_chain *chain,
			const struct audit_record *record, struct err *err)
{
	int64_t expected = chain->last.id + 1;

	if (record->id == expected)
		return 0;
	if (record->id < expected)
		return err_set(err, ERR_MISMATCH,
			       "row %" PRId64 " comes behind row %" PRId64,
			       record->id, chain->last.id);
	return err_set(err, ERR_MISMATCH,
		       "row %" PRId64 " is missing: the next one is %" PRId64,
		       expected, record->id);
}

static int check_told(struct audit_chain *chain,
		      const struct audit_record *record, struct err *err)
{
	if (!str_eq(record->resource, AUDIT_RESOURCE))
		return 0;
	if (str_eq(record->verb, AUDIT_LOST_VERB))
		return err_set(err, ERR_MISMATCH,
			       "row %" PRId64 " tells that rows up to %s had "
			       "gone when the inventory was opened",
			       record->id, record->name);
	if (*chain->seal && str_eq(record->digest, chain->seal))
		chain->sealed = true;
	return 0;
}

int audit_chain_take(struct audit_chain *chain,
		     const struct audit_record *record, struct err *err)
{
	char hash[SECRET_DIGEST_TEXT];

	if (check_number(chain, record, err))
		return -1;
	if (!chain->n_rows &&
	    check_marks(chain, chain->last.id, chain->last.hash, err))
		return -1;
	audit_hash(record, chain->last.hash, hash);
	if (!str_eq(hash, record->hash))
		return err_set(err, ERR_MISMATCH,
			       "row %" PRId64 " does not fit: it, or the row "
			       "before it, was changed",
			       record->id);
	if (check_marks(chain, record->id, hash, err) ||
	    check_told(chain, record, err))
		return -1;
	chain->last.id = record->id;
	str_copy(chain->last.hash, sizeof(chain->last.hash), hash);
	chain->n_rows++;
	return 0;
}

int audit_chain_end(const struct audit_chain *chain, struct err *err)
{
	int64_t last = chain->last.id;

	for (size_t i = 0; i < chain->n_marks; i++)
		if (chain->marks[i].id > last)
			last = chain->marks[i].id;
	if (last > chain->last.id)
		return err_set(err, ERR_MISMATCH,
			       "row %" PRId64
			       " is missing: the chain ends with "
			       "%" PRId64 " and went up to %" PRId64,
			       chain->last.id + 1, chain->last.id, last);
	if (!chain->n_rows &&
	    check_marks(chain, chain->last.id, chain->last.hash, err))
		return -1;
	if (*chain->seal && !chain->sealed)
		return err_set(err, ERR_MISMATCH,
			       "rows up to %" PRId64
			       " are gone, and no row tells who pruned them",
			       chain->start);
	return 0;
}
