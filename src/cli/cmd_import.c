/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "cli/apply.h"

static const struct option options[] = {
	APPLY_OPTION_DRY_RUN,
	{ "bmc-user", 0, "NAME", "NetBox: who logs in to the BMCs" },
	{ "bmc-password-file", 0, "FILE", "NetBox: with what (mode 0600)" },
	{ "bmc-password-env", 0, "NAME", "NetBox: or with this variable" },
	{ "bmc-protocol", 0, "NAME", "NetBox: redfish (without) or ipmi" },
	{ "bmc-insecure", 0, NULL, "NetBox: BMCs are believed without a CA" },
	{ "firmware", 0, "NAME", "NetBox: uefi (without) or bios" },
	{ "arch", 0, "NAME", "NetBox: x86_64 (without) or aarch64" },
	{ "disk", 0, "DEVICE", "NetBox: where images are written" },
	{ "gateway", 0, "ADDRESS",
	  "NetBox: or first, or last, of each subnet" },
	{ 0 },
};

static int run(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	const struct rack_defaults defaults = {
		.bmc_user = args_value(args, "bmc-user"),
		.password_file = args_value(args, "bmc-password-file"),
		.password_env = args_value(args, "bmc-password-env"),
		.protocol = args_value(args, "bmc-protocol"),
		.insecure = args_flag(args, "bmc-insecure") ? "true" : NULL,
		.firmware = args_value(args, "firmware"),
		.arch = args_value(args, "arch"),
		.disk = args_value(args, "disk"),
		.gateway = args_value(args, "gateway"),
	};

	if (!args->n_words)
		return cli_usage(cli, "import: expected a file");
	if (defaults.protocol && !str_eq(defaults.protocol, "redfish") &&
	    !str_eq(defaults.protocol, "ipmi"))
		return cli_usage(cli,
				 "--bmc-protocol %s: expected redfish or ipmi",
				 defaults.protocol);
	return apply_files(cli, args->words, args->n_words, APPLY_KEEP,
			   &defaults, err);
}

const struct command command_import = {
	.name = "import",
	.usage = "FILE... [--dry-run]",
	.help = "read a rack into the inventory",
	.more = "A FILE is a rack in short YAML, a table in CSV, Tinkerbell's "
		"own objects,\n"
		"or what NetBox answers to /api/dcim/devices/, "
		"/api/dcim/interfaces/ and\n"
		"/api/ipam/ip-addresses/; - is standard input. "
		"inventory/examples shows\n"
		"the first ones. Passwords are named by file (mode 0600) or "
		"variable, never\n"
		"written in a FILE.\n"
		"\n"
		"Everything is checked first: all that is wrong is told with "
		"file and\n"
		"line, and then nothing is changed. --dry-run shows what would "
		"change, value\n"
		"by value. Importing again changes only what the FILE changed, "
		"so machines\n"
		"that are being provisioned go on.\n"
		"\n"
		"    get() { curl -H \"Authorization: Token $T\" "
		"\"$NETBOX/api/$1\"; }\n"
		"    get 'dcim/devices/?role=server&limit=0' >devices.json\n"
		"    get 'dcim/interfaces/?limit=0' >interfaces.json\n"
		"    get 'ipam/ip-addresses/?limit=0' >addresses.json\n"
		"    tomte import --dry-run --bmc-user root "
		"--bmc-password-file "
		"bmc \\\n"
		"        devices.json interfaces.json addresses.json\n",
	.options = options,
	.run = run,
};
