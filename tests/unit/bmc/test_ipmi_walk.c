/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "bmc/driver.h"
#include "bmc/ipmi_op.h"
#include "fake/ipmi_bmc.h"

/*
 * Operations against the commands of the fake BMC, without the sessions that
 * they would go through. Answers are lost as a test says.
 */
struct talk {
	struct ipmi_crypto *crypto;
	struct fake_shared shared;
	struct fake_bmc bmc;
	struct ipmi_op op;
	struct ipmi_sensors *cache;
	mono_ms now;
	unsigned lose_cmd;      /* this command's answer is lost, */
	unsigned lose_requests; /* or the command itself, so often */
	unsigned lose_answers;
	unsigned refuse_cmd; /* this command is refused */
	uint8_t refuse_with;
	unsigned n_commands;
	unsigned n_writes;
	uint8_t privilege; /* the highest that was asked for */
	char events[512];
};

static void record(void *arg, const char *what)
{
	struct talk *talk = arg;
	size_t len = strlen(talk->events);

	assert_true(
		str_copy(talk->events + len, sizeof(talk->events) - len, what));
	str_copy(talk->events + strlen(talk->events), 2, ";");
}

static int set_up(void **state)
{
	struct talk *talk = xcalloc(1, sizeof(*talk));
	struct fake_session *session = &talk->bmc.sessions[0];

	talk->crypto = ipmi_crypto_new();
	fake_shared_init(&talk->shared, talk->crypto, rng_seeded(1));
	talk->shared.record = record;
	talk->shared.arg = talk;
	fake_bmc_init(&talk->bmc, &talk->shared);
	session->state = FAKE_OPEN;
	session->level = IPMI_ADMIN;
	session->account = 1;
	talk->now = 1000;
	*state = talk;
	return 0;
}

static int tear_down(void **state)
{
	struct talk *talk = *state;

	ipmi_op_release(&talk->op);
	ipmi_sensors_free(talk->cache);
	fake_bmc_release(&talk->bmc);
	ipmi_crypto_free(talk->crypto);
	free(talk);
	return 0;
}

static void carry(struct talk *talk, const struct ipmi_command *command,
		  struct ipmi_response *response)
{
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct fake_call call = {
		.bmc = &talk->bmc,
		.session = &talk->bmc.sessions[0],
		.now = talk->now,
		.netfn = command->netfn,
		.cmd = command->cmd,
		.in = rbuf_of(command->bytes, command->len),
		.out = &out,
	};
	bool picked = talk->lose_cmd == command->cmd;

	response->sent = true;
	if (picked && talk->lose_requests) {
		talk->lose_requests--;
		err_set(&response->err, ERR_TIMEOUT, "lost on the way there");
		return;
	}
	if (talk->refuse_cmd == command->cmd) {
		response->completion = talk->refuse_with;
		return;
	}
	response->completion = fake_command(&call);
	fake_power_tick(&talk->bmc, talk->now);
	if (call.mute || (picked && talk->lose_answers)) {
		talk->lose_answers -= !call.mute;
		err_set(&response->err, ERR_TIMEOUT, "lost on the way back");
		return;
	}
	assert_true(out.len <= sizeof(response->bytes));
	response->len = response->completion ? 0 : out.len;
	memcpy(response->bytes, bytes, response->len);
}

static void run(struct talk *talk, const struct bmc_request *request)
{
	struct ipmi_command command;

	ipmi_op_release(&talk->op);
	ipmi_op_init(&talk->op, request, talk->now);
	talk->op.cache = &talk->cache;
	talk->n_commands = 0;
	while (!ipmi_op_done(&talk->op)) {
		struct ipmi_response response = { .sent = false };

		if (!ipmi_op_output(&talk->op, &command)) {
			talk->now = ipmi_op_deadline(&talk->op);
			ipmi_op_expire(&talk->op, talk->now);
			continue;
		}
		talk->n_commands++;
		talk->n_writes += command.writes;
		if (command.privilege > talk->privilege)
			talk->privilege = command.privilege;
		carry(talk, &command, &response);
		ipmi_op_input(&talk->op, talk->now, &response);
	}
}

static const struct bmc_report *good(struct talk *talk,
				     const struct bmc_request *request)
{
	run(talk, request);
	if (ipmi_op_error(&talk->op))
		fail_msg("%s", ipmi_op_error(&talk->op)->message);
	return talk->op.result.report;
}

static void bad(struct talk *talk, const struct bmc_request *request,
		enum err_code code, const char *text)
{
	const struct err *err;

