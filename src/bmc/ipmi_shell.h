/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_SHELL_H
#define BMC_IPMI_SHELL_H

#include "base/heap.h"
#include "base/list.h"
#include "base/resolve.h"
#include "bmc/driver.h"
#include "bmc/ipmi_net.h"
#include "bmc/ipmi_session.h"

/*
 * What the parts of the IPMI driver share: ipmi_link.c has the network, time
 * and sessions; ipmi.c carries operations out over them, ipmi_console.c
 * consoles.
 *
 * All BMCs share a few sockets and one timer. An answer is for the session
 * whose id it has, and must come from that BMC's address; what comes before a
 * session has an id is given to the logins with that address. A link that is
 * idle holds no session, only what it has learnt.
 */
#define IPMI_MAX_SESSIONS 4096
#define IPMI_N_LOGINS     256
#define IPMI_POOL_SIZE    1024

/* Random numbers are drawn from the kernel many at a time. */
struct ipmi_pool {
	struct rng rng;
	struct rng source;
	uint8_t bytes[IPMI_POOL_SIZE];
	size_t left;
};

struct ipmi_hub {
	struct loop *loop;
	struct ipmi_net *net;
	struct ipmi_crypto *crypto;
	struct resolver *resolver;
	struct ipmi_pool pool;
	struct heap heap; /* of links */
	struct loop_timer *timer;
	mono_ms armed;
	bool in_batch;                     /* what is sent leaves at its end */
	struct list logins[IPMI_N_LOGINS]; /* sessions, by address */
	struct list lingering; /* sessions, idle the longest first */
	struct list closing;   /* links that are given up */
	struct ipmi_open_session *slots[IPMI_MAX_SESSIONS];
	uint16_t free_slots[IPMI_MAX_SESSIONS];
	size_t n_free;
	unsigned n_opened;
};

/* A session, while there is one. */
struct ipmi_open_session {
	struct list link; /* in logins, in lingering, or in none */
	struct ipmi_link *owner;
	unsigned number; /* of the socket */
	uint16_t slot;
	bool entered; /* it is out of the logins */
	bool again;   /* its command had another session before */
	struct ipmi_session machine;
};

struct ipmi_link;

/* What a link is for. All of it comes from inside of ipmi_link_pump. */
struct ipmi_link_ops {
	/* A command to carry, if it wants one now, and until when it has
	 * time to log in; false: none. */
	bool (*command)(struct ipmi_link *link, mono_ms now,
			struct ipmi_command *out, mono_ms *login_by);
	/* The answer to it. */
	void (*answer)(struct ipmi_link *link, mono_ms now,
		       struct ipmi_response *response);
	/* More to do while the session is open; true: something was done. */
	bool (*work)(struct ipmi_link *link, mono_ms now);
	void (*payload)(struct ipmi_link *link, mono_ms now, struct rbuf in);
	/* Its own time; MONO_NEVER: it waits for nothing of its own. */
	mono_ms (*deadline)(const struct ipmi_link *link);
	void (*expire)(struct ipmi_link *link, mono_ms now);
	/* It needs no session any more: what is open may be closed soon. */
	bool (*resting)(const struct ipmi_link *link);
	/* The last thing in a pump: it may free what it likes. */
	void (*settle)(struct ipmi_link *link, mono_ms now);
	/* The link, closed before, is gone but for its memory. */
	void (*release)(struct ipmi_link *link);
};

/* One BMC, as one user of it sees it: embedded in its owner. */
struct ipmi_link {
	struct heap_item timer;
	struct list closing;
	struct ipmi_hub *hub;
	const struct ipmi_link_ops *ops;
	struct ipmi_open_session *session; /* NULL: none */
	struct resolve *lookup;            /* NULL: none under way */
	char *host;
	struct ipmi_address address;
	struct ipmi_peer peer;
	struct ipmi_login login;
	bool known;    /* the address is */
	bool waiting;  /* for the answer to a command */
	bool keep;     /* the session, alive */
	bool closed;   /* by its owner */
	uint8_t wrong; /* which of the credentials does not fit */
};

struct ipmi_hub *ipmi_hub_new(struct loop *loop);
void ipmi_hub_free(struct ipmi_hub *hub);
/* After a change to the heap from outside of a pump. */
void ipmi_hub_rearm(struct ipmi_hub *hub);

/* No I/O. The target is copied. */
void ipmi_link_init(struct ipmi_link *link, struct ipmi_hub *hub,
		    const struct ipmi_link_ops *ops,
		    const struct bmc_target *target);
/* NULL, or why there is no use in trying. */
const char *ipmi_link_hopeless(const struct ipmi_link *link);
/* After anything has happened to its owner. */
void ipmi_link_pump(struct ipmi_link *link);
/* The answer to the command that is out is not wanted any more. */
void ipmi_link_leave(struct ipmi_link *link, mono_ms now);
/* Logs out in the background, then releases. */
void ipmi_link_close(struct ipmi_link *link);
/* At once. */
void ipmi_link_release(struct ipmi_link *link);
/* A payload of serial over LAN; false: there is no session. */
bool ipmi_link_send(struct ipmi_link *link, const struct wbuf *payload);

extern const struct bmc_console_driver ipmi_console_driver;

#endif
