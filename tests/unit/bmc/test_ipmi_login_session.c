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

static void test_packets_of_a_login_are_those_of_the_standard(void **state)
{
	static const char caps[] = "\x06\x00\xff\x07\x00\0\0\0\0\0\0\0\0\x09"
				   "\x20\x18\xc8\x81\x00\x38\x8e\x04\xb5";
	static const char open_head[] = "\x06\x00\xff\x07\x06\x10\0\0\0\0\0\0"
					"\0\0\x20\x00\xd8\x04\x00\x00\x02\x01";
	static const char open_tail[] = "\x00\x00\x00\x08\x03\x00\x00\x00"
					"\x01\x00\x00\x08\x04\x00\x00\x00"
					"\x02\x00\x00\x08\x01\x00\x00\x00";
	struct world *w = *state;

	world_open(w);

	assert_int_equal(w->sent[0].len, sizeof(caps) - 1);
	assert_memory_equal(w->sent[0].bytes, caps, sizeof(caps) - 1);
	assert_int_equal(w->sent[1].len, 48);
	assert_memory_equal(w->sent[1].bytes, open_head, sizeof(open_head) - 1);
	assert_memory_equal(w->sent[1].bytes + 24, open_tail, 24);
	/* RAKP 1: 28 bytes and the name; RAKP 3: 8 and the code. */
	assert_int_equal(w->sent[2].len, 16 + 28 + 5);
	assert_int_equal(w->sent[2].bytes[16 + 24], 0x14);
	assert_int_equal(w->sent[3].len, 16 + 8 + 32);
}

static void test_the_next_session_asks_no_capabilities(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->n_sent = 0;
	world_open(w);

	assert_int_equal(w->n_sent, 3);
}

static void test_a_group_key_goes_into_the_session(void **state)
{
	struct world *w = *state;

	w->shared.group_key = "of the farm";
	memcpy(w->login.group_key, "of the farm", 11);
	w->login.has_group_key = true;
	world_open(w);
	world_ask(w, &world_status);

	assert_int_equal(w->response.completion, 0);
	assert_true(w->peer.group_key);
}

static void test_console_ids_are_never_the_same(void **state)
{
	struct world *w = *state;
	uint32_t first;

	world_open(w);
	first = w->session.console;
	world_open(w);

	assert_int_not_equal(w->session.console, first);
}

static void test_suite_3_is_taken_where_17_is_refused(void **state)
{
	struct world *w = *state;

	w->shared.suites = 1u << 3;
	world_open(w);
	assert_int_equal(w->peer.suite, 3);

	/* And remembered. */
	w->n_sent = 0;
	world_open(w);
	assert_int_equal(w->n_sent, 3);
}

static void test_a_bmc_may_refuse_in_two_bytes(void **state)
{
	struct world *w = *state;

	w->shared.suites = 1u << 3;
	w->shared.faults = FAKE_SHORT_REFUSAL;
	world_open(w);

	assert_int_equal(w->peer.suite, 3);
}

static void test_silence_about_a_suite_is_a_refusal(void **state)
{
	struct world *w = *state;

	w->shared.suites = 1u << 3;
	w->shared.faults = FAKE_SILENT_SUITE;
	world_begin(w);
	world_pump(w);
	while (!ipmi_session_idle(&w->session))
		world_wait(w);

	assert_int_equal(w->peer.suite, 3);
	assert_true(w->now < 100000 + 5000);
}

static void test_nobody_talks_us_down_from_17(void **state)
{
	struct world *w = *state;

	world_open(w);
	w->shared.suites = 1u << 3;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_UNSUPPORTED, "which it took before");
	assert_int_equal(w->bmc.n_logins, 1);
}

static void test_a_bmc_that_was_updated_is_found_with_17(void **state)
{
	struct world *w = *state;

	w->peer.suite = 3;
	w->shared.suites = 1u << 17;
	world_open(w);

	assert_int_equal(w->peer.suite, 17);
}

