/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * What concerns the BMC itself: its restart, and the passwords of its
 * accounts.
 */

/* ---- restart ---- */

#define NEVER_AWAY 20 /* looks, about a minute: it does not go away */

static void restart_begin(struct redfish_op *op)
{
	const struct redfish_session *session = op->session;

	redfish_links_release(&op->links);
	op->once = true;
	if (session->manager)
		redfish_links_add(&op->links, REDFISH_MANAGER,
				  session->manager);
	else
		redfish_links_add(&op->links, REDFISH_MANAGERS,
				  redfish_str(session->managers));
	redfish_read_next(op);
}

static void plan_restart(struct redfish_op *op)
{
	const struct redfish_action *reset = &op->manager.reset;

	if (!*reset->target)
		redfish_fail(op, ERR_UNSUPPORTED, "the BMC has no Reset");
	else if (op->reset_values &&
		 !(op->reset_values & (1u << REDFISH_FORCE_RESTART |
				       1u << REDFISH_GRACEFUL_RESTART)))
		redfish_fail(op, ERR_UNSUPPORTED,
			     "the BMC does not offer to restart itself");
	else
		redfish_write(op);
}

static void restart_page(struct redfish_op *op,
			 const struct redfish_response *r)
{
	struct err *err = &op->result.err;
	struct err ignored;

	switch (op->page.kind) {
	case REDFISH_MANAGERS:
		if (redfish_parse_links(r->body, r->body_len, REDFISH_MANAGER,
					&op->links, err))
			redfish_fail_result(op);
		else
			redfish_read_next(op);
		break;
	case REDFISH_MANAGER:
		if (redfish_parse_manager(r->body, r->body_len, &op->manager,
					  err)) {
			redfish_fail_result(op);
			break;
		}
		str_copy(op->target_path, sizeof(op->target_path),
			 op->page.path);
		op->reset_values = op->manager.reset.resets;
		if (!op->reset_values && *op->manager.reset.info)
			redfish_read_page(op, REDFISH_ACTION_INFO,
					  op->manager.reset.info);
		else
			plan_restart(op);
		break;
	default:
		if (redfish_parse_reset_info(r->body, r->body_len,
					     &op->reset_values, &ignored))
			op->reset_values = 0;
		plan_restart(op);
		break;
	}
}

static void restart_end(struct redfish_op *op)
{
	redfish_fail(op, ERR_UNSUPPORTED, "managers: there are none");
}

static void restart_build(struct redfish_op *op, struct redfish_request *out)
{
	bool force = !op->reset_values ||
		     op->reset_values & 1u << REDFISH_FORCE_RESTART;

	out->method = "POST";
	out->path = op->manager.reset.target;
	op->body = redfish_build_reset(force ? REDFISH_FORCE_RESTART
					     : REDFISH_GRACEFUL_RESTART);
}

static void restart_ask(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "GET";
	out->path = op->target_path;
}

static void forget_session(struct redfish_op *op)
{
	redfish_session_drop_token(op->session);
	op->session->identified = false;
}

/* It has been away, and is back; or it has forgotten who we are. */
static enum redfish_look restart_look(struct redfish_op *op,
				      const struct redfish_response *r)
{
	if (!r->status || r->status >= 500) {
		op->away = true;
		return REDFISH_NOT_YET;
	}
	if (op->away || r->status == 401) {
		forget_session(op);
		op->lost = false;
		return REDFISH_AGREES;
	}
	if (op->refused || op->polls < NEVER_AWAY)
		return REDFISH_NOT_YET;
	if (op->lost)
		redfish_fail(op, ERR_OUTCOME,
			     "the BMC's restart was sent and no answer came; "
			     "it was not seen to go away");
	else
		redfish_finish_unverified(op);
	return REDFISH_WRITES;
}

const struct redfish_subject redfish_restart_subject = {
	.no_system = true,
	.any_answer = true,
	.begin = restart_begin,
	.page = restart_page,
	.end = restart_end,
	.build = restart_build,
	.ask = restart_ask,
	.look = restart_look,
};

/* ---- passwords ---- */

enum { CHANGE, CLOSE };

#define MAX_PROBES 2 /* logins that may fail: BMCs lock accounts */

static const char *whose(const struct redfish_op *op)
{
	return *op->request.user ? op->request.user : op->target->user;
}

static void password_begin(struct redfish_op *op)
{
	redfish_links_release(&op->links);
	op->phase = CHANGE;
	if (*op->request.secret)
		redfish_read_page(op, REDFISH_ACCOUNTS,
				  redfish_str(op->session->accounts));
	else
		redfish_fail(op, ERR_INVALID, "no new password was given");
}

