/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "boot/dhcp_plan.h"

#define OURS 0xc6120001 /* 198.18.0.1 */
#define ITS  0xc6120009 /* the machine's reservation */

#define PXE_X64  "PXEClient:Arch:00007:UNDI:003000"
#define PXE_BIOS "PXEClient:Arch:00000:UNDI:002001"
#define HTTP_X64 "HTTPClient:Arch:00016:UNDI:003000"

static const struct dhcp_server server = { .address = OURS, .http_port = 7080 };

/* A DISCOVER of a machine and the OFFER. */
struct scene {
	struct dhcp_request request;
	struct boot_machine machine;
	struct dhcp_answer answer;
};

static void set_up(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->request.type = DHCP_DISCOVER;
	s->machine = (struct boot_machine){
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
}

static void set_firmware(struct scene *s, const char *vendor, uint16_t arch)
{
	str_copy(s->request.vendor, sizeof(s->request.vendor), vendor);
	s->request.archs[0] = arch;
	s->request.n_archs = 1;
}

static void set_ipxe(struct scene *s, bool http)
{
	set_firmware(s, PXE_X64, 7);
	str_copy(s->request.user_class, sizeof(s->request.user_class), "iPXE");
	s->request.ipxe = true;
	s->request.ipxe_http = http;
}

static const struct dhcp_reply *plan(struct scene *s)
{
	dhcp_plan(&s->request, &s->machine, false, &server, &s->answer);
	assert_int_equal(s->answer.verdict, DHCP_REPLY);
	assert_int_equal(s->answer.reply.type, DHCP_OFFER);
	assert_int_equal(s->answer.reply.yiaddr, ITS);
	return &s->answer.reply;
}

static void expect_no_boot_file(const struct scene *s)
{
	assert_string_equal(s->answer.reply.boot_file, "");
	assert_string_equal(s->answer.reply.tftp_server, "");
	assert_string_equal(s->answer.reply.vendor, "");
	assert_false(s->answer.reply.pxe_bypass);
	assert_int_equal(s->answer.reply.siaddr, 0);
}

static void test_each_architecture_gets_its_own_file(void **state)
{
	static const struct {
		uint16_t arch;
		const char *file;
	} rows[] = {
		{ 0, "undionly.kpxe" },
		{ 7, "snponly.efi" },
		{ 9, "snponly.efi" },
		{ 11, "snp-arm64.efi" },
		{ 16, "snponly.efi" },
		{ 19, "snp-arm64.efi" },
		{ 20, "undionly.kpxe" },
		{ 6, "" },
		{ 10, "" },
		{ 27, "" },
	};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		set_up(&s);
		set_firmware(&s, "PXEClient:", rows[i].arch);
		assert_string_equal(plan(&s)->boot_file, rows[i].file);
	}
}

static void test_the_first_architecture_that_we_know_counts(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_X64, 0x1234);
	s.request.archs[1] = 7;
	s.request.archs[2] = 0;
	s.request.n_archs = 3;

	assert_string_equal(plan(&s)->boot_file, "snponly.efi");
}

static void test_pxe_firmware_is_sent_to_tftp_without_discovery(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_BIOS, 0);

	reply = plan(&s);

	assert_int_equal(reply->siaddr, OURS);
	assert_string_equal(reply->tftp_server, "198.18.0.1");
	assert_string_equal(reply->boot_file, "undionly.kpxe");
	/* the class never without option 43: edk2 would ask port 4011 */
	assert_string_equal(reply->vendor, "PXEClient");
	assert_true(reply->pxe_bypass);
	assert_false(reply->no_pxedhcp);
}

static void test_a_machine_may_have_a_binary_of_its_own(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_X64, 7);
	str_copy(s.machine.ipxe_binary, sizeof(s.machine.ipxe_binary),
		 "ipxe.efi");

	assert_string_equal(plan(&s)->boot_file, "ipxe.efi");
}

static void test_http_boot_gets_its_class_and_a_url(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply;

	(void)state;
	set_up(&s);
	set_firmware(&s, HTTP_X64, 16);

	reply = plan(&s);

	assert_string_equal(reply->vendor, "HTTPClient");
	assert_string_equal(reply->boot_file,
			    "http://198.18.0.1:7080/ipxe/snponly.efi");
	assert_false(reply->pxe_bypass);
	assert_string_equal(reply->tftp_server, "");
}

