/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seldom_plan.h"

bool seldom(struct seldom *table, uint64_t key, mono_ms now, int64_t ms)
{
	size_t oldest = 0;

	for (size_t i = 0; i < SELDOM_SIZE; i++) {
		if (table->told[i].until > now && table->told[i].key == key)
			return false;
		if (table->told[i].until < table->told[oldest].until)
			oldest = i;
	}
	table->told[oldest].key = key;
	table->told[oldest].until = now + ms;
	return true;
}
