/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_CONFIG_WIRE_H
#define BMC_REDFISH_CONFIG_WIRE_H

#include "bmc/redfish_wire.h"

/*
 * Settings: secure boot, BIOS attributes, accounts. Pure; see redfish_wire.h
 * for how bodies are taken.
 */
int redfish_parse_secure_boot(const char *body, size_t len,
			      struct bmc_secure_boot *secure,
			      struct err *err) NODISCARD;
char *redfish_build_secure_boot(bool on);

/* Where a BIOS resource has its pending values; "": it is changed itself. */
struct redfish_bios {
	char settings[BMC_PATH_SIZE];
	bool on_reset; /* it wants to be told that they are for the start */
};

int redfish_parse_bios(const char *body, size_t len, struct redfish_bios *where,
		       struct bmc_bios *bios, struct err *err) NODISCARD;
/* Pending values onto those of the attributes that are there. */
int redfish_parse_bios_pending(const char *body, size_t len,
			       struct bmc_bios *bios,
			       struct err *err) NODISCARD;
const struct bmc_attribute *redfish_bios_find(const struct bmc_bios *bios,
					      const char *name);
/* One attribute as `body`, the resource with it, has it: a number stays one.
 * NULL: see err. */
char *redfish_build_bios(const char *body, size_t len, const char *name,
			 const char *value, bool on_reset,
			 struct err *err) NODISCARD;

/* An account service: its accounts, "": none. */
int redfish_parse_accounts(const char *body, size_t len,
			   char accounts[BMC_PATH_SIZE],
			   struct err *err) NODISCARD;
/* The user's name of one. */
int redfish_parse_account(const char *body, size_t len,
			  char user[BMC_USER_SIZE], struct err *err) NODISCARD;
char *redfish_build_password(const char *password);

#endif
