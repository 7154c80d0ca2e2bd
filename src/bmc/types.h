/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_TYPES_H
#define BMC_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bmc/report.h"

/*
 * The words of out-of-band management: which BMC, what is asked of it, and
 * what came of it. All of them are values; only bmc_target owns memory.
 *
 *	struct bmc_target target = { 0 };
 *
 *	if (bmc_target_parse(&target, "redfish://admin@10.0.1.7", &err))
 *		return -1;
 *	str_copy(target.password, sizeof(target.password), password);
 *	...
 *	bmc_target_release(&target);
 */
#define BMC_HOST_SIZE     256
#define BMC_USER_SIZE     64
#define BMC_PASSWORD_SIZE 128
#define BMC_PATH_SIZE     256
#define BMC_PIN_SIZE      64
#define BMC_URL_SIZE      1024
#define BMC_WORD_SIZE     64
#define BMC_VALUE_SIZE    256
#define BMC_IPMI_KEY_SIZE 20

enum bmc_protocol { BMC_REDFISH, BMC_IPMI, BMC_RPC };

struct bmc_target {
	enum bmc_protocol protocol;
	char host[BMC_HOST_SIZE]; /* an IPv6 address without its brackets */
	uint16_t port;            /* 443 or 623 unless the URL has one */
	char user[BMC_USER_SIZE];
	char password[BMC_PASSWORD_SIZE];
	char system[BMC_PATH_SIZE]; /* Redfish member or path; "": its only */
	uint32_t cipher;            /* IPMI suite; 0: find out */
	bool insecure;              /* TLS: trust any certificate */
	bool basic; /* Redfish: a password each time, and no session */
	char pin[BMC_PIN_SIZE]; /* "sha256//base64" of its key, or "" */
	char *ca_pem;           /* trust this CA only; owned; may be NULL */
	char *rpc;     /* webhook: see rpc_wire.h; owned, secret; may be NULL */
	bool ipmitool; /* IPMI by that program, not by ourselves */
	uint32_t ipmi_quirks;                /* see bmc_ipmi_quirks */
	uint8_t ipmi_key[BMC_IPMI_KEY_SIZE]; /* K_g */
	uint8_t ipmi_key_len;                /* 0: the BMC has none */
	/* As the inventory says, for its quirks until the BMC has said it. */
	char vendor[BMC_WORD_SIZE];
	char model[BMC_WORD_SIZE];
	char rack[BMC_WORD_SIZE]; /* where it stands; "": not known */
	/* The next best way to the same BMC; owned; NULL: none. */
	struct bmc_target *other;
};

/*
 * redfish://user@host[:port][?system=ID] and
 * ipmi://user@host[:port][?cipher=N]. User and system may be percent-encoded.
 * A password in the URL is refused: it would end up in logs and listings.
 */
int bmc_target_parse(struct bmc_target *target, const char *url,
		     struct err *err) NODISCARD;
bool bmc_target_eq(const struct bmc_target *a, const struct bmc_target *b);
/* `to` is released first. */
void bmc_target_copy(struct bmc_target *to, const struct bmc_target *from);
/* Wipes the password and the webhook, frees the CA and other ways, zeroes the
 * rest. */
void bmc_target_release(struct bmc_target *target);

/*
 * "authcap,intel20": how this firmware's IPMI differs, in the words that
 * FreeIPMI's tools have for it (--workaround-flags), as far as we know them.
 */
int bmc_ipmi_quirks(const char *words, uint32_t *quirks,
		    struct err *err) NODISCARD;
/* K_g, as text or as "0x" and hex digits. */
int bmc_ipmi_key(struct bmc_target *target, const char *text,
		 struct err *err) NODISCARD;

/* A target in few bytes, for who keeps thousands of them; without its other
 * ways. */
struct bmc_packed;

struct bmc_packed *bmc_target_pack(const struct bmc_target *target);
void bmc_target_unpack(struct bmc_target *target,
		       const struct bmc_packed *packed);
bool bmc_packed_eq(const struct bmc_packed *a, const struct bmc_packed *b);
/* Wipes it first. */
void bmc_packed_free(struct bmc_packed *packed);

enum bmc_power {
	BMC_POWER_UNKNOWN, /* not said, or on the way to another state */
	BMC_POWER_OFF,
	BMC_POWER_ON,
};

enum bmc_power_action {
	BMC_ACTION_ON,
	BMC_ACTION_OFF,   /* hard */
	BMC_ACTION_SOFT,  /* ask the operating system to shut down */
	BMC_ACTION_CYCLE, /* off and on again; on, if it was off */
	BMC_ACTION_RESET, /* without power loss; on, if it was off */
};

enum bmc_device {
	BMC_BOOT_NONE, /* no override: the firmware's own order */
	BMC_BOOT_PXE,
	BMC_BOOT_DISK,
	BMC_BOOT_CD,
	BMC_BOOT_BIOS,  /* the setup screen */
	BMC_BOOT_OTHER, /* only read, never set */
	BMC_BOOT_HTTP,  /* UEFI's; from a URL that DHCP says, or one given */
};

struct bmc_boot {
	enum bmc_device device;
	bool persistent;
	bool uefi;
};

