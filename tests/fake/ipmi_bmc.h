/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_IPMI_BMC_H
#define TESTS_FAKE_IPMI_BMC_H

#include "base/clock.h"
#include "base/rng.h"
#include "bmc/ipmi_crypto.h"

/*
 * One IPMI BMC, made up: datagrams in, datagrams out. It touches nothing of
 * the world, so unit tests, the fuzzer and the farm all have the same one.
 *
 * It is ours, written beside the client: that ipmitool and ipmipower accept
 * it, too, is what tests/integration/ipmi is for.
 *
 *	fake_bmc_init(&bmc, &shared, now);
 *	if (fake_bmc_input(&bmc, now, datagram, len, &answer))
 *		send(answer.base, answer.len);
 */
#define FAKE_MAX_SLOTS   16
#define FAKE_MAX_USERS   6
#define FAKE_MAX_SEL     64
#define FAKE_SEL_RECORD  16
#define FAKE_FRU_SIZE    256
#define FAKE_SDR_MAX     64
#define FAKE_N_SDRS      8
#define FAKE_CONSOLE_MAX 4096

/* What may be wrong with it. */
#define FAKE_POWER_IGNORED (1u << 0)  /* acknowledged, and not done */
#define FAKE_BOOT_IGNORED  (1u << 1)  /* the same for boot flags */
#define FAKE_BOOT_LOST     (1u << 2)  /* flags are gone at a power change */
#define FAKE_MUTE_CONTROL  (1u << 3)  /* does it, and does not answer */
#define FAKE_DEAF_CONTROL  (1u << 4)  /* never gets it */
#define FAKE_DOWNGRADE     (1u << 5)  /* answers with suite 3 always */
#define FAKE_SILENT_SUITE  (1u << 6)  /* no answer to suites it has not */
#define FAKE_NO_CAPS       (1u << 7)  /* no answer to IPMI 1.5 */
#define FAKE_ONLY_15       (1u << 8)  /* no RMCP+ */
#define FAKE_NO_PARAM_3    (1u << 9)  /* as OpenBMC */
#define FAKE_SHORT_REFUSAL (1u << 10) /* as ipmi_sim */
#define FAKE_BUSY          (1u << 11) /* every other command: busy */
#define FAKE_BAD_CHECKSUM  (1u << 12) /* inside of sealed packets */
#define FAKE_PADDED_USER   (1u << 13) /* takes padded user names only */
#define FAKE_NO_WHOLE      (1u << 14) /* reads of over 16 bytes: refused */
#define FAKE_FORGETFUL     (1u << 15) /* drops sessions after a command */
#define FAKE_SHORT_WORDS   (1u << 16) /* no passwords of 20 bytes */
#define FAKE_OEM_ANSWERS   (1u << 17) /* a vendor's completion codes */

/* What all BMCs of a farm have in common. */
struct fake_shared {
	struct ipmi_crypto *crypto;
	struct rng rng;
	uint32_t faults;
	uint32_t suites;  /* bit 3, bit 17 */
	unsigned n_slots; /* at most FAKE_MAX_SLOTS */
	int64_t setup_ms; /* until a login that stops is dropped */
	int64_t idle_ms;  /* until a session is */
	int64_t power_ms; /* from a power command to its effect */
	unsigned n_log;   /* entries in the event log; 0: the usual few */
	const char *user; /* with administrator's rights */
	const char *password;
	const char *group_key; /* NULL: none */
	bool starts_on;
	uint16_t port; /* where they are, as they tell a console */
	uint8_t fru[FAKE_FRU_SIZE];
	uint8_t sdrs[FAKE_N_SDRS][FAKE_SDR_MAX];
	/* Told of what changes something. */
	void (*record)(void *arg, const char *what);
	/* What a machine that starts says, if it is to say anything: to be
	 * freed. It waits for who listens. */
	char *(*says)(void *arg);
	/* Told of machines that start and stop by it; may be NULL. */
	void (*moved)(void *arg, const char *what);
	void *arg;
};

struct fake_session {
	enum { FAKE_FREE, FAKE_SETUP, FAKE_PROVEN, FAKE_OPEN } state;
	uint32_t id;
	uint32_t console;
	const struct ipmi_suite *suite;
	struct ipmi_keys keys;
	uint8_t sik[IPMI_HASH_MAX];
	uint8_t random[IPMI_RANDOM_SIZE];
	uint8_t console_random[IPMI_RANDOM_SIZE];
	uint8_t role; /* as RAKP 1 has it */
	uint8_t level;
	uint8_t user[IPMI_USER_MAX];
	uint8_t user_len;
	unsigned account;
	uint32_t sequence;
	uint32_t heard;
	uint32_t window;
	mono_ms used;
};

