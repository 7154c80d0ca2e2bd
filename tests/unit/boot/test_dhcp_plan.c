/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "boot/dhcp_plan.h"

#define OURS    0xc6120001 /* 198.18.0.1 */
#define THEIRS  0xc6120063
#define ITS     0xc6120009 /* the machine's reservation */
#define ANOTHER 0xc6120077
#define RELAY   0xc6130001

#define PXE_X64 "PXEClient:Arch:00007:UNDI:003000"

static const struct dhcp_server server = { .address = OURS,
					   .http_port = 7080,
					   .lease_s = 600 };

/* A message of a machine and all that stands around it. */
struct scene {
	struct dhcp_request request;
	struct boot_machine machine;
	struct dhcp_answer answer;
};

static void set_up(struct scene *s, enum dhcp_type type)
{
	memset(s, 0, sizeof(*s));
	s->request.type = type;
	s->request.htype = 1;
	s->request.hlen = 6;
	s->request.xid = 7;
	s->machine = (struct boot_machine){
		.name = "r1n01",
		.mac = { { 0x52, 0x54, 0, 0, 0, 9 } },
		.ip = ITS,
		.mask = 0xffffff00,
		.gateway = 0xc61200fe,
		.name_servers = { 0xc6120002 },
		.time_servers = { 0xc6120003 },
		.hostname = "r1n01",
		.domain = "rack",
		.allow_netboot = true,
	};
	memcpy(s->request.chaddr, s->machine.mac.bytes, 6);
}

static void set_firmware(struct scene *s, const char *vendor, uint16_t arch)
{
	str_copy(s->request.vendor, sizeof(s->request.vendor), vendor);
	s->request.archs[0] = arch;
	s->request.n_archs = 1;
}

static const struct dhcp_reply *plan(struct scene *s)
{
	dhcp_plan(&s->request, &s->machine, false, &server, &s->answer);
	return &s->answer.reply;
}

static void expect_silence(const struct scene *s)
{
	assert_int_equal(s->answer.verdict, DHCP_SILENCE);
	assert_true(*s->answer.why);
}

static void expect_lease(const struct scene *s, enum dhcp_type type)
{
	assert_int_equal(s->answer.verdict, DHCP_REPLY);
	assert_int_equal(s->answer.reply.type, type);
	assert_int_equal(s->answer.reply.yiaddr, ITS);
	assert_int_equal(s->answer.reply.server_id, OURS);
	assert_null(s->answer.reply.message);
}

static void expect_nak(const struct scene *s)
{
	static const struct dhcp_reply none;
	struct dhcp_reply rest = s->answer.reply;

	assert_int_equal(s->answer.verdict, DHCP_REPLY);
	assert_int_equal(rest.type, DHCP_NAK);
	assert_int_equal(rest.server_id, OURS);
	assert_true(rest.message && *rest.message);
	assert_int_equal(s->answer.saw, BOOT_SAW_NAK);
	assert_true(s->answer.report);
	rest.type = none.type;
	rest.server_id = 0;
	rest.message = NULL;
	assert_memory_equal(&rest, &none, sizeof(none));
}

static void test_a_discover_is_offered_the_reservation(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply;

	(void)state;
	set_up(&s, DHCP_DISCOVER);
	s.request.requested = ANOTHER; /* a wish, no more */

	reply = plan(&s);

	expect_lease(&s, DHCP_OFFER);
	assert_int_equal(reply->lease_s, 600);
	assert_int_equal(reply->mask, 0xffffff00);
	assert_int_equal(reply->router, 0xc61200fe);
	assert_int_equal(reply->name_servers[0], 0xc6120002);
	assert_int_equal(reply->time_servers[0], 0xc6120003);
	assert_string_equal(reply->hostname, "r1n01");
	assert_string_equal(reply->domain, "rack");
	assert_int_equal(s.answer.saw, BOOT_SAW_DISCOVER);
	assert_true(s.answer.report);
}

static void test_a_discover_again_is_answered_the_same(void **state)
{
	struct scene s;
	struct dhcp_answer first;

	(void)state;
	set_up(&s, DHCP_DISCOVER);
	set_firmware(&s, PXE_X64, 7);

	plan(&s);
	first = s.answer;
	s.request.secs = 12;
	plan(&s);

	assert_memory_equal(&s.answer, &first, sizeof(first));
}

