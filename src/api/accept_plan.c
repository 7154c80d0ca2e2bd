/* SPDX-License-Identifier: Apache-2.0 */
#include "api/accept_plan.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

#define MAX_RANGES 32

/* A media range: type, and the parameters by which Kubernetes names forms. */
struct range {
	char type[128];
	char as[64];
	char group[64];
	char version[16];
	bool refused; /* q=0 */
};

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* Copies a word up to one of `ends`, without blanks and quotes around it. */
static const char *take(const char *at, const char *ends, char *out,
			size_t size)
{
	size_t len = strcspn(at, ends);
	const char *end = at + len;

	while (len && strchr(" \t\"", at[0])) {
		at++;
		len--;
	}
	while (len && strchr(" \t\"", at[len - 1]))
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(out, at, len);
	out[len] = '\0';
	return end;
}

static void set_parameter(struct range *range, const char *name,
			  const char *value)
{
	if (!strcasecmp(name, "as"))
		str_copy(range->as, sizeof(range->as), value);
	else if (!strcasecmp(name, "g"))
		str_copy(range->group, sizeof(range->group), value);
	else if (!strcasecmp(name, "v"))
		str_copy(range->version, sizeof(range->version), value);
	else if (!strcasecmp(name, "q"))
		range->refused = strspn(value, "0.") == strlen(value);
}

/* The next range; NULL: there is none. */
static const char *next_range(const char *at, struct range *range)
{
	char name[16];
	char value[64];

	*range = (struct range){ 0 };
	at = skip_blanks(at);
	while (*at == ',')
		at = skip_blanks(at + 1);
	if (!*at)
		return NULL;
	at = take(at, ";,", range->type, sizeof(range->type));
	while (*at == ';') {
		at = take(at + 1, "=;,", name, sizeof(name));
		value[0] = '\0';
		if (*at == '=')
			at = take(at + 1, ";,", value, sizeof(value));
		set_parameter(range, name, value);
	}
	return at;
}

static bool is_json(const struct range *range)
{
	return !range->refused &&
	       (!strcasecmp(range->type, "application/json") ||
		!strcasecmp(range->type, "application/*") ||
		str_eq(range->type, "*/*"));
}

static bool is_meta(const struct range *range, const char *as)
{
	return str_eq(range->group, "meta.k8s.io") && str_eq(range->as, as);
}

enum accept_form accept_form_of(const char *accept)
{
	struct range range;

	for (int i = 0; accept && i < MAX_RANGES; i++) {
		accept = next_range(accept, &range);
		if (!accept)
			break;
		if (!is_json(&range))
			continue;
		if (!*range.as)
			return ACCEPT_OBJECT;
		if (is_meta(&range, "Table"))
			return ACCEPT_TABLE;
		if (is_meta(&range, "PartialObjectMetadata") ||
		    is_meta(&range, "PartialObjectMetadataList"))
			return ACCEPT_PARTIAL;
	}
	return ACCEPT_OBJECT;
}

enum accept_discovery accept_discovery_of(const char *accept)
{
	struct range range;

	for (int i = 0; accept && i < MAX_RANGES; i++) {
		accept = next_range(accept, &range);
		if (!accept)
			break;
		if (!is_json(&range))
			continue;
		if (!*range.as)
			return ACCEPT_LEGACY;
		if (!str_eq(range.group, "apidiscovery.k8s.io") ||
		    !str_eq(range.as, "APIGroupDiscoveryList"))
			continue;
		if (str_eq(range.version, "v2"))
			return ACCEPT_V2;
		if (str_eq(range.version, "v2beta1"))
			return ACCEPT_V2BETA1;
	}
	return ACCEPT_LEGACY;
}

int accept_first(const char *accept, const char *const *types, size_t n)
{
	struct range range;

	for (int i = 0; accept && i < MAX_RANGES; i++) {
		accept = next_range(accept, &range);
		if (!accept)
			break;
		if (range.refused)
			continue;
		if (str_eq(range.type, "*/*"))
			return 0;
		for (size_t k = 0; k < n; k++)
			if (!strcasecmp(range.type, types[k]))
				return (int)k;
	}
	return -1;
}
