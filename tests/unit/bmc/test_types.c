/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "bmc/types.h"

static void test_a_redfish_url_gives_host_port_user_and_system(void **state)
{
	struct bmc_target target = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(bmc_target_parse(&target,
					  "redfish://lab%40adm@bmc7.example:"
					  "8443?system=Node%201",
					  &err),
			 0);

	assert_int_equal(target.protocol, BMC_REDFISH);
	assert_string_equal(target.host, "bmc7.example");
	assert_int_equal(target.port, 8443);
	assert_string_equal(target.user, "lab@adm");
	assert_string_equal(target.system, "Node 1");
}

static void test_ports_and_cipher_have_defaults(void **state)
{
	struct bmc_target target = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(bmc_target_parse(&target, "redfish://10.0.0.1/", &err),
			 0);
	assert_int_equal(target.port, 443);
	assert_string_equal(target.user, "");
	assert_int_equal(
		bmc_target_parse(&target, "ipmi://root@[fd00::7]", &err), 0);
	assert_int_equal(target.port, 623);
	assert_int_equal(target.cipher, 0);
	assert_string_equal(target.host, "fd00::7");
	assert_int_equal(
		bmc_target_parse(&target, "ipmi://root@h:1623?cipher=3", &err),
		0);
	assert_int_equal(target.port, 1623);
	assert_int_equal(target.cipher, 3);
}

