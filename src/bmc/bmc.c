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

enum { REDFISH, IPMI, IPMITOOL, N_DRIVERS };

struct slot {
	const struct bmc_driver *driver;
	void *state; /* NULL: not used yet */
	size_t running;
	struct list waiting; /* mailboxes, for a place */
};

/*
 * An operation; in its mailbox's queue, or in the list of those ended. There
 * may be one for each of ten thousand BMCs, so it holds what is used of
 * target and request, and not their ceilings.
 */
struct job {
	struct list link;
	char *id;
	struct bmc_packed *target; /* NULL: the mailbox has it */
	enum bmc_op op;
	char *media;               /* of the request; NULL: none */
	struct bmc_result *result; /* of the last try that tells something */
	unsigned tries;
	mono_ms deadline; /* 0: not begun */
	bmc_fn done;
	void *arg;
	/* The request, as far as its media. */
	uint8_t request[offsetof(struct bmc_request, media)];
};

struct mailbox {
	struct list link; /* in its slot's waiting list, or by itself */
	struct bmc *bmc;
	char *id;
	struct bmc_packed *target; /* of the endpoint */
	struct slot *slot;
	void *endpoint; /* NULL: none yet */
	struct list jobs;
	bool running;             /* the first of them is */
	struct err *refusal;      /* of the target's credentials; NULL: none */
	struct loop_timer *timer; /* until its turn; NULL: never needed */
	uint32_t gap_ms;          /* least time between operations */
	mono_ms ended_at;         /* the last of them */
};

struct bmc_console {
	struct list link;
	const struct bmc_console_driver *driver;
	void *console;
};

struct bmc {
	struct loop *loop;
	struct list consoles;
	struct slot slots[N_DRIVERS];
	struct map *mailboxes;
	struct list ended;        /* jobs whose result is to be told */
	struct loop_timer *timer; /* tells them */
	struct rng rng;
	struct bmc_memory memory;
	const struct quirk_table *quirks;
};

static void advance(struct mailbox *box);
static void on_retry(void *arg);

static struct job *job_new(const char *id, const struct bmc_target *target,
			   const struct bmc_request *request)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->id = xstrdup(id);
	job->target = bmc_target_pack(target);
	job->op = request->op;
	job->media = *request->media ? xstrdup(request->media) : NULL;
	memcpy(job->request, request, sizeof(job->request));
	return job;
}

static void request_of(const struct job *job, struct bmc_request *request)
{
	memcpy(request, job->request, sizeof(job->request));
	request->media[0] = '\0';
	if (job->media)
		str_copy(request->media, sizeof(request->media), job->media);
}

static void job_free(struct job *job)
{
	list_remove(&job->link);
	if (job->result)
		bmc_report_free(job->result->report);
	free(job->result);
	bmc_packed_free(job->target);
	free(job->media);
	free(job->id);
	secret_wipe(job->request, sizeof(job->request));
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
		job->done(job->arg, job->id, job->result);
		job_free(job);
	}
}

/* The report goes with it. */
static void set_result(struct job *job, const struct bmc_result *result)
{
	if (!job->result)
		job->result = xcalloc(1, sizeof(*job->result));
	bmc_report_free(job->result->report);
	*job->result = *result;
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
	return err_worth_retry(&job->result->err) && !job->result->sent &&
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
	const struct bmc_result *result = job->result;

	if (result->err.code || !bmc_op_writes(job->op))
		return;
	if (!result->verified)
		log_warn("done, but cannot be read back bmc=%s op=%s", job->id,
			 bmc_op_name(job->op));
	else if (result->changed)
		log_debug("done bmc=%s op=%s power=%s boot=%s", job->id,
			  bmc_op_name(job->op), bmc_power_name(result->power),
			  bmc_device_name(result->boot.device));
}

static void wake_at(struct mailbox *box, mono_ms at)
{
	if (!box->timer)
		box->timer = loop_timer_new(box->bmc->loop, on_retry, box);
	loop_timer_at(box->timer, at);
}