static void test_an_answer_with_another_suite_is_refused(void **state)
{
	struct world *w = *state;

	w->shared.faults = FAKE_DOWNGRADE;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_MISMATCH, "asked for cipher suite 17");
	assert_int_equal(w->bmc.n_logins, 0);
	w->login.suite = 3;
	world_open(w);
}

static void test_a_suite_by_name_is_the_only_one(void **state)
{
	struct world *w = *state;

	w->login.suite = 17;
	w->shared.suites = 1u << 3;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_UNSUPPORTED, "refuses cipher suite 17");
}

static void test_neither_suite_is_the_end(void **state)
{
	struct world *w = *state;

	w->shared.suites = 0;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_UNSUPPORTED, "suites 17 and 3");
}

static void test_ipmi_15_is_not_enough(void **state)
{
	struct world *w = *state;

	w->shared.faults = FAKE_ONLY_15;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_UNSUPPORTED, "IPMI 1.5 only");
}

static void test_a_wrong_password_is_tried_once(void **state)
{
	struct world *w = *state;

	memcpy(w->login.password, "Secret", 6);
	world_begin(w);
	world_command(w, &world_status);

	fails(w, ERR_AUTH, "does not know this password");
	assert_int_equal(w->bmc.n_refused, 1);
	assert_int_equal(w->bmc.n_logins, 0);
	/* The BMC was told, and has its slot back. */
	assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 0);
	assert_int_equal(w->n_responses, 0);
}

static void test_an_unknown_user_is_tried_once(void **state)
{
	struct world *w = *state;

	memcpy(w->login.user, "admix", 5);
	world_begin(w);
	world_pump(w);

	fails(w, ERR_AUTH, "does not know this user");
	assert_int_equal(w->bmc.n_refused, 1);
}

static void test_another_group_key_is_said(void **state)
{
	struct world *w = *state;

	w->shared.group_key = "of the farm";
	world_begin(w);
	world_pump(w);

	fails(w, ERR_AUTH, "another K_g");
}

static void test_a_user_without_any_privilege_is_refused(void **state)
{
	struct world *w = *state;

	w->bmc.users[1].privilege = 1;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_AUTH, "does not let this user in");
}

static void test_slots_are_waited_for(void **state)
{
	struct world *w = *state;

	w->shared.n_slots = 1;
	w->shared.idle_ms = 10000;
	world_open(w);
	world_begin(w);
	world_command(w, &world_status);
	while (!w->n_responses)
		world_wait(w);

	assert_true(w->now >= 100000 + 10000);
	assert_true(w->now < 100000 + 20000);
}

static void test_slots_that_stay_taken_are_the_cause(void **state)
{
	struct world *w = *state;

	w->shared.n_slots = 0;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_BUSY, "all sessions of the BMC are taken");
	assert_true(w->now < 100000 + 40000);
}

static void test_slots_are_the_cause_also_when_time_is_up(void **state)
{
	struct world *w = *state;

	w->shared.n_slots = 0;
	w->login_by = w->now + 2500;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_BUSY, "all sessions of the BMC are taken");
	assert_true(w->now <= w->login_by);
}

/* A status of RAKP 2 or 4, made up. */
static void refuse_with(struct world *w, enum ipmi_payload type, uint8_t status)
{
	const struct ipmi_packet head = { .rmcp_plus = true,
					  .type = (uint8_t)type };
	struct datagram datagram;
	struct wbuf out = wbuf_of(datagram.bytes, sizeof(datagram.bytes));
	uint8_t tag = w->sent[(w->n_sent - 1) % WORLD_KEPT].bytes[16];

	ipmi_build_header(&out, &head, 8);
	wbuf_u8(&out, tag);
	wbuf_u8(&out, status);
	wbuf_zero(&out, 2);
	wbuf_le32(&out, w->session.console);
	datagram.len = out.len;
	world_hear(w, &datagram);
	world_pump(w);
}

/* In the state where RAKP 1, or 3, has been sent and nothing heard. */
static void stop_at_rakp(struct world *w, unsigned number)
{
	unsigned n = number == 1 ? 3 : 4;
	struct datagram d;

	w->peer.greeted = false;
	world_begin(w);
	for (unsigned i = 1; i <= n; i++) {
		assert_true(world_take(w, &d));
		if (i < n)
			world_deliver(w, &d);
	}
}