static void password_page(struct redfish_op *op,
			  const struct redfish_response *r)
{
	struct err *err = &op->result.err;
	char path[BMC_PATH_SIZE];
	char user[BMC_USER_SIZE];
	int status;

	if (op->page.kind == REDFISH_ACCOUNT) {
		status = redfish_parse_account(r->body, r->body_len, user, err);
		if (!status && str_eq(user, whose(op))) {
			redfish_etag_begin(op, r->etag ? r->etag : "");
			str_copy(op->target_path, sizeof(op->target_path),
				 op->page.path);
			redfish_write(op);
			return;
		}
	} else if (!op->page.list) { /* the service */
		status =
			redfish_parse_accounts(r->body, r->body_len, path, err);
		redfish_links_add_list(&op->links, REDFISH_ACCOUNTS, path);
	} else {
		status = redfish_parse_links(r->body, r->body_len,
					     REDFISH_ACCOUNT, &op->links, err);
	}
	if (status)
		redfish_fail_result(op);
	else
		redfish_read_next(op);
}

static bool password_missing(struct redfish_op *op,
			     const struct redfish_response *r)
{
	/* A place in the list that nobody has. */
	if (op->page.kind != REDFISH_ACCOUNT || r->status != 404)
		return false;
	redfish_read_next(op);
	return true;
}

static void password_end(struct redfish_op *op)
{
	redfish_fail(op, ERR_NOT_FOUND, "the BMC has no account %s", whose(op));
}

static void password_build(struct redfish_op *op, struct redfish_request *out)
{
	if (op->phase == CLOSE) {
		out->method = "DELETE";
		out->path = op->target_path;
		out->token = op->draft;
		return;
	}
	out->method = "PATCH";
	out->path = op->target_path;
	out->if_match = redfish_if_match(op);
	op->body = redfish_build_password(op->request.secret);
}

static bool password_refused(struct redfish_op *op,
			     const struct redfish_response *r)
{
	if (redfish_etag_again(op, r))
		return true;
	/* A look would be a login that fails. */
	redfish_fail_refused(op);
	return true;
}

/* A login tells; basic authentication where there are no sessions. */
static void password_ask(struct redfish_op *op, struct redfish_request *out)
{
	const struct redfish_session *session = op->session;

	if (session->basic) {
		out->method = "GET";
		out->path = redfish_str(session->accounts);
		out->user = whose(op);
		out->password = op->request.secret;
		return;
	}
	out->method = "POST";
	out->path = redfish_str(session->sessions);
	out->writes = true;
	out->anonymous = true;
	op->body = redfish_build_login(whose(op), op->request.secret);
}

/* The session of that login is not needed. */
static bool close_probe(struct redfish_op *op, const struct redfish_response *r)
{
	char uri[BMC_PATH_SIZE];

	if (!r->location || !redfish_local_path(uri, r->location))
		redfish_parse_session(r->body, r->body_len, uri);
	if (!r->token || !*uri || strlen(r->token) >= REDFISH_TOKEN_MAX)
		return false;
	str_copy(op->target_path, sizeof(op->target_path), uri);
	op->draft = xstrdup(r->token);
	op->phase = CLOSE;
	redfish_write(op);
	return true;
}

static enum redfish_look password_look(struct redfish_op *op,
				       const struct redfish_response *r)
{
	enum redfish_reason reason = REDFISH_REASON_NONE;
	struct err ignored;

	if (redfish_is_good(r))
		return close_probe(op, r) ? REDFISH_WRITES : REDFISH_AGREES;
	if (r->status == 403)
		redfish_parse_error(403, r->body, r->body_len, &reason,
				    &ignored);
	if (reason == REDFISH_REASON_PASSWORD)
		return REDFISH_AGREES;
	if (r->status != 401 && r->status != 403) {
		redfish_say(op, r, &op->last);
		return REDFISH_NOT_YET;
	}
	if (++op->n_probes < MAX_PROBES)
		return REDFISH_NOT_YET;
	err_set(&op->result.err, ERR_MISMATCH,
		op->lost ? "the new password was sent, no answer came, and it "
			   "is not in force"
			 : "the BMC took the new password, and refuses it");
	return REDFISH_DIFFERS;
}

/* Whatever becomes of the probe's session, the password is changed. */
static bool password_taken(struct redfish_op *op,
			   const struct redfish_response *r)
{
	(void)r;
	if (op->phase != CLOSE)
		return false;
	redfish_finish(op, true);
	return true;
}

const struct redfish_subject redfish_password_subject = {
	.no_system = true,
	.any_answer = true,
	.begin = password_begin,
	.page = password_page,
	.missing = password_missing,
	.end = password_end,
	.build = password_build,
	.refused = password_refused,
	.ask = password_ask,
	.look = password_look,
	.taken = password_taken,
};
