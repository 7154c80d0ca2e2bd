/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_FRU_WIRE_H
#define BMC_IPMI_FRU_WIRE_H

#include "base/wire.h"
#include "bmc/report.h"

/*
 * What replaceable units say of themselves (Platform Management FRU
 * Information Storage Definition 1.0): chassis, board and product. Pure.
 */
#define IPMI_FRU_MAX 2048 /* bytes that are looked at */

/*
 * How many bytes from the start are wanted, by those that are there: more
 * are known to be wanted as more is read. At most IPMI_FRU_MAX.
 */
size_t ipmi_fru_wanted(struct rbuf read);
/* False: no FRU information, or damaged. Areas whose checksum is wrong are
 * left out. */
bool ipmi_parse_fru(struct bmc_fru *fru, struct rbuf whole);

#endif
