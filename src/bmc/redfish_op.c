/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_op.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 *	ROOT --> LOGIN --> SYSTEMS --> SYSTEM <--> PAGE ----> DONE (a read)
 *	                                  \        /
 *	                                   v      v
 *	                          TASK <--> WRITE <--> LOOK --> DONE
 *	                             \----------------> ^
 *
 * What the session knows already is skipped. 401 leads from anywhere to
 * LOGIN, once; "later" to PAUSE and back; everything to FAILED.
 */

#define TO(state) SM_TO(REDFISH_AT_##state)
#define ALWAYS    (TO(LOGIN) | TO(PAUSE) | TO(FAILED))
/* Where an operation goes on when it is logged in. */
#define BEGIN (TO(SYSTEMS) | TO(SYSTEM) | TO(PAGE))

static const struct sm_state states[] = {
	[REDFISH_AT_ROOT] = { "root", ALWAYS | BEGIN },
	[REDFISH_AT_LOGIN] = { "login", ALWAYS | BEGIN | TO(LOOK) },
	[REDFISH_AT_SYSTEMS] = { "systems", ALWAYS | TO(SYSTEM) | TO(PAGE) },
	[REDFISH_AT_SYSTEM] = { "system", ALWAYS | TO(ROOT) | TO(SYSTEM) |
						  TO(PAGE) | TO(WRITE) |
						  TO(DONE) },
	[REDFISH_AT_PAGE] = { "page",
			      ALWAYS | TO(PAGE) | TO(WRITE) | TO(DONE) },
	[REDFISH_AT_WRITE] = { "write", ALWAYS | TO(PAGE) | TO(WRITE) |
						TO(LOOK) | TO(DONE) },
	[REDFISH_AT_TASK] = { "task", ALWAYS | TO(LOOK) },
	[REDFISH_AT_LOOK] = { "look",
			      ALWAYS | TO(PAGE) | TO(WRITE) | TO(DONE) },
	[REDFISH_AT_PAUSE] = { "pause", BEGIN | TO(ROOT) | TO(LOGIN) |
						TO(WRITE) | TO(TASK) |
						TO(LOOK) | TO(FAILED) },
	[REDFISH_AT_DONE] = { "done", 0 },
	[REDFISH_AT_FAILED] = { "failed", 0 },
};

static const struct redfish_subject *const subjects[BMC_N_OPS] = {
	[BMC_PROBE] = &redfish_read_subject,
	[BMC_POWER_GET] = &redfish_read_subject,
	[BMC_POWER_SET] = &redfish_power_subject,
	[BMC_BOOT_GET] = &redfish_read_subject,
	[BMC_BOOT_SET] = &redfish_boot_subject,
	[BMC_MEDIA_INSERT] = &redfish_media_subject,
	[BMC_MEDIA_EJECT] = &redfish_media_subject,
	[BMC_NMI] = &redfish_power_subject,
	[BMC_IDENTIFY] = &redfish_light_subject,
	[BMC_BMC_RESET] = &redfish_restart_subject,
	[BMC_LOG_READ] = &redfish_log_subject,
	[BMC_LOG_CLEAR] = &redfish_log_subject,
	[BMC_SENSORS] = &redfish_sensors_subject,
	[BMC_PASSWORD_SET] = &redfish_password_subject,
	[BMC_INVENTORY] = &redfish_inventory_subject,
	[BMC_SECURE_BOOT_GET] = &redfish_secure_subject,
	[BMC_SECURE_BOOT_SET] = &redfish_secure_subject,
	[BMC_BIOS_GET] = &redfish_bios_subject,
	[BMC_BIOS_SET] = &redfish_bios_subject,
};

