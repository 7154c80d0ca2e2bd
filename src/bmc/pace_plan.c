/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/pace_plan.h"

#define NO_USUAL_MS 1000 /* of a BMC that has not answered yet */
#define JITTER_MS   200  /* so much more than usual is nothing */

void pace_init(struct pace *pace, uint32_t gap_ms)
{
	*pace = (struct pace){ .share = PACE_FULL, .gap_ms = gap_ms };
}

/* Weighs the newest by an eighth, as TCP does its round trips. */
static void measure(struct pace *pace, int64_t took_ms)
{
	int64_t usual = pace->usual_ms;

	if (took_ms > UINT32_MAX / 2)
		took_ms = UINT32_MAX / 2;
	if (!usual)
		usual = took_ms;
	else
		usual += (took_ms - usual) / 8;
	pace->usual_ms = usual > 0 ? (uint32_t)usual : 1;
}

static bool takes_longer(const struct pace *pace, int64_t took_ms)
{
	return pace->usual_ms &&
	       took_ms > 2 * (int64_t)pace->usual_ms + JITTER_MS;
}

void pace_ended(struct pace *pace, mono_ms now, enum pace_news news,
		int64_t took_ms)
{
	int64_t base;
	int64_t gap;

	if (news == PACE_BAD ||
	    (news == PACE_GOOD && takes_longer(pace, took_ms)))
		pace->share /= 2;
	else if (news == PACE_GOOD)
		pace->share += PACE_STEP;
	if (pace->share > PACE_FULL)
		pace->share = PACE_FULL;
	if (pace->share < PACE_LEAST)
		pace->share = PACE_LEAST;
	if (news == PACE_GOOD && took_ms > 0)
		measure(pace, took_ms);

	base = pace->usual_ms ? pace->usual_ms : NO_USUAL_MS;
	gap = base * (PACE_FULL - pace->share) / pace->share;
	if (gap > PACE_MOST_MS)
		gap = PACE_MOST_MS;
	pace->firm = now + pace->gap_ms;
	pace->free_at = now + (gap > pace->gap_ms ? gap : pace->gap_ms);
}

bool pace_slow(const struct pace *pace)
{
	return pace->usual_ms >= PACE_SLOW_MS;
}