static void test_slots_may_be_short_later_in_the_login(void **state)
{
	struct world *w = *state;

	stop_at_rakp(w, 1);
	refuse_with(w, IPMI_PAYLOAD_RAKP2, IPMI_STATUS_NO_RESOURCES_FOR_ROLE);
	assert_false(ipmi_session_idle(&w->session));
	assert_int_equal(world_wait(w), 1000);
	assert_true(ipmi_session_idle(&w->session));

	stop_at_rakp(w, 3);
	refuse_with(w, IPMI_PAYLOAD_RAKP4, IPMI_STATUS_NO_RESOURCES);
	assert_int_equal(world_wait(w), 1000);
	assert_true(ipmi_session_idle(&w->session));
}

static void test_a_login_that_the_bmc_forgot_starts_anew(void **state)
{
	struct world *w = *state;

	stop_at_rakp(w, 1);
	refuse_with(w, IPMI_PAYLOAD_RAKP2, IPMI_STATUS_NO_SESSION);
	assert_true(ipmi_session_idle(&w->session));

	stop_at_rakp(w, 3);
	refuse_with(w, IPMI_PAYLOAD_RAKP4, IPMI_STATUS_INACTIVE_SESSION);
	assert_true(ipmi_session_idle(&w->session));
}

static void test_a_disputed_rakp_3_is_repeated_twice(void **state)
{
	struct world *w = *state;

	w->shared.n_slots = 16;
	for (unsigned i = 0; i < 3; i++) {
		stop_at_rakp(w, 3);
		w->session.disputed = i;
		refuse_with(w, IPMI_PAYLOAD_RAKP4, IPMI_STATUS_BAD_CHECK_VALUE);
		if (i < 2) {
			assert_int_equal(world_wait(w), 100);
			assert_true(ipmi_session_idle(&w->session));
		}
	}
	fails(w, ERR_AUTH, "does not know this password");
}

/* The BMC has made a new random number for the second one, and goes by it. */
static void test_a_rakp_1_that_comes_twice_is_survived(void **state)
{
	struct world *w = *state;
	struct datagram d;
	struct datagram rakp1;

	stop_at_rakp(w, 1);
	rakp1 = w->sent[(w->n_sent - 1) % WORLD_KEPT];
	world_deliver(w, &rakp1);
	w->lose_answers = 1;
	world_deliver(w, &rakp1);
	world_pump(w); /* RAKP 3 by the first random number: refused */
	assert_int_equal(w->bmc.n_refused, 1);
	/* Anew; and it comes twice again. */
	assert_false(world_take(w, &d));
	assert_int_equal(w->session.sm.state, IPMI_RAKP1);
	rakp1 = w->sent[(w->n_sent - 1) % WORLD_KEPT];
	world_deliver(w, &rakp1);
	assert_int_equal(world_wait(w), 100);

	assert_true(ipmi_session_idle(&w->session));
	assert_int_equal(w->bmc.n_refused, 1);
}

static void test_a_status_that_nobody_knows_is_named(void **state)
{
	struct world *w = *state;

	stop_at_rakp(w, 1);
	refuse_with(w, IPMI_PAYLOAD_RAKP2, 0x12);
	fails(w, ERR_PROTOCOL, "RAKP 1: the BMC refuses with status 0x12");
}

static void test_a_dead_bmc_is_unreachable(void **state)
{
	struct world *w = *state;

	w->lose_requests = UINT32_MAX;
	world_begin(w);
	world_command(w, &world_status);

	fails(w, ERR_UNREACHABLE, "no answer in");
	assert_true(w->now - 100000 >= 20000);
	assert_true(w->now - 100000 <= 30000);
	assert_true(w->n_sent < 10);
}

static void test_time_that_is_up_is_said(void **state)
{
	struct world *w = *state;

	w->lose_requests = UINT32_MAX;
	w->login_by = w->now + 1500;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_TIMEOUT, "no answer in 1.5 s");
	assert_int_equal(w->now, w->login_by);
}

