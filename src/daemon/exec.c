/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/exec.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "daemon/contact.h"
#include "daemon/reach.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/run.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

#define PATIENCE_MS (10 * 60 * 1000)

struct exec {
	struct store *store;
	struct bmc *bmc;
	struct map *under_way; /* intent id -> struct task */
	bool ipmitool;         /* for BMCs that name it */
	bool started;          /* the intents before a restart were seen */
	int64_t last_before;   /* id of the newest of those */
	bool held;             /* one of them still waits */
};

/* An intent on its way. */
struct task {
	struct exec *exec;
	struct intent intent;
	mono_ms began;
};

struct exec *exec_new(struct loop *loop, struct store *store,
		      struct bmc_known *known, bool ipmitool)
{
	struct exec *exec = xcalloc(1, sizeof(*exec));

	exec->store = store;
	exec->ipmitool = ipmitool;
	exec->bmc = bmc_new(loop);
	bmc_known_tell(known, exec->bmc);
	exec->under_way = map_new();
	return exec;
}

void exec_free(struct exec *exec)
{
	size_t at = 0;
	void *task;

	if (!exec)
		return;
	bmc_free(exec->bmc);
	while (map_next(exec->under_way, &at, &task))
		free(task);
	map_free(exec->under_way);
	free(exec);
}

struct verb {
	const char *kind; /* of the intent */
	enum bmc_op op;
	enum bmc_power_action action;
	enum bmc_device device;
	bool repeatable; /* after a crash, because it reads first, or may be
			    told twice */
};

static const struct verb verbs[] = {
	{ "power-on", BMC_POWER_SET, BMC_ACTION_ON, 0, true },
	{ "power-off", BMC_POWER_SET, BMC_ACTION_OFF, 0, true },
	{ "power-soft", BMC_POWER_SET, BMC_ACTION_SOFT, 0, true },
	{ "power-cycle", BMC_POWER_SET, BMC_ACTION_CYCLE, 0, false },
	{ "power-reset", BMC_POWER_SET, BMC_ACTION_RESET, 0, false },
	{ "power-status", BMC_POWER_GET, 0, 0, true },
	{ "boot-pxe", BMC_BOOT_SET, 0, BMC_BOOT_PXE, true },
	{ "boot-disk", BMC_BOOT_SET, 0, BMC_BOOT_DISK, true },
	{ "boot-cdrom", BMC_BOOT_SET, 0, BMC_BOOT_CD, true },
	{ "boot-bios", BMC_BOOT_SET, 0, BMC_BOOT_BIOS, true },
	{ "boot-none", BMC_BOOT_SET, 0, BMC_BOOT_NONE, true },
	{ "media-insert", BMC_MEDIA_INSERT, 0, 0, true },
	{ "media-eject", BMC_MEDIA_EJECT, 0, 0, true },
};

static const struct verb *find_verb(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(verbs[i].kind, kind))
			return &verbs[i];
	return NULL;
}

/* A run that ends in failure, or is cancelled, takes back what it has set:
 * what it still wanted to be done must not be done after that. */
static bool is_taken_back(struct exec *exec, const struct intent *intent)
{
	struct run run;
	struct err ignored;

	return intent->run &&
	       !run_get(exec->store, intent->run, &run, &ignored) &&
	       str_eq(run.phase, "closing");
}

/* It may have been asked for by who was killed since. */
static bool is_before(const struct exec *exec, const struct intent *intent)
{
	return intent->id <= exec->last_before;
}

static void build_request(struct exec *exec, const struct verb *verb,
			  const struct intent *intent,
			  struct bmc_request *request)
{
	memset(request, 0, sizeof(*request));
	request->op = verb->op;
	request->group = intent->run;
	if (is_taken_back(exec, intent))
		request->urgency = BMC_ABORT;
	request->action = verb->action;
	request->doubtful = is_before(exec, intent);
	request->boot.device = verb->device;
	request->boot.uefi = strstr(intent->args, "uefi") != NULL;
	request->boot.persistent = strstr(intent->args, "persistent") != NULL;
	if (verb->op == BMC_MEDIA_INSERT)
		str_copy(request->media, sizeof(request->media), intent->args);
}

/* What a person reads of an intent that ended well. */
static void describe(const struct task *task, const struct bmc_result *result,
		     char *out, size_t size)
{
	const char *how = result->verified ? "read back" : "acknowledged";
	mono_ms took = clock_mono() - task->began;

	if (str_starts(task->intent.kind, "power-"))
		snprintf(out, size, "BMC: %s done, power is %s (%s, %lld ms)",
			 task->intent.kind, bmc_power_name(result->power), how,
			 (long long)took);
	else
		snprintf(out, size, "BMC: %s done (%s, %lld ms)",
			 task->intent.kind, how, (long long)took);
}

