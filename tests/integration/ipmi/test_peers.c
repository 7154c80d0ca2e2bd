/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "console.h"
#include "ground.h"

/*
 * Our IPMI against BMCs that others have written, and our farm against
 * clients that others have written; and both ways to the same BMC, which must
 * find the same.
 */
static const struct bmc_request power_get = { .op = BMC_POWER_GET };

static void set_power(struct ground *ground, const struct bmc_target *target,
		      enum bmc_power_action action, enum bmc_power power)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = action };

	ground_good(ground, target, &request);
	assert_true(ground->result.verified);
	assert_int_equal(ground->result.power, power);
	ground_good(ground, target, &power_get);
	assert_int_equal(ground->result.power, power);
}

static void set_boot(struct ground *ground, const struct bmc_target *target,
		     enum bmc_device device, bool persistent)
{
	const struct bmc_request request = {
		.op = BMC_BOOT_SET,
		.boot = { .device = device,
			  .persistent = persistent,
			  .uefi = true },
	};

	ground_good(ground, target, &request);
	assert_int_equal(ground->result.boot.device, device);
}

/* ---- ipmi_sim ---- */

static void test_power_of_ipmi_sim(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	ground_good(ground, &target, &power_get);
	assert_int_equal(ground->result.power, BMC_POWER_OFF);
	set_power(ground, &target, BMC_ACTION_ON, BMC_POWER_ON);
	assert_false(ground->result.changed);
	set_power(ground, &target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	set_power(ground, &target, BMC_ACTION_RESET, BMC_POWER_ON);
	set_power(ground, &target, BMC_ACTION_SOFT, BMC_POWER_OFF);
	set_power(ground, &target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	set_power(ground, &target, BMC_ACTION_OFF, BMC_POWER_OFF);

	assert_int_equal(ground_count(ground, "record", "set reset 1"), 1);
	assert_int_equal(ground_count(ground, "record", "set shutdown 1"), 1);
}

static void test_boot_devices_of_ipmi_sim(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	set_boot(ground, &target, BMC_BOOT_PXE, false);
	assert_true(ground->result.changed && ground->result.verified);
	set_boot(ground, &target, BMC_BOOT_CD, true);
	set_boot(ground, &target, BMC_BOOT_DISK, true);
	set_boot(ground, &target, BMC_BOOT_NONE, false);

	assert_int_equal(ground_count(ground, "record", "set boot pxe"), 1);
	assert_int_equal(ground_count(ground, "record", "set boot cdrom"), 1);
	assert_int_equal(ground_count(ground, "record", "set boot default"), 1);
	assert_int_equal(ground_count(ground, "record", "set boot none"), 1);
}

static void test_a_wrong_password_for_ipmi_sim_is_tried_once(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	ground_good(ground, &target, &power_get);
	str_copy(target.password, sizeof(target.password), "wrong");
	ground_bad(ground, &target, &power_get, ERR_AUTH,
		   "does not know this password");
	ground_bad(ground, &target, &power_get, ERR_AUTH, "not tried again");
	str_copy(target.password, sizeof(target.password), GROUND_PASSWORD);
	ground_good(ground, &target, &power_get);
}

static void test_an_operator_of_ipmi_sim(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	str_copy(target.user, sizeof(target.user), "op");
	str_copy(target.password, sizeof(target.password), "operate");
	set_power(ground, &target, BMC_ACTION_ON, BMC_POWER_ON);
}

static void test_the_password_of_ipmi_sim_is_changed(void **state)
{
	const struct bmc_request change = { .op = BMC_PASSWORD_SET,
					    .user = "op",
					    .secret = "another" };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	ground_good(ground, &target, &change);
	assert_true(ground->result.sent);
	str_copy(target.user, sizeof(target.user), "op");
	str_copy(target.password, sizeof(target.password), "operate");
	ground_bad(ground, &target, &power_get, ERR_AUTH, "password");
	str_copy(target.password, sizeof(target.password), "another");
	ground_good(ground, &target, &power_get);
}

/* It does not say whether its light is on, and has no NMI. */
static void test_the_light_of_ipmi_sim(void **state)
{
	const struct bmc_request light = { .op = BMC_IDENTIFY, .seconds = 20 };
	const struct bmc_request nmi = { .op = BMC_NMI };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	ground_good(ground, &target, &light);
	assert_true(ground->result.sent && !ground->result.verified);
	assert_int_equal(ground_count(ground, "record", "set identify 20"), 1);
	set_power(ground, &target, BMC_ACTION_ON, BMC_POWER_ON);
	ground_bad(ground, &target, &nmi, ERR_UNSUPPORTED, "cannot do this");
	assert_false(ground->result.sent);
}

/* Its serial line: who is at the other end, once it has connected. */
static int accept_serial(struct ground *ground)
{
	for (int i = 0; i < 1500; i++) {
		int fd = accept4(ground->serial, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			return fd;
		loop_turn(ground->loop, 10);
	}
	fail_msg("ipmi_sim does not connect its serial line");
	return -1;
}

static void await_serial(struct ground *ground, int fd, char *text, size_t len)
{
	size_t n = 0;

	for (int i = 0; i < 1500 && n < len; i++) {
		ssize_t got = read(fd, text + n, len - n);

		n += got > 0 ? (size_t)got : 0;
		loop_turn(ground->loop, 10);
	}
	assert_int_equal(n, len);
}

static void test_the_console_of_ipmi_sim(void **state)
{
	struct console console = { 0 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	char sent[1001];
	char got[1001];
	int fd;

	if (!ground_sim(ground, &target))
		skip();
	for (size_t i = 0; i < sizeof(sent) - 1; i++)
		sent[i] = (char)('a' + i % 23);
	sent[sizeof(sent) - 1] = '\n';
	fd = accept_serial(ground);
	console_open(ground, &target, false, &console);
	assert_int_equal(bmc_console_write(console.console, "early\n", 6), 6);
	await_serial(ground, fd, got, 6);
	assert_memory_equal(got, "early\n", 6);
	/* More than one packet has room for, both ways. */
	assert_int_equal(bmc_console_write(console.console, sent, sizeof(sent)),
			 sizeof(sent));
	await_serial(ground, fd, got, sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	assert_int_equal(write(fd, sent, sizeof(sent)), sizeof(sent));
	assert_int_equal(write(fd, "login: ", 7), 7);
	console_await(ground, &console, "login: ");
	assert_int_equal(console.len, sizeof(sent) + 7);
	assert_memory_equal(console.text, sent, sizeof(sent));

	bmc_console_close(console.console);
	console = (struct console){ 0 };
	console_open(ground, &target, false, &console);
	/* What comes while nobody is there is lost: so we are first. */
	bmc_console_write(console.console, "new\n", 4);
	await_serial(ground, fd, got, 4);
	assert_int_equal(write(fd, "again", 5), 5);
	console_await(ground, &console, "again");
	bmc_console_close(console.console);
	close(fd);
}

/* ---- pyghmi ---- */

static void test_power_and_boot_of_pyghmi(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_pyghmi(ground, &target))
		skip();
	target.cipher = 3;
	ground_good(ground, &target, &power_get);
	assert_int_equal(ground->result.power, BMC_POWER_OFF);
	set_power(ground, &target, BMC_ACTION_ON, BMC_POWER_ON);
	set_power(ground, &target, BMC_ACTION_RESET, BMC_POWER_ON);
	set_boot(ground, &target, BMC_BOOT_PXE, false);
	set_power(ground, &target, BMC_ACTION_OFF, BMC_POWER_OFF);
	/* And again, after a logout. */
	ground_forget(ground, "b1");
	ground_good(ground, &target, &power_get);
}

static void test_pyghmi_answers_with_another_suite_and_is_refused(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_pyghmi(ground, &target))
		skip();
	ground_bad(ground, &target, &power_get, ERR_MISMATCH,
		   "asked for cipher suite 17");
}

/* ---- the same by ipmitool ---- */

/* Runs ipmitool for a target; its output is kept. */
static void tool(struct ground *ground, const struct bmc_target *target,
		 unsigned suite, const char *words)
{
	int status = ground_run(
		ground, "ipmitool -I lanplus -H %s -p %u -U %s -P %s -C %u %s",
		target->host, target->port, target->user, target->password,
		suite, words);

	if (status)
		fail_msg("ipmitool %s: %s", words, ground->output);
}

static void same_field(struct ground *ground, const char *label,
		       const char *ours)
{
	char theirs[256];

	ground_field(ground, label, theirs, sizeof(theirs));
	if (!str_eq(theirs, ours))
		fail_msg("%s: ipmitool has \"%s\", we have \"%s\"", label,
			 theirs, ours);
}

static void same_number(struct ground *ground, const char *label, long ours)
{
	char theirs[256];

	ground_field(ground, label, theirs, sizeof(theirs));
	if (strtol(theirs, NULL, 0) != ours)
		fail_msg("%s: ipmitool has \"%s\", we have %ld", label, theirs,
			 ours);
}

static void same_info(struct ground *ground, const struct bmc_target *target,
		      unsigned suite)
{
	const struct bmc_request request = { .op = BMC_INFO };
	const struct bmc_info *info =
		&ground_good(ground, target, &request)->info;

	tool(ground, target, suite, "mc info");
	same_number(ground, "Device ID", info->device);
	same_number(ground, "Device Revision", info->revision);
	same_field(ground, "Firmware Revision", info->firmware);
	same_field(ground, "IPMI Version", info->protocol);
	same_number(ground, "Manufacturer ID", info->manufacturer);
	same_number(ground, "Product ID", info->product);
}

static void same_power(struct ground *ground, const struct bmc_target *target,
		       unsigned suite)
{
	char theirs[64];

	for (int on = 0; on < 2; on++) {
		set_power(ground, target, on ? BMC_ACTION_ON : BMC_ACTION_OFF,
			  on ? BMC_POWER_ON : BMC_POWER_OFF);
		tool(ground, target, suite, "power status");
		ground_field(ground, "Chassis Power is", theirs,
			     sizeof(theirs));
		assert_string_equal(theirs, on ? "on" : "off");
	}
}

/* "2 | 11/14/23 | 22:14:20 UTC | Temperature #0x01 | ... | Asserted" */
static void same_log(struct ground *ground, const struct bmc_target *target,
		     unsigned suite)
{
	const struct bmc_request request = { .op = BMC_LOG_READ };
	const struct bmc_log *log = &ground_good(ground, target, &request)->log;
	char *rest = ground->output;
	size_t i = 0;

	assert_true(log->n > 1);
	tool(ground, target, suite, "sel list");
	for (char *line = strsep(&rest, "\n"); line && *line;
	     line = strsep(&rest, "\n"), i++) {
		const struct bmc_event *event = &log->events[i];
		char at[CLOCK_TEXT];
		char seconds[16];
		char sensor[16];

		assert_true(i < log->n);
		assert_int_equal(strtol(line, NULL, 16), event->id);
		snprintf(sensor, sizeof(sensor), "#0x%02x |", event->sensor);
		assert_non_null(strstr(line, sensor));
		assert_true(!strstr(line, "Deasserted") == event->asserted);
		clock_text(event->at, at);
		snprintf(seconds, sizeof(seconds), "%.8s", at + 11);
		assert_true(event->at ? strstr(line, seconds) != NULL
				      : strstr(line, "Pre-Init") != NULL);
	}
	assert_int_equal(i, log->n);
	tool(ground, target, suite, "sel info");
	same_number(ground, "Entries", log->n_in_all);
}

/* "CPU Temp,47,degrees C,ok" */
static void same_sensors(struct ground *ground, const struct bmc_target *target,
			 unsigned suite)
{
	const struct bmc_request request = { .op = BMC_SENSORS };
	const struct bmc_sensors *sensors =
		&ground_good(ground, target, &request)->sensors;
	unsigned n = 0;

	tool(ground, target, suite, "-c sdr list full");
	for (size_t i = 0; i < sensors->n; i++) {
		const struct bmc_sensor *sensor = &sensors->sensors[i];
		char theirs[128];
		double value;
		double off;

		if (!sensor->has_value)
			continue;
		ground_field(ground, sensor->name, theirs, sizeof(theirs));
		assert_int_equal(theirs[0], ',');
		value = strtod(theirs + 1, NULL);
		off = value - sensor->value;
		if (off > 0.01 || off < -0.01)
			fail_msg("%s: ipmitool has %f, we have %f",
				 sensor->name, value, sensor->value);
		assert_true((strstr(theirs, ",ok") != NULL) ==
			    (sensor->health == BMC_HEALTH_GOOD));
		n++;
	}
	assert_true(n >= 2);
}

static void same_fru(struct ground *ground, const struct bmc_target *target,
		     unsigned suite)
{
	const struct bmc_request request = { .op = BMC_FRU };
	const struct bmc_fru *fru = &ground_good(ground, target, &request)->fru;

	tool(ground, target, suite, "fru print 0");
	same_field(ground, "Chassis Part Number", fru->chassis_part);
	same_field(ground, "Chassis Serial", fru->chassis_serial);
	same_field(ground, "Board Mfg   ", fru->board_maker);
	same_field(ground, "Board Product", fru->board_name);
	same_field(ground, "Board Serial", fru->board_serial);
	same_field(ground, "Board Part Number", fru->board_part);
	same_field(ground, "Product Manufacturer", fru->product_maker);
	same_field(ground, "Product Name", fru->product_name);
	same_field(ground, "Product Version", fru->product_version);
	same_field(ground, "Product Serial", fru->product_serial);
	same_field(ground, "Product Asset Tag", fru->product_asset);
	assert_true(*fru->board_serial);
}

/* "2   admin            true    true       true       ADMINISTRATOR" */
static void same_users(struct ground *ground, const struct bmc_target *target,
		       unsigned suite)
{
	const struct bmc_request request = { .op = BMC_USERS };
	const struct bmc_users *users =
		&ground_good(ground, target, &request)->users;

	assert_true(users->n >= 2);
	tool(ground, target, suite, "user list 1");
	for (size_t i = 0; i < users->n; i++) {
		char label[16];
		char theirs[128];

		snprintf(label, sizeof(label), "%u ", users->users[i].id);
		ground_field(ground, label, theirs, sizeof(theirs));
		assert_true(str_starts(theirs, users->users[i].name));
		if (users->users[i].privilege == 4)
			assert_non_null(strstr(theirs, "ADMINISTRATOR"));
		if (users->users[i].privilege == 3)
			assert_non_null(strstr(theirs, "OPERATOR"));
	}
}

static void same_boot(struct ground *ground, const struct bmc_target *target,
		      unsigned suite)
{
	const struct bmc_request get = { .op = BMC_BOOT_GET };

	set_boot(ground, target, BMC_BOOT_PXE, true);
	tool(ground, target, suite, "chassis bootparam get 5");
	assert_non_null(strstr(ground->output, "Force PXE"));
	assert_non_null(strstr(ground->output, "all future boots"));
	assert_non_null(strstr(ground->output, "EFI boot"));
	tool(ground, target, suite, "chassis bootdev cdrom");
	ground_good(ground, target, &get);
	assert_int_equal(ground->result.boot.device, BMC_BOOT_CD);
	assert_false(ground->result.boot.persistent ||
		     ground->result.boot.uefi);
}

static void same_lan(struct ground *ground, const struct bmc_target *target,
		     unsigned suite)
{
	const struct bmc_request request = { .op = BMC_LAN_GET };
	const struct bmc_lan *lan = &ground_good(ground, target, &request)->lan;
	char text[IPV4_TEXT];
	char mac[MAC_TEXT];

	tool(ground, target, suite, "lan print 1");
	net_ipv4_text(lan->address, text);
	same_field(ground, "IP Address   ", text);
	net_ipv4_text(lan->mask, text);
	same_field(ground, "Subnet Mask", text);
	net_ipv4_text(lan->gateway, text);
	same_field(ground, "Default Gateway IP", text);
	net_mac_text(&lan->mac, mac);
	same_field(ground, "MAC Address", mac);
}

static void test_of_ipmi_sim_we_find_what_ipmitool_finds(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (!ground_sim(ground, &target))
		skip();
	ground_good(ground, &target, &power_get);
	same_info(ground, &target, 3);
	same_power(ground, &target, 3);
	same_log(ground, &target, 3);
	same_sensors(ground, &target, 3);
	same_fru(ground, &target, 3);
	same_users(ground, &target, 3);
	same_lan(ground, &target, 3);
}

static void test_of_the_farm_we_find_what_ipmitool_finds(void **state)
{
	static const unsigned suites[] = { 3, 17 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (ground_run(ground, "which ipmitool"))
		skip();
	ground_farm(ground, &target, "");
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		target.cipher = suites[i];
		same_info(ground, &target, suites[i]);
		same_power(ground, &target, suites[i]);
		same_log(ground, &target, suites[i]);
		same_sensors(ground, &target, suites[i]);
		same_fru(ground, &target, suites[i]);
		same_users(ground, &target, suites[i]);
		same_boot(ground, &target, suites[i]);
		same_lan(ground, &target, suites[i]);
	}
}

/* Our own driver for that program, through the same machine of operations. */
static void test_both_drivers_read_the_same(void **state)
{
	const struct bmc_request info = { .op = BMC_INFO };
	const struct bmc_request log = { .op = BMC_LOG_READ };
	const struct bmc_request light = { .op = BMC_IDENTIFY, .seconds = 60 };
	const struct bmc_request word = { .op = BMC_PASSWORD_SET,
					  .user = "guest",
					  .secret = "x" };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	struct bmc_info ours;
	struct bmc_event event;

	if (ground_run(ground, "which ipmitool"))
		skip();
	ground_farm(ground, &target, "");
	ours = ground_good(ground, &target, &info)->info;
	event = ground_good(ground, &target, &log)->log.events[3];
	target.ipmitool = true;
	assert_memory_equal(&ground_good(ground, &target, &info)->info, &ours,
			    sizeof(ours));
	assert_memory_equal(&ground_good(ground, &target, &log)->log.events[3],
			    &event, sizeof(event));
	ground_good(ground, &target, &light);
	assert_int_equal(ground_count(ground, "record", "identify 1"), 1);
	/* It would stand in its arguments. */
	ground_bad(ground, &target, &word, ERR_UNSUPPORTED, "by ipmitool");
}

/* ---- the farm and other clients ---- */

static void test_the_farm_is_a_bmc_to_ipmitool(void **state)
{
	static const unsigned suites[] = { 3, 17 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (ground_run(ground, "which ipmitool"))
		skip();
	ground_farm(ground, &target, "");
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		tool(ground, &target, suites[i], "power on");
		tool(ground, &target, suites[i], "power cycle");
		tool(ground, &target, suites[i], "chassis identify 5");
		tool(ground, &target, suites[i], "sel clear");
		tool(ground, &target, suites[i], "power off");
	}
	assert_int_equal(ground_count(ground, "record", "power cycle"), 2);
	assert_int_equal(ground_count(ground, "record", "sel clear"), 2);
	str_copy(target.password, sizeof(target.password), "wrong");
	assert_int_not_equal(
		ground_run(ground,
			   "ipmitool -I lanplus -H 127.0.0.1 -p %u -U admin "
			   "-P wrong -C 17 -N 1 -R 1 power status",
			   target.port),
		0);
}

/* It wants a terminal, which script is. */
static void test_the_farm_has_a_console_for_ipmitool(void **state)
{
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (ground_run(ground, "which ipmitool script"))
		skip();
	ground_farm(ground, &target, "");
	ground_run(ground,
		   "sh -c '(sleep 1; printf \"hello\\r\"; sleep 1; "
		   "printf \"\\r~.\"; sleep 1) | script -qfc "
		   "\"ipmitool -I lanplus -C 17 -H 127.0.0.1 -p %u -U admin "
		   "-P " GROUND_PASSWORD " sol activate\" /dev/null'",
		   target.port);

	assert_non_null(strstr(ground->output, "This is a barn."));
	assert_non_null(strstr(ground->output, "hello"));
	assert_int_equal(ground_count(ground, "record", "sol on"), 1);
	assert_int_equal(ground_count(ground, "record", "sol off"), 1);
}

static void test_the_farm_is_a_bmc_to_ipmipower(void **state)
{
	static const unsigned suites[] = { 3, 17 };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;

	if (ground_run(ground, "which ipmipower"))
		skip();
	ground_farm(ground, &target, "");
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		const char *const words[] = { "--on", "--stat", "--reset",
					      "--off" };

		for (size_t k = 0; k < ARRAY_LEN(words); k++) {
			int status = ground_run(
				ground,
				"ipmipower -D LAN_2_0 -I %u -u admin "
				"-p " GROUND_PASSWORD " -h 127.0.0.7:%u,"
				"127.0.0.8:%u %s",
				suites[i], target.port, target.port, words[k]);

			assert_int_equal(status, 0);
			assert_null(strstr(ground->output, "timeout"));
		}
	}
	assert_int_equal(ground_count(ground, "record", "power on"), 4);
	assert_int_equal(ground_count(ground, "record", "power reset"), 4);
	assert_int_equal(ground_count(ground, "record", "127.0.0.8 power off"),
			 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		GROUND(test_power_of_ipmi_sim),
		GROUND(test_boot_devices_of_ipmi_sim),
		GROUND(test_a_wrong_password_for_ipmi_sim_is_tried_once),
		GROUND(test_an_operator_of_ipmi_sim),
		GROUND(test_the_password_of_ipmi_sim_is_changed),
		GROUND(test_the_light_of_ipmi_sim),
		GROUND(test_the_console_of_ipmi_sim),
		GROUND(test_power_and_boot_of_pyghmi),
		GROUND(test_pyghmi_answers_with_another_suite_and_is_refused),
		GROUND(test_of_ipmi_sim_we_find_what_ipmitool_finds),
		GROUND(test_of_the_farm_we_find_what_ipmitool_finds),
		GROUND(test_both_drivers_read_the_same),
		GROUND(test_the_farm_is_a_bmc_to_ipmitool),
		GROUND(test_the_farm_has_a_console_for_ipmitool),
		GROUND(test_the_farm_is_a_bmc_to_ipmipower),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
