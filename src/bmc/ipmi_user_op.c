/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_walk.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/ipmi_wire.h"

#define CMD_GET_ACCESS 0x44
#define CMD_GET_NAME   0x46
#define CMD_PASSWORD   0x47
#define THIS_CHANNEL   0x0e
#define SHORT_WORD     16
#define LONG_WORD      20
#define SET_WORD       2
#define TEST_WORD      3
#define CC_WRONG_WORD  0x80
#define CC_WRONG_SIZE  0x81

/*
 * Users have numbers from 1, and names by number only: who looks for a name
 * asks for all of them.
 */
enum { ACCESS, NAME, SET, TEST };

static void access_command(struct ipmi_op *op, struct ipmi_command *out)
{
	out->netfn = IPMI_APP;
	out->privilege = IPMI_OPERATOR;
	if (op->walk.stage == NAME) {
		out->cmd = CMD_GET_NAME;
		out->bytes[0] = (uint8_t)op->walk.id;
		out->len = 1;
		return;
	}
	out->cmd = CMD_GET_ACCESS;
	out->bytes[0] = op->walk.channel;
	out->bytes[1] = (uint8_t)op->walk.id;
	out->len = 2;
}

/* The name of a user, "" for one that has none. */
static void read_name(const struct ipmi_response *r, char *out, size_t size)
{
	size_t len = r->completion ? 0 : r->len;
	size_t used = 0;

	for (size_t i = 0; i < len && r->bytes[i] && used + 1 < size; i++) {
		uint8_t c = r->bytes[i];

		out[used++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	out[used] = '\0';
}

/* ---- all of them ---- */

static void users_begin(struct ipmi_op *op)
{
	op->result.report = bmc_report_new(BMC_REPORT_USERS);
	op->walk.id = 1;
	op->walk.channel = THIS_CHANNEL;
}

/* IPMI 2.0, 22.27 */
static enum ipmi_step on_access(struct ipmi_op *op,
				const struct ipmi_response *r)
{
	struct bmc_users *users = &op->result.report->users;
	struct bmc_user *user = &users->users[users->n];
	struct rbuf in = ipmi_body(r);
	uint8_t max = rbuf_u8(&in) & 0x3f;
	uint8_t enabled = rbuf_u8(&in) >> 6;

	rbuf_u8(&in); /* how many names are fixed */
	user->id = (uint8_t)op->walk.id;
	user->privilege = rbuf_u8(&in) & 0x0f;
	user->enabled = enabled != 2;
	if (in.bad || !max)
		return ipmi_walk_short(op);
	users->max = max;
	op->walk.stage = NAME;
	return IPMI_STEP_ON;
}

static enum ipmi_step users_answer(struct ipmi_op *op,
				   const struct ipmi_response *r)
{
	struct bmc_users *users = &op->result.report->users;
	struct bmc_user *user = &users->users[users->n];

	if (op->walk.stage == ACCESS && r->completion && !users->max)
		return IPMI_STEP_REFUSE;
	if (op->walk.stage == ACCESS && !r->completion)
		return on_access(op, r);
	if (op->walk.stage == NAME) {
		read_name(r, user->name, sizeof(user->name));
		if (*user->name)
			users->n++;
		else
			memset(user, 0, sizeof(*user));
	}
	if (++op->walk.id > users->max || users->n == BMC_MAX_USERS)
		return IPMI_STEP_DONE;
	op->walk.stage = ACCESS;
	return IPMI_STEP_ON;
}

const struct ipmi_walk_ops ipmi_users_walk = {
	.begin = users_begin,
	.command = access_command,
	.answer = users_answer,
};

/* ---- a new password ---- */

static void password_begin(struct ipmi_op *op)
{
	const struct bmc_request *request = &op->request;
	size_t len = strlen(request->secret);

	op->walk.id = 1;
	op->walk.channel = THIS_CHANNEL;
	op->walk.chunk = len > SHORT_WORD ? LONG_WORD : SHORT_WORD;
	if (len > LONG_WORD || !len)
		ipmi_walk_fail(op, ERR_INVALID,
			       "IPMI has passwords of 1 to 20 characters");
	else if (!*request->user || strlen(request->user) > IPMI_USER_MAX)
		ipmi_walk_fail(op, ERR_INVALID,
			       "IPMI has user names of 1 to 16 characters");
}

/* IPMI 2.0, 22.30 */
static void password_command(struct ipmi_op *op, struct ipmi_command *out)
{
	bool is_long = op->walk.chunk == LONG_WORD;

	if (op->walk.stage == ACCESS || op->walk.stage == NAME) {
		access_command(op, out);
		return;
	}
	out->netfn = IPMI_APP;
	out->cmd = CMD_PASSWORD;
	out->privilege = IPMI_ADMIN;
	out->secret = true;
	out->bytes[0] = (uint8_t)(op->walk.id | (is_long ? 0x80 : 0));
	out->bytes[1] = op->walk.stage == SET ? SET_WORD : TEST_WORD;
	memcpy(out->bytes + 2, op->request.secret, strlen(op->request.secret));
	out->len = 2u + op->walk.chunk;
	out->writes = op->walk.stage == SET;
}

static enum ipmi_step find_user(struct ipmi_op *op,
				const struct ipmi_response *r)
{
	char name[IPMI_USER_MAX + 1];

	if (op->walk.stage == ACCESS) {
		struct rbuf in = ipmi_body(r);

		if (r->completion)
			return IPMI_STEP_REFUSE;
		op->walk.size = rbuf_u8(&in) & 0x3f;
		if (in.bad || !op->walk.size)
			return ipmi_walk_short(op);
		op->walk.stage = NAME;
		return IPMI_STEP_ON;
	}
	read_name(r, name, sizeof(name));
	if (str_eq(name, op->request.user)) {
		op->walk.stage = SET;
		return IPMI_STEP_ON;
	}
	if (++op->walk.id <= op->walk.size)
		return IPMI_STEP_ON;
	return ipmi_walk_fail(op, ERR_NOT_FOUND, "the BMC has no user \"%s\"",
			      op->request.user);
}

/* Whether it is the password now: the BMC compares, and tells nobody what it
 * has. */
static enum ipmi_step on_test(struct ipmi_op *op, const struct ipmi_response *r)
{
	if (!r->completion)
		return IPMI_STEP_DONE;
	if (r->completion != CC_WRONG_WORD && r->completion != CC_WRONG_SIZE) {
		if (!op->lost)
			return IPMI_STEP_TAKEN; /* it cannot be tested */
		return ipmi_walk_fail(op, ERR_OUTCOME,
				      "the new password was sent, no answer "
				      "came, and it cannot be tested");
	}
	/* It was lost on the way there: this time, that is known. */
	if (op->lost && !op->walk.anew++) {
		op->lost = false;
		op->walk.stage = SET;
		return IPMI_STEP_ON;
	}
	if (op->lost)
		op->result.sent = false;
	return ipmi_walk_fail(op, ERR_MISMATCH,
			      "the BMC does not have the new password");
}

static enum ipmi_step password_answer(struct ipmi_op *op,
				      const struct ipmi_response *r)
{
	if (op->walk.stage < SET)
		return find_user(op, r);
	if (op->walk.stage == TEST)
		return on_test(op, r);
	if (r->completion)
		return IPMI_STEP_REFUSE;
	op->walk.stage = TEST;
	return IPMI_STEP_ON;
}

static enum ipmi_step password_silence(struct ipmi_op *op)
{
	op->walk.stage = TEST;
	return IPMI_STEP_ON;
}

const struct ipmi_walk_ops ipmi_password_walk = {
	.begin = password_begin,
	.command = password_command,
	.answer = password_answer,
	.silence = password_silence,
};
