/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/args.h"
#include "cli/client.h"
#include "cli/resource.h"

/*
 * A command: one file cmd_x.c each, which defines its struct command.
 *
 * The function returns an exit code, or -1 with *err, which is then printed
 * and decides the exit code. Output goes to stdout by stdio; that it could
 * be written is checked once, at the end.
 */
enum cli_exit {
	CLI_OK,
	CLI_FAILED,
	CLI_USAGE,
	CLI_UNREACHABLE,
	CLI_RUN_FAILED,
	CLI_INTERRUPTED = 130, /* as shells have it: 128 and SIGINT */
};

struct cli {
	struct args args;
	const char *namespace;
	struct client *client; /* NULL: the command needs none */
	const struct command *command;
	const struct command_list *list; /* all that there are */
};

typedef int (*command_fn)(struct cli *cli, struct err *err);

struct command {
	const char *name;
	const char *usage; /* what follows the name: see complete_plan.h */
	const char *help;  /* one line */
	const char *more;  /* paragraphs, or NULL */
	const struct option *options;
	command_fn run;
	bool offline; /* does not talk to the daemon */
	bool hidden;  /* for scripts and the build: in no list */
	bool apart;   /* its options are in `more`, and none of the common */
};

/* What help, completion and the manual pages are made of. */
struct command_list {
	const struct command *const *commands;
	size_t n;
	const struct option *common; /* every command has these options */
};

extern const struct command command_import;
extern const struct command command_apply;
extern const struct command command_get;
extern const struct command command_describe;
extern const struct command command_edit;
extern const struct command command_label;
extern const struct command command_annotate;
extern const struct command command_delete;
extern const struct command command_provision;
extern const struct command command_watch;
extern const struct command command_why;
extern const struct command command_report;
extern const struct command command_run;
extern const struct command command_power;
extern const struct command command_bmc;
extern const struct command command_console;
extern const struct command command_events;
extern const struct command command_completion;
extern const struct command command_complete;
extern const struct command command_man;
extern const struct command command_token;
extern const struct command command_kubeconfig;
extern const struct command command_audit;
extern const struct command command_export;
extern const struct command command_inventory;
extern const struct command command_backup;
extern const struct command command_template;

/* By the options that were given: the server and the namespace. */
int cli_connect(struct cli *cli, struct err *err) NODISCARD;

/* One more, for who needs two at a time; the caller frees. */
struct client *cli_client(const struct cli *cli, struct err *err) NODISCARD;
/* For commands that are offline at times: sets cli->client. */
int cli_connect(struct cli *cli, struct err *err) NODISCARD;

/* Says what is wrong and how it is used; returns CLI_USAGE. */
int cli_usage(const struct cli *cli, const char *format, ...) PRINTF(2, 3);

/* The Hardware objects that these words mean. A new list, or NULL. */
json_t *cli_select(const struct cli *cli, char *const *words, size_t n_words,
		   struct err *err) NODISCARD;

/* The names of the objects that these words mean: machines as everywhere, of
 * other kinds plain names unseen, patterns by what there is. A new list of
 * strings, or NULL. */
json_t *cli_choose(const struct cli *cli, const struct resource *resource,
		   char *const *words, size_t n_words,
		   struct err *err) NODISCARD;

/* What the command's words mean: "KIND NAME..." or "KIND/NAME...". A new list
 * of names, empty when there are none, or NULL. */
json_t *cli_objects(const struct cli *cli, const struct resource **resource,
		    struct err *err) NODISCARD;

/* Does it for each name, and goes on when one fails, unless the server is away:
 * its error is printed, and what is returned is an exit code. Of one name alone
 * it is -1 and *err. */
typedef int (*cli_each_fn)(void *arg, const char *name, struct err *err);

int cli_each(const json_t *names, cli_each_fn fn, void *arg,
	     struct err *err) NODISCARD;

/* "hardware.tinkerbell.org/r12n01", as kubectl prints it; the caller frees. */
char *cli_label(const struct resource *resource, const char *name);

/* Standard output is a terminal whose user wants colours. */
bool cli_colour(void);

/* Pretty-printed JSON and a newline, to stdout. */
void cli_print_json(const json_t *value);

#endif
