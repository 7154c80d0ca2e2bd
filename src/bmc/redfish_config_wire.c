/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_config_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "bmc/redfish_json_wire.h"

int redfish_parse_secure_boot(const char *body, size_t len,
			      struct bmc_secure_boot *secure, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *enable;

	memset(secure, 0, sizeof(*secure));
	if (!object)
		return err_wrap(err, "secure boot");
	enable = redfish_member(object, "SecureBootEnable");
	if (!json_is_boolean(enable))
		return err_set(err, ERR_UNSUPPORTED,
			       "secure boot: SecureBootEnable is missing");
	secure->enabled = json_is_true(enable);
	secure->active = redfish_is(
		redfish_member(object, "SecureBootCurrentBoot"), "Enabled");
	redfish_copy(secure->mode, sizeof(secure->mode), object,
		     "SecureBootMode");
	return 0;
}

char *redfish_build_secure_boot(bool on)
{
	return redfish_body(json_pack("{s:b}", "SecureBootEnable", on));
}

/* A value as text: what is no string, number or boolean is "". */
static void value_text(const json_t *value, char *out, size_t size)
{
	*out = '\0';
	if (json_is_string(value))
		snprintf(out, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(out, size, "%lld",
			 (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(out, size, "%g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(out, size, "%s",
			 json_is_true(value) ? "true" : "false");
}

static bool wants_on_reset(const json_t *settings)
{
	const json_t *times = redfish_member(settings, "SupportedApplyTimes");

	for (size_t i = 0; i < json_array_size(times); i++)
		if (redfish_is(json_array_get(times, i), "OnReset"))
			return true;
	return false;
}

int redfish_parse_bios(const char *body, size_t len, struct redfish_bios *where,
		       struct bmc_bios *bios, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *settings;
	const char *name;
	json_t *value;

	memset(where, 0, sizeof(*where));
	if (!object)
		return err_wrap(err, "BIOS");
	settings = redfish_member(object, "@Redfish.Settings");
	redfish_link(settings, "SettingsObject", where->settings);
	where->on_reset = wants_on_reset(settings);
	json_object_foreach (redfish_member(object, "Attributes"), name,
			     value) {
		struct bmc_attribute *attribute = bmc_bios_add(bios);

		if (!attribute) {
			bios->cut = true;
			break;
		}
		snprintf(attribute->name, sizeof(attribute->name), "%s", name);
		value_text(value, attribute->value, sizeof(attribute->value));
	}
	return 0;
}

const struct bmc_attribute *redfish_bios_find(const struct bmc_bios *bios,
					      const char *name)
{
	for (size_t i = 0; i < bios->n; i++)
		if (str_eq(bios->attributes[i].name, name))
			return &bios->attributes[i];
	return NULL;
}

int redfish_parse_bios_pending(const char *body, size_t len,
			       struct bmc_bios *bios, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *pending;

	if (!object)
		return err_wrap(err, "pending BIOS settings");
	pending = redfish_member(object, "Attributes");
	for (size_t i = 0; i < bios->n; i++) {
		struct bmc_attribute *attribute = &bios->attributes[i];
		char text[sizeof(attribute->pending)];

		attribute->pending[0] = '\0';
		value_text(redfish_member(pending, attribute->name), text,
			   sizeof(text));
		if (*text && !str_eq(text, attribute->value))
			str_copy(attribute->pending, sizeof(attribute->pending),
				 text);
	}
	return 0;
}

/* As the attribute is now: "4" is a number where there was one. */
static json_t *value_like(const json_t *old, const char *text)
{
	char *end;
	long long number;

	if (json_is_boolean(old) &&
	    (!strcasecmp(text, "true") || !strcasecmp(text, "false")))
		return json_boolean(!strcasecmp(text, "true"));
	if (json_is_integer(old)) {
		number = strtoll(text, &end, 10);
		return *text && !*end ? json_integer(number) : NULL;
	}
	return json_is_string(old) ? json_string(text) : NULL;
}

char *redfish_build_bios(const char *body, size_t len, const char *name,
			 const char *value, bool on_reset, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *old =
		redfish_member(redfish_member(object, "Attributes"), name);
	json_t *new;
	json_t *out;

	if (!object)
		return NULL;
	if (!old) {
		err_set(err, ERR_NOT_FOUND, "the BIOS has no attribute %s",
			name);
		return NULL;
	}
	new = value_like(old, value);
	if (!new) {
		err_set(err, ERR_INVALID,
			"BIOS attribute %s: \"%s\" is not of its type", name,
			value);
		return NULL;
	}
	out = json_pack("{s:{s:o}}", "Attributes", name, new);
	if (on_reset)
		json_object_set_new(out, "@Redfish.SettingsApplyTime",
				    json_pack("{s:s}", "ApplyTime", "OnReset"));
	return redfish_body(out);
}

int redfish_parse_accounts(const char *body, size_t len,
			   char accounts[BMC_PATH_SIZE], struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	*accounts = '\0';
	if (!object)
		return err_wrap(err, "account service");
	redfish_link(object, "Accounts", accounts);
	return 0;
}

int redfish_parse_account(const char *body, size_t len,
			  char user[BMC_USER_SIZE], struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	*user = '\0';
	if (!object)
		return err_wrap(err, "account");
	str_copy(user, BMC_USER_SIZE, redfish_text(object, "UserName"));
	return 0;
}

char *redfish_build_password(const char *password)
{
	json_t *object = json_pack("{s:s}", "Password", password);

	return object ? redfish_body(object) : NULL;
}
