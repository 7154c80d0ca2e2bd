/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_op.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "bmc/redfish_write.h"

/*
 *	ROOT --> LOGIN --> SYSTEMS --> SYSTEM --------------> DONE (a read)
 *	                                 |  \--> RESET_INFO -\
 *	                                 |                    v
 *	      MANAGERS > MANAGER > DRIVES > DRIVE ---------> WRITE
 *	                                                      |
 *	                                       DONE <------ CHECK <-> PAUSE
 *
 * What the session knows already is skipped. 401 leads from anywhere to
 * LOGIN, once; 503 to PAUSE and back; everything to FAILED.
 */
enum {
	ROOT,
	LOGIN,
	SYSTEMS,
	SYSTEM,
	RESET_INFO,
	MANAGERS,
	MANAGER,
	DRIVES,
	DRIVE,
	WRITE,
	CHECK,
	PAUSE,
	DONE,
	FAILED,
};

#define ALWAYS (SM_TO(PAUSE) | SM_TO(FAILED))
#define LOOKS  (SM_TO(SYSTEM) | SM_TO(DRIVE) | SM_TO(CHECK))

static const struct sm_state states[] = {
	[ROOT] = { "root", ALWAYS | LOOKS | SM_TO(LOGIN) | SM_TO(SYSTEMS) },
	[LOGIN] = { "login", ALWAYS | LOOKS | SM_TO(SYSTEMS) },
	[SYSTEMS] = { "systems", ALWAYS | LOOKS | SM_TO(LOGIN) },
	[SYSTEM] = { "system", ALWAYS | SM_TO(LOGIN) | SM_TO(RESET_INFO) |
				       SM_TO(MANAGERS) | SM_TO(DRIVES) |
				       SM_TO(WRITE) | SM_TO(DONE) },
	[RESET_INFO] = { "reset info", ALWAYS | SM_TO(LOGIN) | SM_TO(WRITE) },
	[MANAGERS] = { "managers", ALWAYS | SM_TO(LOGIN) | SM_TO(MANAGER) },
	[MANAGER] = { "manager", ALWAYS | SM_TO(LOGIN) | SM_TO(DRIVES) },
	[DRIVES] = { "drives", ALWAYS | SM_TO(LOGIN) | SM_TO(DRIVE) },
	[DRIVE] = { "drive", ALWAYS | SM_TO(LOGIN) | SM_TO(DRIVE) |
				     SM_TO(WRITE) | SM_TO(DONE) },
	[WRITE] = { "write",
		    ALWAYS | SM_TO(LOGIN) | SM_TO(WRITE) | SM_TO(CHECK) },
	[CHECK] = { "check",
		    ALWAYS | SM_TO(LOGIN) | SM_TO(WRITE) | SM_TO(DONE) },
	[PAUSE] = { "pause", LOOKS | SM_TO(ROOT) | SM_TO(LOGIN) |
				     SM_TO(SYSTEMS) | SM_TO(RESET_INFO) |
				     SM_TO(MANAGERS) | SM_TO(MANAGER) |
				     SM_TO(DRIVES) | SM_TO(WRITE) |
				     SM_TO(FAILED) },
	[DONE] = { "done", 0 },
	[FAILED] = { "failed", 0 },
};

#define MAX_TRIES   5
#define UNTIMELY_MS 5000
static void finish(struct redfish_op *op, bool changed)
{
	op->result.changed = changed;
	op->result.verified = true;
	sm_move(&op->sm, DONE);
}

static void fail(struct redfish_op *op)
{
	sm_move(&op->sm, FAILED);
}

/* A step that sends a request. */
static void go(struct redfish_op *op, unsigned state)
{
	if (op->sm.state != PAUSE)
		op->tries = 0;
	sm_move(&op->sm, state);
	op->ready = true;
}

static void pause_for(struct redfish_op *op, mono_ms now, int64_t wait_ms,
		      unsigned after)
{
	op->wake = now + wait_ms;
	op->after = after;
	op->ready = false;
	sm_move(&op->sm, PAUSE);
}

