/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/bmc.h"

#include <assert.h>
#include <string.h>

#include "base/backoff.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/driver.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

#define MAX_TRIES    3
#define RETRY_MS     1000
#define RETRY_CAP_MS 8000
#define LEAST_TRY_MS 1000 /* a shorter one would only end by its deadline */
#define N_DRIVERS    2

struct slot {
	const struct bmc_driver *driver;
	void *state; /* NULL: not used yet */
	size_t running;
	struct list waiting; /* mailboxes, for a place */
};

/* An operation; in its mailbox's queue, or in the list of those ended. */
struct job {
	struct list link;
	char *id;
	struct bmc_target target;
	struct bmc_request request;
	struct bmc_result result; /* of the last try that tells something */
	unsigned tries;
	mono_ms deadline; /* 0: not begun */
	bmc_fn done;
	void *arg;
};

struct mailbox {
	struct list link; /* in its slot's waiting list, or by itself */
	struct bmc *bmc;
	char *id;
	struct bmc_target target; /* of the endpoint */
	struct slot *slot;
	void *endpoint; /* NULL: none yet */
	struct list jobs;
	bool running; /* the first of them is */
	bool frozen;  /* the target's credentials were refused */
	struct err refusal;
	struct loop_timer *timer; /* until the next try, or its turn */
	uint32_t gap_ms;          /* least time between operations */
	mono_ms ended_at;         /* the last of them */
};

struct bmc {
	struct loop *loop;
	struct slot slots[N_DRIVERS];
	struct map *mailboxes;
	struct list ended;        /* jobs whose result is to be told */
	struct loop_timer *timer; /* tells them */
	struct rng rng;
	struct bmc_memory memory;
	const struct quirk_table *quirks;
};

static void advance(struct mailbox *box);

static void job_free(struct job *job)
{
	list_remove(&job->link);
	bmc_target_release(&job->target);
	bmc_report_free(job->result.report);
	secret_wipe(&job->request, sizeof(job->request));
	free(job->id);
	free(job);
}

static void on_ended(void *arg)
{
	struct bmc *bmc = arg;
	struct list now;
	struct job *job;

	/* Those that end meanwhile have their own turn. */
	list_init(&now);
	while ((job = list_first(&bmc->ended, struct job, link))) {
		list_remove(&job->link);
		list_add_tail(&now, &job->link);
	}
	while ((job = list_first(&now, struct job, link))) {
		list_remove(&job->link);
		job->done(job->arg, job->id, &job->result);
		job_free(job);
	}
}

static void end_job(struct bmc *bmc, struct job *job)
{
	list_remove(&job->link);
	list_add_tail(&bmc->ended, &job->link);
	loop_timer_at(bmc->timer, clock_mono());
}

static void give_place(struct slot *slot)
{
	struct mailbox *next = list_first(&slot->waiting, struct mailbox, link);

	slot->running--;
	if (!next)
		return;
	list_remove(&next->link);
	advance(next);
}

static bool may_repeat(const struct job *job)
{
	return err_worth_retry(&job->result.err) && !job->result.sent &&
	       job->tries < MAX_TRIES;
}

/* A try that the deadline cut short tells less than the one before it. */
static bool was_cut_short(const struct job *job,
			  const struct bmc_result *result, mono_ms now)
{
	return job->tries > 1 && now >= job->deadline && !result->sent &&
	       result->err.code == ERR_TIMEOUT;
}

static void log_result(const struct job *job)
{
	const struct bmc_result *result = &job->result;

	if (result->err.code || !bmc_op_writes(job->request.op))
		return;
	if (!result->verified)
		log_warn("done, but cannot be read back bmc=%s op=%s", job->id,
			 bmc_op_name(job->request.op));
	else if (result->changed)
		log_debug("done bmc=%s op=%s power=%s boot=%s", job->id,
			  bmc_op_name(job->request.op),
			  bmc_power_name(result->power),
			  bmc_device_name(result->boot.device));
}

/* The last try's result is the operation's. */
static void conclude(struct mailbox *box, struct job *job)
{
	struct err *err = &job->result.err;

	if (err->code == ERR_AUTH) {
		box->frozen = true;
		box->refusal = *err;
	}
	if (err->code)
		err_wrap(err, "bmc %s", box->id);
	log_result(job);
	end_job(box->bmc, job);
}

/* ---- what is known of a BMC ---- */

static void wipe_text(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	free(text);
}

static void save_learnt(struct mailbox *box)
{
	const struct bmc_memory *memory = &box->bmc->memory;
	const struct bmc_driver *driver = box->slot->driver;
	char *text;

	if (!memory->save || !driver->learnt)
		return;
	text = driver->learnt(box->endpoint);
	if (text)
		memory->save(memory->arg, box->id, text);
	wipe_text(text);
}

static void recall(struct mailbox *box)
{
	const struct bmc_memory *memory = &box->bmc->memory;
	const struct bmc_driver *driver = box->slot->driver;
	char *text;

	if (!memory->load || !driver->recall)
		return;
	text = memory->load(memory->arg, box->id);
	driver->recall(box->endpoint, text);
	wipe_text(text);
}

