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
	AUTO_FREE char *label = cli_label(resource, name);
	AUTO_JSON json_t *reply =
		client_send(cli->client, "DELETE", path, NULL, err);
	const char *since = json_str_at(reply, "metadata.deletionTimestamp");

	if (!reply)
		return -1;
	printf("%s %s\n", label,
	       since ? "is being deleted: its finalizers are not done yet"
		     : "deleted");
	return 0;
}

static int run(struct cli *cli, struct err *err)
{
	const struct resource *resource;
	AUTO_JSON json_t *names = NULL;
	size_t i;
	json_t *name;

	if (cli->args.n_words < 2)
		return cli_usage(cli, "delete: expected a kind and names");
	resource = resource_by_word(cli->args.words[0], err);
	if (!resource)
		return -1;
	/* What a run is made of is its Workflow. */
	if (resource == &resource_run)
		resource = &resource_workflow;
	names = cli_choose(cli, resource, cli->args.words + 1,
			   cli->args.n_words - 1, err);
	if (!names)
		return -1;
	json_array_foreach (names, i, name)
		if (delete_one(cli, resource, json_string_value(name), err))
			return -1;
	return CLI_OK;
}

const struct command command_delete = {
	.name = "delete",
	.usage = "KIND NAME...",
	.help = "delete objects",
	.more = "Several are chosen by range (r12n[01-20]) or label "
		"(rack=r12): see\n"
		"`tomte help machines`.\n"
		"\n"
		"Deleting a Workflow that runs cancels it: network boot is "
		"switched\n"
		"off, the boot order restored, and then it is gone.\n",
	.run = run,
};
