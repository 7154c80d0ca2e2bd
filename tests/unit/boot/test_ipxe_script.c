/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "boot/ipxe_script.h"

static const struct ipxe_boot boot = { .server = "http://198.18.0.1:7080",
				       .kernel_args = "" };

static struct boot_machine machine(void)
{
	return (struct boot_machine){ .name = "r1n01",
				      .mac = { { 0x52, 0x54, 0, 0, 0, 9 } },
				      .allow_netboot = true };
}

static void test_a_machine_loads_kernel_hook_and_its_configuration(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(16 * 1024);
	struct boot_machine m = machine();
	struct err err;

	(void)state;
	assert_int_equal(ipxe_script_hook(&m, &boot, &script, &err), 0);

	assert_string_equal(
		script.base,
		"#!ipxe\n"
		"echo tomte: r1n01 boots from the network\n"
		"set tries:int32 0\n"
		":kernel\n"
		"kernel --name vmlinuz "
		"http://198.18.0.1:7080/hook/vmlinuz-x86_64 initrd=hook "
		"initrd=cfg quiet cryptomgr.notests panic=30 console=tty0 "
		"console=ttyS0,115200 hw_addr=52:54:00:00:00:09 "
		"worker_id=52:54:00:00:00:09 && goto kernel_done ||\n"
		"inc tries\n"
		"iseq ${tries} 5 && goto failed ||\n"
		"echo tomte: kernel failed, trying again\n"
		"sleep 2\n"
		"goto kernel\n"
		":kernel_done\n"
		"set tries:int32 0\n"
		":initrd\n"
		"initrd --name hook "
		"http://198.18.0.1:7080/hook/initramfs-x86_64 "
		"&& goto initrd_done ||\n"
		"inc tries\n"
		"iseq ${tries} 5 && goto failed ||\n"
		"echo tomte: initrd failed, trying again\n"
		"sleep 2\n"
		"goto initrd\n"
		":initrd_done\n"
		"set tries:int32 0\n"
		":config\n"
		"initrd --name cfg "
		"http://198.18.0.1:7080/boot/52:54:00:00:00:09/cfg.cpio "
		"&& goto config_done ||\n"
		"inc tries\n"
		"iseq ${tries} 5 && goto failed ||\n"
		"echo tomte: config failed, trying again\n"
		"sleep 2\n"
		"goto config\n"
		":config_done\n"
		"boot || goto failed\n"
		":failed\n"
		"echo tomte: network boot failed, restarting in 20 seconds\n"
		"sleep 20\n"
		"reboot\n");
}

static void test_the_operators_arguments_come_last(void **state)
{
	static const struct ipxe_boot more = { .server = "http://h",
					       .kernel_args = "debug foo=1" };
	CLEANUP(buf_release) struct buf script = BUF_INIT(16 * 1024);
	struct boot_machine m = machine();
	struct err err;

	(void)state;
	assert_int_equal(ipxe_script_hook(&m, &more, &script, &err), 0);

	assert_non_null(strstr(script.base,
			       "worker_id=52:54:00:00:00:09 debug foo=1 &&"));
}

static void test_each_architecture_has_its_own_hook(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(16 * 1024);
	struct boot_machine m = machine();
	struct err err;

	(void)state;
	str_copy(m.arch, sizeof(m.arch), "aarch64");

	assert_int_equal(ipxe_script_hook(&m, &boot, &script, &err), 0);

	assert_non_null(strstr(script.base, "/hook/vmlinuz-aarch64 "));
	assert_non_null(strstr(script.base, "/hook/initramfs-aarch64 "));
	assert_null(strstr(script.base, "x86_64"));
}

static void test_a_url_of_its_own_is_chained_instead(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(16 * 1024);
	struct boot_machine m = machine();
	struct err err;

	(void)state;
	str_copy(m.ipxe_url, sizeof(m.ipxe_url), "http://10.0.0.5/menu.ipxe");

	assert_int_equal(ipxe_script_hook(&m, &boot, &script, &err), 0);

	assert_string_equal(
		script.base,
		"#!ipxe\n"
		"echo tomte: r1n01 boots from the network\n"
		"chain --autofree http://10.0.0.5/menu.ipxe || goto failed\n"
		":failed\n"
		"echo tomte: network boot failed, restarting in 20 seconds\n"
		"sleep 20\n"
		"reboot\n");
}

