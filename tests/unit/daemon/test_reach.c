/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reach.h"

#include "daemon/contact.h"
#include "daemon/credential.h"
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

	return reach_machine(f->store, id_of(f, "hardware", "m1"), target, id,
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

static void test_whose_quirks_it_has_is_said_by_annotations(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, ORDER("'ipmi'"),
	     "'tomte.dev/bmc-vendor':'Supermicro',"
	     "'tomte.dev/bmc-model':'X11DPi'",
	     "");
	assert_ok(f, target_of(f, &target));

	assert_string_equal(target.vendor, "Supermicro");
	assert_string_equal(target.model, "X11DPi");
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

static void test_what_is_not_spoken_is_said(void **state)
{
	static const struct {
		const char *options;
		const char *message;
	} cases[] = {
		{ "'preferredOrder':['IntelAMT']",
		  "bmc Machine b1: providerOptions.preferredOrder: none of "
		  "these is spoken here; gofish (Redfish) and ipmitool (IPMI) "
		  "are" },
		{ "'intelAMT':{'port':16992}",
		  "bmc Machine b1: providerOptions.intelAMT: Intel AMT is not "
		  "spoken here" },
		{ "'homeassistant':{'switchEntityID':'switch.a'}",
		  "bmc Machine b1: providerOptions.homeassistant: switches of "
		  "Home Assistant are not spoken to; a webhook (rpc) can be" },
	};
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f, ORDER("'gofish'"), "", "");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *text = xasprintf(
			"{'spec':{'connection':{'providerOptions':{%s}}}}",
			cases[i].options);

		assert_ok(f, patch(f, "machines", "b1",
				   "{'spec':{'connection':{"
				   "'providerOptions':null}}}"));
		assert_ok(f, patch(f, "machines", "b1", text));
		assert_int_equal(target_of(f, &target), -1);
		assert_int_equal(f->err.code, ERR_UNSUPPORTED);
		assert_string_equal(f->err.message, cases[i].message);
	}
}

static void test_the_first_that_is_spoken_is_taken(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f,
	     "'providerOptions':{'preferredOrder':['IntelAMT','asrockrack',"
	     "'Dell','ipmitool'],'redfish':{'useBasicAuth':true}}",
	     "", "");
	assert_ok(f, target_of(f, &target));
	assert_true(target.basic);

	assert_int_equal(target.protocol, BMC_REDFISH);
}

static void test_a_webhook_gets_its_secrets(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;

	make(f,
	     "'providerOptions':{"
	     "'preferredOrder':['gofish'],'rpc':{"
	     "'consumerURL':'http://h/rpc','hmac':{'secrets':{"
	     "'sha256':[{'name':'hook'}]}}}}",
	     "", "");
	assert_int_equal(target_of(f, &target), -1);
	assert_string_equal(f->err.message,
			    "rpc.hmac.secrets.sha256[0]: no such Secret: "
			    "default/hook");
	assert_ok(f, create(f, "secrets", "hook",
			    "{'stringData':{'secret':'shared'}}"));
	assert_ok(f, target_of(f, &target));

	assert_int_equal(target.protocol, BMC_RPC);
	assert_string_equal(target.rpc,
			    "{\"consumerURL\":\"http://h/rpc\",\"hmac\":{"
			    "\"secrets\":{\"sha256\":[\"shared\"]}}}");
}

static void test_while_a_password_changes_nobody_else_logs_in(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;
	struct reach_next next;
	const struct credential new = { "", "new" };

	make(f, ORDER("'gofish'"), "", "");
	assert_ok(f, reach_changing(f->store, "default", "b1", &target, &next,
				    &f->err));
	assert_string_equal(next.password, "");
	assert_ok(f,
		  credential_record(f->store, "default", "b1", &new, &f->err));
	assert_int_equal(target_of(f, &target), -1);
	assert_int_equal(f->err.code, ERR_BUSY);
	assert_ok(f, reach_changing(f->store, "default", "b1", &target, &next,
				    &f->err));
	assert_string_equal(next.password, "new");
	assert_string_equal(target.password, "word");
	assert_ok(f,
		  credential_adopt(f->store, "default", "b1", &new, &f->err));
	assert_ok(f, target_of(f, &target));

	assert_string_equal(target.password, "new");
}