static void choose_system(struct redfish_op *op)
{
	struct redfish_session *session = op->session;
	const char *name = op->target->system;

	if (*session->system || !*name)
		return;
	if (*name == '/') {
		redfish_local_path(session->system, name);
		return;
	}
	snprintf(session->system, sizeof(session->system), "%.120s%s%.120s",
		 session->root.systems,
		 str_ends(session->root.systems, "/") ? "" : "/", name);
}

/* On from wherever the operation is, by what is not known yet. */
static void go_on(struct redfish_op *op)
{
	const struct redfish_session *session = op->session;

	if (*session->root.systems)
		choose_system(op);
	if (!*session->root.systems)
		go(op, ROOT);
	else if (!*session->token && !session->basic)
		go(op, LOGIN);
	else if (op->written)
		go(op, CHECK);
	else if (!*session->system)
		go(op, SYSTEMS);
	else if (redfish_write_is_media(op) && *session->media)
		go(op, DRIVE);
	else
		go(op, SYSTEM);
}

void redfish_op_init(struct redfish_op *op, struct redfish_session *session,
		     const struct bmc_target *target,
		     const struct bmc_request *request, mono_ms now)
{
	memset(op, 0, sizeof(*op));
	op->target = target;
	op->session = session;
	op->request = *request;
	op->boot = request->boot;
	op->action = request->action;
	op->deadline = now + bmc_op_timeout_ms(request);
	op->form = request->op == BMC_MEDIA_INSERT ? session->insert_form
						   : session->boot_form;
	/* A pause of no length: the first step follows from the session. */
	sm_init(&op->sm, states, ARRAY_LEN(states), PAUSE);
	go_on(op);
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
}

/* ---- requests ---- */

static const char *get_path(const struct redfish_op *op)
{
	const struct redfish_session *session = op->session;

	switch (op->sm.state) {
	case ROOT:
		return "/redfish/v1/";
	case SYSTEMS:
		return session->root.systems;
	case RESET_INFO:
		return op->system.reset_info;
	case MANAGERS:
	case MANAGER:
	case DRIVES:
		return op->path;
	case DRIVE:
		return *session->media ? session->media
				       : op->members.paths[op->member];
	case CHECK:
		return redfish_write_is_media(op) ? session->media
						  : session->system;
	default:
		return session->system;
	}
}

bool redfish_op_output(struct redfish_op *op, struct redfish_request *out)
{
	unsigned state = op->sm.state;

	memset(out, 0, sizeof(*out));
	if (!op->ready || state == PAUSE || redfish_op_done(op))
		return false;
	op->ready = false;
	drop_body(op);
	if (state == LOGIN) {
		out->method = "POST";
		out->path = op->session->root.sessions;
		out->writes = true;
		op->body = redfish_build_login(op->target->user,
					       op->target->password);
	} else if (state == WRITE) {
		redfish_write_build(op, out);
		out->writes = true;
		op->result.sent = true;
	} else {
		out->method = "GET";
		out->path = get_path(op);
	}
	out->body = op->body;
	if (state != ROOT && state != LOGIN) {
		if (*op->session->token)
			out->token = op->session->token;
		else
			out->basic = true;
	}
	return true;
}

/* ---- reads ---- */

static void say(struct redfish_op *op, const struct redfish_response *r,
		struct err *err)
{
	redfish_parse_error(r->status, r->body, r->body_len, err);
	err_wrap(err, "%s", sm_name(&op->sm));
}

static void fail_answer(struct redfish_op *op, const struct redfish_response *r)
{
	say(op, r, &op->result.err);
	if (r->status == 404) { /* it moved: find everything anew */
		memset(&op->session->root, 0, sizeof(op->session->root));
		op->session->system[0] = '\0';
		op->session->media[0] = '\0';
	}
	fail(op);
}

static bool is_good(const struct redfish_response *r)
{
	return r->status >= 200 && r->status < 300;
}

