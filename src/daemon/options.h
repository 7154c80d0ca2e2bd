/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The settings of `tomte serve`: from a YAML file (--config), then from the
 * command line, which wins. The names are the same in both: --http-port and
 * http-port.
 */
struct options {
	char state[256];     /* the inventory's folder */
	char socket[100];    /* "": STATE/tomte.sock */
	char interface[16];  /* the network that machines boot from; "": the
				boot services are off */
	char address[16];    /* ours on it; "": the interface's first */
	uint32_t http_port;  /* plain: boot files, metadata */
	uint32_t https_port; /* API and workers */
	char hook_dir[256];
	char image_dir[256];
	char ipxe_dir[256]; /* goes before the distribution's */
	char kernel_args[512];
	char ipmi_driver[12]; /* "native"; or "ipmitool" where BMCs name it */
	char bmc_quirks[256]; /* "": the usual file, if it is there */
	char log_level[8];
	char tls_name[512];     /* more names of the server, "a,b" */
	uint32_t history_hours; /* of the log of changes, for watches */
	uint32_t history_mb;
	uint32_t event_days; /* of what was seen, of runs that are over */
	uint32_t bmc_poll;   /* seconds; 0: BMCs are only asked when needed */
	uint32_t watch_consoles; /* at once; 0: none is listened to */
	/* How many operations there are at once; 0: any number. */
	uint32_t bmc_max;
	uint32_t bmc_max_per_rack;
	uint32_t power_on_per_second;
	uint32_t power_on_per_second_per_rack;
	uint32_t history_days; /* runs that are over are kept, */
	uint32_t history_runs; /* so many of a machine; 0: all */
	/* How many machines may do so at once; 0: any number. */
	uint32_t max_starting;
	uint32_t max_starting_per_rack;
	uint32_t max_imaging;
	uint32_t max_imaging_per_rack;
	char phase_limits[512];
	char reference_allow[4096]; /* rules: workflow/reference_plan.h */
	char reference_deny[4096];
	bool auto_enrollment;    /* by WorkflowRuleSets */
	bool auto_discovery;     /* of machines that nobody knows */
	char discovery_pool[64]; /* "FROM-TO": lent to them; "": none */
	char discovery_gateway[16];
	char discovery_namespace[64]; /* where no rule set says another */
	uint32_t discovery_max;       /* Hardware that was made so */
	bool no_dhcp; /* somebody else answers DHCP on the interface */
	bool no_tftp;
	bool metrics_open; /* health, metrics and targets on the plain port */
};

/* argv begins behind "serve". */
int options_parse(struct options *options, int argc, char **argv,
		  struct err *err) NODISCARD;
/* The page of `tomte serve --help`. */
void options_help(struct buf *out);

#endif
