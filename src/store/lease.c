/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lease.h"

#include "base/mem.h"
#include "store/db.h"

int lease_put(struct store *store, const struct lease *lease, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_LEASE_PUT);
	char ip[IPV4_TEXT];
	char mac[MAC_TEXT];

	net_ipv4_text(lease->ip, ip);
	net_mac_text(&lease->mac, mac);
	db_text(q, ":ip", ip);
	db_text(q, ":mac", mac);
	db_int(q, ":until", lease->until);
	return db_write(store, q, err);
}

int lease_drop(struct store *store, ipv4 ip, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_LEASE_DROP);
	char text[IPV4_TEXT];

	net_ipv4_text(ip, text);
	db_text(q, ":ip", text);
	return db_write(store, q, err);
}

int lease_prune(struct store *store, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_LEASE_PRUNE);

	db_int(q, ":now", store_now(store));
	return db_write(store, q, err);
}

size_t lease_list(struct store *store, struct lease **leases)
{
	sqlite3_stmt *q = db_query(store, SQL_LEASE_LIST);
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*leases = NULL;
	while (db_step(store, q, &ignored) == 1) {
		struct lease lease = { .until = sqlite3_column_int64(q, 2) };

		if (!net_parse_ipv4(db_column(q, 0), &lease.ip) ||
		    !net_parse_mac(db_column(q, 1), &lease.mac))
			continue;
		if (n == size) {
			size = size ? size * 2 : 16;
			*leases = xrealloc(*leases, size * sizeof(**leases));
		}
		(*leases)[n++] = lease;
	}
	db_done(q);
	return n;
}
