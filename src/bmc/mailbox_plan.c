/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/mailbox_plan.h"

#include <assert.h>
#include <stdio.h>

#include "base/backoff.h"
#include "base/str.h"

#define MAX_TRIES    3
#define RETRY_MS     1000
#define RETRY_CAP_MS 8000
#define LEAST_TRY_MS 1000 /* a shorter one would only end by its deadline */
#define PROBE_MS     25000
#define FIRST_MS     10000
#define LOOK_MS      20000
#define MAX_LOOKS    4
/* On another way than the first for so long; then it may be back. */
#define DETOUR_MS (10 * 60 * 1000)

static const struct sm_state states[] = {
	[MAILBOX_RESTS] = { "rests", SM_TO(MAILBOX_TRYING) },
	[MAILBOX_TRYING] = { "trying", SM_TO(MAILBOX_RESTS) },
};

static bool resting(const struct mailbox *box)
{
	return box->sm.state == MAILBOX_RESTS;
}

void mailbox_init(struct mailbox *box, const char *id)
{
	*box = (struct mailbox){ .id = id };
	sm_init(&box->sm, states, ARRAY_LEN(states), MAILBOX_RESTS);
	for (size_t i = 0; i < MAIL_N_RANKS; i++)
		list_init(&box->waiting[i]);
	list_init(&box->ended);
	breaker_init(&box->breaker);
	pace_init(&box->pace, 0);
}

static void forgive(struct mailbox *box)
{
	free(box->refusal);
	box->refusal = NULL;
	free(box->silence);
	box->silence = NULL;
	box->again_at = 0;
}

void mailbox_release(struct mailbox *box)
{
	forgive(box);
}

/* One that is under way may go on: it is told of the BMC as it is now. */
void mailbox_thaw(struct mailbox *box, mono_ms now)
{
	forgive(box);
	breaker_init(&box->breaker);
	pace_init(&box->pace, box->pace.gap_ms);
	box->pace.firm = now;
}

/* ---- ends ---- */

static void set_result(struct mail *mail, const struct bmc_result *result)
{
	if (!mail->result)
		mail->result = xcalloc(1, sizeof(*mail->result));
	bmc_report_free(mail->result->report);
	*mail->result = *result;
}

void mail_release(struct mail *mail)
{
	if (mail->result)
		bmc_report_free(mail->result->report);
	free(mail->result);
	mail->result = NULL;
}

/* Out of the queue, if it is in it. */
static void take_out(struct mailbox *box, struct mail *mail)
{
	if (!list_empty(&mail->link))
		box->n_waiting--;
	list_remove(&mail->link);
}

static void end(struct mailbox *box, struct mail *mail)
{
	take_out(box, mail);
	list_add_tail(&box->ended, &mail->link);
}

struct mail *mailbox_ended(struct mailbox *box)
{
	struct mail *mail = list_first(&box->ended, struct mail, link);

	if (mail)
		list_remove(&mail->link);
	return mail;
}

static void conclude(struct mailbox *box, struct mail *mail)
{
	if (mail->result->err.code)
		err_wrap(&mail->result->err, "bmc %s", box->id);
	end(box, mail);
}

static void cancel(struct mailbox *box, struct mail *mail, bool sent,
		   const char *why)
{
	struct bmc_result result = { .sent = sent };

	if (mail->result && mail->result->sent)
		result.sent = true;
	err_set(&result.err, ERR_CANCELLED, "%s", why);
	set_result(mail, &result);
	conclude(box, mail);
}

/* What was tried by ways that are no more. */
static void forget_ways(struct mailbox *box)
{
	for (size_t i = 0; i < MAIL_N_RANKS; i++)
		list_for_each (link, &box->waiting[i]) {
			struct mail *mail = list_item(link, struct mail, link);

			mail->ways = 0;
			mail->firm_way = 0;
			if (!mail->looking)
				continue;
			mail->result->err.code = ERR_OUTCOME;
			conclude(box, mail);
		}
}

void mailbox_aim(struct mailbox *box, const struct mailbox_way *ways,
		 size_t n_ways, uint32_t gap_ms)
{
	assert(resting(box) && n_ways && n_ways <= MAILBOX_WAYS);
	forget_ways(box);
	for (size_t i = 0; i < n_ways; i++)
		box->ways[i] = ways[i];
	box->n_ways = (uint8_t)n_ways;
	box->way = 0;
	box->answered = false;
	forgive(box);
	breaker_init(&box->breaker);
	pace_init(&box->pace, gap_ms);
}