static void rules_of(const struct mailbox *box, struct bmc_rules *rules)
{
	const struct bmc_target *target = &box->target;
	struct bmc_identity who = { .protocol = target->protocol };

	str_copy(who.maker, sizeof(who.maker), target->vendor);
	str_copy(who.model, sizeof(who.model), target->model);
	quirk_rules(box->bmc->quirks, &who, rules);
}

static void *open_endpoint(struct mailbox *box)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct slot *slot = box->slot;
	struct bmc_rules rules;

	rules_of(box, &rules);
	bmc_target_copy(&target, &box->target);
	if (target.protocol == BMC_IPMI) {
		/* Redfish looks at each request, when it knows who it is. */
		box->gap_ms = rules.gap_ms;
		if (!target.cipher)
			target.cipher = rules.suite;
	}
	return slot->driver->endpoint_new(slot->state, &target);
}

/* ---- operations ---- */

static void on_result(void *arg, const struct bmc_result *result)
{
	struct mailbox *box = arg;
	struct slot *slot = box->slot;
	struct job *job = list_first(&box->jobs, struct job, link);
	mono_ms now = clock_mono();
	mono_ms again;

	assert(box->running && job);
	box->running = false;
	again = now +
		backoff_ms(job->tries, RETRY_MS, RETRY_CAP_MS, &box->bmc->rng);
	box->ended_at = now;
	if (was_cut_short(job, result, now)) {
		bmc_report_free(result->report);
	} else {
		bmc_report_free(job->result.report);
		job->result = *result;
	}
	save_learnt(box);
	if (may_repeat(job) && again + LEAST_TRY_MS <= job->deadline) {
		log_debug("again bmc=%s op=%s error=%s", box->id,
			  bmc_op_name(job->request.op),
			  err_name(result->err.code));
		loop_timer_at(box->timer, again);
		give_place(slot);
		return;
	}
	conclude(box, job);
	give_place(slot);
	advance(box);
}

/* Only between operations. */
static void drop_endpoint(struct mailbox *box)
{
	if (box->endpoint)
		box->slot->driver->endpoint_close(box->endpoint);
	box->endpoint = NULL;
	box->frozen = false;
	bmc_target_release(&box->target);
}

static void aim(struct mailbox *box, const struct bmc_target *target)
{
	struct slot *slot = &box->bmc->slots[target->protocol];

	if (box->slot && bmc_target_eq(&box->target, target))
		return;
	drop_endpoint(box);
	bmc_target_copy(&box->target, target);
	box->slot = slot;
}

static bool can(const struct bmc_driver *driver,
		const struct bmc_request *request)
{
	if (request->op >= BMC_NMI)
		return driver->more_ops & 1u << request->op;
	return driver->http_boot || request->op != BMC_BOOT_SET ||
	       request->boot.device != BMC_BOOT_HTTP;
}

/* Without an operation that asks, the answer may be known. */
static bool refuse(struct mailbox *box, struct job *job)
{
	const struct bmc_driver *driver = box->slot->driver;
	struct err *err = &job->result.err;

	if (box->frozen) {
		*err = box->refusal;
		err_wrap(err, "bmc %s: not tried again", box->id);
	} else if (!can(driver, &job->request)) {
		err_set(err, ERR_UNSUPPORTED, "bmc %s: no %s by %s", box->id,
			job->request.op == BMC_BOOT_SET
				? "boot by HTTP"
				: bmc_op_name(job->request.op),
			driver->name);
	} else {
		return false;
	}
	end_job(box->bmc, job);
	return true;
}

static void start(struct mailbox *box, struct job *job)
{
	struct slot *slot = box->slot;
	struct bmc_request request = job->request;
	mono_ms now = clock_mono();

	if (!slot->state) {
		slot->state = slot->driver->open(box->bmc->loop);
		if (slot->driver->set_quirks)
			slot->driver->set_quirks(slot->state, box->bmc->quirks);
	}
	if (!box->endpoint) {
		box->endpoint = open_endpoint(box);
		recall(box);
	}
	if (!job->deadline)
		job->deadline = now + bmc_op_timeout_ms(&request);
	request.timeout_ms = job->deadline - now;
	if (request.timeout_ms < 1)
		request.timeout_ms = 1;
	job->tries++;
	slot->running++;
	box->running = true;
	slot->driver->start(box->endpoint, &request, on_result, box);
}

/* After anything has happened to a mailbox: its next operation, if any. */
static void advance(struct mailbox *box)
{
	struct job *job;

	if (box->running)
		return;
	loop_timer_at(box->timer, MONO_NEVER);
	list_remove(&box->link);
	while ((job = list_first(&box->jobs, struct job, link))) {
		aim(box, &job->target);
		if (refuse(box, job))
			continue;
		if (job->tries && clock_mono() >= job->deadline)
			conclude(box, job); /* its turn came too late */
		else
			break;
	}
	if (!job)
		return;
	if (box->gap_ms && clock_mono() < box->ended_at + box->gap_ms) {
		loop_timer_at(box->timer, box->ended_at + box->gap_ms);
		return;
	}
	if (box->slot->running >= box->slot->driver->max_running)
		list_add_tail(&box->slot->waiting, &box->link);
	else
		start(box, job);
}

