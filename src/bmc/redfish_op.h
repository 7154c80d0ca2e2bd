/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_OP_H
#define BMC_REDFISH_OP_H

#include <stddef.h>

#include "base/sm.h"
#include "bmc/redfish_config_wire.h"
#include "bmc/redfish_part_wire.h"
#include "bmc/redfish_session.h"

/*
 * One operation on one Redfish BMC, as a machine: responses in, requests
 * out, one at a time. Pure; redfish.c pumps it.
 *
 * What it learns of the BMC it keeps in the session, which outlives it and is
 * used by one operation at a time.
 *
 *	redfish_op_init(&op, &session, &target, &request, now);
 *	while (redfish_op_output(&op, &out))
 *		send(&out);
 *	...
 *	redfish_op_input(&op, now, &response);
 *
 * What all operations share (logging in, finding the system, answers that
 * say "later" or "not you", tasks, looking again after a write) is in
 * redfish_op.c; what an operation is about is in its subject, one file for
 * each (redfish_subject.h).
 */
struct redfish_request {
	const char *method;
	const char *path;     /* these live until the next call */
	const char *body;     /* NULL: none */
	const char *token;    /* NULL: do not send one */
	const char *if_match; /* NULL: do not send one */
	const char *if_none_match;
	const char *user; /* basic authentication; NULL: none */
	const char *password;
	bool anonymous; /* say nothing of who we are */
	bool identity;  /* ask for an answer that is not compressed */
	bool hang_up;   /* on a connection of its own */
	bool writes;    /* must not be repeated by lower layers */
	int64_t answer_ms;
};

struct redfish_response {
	int status; /* 0: no answer, see err */
	struct err err;
	bool sent; /* when there is no answer: may it have got there? */
	const char *body;
	size_t body_len;
	const char *location; /* NULL: absent */
	const char *etag;
	const char *token;
	const char *retry_after;
};

struct redfish_subject;

struct redfish_op {
	struct sm sm;
	const struct bmc_target *target;
	struct redfish_session *session;
	struct bmc_request request;
	struct bmc_result result;
	mono_ms deadline;

	/* Private. */
	const struct redfish_subject *subject;
	mono_ms now;      /* of the last call that knew it */
	mono_ms wake;     /* of a pause */
	unsigned after;   /* the state that a pause leads to */
	bool ready;       /* a request waits to be taken */
	mono_ms ready_at; /* and for this */

	/* Of the present request. */
	char path[BMC_PATH_SIZE]; /* as it was meant */
	char url[BMC_PATH_SIZE + 64];
	char redirect[BMC_PATH_SIZE]; /* where it has moved to, or "" */
	unsigned n_redirects;
	bool selected; /* asked for a part of it */
	bool expanded;
	bool conditional;
	bool with_slash;
	char *body;      /* owned */
	unsigned tries;  /* that were answered "later" */
	struct err last; /* why the last look was in vain */

	/* Of the login. */
	bool relogin;  /* the token was refused once already */
	bool by_basic; /* all sessions are taken: this once */

	/* Of reading. */
	struct redfish_links links;
	struct redfish_page page;
	struct redfish_members members;
	size_t member;
	bool rediscovered; /* the system had moved */
	bool identifying;  /* looking who it is, before the subject goes on */
	struct redfish_system system;
	struct redfish_manager manager;

	/* Of the write. */
	unsigned polls; /* looks since then */
	bool written;   /* it was taken, or its answer lost */
	bool lost;      /* the answer to it did not come */
	bool refused;   /* see refusal */
	bool once;      /* done twice it would do harm */
	bool untimely;  /* it was refused for the moment only */
	bool in_post;   /* namely while the machine starts */
	struct err refusal;
	unsigned n_untimely;
	unsigned n_accepted;         /* writes that were not refused */
	char monitor[BMC_PATH_SIZE]; /* of its task */

	/* Of the subjects. */
	unsigned phase;               /* each one's own */
	enum bmc_power_action action; /* to send next */
	enum bmc_progress progress;   /* before it */
	bool seen_off;                /* since then */
	bool two_steps;               /* off, and on again */
	mono_ms settled;              /* when it takes commands after off */
	unsigned bad_resets;          /* that were refused */
	struct bmc_boot boot;         /* to set: what the BMC can of it */
	const char *boot_url;
	bool staged; /* the settings object was read */
	char etag[REDFISH_ETAG_SIZE];
	char match[REDFISH_ETAG_SIZE]; /* the same as it is sent */
	unsigned etag_mode;            /* enum bmc_etag */
	unsigned etag_tries;           /* modes that were tried, as bits */
	unsigned form;                 /* of the write */
	unsigned forms_tried;
	struct redfish_media media;
	bool own_media; /* looking at the system's, not at a manager's */
	bool ejected;   /* what was not said to be in */
	struct redfish_bios bios;
	enum redfish_light light;
	bool light_chassis;
	uint32_t n_before; /* entries in the log */
	char best[BMC_PATH_SIZE];
	char entries[BMC_PATH_SIZE];
	char target_path[BMC_PATH_SIZE]; /* what is written */
	char *draft;                     /* of a body, or a token; owned */
	unsigned reset_values;           /* that a manager offers */
	unsigned n_probes;
	bool away; /* the BMC was not to be reached */
};

/* Session and target are kept, and used until the operation is released. */
void redfish_op_init(struct redfish_op *op, struct redfish_session *session,
		     const struct bmc_target *target,
		     const struct bmc_request *request, mono_ms now);
/* Also of the report, when nobody has taken it. */
void redfish_op_release(struct redfish_op *op);

void redfish_op_input(struct redfish_op *op, mono_ms now,
		      const struct redfish_response *response);
/* Also ends it, when its own deadline has passed, while a request is out. */
void redfish_op_expire(struct redfish_op *op, mono_ms now);
bool redfish_op_output(struct redfish_op *op, struct redfish_request *out);
mono_ms redfish_op_deadline(const struct redfish_op *op);
bool redfish_op_done(const struct redfish_op *op);
/* NULL: it went well. */
const struct err *redfish_op_error(const struct redfish_op *op);

/* The request that ends the session; false: there is none. */
bool redfish_logout(const struct redfish_session *session,
		    struct redfish_request *out);

#endif
