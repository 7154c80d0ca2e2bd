/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * The part of redfish_op that takes answers: those that any request may get,
 * and those to a write and what follows it.
 */
#define MAX_TRIES     5
#define MAX_UNTIMELY  6
#define MAX_REDIRECTS 3
#define MAX_SETTLING  8
#define MAX_TASK      60 /* looks at a task before looking at the thing */
#define MAX_WAIT_S    30

bool redfish_is_good(const struct redfish_response *r)
{
	return r->status >= 200 && r->status < 300;
}

static void fail_answer(struct redfish_op *op, const struct redfish_response *r)
{
	redfish_fail_answer(op, r);
	if (r->status == 404) /* it moved: find everything anew */
		redfish_session_forget(op->session);
}

/* Nothing of this write has happened; of earlier ones something may have. */
static void nothing_sent(struct redfish_op *op)
{
	if (op->sm.state == REDFISH_AT_WRITE)
		op->result.sent = op->n_accepted > 0;
}

static void on_page(struct redfish_op *op, const struct redfish_response *r)
{
	if (op->identifying)
		redfish_on_identity(op, r);
	else if (redfish_is_good(r))
		op->subject->page(op, r);
	else if (!op->subject->missing || !op->subject->missing(op, r))
		fail_answer(op, r);
}

static void on_read(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;
	bool slash = strchr(op->url, '?') || str_ends(op->url, "/");

	if (op->with_slash && redfish_is_good(r) && !session->slashed) {
		session->slashed = true;
		session->learnt = true;
	}
	if (r->status == 404 && !slash && !op->with_slash) {
		op->with_slash = true;
		redfish_resend(op);
	} else if (op->sm.state == REDFISH_AT_PAGE) {
		on_page(op, r);
	} else if (r->status == 404 && op->sm.state == REDFISH_AT_SYSTEM &&
		   !op->rediscovered && op->member >= op->members.n) {
		op->rediscovered = true;
		redfish_session_forget(session);
		redfish_go_on(op);
	} else if (r->status == 304 && op->conditional) {
		redfish_on_unchanged(op);
	} else if (!redfish_is_good(r)) {
		fail_answer(op, r);
	} else if (op->sm.state == REDFISH_AT_SYSTEMS) {
		redfish_on_systems(op, r);
	} else {
		redfish_on_system(op, r);
	}
}

static void refuse(struct redfish_op *op, const struct redfish_response *r)
{
	enum redfish_reason reason;

	redfish_parse_error(r->status, r->body, r->body_len, &reason,
			    &op->refusal);
	err_wrap(&op->refusal, "%s", sm_name(&op->sm));
	nothing_sent(op);
	op->in_post = reason == REDFISH_REASON_POST;
	op->untimely = op->in_post;
	if (op->in_post) {
		redfish_look_first(op);
		return;
	}
	if (op->subject->refused && op->subject->refused(op, r))
		return;
	if (r->status == 403 || r->status == 404 || r->status == 405 ||
	    r->status == 501)
		redfish_fail_refused(op);
	else
		redfish_look_first(op);
}

static void lose(struct redfish_op *op, const struct redfish_response *r)
{
	redfish_say(op, r, &op->refusal);
	op->lost = true;
	redfish_look_after(op);
}

static void on_write(struct redfish_op *op, const struct redfish_response *r)
{
	if (op->subject->taken && op->subject->taken(op, r))
		return;
	if (!redfish_is_good(r) && (r->status < 500 || r->status == 501)) {
		refuse(op, r);
		return;
	}
	if (!redfish_is_good(r)) {
		lose(op, r); /* it may have done it all the same */
		return;
	}
	op->n_accepted++;
	op->monitor[0] = '\0';
	if (r->status == 202 &&
	    (!r->location || !redfish_local_path(op->monitor, r->location)))
		redfish_parse_session(r->body, r->body_len, op->monitor);
	if (!*op->monitor) {
		redfish_look_after(op);
		return;
	}
	op->polls = 0;
	op->written = true;
	redfish_pause(op, redfish_retry_s(r->retry_after, 1, MAX_WAIT_S) * 1000,
		      REDFISH_AT_TASK);
}

