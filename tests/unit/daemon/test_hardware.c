/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/hardware.h"

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
	struct hardware_next next;
	const struct credential new = { "", "new" };

	make(f, ORDER("'gofish'"), "", "");
	assert_ok(f, hardware_bmc_changing(f->store, "default", "b1", &target,
					   &next, &f->err));
	assert_string_equal(next.password, "");
	assert_ok(f,
		  credential_record(f->store, "default", "b1", &new, &f->err));
	assert_int_equal(target_of(f, &target), -1);
	assert_int_equal(f->err.code, ERR_BUSY);
	assert_ok(f, hardware_bmc_changing(f->store, "default", "b1", &target,
					   &next, &f->err));
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

	assert_ok(f, hardware_bmc_named(f->store, "default", "b2", &target, id,
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
	assert_ok(f, hardware_bmc(f->store, id_of(f, "tasks", "t1"), &target,
				  id, sizeof(id), &f->err));
	assert_string_equal(target.host, "10.0.0.7");
	assert_string_equal(id, "task/default/t1");
	assert_ok(f, hardware_bmc_status(f->store, id_of(f, "tasks", "t1"),
					 BMC_POWER_ON, NULL, &f->err));
	assert_ok(f, hardware_bmc(f->store, id_of(f, "machines", "b1"), &target,
				  id, sizeof(id), &f->err));
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
	assert_ok(f, hardware_bmc_named(f->store, "default", "b2", &target, id,
					sizeof(id), &f->err));

	assert_string_equal(target.rack, "r7");
	assert_string_equal(id, "default/b2");
}

/* ---- what is known of it ---- */

/* Whether it turned; -1: nothing was written. */
static int note(struct fixture *f, enum bmc_power power, enum err_code code,
		const char *message, bool looked)
{
	int64_t before = store_version(f->store);
	struct err error = { .code = code };
	struct hardware_seen seen = { .power = power,
				      .error = code ? &error : NULL,
				      .looked = looked };

	str_copy(error.message, sizeof(error.message), message);
	assert_ok(f,
		  hardware_bmc_seen(f->store, "default", "b1", &seen, &f->err));
	return store_version(f->store) == before ? -1 : seen.turned;
}

static int seen(struct fixture *f, enum bmc_power power, enum err_code code,
		const char *message)
{
	return note(f, power, code, message, false);
}

static const char *status_text(struct fixture *f, const char *path, char *out,
			       size_t size)
{
	struct object_key key = key_of("machines", "b1");
	AUTO_JSON json_t *object = object_get(f->store, &key, &f->err);
	const char *text = json_str_at(object, path);

	str_copy(out, size, text ? text : "");
	return out;
}

#define assert_status(f, path, expected)                                       \
	do {                                                                   \
		char text_[512];                                               \
		assert_string_equal(status_text((f), "status." path, text_,    \
						sizeof(text_)),                \
				    (expected));                               \
	} while (0)

static void test_a_bmc_that_answers_is_contactable(void **state)
{
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");

	assert_int_equal(seen(f, BMC_POWER_ON, ERR_NONE, ""), true);
	assert_status(f, "powerState", "on");
	assert_status(f, "conditions[0].type", "Contactable");
	assert_status(f, "conditions[0].status", "True");
	assert_status(f, "conditions[0].reason", "Answered");
	assert_status(f, "conditions[0].lastTransitionTime",
		      "2026-11-24T12:00:00Z");
}

static void test_nothing_is_written_when_nothing_is_new(void **state)
{
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	for (int i = 0; i < 3; i++) {
		store_set_now(f->store, NOON + 1000 * i);
		assert_int_equal(seen(f, BMC_POWER_ON, ERR_NONE, ""), -1);
	}
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE,
			      "no answer in 20001 ms"),
			 true);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE,
			      "no answer in 19 ms"),
			 -1);
	assert_int_equal(
		seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE, "no route"), false);
	assert_status(f, "conditions[0].message", "no route");
	assert_status(f, "powerState", "unknown");
}

static void test_the_time_of_its_turn_stays_until_the_next(void **state)
{
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	store_set_now(f->store, NOON + 60 * 1000);
	assert_int_equal(seen(f, BMC_POWER_OFF, ERR_NONE, ""), false);
	assert_status(f, "powerState", "off");
	assert_status(f, "conditions[0].lastTransitionTime",
		      "2026-11-24T12:00:00Z");
	assert_status(f, "conditions[0].lastUpdateTime",
		      "2026-11-24T12:01:00Z");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_AUTH, "refused"), true);

	assert_status(f, "conditions[0].status", "False");
	assert_status(f, "conditions[0].reason", "CredentialsRefused");
	assert_status(f, "conditions[0].lastTransitionTime",
		      "2026-11-24T12:01:00Z");
}

/* It answered; the operation failed for another cause. */
static void test_an_error_of_an_operation_is_not_one_of_the_way(void **state)
{
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	assert_int_equal(
		seen(f, BMC_POWER_OFF, ERR_TIMEOUT, "power is off after on"),
		false);
	assert_status(f, "conditions[0].status", "True");
	assert_status(f, "powerState", "off");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_BUSY, "busy"), -1);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_CANCELLED, "x"), -1);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_UNSUPPORTED, "x"), -1);

	assert_status(f, "powerState", "off");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_TIMEOUT, "x"), true);
}

/* What a change comes to may have the same code as a certificate. */
static void test_only_a_look_tells_of_certificates_and_settings(void **state)
{
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_MISMATCH, "x"), -1);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_INVALID, "x"), -1);
	assert_int_equal(note(f, BMC_POWER_UNKNOWN, ERR_MISMATCH, "x", true),
			 true);
	assert_status(f, "conditions[0].reason", "WrongCertificate");
	assert_int_equal(note(f, BMC_POWER_UNKNOWN, ERR_NOT_FOUND, "x", true),
			 false);
	assert_status(f, "conditions[0].reason", "NotConfigured");
}

static void
test_words_that_are_no_text_are_shown_as_far_as_they_are(void **state)
{
	struct fixture *f = *state;

	make(f, "'insecureTLS':true", "", "");
	assert_int_equal(
		seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE, "says \xff\xfe!"),
		true);

	assert_status(f, "conditions[0].message", "says ?\?!");
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
		RUN_WITH_STORE(test_a_bmc_that_answers_is_contactable),
		RUN_WITH_STORE(test_nothing_is_written_when_nothing_is_new),
		RUN_WITH_STORE(test_the_time_of_its_turn_stays_until_the_next),
		RUN_WITH_STORE(
			test_an_error_of_an_operation_is_not_one_of_the_way),
		RUN_WITH_STORE(
			test_only_a_look_tells_of_certificates_and_settings),
		RUN_WITH_STORE(
			test_words_that_are_no_text_are_shown_as_far_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