/* ---- what waits ---- */

/* Reads whose answer is the same for all who ask. */
static bool can_be_shared(enum bmc_op op)
{
	switch (op) {
	case BMC_PROBE:
	case BMC_POWER_GET:
	case BMC_BOOT_GET:
	case BMC_INFO:
	case BMC_SENSORS:
	case BMC_LAN_GET:
	case BMC_USERS:
	case BMC_INVENTORY:
	case BMC_SECURE_BOOT_GET:
		return true;
	default:
		return false;
	}
}

static struct mail *find_same(struct mailbox *box, const struct mail *mail)
{
	if (!can_be_shared(mail->op))
		return NULL;
	for (size_t i = MAIL_READ; i < MAIL_N_RANKS; i++)
		list_for_each (link, &box->waiting[i]) {
			struct mail *other = list_item(link, struct mail, link);

			if (other->op == mail->op && !other->tries)
				return other;
		}
	return NULL;
}

static void share(struct mailbox *box, struct mail *with, struct mail *mail)
{
	with->n_sharers++;
	list_add_tail(&with->sharers, &mail->link);
	if (mail->timeout_ms > with->timeout_ms)
		with->timeout_ms = mail->timeout_ms;
	if (mail->rank >= with->rank)
		return;
	with->rank = mail->rank;
	list_remove(&with->link);
	list_add_tail(&box->waiting[with->rank], &with->link);
}

static void refuse_more(struct mailbox *box, struct mail *mail, unsigned n)
{
	struct bmc_result result = { .sent = false };

	err_set(&result.err, ERR_BUSY, "%u operations wait for it already", n);
	set_result(mail, &result);
	conclude(box, mail);
}

static bool aborts(const struct mail *abort, const struct mail *change)
{
	return !abort->group || abort->group == change->group;
}

void mailbox_put(struct mailbox *box, struct mail *mail)
{
	struct list *changes = &box->waiting[MAIL_CHANGE];
	struct mail *same;
	unsigned n;

	list_init(&mail->link);
	list_init(&mail->sharers);
	if (mail->rank == MAIL_ABORT)
		list_for_each (link, changes) {
			struct mail *change =
				list_item(link, struct mail, link);

			if (aborts(mail, change))
				cancel(box, change, false,
				       "given up for what aborts it");
		}
	same = mail->rank >= MAIL_READ ? find_same(box, mail) : NULL;
	n = same ? same->n_sharers : box->n_waiting;
	if (n >= MAILBOX_MOST && mail->rank != MAIL_ABORT) {
		refuse_more(box, mail, n);
	} else if (same) {
		share(box, same, mail);
	} else {
		list_add_tail(&box->waiting[mail->rank], &mail->link);
		box->n_waiting++;
	}
}

/* Before all others of its rank. */
static void put_back(struct mailbox *box, struct mail *mail)
{
	assert(list_empty(&mail->link));
	list_add_tail(box->waiting[mail->rank].next, &mail->link);
	box->n_waiting++;
}

static struct mail *first_of(const struct mailbox *box)
{
	for (size_t i = 0; i < MAIL_N_RANKS; i++)
		if (!list_empty(&box->waiting[i]))
			return list_first(&box->waiting[i], struct mail, link);
	return NULL;
}

bool mailbox_empty(const struct mailbox *box)
{
	return resting(box) && list_empty(&box->ended) && !first_of(box);
}

bool mailbox_suspect(const struct mailbox *box)
{
	return box->breaker.n_silent || pace_slow(&box->pace);
}

void mailbox_give_up(struct mailbox *box, mono_ms now)
{
	bool under_way = !resting(box);
	struct mail *mail = box->current.mail;

	if (under_way) {
		sm_move(&box->sm, MAILBOX_RESTS);
		breaker_unprobed(&box->breaker, now);
	}
	if (under_way && box->current.kind != TRY_PROBE)
		cancel(box, mail,
		       box->current.kind == TRY_MAIL && bmc_op_writes(mail->op),
		       "cancelled");
	while ((mail = first_of(box)))
		cancel(box, mail, false, "cancelled");
}

