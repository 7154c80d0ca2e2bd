/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_TASK_WIRE_H
#define WORKFLOW_TASK_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The messages between the worker in the hook and the server: this header is
 * their manual. Both sides use it, each encodes what the other decodes.
 *
 * HTTPS with JSON bodies of at most TASK_BODY_MAX bytes. Every request has
 * "Authorization: Bearer TOKEN", the token being the machine's from its
 * /cfg/config.json, and all but hello "X-Tomte-Session: SESSION".
 *
 * POST /worker/v1/hello		struct task_hello -> struct task_welcome
 *	The first request of a boot, and again whenever the server answers 401
 *	to another one (it does not know the session). `resume` is the action
 *	that runs now, or else the last one this boot has finished, or null.
 *	401 here: the token is not, or no longer, good.
 *
 * GET /worker/v1/next?wait=SECONDS	struct task; 204: nothing to do now
 *	Held open for so long until there is something. Sent only while no
 *	action runs and every event has been acknowledged.
 *
 * POST /worker/v1/events	{"events":[...],"running":{...}} -> struct
 *task_ack In the order of `seq`, which grows within a boot but has holes. The
 *	pair (boot id, seq) names an event for ever: one that was seen before
 *	is acknowledged and otherwise ignored. `acked` is the last seq that is
 *	safe on the server's disk. An empty list is a sign of life, sent every
 *	few seconds while an action runs, so that `cancel` can be answered:
 *	`running` names that action, and is left out when none runs; `beside`
 *	those that run in the background. `cancel` names what is to be ended:
 *	the former by its action id, the latter as "RUN/ACTION/ATTEMPT".
 *
 * An action is named by (run, action_id, attempt). Handed out again, one that
 * this boot has finished is not run again: the worker repeats its final
 * event. The server therefore may hand out what it has heard nothing of.
 * Its states: running, then one of success, failed, timeout. A final event
 * with terminal=true announces that the machine will restart or power off
 * once the event is acknowledged; nothing more comes of this boot.
 *
 * While the server is away events wait in the worker, up to a bound. Then
 * log and progress events are given up, the oldest first, and a "gap" event
 * with their number stands in their place; state events never are.
 *
 * Unknown keys are passed over, so that each side can be the newer one.
 */
#define TASK_PATH_HELLO     "/worker/v1/hello"
#define TASK_PATH_NEXT      "/worker/v1/next"
#define TASK_PATH_EVENTS    "/worker/v1/events"
#define TASK_SESSION_HEADER "X-Tomte-Session"

#define TASK_BODY_MAX     (1024 * 1024)
#define TASK_ID_SIZE      128
#define TASK_SESSION_SIZE 129
#define TASK_LIST_MAX     512 /* entries of args, env, volumes, cancel */
#define TASK_EVENTS_MAX   4096
#define TASK_LINE_MAX     4096 /* bytes of a log line */

enum task_state { TASK_RUNNING, TASK_SUCCESS, TASK_FAILED, TASK_TIMEOUT };

const char *task_state_name(enum task_state state);

struct task_key {
	int64_t run;
	char action_id[TASK_ID_SIZE];
	uint32_t attempt;
};

bool task_key_eq(const struct task_key *a, const struct task_key *b);

struct task_list {
	char **items;
	size_t n;
};

void task_list_add(struct task_list *list, const char *item);
void task_list_release(struct task_list *list);

/*
 * Decoders fill a struct that need not be initialised and, when they fail,
 * leave nothing in it to release. Encoders append to `out`.
 */

/* {"boot_id","machine","mac","hook_version","uptime_ms","attributes",
 *  "resume":{"run","action","attempt","state"}|null} */
struct task_hello {
	char boot_id[64];
	char machine[256];
	char mac[18];
	char hook_version[64];
	int64_t uptime_ms;
	char *attributes; /* a JSON object (Tinkerbell's AgentAttributes) */
	bool has_resume;
	struct task_key resume;
	enum task_state resume_state;
};

