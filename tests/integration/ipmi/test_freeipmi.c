/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ground.h"

/*
 * FreeIPMI's tools at the farm. They have nothing in common with ipmitool, so
 * that what all three of us read alike is what is there.
 */
struct field {
	const char *label;
	const char *ours;
};

/* Runs one of the tools; false: it is not installed. */
static bool tool(struct ground *ground, const struct bmc_target *target,
		 const char *words)
{
	int status =
		ground_run(ground, "%s -D LAN_2_0 -I %u -h %s:%u -u %s -p %s",
			   words, target->cipher, target->host, target->port,
			   target->user, target->password);

	if (status && strstr(ground->output, "No such file"))
		return false;
	if (status)
		fail_msg("%s: %s", words, ground->output);
	return true;
}

/* One that keeps what it knows of sensors: not at home. */
static bool caching_tool(struct ground *ground, const struct bmc_target *target,
			 const char *words)
{
	AUTO_FREE char *all = xasprintf("%s --quiet-cache "
					"--sdr-cache-directory=%s",
					words, ground->dir);

	return tool(ground, target, all);
}

static void same_fields(struct ground *ground, const struct field *fields,
			size_t n)
{
	char theirs[256];

	for (size_t i = 0; i < n; i++) {
		ground_field(ground, fields[i].label, theirs, sizeof(theirs));
		if (!str_eq(theirs, fields[i].ours))
			fail_msg("%s: FreeIPMI has \"%s\", we have \"%s\"",
				 fields[i].label, theirs, fields[i].ours);
	}
}

/* The line of ->output with these words between commas, from them on. */
static const char *line_with(struct ground *ground, const char *words)
{
	AUTO_FREE char *wanted = xasprintf(",%s,", words);
	const char *at = strstr(ground->output, wanted);

	if (!at)
		fail_msg("no line of FreeIPMI's has \"%s\": %s", words,
			 ground->output);
	return at + strlen(wanted);
}

static void test_devices_alike(void **state)
{
	const struct bmc_request request = { .op = BMC_INFO };
	struct bmc_target target = { .cipher = 17 };
	struct ground *ground = *state;
	const struct bmc_info *info;
	char theirs[64];

	ground_farm(ground, &target, "");
	target.cipher = 17;
	info = &ground_good(ground, &target, &request)->info;
	if (!tool(ground, &target, "bmc-info --get-device-id"))
		skip();
	same_fields(ground,
		    (const struct field[]){
			    { "Firmware Revision", info->firmware },
			    { "IPMI Version", info->protocol },
		    },
		    2);
	ground_field(ground, "Device ID", theirs, sizeof(theirs));
	assert_int_equal(strtol(theirs, NULL, 10), info->device);
	ground_field(ground, "Product ID", theirs, sizeof(theirs));
	assert_int_equal(strtol(theirs, NULL, 10), info->product);
}

static void test_fru_alike(void **state)
{
	const struct bmc_request request = { .op = BMC_FRU };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	const struct bmc_fru *fru;

	ground_farm(ground, &target, "");
	target.cipher = 3;
	fru = &ground_good(ground, &target, &request)->fru;
	if (!caching_tool(ground, &target, "ipmi-fru"))
		skip();
	same_fields(
		ground,
		(const struct field[]){
			{ "FRU Chassis Part Number", fru->chassis_part },
			{ "FRU Chassis Serial Number", fru->chassis_serial },
			{ "FRU Board Manufacturer", fru->board_maker },
			{ "FRU Board Product Name", fru->board_name },
			{ "FRU Board Serial Number", fru->board_serial },
			{ "FRU Board Part Number", fru->board_part },
			{ "FRU Product Manufacturer Name", fru->product_maker },
			{ "FRU Product Name", fru->product_name },
			{ "FRU Product Version", fru->product_version },
			{ "FRU Product Serial Number", fru->product_serial },
			{ "FRU Product Asset Tag", fru->product_asset },
		},
		11);
}

