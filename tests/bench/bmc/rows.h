/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BMC_ROWS_H
#define TESTS_BENCH_BMC_ROWS_H

#include <stdbool.h>

/*
 * What a benchmark says: a row for each case, as a table or, with --json, as
 * a JSON object a line: what was measured of ours and of a peer, the goal,
 * and whether it was met. Less is better everywhere.
 *
 *	rows_add(&rows, &(struct row){ .name = "...", .unit = "us", ... });
 */
struct row {
	const char *name;
	const char *unit;
	double ours;
	double peer; /* 0: nobody else's */
	double goal; /* for ours, in the same unit; 0: none */
};

struct rows {
	bool json;
	unsigned n_missed;
};

void rows_add(struct rows *rows, const struct row *row);

#endif
