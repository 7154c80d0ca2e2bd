/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/render_help.h"
#include "cli/resource.h"
#include "cli/select_plan.h"
#include "cli/suggest.h"

#define DEFAULT_SOCKET "/var/lib/tomte/tomte.sock"
#define MAX_PAGE       (256 * 1024)

static const struct option common_options[] = {
	{ "namespace", 'n', "NAMESPACE", "\"default\" without" },
	{ "socket", 0, "PATH",
	  "the daemon's socket; $TOMTE_SOCKET or " DEFAULT_SOCKET " without" },
	{ "server", 0, "URL", "https://HOST:PORT in place of the socket" },
	{ "token-file", 0, "FILE", "what to log in there with" },
	{ "ca", 0, "FILE", "the CA that signed its certificate" },
	{ "help", 'h', NULL, "this page" },
	{ 0 },
};

static int run_help(struct cli *cli, struct err *err);
static int run_version(struct cli *cli, struct err *err);

static const struct command command_help = {
	.name = "help",
	.usage = "[COMMAND|TOPIC]",
	.help = "what there is, or how a command is used",
	.run = run_help,
	.offline = true,
};

static const struct command command_version = {
	.name = "version",
	.usage = "",
	.help = "the version of this program",
	.run = run_version,
	.offline = true,
};

/* The daemon's main sees to this one; here it stands for the help, which has
 * what main says of it. */
static const struct command command_serve = {
	.name = "serve",
	.usage = "[--config FILE] [OPTIONS]",
	.help = "the server itself",
	.offline = true,
	.apart = true,
};

static const struct command *const commands[] = {
	&command_serve,    &command_import,     &command_provision,
	&command_watch,    &command_why,        &command_report,
	&command_run,      &command_power,      &command_bmc,
	&command_console,  &command_events,     &command_get,
	&command_describe, &command_apply,      &command_delete,
	&command_edit,     &command_label,      &command_annotate,
	&command_token,    &command_kubeconfig, &command_audit,
	&command_template, &command_export,     &command_inventory,
	&command_backup,   &command_completion, &command_complete,
	&command_man,      &command_version,    &command_help,
};

static void print_command(const struct cli *cli, const struct command *command)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_PAGE);

	render_help_command(&out, cli->list, command);
	fputs(out.base, stdout);
}

static void print_list(const struct command_list *list, FILE *file)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_PAGE);

	render_help_list(&out, list);
	fputs(out.base, file);
}

static bool print_topic(const char *name)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_PAGE);

	for (size_t i = 0; i < n_help_topics; i++) {
		if (!str_eq(help_topics[i].name, name))
			continue;
		render_help_topic(&out, &help_topics[i]);
		fputs(out.base, stdout);
		return true;
	}
	return false;
}

static const struct command *find_command(const struct command_list *list,
					  const char *name)
{
	const char *names[ARRAY_LEN(commands)];
	const char *guess;

	for (size_t i = 0; i < list->n; i++) {
		const struct command *command = list->commands[i];

		names[i] = command->hidden ? NULL : command->name;
		if (str_eq(name, command->name))
			return command;
	}
	guess = suggest(name, names, list->n);
	fprintf(stderr, "tomte: no command %s%s%s%s\n`tomte help` lists them\n",
		name, SUGGEST_ARGS(guess));
	return NULL;
}

static int run_help(struct cli *cli, struct err *err)
{
	const struct command *command;

	(void)err;
	if (!cli->args.n_words) {
		print_list(cli->list, stdout);
		return CLI_OK;
	}
	if (print_topic(cli->args.words[0]))
		return CLI_OK;
	command = find_command(cli->list, cli->args.words[0]);
	if (!command)
		return CLI_USAGE;
	print_command(cli, command);
	return CLI_OK;
}

static int run_version(struct cli *cli, struct err *err)
{
	(void)cli;
	(void)err;
	printf("tomte %s\n", TOMTE_VERSION);
	return CLI_OK;
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
	CLEANUP(buf_release) struct buf usage = BUF_INIT(MAX_PAGE);
	va_list args;

	fputs("tomte: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	render_help_usage(&usage, cli->command);
	fprintf(stderr, "\n%s`tomte help %s` says more\n", usage.base,
		cli->command->name);
	return CLI_USAGE;
}

json_t *cli_select(const struct cli *cli, char *const *words, size_t n_words,
		   struct err *err)
{
	AUTO_FREE char *path =
		resource_path(&resource_hardware, cli->namespace, NULL, NULL);
	AUTO_JSON json_t *list = client_get(cli->client, path, err);

	if (!list)
		return NULL;
	return select_plan(json_object_get(list, "items"), words, n_words, err);
}

static bool any_pattern(char *const *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++)
		if (select_is_pattern(words[i]))
			return true;
	return false;
}

static json_t *select_of(const struct cli *cli, const struct resource *resource,
			 char *const *words, size_t n_words, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(resource, cli->namespace, NULL, NULL);
	AUTO_JSON json_t *list = NULL;

	if (resource == &resource_hardware)
		return cli_select(cli, words, n_words, err);
	list = client_get(cli->client, path, err);
	if (!list)
		return NULL;
	return select_plan_of(resource->kind, json_object_get(list, "items"),
			      words, n_words, err);
}

