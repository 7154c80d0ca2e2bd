/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/render_text.h"
#include "cli/resource.h"
#include "cli/token_make.h"

#define MAX_TEXT (16 * 1024 * 1024)

static const struct option options[] = {
	{ "role", 0, "admin|operator|viewer", "what it may do" },
	{ "user", 0, "USER", "who it stands for; its NAME without" },
	{ "ttl", 0, "TIME", "12h, 90d, never; a year without" },
	{ "serial", 0, "HEX", "revoke the certificate of that number" },
	{ "json", 0, NULL, "for programs" },
	{ 0 },
};

static void print_made(struct cli *cli, const json_t *token)
{
	const char *until = json_str_at(token, "status.expirationTimestamp");
	const char *secret = json_str_at(token, "status.token");

	if (args_flag(&cli->args, "json")) {
		cli_print_json(token);
		return;
	}
	printf("%s\n", secret ? secret : "");
	fprintf(stderr, "tomte: token %s, %s%s; it is shown this once\n",
		json_str_at(token, "metadata.name"),
		until ? "good until " : "good until it is revoked",
		until ? until : "");
}

static int create(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	const struct token_wish wish = {
		.name = args->n_words > 1 ? args->words[1] : NULL,
		.user = args_value(args, "user"),
		.role = args_value(args, "role"),
		.namespaces = args_value(args, "namespace"),
		.ttl = args_value(args, "ttl"),
	};
	AUTO_JSON json_t *token = NULL;

	if (args->n_words != 2 || !wish.role)
		return cli_usage(cli, "token create: expected a NAME and "
				      "--role");
	token = token_make(cli->client, &wish, err);
	if (!token)
		return -1;
	print_made(cli, token);
	return CLI_OK;
}

static int list(struct cli *cli, struct err *err)
{
	AUTO_FREE char *path = resource_path(&resource_token, NULL, NULL, NULL);
	bool json = args_flag(&cli->args, "json");
	AUTO_JSON json_t *answer =
		json ? client_get(cli->client, path, err)
		     : client_get_table(cli->client, path, err);
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	struct render_widths widths = { 0 };
	AUTO_JSON json_t *rows = NULL;

	if (!answer)
		return -1;
	if (json) {
		cli_print_json(json_object_get(answer, "items"));
		return CLI_OK;
	}
	rows = render_table_rows(answer, true, true);
	render_rows(&out, rows, &widths);
	fputs(out.base, stdout);
	return CLI_OK;
}

static int revoke_one(struct cli *cli, const char *name, struct err *err)
{
	AUTO_FREE char *path = resource_path(&resource_token, NULL, name, NULL);
	AUTO_JSON json_t *reply =
		client_send(cli->client, "DELETE", path, NULL, err);

	if (!reply)
		return -1;
	printf("token %s revoked\n", name);
	return CLI_OK;
}

static int revoke_by(struct cli *cli, const char *field, const char *value,
		     struct err *err)
{
	AUTO_FREE char *selector = xasprintf("%s=%s", field, value);
	AUTO_FREE char *escaped = resource_escape(selector);
	AUTO_FREE char *query = xasprintf("fieldSelector=%s", escaped);
	AUTO_FREE char *path =
		resource_path(&resource_token, NULL, NULL, query);
	AUTO_JSON json_t *reply =
		client_send(cli->client, "DELETE", path, NULL, err);

	if (!reply)
		return -1;
	printf("all of %s revoked\n", selector);
	return CLI_OK;
}

/* As other programs write it: "0A:1B", "0x0a1b". */
static int revoke_serial(struct cli *cli, const char *serial, struct err *err)
{
	CLEANUP(buf_release) struct buf hex = BUF_INIT(64);
	const char *at;

	if (str_starts(serial, "0x") || str_starts(serial, "0X"))
		serial += 2;
	for (; *serial; serial++)
		if (*serial != ':')
			buf_addc(&hex, (char)tolower((unsigned char)*serial));
	at = hex.base;
	while (at[0] == '0' && at[1])
		at++;
	return revoke_by(cli, "status.serial", at, err);
}

static int revoke(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	const char *serial = args_value(args, "serial");
	const char *user = args_value(args, "user");

	if ((args->n_words > 1) + (serial != NULL) + (user != NULL) != 1)
		return cli_usage(cli, "token revoke: expected names, --user or "
				      "--serial");
	if (serial)
		return revoke_serial(cli, serial, err);
	if (user)
		return revoke_by(cli, "spec.user", user, err);
	for (size_t i = 1; i < args->n_words; i++)
		if (revoke_one(cli, args->words[i], err))
			return -1;
	return CLI_OK;
}

static int run(struct cli *cli, struct err *err)
{
	const char *word = cli->args.n_words ? cli->args.words[0] : "";

	if (str_eq(word, "create"))
		return create(cli, err);
	if (str_eq(word, "list") && cli->args.n_words == 1)
		return list(cli, err);
	if (str_eq(word, "revoke"))
		return revoke(cli, err);
	return cli_usage(cli, "token: expected create, list or revoke");
}

const struct command command_token = {
	.name = "token",
	.usage = "create NAME --role ROLE [-n NAMESPACE,...] | list | revoke "
		 "TOKEN...",
	.help = "who may speak to the API",
	.more = "An admin may everything; an operator all with machines, "
		"templates,\n"
		"workflows and jobs, but sees no values of Secrets, no tokens "
		"and no audit;\n"
		"a viewer reads. With -n it is good in those namespaces "
		"alone.\n"
		"\n"
		"The token is printed once, on standard output. `revoke --user "
		"USER` ends\n"
		"all tokens and certificates of a user, `revoke --serial HEX` "
		"a certificate,\n"
		"also one that is not in the list.\n",
	.options = options,
	.run = run,
};
