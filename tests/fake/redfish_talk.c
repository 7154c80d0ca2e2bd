/* SPDX-License-Identifier: Apache-2.0 */
#include "redfish_talk.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "test.h"

void talk_next(struct talk *talk, const struct bmc_request *request)
{
	talk->op = xcalloc(1, sizeof(*talk->op));
	redfish_op_init(talk->op, &talk->session, &talk->target, request,
			talk->now);
}

static void prepare(struct talk *talk)
{
	str_copy(talk->target.user, sizeof(talk->target.user), "adm");
	str_copy(talk->target.password, sizeof(talk->target.password), "pw");
	str_copy(talk->target.host, sizeof(talk->target.host), "bmc");
	talk->target.port = 443;
	talk->now = 1000;
	if (!talk->session.rules.answer_ms)
		redfish_session_init(&talk->session, &talk->target,
				     talk->session.quirks);
}

void talk_begin(struct talk *talk, const struct bmc_request *request)
{
	prepare(talk);
	talk_next(talk, request);
}

void talk_known(struct talk *talk, const struct bmc_request *request)
{
	struct redfish_session *session = &talk->session;

	prepare(talk);
	redfish_learn(session, &session->token, "T1");
	redfish_learn(session, &session->uri, "/l/1");
	redfish_learn(session, &session->systems, "/s");
	redfish_learn(session, &session->managers, "/m");
	redfish_learn(session, &session->chassis, "/c");
	redfish_learn(session, &session->accounts, "/a");
	redfish_learn(session, &session->update, "/u");
	redfish_learn(session, &session->sessions, "/l");
	redfish_learn(session, &session->system, "/s/1");
	session->identified = true;
	talk_next(talk, request);
}

void talk_expect(struct talk *talk, const char *method, const char *path)
{
	const struct err *err = redfish_op_error(talk->op);

	if (!redfish_op_output(talk->op, &talk->out))
		fail_msg("nothing sent, %s %s expected (%s)", method, path,
			 err ? err->message : "no error");
	if (!str_eq(talk->out.method, method) || !str_eq(talk->out.path, path))
		fail_msg("%s %s sent, %s %s expected", talk->out.method,
			 talk->out.path, method, path);
}

void talk_expect_body(struct talk *talk, const char *body)
{
	assert_string_equal(talk->out.body, body);
}

void talk_expect_nothing(struct talk *talk)
{
	if (redfish_op_output(talk->op, &talk->out))
		fail_msg("%s %s sent, nothing expected", talk->out.method,
			 talk->out.path);
}

void talk_say(struct talk *talk, const struct redfish_response *response)
{
	redfish_op_input(talk->op, talk->now, response);
}

void talk_answer(struct talk *talk, int status, const char *body)
{
	struct redfish_response response = { .status = status,
					     .body = body,
					     .body_len = strlen(body) };

	talk_say(talk, &response);
}

void talk_login(struct talk *talk)
{
	struct redfish_response response = { .status = 201,
					     .body = "{}",
					     .body_len = 2,
					     .token = "T2",
					     .location = "/l/2" };

	talk_say(talk, &response);
}

void talk_silence(struct talk *talk, enum err_code code, bool sent)
{
	struct redfish_response response = { .body = "", .sent = sent };

	err_set(&response.err, code, "silence");
	talk_say(talk, &response);
}

void talk_system(struct talk *talk, const char *power, const char *enabled,
		 const char *target)
{
	AUTO_FREE char *body = xasprintf(
		"{\"PowerState\":\"%s\",\"@odata.etag\":\"E1\",\"Boot\":{"
		"\"BootSourceOverrideEnabled\":\"%s\","
		"\"BootSourceOverrideTarget\":\"%s\","
		"\"BootSourceOverrideMode\":\"UEFI\"},\"Actions\":{"
		"\"#ComputerSystem.Reset\":{\"target\":\"/s/1/reset\","
		"\"ResetType@Redfish.AllowableValues\":" TALK_RESETS "}}}",
		power, enabled, target);

	talk_answer(talk, 200, body);
}

void talk_power(struct talk *talk, const char *power)
{
	talk_system(talk, power, "Disabled", "None");
}

void talk_refuse(struct talk *talk, int status, const char *id)
{
	AUTO_FREE char *body = xasprintf(
		"{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":\"%s\","
		"\"Message\":\"no\"}]}}",
		id);

	talk_answer(talk, status, body);
}

void talk_wait(struct talk *talk)
{
	mono_ms deadline = redfish_op_deadline(talk->op);

	if (deadline == MONO_NEVER)
		fail_msg("nothing to wait for: %s",
			 redfish_op_error(talk->op)
				 ? redfish_op_error(talk->op)->message
				 : "it is done");
	talk->now = deadline;
	redfish_op_expire(talk->op, talk->now);
}

void talk_done(struct talk *talk, enum err_code code)
{
	const struct err *err = redfish_op_error(talk->op);

	if (!redfish_op_done(talk->op))
		fail_msg("it goes on, %s expected", err_name(code));
	talk_expect_nothing(talk);
	if ((err ? err->code : ERR_NONE) != code)
		fail_msg("ended with %s, expected %s",
			 err ? err->message : "success", err_name(code));
	if (err)
		assert_null(strstr(err->message, "pw"));
	assert_true(redfish_op_deadline(talk->op) == MONO_NEVER);
	talk->result = talk->op->result;
	talk->op->result.report = NULL;
	redfish_op_release(talk->op);
	free(talk->op);
	talk->op = NULL;
}

void talk_end(struct talk *talk, enum err_code code)
{
	talk_done(talk, code);
	bmc_report_free(talk->result.report);
	talk->result.report = NULL;
	redfish_session_release(&talk->session);
}