static void test_time_may_be_up_at_any_step(void **state)
{
	struct world *w = *state;

	w->login_by = w->now + 1000;
	stop_at_rakp(w, 1);
	world_wait(w);
	fails(w, ERR_TIMEOUT, "no answer to RAKP 1");
	w->login_by = w->now + 1000;
	stop_at_rakp(w, 3);
	world_wait(w);
	fails(w, ERR_TIMEOUT, "no answer to RAKP 3");

	w->login_by = w->now + 60000;
	w->shared.n_slots = 0;
	world_begin(w);
	world_pump(w);
	w->session.config.login_by = w->now + 100;
	w->session.deadline = w->now + 100;
	fails(w, ERR_BUSY, "all sessions");
}

static void test_ipmi_15_need_not_be_there(void **state)
{
	struct world *w = *state;

	w->shared.faults = FAKE_NO_CAPS;
	world_begin(w);
	world_pump(w);
	while (!ipmi_session_idle(&w->session))
		world_wait(w);

	assert_int_equal(w->now, 100000 + 1000 + 2000 + 4000);
	w->peer = (struct ipmi_peer){ 0 };
	w->login.quirks = IPMI_QUIRK_SKIP_CAPS;
	world_open(w);
}

/* Whichever packet of a login is lost, there or back, it ends well. */
static void test_any_loss_is_made_up_for(void **state)
{
	struct world *w = *state;

	for (unsigned lost = 0; lost < 10; lost++) {
		struct datagram d;
		unsigned n = 0;

		w->peer = (struct ipmi_peer){ 0 };
		w->n_responses = 0;
		world_begin(w);
		ipmi_session_command(&w->session, w->now, &world_status);
		while (!w->n_responses) {
			if (!world_take(w, &d)) {
				w->now = ipmi_session_deadline(&w->session);
				ipmi_session_expire(&w->session, w->now);
				continue;
			}
			w->lose_answers = n == lost / 2 && lost % 2;
			if (n++ != lost / 2 || lost % 2)
				world_deliver(w, &d);
		}
		assert_false(w->response.err.code);
		ipmi_session_close(&w->session, w->now);
		world_pump(w);
		assert_true(ipmi_session_done(&w->session));
		/* But for the login that was given up, all is free again. */
		assert_true(fake_bmc_n_sessions(&w->bmc, w->now) <= 1);
		w->now += 10000;
		w->login_by = w->now + 120000;
	}
}

static void test_rakps_are_not_sent_twice(void **state)
{
	struct world *w = *state;
	uint32_t before;

	stop_at_rakp(w, 1);
	before = w->session.console;
	w->n_sent = 0;
	world_wait(w);

	/* OPEN, with other ids; not RAKP 1. */
	assert_int_equal(w->sent[0].bytes[5], IPMI_PAYLOAD_OPEN_REQUEST);
	assert_int_not_equal(w->session.console, before);
	assert_true(ipmi_session_idle(&w->session));
}

static void test_a_lost_rakp_4_leaves_no_session_behind(void **state)
{
	struct world *w = *state;

	stop_at_rakp(w, 3);
	w->lose_answers = 1;
	world_deliver(w, &w->sent[(w->n_sent - 1) % WORLD_KEPT]);
	assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 1);
	world_wait(w);

	/* It may have been a refusal: now it is seen if RAKP 1 comes twice. */
	assert_int_equal(world_wait(w), 100);
	assert_true(ipmi_session_idle(&w->session));
	assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 1);
	assert_int_equal(w->bmc.n_logins, 2);
}

static void test_logins_are_counted(void **state)
{
	struct world *w = *state;

	w->shared.n_slots = 16;
	w->lose_type = IPMI_PAYLOAD_RAKP1;
	world_begin(w);
	world_pump(w);

	fails(w, ERR_TIMEOUT, "begun 8 times");
	/* 1 s three times, 2 s, and then no longer than 4 s. */
	assert_int_equal(w->now - 100000, 21000);
}

