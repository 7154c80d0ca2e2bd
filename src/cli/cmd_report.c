/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/render_run.h"
#include "cli/run_list.h"

#define MAX_TEXT (64 * 1024 * 1024)

static const struct option options[] = {
	{ "json", 0, NULL, "for programs" },
	{ 0 },
};

static int exit_code(const json_t *runs)
{
	size_t i;
	json_t *run;

	json_array_foreach (runs, i, run)
		if (!render_run_over(run) || !render_run_good(run))
			return CLI_RUN_FAILED;
	return CLI_OK;
}

static int run(struct cli *cli, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *runs = NULL;
	const char *name;

	if (cli->args.n_words != 1)
		return cli_usage(cli, "report: expected the name of a run");
	name = cli->args.words[0];
	runs = run_list_named(cli, name, err);
	if (!runs)
		return -1;
	if (args_flag(&cli->args, "json")) {
		AUTO_JSON json_t *report = render_report_json(name, runs);

		cli_print_json(report);
	} else {
		render_report(&out, runs);
		fputs(out.base, stdout);
	}
	return exit_code(runs);
}

const struct command command_report = {
	.name = "report",
	.usage = "RUN|MACHINE [--json]",
	.help = "each machine's timeline, image and outcome",
	.more = "Of machines (rack=r12, r12n[01-20]) the newest run of each. "
		"Exits with 4 unless every machine is done.\n",
	.options = options,
	.run = run,
};
