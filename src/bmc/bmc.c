/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/bmc.h"

#include <assert.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/refusal.h"
#include "bmc/ways.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

/*
 * Pumps fleet_plan: what it says is to be tried goes to a driver, what has
 * ended to whom it belongs.
 */
/*
 * An operation; in its mailbox, or in the list of those ended. There may be
 * one for each of ten thousand BMCs, so it holds what is used of the request,
 * and not its ceilings.
 */
struct job {
	struct mail mail;
	char *id;
	char *media; /* of the request; NULL: none */
	bmc_fn done;
	void *arg;
	/* The request, as far as its media. */
	uint8_t request[offsetof(struct bmc_request, media)];
};

struct box {
	struct fleet_box fleet;
	struct bmc *bmc;
	char *id;
	struct ways ways;
	/* Where it is from the end of what is under way on; NULL: there. */
	struct bmc_target *moved;
	enum bmc_standing standing; /* as it is counted */
};

struct bmc_console {
	struct list link;
	const struct bmc_console_driver *driver;
	void *console;
};

struct bmc {
	struct list consoles;
	struct drivers drivers;
	struct map *boxes;
	struct fleet *fleet;
	bool pumping;
	size_t n_jobs;
	size_t n_running;
	struct list ended;        /* jobs whose result is to be told */
	struct loop_timer *timer; /* tells them, and when the fleet wants */
	struct bmc_memory memory;
	struct bmc_counts counts;
};

static void pump(struct bmc *bmc);

/* ---- operations ---- */

static struct job *job_of(struct mail *mail)
{
	return container_of(mail, struct job, mail);
}

static enum mail_rank rank_of(const struct bmc_request *request)
{
	if (request->urgency == BMC_ABORT)
		return MAIL_ABORT;
	if (bmc_op_writes(request->op))
		return MAIL_CHANGE;
	return request->urgency == BMC_BACKGROUND ? MAIL_POLL : MAIL_READ;
}

static struct job *job_new(const char *id, const struct bmc_request *request)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->id = xstrdup(id);
	job->mail.op = request->op;
	job->mail.action = request->action;
	job->mail.boot = request->boot;
	job->mail.rank = rank_of(request);
	job->mail.group = request->group;
	job->mail.timeout_ms = bmc_op_timeout_ms(request);
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
	struct mail *sharer;

	while ((sharer = list_first(&job->mail.sharers, struct mail, link))) {
		list_remove(&sharer->link);
		job_free(job_of(sharer));
	}
	list_remove(&job->mail.link);
	mail_release(&job->mail);
	free(job->media);
	free(job->id);
	secret_wipe(job->request, sizeof(job->request));
	free(job);
}

static void log_result(const struct job *job)
{
	const struct bmc_result *result = job->mail.result;

	if (result->err.code || !bmc_op_writes(job->mail.op))
		return;
	if (!result->verified)
		log_warn("done, but cannot be read back bmc=%s op=%s", job->id,
			 bmc_op_name(job->mail.op));
	else if (result->changed)
		log_debug("done bmc=%s op=%s power=%s boot=%s", job->id,
			  bmc_op_name(job->mail.op),
			  bmc_power_name(result->power),
			  bmc_device_name(result->boot.device));
}

static void tell(struct bmc *bmc, struct job *job)
{
	const struct bmc_result *result = job->mail.result;

	bmc->n_jobs--;
	bmc->counts.ended[job->mail.op][result->err.code]++;
	if (!job->mail.tries)
		bmc->counts.not_tried++;
	log_result(job);
	job->done(job->arg, job->id, result);
	list_for_each (link, &job->mail.sharers) {
		struct job *sharer = job_of(list_item(link, struct mail, link));

		bmc->n_jobs--;
		bmc->counts.shared++;
		sharer->done(sharer->arg, sharer->id, result);
	}
	job_free(job);
}

static void on_timer(void *arg)
{
	struct bmc *bmc = arg;
	struct list now;
	struct mail *mail;

	/* Those that end meanwhile have their own turn. */
	list_init(&now);
	while ((mail = list_first(&bmc->ended, struct mail, link))) {
		list_remove(&mail->link);
		list_add_tail(&now, &mail->link);
	}
	while ((mail = list_first(&now, struct mail, link))) {
		list_remove(&mail->link);
		tell(bmc, job_of(mail));
	}
	pump(bmc);
}

