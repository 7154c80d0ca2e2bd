/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_SESSION_H
#define BMC_IPMI_SESSION_H

#include "base/clock.h"
#include "base/rng.h"
#include "base/sm.h"
#include "bmc/ipmi_crypto.h"

/*
 * A session with one BMC, from the first question to the logout. A machine:
 * packets and commands in, packets and responses out. ipmi.c pumps it.
 *
 *	ipmi_session_init(&s, &config, now);
 *	ipmi_session_command(&s, now, &command);
 *	while (ipmi_session_output(&s, &out))
 *		(send out.bytes, or take out.response)
 *	...
 *	ipmi_session_input(&s, now, &packet);	then outputs again
 *	ipmi_session_expire(&s, now);		at ipmi_session_deadline(&s)
 *
 * It takes one command at a time, also before it is logged in. A command
 * that changes something is sent once; if no answer comes, the response says
 * so, and who asked has to look. All others are sent again, with the sequence
 * number that they had, so that a late answer is as good as any.
 *
 * A password that was refused is not tried again: BMCs lock accounts.
 */

/* Ways of firmware to be different. */
#define IPMI_QUIRK_SKIP_CAPS   1u  /* is lost when asked for capabilities */
#define IPMI_QUIRK_HIGHEST     2u  /* to be asked for "highest" privilege */
#define IPMI_QUIRK_ROLE_LOOKUP 4u  /* finds users by name and privilege */
#define IPMI_QUIRK_PADDED_USER 8u  /* wants 16 bytes of user name */
#define IPMI_QUIRK_CHECKSUM    16u /* sends wrong checksums */

/* How to log in. */
struct ipmi_login {
	uint8_t user[IPMI_USER_MAX];
	uint8_t user_len;
	uint8_t password[IPMI_SECRET_MAX];
	bool has_group_key;
	uint8_t group_key[IPMI_SECRET_MAX];
	uint8_t suite; /* this one only; 0: find out */
	uint32_t quirks;
};

/* What is learnt of a BMC; outlives the session. Begins as zeros. */
struct ipmi_peer {
	uint8_t suite; /* that worked last; 0: none yet */
	bool greeted;  /* its capabilities are known */
	bool group_key;
	uint8_t privilege; /* the most that it grants; 0: not tried */
	uint16_t round_ms; /* a round trip, smoothed; 0: none measured */
	uint16_t spread_ms;
};

struct ipmi_session_config {
	const struct ipmi_login *login; /* these four outlive the session */
	struct ipmi_peer *peer;
	struct ipmi_crypto *crypto;
	struct rng *rng;
	uint16_t slot;     /* low half of our session ids: the owner's */
	mono_ms login_by;  /* when to give up logging in */
	int64_t linger_ms; /* logged out after so long without a command */
	bool keep;         /* never: it is kept alive instead */
};

enum ipmi_output_kind { IPMI_OUT_PACKET, IPMI_OUT_RESPONSE };

struct ipmi_output {
	enum ipmi_output_kind kind;
	struct wbuf packet; /* in `bytes` */
	uint8_t bytes[IPMI_PACKET_MAX];
	struct ipmi_response response;
};

struct ipmi_session {
	uint32_t console; /* our id of it: changes when a login starts anew */

	/* Private. */
	struct sm sm;
	struct ipmi_session_config config;
	uint32_t bmc; /* the BMC's id of it */
	struct ipmi_keys keys;
	const struct ipmi_suite *suite;
	uint8_t role;  /* asked for */
	uint8_t level; /* that we have now */
	uint8_t tag;
	uint8_t random[IPMI_RANDOM_SIZE];
	uint8_t bmc_random[IPMI_RANDOM_SIZE];
	uint8_t guid[IPMI_GUID_SIZE];
	uint8_t sik[IPMI_HASH_MAX];
	uint8_t farewell; /* packet that ends what is left behind */
	bool established; /* a command may have got there */
	bool spoken;      /* something was heard of the BMC */
	bool wary;        /* RAKP 3 has failed, maybe for a RAKP 1 too many */
	bool proven;      /* RAKP 2 is good; waits whether there is another */
	bool ready;       /* the packet of this state is to be sent */
	mono_ms began;
	unsigned sends; /* of this packet */
	mono_ms first;  /* when it was first sent */
	mono_ms deadline;
	unsigned logins;   /* begun */
	unsigned refused;  /* for want of slots */
	unsigned refusals; /* by the network */
	unsigned disputed; /* answers to RAKP 3 that made no sense */
	uint8_t other;     /* suite that was refused; 0: none */
	uint32_t sequence; /* of the last packet sent */
	uint32_t heard;    /* highest of those received */
	uint32_t window;   /* which of the 32 up to that were */
	uint8_t rq_seq;
	bool has_command;
	bool internal; /* it is the keep-alive */
	struct ipmi_command command;
	bool answered;
	struct ipmi_response response;
	struct err err;
};

void ipmi_session_init(struct ipmi_session *s,
		       const struct ipmi_session_config *config, mono_ms now);
/* Only when there is none: see ipmi_session_busy. */
void ipmi_session_command(struct ipmi_session *s, mono_ms now,
			  const struct ipmi_command *command);
/* Whose answer nobody wants any more. */
void ipmi_session_forget(struct ipmi_session *s, mono_ms now);
/* Log out; a command that is under way is left. */
void ipmi_session_close(struct ipmi_session *s, mono_ms now);

void ipmi_session_input(struct ipmi_session *s, mono_ms now,
			const struct ipmi_packet *packet);
/* The network says that nobody is there, and why. One word is not believed,
 * and none once the BMC has spoken. */
void ipmi_session_refused(struct ipmi_session *s, const char *why);
void ipmi_session_expire(struct ipmi_session *s, mono_ms now);
bool ipmi_session_output(struct ipmi_session *s, mono_ms now,
			 struct ipmi_output *out);
mono_ms ipmi_session_deadline(const struct ipmi_session *s);
/* Take the outputs that are left before it goes. */
bool ipmi_session_done(const struct ipmi_session *s);
/* NULL: it was closed. */
const struct err *ipmi_session_error(const struct ipmi_session *s);

bool ipmi_session_busy(const struct ipmi_session *s);
/* Logged in; waits for nothing but a command. */
bool ipmi_session_idle(const struct ipmi_session *s);
/* It is over, or about to be: not for another command. */
bool ipmi_session_closing(const struct ipmi_session *s);
/* It was logged in, and what failed was the session or the network. */
bool ipmi_session_was_open(const struct ipmi_session *s);

/* Serial over LAN, beside the commands. False: not logged in, or no room. */
bool ipmi_session_wrap(struct ipmi_session *s, const struct wbuf *payload,
		       struct wbuf *out);
/* False: damaged, or seen before. */
bool ipmi_session_unwrap(struct ipmi_session *s,
			 const struct ipmi_packet *packet,
			 struct wbuf *payload);

#endif
