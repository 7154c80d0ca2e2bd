/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "cli/bmc_remote.h"
#include "cli/command.h"
#include "cli/render_text.h"
#include "cli/resource.h"

#define BATCH_LABEL "tomte.dev/batch"
#define DEADLINE_S  600 /* a BMC's own deadlines are shorter */
#define MAX_TEXT    (1024 * 1024)

static const struct option options[] = {
	BMC_REMOTE_OPTION,
	{ "json", 0, NULL, "for programs" },
	{ 0 },
};

static const char *const actions[] = { "status", "on",    "off",
				       "soft",   "cycle", "reset" };

struct power {
	struct cli *cli;
	const char *action;
	json_t *machines; /* with a BMC */
	json_t *jobs;     /* BMC's name -> its Job when it is over */
	size_t parallel;
	size_t n_started;
	struct client *starter; /* while the other one watches */
	struct err err;         /* of a start that failed */
	json_t *results;        /* machine's name -> what is told of it */
	struct render_widths widths;
	size_t n_failed;
	char batch[17];
};

static bool is_action(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (str_eq(word, actions[i]))
			return true;
	return false;
}

static int start_job(const struct power *power, struct client *client,
		     const json_t *machine, struct err *err)
{
	const char *bmc = json_str_at(machine, "spec.bmcRef.name");
	AUTO_FREE char *name = xasprintf("power-%s-%s", power->batch,
					 json_str_at(machine, "metadata.name"));
	AUTO_FREE char *path =
		resource_path(&resource_job, power->cli->namespace, NULL, NULL);
	AUTO_JSON json_t *job = json_pack(
		"{s:s,s:s,s:{s:s,s:{s:s}},s:{s:{s:s,s:s},s:[{s:s}]}}",
		"apiVersion", "bmc.tinkerbell.org/v1alpha1", "kind", "Job",
		"metadata", "name", name, "labels", BATCH_LABEL, power->batch,
		"spec", "machineRef", "name", bmc, "namespace",
		power->cli->namespace, "tasks", "powerAction", power->action);
	AUTO_JSON json_t *reply = NULL;

	reply = client_send(client, "POST", path, job, err);
	return reply ? 0 : -1;
}

/* So many as may be under way; -1: not all of them. */
static int start_jobs(struct power *power, struct client *client,
		      struct err *err)
{
	size_t n = json_array_size(power->machines);
	size_t most = json_object_size(power->jobs) + power->parallel;

	while (power->n_started < n && power->n_started < most) {
		if (start_job(power, client,
			      json_array_get(power->machines, power->n_started),
			      err))
			return -1;
		power->n_started++;
	}
	return 0;
}

/* What came of it, for a person: NULL when it went well. */
static const char *failure_of(const struct power *power, const char *bmc)
{
	const json_t *job = json_object_get(power->jobs, bmc);
	size_t i;
	json_t *condition;

	if (!job)
		return "no end of it within 10 minutes";
	json_array_foreach (json_at(job, "status.conditions"), i, condition)
		if (str_eq(json_str_at(condition, "type"), "Failed"))
			return json_str_at(condition, "message");
	return NULL;
}

static json_t *result_of(const struct power *power, const json_t *machine)
{
	const char *bmc = json_str_at(machine, "spec.bmcRef.name");
	AUTO_FREE char *path = resource_path(&resource_machine,
					     power->cli->namespace, bmc, NULL);
	struct err err;
	AUTO_JSON json_t *object = client_get(power->starter, path, &err);
	const char *state = json_str_at(object, "status.powerState");
	const char *failure = failure_of(power, bmc);

	return json_pack("{s:s,s:s,s:s*}", "machine",
			 json_str_at(machine, "metadata.name"), "power",
			 state && !failure ? state : "unknown", "error",
			 failure);
}

static void show_row(struct power *power, json_t *row)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *rows = json_array();

	json_array_append_new(rows, row);
	render_rows(&out, rows, &power->widths);
	fputs(out.base, stdout);
	fflush(stdout); /* as it comes */
}

/* So that all rows have room, whichever comes first. */
static void begin_table(struct power *power)
{
	size_t i;
	json_t *machine;

	json_array_foreach (power->machines, i, machine) {
		size_t width =
			render_width(json_str_at(machine, "metadata.name"));

		if (width > power->widths.width[0])
			power->widths.width[0] = width;
	}
	power->widths.width[1] = strlen("unknown");
	show_row(power, json_pack("[s,s,s]", "MACHINE", "POWER", ""));
}

/* It is over for this machine, or will not be in time. */
static void tell(struct power *power, const json_t *machine)
{
	json_t *result = result_of(power, machine);
	const char *error = json_str_at(result, "error");

	power->n_failed += error != NULL;
	if (!args_flag(&power->cli->args, "json"))
		show_row(power,
			 json_pack("[s,s,s]", json_str_at(result, "machine"),
				   json_str_at(result, "power"),
				   error ? error : ""));
	json_object_set_new(power->results,
			    json_str_at(machine, "metadata.name"), result);
}

