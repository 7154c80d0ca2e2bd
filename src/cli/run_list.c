/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_list.h"

#include <string.h>

#include "base/str.h"
#include "cli/render_run.h"
#include "cli/resource.h"

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

json_t *run_list_named(struct cli *cli, const char *name, struct err *err)
{
	AUTO_FREE char *selector = xasprintf(RUN_LABEL "=%s", name);
	AUTO_FREE char *escaped = resource_escape(selector);
	AUTO_FREE char *query = xasprintf("labelSelector=%s", escaped);
	json_t *list = items_of(cli, query, err);
	json_t *one;

	if (!list || json_array_size(list))
		return list;
	one = run_list_one(cli, name, err);
	if (one) {
		json_array_append_new(list, one);
		return list;
	}
	json_decref(list);
	if (err->code == ERR_NOT_FOUND)
		err_set(err, ERR_NOT_FOUND,
			"there is no run \"%s\"; `tomte get runs` lists them",
			name);
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
