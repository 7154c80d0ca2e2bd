/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

#define ID(path) "{\"@odata.id\":\"" path "\"}"

/* ---- inventory ---- */

#define SYSTEM                                                                 \
	"{\"PowerState\":\"On\",\"Manufacturer\":\"Acme\",\"Model\":\"M\","    \
	"\"SerialNumber\":\"S1\",\"UUID\":\"u-1\",\"BiosVersion\":\"2.1\","    \
	"\"Status\":{\"Health\":\"OK\"},\"MemorySummary\":{"                   \
	"\"TotalSystemMemoryGiB\":64},\"Processors\":" ID(                     \
		"/p") ","                                                      \
		      "\"Memory\":" ID("/d") ",\"EthernetInterfaces\":" ID(    \
			      "/n") ","                                        \
				    "\"Storage\":" ID("/st") "}"

static const struct bmc_request inventory = { .op = BMC_INVENTORY };

static void to_inventory(struct talk *talk)
{
	talk_known(talk, &inventory);
	redfish_learn(&talk->session, &talk->session.manager, "/m/1");
	talk_expect(talk, "GET", "/s/1");
	talk_answer(talk, 200, SYSTEM);
	talk_expect(talk, "GET", "/m/1");
	talk_answer(talk, 200,
		    "{\"Model\":\"BMC-3\",\"FirmwareVersion\":\"1.7\"}");
}

static void pages(struct talk *talk, const char *const (*list)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		talk_expect(talk, "GET", list[i][0]);
		talk_answer(talk, 200, list[i][1]);
	}
}

