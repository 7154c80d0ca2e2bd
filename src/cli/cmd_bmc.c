/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "bmc/ask_wire.h"
#include "cli/bmc_local.h"
#include "cli/bmc_remote.h"
#include "cli/bmc_rotate.h"
#include "cli/bmc_where.h"
#include "cli/bmc_words_plan.h"
#include "cli/command.h"
#include "cli/password.h"
#include "cli/render_bmc.h"

#define MAX_TEXT  (16 * 1024 * 1024)
#define MAX_PAGES 64 /* of a log: 64 Ki entries at most */

static const struct option options[] = {
	BMC_WHERE_OPTIONS,
	BMC_REMOTE_OPTION,
	{ "output", 'o', "FORMAT", "table or json" },
	{ "new-password-file", 0, "FILE", "for rotate-password" },
	{ "account", 0, "NAME", "for rotate-password: of another user" },
	{ "persistent", 0, NULL, "boot: not only the next time" },
	{ "legacy", 0, NULL, "boot: by BIOS and not by UEFI" },
	{ 0 },
};

static int check_format(const struct cli *cli, bool *json, struct err *err)
{
	const char *format = args_value(&cli->args, "output");

	*json = format && str_eq(format, "json");
	if (format && !*json && !str_eq(format, "table"))
		return err_set(err, ERR_INVALID,
			       "-o %s: expected table or json", format);
	return 0;
}

/* What is an option here is a member there. */
static int take_options(const struct cli *cli, struct bmc_words *words,
			struct err *err)
{
	bool boots = json_object_get(words->arguments, "device") != NULL;
	bool persistent = args_flag(&cli->args, "persistent");
	bool legacy = args_flag(&cli->args, "legacy");

	if (!boots && (persistent || legacy))
		return err_set(err, ERR_INVALID,
			       "--persistent and --legacy are for a boot "
			       "device");
	if (!boots)
		return 0;
	json_object_set_new(words->arguments, "persistent",
			    json_boolean(persistent));
	json_object_set_new(words->arguments, "efi", json_boolean(!legacy));
	return 0;
}

static void show(const json_t *answer, bool json)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);

	if (json) {
		cli_print_json(answer);
		return;
	}
	render_bmc(&out, answer);
	fputs(out.base, stdout);
}

/* A log that is longer than one answer goes on in the next. */
static json_t *ask_all(struct bmc_local *local, const struct bmc_target *target,
		       struct bmc_request *request, struct err *err)
{
	json_t *answer = bmc_local_ask(local, target, request, err);

	for (int i = 1; answer && i < MAX_PAGES; i++) {
		int64_t next = json_int_at(answer, "next", 0);
		AUTO_JSON json_t *more = NULL;

		if (!next)
			break;
		request->from = (uint16_t)next;
		more = bmc_local_ask(local, target, request, err);
		if (!more) {
			json_decref(answer);
			return NULL;
		}
		json_array_extend(json_object_get(answer, "entries"),
				  json_object_get(more, "entries"));
		json_object_set_new(answer, "next",
				    json_integer(json_int_at(more, "next", 0)));
	}
	if (json_int_at(answer, "next", -1) == 0)
		json_object_del(answer, "next");
	return answer;
}

static bool rotates(const struct bmc_words *words)
{
	return str_eq(words->ask, "rotate-password");
}

static int rotate_local(struct cli *cli, const struct bmc_target *target,
			struct err *err)
{
	const char *path = args_value(&cli->args, "new-password-file");

	if (!path || str_eq(path, "-"))
		return cli_usage(cli, "bmc rotate-password: expected "
				      "--new-password-file FILE, which keeps "
				      "it");
	if (bmc_rotate(target, args_value(&cli->args, "account"), path, err))
		return -1;
	fprintf(stderr, "tomte: the password is that in %s now\n", path);
	return CLI_OK;
}

/* Of the daemon's BMCs: one for all, if there is a file. */
static int take_new_password(const struct cli *cli, struct bmc_words *words,
			     struct err *err)
{
	const struct password_source source = {
		.file = args_value(&cli->args, "new-password-file"),
	};
	const char *account = args_value(&cli->args, "account");
	char password[BMC_PASSWORD_SIZE];

	if (account)
		json_object_set_new(words->arguments, "user",
				    json_string(account));
	if (!source.file)
		return 0;
	if (password_read(&source, password, sizeof(password), err))
		return -1;
	json_object_set_new(words->arguments, "password",
			    json_string(password));
	secret_wipe(password, sizeof(password));
	return 0;
}

