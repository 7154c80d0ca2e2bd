/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "bench.h"

static const struct bmc_request power_get = { .op = BMC_POWER_GET };

static int set_up(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	bench_open(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

static void succeed(struct bench *bench, const struct bmc_target *target,
		    const struct bmc_request *request)
{
	const struct bmc_result *result = bench_do(bench, target, request);

	if (result->err.code)
		fail_msg("%s: %s", bmc_op_name(request->op),
			 result->err.message);
}

static void set_power(struct bench *bench, const struct bmc_target *target,
		      enum bmc_power_action action, enum bmc_power power)
{
	const struct bmc_request request = { .op = BMC_POWER_SET,
					     .action = action };

	succeed(bench, target, &request);
	assert_true(bench->result.verified);
	assert_int_equal(bench->result.power, power);
	succeed(bench, target, &power_get);
	assert_int_equal(bench->result.power, power);
}

static void set_boot(struct bench *bench, const struct bmc_target *target,
		     enum bmc_device device, bool persistent)
{
	const struct bmc_request request = {
		.op = BMC_BOOT_SET,
		.boot = { .device = device,
			  .persistent = persistent,
			  .uefi = true },
	};

	succeed(bench, target, &request);
	assert_int_equal(bench->result.boot.device, device);
}

static void all_power(struct bench *bench, const struct bmc_target *target)
{
	succeed(bench, target, &power_get);
	assert_int_equal(bench->result.power, BMC_POWER_OFF);
	set_power(bench, target, BMC_ACTION_ON, BMC_POWER_ON);
	assert_false(bench->result.changed);
	set_power(bench, target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	set_power(bench, target, BMC_ACTION_RESET, BMC_POWER_ON);
	set_power(bench, target, BMC_ACTION_SOFT, BMC_POWER_OFF);
	set_power(bench, target, BMC_ACTION_CYCLE, BMC_POWER_ON);
	set_power(bench, target, BMC_ACTION_OFF, BMC_POWER_OFF);
}

/* ---- Redfish ---- */

static void test_redfish_power_in_all_ways(void **state)
{
	struct bmc_target target = { 0 };

	bench_redfish(*state, "none", &target);
	all_power(*state, &target);

	assert_int_equal(bench_count(*state, "record", "reset On"), 2);
	assert_int_equal(bench_count(*state, "record", "PowerCycle"), 1);
	assert_int_equal(bench_count(*state, "record", "ForceRestart"), 1);
	assert_int_equal(bench_count(*state, "record", "login good"), 1);
	bmc_target_release(&target);
}

static void test_redfish_boot_and_media(void **state)
{
	struct bmc_request insert = { .op = BMC_MEDIA_INSERT,
				      .media = "http://10.0.0.1/hook.iso" };
	struct bmc_request other = { .op = BMC_MEDIA_INSERT,
				     .media = "http://10.0.0.1/b.iso" };
	struct bmc_request eject = { .op = BMC_MEDIA_EJECT };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "need-etag", &target);
	set_boot(bench, &target, BMC_BOOT_PXE, false);
	assert_true(bench->result.changed && bench->result.verified);
	set_boot(bench, &target, BMC_BOOT_PXE, false);
	assert_false(bench->result.changed);
	set_boot(bench, &target, BMC_BOOT_DISK, true);
	assert_true(bench->result.boot.persistent);
	set_boot(bench, &target, BMC_BOOT_NONE, false);
	succeed(bench, &target, &insert);
	succeed(bench, &target, &other);
	succeed(bench, &target, &eject);

	assert_int_equal(bench_count(bench, "record", "boot "), 3);
	assert_int_equal(bench_count(bench, "record", "media "), 4);
	bmc_target_release(&target);
}

static void test_redfish_logs_out_when_forgotten(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "none", &target);
	succeed(bench, &target, &power_get);
	bmc_forget(bench->bmc, "b1");
	assert_false(bmc_idle(bench->bmc));
	for (int i = 0; i < 100 && !bmc_idle(bench->bmc); i++)
		loop_turn(bench->loop, 50);

	assert_true(bmc_idle(bench->bmc));
	assert_int_equal(bench_count(bench, "record", "logout"), 1);
	bmc_target_release(&target);
}

static void test_redfish_without_sessions_and_busy(void **state)
{
	struct bmc_target target = { 0 };

	bench_redfish(*state, "no-sessions", &target);
	set_power(*state, &target, BMC_ACTION_ON, BMC_POWER_ON);
	bench_redfish(*state, "503-once", &target);
	set_power(*state, &target, BMC_ACTION_ON, BMC_POWER_ON);
	bmc_target_release(&target);
}

static void test_redfish_lost_answer_means_no_second_reset(void **state)
{
	struct bmc_request reset = { .op = BMC_POWER_SET,
				     .action = BMC_ACTION_RESET,
				     .timeout_ms = 6000 };
	struct bmc_request off = { .op = BMC_POWER_SET,
				   .action = BMC_ACTION_OFF,
				   .timeout_ms = 6000 };
	struct bmc_request on = { .op = BMC_POWER_SET,
				  .action = BMC_ACTION_ON,
				  .timeout_ms = 6000 };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "reset-mute", &target);
	succeed(bench, &target, &on); /* found by looking */
	assert_true(bench->result.sent);
	bench_do(bench, &target, &reset);
	assert_int_equal(bench->result.err.code, ERR_OUTCOME);
	assert_true(bench->result.sent);
	assert_int_equal(bench->result.power, BMC_POWER_ON);
	succeed(bench, &target, &off);

	assert_int_equal(bench_count(bench, "record", "ForceRestart"), 1);
	assert_int_equal(bench_count(bench, "record", "reset On"), 1);
	assert_int_equal(bench_count(bench, "record", "ForceOff"), 1);
	bmc_target_release(&target);
}

