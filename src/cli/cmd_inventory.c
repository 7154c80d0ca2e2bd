/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/inventory_plan.h"
#include "cli/inventory_read.h"
#include "cli/resource.h"

static const struct option options[] = {
	{ "list", 0, NULL, "all machines and their groups" },
	{ "host", 0, "NAME", "the variables of a machine" },
	{ 0 },
};

static int run(struct cli *cli, struct err *err)
{
	const char *host = args_value(&cli->args, "host");
	AUTO_JSON json_t *hardware = NULL;
	AUTO_JSON json_t *machines = NULL;
	AUTO_JSON json_t *runs = NULL;
	AUTO_JSON json_t *answer = NULL;
	struct inventory_input input;

	if (args_flag(&cli->args, "list") == (host != NULL))
		return cli_usage(cli, "inventory: expected --list or --host");
	hardware = inventory_chosen(cli, err);
	machines =
		hardware ? inventory_read(cli, &resource_machine, err) : NULL;
	runs = machines ? inventory_read(cli, &resource_run, err) : NULL;
	if (!runs)
		return -1;
	input = (struct inventory_input){ .hardware = hardware,
					  .machines = machines,
					  .runs = runs };
	answer = host ? inventory_host(&input, host) : inventory_list(&input);
	if (!answer)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no Hardware \"%s\"", host);
	cli_print_json(answer);
	return CLI_OK;
}

const struct command command_inventory = {
	.name = "inventory",
	.usage = "--list | --host NAME",
	.help = "the machines as Ansible wants to know them",
	.more = "Groups are rack_R, state_S (of the newest run: none, running, "
		"success,\n"
		"failed, timeout), site_X, role_X and arch_X. As a dynamic "
		"inventory:\n"
		"\n"
		"    #!/bin/sh\n"
		"    exec tomte inventory \"$@\"\n",
	.options = options,
	.run = run,
};
