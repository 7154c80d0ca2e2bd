/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_remote.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_bmc.h"
#include "cli/render_text.h"
#include "cli/resource.h"

#define MAX_PARALLEL 1024
#define MAX_TEXT     (16 * 1024 * 1024)

struct answers {
	const struct bmc_remote *remote;
	bool json;
	size_t n_failed;
};

int bmc_remote_parallel(const struct cli *cli, size_t *parallel,
			struct err *err)
{
	const char *text = args_value(&cli->args, "max-parallel");
	uint32_t number = BMC_REMOTE_PARALLEL;

	if (text && (!str_parse_u32(text, MAX_PARALLEL, &number) || !number))
		return err_set(err, ERR_INVALID,
			       "--max-parallel %s: expected 1 to %d", text,
			       MAX_PARALLEL);
	*parallel = number;
	return 0;
}

static const json_t *machine_at(const struct answers *answers, size_t i)
{
	return json_array_get(answers->remote->machines, i);
}

static void show_json(const char *machine, const json_t *reply,
		      const struct err *error)
{
	AUTO_JSON json_t *line = json_object();

	json_object_set_new(line, "machine", json_string(machine));
	if (error)
		json_object_set_new(line, "error", json_string(error->message));
	else
		json_object_update(line, (json_t *)(uintptr_t)reply);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
}

static void show_text(const char *machine, const json_t *reply,
		      const struct err *error)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);

	render_clean(&out, machine);
	if (error) {
		buf_adds(&out, ": ");
		render_clean(&out, error->message);
		buf_adds(&out, "\n");
	} else if (!json_object_size(reply)) {
		buf_adds(&out, ": done\n");
	} else {
		buf_adds(&out, ":\n");
		render_bmc(&out, reply);
	}
	fputs(out.base, stdout);
}

static void on_reply(void *arg, size_t i, const json_t *reply,
		     const struct err *error)
{
	struct answers *answers = arg;
	const char *machine =
		json_str_at(machine_at(answers, i), "metadata.name");

	answers->n_failed += error != NULL;
	if (answers->json)
		show_json(machine, reply, error);
	else
		show_text(machine, reply, error);
	fflush(stdout); /* as it comes */
}

/* machines/NAME/ASK */
static char *path_of(const struct bmc_remote *remote, const json_t *machine)
{
	AUTO_FREE char *object =
		resource_path(&resource_machine, remote->cli->namespace,
			      json_str_at(machine, "spec.bmcRef.name"), NULL);

	return xasprintf("%s/%s", object, remote->ask);
}

static int check_machines(const struct bmc_remote *remote, struct err *err)
{
	size_t i;
	json_t *machine;

	json_array_foreach ((json_t *)(uintptr_t)remote->machines, i, machine)
		if (!json_str_at(machine, "spec.bmcRef.name"))
			return err_set(err, ERR_INVALID, "%s has no BMC",
				       json_str_at(machine, "metadata.name"));
	return 0;
}

int bmc_remote_ask(const struct bmc_remote *remote, bool json, struct err *err)
{
	struct answers answers = { .remote = remote, .json = json };
	size_t n = json_array_size(remote->machines);
	struct client_ask *asks;
	char **paths;

	if (check_machines(remote, err))
		return -1;
	asks = xcalloc(n ? n : 1, sizeof(*asks));
	paths = xcalloc(n ? n : 1, sizeof(*paths));
	for (size_t i = 0; i < n; i++) {
		paths[i] = path_of(remote, machine_at(&answers, i));
		asks[i] = (struct client_ask){
			.method = remote->writes ? "POST" : "GET",
			.path = paths[i],
			.body = remote->writes ? remote->arguments : NULL,
		};
	}
	client_each(remote->cli->client, asks, n, remote->parallel, on_reply,
		    &answers);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(asks);
	return answers.n_failed ? CLI_FAILED : CLI_OK;
}
