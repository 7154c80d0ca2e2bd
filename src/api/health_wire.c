/* SPDX-License-Identifier: Apache-2.0 */
#include "api/health_wire.h"

bool health_render(const struct health_check *checks, size_t n,
		   const char *page, bool verbose, struct buf *out)
{
	bool good = true;

	for (size_t i = 0; i < n; i++)
		good = good && checks[i].err.code == ERR_NONE;
	if (good && !verbose) {
		buf_adds(out, "ok");
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		bool bad = checks[i].err.code != ERR_NONE;

		buf_printf(out, "[%c]%s %s%s\n", bad ? '-' : '+',
			   checks[i].name, bad ? "failed: " : "ok",
			   bad ? checks[i].err.message : "");
	}
	buf_printf(out, "%s check %s\n", page, good ? "passed" : "failed");
	return good;
}
