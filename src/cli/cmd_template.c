/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/rack_wire.h"
#include "cli/render_text.h"
#include "cli/template_data_plan.h"
#include "cli/template_file_wire.h"
#include "cli/template_lint_plan.h"

#define MAX_FILE   (64 * 1024 * 1024)
#define MAX_REPORT (1024 * 1024)

static const struct option options[] = {
	{ "hardware", 0, "FILE", "the machine: objects, or a rack's file" },
	{ "machine", 0, "NAME", "which one, where FILE has more of them" },
	{ "workflow", 0, "FILE", "the Workflow, for its hardwareMap" },
	{ "references", 0, "FILE", "objects that spec.references names" },
	{ "reference-allow", 0, "JSON",
	  "what these may be, as for the server" },
	{ "reference-deny", 0, "JSON", "and what not; all may without both" },
	{ "set", 0, "KEY=VALUE", "one more of hardwareMap; may be repeated" },
	{ 0 },
};

static const char *const file_options[] = { "hardware", "workflow",
					    "references" };

/* What a template is rendered over, from the options. */
struct world {
	struct cli *cli;
	json_t *objects; /* of the files that options name */
	json_t *settings;
	struct reference_rules *rules; /* NULL: none were given */
};

static void world_release(struct world *world)
{
	json_decref(world->objects);
	json_decref(world->settings);
	reference_rules_free(world->rules);
}

/* Passwords of a rack are not needed here, and not asked for. */
static int no_secret(void *arg, const char *path, const char *variable,
		     struct buf *password, struct err *err)
{
	(void)arg;
	(void)path;
	(void)variable;
	(void)err;
	buf_adds(password, "-");
	return 0;
}

/* Objects as `tomte import` reads them: racks, tables, NetBox, too. */
static int add_file(struct world *world, const char *path, struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_FILE);
	CLEANUP(rack_release) struct rack rack;
	const char *first;

	rack_init(&rack, no_secret, NULL);
	if (file_read(path, &text, err))
		return -1;
	rack_read(&rack, path, text.base, text.len);
	rack_finish(&rack);
	first = json_string_value(json_array_get(rack.errors, 0));
	if (first)
		return err_set(err, ERR_INVALID, "%s", first);
	json_array_extend(world->objects, rack.objects);
	return 0;
}

/* One file may be named by several options. */
static bool is_first(const struct args *args, size_t i, const char *path)
{
	for (size_t before = 0; before < i; before++) {
		const char *other = args_value(args, file_options[before]);

		if (other && str_eq(other, path))
			return false;
	}
	return true;
}

static int add_setting(struct world *world, const char *word, struct err *err)
{
	const char *sign = strchr(word, '=');
	AUTO_FREE char *key = NULL;
	json_t *value;

	if (!sign || sign == word)
		return err_set(err, ERR_INVALID, "--set %s: expected KEY=VALUE",
			       word);
	key = xstrndup(word, (size_t)(sign - word));
	value = json_string(sign + 1);
	if (!value || json_object_set_new(world->settings, key, value))
		return err_set(err, ERR_INVALID, "--set %s: not valid UTF-8",
			       key);
	return 0;
}

static int read_rules(struct world *world, struct err *err)
{
	const char *allow = args_value(&world->cli->args, "reference-allow");
	const char *deny = args_value(&world->cli->args, "reference-deny");
	AUTO_JSON json_t *allowed = allow ? json_string(allow) : NULL;
	AUTO_JSON json_t *denied = deny ? json_string(deny) : NULL;

	if (!allow && !deny)
		return 0;
	world->rules = reference_rules_new(allowed, denied, err);
	return world->rules ? 0 : -1;
}

/* Words with a '=' belong to --set, where there is one; *n_files before. */
static int read_options(struct world *world, size_t *n_files, struct err *err)
{
	struct args *args = &world->cli->args;
	const char *word;

	world->objects = json_array();
	world->settings = json_object();
	for (size_t i = 0; (word = args_nth(args, "set", i)); i++)
		if (add_setting(world, word, err))
			return -1;
	*n_files = 1;
	for (size_t i = 1; i < args->n_words; i++)
		if (!args_flag(args, "set") || !strchr(args->words[i], '='))
			args->words[(*n_files)++] = args->words[i];
		else if (add_setting(world, args->words[i], err))
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(file_options); i++) {
		const char *path = args_value(args, file_options[i]);

		if (path && is_first(args, i, path) &&
		    add_file(world, path, err))
			return -1;
	}
	return 0;
}