static const char *const kinds[REDFISH_N_KINDS] = {
	[REDFISH_ACTION_INFO] = "action info",
	[REDFISH_MANAGERS] = "managers",
	[REDFISH_MANAGER] = "manager",
	[REDFISH_SETTINGS] = "boot settings",
	[REDFISH_MEDIA_LIST] = "drives",
	[REDFISH_MEDIA] = "drive",
	[REDFISH_CHASSES] = "chassis",
	[REDFISH_CHASSIS] = "chassis",
	[REDFISH_CPU] = "processors",
	[REDFISH_DIMM] = "memory",
	[REDFISH_NIC] = "network interfaces",
	[REDFISH_STORAGE] = "storage",
	[REDFISH_DRIVE] = "disk",
	[REDFISH_UPDATE] = "update service",
	[REDFISH_FIRMWARE] = "firmware",
	[REDFISH_THERMAL] = "thermal",
	[REDFISH_POWER] = "power",
	[REDFISH_SENSOR] = "sensors",
	[REDFISH_LOG_SERVICE] = "log",
	[REDFISH_LOG_ENTRY] = "log entries",
	[REDFISH_SECURE_BOOT] = "secure boot",
	[REDFISH_BIOS] = "BIOS",
	[REDFISH_BIOS_SETTINGS] = "BIOS settings",
	[REDFISH_ACCOUNTS] = "accounts",
	[REDFISH_ACCOUNT] = "account",
};

/* ---- what is next ---- */

const char *redfish_state_name(const struct redfish_op *op, unsigned state)
{
	return state == REDFISH_AT_PAGE ? kinds[op->page.kind]
					: states[state].name;
}

/* A step that sends a request. */
void redfish_go(struct redfish_op *op, unsigned state)
{
	const struct redfish_session *session = op->session;

	if (op->sm.state != REDFISH_AT_PAUSE)
		op->tries = 0;
	sm_move(&op->sm, state);
	op->ready = true;
	op->ready_at = op->now;
	if (session->sent_at && session->rules.gap_ms)
		op->ready_at = session->sent_at + session->rules.gap_ms;
	op->redirect[0] = '\0';
	op->n_redirects = 0;
	op->with_slash = false;
}

/* The same request once more, in another way. */
void redfish_resend(struct redfish_op *op)
{
	op->ready = true;
	op->ready_at = op->now;
}

void redfish_pause(struct redfish_op *op, int64_t wait_ms, unsigned after)
{
	op->wake = op->now + wait_ms;
	op->after = after;
	op->ready = false;
	sm_move(&op->sm, REDFISH_AT_PAUSE);
}

void redfish_read_system(struct redfish_op *op)
{
	redfish_go(op, REDFISH_AT_SYSTEM);
}

void redfish_read_page(struct redfish_op *op, enum redfish_kind kind,
		       const char *path)
{
	op->page.kind = kind;
	op->page.list = false;
	if (path != op->page.path)
		str_copy(op->page.path, sizeof(op->page.path), path);
	redfish_go(op, REDFISH_AT_PAGE);
}

void redfish_read_next(struct redfish_op *op)
{
	const struct redfish_page *page = redfish_links_take(&op->links);

	if (!page) {
		op->subject->end(op);
		return;
	}
	op->page = *page;
	redfish_go(op, REDFISH_AT_PAGE);
}

void redfish_write(struct redfish_op *op)
{
	redfish_go(op, REDFISH_AT_WRITE);
}

void redfish_write_anew(struct redfish_op *op, int64_t wait_ms)
{
	op->written = false;
	op->refused = false;
	op->lost = false;
	op->forms_tried = 0;
	if (wait_ms > 0)
		redfish_pause(op, wait_ms, REDFISH_AT_WRITE);
	else
		redfish_go(op, REDFISH_AT_WRITE);
}

void redfish_look_first(struct redfish_op *op)
{
	op->refused = true;
	redfish_go(op, REDFISH_AT_LOOK);
}

void redfish_look_again(struct redfish_op *op)
{
	redfish_pause(op, bmc_poll_ms(op->polls++), REDFISH_AT_LOOK);
}

