/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_COMMAND_H
#define BMC_IPMI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * An IPMI command and what came of it: what ipmi_op asks for and either way
 * to a BMC, our own sessions or ipmitool, carries there. Values only.
 */
#define IPMI_COMMAND_MAX 24
#define IPMI_DATA_MAX    96

enum ipmi_netfn {
	IPMI_CHASSIS = 0x00,
	IPMI_SENSOR = 0x04,
	IPMI_APP = 0x06,
	IPMI_STORAGE = 0x0a,
	IPMI_TRANSPORT = 0x0c,
};

enum ipmi_privilege {
	IPMI_USER = 2,
	IPMI_OPERATOR = 3,
	IPMI_ADMIN = 4,
};

struct ipmi_command {
	uint8_t netfn;
	uint8_t lun;
	uint8_t cmd;
	uint8_t bytes[IPMI_COMMAND_MAX];
	size_t len;
	uint8_t privilege; /* that it needs; 0: a user's will do */
	bool writes;       /* it changes something when it gets there */
	bool once;         /* it does so each time: not to be sent again */
	bool secret;       /* a password is in it */
};

struct ipmi_response {
	struct err err; /* ERR_NONE: there is a completion code */
	bool sent;      /* when there is none: may it have got there? */
	uint8_t completion;
	uint8_t bytes[IPMI_DATA_MAX];
	size_t len;
};

#endif
