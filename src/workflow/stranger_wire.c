/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/stranger_wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define PREFIX     "unknown-"
#define MAC_DIGITS 12

void stranger_claim(const struct stranger_token *token,
		    char out[STRANGER_CLAIM])
{
	char hex[MAC_DIGITS + 1];

	str_hex(hex, token->mac.bytes, sizeof(token->mac.bytes));
	snprintf(out, STRANGER_CLAIM, "%s-%" PRIx64, hex,
		 (uint64_t)token->until_s);
}

void stranger_build(const struct stranger_token *token,
		    char out[STRANGER_TOKEN])
{
	char claim[STRANGER_CLAIM];

	stranger_claim(token, claim);
	snprintf(out, STRANGER_TOKEN, PREFIX "%s-%.64s", claim,
		 token->signature);
}

/* Hex digits up to a '-'; false: none, or more than a time has. */
static bool read_until(const char *text, int64_t *until_s)
{
	size_t n = strspn(text, "0123456789abcdef");

	if (!n || n > 15 || text[n] != '-')
		return false;
	*until_s = 0;
	for (size_t i = 0; i < n; i++)
		*until_s =
			*until_s * 16 +
			(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
	return true;
}

bool stranger_parse(const char *text, struct stranger_token *token)
{
	char hex[MAC_DIGITS + 1];
	char again[STRANGER_TOKEN];
	const char *at = text + strlen(PREFIX);

	if (!str_starts(text, PREFIX) || strlen(text) >= STRANGER_TOKEN ||
	    strlen(at) <= MAC_DIGITS || at[MAC_DIGITS] != '-')
		return false;
	snprintf(hex, sizeof(hex), "%.*s", MAC_DIGITS, at);
	at += MAC_DIGITS + 1;
	if (!net_parse_mac(hex, &token->mac) ||
	    !read_until(at, &token->until_s) ||
	    !str_copy(token->signature, sizeof(token->signature),
		      strchr(at, '-') + 1))
		return false;
	stranger_build(token, again);
	return str_eq(text, again);
}