static void on_retry(void *arg)
{
	advance(arg);
}

static struct mailbox *mailbox_of(struct bmc *bmc, const char *id)
{
	struct mailbox *box = map_get(bmc->mailboxes, id, strlen(id));

	if (box)
		return box;
	box = xcalloc(1, sizeof(*box));
	box->bmc = bmc;
	box->id = xstrdup(id);
	box->timer = loop_timer_new(bmc->loop, on_retry, box);
	list_init(&box->link);
	list_init(&box->jobs);
	map_put(bmc->mailboxes, id, strlen(id), box);
	return box;
}

/* Its jobs go to the list of those ended. */
static void mailbox_free(struct mailbox *box)
{
	struct bmc *bmc = box->bmc;
	struct slot *slot = box->slot;
	bool was_running = box->running;
	struct job *job;

	if (was_running)
		slot->driver->cancel(box->endpoint);
	while ((job = list_first(&box->jobs, struct job, link))) {
		err_set(&job->result.err, ERR_CANCELLED, "bmc %s: cancelled",
			box->id);
		job->result.sent = was_running && job->tries &&
				   bmc_op_writes(job->request.op);
		was_running = false;
		end_job(bmc, job);
	}
	list_remove(&box->link);
	was_running = box->running;
	drop_endpoint(box);
	loop_timer_free(box->timer);
	free(box->id);
	free(box);
	if (was_running)
		give_place(slot);
}

struct bmc *bmc_new_with(struct loop *loop, const struct bmc_driver *redfish,
			 const struct bmc_driver *ipmi)
{
	struct bmc *bmc = xcalloc(1, sizeof(*bmc));

	bmc->loop = loop;
	bmc->slots[BMC_REDFISH].driver = redfish;
	bmc->slots[BMC_IPMI].driver = ipmi;
	for (size_t i = 0; i < N_DRIVERS; i++)
		list_init(&bmc->slots[i].waiting);
	bmc->mailboxes = map_new();
	list_init(&bmc->ended);
	bmc->timer = loop_timer_new(loop, on_ended, bmc);
	bmc->rng = rng_system();
	return bmc;
}

struct bmc *bmc_new(struct loop *loop)
{
	return bmc_new_with(loop, &redfish_driver, &ipmitool_driver);
}

void bmc_set_memory(struct bmc *bmc, const struct bmc_memory *memory)
{
	bmc->memory = *memory;
}

void bmc_set_quirks(struct bmc *bmc, const struct quirk_table *quirks)
{
	bmc->quirks = quirks;
}

void bmc_free(struct bmc *bmc)
{
	struct job *job;

	if (!bmc)
		return;
	bmc_cancel_all(bmc);
	while ((job = list_first(&bmc->ended, struct job, link)))
		job_free(job);
	for (size_t i = 0; i < N_DRIVERS; i++)
		if (bmc->slots[i].state)
			bmc->slots[i].driver->free(bmc->slots[i].state);
	map_free(bmc->mailboxes);
	loop_timer_free(bmc->timer);
	free(bmc);
}

void bmc_submit(struct bmc *bmc, const char *id,
		const struct bmc_target *target,
		const struct bmc_request *request, bmc_fn done, void *arg)
{
	struct mailbox *box = mailbox_of(bmc, id);
	struct job *job = xcalloc(1, sizeof(*job));
	bool first = list_empty(&box->jobs);

	job->id = xstrdup(id);
	bmc_target_copy(&job->target, target);
	job->request = *request;
	job->done = done;
	job->arg = arg;
	list_add_tail(&box->jobs, &job->link);
	if (first)
		advance(box);
}

void bmc_forget(struct bmc *bmc, const char *id)
{
	struct mailbox *box = map_get(bmc->mailboxes, id, strlen(id));

	if (!box)
		return;
	map_remove(bmc->mailboxes, id, strlen(id));
	mailbox_free(box);
	if (bmc->memory.save)
		bmc->memory.save(bmc->memory.arg, id, NULL);
}

void bmc_cancel_all(struct bmc *bmc)
{
	struct map *boxes = bmc->mailboxes;
	size_t at = 0;
	void *box;

	/* Places that become free are for nobody any more. */
	for (size_t i = 0; i < N_DRIVERS; i++)
		list_for_each (link, &bmc->slots[i].waiting)
			list_remove(link);
	bmc->mailboxes = map_new();
	while (map_next(boxes, &at, &box))
		mailbox_free(box);
	map_free(boxes);
}

bool bmc_idle(const struct bmc *bmc)
{
	size_t at = 0;
	void *box;

	if (!list_empty(&bmc->ended))
		return false;
	for (size_t i = 0; i < N_DRIVERS; i++)
		if (bmc->slots[i].state &&
		    !bmc->slots[i].driver->idle(bmc->slots[i].state))
			return false;
	while (map_next(bmc->mailboxes, &at, &box))
		if (!list_empty(&((struct mailbox *)box)->jobs))
			return false;
	return true;
}