/* Without a daemon. */
static int run_local(struct cli *cli, struct bmc_words *words, bool json,
		     struct err *err)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct bmc_request request;
	struct bmc_local *local;
	json_t *answer;

	if (words->used != cli->args.n_words)
		return cli_usage(cli,
				 "bmc: %s: with --bmc there are no "
				 "machines",
				 cli->args.words[words->used]);
	if (str_eq(words->ask, "thaw"))
		return cli_usage(cli, "bmc thaw: it is the daemon that does "
				      "not try again");
	if (!rotates(words) &&
	    bmc_ask_parse(words->ask, words->arguments, &request, err))
		return -1;
	if (bmc_where(cli, &target, err))
		return -1;
	if (rotates(words))
		return rotate_local(cli, &target, err);
	local = bmc_local_new();
	answer = ask_all(local, &target, &request, err);
	if (answer)
		show(answer, json);
	bmc_local_free(local);
	json_decref(answer);
	return answer ? CLI_OK : -1;
}

/* By the daemon, of machines. */
static int run_remote(struct cli *cli, struct bmc_words *words, bool json,
		      struct err *err)
{
	struct bmc_remote remote = {
		.cli = cli,
		.ask = words->route,
		.writes = words->writes,
		.arguments = words->arguments,
	};
	AUTO_JSON json_t *machines = NULL;

	if (!words->route)
		return cli_usage(cli, "bmc %s: expected --bmc URL; %s",
				 words->ask, words->instead);
	if (words->used == cli->args.n_words)
		return cli_usage(cli, "bmc %s: expected machines or --bmc URL",
				 words->ask);
	if (rotates(words) && take_new_password(cli, words, err))
		return -1;
	if (bmc_remote_parallel(cli, &remote.parallel, err) ||
	    cli_connect(cli, err))
		return -1;
	machines = cli_select(cli, cli->args.words + words->used,
			      cli->args.n_words - words->used, err);
	if (!machines)
		return -1;
	remote.machines = machines;
	return bmc_remote_ask(&remote, json, err);
}

static int run_words(struct cli *cli, struct bmc_words *words, struct err *err)
{
	bool json;

	if (!rotates(words) && (args_flag(&cli->args, "new-password-file") ||
				args_flag(&cli->args, "account")))
		return cli_usage(cli, "--new-password-file and --account are "
				      "for rotate-password");
	if (check_format(cli, &json, err) || take_options(cli, words, err))
		return cli_usage(cli, "%s", err->message);
	if (args_flag(&cli->args, "bmc"))
		return run_local(cli, words, json, err);
	return run_remote(cli, words, json, err);
}

static int run(struct cli *cli, struct err *err)
{
	struct bmc_words words;
	int status;

	if (bmc_words_parse(cli->args.words, cli->args.n_words, &words, err))
		status = cli_usage(cli, "%s", err->message);
	else
		status = run_words(cli, &words, err);
	bmc_words_release(&words);
	return status;
}

const struct command command_bmc = {
	.name = "bmc",
	.usage = "WHAT MACHINE... | WHAT --bmc URL",
	.help = "ask or change a BMC itself",
	.more = "WHAT is one of\n"
		"\n"
		"  power status|on|off|soft|cycle|reset\n"
		"  boot [status|pxe|disk|cdrom|bios|http [URL]|none]\n"
		"  media insert URL|eject\n"
		"  info  sensors  inventory  fru  lan  users  bios  "
		"secure-boot\n"
		"  sel [clear]               the log of the machine's events\n"
		"  identify [on|off|SECONDS] its light; a minute without\n"
		"  reset                     the BMC itself, not the machine\n"
		"  nmi                       have the machine write a dump\n"
		"  thaw                      try credentials again that it "
		"refused\n"
		"  rotate-password           a new password for the same "
		"user, or for\n"
		"                            --account, who is then the one to "
		"log in\n"
		"\n"
		"A new password is written down before the BMC is told, and "
		"the old one is\n"
		"dropped only after a login by the new one; broken off, the "
		"same command\n"
		"goes on. By the daemon it is made up, or that of "
		"--new-password-file for\n"
		"all, and kept in the Secret of the bmc Machine. Without, that "
		"file keeps\n"
		"it, and is made if it is not there.\n"
		"\n"
		"Of many machines each is told as soon as it answers; what "
		"failed for one\n"
		"of them is told with its name, and then the command fails.\n"
		"\n"
		"--bmc redfish://USER@HOST[:PORT] or ipmi://USER@HOST[:PORT] "
		"speaks to a BMC\n"
		"without a daemon. Its password comes from a file, a variable "
		"or the terminal.\n",
	.options = options,
	.run = run,
	.offline = true,
};
