/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's durations, which are all of its functions of time that need no
 * clock and no time zone.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "template/call.h"

#define SECOND 1000000000.0 /* in nanoseconds */
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/*
 * Seconds, as a number or as a string of digits: `1h1m35s`. Sprig says 0s to
 * the int of a template, because that is no int64; here it is as good.
 */
static const json_t *call_duration(struct call *call)
{
	const json_t *arg = call->args[0];
	json_int_t seconds = arg_as_int(call, 0);
	char text[64];
	uint64_t n;

	if (json_is_boolean(arg) ||
	    (json_is_string(arg) &&
	     strpbrk(json_string_value(arg), ".xXobOB_")))
		seconds = 0;
	if (seconds > INT64_MAX / 1000000000 ||
	    seconds < INT64_MIN / 1000000000)
		return call_fail(call, "over 292 years");
	n = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
	if (n >= 3600)
		snprintf(text, sizeof(text),
			 "%s%" PRIu64 "h%" PRIu64 "m%" PRIu64 "s",
			 seconds < 0 ? "-" : "", n / 3600, n / 60 % 60, n % 60);
	else if (n >= 60)
		snprintf(text, sizeof(text), "%s%" PRIu64 "m%" PRIu64 "s",
			 seconds < 0 ? "-" : "", n / 60, n % 60);
	else
		snprintf(text, sizeof(text), "%s%" PRIu64 "s",
			 seconds < 0 ? "-" : "", n);
	return give_string(call, text, strlen(text));
}

static const char *read_unit(const char *at, double *unit)
{
	static const struct {
		const char *name;
		double length;
	} units[] = {
		{ "ns", 1 },        { "us", 1e3 }, { "\u00b5s", 1e3 },
		{ "\u03bcs", 1e3 }, { "ms", 1e6 }, { "s", SECOND },
		{ "m", MINUTE },    { "h", HOUR },
	};
	size_t n = strcspn(at, ".0123456789");

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strlen(units[i].name) == n &&
		    memcmp(units[i].name, at, n) == 0) {
			*unit = units[i].length;
			return at + n;
		}
	}
	return NULL;
}

/* "1h15m30.918s" in nanoseconds; false: it is no duration. */
static bool read_duration(const char *at, double *total)
{
	at += *at == '-' || *at == '+';
	*total = 0;
	if (str_eq(at, "0"))
		return true;
	while (*at) {
		size_t n = strspn(at, "0123456789");
		size_t m = at[n] == '.' ? strspn(at + n + 1, "0123456789") : 0;
		double number;
		double unit;

		if (!n && !m)
			return false;
		number = strtod(at, NULL);
		at = read_unit(at + n + (at[n] == '.') + m, &unit);
		if (!at)
			return false;
		*total += number * unit;
	}
	return *total > 0 && *total < 9.2e18;
}

/* In the largest unit that it has more than one of, and no other. */
static const json_t *call_duration_round(struct call *call)
{
	static const struct {
		const char *name;
		double length;
	} units[] = {
		{ "y", 365 * DAY }, { "mo", 30 * DAY }, { "d", DAY },
		{ "h", HOUR },      { "m", MINUTE },    { "s", SECOND },
	};
	const json_t *arg = call->args[0];
	double length = fabs(json_number_value(arg));
	char text[32];

	if (json_is_string(arg) &&
	    !read_duration(json_string_value(arg), &length))
		length = 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (length > units[i].length) {
			snprintf(text, sizeof(text), "%.0f%s",
				 floor(length / units[i].length),
				 units[i].name);
			return give_string(call, text, strlen(text));
		}
	}
	return give_string(call, "0s", 2);
}

const struct func *func_time(size_t *n)
{
	static const struct func table[] = {
		{ "duration", 1, 1, call_duration, FUNC_PLAIN },
		{ "durationRound", 1, 1, call_duration_round, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