void task_hello_encode(const struct task_hello *hello, struct buf *out);
int task_hello_decode(const char *text, size_t len, struct task_hello *hello,
		      struct err *err) NODISCARD;
void task_hello_release(struct task_hello *hello);

/* {"session","poll_s","log_level"} */
struct task_welcome {
	char session[TASK_SESSION_SIZE];
	uint32_t poll_s;
	char log_level[8];
};

void task_welcome_encode(const struct task_welcome *welcome, struct buf *out);
int task_welcome_decode(const char *text, size_t len,
			struct task_welcome *welcome,
			struct err *err) NODISCARD;

/* {"run","action_id","index","attempt","name","image","args":[],"env":{},
 *  "timeout_s","volumes":[],"pid","network","background"} */
struct task {
	struct task_key key;
	uint32_t index;
	char name[256];
	char image[512];
	struct task_list args;
	struct task_list env; /* "NAME=value" */
	struct task_list volumes;
	uint32_t timeout_s; /* 0: none of the worker's */
	char pid[32];
	char network[32];
	bool background; /* others may run beside it */
};

void task_encode(const struct task *task, struct buf *out);
int task_decode(const char *text, size_t len, struct task *task,
		struct err *err) NODISCARD;
void task_release(struct task *task);

/* The value of an environment variable of the task, or NULL. */
const char *task_env(const struct task *task, const char *name);

enum task_event_type {
	TASK_EVENT_STATE,
	TASK_EVENT_PROGRESS,
	TASK_EVENT_LOG,
	TASK_EVENT_GAP,
};

/*
 * {"seq","at_ms","run","action_id","attempt","type", and by type:
 *  state:	"state","message","terminal","result":{}
 *  progress:	"phase","bytes_done","bytes_total" (0: not known),"rate"
 *  log:	"line","stream" ("stdout","stderr","worker")
 *  gap:	"lost"}
 * What the worker says of itself outside an action has no "run",
 * "action_id", "attempt" (run 0).
 */
struct task_event {
	uint64_t seq;
	int64_t at_ms; /* the worker's uptime */
	struct task_key key;
	enum task_event_type type;

	enum task_state state;
	bool terminal;
	char *message; /* NULL: none */
	char *result;  /* a JSON object, NULL: none */

	char phase[32];
	uint64_t bytes_done;
	uint64_t bytes_total;
	uint64_t rate; /* bytes a second */

	char *line;
	char stream[16];

	uint64_t lost;
};

/* One event, without the list around it. */
void task_event_encode(const struct task_event *event, struct buf *out);
void task_event_release(struct task_event *event);

/* What a worker is busy with. */
#define TASK_BESIDE_MAX 4

struct task_busy {
	bool has_running;
	struct task_key running;
	struct task_key beside[TASK_BESIDE_MAX]; /* in the background */
	size_t n_beside;
};

/* {"events":[...],"running":{"run","action_id","attempt"},"beside":[...]} */
struct task_events {
	struct task_event *items;
	size_t n;
	struct task_busy busy;
};

#define TASK_KEY_TEXT (TASK_ID_SIZE + 40)

/* "RUN/ACTION/ATTEMPT" */
void task_key_text(const struct task_key *key, char text[TASK_KEY_TEXT]);

/* `texts` are n events as task_event_encode made them; busy may be NULL. */
void task_events_encode(const char *const *texts, size_t n,
			const struct task_busy *busy, struct buf *out);
int task_events_decode(const char *text, size_t len, struct task_events *events,
		       struct err *err) NODISCARD;
void task_events_release(struct task_events *events);

/* {"acked","cancel":["action id",...]} */
struct task_ack {
	uint64_t acked;
	struct task_list cancel;
};

void task_ack_encode(const struct task_ack *ack, struct buf *out);
int task_ack_decode(const char *text, size_t len, struct task_ack *ack,
		    struct err *err) NODISCARD;
void task_ack_release(struct task_ack *ack);

#endif
