/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "bmc/ipmi_login_session.h"
#include "fake/ipmi_world.h"
#include "sm_edges.h"

static int set_up(void **state)
{
	*state = world_new();
	return 0;
}

static int tear_down(void **state)
{
	world_free(*state);
	return 0;
}

static void fails(struct world *w, enum err_code code, const char *text)
{
	const struct err *err;

	world_wait_for_end(w);
	err = ipmi_session_error(&w->session);
	assert_non_null(err);
	if (err->code != code || !strstr(err->message, text))
		fail_msg("expected %s \"%s\", not %s \"%s\"", err_name(code),
			 text, err_name(err->code), err->message);
	assert_null(strstr(err->message, "secret"));
}

static void test_a_first_status_is_five_exchanges(void **state)
{
	struct world *w = *state;

	w->bmc.on = true;
	world_begin(w);
	world_command(w, &world_status);

	assert_int_equal(w->n_responses, 1);
	assert_int_equal(w->response.completion, 0);
	assert_int_equal(w->response.bytes[0], 1);
	assert_int_equal(w->n_sent, 5);
	assert_int_equal(w->peer.suite, 17);
	assert_true(w->peer.greeted);
	assert_int_equal(w->peer.privilege, IPMI_ADMIN);
}

static void test_an_idle_session_is_closed(void **state)
{
	struct world *w = *state;

	world_open(w);
	assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 1);
	assert_int_equal(world_wait(w), WORLD_LINGER);

	assert_true(ipmi_session_done(&w->session));
	assert_null(ipmi_session_error(&w->session));
	assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 0);
}

static void test_privilege_is_raised_once_when_needed(void **state)
{
	struct world *w = *state;

	world_open(w);
	world_ask(w, &world_status);
	assert_int_equal(w->n_sent, 5);
	world_ask(w, &world_power_off);
	assert_int_equal(w->response.completion, 0);
	assert_int_equal(w->n_sent, 7);
	world_ask(w, &world_power_off);
	assert_int_equal(w->n_sent, 8);
}

static void test_an_operator_is_let_in_as_one(void **state)
{
	const struct ipmi_command reset = { .netfn = IPMI_APP,
					    .cmd = 2,
					    .privilege = IPMI_ADMIN,
					    .writes = true };
	struct world *w = *state;

	memcpy(w->login.user, "operator", 8);
	w->login.user_len = 8;
	memset(w->login.password, 0, IPMI_SECRET_MAX);
	memcpy(w->login.password, "operate", 7);
	world_open(w);
	assert_int_equal(w->peer.privilege, IPMI_OPERATOR);
	world_ask(w, &world_power_off);
	assert_int_equal(w->response.completion, 0);

	/* What needs more is not even sent. */
	w->n_sent = 0;
	world_ask(w, &reset);
	assert_int_equal(w->response.err.code, ERR_DENIED);
	assert_false(w->response.sent);
	assert_int_equal(w->n_sent, 0);
}

static void test_a_level_that_is_not_granted_is_denied(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->bmc.users[1].privilege = IPMI_USER;
	world_ask(w, &world_power_off);

	assert_int_equal(w->response.err.code, ERR_DENIED);
	assert_false(w->response.sent);
	assert_true(ipmi_session_idle(&w->session));
	world_ask(w, &world_status);
	assert_int_equal(w->response.completion, 0);
}

static void test_a_command_is_sent_again_with_its_number(void **state)
{
	struct world *w = *state;

	w->delay_ms = 3;
	world_open(w);
	world_ask(w, &world_status);
	w->lose_requests = 3;
	world_command(w, &world_status);
	assert_int_equal(world_wait(w), 250);
	assert_int_equal(world_wait(w), 500);
	assert_int_equal(world_wait(w), 1000 + w->delay_ms);

	assert_int_equal(w->n_responses, 2);
	assert_int_equal(w->response.err.code, ERR_NONE);
}

static void test_a_late_answer_is_as_good(void **state)
{
	struct world *w = *state;
	struct datagram late;

	world_open(w);
	w->lose_answers = 1;
	world_command(w, &world_status);
	late = w->heard[(w->n_heard - 1) % WORLD_KEPT];
	w->lose_requests = 1;
	world_wait(w);
	assert_int_equal(w->n_responses, 0);
	world_hear(w, &late);
	world_pump(w);

	assert_int_equal(w->n_responses, 1);
	assert_int_equal(w->response.completion, 0);
}

