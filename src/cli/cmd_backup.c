/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/command.h"
#include "store/backup.h"

#define DEFAULT_STATE "/var/lib/tomte"

static const struct option options[] = {
	{ "state", 0, "DIR", "the daemon's; " DEFAULT_STATE " without" },
	{ 0 },
};

static int run(struct cli *cli, struct err *err)
{
	const char *state = args_value(&cli->args, "state");
	const char *file = cli->args.words[0];
	uint64_t bytes;

	if (cli->args.n_words != 1)
		return cli_usage(cli, "backup: expected the name of a file");
	if (!state)
		state = DEFAULT_STATE;
	if (store_backup(state, file, &bytes, err))
		return -1;
	printf("%s: %" PRIu64 " bytes, checked; the keys in %s are not in it\n",
	       file, bytes, state);
	return CLI_OK;
}

const struct command command_backup = {
	.name = "backup",
	.usage = "FILE [--state DIR]",
	.help = "a copy of the inventory, while the daemon goes on",
	.more = "FILE is the inventory as it is now, whole and checked, or "
		"nothing; one that\n"
		"is there is replaced. To be run on the daemon's host by its "
		"user. The key\n"
		"that opens the passwords in it, and the CA, are files of "
		"their own that\n"
		"never change: copy them once, to another place than the "
		"backups. How a\n"
		"backup is restored is in docs/operations.md.\n",
	.options = options,
	.run = run,
	.offline = true,
};
