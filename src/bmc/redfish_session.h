/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_SESSION_H
#define BMC_REDFISH_SESSION_H

#include "base/clock.h"
#include "bmc/quirk_plan.h"
#include "bmc/redfish_system_wire.h"

/*
 * What is known of one Redfish BMC: the token, the paths, and what it took
 * last. It outlives operations, and by its text also us. Pure.
 *
 *	redfish_session_init(&session, &target, quirks);
 *	redfish_session_load(&session, &target, text);
 *	...
 *	if (session.learnt)
 *		text = redfish_session_save(&session, &target);
 *
 * There may be ten thousand, so strings are as long as they are; NULL and ""
 * are the same. They are changed by redfish_learn.
 */
#define REDFISH_TOKEN_MAX  1024
#define REDFISH_MEMORY_MAX (16 * 1024)

struct redfish_session {
	char *token; /* "": not logged in */
	char *uri;   /* of the session, to end it */
	bool basic;  /* the BMC has no sessions */

	char *systems; /* "": the service root was not read */
	char *managers;
	char *chassis;
	char *sessions;
	char *accounts;
	char *update;
	bool select; /* what the service can; see redfish_root */
	bool expand;
	bool top;

	char *system;
	char *manager;    /* that the system is managed by; "": not known */
	bool identified;  /* `who` is complete */
	unsigned resets;  /* from the action info, if it was asked */
	bool has_form;    /* these were taken: */
	unsigned form;    /* of the boot PATCH */
	unsigned etag;    /* enum bmc_etag */
	char *media;      /* the virtual CD drive */
	unsigned insert;  /* enum redfish_insert */
	bool coded;       /* answers 406 to Accept-Encoding: identity */
	bool slashed;     /* wants a "/" behind collections */
	bool etag_tells;  /* it was seen to change with the power */
	bool etag_lies;   /* it was seen not to */
	bool basic_fails; /* basic authentication was refused */
	bool closes;      /* has no connections to spare that wait */

	/* The boot override that was asked for last, to be set again when the
	 * BMC has lost it before it was used. */
	bool wished;
	struct bmc_boot wish;
	char *wish_url;
	mono_ms wish_until; /* of one that is for one start */

	/* Not in the text. */
	bool learnt; /* since it was last cleared */
	struct bmc_identity who;
	struct bmc_rules rules;
	const struct quirk_table *quirks;
	mono_ms sent_at; /* the last request */
	char *poll_etag; /* of the system as it was read last: */
	enum bmc_power poll_power;
	enum bmc_progress poll_progress;
	unsigned n_unread; /* answers that said "as it was" in a row */
	unsigned n_closed; /* connections in a row that were kept in vain */
};

/* `quirks` may be NULL, and outlives it. */
void redfish_session_init(struct redfish_session *session,
			  const struct bmc_target *target,
			  const struct quirk_table *quirks);
void redfish_session_release(struct redfish_session *session);

/* Sets one of its strings. */
void redfish_learn(struct redfish_session *session, char **field,
		   const char *text);
/* After `who` has changed. */
void redfish_session_identify(struct redfish_session *session);
/* Paths, and what else may be of another firmware. */
void redfish_session_forget(struct redfish_session *session);
/* Not logged in any more. */
void redfish_session_drop_token(struct redfish_session *session);

/*
 * How it went with a connection that was kept for the next request. A BMC that
 * closes it again and again, or has no other beside it, is one that `closes`.
 */
void redfish_session_kept(struct redfish_session *session, bool in_vain);

/* "" for NULL. */
const char *redfish_str(const char *field);

/*
 * A JSON text of at most REDFISH_MEMORY_MAX bytes; it has the token in it.
 * The caller wipes and frees it.
 */
char *redfish_session_save(const struct redfish_session *session,
			   const struct bmc_target *target);
/*
 * What was saved of another BMC is passed over whole, and the token of
 * another user. A text that is damaged is an error; then nothing is taken.
 */
int redfish_session_load(struct redfish_session *session,
			 const struct bmc_target *target, const char *text,
			 struct err *err) NODISCARD;

#endif
