/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply.h"

static const struct option options[] = {
	APPLY_OPTION_DRY_RUN,
	{ 0 },
};

static int run(struct cli *cli, struct err *err)
{
	if (!cli->args.n_words)
		return cli_usage(cli, "import: expected a file");
	return apply_files(cli, cli->args.words, cli->args.n_words, APPLY_KEEP,
			   err);
}

const struct command command_import = {
	.name = "import",
	.usage = "FILE... [--dry-run]",
	.help = "read a rack into the inventory",
	.more = "A FILE is a rack in short YAML, a table in CSV, or "
		"Tinkerbell's own\n"
		"objects; - is standard input. inventory/examples shows each. "
		"Passwords\n"
		"are named by file (mode 0600) or variable, never written in a "
		"FILE.\n"
		"\n"
		"Everything is checked first: all that is wrong is told with "
		"file and\n"
		"line, and then nothing is changed. Importing again changes "
		"only what\n"
		"the FILE changed, so machines that are being provisioned go "
		"on.\n",
	.options = options,
	.run = run,
};
