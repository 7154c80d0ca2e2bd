/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inventory_read.h"

#include "cli/resource.h"

json_t *inventory_read(const struct cli *cli, const struct resource *resource,
		       struct err *err)
{
	AUTO_FREE char *path =
		resource_path(resource, cli->namespace, NULL, NULL);
	AUTO_JSON json_t *list = client_get(cli->client, path, err);

	if (!list)
		return NULL;
	if (!json_is_array(json_object_get(list, "items"))) {
		err_set(err, ERR_PROTOCOL, "%s: the answer is no list", path);
		return NULL;
	}
	return json_incref(json_object_get(list, "items"));
}

json_t *inventory_chosen(const struct cli *cli, struct err *err)
{
	if (cli->args.n_words)
		return cli_select(cli, cli->args.words, cli->args.n_words, err);
	return inventory_read(cli, &resource_hardware, err);
}
