/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sm.h"

#include <assert.h>

void sm_init(struct sm *sm, const struct sm_state *states, size_t n,
	     unsigned first)
{
	assert(n <= 32 && first < n);
	sm->states = states;
	sm->n_states = (unsigned)n;
	sm->state = first;
}

void sm_move(struct sm *sm, unsigned to)
{
	assert(to < sm->n_states);
	assert(sm->states[sm->state].moves & SM_TO(to));
	sm->state = to;
}

const char *sm_name(const struct sm *sm)
{
	return sm->states[sm->state].name;
}
