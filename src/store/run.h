/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include <stdbool.h>

#include "base/json.h"
#include "store/store.h"

/*
 * Runs, their actions, steps, and intents: rows that the engine reads, plans
 * by and writes. Phases are the engine's words (workflow/plan.h); here they
 * are text, so that a person with sqlite3 can read them.
 *
 * A run has its own name and outlives its Workflow: `workflow` is 0 then.
 */
struct run {
	int64_t id;
	char namespace[64];
	char name[278]; /* the Workflow's; of an earlier one ".ID" behind it */
	char uid[37];
	int64_t workflow; /* object ids; 0: gone */
	int64_t machine;
	char machine_name[254];
	char template_name[254];
	char rack[64];
	char boot[12]; /* "", "netboot", "isoboot", "customboot" */
	bool toggle;   /* toggleAllowNetboot */
	bool await_os; /* done only when the installed OS phones home */
	bool uefi;
	uint32_t global_timeout_s; /* 0: none */
	char phase[24];
	wall_ms phase_at;
	wall_ms deadline; /* 0: none */
	char outcome[16]; /* "", "success", "failed", "timeout" */
	char cause[512];
	int part;         /* from 1; each rerun is one more */
	char slot[12];    /* of the pacer: "", "starting", "imaging" */
	char waits[12];   /* for a slot */
	wall_ms waits_at; /* since */
	char waits_why[160];
	char cancel[128];  /* "": no; else the cause that it will have */
	bool pause;        /* wanted */
	wall_ms paused_at; /* 0: it is not paused */
	int64_t paused_ms; /* how long it was, in all */
	wall_ms resumed_at;
	wall_ms created_at;
	wall_ms queued_at; /* its place among the runs of its machine */
	wall_ms started_at;
	wall_ms ended_at; /* 0: open */
	/* When its machine was last seen: asking for an address, fetching the
	 * boot script, its worker's hello, its OS phoning home. */
	wall_ms dhcp_at;
	wall_ms script_at;
	wall_ms hello_at;
	wall_ms os_at;
};

