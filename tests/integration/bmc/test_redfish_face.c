/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bench.h"

/*
 * All that is done with a BMC, against one of the emulator's faces (FACE in
 * the environment): each ends in the state that was wanted, and the record
 * shows that no command was sent twice. Faces are ours: this proves that we
 * do what is told of that firmware, not that it is so.
 */
static bool face_is(const char *name)
{
	return str_starts(getenv("FACE"), name);
}

static int set_up(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	bench_open(bench);
	bench_remember(bench, true);
	*state = bench;
	return 0;
}

/* As with firmware of which nobody has told us: all has to be found out. */
static int set_up_unknown(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	bench_open(bench);
	bench_remember(bench, false);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

static void open_face(struct bench *bench, struct bmc_target *target)
{
	const char *const options[] = { "--face", getenv("FACE"), NULL };

	assert_non_null(options[1]);
	bench_redfish_with(bench, options, target);
}

static void succeed(struct bench *bench, const struct bmc_target *target,
		    const struct bmc_request *request)
{
	bench_do(bench, target, request);
	if (bench->result.err.code)
		fail_msg("%s: %s", bmc_op_name(request->op),
			 bench->result.err.message);
}

static void power(struct bench *bench, const struct bmc_target *target,
		  enum bmc_power_action action, enum bmc_power state)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = action };

	succeed(bench, target, &request);
	assert_true(bench->result.verified);
	assert_int_equal(bench->result.power, state);
}

static void boot(struct bench *bench, const struct bmc_target *target,
		 enum bmc_device device, bool persistent)
{
	const struct bmc_request request = {
		.op = BMC_BOOT_SET,
		.boot = { .device = device,
			  .persistent = persistent,
			  .uefi = true },
	};

	succeed(bench, target, &request);
	assert_true(bench->result.verified);
	assert_int_equal(bench->result.boot.device, device);
}

static unsigned count(const struct bench *bench, const char *text)
{
	return bench_count(bench, "record", text);
}

static void test_a_machine_starts_from_the_network(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	boot(bench, &target, BMC_BOOT_PXE, false);
	power(bench, &target, BMC_ACTION_ON, BMC_POWER_ON);
	power(bench, &target, BMC_ACTION_ON, BMC_POWER_ON);

	assert_int_equal(count(bench, "reset "), 1);
	assert_int_equal(count(bench, "start pxe,uefi"), 1);
	assert_int_equal(count(bench, "login good"), 1);
	bmc_target_release(&target);
}

/* Also where overrides go with the power, and where On comes too soon. */
static void test_a_cycle_takes_the_override_along(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	power(bench, &target, BMC_ACTION_ON, BMC_POWER_ON);
	boot(bench, &target, BMC_BOOT_PXE, false);
	power(bench, &target, BMC_ACTION_CYCLE, BMC_POWER_ON);

	assert_int_equal(count(bench, "start "), 2);
	assert_int_equal(count(bench, "start pxe,uefi"), 1);
	assert_true(count(bench, "reset ") <= 3);
	bmc_target_release(&target);
}

static void test_what_is_to_last_is_set_for_each_start(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	boot(bench, &target, BMC_BOOT_PXE, true);
	for (int i = 0; i < 2; i++) {
		power(bench, &target, BMC_ACTION_ON, BMC_POWER_ON);
		power(bench, &target, BMC_ACTION_OFF, BMC_POWER_OFF);
	}

	assert_int_equal(count(bench, "start "), 2);
	assert_int_equal(count(bench, "start pxe,uefi"), 2);
	assert_int_equal(count(bench, "reset On"), 2);
	assert_int_equal(count(bench, "reset ForceOff"), 2);
	bmc_target_release(&target);
}

