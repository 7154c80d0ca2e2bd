/* SPDX-License-Identifier: Apache-2.0 */
#include "store/serial_plan.h"

#include <string.h>

#include "base/str.h"

#define SERIAL     "tomte.dev/serial"
#define ATTRIBUTES "tinkerbell.org/agent-attributes"

/* As mainboards are sold. */
static bool is_filler(const char *text)
{
	static const char *const fillers[] = {
		"TO BE FILLED BY O.E.M.",
		"TO BE FILLED BY O.E.M",
		"DEFAULT STRING",
		"SYSTEM SERIAL NUMBER",
		"CHASSIS SERIAL NUMBER",
		"NOT SPECIFIED",
		"NOT APPLICABLE",
		"NOT AVAILABLE",
		"NONE",
		"N/A",
		"NA",
		"UNKNOWN",
		"INVALID",
		"EMPTY",
		"OEM",
		"0123456789",
		"123456789",
		"1234567890",
		"SERIAL",
		"SERNUM",
	};

	for (size_t i = 0; i < ARRAY_LEN(fillers); i++)
		if (str_eq(text, fillers[i]))
			return true;
	/* "0", "00000000", "........", "XXXXXXX": one letter again and again.
	 */
	return strspn(text, (char[]){ text[0], '\0' }) == strlen(text);
}

void serial_clean(const char *text, char out[SERIAL_TEXT])
{
	size_t n = 0;

	text += strspn(text, " \t");
	for (; *text && n + 1 < SERIAL_TEXT; text++) {
		char c = *text;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		out[n++] = c;
	}
	while (n && (out[n - 1] == ' ' || out[n - 1] == '\t'))
		n--;
	out[n] = '\0';
	if (is_filler(out))
		out[0] = '\0';
}

static const char *named(const json_t *hardware, const char *where)
{
	return json_string_value(
		json_object_get(json_at(hardware, where), SERIAL));
}

void serial_of(const json_t *hardware, char out[SERIAL_TEXT])
{
	const char *serial = named(hardware, "metadata.annotations");
	const char *text = json_string_value(json_object_get(
		json_at(hardware, "metadata.annotations"), ATTRIBUTES));
	AUTO_JSON json_t *attributes = NULL;
	struct err ignored;

	if (!serial || !*serial)
		serial = named(hardware, "metadata.labels");
	if ((!serial || !*serial) && text) {
		attributes = json_parse(text, strlen(text), &ignored);
		serial = json_str_at(attributes, "product.serialNumber");
	}
	serial_clean(serial ? serial : "", out);
}
