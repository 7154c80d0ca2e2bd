/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/access_plan.h"
#include "api/api.h"
#include "api/route_plan.h"
#include "base/list.h"
#include "base/throttle_plan.h"

/*
 * What the files of src/api share: one request while it is being handled,
 * and the ways to answer it. Not for anybody else.
 *
 * Handlers (call_read, call_write ...) return 0 when they have answered, or
 * -1 and the error is answered for them: by its code, or by `status` when
 * that is set.
 */
struct api {
	struct loop *loop;
	struct store *store;
	const struct api_ops *ops;
	void *arg;
	struct list watches;
	size_t n_watches;
	struct loop_timer *tick;
	uint64_t n_requests;
	struct throttle *throttle; /* failed logins, by address */
};

struct call {
	struct api *api;
	struct http_request *req;
	struct route route;
	struct access_who who;
	bool routed;     /* the path and method are ours */
	bool known;      /* who is asking */
	bool reveals;    /* the values of Secrets, to them */
	char source[80]; /* from where */
	/* What was asked in words: the request is gone once it is answered. */
	char method[8];
	char path[254];
	uint64_t id;
	int status;       /* of the answer; of an error: 0: by its code */
	unsigned retry_s; /* of a 429; 0: 1 */
	/* Of the object written, for log and audit. */
	char name[254];
	char digest[SECRET_DIGEST_TEXT];
	bool dry;
};

/* Who is asking: fills who and source. ERR_AUTH, or ERR_BUSY. */
int call_identify(struct call *call, struct err *err) NODISCARD;
/* A row for what would write, and for what was refused. */
void call_audit(struct call *call);
/* What was written is this: its digest, without values, is audited. */
void call_note(struct call *call, const json_t *object);

/* One object, "" for the namespace of those that have none. A list of a
 * virtual kind comes from the daemon, all else from the store. */
json_t *read_object(struct api *api, const struct object_key *key,
		    struct err *err) NODISCARD;
json_t *read_list(struct api *api, const struct kind *kind,
		  const char *namespace, struct err *err) NODISCARD;
/* The resourceVersion of a list; for a virtual kind a digest of it. */
void read_version(struct api *api, const struct kind *kind, const json_t *list,
		  char out[24]);

int call_read(struct call *call, struct err *err) NODISCARD;
int call_write(struct call *call, struct err *err) NODISCARD;
int call_watch(struct call *call, struct err *err) NODISCARD;

/* Kinds that are made from rows here. */
bool token_is_kind(const struct kind *kind);
json_t *token_objects(struct api *api, const char *name,
		      struct err *err) NODISCARD;
int call_token(struct call *call, struct err *err) NODISCARD;
bool audit_is_kind(const struct kind *kind);
int call_audit_records(struct call *call, struct err *err) NODISCARD;

/* The body, an object of the kind that the path names. */
json_t *call_body(struct call *call, struct err *err) NODISCARD;
/* Sets call->dry. */
int call_find_dry(struct call *call, struct err *err) NODISCARD;
/* Its name, given or generated, into call->name. */
int call_take_name(struct call *call, json_t *object,
		   struct err *err) NODISCARD;

/* As Go's ParseBool: True, 1, t ... */
bool call_flag(const struct call *call, const char *name);

void call_reply(struct call *call, int status, const json_t *body);
void call_reply_error(struct call *call, const struct err *err);
/* As a Table when it is asked for, else the object. */
void call_reply_object(struct call *call, int status, const json_t *object);
/* The same for a list. */
void call_reply_items(struct call *call, const json_t *list);

void watch_end_all(struct api *api);

#endif