static void test_the_machines_own_lease_time_goes_first(void **state)
{
	static const struct dhcp_server plain = { .address = OURS };
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DISCOVER);
	s.machine.lease_s = 86400;
	assert_int_equal(plan(&s)->lease_s, 86400);

	s.machine.lease_s = 0;
	dhcp_plan(&s.request, &s.machine, false, &plain, &s.answer);
	assert_int_equal(s.answer.reply.lease_s, 3600);
}

static void test_a_stranger_hears_nothing(void **state)
{
	struct scene s;

	(void)state;
	for (int type = DHCP_DISCOVER; type <= DHCP_INFORM; type++) {
		set_up(&s, (enum dhcp_type)type);
		dhcp_plan(&s.request, NULL, false, &server, &s.answer);
		expect_silence(&s);
		assert_false(s.answer.report);
	}
}

static void test_a_machine_without_an_address_hears_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DISCOVER);
	s.machine.ip = 0;

	plan(&s);

	expect_silence(&s);
}

/* RFC 2131 4.3.2: SELECTING. */
static void test_the_address_we_offered_is_confirmed(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.server_id = OURS;
	s.request.requested = ITS;

	plan(&s);

	expect_lease(&s, DHCP_ACK);
	assert_int_equal(s.answer.saw, BOOT_SAW_REQUEST);
	assert_true(s.answer.report);
}

static void test_an_address_we_did_not_offer_is_refused(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.server_id = OURS;
	s.request.requested = ANOTHER;
	plan(&s);
	expect_nak(&s);

	s.request.requested = 0;
	plan(&s);
	expect_nak(&s);
}

static void test_who_chose_another_server_hears_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.server_id = THEIRS;
	s.request.requested = ITS;

	plan(&s);

	expect_silence(&s);
	assert_int_equal(s.answer.saw, BOOT_SAW_FOREIGN_DHCP);
	assert_true(s.answer.report);
	assert_int_equal(s.answer.other_server, THEIRS);
}

/* RFC 2131 4.3.2: INIT-REBOOT. */
static void test_a_machine_that_remembers_its_address_keeps_it(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.requested = ITS;

	plan(&s);

	expect_lease(&s, DHCP_ACK);
}

static void test_a_remembered_address_of_others_is_refused(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.requested = ANOTHER;
	plan(&s);
	expect_nak(&s);

	s.request.requested = 0x0a000005; /* of another network */
	plan(&s);
	expect_nak(&s);
}

/* RENEWING comes by unicast and REBINDING by broadcast: the same to us. */
static void test_a_lease_is_renewed_where_the_machine_is(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.ciaddr = ITS;
	s.request.flags = DHCP_FLAG_BROADCAST;

	plan(&s);

	expect_lease(&s, DHCP_ACK);
	assert_int_equal(s.answer.to, ITS);
	assert_int_equal(s.answer.port, 68);
	assert_false(s.answer.direct);
}

static void test_a_lease_of_another_address_is_not_renewed(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);
	s.request.ciaddr = ANOTHER;

	plan(&s);

	expect_nak(&s);
	assert_int_equal(s.answer.to, 0); /* broadcast */
	assert_int_equal(s.answer.port, 68);
}

static void test_a_request_for_no_address_hears_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_REQUEST);

	plan(&s);

	expect_silence(&s);
	assert_false(s.answer.report);
}

static void test_an_inform_is_told_settings_but_no_lease(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply;

	(void)state;
	set_up(&s, DHCP_INFORM);
	s.request.ciaddr = ANOTHER;

	reply = plan(&s);

	assert_int_equal(s.answer.verdict, DHCP_REPLY);
	assert_int_equal(reply->type, DHCP_ACK);
	assert_int_equal(reply->yiaddr, 0);
	assert_int_equal(reply->lease_s, 0);
	assert_int_equal(reply->server_id, OURS);
	assert_int_equal(reply->router, 0xc61200fe);
	assert_int_equal(s.answer.to, ANOTHER);
	assert_int_equal(s.answer.port, 68);
}

static void test_an_inform_through_a_relay_goes_to_the_client(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_INFORM);
	s.request.giaddr = RELAY;
	s.request.ciaddr = ITS;
	plan(&s);
	assert_int_equal(s.answer.to, ITS);
	assert_int_equal(s.answer.port, 68);

	s.request.ciaddr = 0;
	plan(&s);
	assert_int_equal(s.answer.to, RELAY);
	assert_int_equal(s.answer.port, 67);
}

static void test_an_inform_without_an_address_is_broadcast_to(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_INFORM);

	plan(&s);

	assert_int_equal(s.answer.verdict, DHCP_REPLY);
	assert_int_equal(s.answer.to, 0);
	assert_false(s.answer.direct);
}