static int record_end(struct exec *exec, const struct task *task,
		      const struct bmc_result *result, struct err *err)
{
	const struct intent *intent = &task->intent;
	const struct err *error = result->err.code ? &result->err : NULL;
	char text[256];

	describe(task, result, text, sizeof(text));
	if (event_note(exec->store, intent->machine, intent->run, "bmc",
		       error ? "bmc-failed" : "bmc", err, "%s%s%s",
		       error ? intent->kind : text, error ? ": " : "",
		       error ? error->message : ""))
		return -1;
	/* A bmc Machine without Hardware, and a Task, have no such row. */
	if (!error && result->power != BMC_POWER_UNKNOWN &&
	    machine_set_power(exec->store, intent->machine,
			      bmc_power_name(result->power), err) &&
	    err->code != ERR_NOT_FOUND)
		return -1;
	if (intent_end(exec->store, intent, error, err))
		return -1;
	return contact_write_of(exec->store, intent->machine, result->power,
				error, err);
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct task *task = arg;
	struct exec *exec = task->exec;
	struct err err;

	if (result->err.code)
		log_warn("bmc=%s %s: %s", id, task->intent.kind,
			 result->err.message);
	else
		log_info("bmc=%s %s done power=%s", id, task->intent.kind,
			 bmc_power_name(result->power));
	if (record_end(exec, task, result, &err))
		log_error("bmc=%s %s: %s", id, task->intent.kind, err.message);
	map_remove(exec->under_way, &task->intent.id, sizeof(task->intent.id));
	free(task);
}

/* Without the operator's leave IPMI is ours; then two of the ways may be
 * one. */
static void choose_drivers(const struct exec *exec, struct bmc_target *target)
{
	bool ours = false;

	for (struct bmc_target *way = target; way; way = way->other) {
		way->ipmitool = way->ipmitool && exec->ipmitool;
		if (way->protocol == BMC_IPMI && !way->ipmitool)
			ours = true;
		while (ours && way->other && way->other->protocol == BMC_IPMI &&
		       !(way->other->ipmitool && exec->ipmitool)) {
			struct bmc_target *same = way->other;

			way->other = take_ptr(same->other);
			bmc_target_release(same);
			free(same);
		}
	}
}

/* It cannot even be begun. */
static void refuse(struct exec *exec, const struct intent *intent,
		   const struct err *cause)
{
	struct err err;

	log_warn("%s: %s", intent->kind, cause->message);
	if (event_note(exec->store, intent->machine, intent->run, "bmc",
		       "bmc-failed", &err, "%s: %s", intent->kind,
		       cause->message) ||
	    intent_end(exec->store, intent, cause, &err))
		log_error("%s: %s", intent->kind, err.message);
}

/* While the BMC's password changes, which takes seconds. It is looked at
 * again in each turn. */
static bool may_wait(const struct exec *exec, const struct intent *intent,
		     const struct err *cause)
{
	return cause->code == ERR_BUSY &&
	       store_now(exec->store) < intent->created_at + PATIENCE_MS;
}

static void begin(struct exec *exec, const struct intent *intent)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	const struct verb *verb = find_verb(intent->kind);
	struct bmc_request request;
	struct task *task;
	struct err err;
	char id[400];

	if (!verb) {
		err_set(&err, ERR_UNSUPPORTED, "there is no such operation");
		refuse(exec, intent, &err);
		return;
	}
	if (is_before(exec, intent) && !verb->repeatable) {
		err_set(&err, ERR_OUTCOME,
			"tomte was restarted while it was under way: look at "
			"the machine before trying again");
		refuse(exec, intent, &err);
		return;
	}
	if (reach_machine(exec->store, intent->machine, &target, id, sizeof(id),
			  &err)) {
		if (!may_wait(exec, intent, &err))
			refuse(exec, intent, &err);
		else if (is_before(exec, intent))
			exec->held = true;
		return;
	}
	choose_drivers(exec, &target);
	build_request(exec, verb, intent, &request);
	if (str_eq(intent->state, "intent") &&
	    intent_sent(exec->store, intent->id, &err)) {
		log_error("bmc=%s %s: %s", id, intent->kind, err.message);
		return;
	}
	task = xcalloc(1, sizeof(*task));
	task->exec = exec;
	task->intent = *intent;
	task->began = clock_mono();
	map_put(exec->under_way, &intent->id, sizeof(intent->id), task);
	bmc_submit(exec->bmc, id, &target, &request, on_result, task);
}

struct bmc *exec_bmc(struct exec *exec)
{
	return exec->bmc;
}

int exec_reach(const struct exec *exec, const char *namespace, const char *bmc,
	       struct bmc_target *target, char *id, size_t id_size,
	       struct err *err)
{
	if (reach_named(exec->store, namespace, bmc, target, id, id_size, err))
		return -1;
	choose_drivers(exec, target);
	return 0;
}

void exec_published(struct exec *exec)
{
	AUTO_FREE struct intent *intents = NULL;
	/* After a start those too that were sent and have not ended. There is
	 * an index of the others alone: to find none costs 1.3 us a turn with
	 * 10,000 that are under way. */
	bool all = !exec->started || exec->held;
	size_t n = all ? intent_open(exec->store, &intents)
		       : intent_waiting(exec->store, &intents);

	for (size_t i = 0; i < n && !exec->started; i++)
		if (intents[i].id > exec->last_before)
			exec->last_before = intents[i].id;
	exec->held = false;
	for (size_t i = 0; i < n; i++)
		if (!map_get(exec->under_way, &intents[i].id,
			     sizeof(intents[i].id)))
			begin(exec, &intents[i]);
	exec->started = true;
}
