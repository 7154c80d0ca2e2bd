/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/access_plan.h"
#include "api/answer_wire.h"
#include "api/api.h"
#include "api/route_plan.h"
#include "api/schema_plan.h"
#include "base/list.h"
#include "base/throttle_plan.h"

/*
 * What the files of src/api share: one request while it is being handled,
 * and the ways to answer it. Not for anybody else.
 *
 * Handlers (call_get, call_write ...) return 0 when they have answered, or
 * -1 and the error is answered for them: by its code, or by `status` when
 * that is set, with `causes` if there are any.
 */
struct documents;
struct hub;

struct api {
	struct loop *loop;
	struct store *store;
	const struct api_ops *ops;
	void *arg;
	struct schemas *schemas;
	struct documents *documents;
	struct hub *hub; /* of the watches */
	uint64_t n_requests;
	uint64_t n_refused;        /* logins */
	struct throttle *throttle; /* failed logins, by address */
	struct list waits;         /* who waits for a BMC */
	struct list consoles;
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
	json_t *causes;   /* of an error, for its details; NULL: none */
	/* Of the object written, for log and audit. */
	char name[254];
	char digest[SECRET_DIGEST_TEXT];
	bool dry;
	bool part; /* of what was audited when it began */
};

/* identity.c: who is asking: fills who and source. ERR_AUTH, or ERR_BUSY. */
int call_identify(struct call *call, struct err *err) NODISCARD;
/* audit.c: a row for what would write, and for what was refused. */
void call_audit(struct call *call);
/* What was written is this: its digest, without values, is audited. */
void call_note(struct call *call, const json_t *object);

/* read.c: one object, "" for the namespace of those that have none. A list
 * of a virtual kind comes from the daemon, all else from the store. */
json_t *read_object(struct api *api, const struct object_key *key,
		    struct err *err) NODISCARD;
json_t *read_list(struct api *api, const struct kind *kind,
		  const char *namespace, struct err *err) NODISCARD;
/* The resourceVersion of a list; for a virtual kind a digest of it. */
void read_version(struct api *api, const struct kind *kind, const json_t *list,
		  char out[24]);
/* What was read, made fit to be shown: defaults are put in. */
void read_finish(const struct api *api, const struct kind *kind,
		 json_t *object);
/* ERR_TIMEOUT: the client has seen a version that we have not reached. */
int read_check_reached(struct call *call, int64_t version,
		       struct err *err) NODISCARD;

/* So that the store reads no more than what may be selected. */
struct selector;
void read_hint(const struct selector *selector, struct object_query *query);

int call_get(struct call *call, struct err *err) NODISCARD;
int call_list(struct call *call, struct err *err) NODISCARD;
int call_write(struct call *call, struct err *err) NODISCARD;
int call_delete(struct call *call, struct err *err) NODISCARD;
int call_watch(struct call *call, struct err *err) NODISCARD;
/* monitor.c */
int call_health(struct call *call, struct err *err) NODISCARD;
int call_metrics(struct call *call, struct err *err) NODISCARD;
int call_targets(struct call *call, struct err *err) NODISCARD;
/* ask.c: what only the BMC of a machine can say. */
int call_ask(struct call *call, struct err *err) NODISCARD;
void ask_free(struct api *api);
/* console.c */
int call_console(struct call *call, struct err *err) NODISCARD;
void console_free_all(struct api *api);
/* documents.c: discovery, OpenAPI. */
int call_document(struct call *call, struct err *err) NODISCARD;

/*
 * body.c: what was sent, from JSON, YAML or protobuf by its Content-Type.
 * `duplicates` receives paths of members that were there twice. Another type
 * is answered 415.
 */
json_t *call_body(struct call *call, json_t *duplicates,
		  struct err *err) NODISCARD;
/* The same, of a type that was looked at already. */
json_t *call_body_json(struct call *call, json_t *duplicates,
		       struct err *err) NODISCARD;
json_t *call_body_yaml(struct call *call, struct err *err) NODISCARD;
int call_wrong_media(struct call *call, const char *advice,
		     struct err *err) NODISCARD;

/* check.c: an object that is to be written. Unknown members are taken out,
 * and told as fieldValidation wants it; call_check then holds it against its
 * schema. `duplicates` may be NULL. */
int call_prune(struct call *call, json_t *object, const json_t *duplicates,
	       struct err *err) NODISCARD;
int call_check(struct call *call, json_t *object, const json_t *duplicates,
	       struct err *err) NODISCARD;

/* Kinds that are made from rows here. */
bool token_is_kind(const struct kind *kind);
json_t *token_objects(struct api *api, const char *name,
		      struct err *err) NODISCARD;
int call_token(struct call *call, struct err *err) NODISCARD;
bool audit_is_kind(const struct kind *kind);
int call_audit_records(struct call *call, struct err *err) NODISCARD;

/* The body, an object of the kind that the path names. */
json_t *call_body_of_kind(struct call *call, struct err *err) NODISCARD;
/* delete.c: sets call->dry by query or DeleteOptions. */
int call_find_dry(struct call *call, struct err *err) NODISCARD;
/* write.c: keeps what was written since store_mark(), or takes it back after a
 * failure (not 0) and in a dry run. Returns the status that it was given. */
int call_settle(struct call *call, int status);
/* Its name, given or generated, into call->name. */
int call_take_name(struct call *call, json_t *object,
		   struct err *err) NODISCARD;

/* As Go's ParseBool: True, 1, t ... */
bool call_flag(const struct call *call, const char *name);
/* The form that Accept and includeObject ask for. */
struct answer_form call_form(const struct call *call);

void call_reply(struct call *call, int status, const json_t *body);
/* The text is given away. */
void call_reply_text(struct call *call, int status, const char *type,
		     struct buf *text);
void call_reply_error(struct call *call, const struct err *err);
/* As they may see it, a new reference: with the values of a Secret, or as it
 * is. NULL: see err. */
json_t *call_shown(const struct call *call, json_t *object,
		   struct err *err) NODISCARD;
/* So, and in the form that is asked for. */
void call_reply_object(struct call *call, int status, json_t *object);

/* watch.c */
struct hub *hub_new(struct api *api);
void hub_free(struct hub *hub);
void hub_published(struct hub *hub);

/* documents.c */
struct documents *documents_new(const struct schemas *schemas);
void documents_free(struct documents *documents);

#endif