struct fake_user {
	char name[IPMI_USER_MAX + 1];
	char password[IPMI_SECRET_MAX + 1];
	uint8_t privilege;
	bool enabled;
};

struct fake_sol {
	uint32_t session; /* 0: not activated */
	uint8_t sequence; /* of the packet that is out; 0: none */
	uint8_t last;     /* of the peer's */
	size_t out_len;
	uint8_t out[64]; /* not acknowledged */
	mono_ms resend;
	unsigned sends;
	size_t waiting_len;
	uint8_t waiting[FAKE_CONSOLE_MAX];
};

struct fake_bmc {
	struct fake_shared *shared;
	bool on;
	bool next_on;  /* after `turns` */
	mono_ms turns; /* MONO_NEVER: it does not */
	uint8_t boot[5];
	uint8_t identify; /* 0 off, 1 for a while, 2 for good */
	struct fake_user users[FAKE_MAX_USERS];
	uint8_t sel[FAKE_MAX_SEL][FAKE_SEL_RECORD];
	size_t n_sel;
	size_t n_sel_made; /* that are in the array */
	uint16_t sel_reservation;
	uint16_t sdr_reservation;
	struct fake_session sessions[FAKE_MAX_SLOTS];
	struct fake_sol *sol; /* NULL: never activated */
	bool unheard;         /* it has started, and nobody listened */
	/* For tests. */
	unsigned n_logins;
	unsigned n_refused;
	unsigned n_in_a_row; /* of those, without a login between them */
	unsigned most_in_a_row;
	unsigned n_controls; /* that did something */
	unsigned n_commands;
	unsigned last_control;
};

/* One command, as its handler has it. */
struct fake_call {
	struct fake_bmc *bmc;
	struct fake_session *session; /* NULL: before a login */
	mono_ms now;
	uint8_t netfn;
	uint8_t cmd;
	uint8_t lun;
	struct rbuf in;
	struct wbuf *out; /* behind the completion code */
	bool mute;        /* there is no answer */
};

/* Fills in FRU and SDRs, and the rest with what is usual. */
void fake_shared_init(struct fake_shared *shared, struct ipmi_crypto *crypto,
		      struct rng rng);
void fake_bmc_init(struct fake_bmc *bmc, struct fake_shared *shared);
void fake_bmc_release(struct fake_bmc *bmc);
/* False: it says nothing. */
bool fake_bmc_input(struct fake_bmc *bmc, mono_ms now, const void *datagram,
		    size_t len, struct wbuf *answer);
/* What it says by itself: the console. */
bool fake_bmc_output(struct fake_bmc *bmc, mono_ms now, struct wbuf *out);
unsigned fake_bmc_n_sessions(const struct fake_bmc *bmc, mono_ms now);

/* ---- between its files ---- */

void fake_record(struct fake_bmc *bmc, const char *format, ...) PRINTF(2, 3);
void fake_moved(struct fake_bmc *bmc, const char *format, ...) PRINTF(2, 3);
/* The completion code. */
uint8_t fake_command(struct fake_call *call);
uint8_t fake_storage_command(struct fake_call *call);
uint8_t fake_user_command(struct fake_call *call);
void fake_storage_init(struct fake_shared *shared);
void fake_sel_init(struct fake_bmc *bmc);
/* Let time pass: power that follows. */
void fake_power_tick(struct fake_bmc *bmc, mono_ms now);

uint8_t fake_sol_activate(struct fake_call *call);
uint8_t fake_sol_deactivate(struct fake_call *call);
/* True: `out` is to be sent. */
bool fake_sol_input(struct fake_bmc *bmc, struct fake_session *session,
		    mono_ms now, struct rbuf in, struct wbuf *out);
bool fake_sol_output(struct fake_bmc *bmc, mono_ms now, struct wbuf *out);
void fake_sol_print(struct fake_bmc *bmc, const char *text);
/* What a machine says that starts. */
void fake_sol_boot(struct fake_bmc *bmc);
void fake_seal(struct fake_bmc *bmc, struct fake_session *session,
	       enum ipmi_payload type, const struct wbuf *payload,
	       struct wbuf *out);

#endif