static int read_templates(const char *path, struct template_file *file,
			  struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_FILE);

	if (file_read(path, &text, err))
		return -1;
	if (template_file_read(file, text.base, text.len, err))
		return err_wrap(err, "%s", path);
	return 0;
}

static int no_template(const char *path, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "%s: there is no Template in it",
		       path);
}

/* Those of the file, and of the options' that are not the same. */
static json_t *all_objects(const struct world *world,
			   const struct template_file *file)
{
	json_t *all = json_copy(file->objects);
	json_t *object;
	size_t i;

	json_array_foreach (world->objects, i, object) {
		size_t n = json_array_size(file->objects);
		size_t at = 0;

		while (at < n &&
		       !json_equal(object, json_array_get(file->objects, at)))
			at++;
		if (at == n)
			json_array_append(all, object);
	}
	return all;
}

static struct template_ask ask_of(const struct world *world,
				  const json_t *objects,
				  const struct template_lint *lint)
{
	return (struct template_ask){
		.objects = objects,
		.settings = world->settings,
		.template = lint->media ? NULL : lint->name,
		.workflow = lint->media ? lint->name : NULL,
		.machine = args_value(&world->cli->args, "machine"),
		.namespace = world->cli->namespace,
		.rules = world->rules,
	};
}

static int lint_over(const struct template_ask *ask, struct template_lint *lint,
		     struct err *err)
{
	struct template_data *data;

	lint->sample = !template_has_hardware(ask->objects);
	data = lint->sample ? template_data_sample(ask)
			    : template_data_new(ask, err);
	if (!data)
		return -1;
	template_lint_run(lint, data);
	template_data_free(data);
	return 0;
}

/* Over each machine of a rack, up to one over which it is wrong. */
static int lint_one(const struct world *world, const struct template_file *file,
		    struct template_lint *lint, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_REPORT);
	AUTO_JSON json_t *objects = all_objects(world, file);
	struct template_ask ask = ask_of(world, objects, lint);
	AUTO_JSON json_t *machines = template_machines(&ask);
	size_t n = json_array_size(machines);

	lint->out = &out;
	lint->colour = cli_colour();
	for (size_t i = 0; i < n && !lint->n_findings; i++) {
		if (n > 1)
			ask.machine =
				json_string_value(json_array_get(machines, i));
		buf_clear(&out);
		if (lint_over(&ask, lint, err))
			return -1;
	}
	if (n > 1 && lint->n_findings) {
		buf_adds(&out, "so it is over Hardware ");
		render_clean(&out, ask.machine);
		buf_addc(&out, '\n');
	} else if (n > 1) {
		buf_printf(&out, "so it is over each of %zu machines\n", n);
	}
	fputs(out.base, stdout);
	return lint->n_findings ? CLI_FAILED : CLI_OK;
}

static int lint_file(const struct world *world, const char *path,
		     struct err *err)
{
	CLEANUP(template_file_release) struct template_file file;
	size_t n_templates;
	size_t n_media;
	int worst = CLI_OK;

	template_file_init(&file);
	if (read_templates(path, &file, err))
		return -1;
	n_templates = json_array_size(file.templates);
	n_media = json_array_size(file.media);
	if (!n_templates && !n_media)
		return no_template(path, err);
	for (size_t i = 0; i < n_templates + n_media; i++) {
		bool media = i >= n_templates;
		struct template_lint lint;
		int status;

		template_lint_init(
			&lint, path,
			media ? json_array_get(file.media, i - n_templates)
			      : json_array_get(file.templates, i),
			NULL);
		lint.media = media;
		status = lint_one(world, &file, &lint, err);
		if (status < 0)
			return -1;
		worst = status > worst ? status : worst;
	}
	return worst;
}