/* "5,FAN 2,Fan,300.00,RPM,'At or Below (<=) Lower Critical Threshold'" */
static void test_sensors_alike(void **state)
{
	const struct bmc_request request = { .op = BMC_SENSORS };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	const struct bmc_sensors *sensors;
	unsigned n_values = 0;

	ground_farm(ground, &target, "");
	target.cipher = 17;
	sensors = &ground_good(ground, &target, &request)->sensors;
	if (!caching_tool(ground, &target,
			  "ipmi-sensors --comma-separated-output "
			  "--no-header-output"))
		skip();
	for (size_t i = 0; i < sensors->n; i++) {
		const struct bmc_sensor *sensor = &sensors->sensors[i];
		const char *rest = line_with(ground, sensor->name);
		double off;

		if (!sensor->has_value)
			continue;
		n_values++;
		rest += strcspn(rest, ",") + 1; /* its type */
		off = strtod(rest, NULL) - sensor->value;
		if (off > 0.01 || off < -0.01)
			fail_msg("%s: FreeIPMI has %.12s, we have %f",
				 sensor->name, rest, sensor->value);
		rest += strcspn(rest, "'");
		assert_int_equal(str_starts(rest, "'OK'"),
				 sensor->health == BMC_HEALTH_GOOD);
	}
	assert_true(n_values >= 5);
}

/* What it calls things, and we: how many of them the line has. */
static unsigned same_words(const char *line, const char *text)
{
	static const struct field words[] = {
		{ "Upper Critical - going high", "upper critical, going high" },
		{ "Power Supply input lost", "input lost" },
		{ "Log Area Reset/Cleared", "cleared" },
		{ "Correctable memory error", "corrected error" },
	};
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strstr(line, words[i].label))
			continue;
		n++;
		if (!strstr(text, words[i].ours))
			fail_msg("%s: we have \"%s\"", line, text);
	}
	return n;
}

/* "3,Nov-14-2023,22:15:20,CPU Temp,Temperature,Upper Critical - ..." */
static void test_logs_alike(void **state)
{
	const struct bmc_request request = { .op = BMC_LOG_READ };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	const struct bmc_log *log;
	char *rest = ground->output;
	unsigned n_words = 0;
	size_t n = 0;

	ground_farm(ground, &target, "");
	target.cipher = 17;
	log = &ground_good(ground, &target, &request)->log;
	if (!caching_tool(ground, &target,
			  "ipmi-sel --comma-separated-output "
			  "--no-header-output"))
		skip();
	for (char *line = strsep(&rest, "\n"); line && *line;
	     line = strsep(&rest, "\n"), n++) {
		const struct bmc_event *event = &log->events[n];
		char at[CLOCK_TEXT];
		char time[16];

		assert_true(n < log->n);
		assert_int_equal(strtol(line, NULL, 10), event->id);
		clock_text(event->at, at);
		snprintf(time, sizeof(time), ",%.8s,", at + 11);
		assert_true(event->at ? strstr(line, time) != NULL
				      : strstr(line, "PostInit") != NULL);
		n_words += same_words(line, event->text);
	}
	assert_true(n_words >= 4);
	assert_int_equal(n, log->n);
}

static void test_status_and_boot_alike(void **state)
{
	const struct bmc_request pxe = {
		.op = BMC_BOOT_SET,
		.boot = { .device = BMC_BOOT_PXE, .uefi = true },
	};
	const struct bmc_request light = { .op = BMC_IDENTIFY, .seconds = 60 };
	const struct bmc_request get = { .op = BMC_BOOT_GET };
	struct bmc_target target = { 0 };
	struct ground *ground = *state;
	char theirs[64];

	ground_farm(ground, &target, "--starts on");
	target.cipher = 3;
	ground_good(ground, &target, &light);
	if (!tool(ground, &target, "ipmi-chassis --get-chassis-status"))
		skip();
	ground_field(ground, "System Power", theirs, sizeof(theirs));
	assert_string_equal(theirs, "on");
	ground_field(ground, "Chassis Identify state", theirs, sizeof(theirs));
	assert_non_null(strstr(theirs, "on"));
	ground_good(ground, &target, &pxe);
	assert_true(tool(ground, &target,
			 "ipmi-config --category=chassis --checkout "
			 "--section=Chassis_Boot_Flags"));
	ground_field(ground, "Boot_Device  ", theirs, sizeof(theirs));
	assert_string_equal(theirs, "PXE");
	ground_field(ground, "BIOS_Boot_Type", theirs, sizeof(theirs));
	assert_string_equal(theirs, "EFI");
	assert_true(tool(ground, &target,
			 "ipmi-config --category=chassis --commit "
			 "--key-pair=Chassis_Boot_Flags:Boot_Device=CD-DVD"));
	ground_good(ground, &target, &get);
	assert_int_equal(ground->result.boot.device, BMC_BOOT_CD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUND(test_devices_alike),         GROUND(test_fru_alike),
		GROUND(test_sensors_alike),         GROUND(test_logs_alike),
		GROUND(test_status_and_boot_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