/* The last try's result is the operation's. */
static void conclude(struct mailbox *box, struct job *job)
{
	struct err *err = &job->result->err;

	if (err->code == ERR_AUTH) {
		if (!box->refusal)
			box->refusal = xmalloc(sizeof(*box->refusal));
		*box->refusal = *err;
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

/* Redfish looks at each request, when it knows who it is; of an IPMI BMC
 * there is what the inventory says. */
static void apply_rules(struct mailbox *box, struct bmc_target *target)
{
	struct bmc_identity who = { .protocol = target->protocol };
	struct bmc_rules rules;

	if (target->protocol != BMC_IPMI)
		return;
	str_copy(who.maker, sizeof(who.maker), target->vendor);
	str_copy(who.model, sizeof(who.model), target->model);
	quirk_rules(box->bmc->quirks, &who, &rules);
	box->gap_ms = rules.gap_ms;
	if (!target->cipher)
		target->cipher = rules.suite;
	target->ipmi_quirks |= rules.ipmi_quirks;
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
	box->ended_at = now;
	again = now +
		backoff_ms(job->tries, RETRY_MS, RETRY_CAP_MS, &box->bmc->rng);
	if (was_cut_short(job, result, now))
		bmc_report_free(result->report);
	else
		set_result(job, result);
	save_learnt(box);
	if (may_repeat(job) && again + LEAST_TRY_MS <= job->deadline) {
		log_debug("again bmc=%s op=%s error=%s", box->id,
			  bmc_op_name(job->op),
			  err_name(job->result->err.code));
		wake_at(box, again);
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
	free(box->refusal);
	box->refusal = NULL;
	bmc_packed_free(box->target);
	box->target = NULL;
}

static size_t driver_of(const struct bmc_target *target)
{
	if (target->protocol == BMC_REDFISH)
		return REDFISH;
	return target->ipmitool ? IPMITOOL : IPMI;
}

/* The mailbox is for the job's target from now on. */
static void aim(struct mailbox *box, struct job *job)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };

	if (!job->target)
		return;
	if (box->target && bmc_packed_eq(box->target, job->target)) {
		bmc_packed_free(take_ptr(job->target));
		return;
	}
	drop_endpoint(box);
	box->target = take_ptr(job->target);
	bmc_target_unpack(&target, box->target);
	box->slot = &box->bmc->slots[driver_of(&target)];
}

static bool can(const struct bmc_driver *driver, const struct job *job)
{
	struct bmc_request request;

	if (job->op >= BMC_NMI)
		return driver->more_ops & 1u << job->op;
	request_of(job, &request);
	return driver->http_boot || job->op != BMC_BOOT_SET ||
	       request.boot.device != BMC_BOOT_HTTP;
}

/* Without an operation that asks, the answer may be known. */
static bool refuse(struct mailbox *box, struct job *job)
{
	const struct bmc_driver *driver = box->slot->driver;
	struct bmc_result result = { .sent = false };

	if (box->refusal) {
		result.err = *box->refusal;
		err_wrap(&result.err, "bmc %s: not tried again", box->id);
	} else if (!can(driver, job)) {
		err_set(&result.err, ERR_UNSUPPORTED, "bmc %s: no %s by %s",
			box->id,
			job->op == BMC_BOOT_SET ? "boot by HTTP"
						: bmc_op_name(job->op),
			driver->name);
	} else if (job->tries && clock_mono() >= job->deadline) {
		conclude(box, job); /* its turn came too late */
		return true;
	} else {
		return false;
	}
	set_result(job, &result);
	end_job(box->bmc, job);
	return true;
}

static void *state_of(struct bmc *bmc, struct slot *slot)
{
	if (slot->state)
		return slot->state;
	slot->state = slot->driver->open(bmc->loop);
	if (slot->driver->set_quirks)
		slot->driver->set_quirks(slot->state, bmc->quirks);
	return slot->state;
}

static void *endpoint_of(struct mailbox *box)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };

	if (box->endpoint)
		return box->endpoint;
	bmc_target_unpack(&target, box->target);
	apply_rules(box, &target);
	box->endpoint = box->slot->driver->endpoint_new(
		state_of(box->bmc, box->slot), &target);
	recall(box);
	return box->endpoint;
}

