/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watch.h"

static const struct option options[] = {
	{ "json", 0, NULL, "an object for each change, for programs" },
	{ 0 },
};

static int run(struct cli *cli, struct err *err)
{
	if (cli->args.n_words > 1)
		return cli_usage(cli, "watch: expected one run, or none");
	return watch_runs(cli, cli->args.n_words ? cli->args.words[0] : NULL,
			  err);
}

const struct command command_watch = {
	.name = "watch",
	.usage = "[RUN|MACHINE] [--json]",
	.help = "follow runs until they are over",
	.more = "A live table on a terminal, a line for each change in a pipe. "
		"Without\n"
		"a RUN all that are not over; of machines (rack=r12, "
		"r12n[01-20]) the newest run of each. Exits with 0 when every "
		"machine "
		"is done,\n"
		"with 4 when one has failed. Ctrl-C only ends the watching.\n",
	.options = options,
	.run = run,
};
