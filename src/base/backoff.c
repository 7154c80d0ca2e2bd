/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"

int64_t backoff_ms(unsigned tries, int64_t base_ms, int64_t cap_ms,
		   struct rng *rng)
{
	int64_t ceiling = base_ms;

	while (tries-- && ceiling > 0 && ceiling < cap_ms)
		ceiling = ceiling > cap_ms / 2 ? cap_ms : ceiling * 2;
	if (ceiling > cap_ms)
		ceiling = cap_ms;
	if (ceiling <= base_ms)
		return ceiling;
	return base_ms +
	       (int64_t)(rng_u64(rng) % (uint64_t)(ceiling - base_ms + 1));
}
