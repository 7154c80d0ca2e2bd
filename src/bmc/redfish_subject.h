/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_SUBJECT_H
#define BMC_REDFISH_SUBJECT_H

#include "bmc/redfish_op.h"

/*
 * What an operation is about, and the words that redfish_op.c has for it. For
 * the redfish_*_op.c files only.
 *
 * The common part calls a subject at the points below; the subject answers by
 * saying what is next: a page, a write, a pause, the end.
 */

enum redfish_state {
	REDFISH_AT_ROOT,
	REDFISH_AT_LOGIN,
	REDFISH_AT_SYSTEMS,
	REDFISH_AT_SYSTEM,
	REDFISH_AT_PAGE,
	REDFISH_AT_WRITE,
	REDFISH_AT_TASK,
	REDFISH_AT_LOOK,
	REDFISH_AT_PAUSE,
	REDFISH_AT_DONE,
	REDFISH_AT_FAILED,
};

/* What a look after a write has shown. */
enum redfish_look {
	REDFISH_NOT_YET,
	REDFISH_AGREES,
	REDFISH_DIFFERS, /* and will not change: see result.err */
	REDFISH_WRITES,  /* the subject has gone on to another write */
};

struct redfish_subject {
	bool no_system; /* it does without, and says in `begin` what is first */
	bool whole;     /* it needs all members of the system */
	bool anybody;   /* `who` need not be known */
	bool once;      /* a write that is done twice does harm */
	bool any_answer; /* `look` is told of any answer, and of none */

	/* Logged in. NULL: read the system first. */
	void (*begin)(struct redfish_op *op);
	/* The system was read. */
	void (*system)(struct redfish_op *op);
	/* A page was read, well; then `end`, when there are no more. */
	void (*page)(struct redfish_op *op, const struct redfish_response *r);
	/* A page was refused, or did not come: false is the end of all. */
	bool (*missing)(struct redfish_op *op,
			const struct redfish_response *r);
	void (*end)(struct redfish_op *op);

	/* The write: method, path, If-Match, and op->body. */
	void (*build)(struct redfish_op *op, struct redfish_request *out);
	/* It was answered, or not; true: the subject has said what is next. */
	bool (*taken)(struct redfish_op *op, const struct redfish_response *r);
	/* It was refused with 4xx; true: the subject has said what is next. */
	bool (*refused)(struct redfish_op *op,
			const struct redfish_response *r);
	/* The request that looks; NULL: the system is read again. */
	void (*ask)(struct redfish_op *op, struct redfish_request *out);
	enum redfish_look (*look)(struct redfish_op *op,
				  const struct redfish_response *r);
	/* It is so; true: another step follows, and was begun. */
	bool (*next)(struct redfish_op *op);
};

extern const struct redfish_subject redfish_power_subject;
extern const struct redfish_subject redfish_boot_subject;
extern const struct redfish_subject redfish_media_subject;
extern const struct redfish_subject redfish_read_subject;
extern const struct redfish_subject redfish_inventory_subject;
extern const struct redfish_subject redfish_sensors_subject;
extern const struct redfish_subject redfish_log_subject;
extern const struct redfish_subject redfish_light_subject;
extern const struct redfish_subject redfish_secure_subject;
extern const struct redfish_subject redfish_bios_subject;
extern const struct redfish_subject redfish_restart_subject;
extern const struct redfish_subject redfish_password_subject;

/* ---- what is next ---- */

/* On from wherever it is, by what is not known yet; `begin` at last. */
void redfish_go_on(struct redfish_op *op);
/* The same request once more, in another way. */
void redfish_resend(struct redfish_op *op);
void redfish_read_system(struct redfish_op *op);
void redfish_read_page(struct redfish_op *op, enum redfish_kind kind,
		       const char *path);