	run(talk, request);
	err = ipmi_op_error(&talk->op);
	assert_non_null(err);
	if (err->code != code || !strstr(err->message, text))
		fail_msg("expected %s \"%s\", not %s \"%s\"", err_name(code),
			 text, err_name(err->code), err->message);
}

/* ---- reads ---- */

static void test_info_is_the_controllers(void **state)
{
	const struct bmc_request request = { .op = BMC_INFO };
	const struct bmc_info *info = &good(*state, &request)->info;

	assert_int_equal(info->device, 0x20);
	assert_int_equal(info->revision, 1);
	assert_string_equal(info->firmware, "2.07");
	assert_string_equal(info->protocol, "2.0");
	assert_int_equal(info->manufacturer, 0x157);
	assert_int_equal(info->product, 0x1234);
	assert_string_equal(info->guid, "1f1e1d1c-1b1a-1918-1716-151413121110");
}

static void test_info_need_not_have_a_guid(void **state)
{
	const struct bmc_request request = { .op = BMC_INFO };
	struct talk *talk = *state;

	talk->refuse_cmd = 0x37;
	talk->refuse_with = 0xc1;
	assert_string_equal(good(talk, &request)->info.guid, "");
	talk->refuse_cmd = 0x01;
	bad(talk, &request, ERR_UNSUPPORTED, "info: the BMC cannot do this");
}

static void test_the_log_is_read_to_its_end(void **state)
{
	const struct bmc_request request = { .op = BMC_LOG_READ };
	const struct bmc_log *log = &good(*state, &request)->log;

	assert_int_equal(log->n, 6);
	assert_int_equal(log->n_in_all, 6);
	assert_int_equal(log->next, 0);
	assert_int_equal(log->events[0].at, 0);
	assert_string_equal(log->events[0].text, "event log: cleared");
	assert_string_equal(log->events[3].text, "power supply: input lost");
	assert_int_equal(log->events[5].id, 6);
	assert_int_equal(log->events[5].at, INT64_C(1700000300000));
	assert_true(log->free_bytes > 0);
}

static void test_the_log_is_read_from_an_entry_on(void **state)
{
	const struct bmc_request request = { .op = BMC_LOG_READ, .from = 4 };
	const struct bmc_log *log = &good(*state, &request)->log;

	assert_int_equal(log->n, 3);
	assert_int_equal(log->events[0].id, 4);
}

static void test_an_empty_log_is_one(void **state)
{
	const struct bmc_request request = { .op = BMC_LOG_READ };
	struct talk *talk = *state;

	talk->bmc.n_sel = 0;
	assert_int_equal(good(talk, &request)->log.n, 0);
	assert_int_equal(talk->n_commands, 1);
}

static void test_fru_is_read_as_far_as_needed(void **state)
{
	const struct bmc_request request = { .op = BMC_FRU };
	struct talk *talk = *state;
	const struct bmc_fru *fru = &good(talk, &request)->fru;

	assert_string_equal(fru->chassis_type, "rack mount");
	assert_string_equal(fru->chassis_serial, "CH-SER-1");
	assert_string_equal(fru->board_maker, "Farm Boards");
	assert_string_equal(fru->board_serial, "BRD-SER-42");
	assert_string_equal(fru->product_name, "Stable");
	assert_string_equal(fru->product_version, "v3");
	assert_string_equal(fru->product_asset, "asset-0815");
	assert_true(talk->n_commands < 1 + FAKE_FRU_SIZE / 32);
}

static void test_fru_is_read_in_small_pieces_if_need_be(void **state)
{
	const struct bmc_request request = { .op = BMC_FRU };
	struct talk *talk = *state;

	talk->shared.faults = FAKE_NO_WHOLE;
	assert_string_equal(good(talk, &request)->fru.product_name, "Stable");
}

static void test_a_fru_that_is_not_there_is_said(void **state)
{
	const struct bmc_request request = { .op = BMC_FRU, .fru = 9 };
	const struct bmc_request first = { .op = BMC_FRU };
	struct talk *talk = *state;

	bad(talk, &request, ERR_NOT_FOUND, "no FRU 9");
	memset(talk->shared.fru, 0, sizeof(talk->shared.fru));
	bad(talk, &first, ERR_PROTOCOL, "fru 0: there is nothing written");
}

