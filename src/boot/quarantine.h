/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_QUARANTINE_H
#define BOOT_QUARANTINE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/net.h"

/*
 * Addresses that somebody else was found to use (DHCPDECLINE): for ten
 * minutes they are offered to nobody. Only reserved addresses get here, so
 * the inventory bounds their number.
 */
struct quarantine;

#define QUARANTINE_MS (10 * 60 * 1000)

struct quarantine *quarantine_new(void);
void quarantine_free(struct quarantine *quarantine);
void quarantine_add(struct quarantine *quarantine, ipv4 address, mono_ms now);
bool quarantine_has(struct quarantine *quarantine, ipv4 address, mono_ms now);

#endif
