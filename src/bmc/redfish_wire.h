/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_WIRE_H
#define BMC_REDFISH_WIRE_H

#include <stddef.h>

#include "bmc/types.h"

/*
 * Redfish bodies to structs and back: what all operations share. Pure.
 *
 * What a BMC sends is taken as it comes: unknown members are passed over,
 * a member of the wrong type counts as absent, and only what an operation
 * cannot do without is an error, named. Paths that leave the host (a scheme,
 * "//") are refused: we would carry our token there.
 */
#define REDFISH_BODY_MAX    (1024 * 1024)
#define REDFISH_MAX_MEMBERS 16
#define REDFISH_MAX_LINKS   256

struct redfish_root {
	char systems[BMC_PATH_SIZE];
	char managers[BMC_PATH_SIZE];
	char chassis[BMC_PATH_SIZE];
	char sessions[BMC_PATH_SIZE];
	char accounts[BMC_PATH_SIZE]; /* the service */
	char update[BMC_PATH_SIZE];   /* likewise */
	char vendor[BMC_WORD_SIZE];
	char product[BMC_WORD_SIZE];
	bool select; /* it knows $select */
	bool expand; /* and $expand of a collection's members */
	bool top;    /* and $top */
};

struct redfish_members {
	char paths[REDFISH_MAX_MEMBERS][BMC_PATH_SIZE];
	size_t n;
};

/* What a page is, to whoever walks from page to page. */
enum redfish_kind {
	REDFISH_ACTION_INFO,
	REDFISH_MANAGERS,
	REDFISH_MANAGER,
	REDFISH_SETTINGS,
	REDFISH_MEDIA_LIST,
	REDFISH_MEDIA,
	REDFISH_CHASSES,
	REDFISH_CHASSIS,
	REDFISH_CPU,
	REDFISH_DIMM,
	REDFISH_NIC,
	REDFISH_STORAGE,
	REDFISH_DRIVE,
	REDFISH_UPDATE,
	REDFISH_FIRMWARE,
	REDFISH_THERMAL,
	REDFISH_POWER,
	REDFISH_SENSOR,
	REDFISH_LOG_SERVICE,
	REDFISH_LOG_ENTRY,
	REDFISH_SECURE_BOOT,
	REDFISH_BIOS,
	REDFISH_BIOS_SETTINGS,
	REDFISH_ACCOUNTS,
	REDFISH_ACCOUNT,
	REDFISH_N_KINDS,
};

/*
 * Pages that are still to be read. Each path is taken once, so that pages
 * which refer to each other make no circle. `list` is owned.
 */
struct redfish_page {
	enum redfish_kind kind;
	bool list; /* it is a collection of them */
	char path[BMC_PATH_SIZE];
};

struct redfish_links {
	struct redfish_page *list;
	size_t n;
	size_t next;
	unsigned left_out; /* over REDFISH_MAX_LINKS */
};

void redfish_links_release(struct redfish_links *links);
/* "" and what was there before are passed over. */
void redfish_links_add(struct redfish_links *links, enum redfish_kind kind,
		       const char *path);
void redfish_links_add_list(struct redfish_links *links, enum redfish_kind kind,
			    const char *path);
/* The next one; NULL: that was all. It lives until the next add. */
const struct redfish_page *redfish_links_take(struct redfish_links *links);

int redfish_parse_root(const char *body, size_t len, struct redfish_root *root,
		       struct err *err) NODISCARD;
int redfish_parse_members(const char *body, size_t len,
			  struct redfish_members *members,
			  struct err *err) NODISCARD;
/* All of them, as links to pages of that kind. */
int redfish_parse_links(const char *body, size_t len, enum redfish_kind kind,
			struct redfish_links *links, struct err *err) NODISCARD;
/* The @odata.id of a session that was made; "" when it does not say. */
void redfish_parse_session(const char *body, size_t len,
			   char path[BMC_PATH_SIZE]);

/* What the answer to a refused request says. */
enum redfish_reason {
	REDFISH_REASON_NONE,
	REDFISH_REASON_POST,     /* not while the machine starts */
	REDFISH_REASON_SESSIONS, /* they are all taken */
	REDFISH_REASON_PASSWORD, /* it has to be changed first */
	REDFISH_REASON_LICENSE,
};

/* An answer of another status than was needed, with what it says. `reason`
 * may be NULL. */
void redfish_parse_error(int status, const char *body, size_t len,
			 enum redfish_reason *reason, struct err *err);

/*
 * What a task monitor answers with 200 may be the task. DONE: it is no task,
 * or one that went well; FAILED: see err.
 */
enum redfish_task { REDFISH_TASK_RUNS, REDFISH_TASK_DONE, REDFISH_TASK_FAILED };

enum redfish_task redfish_parse_task(const char *body, size_t len,
				     struct err *err) NODISCARD;

/* A path of this host, also from an absolute URL; false: not one. */
bool redfish_local_path(char path[BMC_PATH_SIZE], const char *text);
/* The same for a redirect of `target`: false also for another origin. */
bool redfish_redirect_path(char path[BMC_PATH_SIZE], const char *text,
			   const struct bmc_target *target);

/* Seconds of a Retry-After, at least 1 and at most `most`; a date counts as
 * that, and none as `otherwise`. */
uint32_t redfish_retry_s(const char *text, uint32_t otherwise, uint32_t most);

/* Bodies; the caller frees, and wipes that of the login. What is not UTF-8
 * cannot be said in JSON: then NULL. */
char *redfish_build_login(const char *user, const char *password);

#endif
