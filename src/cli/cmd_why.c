/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/render_run.h"
#include "cli/resource.h"
#include "cli/run_list.h"
#include "cli/select_plan.h"

#define MAX_TEXT (16 * 1024 * 1024)

static const struct option options[] = {
	{ "json", 0, NULL, "for programs" },
	{ "all", 'a', NULL, "of a run also the machines that are done" },
	{ 0 },
};

static bool machine_exists(struct cli *cli, const char *name)
{
	AUTO_FREE char *path =
		resource_path(&resource_hardware, cli->namespace, name, NULL);
	struct err err;
	AUTO_JSON json_t *object = client_get(cli->client, path, &err);

	return object != NULL;
}

/* Of a run those that are not done, each with its events. */
static json_t *not_done(struct cli *cli, const char *name, struct err *err)
{
	AUTO_JSON json_t *runs = run_list_named(cli, name, err);
	bool all = args_flag(&cli->args, "all") || json_array_size(runs) == 1;
	json_t *out;
	size_t i;
	json_t *run;

	if (!runs)
		return NULL;
	out = json_array();
	json_array_foreach (runs, i, run) {
		json_t *whole;

		if (!all && render_run_over(run) && render_run_good(run))
			continue;
		whole = run_list_one(cli, json_str_at(run, "metadata.name"),
				     err);
		if (!whole) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(out, whole);
	}
	return out;
}

/* A name is that of a machine, or else of a run. */
static json_t *find(struct cli *cli, const char *name, struct err *err)
{
	json_t *list;
	json_t *run;

	if (!machine_exists(cli, name))
		return not_done(cli, name, err);
	run = run_list_newest(cli, name, err);
	if (!run)
		return NULL;
	list = json_array();
	json_array_append_new(list, run);
	return list;
}

static void print(const struct cli *cli, const char *name, const json_t *runs)
{
	size_t i;
	json_t *run;

	if (args_flag(&cli->args, "json")) {
		cli_print_json(runs);
		return;
	}
	if (!json_array_size(runs))
		printf("%s: nothing is open or has failed\n", name);
	json_array_foreach (runs, i, run) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);

		render_why(&out, run, clock_wall());
		printf("%s%s", i ? "\n" : "", out.base);
	}
}

static int explain(struct cli *cli, const char *name, struct err *err)
{
	AUTO_JSON json_t *runs = find(cli, name, err);

	if (!runs)
		return -1;
	print(cli, name, runs);
	return 0;
}

/* A pattern means machines; each with its events. */
static int explain_all(struct cli *cli, const char *word, struct err *err)
{
	AUTO_JSON json_t *found = run_list_named(cli, word, err);
	AUTO_JSON json_t *runs = json_array();
	size_t i;
	json_t *run;

	json_array_foreach (found, i, run) {
		json_t *whole = run_list_one(
			cli, json_str_at(run, "metadata.name"), err);

		if (!whole)
			return -1;
		json_array_append_new(runs, whole);
	}
	if (!found)
		return -1;
	print(cli, word, runs);
	return 0;
}

static int run(struct cli *cli, struct err *err)
{
	if (!cli->args.n_words)
		return cli_usage(cli, "why: expected a machine or a run");
	for (size_t i = 0; i < cli->args.n_words; i++) {
		char *word = cli->args.words[i];

		if (select_is_pattern(word) ? explain_all(cli, word, err)
					    : explain(cli, word, err))
			return -1;
	}
	return CLI_OK;
}

const struct command command_why = {
	.name = "why",
	.usage = "MACHINE|RUN... [--json]",
	.help = "why a machine or a run is where it is",
	.more = "What was seen last, what is expected next and until when; "
		"after a\n"
		"failure the cause, what to try, and the evidence in order.\n",
	.options = options,
	.run = run,
};
