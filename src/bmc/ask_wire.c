/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ask_wire.h"

#include <string.h>

#include "base/str.h"

#define MAX_SECONDS 86400

static const struct word {
	const char *name;
	enum bmc_op op;
	const char *members[5]; /* that it may have */
} words[] = {
	{ "power", BMC_POWER_GET, { "action" } },
	{ "boot", BMC_BOOT_GET, { "device", "persistent", "efi", "url" } },
	{ "media", BMC_MEDIA_EJECT, { "url" } },
	{ "identify", BMC_IDENTIFY, { "seconds" } },
	{ "info", BMC_INFO, { NULL } },
	{ "sel", BMC_LOG_READ, { "from", "log" } },
	{ "clear-sel", BMC_LOG_CLEAR, { "log" } },
	{ "sensors", BMC_SENSORS, { NULL } },
	{ "inventory", BMC_INVENTORY, { NULL } },
	{ "fru", BMC_FRU, { "number" } },
	{ "lan", BMC_LAN_GET, { NULL } },
	{ "users", BMC_USERS, { NULL } },
	{ "bios", BMC_BIOS_GET, { NULL } },
	{ "secure-boot", BMC_SECURE_BOOT_GET, { NULL } },
	{ "reset", BMC_BMC_RESET, { NULL } },
	{ "nmi", BMC_NMI, { NULL } },
};

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].name, name))
			return &words[i];
	return NULL;
}

static int check_members(const struct word *word, const json_t *arguments,
			 struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)arguments, key, value) {
		bool known = false;

		for (size_t i = 0; word->members[i]; i++)
			known |= str_eq(word->members[i], key);
		if (!known)
			return err_set(err, ERR_INVALID,
				       "%s: there is no \"%.40s\"", word->name,
				       key);
	}
	return 0;
}

/* Leaves the number as it is when it is not there. */
static int take_number(const json_t *arguments, const char *key, int64_t least,
		       int64_t most, int64_t *number, struct err *err)
{
	const json_t *value = json_object_get(arguments, key);
	uint64_t parsed;

	if (!value)
		return 0;
	if (json_is_integer(value))
		*number = json_integer_value(value);
	else if (json_is_string(value) &&
		 str_parse_u64(json_string_value(value), INT64_MAX, &parsed))
		*number = (int64_t)parsed;
	else
		return err_set(err, ERR_INVALID, "%s: expected a number", key);
	if (*number < least || *number > most)
		return err_set(err, ERR_INVALID,
			       "%s: expected %lld to %lld, not %lld", key,
			       (long long)least, (long long)most,
			       (long long)*number);
	return 0;
}

static int take_text(const json_t *arguments, const char *key, char *out,
		     size_t size, struct err *err)
{
	const json_t *value = json_object_get(arguments, key);

	if (!value)
		return 0;
	if (!json_is_string(value) ||
	    strlen(json_string_value(value)) != json_string_length(value))
		return err_set(err, ERR_INVALID, "%s: expected a text", key);
	if (!str_copy(out, size, json_string_value(value)))
		return err_set(err, ERR_TOO_BIG, "%s: over %zu characters", key,
			       size - 1);
	return 0;
}

static int take_flag(const json_t *arguments, const char *key, bool *out,
		     struct err *err)
{
	const json_t *value = json_object_get(arguments, key);

	if (value && !json_is_boolean(value))
		return err_set(err, ERR_INVALID, "%s: expected true or false",
			       key);
	if (value)
		*out = json_is_true(value);
	return 0;
}

static int take_power(const json_t *arguments, struct bmc_request *request,
		      struct err *err)
{
	static const enum bmc_power_action actions[] = {
		BMC_ACTION_ON, BMC_ACTION_OFF, BMC_ACTION_SOFT,
		BMC_ACTION_CYCLE, BMC_ACTION_RESET
	};
	char text[16] = "status";

	if (take_text(arguments, "action", text, sizeof(text), err))
		return -1;
	if (str_eq(text, "status"))
		return 0;
	request->op = BMC_POWER_SET;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		request->action = actions[i];
		if (str_eq(text, bmc_action_name(actions[i])))
			return 0;
	}
	return err_set(err, ERR_INVALID,
		       "power %s: expected status, on, off, soft, cycle or "
		       "reset",
		       text);
}

static int take_boot(const json_t *arguments, struct bmc_request *request,
		     struct err *err)
{
	static const enum bmc_device devices[] = {
		BMC_BOOT_NONE, BMC_BOOT_PXE,  BMC_BOOT_DISK,
		BMC_BOOT_CD,   BMC_BOOT_BIOS, BMC_BOOT_HTTP
	};
	char text[16] = "";

	if (take_text(arguments, "device", text, sizeof(text), err) ||
	    take_text(arguments, "url", request->media, sizeof(request->media),
		      err) ||
	    take_flag(arguments, "persistent", &request->boot.persistent,
		      err) ||
	    take_flag(arguments, "efi", &request->boot.uefi, err))
		return -1;
	if (*request->media && !str_eq(text, "http"))
		return err_set(err, ERR_INVALID,
			       "boot: a URL is for the device http");
	if (!*text)
		return json_object_size(arguments)
			       ? err_set(err, ERR_INVALID,
					 "boot: expected a device")
			       : 0;
	request->op = BMC_BOOT_SET;
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		request->boot.device = devices[i];
		if (str_eq(text, bmc_device_name(devices[i])))
			return 0;
	}
	return err_set(err, ERR_INVALID,
		       "boot %s: expected pxe, disk, cdrom, bios, http or none",
		       text);
}

static int take_media(const json_t *arguments, struct bmc_request *request,
		      struct err *err)
{
	if (take_text(arguments, "url", request->media, sizeof(request->media),
		      err))
		return -1;
	if (*request->media)
		request->op = BMC_MEDIA_INSERT;
	return 0;
}

static int take_arguments(const json_t *arguments, struct bmc_request *request,
			  struct err *err)
{
	int64_t number = 0;

	switch (request->op) {
	case BMC_POWER_GET:
		return take_power(arguments, request, err);
	case BMC_BOOT_GET:
		return take_boot(arguments, request, err);
	case BMC_MEDIA_EJECT:
		return take_media(arguments, request, err);
	case BMC_IDENTIFY:
		number = BMC_IDENTIFY_S;
		if (take_number(arguments, "seconds", -1, MAX_SECONDS, &number,
				err))
			return -1;
		request->seconds =
			number < 0 ? BMC_IDENTIFY_ON : (uint32_t)number;
		return 0;
	case BMC_LOG_READ:
	case BMC_LOG_CLEAR:
		if (take_number(arguments, "from", 0, UINT16_MAX, &number, err))
			return -1;
		request->from = (uint16_t)number;
		return take_text(arguments, "log", request->name,
				 sizeof(request->name), err);
	case BMC_FRU:
		if (take_number(arguments, "number", 0, UINT8_MAX, &number,
				err))
			return -1;
		request->fru = (uint8_t)number;
		return 0;
	default:
		return 0;
	}
}

int bmc_ask_parse(const char *name, const json_t *arguments,
		  struct bmc_request *request, struct err *err)
{
	const struct word *word = find_word(name);

	if (!word)
		return err_set(err, ERR_NOT_FOUND,
			       "there is nothing that is called \"%.40s\"",
			       name);
	if (arguments && !json_is_object(arguments))
		return err_set(err, ERR_INVALID, "%s: expected an object",
			       name);
	memset(request, 0, sizeof(*request));
	request->op = word->op;
	if (check_members(word, arguments, err))
		return -1;
	return take_arguments(arguments, request, err);
}
