/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLY_H
#define CLI_APPLY_H

#include "cli/apply_plan.h"
#include "cli/command.h"
#include "cli/rack_wire.h"

/*
 * From files to the server: what `import` and `apply` share.
 *
 * All files are read first, and all that is wrong in any of them is printed.
 * Then the server is asked what it thinks of each object (a dry run), and
 * only when it accepts all of them are they written, so that nothing is half
 * there. Prints a line for each, "hardware.tinkerbell.org/r1n01 created".
 *
 * `defaults` may be NULL. Returns an exit code, or -1 with *err.
 */
int apply_files(struct cli *cli, char *const *files, size_t n_files,
		enum apply_drift drift, const struct rack_defaults *defaults,
		struct err *err) NODISCARD;

/* The options of these commands, --dry-run among them. */
#define APPLY_OPTION_DRY_RUN                                                   \
	{                                                                      \
		"dry-run", 0, NULL, "say what would be done, and do nothing"   \
	}

#endif
