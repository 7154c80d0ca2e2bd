/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/render_man.h"

#define MAX_PAGE (1024 * 1024)

static int write_page(const char *folder, const char *name,
		      const struct buf *page, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/%s.1", folder, name);
	FILE *file = fopen(path, "we");
	bool good;

	if (!file)
		return err_errno(err, errno, "%s", path);
	good = fwrite(page->base, 1, page->len, file) == page->len;
	good = !fclose(file) && good;
	return good ? 0 : err_errno(err, errno, "%s", path);
}

static int write_command(const struct cli *cli, const struct command *command,
			 const char *folder, struct err *err)
{
	CLEANUP(buf_release) struct buf page = BUF_INIT(MAX_PAGE);
	AUTO_FREE char *name = xasprintf("tomte-%s", command->name);

	render_man_command(&page, cli->list, command);
	return write_page(folder, name, &page, err);
}

static int run(struct cli *cli, struct err *err)
{
	CLEANUP(buf_release) struct buf page = BUF_INIT(MAX_PAGE);
	const char *folder;

	if (cli->args.n_words != 1)
		return cli_usage(cli, "man: expected a folder");
	folder = cli->args.words[0];
	if (mkdir(folder, 0777) && errno != EEXIST)
		return err_errno(err, errno, "%s", folder);
	render_man_program(&page, cli->list);
	if (write_page(folder, "tomte", &page, err))
		return -1;
	for (size_t i = 0; i < cli->list->n; i++)
		if (!cli->list->commands[i]->hidden &&
		    write_command(cli, cli->list->commands[i], folder, err))
			return -1;
	return CLI_OK;
}

const struct command command_man = {
	.name = "man",
	.usage = "DIR",
	.help = "writes the manual pages, when tomte is built",
	.run = run,
	.offline = true,
	.hidden = true,
};
