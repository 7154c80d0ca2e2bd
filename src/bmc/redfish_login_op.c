/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * The part of redfish_op before its subject: the service root, logging in,
 * which system it is, and who made it.
 */

static void learn_root(struct redfish_session *session,
		       const struct redfish_root *root)
{
	const struct {
		char **field;
		const char *path;
		const char *usual; /* where the root does not say */
	} paths[] = {
		{ &session->systems, root->systems, "/redfish/v1/Systems" },
		{ &session->managers, root->managers, "/redfish/v1/Managers" },
		{ &session->chassis, root->chassis, "/redfish/v1/Chassis" },
		{ &session->sessions, root->sessions,
		  "/redfish/v1/SessionService/Sessions" },
		{ &session->accounts, root->accounts,
		  "/redfish/v1/AccountService" },
		{ &session->update, root->update, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		redfish_learn(session, paths[i].field,
			      *paths[i].path ? paths[i].path : paths[i].usual);
	session->select = root->select;
	session->expand = root->expand;
	session->top = root->top;
	if (*root->vendor)
		str_copy(session->who.vendor, sizeof(session->who.vendor),
			 root->vendor);
	if (*root->product)
		str_copy(session->who.product, sizeof(session->who.product),
			 root->product);
	redfish_session_identify(session);
}

/* A root that wants a login, or has no links, gets the usual paths. */
void redfish_on_root(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_root root;
	struct err err;

	if (!redfish_is_good(r) && r->status != 401) {
		redfish_fail_answer(op, r);
		return;
	}
	if (redfish_parse_root(r->body, r->body_len, &root, &err)) {
		if (r->status != 401) {
			op->result.err = err;
			redfish_fail_result(op);
			return;
		}
		memset(&root, 0, sizeof(root));
	}
	learn_root(op->session, &root);
	redfish_go_on(op);
}

void redfish_fail_auth(struct redfish_op *op)
{
	redfish_fail(op, ERR_AUTH,
		     "the BMC refuses user \"%s\" or its password",
		     op->target->user);
}

/* DSP0266 13.3.4: 201, X-Auth-Token, and Location of the session. */
void redfish_on_login(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;
	char uri[BMC_PATH_SIZE];
	enum redfish_reason reason;
	struct err ignored;

	if (r->status == 401 || r->status == 403) {
		redfish_parse_error(r->status, r->body, r->body_len, &reason,
				    &ignored);
		if (reason == REDFISH_REASON_PASSWORD)
			redfish_fail(op, ERR_AUTH,
				     "the BMC wants user \"%s\" to have "
				     "another password first",
				     op->target->user);
		else
			redfish_fail_auth(op);
		return;
	}
	if (r->status == 404 || r->status == 405 || r->status == 501) {
		session->basic = true;
		session->learnt = true;
		redfish_go_on(op);
		return;
	}
	if (!redfish_is_good(r)) {
		redfish_fail_answer(op, r);
		return;
	}
	if (!r->token || !*r->token || strlen(r->token) >= REDFISH_TOKEN_MAX) {
		redfish_fail(op, ERR_PROTOCOL,
			     "login: HTTP %d without a token that fits",
			     r->status);
		return;
	}
	redfish_learn(session, &session->token, r->token);
	if (!r->location || !redfish_local_path(uri, r->location))
		redfish_parse_session(r->body, r->body_len, uri);
	redfish_learn(session, &session->uri, uri);
	redfish_go_on(op);
}

/* "A, B": what there is to choose from. */
static void list_members(const struct redfish_op *op, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < op->members.n && used < size; i++) {
		const char *name = strrchr(op->members.paths[i], '/');

		used += (size_t)snprintf(out + used, size - used, "%s%.40s",
					 i ? ", " : "", name + 1);
	}
}

static void found(struct redfish_op *op, const char *path)
{
	redfish_learn(op->session, &op->session->system, path);
	op->members.n = 0;
	redfish_go_on(op);
}

void redfish_on_systems(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_members *members = &op->members;
	const char *name = op->target->system;
	char names[256];

	if (redfish_parse_members(r->body, r->body_len, members,
				  &op->result.err)) {
		redfish_fail_result(op);
		return;
	}
	if (!members->n) {
		redfish_fail(op, ERR_UNSUPPORTED, "systems: there are none");
		return;
	}
	for (size_t i = 0; i < members->n; i++) {
		if ((!*name && members->n == 1) ||
		    redfish_is_called(members->paths[i], name)) {
			found(op, members->paths[i]);
			return;
		}
	}
	if (!*name) {
		list_members(op, names, sizeof(names));
		redfish_fail(op, ERR_INVALID,
			     "the BMC has %zu systems (%s): say which by "
			     "systemName",
			     members->n, names);
		return;
	}
	op->member = 0; /* it may be another of its names */
	redfish_read_system(op);
}

/* False: it was one of several, and not the one. */
static bool is_ours(struct redfish_op *op)
{
	char path[BMC_PATH_SIZE];
	char names[256];

	if (op->member >= op->members.n)
		return true;
	if (redfish_system_is_called(&op->system, op->target->system)) {
		str_copy(path, sizeof(path), op->members.paths[op->member]);
		found(op, path);
	} else if (++op->member < op->members.n) {
		redfish_read_system(op);
	} else {
		list_members(op, names, sizeof(names));
		redfish_fail(op, ERR_NOT_FOUND,
			     "the BMC has no system %s; it has %s",
			     op->target->system, names);
	}
	return false;
}

int redfish_take_system(struct redfish_op *op, const struct redfish_response *r,
			struct err *err)
{
	if (redfish_parse_system(r->body, r->body_len, &op->system, err))
		return -1;
	if (r->etag)
		str_copy(op->system.etag, sizeof(op->system.etag), r->etag);
	op->result.power = op->system.power;
	op->result.boot = op->system.boot;
	op->result.progress = op->system.progress;
	return 0;
}

int redfish_take_power(struct redfish_op *op, const struct redfish_response *r,
		       struct err *err)
{
	struct redfish_system seen;

	if (redfish_parse_system(r->body, r->body_len, &seen, err))
		return -1;
	op->system.power = seen.power;
	op->system.moving = seen.moving;
	op->system.progress = seen.progress;
	op->system.boot = seen.boot;
	op->result.power = seen.power;
	op->result.boot = seen.boot;
	op->result.progress = seen.progress;
	return 0;
}

/* Who it is decides which quirks it has. */
static void identify(struct redfish_op *op)
{
	struct redfish_session *session = op->session;

	str_copy(session->who.maker, sizeof(session->who.maker),
		 op->system.maker);
	str_copy(session->who.model, sizeof(session->who.model),
		 op->system.model);
	op->identifying = true;
	if (*op->system.managers[0])
		redfish_read_page(op, REDFISH_MANAGER, op->system.managers[0]);
	else
		redfish_read_page(op, REDFISH_MANAGERS,
				  redfish_str(session->managers));
}

static void identified(struct redfish_op *op)
{
	op->identifying = false;
	op->session->identified = true;
	op->session->learnt = true;
	redfish_session_identify(op->session);
	op->subject->system(op);
}

void redfish_on_identity(struct redfish_op *op,
			 const struct redfish_response *r)
{
	struct redfish_session *session = op->session;
	struct redfish_members members;
	struct err ignored;

	if (!redfish_is_good(r)) {
		identified(op);
	} else if (op->page.kind == REDFISH_MANAGERS) {
		if (redfish_parse_members(r->body, r->body_len, &members,
					  &ignored) ||
		    !members.n)
			identified(op);
		else
			redfish_read_page(op, REDFISH_MANAGER,
					  members.paths[0]);
	} else {
		if (!redfish_parse_manager(r->body, r->body_len, &op->manager,
					   &ignored)) {
			redfish_learn(session, &session->manager,
				      op->page.path);
			str_copy(session->who.controller,
				 sizeof(session->who.controller),
				 op->manager.model);
			str_copy(session->who.firmware,
				 sizeof(session->who.firmware),
				 op->manager.firmware);
		}
		identified(op);
	}
}

/*
 * Whether the tag of the system changes with its power. Some BMCs never
 * change it, and 304 would then tell of a machine as it was days ago.
 */
static void compare_etags(struct redfish_op *op, const char *etag)
{
	struct redfish_session *session = op->session;
	bool same = str_eq(redfish_str(session->poll_etag), etag);
	bool moved = op->system.power != session->poll_power ||
		     op->system.progress != session->poll_progress;

	if (session->poll_etag && *etag && moved) {
		bool *found = same ? &session->etag_lies : &session->etag_tells;

		session->learnt = session->learnt || !*found;
		*found = true;
	}
	session->n_unread = 0;
	session->poll_power = op->system.power;
	session->poll_progress = op->system.progress;
	if (!same) {
		free(session->poll_etag);
		session->poll_etag = *etag ? xstrdup(etag) : NULL;
	}
}

static void take_poll(struct redfish_op *op)
{
	op->result.power = op->system.power;
	op->result.progress = op->system.progress;
}

void redfish_on_unchanged(struct redfish_op *op)
{
	memset(&op->system, 0, sizeof(op->system));
	op->system.power = op->session->poll_power;
	op->system.progress = op->session->poll_progress;
	op->session->n_unread++;
	take_poll(op);
	op->subject->system(op);
}

static int read_system(struct redfish_op *op, const struct redfish_response *r)
{
	if (!redfish_is_poll(op))
		return redfish_take_system(op, r, &op->result.err);
	if (redfish_scan_power(r->body, r->body_len, &op->system))
		take_poll(op);
	else if (redfish_take_system(op, r, &op->result.err))
		return -1;
	compare_etags(op, r->etag && strlen(r->etag) < REDFISH_ETAG_SIZE
				  ? r->etag
				  : "");
	return 0;
}

void redfish_on_system(struct redfish_op *op, const struct redfish_response *r)
{
	if (read_system(op, r)) {
		redfish_fail_result(op);
		return;
	}
	if (!is_ours(op))
		return;
	if (!op->session->identified && !op->subject->anybody)
		identify(op);
	else
		op->subject->system(op);
}