static void test_a_wrong_url_is_refused_with_its_reason(void **state)
{
	static const struct {
		const char *url;
		const char *says;
	} cases[] = {
		{ "http://h", "scheme http: expected redfish or ipmi" },
		{ "10.0.0.1", "expected redfish://" },
		{ "redfish://u:secret@h", "a password does not belong" },
		{ "redfish://u@", "\"\" is no host" },
		{ "redfish://u@h:0", "port \"0\"" },
		{ "redfish://u@h:99999", "port \"99999\"" },
		{ "redfish://fd00::1", "brackets" },
		{ "ipmi://-lhost", "\"-lhost\" is no host" },
		{ "ipmi://h?cipher=0", "cipher: expected 1 to 17" },
		{ "ipmi://h?system=1", "\"system=1\": expected cipher=N" },
		{ "redfish://h/redfish/v1", "after the host" },
		{ "redfish://%zz@h", "badly encoded" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bmc_target target = { 0 };
		struct err err = { 0 };

		assert_int_equal(bmc_target_parse(&target, cases[i].url, &err),
				 -1);
		assert_int_equal(err.code, ERR_INVALID);
		if (!strstr(err.message, cases[i].says))
			fail_msg("%s: %s", cases[i].url, err.message);
		assert_null(strstr(err.message, "secret"));
		bmc_target_release(&target);
	}
}

static void test_a_copy_is_equal_until_the_password_changes(void **state)
{
	struct bmc_target a = { .host = "h", .password = "one" };
	struct bmc_target b = { 0 };

	(void)state;
	a.ca_pem = xstrdup("PEM");
	bmc_target_copy(&b, &a);
	assert_true(bmc_target_eq(&a, &b));
	assert_ptr_not_equal(a.ca_pem, b.ca_pem);

	str_copy(b.password, sizeof(b.password), "two");
	assert_false(bmc_target_eq(&a, &b));

	bmc_target_release(&a);
	assert_string_equal(a.password, "");
	bmc_target_release(&b);
}

static void test_what_was_packed_comes_out_whole(void **state)
{
	struct bmc_target a = {
		.protocol = BMC_IPMI,
		.host = "bmc.example",
		.port = 6230,
		.user = "admin",
		.password = "word",
		.system = "/redfish/v1/Systems/1",
		.cipher = 3,
		.insecure = true,
		.pin = "sha256//x",
		.rack = "r7",
		.ipmitool = true,
		.ipmi_quirks = 5,
		.ipmi_key = { 1, 2, 3 },
		.ipmi_key_len = 3,
	};
	struct bmc_target b = { 0 };
	struct bmc_packed *packed;

	(void)state;
	for (int with_ca = 0; with_ca < 2; with_ca++) {
		a.ca_pem = with_ca ? xstrdup("PEM") : NULL;
		packed = bmc_target_pack(&a);
		bmc_target_unpack(&b, packed);
		bmc_packed_free(packed);
		assert_string_equal(b.host, a.host);
		assert_int_equal(b.port, a.port);
		assert_string_equal(b.user, a.user);
		assert_string_equal(b.password, a.password);
		assert_string_equal(b.system, a.system);
		assert_string_equal(b.pin, a.pin);
		assert_string_equal(b.rack, a.rack);
		assert_int_equal(b.cipher, 3);
		assert_int_equal(b.ipmi_quirks, 5);
		assert_int_equal(b.ipmi_key_len, 3);
		assert_memory_equal(b.ipmi_key, a.ipmi_key, 20);
		assert_true(b.insecure && b.ipmitool);
		assert_true(!b.ca_pem == !with_ca);
		assert_true(bmc_target_eq(&a, &b));
		free(a.ca_pem);
	}
	bmc_target_release(&b);
}

/* Each field makes a difference: a password that changed in place, too. */
static void test_a_target_differs_by_any_field(void **state)
{
	const struct bmc_target a = { .host = "h", .user = "u" };
	struct bmc_target others[] = { a, a, a, a, a, a, a, a };

	(void)state;
	others[0].protocol = BMC_IPMI;
	others[1].ipmitool = true;
	others[2].ipmi_quirks = 1;
	others[3].ipmi_key_len = 1;
	others[4].cipher = 17;
	/* The same letters, parted otherwise. */
	str_copy(others[5].host, sizeof(others[5].host), "hu");
	str_copy(others[5].user, sizeof(others[5].user), "");
	str_copy(others[6].pin, sizeof(others[6].pin), "u");
	str_copy(others[6].user, sizeof(others[6].user), "");
	others[7].insecure = true;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(bmc_target_eq(&a, &others[i]));
}

/* The address sanitizer sees that each is freed once. */
static void test_other_ways_are_copied_and_compared(void **state)
{
	struct bmc_target third = { .protocol = BMC_IPMI, .ipmitool = true };
	struct bmc_target second = { .protocol = BMC_IPMI, .other = &third };
	struct bmc_target first = { .host = "h", .other = &second };
	struct bmc_target copy = { 0 };
	struct bmc_target again = { 0 };

	(void)state;
	third.ca_pem = xstrdup("PEM");
	bmc_target_copy(&copy, &first);
	bmc_target_copy(&again, &copy);
	assert_true(bmc_target_eq(&copy, &first));
	assert_true(bmc_target_eq(&copy, &again));
	str_copy(again.other->other->rack, BMC_WORD_SIZE, "r1");
	assert_false(bmc_target_eq(&copy, &again));
	second.other = NULL;
	assert_false(bmc_target_eq(&copy, &first));
	assert_false(bmc_target_eq(&first, &copy));

	bmc_target_release(&copy);
	bmc_target_release(&again);
	free(third.ca_pem);
	assert_null(copy.other);
}

static void test_quirks_are_words(void **state)
{
	uint32_t quirks = 99;
	struct err err;

	(void)state;
	assert_int_equal(bmc_ipmi_quirks("", &quirks, &err), 0);
	assert_int_equal(quirks, 0);
	assert_int_equal(bmc_ipmi_quirks("opensesspriv", &quirks, &err), 0);
	assert_int_equal(quirks, 0);
	assert_int_equal(bmc_ipmi_quirks(" authcap, intel20 ", &quirks, &err),
			 0);
	assert_int_equal(quirks, 1 | 8);
	assert_int_equal(bmc_ipmi_quirks("authcap,auth", &quirks, &err), -1);
	assert_non_null(strstr(err.message, "\"auth\""));
}

static void test_a_group_key_is_text_or_hex(void **state)
{
	struct bmc_target target = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(bmc_ipmi_key(&target, "barn", &err), 0);
	assert_int_equal(target.ipmi_key_len, 4);
	assert_int_equal(bmc_ipmi_key(&target, "0x00ff", &err), 0);
	assert_int_equal(target.ipmi_key_len, 2);
	assert_memory_equal(target.ipmi_key, "\x00\xff\x00", 3);
	assert_int_equal(bmc_ipmi_key(&target, "0x0g", &err), -1);
	assert_int_equal(bmc_ipmi_key(&target, "123456789012345678901", &err),
			 -1);
}

static void test_names_and_writes_of_all_operations(void **state)
{
	(void)state;
	for (enum bmc_op op = 0; op < BMC_N_OPS; op++)
		assert_true(strlen(bmc_op_name(op)) > 2);
	assert_true(bmc_op_writes(BMC_PASSWORD_SET));
	assert_true(bmc_op_writes(BMC_NMI));
	assert_false(bmc_op_writes(BMC_LOG_READ));
}

static void test_a_reset_of_a_machine_that_is_off_is_on(void **state)
{
	(void)state;
	assert_int_equal(bmc_action_for(BMC_ACTION_RESET, BMC_POWER_OFF),
			 BMC_ACTION_ON);
	assert_int_equal(bmc_action_for(BMC_ACTION_CYCLE, BMC_POWER_ON),
			 BMC_ACTION_CYCLE);
	assert_true(bmc_action_needless(BMC_ACTION_SOFT, BMC_POWER_OFF));
	assert_false(bmc_action_needless(BMC_ACTION_RESET, BMC_POWER_ON));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_redfish_url_gives_host_port_user_and_system),
		RUN(test_ports_and_cipher_have_defaults),
		RUN(test_a_wrong_url_is_refused_with_its_reason),
		RUN(test_a_copy_is_equal_until_the_password_changes),
		RUN(test_what_was_packed_comes_out_whole),
		RUN(test_a_target_differs_by_any_field),
		RUN(test_other_ways_are_copied_and_compared),
		RUN(test_quirks_are_words),
		RUN(test_a_group_key_is_text_or_hex),
		RUN(test_names_and_writes_of_all_operations),
		RUN(test_a_reset_of_a_machine_that_is_off_is_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
