/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "worker/config.h"

/* What is accepted names a server over http or https. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE struct config *config = xcalloc(1, sizeof(*config));
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	char why[64];
	struct err err;

	config_diagnose(text, why, sizeof(why));
	if (config_decode((const char *)bytes, len, config, &err))
		return 0;
	assert(strncmp(config->server, "http", 4) == 0);
	assert(config->network.n_dns <= CONFIG_DNS_MAX);
	return 0;
}
