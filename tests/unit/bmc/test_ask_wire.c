/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ask_wire.h"

#include "json.h"
#include "test.h"

static struct bmc_request asked(const char *word, const char *arguments)
{
	AUTO_JSON json_t *object = arguments ? json_of(arguments) : NULL;
	struct bmc_request request;
	struct err err;

	if (bmc_ask_parse(word, object, &request, &err))
		fail_msg("%s %s: %s", word, arguments, err.message);
	return request;
}

static void refused(const char *word, const char *arguments, enum err_code code,
		    const char *message)
{
	AUTO_JSON json_t *object = arguments ? json_of(arguments) : NULL;
	struct bmc_request request;
	struct err err;

	assert_int_equal(bmc_ask_parse(word, object, &request, &err), -1);
	assert_int_equal(err.code, code);
	assert_string_equal(err.message, message);
}

static void test_a_word_alone_reads(void **state)
{
	static const struct {
		const char *word;
		enum bmc_op op;
	} words[] = {
		{ "power", BMC_POWER_GET },
		{ "boot", BMC_BOOT_GET },
		{ "info", BMC_INFO },
		{ "sel", BMC_LOG_READ },
		{ "sensors", BMC_SENSORS },
		{ "inventory", BMC_INVENTORY },
		{ "fru", BMC_FRU },
		{ "lan", BMC_LAN_GET },
		{ "users", BMC_USERS },
		{ "bios", BMC_BIOS_GET },
		{ "secure-boot", BMC_SECURE_BOOT_GET },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		assert_int_equal(asked(words[i].word, NULL).op, words[i].op);
		assert_false(bmc_op_writes(asked(words[i].word, "{}").op));
	}
}

static void test_power_has_an_action(void **state)
{
	(void)state;
	assert_int_equal(asked("power", "{'action':'status'}").op,
			 BMC_POWER_GET);
	assert_int_equal(asked("power", "{'action':'soft'}").op, BMC_POWER_SET);
	assert_int_equal(asked("power", "{'action':'soft'}").action,
			 BMC_ACTION_SOFT);
	refused("power", "{'action':'explode'}", ERR_INVALID,
		"power explode: expected status, on, off, soft, cycle or "
		"reset");
	refused("power", "{'action':7}", ERR_INVALID,
		"action: expected a text");
}

static void test_a_boot_device_has_its_ways(void **state)
{
	struct bmc_request request =
		asked("boot", "{'device':'pxe','persistent':true,'efi':true}");

	(void)state;
	assert_int_equal(request.op, BMC_BOOT_SET);
	assert_int_equal(request.boot.device, BMC_BOOT_PXE);
	assert_true(request.boot.persistent && request.boot.uefi);
	request = asked("boot", "{'device':'http','url':'http://h/x'}");
	assert_int_equal(request.boot.device, BMC_BOOT_HTTP);
	assert_string_equal(request.media, "http://h/x");
	refused("boot", "{'device':'other'}", ERR_INVALID,
		"boot other: expected pxe, disk, cdrom, bios, http or none");
	refused("boot", "{'device':'pxe','url':'http://h/x'}", ERR_INVALID,
		"boot: a URL is for the device http");
	refused("boot", "{'persistent':true}", ERR_INVALID,
		"boot: expected a device");
	refused("boot", "{'device':'pxe','efi':'yes'}", ERR_INVALID,
		"efi: expected true or false");
}

static void test_media_without_a_url_is_ejected(void **state)
{
	(void)state;
	assert_int_equal(asked("media", NULL).op, BMC_MEDIA_EJECT);
	assert_int_equal(asked("media", "{'url':''}").op, BMC_MEDIA_EJECT);
	assert_int_equal(asked("media", "{'url':'http://h/x.iso'}").op,
			 BMC_MEDIA_INSERT);
}

static void test_the_light_shines_so_long(void **state)
{
	(void)state;
	assert_int_equal(asked("identify", NULL).seconds, BMC_IDENTIFY_S);
	assert_int_equal(asked("identify", "{'seconds':0}").seconds, 0);
	assert_int_equal(asked("identify", "{'seconds':'15'}").seconds, 15);
	assert_int_equal(asked("identify", "{'seconds':-1}").seconds,
			 BMC_IDENTIFY_ON);
	refused("identify", "{'seconds':86401}", ERR_INVALID,
		"seconds: expected -1 to 86400, not 86401");
	refused("identify", "{'seconds':true}", ERR_INVALID,
		"seconds: expected a number");
}

static void test_a_log_is_read_from_an_entry_on(void **state)
{
	struct bmc_request request = asked("sel", "{'from':'17','log':'Sel'}");

	(void)state;
	assert_int_equal(request.from, 17);
	assert_string_equal(request.name, "Sel");
	refused("sel", "{'from':65536}", ERR_INVALID,
		"from: expected 0 to 65535, not 65536");
}

static void test_what_is_not_known_is_refused(void **state)
{
	(void)state;
	refused("dance", NULL, ERR_NOT_FOUND,
		"there is nothing that is called \"dance\"");
	refused("sensors", "{'from':1}", ERR_INVALID,
		"sensors: there is no \"from\"");
	refused("sensors", "[]", ERR_INVALID, "sensors: expected an object");
	/* What changes credentials is not to be had this way. */
	refused("password", "{}", ERR_NOT_FOUND,
		"there is nothing that is called \"password\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_word_alone_reads),
		RUN(test_power_has_an_action),
		RUN(test_a_boot_device_has_its_ways),
		RUN(test_media_without_a_url_is_ejected),
		RUN(test_the_light_shines_so_long),
		RUN(test_a_log_is_read_from_an_entry_on),
		RUN(test_what_is_not_known_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