/* ---- which way ---- */

static bool can(const struct mailbox_way *way, const struct mail *mail)
{
	if (mail->op >= BMC_NMI)
		return way->more_ops & 1u << mail->op;
	return way->http_boot || mail->op != BMC_BOOT_SET ||
	       mail->boot.device != BMC_BOOT_HTTP;
}

/* The best that was not tried in this round; n_ways: none. */
static size_t way_for(const struct mailbox *box, const struct mail *mail)
{
	if (mail->firm_way)
		return mail->ways ? box->n_ways : mail->firm_way - 1u;
	for (size_t i = 0; i < box->n_ways; i++) {
		size_t way = (box->way + i) % box->n_ways;

		if (!(mail->ways & 1u << way) && can(&box->ways[way], mail))
			return way;
	}
	return box->n_ways;
}

/* By another than what was sent went by. */
static size_t way_to_look(const struct mailbox *box, const struct mail *mail)
{
	for (size_t i = 0; i < box->n_ways; i++)
		if (!(mail->ways & 1u << i))
			return i;
	return box->n_ways;
}

static void begin_with(struct mailbox *box, size_t way, mono_ms now)
{
	box->way = (uint8_t)way;
	box->return_at = now + DETOUR_MS;
}

/* The others were tried, and failed. */
static bool was_the_way_out(const struct mailbox_try *try)
{
	return try->kind == TRY_MAIL && try->mail->ways & ~(1u << try->way);
}

/* ---- what to do next ---- */

static void refuse_silent(struct mailbox *box, struct bmc_result *result,
			  mono_ms now)
{
	err_set(&result->err, ERR_UNREACHABLE,
		"not tried, after %u tries without an answer; next try in "
		"%lld s: %.300s",
		box->breaker.n_silent,
		(long long)(box->breaker.until - now + 999) / 1000,
		box->silence ? box->silence->message : "");
}

/* Without asking the BMC, the answer may be known. */
static bool refuse(struct mailbox *box, struct mail *mail, mono_ms now)
{
	struct bmc_result result = { .sent = false };

	if (mail->tries && now >= mail->deadline) {
		conclude(box, mail); /* its turn came too late */
		return true;
	}
	if (box->refusal) {
		result.err = *box->refusal;
		err_wrap(&result.err, "not tried again");
	} else if (!mail->looking && way_for(box, mail) == box->n_ways) {
		err_set(&result.err, ERR_UNSUPPORTED, "no %s by %s",
			mail->op == BMC_BOOT_SET ? "boot by HTTP"
						 : bmc_op_name(mail->op),
			box->ways[0].name);
	} else if (breaker_refuses(&box->breaker, now) &&
		   mail->rank != MAIL_ABORT && !mail->looking) {
		if (mail->result) { /* its own cause tells more */
			conclude(box, mail);
			return true;
		}
		refuse_silent(box, &result, now);
	} else {
		return false;
	}
	if (mail->result && mail->result->sent)
		result.sent = true;
	set_result(mail, &result);
	conclude(box, mail);
	return true;
}

static bool is_its_own_probe(const struct mail *mail)
{
	return mail->op == BMC_POWER_GET || mail->op == BMC_PROBE;
}

/* Who was never heard may be dead, and there may be thousands who are asked
 * for the first time, after a start: it holds its place for a short while. If
 * that was not enough, it is asked again, as a suspect. */
static bool is_first_word(const struct mailbox *box, const struct mail *mail)
{
	return !box->answered && !mail->tries && !bmc_op_writes(mail->op);
}

