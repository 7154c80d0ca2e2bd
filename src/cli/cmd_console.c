/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/bmc_where.h"
#include "cli/command.h"
#include "cli/console_local.h"
#include "cli/console_remote.h"

static const struct option options[] = {
	BMC_WHERE_OPTIONS,
	{ "take", 0, NULL, "end whoever has it, and have it" },
	{ "ssh-port", 0, "PORT", "redfish://: the BMC's console is there" },
	{ 0 },
};

/* Becomes ssh, which asks for the password itself. */
static int become_ssh(const struct bmc_target *target, const char *port,
		      struct err *err)
{
	const char *argv[] = { "ssh",        "-t", "-p",         port, "-l",
			       target->user, "--", target->host, NULL };
	uint32_t number;

	if (!str_parse_u32(port, UINT16_MAX, &number) || !number)
		return err_set(err, ERR_INVALID,
			       "--ssh-port %s: expected a port", port);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	return err_errno(err, errno, "ssh");
}

static int by_redfish(const struct cli *cli, const struct bmc_target *target,
		      struct err *err)
{
	const char *port = args_value(&cli->args, "ssh-port");

	if (port)
		return become_ssh(target, port, err);
	return err_set(err, ERR_UNSUPPORTED,
		       "Redfish has no console. Where the BMC has one by ssh, "
		       "--ssh-port PORT leads to it (OpenBMC: 2200); or ask "
		       "the BMC by ipmi://");
}

static int by_daemon(struct cli *cli, struct err *err)
{
	AUTO_JSON json_t *machines = NULL;
	const json_t *machine;

	if (cli_connect(cli, err))
		return -1;
	machines = cli_select(cli, cli->args.words, 1, err);
	if (!machines)
		return -1;
	machine = json_array_get(machines, 0);
	if (json_array_size(machines) != 1)
		return err_set(err, ERR_INVALID,
			       "%s are %zu machines: a console is one's",
			       cli->args.words[0], json_array_size(machines));
	if (!json_str_at(machine, "spec.bmcRef.name"))
		return err_set(err, ERR_INVALID, "%s has no BMC",
			       json_str_at(machine, "metadata.name"));
	return console_remote(cli, machine, args_flag(&cli->args, "take"), err)
		       ? -1
		       : CLI_OK;
}

static int run(struct cli *cli, struct err *err)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	const char *url = args_value(&cli->args, "bmc");

	if (cli->args.n_words != (url == NULL))
		return cli_usage(cli, "console: expected a machine or --bmc "
				      "URL");
	if (!url)
		return by_daemon(cli, err);
	if (bmc_target_parse(&target, url, err))
		return -1;
	if (target.protocol == BMC_REDFISH)
		return by_redfish(cli, &target, err);
	if (bmc_where(cli, &target, err) ||
	    console_local(&target, args_flag(&cli->args, "take"), err))
		return -1;
	return CLI_OK;
}

const struct command command_console = {
	.name = "console",
	.usage = "MACHINE [--take] | --bmc URL [--take]",
	.help = "a machine's serial console, by its BMC",
	.more = "What is typed goes to the machine, ^C too. At the beginning "
		"of a line\n"
		"~. leaves the console, ~? tells so, and ~~ is a ~.\n",
	.options = options,
	.run = run,
	.offline = true,
};