static void test_padded_names_on_demand(void **state)
{
	struct world *w = *state;

	w->shared.faults = FAKE_PADDED_USER;
	w->login.quirks = IPMI_QUIRK_PADDED_USER;
	world_open(w);
	world_ask(w, &world_status);

	assert_int_equal(w->response.completion, 0);
}

static void test_other_quirks_of_a_login(void **state)
{
	struct world *w = *state;

	w->login.quirks = IPMI_QUIRK_HIGHEST | IPMI_QUIRK_ROLE_LOOKUP;
	world_open(w);

	assert_int_equal(w->sent[1].bytes[17], 0);
	assert_int_equal(w->sent[2].bytes[16 + 24], 0x04);
}

static void test_a_close_during_the_login_ends_it(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n <= 4; n++) {
		struct datagram d;

		w->peer = (struct ipmi_peer){ 0 };
		world_begin(w);
		for (unsigned i = 1; i <= n; i++) {
			assert_true(world_take(w, &d));
			w->lose_answers = i == n;
			world_deliver(w, &d);
		}
		ipmi_session_close(&w->session, w->now);
		world_pump(w);
		assert_true(ipmi_session_done(&w->session));
		assert_null(ipmi_session_error(&w->session));
		w->now += 6000;
		assert_int_equal(fake_bmc_n_sessions(&w->bmc, w->now), 0);
	}
	/* And while it waits for a slot. */
	w->shared.n_slots = 0;
	world_begin(w);
	world_pump(w);
	ipmi_session_close(&w->session, w->now);
	assert_true(ipmi_session_done(&w->session));
}

static int all_edges(void **state)
{
	(void)state;
	return sm_edges_missing(IPMI_CAPS, IPMI_RAKP3) ? -1 : 0;
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_packets_of_a_login_are_those_of_the_standard),
		WORLD(test_the_next_session_asks_no_capabilities),
		WORLD(test_a_group_key_goes_into_the_session),
		WORLD(test_console_ids_are_never_the_same),
		WORLD(test_suite_3_is_taken_where_17_is_refused),
		WORLD(test_a_bmc_may_refuse_in_two_bytes),
		WORLD(test_silence_about_a_suite_is_a_refusal),
		WORLD(test_nobody_talks_us_down_from_17),
		WORLD(test_a_bmc_that_was_updated_is_found_with_17),
		WORLD(test_an_answer_with_another_suite_is_refused),
		WORLD(test_a_suite_by_name_is_the_only_one),
		WORLD(test_neither_suite_is_the_end),
		WORLD(test_ipmi_15_is_not_enough),
		WORLD(test_a_wrong_password_is_tried_once),
		WORLD(test_an_unknown_user_is_tried_once),
		WORLD(test_another_group_key_is_said),
		WORLD(test_a_user_without_any_privilege_is_refused),
		WORLD(test_slots_are_waited_for),
		WORLD(test_slots_that_stay_taken_are_the_cause),
		WORLD(test_slots_are_the_cause_also_when_time_is_up),
		WORLD(test_slots_may_be_short_later_in_the_login),
		WORLD(test_a_login_that_the_bmc_forgot_starts_anew),
		WORLD(test_a_disputed_rakp_3_is_repeated_twice),
		WORLD(test_a_rakp_1_that_comes_twice_is_survived),
		WORLD(test_a_status_that_nobody_knows_is_named),
		WORLD(test_a_dead_bmc_is_unreachable),
		WORLD(test_time_that_is_up_is_said),
		WORLD(test_time_may_be_up_at_any_step),
		WORLD(test_ipmi_15_need_not_be_there),
		WORLD(test_any_loss_is_made_up_for),
		WORLD(test_rakps_are_not_sent_twice),
		WORLD(test_a_lost_rakp_4_leaves_no_session_behind),
		WORLD(test_logins_are_counted),
		WORLD(test_padded_names_on_demand),
		WORLD(test_other_quirks_of_a_login),
		WORLD(test_a_close_during_the_login_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, all_edges);
}
