/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/hardware.h"

#include "unit/store/fixture.h"

/* A Hardware with a bmc Machine of this connection, and its Secret. */
static void make(struct fixture *f, const char *connection,
		 const char *annotations, const char *secret)
{
	AUTO_FREE char *machine = xasprintf(
		"{'metadata':{'annotations':{%s}},'spec':{'connection':{"
		"'host':'10.0.0.9','authSecretRef':{'name':'s'},%s}}}",
		annotations, connection);
	AUTO_FREE char *credentials =
		xasprintf("{'stringData':{'username':'admin',"
			  "'password':'word'%s}}",
			  secret);

	assert_ok(f, create(f, "hardware", "m1",
			    "{'spec':{'bmcRef':{'name':'b1'}}}"));
	assert_ok(f, create(f, "machines", "b1", machine));
	assert_ok(f, create(f, "secrets", "s", credentials));
}

static int target_of(struct fixture *f, struct bmc_target *target)
{
	char id[400];

	return hardware_bmc(f->store, id_of(f, "hardware", "m1"), target, id,
			    sizeof(id), &f->err);
}

#define ORDER(names) "'providerOptions':{'preferredOrder':[" names "]}"

static void test_ipmi_is_ours(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, ORDER("'rpc','ipmi','gofish'"), "", "");
	assert_ok(f, target_of(f, &target));

	assert_int_equal(target.protocol, BMC_IPMI);
	assert_false(target.ipmitool);
	assert_int_equal(target.port, 623);
	assert_string_equal(target.user, "admin");
	assert_string_equal(target.password, "word");
	assert_int_equal(target.ipmi_key_len, 0);
}

static void test_ipmitool_is_said_by_the_target(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f,
	     "'providerOptions':{'preferredOrder':['IPMITOOL'],"
	     "'ipmitool':{'port':6230,'cipherSuite':'3'}}",
	     "", "");
	assert_ok(f, target_of(f, &target));

	assert_int_equal(target.protocol, BMC_IPMI);
	assert_true(target.ipmitool);
	assert_int_equal(target.port, 6230);
	assert_int_equal(target.cipher, 3);
}

static void test_without_an_order_it_is_redfish(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");
	assert_ok(f, target_of(f, &target));

	assert_int_equal(target.protocol, BMC_REDFISH);
	assert_int_equal(target.port, 443);
	assert_true(target.insecure);
}

static void test_options_of_ipmitool_alone_mean_ipmi(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, "'providerOptions':{'ipmitool':{'port':623}}", "", "");
	assert_ok(f, target_of(f, &target));

	assert_int_equal(target.protocol, BMC_IPMI);
	assert_true(target.ipmitool);
}

static void test_quirks_and_a_group_key(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, ORDER("'ipmi'"),
	     "'tomte.dev/ipmi-quirks':'authcap,nochecksumcheck'",
	     ",'kg':'0x0102ff'");
	assert_ok(f, target_of(f, &target));

	assert_int_not_equal(target.ipmi_quirks, 0);
	assert_int_equal(target.ipmi_key_len, 3);
	assert_memory_equal(target.ipmi_key, "\x01\x02\xff", 3);
}

static void test_a_quirk_that_nobody_knows_is_refused(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, ORDER("'ipmi'"), "'tomte.dev/ipmi-quirks':'moon'", "");

	assert_fails(f, ERR_INVALID, target_of(f, &target));
	assert_non_null(strstr(f->err.message, "ipmi-quirks"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_ipmi_is_ours),
		RUN_WITH_STORE(test_ipmitool_is_said_by_the_target),
		RUN_WITH_STORE(test_without_an_order_it_is_redfish),
		RUN_WITH_STORE(test_options_of_ipmitool_alone_mean_ipmi),
		RUN_WITH_STORE(test_quirks_and_a_group_key),
		RUN_WITH_STORE(test_a_quirk_that_nobody_knows_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