static void usual(char path[BMC_PATH_SIZE], const char *otherwise)
{
	if (!*path)
		str_copy(path, BMC_PATH_SIZE, otherwise);
}

/* A root that wants a login, or has no links, gets the usual paths. */
static void on_root(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_root *root = &op->session->root;
	struct err ignored;

	if (!is_good(r) && r->status != 401) {
		fail_answer(op, r);
		return;
	}
	if (redfish_parse_root(r->body, r->body_len, root, &ignored))
		memset(root, 0, sizeof(*root));
	usual(root->systems, "/redfish/v1/Systems");
	usual(root->managers, "/redfish/v1/Managers");
	usual(root->sessions, "/redfish/v1/SessionService/Sessions");
	go_on(op);
}

static void fail_auth(struct redfish_op *op)
{
	err_set(&op->result.err, ERR_AUTH,
		"the BMC refuses user \"%s\" or its password",
		op->target->user);
	fail(op);
}

/* DSP0266 13.3.4: 201, X-Auth-Token, and Location of the session. */
static void on_login(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;

	if (r->status == 401 || r->status == 403) {
		fail_auth(op);
		return;
	}
	if (r->status == 404 || r->status == 405 || r->status == 501) {
		session->basic = true;
		go_on(op);
		return;
	}
	if (!is_good(r)) {
		fail_answer(op, r);
		return;
	}
	if (!r->token || !*r->token ||
	    !str_copy(session->token, sizeof(session->token), r->token)) {
		err_set(&op->result.err, ERR_PROTOCOL,
			"login: HTTP %d without a token that fits", r->status);
		fail(op);
		return;
	}
	if (!r->location || !redfish_local_path(session->uri, r->location))
		redfish_parse_session(r->body, r->body_len, session->uri);
	go_on(op);
}

static void fail_with(struct redfish_op *op, enum err_code code,
		      const char *what)
{
	err_set(&op->result.err, code, "%s", what);
	fail(op);
}

/* Members of a collection; false: the operation has failed. */
static bool members_of(struct redfish_op *op, const struct redfish_response *r)
{
	if (redfish_parse_members(r->body, r->body_len, &op->members,
				  &op->result.err)) {
		fail(op);
		return false;
	}
	if (!op->members.n) {
		err_set(&op->result.err, ERR_UNSUPPORTED, "%s: there are none",
			sm_name(&op->sm));
		fail(op);
		return false;
	}
	return true;
}

static void on_systems(struct redfish_op *op, const struct redfish_response *r)
{
	if (!members_of(op, r))
		return;
	str_copy(op->session->system, sizeof(op->session->system),
		 op->members.paths[0]);
	go_on(op);
}

static bool read_system(struct redfish_op *op, const struct redfish_response *r)
{
	if (redfish_parse_system(r->body, r->body_len, &op->system,
				 &op->result.err))
		return false;
	if (r->etag)
		str_copy(op->system.etag, sizeof(op->system.etag), r->etag);
	op->result.power = op->system.power;
	op->result.boot = op->system.boot;
	return true;
}

static void start_power(struct redfish_op *op)
{
	if (bmc_action_needless(op->action, op->system.power)) {
		finish(op, false);
		return;
	}
	if (!redfish_write_resets(op) && *op->system.reset_info &&
	    op->sm.state != RESET_INFO) {
		go(op, RESET_INFO);
		return;
	}
	if (redfish_write_plan_power(op, &op->result.err))
		fail(op);
	else
		go(op, WRITE);
}

static void start_boot(struct redfish_op *op)
{
	/* Lenovo XCC lists no Continuous: the caller sets it each time. */
	if (op->system.once_only)
		op->boot.persistent = false;
	if (redfish_write_agrees(op))
		finish(op, false);
	else if (redfish_write_plan_boot(op, &op->result.err))
		fail(op);
	else
		go(op, WRITE);
}