static void test_a_decline_puts_the_address_in_quarantine(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DECLINE);
	s.request.server_id = OURS;
	s.request.requested = ITS;

	plan(&s);

	expect_silence(&s);
	assert_true(s.answer.quarantine);
	assert_int_equal(s.answer.saw, BOOT_SAW_DECLINE);
	assert_true(s.answer.report);
}

static void test_a_decline_of_what_is_not_ours_changes_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DECLINE);
	s.request.server_id = OURS;
	s.request.requested = ANOTHER;
	plan(&s);
	expect_silence(&s);
	assert_false(s.answer.quarantine);
	assert_int_equal(s.answer.saw, BOOT_SAW_DECLINE);

	s.request.server_id = THEIRS;
	s.request.requested = ITS;
	plan(&s);
	expect_silence(&s);
	assert_false(s.answer.quarantine);
	assert_int_equal(s.answer.saw, BOOT_SAW_FOREIGN_DHCP);
}

static void test_an_address_in_quarantine_is_not_offered(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DISCOVER);

	dhcp_plan(&s.request, &s.machine, true, &server, &s.answer);

	expect_silence(&s);
	assert_int_equal(s.answer.saw, BOOT_SAW_DECLINE);
	assert_true(s.answer.report);
}

static void test_what_a_server_sends_and_a_release_need_no_answer(void **state)
{
	static const enum dhcp_type types[] = { DHCP_OFFER, DHCP_ACK, DHCP_NAK,
						DHCP_RELEASE };
	struct scene s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		set_up(&s, types[i]);
		s.request.ciaddr = ITS;
		plan(&s);
		expect_silence(&s);
		assert_false(s.answer.report);
		assert_false(s.answer.quarantine);
	}
}

static void test_a_relay_gets_the_answer_on_the_servers_port(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DISCOVER);
	s.request.giaddr = RELAY;
	s.request.flags = DHCP_FLAG_BROADCAST;
	plan(&s);
	assert_int_equal(s.answer.to, RELAY);
	assert_int_equal(s.answer.port, 67);
	assert_false(s.answer.direct);

	set_up(&s, DHCP_REQUEST);
	s.request.giaddr = RELAY;
	s.request.requested = ANOTHER;
	plan(&s);
	expect_nak(&s);
	assert_int_equal(s.answer.to, RELAY);
	assert_int_equal(s.answer.port, 67);
}

static void test_who_asks_for_a_broadcast_gets_one(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DISCOVER);
	s.request.flags = DHCP_FLAG_BROADCAST;

	plan(&s);

	assert_int_equal(s.answer.to, 0);
	assert_int_equal(s.answer.port, 68);
	assert_false(s.answer.direct);
}

static void test_who_does_not_is_sent_to_at_its_mac(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, DHCP_DISCOVER);

	plan(&s);

	assert_int_equal(s.answer.to, ITS);
	assert_int_equal(s.answer.port, 68);
	assert_true(s.answer.direct);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_a_discover_is_offered_the_reservation),
		RUN(test_a_discover_again_is_answered_the_same),
		RUN(test_the_machines_own_lease_time_goes_first),
		RUN(test_a_stranger_hears_nothing),
		RUN(test_a_machine_without_an_address_hears_nothing),
		RUN(test_the_address_we_offered_is_confirmed),
		RUN(test_an_address_we_did_not_offer_is_refused),
		RUN(test_who_chose_another_server_hears_nothing),
		RUN(test_a_machine_that_remembers_its_address_keeps_it),
		RUN(test_a_remembered_address_of_others_is_refused),
		RUN(test_a_lease_is_renewed_where_the_machine_is),
		RUN(test_a_lease_of_another_address_is_not_renewed),
		RUN(test_a_request_for_no_address_hears_nothing),
		RUN(test_an_inform_is_told_settings_but_no_lease),
		RUN(test_an_inform_through_a_relay_goes_to_the_client),
		RUN(test_an_inform_without_an_address_is_broadcast_to),
		RUN(test_a_decline_puts_the_address_in_quarantine),
		RUN(test_a_decline_of_what_is_not_ours_changes_nothing),
		RUN(test_an_address_in_quarantine_is_not_offered),
		RUN(test_what_a_server_sends_and_a_release_need_no_answer),
		RUN(test_a_relay_gets_the_answer_on_the_servers_port),
		RUN(test_who_asks_for_a_broadcast_gets_one),
		RUN(test_who_does_not_is_sent_to_at_its_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
