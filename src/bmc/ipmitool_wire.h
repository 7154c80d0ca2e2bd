/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMITOOL_WIRE_H
#define BMC_IPMITOOL_WIRE_H

#include "bmc/ipmi_op.h"

/*
 * Commands as arguments of `ipmitool raw`, and its output back. Pure.
 *
 * The password goes by the environment (-E) and never by argument.
 */
#define IPMITOOL_ARGS 52

struct ipmitool_argv {
	const char *argv[IPMITOOL_ARGS]; /* NULL-terminated */
	char texts[IPMITOOL_ARGS][8];    /* of the numbers in it */
};

/* Strings of the target are borrowed. */
void ipmitool_build(struct ipmitool_argv *out, const struct bmc_target *target,
		    unsigned suite, const struct ipmi_command *command);

/*
 * `exit_code` -1: killed, for its time was up. Errors are ERR_AUTH,
 * ERR_UNREACHABLE, ERR_TIMEOUT, ERR_UNSUPPORTED for a cipher suite that the
 * BMC does not have, ERR_PROTOCOL for output that makes no sense.
 */
void ipmitool_parse(struct ipmi_response *response, int exit_code,
		    const char *output, const char *errors);

#endif
