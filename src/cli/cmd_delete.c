/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/resource.h"

static const struct option options[] = {
	{ "dry-run", 0, NULL, "say what would be done, and do nothing" },
	{ 0 },
};

struct deletion {
	struct cli *cli;
	const struct resource *resource;
};

static int delete_one(void *arg, const char *name, struct err *err)
{
	const struct deletion *deletion = arg;
	struct cli *cli = deletion->cli;
	bool dry = args_flag(&cli->args, "dry-run");
	AUTO_FREE char *path = resource_path(deletion->resource, cli->namespace,
					     name, dry ? "dryRun=All" : NULL);
	AUTO_FREE char *label = cli_label(deletion->resource, name);
	AUTO_JSON json_t *reply =
		client_send(cli->client, "DELETE", path, NULL, err);
	const char *since = json_str_at(reply, "metadata.deletionTimestamp");

	if (!reply)
		return -1;
	printf("%s %s%s\n", label,
	       since ? "is being deleted: its finalizers are not done yet"
		     : "deleted",
	       dry ? " (dry run)" : "");
	return 0;
}

static int run(struct cli *cli, struct err *err)
{
	struct deletion deletion = { .cli = cli };
	AUTO_JSON json_t *names = NULL;

	if (!cli->args.n_words)
		return cli_usage(cli, "delete: expected a kind and names");
	names = cli_objects(cli, &deletion.resource, err);
	if (!names)
		return -1;
	if (!json_array_size(names))
		return cli_usage(cli, "delete: expected a kind and names");
	/* What a run is made of is its Workflow. */
	if (deletion.resource == &resource_run)
		deletion.resource = &resource_workflow;
	return cli_each(names, delete_one, &deletion, err);
}

const struct command command_delete = {
	.name = "delete",
	.usage = "KIND NAME... [--dry-run]",
	.help = "delete objects",
	.more = "Several are chosen by range (r12n[01-20]) or label "
		"(rack=r12): see\n"
		"`tomte help machines`.\n"
		"\n"
		"Deleting a Workflow that runs cancels it: network boot is "
		"switched\n"
		"off, the boot order restored, and then it is gone.\n",
	.options = options,
	.run = run,
};
