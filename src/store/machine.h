/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_MACHINE_H
#define STORE_MACHINE_H

#include "base/net.h"
#include "store/store.h"

/*
 * What is known of a machine beside what people wrote: its id is that of
 * its Hardware object.
 */
struct machine {
	int64_t id;
	char namespace[64];
	char name[254];
	char power[8]; /* "on", "off", "unknown" */
	wall_ms power_at;
	char metadata_token[SECRET_TOKEN_TEXT];
	char worker_boot[65]; /* the boot that said hello last */
	wall_ms worker_at;
	int64_t worker_seq; /* of its last event that was heard */
	wall_ms heard_at;   /* of its worker, to the minute */
};

int machine_get(struct store *store, int64_t id, struct machine *machine,
		struct err *err) NODISCARD;
/* 0: unknown. *position is the index in spec.interfaces (may be NULL). */
int64_t machine_by_mac(struct store *store, const struct mac *mac,
		       int *position);
int64_t machine_by_ip(struct store *store, ipv4 ip, int *position);
int64_t machine_by_metadata(struct store *store, const char *token);

int machine_set_power(struct store *store, int64_t id, const char *power,
		      struct err *err) NODISCARD;
/*
 * The token that a booting worker gets: each call makes the one before
 * worthless. Only its digest is kept.
 */
int machine_new_worker_token(struct store *store, int64_t id,
			     char token[SECRET_TOKEN_TEXT],
			     struct err *err) NODISCARD;
/* The worker has a token already, of when its machine was unknown. */
int machine_keep_worker_token(struct store *store, int64_t id,
			      const char *token, struct err *err) NODISCARD;
/* The machine whose worker has this token; 0: nobody's. */
int64_t machine_by_worker(struct store *store, const char *token);
/* It said hello. A boot's events are counted anew. */
int machine_worker_seen(struct store *store, int64_t id, const char *boot_id,
			struct err *err) NODISCARD;
/* It gave a sign of life. */
int machine_worker_alive(struct store *store, int64_t id,
			 struct err *err) NODISCARD;
/* The machine of the namespace that has this bmc Machine; 0: none. */
int64_t machine_by_bmc(struct store *store, const char *namespace,
		       const char *bmc);
/*
 * The machine of the namespace whose worker goes by this name: a MAC of its
 * interfaces, its spec.agentID, its spec.metadata.instance.id or its own.
 * ERR_NOT_FOUND: none, ERR_CONFLICT: several.
 */
int machine_by_identity(struct store *store, const char *namespace,
			const char *identity, int64_t *machine,
			struct err *err) NODISCARD;
/* What its worker says of it; a number that is none is passed over. */
int machine_seen_serial(struct store *store, int64_t id, const char *serial,
			struct err *err) NODISCARD;
/* The machine that has this serial number, or this name of an agent, in
 * whatever namespace; 0: none. A number that firmware has where its maker
 * wrote none, as "To be filled by O.E.M.", is nobody's. */
int64_t machine_by_serial(struct store *store, const char *serial);
int64_t machine_by_agent(struct store *store, const char *agent);
/* Its boot's events up to this one are in rows. */
int machine_worker_heard(struct store *store, int64_t id, int64_t seq,
			 struct err *err) NODISCARD;

#endif
