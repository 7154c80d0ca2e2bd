/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_run.h"
#include "cli/render_text.h"

static int64_t duration_of(const json_t *run)
{
	wall_ms from;
	wall_ms to;

	if (!render_parse_time(json_str_at(run, "status.startedAt"), &from) ||
	    !render_parse_time(json_str_at(run, "status.endedAt"), &to))
		return -1;
	return to - from;
}

static const char *outcome_of(const json_t *run)
{
	const char *outcome = json_str_at(run, "status.outcome");

	if (!outcome || !*outcome)
		return "not over";
	return str_eq(outcome, "success") ? "done" : outcome;
}

static void add_fact(struct buf *out, const char *word, const char *text)
{
	size_t used;

	if (!text || !*text)
		return;
	buf_adds(out, "  ");
	used = render_cut(out, word, 60);
	buf_printf(out, "%*s ", used < 14 ? (int)(14 - used) : 0, "");
	render_clean(out, text);
	buf_addc(out, '\n');
}

static void add_phases(struct buf *out, const json_t *run)
{
	size_t i;
	json_t *phase;

	json_array_foreach (json_at(run, "status.phases"), i, phase) {
		int64_t ms = json_int_at(phase, "durationMs", -1);
		CLEANUP(buf_release) struct buf text = BUF_INIT(64);
		const char *name = json_str_at(phase, "name");

		if (ms >= 0)
			render_duration(&text, ms);
		else
			buf_adds(&text, "not over");
		add_fact(out, name ? name : "?", text.base);
	}
}

static void add_run(struct buf *out, const json_t *run)
{
	int64_t ms = duration_of(run);

	render_clean(out, render_run_machine(run));
	buf_adds(out, "  ");
	render_clean(out, outcome_of(run));
	if (ms >= 0) {
		buf_adds(out, "  ");
		render_duration(out, ms);
	}
	buf_addc(out, '\n');
	add_phases(out, run);
	add_fact(out, "image", json_str_at(run, "status.digest"));
	if (!render_run_good(run)) {
		add_fact(out, "cause", json_str_at(run, "status.cause"));
		add_fact(out, "try", json_str_at(run, "status.advice"));
	}
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a;
	const int64_t *right = b;

	return (*left > *right) - (*left < *right);
}

/* From the first start to the last end, and what is usual. */
struct span {
	wall_ms first;
	wall_ms last;
	size_t n;
	int64_t fastest;
	int64_t median;
	int64_t slowest;
};

static void measure(const json_t *runs, struct span *span)
{
	size_t total = json_array_size(runs);
	AUTO_FREE int64_t *ms = xcalloc(total ? total : 1, sizeof(*ms));
	size_t i;
	json_t *run;

	memset(span, 0, sizeof(*span));
	json_array_foreach (runs, i, run) {
		wall_ms at;

		if (render_parse_time(json_str_at(run, "status.startedAt"),
				      &at) &&
		    (!span->first || at < span->first))
			span->first = at;
		if (render_parse_time(json_str_at(run, "status.endedAt"),
				      &at) &&
		    at > span->last)
			span->last = at;
		if (render_run_good(run) && duration_of(run) >= 0)
			ms[span->n++] = duration_of(run);
	}
	if (!span->n)
		return;
	qsort(ms, span->n, sizeof(*ms), compare);
	span->fastest = ms[0];
	span->median = ms[span->n / 2];
	span->slowest = ms[span->n - 1];
}

void render_report(struct buf *out, const json_t *runs)
{
	struct span span;
	size_t i;
	json_t *run;

	json_array_foreach (runs, i, run)
		add_run(out, run);
	measure(runs, &span);
	render_summary(out, runs);
	if (span.first && span.last > span.first) {
		buf_adds(out, "; ");
		render_duration(out, span.last - span.first);
		buf_adds(out, " in all");
	}
	if (span.n > 1) {
		buf_adds(out, "; fastest ");
		render_duration(out, span.fastest);
		buf_adds(out, ", median ");
		render_duration(out, span.median);
		buf_adds(out, ", slowest ");
		render_duration(out, span.slowest);
	}
	buf_addc(out, '\n');
}

static json_t *run_json(const json_t *run)
{
	static const char *const kept[] = {
		"outcome",   "failedIn", "phase",  "cause",  "advice",
		"startedAt", "endedAt",  "digest", "phases", "actions",
	};
	json_t *out = json_object();
	int64_t ms = duration_of(run);

	json_object_set_new(out, "machine",
			    json_string(render_run_machine(run)));
	json_object_set(out, "run", json_at(run, "metadata.name"));
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		json_t *value = json_object_get(json_object_get(run, "status"),
						kept[i]);

		if (value)
			json_object_set(out, kept[i], value);
	}
	if (ms >= 0)
		json_object_set_new(out, "durationMs", json_integer(ms));
	return out;
}

json_t *render_report_json(const char *name, const json_t *runs)
{
	json_t *out = json_object();
	json_t *list = json_array();
	json_int_t n_done = 0;
	json_int_t n_failed = 0;
	struct span span;
	size_t i;
	json_t *run;

	json_array_foreach (runs, i, run) {
		json_array_append_new(list, run_json(run));
		n_done += render_run_good(run);
		n_failed += render_run_over(run) && !render_run_good(run);
	}
	measure(runs, &span);
	json_object_set_new(out, "run", json_string(name));
	json_object_set_new(out, "machines",
			    json_integer((json_int_t)json_array_size(runs)));
	json_object_set_new(out, "done", json_integer(n_done));
	json_object_set_new(out, "failed", json_integer(n_failed));
	if (span.first && span.last > span.first)
		json_object_set_new(out, "durationMs",
				    json_integer(span.last - span.first));
	json_object_set_new(out, "runs", list);
	return out;
}