static void test_sensors_are_found_and_read(void **state)
{
	const struct bmc_request request = { .op = BMC_SENSORS };
	struct talk *talk = *state;
	const struct bmc_sensors *sensors = &good(talk, &request)->sensors;

	assert_int_equal(sensors->n, 7);
	assert_string_equal(sensors->sensors[0].name, "CPU Temp");
	assert_true(sensors->sensors[0].value == 47);
	assert_string_equal(sensors->sensors[0].unit, "C");
	assert_true(sensors->sensors[1].value == -5);
	assert_true(sensors->sensors[2].value == 5200);
	assert_int_equal(sensors->sensors[3].health, BMC_HEALTH_CRITICAL);
	assert_string_equal(sensors->sensors[6].name, "PS1 Status");
	assert_string_equal(sensors->sensors[6].text, "present, input lost");
}

static void test_what_sensors_there_are_is_kept(void **state)
{
	const struct bmc_request request = { .op = BMC_SENSORS };
	struct talk *talk = *state;
	unsigned first;

	good(talk, &request);
	first = talk->n_commands;
	assert_int_equal(good(talk, &request)->sensors.n, 7);
	assert_int_equal(talk->n_commands, 1 + 7);
	assert_true(first > 20);

	/* Until the BMC says that they have changed. */
	talk->cache->added--;
	good(talk, &request);
	assert_int_equal(talk->n_commands, first);
}

static void test_sensor_records_in_small_pieces(void **state)
{
	const struct bmc_request request = { .op = BMC_SENSORS };
	struct talk *talk = *state;

	talk->shared.faults = FAKE_NO_WHOLE;
	assert_int_equal(good(talk, &request)->sensors.n, 7);
}

static void test_the_network_is_read(void **state)
{
	const struct bmc_request request = { .op = BMC_LAN_GET };
	const struct bmc_lan *lan = &good(*state, &request)->lan;

	assert_int_equal(lan->address, 0x0a000107);
	assert_int_equal(lan->mask, 0xffffff00);
	assert_int_equal(lan->gateway, 0x0a000101);
	assert_false(lan->by_dhcp);
	assert_int_equal(lan->vlan, 42);
	assert_memory_equal(lan->mac.bytes, "\x02tomte", 6);
}

static void test_users_are_those_with_names(void **state)
{
	const struct bmc_request request = { .op = BMC_USERS };
	struct talk *talk = *state;
	const struct bmc_users *users = &good(talk, &request)->users;

	assert_int_equal(users->n, 4);
	assert_int_equal(users->max, FAKE_MAX_USERS);
	assert_int_equal(users->users[0].id, 2);
	assert_string_equal(users->users[0].name, "admin");
	assert_int_equal(users->users[0].privilege, IPMI_ADMIN);
	assert_true(users->users[0].enabled);
	assert_string_equal(users->users[3].name, "former");
	assert_false(users->users[3].enabled);
}

/* ---- writes ---- */

static void test_a_password_is_set_and_tried(void **state)
{
	const struct bmc_request request = { .op = BMC_PASSWORD_SET,
					     .user = "operator",
					     .secret = "new-word" };
	struct talk *talk = *state;

	good(talk, &request);

	assert_string_equal(talk->bmc.users[2].password, "new-word");
	assert_true(talk->op.result.verified && talk->op.result.changed);
	assert_string_equal(talk->events, "user 3 password;");
	assert_int_equal(talk->privilege, IPMI_ADMIN);
}

static void test_long_passwords_have_their_own_form(void **state)
{
	const struct bmc_request request = { .op = BMC_PASSWORD_SET,
					     .user = "admin",
					     .secret = "12345678901234567890" };
	struct talk *talk = *state;

	good(talk, &request);
	assert_string_equal(talk->bmc.users[1].password,
			    "12345678901234567890");
	talk->shared.faults = FAKE_SHORT_WORDS;
	bad(talk, &request, ERR_PROTOCOL, "password-set: refused");
	assert_false(talk->op.result.sent);
}

static void test_passwords_that_cannot_be_are_not_sent(void **state)
{
	struct bmc_request request = { .op = BMC_PASSWORD_SET,
				       .user = "admin",
				       .secret = "123456789012345678901" };
	struct talk *talk = *state;

	bad(talk, &request, ERR_INVALID, "1 to 20 characters");
	request.secret[0] = '\0';
	bad(talk, &request, ERR_INVALID, "1 to 20 characters");
	str_copy(request.secret, sizeof(request.secret), "x");
	str_copy(request.user, sizeof(request.user), "nobody");
	bad(talk, &request, ERR_NOT_FOUND, "no user \"nobody\"");
	str_copy(request.user, sizeof(request.user), "");
	bad(talk, &request, ERR_INVALID, "user names of 1 to 16");
	assert_int_equal(talk->n_writes, 0);
}

