/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "bmc/ipmi_op.h"
#include "fake/ipmi_world.h"

/*
 * Operations through sessions through a bad network, a great many of them, in
 * virtual time: what ipmi_link.c does, without the sockets and the waiting.
 */
#define N_TRIALS 400

struct trial {
	struct world *w;
	struct rng rng;
	unsigned loss;      /* per cent, each way */
	unsigned duplicate; /* of requests */
	struct ipmi_op op;
	struct ipmi_command command;
	bool waiting;
	bool again;
	bool has_session;
	unsigned n_sessions;
};

static bool chance(struct trial *t, unsigned per_cent)
{
	return rng_u64(&t->rng) % 100 < per_cent;
}

static void answer(struct trial *t, const struct ipmi_response *response)
{
	t->waiting = false;
	ipmi_op_input(&t->op, t->w->now, response);
}

static void open_for_command(struct trial *t)
{
	t->w->login_by = t->w->now + 30000;
	if (t->w->login_by > t->op.deadline - 20)
		t->w->login_by = t->op.deadline - 20;
	world_begin(t->w);
	t->has_session = true;
	t->n_sessions++;
	ipmi_session_command(&t->w->session, t->w->now, &t->command);
}

static void end_session(struct trial *t)
{
	const struct err *err = ipmi_session_error(&t->w->session);
	struct ipmi_response response = { .sent = false };

	t->has_session = false;
	if (!err || !t->waiting)
		return;
	if (ipmi_session_was_open(&t->w->session) && !t->again &&
	    !ipmi_op_done(&t->op)) {
		t->again = true;
		open_for_command(t);
		return;
	}
	response.err = *err;
	answer(t, &response);
}

static void carry(struct trial *t, const struct ipmi_output *out)
{
	struct world *w = t->w;
	unsigned n = chance(t, t->duplicate) ? 2 : 1;

	for (; n; n--) {
		uint8_t bytes[IPMI_PACKET_MAX];
		struct wbuf reply = wbuf_of(bytes, sizeof(bytes));
		struct datagram d;

		if (chance(t, t->loss) ||
		    !fake_bmc_input(&w->bmc, w->now, out->bytes,
				    out->packet.len, &reply) ||
		    chance(t, t->loss))
			continue;
		d.len = reply.len;
		memcpy(d.bytes, bytes, d.len);
		world_hear(w, &d);
	}
}

static bool step(struct trial *t)
{
	struct world *w = t->w;
	struct ipmi_output out;

	if (!t->waiting &&
	    !(t->has_session && ipmi_session_closing(&w->session)) &&
	    ipmi_op_output(&t->op, &t->command)) {
		t->waiting = true;
		t->again = false;
		if (t->has_session)
			ipmi_session_command(&w->session, w->now, &t->command);
		else
			open_for_command(t);
		return true;
	}
	if (t->has_session && ipmi_session_output(&w->session, w->now, &out)) {
		if (out.kind == IPMI_OUT_PACKET)
			carry(t, &out);
		else if (t->waiting)
			answer(t, &out.response);
		return true;
	}
	if (t->has_session && ipmi_session_done(&w->session)) {
		end_session(t);
		return true;
	}
	return false;
}

/* Until the operation is over; how long that took. */
static int64_t run(struct trial *t, const struct bmc_request *request)
{
	struct world *w = t->w;
	mono_ms begin = w->now;

	ipmi_op_init(&t->op, request, w->now);
	t->waiting = false;
	while (!ipmi_op_done(&t->op)) {
		mono_ms at = ipmi_op_deadline(&t->op);

		if (step(t))
			continue;
		if (t->has_session && ipmi_session_deadline(&w->session) < at)
			at = ipmi_session_deadline(&w->session);
		assert_true(at >= w->now);
		w->now = at;
		fake_power_tick(&w->bmc, w->now);
		if (t->has_session)
			ipmi_session_expire(&w->session, w->now);
		if (!(t->has_session && ipmi_session_done(&w->session)))
			ipmi_op_expire(&t->op, w->now);
	}
	if (t->waiting && t->has_session) {
		if (ipmi_session_was_open(&w->session))
			ipmi_session_forget(&w->session, w->now);
		else
			t->has_session = false;
	}
	return w->now - begin;
}

