/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "base/yaml.h"
#include "cli/render_help.h"

#define MAX_CONFIG (1024 * 1024)

static const struct json_field fields[] = {
	JSON_STR(struct options, state, "state", 0),
	JSON_STR(struct options, socket, "socket", 0),
	JSON_STR(struct options, interface, "interface", 0),
	JSON_STR(struct options, address, "address", 0),
	JSON_U32(struct options, http_port, "http-port", 0, 1, 65535),
	JSON_U32(struct options, https_port, "https-port", 0, 1, 65535),
	JSON_STR(struct options, hook_dir, "hook-dir", 0),
	JSON_STR(struct options, image_dir, "image-dir", 0),
	JSON_STR(struct options, ipxe_dir, "ipxe-dir", 0),
	JSON_STR(struct options, kernel_args, "kernel-args", 0),
	JSON_STR(struct options, ipmi_driver, "ipmi-driver", 0),
	JSON_STR(struct options, bmc_quirks, "bmc-quirks", 0),
	JSON_STR(struct options, log_level, "log-level", 0),
	JSON_STR(struct options, tls_name, "tls-name", 0),
	JSON_U32(struct options, history_hours, "history-hours", 0, 1, 87600),
	JSON_U32(struct options, history_mb, "history-mb", 0, 1, 1000000),
	JSON_U32(struct options, event_days, "event-days", 0, 1, 36500),
	JSON_U32(struct options, bmc_poll, "bmc-poll", 0, 0, 86400),
	JSON_U32(struct options, watch_consoles, "watch-consoles", 0, 0, 4096),
	JSON_U32(struct options, bmc_max, "bmc-max", 0, 0, 100000),
	JSON_U32(struct options, bmc_max_per_rack, "bmc-max-per-rack", 0, 0,
		 100000),
	JSON_U32(struct options, power_on_per_second, "power-on-per-second", 0,
		 0, 100000),
	JSON_U32(struct options, power_on_per_second_per_rack,
		 "power-on-per-second-per-rack", 0, 0, 100000),
	JSON_U32(struct options, history_days, "history-days", 0, 0, 36500),
	JSON_U32(struct options, history_runs, "history-runs", 0, 0, 1000000),
	JSON_U32(struct options, max_starting, "max-starting", 0, 0, 1000000),
	JSON_U32(struct options, max_starting_per_rack, "max-starting-per-rack",
		 0, 0, 1000000),
	JSON_U32(struct options, max_imaging, "max-imaging", 0, 0, 1000000),
	JSON_U32(struct options, max_imaging_per_rack, "max-imaging-per-rack",
		 0, 0, 1000000),
	JSON_STR(struct options, phase_limits, "phase-limits", 0),
	JSON_STR(struct options, reference_allow, "reference-allow", 0),
	JSON_STR(struct options, reference_deny, "reference-deny", 0),
	JSON_BOOL(struct options, auto_enrollment, "auto-enrollment", 0),
	JSON_BOOL(struct options, auto_discovery, "auto-discovery", 0),
	JSON_STR(struct options, discovery_pool, "discovery-pool", 0),
	JSON_STR(struct options, discovery_gateway, "discovery-gateway", 0),
	JSON_STR(struct options, discovery_namespace, "discovery-namespace", 0),
	JSON_U32(struct options, discovery_max, "discovery-max", 0, 0, 1000000),
	JSON_BOOL(struct options, no_dhcp, "no-dhcp", 0),
	JSON_BOOL(struct options, no_tftp, "no-tftp", 0),
	JSON_BOOL(struct options, metrics_open, "metrics-open", 0),
};

static const struct options defaults = {
	.state = "/var/lib/tomte",
	.http_port = 7080,
	.https_port = 7443,
	.hook_dir = "/var/lib/tomte/hook",
	.image_dir = "/var/lib/tomte/images",
	.ipxe_dir = "/var/lib/tomte/ipxe",
	.ipmi_driver = "native",
	.log_level = "info",
	.history_hours = 24,
	.history_mb = 64,
	.event_days = 365,
	.bmc_poll = 300,
	.bmc_max = 512,
	.bmc_max_per_rack = 32,
	.power_on_per_second = 20,
	.history_days = 365,
	.history_runs = 100,
	.discovery_namespace = "default",
	.discovery_max = 1000,
};

