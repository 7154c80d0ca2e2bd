/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "bmc/redfish_subject.h"
#include "fake/redfish_talk.h"

/*
 * Operations against BMCs that answer anything: each ends by its deadline,
 * sends no reset twice unless it was told that nothing had come of it, and
 * in all of them together every move of the table is made.
 */
#define N_WALKS 40000

#define ID(path) "{\"@odata.id\":\"" path "\"}"

#define RESET "\"Actions\":{\"#ComputerSystem.Reset\":{\"target\":\"/reset\""
#define BIOS_PAGE                                                              \
	"{\"Attributes\":{\"A\":\"1\"},\"@Redfish.Settings\":{"                \
	"\"SettingsObject\":" ID("/bs") "}}"
#define LINK(name, path) "\"" name "\":{\"@odata.id\":\"" path "\"}"
#define PARTS                                                                  \
	LINK("SecureBoot", "/sb")                                              \
	"," LINK("Bios", "/b") "," LINK("LogServices", "/ls")
#define MORE LINK("Processors", "/p") "," LINK("VirtualMedia", "/v")
#define UPS                                                                    \
	"\"LocationIndicatorActive\":false," PARTS "," MORE                    \
	",\"Links\":{\"Chassis\":[{\"@odata.id\":\"/c/1\"}],\"ManagedBy\":["   \
	"{\"@odata.id\":\"/m/1\"}]}"

/* What may come from where; "" fits everywhere. */
static const struct {
	const char *path; /* that begins so */
	const char *body;
} bodies[] = {
	{ "", "" },
	{ "", "{}" },
	{ "", "{" },
	{ "", "{\"TaskState\":\"Exception\"}" },
	{ "", "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
	      "\"UnableToModifyDuringSystemPOST\"}]}}" },
	{ "", "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
	      "\"SessionLimitExceeded\"}]}}" },
	{ "/redfish", TALK_ROOT },
	{ "/s", "{\"Members\":[" ID("/s/1") "]}" },
	{ "/s/", "{\"PowerState\":\"On\",\"Boot\":{"
		 "\"BootSourceOverrideMode\":\"UEFI\"}," RESET "}}," UPS "}" },
	{ "/s/",
	  "{\"PowerState\":\"Off\",\"@odata.etag\":\"W/\\\"1\\\"\","
	  "\"Boot\":{\"BootSourceOverrideMode\":\"UEFI\"},"
	  "\"@Redfish.Settings\":{\"SettingsObject\":" ID(
		  "/sd") "}," RESET ",\"@Redfish.ActionInfo\":\"/info\"}}," UPS
			 "}" },
	{ "/s/", "{\"PowerState\":\"PoweringOn\"," RESET
		 ",\"ResetType@Redfish.AllowableValues\":[\"On\","
		 "\"ForceOff\"]}}}" },
	{ "/s/", "{\"PowerState\":\"On\",\"Boot\":{"
		 "\"BootSourceOverrideEnabled\":\"Once\","
		 "\"BootSourceOverrideTarget\":\"Pxe\","
		 "\"BootSourceOverrideMode\":\"UEFI\"}," RESET "}}," UPS "}" },
	{ "/info", "{\"Parameters\":[{\"Name\":\"ResetType\","
		   "\"AllowableValues\":[\"On\",\"ForceOff\",\"Nmi\"]}]}" },
	{ "/m", "{\"Members\":[" ID("/m/1") "]}" },
	{ "/m/",
	  "{\"Actions\":{\"#Manager.Reset\":{\"target\":\"/mr\"}},"
	  "\"VirtualMedia\":" ID("/v") ",\"LogServices\":" ID("/ls") "}" },
	{ "/v", "{\"Members\":[" ID("/v/1") "]}" },
	{ "/v/", "{\"MediaTypes\":[\"CD\"],\"Inserted\":false,\"Actions\":{"
		 "\"#VirtualMedia.InsertMedia\":{\"target\":\"/in\"}}}" },
	{ "/v/", "{\"MediaTypes\":[\"CD\"],\"Inserted\":true,\"Image\":"
		 "\"http://i\"}" },
	{ "/ls", "{\"Members\":[" ID("/ls/Sel") "]}" },
	{ "/ls/",
	  "{\"Entries\":" ID(
		  "/e") ",\"Actions\":{"
			"\"#LogService.ClearLog\":{\"target\":\"/clear\"}}}" },
	{ "/e", "{\"Members\":[{\"Id\":\"1\",\"Message\":\"m\"},{}]}" },
	{ "/e", "{\"Members\":[]}" },
	{ "/c", "{\"Sensors\":" ID("/x") ",\"Members\":[" ID("/c/1") "]}" },
	{ "/sb", "{\"SecureBootEnable\":false}" },
	{ "/sb", "{\"SecureBootEnable\":true}" },
	{ "/b", BIOS_PAGE },
	{ "/bs", "{\"Attributes\":{\"A\":\"2\"}}" },
	{ "/a", "{\"Accounts\":" ID("/al") "}" },
	{ "/al", "{\"Members\":[" ID("/ac") "]}" },
	{ "/ac", "{\"UserName\":\"adm\"}" },
	{ "/u", "{\"FirmwareInventory\":" ID("/f") "}" },
	{ "/t", "{\"TaskState\":\"Running\"}" },
	{ "/reset", "{\"TaskState\":\"Running\",\"@odata.id\":\"/t/1\"}" },
};