static void fill_try(const struct mailbox *box, struct mail *mail, mono_ms now,
		     struct mailbox_try *try)
{
	*try = (struct mailbox_try){ .mail = mail, .op = mail->op };
	if (mail->looking) {
		try->kind = TRY_LOOK;
		try->op =
			mail->op == BMC_BOOT_SET ? BMC_BOOT_GET : BMC_POWER_GET;
		try->way = (uint8_t)way_to_look(box, mail);
		try->timeout_ms = mail->deadline - now;
	} else if (breaker_state(&box->breaker) == BREAKER_OPEN &&
		   !is_its_own_probe(mail)) {
		try->kind = TRY_PROBE;
		try->op = BMC_POWER_GET;
		try->way = box->way;
		try->timeout_ms = PROBE_MS;
	} else {
		try->kind = TRY_MAIL;
		try->way = (uint8_t)way_for(box, mail);
		try->timeout_ms = mail->deadline ? mail->deadline - now
						 : mail->timeout_ms;
		if (is_first_word(box, mail) && try->timeout_ms > FIRST_MS)
			try->timeout_ms = FIRST_MS;
	}
	if (try->timeout_ms < 1)
		try->timeout_ms = 1;
}

/* Firmware's own wish holds for aborts, too. */
static mono_ms not_before(const struct mailbox *box, const struct mail *mail)
{
	mono_ms at = box->pace.free_at;

	if (mail->rank == MAIL_ABORT)
		return box->pace.firm;
	return box->again_at > at ? box->again_at : at;
}

static bool to_be_cut(const struct mailbox *box, const struct mail *first)
{
	const struct mail *mail = box->current.mail;

	if (!first || first->rank != MAIL_ABORT ||
	    box->current.kind == TRY_PROBE || mail->rank == MAIL_ABORT)
		return false;
	return mail->rank != MAIL_CHANGE || aborts(first, mail);
}

enum mailbox_next mailbox_next(struct mailbox *box, mono_ms now,
			       struct mailbox_try *try, mono_ms *at)
{
	struct mail *mail = first_of(box);

	if (!resting(box))
		return to_be_cut(box, mail) ? MAILBOX_CUT : MAILBOX_NOTHING;
	if (box->way && now >= box->return_at)
		box->way = 0;
	while (mail && refuse(box, mail, now))
		mail = first_of(box);
	if (!mail)
		return MAILBOX_NOTHING;
	*at = not_before(box, mail);
	if (now < *at)
		return MAILBOX_WAIT;
	fill_try(box, mail, now, try);
	return MAILBOX_TRY;
}

void mailbox_begin(struct mailbox *box, mono_ms now,
		   const struct mailbox_try *try)
{
	struct mail *mail = try->mail;

	sm_move(&box->sm, MAILBOX_TRYING);
	box->current = *try;
	box->began = now;
	if (breaker_state(&box->breaker) == BREAKER_OPEN)
		breaker_probe(&box->breaker);
	if (try->kind == TRY_PROBE)
		return; /* it goes on waiting */
	take_out(box, mail);
	if (try->kind == TRY_LOOK)
		return;
	if (!mail->ways)
		mail->tries++;
	mail->ways |= (uint8_t)(1u << try->way);
	if (!mail->deadline)
		mail->deadline = now + mail->timeout_ms;
}

/* ---- what came of it ---- */

/* Not a word of the BMC. */
static bool is_silent(const struct bmc_result *result)
{
	return (result->err.code == ERR_UNREACHABLE ||
		result->err.code == ERR_TIMEOUT) &&
	       result->power == BMC_POWER_UNKNOWN && !result->report;
}

/* Ours, or nobody's, failures say nothing of the BMC. */
static bool is_word(const struct bmc_result *result)
{
	switch (result->err.code) {
	case ERR_UNREACHABLE:
	case ERR_TIMEOUT:
		return !is_silent(result);
	case ERR_CANCELLED:
	case ERR_IO:
	case ERR_INVALID:
	case ERR_NO_SPACE:
	case ERR_OUTCOME:
		return false;
	default:
		return true;
	}
}

static enum pace_news news_of(const struct bmc_result *result)
{
	switch (result->err.code) {
	case ERR_NONE:
		return PACE_GOOD;
	case ERR_UNREACHABLE:
	case ERR_TIMEOUT:
	case ERR_BUSY:
	case ERR_PROTOCOL:
		return PACE_BAD;
	default:
		return PACE_NEITHER;
	}
}

static void keep(struct err **kept, const struct err *err)
{
	if (!*kept)
		*kept = xmalloc(sizeof(**kept));
	**kept = *err;
}

void mailbox_freeze(struct mailbox *box, const struct err *cause)
{
	keep(&box->refusal, cause);
}

