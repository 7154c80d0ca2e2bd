/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/complete_plan.h"
#include "cli/run_list.h"

#define HURRY_MS  1000 /* somebody waits with a finger on the key */
#define MAX_NAMES "10000"
#define RACK      "rack="

/* The scripts know nothing: they ask `tomte complete`, which reads the tables
 * that the commands have. ":files" stands for names of files. */
static const char bash_script[] =
	"# Completion of tomte for bash, made by `tomte completion bash`.\n"
	"_tomte()\n"
	"{\n"
	"	local line=${COMP_LINE:0:COMP_POINT} word cut=\n"
	"	local -a words\n"
	"\n"
	"	read -ra words <<<\"$line\"\n"
	"	[[ $line != *[[:space:]] ]] || words+=(\"\")\n"
	"	# What stands before the last of these is no part of a reply.\n"
	"	word=${words[-1]}\n"
	"	[[ $word != *[=:]* ]] || cut=${word%\"${word##*[=:]}\"}\n"
	"	COMPREPLY=()\n"
	"	while IFS=$'\\t' read -r word _; do\n"
	"		if [[ $word == :files ]]; then\n"
	"			compopt -o default\n"
	"		else\n"
	"			COMPREPLY+=(\"${word#\"$cut\"}\")\n"
	"		fi\n"
	"	done < <(\"${words[0]}\" complete -- \"${words[@]:1}\" "
	"2>/dev/null)\n"
	"}\n"
	"complete -F _tomte tomte\n";

static const char zsh_script[] =
	"#compdef tomte\n"
	"# Completion of tomte for zsh, made by `tomte completion zsh`.\n"
	"_tomte()\n"
	"{\n"
	"	local line word help files\n"
	"	local -a offers\n"
	"\n"
	"	for line in \"${(@f)$(${words[1]} complete -- "
	"\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"		[[ -n $line ]] || continue\n"
	"		word=${line%%$'\\t'*}\n"
	"		help=${line#*$'\\t'}\n"
	"		if [[ $word == :files ]]; then\n"
	"			files=1\n"
	"			continue\n"
	"		fi\n"
	"		word=${word//:/\\\\:}\n"
	"		offers+=(\"$word${help:+:$help}\")\n"
	"	done\n"
	"	(( ! $#offers )) || _describe -V 'tomte' offers\n"
	"	[[ -z $files ]] || _files\n"
	"}\n"
	"if [[ $funcstack[1] == _tomte ]]; then\n"
	"	_tomte \"$@\"\n"
	"else\n"
	"	compdef _tomte tomte\n"
	"fi\n";

static const char fish_script[] =
	"# Completion of tomte for fish, made by `tomte completion fish`.\n"
	"function __tomte_complete\n"
	"	set -l words (commandline -opc)\n"
	"	set -l last (commandline -ct)\n"
	"	for line in (command $words[1] complete -- $words[2..-1] $last "
	"2>/dev/null)\n"
	"		if string match -q ':files*' -- $line\n"
	"			__fish_complete_path $last\n"
	"		else\n"
	"			echo -- $line\n"
	"		end\n"
	"	end\n"
	"end\n"
	"complete -c tomte -f -a '(__tomte_complete)'\n";

static int run_completion(struct cli *cli, struct err *err)
{
	static const struct {
		const char *shell;
		const char *script;
	} scripts[] = {
		{ "bash", bash_script },
		{ "zsh", zsh_script },
		{ "fish", fish_script },
	};

	(void)err;
	for (size_t i = 0; cli->args.n_words == 1 && i < ARRAY_LEN(scripts);
	     i++) {
		if (!str_eq(cli->args.words[0], scripts[i].shell))
			continue;
		fputs(scripts[i].script, stdout);
		return CLI_OK;
	}
	return cli_usage(cli, "completion: expected bash, zsh or fish");
}

const struct command command_completion = {
	.name = "completion",
	.usage = "bash|zsh|fish",
	.help = "a script that completes commands in your shell",
	.more = "Commands, options, kinds, and names that the server knows. "
		"For this shell alone:\n"
		"  source <(tomte completion bash)\n"
		"  source <(tomte completion zsh)\n"
		"  tomte completion fish | source\n"
		"`cmake --install` puts the scripts where the shells look for "
		"them.\n",
	.run = run_completion,
	.offline = true,
};

