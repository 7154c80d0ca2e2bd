/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/resource.h"
#include "cli/run_list.h"
#include "cli/watch.h"

#define MAX_RUN_NAME 63 /* it is a label's value */

static const struct option options[] = {
	{ "template", 't', "TEMPLATE", "what to run" },
	{ "name", 0, "RUN", "what the run is called" },
	{ "watch", 'w', NULL, "follow it until it is over" },
	{ "no-phone-home", 0, NULL,
	  "done when the workflow is, not when the OS is up" },
	{ "dry-run", 0, NULL, "say what would be done, and do nothing" },
	{ "json", 0, NULL, "with --watch: objects, for programs" },
	{ 0 },
};

struct provision {
	struct cli *cli;
	const char *template;
	const char *run;
	json_t *machines;
};

static bool has_bmc(const json_t *machine)
{
	return json_str_at(machine, "spec.bmcRef.name") != NULL;
}

static json_t *workflow_of(const struct provision *provision,
			   const json_t *machine)
{
	const char *name = json_str_at(machine, "metadata.name");
	const char *mac = json_str_at(machine, "spec.interfaces[0].dhcp.mac");
	AUTO_FREE char *full = xasprintf("%s-%s", provision->run, name);
	json_t *workflow = json_pack(
		"{s:s,s:s,s:{s:s,s:{s:s}},s:{s:s,s:s,s:{s:s},s:{s:b}}}",
		"apiVersion", "tinkerbell.org/v1alpha1", "kind", "Workflow",
		"metadata", "name", full, "labels", RUN_LABEL, provision->run,
		"spec", "templateRef", provision->template, "hardwareRef", name,
		"hardwareMap", "device_1", mac ? mac : "", "bootOptions",
		"toggleAllowNetboot", 1);

	/* Without a BMC somebody has to start the machine. */
	if (has_bmc(machine))
		json_put(workflow, "spec.bootOptions.bootMode",
			 json_string("netboot"));
	if (!args_flag(&provision->cli->args, "no-phone-home")) {
		json_t *annotations = json_object();

		json_object_set_new(annotations, "tomte.dev/await",
				    json_string("phone-home"));
		json_put(workflow, "metadata.annotations", annotations);
	}
	return workflow;
}

/* One Workflow for each machine, once as a dry run and once for good. */
static int create_all(const struct provision *provision, bool dry,
		      struct err *err)
{
	struct cli *cli = provision->cli;
	AUTO_FREE char *path = resource_path(&resource_workflow, cli->namespace,
					     NULL, dry ? "dryRun=All" : NULL);
	size_t i;
	json_t *machine;

	json_array_foreach (provision->machines, i, machine) {
		AUTO_JSON json_t *workflow = workflow_of(provision, machine);
		AUTO_JSON json_t *reply =
			client_send(cli->client, "POST", path, workflow, err);

		if (reply)
			continue;
		if (err->code == ERR_EXISTS)
			return err_set(err, ERR_EXISTS,
				       "there is a run \"%s\" already: choose "
				       "another --name",
				       provision->run);
		return err_wrap(err, "%s",
				json_str_at(machine, "metadata.name"));
	}
	return 0;
}

static int check_template(const struct provision *provision, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(&resource_template, provision->cli->namespace,
			      provision->template, NULL);
	AUTO_JSON json_t *found = client_get(provision->cli->client, path, err);

	if (!found && err->code == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no Template \"%s\"; `tomte get "
			       "templates` lists them",
			       provision->template);
	return found ? 0 : -1;
}

static void announce(const struct provision *provision, bool dry)
{
	size_t n = json_array_size(provision->machines);
	size_t i;
	json_t *machine;

	printf("run %s: template %s on %zu machine%s%s\n", provision->run,
	       provision->template, n, n == 1 ? "" : "s",
	       dry ? " (dry run)" : "");
	json_array_foreach (provision->machines, i, machine)
		if (!has_bmc(machine))
			printf("%s has no BMC: it begins when somebody starts "
			       "it from the network\n",
			       json_str_at(machine, "metadata.name"));
	fflush(stdout);
}

static int provision_all(struct provision *provision, struct err *err)
{
	struct cli *cli = provision->cli;
	bool dry = args_flag(&cli->args, "dry-run");

	provision->machines =
		cli_select(cli, cli->args.words, cli->args.n_words, err);
	if (!provision->machines || check_template(provision, err) ||
	    create_all(provision, true, err))
		return -1;
	if (!dry && create_all(provision, false, err))
		return -1;
	announce(provision, dry);
	if (!dry && args_flag(&cli->args, "watch"))
		return watch_runs(cli, provision->run, err);
	return CLI_OK;
}

/* "debian-1126-1604": unique enough, and says when. */
static void make_name(const char *template, char out[MAX_RUN_NAME + 1])
{
	time_t now = time(NULL);
	struct tm local;
	char when[16];

	localtime_r(&now, &local);
	strftime(when, sizeof(when), "%m%d-%H%M%S", &local);
	snprintf(out, MAX_RUN_NAME + 1, "%.47s-%s", template, when);
}

static int run(struct cli *cli, struct err *err)
{
	struct provision provision = {
		.cli = cli,
		.template = args_value(&cli->args, "template"),
		.run = args_value(&cli->args, "name"),
	};
	char name[MAX_RUN_NAME + 1];
	int status;

	if (!cli->args.n_words)
		return cli_usage(cli, "provision: expected machines, such as "
				      "rack=demo");
	if (!provision.template)
		return cli_usage(cli, "provision: expected --template NAME");
	if (!provision.run) {
		make_name(provision.template, name);
		provision.run = name;
	}
	if (!str_is_dns_name(provision.run, MAX_RUN_NAME))
		return cli_usage(cli,
				 "--name %s: expected at most %d lower-case "
				 "letters, digits, '-' and '.'",
				 provision.run, MAX_RUN_NAME);
	status = provision_all(&provision, err);
	json_decref(provision.machines);
	return status;
}

const struct command command_provision = {
	.name = "provision",
	.usage = "MACHINE... --template TEMPLATE [--name RUN] [--watch]",
	.help = "install machines, unattended",
	.more = "Machines by name, range (r1n[01-20]), label "
		"(rack=r1,unit<20), or all.\n"
		"Each is set to boot from the network, switched off and on, "
		"runs the\n"
		"Template in memory, boots what was installed, and is done "
		"when that\n"
		"OS phones home. Ctrl-C while watching stops nothing.\n"
		"  tomte provision 'r12n[01-20]' -t debian --watch\n",
	.options = options,
	.run = run,
};