static void note_health(struct mailbox *box, mono_ms now,
			const struct bmc_result *result, struct rng *rng)
{
	size_t way = box->current.way;
	int64_t took_ms = now - box->began;

	if (took_ms < 1)
		took_ms = 1;
	pace_ended(&box->pace, now, news_of(result),
		   bmc_op_writes(box->current.op) ? 0 : took_ms);
	if (is_silent(result)) {
		breaker_silent(&box->breaker, now, rng);
		keep(&box->silence, &result->err);
		if (breaker_state(&box->breaker) == BREAKER_OPEN)
			begin_with(box, (way + 1) % box->n_ways, now);
	} else if (is_word(result)) {
		breaker_answered(&box->breaker);
		free(box->silence);
		box->silence = NULL;
		box->answered = true;
		if (!result->err.code && was_the_way_out(&box->current))
			begin_with(box, way, now);
	} else {
		breaker_unprobed(&box->breaker, now);
	}
	if (result->err.code == ERR_AUTH)
		keep(&box->refusal, &result->err);
}

/* What the deadline cut short, or cannot be by this way, is less than what is
 * known; of two ways that failed people want both causes. */
static void add_result(struct mailbox *box, struct mail *mail, mono_ms now,
		       const struct bmc_result *result)
{
	const struct bmc_result *old = mail->result;
	struct bmc_result joined = *result;
	bool first = !(mail->ways & (mail->ways - 1));

	if (old && old->sent)
		joined.sent = true;
	if (!old || !old->err.code || !result->err.code) {
		set_result(mail, &joined);
		return;
	}
	if (!result->sent &&
	    (result->err.code == ERR_UNSUPPORTED ||
	     (result->err.code == ERR_TIMEOUT && now >= mail->deadline))) {
		bmc_report_free(result->report);
		return;
	}
	if (!first && !mail->firm_way)
		err_set(&joined.err, result->err.code,
			"by %s: %.200s; before by another way: %.200s",
			box->ways[box->current.way].name, result->err.message,
			old->err.message);
	set_result(mail, &joined);
}

static bool goes_by_another_way(const struct mailbox *box,
				const struct mail *mail, mono_ms now,
				const struct bmc_result *result)
{
	switch (result->err.code) {
	case ERR_UNREACHABLE:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
	case ERR_UNSUPPORTED:
		return !mail->result->sent && now < mail->deadline &&
		       way_for(box, mail) < box->n_ways;
	default:
		return false;
	}
}

/* It may have been done, and this way does not say. */
static bool is_to_be_looked_for(const struct mailbox *box,
				const struct mail *mail,
				const struct bmc_result *result)
{
	if (!result->sent || mail->looks ||
	    (mail->op != BMC_POWER_SET && mail->op != BMC_BOOT_SET) ||
	    way_to_look(box, mail) == box->n_ways)
		return false;
	return is_silent(result) || result->err.code == ERR_OUTCOME ||
	       result->err.code == ERR_PROTOCOL;
}

static bool may_repeat(struct mailbox *box, struct mail *mail, mono_ms now,
		       struct rng *rng)
{
	mono_ms at = now + backoff_ms(mail->tries, RETRY_MS, RETRY_CAP_MS, rng);

	if (!err_worth_retry(&mail->result->err) || mail->result->sent ||
	    mail->tries >= MAX_TRIES ||
	    breaker_state(&box->breaker) != BREAKER_CLOSED)
		return false;
	if (at < box->pace.free_at)
		at = box->pace.free_at;
	if (at + LEAST_TRY_MS > mail->deadline)
		return false;
	box->again_at = at;
	return true;
}

static void mail_done(struct mailbox *box, mono_ms now,
		      const struct bmc_result *result, struct rng *rng)
{
	struct mail *mail = box->current.mail;

	add_result(box, mail, now, result);
	if (!mail->result->err.code) {
		conclude(box, mail);
	} else if (goes_by_another_way(box, mail, now, result)) {
		put_back(box, mail);
	} else if (is_to_be_looked_for(box, mail, result)) {
		mail->looking = true;
		if (mail->deadline < now + LOOK_MS)
			mail->deadline = now + LOOK_MS;
		put_back(box, mail);
	} else if (may_repeat(box, mail, now, rng)) {
		mail->ways = 0;
		put_back(box, mail);
	} else {
		conclude(box, mail);
	}
}