/* The first time that its Job is seen to be over. */
static void on_over(struct power *power, const char *bmc, json_t *job)
{
	size_t i;
	json_t *machine;

	if (json_object_get(power->jobs, bmc))
		return;
	json_object_set(power->jobs, bmc, job);
	json_array_foreach (power->machines, i, machine)
		if (str_eq(json_str_at(machine, "spec.bmcRef.name"), bmc))
			tell(power, machine);
}

/* Notes a Job that is over; false when all are. */
static bool on_event(void *arg, const json_t *event)
{
	struct power *power = arg;
	json_t *job = json_object_get(event, "object");
	const char *bmc = json_str_at(job, "spec.machineRef.name");

	if (bmc && json_str_at(job, "status.completionTime"))
		on_over(power, bmc, job);
	if (start_jobs(power, power->starter, &power->err))
		return false;
	return json_object_size(power->jobs) < json_array_size(power->machines);
}

static int watch_jobs(struct power *power, struct err *err)
{
	AUTO_FREE char *query =
		xasprintf("labelSelector=" BATCH_LABEL "%%3D%s&watch=true"
			  "&resourceVersion=0&timeoutSeconds=%d",
			  power->batch, DEADLINE_S);
	AUTO_FREE char *path = resource_path(
		&resource_job, power->cli->namespace, NULL, query);

	return client_watch(power->cli->client, path, false, on_event, power,
			    err);
}

/* Until all are over, or nothing ended for as long as a watch lasts. */
static int await_jobs(struct power *power, struct err *err)
{
	size_t before;

	do {
		before = json_object_size(power->jobs);
		if (watch_jobs(power, err))
			return -1;
		if (power->err.code) {
			*err = power->err;
			return -1;
		}
	} while (json_object_size(power->jobs) > before &&
		 json_object_size(power->jobs) <
			 json_array_size(power->machines));
	return 0;
}

static void delete_jobs(const struct power *power)
{
	AUTO_FREE char *query =
		xasprintf("labelSelector=" BATCH_LABEL "%%3D%s", power->batch);
	AUTO_FREE char *path = resource_path(
		&resource_job, power->cli->namespace, NULL, query);
	struct err err;

	json_decref(
		client_send(power->cli->client, "DELETE", path, NULL, &err));
}

/* What is still to be told. */
static int show(struct power *power)
{
	AUTO_JSON json_t *results = json_array();
	size_t i;
	json_t *machine;

	json_array_foreach (power->machines, i, machine) {
		const char *name = json_str_at(machine, "metadata.name");

		if (!json_object_get(power->results, name))
			tell(power, machine);
		json_array_append(results,
				  json_object_get(power->results, name));
	}
	if (args_flag(&power->cli->args, "json"))
		cli_print_json(results);
	return power->n_failed ? CLI_FAILED : CLI_OK;
}

static int run_all(struct power *power, struct err *err)
{
	size_t i;
	json_t *machine;
	int status;

	json_array_foreach (power->machines, i, machine)
		if (!json_str_at(machine, "spec.bmcRef.name"))
			return err_set(err, ERR_INVALID, "%s has no BMC",
				       json_str_at(machine, "metadata.name"));
	power->starter = cli_client(power->cli, err);
	if (!power->starter)
		return -1;
	if (!args_flag(&power->cli->args, "json"))
		begin_table(power);
	status = start_jobs(power, power->cli->client, err) ||
				 await_jobs(power, err)
			 ? -1
			 : show(power);
	client_free(power->starter);
	delete_jobs(power);
	return status;
}

static int run(struct cli *cli, struct err *err)
{
	struct power power = { .cli = cli };
	struct rng rng = rng_system();
	uint64_t random = rng_u64(&rng);
	int status;

	if (cli->args.n_words < 2)
		return cli_usage(cli, "power: expected an action and machines");
	power.action = cli->args.words[0];
	if (!is_action(power.action))
		return cli_usage(cli,
				 "power %s: expected status, on, off, soft, "
				 "cycle or reset",
				 power.action);
	if (bmc_remote_parallel(cli, &power.parallel, err))
		return cli_usage(cli, "%s", err->message);
	str_hex(power.batch, &random, sizeof(random));
	power.machines = cli_select(cli, cli->args.words + 1,
				    cli->args.n_words - 1, err);
	if (!power.machines)
		return -1;
	power.jobs = json_object();
	power.results = json_object();
	status = run_all(&power, err);
	json_decref(power.jobs);
	json_decref(power.results);
	json_decref(power.machines);
	return status;
}

const struct command command_power = {
	.name = "power",
	.usage = "status|on|off|soft|cycle|reset MACHINE... [--max-parallel N] "
		 "[--json]",
	.help = "ask or change the power, by BMC",
	.more = "Each change is read back. soft asks the operating system to "
		"shut\n"
		"down; cycle is off, then on; reset does not wait for "
		"anything.\n",
	.options = options,
	.run = run,
};