static void test_power_in_all_ways(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	power(bench, &target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	power(bench, &target, BMC_ACTION_RESET, BMC_POWER_ON);
	power(bench, &target, BMC_ACTION_SOFT, BMC_POWER_OFF);
	power(bench, &target, BMC_ACTION_OFF, BMC_POWER_OFF);

	assert_int_equal(count(bench, "reset On"), 1);
	assert_int_equal(count(bench, "reset ForceRestart"), 1);
	assert_int_equal(count(bench, "reset GracefulShutdown"), 1);
	assert_int_equal(count(bench, "reset "), 3);
	bmc_target_release(&target);
}

static void test_an_image_goes_in_and_out(void **state)
{
	struct bmc_request first = { .op = BMC_MEDIA_INSERT,
				     .media = "http://10.0.0.1/hook.iso" };
	struct bmc_request second = { .op = BMC_MEDIA_INSERT,
				      .media = "http://10.0.0.1/b.iso" };
	struct bmc_request eject = { .op = BMC_MEDIA_EJECT };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	if (face_is("x12")) {
		bench_do(bench, &target, &first);
		assert_int_equal(bench->result.err.code, ERR_DENIED);
		assert_non_null(strstr(bench->result.err.message, "licence"));
		bmc_target_release(&target);
		return;
	}
	succeed(bench, &target, &first);
	succeed(bench, &target, &first); /* is in already */
	succeed(bench, &target, &second);
	succeed(bench, &target, &eject);
	succeed(bench, &target, &eject);

	assert_int_equal(count(bench, "media http"), 2);
	assert_int_equal(count(bench, "media "), 4);
	bmc_target_release(&target);
}

static void copy_report(const struct bmc_report *report, void *out)
{
	memcpy(out, report, sizeof(*report));
}

static void test_what_it_is_made_of_is_read(void **state)
{
	struct bmc_request inventory = { .op = BMC_INVENTORY };
	struct bmc_request sensors = { .op = BMC_SENSORS };
	struct bmc_request log = { .op = BMC_LOG_READ };
	struct bmc_request audit = { .op = BMC_LOG_READ, .name = "Audit" };
	struct bmc_report *report = xcalloc(1, sizeof(*report));
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	bench->show = copy_report;
	bench->out = report;
	succeed(bench, &target, &inventory);
	assert_int_equal(report->inventory.n_cpus, 1);
	assert_int_equal(report->inventory.n_dimms, 1);
	assert_int_equal(report->inventory.n_nics, 1);
	assert_int_equal(report->inventory.n_drives, 1);
	assert_int_equal(report->inventory.n_firmwares, 1);
	assert_int_equal(report->inventory.n_failed, 0);
	assert_true(*report->inventory.bmc_firmware);
	succeed(bench, &target, &sensors);
	assert_int_equal(report->sensors.n, 3);
	assert_int_equal(report->sensors.n_failed, 0);
	succeed(bench, &target, &log);
	assert_int_equal(report->log.n, 3);
	succeed(bench, &target, &audit);
	assert_int_equal(report->log.n, 1);

	assert_int_equal(count(bench, "login good"), 1);
	free(report);
	bmc_target_release(&target);
}

static void test_settings_are_made(void **state)
{
	static const struct bmc_request requests[] = {
		{ .op = BMC_IDENTIFY, .seconds = BMC_IDENTIFY_ON },
		{ .op = BMC_IDENTIFY, .seconds = 0 },
		{ .op = BMC_SECURE_BOOT_SET, .on = true },
		{ .op = BMC_BIOS_SET, .name = "Cores", .value = "4" },
		{ .op = BMC_LOG_CLEAR },
	};
	struct bmc_request bad = { .op = BMC_BIOS_SET,
				   .name = "Cores",
				   .value = "99" };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		succeed(bench, &target, &requests[i]);
		assert_true(bench->result.changed && bench->result.verified);
	}
	bench_do(bench, &target, &bad);
	assert_int_equal(bench->result.err.code, ERR_INVALID);

	assert_int_equal(count(bench, "light "), 2);
	assert_int_equal(count(bench, "secure-boot on"), 1);
	assert_int_equal(count(bench, "bios Cores"), 1);
	assert_int_equal(count(bench, "log cleared"), 1);
	bmc_target_release(&target);
}

static void test_an_nmi_goes_where_it_can(void **state)
{
	bool has_none = face_is("x11") || face_is("ami");
	struct bmc_request nmi = { .op = BMC_NMI };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	power(bench, &target, BMC_ACTION_ON, BMC_POWER_ON);
	bench_do(bench, &target, &nmi);

	assert_int_equal(bench->result.err.code,
			 has_none ? ERR_UNSUPPORTED : ERR_NONE);
	assert_int_equal(count(bench, "reset Nmi"), has_none ? 0 : 1);
	bmc_target_release(&target);
}

static void test_a_password_is_changed_and_works(void **state)
{
	struct bmc_request change = { .op = BMC_PASSWORD_SET,
				      .secret = "Neues-0815" };
	struct bmc_request weak = { .op = BMC_PASSWORD_SET, .secret = "kurz" };
	struct bmc_request get = { .op = BMC_POWER_GET };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	bench_do(bench, &target, &weak);
	assert_int_equal(bench->result.err.code, ERR_INVALID);
	succeed(bench, &target, &change);
	assert_true(bench->result.verified);
	str_copy(target.password, sizeof(target.password), change.secret);
	succeed(bench, &target, &get);

	assert_int_equal(count(bench, "password changed"), 1);
	assert_int_equal(count(bench, "login refused"), 0);
	bmc_target_release(&target);
}

static void test_a_bmc_is_restarted_and_comes_back(void **state)
{
	struct bmc_request restart = { .op = BMC_BMC_RESET };
	struct bmc_request get = { .op = BMC_POWER_GET };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	open_face(bench, &target);
	succeed(bench, &target, &restart);
	assert_true(bench->result.verified);
	succeed(bench, &target, &get);

	assert_int_equal(count(bench, "bmc-reset"), 1);
	bmc_target_release(&target);
}

#define BENCH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define UNKNOWN(name)                                                          \
	cmocka_unit_test_setup_teardown(name, set_up_unknown, tear_down)

/* Which part: in one they would take longer than a test may. */
int main(int argc, char **argv)
{
	const struct CMUnitTest power_tests[] = {
		BENCH(test_a_machine_starts_from_the_network),
		BENCH(test_a_cycle_takes_the_override_along),
		BENCH(test_what_is_to_last_is_set_for_each_start),
		BENCH(test_power_in_all_ways),
		BENCH(test_an_nmi_goes_where_it_can),
	};
	const struct CMUnitTest other_tests[] = {
		BENCH(test_an_image_goes_in_and_out),
		BENCH(test_what_it_is_made_of_is_read),
		BENCH(test_settings_are_made),
		BENCH(test_a_password_is_changed_and_works),
		BENCH(test_a_bmc_is_restarted_and_comes_back),
	};
	const struct CMUnitTest unknown_tests[] = {
		UNKNOWN(test_a_machine_starts_from_the_network),
		UNKNOWN(test_a_cycle_takes_the_override_along),
		UNKNOWN(test_what_is_to_last_is_set_for_each_start),
		UNKNOWN(test_an_image_goes_in_and_out),
	};
	const char *part = argc == 2 ? argv[1] : "";

	if (str_eq(part, "power"))
		return cmocka_run_group_tests(power_tests, NULL, NULL);
	if (str_eq(part, "other"))
		return cmocka_run_group_tests(other_tests, NULL, NULL);
	if (str_eq(part, "unknown"))
		return cmocka_run_group_tests(unknown_tests, NULL, NULL);
	fputs("expected: power, other or unknown\n", stderr);
	return 2;
}