/* ---- looking for what may have been done ---- */

/* To do it again does no harm, for it only moves to a state. */
static bool has_goal(const struct mail *mail)
{
	return mail->op == BMC_BOOT_SET || mail->action == BMC_ACTION_ON ||
	       mail->action == BMC_ACTION_OFF;
}

static bool is_there(const struct mail *mail, const struct bmc_result *seen)
{
	if (mail->op == BMC_BOOT_SET)
		return seen->boot.device == mail->boot.device &&
		       seen->boot.persistent == mail->boot.persistent;
	return bmc_action_needless(mail->action, seen->power);
}

static void outcome_unknown(struct mailbox *box, struct mail *mail,
			    const struct bmc_result *seen)
{
	struct bmc_result *result = mail->result;
	const char *by = box->ways[box->current.way].name;
	struct err was = result->err;

	if (seen->err.code)
		err_set(&result->err, ERR_OUTCOME,
			"%.220s; looked for by %s: %.180s", was.message, by,
			seen->err.message);
	else if (mail->op == BMC_BOOT_SET)
		err_set(&result->err, ERR_OUTCOME, "%.300s; %s says boot is %s",
			was.message, by, bmc_device_name(seen->boot.device));
	else
		err_set(&result->err, ERR_OUTCOME,
			"%.300s; %s says power is %s", was.message, by,
			bmc_power_name(seen->power));
	result->power = seen->power;
	conclude(box, mail);
}

static void look_done(struct mailbox *box, mono_ms now,
		      const struct bmc_result *seen)
{
	struct mail *mail = box->current.mail;
	mono_ms again = now + bmc_poll_ms(mail->looks++);

	bmc_report_free(seen->report);
	if (!seen->err.code && is_there(mail, seen)) {
		struct bmc_result result = *seen;

		result.report = NULL;
		result.sent = true;
		result.changed = true;
		result.verified = true;
		set_result(mail, &result);
		conclude(box, mail);
	} else if (seen->err.code || !has_goal(mail)) {
		outcome_unknown(box, mail, seen);
	} else if (mail->looks < MAX_LOOKS && again < mail->deadline) {
		box->again_at = again;
		put_back(box, mail);
	} else if (now + LEAST_TRY_MS <= mail->deadline) {
		/* It surely was not done: by this way, which says so. */
		mail->looking = false;
		mail->firm_way = (uint8_t)(box->current.way + 1);
		mail->ways = 0;
		put_back(box, mail);
	} else {
		outcome_unknown(box, mail, seen);
	}
}

/* Who it was for may have ended meanwhile. */
static void probe_done(struct mailbox *box, mono_ms now,
		       const struct bmc_result *seen)
{
	struct mail *mail = first_of(box);

	bmc_report_free(seen->report);
	/* An abort does not wait for the next one. */
	if (mail && mail->rank == MAIL_ABORT &&
	    breaker_state(&box->breaker) == BREAKER_OPEN) {
		struct bmc_result result = { .sent = false };

		refuse_silent(box, &result, now);
		set_result(mail, &result);
		conclude(box, mail);
	}
}

void mailbox_done(struct mailbox *box, mono_ms now,
		  const struct bmc_result *result, struct rng *rng)
{
	sm_move(&box->sm, MAILBOX_RESTS);
	note_health(box, now, result, rng);
	switch (box->current.kind) {
	case TRY_MAIL:
		mail_done(box, now, result, rng);
		break;
	case TRY_PROBE:
		probe_done(box, now, result);
		break;
	case TRY_LOOK:
		look_done(box, now, result);
		break;
	}
}

void mailbox_cut(struct mailbox *box, mono_ms now)
{
	struct mail *mail = box->current.mail;

	sm_move(&box->sm, MAILBOX_RESTS);
	breaker_unprobed(&box->breaker, now);
	pace_ended(&box->pace, now, PACE_NEITHER, 0);
	if (mail->rank == MAIL_CHANGE) {
		cancel(box, mail, box->current.kind == TRY_MAIL,
		       "broken off for what aborts it");
		return;
	}
	mail->ways &= (uint8_t) ~(1u << box->current.way);
	if (!mail->ways && --mail->tries == 0)
		mail->deadline = 0;
	put_back(box, mail);
}
