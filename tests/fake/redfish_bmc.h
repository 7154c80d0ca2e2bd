/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_REDFISH_BMC_H
#define TESTS_FAKE_REDFISH_BMC_H

#include "base/http_server.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/secret.h"

/*
 * What the redfish_*.c files of the emulator share: a BMC that is played,
 * its face (how a vendor's firmware behaves), and the machine behind it.
 *
 * Faces are ours. They are modelled on what is told of firmware, each in the
 * few ways that matter to a provisioner; passing against them is no proof
 * of passing against the thing itself.
 */
#define REDFISH_MAX_SLOTS 16
#define REDFISH_ROOT      "/redfish/v1"
#define REDFISH_SESSIONS  REDFISH_ROOT "/SessionService/Sessions"
#define REDFISH_TASKS     REDFISH_ROOT "/TaskService/TaskMonitors"
#define REDFISH_ACCOUNTS  REDFISH_ROOT "/AccountService/Accounts"

/* Ways to be different. */
enum {
	FACE_SELECT = 1 << 0,
	FACE_EXPAND = 1 << 1,
	FACE_OWN_MEDIA = 1 << 2,     /* at the system, not at the manager */
	FACE_MEDIA_PATCH = 1 << 3,   /* no actions there */
	FACE_MEDIA_IMAGE = 1 << 4,   /* an insert says the image alone */
	FACE_ACTION_INFO = 1 << 5,   /* resets are listed elsewhere */
	FACE_SETTINGS = 1 << 6,      /* there is a settings object... */
	FACE_SETTINGS_ONLY = 1 << 7, /* ...and Boot is changed there only */
	FACE_SYSTEM_DEAF = 1 << 8,   /* ...and at the system to no effect */
	FACE_MODE_FIXED = 1 << 9,    /* the boot mode is read-only */
	FACE_MODE_NEEDED = 1 << 10,  /* without it: back to legacy */
	FACE_ALL_NEEDED = 1 << 11,   /* without it: refused */
	FACE_ETAG_NEEDED = 1 << 12,
	FACE_ETAG_WEAK = 1 << 13,
	FACE_ETAG_NO_ACTION = 1 << 14, /* If-Match on an action: 412 */
	FACE_ONCE_ONLY = 1 << 15,
	FACE_BOOT_DROPS = 1 << 16,  /* an override goes with the power */
	FACE_LAGS = 1 << 17,        /* power takes a while, by way of others */
	FACE_ON_TOO_SOON = 1 << 18, /* 409 to On shortly after off */
	FACE_POST_BLOCKS = 1 << 19, /* no changes shortly after a start */
	FACE_TASKS = 1 << 20,       /* 202 and a monitor */
	FACE_NO_IDENTITY = 1 << 21, /* 406 to Accept-Encoding: identity */
	FACE_SLASH = 1 << 22,       /* collections end with "/" */
	FACE_OLD_SENSORS = 1 << 23, /* Thermal and Power */
	FACE_OLD_LIGHT = 1 << 24,   /* IndicatorLED, of the chassis */
	FACE_NO_LICENSE = 1 << 25,  /* for virtual media */
	FACE_CONDITIONAL = 1 << 26, /* 304 */
	FACE_LATE_EJECT = 1 << 27,  /* it is taken, and done after a while */
	FACE_RAC = 1 << 28,         /* errors have names of Dell's own */
};

struct face {
	const char *name;
	const char *vendor;
	const char *product;
	const char *maker;
	const char *model;
	const char *controller;
	const char *firmware;
	const char *system; /* ids */
	const char *manager;
	const char *log; /* at the system; the manager has "Audit" */
	const char *resets;
	unsigned ways;
};

const struct face *face_find(const char *name);
/* "plain, idrac9, ..." */
const char *face_names(void);

struct options {
	const char *user;
	char password[128];
	const char *control;
	const char *record;
	const char *fault;
	const struct face *face;
	uint32_t delay_ms;
	uint32_t slots;
	bool fleet; /* each address that it is reached at is a BMC */
	bool on;    /* the machine is, at first */
	bool late;  /* the fault begins behind the first command */
};

struct bmc {
	struct options options;
	struct loop *loop;
	char name[64];
	char password[128];                                /* may be changed */
	char tokens[REDFISH_MAX_SLOTS][SECRET_TOKEN_TEXT]; /* "": free */
	unsigned version;                                  /* for the ETag */

	/* The machine. */
	bool on;
	bool moving; /* it will be the other way at moves_at */
	mono_ms moves_at;
	mono_ms on_at;
	mono_ms off_at;
	char boot[64];   /* as the control command says it */
	char staged[64]; /* at the next start; "": nothing */
	char boot_url[256];
	char media[1024];
	mono_ms ejects_at; /* 0: it is not about to */
	bool lit;
	bool secure_boot;
	unsigned cores; /* a BIOS attribute, and what it is to become */
	unsigned cores_pending;
	unsigned n_log;

	/* Faults. */
	bool commanded;
	bool was_busy;
	bool stale; /* the drive has something in that it does not show */
	unsigned until_restart; /* requests; 0: none is to come */
	mono_ms back_at;        /* of a restart of the BMC */
	mono_ms task_done;
};

bool has_way(const struct bmc *bmc, unsigned way);
bool has_fault(const struct bmc *bmc, const char *name);
void bmc_record(const struct bmc *bmc, const char *what, const char *detail);
void bmc_path(const struct bmc *bmc, char *out, size_t size,
	      const char *template);
void bmc_drop_sessions(struct bmc *bmc);

/* ---- the machine: redfish_machine.c ---- */

void machine_init(struct bmc *bmc);
/* What has happened meanwhile. */
void machine_refresh(struct bmc *bmc);
/* False: not in this state. */
bool machine_reset(struct bmc *bmc, const char *type);
/* One of control's words. */
void machine_set(struct bmc *bmc, const char *name, const char *value);
const char *machine_power(const struct bmc *bmc);

/* ---- pages: redfish_pages.c ---- */

/* NULL: there is none. A new reference. */
json_t *page_get(struct bmc *bmc, const char *path);
void page_etag(const struct bmc *bmc, char out[32]);
/* The words of a boot override: "pxe,uefi,persistent". */
const char *page_target(const char *boot);
const char *page_boot_word(const char *target);

/* ---- answers: redfish_emulator.c ---- */

void bmc_reply(struct bmc *bmc, struct http_request *req, int status,
	       const char *body);
void bmc_reply_later(struct bmc *bmc, struct http_request *req, int status,
		     const char *body, int64_t delay_ms);
void bmc_refuse(struct bmc *bmc, struct http_request *req, int status,
		const char *id, const char *message);

/* ---- changes: redfish_changes.c ---- */

void change(struct bmc *bmc, struct http_request *req, const char *path,
	    const json_t *body);

#endif
