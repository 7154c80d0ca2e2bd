/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <stdio.h>
#include <string.h>

#include "base/net.h"
#include "store/serial_plan.h"

/*
 * Hardware -> machine, and a nic for each interface that has a MAC.
 */
struct nic {
	char mac[MAC_TEXT];
	char ip[IPV4_TEXT]; /* "": none, or an IPv6 address */
	int position;
};

/* Nobody's, or the row's whose it is already. */
static int check_free(struct store *store, const struct object_row *row,
		      enum sql_query query, const char *what, const char *value,
		      struct err *err)
{
	sqlite3_stmt *q = db_query(store, query);
	int status;

	db_text(q, query == SQL_NIC_BY_MAC ? ":mac" : ":ip", value);
	status = db_step(store, q, err);
	if (status == 1 && sqlite3_column_int64(q, 0) == row->id)
		err_set(err, ERR_CONFLICT,
			"%s %s is spec.interfaces[%d]'s already", what, value,
			sqlite3_column_int(q, 1));
	else if (status == 1)
		err_set(err, ERR_CONFLICT,
			"%s %s belongs to Hardware %s/%s already", what, value,
			db_column(q, 2), db_column(q, 3));
	db_done(q);
	return status ? -1 : 0;
}

static int put_nic(struct store *store, const struct object_row *row,
		   const struct nic *nic, struct err *err)
{
	sqlite3_stmt *q;

	if (check_free(store, row, SQL_NIC_BY_MAC, "mac", nic->mac, err))
		return -1;
	if (*nic->ip &&
	    check_free(store, row, SQL_NIC_BY_IP, "ip", nic->ip, err))
		return -1;
	q = db_query(store, SQL_NIC_INSERT);
	db_text(q, ":mac", nic->mac);
	db_int(q, ":id", row->id);
	db_int(q, ":position", nic->position);
	db_text(q, ":ip", nic->ip);
	return db_write(store, q, err);
}

/* 1: it has a MAC, 0: it is passed over. */
static int read_nic(const json_t *interface, struct nic *nic, struct err *err)
{
	const char *mac_text = json_str_at(interface, "dhcp.mac");
	const char *ip_text = json_str_at(interface, "dhcp.ip.address");
	struct mac mac;
	ipv4 ip;

	if (!mac_text || !*mac_text)
		return 0;
	if (!net_parse_mac(mac_text, &mac))
		return err_set(err, ERR_INVALID,
			       "dhcp.mac: \"%.40s\" is no MAC address",
			       mac_text);
	net_mac_text(&mac, nic->mac);
	if (!ip_text || !*ip_text || strchr(ip_text, ':'))
		return 1;
	if (!net_parse_ipv4(ip_text, &ip))
		return err_set(err, ERR_INVALID,
			       "dhcp.ip.address: \"%.40s\" is no IP address",
			       ip_text);
	net_ipv4_text(ip, nic->ip);
	return 1;
}

static int put_machine(struct store *store, const struct object_row *row,
		       struct err *err)
{
	const char *agent = json_str_at(row->document, "spec.agentID");
	const char *instance =
		json_str_at(row->document, "spec.metadata.instance.id");
	const char *bmc = json_str_at(row->document, "spec.bmcRef.name");
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_INSERT);
	char token[SECRET_TOKEN_TEXT];
	char serial[SERIAL_TEXT];

	serial_of(row->document, serial);
	secret_token(token);
	db_int(q, ":id", row->id);
	db_text(q, ":token", token);
	db_text(q, ":bmc", bmc ? bmc : "");
	db_text(q, ":agent", agent ? agent : "");
	db_text(q, ":instance", instance ? instance : "");
	db_text(q, ":serial", serial);
	return db_write(store, q, err);
}

int object_derive(struct store *store, const struct object_row *row,
		  struct err *err)
{
	const json_t *list = json_at(row->document, "spec.interfaces");
	sqlite3_stmt *q = db_query(store, SQL_NIC_CLEAR);
	json_t *interface;
	size_t i;

	db_int(q, ":id", row->id);
	if (db_write(store, q, err) || put_machine(store, row, err))
		return -1;
	json_array_foreach (list, i, interface) {
		struct nic nic = { .position = (int)i };
		int status = read_nic(interface, &nic, err);

		if (status < 0)
			return err_wrap(err, "spec.interfaces[%zu]", i);
		if (status && put_nic(store, row, &nic, err))
			return -1;
	}
	return 0;
}
