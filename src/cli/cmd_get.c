/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/render_text.h"
#include "cli/resource.h"

#define MAX_TEXT (256 * 1024 * 1024)

static const struct option options[] = {
	{ "output", 'o', "table|wide|json|yaml|name", "how; a table without" },
	{ "selector", 'l', "LABELS", "as kubectl's: rack=a,!broken" },
	{ "all-namespaces", 'A', NULL, "of every namespace" },
	{ "watch", 'w', NULL, "go on with what changes" },
	{ 0 },
};

enum format { TABLE, WIDE, JSON, YAML, NAME, N_FORMATS };

static const char *const formats[N_FORMATS] = {
	[TABLE] = "table", [WIDE] = "wide", [JSON] = "json",
	[YAML] = "yaml",   [NAME] = "name",
};

struct get {
	struct cli *cli;
	const struct resource *resource;
	enum format format;
	json_t *names; /* NULL: all */
	struct render_widths widths;
	bool header; /* still to be written */
};

static bool parse_format(const char *text, enum format *format)
{
	*format = TABLE;
	for (int i = 0; text && i < N_FORMATS; i++) {
		if (str_eq(text, formats[i])) {
			*format = (enum format)i;
			return true;
		}
	}
	return !text;
}

static char *collection(const struct get *get, const char *more)
{
	const struct args *args = &get->cli->args;
	const char *labels = args_value(args, "selector");
	AUTO_FREE char *escaped = resource_escape(labels ? labels : "");
	AUTO_FREE char *query =
		xasprintf("%s%s%s%s", labels ? "labelSelector=" : "", escaped,
			  labels && *more ? "&" : "", more);

	return resource_path(get->resource, get->cli->namespace, NULL, query);
}

static bool wanted(const struct get *get, const char *name)
{
	size_t i;
	json_t *known;

	json_array_foreach (get->names, i, known)
		if (name && str_eq(json_string_value(known), name))
			return true;
	return !get->names;
}

static void print_name(const struct get *get, const json_t *object)
{
	AUTO_FREE char *label =
		cli_label(get->resource, json_str_at(object, "metadata.name"));

	puts(label);
}

static void print_yaml(const json_t *value)
{
	AUTO_FREE char *text = yaml_text(value);

	fputs(text, stdout);
}

/* The rows of a Table whose object is wanted. */
static void print_table(struct get *get, const json_t *table)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *part = json_copy((json_t *)(uintptr_t)table);
	AUTO_JSON json_t *shown = NULL;
	json_t *rows = json_array();
	size_t i;
	json_t *row;

	json_array_foreach (json_object_get(table, "rows"), i, row)
		if (wanted(get, json_str_at(row, "object.metadata.name")))
			json_array_append(rows, row);
	json_object_set_new(part, "rows", rows);
	if (!json_array_size(rows))
		return;
	shown = render_table_rows(part, get->header, get->format == WIDE);
	get->header = false;
	render_rows(&out, shown, &get->widths);
	fputs(out.base, stdout);
}

static void print_objects(struct get *get, json_t *list)
{
	json_t *items = json_object_get(list, "items");
	size_t i;
	json_t *item;

	for (i = json_array_size(items); i-- > 0;)
		if (!wanted(get, json_str_at(json_array_get(items, i),
					     "metadata.name")))
			json_array_remove(items, i);
	if (get->format == NAME) {
		json_array_foreach (items, i, item)
			print_name(get, item);
		return;
	}
	/* One that was named is shown by itself. */
	item = json_array_size(get->names) == 1 ? json_array_get(items, 0)
						: list;
	if (get->format == JSON)
		cli_print_json(item);
	else
		print_yaml(item);
}

static bool is_table(const struct get *get)
{
	return get->format == TABLE || get->format == WIDE;
}

static const char *name_at(const struct get *get, const json_t *list, size_t i)
{
	if (is_table(get))
		return json_str_at(
			json_array_get(json_object_get(list, "rows"), i),
			"object.metadata.name");
	return json_str_at(json_array_get(json_object_get(list, "items"), i),
			   "metadata.name");
}

