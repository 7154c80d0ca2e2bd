/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ask_wire.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"

/* "WORD {JSON}": what was taken is within bounds, and no word leads to what
 * is only ours to do. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	size_t end = strcspn(text, " ");
	const char *rest = text[end] ? text + end + 1 : text + end;
	struct err err = { .code = ERR_NONE };
	AUTO_JSON json_t *arguments = json_parse(rest, strlen(rest), &err);
	struct bmc_request request;

	text[end] = '\0';
	if (bmc_ask_parse(text, arguments, &request, &err)) {
		assert(err.code != ERR_NONE && *err.message);
		return 0;
	}
	assert(request.op < BMC_N_OPS && request.op != BMC_PASSWORD_SET);
	assert(request.boot.device != BMC_BOOT_OTHER);
	assert(strlen(request.media) < sizeof(request.media));
	assert(!*request.secret && !*request.user);
	assert(request.seconds <= 86400 || request.seconds == BMC_IDENTIFY_ON);
	return 0;
}