json_t *cli_choose(const struct cli *cli, const struct resource *resource,
		   char *const *words, size_t n_words, struct err *err)
{
	AUTO_JSON json_t *chosen = NULL;
	json_t *names;
	size_t i;
	json_t *object;

	if (resource == &resource_hardware || any_pattern(words, n_words)) {
		chosen = select_of(cli, resource, words, n_words, err);
		if (!chosen)
			return NULL;
	}
	names = json_array();
	json_array_foreach (chosen, i, object)
		json_array_append(names, json_at(object, "metadata.name"));
	for (i = 0; !chosen && i < n_words; i++)
		json_array_append_new(names, json_string(words[i]));
	return names;
}

json_t *cli_objects(const struct cli *cli, const struct resource **resource,
		    struct err *err)
{
	AUTO_JSON json_t *named = NULL;
	AUTO_FREE char **words = NULL;
	size_t n;

	if (resource_split(cli->args.words, cli->args.n_words, resource, &named,
			   err))
		return NULL;
	n = json_array_size(named);
	if (!n)
		return json_array();
	words = xcalloc(n, sizeof(*words));
	for (size_t i = 0; i < n; i++)
		words[i] = (char *)(uintptr_t)json_string_value(
			json_array_get(named, i));
	return cli_choose(cli, *resource, words, n, err);
}

int cli_each(const json_t *names, cli_each_fn fn, void *arg, struct err *err)
{
	size_t n = json_array_size(names);
	size_t n_failed = 0;

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (!fn(arg, name, err))
			continue;
		if (n == 1 || err->code == ERR_UNREACHABLE)
			return -1;
		fflush(stdout);
		fprintf(stderr, "tomte: %s\n", err->message);
		n_failed++;
	}
	if (!n_failed)
		return CLI_OK;
	fprintf(stderr, "tomte: %zu of %zu failed\n", n_failed, n);
	return CLI_FAILED;
}

char *cli_label(const struct resource *resource, const char *name)
{
	return xasprintf("%s%s%s/%s", resource->plural,
			 *resource->group ? "." : "", resource->group, name);
}

bool cli_colour(void)
{
	const char *terminal = getenv("TERM");
	const char *no = getenv("NO_COLOR");

	return (!no || !*no) && (!terminal || !str_eq(terminal, "dumb")) &&
	       isatty(STDOUT_FILENO);
}

void cli_print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}

static const char *namespace_of(const struct cli *cli)
{
	const char *namespace = args_value(&cli->args, "namespace");

	return namespace ? namespace : "default";
}

static struct client *refuse(struct err *err, const char *why)
{
	err_set(err, ERR_INVALID, "%s", why);
	return NULL;
}

struct client *cli_client(const struct cli *cli, struct err *err)
{
	const char *socket = args_value(&cli->args, "socket");
	struct client_target target = {
		.server = args_value(&cli->args, "server"),
		.token_file = args_value(&cli->args, "token-file"),
		.ca_file = args_value(&cli->args, "ca"),
	};

	if (target.server && socket)
		return refuse(err, "--server or --socket, not both");
	/* A token is not to be sent where everybody can read along. */
	if (target.server && target.token_file &&
	    !str_starts(target.server, "https://"))
		return refuse(err, "--token-file needs an https:// server");
	if (!socket)
		socket = getenv("TOMTE_SOCKET");
	target.socket = socket && *socket ? socket : DEFAULT_SOCKET;
	return client_new(&target, err);
}

int cli_connect(struct cli *cli, struct err *err)
{
	cli->namespace = namespace_of(cli);
	cli->client = cli_client(cli, err);
	return cli->client ? 0 : -1;
}

static int report_error(const struct err *err)
{
	fflush(stdout);
	fprintf(stderr, "tomte: %s\n", err->message);
	return err->code == ERR_UNREACHABLE ? CLI_UNREACHABLE : CLI_FAILED;
}

static int run(struct cli *cli, int argc, char **argv)
{
	const struct option *const tables[2] = { cli->command->options,
						 common_options };
	struct err err;
	int status;

	if (args_parse(&cli->args, tables, argc, argv, &err))
		return cli_usage(cli, "%s", err.message);
	if (args_flag(&cli->args, "help")) {
		print_command(cli, cli->command);
		return CLI_OK;
	}
	/* An object of no name would be all that there are. */
	for (size_t i = 0; i < cli->args.n_words && !cli->command->hidden; i++)
		if (!*cli->args.words[i])
			return cli_usage(cli, "word %zu is empty", i + 1);
	cli->namespace = namespace_of(cli);
	if (!cli->command->offline && cli_connect(cli, &err))
		return report_error(&err);
	status = cli->command->run(cli, &err);
	client_free(cli->client);
	return status < 0 ? report_error(&err) : status;
}

int cli_main(int argc, char **argv, const char *serve)
{
	struct command serving = command_serve;
	const struct command *all[ARRAY_LEN(commands)];
	const struct command_list list = { all, ARRAY_LEN(all),
					   common_options };
	struct cli cli = { .list = &list };
	const char *options = strstr(serve, "\n\n");
	int status;

	/* Its usage is there already. */
	serving.more = options ? options + 2 : NULL;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		all[i] = commands[i] == &command_serve ? &serving : commands[i];
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2) {
		print_list(&list, stderr);
		return CLI_USAGE;
	}
	if (str_eq(argv[1], "--help") || str_eq(argv[1], "-h"))
		cli.command = &command_help;
	else if (str_eq(argv[1], "--version"))
		cli.command = &command_version;
	else
		cli.command = find_command(&list, argv[1]);
	if (!cli.command || !cli.command->run)
		return CLI_USAGE;
	status = run(&cli, argc - 2, argv + 2);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "tomte: cannot write the output\n");
		return CLI_FAILED;
	}
	return status;
}