static void test_an_http_architecture_alone_is_no_http_boot(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_firmware(&s, "PXEClient:Arch:00016:UNDI:003000", 16);

	assert_string_equal(plan(&s)->boot_file, "snponly.efi");
	assert_string_equal(s.answer.reply.vendor, "PXEClient");
}

static void test_ipxe_is_told_where_its_script_is(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply;

	(void)state;
	set_up(&s);
	set_ipxe(&s, true);

	reply = plan(&s);

	assert_string_equal(reply->boot_file,
			    "http://198.18.0.1:7080/boot/52:54:00:00:00:09/"
			    "auto.ipxe");
	assert_true(reply->no_pxedhcp);
	assert_string_equal(reply->vendor, "");
	assert_false(reply->pxe_bypass);
}

static void test_ipxe_that_lists_no_features_gets_the_script_too(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	str_copy(s.request.user_class, sizeof(s.request.user_class), "iPXE");

	assert_true(str_ends(plan(&s)->boot_file, "/auto.ipxe"));
	assert_false(s.answer.reply.no_pxedhcp);
}

static void test_ipxe_without_http_loads_ours_first(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_ipxe(&s, false);

	assert_string_equal(plan(&s)->boot_file, "snponly.efi");
	assert_true(s.answer.reply.no_pxedhcp);
}

static void test_a_machine_to_boot_its_disk_gets_no_file(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	s.machine.allow_netboot = false;
	set_firmware(&s, PXE_BIOS, 0);
	plan(&s);
	expect_no_boot_file(&s);

	set_firmware(&s, HTTP_X64, 16);
	plan(&s);
	expect_no_boot_file(&s);

	set_ipxe(&s, true);
	plan(&s);
	expect_no_boot_file(&s);
	assert_true(s.answer.reply.no_pxedhcp);
}

static void test_firmware_without_a_boot_file_is_told_of_with_why(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_X64, 7);
	plan(&s);
	assert_null(s.answer.no_boot);

	s.machine.allow_netboot = false;
	plan(&s);
	assert_string_equal(s.answer.no_boot, "network boot is not allowed");

	s.machine.allow_netboot = true;
	set_firmware(&s, PXE_X64, 6);
	plan(&s);
	assert_string_equal(s.answer.no_boot, "no iPXE for its architecture");

	s.machine.allow_netboot = false;
	str_copy(s.request.vendor, sizeof(s.request.vendor), "udhcp 1.35.0");
	plan(&s);
	assert_null(s.answer.no_boot);
}

static void test_an_operating_system_gets_no_boot_file(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	str_copy(s.request.vendor, sizeof(s.request.vendor), "udhcp 1.35.0");

	plan(&s);

	expect_no_boot_file(&s);
	assert_false(s.answer.reply.no_pxedhcp);
}

static void set_own_file(struct scene *s, const char *tftp, const char *file)
{
	str_copy(s->machine.tftp_server, sizeof(s->machine.tftp_server), tftp);
	str_copy(s->machine.boot_file, sizeof(s->machine.boot_file), file);
}

static void test_the_operators_own_boot_file_is_sent_as_it_is(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_BIOS, 0);
	set_own_file(&s, "10.0.0.5", "own/pxelinux.0");

	reply = plan(&s);

	assert_string_equal(reply->tftp_server, "10.0.0.5");
	assert_string_equal(reply->boot_file, "own/pxelinux.0");
	assert_int_equal(reply->siaddr, 0x0a000005);
	assert_string_equal(reply->vendor, "");
	assert_false(reply->pxe_bypass);
}

static void test_the_operators_server_may_have_a_name(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_ipxe(&s, true);
	set_own_file(&s, "tftp.rack", "own.ipxe");

	plan(&s);

	assert_string_equal(s.answer.reply.tftp_server, "tftp.rack");
	assert_int_equal(s.answer.reply.siaddr, 0);
	assert_true(s.answer.reply.no_pxedhcp);
}

