/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bucket.h"

#include <assert.h>

#define TOKEN 1000

void bucket_init(struct bucket *bucket, uint32_t per_s, uint32_t most,
		 mono_ms now)
{
	assert(per_s && most);
	bucket->per_s = per_s;
	bucket->most = most;
	bucket->thousandths = (int64_t)most * TOKEN;
	bucket->at = now;
}

/* A token a second is a thousandth each millisecond. */
bool bucket_take(struct bucket *bucket, mono_ms now)
{
	int64_t full = (int64_t)bucket->most * TOKEN;
	int64_t passed = now - bucket->at;

	if (passed >= full / bucket->per_s + 1)
		bucket->thousandths = full;
	else if (passed > 0)
		bucket->thousandths += passed * bucket->per_s;
	if (bucket->thousandths > full)
		bucket->thousandths = full;
	if (passed > 0)
		bucket->at = now;
	if (bucket->thousandths < TOKEN)
		return false;
	bucket->thousandths -= TOKEN;
	return true;
}

void bucket_give(struct bucket *bucket)
{
	bucket->thousandths += TOKEN;
}

mono_ms bucket_next(const struct bucket *bucket)
{
	int64_t missing = TOKEN - bucket->thousandths;

	if (missing <= 0)
		return bucket->at;
	return bucket->at + (missing + bucket->per_s - 1) / bucket->per_s;
}