enum bmc_op {
	BMC_PROBE, /* log in and read the power state */
	BMC_POWER_GET,
	BMC_POWER_SET,
	BMC_BOOT_GET,
	BMC_BOOT_SET,
	BMC_MEDIA_INSERT,
	BMC_MEDIA_EJECT,
	/* Not every driver has these: see more_ops in driver.h. */
	BMC_NMI,      /* a diagnostic interrupt, for a dump of the system */
	BMC_IDENTIFY, /* the light that says "here I am" */
	BMC_INFO,
	BMC_BMC_RESET, /* the management controller's own, cold */
	BMC_LOG_READ,
	BMC_LOG_CLEAR,
	BMC_SENSORS,
	BMC_FRU,
	BMC_LAN_GET,
	BMC_USERS,
	BMC_PASSWORD_SET,
	BMC_INVENTORY,
	BMC_SECURE_BOOT_GET,
	BMC_SECURE_BOOT_SET,
	BMC_BIOS_GET,
	BMC_BIOS_SET,
	BMC_N_OPS,
};

/* How far a machine is, where the BMC tells. */
enum bmc_progress {
	BMC_PROGRESS_UNKNOWN,
	BMC_PROGRESS_NONE,     /* it does not boot: it is off, say */
	BMC_PROGRESS_FIRMWARE, /* looks at its hardware */
	BMC_PROGRESS_READY,    /* has done so, and looks what to boot */
	BMC_PROGRESS_SETUP,    /* its setup screen is open */
	BMC_PROGRESS_OS_BOOT,
	BMC_PROGRESS_OS_RUNNING,
};

/* What goes before what waits for the same BMC. */
enum bmc_urgency {
	BMC_NORMAL, /* changes before reads */
	BMC_ABORT,  /* before all; changes of its group are given up for it */
	BMC_BACKGROUND, /* behind all */
};

#define BMC_IDENTIFY_ON UINT32_MAX /* until told otherwise */

struct bmc_request {
	enum bmc_op op;
	enum bmc_power_action action; /* BMC_POWER_SET */
	struct bmc_boot boot;         /* BMC_BOOT_SET */
	/* For all of it with its read-back, from when it is begun and not
	 * while it waits behind others; 0: the default of the operation. */
	int64_t timeout_ms;
	uint32_t seconds; /* BMC_IDENTIFY: 0 is off */
	uint16_t from;    /* BMC_LOG_READ: an entry's id; 0: the first */
	uint8_t fru;      /* BMC_FRU: its number, mostly 0 */
	bool on;          /* BMC_SECURE_BOOT_SET */
	/* It may have been asked for already, by who was killed since: what
	 * the BMC does not show yet is looked for a few times first. */
	bool doubtful;
	enum bmc_urgency urgency;
	int64_t again_ms; /* who asks means to ask again then; 0: nobody knows
			   */
	int64_t group;    /* of what belongs together; an abort's 0: all */
	char user[BMC_USER_SIZE];       /* BMC_PASSWORD_SET: whose */
	char secret[BMC_PASSWORD_SIZE]; /* BMC_PASSWORD_SET: the new one */
	/* BMC_LOG_*: which log, "": of the machine's events. BMC_BIOS_SET:
	 * the attribute. */
	char name[BMC_WORD_SIZE];
	char value[BMC_VALUE_SIZE]; /* BMC_BIOS_SET: as it is to be */
	/* BMC_MEDIA_INSERT: URL of the image. BMC_BOOT_HTTP: URL to boot, or
	 * "". Last: bmc.c keeps it apart. */
	char media[BMC_URL_SIZE];
};

/*
 * err.code ERR_NONE: done, and read back where the BMC can say so.
 * ERR_OUTCOME: it was sent, no answer came, and the state read afterwards
 * does not tell whether it happened.
 */
struct bmc_result {
	struct err err;
	bool sent;     /* a request that changes something may have left */
	bool changed;  /* it was not so before, and is now */
	bool verified; /* read back from the BMC, not only acknowledged */
	enum bmc_power power; /* what was last seen */
	struct bmc_boot boot;
	enum bmc_progress progress;
	/* An override that was to last is not there: BMC_BOOT_SET again. */
	bool boot_lost;
	/* What was read. A driver hands it over with the result; who is told
	 * by bmc.h may look at it, and it goes when the call is over. */
	struct bmc_report *report;
};

bool bmc_op_writes(enum bmc_op op);
int64_t bmc_op_timeout_ms(const struct bmc_request *request);

/* "on", "pxe", "power-set": for messages and rows. */
const char *bmc_power_name(enum bmc_power power);
const char *bmc_action_name(enum bmc_power_action action);
const char *bmc_device_name(enum bmc_device device);
const char *bmc_op_name(enum bmc_op op);
const char *bmc_progress_name(enum bmc_progress progress);

/* The state that an action ends in, and whether it is there by reading. */
enum bmc_power bmc_action_goal(enum bmc_power_action action);
/* For an action that only moves to its goal: there is nothing to do then. */
bool bmc_action_needless(enum bmc_power_action action, enum bmc_power seen);
/* What to send, given what was seen: a cycle of what is off is "on". */
enum bmc_power_action bmc_action_for(enum bmc_power_action action,
				     enum bmc_power seen);

/* How long to wait before the n-th look (from 0) for a new state. */
int64_t bmc_poll_ms(unsigned n);
/* It is up to the machine's operating system whether and when. */
bool bmc_asks_system(const struct bmc_request *request);
/*
 * Whether to look again before a change that is doubtful is sent, after so
 * many looks. The button that asks an operating system is not pressed twice,
 * however long that takes.
 */
bool bmc_in_doubt(const struct bmc_request *request, unsigned n_looks);

#endif
