/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include <stdbool.h>

#include "base/json.h"
#include "store/store.h"

/*
 * Runs, their actions, and intents: rows that the engine reads, plans by and
 * writes. Phases are the engine's words (workflow/plan.h); here they are
 * text, so that a person with sqlite3 can read them.
 */
struct run {
	int64_t id;
	int64_t workflow; /* object ids */
	int64_t machine;
	char phase[24];
	wall_ms phase_at;
	wall_ms deadline; /* 0: none */
	char outcome[16]; /* "", "success", "failed", "timeout" */
	char cause[512];
	bool netboot;  /* bootMode netboot: power and boot device are ours */
	bool toggle;   /* toggleAllowNetboot */
	bool await_os; /* done only when the installed OS phones home */
	bool uefi;
	uint32_t global_timeout_s; /* 0: none */
	wall_ms created_at;
	wall_ms started_at;
	wall_ms ended_at; /* 0: open */
};

struct action {
	int64_t run;
	int position;
	char action_id[40];
	char name[200];
	char image[256];
	json_t *document; /* {image,args,env,volumes,pid,network}: owned */
	uint32_t timeout_s;
	char state[8]; /* PENDING RUNNING SUCCESS FAILED TIMEOUT */
	int attempt;
	char boot_id[65];
	wall_ms started_at;
	wall_ms ended_at;
	char message[512];
	char result[1024]; /* JSON text, or "" */
	char phase[32];
	int64_t bytes_done;
	int64_t bytes_total;
	wall_ms progress_at;
};

struct intent {
	int64_t id;
	int64_t run; /* 0: none */
	int64_t job; /* 0: none */
	int64_t machine;
	char kind[24];  /* power-off, power-on, power-cycle, power-reset,
			   power-soft, power-status, boot-pxe, boot-disk,
			   boot-cdrom, boot-none, media-insert, media-eject */
	char state[12]; /* intent, sent, observed, failed */
	char args[256]; /* "uefi,persistent", or a URL for media */
	wall_ms created_at;
	wall_ms sent_at;
	wall_ms ended_at; /* 0: open */
	char error_code[20];
	char error[512];
};

int run_create(struct store *store, const struct run *run, int64_t *id,
	       struct err *err) NODISCARD;
int run_get(struct store *store, int64_t id, struct run *run,
	    struct err *err) NODISCARD;
/* 0: none. */
int64_t run_by_workflow(struct store *store, int64_t workflow);
/* The oldest open run of the machine; 0: none. */
int64_t run_of_machine(struct store *store, int64_t machine);
/* Writes phase, phase_at, deadline, outcome, cause, started_at, ended_at. */
int run_update(struct store *store, const struct run *run,
	       struct err *err) NODISCARD;
/* Ids of all open runs; the caller frees. */
size_t run_open(struct store *store, int64_t **ids);

int action_create(struct store *store, const struct action *action,
		  struct err *err) NODISCARD;
/* Ordered; free with action_list_free. */
size_t action_list(struct store *store, int64_t run, struct action **actions);
void action_list_free(struct action *actions, size_t n);
/* Writes state, attempt, boot_id, times, message, result. */
int action_update(struct store *store, const struct action *action,
		  struct err *err) NODISCARD;
/* Writes phase, bytes_done, bytes_total; does not touch the run. */
int action_progress(struct store *store, const struct action *action,
		    struct err *err) NODISCARD;

int intent_create(struct store *store, const struct intent *intent, int64_t *id,
		  struct err *err) NODISCARD;
/* All that have not ended, oldest first; the caller frees. */
size_t intent_open(struct store *store, struct intent **intents);
size_t intent_of_job(struct store *store, int64_t job, struct intent **intents);
/* The newest of the run; false: it has none. */
bool intent_last(struct store *store, int64_t run, struct intent *intent);
/* ERR_CONFLICT unless it waits to be sent: nothing is sent twice. */
int intent_sent(struct store *store, int64_t id, struct err *err) NODISCARD;
/* error NULL: observed; else failed with its code and message. One that has
 * ended already stays as it is. */
int intent_end(struct store *store, const struct intent *intent,
	       const struct err *error, struct err *err) NODISCARD;

#endif
