/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_SYSTEM_WIRE_H
#define BMC_REDFISH_SYSTEM_WIRE_H

#include "bmc/redfish_wire.h"

/*
 * A ComputerSystem, its manager, and its virtual media, as Redfish has them.
 * Pure; see redfish_wire.h for how bodies are taken.
 */
#define REDFISH_ETAG_SIZE 128
#define REDFISH_MAX_UPS   4 /* chassis, or managers, of a system */

enum redfish_reset {
	REDFISH_ON,
	REDFISH_FORCE_ON,
	REDFISH_FORCE_OFF,
	REDFISH_GRACEFUL_SHUTDOWN,
	REDFISH_GRACEFUL_RESTART,
	REDFISH_FORCE_RESTART,
	REDFISH_POWER_CYCLE,
	REDFISH_PUSH_POWER_BUTTON,
	REDFISH_NMI,
	REDFISH_N_RESETS,
};

/* How the light is switched, newest way first. */
enum redfish_light {
	REDFISH_LIGHT_NONE,
	REDFISH_LIGHT_ACTIVE, /* LocationIndicatorActive */
	REDFISH_LIGHT_LED,    /* IndicatorLED */
};

/* A power action's target, and what values it takes. */
struct redfish_action {
	char target[BMC_PATH_SIZE]; /* "": there is none */
	unsigned resets;            /* bit for each enum redfish_reset */
	char info[BMC_PATH_SIZE];   /* @Redfish.ActionInfo, or "" */
};

struct redfish_system {
	enum bmc_power power;
	bool moving; /* PoweringOn, PoweringOff: on its way */
	struct bmc_boot boot;
	char boot_url[BMC_URL_SIZE]; /* HttpBootUri */
	bool has_boot_url;           /* the member is there, may it be null */
	enum bmc_progress progress;
	bool has_mode;    /* BootSourceOverrideMode is there */
	bool has_targets; /* a list of allowable targets is there */
	unsigned targets; /* bit for each enum bmc_device in that list */
	bool once_only;   /* there is a list, and without Continuous */
	struct redfish_action reset;
	char settings[BMC_PATH_SIZE]; /* where changes go instead, or "" */
	char etag[REDFISH_ETAG_SIZE];
	char media[BMC_PATH_SIZE]; /* system-level VirtualMedia, or "" */
	enum redfish_light light;
	bool lit;

	/* Links to what it is made of; "": there is none. */
	char processors[BMC_PATH_SIZE];
	char memory[BMC_PATH_SIZE];
	char nics[BMC_PATH_SIZE];
	char storage[BMC_PATH_SIZE];
	char simple_storage[BMC_PATH_SIZE];
	char logs[BMC_PATH_SIZE];
	char secure_boot[BMC_PATH_SIZE];
	char bios[BMC_PATH_SIZE];
	char chassis[REDFISH_MAX_UPS][BMC_PATH_SIZE];
	char managers[REDFISH_MAX_UPS][BMC_PATH_SIZE];

	/* Who it is. */
	char id[BMC_WORD_SIZE];
	char name[BMC_WORD_SIZE];
	char maker[BMC_WORD_SIZE];
	char model[BMC_WORD_SIZE];
	char serial[BMC_WORD_SIZE];
	char sku[BMC_WORD_SIZE];
	char asset[BMC_WORD_SIZE];
	char uuid[BMC_WORD_SIZE];
	char host_name[BMC_WORD_SIZE];
	char bios_version[BMC_WORD_SIZE];
	enum bmc_health health;
	uint32_t memory_gib;
};

struct redfish_manager {
	char model[BMC_WORD_SIZE];
	char firmware[BMC_WORD_SIZE];
	char media[BMC_PATH_SIZE]; /* collection of virtual media, or "" */
	char logs[BMC_PATH_SIZE];
	struct redfish_action reset;
};

struct redfish_media {
	bool cd; /* takes a CD or DVD image */
	bool inserted;
	char image[BMC_URL_SIZE];
	char insert[BMC_PATH_SIZE]; /* targets of the actions, or "" */
	char eject[BMC_PATH_SIZE];
	char etag[REDFISH_ETAG_SIZE];
};

int redfish_parse_system(const char *body, size_t len,
			 struct redfish_system *system,
			 struct err *err) NODISCARD;
/*
 * Power and progress alone, without building the tree of what may be many
 * kilobytes: some microseconds instead of a hundred. False: it is not as
 * plain as that, so ask redfish_parse_system.
 */
bool redfish_scan_power(const char *body, size_t len,
			struct redfish_system *system);
/* The allowable values of ResetType, as bits. */
int redfish_parse_reset_info(const char *body, size_t len, unsigned *resets,
			     struct err *err) NODISCARD;
int redfish_parse_manager(const char *body, size_t len,
			  struct redfish_manager *manager,
			  struct err *err) NODISCARD;
int redfish_parse_media(const char *body, size_t len,
			struct redfish_media *media, struct err *err) NODISCARD;

/* Whether a member of several is the one that is called so: by the end of
 * its path, or by one of the names that it has. */
bool redfish_is_called(const char *path, const char *name);
bool redfish_system_is_called(const struct redfish_system *system,
			      const char *name);

/* The light of a chassis. */
int redfish_parse_light(const char *body, size_t len, enum redfish_light *light,
			bool *lit, struct err *err) NODISCARD;

const char *redfish_reset_name(enum redfish_reset reset);

/* Bodies; the caller frees. NULL: it cannot be said in JSON. */
char *redfish_build_reset(enum redfish_reset reset);

/* Which members of Boot to send. */
#define REDFISH_BOOT_ENABLED 1u
#define REDFISH_BOOT_TARGET  2u
#define REDFISH_BOOT_MODE    4u
#define REDFISH_BOOT_ALL     7u

unsigned redfish_boot_changes(const struct bmc_boot *from,
			      const struct bmc_boot *to);
/* `url` may be "". */
char *redfish_build_boot(const struct bmc_boot *boot, unsigned parts,
			 const char *url);
char *redfish_build_light(enum redfish_light light, bool lit, bool blinking);

/* What an insert says besides the image. */
enum redfish_insert {
	REDFISH_INSERT_FULL,        /* Inserted, WriteProtected */
	REDFISH_INSERT_UNPROTECTED, /* Inserted */
	REDFISH_INSERT_IMAGE,       /* nothing (some Supermicro X11) */
	REDFISH_INSERT_TYPED,       /* TransferProtocolType, MediaType... */
	REDFISH_N_INSERTS,
};

char *redfish_build_insert(const char *url, enum redfish_insert form);

#endif