static void test_an_inventory_is_read_page_by_page(void **state)
{
	static const char *const list[][2] = {
		{ "/p", "{\"Members\":[" ID("/p/1") "]}" },
		{ "/d", "{\"Members\":[" ID("/d/1") "," ID("/d/2") "]}" },
		{ "/n", "{\"Members\":[" ID("/n/1") "]}" },
		{ "/st", "{\"Members\":[" ID("/st/1") "]}" },
		{ "/u", "{\"FirmwareInventory\":" ID("/f") "}" },
		{ "/p/1", "{\"Socket\":\"CPU 1\",\"Model\":\"Xeon\","
			  "\"TotalCores\":16,\"TotalThreads\":32,"
			  "\"MaxSpeedMHz\":3600}" },
		{ "/d/1", "{\"DeviceLocator\":\"A1\",\"CapacityMiB\":65536,"
			  "\"MemoryDeviceType\":\"DDR5\"}" },
		{ "/d/2", "{\"DeviceLocator\":\"A2\",\"Status\":{\"State\":"
			  "\"Absent\"}}" },
		{ "/n/1", "{\"Id\":\"NIC.1\",\"MACAddress\":"
			  "\"52:54:00:AA:BB:CC\",\"SpeedMbps\":10000,"
			  "\"LinkStatus\":\"LinkUp\"}" },
		{ "/st/1", "{\"Drives\":[" ID("/dr/1") "]}" },
		{ "/f", "{\"Members\":[" ID("/f/1") "]}" },
		{ "/dr/1", "{\"Name\":\"Disk 0\",\"Model\":\"PM9\",\"Protocol\""
			   ":\"NVMe\",\"MediaType\":\"SSD\","
			   "\"CapacityBytes\":960197124096}" },
		{ "/f/1", "{\"Name\":\"BIOS\",\"Version\":\"2.1\"}" },
	};
	const struct bmc_inventory *found;
	struct talk talk = { 0 };

	(void)state;
	to_inventory(&talk);
	pages(&talk, list, ARRAY_LEN(list));
	talk_done(&talk, ERR_NONE);

	found = &talk.result.report->inventory;
	assert_string_equal(found->maker, "Acme");
	assert_string_equal(found->bmc_firmware, "1.7");
	assert_int_equal(found->memory_gib, 64);
	assert_int_equal(found->health, BMC_HEALTH_GOOD);
	assert_int_equal(found->n_cpus, 1);
	assert_int_equal(found->cpus[0].threads, 32);
	assert_int_equal(found->n_dimms, 1);
	assert_string_equal(found->dimms[0].type, "DDR5");
	assert_int_equal(found->n_nics, 1);
	assert_int_equal(found->nics[0].mac.bytes[5], 0xcc);
	assert_true(found->nics[0].link);
	assert_int_equal(found->n_drives, 1);
	assert_true(found->drives[0].bytes == 960197124096);
	assert_int_equal(found->n_firmwares, 1);
	assert_int_equal(found->n_failed, 0);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_pages_that_fail_are_counted_and_passed_over(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_inventory(&talk);
	talk_expect(&talk, "GET", "/p");
	talk_answer(&talk, 500, "");
	talk_expect(&talk, "GET", "/d");
	talk_silence(&talk, ERR_TIMEOUT, true);
	talk_expect(&talk, "GET", "/n");
	talk_answer(&talk, 200, "{");
	talk_expect(&talk, "GET", "/st");
	talk_silence(&talk, ERR_TOO_BIG, true);
	talk_expect(&talk, "GET", "/u");
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/u/");
	talk_answer(&talk, 404, "");
	talk_done(&talk, ERR_NONE);

	assert_int_equal(talk.result.report->inventory.n_failed, 5);
	assert_string_equal(talk.result.report->inventory.serial, "S1");
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_a_bmc_that_goes_away_ends_it(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_inventory(&talk);
	talk_expect(&talk, "GET", "/p");
	talk_silence(&talk, ERR_UNREACHABLE, false);

	talk_end(&talk, ERR_UNREACHABLE);
}

static void test_members_in_the_list_need_no_page(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &inventory);
	talk.session.expand = true;
	redfish_learn(&talk.session, &talk.session.update, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200,
		    "{\"Processors\":" ID("/p") ",\"Memory\":" ID("/d") "}");
	talk_expect(&talk, "GET", "/p?$expand=.($levels=1)");
	talk_answer(&talk, 200,
		    "{\"Members\":[{\"@odata.id\":\"/p/1\",\"Model\":\"A\"},"
		    "{\"@odata.id\":\"/p/2\",\"Model\":\"B\"},"
		    "{\"@odata.id\":\"/p/3\",\"ProcessorType\":\"GPU\"}]}");
	talk_expect(&talk, "GET", "/d?$expand=.($levels=1)");
	talk_answer(&talk, 501, "");
	talk_expect(&talk, "GET", "/d");
	talk_answer(&talk, 200, "{\"Members\":[]}");
	assert_false(talk.session.expand);
	talk_done(&talk, ERR_NONE);

	assert_int_equal(talk.result.report->inventory.n_cpus, 2);
	assert_int_equal(talk.result.report->inventory.n_failed, 0);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_a_list_that_is_too_long_at_once_is_read_in_parts(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &inventory);
	talk.session.expand = true;
	redfish_learn(&talk.session, &talk.session.update, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"Processors\":" ID("/p") "}");
	talk_expect(&talk, "GET", "/p?$expand=.($levels=1)");
	talk_silence(&talk, ERR_TOO_BIG, true);
	talk_expect(&talk, "GET", "/p");
	talk_answer(&talk, 200,
		    "{\"Members\":[" ID("/p/1") "],\"Members@odata.nextLink\":"
						"\"/p?$skip=1\"}");
	talk_expect(&talk, "GET", "/p/1");
	talk_answer(&talk, 200, "{\"Model\":\"A\"}");
	talk_expect(&talk, "GET", "/p?$skip=1");
	talk_answer(
		&talk, 200,
		"{\"Members\":[" ID("/p/1") "," ID(
			"/p/2") "],"
				"\"Members@odata.nextLink\":\"/p?$skip=1\"}");
	talk_expect(&talk, "GET", "/p/2");
	talk_answer(&talk, 200, "{\"Model\":\"B\"}");
	talk_done(&talk, ERR_NONE);

	assert_int_equal(talk.result.report->inventory.n_cpus, 2);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_a_token_that_runs_out_begins_it_anew(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &inventory);
	redfish_learn(&talk.session, &talk.session.update, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"Processors\":" ID("/p") "}");
	talk_expect(&talk, "GET", "/p");
	talk_answer(&talk, 200,
		    "{\"Members\":[{\"Model\":\"A\"}," ID("/p/2") "]}");
	talk_expect(&talk, "GET", "/p/2");
	talk_answer(&talk, 401, "");
	talk_expect(&talk, "POST", "/l");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"Processors\":" ID("/p") "}");
	talk_expect(&talk, "GET", "/m"); /* it may be another firmware */
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/m/");
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/p");
	talk_answer(&talk, 200, "{\"Members\":[{\"Model\":\"A\"}]}");
	talk_done(&talk, ERR_NONE);

	assert_int_equal(talk.result.report->inventory.n_cpus, 1);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

/* ---- sensors ---- */

static const struct bmc_request sensors = { .op = BMC_SENSORS };

static void test_sensors_of_the_older_kind_are_two_pages(void **state)
{
	const struct bmc_sensors *found;
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &sensors);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"Links\":{\"Chassis\":[" ID("/c/1") "]}}");
	talk_expect(&talk, "GET", "/c/1");
	talk_answer(&talk, 200,
		    "{\"Thermal\":" ID("/c/1/t") ",\"Power\":" ID(
			    "/c/1/p") ",\"Sensors\":" ID("/c/1/s") "}");
	talk_expect(&talk, "GET", "/c/1/t");
	talk_answer(&talk, 200,
		    "{\"Temperatures\":[{\"Name\":\"CPU\",\"ReadingCelsius\":"
		    "41.5,\"Status\":{\"Health\":\"Warning\"}},{\"Name\":\"x\","
		    "\"Status\":{\"State\":\"Absent\"}}],\"Fans\":[{\"FanName\""
		    ":\"Fan 1\",\"Reading\":7200},{\"Name\":\"F2\",\"Reading\":"
		    "40,\"ReadingUnits\":\"Percent\"}]}");
	talk_expect(&talk, "GET", "/c/1/p");
	talk_answer(&talk, 200,
		    "{\"Voltages\":[{\"Name\":\"12V\",\"ReadingVolts\":12.1}],"
		    "\"PowerControl\":[{\"Name\":\"Total\","
		    "\"PowerConsumedWatts\":310}],\"PowerSupplies\":[{\"Name\":"
		    "\"PSU 1\",\"LastPowerOutputWatts\":155}]}");
	talk_done(&talk, ERR_NONE);

	found = &talk.result.report->sensors;
	assert_int_equal(found->n, 6);
	assert_string_equal(found->sensors[0].name, "CPU");
	assert_string_equal(found->sensors[0].unit, "C");
	assert_true(found->sensors[0].value == 41.5);
	assert_int_equal(found->sensors[0].health, BMC_HEALTH_WARNING);
	assert_string_equal(found->sensors[1].name, "Fan 1");
	assert_string_equal(found->sensors[2].unit, "%");
	assert_true(found->sensors[5].value == 155);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_sensors_of_the_newer_kind_are_a_page_each(void **state)
{
	const struct bmc_sensors *found;
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &sensors);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{}");
	talk_expect(&talk, "GET", "/c");
	talk_answer(&talk, 200, "{\"Members\":[" ID("/c/9") "]}");
	talk_expect(&talk, "GET", "/c/9");
	talk_answer(&talk, 200, "{\"Sensors\":" ID("/c/9/s") "}");
	talk_expect(&talk, "GET", "/c/9/s");
	talk_answer(&talk, 200,
		    "{\"Members\":[" ID("/x/1") "," ID("/x/2") "]}");
	talk_expect(&talk, "GET", "/x/1");
	talk_answer(&talk, 200,
		    "{\"Name\":\"Inlet\",\"Reading\":23,\"ReadingUnits\":"
		    "\"Cel\"}");
	talk_expect(&talk, "GET", "/x/2");
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/x/2/");
	talk_answer(&talk, 404, "");
	talk_done(&talk, ERR_NONE);

	found = &talk.result.report->sensors;
	assert_int_equal(found->n, 1);
	assert_string_equal(found->sensors[0].unit, "C");
	assert_int_equal(found->n_failed, 1);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

