/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/breaker_plan.h"

#include "base/backoff.h"
#include "base/mem.h"

/*
 *	CLOSED --silent so often--> OPEN --its time--> PROBING
 *	   ^                         ^ |                  | |
 *	   |                         | +--answered--+     | |
 *	   |                         +--silent, cut-|-----+ |
 *	   +----------------------------------------+-------+ answered
 *
 * An answer while it is open is one of a console, or of another way.
 */
static const struct sm_state states[] = {
	[BREAKER_CLOSED] = { "closed", SM_TO(BREAKER_OPEN) },
	[BREAKER_OPEN] = { "open",
			   SM_TO(BREAKER_PROBING) | SM_TO(BREAKER_CLOSED) },
	[BREAKER_PROBING] = { "probing",
			      SM_TO(BREAKER_OPEN) | SM_TO(BREAKER_CLOSED) },
};

void breaker_init(struct breaker *breaker)
{
	*breaker = (struct breaker){ .n_silent = 0 };
	sm_init(&breaker->sm, states, ARRAY_LEN(states), BREAKER_CLOSED);
}

enum breaker_state breaker_state(const struct breaker *breaker)
{
	return (enum breaker_state)breaker->sm.state;
}

bool breaker_refuses(const struct breaker *breaker, mono_ms now)
{
	return breaker_state(breaker) == BREAKER_OPEN && now < breaker->until;
}

void breaker_probe(struct breaker *breaker)
{
	sm_move(&breaker->sm, BREAKER_PROBING);
}

void breaker_answered(struct breaker *breaker)
{
	breaker->n_silent = 0;
	breaker->n_opened = 0;
	if (breaker_state(breaker) != BREAKER_CLOSED)
		sm_move(&breaker->sm, BREAKER_CLOSED);
}

void breaker_silent(struct breaker *breaker, mono_ms now, struct rng *rng)
{
	breaker->n_silent++;
	if (breaker_state(breaker) == BREAKER_OPEN ||
	    (breaker_state(breaker) == BREAKER_CLOSED &&
	     breaker->n_silent < BREAKER_TRIES))
		return;
	breaker->until = now + backoff_ms(breaker->n_opened++, BREAKER_FIRST_MS,
					  BREAKER_MOST_MS, rng);
	sm_move(&breaker->sm, BREAKER_OPEN);
}

void breaker_unprobed(struct breaker *breaker, mono_ms now)
{
	if (breaker_state(breaker) != BREAKER_PROBING)
		return;
	breaker->until = now;
	sm_move(&breaker->sm, BREAKER_OPEN);
}
