/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_STRANGER_WIRE_H
#define WORKFLOW_STRANGER_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

/*
 * The token of a machine that nobody knows: "unknown-MAC-UNTIL-SIGNATURE",
 * the MAC in twelve digits, UNTIL in seconds since 1970, both in hex, and the
 * signature of what is between (secret_sign). It says for itself whose it is,
 * so that nothing has to be kept of machines that may never come again.
 */
#define STRANGER_SIGNATURE 65
#define STRANGER_CLAIM     32
#define STRANGER_TOKEN     128

struct stranger_token {
	struct mac mac;
	int64_t until_s;
	char signature[STRANGER_SIGNATURE];
};

/* What is signed: "MAC-UNTIL". */
void stranger_claim(const struct stranger_token *token,
		    char out[STRANGER_CLAIM]);
void stranger_build(const struct stranger_token *token,
		    char out[STRANGER_TOKEN]);
/* False: it is none. There is but one way to write each. */
bool stranger_parse(const char *text, struct stranger_token *token);

#endif
