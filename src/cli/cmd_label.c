/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/label_plan.h"

static const struct option options[] = {
	{ "overwrite", 0, NULL, "also where there is another value" },
	{ "dry-run", 0, NULL, "say what would be done, and do nothing" },
	{ 0 },
};

struct labelling {
	struct cli *cli;
	const struct resource *resource;
	const char *field;
	json_t *changes;
	bool dry;
};

static int label_one(void *arg, const char *name, struct err *err)
{
	const struct labelling *labelling = arg;
	struct cli *cli = labelling->cli;
	AUTO_FREE char *label = cli_label(labelling->resource, name);
	AUTO_FREE char *path =
		resource_path(labelling->resource, cli->namespace, name,
			      labelling->dry ? "dryRun=All" : NULL);
	AUTO_JSON json_t *object = client_get(cli->client, path, err);
	AUTO_JSON json_t *patch = NULL;
	AUTO_JSON json_t *reply = NULL;

	if (!object)
		return -1;
	patch = label_plan_patch(object, labelling->field, labelling->changes,
				 args_flag(&cli->args, "overwrite"), err);
	if (!patch)
		return err_wrap(err, "%s", label);
	if (!json_object_size(patch)) {
		printf("%s unchanged\n", label);
		return 0;
	}
	/* What was looked at is what is changed. */
	json_put(patch, "metadata.resourceVersion",
		 json_incref(json_at(object, "metadata.resourceVersion")));
	reply = client_send(cli->client, "PATCH", path, patch, err);
	if (!reply)
		return err_wrap(err, "%s", label);
	printf("%s %s%s\n", label,
	       str_eq(labelling->field, "labels") ? "labeled" : "annotated",
	       labelling->dry ? " (dry run)" : "");
	return 0;
}

static int label_all(struct labelling *labelling, const json_t *words,
		     struct err *err)
{
	size_t n = json_array_size(words);
	AUTO_FREE char **list = xcalloc(n + 1, sizeof(*list));
	AUTO_JSON json_t *names = NULL;

	for (size_t i = 0; i < n; i++)
		list[i] = (char *)(uintptr_t)json_string_value(
			json_array_get(words, i));
	names = cli_choose(labelling->cli, labelling->resource, list, n, err);
	return names ? cli_each(names, label_one, labelling, err) : -1;
}

static int run_with(struct cli *cli, const char *field, struct err *err)
{
	struct labelling labelling = {
		.cli = cli,
		.field = field,
		.dry = args_flag(&cli->args, "dry-run"),
	};
	AUTO_JSON json_t *words = NULL;
	AUTO_JSON json_t *changes = NULL;

	if (!cli->args.n_words)
		return cli_usage(cli, "expected a kind, names and changes");
	if (label_plan_words(cli->args.words + 1, cli->args.n_words - 1, &words,
			     &changes, err))
		return cli_usage(cli, "%s", err->message);
	labelling.resource = resource_by_word(cli->args.words[0], err);
	if (!labelling.resource)
		return -1;
	if (labelling.resource == &resource_run)
		labelling.resource = &resource_workflow;
	labelling.changes = changes;
	return label_all(&labelling, words, err);
}

static int run_label(struct cli *cli, struct err *err)
{
	return run_with(cli, "labels", err);
}

static int run_annotate(struct cli *cli, struct err *err)
{
	return run_with(cli, "annotations", err);
}

const struct command command_label = {
	.name = "label",
	.usage = "KIND NAME... KEY=VALUE|KEY-...",
	.help = "set labels of objects, or take them away",
	.more = "The first word after the kind means objects, and may have "
		"conditions:\n"
		"  tomte label hw rack=r12 owner=jo broken-\n"
		"sets one label on all machines of the rack, and takes "
		"another away. Labels are what machines are chosen by: see "
		"`tomte help machines`.\n",
	.options = options,
	.run = run_label,
};

const struct command command_annotate = {
	.name = "annotate",
	.usage = "KIND NAME... KEY=VALUE|KEY-...",
	.help = "set annotations of objects, or take them away",
	.more = "As `tomte label`, but nothing is chosen by annotations. "
		"docs/architecture.md has those that tomte reads, such as "
		"tomte.dev/bmc-pin.\n",
	.options = options,
	.run = run_annotate,
};
