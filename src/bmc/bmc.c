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
	struct bmc_result *result; /* NULL: not ended */
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
	struct loop_timer *timer; /* until the next try; NULL: never needed */
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
static void end_job(struct bmc *bmc, struct job *job,
		    const struct bmc_result *result)
{
	job->result = xmalloc(sizeof(*job->result));
	*job->result = *result;
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

static bool may_repeat(const struct job *job, const struct bmc_result *result,
		       mono_ms now)
{
	return err_worth_retry(&result->err) && !result->sent &&
	       job->tries < MAX_TRIES && now + RETRY_MS < job->deadline;
}

static void log_result(const struct job *job, const struct bmc_result *result)
{
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

static void wait_for_retry(struct mailbox *box, const struct job *job,
			   const struct bmc_result *result, mono_ms now)
{
	log_debug("again bmc=%s op=%s error=%s", box->id, bmc_op_name(job->op),
		  err_name(result->err.code));
	if (!box->timer)
		box->timer = loop_timer_new(box->bmc->loop, on_retry, box);
	loop_timer_at(box->timer,
		      now + backoff_ms(job->tries, RETRY_MS, RETRY_CAP_MS,
				       &box->bmc->rng));
}

static void on_result(void *arg, const struct bmc_result *given)
{
	struct mailbox *box = arg;
	struct slot *slot = box->slot;
	struct job *job = list_first(&box->jobs, struct job, link);
	struct bmc_result result = *given;
	mono_ms now = clock_mono();

	assert(box->running && job);
	box->running = false;
	if (may_repeat(job, &result, now)) {
		bmc_report_free(result.report);
		wait_for_retry(box, job, &result, now);
		give_place(slot);
		return;
	}
	if (result.err.code == ERR_AUTH) {
		if (!box->refusal)
			box->refusal = xmalloc(sizeof(*box->refusal));
		*box->refusal = result.err;
	}
	log_result(job, &result);
	if (result.err.code)
		err_wrap(&result.err, "bmc %s", box->id);
	end_job(box->bmc, job, &result);
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

/* Without an operation that asks, the answer may be known. */
static bool refuse(struct mailbox *box, struct job *job)
{
	const struct bmc_driver *driver = box->slot->driver;
	struct bmc_result result = { .sent = false };

	if (box->refusal) {
		result.err = *box->refusal;
		err_wrap(&result.err, "bmc %s: not tried again", box->id);
	} else if (job->op >= BMC_NMI && !(driver->more_ops & 1u << job->op)) {
		err_set(&result.err, ERR_UNSUPPORTED, "bmc %s: no %s by %s",
			box->id, bmc_op_name(job->op), driver->name);
	} else {
		return false;
	}
	end_job(box->bmc, job, &result);
	return true;
}

static void *state_of(struct bmc *bmc, struct slot *slot)
{
	if (!slot->state)
		slot->state = slot->driver->open(bmc->loop);
	return slot->state;
}

static void *endpoint_of(struct mailbox *box)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };

	if (box->endpoint)
		return box->endpoint;
	bmc_target_unpack(&target, box->target);
	box->endpoint = box->slot->driver->endpoint_new(
		state_of(box->bmc, box->slot), &target);
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
		end_job(bmc, job, &result);
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
