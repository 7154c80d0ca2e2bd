/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SM_H
#define BASE_SM_H

#include <stddef.h>
#include <stdint.h>

/*
 * A state that can only change along its table.
 *
 * A machine (see docs/architecture.md, "the async idiom") embeds a struct
 * sm and states in a table which moves are allowed. sm_move is the only way
 * to change state and asserts the move, so that a forbidden one is found by
 * the first test that makes it and not by the hang that follows it.
 *
 *	static const struct sm_state states[] = {
 *		[ASKED] = { "asked", SM_TO(DONE) | SM_TO(FAILED) },
 *		[DONE] = { "done", 0 },
 *		[FAILED] = { "failed", 0 },
 *	};
 *
 *	sm_init(&x->sm, states, ARRAY_LEN(states), ASKED);
 *	sm_move(&x->sm, DONE);
 */
struct sm_state {
	const char *name;
	uint32_t moves; /* SM_TO() of each state that may follow */
};

#define SM_TO(state) (UINT32_C(1) << (state))

struct sm {
	const struct sm_state *states;
	unsigned n_states;
	unsigned state;
};

void sm_init(struct sm *sm, const struct sm_state *states, size_t n,
	     unsigned first);
void sm_move(struct sm *sm, unsigned to);
const char *sm_name(const struct sm *sm);

#endif