/* DSP0268: VirtualMedia hangs on the system, or, older, on a manager. */
static void find_drive(struct redfish_op *op)
{
	bool own = *op->system.media;

	str_copy(op->path, sizeof(op->path),
		 own ? op->system.media : op->session->root.managers);
	go(op, own ? DRIVES : MANAGERS);
}

static void on_system(struct redfish_op *op, const struct redfish_response *r)
{
	if (!read_system(op, r))
		fail(op);
	else if (op->request.op == BMC_POWER_SET)
		start_power(op);
	else if (op->request.op == BMC_BOOT_SET)
		start_boot(op);
	else if (redfish_write_is_media(op))
		find_drive(op);
	else
		finish(op, false);
}

static void on_reset_info(struct redfish_op *op,
			  const struct redfish_response *r)
{
	struct err ignored;

	/* Without the list the usual value is tried. */
	if (redfish_parse_reset_info(r->body, r->body_len, &op->session->resets,
				     &ignored))
		op->session->resets = 0;
	start_power(op);
}

static void on_managers(struct redfish_op *op, const struct redfish_response *r)
{
	if (!members_of(op, r))
		return;
	str_copy(op->path, sizeof(op->path), op->members.paths[0]);
	go(op, MANAGER);
}

static void on_manager(struct redfish_op *op, const struct redfish_response *r)
{
	if (redfish_parse_manager(r->body, r->body_len, op->path,
				  &op->result.err))
		fail(op);
	else if (!*op->path)
		fail_with(op, ERR_UNSUPPORTED, "the BMC has no virtual media");
	else
		go(op, DRIVES);
}

static void on_drives(struct redfish_op *op, const struct redfish_response *r)
{
	if (!members_of(op, r))
		return;
	op->member = 0;
	go(op, DRIVE);
}

static void on_drive(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;

	if (redfish_parse_media(r->body, r->body_len, &op->media,
				&op->result.err)) {
		fail(op);
		return;
	}
	if (!*session->media && !op->media.cd) {
		if (++op->member < op->members.n)
			go(op, DRIVE);
		else
			fail_with(op, ERR_UNSUPPORTED,
				  "the BMC has no virtual CD drive");
		return;
	}
	if (!*session->media)
		str_copy(session->media, sizeof(session->media),
			 op->members.paths[op->member]);
	if (redfish_write_agrees(op)) {
		finish(op, false);
		return;
	}
	op->ejecting = op->media.inserted;
	go(op, WRITE);
}

/* ---- the write and what follows it ---- */

static void look(struct redfish_op *op, mono_ms now)
{
	op->written = true;
	op->polls = 0;
	pause_for(op, now, bmc_poll_ms(op->polls++), CHECK);
}

/*
 * Refused because of the moment or the form, so nothing has happened: look
 * whether it is so already (iDRAC10 says 409 to "On" shortly after off, and
 * others refuse what would change nothing).
 */
static void on_refusal(struct redfish_op *op, const struct redfish_response *r)
{
	op->result.sent = false;
	say(op, r, &op->refusal);
	if (op->request.op == BMC_BOOT_SET) {
		bool etag = r->status == 412 || r->status == 428;

		if (etag && op->etag_tries++ < 2) {
			op->etag_mode = op->etag_mode == REDFISH_ETAG_ANY
						? REDFISH_ETAG_NONE
						: REDFISH_ETAG_ANY;
			go(op, WRITE);
			return;
		}
		if (redfish_write_next_form(op)) {
			go(op, WRITE);
			return;
		}
	}
	if (op->request.op == BMC_MEDIA_INSERT && !op->ejecting &&
	    ++op->forms_tried < REDFISH_N_INSERTS) {
		op->form = (op->form + 1) % REDFISH_N_INSERTS;
		go(op, WRITE);
		return;
	}
	op->refused = true;
	go(op, CHECK);
}