/* The next of op->links, or `end`. */
void redfish_read_next(struct redfish_op *op);
void redfish_write(struct redfish_op *op);
/* A write that is another one than before: looks begin anew. */
void redfish_write_anew(struct redfish_op *op, int64_t wait_ms);
/* See whether it is so, after a refusal. */
void redfish_look_first(struct redfish_op *op);

void redfish_finish(struct redfish_op *op, bool changed);
/* It is done as far as the BMC lets us see. */
void redfish_finish_unverified(struct redfish_op *op);
void redfish_fail(struct redfish_op *op, enum err_code code, const char *format,
		  ...) PRINTF(3, 4);
/* With the error that is in the result. */
void redfish_fail_result(struct redfish_op *op);
void redfish_fail_answer(struct redfish_op *op,
			 const struct redfish_response *r);
/* The refusal of the write is the error. */
void redfish_fail_refused(struct redfish_op *op);

/* ---- between the common files ---- */

/* To a state that sends a request. */
void redfish_go(struct redfish_op *op, enum redfish_state state);
void redfish_pause(struct redfish_op *op, int64_t wait_ms,
		   enum redfish_state after);
void redfish_look_again(struct redfish_op *op);
/* The write was taken, or its answer was lost. */
void redfish_look_after(struct redfish_op *op);
const char *redfish_state_name(const struct redfish_op *op,
			       enum redfish_state state);
/* What an answer says that is of no use here. */
void redfish_say(const struct redfish_op *op, const struct redfish_response *r,
		 struct err *err);

/* ---- before the subject: redfish_login_op.c ---- */

void redfish_on_root(struct redfish_op *op, const struct redfish_response *r);
void redfish_on_login(struct redfish_op *op, const struct redfish_response *r);
void redfish_on_systems(struct redfish_op *op,
			const struct redfish_response *r);
void redfish_on_system(struct redfish_op *op, const struct redfish_response *r);
/* 304: the system is as it was read last. */
void redfish_on_unchanged(struct redfish_op *op);
/* Nothing but the power is asked for. */
bool redfish_is_poll(const struct redfish_op *op);
void redfish_on_identity(struct redfish_op *op,
			 const struct redfish_response *r);
void redfish_fail_auth(struct redfish_op *op);

/* ---- what several subjects do ---- */

/* For a look: what was taken, and is not so after a while, is a mismatch. */
enum redfish_look redfish_settle(struct redfish_op *op, bool agrees,
				 const char *what);

bool redfish_is_good(const struct redfish_response *r);
/* The system of an answer into op->system and the result. */
int redfish_take_system(struct redfish_op *op, const struct redfish_response *r,
			struct err *err) NODISCARD;
/* Only what changes by itself: the answer may be a part of the system. */
int redfish_take_power(struct redfish_op *op, const struct redfish_response *r,
		       struct err *err) NODISCARD;

/* What If-Match says of op->etag in the present mode; NULL: no header. */
const char *redfish_if_match(struct redfish_op *op);
/* Begin with what is known of the BMC. */
void redfish_etag_begin(struct redfish_op *op, const char *etag);
/* 412 or 428, and there is another way: true, it is written again. */
bool redfish_etag_again(struct redfish_op *op,
			const struct redfish_response *r);

/* Of redfish_boot_op.c, for power commands that set an override again. */
bool redfish_boot_agrees(const struct redfish_op *op);
/* From the system as read to the first request; -1: it cannot be. */
int redfish_boot_start(struct redfish_op *op, struct err *err) NODISCARD;
/* The wish of the session is not there, though it was not used up. */
bool redfish_boot_lost(const struct redfish_op *op);
void redfish_boot_page(struct redfish_op *op, const struct redfish_response *r);
void redfish_boot_build(struct redfish_op *op, struct redfish_request *out);
bool redfish_boot_refused(struct redfish_op *op,
			  const struct redfish_response *r);
void redfish_boot_ask(struct redfish_op *op, struct redfish_request *out);
enum redfish_look redfish_boot_look(struct redfish_op *op,
				    const struct redfish_response *r);

#endif
