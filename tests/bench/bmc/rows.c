/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <stdio.h>

static const char *number(double value, const char *none, char *out,
			  size_t size)
{
	if (value > 0)
		snprintf(out, size, "%.3f", value);
	else
		snprintf(out, size, "%s", none);
	return out;
}

static void print_json(const struct row *row, double ratio, bool met)
{
	char peer[32];
	char part[32];
	char goal[32];

	printf("{\"case\": \"%s\", \"ours\": %.3f, \"peer\": %s, "
	       "\"unit\": \"%s\", \"ratio\": %s, \"goal\": %s, "
	       "\"met\": %s}\n",
	       row->name, row->ours,
	       number(row->peer, "null", peer, sizeof(peer)), row->unit,
	       number(ratio, "null", part, sizeof(part)),
	       number(row->goal, "null", goal, sizeof(goal)),
	       met ? "true" : "false");
}

static void print_line(const struct row *row, double ratio, bool met)
{
	char peer[32];
	char part[32];
	char goal[32];

	printf("%-48s %9.3f %-5s peer %9s ratio %5s goal %8s %s\n", row->name,
	       row->ours, row->unit, number(row->peer, "-", peer, sizeof(peer)),
	       number(ratio, "-", part, sizeof(part)),
	       number(row->goal, "-", goal, sizeof(goal)), met ? "" : "MISSED");
}

void rows_add(struct rows *rows, const struct row *row)
{
	bool met = row->goal <= 0 || row->ours <= row->goal;
	double ratio = row->peer > 0 ? row->ours / row->peer : 0;

	rows->n_missed += !met;
	if (rows->json)
		print_json(row, ratio, met);
	else
		print_line(row, ratio, met);
	fflush(stdout);
}
