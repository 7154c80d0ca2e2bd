/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rpc_wire.h"

#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"

/* As a configuration: each header is one, and no secret is in any. As an
 * answer: power is known, or it is said why not. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct rpc_ask ask = { .method = RPC_POWER_GET };
	CLEANUP(buf_release) struct buf body = BUF_INIT(RPC_BODY_MAX);
	enum bmc_power power = BMC_POWER_UNKNOWN;
	struct rpc_config config;
	struct err err;
	char **headers;

	if (rpc_answer_parse(&ask, 200, (const char *)bytes, len, &power, &err))
		assert(err.code != ERR_NONE && *err.message);
	else
		assert(power != BMC_POWER_UNKNOWN);
	if (rpc_config_parse(&config, (const char *)bytes, len, &err)) {
		assert(err.code != ERR_NONE && *err.message);
		return 0;
	}
	if (!rpc_body(&config, &ask, "h", 1, &body, &err)) {
		headers = rpc_headers(&config, &body, 1700000000000);
		for (size_t i = 0; headers[i]; i++)
			assert(!strpbrk(headers[i], "\r\n") &&
			       strchr(headers[i], ':'));
		rpc_headers_free(headers);
	}
	rpc_config_release(&config);
	return 0;
}