/* Tables without objects: of ten thousand machines their names are wanted. */
static void add_names(const struct cli *cli, struct complete *complete,
		      const struct resource *resource)
{
	AUTO_FREE char *path =
		resource_path(resource, cli->namespace, NULL,
			      "includeObject=None&limit=" MAX_NAMES);
	struct err err;
	AUTO_JSON json_t *table = client_get_table(cli->client, path, &err);
	size_t i;
	json_t *row;

	json_array_foreach (json_object_get(table, "rows"), i, row) {
		const char *name = json_str_at(row, "cells[0]");

		if (name)
			complete_add(complete, name, resource->kind);
	}
}

/* Who types "rack=" wants racks. */
static void add_racks(const struct cli *cli, struct complete *complete)
{
	AUTO_FREE char *path = resource_path(&resource_hardware, cli->namespace,
					     NULL, "limit=" MAX_NAMES);
	struct err err;
	AUTO_JSON json_t *table = client_get_table(cli->client, path, &err);
	AUTO_JSON json_t *racks = json_object();
	size_t i;
	json_t *row;

	json_array_foreach (json_object_get(table, "rows"), i, row) {
		const json_t *labels = json_at(row, "object.metadata.labels");
		const char *rack = json_string_value(
			json_object_get(labels, "tomte.dev/rack"));
		AUTO_FREE char *word = xasprintf(RACK "%s", rack ? rack : "");

		if (!rack || json_object_get(racks, rack))
			continue;
		json_object_set_new(racks, rack, json_true());
		complete_add(complete, word, "machines of this rack");
	}
}

static bool wants_racks(const struct complete *complete, size_t i)
{
	return complete->kinds[i] == &resource_hardware &&
	       str_starts(complete->last + complete->prefix, RACK);
}

/* What people call a run: the name that all of its machines share. */
static void add_runs(const struct cli *cli, struct complete *complete)
{
	AUTO_FREE char *path = resource_path(&resource_run, cli->namespace,
					     NULL, "limit=" MAX_NAMES);
	struct err err;
	AUTO_JSON json_t *list = client_get(cli->client, path, &err);
	AUTO_JSON json_t *names = json_object();
	size_t i;
	json_t *run;

	json_array_foreach (json_object_get(list, "items"), i, run) {
		const json_t *labels = json_at(run, "metadata.labels");
		const char *name =
			json_string_value(json_object_get(labels, RUN_LABEL));

		if (!name)
			name = json_str_at(run, "metadata.name");
		if (name && !json_object_get(names, name))
			complete_add(complete, name, resource_run.kind);
		if (name)
			json_object_set_new(names, name, json_true());
	}
}

static void add_all(const struct cli *cli, struct complete *complete)
{
	for (size_t i = 0; i < complete->n_kinds; i++)
		if (wants_racks(complete, i))
			add_racks(cli, complete);
		else if (complete->runs && complete->kinds[i] == &resource_run)
			add_runs(cli, complete);
		else
			add_names(cli, complete, complete->kinds[i]);
}

/* With the server and the namespace that the line is for. */
static void ask_server(const struct cli *cli, struct complete *complete)
{
	size_t n = cli->args.n_words;
	AUTO_FREE char **words = xcalloc(n + 1, sizeof(*words));
	const struct option *const tables[2] = { NULL, cli->list->common };
	struct cli typed = { .list = cli->list };
	const struct option *both[2] = { tables[0], tables[1] };
	struct err err;

	/* The last one too: an option may wait for it. */
	for (size_t i = 1; i < n; i++)
		words[i - 1] = cli->args.words[i];
	for (size_t i = 0; i < cli->list->n; i++)
		if (str_eq(cli->list->commands[i]->name, cli->args.words[0]))
			both[0] = cli->list->commands[i]->options;
	if (args_parse(&typed.args, both, (int)n - 1, words, &err))
		return;
	if (cli_connect(&typed, &err))
		return;
	client_hurry(typed.client, HURRY_MS);
	add_all(&typed, complete);
	client_free(typed.client);
}

/* Says nothing of what goes wrong: that would stand in the line. */
static int run_complete(struct cli *cli, struct err *err)
{
	CLEANUP(complete_release) struct complete complete;

	(void)err;
	complete_init(&complete);
	complete_plan(&complete, cli->list, cli->args.words, cli->args.n_words);
	if (complete.n_kinds && cli->args.n_words > 1)
		ask_server(cli, &complete);
	fputs(complete.words.base, stdout);
	if (complete.files)
		puts(":files");
	return CLI_OK;
}

const struct command command_complete = {
	.name = "complete",
	.usage = "-- WORDS...",
	.help = "what the scripts of tomte completion ask",
	.run = run_complete,
	.offline = true,
	.hidden = true,
};