static void test_what_comes_twice_answers_once(void **state)
{
	struct world *w = *state;
	struct datagram twice;

	world_open(w);
	world_ask(w, &world_status);
	twice = w->heard[(w->n_heard - 1) % WORLD_KEPT];
	world_command(w, &world_status);
	assert_int_equal(w->n_responses, 2);
	world_hear(w, &twice);
	world_hear(w, &w->heard[0]);
	world_hear(w, &w->heard[1]);
	world_hear(w, &w->heard[2]);
	world_hear(w, &w->heard[3]);
	world_pump(w);

	assert_int_equal(w->n_responses, 2);
	assert_true(ipmi_session_idle(&w->session));
}

/* All orders in which three answers may come, of which one is wanted. */
static void test_answers_in_any_order(void **state)
{
	static const unsigned orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
					       { 1, 0, 2 }, { 1, 2, 0 },
					       { 2, 0, 1 }, { 2, 1, 0 } };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct datagram three[3];

		w->peer = (struct ipmi_peer){ 0 };
		world_open(w);
		w->n_responses = 0;
		w->lose_answers = 3;
		world_command(w, &world_status);
		world_wait(w);
		world_wait(w);
		for (size_t k = 0; k < 3; k++)
			three[k] = w->heard[(w->n_heard - 3 + k) % WORLD_KEPT];
		for (size_t k = 0; k < 3; k++) {
			world_hear(w, &three[orders[i][k]]);
			world_pump(w);
		}
		assert_int_equal(w->n_responses, 1);
		world_ask(w, &world_status);
		assert_int_equal(w->response.err.code, ERR_NONE);
		ipmi_session_close(&w->session, w->now);
		world_pump(w);
	}
}

static void test_a_write_is_sent_once(void **state)
{
	struct ipmi_command off_once = world_power_off;
	struct world *w = *state;
	mono_ms before;

	off_once.once = true;
	world_open(w);
	world_ask(w, &world_power_off); /* level is operator now */
	w->lose_answers = 2;
	w->n_sent = 0;
	before = w->now;
	world_ask(w, &world_power_off);
	assert_int_equal(w->n_sent, 1);
	assert_int_equal(w->now - before, 4000);
	assert_int_equal(w->response.err.code, ERR_TIMEOUT);
	assert_true(w->response.sent);

	/* What a look cannot tell of has more time for its answer. */
	before = w->now;
	world_ask(w, &off_once);
	assert_int_equal(w->n_sent, 2);
	assert_int_equal(w->now - before, 10000);

	/* The session goes on. */
	world_ask(w, &world_status);
	assert_int_equal(w->response.completion, 0);
	assert_int_equal(w->bmc.n_controls, 3);
}

static void test_a_privilege_is_asked_for_again(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->lose_answers = 1;
	world_ask(w, &world_power_off);

	assert_int_equal(w->response.completion, 0);
	assert_int_equal(w->bmc.n_controls, 1);
}

static void test_a_session_that_is_gone_is_noticed(void **state)
{
	struct world *w = *state;
	mono_ms before;

	world_open(w);
	w->bmc.sessions[0].state = FAKE_FREE;
	before = w->now;
	world_command(w, &world_status);

	fails(w, ERR_TIMEOUT, "no answer to command 0x00 0x01");
	assert_true(ipmi_session_was_open(&w->session));
	assert_true(w->now - before <= 10000);
	assert_int_equal(w->n_responses, 0);
}

static void test_a_stall_of_five_seconds_is_sat_out(void **state)
{
	struct world *w = *state;
	mono_ms before;

	world_open(w);
	before = w->now;
	w->lose_requests = UINT32_MAX;
	world_command(w, &world_status);
	while (w->now < before + 5000 &&
	       ipmi_session_deadline(&w->session) < before + 5000)
		world_wait(w);
	/* All that it was sent, the BMC finds in its queue. */
	w->now = before + 5000;
	w->lose_requests = 0;
	for (size_t i = 4; i < w->n_sent; i++)
		world_deliver(w, &w->sent[i]);
	world_pump(w);

	assert_int_equal(w->n_responses, 1);
	world_ask(w, &world_status);
	assert_int_equal(w->response.completion, 0);
	assert_int_equal(w->bmc.n_logins, 1);
}

static void test_waits_follow_the_round_trip(void **state)
{
	struct world *w = *state;

	w->delay_ms = 400;
	world_open(w);
	for (int i = 0; i < 20; i++)
		world_ask(w, &world_status);
	assert_in_range(w->peer.round_ms, 350, 450);
	w->lose_requests = 1;
	world_command(w, &world_status);
	assert_in_range(world_wait(w), 400 + 400, 400 + 800);
}

