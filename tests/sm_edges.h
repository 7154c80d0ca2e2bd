/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SM_EDGES_H
#define TESTS_SM_EDGES_H

#include <stdbool.h>
#include <stdio.h>

#include "base/sm.h"

/*
 * Stands in for base/sm.c in a test of one machine, and notes which moves of
 * its table were made: a group's teardown asks for those that were not.
 *
 *	static int all_edges(void **state)
 *	{
 *		(void)state;
 *		return sm_edges_missing(ASKED, FAILED) ? -1 : 0;
 *	}
 *
 * Included by the test's one file.
 */
static struct {
	const struct sm_state *states;
	unsigned n;
	uint32_t taken[32];
} sm_edges;

void sm_init(struct sm *sm, const struct sm_state *states, size_t n,
	     unsigned first)
{
	assert_true(n <= 32 && first < n);
	assert_true(!sm_edges.states || sm_edges.states == states);
	sm_edges.states = states;
	sm_edges.n = (unsigned)n;
	*sm = (struct sm){ states, (unsigned)n, first };
}

void sm_move(struct sm *sm, unsigned to)
{
	assert_true(to < sm->n_states);
	if (!(sm->states[sm->state].moves & SM_TO(to)))
		fail_msg("no move from %s to %s", sm->states[sm->state].name,
			 sm->states[to].name);
	sm_edges.taken[sm->state] |= SM_TO(to);
	sm->state = to;
}

const char *sm_name(const struct sm *sm)
{
	return sm->states[sm->state].name;
}

/* Those that leave one of these states; prints them. */
static inline unsigned sm_edges_missing(unsigned first, unsigned last)
{
	unsigned n = 0;

	for (unsigned from = first; from <= last; from++)
		for (unsigned to = 0; to < sm_edges.n; to++) {
			uint32_t left = sm_edges.states[from].moves &
					~sm_edges.taken[from];

			if (!(left & SM_TO(to)))
				continue;
			fprintf(stderr, "no test moves from %s to %s\n",
				sm_edges.states[from].name,
				sm_edges.states[to].name);
			n++;
		}
	return n;
}

#endif
