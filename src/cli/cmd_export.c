/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "base/yaml.h"
#include "cli/command.h"
#include "cli/export_plan.h"
#include "cli/inventory_plan.h"
#include "cli/inventory_read.h"
#include "cli/render_text.h"
#include "cli/resource.h"

#define MAX_TEXT (256 * 1024 * 1024)
#define MAX_NOTE 4096

static const struct option options[] = {
	{ "output", 'o', "FORMAT", "tinkerbell, rack, csv or ansible" },
	{ "bmc-password-file", 0, "FILE",
	  "where passwords are, if nobody knows" },
	{ "bmc-password-env", 0, "NAME", "the same, as a variable" },
	{ 0 },
};

static const char *const formats[] = {
	[EXPORT_TINKERBELL] = "tinkerbell",
	[EXPORT_RACK] = "rack",
	[EXPORT_CSV] = "csv",
};

/* To where people look, since the file goes where programs do. */
static void print_notes(const json_t *notes)
{
	size_t i;
	json_t *item;

	if (json_array_size(notes))
		fprintf(stderr, "tomte: what this format cannot say, and how "
				"it would come back:\n");
	json_array_foreach (notes, i, item) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_NOTE);

		render_clean(&text, json_string_value(item));
		fprintf(stderr, "%s\n", text.base);
	}
}

static int export_ansible(const struct cli *cli, const json_t *hardware,
			  const json_t *machines, struct err *err)
{
	AUTO_JSON json_t *runs = inventory_read(cli, &resource_run, err);
	const struct inventory_input input = { .hardware = hardware,
					       .machines = machines,
					       .runs = runs };
	AUTO_JSON json_t *document = NULL;
	AUTO_FREE char *text = NULL;

	if (!runs)
		return -1;
	document = inventory_static(&input);
	text = yaml_text(document);
	fputs(text, stdout);
	return CLI_OK;
}

static int export_file(const struct cli *cli, enum export_format format,
		       const json_t *hardware, const json_t *machines,
		       struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *secrets =
		format == EXPORT_TINKERBELL
			? json_array()
			: inventory_read(cli, &resource_secret, err);
	AUTO_JSON json_t *notes = json_array();
	const struct export_input input = {
		.hardware = hardware,
		.machines = machines,
		.secrets = secrets,
		.password_file = args_value(&cli->args, "bmc-password-file"),
		.password_env = args_value(&cli->args, "bmc-password-env"),
	};

	if (!secrets || export_render(&input, format, &out, notes, err))
		return -1;
	fputs(out.base, stdout);
	fflush(stdout);
	print_notes(notes);
	return CLI_OK;
}

static int run(struct cli *cli, struct err *err)
{
	const char *format = args_value(&cli->args, "output");
	AUTO_JSON json_t *hardware = NULL;
	AUTO_JSON json_t *machines = NULL;
	size_t i = 0;

	if (!format)
		format = formats[EXPORT_TINKERBELL];
	while (i < ARRAY_LEN(formats) && !str_eq(format, formats[i]))
		i++;
	if (i == ARRAY_LEN(formats) && !str_eq(format, "ansible"))
		return cli_usage(cli,
				 "-o %s: expected tinkerbell, rack, csv or "
				 "ansible",
				 format);
	hardware = inventory_chosen(cli, err);
	machines =
		hardware ? inventory_read(cli, &resource_machine, err) : NULL;
	if (!machines)
		return -1;
	if (i == ARRAY_LEN(formats))
		return export_ansible(cli, hardware, machines, err);
	return export_file(cli, (enum export_format)i, hardware, machines, err);
}

const struct command command_export = {
	.name = "export",
	.usage = "[MACHINE...] [-o FORMAT]",
	.help = "write the inventory down as a file",
	.more = "tinkerbell (without -o), rack and csv are what `tomte import` "
		"reads, and\n"
		"importing them changes nothing. Passwords are never written: "
		"Tinkerbell's\n"
		"objects refer to Secrets, a rack to the file or variable that "
		"a password\n"
		"was imported from. What a rack or a CSV cannot say is told "
		"beside.\n"
		"ansible is a static inventory; see also tomte inventory.\n",
	.options = options,
	.run = run,
};