static void test_a_lost_password_is_tried_before_it_is_sent_again(void **state)
{
	const struct bmc_request request = { .op = BMC_PASSWORD_SET,
					     .user = "admin",
					     .secret = "new-word" };
	struct talk *talk = *state;

	talk->lose_cmd = 0x47;
	talk->lose_answers = 1;
	good(talk, &request);
	assert_int_equal(talk->n_writes, 1);

	str_copy(talk->bmc.users[1].password, IPMI_SECRET_MAX, "old");
	talk->n_writes = 0;
	talk->lose_requests = 1;
	good(talk, &request);
	assert_int_equal(talk->n_writes, 2);
	assert_string_equal(talk->bmc.users[1].password, "new-word");

	str_copy(talk->bmc.users[1].password, IPMI_SECRET_MAX, "old");
	talk->lose_requests = 9;
	bad(talk, &request, ERR_TIMEOUT, "lost on the way there");
	assert_true(talk->op.result.sent);
}

static void test_the_log_is_cleared_once(void **state)
{
	const struct bmc_request request = { .op = BMC_LOG_CLEAR };
	struct talk *talk = *state;

	good(talk, &request);
	assert_int_equal(talk->bmc.n_sel, 0);
	assert_true(talk->op.result.verified);
	assert_string_equal(talk->events, "sel clear;");
	assert_int_equal(talk->privilege, IPMI_OPERATOR);

	/* Done, and the answer is lost: it is seen to be empty. */
	fake_sel_init(&talk->bmc);
	talk->lose_cmd = 0x47;
	talk->lose_answers = 1;
	good(talk, &request);
	assert_string_equal(talk->events, "sel clear;sel clear;");

	/* Lost on the way there: once more, now that that is known. */
	fake_sel_init(&talk->bmc);
	talk->lose_requests = 1;
	good(talk, &request);
	assert_int_equal(talk->bmc.n_sel, 0);
	assert_string_equal(talk->events, "sel clear;sel clear;sel clear;");
}

static void test_the_light_is_seen_to_be_on(void **state)
{
	struct bmc_request request = { .op = BMC_IDENTIFY,
				       .seconds = BMC_IDENTIFY_ON };
	struct talk *talk = *state;

	good(talk, &request);
	assert_int_equal(talk->bmc.identify, 2);
	assert_true(talk->op.result.verified);
	request.seconds = 300;
	good(talk, &request);
	assert_int_equal(talk->bmc.identify, 1);
	request.seconds = 0;
	talk->lose_cmd = 0x04;
	talk->lose_answers = 1;
	good(talk, &request);
	assert_int_equal(talk->bmc.identify, 0);
	request.seconds = 15;
	talk->n_writes = 0;
	talk->lose_requests = 1;
	good(talk, &request);
	assert_int_equal(talk->n_writes, 2);
	request.seconds = 0;
	talk->lose_requests = 9;
	bad(talk, &request, ERR_MISMATCH, "says that the light is on");
}

static void test_an_nmi_is_sent_once_and_to_what_runs(void **state)
{
	const struct bmc_request request = { .op = BMC_NMI };
	struct talk *talk = *state;

	bad(talk, &request, ERR_INVALID, "power is off");
	talk->bmc.on = true;
	good(talk, &request);
	assert_false(talk->op.result.verified);
	assert_string_equal(talk->events, "power nmi;");
	talk->lose_cmd = 0x02;
	talk->lose_answers = 1;
	bad(talk, &request, ERR_OUTCOME, "nmi was sent and no answer came");
	assert_true(talk->op.result.sent);
	assert_string_equal(talk->events, "power nmi;power nmi;");
}

static void test_the_controller_is_started_anew_once(void **state)
{
	const struct bmc_request request = { .op = BMC_BMC_RESET };
	struct talk *talk = *state;

	good(talk, &request);
	assert_true(talk->op.result.sent && !talk->op.result.verified);
	talk->lose_cmd = 0x02;
	talk->lose_answers = 1;
	bad(talk, &request, ERR_OUTCOME, "bmc-reset was sent");
	assert_string_equal(talk->events, "bmc reset;bmc reset;");
}

/* ---- power, with answers lost ---- */

static void test_off_that_was_lost_is_sent_again_once_seen(void **state)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = BMC_ACTION_OFF };
	struct talk *talk = *state;

	talk->bmc.on = true;
	talk->lose_cmd = 0x02;
	talk->lose_requests = 1;
	good(talk, &request);
	assert_int_equal(talk->n_writes, 2);
	assert_string_equal(talk->events, "power off;");

	talk->bmc.on = true;
	talk->n_writes = 0;
	talk->lose_answers = 1;
	good(talk, &request);
	assert_int_equal(talk->n_writes, 1);
}

