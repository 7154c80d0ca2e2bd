/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_json_wire.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

json_t *redfish_object(const char *body, size_t len, struct err *err)
{
	json_t *value = json_parse(body, len, err);

	if (value && !json_is_object(value)) {
		json_decref(value);
		value = NULL;
		err_set(err, ERR_PROTOCOL, "expected a JSON object");
	}
	if (!value)
		err->code = ERR_PROTOCOL;
	return value;
}

json_t *redfish_member(const json_t *value, const char *name)
{
	return json_object_get(value, name);
}

const char *redfish_text(const json_t *value, const char *name)
{
	const char *text = json_string_value(redfish_member(value, name));

	return text ? text : "";
}

uint64_t redfish_number(const json_t *value, const char *name, uint64_t max)
{
	const json_t *number = redfish_member(value, name);
	double real;

	if (!json_is_number(number))
		return 0;
	real = json_number_value(number);
	if (!(real >= 1))
		return 0;
	if (real >= (double)max)
		return max;
	return json_is_integer(number) ? (uint64_t)json_integer_value(number)
				       : (uint64_t)real;
}

bool redfish_is(const json_t *value, const char *text)
{
	return json_is_string(value) &&
	       !strcasecmp(json_string_value(value), text);
}

void redfish_copy(char *out, size_t size, const json_t *value, const char *name)
{
	const char *text = redfish_text(value, name);
	size_t n;

	while (*text == ' ')
		text++;
	n = strlen(text);
	if (n >= size)
		n = size - 1;
	/* Not in the middle of a character. */
	while (n && text[n] && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, text, n);
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

void redfish_id(const json_t *value, char path[BMC_PATH_SIZE])
{
	redfish_local_path(path, redfish_text(value, "@odata.id"));
}

void redfish_link(const json_t *value, const char *name,
		  char path[BMC_PATH_SIZE])
{
	redfish_id(redfish_member(value, name), path);
}

enum bmc_health redfish_health(const json_t *value)
{
	const json_t *status = redfish_member(value, "Status");
	const json_t *health = redfish_member(status, "HealthRollup");

	if (!json_is_string(health))
		health = redfish_member(status, "Health");
	if (redfish_is(health, "OK"))
		return BMC_HEALTH_GOOD;
	if (redfish_is(health, "Warning"))
		return BMC_HEALTH_WARNING;
	if (redfish_is(health, "Critical"))
		return BMC_HEALTH_CRITICAL;
	return BMC_HEALTH_UNKNOWN;
}

char *redfish_body(json_t *object)
{
	char *text = json_text(object);

	json_decref(object);
	return text;
}