static void test_the_operators_url_reaches_http_boot_firmware(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_firmware(&s, HTTP_X64, 16);
	set_own_file(&s, "", "http://10.0.0.5/grub.efi");
	plan(&s);
	assert_string_equal(s.answer.reply.boot_file,
			    "http://10.0.0.5/grub.efi");
	assert_string_equal(s.answer.reply.vendor, "HTTPClient");

	set_own_file(&s, "10.0.0.5", "grub.efi");
	plan(&s);
	assert_string_equal(s.answer.reply.vendor, "");
}

/* Lets a reply grow by what its relay added to the request. */
static size_t build(struct scene *s, size_t relay)
{
	uint8_t bytes[DHCP_MAX_PACKET];

	s->request.relay.len = relay;
	plan(s);
	return dhcp_answer_build(&s->request, &s->answer, bytes);
}

static void test_what_a_machine_boots_without_is_left_out_first(void **state)
{
	struct scene s;
	const struct dhcp_reply *reply = &s.answer.reply;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_X64, 7);
	memset(s.machine.domain, 'd', sizeof(s.machine.domain) - 1);
	/* 470 bytes, and what the relay added with its two of head */
	assert_int_equal(build(&s, 0), 470);
	assert_int_equal(build(&s, 76), 548);
	assert_null(s.answer.missing);

	assert_int_equal(build(&s, 77), 543);
	assert_string_equal(s.answer.missing, "time servers");
	assert_int_not_equal(build(&s, 90), 0);
	assert_string_equal(s.answer.missing, "time servers and domain");
	assert_string_equal(reply->hostname, "r1n01");

	assert_int_equal(build(&s, 236), 548);
	assert_string_equal(s.answer.missing,
			    "all but addresses and boot file");
	assert_string_equal(reply->boot_file, "snponly.efi");
	assert_int_equal(reply->router, 0xc61200fe);

	assert_int_equal(build(&s, 237), 0);
}

static void test_a_client_that_takes_more_is_sent_more(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	set_firmware(&s, PXE_X64, 7);
	s.request.max_size = 1472;
	memset(s.machine.domain, 'd', sizeof(s.machine.domain) - 1);

	assert_true(build(&s, 400) > 548);
	assert_null(s.answer.missing);
}

/* Of machines that nobody knows these alone may be answered. */
static void test_who_boots_from_the_network_is_told_from_who_runs(void **state)
{
	static const struct {
		const char *vendor;
		const char *user;
		bool ipxe;
		bool boots;
	} rows[] = {
		{ PXE_X64, "", false, true },
		{ "HTTPClient:Arch:00016", "", false, true },
		{ "", "iPXE", false, true },
		{ "", "", true, true },
		{ "", "", false, false },
		{ "MSFT 5.0", "", false, false },
		{ "udhcp 1.36.1", "", false, false },
		{ "dhcpcd-9.4.1:Linux", "", false, false },
		{ "xPXEClient", "", false, false },
		{ "android-dhcp-14", "iPXE2", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dhcp_request request = { .ipxe = rows[i].ipxe };

		str_copy(request.vendor, sizeof(request.vendor),
			 rows[i].vendor);
		str_copy(request.user_class, sizeof(request.user_class),
			 rows[i].user);
		assert_int_equal(dhcp_is_boot_client(&request), rows[i].boots);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_each_architecture_gets_its_own_file),
		RUN(test_the_first_architecture_that_we_know_counts),
		RUN(test_pxe_firmware_is_sent_to_tftp_without_discovery),
		RUN(test_a_machine_may_have_a_binary_of_its_own),
		RUN(test_http_boot_gets_its_class_and_a_url),
		RUN(test_an_http_architecture_alone_is_no_http_boot),
		RUN(test_ipxe_is_told_where_its_script_is),
		RUN(test_ipxe_that_lists_no_features_gets_the_script_too),
		RUN(test_ipxe_without_http_loads_ours_first),
		RUN(test_a_machine_to_boot_its_disk_gets_no_file),
		RUN(test_firmware_without_a_boot_file_is_told_of_with_why),
		RUN(test_an_operating_system_gets_no_boot_file),
		RUN(test_the_operators_own_boot_file_is_sent_as_it_is),
		RUN(test_the_operators_server_may_have_a_name),
		RUN(test_the_operators_url_reaches_http_boot_firmware),
		RUN(test_what_a_machine_boots_without_is_left_out_first),
		RUN(test_a_client_that_takes_more_is_sent_more),
		RUN(test_who_boots_from_the_network_is_told_from_who_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
