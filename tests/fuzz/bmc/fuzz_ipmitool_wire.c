/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "bmc/ipmitool_wire.h"
#include "fuzz/fuzz.h"

/* The first byte is the exit code, a NUL parts stdout from stderr. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xmalloc(len + 1);
	struct ipmi_response response;
	const char *errors;
	int exit_code;

	memcpy(text, bytes, len);
	text[len] = '\0';
	if (!len)
		return 0;
	exit_code = (signed char)text[0];
	errors = memchr(text + 1, '\0', len - 1);
	errors = errors ? errors + 1 : "";
	ipmitool_parse(&response, exit_code, text + 1, errors);
	assert(response.len <= sizeof(response.bytes));
	/* Either bytes, or a completion code, or an error. */
	assert(!response.err.code || (!response.completion && !response.len));
	return 0;
}
