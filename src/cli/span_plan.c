/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/span_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_text.h"

#define MOST_YEARS 1000

bool span_parse(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{ 's', 1 },     { 'm', 60 },       { 'h', 3600 },
		{ 'd', 86400 }, { 'y', 31536000 },
	};
	size_t len = strlen(text);
	char digits[24];
	uint64_t n;

	if (len < 2 || len > sizeof(digits))
		return false;
	memcpy(digits, text, len - 1);
	digits[len - 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint64_t most = (uint64_t)(MOST_YEARS * units[4].seconds /
					   units[i].seconds);

		if (text[len - 1] != units[i].unit)
			continue;
		if (!str_parse_u64(digits, most, &n))
			return false;
		*seconds = (int64_t)n * units[i].seconds;
		return true;
	}
	return false;
}

bool span_parse_since(const char *text, wall_ms now, wall_ms *at)
{
	char moment[64];
	int64_t seconds;

	if (span_parse(text, &seconds)) {
		*at = now - seconds * 1000;
		return true;
	}
	if (render_parse_time(text, at))
		return true;
	if (strlen(text) != strlen("2026-11-24"))
		return false;
	snprintf(moment, sizeof(moment), "%sT00:00:00Z", text);
	return render_parse_time(moment, at);
}