struct option_words {
	const char *name;
	const char *metavar; /* NULL: it takes no value */
	const char *help;
};

/* In the order in which they are shown; a default is added. */
static const struct option_words words[] = {
	{ "state", "DIR", "inventory and keys" },
	{ "interface", "NAME",
	  "network to boot from; without it no DHCP, TFTP" },
	{ "address", "IP", "our address on it (the interface's first)" },
	{ "http-port", "N", "boot files and metadata, plain" },
	{ "https-port", "N", "API and workers, TLS" },
	{ "tls-name", "A,B",
	  "names and addresses that HTTPS is reached by, beside --address" },
	{ "socket", "PATH", "API for this host (STATE/tomte.sock)" },
	{ "hook-dir", "DIR", "kernel and initramfs" },
	{ "image-dir", "DIR", "OS images, under /images/" },
	{ "ipxe-dir", "DIR", "your own iPXE binaries" },
	{ "kernel-args", "TEXT", "for the in-memory OS" },
	{ "ipmi-driver", "NAME",
	  "ipmitool: for BMCs that name it as provider" },
	{ "bmc-quirks", "FILE",
	  "ways of BMC firmware, over those that are built in "
	  "(/etc/tomte/bmc-quirks.yaml, if it is there)" },
	{ "no-dhcp", NULL, "another DHCP server answers here" },
	{ "no-tftp", NULL, "another TFTP server answers here" },
	{ "metrics-open", NULL,
	  "/metrics, /sd/prometheus and /readyz on the plain port, to "
	  "whoever asks" },
	{ "log-level", "LEVEL", "error, warn, info, debug" },
	{ "history-hours", "N", "changes that a watch may resume from" },
	{ "history-mb", "N", "and how much of them at most" },
	{ "event-days", "N", "what was seen of machines is kept" },
	{ "bmc-poll", "SECONDS", "how often BMCs are looked at; 0: never" },
	{ "watch-consoles", "N",
	  "consoles of machines that start, listened to at once by their "
	  "BMCs; 0: none" },
	{ "bmc-max", "N", "operations of BMCs at once; 0: no cap" },
	{ "bmc-max-per-rack", "N", "by the label tomte.dev/rack; 0: no cap" },
	{ "power-on-per-second", "N",
	  "machines that are switched on; 0: no cap" },
	{ "power-on-per-second-per-rack", "N", "likewise of one rack" },
	{ "history-days", "N", "runs that are over are kept; 0: for ever" },
	{ "history-runs", "N", "and of a machine the newest; 0: all" },
	{ "max-starting", "N",
	  "machines between power on and hello at once; 0: no cap" },
	{ "max-starting-per-rack", "N", "by the label tomte.dev/rack" },
	{ "max-imaging", "N",
	  "machines that write an image at once; 0: no cap" },
	{ "max-imaging-per-rack", "N", "likewise of one rack" },
	{ "phase-limits", "P=N,..",
	  "seconds that phases of a run may last, such as firmware=1800 "
	  "where machines are slow to start" },
	{ "auto-enrollment", NULL,
	  "a machine that has nothing to do gets a Workflow by the "
	  "WorkflowRuleSet that fits, if its Hardware allows it" },
	{ "auto-discovery", NULL,
	  "machines that nobody knows and that boot from this network boot "
	  "the in-memory OS and become Hardware" },
	{ "discovery-pool", "FROM-TO",
	  "addresses for them; without it another DHCP server gives them" },
	{ "discovery-gateway", "IP", "their router" },
	{ "discovery-namespace", "NAME",
	  "where they are, if no WorkflowRuleSet says another" },
	{ "discovery-max", "N",
	  "Hardware with the label tinkerbell.org/auto-discovered; 0: any "
	  "number" },
	{ "reference-allow", "JSON",
	  "what Hardware's spec.references may show to templates" },
	{ "reference-deny", "JSON", "and what they may not" },
};

static const struct json_field *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (str_eq(fields[i].name, name))
			return &fields[i];
	return NULL;
}

#define HELP_COLUMN 21

/* NULL: none that is worth a word. */
static char *default_of(const struct json_field *field)
{
	const char *base = (const char *)&defaults;

	if (!field)
		return NULL;
	base += field->offset;
	if (field->kind == JSON_KIND_STR && *base)
		return xasprintf(" (%s)", base);
	if (field->kind == JSON_KIND_U32)
		return xasprintf(" (%u)",
				 *(const uint32_t *)(const void *)base);
	return NULL;
}