static const int statuses[] = {
	301, 304, 400, 401, 403, 404, 405, 406, 409, 412, 428, 500, 501, 503,
};

static const enum bmc_op ops[] = {
	BMC_PROBE,           BMC_POWER_GET,
	BMC_POWER_SET,       BMC_BOOT_GET,
	BMC_BOOT_SET,        BMC_MEDIA_INSERT,
	BMC_MEDIA_EJECT,     BMC_NMI,
	BMC_IDENTIFY,        BMC_BMC_RESET,
	BMC_LOG_READ,        BMC_LOG_CLEAR,
	BMC_SENSORS,         BMC_PASSWORD_SET,
	BMC_INVENTORY,       BMC_BIOS_GET,
	BMC_SECURE_BOOT_GET, BMC_SECURE_BOOT_SET,
	BMC_BIOS_SET,
};

struct walk {
	struct rng rng;
	bool taken[REDFISH_AT_FAILED + 1][REDFISH_AT_FAILED + 1];
	unsigned moves[REDFISH_AT_FAILED + 1]; /* that the table allows */
};

static unsigned dice(struct walk *walk, unsigned n)
{
	return (unsigned)(rng_u64(&walk->rng) % n);
}

static void note(struct walk *walk, const struct redfish_op *op, unsigned from)
{
	walk->taken[from][op->sm.state] = true;
}

/* One that fits, mostly: by the path's length, which says what it is. */
static const char *random_body(struct walk *walk, const char *path)
{
	bool any = dice(walk, 16) == 0;
	size_t at;

	for (int i = 0; i < 400; i++) {
		at = dice(walk, ARRAY_LEN(bodies));
		if (any ||
		    (*bodies[at].path && str_starts(path, bodies[at].path) &&
		     strcspn(path + 1, "/?") + 1 ==
			     strcspn(bodies[at].path + 1, "/") + 1))
			return bodies[at].body;
	}
	return bodies[dice(walk, 6)].body;
}

static void random_answer(struct walk *walk, const char *path,
			  struct redfish_response *r)
{
	memset(r, 0, sizeof(*r));
	r->body = random_body(walk, path);
	r->body_len = strlen(r->body);
	if (dice(walk, 12) == 0) {
		r->sent = dice(walk, 2);
		err_set(&r->err,
			dice(walk, 3)   ? ERR_TIMEOUT
			: dice(walk, 2) ? ERR_UNREACHABLE
					: ERR_TOO_BIG,
			"silence");
		return;
	}
	r->status = 200 + (int)dice(walk, 5);
	if (dice(walk, 4) == 0)
		r->status = statuses[dice(walk, ARRAY_LEN(statuses))];
	if (dice(walk, 4) == 0)
		r->etag = dice(walk, 2) ? "\"1\"" : "W/\"2\"";
	if (dice(walk, 3) == 0)
		r->location = dice(walk, 3) ? "/t/1" : "https://evil/x";
	if (dice(walk, 3) == 0)
		r->retry_after = dice(walk, 2) ? "1" : "soon";
	if (r->status == 201 || dice(walk, 8) == 0)
		r->token = "T2";
}

