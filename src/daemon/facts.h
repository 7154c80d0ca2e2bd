/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_FACTS_H
#define DAEMON_FACTS_H

#include "base/bucket.h"
#include "base/seldom_plan.h"
#include "boot/boot_http.h"
#include "boot/types.h"
#include "daemon/discovery.h"
#include "metadata/metadata_http.h"
#include "store/store.h"

/*
 * The inventory as the serving modules ask for it, and the events that they
 * report, as rows. One of each for the daemon.
 */
struct facts {
	struct store *store;
	ipv4 address; /* ours on the provisioning network */
	uint16_t http_port;
	uint16_t https_port;
	const char *ca_pem;
	struct discovery *discovery; /* NULL: it is off */
	uint64_t saw[BOOT_N_SAW];    /* of what machines were seen to do */
	uint64_t tls_failed;
	struct seldom *told; /* what a machine does over and over */
	/* MACs that no machine has, and how many were told of since. */
	struct seldom *strangers;
	mono_ms strangers_until;
	unsigned n_strangers;
	struct bucket stranger_log; /* lines of what else they do */
};

/* What is not for these two to fill in is the owner's. */
void facts_init(struct facts *facts, struct store *store);
void facts_release(struct facts *facts);

/* Events of MACs that no machine has, of which the newest are kept. */
#define FACTS_STRANGERS 256

/* "dhcp" and "discover": where it was seen, and what. */
void facts_saw_name(enum boot_saw saw, const char **source, const char **kind);

/* Both keep `facts`, which must outlive them. Of metadata a machine has one
 * event a minute, and one of its user data. */
struct boot_ops facts_boot_ops(struct facts *facts);
struct metadata_ops facts_metadata_ops(struct facts *facts);

/* See http_server_on_tls_failed: of the machine that has the address, it is an
 * event, one a minute at most. */
void facts_tls_failed(struct facts *facts, const char *peer, const char *why);

/* See boot_http_config.worker_config. */
char *facts_worker_config(void *facts, const struct boot_machine *machine,
			  ipv4 server, struct err *err) NODISCARD;
/* See engine_ops. */
json_t *facts_for_template(void *facts, int64_t machine, const char *name);
char *facts_render(void *facts, const char *text, const json_t *data,
		   struct err *err) NODISCARD;

#endif
