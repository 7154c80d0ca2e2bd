/* SPDX-License-Identifier: Apache-2.0 */
#include "store/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"
#include "store/serial_plan.h"

int machine_get(struct store *store, int64_t id, struct machine *machine,
		struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_GET);
	int status;

	db_int(q, ":id", id);
	status = db_step(store, q, err);
	if (!status)
		err_set(err, ERR_NOT_FOUND, "no such machine: %" PRId64, id);
	if (status != 1)
		return -1;
	*machine = (struct machine){
		.id = id,
		.power_at = sqlite3_column_int64(q, 4),
		.worker_at = sqlite3_column_int64(q, 7),
		.worker_seq = sqlite3_column_int64(q, 8),
		.heard_at = sqlite3_column_int64(q, 9),
	};
	str_copy(machine->namespace, sizeof(machine->namespace),
		 db_column(q, 1));
	str_copy(machine->name, sizeof(machine->name), db_column(q, 2));
	str_copy(machine->power, sizeof(machine->power), db_column(q, 3));
	str_copy(machine->metadata_token, sizeof(machine->metadata_token),
		 db_column(q, 5));
	str_copy(machine->worker_boot, sizeof(machine->worker_boot),
		 db_column(q, 6));
	db_done(q);
	return 0;
}

static int64_t read_nic(struct store *store, sqlite3_stmt *q, int *position)
{
	struct err ignored;
	int64_t id = 0;

	if (db_step(store, q, &ignored) == 1) {
		id = sqlite3_column_int64(q, 0);
		if (position)
			*position = sqlite3_column_int(q, 1);
	}
	db_done(q);
	return id;
}

int64_t machine_by_mac(struct store *store, const struct mac *mac,
		       int *position)
{
	sqlite3_stmt *q = db_query(store, SQL_NIC_BY_MAC);
	char text[MAC_TEXT];

	net_mac_text(mac, text);
	db_text(q, ":mac", text);
	return read_nic(store, q, position);
}

int64_t machine_by_ip(struct store *store, ipv4 ip, int *position)
{
	sqlite3_stmt *q = db_query(store, SQL_NIC_BY_IP);
	char text[IPV4_TEXT];

	net_ipv4_text(ip, text);
	db_text(q, ":ip", text);
	return read_nic(store, q, position);
}

int64_t machine_by_metadata(struct store *store, const char *token)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_BY_METADATA);

	db_text(q, ":token", token);
	return db_number(store, q, 0);
}

/* To the end: the row has to be there, and its run looks again. */
static int write_machine(struct store *store, sqlite3_stmt *q, int64_t id,
			 struct err *err)
{
	if (db_write_row(store, q, "machine", err))
		return err_wrap(err, "machine %" PRId64, id);
	db_touch_machine(store, id);
	return 0;
}

int machine_set_power(struct store *store, int64_t id, const char *power,
		      struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_POWER);

	db_int(q, ":id", id);
	db_text(q, ":power", power);
	db_int(q, ":now", store_now(store));
	return write_machine(store, q, id, err);
}

int machine_keep_worker_token(struct store *store, int64_t id,
			      const char *token, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_WORKER_TOKEN);
	char digest[SECRET_DIGEST_TEXT];

	secret_digest(token, strlen(token), digest);
	db_int(q, ":id", id);
	db_text(q, ":token", digest);
	if (db_write_row(store, q, "machine", err))
		return err_wrap(err, "machine %" PRId64, id);
	return 0;
}

int machine_new_worker_token(struct store *store, int64_t id,
			     char token[SECRET_TOKEN_TEXT], struct err *err)
{
	secret_token(token);
	if (machine_keep_worker_token(store, id, token, err) == 0)
		return 0;
	secret_wipe(token, SECRET_TOKEN_TEXT);
	return -1;
}

int64_t machine_by_worker(struct store *store, const char *token)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_BY_WORKER);
	char digest[SECRET_DIGEST_TEXT];

	secret_digest(token, strlen(token), digest);
	db_text(q, ":token", digest);
	return db_number(store, q, 0);
}

int machine_worker_seen(struct store *store, int64_t id, const char *boot_id,
			struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_WORKER_SEEN);

	db_int(q, ":id", id);
	db_text(q, ":boot", boot_id);
	db_int(q, ":now", store_now(store));
	return write_machine(store, q, id, err);
}

int machine_worker_heard(struct store *store, int64_t id, int64_t seq,
			 struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_WORKER_HEARD);

	db_int(q, ":id", id);
	db_int(q, ":seq", seq);
	/* No plan looks at it, so nothing is touched. */
	if (db_write_row(store, q, "machine", err))
		return err_wrap(err, "machine %" PRId64, id);
	return 0;
}

int machine_worker_alive(struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_WORKER_ALIVE);

	db_int(q, ":id", id);
	db_int(q, ":now", store_now(store));
	/* A plan only looks at it when it has waited for long. */
	if (db_write_row(store, q, "machine", err))
		return err_wrap(err, "machine %" PRId64, id);
	return 0;
}

int machine_by_identity(struct store *store, const char *namespace,
			const char *identity, int64_t *machine, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_BY_IDENTITY);
	AUTO_FREE int64_t *ids = NULL;
	char text[MAC_TEXT] = "";
	struct mac mac;
	size_t n;

	/* A MAC may be written with hyphens, and in capitals. */
	if (net_parse_mac(identity, &mac))
		net_mac_text(&mac, text);
	db_text(q, ":namespace", namespace);
	db_text(q, ":identity", identity);
	db_text(q, ":mac", text);
	n = db_ids(store, q, &ids);
	if (!n)
		return err_set(err, ERR_NOT_FOUND,
			       "no Hardware in %s has \"%s\" as a MAC, "
			       "spec.agentID, spec.metadata.instance.id or "
			       "name",
			       namespace, identity);
	if (n > 1)
		return err_set(err, ERR_CONFLICT,
			       "more than one Hardware in %s goes by \"%s\"",
			       namespace, identity);
	*machine = ids[0];
	return 0;
}

int64_t machine_by_bmc(struct store *store, const char *namespace,
		       const char *bmc)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_BY_BMC);

	db_text(q, ":namespace", namespace);
	db_text(q, ":bmc", bmc);
	return db_number(store, q, 0);
}

int machine_seen_serial(struct store *store, int64_t id, const char *serial,
			struct err *err)
{
	sqlite3_stmt *q;
	char known[SERIAL_TEXT];

	serial_clean(serial, known);
	if (!*known)
		return 0;
	q = db_query(store, SQL_MACHINE_SEEN_SERIAL);
	db_int(q, ":id", id);
	db_text(q, ":serial", known);
	return db_write(store, q, err);
}

int64_t machine_by_serial(struct store *store, const char *serial)
{
	sqlite3_stmt *q;
	char known[SERIAL_TEXT];

	serial_clean(serial, known);
	if (!*known)
		return 0;
	q = db_query(store, SQL_MACHINE_BY_SERIAL);
	db_text(q, ":serial", known);
	return db_number(store, q, 0);
}

int64_t machine_by_agent(struct store *store, const char *agent)
{
	sqlite3_stmt *q = db_query(store, SQL_MACHINE_BY_AGENT);

	db_text(q, ":agent", agent);
	return db_number(store, q, 0);
}