/* Each name that was asked for has to be there. */
static int check_names(const struct get *get, const json_t *list,
		       struct err *err)
{
	size_t n = json_array_size(
		json_object_get(list, is_table(get) ? "rows" : "items"));

	size_t i;
	json_t *name;

	json_array_foreach (get->names, i, name) {
		const char *text = json_string_value(name);
		size_t j = 0;

		while (j < n && !str_eq(name_at(get, list, j) ?: "", text))
			j++;
		if (j == n)
			return err_set(err, ERR_NOT_FOUND,
				       "there is no %s \"%s\"",
				       get->resource->kind, text);
	}
	return 0;
}

static bool on_change(void *arg, const json_t *change)
{
	struct get *get = arg;
	const json_t *object = json_object_get(change, "object");

	if (is_table(get))
		print_table(get, object);
	else if (!wanted(get, json_str_at(object, "metadata.name")))
		return true;
	else if (get->format == NAME)
		print_name(get, object);
	else if (get->format == JSON)
		cli_print_json(object);
	else
		printf("---\n"), print_yaml(object);
	fflush(stdout);
	return true;
}

static char *path_with(void *arg, const char *query)
{
	return collection(arg, query);
}

static int go_on(struct get *get, const char *version, struct err *err)
{
	CLEANUP(follow_release)
	struct follow follow = {
		.cli = get->cli,
		.table = is_table(get),
		.events = get->resource == &resource_event,
		.seen = on_change,
		.path = path_with,
		.arg = get,
	};

	return follow_run(&follow, version, err);
}

static int show(struct get *get, struct err *err)
{
	struct cli *cli = get->cli;
	AUTO_FREE char *path = collection(get, "");
	AUTO_JSON json_t *list =
		is_table(get) ? client_get_table(cli->client, path, err)
			      : client_get(cli->client, path, err);

	if (!list || check_names(get, list, err))
		return -1;
	if (!is_table(get))
		print_objects(get, list);
	else if (json_array_size(json_object_get(list, "rows")))
		print_table(get, list);
	else if (!args_flag(&cli->args, "watch"))
		fprintf(stderr, "There are no %s.\n", get->resource->plural);
	if (args_flag(&cli->args, "watch"))
		return go_on(get, json_str_at(list, "metadata.resourceVersion"),
			     err);
	return CLI_OK;
}

static int run(struct cli *cli, struct err *err)
{
	const char *format = args_value(&cli->args, "output");
	struct get get = { .cli = cli,
			   .header = true,
			   .widths.colour = cli_colour() };
	AUTO_JSON json_t *names = NULL;

	if (!cli->args.n_words)
		return cli_usage(cli, "get: expected a kind, such as hardware");
	if (!parse_format(format, &get.format))
		return cli_usage(cli,
				 "-o %s: expected table, wide, json, yaml or "
				 "name",
				 format);
	if (args_flag(&cli->args, "all-namespaces"))
		cli->namespace = NULL;
	names = cli_objects(cli, &get.resource, err);
	if (!names)
		return -1;
	get.names = json_array_size(names) ? names : NULL;
	return show(&get, err);
}

const struct command command_get = {
	.name = "get",
	.usage = "KIND [NAME...] [-o FORMAT] [-l LABELS] [-A] [-w]",
	.help = "show objects",
	.more = "Kinds: hardware (hw), templates (tpl), workflows (wf), "
		"workflowrulesets (wrs), runs, machines, jobs (j), tasks (t), "
		"secrets, configmaps (cm), events (ev), namespaces (ns), "
		"tokens, auditrecords. Several objects are chosen by name, "
		"range (r1n[01-20]) or label (rack=r1,unit<20): see `tomte "
		"help machines`. What -o name prints is understood, too.\n",
	.options = options,
	.run = run,
};
