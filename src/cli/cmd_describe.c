/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/render_describe.h"
#include "cli/render_run.h"
#include "cli/run_list.h"

#define MAX_TEXT (64 * 1024 * 1024)

struct describing {
	struct cli *cli;
	const struct resource *resource;
	json_t *runs; /* all there are, when machines are described */
	bool later;   /* one was printed already */
};

/* What is not there or not for us to see is left out. */
static json_t *fetch(const struct cli *cli, const struct resource *resource,
		     const char *name, const char *query)
{
	AUTO_FREE char *path =
		resource_path(resource, cli->namespace, name, query);
	struct err err;

	return client_get(cli->client, path, &err);
}

static json_t *events_of(const struct describing *describing, const char *name)
{
	AUTO_FREE char *selector =
		xasprintf("involvedObject.kind=%s,involvedObject.name=%s",
			  describing->resource->kind, name);
	AUTO_FREE char *escaped = resource_escape(selector);
	AUTO_FREE char *query = xasprintf("fieldSelector=%s", escaped);
	AUTO_JSON json_t *list =
		fetch(describing->cli, &resource_event, NULL, query);

	return json_incref(json_object_get(list, "items"));
}

static json_t *run_of(const struct describing *describing, const char *name)
{
	const struct resource *resource = describing->resource;
	struct err err;

	if (resource == &resource_workflow || resource == &resource_run)
		return run_list_one(describing->cli, name, &err);
	return json_incref(run_list_newest_of(describing->runs, name));
}

static int describe_one(void *arg, const char *name, struct err *err)
{
	struct describing *describing = arg;
	struct cli *cli = describing->cli;
	AUTO_FREE char *path =
		resource_path(describing->resource, cli->namespace, name, NULL);
	AUTO_JSON json_t *object = client_get(cli->client, path, err);
	const char *bmc_name = json_str_at(object, "spec.bmcRef.name");
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *events = NULL;
	AUTO_JSON json_t *bmc = NULL;
	AUTO_JSON json_t *run = NULL;
	struct describe describe;

	if (!object)
		return -1;
	events = events_of(describing, name);
	run = run_of(describing, name);
	if (describing->resource == &resource_hardware && bmc_name)
		bmc = fetch(cli, &resource_machine, bmc_name, NULL);
	describe = (struct describe){ .object = object,
				      .bmc = bmc,
				      .run = run,
				      .events = events,
				      .now = clock_wall(),
				      .colour = cli_colour() };
	render_describe(&out, &describe);
	printf("%s%s", describing->later ? "\n\n" : "", out.base);
	describing->later = true;
	return 0;
}

static int run(struct cli *cli, struct err *err)
{
	struct describing describing = { .cli = cli };
	AUTO_JSON json_t *names = NULL;
	AUTO_JSON json_t *runs = NULL;

	if (!cli->args.n_words)
		return cli_usage(cli, "describe: expected a kind and names");
	names = cli_objects(cli, &describing.resource, err);
	if (!names)
		return -1;
	if (!json_array_size(names))
		return cli_usage(cli, "describe: expected a kind and names");
	if (describing.resource == &resource_hardware)
		runs = run_list_all(cli, err);
	describing.runs = runs;
	return cli_each(names, describe_one, &describing, err);
}

const struct command command_describe = {
	.name = "describe",
	.usage = "KIND NAME...",
	.help = "all that is known of objects, for people",
	.more = "Of a machine (hardware) also its BMC's state, its last run, "
		"what DHCP saw of it, and its events. Values of Secrets are "
		"never shown. For programs there is `tomte get -o json`.\n",
	.run = run,
};
