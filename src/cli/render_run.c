/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_text.h"

#define BAR_WIDTH 22

enum state { FAILED, RUNNING, QUEUED, DONE, N_STATES };

bool render_run_over(const json_t *run)
{
	return *json_text_at(run, "status.outcome");
}

bool render_run_good(const json_t *run)
{
	return str_eq(json_text_at(run, "status.outcome"), "success");
}

const char *render_run_machine(const json_t *run)
{
	const char *machine = json_text_at(run, "spec.machine");

	return *machine ? machine : json_text_at(run, "metadata.name");
}

static enum state state_of(const json_t *run)
{
	if (render_run_over(run))
		return render_run_good(run) ? DONE : FAILED;
	return str_eq(json_text_at(run, "status.phase"), "queued") ? QUEUED
								   : RUNNING;
}

/* What stands in the column PHASE. */
static const char *phase_of(const json_t *run)
{
	const char *outcome = json_text_at(run, "status.outcome");

	if (*outcome)
		return str_eq(outcome, "success") ? "done" : outcome;
	return json_text_at(run, "status.phase");
}

static int64_t percent_of(const json_t *run)
{
	int64_t done = json_int_at(run, "status.progress.bytesDone", 0);
	int64_t total = json_int_at(run, "status.progress.bytesTotal", 0);

	if (total <= 0 || done < 0)
		return -1;
	return done >= total ? 100
			     : (int64_t)(100.0 * (double)done / (double)total);
}

/* Of an ended run all of it, else how long the phase has lasted. */
static void add_age(struct buf *out, const json_t *run, wall_ms now)
{
	bool over = render_run_over(run);
	wall_ms from;
	wall_ms to = now;
	char text[CLOCK_TEXT];

	if (!render_parse_time(json_str_at(run, over ? "status.startedAt"
						     : "status.phaseSince"),
			       &from))
		return;
	if (over)
		render_parse_time(json_str_at(run, "status.endedAt"), &to);
	clock_age(to - from, text);
	buf_adds(out, text);
}

static void add_progress(struct buf *out, const json_t *run)
{
	int64_t percent = percent_of(run);
	int64_t rate = json_int_at(run, "status.progress.bytesPerSecond", 0);
	int64_t eta = json_int_at(run, "status.progress.etaSeconds", -1);
	const char *phase = json_text_at(run, "status.progress.phase");

	if (percent >= 0) {
		render_bar(out,
			   json_int_at(run, "status.progress.bytesDone", 0),
			   json_int_at(run, "status.progress.bytesTotal", 0),
			   BAR_WIDTH);
		buf_printf(out, " %3" PRId64 "%%  ", percent);
	}
	render_clean(out, json_text_at(run, "status.progress.action"));
	if (*phase) {
		buf_addc(out, ' ');
		render_clean(out, phase);
	}
	if (rate > 0) {
		buf_adds(out, "  ");
		render_bytes(out, rate);
		buf_adds(out, "/s");
	}
	if (eta >= 0) {
		char text[CLOCK_TEXT];

		clock_age(eta * 1000, text);
		buf_printf(out, "  ETA %s", text);
	}
}

static void add_detail(struct buf *out, const json_t *run)
{
	if (state_of(run) == FAILED)
		render_clean(out, json_text_at(run, "status.cause"));
	else if (state_of(run) == DONE)
		render_clean(out, json_text_at(run, "status.digest"));
	else if (json_at(run, "status.progress"))
		add_progress(out, run);
	else if (*json_text_at(run, "status.expectedNext")) {
		buf_adds(out, "waits for ");
		render_clean(out, json_text_at(run, "status.expectedNext"));
	}
}

static const char *colour_of(const json_t *run)
{
	static const char *const colours[N_STATES] = {
		[FAILED] = "\033[31m",
		[RUNNING] = "\033[36m",
		[QUEUED] = "",
		[DONE] = "\033[32m",
	};

	return colours[state_of(run)];
}

struct widths {
	size_t machine;
	size_t phase;
};

/* The text in a field of so many columns, as far as the line has room. */
static void add_field(struct buf *out, const char *text, size_t width,
		      size_t *room)
{
	size_t n = width < *room ? width : *room;
	size_t used = render_cut(out, text, n);

	buf_printf(out, "%*s", (int)(n - used), "");
	*room -= n;
}

/* No line is longer than the screen is wide: it would wrap. */
static void add_line(struct buf *out, const json_t *run,
		     const struct render_screen *screen,
		     const struct widths *widths)
{
	CLEANUP(buf_release) struct buf age = BUF_INIT(CLOCK_TEXT);
	CLEANUP(buf_release) struct buf line = BUF_INIT(8192);
	const char *colour = screen->colour ? colour_of(run) : "";
	size_t room = screen->columns;

	add_age(&age, run, screen->now);
	buf_printf(&line, "  %-7s  ", age.base);
	add_detail(&line, run);
	while (line.len && line.base[line.len - 1] == ' ')
		line.base[--line.len] = '\0';
	add_field(out, render_run_machine(run), widths->machine, &room);
	add_field(out, "", 2, &room);
	buf_adds(out, colour);
	add_field(out, phase_of(run), widths->phase, &room);
	buf_adds(out, *colour ? "\033[0m" : "");
	render_cut(out, line.base, room);
	buf_addc(out, '\n');
}

