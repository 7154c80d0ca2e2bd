/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/audit_read.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "cli/resource.h"

#define PAGE 1000

json_t *audit_read(struct audit_reader *reader, struct err *err)
{
	AUTO_FREE char *query = xasprintf("limit=%d&continue=%" PRId64 "%s",
					  PAGE, reader->after, reader->query);
	AUTO_FREE char *path =
		resource_path(&resource_audit_record, NULL, NULL, query);
	json_t *list = client_get(reader->client, path, err);
	const char *next = json_str_at(list, "metadata.continue");
	uint64_t after;

	reader->over = true;
	if (!next)
		return list;
	if (!str_parse_u64(next, INT64_MAX, &after) ||
	    (int64_t)after <= reader->after) {
		json_decref(list);
		err_set(err, ERR_PROTOCOL,
			"the server's next page is not behind this one");
		return NULL;
	}
	reader->over = false;
	reader->after = (int64_t)after;
	return list;
}

static int begin_chain(struct audit_chain *chain, const json_t *list,
		       struct err *err)
{
	const json_t *stubs_json = json_at(list, "chain.stubs");
	size_t n = json_array_size(stubs_json);
	AUTO_FREE struct audit_stub *stubs = xcalloc(n + 1, sizeof(*stubs));
	struct audit_mark mark;

	for (size_t i = 0; i < n; i++)
		if (audit_stub_decode(json_array_get(stubs_json, i), &stubs[i],
				      err))
			return err_wrap(err, "the server's stubs");
	if (audit_chain_begin(chain, stubs, n, err) ||
	    audit_mark_decode(json_at(list, "chain.head"), &mark, err))
		return -1;
	audit_chain_expect(chain, &mark);
	if (json_at(list, "chain.noted")) {
		if (audit_mark_decode(json_at(list, "chain.noted"), &mark, err))
			return -1;
		audit_chain_expect(chain, &mark);
	}
	return 0;
}

static int take_page(struct audit_chain *chain, const json_t *list,
		     struct err *err)
{
	struct audit_record record;
	size_t i;
	json_t *item;

	json_array_foreach (json_object_get(list, "items"), i, item)
		if (audit_record_decode(item, &record, err) ||
		    audit_chain_take(chain, &record, err))
			return -1;
	return 0;
}

int audit_check(struct client *client, const struct audit_mark *expected,
		struct audit_chain *chain, struct err *err)
{
	struct audit_reader reader = { .client = client, .query = "" };
	bool begun = false;

	*chain = (struct audit_chain){ 0 };
	while (!reader.over) {
		AUTO_JSON json_t *list = audit_read(&reader, err);

		if (!list || (!begun && begin_chain(chain, list, err)))
			return -1;
		if (!begun)
			audit_chain_expect(chain, expected);
		begun = true;
		if (take_page(chain, list, err))
			return -1;
	}
	return audit_chain_end(chain, err);
}