static void on_write(struct redfish_op *op, mono_ms now,
		     const struct redfish_response *r)
{
	if (is_good(r)) {
		if (op->request.op == BMC_BOOT_SET)
			op->session->boot_form = op->form;
		if (op->request.op == BMC_MEDIA_INSERT && !op->ejecting)
			op->session->insert_form = op->form;
		look(op, now);
	} else if (r->status >= 500 && r->status != 501) {
		/* It may have done it all the same. */
		say(op, r, &op->refusal);
		op->lost = true;
		look(op, now);
	} else if (r->status == 403 || r->status == 404) {
		op->result.sent = false;
		fail_answer(op, r);
	} else {
		on_refusal(op, r);
	}
}

static void again(struct redfish_op *op)
{
	op->written = false;
	op->refused = false;
	op->lost = false;
	op->forms_tried = 0;
	go(op, WRITE);
}

static void on_agreement(struct redfish_op *op)
{
	if (op->two_steps && op->action == BMC_ACTION_OFF) {
		op->action = BMC_ACTION_ON;
		again(op);
	} else if (op->ejecting && op->request.op == BMC_MEDIA_INSERT) {
		op->ejecting = false;
		again(op);
	} else {
		finish(op, !op->refused);
	}
}

static void after_refusal(struct redfish_op *op, mono_ms now)
{
	if (op->request.op == BMC_POWER_SET &&
	    op->refusal.code == ERR_INVALID && op->n_writes++ < MAX_TRIES) {
		op->refused = false;
		pause_for(op, now, UNTIMELY_MS, WRITE);
		return;
	}
	op->result.err = op->refusal;
	fail(op);
}

static void on_check(struct redfish_op *op, mono_ms now,
		     const struct redfish_response *r)
{
	bool read;

	if (redfish_write_is_media(op))
		read = is_good(r) &&
		       !redfish_parse_media(r->body, r->body_len, &op->media,
					    &op->result.err);
	else
		read = is_good(r) && read_system(op, r);
	op->result.err.code = ERR_NONE;
	if (read && op->system.power == BMC_POWER_OFF)
		op->seen_off = true;
	if (!read) {
		pause_for(op, now, bmc_poll_ms(op->polls++), CHECK);
	} else if (op->lost && redfish_write_ambiguous(op) &&
		   redfish_write_agrees(op)) {
		err_set(&op->result.err, ERR_OUTCOME,
			"%s was sent and no answer came; power is %s",
			bmc_action_name(op->action),
			bmc_power_name(op->system.power));
		fail(op);
	} else if (op->refused && redfish_write_ambiguous(op)) {
		after_refusal(op, now);
	} else if (redfish_write_agrees(op)) {
		on_agreement(op);
	} else if (op->refused) {
		after_refusal(op, now);
	} else if (op->request.op == BMC_BOOT_SET &&
		   op->polls >= REDFISH_BOOT_CHECKS) {
		err_set(&op->result.err, ERR_MISMATCH,
			"boot override: set to %s, but the BMC says %s",
			bmc_device_name(op->boot.device),
			bmc_device_name(op->system.boot.device));
		fail(op);
	} else {
		pause_for(op, now, bmc_poll_ms(op->polls++), CHECK);
	}
}

/* ---- events ---- */

static void on_silence(struct redfish_op *op, mono_ms now,
		       const struct redfish_response *r)
{
	if (op->sm.state == CHECK) {
		/* A BMC is often away for a while after a power command. */
		pause_for(op, now, bmc_poll_ms(op->polls++), CHECK);
		return;
	}
	if (op->sm.state == WRITE && r->sent) {
		op->refusal = r->err;
		op->lost = true;
		look(op, now);
		return;
	}
	if (op->sm.state == WRITE)
		op->result.sent = false;
	op->result.err = r->err;
	err_wrap(&op->result.err, "%s", sm_name(&op->sm));
	fail(op);
}

/* A token runs out, or the BMC has restarted: log in anew, once. */
static void on_unauthorized(struct redfish_op *op)
{
	struct redfish_session *session = op->session;

	if (op->sm.state == WRITE)
		op->result.sent = false;
	if (session->basic || op->relogin) {
		fail_auth(op);
		return;
	}
	op->relogin = true;
	secret_wipe(session->token, sizeof(session->token));
	session->uri[0] = '\0';
	go(op, LOGIN);
}