static void start(struct mailbox *box, struct job *job)
{
	struct slot *slot = box->slot;
	void *endpoint = endpoint_of(box);
	struct bmc_request request;
	mono_ms now = clock_mono();

	request_of(job, &request);
	if (!job->deadline)
		job->deadline = now + bmc_op_timeout_ms(&request);
	request.timeout_ms = job->deadline - now;
	if (request.timeout_ms < 1)
		request.timeout_ms = 1;
	job->tries++;
	slot->running++;
	box->running = true;
	slot->driver->start(endpoint, &request, on_result, box);
	secret_wipe(request.secret, sizeof(request.secret));
}

/* After anything has happened to a mailbox: its next operation, if any. */
static void advance(struct mailbox *box)
{
	struct job *job;

	if (box->running)
		return;
	if (box->timer)
		loop_timer_at(box->timer, MONO_NEVER);
	list_remove(&box->link);
	do {
		job = list_first(&box->jobs, struct job, link);
		if (!job)
			return;
		aim(box, job);
	} while (refuse(box, job));
	if (box->gap_ms && clock_mono() < box->ended_at + box->gap_ms) {
		wake_at(box, box->ended_at + box->gap_ms);
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
		struct bmc_result result = { .sent = was_running &&
						     job->tries &&
						     bmc_op_writes(job->op) };

		err_set(&result.err, ERR_CANCELLED, "bmc %s: cancelled",
			box->id);
		was_running = false;
		set_result(job, &result);
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

static struct bmc *make(struct loop *loop,
			const struct bmc_driver *const *drivers)
{
	struct bmc *bmc = xcalloc(1, sizeof(*bmc));

	bmc->loop = loop;
	for (size_t i = 0; i < N_DRIVERS; i++) {
		bmc->slots[i].driver = drivers[i];
		list_init(&bmc->slots[i].waiting);
	}
	bmc->mailboxes = map_new();
	list_init(&bmc->ended);
	list_init(&bmc->consoles);
	bmc->timer = loop_timer_new(loop, on_ended, bmc);
	bmc->rng = rng_system();
	return bmc;
}

struct bmc *bmc_new_with(struct loop *loop, const struct bmc_driver *redfish,
			 const struct bmc_driver *ipmi)
{
	const struct bmc_driver *const drivers[] = {
		[REDFISH] = redfish,
		[IPMI] = ipmi,
		[IPMITOOL] = ipmi,
	};

	return make(loop, drivers);
}

struct bmc *bmc_new(struct loop *loop)
{
	static const struct bmc_driver *const drivers[] = {
		[REDFISH] = &redfish_driver,
		[IPMI] = &ipmi_driver,
		[IPMITOOL] = &ipmitool_driver,
	};

	return make(loop, drivers);
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
	struct bmc_console *console;
	struct job *job;

	if (!bmc)
		return;
	while ((console = list_first(&bmc->consoles, struct bmc_console, link)))
		bmc_console_close(console);
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
	struct job *job = job_new(id, target, request);
	bool first = list_empty(&box->jobs);

	job->done = done;
	job->arg = arg;
	list_init(&job->link);
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

struct bmc_console *bmc_console_open(struct bmc *bmc,
				     const struct bmc_target *target, bool take,
				     const struct bmc_console_ops *ops,
				     void *arg, struct err *err)
{
	struct slot *slot = &bmc->slots[driver_of(target)];
	struct bmc_console *console;

	if (!slot->driver->console) {
		err_set(err, ERR_UNSUPPORTED, "no console by %s",
			slot->driver->name);
		return NULL;
	}
	console = xcalloc(1, sizeof(*console));
	list_init(&console->link);
	list_add_tail(&bmc->consoles, &console->link);
	console->driver = slot->driver->console;
	console->console = console->driver->open(state_of(bmc, slot), target,
						 take, ops, arg);
	return console;
}

size_t bmc_console_write(struct bmc_console *console, const void *bytes,
			 size_t n)
{
	return console->driver->write(console->console, bytes, n);
}

void bmc_console_close(struct bmc_console *console)
{
	if (!console)
		return;
	list_remove(&console->link);
	console->driver->close(console->console);
	free(console);
}