/* ---- logs ---- */

#define ENTRIES                                                                \
	"{\"Members@odata.count\":3,\"Members\":[{\"Id\":\"1\",\"Created\":"   \
	"\"2024-05-06T07:08:09+02:00\",\"Message\":\"fan failed\","            \
	"\"Severity\":\"Critical\"},{\"Id\":\"2\",\"Created\":\"?\","          \
	"\"Message\":\"fan back\",\"EntryCode\":\"Deassert\"}]"

static void to_entries(struct talk *talk, const struct bmc_request *request)
{
	talk_known(talk, request);
	talk_expect(talk, "GET", "/s/1");
	talk_answer(talk, 200, "{\"LogServices\":" ID("/ls") "}");
	talk_expect(talk, "GET", "/ls");
	talk_answer(talk, 200,
		    "{\"Members\":[" ID("/ls/Lclog") "," ID("/ls/Sel") "]}");
	talk_expect(talk, "GET", *request->name ? "/ls/Lclog" : "/ls/Sel");
	talk_answer(talk, 200,
		    "{\"Id\":\"Sel\",\"Entries\":" ID(
			    "/e") ",\"Actions\":{"
				  "\"#LogService.ClearLog\":{\"target\":\"/"
				  "clear\"}}}");
	talk_expect(talk, "GET", "/e");
}