/* DSP0266, 12.2: 202 while it runs; what was asked for at its end. */
static void on_task(struct redfish_op *op, const struct redfish_response *r)
{
	enum redfish_task task = REDFISH_TASK_RUNS;

	if (redfish_is_good(r) && r->status != 202)
		task = redfish_parse_task(r->body, r->body_len, &op->refusal);
	if (r->status == 404 || r->status == 410) {
		redfish_look_after(op); /* many forget a task when it is over */
	} else if (r->status >= 400 && r->status < 500) {
		redfish_say(op, r, &op->refusal);
		op->untimely = false;
		redfish_look_first(op);
	} else if (task == REDFISH_TASK_FAILED) {
		op->untimely = false;
		redfish_look_first(op);
	} else if (task == REDFISH_TASK_DONE || op->polls >= MAX_TASK) {
		op->polls = 0;
		redfish_go(op, REDFISH_AT_LOOK);
	} else {
		int64_t wait_ms = bmc_poll_ms(op->polls++);

		if (r->retry_after)
			wait_ms =
				redfish_retry_s(r->retry_after, 1, MAX_WAIT_S) *
				1000;
		redfish_pause(op, wait_ms, REDFISH_AT_TASK);
	}
}

enum redfish_look redfish_settle(struct redfish_op *op, bool agrees,
				 const char *what)
{
	if (agrees)
		return REDFISH_AGREES;
	if (op->refused || op->polls < MAX_SETTLING)
		return REDFISH_NOT_YET;
	err_set(&op->result.err, ERR_MISMATCH,
		"%s: the BMC took the change, and did not make it", what);
	return REDFISH_DIFFERS;
}

/* It was refused, and is not so: again after a while, if that may help. */
static void after_refusal(struct redfish_op *op)
{
	unsigned most = op->in_post ? 4 * MAX_UNTIMELY : MAX_UNTIMELY;

	if (!op->untimely || op->n_untimely++ >= most) {
		redfish_fail_refused(op);
		return;
	}
	op->refused = false;
	redfish_pause(op, op->session->rules.untimely_ms, REDFISH_AT_WRITE);
}

static void on_look(struct redfish_op *op, const struct redfish_response *r)
{
	enum redfish_look look = REDFISH_NOT_YET;

	if (redfish_is_good(r) || op->subject->any_answer)
		look = op->subject->look(op, r);
	else
		redfish_say(op, r, &op->last);
	if (redfish_op_done(op) || look == REDFISH_WRITES)
		return;
	if (look == REDFISH_DIFFERS)
		redfish_fail_result(op);
	else if (look == REDFISH_NOT_YET && op->refused)
		after_refusal(op);
	else if (look == REDFISH_NOT_YET)
		redfish_look_again(op);
	else if (!op->subject->next || !op->subject->next(op))
		redfish_finish(op, !op->refused);
}

/* ---- answers that any request may get ---- */

static void on_silence(struct redfish_op *op, const struct redfish_response *r)
{
	unsigned state = op->sm.state;

	if (state == REDFISH_AT_LOOK || state == REDFISH_AT_TASK) {
		/* A BMC is often away for a while after a command. */
		op->last = r->err;
		redfish_pause(op, bmc_poll_ms(op->polls++), state);
		return;
	}
	if (state == REDFISH_AT_WRITE && op->subject->taken &&
	    op->subject->taken(op, r))
		return;
	if (state == REDFISH_AT_WRITE && r->sent) {
		lose(op, r);
		return;
	}
	if (state == REDFISH_AT_PAGE && op->identifying &&
	    r->err.code != ERR_UNREACHABLE) {
		redfish_on_identity(op, r);
		return;
	}
	if (state == REDFISH_AT_PAGE && op->expanded &&
	    r->err.code == ERR_TOO_BIG) {
		op->session->expand = false;
		op->session->learnt = true;
		redfish_resend(op);
		return;
	}
	if (state == REDFISH_AT_PAGE && r->err.code != ERR_UNREACHABLE &&
	    op->subject->missing && op->subject->missing(op, r))
		return;
	nothing_sent(op);
	redfish_fail_answer(op, r);
}

/* A token runs out, or the BMC has restarted: log in anew, once. */
static void on_unauthorized(struct redfish_op *op)
{
	struct redfish_session *session = op->session;

	nothing_sent(op);
	if (op->by_basic) {
		session->basic_fails = true;
		session->learnt = true;
		redfish_fail(op, ERR_BUSY,
			     "all of the BMC's sessions are taken, and it does "
			     "not take basic authentication");
	} else if (session->basic) {
		redfish_fail_auth(op);
	} else if (op->relogin) {
		redfish_fail(op, ERR_AUTH,
			     "the BMC takes the login, and then refuses its "
			     "token");
	} else {
		op->relogin = true;
		session->identified = false;
		redfish_session_drop_token(session);
		redfish_go(op, REDFISH_AT_LOGIN);
	}
}