/* The mailbox is for this target from now on. */
static void aim(struct box *box, const struct bmc_target *target)
{
	struct fleet_way ways[MAILBOX_WAYS];
	struct bmc *bmc = box->bmc;
	uint32_t gap_ms = ways_aim(&box->ways, &bmc->drivers, target, ways);
	struct err refusal;

	fleet_set_rack(bmc->fleet, &box->fleet, target->rack);
	fleet_aim(bmc->fleet, &box->fleet, ways, box->ways.n, gap_ms);
	if (refusal_recall(&bmc->memory, box->id, target, &refusal))
		mailbox_freeze(&box->fleet.mailbox, &refusal);
}

/* ---- how it stands with a BMC ---- */

static enum bmc_standing standing_of(const struct mailbox *mailbox)
{
	if (mailbox->refusal)
		return BMC_FROZEN;
	switch (breaker_state(&mailbox->breaker)) {
	case BREAKER_OPEN:
		return BMC_LEFT_ALONE;
	case BREAKER_PROBING:
		return BMC_PROBED;
	default:
		return BMC_FINE;
	}
}

static void keep_refusal(const struct box *box)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };

	ways_best(&box->ways, &target);
	refusal_keep(&box->bmc->memory, box->id, &target,
		     box->fleet.mailbox.refusal);
}

static void note_standing(struct box *box)
{
	const struct mailbox *mailbox = &box->fleet.mailbox;
	enum bmc_standing standing = standing_of(mailbox);

	if (standing == box->standing)
		return;
	box->bmc->counts.bmcs[box->standing]--;
	box->bmc->counts.bmcs[standing]++;
	if (standing == BMC_FROZEN)
		log_warn("bmc=%s refuses the credentials: nothing more is "
			 "tried until they change, or it is thawed: %s",
			 box->id, mailbox->refusal->message);
	else if (standing == BMC_LEFT_ALONE && box->standing == BMC_FINE)
		log_warn("bmc=%s gives no answer, and is left alone for now: "
			 "%s",
			 box->id,
			 mailbox->silence ? mailbox->silence->message : "");
	else if (standing == BMC_FINE)
		log_info("bmc=%s is spoken to again", box->id);
	if (standing == BMC_FROZEN)
		keep_refusal(box);
	else if (box->standing == BMC_FROZEN)
		refusal_drop(&box->bmc->memory, box->id);
	box->standing = standing;
}

/* ---- tries ---- */

static void stay(struct box *box)
{
	if (box->moved)
		bmc_target_release(box->moved);
	free(take_ptr(box->moved));
}

/* Nothing is under way any more. */
static void settle(struct box *box)
{
	if (box->moved)
		aim(box, box->moved);
	stay(box);
	note_standing(box);
}

static void on_result(void *arg, const struct bmc_result *result)
{
	struct box *box = arg;
	struct bmc *bmc = box->bmc;
	const struct mailbox *mailbox = &box->fleet.mailbox;
	const struct ways_memory known = { &bmc->memory, box->id };
	size_t way = mailbox->current.way;
	const struct slot *slot = box->ways.list[way].slot;
	mono_ms now = clock_mono();

	assert(mailbox->sm.state == MAILBOX_TRYING);
	bmc->n_running--;
	bmc_counts_try(&bmc->counts, (unsigned)(slot - bmc->drivers.slots),
		       mailbox->current.op, result->err.code,
		       now - mailbox->began);
	ways_save(&box->ways, way, &known);
	fleet_done(bmc->fleet, &box->fleet, now, result);
	settle(box);
	pump(bmc);
}

static void start(struct box *box, const struct mailbox_try *try)
{
	struct bmc *bmc = box->bmc;
	const struct ways_memory known = { &bmc->memory, box->id };
	void *endpoint =
		ways_endpoint(&box->ways, &bmc->drivers, try->way, &known);
	struct bmc_request request = { .op = try->op };

	if (try->kind == TRY_MAIL)
		request_of(job_of(try->mail), &request);
	request.timeout_ms = try->timeout_ms;
	bmc->n_running++;
	note_standing(box);
	box->ways.list[try->way].slot->driver->start(endpoint, &request,
						     on_result, box);
	secret_wipe(request.secret, sizeof(request.secret));
}

static void break_off(struct box *box)
{
	const struct way *way = &box->ways.list[box->fleet.mailbox.current.way];

	way->slot->driver->cancel(way->endpoint);
	box->bmc->n_running--;
}

/* Drivers may answer from inside of start: then the loop below goes on with
 * what that has led to. */
