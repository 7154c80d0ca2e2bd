/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_WIRE_H
#define BMC_REDFISH_WIRE_H

#include <stddef.h>

#include "bmc/types.h"

/*
 * Redfish bodies to structs and back. Pure.
 *
 * What a BMC sends is taken as it comes: unknown members are passed over,
 * a member of the wrong type counts as absent, and only what an operation
 * cannot do without is an error, named. Paths that leave the host (a scheme,
 * "//") are refused: we would carry our token there.
 */
#define REDFISH_BODY_MAX    (512 * 1024)
#define REDFISH_MAX_MEMBERS 16
#define REDFISH_ETAG_SIZE   128

enum redfish_reset {
	REDFISH_ON,
	REDFISH_FORCE_ON,
	REDFISH_FORCE_OFF,
	REDFISH_GRACEFUL_SHUTDOWN,
	REDFISH_GRACEFUL_RESTART,
	REDFISH_FORCE_RESTART,
	REDFISH_POWER_CYCLE,
	REDFISH_N_RESETS,
};

struct redfish_root {
	char systems[BMC_PATH_SIZE];
	char managers[BMC_PATH_SIZE];
	char sessions[BMC_PATH_SIZE];
};

struct redfish_members {
	char paths[REDFISH_MAX_MEMBERS][BMC_PATH_SIZE];
	size_t n;
};

struct redfish_system {
	enum bmc_power power;
	struct bmc_boot boot;
	bool has_mode;    /* BootSourceOverrideMode is there */
	bool has_targets; /* a list of allowable targets is there */
	unsigned targets; /* bit for each enum bmc_device in that list */
	bool once_only;   /* there is a list, and without Continuous */
	char reset[BMC_PATH_SIZE];      /* target of the action, or "" */
	unsigned resets;                /* bit for each enum redfish_reset */
	char reset_info[BMC_PATH_SIZE]; /* @Redfish.ActionInfo, or "" */
	char settings[BMC_PATH_SIZE];   /* where changes go instead, or "" */
	char etag[REDFISH_ETAG_SIZE];
	char media[BMC_PATH_SIZE]; /* system-level VirtualMedia, or "" */
};

struct redfish_media {
	bool cd; /* takes a CD or DVD image */
	bool inserted;
	char image[BMC_URL_SIZE];
	char insert[BMC_PATH_SIZE]; /* targets of the actions, or "" */
	char eject[BMC_PATH_SIZE];
};

int redfish_parse_root(const char *body, size_t len, struct redfish_root *root,
		       struct err *err) NODISCARD;
int redfish_parse_members(const char *body, size_t len,
			  struct redfish_members *members,
			  struct err *err) NODISCARD;
int redfish_parse_system(const char *body, size_t len,
			 struct redfish_system *system,
			 struct err *err) NODISCARD;
/* The allowable values of ResetType, as bits. */
int redfish_parse_reset_info(const char *body, size_t len, unsigned *resets,
			     struct err *err) NODISCARD;
/* A manager's collection of virtual media. */
int redfish_parse_manager(const char *body, size_t len,
			  char media[BMC_PATH_SIZE], struct err *err) NODISCARD;
int redfish_parse_media(const char *body, size_t len,
			struct redfish_media *media, struct err *err) NODISCARD;
/* The @odata.id of a session that was made; "" when it does not say. */
void redfish_parse_session(const char *body, size_t len,
			   char path[BMC_PATH_SIZE]);
/* An answer of another status than was needed, with what it says. */
void redfish_parse_error(int status, const char *body, size_t len,
			 struct err *err);

/* A path of this host, also from an absolute URL; false: not one. */
bool redfish_local_path(char path[BMC_PATH_SIZE], const char *text);

const char *redfish_reset_name(enum redfish_reset reset);

/* Bodies; the caller frees, and wipes that of the login. What is not UTF-8
 * cannot be said in JSON: then NULL. */
char *redfish_build_login(const char *user, const char *password);
char *redfish_build_reset(enum redfish_reset reset);
/* `mode`: say legacy or UEFI too. */
char *redfish_build_boot(const struct bmc_boot *boot, bool mode);
/* `variant` 0: with Inserted and WriteProtected, 1: without the latter,
 * 2: the image alone (some Supermicro X11). */
char *redfish_build_insert(const char *url, unsigned variant);

#endif