static void test_a_reset_that_was_lost_is_not(void **state)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = BMC_ACTION_RESET };
	struct talk *talk = *state;

	talk->bmc.on = true;
	talk->lose_cmd = 0x02;
	talk->lose_requests = 1;
	bad(talk, &request, ERR_OUTCOME, "reset was sent and no answer came");
	assert_int_equal(talk->n_writes, 1);
	assert_true(talk->op.result.sent);
}

static void test_no_answer_from_the_inside_is_silence(void **state)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = BMC_ACTION_CYCLE };
	struct talk *talk = *state;

	talk->bmc.on = true;
	talk->refuse_cmd = 0x02;
	talk->refuse_with = 0xc3; /* "response could not be provided" */
	bad(talk, &request, ERR_OUTCOME, "cycle was sent and no answer came");
	assert_int_equal(talk->n_writes, 1);
}

static void test_flags_that_were_lost_are_set_again_once_seen(void **state)
{
	const struct bmc_request request = {
		.op = BMC_BOOT_SET,
		.boot = { .device = BMC_BOOT_PXE, .uefi = true },
	};
	struct talk *talk = *state;

	talk->shared.faults = FAKE_NO_PARAM_3;
	good(talk, &request);
	talk->shared.faults = 0;
	memset(talk->bmc.boot, 0, sizeof(talk->bmc.boot));
	talk->n_writes = 0;
	talk->lose_cmd = 0x08;
	talk->lose_requests = 2; /* parameter 3, and 5 */
	bad(talk, &request, ERR_TIMEOUT, "lost on the way there");
	talk->lose_requests = 0;
	talk->lose_answers = 0;
	good(talk, &request);
	assert_true(talk->op.result.verified);
	assert_int_equal(talk->bmc.boot[0], 0xa0);
	assert_int_equal(talk->privilege, IPMI_OPERATOR);
}

static void test_busy_answers_are_waited_out(void **state)
{
	static const enum bmc_op ops[] = { BMC_POWER_GET, BMC_INFO,
					   BMC_LOG_READ,  BMC_SENSORS,
					   BMC_FRU,       BMC_USERS,
					   BMC_LAN_GET,   BMC_LOG_CLEAR };
	struct talk *talk = *state;

	talk->shared.faults = FAKE_BUSY;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		const struct bmc_request request = { .op = ops[i],
						     .timeout_ms = 3600000 };

		good(talk, &request);
	}
}

#define TALK(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Whoever offers more than there is answers a question that was not put. */
static void test_the_driver_offers_what_there_is(void **state)
{
	(void)state;
	for (unsigned op = BMC_NMI; op < BMC_N_OPS; op++) {
		struct bmc_request request = { .op = (enum bmc_op)op };
		struct ipmi_op machine;

		ipmi_op_init(&machine, &request, 0);
		assert_int_equal(machine.walk.ops != NULL,
				 (ipmi_driver.more_ops & 1u << op) != 0);
		ipmi_op_release(&machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_driver_offers_what_there_is),
		TALK(test_info_is_the_controllers),
		TALK(test_info_need_not_have_a_guid),
		TALK(test_the_log_is_read_to_its_end),
		TALK(test_the_log_is_read_from_an_entry_on),
		TALK(test_an_empty_log_is_one),
		TALK(test_fru_is_read_as_far_as_needed),
		TALK(test_fru_is_read_in_small_pieces_if_need_be),
		TALK(test_a_fru_that_is_not_there_is_said),
		TALK(test_sensors_are_found_and_read),
		TALK(test_what_sensors_there_are_is_kept),
		TALK(test_sensor_records_in_small_pieces),
		TALK(test_the_network_is_read),
		TALK(test_users_are_those_with_names),
		TALK(test_a_password_is_set_and_tried),
		TALK(test_long_passwords_have_their_own_form),
		TALK(test_passwords_that_cannot_be_are_not_sent),
		TALK(test_a_lost_password_is_tried_before_it_is_sent_again),
		TALK(test_the_log_is_cleared_once),
		TALK(test_the_light_is_seen_to_be_on),
		TALK(test_an_nmi_is_sent_once_and_to_what_runs),
		TALK(test_the_controller_is_started_anew_once),
		TALK(test_off_that_was_lost_is_sent_again_once_seen),
		TALK(test_a_reset_that_was_lost_is_not),
		TALK(test_no_answer_from_the_inside_is_silence),
		TALK(test_flags_that_were_lost_are_set_again_once_seen),
		TALK(test_busy_answers_are_waited_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