static void test_the_log_of_events_is_found_and_read(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_READ };
	const struct bmc_log *log;
	struct talk talk = { 0 };

	(void)state;
	to_entries(&talk, &request);
	talk_answer(&talk, 200,
		    ENTRIES ",\"Members@odata.nextLink\":\"/e?$skip=2\"}");
	talk_expect(&talk, "GET", "/e?$skip=2");
	talk_answer(&talk, 200,
		    "{\"Members\":[{\"Id\":\"3\",\"MessageId\":\"X.1\"}]}");
	talk_done(&talk, ERR_NONE);

	log = &talk.result.report->log;
	assert_string_equal(log->name, "Sel");
	assert_int_equal(log->n_in_all, 3);
	assert_int_equal(log->n, 3);
	assert_int_equal(log->events[0].id, 1);
	assert_true(log->events[0].at == 1714972089000);
	assert_int_equal(log->events[0].severity, BMC_HEALTH_CRITICAL);
	assert_true(log->events[0].asserted);
	assert_true(log->events[1].at == 0);
	assert_false(log->events[1].asserted);
	assert_string_equal(log->events[2].text, "X.1");
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

/* Of logs it is enough to know which there are. */
static void test_only_lists_of_parts_are_asked_for_in_full(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_READ };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.expand = true;
	talk.session.top = true;
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"LogServices\":" ID("/ls") "}");
	talk_expect(&talk, "GET", "/ls");
	talk_answer(&talk, 200, "{\"Members\":[" ID("/ls/Sel") "]}");
	talk_expect(&talk, "GET", "/ls/Sel");
	talk_answer(&talk, 200, "{\"Entries\":" ID("/e") "}");
	talk_expect(&talk, "GET", "/e?$top=1000");
	talk_answer(&talk, 200, "{\"Members\":[]}");

	talk_end(&talk, ERR_NONE);
}

static void test_a_log_is_read_by_name_and_from_an_entry_on(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_READ,
				       .name = "lclog",
				       .from = 2 };
	struct talk talk = { 0 };

	(void)state;
	to_entries(&talk, &request);
	talk_answer(&talk, 200, ENTRIES "}");
	talk_done(&talk, ERR_NONE);

	assert_int_equal(talk.result.report->log.n, 1);
	assert_string_equal(talk.result.report->log.events[0].text, "fan back");
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_a_log_may_be_the_managers(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_READ };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{}");
	talk_expect(&talk, "GET", "/m");
	talk_answer(&talk, 200, "{\"Members\":[" ID("/m/1") "]}");
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200, "{\"LogServices\":" ID("/ml") "}");
	talk_expect(&talk, "GET", "/ml");
	talk_answer(&talk, 200, "{\"Members\":[" ID("/ml/any") "]}");
	talk_expect(&talk, "GET", "/ml/any");
	talk_answer(&talk, 200, "{\"Entries\":" ID("/e") "}");
	talk_expect(&talk, "GET", "/e");
	talk_answer(&talk, 200, "{\"Members\":[]}");

	talk_end(&talk, ERR_NONE);
}

