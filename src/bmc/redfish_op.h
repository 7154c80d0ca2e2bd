/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_OP_H
#define BMC_REDFISH_OP_H

#include <stddef.h>

#include "base/clock.h"
#include "base/sm.h"
#include "bmc/redfish_wire.h"
#include "bmc/types.h"

/*
 * One operation on one Redfish BMC, as a machine: responses in, requests
 * out, one at a time. Pure; redfish.c pumps it.
 *
 * What it learns of the BMC (token, paths, which form of PATCH it took) it
 * keeps in the session, which outlives it and is used by one operation at a
 * time.
 *
 *	redfish_op_init(&op, &session, &target, &request, now);
 *	while (redfish_op_output(&op, &out))
 *		send(&out);
 *	...
 *	redfish_op_input(&op, now, &response);
 */
#define REDFISH_TOKEN_SIZE  512
#define REDFISH_BOOT_CHECKS 8 /* looks before an override is given up */

struct redfish_session {
	char token[REDFISH_TOKEN_SIZE]; /* "": not logged in */
	char uri[BMC_PATH_SIZE];        /* of the session, to end it */
	bool basic;                     /* it has no sessions */
	struct redfish_root root;
	char system[BMC_PATH_SIZE];
	unsigned resets;           /* from the action info, if it was asked */
	unsigned boot_form;        /* which form of PATCH it took last */
	char media[BMC_PATH_SIZE]; /* the virtual CD drive */
	unsigned insert_form;
};

struct redfish_request {
	const char *method;
	const char *path;     /* these live until the next call */
	const char *body;     /* NULL: none */
	const char *token;    /* NULL: do not send one */
	const char *if_match; /* NULL: do not send one */
	bool basic;           /* with user and password */
	bool writes;          /* must not be repeated by lower layers */
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

struct redfish_op {
	struct sm sm;
	const struct bmc_target *target;
	struct redfish_session *session;
	struct bmc_request request;
	struct bmc_result result;
	mono_ms deadline;

	/* Private. */
	mono_ms wake;   /* of a pause */
	unsigned after; /* the state that a pause leads to */
	bool ready;     /* a request waits to be taken */
	unsigned tries; /* of the present step */
	unsigned polls; /* looks since the write */
	bool relogin;   /* the token was refused once already */
	bool written;   /* the write was taken, or its answer lost */
	bool lost;      /* the answer to the write did not come */
	bool refused;   /* the write was refused; see refusal */
	bool seen_off;  /* since the write */
	bool two_steps; /* a cycle as off, and on again */
	bool ejecting;  /* before an insert */
	struct err refusal;
	unsigned etag_mode; /* how If-Match is sent */
	unsigned etag_tries;
	unsigned form; /* of the write */
	unsigned forms_tried;
	unsigned n_writes;            /* that were refused as untimely */
	enum bmc_power_action action; /* to send next */
	struct bmc_boot boot;         /* to set: what the BMC can of it */
	struct redfish_system system;
	struct redfish_media media;
	struct redfish_members members;
	size_t member;
	char path[BMC_PATH_SIZE]; /* of the present step */
	char *body;               /* likewise; owned */
};

/* Session and target are kept, and used until the operation is released. */
void redfish_op_init(struct redfish_op *op, struct redfish_session *session,
		     const struct bmc_target *target,
		     const struct bmc_request *request, mono_ms now);
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
