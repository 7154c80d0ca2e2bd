/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/render_run.h"
#include "cli/resource.h"
#include "cli/run_list.h"
#include "cli/verb_plan.h"

static const struct option options[] = {
	{ "from", 0, "ACTION", "of rerun: begin anew with this one" },
	{ "reason", 0, "TEXT", "of cancel: what is told as the cause" },
	{ 0 },
};

/* Whether the verb means this one, when it means all of a name. */
static bool is_meant(const char *verb, const json_t *run, size_t n)
{
	bool over = render_run_over(run);

	if (n == 1)
		return true;
	if (str_eq(verb, "rerun"))
		return over && !render_run_good(run);
	return !over;
}

static int ask_one(struct cli *cli, const char *verb, const json_t *patch,
		   const json_t *run, struct err *err)
{
	const char *workflow = json_str_at(run, "spec.workflow");
	AUTO_FREE char *path = resource_path(&resource_workflow, cli->namespace,
					     workflow, NULL);
	AUTO_JSON json_t *reply = NULL;

	if (str_eq(verb, "rerun") && !render_run_over(run))
		return err_set(err, ERR_CONFLICT,
			       "run %s has not ended yet: cancel it first",
			       json_str_at(run, "metadata.name"));
	reply = client_send(cli->client, "PATCH", path, patch, err);
	if (!reply)
		return err_wrap(err, "run %s",
				json_str_at(run, "metadata.name"));
	printf("run %s %s\n", json_str_at(run, "metadata.name"),
	       verb_done(verb));
	return 0;
}

static int ask_named(struct cli *cli, const char *verb, const json_t *patch,
		     const char *name, struct err *err)
{
	AUTO_JSON json_t *runs = run_list_named(cli, name, err);
	size_t n = json_array_size(runs);
	size_t n_meant = 0;
	size_t i;
	json_t *run;

	if (!runs)
		return -1;
	json_array_foreach (runs, i, run) {
		if (!is_meant(verb, run, n))
			continue;
		n_meant++;
		if (ask_one(cli, verb, patch, run, err))
			return -1;
	}
	if (!n_meant)
		printf("%s: no machine for %s\n", name, verb);
	return 0;
}

static int run(struct cli *cli, struct err *err)
{
	const char *verb = cli->args.n_words ? cli->args.words[0] : "";
	const char *from = args_value(&cli->args, "from");
	const char *reason = args_value(&cli->args, "reason");
	AUTO_JSON json_t *patch = NULL;

	if ((from && !str_eq(verb, "rerun")) ||
	    (reason && !str_eq(verb, "cancel")))
		return cli_usage(cli, "run: --from is of rerun, --reason of "
				      "cancel");
	patch = verb_patch(verb, from ? from : reason);
	if (!patch || cli->args.n_words < 2)
		return cli_usage(cli, "run: expected cancel, pause, resume or "
				      "rerun, and runs");
	for (size_t i = 1; i < cli->args.n_words; i++)
		if (ask_named(cli, verb, patch, cli->args.words[i], err))
			return -1;
	return CLI_OK;
}

const struct command command_run = {
	.name = "run",
	.usage = "cancel|pause|resume|rerun RUN... [--from ACTION]",
	.help = "stop runs, hold them up, begin them anew",
	.more = "A run is named by its Workflow, or by the name that "
		"`provision` gave to\n"
		"many: then cancel, pause and resume mean those that are not "
		"done, and\n"
		"rerun those that failed. What is cancelled is closed first. "
		"What is paused\n"
		"begins nothing new, and its deadlines stand still.\n",
	.options = options,
	.run = run,
};