/* As a text of it may have been. */
static void random_session(struct walk *walk, struct talk *talk)
{
	struct redfish_session *session = &talk->session;

	str_copy(talk->target.system, sizeof(talk->target.system),
		 dice(walk, 3) ? "" : "/s/1");
	session->select = dice(walk, 2);
	session->identified = dice(walk, 2);
	session->rules.gap_ms = dice(walk, 2) * 100;
	if (dice(walk, 2))
		redfish_learn(session, &session->token, "T1");
	if (dice(walk, 2))
		redfish_learn(session, &session->media, "/v/1");
	if (dice(walk, 2)) {
		redfish_learn(session, &session->systems, "/s");
		redfish_learn(session, &session->managers, "/m");
		redfish_learn(session, &session->accounts, "/a");
		redfish_learn(session, &session->sessions, "/l");
	}
}

static void random_request(struct walk *walk, struct bmc_request *request)
{
	memset(request, 0, sizeof(*request));
	request->op = ops[dice(walk, ARRAY_LEN(ops))];
	request->action = dice(walk, BMC_ACTION_RESET + 1);
	request->boot.device = dice(walk, BMC_BOOT_HTTP + 1);
	request->boot.uefi = dice(walk, 2);
	request->boot.persistent = dice(walk, 2);
	request->on = dice(walk, 2);
	request->seconds = dice(walk, 2);
	request->timeout_ms = 1000 + dice(walk, 300000);
	str_copy(request->media, sizeof(request->media), "http://i");
	str_copy(request->name, sizeof(request->name),
		 dice(walk, 2) ? "A" : "");
	str_copy(request->value, sizeof(request->value), "2");
	str_copy(request->secret, sizeof(request->secret), "n3w");
}

/* Whether an answer says that the command was not carried out. */
static bool is_refusal(const struct redfish_response *r)
{
	if (!r->status)
		return !r->sent;
	if (r->status == 503)
		return r->retry_after != NULL;
	return (r->status >= 300 && r->status < 500) || r->status == 501;
}

static bool is_reset(const struct redfish_request *out)
{
	return out->body && strstr(out->body, "ResetType") &&
	       (strstr(out->body, "Restart") || strstr(out->body, "Cycle") ||
		strstr(out->body, "Nmi"));
}

static void run(struct walk *walk, struct talk *talk,
		const struct bmc_request *request)
{
	mono_ms limit = talk->now + request->timeout_ms;
	struct redfish_response r;
	bool reset_sent = false;
	unsigned from;

	talk_next(talk, request);
	note(walk, talk->op, REDFISH_AT_PAUSE);
	for (size_t i = 0; i < talk->op->sm.n_states; i++)
		walk->moves[i] = talk->op->sm.states[i].moves;
	while (!redfish_op_done(talk->op)) {
		from = talk->op->sm.state;
		if (redfish_op_output(talk->op, &talk->out)) {
			bool reset = is_reset(&talk->out);

			assert_true(talk->out.path[0] == '/');
			assert_true(!reset || !reset_sent);
			random_answer(walk, talk->out.path, &r);
			talk->now += dice(walk, 500);
			reset_sent = reset_sent || (reset && !is_refusal(&r));
			talk_say(talk, &r);
		} else {
			assert_true(redfish_op_deadline(talk->op) <= limit);
			talk->now = redfish_op_deadline(talk->op);
			redfish_op_expire(talk->op, talk->now);
		}
		note(walk, talk->op, from);
	}
	bmc_report_free(talk->op->result.report);
	talk->op->result.report = NULL;
	redfish_op_release(talk->op);
	free(talk->op);
}

static void test_every_move_is_made_and_every_walk_ends(void **state)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));
	struct bmc_request request;
	struct talk talk = { 0 };
	unsigned missing = 0;

	(void)state;
	walk->rng = rng_seeded(4711);
	str_copy(talk.target.user, sizeof(talk.target.user), "adm");
	str_copy(talk.target.host, sizeof(talk.target.host), "bmc");
	for (int i = 0; i < N_WALKS; i++) {
		if (i % 4 == 0) { /* a BMC that is not known */
			redfish_session_release(&talk.session);
			redfish_session_init(&talk.session, &talk.target, NULL);
			random_session(walk, &talk);
		}
		random_request(walk, &request);
		run(walk, &talk, &request);
	}
	for (unsigned from = 0; from <= REDFISH_AT_FAILED; from++)
		for (unsigned to = 0; to <= REDFISH_AT_FAILED; to++)
			if ((walk->moves[from] & SM_TO(to)) &&
			    !walk->taken[from][to]) {
				print_error("never: %u -> %u\n", from, to);
				missing++;
			}

	assert_int_equal(missing, 0);
	redfish_session_release(&talk.session);
	free(walk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_every_move_is_made_and_every_walk_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