struct tally {
	unsigned good;
	unsigned unknown; /* outcomes */
	unsigned not_sent;
	unsigned other;
	int64_t longest;
};

/*
 * The same operation many times over, each with other luck. What is true of
 * every one: a change that was never sent was never made, one that cannot be
 * looked for is made at most once, and what ends well is so.
 */
static struct tally try(unsigned loss, unsigned duplicate,
			enum bmc_power_action action)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = action };
	bool once = action == BMC_ACTION_RESET || action == BMC_ACTION_CYCLE;
	struct tally tally = { 0 };

	for (unsigned i = 0; i < N_TRIALS; i++) {
		struct trial t = { .w = world_new(),
				   .rng = rng_seeded(i),
				   .loss = loss,
				   .duplicate = duplicate };
		const struct bmc_result *result = &t.op.result;
		enum err_code code;
		int64_t took;

		t.w->shared.n_slots = 8;
		t.w->bmc.on = action != BMC_ACTION_ON;
		took = run(&t, &request);
		code = result->err.code;
		tally.longest = took > tally.longest ? took : tally.longest;
		if (once)
			assert_true(t.w->bmc.n_controls <= 1);
		if (!code) {
			tally.good++;
			assert_true(t.w->bmc.n_controls >= 1);
			assert_int_equal(t.w->bmc.on, bmc_action_goal(action) ==
							      BMC_POWER_ON);
		} else if (!result->sent) {
			tally.not_sent++;
			assert_int_equal(t.w->bmc.n_controls, 0);
		} else if (code == ERR_OUTCOME) {
			tally.unknown++;
		} else {
			tally.other++;
			print_message("%u: %s\n", i, result->err.message);
		}
		assert_true(t.w->bmc.most_in_a_row <= 2);
		ipmi_op_release(&t.op);
		world_free(t.w);
	}
	return tally;
}

static void test_without_loss_all_goes_well(void **state)
{
	struct tally tally = try(0, 0, BMC_ACTION_CYCLE);

	(void)state;
	assert_int_equal(tally.good, N_TRIALS);
	assert_true(tally.longest < 3000);
}

static void test_two_per_cent_are_made_up_for(void **state)
{
	struct tally tally = try(2, 0, BMC_ACTION_ON);

	(void)state;
	assert_int_equal(tally.good, N_TRIALS);
	assert_true(tally.longest < 30000);
}

static void test_twenty_per_cent_are_made_up_for_or_not_sent(void **state)
{
	static const enum bmc_power_action actions[] = { BMC_ACTION_ON,
							 BMC_ACTION_OFF };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct tally tally = try(20, 0, actions[i]);

		assert_true(tally.good >= N_TRIALS * 95 / 100);
		assert_int_equal(tally.good + tally.not_sent, N_TRIALS);
	}
}

static void test_a_reset_is_never_sent_twice(void **state)
{
	static const enum bmc_power_action actions[] = { BMC_ACTION_RESET,
							 BMC_ACTION_CYCLE };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct tally tally = try(20, 20, actions[i]);

		/* Lost there or lost back: nobody knows which. */
		assert_true(tally.unknown > N_TRIALS / 5);
		assert_int_equal(tally.other, 0);
	}
}

static void test_duplicates_do_no_harm(void **state)
{
	struct tally tally = try(0, 50, BMC_ACTION_RESET);

	(void)state;
	assert_true(tally.good >= N_TRIALS * 95 / 100);
	assert_int_equal(tally.unknown + tally.other, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_without_loss_all_goes_well),
		RUN(test_two_per_cent_are_made_up_for),
		RUN(test_twenty_per_cent_are_made_up_for_or_not_sent),
		RUN(test_a_reset_is_never_sent_twice),
		RUN(test_duplicates_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