static void pump(struct bmc *bmc)
{
	struct fleet_step step;

	if (bmc->pumping)
		return;
	bmc->pumping = true;
	while (fleet_output(bmc->fleet, clock_mono(), &step)) {
		struct box *box = container_of(step.box, struct box, fleet);

		switch (step.kind) {
		case FLEET_TRY:
			start(box, &step.try);
			break;
		case FLEET_CUT:
			break_off(box);
			settle(box);
			break;
		case FLEET_ENDED:
			list_add_tail(&bmc->ended, &step.mail->link);
			break;
		}
	}
	bmc->pumping = false;
	loop_timer_at(bmc->timer, list_empty(&bmc->ended)
					  ? fleet_deadline(bmc->fleet)
					  : clock_mono());
}

static struct box *box_of(struct bmc *bmc, const char *id)
{
	struct box *box = map_get(bmc->boxes, id, strlen(id));

	if (box)
		return box;
	box = xcalloc(1, sizeof(*box));
	box->bmc = bmc;
	box->id = xstrdup(id);
	fleet_join(&box->fleet, box->id);
	bmc->counts.bmcs[box->standing]++;
	map_put(bmc->boxes, id, strlen(id), box);
	return box;
}

static bool is_busy(const struct box *box)
{
	return box->fleet.mailbox.sm.state == MAILBOX_TRYING;
}

/* Its jobs go to the list of those ended. */
static void box_free(struct box *box)
{
	struct bmc *bmc = box->bmc;
	struct mail *mail;

	if (is_busy(box))
		break_off(box);
	fleet_leave(bmc->fleet, &box->fleet, clock_mono());
	while ((mail = fleet_left(&box->fleet)))
		list_add_tail(&bmc->ended, &mail->link);
	ways_drop(&box->ways);
	stay(box);
	bmc->counts.bmcs[box->standing]--;
	free(box->id);
	free(box);
}

static void set_limits(struct bmc *bmc, const struct bmc_limits *limits)
{
	struct place_limits places = {
		.most = limits->most,
		.most_per_rack = limits->most_per_rack,
		.power_on_per_s = limits->power_on_per_s,
		.power_on_per_s_per_rack = limits->power_on_per_s_per_rack,
	};

	for (size_t i = 0; i < WAY_N_DRIVERS; i++)
		places.most_per_driver[i] =
			(uint32_t)bmc->drivers.slots[i].driver->max_running;
	if (bmc->fleet)
		fleet_set_limits(bmc->fleet, &places, clock_mono());
	else
		bmc->fleet = fleet_new(&places, rng_system(), clock_mono());
}

static struct bmc *make(struct loop *loop,
			const struct bmc_driver *const *drivers)
{
	static const struct bmc_limits limits = { .most = 0 };
	struct bmc *bmc = xcalloc(1, sizeof(*bmc));

	drivers_init(&bmc->drivers, loop, drivers);
	bmc->boxes = map_new();
	list_init(&bmc->ended);
	list_init(&bmc->consoles);
	bmc->timer = loop_timer_new(loop, on_timer, bmc);
	set_limits(bmc, &limits);
	return bmc;
}

struct bmc *bmc_new_with(struct loop *loop, const struct bmc_driver *redfish,
			 const struct bmc_driver *ipmi)
{
	const struct bmc_driver *const drivers[] = {
		[WAY_REDFISH] = redfish,
		[WAY_IPMI] = ipmi,
		[WAY_IPMITOOL] = ipmi,
		[WAY_RPC] = redfish,
	};

	return make(loop, drivers);
}

struct bmc *bmc_new(struct loop *loop)
{
	static const struct bmc_driver *const drivers[] = {
		[WAY_REDFISH] = &redfish_driver,
		[WAY_IPMI] = &ipmi_driver,
		[WAY_IPMITOOL] = &ipmitool_driver,
		[WAY_RPC] = &rpc_driver,
	};

	return make(loop, drivers);
}

void bmc_set_memory(struct bmc *bmc, const struct bmc_memory *memory)
{
	bmc->memory = *memory;
}

void bmc_set_quirks(struct bmc *bmc, const struct quirk_table *quirks)
{
	bmc->drivers.quirks = quirks;
}

void bmc_set_limits(struct bmc *bmc, const struct bmc_limits *limits)
{
	set_limits(bmc, limits);
}

void bmc_free(struct bmc *bmc)
{
	struct bmc_console *console;
	struct mail *mail;

	if (!bmc)
		return;
	while ((console = list_first(&bmc->consoles, struct bmc_console, link)))
		bmc_console_close(console);
	bmc_cancel_all(bmc);
	while ((mail = list_first(&bmc->ended, struct mail, link)))
		job_free(job_of(mail));
	drivers_release(&bmc->drivers);
	map_free(bmc->boxes);
	fleet_free(bmc->fleet);
	loop_timer_free(bmc->timer);
	free(bmc);
}

