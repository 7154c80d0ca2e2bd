/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "bmc/redfish_session.h"
#include "fuzz/fuzz.h"

/* What is taken of a text is saved as it was, and fit to be sent. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	AUTO_FREE char *first = NULL;
	AUTO_FREE char *second = NULL;
	struct bmc_target target = { .host = "h", .port = 443, .user = "u" };
	struct redfish_session session;
	struct err err;

	redfish_session_init(&session, &target, NULL);
	if (redfish_session_load(&session, &target, text, &err)) {
		assert(!session.token && !session.system);
		redfish_session_release(&session);
		return 0;
	}
	assert(!strpbrk(redfish_str(session.token), " \r\n"));
	assert(!session.system || session.system[0] == '/');
	assert(session.wish.device <= BMC_BOOT_HTTP);
	first = redfish_session_save(&session, &target);
	redfish_session_release(&session);
	redfish_session_init(&session, &target, NULL);
	assert(!redfish_session_load(&session, &target, first, &err));
	second = redfish_session_save(&session, &target);
	assert(!strcmp(first, second));
	redfish_session_release(&session);
	return 0;
}
