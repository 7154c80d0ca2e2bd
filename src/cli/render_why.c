/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_run.h"
#include "cli/render_text.h"

#define MAX_SHOWN 3

static void add_fact(struct buf *out, const json_t *run, const char *word,
		     const char *path)
{
	const char *text = json_str_at(run, path);

	if (!text || !*text)
		return;
	buf_printf(out, "  %-11s ", word);
	render_clean(out, text);
	buf_addc(out, '\n');
}

static void add_time(struct buf *out, const json_t *run, const char *word,
		     const char *path, wall_ms now)
{
	const char *text = json_str_at(run, path);
	char age[CLOCK_TEXT];
	wall_ms at;

	if (!render_parse_time(text, &at))
		return;
	clock_age(at > now ? at - now : now - at, age);
	buf_printf(out, "  %-11s %s (%s%s%s)\n", word, text,
		   at > now ? "in " : "", age, at > now ? "" : " ago");
}

static void add_headline(struct buf *out, const json_t *run)
{
	const char *phase = json_str_at(run, "status.phase");
	const char *outcome = json_str_at(run, "status.outcome");
	const char *where = json_str_at(run, "status.failedIn");

	render_clean(out, render_run_machine(run));
	if (!outcome || !*outcome) {
		buf_adds(out, ": in phase ");
		render_clean(out, phase ? phase : "?");
	} else if (str_eq(outcome, "success")) {
		buf_adds(out, ": done");
	} else {
		buf_adds(out, ": ");
		render_clean(out, str_eq(outcome, "timeout") ? "timed out"
							     : outcome);
		if (where) {
			buf_adds(out, " in phase ");
			render_clean(out, where);
		}
	}
	buf_adds(out, "\n");
}

static void add_event(json_t *rows, const json_t *event)
{
	const char *at = json_str_at(event, "at");
	const char *last = json_str_at(event, "lastAt");
	const char *source = json_str_at(event, "source");
	const char *message = json_str_at(event, "message");
	const char *kind = json_str_at(event, "kind");
	int64_t count = json_int_at(event, "count", 1);
	CLEANUP(buf_release) struct buf text = BUF_INIT(8192);

	if (message && *message)
		buf_adds(&text, message);
	else
		buf_adds(&text, kind ? kind : "");
	if (count > 1)
		buf_printf(&text, " (%" PRId64 " times, last at %s)", count,
			   last ? last : "?");
	json_array_append_new(rows, json_pack("[s,s,s,s]", at ? at : "",
					      source ? source : "",
					      kind ? kind : "", text.base));
}

/* "because" it was seen: the newest of its evidence comes last. */
static void add_because(struct buf *out, const json_t *hypothesis)
{
	const json_t *evidence = json_at(hypothesis, "evidence");
	const json_t *event =
		json_array_get(evidence, json_array_size(evidence) - 1);
	int64_t count = json_int_at(event, "count", 1);
	const char *source = json_str_at(event, "source");
	const char *message = json_str_at(event, "message");

	if (!event || !message)
		return;
	buf_printf(out, "  %-11s ", "because");
	render_clean(out, source ? source : "?");
	buf_adds(out, ": ");
	render_clean(out, message);
	if (count > 1)
		buf_printf(out, " (%" PRId64 " times)", count);
	buf_addc(out, '\n');
}

static void add_likely(struct buf *out, const json_t *hypothesis,
		       const char *word)
{
	const char *cause = json_str_at(hypothesis, "cause");
	const char *name = json_str_at(hypothesis, "word");

	buf_printf(out, "  %-11s ", word);
	render_clean(out, cause ? cause : "?");
	buf_adds(out, " (");
	render_clean(out, name ? name : "?");
	buf_adds(out, ")\n");
	add_because(out, hypothesis);
	add_fact(out, hypothesis, "try", "advice");
}

/* The likeliest, and two more at most: who wants all takes --json. */
static void add_hypotheses(struct buf *out, const json_t *run)
{
	const json_t *list = json_at(run, "status.hypotheses");
	size_t n = json_array_size(list);

	/* Lists of runs have the advice alone. */
	if (!n)
		add_fact(out, run, "try", "status.advice");
	for (size_t i = 0; i < n && i < MAX_SHOWN; i++)
		add_likely(out, json_array_get(list, i), i ? "or" : "likely");
}

void render_why(struct buf *out, const json_t *run, wall_ms now)
{
	const json_t *events = json_at(run, "status.events");
	AUTO_JSON json_t *rows = json_array();
	struct render_widths widths = { .width = { 0 } };
	size_t i;
	json_t *event;

	add_headline(out, run);
	add_fact(out, run, "run", "metadata.name");
	add_fact(out, run, "template", "spec.template");
	add_time(out, run, "since", "status.phaseSince", now);
	if (render_run_over(run))
		add_time(out, run, "ended", "status.endedAt", now);
	else
		add_time(out, run, "deadline", "status.deadline", now);
	add_fact(out, run, "last seen", "status.lastSeen");
	add_time(out, run, "worker", "status.workerHeardAt", now);
	add_fact(out, run, "BMC", "status.bmcCommand");
	add_fact(out, run, "expected", "status.expectedNext");
	add_fact(out, run, "cause", "status.cause");
	add_hypotheses(out, run);
	if (!json_array_size(events))
		return;
	buf_adds(out, "\nevidence\n");
	json_array_foreach (events, i, event)
		add_event(rows, event);
	render_rows(out, rows, &widths);
}