/* What waits already goes to the new target, too: it is the same BMC. */
static void move_to(struct box *box, const struct bmc_target *target)
{
	if (ways_are_to(&box->ways, target)) {
		stay(box);
	} else if (is_busy(box)) {
		if (!box->moved)
			box->moved = xcalloc(1, sizeof(*box->moved));
		bmc_target_copy(box->moved, target);
	} else {
		aim(box, target);
		note_standing(box);
	}
}

static void put(struct box *box, const struct bmc_request *request, bmc_fn done,
		void *arg)
{
	struct bmc *bmc = box->bmc;
	struct job *job = job_new(box->id, request);

	job->done = done;
	job->arg = arg;
	bmc->n_jobs++;
	fleet_put(bmc->fleet, &box->fleet, &job->mail);
	pump(bmc);
}

void bmc_submit(struct bmc *bmc, const char *id,
		const struct bmc_target *target,
		const struct bmc_request *request, bmc_fn done, void *arg)
{
	struct box *box = box_of(bmc, id);

	move_to(box, target);
	put(box, request, done, arg);
}

bool bmc_submit_again(struct bmc *bmc, const char *id,
		      const struct bmc_request *request, bmc_fn done, void *arg)
{
	struct box *box = map_get(bmc->boxes, id, strlen(id));

	if (!box)
		return false;
	put(box, request, done, arg);
	return true;
}

bool bmc_thaw(struct bmc *bmc, const char *id)
{
	struct box *box = map_get(bmc->boxes, id, strlen(id));
	bool was_held;

	if (!box)
		return false;
	was_held = box->standing != BMC_FINE;
	fleet_thaw(bmc->fleet, &box->fleet, clock_mono());
	note_standing(box);
	pump(bmc);
	return was_held;
}

bool bmc_look(const struct bmc *bmc, const char *id, struct bmc_view *view)
{
	const struct box *box = map_get(bmc->boxes, id, strlen(id));
	const struct mailbox *mailbox = box ? &box->fleet.mailbox : NULL;
	mono_ms now = clock_mono();
	mono_ms until;

	*view = (struct bmc_view){ .standing = BMC_FINE };
	if (!box)
		return false;
	until = mailbox->breaker.until;
	view->standing = box->standing;
	if (mailbox->refusal)
		view->cause = *mailbox->refusal;
	else if (mailbox->silence)
		view->cause = *mailbox->silence;
	if (view->standing == BMC_LEFT_ALONE && until > now)
		view->next_try_ms = until - now;
	view->n_silent = mailbox->breaker.n_silent;
	view->usual_ms = mailbox->pace.usual_ms;
	view->share_percent = mailbox->pace.share * 100 / PACE_FULL;
	view->running = is_busy(box);
	if (box->ways.n)
		view->driver = mailbox->ways[mailbox->way].name;
	return true;
}

const struct bmc_counts *bmc_counts(struct bmc *bmc)
{
	struct bmc_counts *counts = &bmc->counts;
	struct place_counts places;

	places_counts(fleet_places(bmc->fleet), &places);
	for (size_t i = 0; i < BMC_N_DRIVERS; i++)
		counts->running[i] = places.taken[i];
	counts->waiting = places.waiting;
	return counts;
}

void bmc_forget(struct bmc *bmc, const char *id)
{
	struct box *box = map_get(bmc->boxes, id, strlen(id));

	if (!box)
		return;
	map_remove(bmc->boxes, id, strlen(id));
	box_free(box);
	if (bmc->memory.save)
		bmc->memory.save(bmc->memory.arg, id, NULL);
	pump(bmc);
}

void bmc_cancel_all(struct bmc *bmc)
{
	struct map *boxes = bmc->boxes;
	size_t at = 0;
	void *box;

	/* Places that become free are for nobody any more. */
	bmc->boxes = map_new();
	while (map_next(boxes, &at, &box))
		box_free(box);
	map_free(boxes);
	pump(bmc);
}

bool bmc_idle(const struct bmc *bmc)
{
	if (bmc->n_jobs || bmc->n_running)
		return false;
	return drivers_idle(&bmc->drivers);
}

struct bmc_console *bmc_console_open(struct bmc *bmc,
				     const struct bmc_target *target, bool take,
				     const struct bmc_console_ops *ops,
				     void *arg, struct err *err)
{
	struct slot *slot = &bmc->drivers.slots[drivers_of(target)];
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
	console->console = console->driver->open(
		drivers_state(&bmc->drivers, slot), target, take, ops, arg);
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
