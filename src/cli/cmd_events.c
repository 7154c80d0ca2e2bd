/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/render_text.h"
#include "cli/resource.h"
#include "cli/span_plan.h"

#define MAX_TEXT (64 * 1024 * 1024)

static const struct option options[] = {
	{ "watch", 'w', NULL, "go on with what happens" },
	{ "since", 0, "WHEN", "2h, 7d, 2026-11-24 or 2026-11-24T12:00:00Z" },
	{ "reason", 0, "WORD", "of this reason alone: failed, phase, ..." },
	{ "all-namespaces", 'A', NULL, "of every namespace" },
	{ "json", 0, NULL, "for programs: one Event a line" },
	{ 0 },
};

struct events {
	struct cli *cli;
	const json_t *machines; /* "namespace/name"; empty: all */
	wall_ms since;          /* 0: all of them */
	struct render_widths widths;
};

/* "default/r12n01", of a Hardware or of what is involved in an Event. */
static json_t *full_name(const json_t *where)
{
	AUTO_FREE char *name =
		xasprintf("%s/%s", json_text_at(where, "namespace"),
			  json_text_at(where, "name"));

	return json_string(name);
}

static bool of_machines(const struct events *events, const json_t *event)
{
	AUTO_JSON json_t *whose =
		full_name(json_object_get(event, "involvedObject"));
	size_t i;
	json_t *name;

	json_array_foreach ((json_t *)(uintptr_t)events->machines, i, name)
		if (json_equal(name, whose))
			return true;
	return !json_array_size(events->machines);
}

static bool wanted(const struct events *events, const json_t *event)
{
	const char *reason = args_value(&events->cli->args, "reason");
	wall_ms at;

	if (reason && !str_eq(reason, json_text_at(event, "reason")))
		return false;
	if (events->since &&
	    (!render_parse_time(json_text_at(event, "lastTimestamp"), &at) ||
	     at < events->since))
		return false;
	return of_machines(events, event);
}

static json_t *row_of(const json_t *event)
{
	int64_t count = json_int_at(event, "count", 1);
	CLEANUP(buf_release) struct buf text = BUF_INIT(8192);

	buf_adds(&text, json_text_at(event, "message"));
	if (count > 1)
		buf_printf(&text, " (%lld times)", (long long)count);
	return json_pack("[s,s,s,s,s]", json_text_at(event, "lastTimestamp"),
			 json_text_at(event, "involvedObject.name"),
			 json_text_at(event, "source.component"),
			 json_text_at(event, "reason"), text.base);
}

static void print_rows(struct events *events, const json_t *rows)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);

	render_rows(&out, rows, &events->widths);
	fputs(out.base, stdout);
	fflush(stdout);
}

static void print_line(const json_t *event)
{
	AUTO_FREE char *text = json_text(event);

	puts(text);
	fflush(stdout);
}

static void print_list(struct events *events, const json_t *items,
		       struct follow *follow)
{
	AUTO_JSON json_t *rows = json_array();
	bool json = args_flag(&events->cli->args, "json");

	/* The server has the newest first; people read downwards. */
	for (size_t i = json_array_size(items); i-- > 0;) {
		const json_t *event = json_array_get(items, i);

		if (!follow_is_new(follow, event) || !wanted(events, event))
			continue;
		if (json)
			print_line(event);
		else
			json_array_append_new(rows, row_of(event));
	}
	print_rows(events, rows);
}

static bool on_change(void *arg, const json_t *change)
{
	struct events *events = arg;
	const char *type = json_text_at(change, "type");
	const json_t *event = json_object_get(change, "object");
	AUTO_JSON json_t *rows = json_array();

	/* That old ones are deleted is no event. */
	if (str_eq(type, "DELETED") || !wanted(events, event))
		return true;
	if (args_flag(&events->cli->args, "json")) {
		print_line(event);
		return true;
	}
	json_array_append_new(rows, row_of(event));
	print_rows(events, rows);
	return true;
}

static char *path_with(void *arg, const char *query)
{
	const struct events *events = arg;

	return resource_path(&resource_event, events->cli->namespace, NULL,
			     query);
}

static int show(struct events *events, struct err *err)
{
	struct cli *cli = events->cli;
	AUTO_FREE char *path = path_with(events, NULL);
	AUTO_JSON json_t *list = client_get(cli->client, path, err);
	CLEANUP(follow_release)
	struct follow follow = {
		.cli = cli,
		.events = true,
		.seen = on_change,
		.path = path_with,
		.arg = events,
	};

	if (!list)
		return -1;
	print_list(events, json_object_get(list, "items"), &follow);
	if (!args_flag(&cli->args, "watch"))
		return CLI_OK;
	return follow_run(&follow,
			  json_str_at(list, "metadata.resourceVersion"), err);
}

static int run(struct cli *cli, struct err *err)
{
	AUTO_JSON json_t *names = json_array();
	AUTO_JSON json_t *machines = NULL;
	const char *since = args_value(&cli->args, "since");
	struct events events = { .cli = cli,
				 .machines = names,
				 .widths.colour = cli_colour() };
	size_t i;
	json_t *machine;

	if (since && !span_parse_since(since, clock_wall(), &events.since))
		return cli_usage(cli,
				 "--since %s: expected 2h, 7d, 2026-11-24 or "
				 "2026-11-24T12:00:00Z",
				 since);
	if (args_flag(&cli->args, "all-namespaces"))
		cli->namespace = NULL;
	if (cli->args.n_words) {
		machines = cli_select(cli, cli->args.words, cli->args.n_words,
				      err);
		if (!machines)
			return -1;
	}
	json_array_foreach (machines, i, machine)
		json_array_append_new(names,
				      full_name(json_at(machine, "metadata")));
	return show(&events, err);
}

const struct command command_events = {
	.name = "events",
	.usage = "[MACHINE...] [--since WHEN] [-w] [--json]",
	.help = "what happened, oldest first",
	.more = "Machines are chosen by name, range (r12n[01-20]) or label "
		"(rack=r12): see `tomte help machines`. Without any it is what "
		"happened to all of them.\n",
	.options = options,
	.run = run,
};