static void test_a_secret_of_many_is_left_to_the_others(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	const struct credential new = { "", "new" };
	struct fixture *f = *state;
	char id[400];

	make(f, ORDER("'gofish'"), "", ",'kg':'key'");
	assert_ok(f, create(f, "machines", "b2",
			    "{'spec':{'connection':{'host':'10.0.0.8',"
			    "'authSecretRef':{'name':'s'}}}}"));
	assert_ok(f,
		  credential_record(f->store, "default", "b1", &new, &f->err));
	assert_ok(f, credential_forget(f->store, "default", "b1", &f->err));
	assert_ok(f, target_of(f, &target));
	assert_string_equal(target.password, "word");
	assert_string_equal(target.user, "admin");
	assert_int_equal(target.ipmi_key_len, 3);
	assert_ok(f,
		  credential_record(f->store, "default", "b1", &new, &f->err));
	assert_ok(f,
		  credential_adopt(f->store, "default", "b1", &new, &f->err));
	assert_ok(f, target_of(f, &target));
	assert_string_equal(target.password, "new");

	assert_ok(f, reach_named(f->store, "default", "b2", &target, id,
				 sizeof(id), &f->err));
	assert_string_equal(target.password, "word");
}

static void test_a_task_says_itself_where_its_bmc_is(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;
	char id[400];

	make(f, ORDER("'gofish'"), "", "");
	assert_ok(f, create(f, "tasks", "t1",
			    "{'spec':{'connection':{'host':'10.0.0.7',"
			    "'authSecretRef':{'name':'s'}}}}"));
	assert_ok(f, reach_machine(f->store, id_of(f, "tasks", "t1"), &target,
				   id, sizeof(id), &f->err));
	assert_string_equal(target.host, "10.0.0.7");
	assert_string_equal(id, "task/default/t1");
	assert_ok(f, contact_write_of(f->store, id_of(f, "tasks", "t1"),
				      BMC_POWER_ON, NULL, &f->err));
	assert_ok(f, reach_machine(f->store, id_of(f, "machines", "b1"),
				   &target, id, sizeof(id), &f->err));
	assert_string_equal(id, "default/b1");
	assert_int_equal(machine_by_bmc(f->store, "default", "b1"),
			 id_of(f, "hardware", "m1"));
	assert_int_equal(machine_by_bmc(f->store, "default", "b9"), 0);
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

static void test_each_way_stands_behind_the_one_preferred_to_it(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;
	const struct bmc_target *second;
	const struct bmc_target *third;

	make(f,
	     "'providerOptions':{'preferredOrder':['gofish','dell','ipmi',"
	     "'GoFish','ipmitool'],'redfish':{'port':8443},"
	     "'ipmitool':{'port':6230}}",
	     "", "");
	assert_ok(f, target_of(f, &target));
	second = target.other;
	assert_non_null(second);
	third = second->other;
	assert_non_null(third);
	assert_null(third->other);

	assert_int_equal(target.protocol, BMC_REDFISH);
	assert_int_equal(target.port, 8443);
	assert_int_equal(second->protocol, BMC_IPMI);
	assert_int_equal(second->port, 6230);
	assert_false(second->ipmitool);
	assert_true(third->ipmitool);
	assert_string_equal(third->host, "10.0.0.9");
	assert_string_equal(third->user, "admin");
	assert_string_equal(third->password, "word");
}

static void test_its_rack_is_a_label(void **state)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct fixture *f = *state;
	char id[400];

	make(f, "'insecureTLS':true", "", "");
	assert_ok(f, create(f, "machines", "b2",
			    "{'metadata':{'labels':{'tomte.dev/rack':'r7'}},"
			    "'spec':{'connection':{'host':'10.0.0.9',"
			    "'authSecretRef':{'name':'s'}}}}"));
	assert_ok(f, reach_named(f->store, "default", "b2", &target, id,
				 sizeof(id), &f->err));

	assert_string_equal(target.rack, "r7");
	assert_string_equal(id, "default/b2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_ipmi_is_ours),
		RUN_WITH_STORE(test_whose_quirks_it_has_is_said_by_annotations),
		RUN_WITH_STORE(test_ipmitool_is_said_by_the_target),
		RUN_WITH_STORE(test_without_an_order_it_is_redfish),
		RUN_WITH_STORE(test_options_of_ipmitool_alone_mean_ipmi),
		RUN_WITH_STORE(test_what_is_not_spoken_is_said),
		RUN_WITH_STORE(test_the_first_that_is_spoken_is_taken),
		RUN_WITH_STORE(test_a_webhook_gets_its_secrets),
		RUN_WITH_STORE(
			test_while_a_password_changes_nobody_else_logs_in),
		RUN_WITH_STORE(test_a_secret_of_many_is_left_to_the_others),
		RUN_WITH_STORE(test_a_task_says_itself_where_its_bmc_is),
		RUN_WITH_STORE(test_quirks_and_a_group_key),
		RUN_WITH_STORE(test_a_quirk_that_nobody_knows_is_refused),
		RUN_WITH_STORE(
			test_each_way_stands_behind_the_one_preferred_to_it),
		RUN_WITH_STORE(test_its_rack_is_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