static void add_header(struct buf *out, const struct render_screen *screen,
		       const struct widths *widths)
{
	size_t room = screen->columns;

	add_field(out, "MACHINE", widths->machine, &room);
	add_field(out, "", 2, &room);
	add_field(out, "PHASE", widths->phase, &room);
	add_field(out, "", 2, &room);
	add_field(out, "AGE", 7, &room);
	buf_addc(out, '\n');
}

/* Of a long name as much as leaves the phase and the age to be seen. */
static void fit(struct widths *widths, const json_t *runs, size_t columns)
{
	size_t most = 40;
	size_t i;
	json_t *run;

	widths->machine = strlen("MACHINE");
	widths->phase = strlen("PHASE");
	json_array_foreach (runs, i, run) {
		size_t machine = render_width(render_run_machine(run));
		size_t phase = render_width(phase_of(run));

		if (machine > widths->machine)
			widths->machine = machine;
		if (phase > widths->phase)
			widths->phase = phase < 20 ? phase : 20;
	}
	if (columns < most + widths->phase + 11)
		most = columns > widths->phase + 18
			       ? columns - widths->phase - 11
			       : strlen("MACHINE");
	if (widths->machine > most)
		widths->machine = most;
}

void render_summary(struct buf *out, const json_t *runs)
{
	static const enum state order[] = { QUEUED, RUNNING, DONE, FAILED };
	static const char *const words[N_STATES] = {
		[FAILED] = "failed",
		[RUNNING] = "running",
		[QUEUED] = "queued",
		[DONE] = "done",
	};
	size_t n[N_STATES] = { 0 };
	size_t total = json_array_size(runs);
	const char *between = ": ";
	size_t i;
	json_t *run;

	json_array_foreach (runs, i, run)
		n[state_of(run)]++;
	buf_printf(out, "%zu machine%s", total, total == 1 ? "" : "s");
	for (i = 0; i < ARRAY_LEN(order); i++) {
		if (!n[order[i]])
			continue;
		buf_printf(out, "%s%zu %s", between, n[order[i]],
			   words[order[i]]);
		between = ", ";
	}
}

size_t render_watch(struct buf *out, const json_t *runs,
		    const struct render_screen *screen)
{
	size_t total = json_array_size(runs);
	/* The header and the summary want a line each, the cursor another. */
	size_t room = screen->rows > 4 ? screen->rows - 3 : 1;
	bool all = !screen->rows || total <= room;
	CLEANUP(buf_release) struct buf summary = BUF_INIT(256);
	size_t n = 0;
	struct widths widths;

	fit(&widths, runs, screen->columns);
	add_header(out, screen, &widths);
	/* Too many: first those that one would look for. */
	for (size_t state = all ? N_STATES - 1 : 0; state < N_STATES; state++) {
		for (size_t i = 0; i < total && (all || n < room); i++) {
			const json_t *run = json_array_get(runs, i);

			if (!all && state_of(run) != state)
				continue;
			add_line(out, run, screen, &widths);
			n++;
		}
	}
	render_summary(&summary, runs);
	if (n < total)
		buf_printf(&summary, " (%zu not shown)", total - n);
	render_cut(out, summary.base, screen->columns);
	buf_addc(out, '\n');
	return n + 2;
}

void render_run_key(struct buf *out, const json_t *run)
{
	int64_t percent = percent_of(run);

	buf_printf(out, "%s/%s/%" PRId64, phase_of(run),
		   json_text_at(run, "status.progress.action"),
		   percent < 0 ? -1 : percent / 10);
}

void render_run_change(struct buf *out, const json_t *run, wall_ms now)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT(8192);
	int64_t percent = percent_of(run);
	char text[CLOCK_TEXT];

	clock_text(now, text);
	buf_printf(out, "%s ", text);
	render_clean(out, render_run_machine(run));
	buf_addc(out, ' ');
	render_clean(out, phase_of(run));
	if (render_run_over(run)) {
		add_detail(&detail, run);
	} else if (*json_text_at(run, "status.progress.action")) {
		render_clean(&detail,
			     json_text_at(run, "status.progress.action"));
		if (percent >= 0)
			buf_printf(&detail, " %" PRId64 "%%", percent);
	}
	if (detail.len)
		buf_printf(out, " %s", detail.base);
	buf_addc(out, '\n');
}