struct action {
	int64_t run;
	int position;
	char action_id[40];
	int task;
	char task_name[200];
	char agent[254]; /* as the template names it; "": the run's machine */
	int64_t machine; /* whose worker does it */
	char name[200];
	char image[256];
	/* {env,volumes,args,pid,network,on-failure,on-timeout}: owned. Lists
	 * are read without it: see action_document. */
	json_t *document;
	bool secret; /* the document has marks for values of Secrets */
	uint32_t timeout_s;
	bool repeatable;     /* may begin anew after an interruption */
	char background[12]; /* "", "true", "required" */
	bool imaging;        /* it writes an image */
	char leaves[12];     /* the machine: "", reboot, poweroff, kexec */
	uint32_t retries;
	uint32_t backoff_s;
	bool on_failure; /* has a command for that */
	bool on_timeout;
	/* PENDING RUNNING SUCCESS FAILED TIMEOUT SKIPPED INTERRUPTED CANCELLED
	 */
	char state[12];
	wall_ms offered_at; /* it may be handed out; 0: not yet */
	wall_ms not_before;
	int attempt;
	int n_failed; /* of these */
	int n_interrupted;
	char handler[12];  /* "", on-failure, on-timeout: what runs now; done */
	char ended_as[12]; /* how it had ended before its handler */
	char cause[512];
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

/* What a run wants of its BMC at some time, and the intent it became. */
struct step {
	int64_t run;
	int position;
	char stage[12]; /* prepare, again, restart, post, close */
	char kind[24];  /* as an intent's */
	char args[256];
	int action; /* of "again": the action before which */
	bool given_up;
	int64_t intent; /* 0: not made yet; what follows is the intent's */
	char state[12];
	wall_ms created_at;
	wall_ms ended_at;
	char error_code[20];
	char error[512];
};

/* Takes name and labels over from the Workflow; an earlier run of the name
 * gets another. */
int run_create(struct store *store, const struct run *run, int64_t *id,
	       struct err *err) NODISCARD;
int run_get(struct store *store, int64_t id, struct run *run,
	    struct err *err) NODISCARD;
/* 0: none. */
int64_t run_by_workflow(struct store *store, int64_t workflow);
int64_t run_by_name(struct store *store, const char *namespace,
		    const char *name);
/* The first in the queue of the machine's open runs; 0: none. */
int64_t run_of_machine(struct store *store, int64_t machine);
/* Writes what of it changes. */
int run_update(struct store *store, const struct run *run,
	       struct err *err) NODISCARD;
/* A new object: what the Workflow was labelled with. */
json_t *run_labels(struct store *store, int64_t id);
/* The Workflow was labelled anew. */
int run_relabel(struct store *store, int64_t workflow,
		struct err *err) NODISCARD;
/* Ids of all open runs; the caller frees. */
size_t run_open(struct store *store, int64_t **ids);
/* Workflows that have none: not taken up yet, or refused; the caller frees. */
size_t run_missing(struct store *store, int64_t **workflows);
/* Ids of all, by namespace ("": all) and name; the caller frees. */
size_t run_list(struct store *store, const char *namespace, int64_t **ids);

/* Of the open runs those that hold a slot, or wait for one, in order. */
struct run_paced {
	int64_t run;
	char rack[64];
	char slot[12];
	char waits[12];
};
size_t run_paced(struct store *store, struct run_paced **paced);

/* Of the open runs those whose machines start, the longest first; the caller
 * frees. */
struct run_starting {
	int64_t run;
	int64_t machine;
	bool first_boot; /* of what was installed */
};
size_t run_starting(struct store *store, struct run_starting **list);

/* What its template is rendered from anew; no value of a Secret in it. */
int run_input_put(struct store *store, int64_t run, const char *template,
		  const json_t *snapshot, struct err *err) NODISCARD;
/* Both are the caller's. */
int run_input_get(struct store *store, int64_t run, char **template,
		  json_t **snapshot, struct err *err) NODISCARD;

/* What of the ended runs is given up: older ones, and more than so many of a
 * machine (both 0: none). So much at once as does not hold up the loop; *more
 * tells whether to come again soon. */
struct run_limits {
	int64_t age_ms;
	int64_t n;
};
int run_prune(struct store *store, const struct run_limits *limits, bool *more,
	      struct err *err) NODISCARD;

int action_create(struct store *store, const struct action *action,
		  struct err *err) NODISCARD;
/* Ordered, without documents; free with action_list_free. */
size_t action_list(struct store *store, int64_t run, struct action **actions);
void action_list_free(struct action *actions, size_t n);
/* A new object. */
json_t *action_document(struct store *store, int64_t run, int position);
/* Writes what of it changes but progress. */
int action_update(struct store *store, const struct action *action,
		  struct err *err) NODISCARD;
/* Writes phase, bytes_done, bytes_total; does not touch the run. */
int action_progress(struct store *store, const struct action *action,
		    struct err *err) NODISCARD;

struct action_key {
	int64_t run;
	int position;
};
/* What the machine's worker should do now; false: nothing. */
bool action_for_machine(struct store *store, int64_t machine,
			struct action_key *key);
/* What runs for all that is known, but was begun in another boot than this;
 * the caller frees. */
size_t action_begun(struct store *store, int64_t machine, const char *boot_id,
		    struct action_key **keys);

int step_create(struct store *store, const struct step *step,
		struct err *err) NODISCARD;
/* Ordered; the caller frees. */
size_t step_list(struct store *store, int64_t run, struct step **steps);
/* Writes intent and given_up. */
int step_update(struct store *store, const struct step *step,
		struct err *err) NODISCARD;

int intent_create(struct store *store, const struct intent *intent, int64_t *id,
		  struct err *err) NODISCARD;
/* All that have not ended, oldest first; the caller frees. */
size_t intent_open(struct store *store, struct intent **intents);
/* Of these only those that were not sent yet. */
size_t intent_waiting(struct store *store, struct intent **intents);
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