static void add_words(struct buf *out, const struct option_words *option)
{
	AUTO_FREE char *left = xasprintf(
		"  --%s%s%s", option->name, option->metavar ? " " : "",
		option->metavar ? option->metavar : "");
	AUTO_FREE char *value = default_of(find(option->name));
	AUTO_FREE char *text =
		xasprintf("%s%s", option->help, value ? value : "");

	if (strlen(left) + 1 > HELP_COLUMN)
		buf_printf(out, "%s\n%*s", left, HELP_COLUMN, "");
	else
		buf_printf(out, "%-*s", HELP_COLUMN, left);
	render_help_fill(out, text, strlen(text), HELP_COLUMN);
}

void options_help(struct buf *out)
{
	buf_adds(out, "usage: tomte serve [--config FILE] [options]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		add_words(out, &words[i]);
}

static json_t *read_config(const char *path, struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_CONFIG);
	AUTO_JSON json_t *documents = NULL;

	if (file_read(path, &text, err))
		return NULL;
	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, err);
	if (!documents) {
		err_wrap(err, "%s", path);
		return NULL;
	}
	return json_incref(json_array_get(documents, 0));
}

static json_t *value_of(const struct json_field *field, const char *text)
{
	uint32_t number;

	if (field->kind == JSON_KIND_U32 &&
	    str_parse_u32(text, UINT32_MAX, &number))
		return json_integer(number);
	return json_string(text);
}

/* The options of the command line as an object; --config apart. */
static int read_arguments(int argc, char **argv, json_t *out,
			  const char **config, struct err *err)
{
	for (int i = 0; i < argc; i++) {
		const char *name = argv[i];
		const struct json_field *field;

		if (!str_starts(name, "--"))
			return err_set(err, ERR_INVALID,
				       "%s: expected an option", name);
		name += 2;
		field = find(name);
		if (field && field->kind == JSON_KIND_BOOL) {
			json_object_set_new(out, name, json_true());
			continue;
		}
		if (i + 1 == argc)
			return err_set(err, ERR_INVALID,
				       "--%s: expected a value behind it",
				       name);
		i++;
		if (str_eq(name, "config"))
			*config = argv[i];
		else
			json_object_set_new(out, name,
					    field ? value_of(field, argv[i])
						  : json_string(argv[i]));
	}
	return 0;
}

/* Settings that mean nothing by themselves are likely to be mistakes. */
static int check_discovery(const struct options *options, struct err *err)
{
	if (*options->discovery_pool && !options->auto_discovery)
		return err_set(err, ERR_INVALID,
			       "discovery-pool without auto-discovery: nobody "
			       "would be lent its addresses");
	if (*options->discovery_pool && options->no_dhcp)
		return err_set(err, ERR_INVALID,
			       "discovery-pool with no-dhcp: nobody would be "
			       "lent its addresses");
	if (*options->discovery_gateway && !*options->discovery_pool)
		return err_set(err, ERR_INVALID,
			       "discovery-gateway without discovery-pool: "
			       "another DHCP server says the gateway then");
	return 0;
}

int options_parse(struct options *options, int argc, char **argv,
		  struct err *err)
{
	AUTO_JSON json_t *given = json_object();
	AUTO_JSON json_t *file = NULL;
	const char *config = NULL;

	*options = defaults;
	if (read_arguments(argc, argv, given, &config, err))
		return -1;
	if (config) {
		file = read_config(config, err);
		if (!file ||
		    json_decode(file, fields, ARRAY_LEN(fields),
				JSON_KEYS_STRICT, config, options, err))
			return -1;
	}
	if (json_decode(given, fields, ARRAY_LEN(fields), JSON_KEYS_STRICT,
			"command line", options, err))
		return -1;
	if (!str_eq(options->ipmi_driver, "native") &&
	    !str_eq(options->ipmi_driver, "ipmitool"))
		return err_set(err, ERR_INVALID,
			       "ipmi-driver \"%s\": expected native or "
			       "ipmitool",
			       options->ipmi_driver);
	if (check_discovery(options, err))
		return -1;
	if (!*options->socket)
		snprintf(options->socket, sizeof(options->socket),
			 "%.80s/tomte.sock", options->state);
	return 0;
}