static void test_a_log_that_is_not_there_is_unsupported(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_READ, .name = "IML" };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"Links\":{\"ManagedBy\":[" ID("/m/1") "]}}");
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200, "{}");

	talk_end(&talk, ERR_UNSUPPORTED);
	assert_string_equal(talk.result.err.message, "the BMC has no log IML");
}

static void test_a_long_log_is_read_as_far_as_there_is_room(void **state)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(256 * 1024);
	struct bmc_request request = { .op = BMC_LOG_READ };
	struct talk talk = { 0 };

	(void)state;
	buf_adds(&body, "{\"Members@odata.nextLink\":\"/more\",\"Members\":[");
	for (int i = 0; i < BMC_MAX_EVENTS + 5; i++)
		buf_printf(&body, "%s{\"Id\":\"%d\",\"Message\":\"x\"}",
			   i ? "," : "", i);
	buf_adds(&body, "]}");
	to_entries(&talk, &request);
	talk_answer(&talk, 200, body.base);
	talk_done(&talk, ERR_NONE);

	assert_int_equal(talk.result.report->log.n, BMC_MAX_EVENTS);
	assert_true(talk.result.report->log.overflow);
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_a_log_is_cleared_and_looked_at(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_CLEAR };
	struct talk talk = { 0 };

	(void)state;
	to_entries(&talk, &request);
	talk_answer(&talk, 200, ENTRIES "}");
	talk_expect(&talk, "POST", "/clear");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/e");
	talk_answer(&talk, 200, ENTRIES "}");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/e");
	talk_answer(&talk, 200,
		    "{\"Members\":[{\"Id\":\"1\",\"Message\":\"cleared\"}]}");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_an_empty_log_is_not_cleared(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_CLEAR };
	struct talk talk = { 0 };

	(void)state;
	to_entries(&talk, &request);
	talk_answer(&talk, 200, "{\"Members\":[]}");

	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
}

static void test_a_log_that_stays_full_is_a_mismatch(void **state)
{
	struct bmc_request request = { .op = BMC_LOG_CLEAR };
	struct talk talk = { 0 };

	(void)state;
	to_entries(&talk, &request);
	talk_answer(&talk, 200, ENTRIES "}");
	talk_expect(&talk, "POST", "/clear");
	talk_answer(&talk, 204, "");
	while (!redfish_op_done(talk.op)) {
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/e");
		talk_answer(&talk, 200, ENTRIES "}");
	}

	talk_end(&talk, ERR_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_inventory_is_read_page_by_page),
		RUN(test_pages_that_fail_are_counted_and_passed_over),
		RUN(test_a_bmc_that_goes_away_ends_it),
		RUN(test_members_in_the_list_need_no_page),
		RUN(test_a_list_that_is_too_long_at_once_is_read_in_parts),
		RUN(test_a_token_that_runs_out_begins_it_anew),
		RUN(test_sensors_of_the_older_kind_are_two_pages),
		RUN(test_sensors_of_the_newer_kind_are_a_page_each),
		RUN(test_the_log_of_events_is_found_and_read),
		RUN(test_only_lists_of_parts_are_asked_for_in_full),
		RUN(test_a_log_is_read_by_name_and_from_an_entry_on),
		RUN(test_a_log_may_be_the_managers),
		RUN(test_a_log_that_is_not_there_is_unsupported),
		RUN(test_a_long_log_is_read_as_far_as_there_is_room),
		RUN(test_a_log_is_cleared_and_looked_at),
		RUN(test_an_empty_log_is_not_cleared),
		RUN(test_a_log_that_stays_full_is_a_mismatch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
