/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_list.h"

#include <string.h>

#include "base/str.h"
#include "cli/render_run.h"
#include "cli/resource.h"
#include "cli/select_plan.h"

static json_t *items_of(struct cli *cli, const char *query, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(&resource_run, cli->namespace, NULL, query);
	AUTO_JSON json_t *list = client_get(cli->client, path, err);

	return json_incref(json_object_get(list, "items"));
}

json_t *run_list_all(struct cli *cli, struct err *err)
{
	return items_of(cli, NULL, err);
}

json_t *run_list_one(struct cli *cli, const char *name, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(&resource_run, cli->namespace, name, NULL);

	return client_get(cli->client, path, err);
}

/* Of each machine the newest, where it had one. */
static json_t *of_machines(struct cli *cli, const char *word, struct err *err)
{
	char *words[] = { (char *)(uintptr_t)word };
	AUTO_JSON json_t *machines = cli_select(cli, words, 1, err);
	AUTO_JSON json_t *all = machines ? run_list_all(cli, err) : NULL;
	json_t *list;
	size_t i;
	json_t *machine;

	if (!all)
		return NULL;
	list = json_array();
	json_array_foreach (machines, i, machine) {
		const char *name = json_str_at(machine, "metadata.name");
		json_t *run = run_list_newest_of(all, name);

		if (run)
			json_array_append(list, run);
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	err_set(err, ERR_NOT_FOUND, "%s: none has had a run yet", word);
	return NULL;
}

/* The one Run that is called so, or else the newest of that machine. */
static json_t *find_one(struct cli *cli, const char *name, struct err *err)
{
	json_t *run = run_list_one(cli, name, err);
	struct err ignored;

	if (run || err->code != ERR_NOT_FOUND)
		return run;
	run = run_list_newest(cli, name, &ignored);
	if (!run)
		err_set(err, ERR_NOT_FOUND,
			"there is no run \"%s\"; `tomte get runs` lists them",
			name);
	return run;
}

json_t *run_list_named(struct cli *cli, const char *name, struct err *err)
{
	AUTO_FREE char *selector = xasprintf(RUN_LABEL "=%s", name);
	AUTO_FREE char *escaped = resource_escape(selector);
	AUTO_FREE char *query = xasprintf("labelSelector=%s", escaped);
	json_t *list;
	json_t *one;

	if (select_is_pattern(name))
		return of_machines(cli, name, err);
	list = items_of(cli, query, err);
	if (!list || json_array_size(list))
		return list;
	one = find_one(cli, name, err);
	if (one) {
		json_array_append_new(list, one);
		return list;
	}
	json_decref(list);
	return NULL;
}

json_t *run_list_newest_of(const json_t *runs, const char *machine)
{
	json_t *newest = NULL;
	size_t i;
	json_t *run;

	json_array_foreach ((json_t *)(uintptr_t)runs, i, run) {
		const char *at = json_str_at(run, "metadata.creationTimestamp");
		const char *best =
			json_str_at(newest, "metadata.creationTimestamp");

		if (!str_eq(render_run_machine(run), machine))
			continue;
		if (!newest || (at && best && strcmp(at, best) >= 0))
			newest = run;
	}
	return newest;
}

json_t *run_list_newest(struct cli *cli, const char *machine, struct err *err)
{
	AUTO_JSON json_t *list = run_list_all(cli, err);
	const json_t *newest;

	if (!list)
		return NULL;
	newest = run_list_newest_of(list, machine);
	if (!newest) {
		err_set(err, ERR_NOT_FOUND, "%s has had no run yet", machine);
		return NULL;
	}
	return run_list_one(cli, json_str_at(newest, "metadata.name"), err);
}