static void on_busy(struct redfish_op *op, mono_ms now,
		    const struct redfish_response *r)
{
	uint32_t wait_s = 5;
	unsigned tries = ++op->tries;

	if (op->sm.state == WRITE)
		op->result.sent = false;
	if (tries > MAX_TRIES && op->sm.state != CHECK) {
		say(op, r, &op->result.err);
		op->result.err.code = ERR_BUSY;
		fail(op);
		return;
	}
	if (r->retry_after && !str_parse_u32(r->retry_after, 30, &wait_s))
		wait_s = 30; /* a date, or longer than we sleep at a time */
	pause_for(op, now, wait_s ? wait_s * 1000 : 1000, op->sm.state);
}

void redfish_op_input(struct redfish_op *op, mono_ms now,
		      const struct redfish_response *r)
{
	static void (*const reads[])(struct redfish_op *,
				     const struct redfish_response *) = {
		[SYSTEMS] = on_systems,   [SYSTEM] = on_system,
		[MANAGERS] = on_managers, [MANAGER] = on_manager,
		[DRIVES] = on_drives,     [DRIVE] = on_drive,
	};
	unsigned state = op->sm.state;

	/* What comes when nothing is out is of an earlier request. */
	if (redfish_op_done(op) || state == PAUSE || op->ready)
		return;
	if (!r->status)
		on_silence(op, now, r);
	else if (r->status == 503 || r->status == 429)
		on_busy(op, now, r);
	else if (state == ROOT)
		on_root(op, r);
	else if (state == LOGIN)
		on_login(op, r);
	else if (r->status == 401)
		on_unauthorized(op);
	else if (state == WRITE)
		on_write(op, now, r);
	else if (state == CHECK)
		on_check(op, now, r);
	else if (state == RESET_INFO)
		on_reset_info(op, r);
	else if (!is_good(r))
		fail_answer(op, r);
	else
		reads[state](op, r);
}

static void on_deadline(struct redfish_op *op)
{
	const char *doing = sm_name(&op->sm);

	if (op->sm.state == PAUSE)
		doing = states[op->after].name;
	if (op->lost || op->sm.state == WRITE)
		err_set(&op->result.err, ERR_OUTCOME,
			"%s was sent, no answer came, and time is up (%s)",
			bmc_op_name(op->request.op), doing);
	else if (op->written && op->request.op == BMC_POWER_SET)
		err_set(&op->result.err, ERR_TIMEOUT, "power is %s after %s",
			bmc_power_name(op->system.power),
			bmc_action_name(op->request.action));
	else
		err_set(&op->result.err, ERR_TIMEOUT, "%s: time is up", doing);
	fail(op);
}

void redfish_op_expire(struct redfish_op *op, mono_ms now)
{
	if (redfish_op_done(op))
		return;
	if (now >= op->deadline)
		on_deadline(op);
	else if (op->sm.state == PAUSE && now >= op->wake)
		go(op, op->after);
}

mono_ms redfish_op_deadline(const struct redfish_op *op)
{
	if (redfish_op_done(op))
		return MONO_NEVER;
	if (op->sm.state == PAUSE && op->wake < op->deadline)
		return op->wake;
	return op->deadline;
}

bool redfish_op_done(const struct redfish_op *op)
{
	return op->sm.state == DONE || op->sm.state == FAILED;
}

const struct err *redfish_op_error(const struct redfish_op *op)
{
	return op->sm.state == FAILED ? &op->result.err : NULL;
}

bool redfish_logout(const struct redfish_session *session,
		    struct redfish_request *out)
{
	memset(out, 0, sizeof(*out));
	if (!*session->token || !*session->uri)
		return false;
	out->method = "DELETE";
	out->path = session->uri;
	out->token = session->token;
	out->writes = true;
	return true;
}
