/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_RUN_H
#define CLI_RENDER_RUN_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

/*
 * Runs as people see them; `run` is a Run object of the API. All of it is
 * pure: the time and the size of the terminal are arguments.
 */

/* Whether it is over, and whether it went well. */
bool render_run_over(const json_t *run);
bool render_run_good(const json_t *run);
const char *render_run_machine(const json_t *run);

struct render_screen {
	size_t columns;
	size_t rows; /* 0: as many as needed */
	bool colour;
	wall_ms now;
};

/* The live table, a line a machine; returns how many lines it has. */
size_t render_watch(struct buf *out, const json_t *runs,
		    const struct render_screen *screen);

/*
 * For a pipe: a line is written when what render_run_key gives has changed:
 * the phase, the action, each tenth of its progress, the outcome.
 */
void render_run_key(struct buf *out, const json_t *run);
void render_run_change(struct buf *out, const json_t *run, wall_ms now);

/* "3 machines: 1 running, 1 done, 1 failed" */
void render_summary(struct buf *out, const json_t *runs);

/* Why it is where it is, with the evidence. */
void render_why(struct buf *out, const json_t *run, wall_ms now);

/* Per machine the phases and how long each took; then a summary. */
void render_report(struct buf *out, const json_t *runs);
/* The same for programs. */
json_t *render_report_json(const char *name, const json_t *runs);

#endif
