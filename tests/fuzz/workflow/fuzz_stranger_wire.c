/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken for a token is written the same again. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "fuzz/fuzz.h"
#include "workflow/stranger_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	struct stranger_token token;
	char again[STRANGER_TOKEN];
	char claim[STRANGER_CLAIM];

	if (!stranger_parse(text, &token))
		return 0;
	assert(token.until_s >= 0);
	stranger_build(&token, again);
	assert(str_eq(again, text));
	stranger_claim(&token, claim);
	assert(strstr(text, claim));
	return 0;
}