/* A session is not to be had, but one request may do without. */
static bool is_full(const struct redfish_op *op,
		    const struct redfish_response *r)
{
	enum redfish_reason reason;
	struct err ignored;

	if (op->sm.state != REDFISH_AT_LOGIN || op->session->basic_fails)
		return false;
	redfish_parse_error(r->status, r->body, r->body_len, &reason, &ignored);
	return op->tries > 2 || reason == REDFISH_REASON_SESSIONS;
}

static void on_busy(struct redfish_op *op, const struct redfish_response *r)
{
	unsigned state = op->sm.state;

	/* What does not say when, may have come from before the BMC's own
	 * server, and behind it the command have been carried out. */
	if (state == REDFISH_AT_WRITE && !r->retry_after && op->once) {
		lose(op, r);
		return;
	}
	nothing_sent(op);
	op->tries++;
	if (is_full(op, r)) {
		op->by_basic = true;
		redfish_go_on(op);
		return;
	}
	if (op->tries > MAX_TRIES && state != REDFISH_AT_LOOK &&
	    state != REDFISH_AT_TASK) {
		redfish_say(op, r, &op->result.err);
		op->result.err.code = ERR_BUSY;
		redfish_fail_result(op);
		return;
	}
	redfish_pause(op, redfish_retry_s(r->retry_after, 5, MAX_WAIT_S) * 1000,
		      state);
}

/* Only on the same server: our token goes along. */
static void on_redirect(struct redfish_op *op, const struct redfish_response *r)
{
	nothing_sent(op);
	if (!redfish_redirect_path(op->redirect, r->location, op->target))
		redfish_fail(op, ERR_DENIED,
			     "%s: the BMC sends us to %.200s: not followed",
			     redfish_state_name(op, op->sm.state), r->location);
	else if (++op->n_redirects > MAX_REDIRECTS)
		redfish_fail(op, ERR_PROTOCOL, "%s: redirects without end",
			     redfish_state_name(op, op->sm.state));
	else
		redfish_resend(op);
}

static bool is_redirect(const struct redfish_response *r)
{
	return r->location &&
	       (r->status == 301 || r->status == 302 || r->status == 303 ||
		r->status == 307 || r->status == 308);
}

static bool has(const struct redfish_response *r, const char *name)
{
	return memmem(r->body, r->body_len, name, strlen(name));
}

/* It was asked for these members, and knows them. */
static bool leaves_out(const struct redfish_op *op,
		       const struct redfish_response *r)
{
	return op->selected && redfish_is_good(r) &&
	       (!has(r, "\"PowerState\"") ||
		(str_ends(op->url, ",Boot") && !has(r, "\"Boot\"")));
}

/* What was asked for in a way that the BMC only claims to know. True: it is
 * asked for again. */
static bool ask_plainly(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;
	bool strange = r->status == 400 || r->status == 405 ||
		       r->status == 500 || r->status == 501;

	if (r->status == 406 && !session->coded) {
		session->coded = true;
		nothing_sent(op);
	} else if ((strange && op->selected) || leaves_out(op, r)) {
		session->select = false;
	} else if (strange && op->expanded) {
		session->expand = false;
	} else {
		return false;
	}
	session->learnt = true;
	redfish_resend(op);
	return true;
}

static void on_answer(struct redfish_op *op, const struct redfish_response *r)
{
	switch (op->sm.state) {
	case REDFISH_AT_ROOT:
		redfish_on_root(op, r);
		break;
	case REDFISH_AT_LOGIN:
		redfish_on_login(op, r);
		break;
	case REDFISH_AT_WRITE:
		on_write(op, r);
		break;
	case REDFISH_AT_TASK:
		on_task(op, r);
		break;
	case REDFISH_AT_LOOK:
		on_look(op, r);
		break;
	default:
		on_read(op, r);
		break;
	}
}

void redfish_op_input(struct redfish_op *op, mono_ms now,
		      const struct redfish_response *r)
{
	unsigned state = op->sm.state;
	bool own = state == REDFISH_AT_LOOK && op->subject->any_answer;

	op->now = now;
	/* What comes when nothing is out is of an earlier request. */
	if (redfish_op_done(op) || state == REDFISH_AT_PAUSE || op->ready)
		return;
	if (own)
		on_look(op, r);
	else if (!r->status)
		on_silence(op, r);
	else if (is_redirect(r))
		on_redirect(op, r);
	else if (r->status == 503 || r->status == 429)
		on_busy(op, r);
	else if (ask_plainly(op, r))
		return;
	else if (r->status == 401 && state != REDFISH_AT_ROOT &&
		 state != REDFISH_AT_LOGIN)
		on_unauthorized(op);
	else
		on_answer(op, r);
}
