/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/resource.h"

static int delete_one(struct cli *cli, const struct resource *resource,
		      const char *name, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(resource, cli->namespace, name, NULL);
	AUTO_JSON json_t *reply =
		client_send(cli->client, "DELETE", path, NULL, err);
	const char *since = json_str_at(reply, "metadata.deletionTimestamp");

	if (!reply)
		return -1;
	printf("%s%s%s/%s %s\n", resource->plural, *resource->group ? "." : "",
	       resource->group, name,
	       since ? "is being deleted: its finalizers are not done yet"
		     : "deleted");
	return 0;
}

static int delete_machines(struct cli *cli, struct err *err)
{
	AUTO_JSON json_t *list = cli_select(cli, cli->args.words + 1,
					    cli->args.n_words - 1, err);
	size_t i;
	json_t *machine;

	if (!list)
		return -1;
	json_array_foreach (list, i, machine)
		if (delete_one(cli, &resource_hardware,
			       json_str_at(machine, "metadata.name"), err))
			return -1;
	return CLI_OK;
}

static int run(struct cli *cli, struct err *err)
{
	const struct resource *resource;

	if (cli->args.n_words < 2)
		return cli_usage(cli, "delete: expected a kind and names");
	resource = resource_by_word(cli->args.words[0], err);
	if (!resource)
		return -1;
	/* What a run is made of is its Workflow. */
	if (resource == &resource_run)
		resource = &resource_workflow;
	if (resource == &resource_hardware)
		return delete_machines(cli, err);
	for (size_t i = 1; i < cli->args.n_words; i++)
		if (delete_one(cli, resource, cli->args.words[i], err))
			return -1;
	return CLI_OK;
}

const struct command command_delete = {
	.name = "delete",
	.usage = "KIND NAME...",
	.help = "delete objects",
	.more = "Deleting a Workflow that runs cancels it: network boot is "
		"switched\n"
		"off, the boot order restored, and then it is gone.\n",
	.run = run,
};
