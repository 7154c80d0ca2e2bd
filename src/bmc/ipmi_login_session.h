/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_LOGIN_SESSION_H
#define BMC_IPMI_LOGIN_SESSION_H

#include "bmc/ipmi_session.h"

/*
 * The states of an ipmi_session until it is logged in; and what the halves
 * of that machine share. For ipmi_session.c alone.
 */
enum ipmi_state {
	IPMI_CAPS,
	IPMI_OPEN,
	IPMI_PAUSE,
	IPMI_RAKP1,
	IPMI_RAKP3,
	IPMI_ACTIVE,
	IPMI_RAISE,
	IPMI_COMMAND,
	IPMI_CLOSING,
	IPMI_CLOSED,
	IPMI_FAILED,
	IPMI_N_STATES,
};

enum ipmi_farewell {
	IPMI_NO_FAREWELL,
	IPMI_CLOSE_SESSION, /* that we cannot use, but the BMC may have open */
	IPMI_REFUSE_RAKP2,  /* so that the BMC drops the login */
};

enum ipmi_state ipmi_login_begin(struct ipmi_session *s);
/* For PAUSE, which sends nothing, too. */
void ipmi_login_expire(struct ipmi_session *s, mono_ms now);
void ipmi_login_input(struct ipmi_session *s, mono_ms now,
		      const struct ipmi_packet *packet);
/* The packet of this state; its deadline. */
void ipmi_login_output(struct ipmi_session *s, mono_ms now, struct wbuf *out);
/* The RAKP 3 that refuses. */
void ipmi_login_refusal(const struct ipmi_session *s, struct wbuf *out);

/* ---- of ipmi_session.c ---- */

/* To a state that sends. */
void ipmi_session_enter(struct ipmi_session *s, mono_ms now,
			enum ipmi_state state);
/* Logged in: do what there is to do. */
void ipmi_session_activate(struct ipmi_session *s, mono_ms now);
void ipmi_session_fail(struct ipmi_session *s, enum err_code code,
		       const char *format, ...) PRINTF(3, 4);
/* How long to wait for the answer to what is sent for the n-th time. */
int64_t ipmi_session_wait_ms(const struct ipmi_session *s, unsigned sends);
/* An answer came to what was sent last. */
void ipmi_session_measure(struct ipmi_session *s, mono_ms now);

#endif