static void expect_refused(const struct boot_machine *m, const char *args)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(16 * 1024);
	struct ipxe_boot with = { .server = "http://h", .kernel_args = args };
	struct err err = { .code = ERR_NONE };

	assert_int_equal(ipxe_script_hook(m, &with, &script, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

static void test_nothing_begins_another_line_or_command(void **state)
{
	static const char *const bad[] = { "a\nreboot", "a\rb",        "a\tb",
					   "a\177b",    "${password}", "a || b",
					   "a && b",    "a;b",         "a|b",
					   "{a}" };
	struct boot_machine m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		m = machine();
		expect_refused(&m, bad[i]);

		str_copy(m.name, sizeof(m.name), bad[i]);
		expect_refused(&m, "");

		m = machine();
		str_copy(m.arch, sizeof(m.arch), bad[i]);
		expect_refused(&m, "");

		m = machine();
		str_copy(m.ipxe_url, sizeof(m.ipxe_url), bad[i]);
		expect_refused(&m, "");
	}
}

static void test_a_script_over_its_limit_is_an_error(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(512);
	struct boot_machine m = machine();
	struct err err = { .code = ERR_NONE };

	(void)state;
	assert_int_equal(ipxe_script_hook(&m, &boot, &script, &err), -1);

	assert_int_equal(err.code, ERR_TOO_BIG);
}

static void test_bios_goes_on_to_its_first_disk(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(1024);
	struct boot_machine m = machine();

	(void)state;
	ipxe_script_local(&m, &script);

	assert_string_equal(script.base,
			    "#!ipxe\n"
			    "echo tomte: booting from the disk\n"
			    "sanboot --no-describe --drive 0x80 || exit 1\n");
}

static void test_uefi_goes_on_with_its_boot_order(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(1024);
	struct boot_machine m = machine();

	(void)state;
	m.uefi = true;
	ipxe_script_local(&m, &script);

	assert_string_equal(script.base, "#!ipxe\n"
					 "echo tomte: booting from the disk\n"
					 "exit 1\n");
}

static void test_who_is_not_known_says_what_it_is(void **state)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(16 * 1024);
	struct boot_machine m = machine();

	(void)state;
	m.stranger = true;
	ipxe_script_ask(&m, &boot, &script);

	assert_string_equal(
		script.base,
		"#!ipxe\n"
		"echo tomte: 52:54:00:00:00:09 is not known yet\n"
		"chain --autofree http://198.18.0.1:7080/boot/"
		"52:54:00:00:00:09/hook.ipxe?platform=${platform}"
		"&arch=${buildarch}&serial=${serial:uristring}"
		"&mac0=${net0/mac:hexhyp}&mac1=${net1/mac:hexhyp}"
		"&mac2=${net2/mac:hexhyp}&mac3=${net3/mac:hexhyp}"
		"&mac4=${net4/mac:hexhyp}&mac5=${net5/mac:hexhyp}"
		"&mac6=${net6/mac:hexhyp}&mac7=${net7/mac:hexhyp}"
		" || goto failed\n"
		":failed\n"
		"echo tomte: network boot failed, restarting in 20 seconds\n"
		"sleep 20\n"
		"reboot\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_a_machine_loads_kernel_hook_and_its_configuration),
		RUN(test_the_operators_arguments_come_last),
		RUN(test_each_architecture_has_its_own_hook),
		RUN(test_a_url_of_its_own_is_chained_instead),
		RUN(test_nothing_begins_another_line_or_command),
		RUN(test_a_script_over_its_limit_is_an_error),
		RUN(test_bios_goes_on_to_its_first_disk),
		RUN(test_uefi_goes_on_with_its_boot_order),
		RUN(test_who_is_not_known_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
