/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply.h"

static const struct option options[] = {
	{ "filename", 'f', "FILE", "objects in YAML or JSON; - is stdin" },
	APPLY_OPTION_DRY_RUN,
	{ 0 },
};

static int run(struct cli *cli, struct err *err)
{
	const char *file = args_value(&cli->args, "filename");
	size_t n = cli->args.n_words + (file ? 1 : 0);
	AUTO_FREE char **files = xcalloc(n + 1, sizeof(*files));

	if (!n)
		return cli_usage(cli, "apply: expected -f FILE");
	for (size_t i = 0; i < cli->args.n_words; i++)
		files[i] = cli->args.words[i];
	if (file)
		files[n - 1] = (char *)(uintptr_t)file;
	return apply_files(cli, files, n, APPLY_RESTORE, NULL, err);
}

const struct command command_apply = {
	.name = "apply",
	.usage = "-f FILE [FILE...] [--dry-run]",
	.help = "create or change objects as a file has them",
	.more = "Keeps what was applied in the annotation that kubectl uses, "
		"so that\n"
		"both can be used on one object: a key that leaves the FILE "
		"leaves the\n"
		"object; what the FILE never had stays.\n",
	.options = options,
	.run = run,
};
