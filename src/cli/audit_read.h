/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_AUDIT_READ_H
#define CLI_AUDIT_READ_H

#include "cli/client.h"
#include "store/audit_wire.h"

/*
 * The audit by the API, page by page, oldest first.
 */
struct audit_reader {
	struct client *client;
	const char *query; /* more of the query: "&sinceMs=7", or "" */
	int64_t after;
	bool over;
};

/* The next page as the server gave it, a list of AuditRecords; NULL: see
 * err. `over` is set with the last one. */
json_t *audit_read(struct audit_reader *reader, struct err *err) NODISCARD;

/* Checks all that the server has; `expected` may be {0}. */
int audit_check(struct client *client, const struct audit_mark *expected,
		struct audit_chain *chain, struct err *err) NODISCARD;

#endif