/* All files, whatever is wrong with some of them. */
static int lint_all(const struct world *world, size_t n_files, struct err *err)
{
	char *const *words = world->cli->args.words;
	int worst = CLI_OK;

	for (size_t i = 1; i < n_files; i++) {
		int status = lint_file(world, words[i], err);

		if (status < 0) {
			fflush(stdout);
			fprintf(stderr, "tomte: %s\n", err->message);
			status = CLI_FAILED;
		}
		worst = status > worst ? status : worst;
	}
	return worst;
}

/* The text to stdout, what is wrong with it to stderr. */
static int render_one(const struct world *world,
		      const struct template_file *file, const char *path,
		      const json_t *template, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_REPORT);
	CLEANUP(buf_release) struct buf shown = BUF_INIT(MAX_REPORT);
	AUTO_JSON json_t *objects = all_objects(world, file);
	AUTO_FREE char *yaml = NULL;
	struct template_lint lint;
	struct template_ask ask;
	struct template_data *data;

	template_lint_init(&lint, path, template, &out);
	ask = ask_of(world, objects, &lint);
	data = template_data_new(&ask, err);
	if (!data)
		return -1;
	template_lint_text(&lint);
	if (!lint.n_findings)
		yaml = template_lint_render(&lint, data);
	if (yaml) {
		template_shown(data, yaml, &shown);
		template_lint_rendered(&lint, data, yaml);
	}
	template_data_free(data);
	fwrite(shown.base, 1, shown.len, stdout);
	fflush(stdout);
	fputs(out.base, stderr);
	return lint.n_findings ? CLI_FAILED : CLI_OK;
}

static int render_file(const struct world *world, const char *path,
		       struct err *err)
{
	CLEANUP(template_file_release) struct template_file file;
	int worst = CLI_OK;
	json_t *template;
	size_t i;

	template_file_init(&file);
	if (read_templates(path, &file, err))
		return -1;
	if (!json_array_size(file.templates))
		return no_template(path, err);
	json_array_foreach (file.templates, i, template) {
		int status;

		if (i)
			puts("---");
		status = render_one(world, &file, path, template, err);
		if (status < 0)
			return -1;
		worst = status > worst ? status : worst;
	}
	return worst;
}

static int run(struct cli *cli, struct err *err)
{
	CLEANUP(world_release) struct world world = { .cli = cli };
	const char *verb = cli->args.n_words ? cli->args.words[0] : "";
	size_t n_files;

	if (!str_eq(verb, "lint") && !str_eq(verb, "render"))
		return cli_usage(cli, "template: expected lint or render");
	if (read_options(&world, &n_files, err) || read_rules(&world, err))
		return -1;
	if (str_eq(verb, "lint") && n_files > 1)
		return lint_all(&world, n_files, err);
	if (str_eq(verb, "render") && n_files == 2)
		return render_file(&world, cli->args.words[1], err);
	return cli_usage(cli, "template %s: expected %s", verb,
			 str_eq(verb, "lint") ? "files" : "one file");
}

const struct command command_template = {
	.name = "template",
	.usage = "lint FILE... [OPTIONS] | render FILE [--hardware FILE] "
		 "[--workflow FILE] [--references FILE] [--set KEY=VALUE...]",
	.help = "what is wrong with a template, and what comes of it",
	.more = "Without a server. FILE has Template objects (with the "
		"Hardware "
		"and the\n"
		"Workflow beside them, if you like) or is a template itself; "
		"- is standard\n"
		"input.\n"
		"\n"
		"lint shows all mistakes of the template with line and column, "
		"then renders it\n"
		"and looks at what comes out: whether it is YAML and a "
		"workflow, keys that\n"
		"nobody reads, images that the worker does not have, "
		"variables that its\n"
		"actions need. Of a rack it takes each machine, without "
		"Hardware a sample one.\n"
		"Its exit code is 1 when something is wrong.\n"
		"\n"
		"render prints the YAML as a run would get it. In place of "
		"values of Secrets\n"
		"stands <secret NAME/KEY>; SERVER and TOKEN are what only the "
		"server knows.\n"
		"Without a Workflow, device_1 is the first MAC address, as "
		"with `tomte\n"
		"provision`.\n",
	.options = options,
	.run = run,
	.offline = true,
};
