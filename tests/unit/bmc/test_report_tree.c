/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/report_tree.h"

#include <math.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

static void assert_shown(enum bmc_op op, struct bmc_result *result,
			 const char *expected)
{
	struct bmc_request request = { .op = op };
	AUTO_JSON json_t *shown = bmc_result_json(&request, result);

	assert_json(shown, expected);
	bmc_report_free(result->report);
}

static void test_a_write_says_how_sure_it_is(void **state)
{
	struct bmc_result result = { .sent = true,
				     .changed = true,
				     .power = BMC_POWER_ON };

	(void)state;
	assert_shown(BMC_POWER_SET, &result,
		     "{'power':'on','sent':true,'changed':true,"
		     "'verified':false}");
	result = (struct bmc_result){ .power = BMC_POWER_OFF,
				      .progress = BMC_PROGRESS_NONE };
	assert_shown(BMC_POWER_GET, &result,
		     "{'power':'off','progress':'none'}");
	result = (struct bmc_result){ .boot = { .device = BMC_BOOT_PXE,
						.uefi = true } };
	assert_shown(BMC_BOOT_GET, &result,
		     "{'device':'pxe','persistent':false,'efi':true}");
}

static void test_sensors_have_what_was_said(void **state)
{
	struct bmc_result result = { .report = bmc_report_new(
					     BMC_REPORT_SENSORS) };
	struct bmc_sensor *sensor;

	(void)state;
	sensor = bmc_sensors_add(&result.report->sensors);
	str_copy(sensor->name, sizeof(sensor->name), "CPU");
	str_copy(sensor->unit, sizeof(sensor->unit), "C");
	sensor->has_value = true;
	sensor->value = 41.5;
	sensor->health = BMC_HEALTH_GOOD;
	sensor = bmc_sensors_add(&result.report->sensors);
	str_copy(sensor->text, sizeof(sensor->text), "present");
	sensor = bmc_sensors_add(&result.report->sensors);
	sensor->has_value = true;
	sensor->value = (double)NAN; /* which JSON cannot say */
	result.report->sensors.n_failed = 2;

	assert_shown(BMC_SENSORS, &result,
		     "{'sensors':[{'name':'CPU','value':41.5,'unit':'C',"
		     "'health':'good'},{'text':'present'},{}],'failed':2}");
}

static void test_a_log_has_its_entries(void **state)
{
	struct bmc_result result = { .report = bmc_report_new(BMC_REPORT_LOG) };
	struct bmc_event *event = bmc_log_add(&result.report->log);

	(void)state;
	event->id = 7;
	event->at = 1700000000000;
	event->asserted = true;
	event->severity = BMC_HEALTH_CRITICAL;
	str_copy(event->text, sizeof(event->text), "too hot");
	result.report->log.n_in_all = 9;
	result.report->log.next = 8;

	assert_shown(BMC_LOG_READ, &result,
		     "{'entries':[{'id':7,'time':'2023-11-14T22:13:20Z',"
		     "'asserted':true,'severity':'critical','text':'too hot'}"
		     "],'total':9,'next':8}");
}

static void test_text_that_is_no_utf_8_is_made_some(void **state)
{
	struct bmc_result result = { .report = bmc_report_new(BMC_REPORT_FRU) };

	(void)state;
	str_copy(result.report->fru.board_maker, BMC_FIELD_SIZE, "F\xfcr");

	assert_shown(BMC_FRU, &result, "{'boardMaker':'F?r'}");
}

static void test_an_inventory_has_its_parts(void **state)
{
	struct bmc_result result = { .report = bmc_report_new(
					     BMC_REPORT_INVENTORY) };
	struct bmc_inventory *inventory = &result.report->inventory;

	(void)state;
	str_copy(inventory->maker, BMC_FIELD_SIZE, "Farm");
	inventory->n_cpus = inventory->n_dimms = inventory->n_nics =
		inventory->n_drives = inventory->n_firmwares = 1;
	inventory->cpus[0].cores = 8;
	inventory->dimms[0].mib = 1024;
	inventory->nics[0].mac.bytes[5] = 7;
	inventory->drives[0].bytes = 1ull << 40;
	str_copy(inventory->firmwares[0].version, BMC_FIELD_SIZE, "1.2");

	assert_shown(BMC_INVENTORY, &result,
		     "{'maker':'Farm','cpus':[{'cores':8}],"
		     "'dimms':[{'mib':1024}],"
		     "'nics':[{'mac':'00:00:00:00:00:07','link':false}],"
		     "'drives':[{'bytes':1099511627776}],"
		     "'firmwares':[{'version':'1.2'}]}");
}

static void test_users_and_network_and_controller(void **state)
{
	struct bmc_result result = { .report =
					     bmc_report_new(BMC_REPORT_USERS) };

	(void)state;
	result.report->users.n = 1;
	result.report->users.max = 6;
	result.report->users.users[0] = (struct bmc_user){
		.id = 2, .name = "admin", .privilege = 4, .enabled = true
	};
	assert_shown(BMC_USERS, &result,
		     "{'users':[{'id':2,'name':'admin','privilege':4,"
		     "'enabled':true}],'most':6}");
	result.report = bmc_report_new(BMC_REPORT_LAN);
	assert_true(net_parse_ipv4("10.0.0.7", &result.report->lan.address));
	assert_shown(BMC_LAN_GET, &result,
		     "{'address':'10.0.0.7','dhcp':false}");
	result.report = bmc_report_new(BMC_REPORT_INFO);
	str_copy(result.report->info.firmware, 16, "2.07");
	assert_shown(BMC_INFO, &result,
		     "{'device':0,'revision':0,'firmware':'2.07'}");
	result.report = bmc_report_new(BMC_REPORT_SECURE_BOOT);
	result.report->secure_boot.enabled = true;
	assert_shown(BMC_SECURE_BOOT_GET, &result,
		     "{'enabled':true,'active':false}");
	result.report = bmc_report_new(BMC_REPORT_BIOS);
	str_copy(bmc_bios_add(&result.report->bios)->name, BMC_FIELD_SIZE,
		 "Boot");
	assert_shown(BMC_BIOS_GET, &result, "{'attributes':[{'name':'Boot'}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_write_says_how_sure_it_is),
		RUN(test_sensors_have_what_was_said),
		RUN(test_a_log_has_its_entries),
		RUN(test_text_that_is_no_utf_8_is_made_some),
		RUN(test_an_inventory_has_its_parts),
		RUN(test_users_and_network_and_controller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
