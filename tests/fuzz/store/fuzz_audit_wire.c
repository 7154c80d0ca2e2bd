/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "store/audit_wire.h"

/*
 * What was read is written as it was read, so that its hash is the same; and
 * a chain of it either fits or names a row.
 */
static void check_record(const json_t *object)
{
	struct audit_record record;
	struct audit_record back;
	struct audit_chain chain;
	char before[SECRET_DIGEST_TEXT];
	char after[SECRET_DIGEST_TEXT];
	json_t *written;
	struct err err;

	if (audit_record_decode(object, &record, &err)) {
		assert(err.code != ERR_NONE && *err.message);
		return;
	}
	written = audit_record_encode(&record);
	if (audit_record_decode(written, &back, &err))
		abort(); /* what was written cannot be read */
	audit_hash(&record, "", before);
	audit_hash(&back, "", after);
	assert(str_eq(before, after) && str_eq(record.hash, back.hash));
	json_decref(written);
	if (audit_chain_begin(&chain, NULL, 0, &err))
		abort(); /* no stubs do not fit */
	if (audit_chain_take(&chain, &record, &err))
		assert(err.code == ERR_MISMATCH && chain.n_rows == 0);
	else
		assert(record.id == 1 && chain.n_rows == 1);
}

static void check_others(const json_t *object)
{
	struct audit_stub stub;
	struct audit_mark mark;
	struct audit_chain chain;
	struct err err;

	if (!audit_stub_decode(object, &stub, &err) &&
	    audit_chain_begin(&chain, &stub, 1, &err))
		assert(err.code == ERR_MISMATCH);
	if (!audit_mark_decode(object, &mark, &err))
		assert(strlen(mark.hash) < sizeof(mark.hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct audit_mark mark;
	struct err err;
	json_t *value = json_parse((const char *)bytes, len, &err);
	char *text = xstrndup((const char *)bytes, len);

	if (audit_mark_parse(text, &mark))
		assert(mark.id >= 0 && strlen(mark.hash) == 64);
	free(text);
	if (!value)
		return 0;
	check_record(value);
	check_others(value);
	json_decref(value);
	return 0;
}
