/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/kubeconfig_plan.h"
#include "cli/token_make.h"

static const struct option options[] = {
	{ "role", 0, "admin|operator|viewer", "operator without" },
	{ "name", 0, "NAME", "of the token; a generated one without" },
	{ "cert", 0, NULL, "with a client certificate in place of a token" },
	{ "ttl", 0, "TIME", "12h, 90d, never; a year without" },
	{ "output", 'o', "FILE", "write it there, for you alone (mode 0600)" },
	{ 0 },
};

static void wiped(char **text)
{
	if (*text)
		secret_wipe(*text, strlen(*text));
	free(*text);
}

static int put_out(struct cli *cli, const json_t *config, struct err *err)
{
	const char *path = args_value(&cli->args, "output");
	CLEANUP(wiped) char *text = yaml_text(config);

	if (path)
		return file_replace(path, text, strlen(text), err);
	fputs(text, stdout);
	return CLI_OK;
}

/* The namespace that commands without one mean: the only one, or the first. */
static char *first_of(const char *namespaces)
{
	return namespaces ? xstrndup(namespaces, strcspn(namespaces, ","))
			  : NULL;
}

static int print_config(struct cli *cli, const json_t *token,
			const char *key_pem, struct err *err)
{
	AUTO_FREE char *namespace =
		first_of(args_value(&cli->args, "namespace"));
	const char *server = args_value(&cli->args, "server");
	const struct kubeconfig config = {
		.server = server ? server : json_str_at(token, "status.server"),
		.ca_pem = json_str_at(token, "status.certificateAuthority"),
		.user = json_str_at(token, "spec.user"),
		.namespace = namespace,
		.token = json_str_at(token, "status.token"),
		.cert_pem = json_str_at(token, "status.certificate"),
		.key_pem = key_pem,
	};
	AUTO_JSON json_t *rendered = NULL;

	if (!config.server || !config.user ||
	    (key_pem ? !config.cert_pem : !config.token))
		return err_set(err, ERR_PROTOCOL,
			       "the server's answer has no way in");
	rendered = kubeconfig_render(&config);
	return put_out(cli, rendered, err);
}

static int run(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	const char *role = args_value(args, "role");
	struct token_wish wish = {
		.name = args_value(args, "name"),
		.role = role ? role : "operator",
		.namespaces = args_value(args, "namespace"),
		.ttl = args_value(args, "ttl"),
	};
	CLEANUP(wiped) char *key = NULL;
	AUTO_FREE char *request = NULL;
	AUTO_JSON json_t *token = NULL;

	if (args->n_words)
		return cli_usage(cli, "kubeconfig: expected no words");
	if (args_flag(args, "cert") && token_key(&key, &request, err))
		return -1;
	wish.request = request;
	token = token_make(cli->client, &wish, err);
	if (!token)
		return -1;
	return print_config(cli, token, key, err);
}

const struct command command_kubeconfig = {
	.name = "kubeconfig",
	.usage = "[--role ROLE] [-n NAMESPACE,...] [--name NAME] [--cert]",
	.help = "a way in for kubectl and other clients",
	.more = "Makes a token (see tomte help token) and prints a kubeconfig "
		"with it, the\n"
		"server's address and its CA. With --cert the key is made here "
		"and stays\n"
		"here: the server signs a certificate for it. helm reads back "
		"Secrets that\n"
		"it wrote, which an admin may alone: give it one of a "
		"namespace.\n",
	.options = options,
	.run = run,
};