/* The write was taken, or its answer was lost. */
void redfish_look_after(struct redfish_op *op)
{
	op->written = true;
	op->polls = 0;
	redfish_look_again(op);
}

void redfish_finish(struct redfish_op *op, bool changed)
{
	op->result.changed = changed;
	op->result.verified = true;
	sm_move(&op->sm, REDFISH_AT_DONE);
}

void redfish_finish_unverified(struct redfish_op *op)
{
	op->result.changed = true;
	sm_move(&op->sm, REDFISH_AT_DONE);
}

void redfish_fail_result(struct redfish_op *op)
{
	sm_move(&op->sm, REDFISH_AT_FAILED);
}

void redfish_fail(struct redfish_op *op, enum err_code code, const char *format,
		  ...)
{
	char text[sizeof(op->result.err.message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err_set(&op->result.err, code, "%s", text);
	redfish_fail_result(op);
}

void redfish_say(const struct redfish_op *op, const struct redfish_response *r,
		 struct err *err)
{
	if (r->status)
		redfish_parse_error(r->status, r->body, r->body_len, NULL, err);
	else
		*err = r->err;
	err_wrap(err, "%s", redfish_state_name(op, op->sm.state));
}

void redfish_fail_answer(struct redfish_op *op,
			 const struct redfish_response *r)
{
	redfish_say(op, r, &op->result.err);
	redfish_fail_result(op);
}

void redfish_fail_refused(struct redfish_op *op)
{
	op->result.err = op->refusal;
	redfish_fail_result(op);
}

/* ---- finding the system ---- */

/* On from wherever the operation is, by what is not known yet. */
void redfish_go_on(struct redfish_op *op)
{
	struct redfish_session *session = op->session;
	const char *name = op->target->system;
	char path[BMC_PATH_SIZE];

	if (!session->systems) {
		redfish_go(op, REDFISH_AT_ROOT);
		return;
	}
	if (!session->token && !session->basic && !op->by_basic) {
		redfish_go(op, REDFISH_AT_LOGIN);
		return;
	}
	if (op->written) {
		redfish_go(op, REDFISH_AT_LOOK);
		return;
	}
	if (!op->subject->no_system && !session->system) {
		if (*name != '/' || !redfish_local_path(path, name)) {
			redfish_go(op, REDFISH_AT_SYSTEMS);
			return;
		}
		redfish_learn(session, &session->system, path);
	}
	op->member = op->members.n;
	if (op->subject->begin)
		op->subject->begin(op);
	else
		redfish_go(op, REDFISH_AT_SYSTEM);
}

void redfish_op_init(struct redfish_op *op, struct redfish_session *session,
		     const struct bmc_target *target,
		     const struct bmc_request *request, mono_ms now)
{
	memset(op, 0, sizeof(*op));
	op->target = target;
	op->session = session;
	op->request = *request;
	op->now = now;
	op->action = request->action;
	op->deadline = now + bmc_op_timeout_ms(request);
	op->subject = subjects[request->op];
	/* A pause of no length: the first step follows from the session. */
	sm_init(&op->sm, states, ARRAY_LEN(states), REDFISH_AT_PAUSE);
	if (session->rules.sessions == BMC_USE_NEVER || target->basic)
		session->basic = true;
	if (op->subject)
		redfish_go_on(op);
	else
		redfish_fail(op, ERR_UNSUPPORTED, "no %s by Redfish",
			     bmc_op_name(request->op));
}

static void drop_body(struct redfish_op *op)
{
	if (op->body)
		secret_wipe(op->body, strlen(op->body));
	free(op->body);
	op->body = NULL;
}

void redfish_op_release(struct redfish_op *op)
{
	drop_body(op);
	redfish_links_release(&op->links);
	if (op->draft)
		secret_wipe(op->draft, strlen(op->draft));
	free(op->draft);
	op->draft = NULL;
	bmc_report_free(op->result.report);
	op->result.report = NULL;
	secret_wipe(&op->request, sizeof(op->request));
}

/* ---- requests ---- */

bool redfish_is_poll(const struct redfish_op *op)
{
	return op->request.op == BMC_POWER_GET && !op->session->wished &&
	       op->member >= op->members.n;
}

static bool may_select(const struct redfish_op *op)
{
	unsigned rule = op->session->rules.select;

	return rule != BMC_USE_NEVER &&
	       (op->session->select || rule == BMC_USE_ALWAYS);
}

/* A collection whose members are wanted, and not only which there are. */
static bool is_part(enum redfish_kind kind)
{
	return (kind >= REDFISH_CPU && kind <= REDFISH_FIRMWARE) ||
	       kind == REDFISH_SENSOR;
}

/* DSP0266, 7.3: what of a resource is wanted; "" for all of it. */
static const char *query_of(struct redfish_op *op)
{
	const struct redfish_session *session = op->session;
	bool looks = op->sm.state == REDFISH_AT_LOOK;

	op->selected = (looks || op->sm.state == REDFISH_AT_SYSTEM) &&
		       (looks || !op->subject->whole) && may_select(op) &&
		       op->member >= op->members.n;
	op->expanded = op->sm.state == REDFISH_AT_PAGE && op->page.list &&
		       is_part(op->page.kind) && session->expand &&
		       session->rules.expand != BMC_USE_NEVER;
	if (op->selected && redfish_is_poll(op))
		return "?$select=PowerState,BootProgress";
	if (op->selected)
		return "?$select=PowerState,BootProgress,Boot";
	if (op->expanded)
		return "?$expand=.($levels=1)";
	if (op->sm.state == REDFISH_AT_PAGE && op->page.list && session->top &&
	    op->page.kind == REDFISH_LOG_ENTRY)
		return "?$top=1000";
	return "";
}

static const char *path_of(const struct redfish_op *op)
{
	const struct redfish_session *session = op->session;

	switch (op->sm.state) {
	case REDFISH_AT_ROOT:
		return "/redfish/v1/";
	case REDFISH_AT_SYSTEMS:
		return redfish_str(session->systems);
	case REDFISH_AT_PAGE:
		return op->page.path;
	case REDFISH_AT_TASK:
		return op->monitor;
	case REDFISH_AT_SYSTEM:
		return op->member < op->members.n
			       ? op->members.paths[op->member]
			       : redfish_str(session->system);
	default:
		return redfish_str(session->system);
	}
}

static void build_get(struct redfish_op *op, struct redfish_request *out)
{
	struct redfish_session *session = op->session;
	const char *path = path_of(op);
	bool slash = op->with_slash ||
		     ((session->slashed || session->rules.slash) &&
		      (op->sm.state == REDFISH_AT_SYSTEMS || op->page.list));
	const char *query = strchr(path, '?') ? "" : query_of(op);

	snprintf(op->url, sizeof(op->url), "%s%s%s", path,
		 slash && !strchr(path, '?') && !str_ends(path, "/") ? "/" : "",
		 query);
	out->method = "GET";
	out->path = op->url;
	op->conditional = false;
	if (op->sm.state != REDFISH_AT_SYSTEM || !redfish_is_poll(op) ||
	    !session->poll_etag)
		return;
	op->conditional = session->rules.conditional == BMC_USE_ALWAYS ||
			  (session->rules.conditional == BMC_USE_AUTO &&
			   session->etag_tells && !session->etag_lies);
	/* Now and then without, to see whether the tag tells the truth. */
	if (session->n_unread >= 8)
		op->conditional = false;
	if (op->conditional)
		out->if_none_match = session->poll_etag;
}

static void build(struct redfish_op *op, struct redfish_request *out)
{
	const struct redfish_session *session = op->session;

	switch (op->sm.state) {
	case REDFISH_AT_LOGIN:
		out->method = "POST";
		out->path = redfish_str(session->sessions);
		out->writes = true;
		op->body = redfish_build_login(op->target->user,
					       op->target->password);
		break;
	case REDFISH_AT_WRITE:
		op->subject->build(op, out);
		out->writes = true;
		op->result.sent = true;
		break;
	case REDFISH_AT_LOOK:
		if (op->subject->ask)
			op->subject->ask(op, out);
		break;
	default:
		break;
	}
	if (!out->method)
		build_get(op, out);
}

bool redfish_op_output(struct redfish_op *op, struct redfish_request *out)
{
	struct redfish_session *session = op->session;
	unsigned state = op->sm.state;

	memset(out, 0, sizeof(*out));
	if (!op->ready || state == REDFISH_AT_PAUSE || redfish_op_done(op) ||
	    op->ready_at > op->now)
		return false;
	op->ready = false;
	op->selected = false;
	op->expanded = false;
	drop_body(op);
	build(op, out);
	out->body = op->body;
	out->answer_ms = session->rules.answer_ms;
	out->identity =
		!session->coded && session->rules.identity != BMC_USE_NEVER;
	out->hang_up = session->rules.hang_up;
	if (*op->redirect)
		out->path = op->redirect;
	session->sent_at = op->now;
	if (state == REDFISH_AT_ROOT || state == REDFISH_AT_LOGIN ||
	    out->anonymous || out->user || out->token)
		return true;
	if (session->token && !op->by_basic) {
		out->token = session->token;
	} else {
		out->user = op->target->user;
		out->password = op->target->password;
	}
	return true;
}

/* ---- time ---- */

static void on_deadline(struct redfish_op *op)
{
	const char *doing = redfish_state_name(op, op->sm.state);

	if (op->sm.state == REDFISH_AT_PAUSE)
		doing = redfish_state_name(op, op->after);
	if (op->lost || op->sm.state == REDFISH_AT_WRITE)
		err_set(&op->result.err, ERR_OUTCOME,
			"%s was sent, no answer came, and time is up (%s)",
			bmc_op_name(op->request.op), doing);
	else if (op->last.code)
		err_set(&op->result.err, ERR_TIMEOUT, "%s: time is up; %s",
			doing, op->last.message);
	else if (op->written && op->request.op == BMC_POWER_SET)
		err_set(&op->result.err, ERR_TIMEOUT, "power is %s after %s",
			bmc_power_name(op->system.power),
			bmc_action_name(op->request.action));
	else
		err_set(&op->result.err, ERR_TIMEOUT, "%s: time is up", doing);
	redfish_fail_result(op);
}

void redfish_op_expire(struct redfish_op *op, mono_ms now)
{
	op->now = now;
	if (redfish_op_done(op))
		return;
	if (now >= op->deadline)
		on_deadline(op);
	else if (op->sm.state == REDFISH_AT_PAUSE && now >= op->wake)
		redfish_go(op, op->after);
}

mono_ms redfish_op_deadline(const struct redfish_op *op)
{
	mono_ms at = op->deadline;

	if (redfish_op_done(op))
		return MONO_NEVER;
	if (op->sm.state == REDFISH_AT_PAUSE && op->wake < at)
		at = op->wake;
	if (op->ready && op->ready_at < at)
		at = op->ready_at;
	return at;
}

bool redfish_op_done(const struct redfish_op *op)
{
	return op->sm.state == REDFISH_AT_DONE ||
	       op->sm.state == REDFISH_AT_FAILED;
}

const struct err *redfish_op_error(const struct redfish_op *op)
{
	return op->sm.state == REDFISH_AT_FAILED ? &op->result.err : NULL;
}

bool redfish_logout(const struct redfish_session *session,
		    struct redfish_request *out)
{
	memset(out, 0, sizeof(*out));
	if (!session->token || !session->uri)
		return false;
	out->method = "DELETE";
	out->path = session->uri;
	out->token = session->token;
	out->writes = true;
	return true;
}