static void test_redfish_ignored_commands_are_noticed(void **state)
{
	struct bmc_request on = { .op = BMC_POWER_SET,
				  .action = BMC_ACTION_ON,
				  .timeout_ms = 4000 };
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "power-ignored", &target);
	bench_do(bench, &target, &on);
	assert_int_equal(bench->result.err.code, ERR_TIMEOUT);
	assert_non_null(strstr(bench->result.err.message, "power is off"));
	bmc_target_release(&target);
}

static void test_redfish_wrong_password_is_tried_once(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "none", &target);
	str_copy(target.password, sizeof(target.password), "wrong");
	bench_submit(bench, &target, &power_get);
	bench_submit(bench, &target, &power_get);
	bench_wait(bench, 2);
	assert_int_equal(bench->result.err.code, ERR_AUTH);
	bench_do(bench, &target, &power_get);
	assert_int_equal(bench->result.err.code, ERR_AUTH);
	assert_int_equal(bench_count(bench, "record", "login refused"), 1);

	str_copy(target.password, sizeof(target.password), BENCH_PASSWORD);
	succeed(bench, &target, &power_get);
	bmc_target_release(&target);
}

static void test_redfish_wrong_pin_is_a_mismatch(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	bench_redfish(bench, "none", &target);
	str_copy(target.pin, sizeof(target.pin),
		 "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	bench_do(bench, &target, &power_get);
	assert_int_equal(bench->result.err.code, ERR_MISMATCH);
	target.pin[0] = '\0';
	bench_do(bench, &target, &power_get);
	assert_int_equal(bench->result.err.code, ERR_MISMATCH);
	assert_int_equal(bench_count(bench, "record", "login"), 0);
	target.insecure = true;
	succeed(bench, &target, &power_get);
	bmc_target_release(&target);
}

/* A socket that takes what comes and says nothing; its port. */
static int mute_socket(int type, uint16_t *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void test_a_dead_bmc_ends_within_its_deadline(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET,
				       .timeout_ms = 3000 };
	struct bmc_target target = { .host = "127.0.0.1" };
	struct bench *bench = *state;
	int tcp = mute_socket(SOCK_STREAM, &target.port);
	int udp;

	bench_submit(bench, &target, &request);
	assert_true(bench_wait(bench, 1) < 4000);
	assert_int_equal(bench->result.err.code, ERR_TIMEOUT);
	close(tcp);
	bench_submit(bench, &target, &request);
	assert_true(bench_wait(bench, 2) < 4000);
	assert_int_equal(bench->result.err.code, ERR_UNREACHABLE);

	target.protocol = BMC_IPMI;
	udp = mute_socket(SOCK_DGRAM, &target.port);
	bench_submit(bench, &target, &request);
	assert_true(bench_wait(bench, 3) < 4000);
	assert_int_equal(bench->result.err.code, ERR_TIMEOUT);
	assert_false(bench->result.sent);
	close(udp);
}

static void test_what_is_cancelled_has_its_result_too(void **state)
{
	struct bmc_target target = { .host = "127.0.0.1" };
	struct bench *bench = *state;
	int tcp = mute_socket(SOCK_STREAM, &target.port);

	for (int i = 0; i < 3; i++)
		bench_submit(bench, &target, &power_get);
	loop_turn(bench->loop, 50);
	bmc_cancel_all(bench->bmc);
	assert_int_equal(bench->n_results, 0);
	bench_wait(bench, 3);

	assert_int_equal(bench->result.err.code, ERR_CANCELLED);
	assert_true(bmc_idle(bench->bmc));
	close(tcp);
}

/* ---- IPMI ---- */

static void test_ipmi_power_in_all_ways(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	if (!bench_ipmi(bench, &target))
		skip();
	all_power(bench, &target);

	/* Suite 17 is asked for once, and what went then is remembered. */
	assert_int_equal(bench_count(bench, "ipmitool.log", "-C 17"), 1);
	assert_int_equal(bench_count(bench, "ipmitool.log", BENCH_PASSWORD), 0);
	assert_int_equal(bench_count(bench, "ipmitool.log", "0x00 0x02 0x02"),
			 1);
	assert_true(bench_count(bench, "record", "set power 1") >= 2);
	bmc_target_release(&target);
}

static void test_ipmi_boot_is_set_and_read_back(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	if (!bench_ipmi(bench, &target))
		skip();
	set_boot(bench, &target, BMC_BOOT_PXE, false);
	assert_true(bench->result.changed && bench->result.verified);
	set_boot(bench, &target, BMC_BOOT_CD, true);
	set_boot(bench, &target, BMC_BOOT_DISK, true);
	set_boot(bench, &target, BMC_BOOT_NONE, false);

	assert_int_equal(bench_count(bench, "record", "set boot pxe"), 1);
	assert_int_equal(bench_count(bench, "record", "set boot cdrom"), 1);
	assert_int_equal(bench_count(bench, "record", "set boot default"), 1);
	assert_int_equal(bench_count(bench, "record", "set boot none"), 1);
	bmc_target_release(&target);
}

static void test_ipmi_wrong_password_is_tried_once(void **state)
{
	struct bmc_target target = { 0 };
	struct bench *bench = *state;

	if (!bench_ipmi(bench, &target))
		skip();
	succeed(bench, &target, &power_get); /* it is up */
	str_copy(target.password, sizeof(target.password), "wrong");
	target.cipher = 3;
	bench_do(bench, &target, &power_get);
	assert_int_equal(bench->result.err.code, ERR_AUTH);
	bench_do(bench, &target, &power_get);
	assert_int_equal(bench->result.err.code, ERR_AUTH);

	/* Of the first read: 17, then 3. Then one, and no more. */
	assert_int_equal(bench_count(bench, "ipmitool.log", "raw"), 3);
	bmc_target_release(&target);
}

static void test_ipmi_media_is_unsupported(void **state)
{
	struct bmc_request insert = { .op = BMC_MEDIA_INSERT,
				      .media = "http://h/x.iso" };
	struct bmc_target target = { .protocol = BMC_IPMI,
				     .host = "127.0.0.1",
				     .port = 9 };

	bench_do(*state, &target, &insert);
	assert_int_equal(((struct bench *)*state)->result.err.code,
			 ERR_UNSUPPORTED);
}

#define BENCH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH(test_redfish_power_in_all_ways),
		BENCH(test_redfish_boot_and_media),
		BENCH(test_redfish_logs_out_when_forgotten),
		BENCH(test_redfish_without_sessions_and_busy),
		BENCH(test_redfish_lost_answer_means_no_second_reset),
		BENCH(test_redfish_ignored_commands_are_noticed),
		BENCH(test_redfish_wrong_password_is_tried_once),
		BENCH(test_redfish_wrong_pin_is_a_mismatch),
		BENCH(test_a_dead_bmc_ends_within_its_deadline),
		BENCH(test_what_is_cancelled_has_its_result_too),
		BENCH(test_ipmi_power_in_all_ways),
		BENCH(test_ipmi_boot_is_set_and_read_back),
		BENCH(test_ipmi_wrong_password_is_tried_once),
		BENCH(test_ipmi_media_is_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