static void test_forged_packets_change_nothing(void **state)
{
	struct world *w = *state;
	struct datagram forged;

	world_open(w);
	w->lose_answers = 1;
	world_command(w, &world_status);
	forged = w->heard[(w->n_heard - 1) % WORLD_KEPT];
	for (size_t i = 4; i < forged.len; i++) {
		struct ipmi_packet packet;

		forged.bytes[i] ^= 0x01;
		if (ipmi_parse_packet(&packet, forged.bytes, forged.len))
			ipmi_session_input(&w->session, w->now, &packet);
		forged.bytes[i] ^= 0x01;
	}
	world_pump(w);
	assert_int_equal(w->n_responses, 0);
	world_hear(w, &forged);
	world_pump(w);
	assert_int_equal(w->n_responses, 1);
}

static void test_wrong_checksums_on_demand(void **state)
{
	struct world *w = *state;

	w->shared.faults = FAKE_BAD_CHECKSUM;
	w->login.quirks = IPMI_QUIRK_CHECKSUM;
	world_open(w);
	world_ask(w, &world_status);
	assert_int_equal(w->response.completion, 0);
	w->login.quirks = 0;
	world_command(w, &world_status);
	fails(w, ERR_TIMEOUT, "no answer to command");
}

static void test_closing_goes_on_without_an_answer(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->lose_requests = 1;
	ipmi_session_close(&w->session, w->now);
	world_pump(w);
	assert_false(ipmi_session_done(&w->session));
	world_wait(w);
	assert_true(ipmi_session_done(&w->session));
	assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 0);

	world_open(w);
	w->lose_requests = 2;
	ipmi_session_close(&w->session, w->now);
	world_wait_for_end(w);
	assert_null(ipmi_session_error(&w->session));
}

static void test_a_close_during_a_command_leaves_it(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->lose_requests = 1;
	world_command(w, &world_status);
	ipmi_session_close(&w->session, w->now);
	world_pump(w);
	assert_true(ipmi_session_done(&w->session));

	world_open(w);
	w->lose_requests = 1;
	world_command(w, &world_power_off); /* the privilege is lost */
	ipmi_session_close(&w->session, w->now);
	world_pump(w);
	assert_true(ipmi_session_done(&w->session));
	assert_int_equal(w->n_responses, 0);
}

static void test_a_forgotten_command_answers_nobody(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->lose_answers = 1;
	world_command(w, &world_status);
	ipmi_session_forget(&w->session, w->now);
	world_hear_again(w, 1);
	world_pump(w);
	assert_int_equal(w->n_responses, 0);
	world_ask(w, &world_status);
	assert_int_equal(w->response.completion, 0);
}

static void test_a_console_keeps_its_session_alive(void **state)
{
	struct world *w = *state;

	w->keep = true;
	w->shared.idle_ms = 25000;
	world_open(w);
	for (int i = 0; i < 10; i++)
		assert_int_equal(world_wait(w), 20000);
	assert_true(ipmi_session_idle(&w->session));
	assert_int_equal(w->n_responses, 0);

	/* And is noticed to be gone. */
	w->bmc.sessions[0].state = FAKE_FREE;
	world_wait(w);
	fails(w, ERR_TIMEOUT, "no answer to command");
}

static void test_a_privilege_may_never_be_answered(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->bmc.sessions[0].state = FAKE_FREE;
	world_command(w, &world_power_off);

	fails(w, ERR_TIMEOUT, "no answer to command");
}

static int all_edges(void **state)
{
	(void)state;
	return sm_edges_missing(IPMI_ACTIVE, IPMI_FAILED) ? -1 : 0;
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_a_first_status_is_five_exchanges),
		WORLD(test_an_idle_session_is_closed),
		WORLD(test_privilege_is_raised_once_when_needed),
		WORLD(test_an_operator_is_let_in_as_one),
		WORLD(test_a_level_that_is_not_granted_is_denied),
		WORLD(test_a_command_is_sent_again_with_its_number),
		WORLD(test_a_late_answer_is_as_good),
		WORLD(test_what_comes_twice_answers_once),
		WORLD(test_answers_in_any_order),
		WORLD(test_a_write_is_sent_once),
		WORLD(test_a_privilege_is_asked_for_again),
		WORLD(test_a_session_that_is_gone_is_noticed),
		WORLD(test_a_stall_of_five_seconds_is_sat_out),
		WORLD(test_waits_follow_the_round_trip),
		WORLD(test_forged_packets_change_nothing),
		WORLD(test_wrong_checksums_on_demand),
		WORLD(test_closing_goes_on_without_an_answer),
		WORLD(test_a_close_during_a_command_leaves_it),
		WORLD(test_a_forgotten_command_answers_nobody),
		WORLD(test_a_console_keeps_its_session_alive),
		WORLD(test_a_privilege_may_never_be_answered),
	};

	return cmocka_run_group_tests(tests, NULL, all_edges);
}
