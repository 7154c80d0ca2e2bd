/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_EVENT_WIRE_H
#define BMC_IPMI_EVENT_WIRE_H

#include "base/wire.h"
#include "bmc/report.h"

/*
 * Entries of the system event log, and the words for what sensors say: the
 * tables of IPMI 2.0, chapter 42, as people read them. Pure.
 */
#define IPMI_SEL_SIZE        16
#define IPMI_EVENT_THRESHOLD 0x01
#define IPMI_EVENT_SPECIFIC  0x6f

/* False: shorter than an entry. */
bool ipmi_parse_sel(struct bmc_event *event, struct rbuf record);

/* "temperature"; NULL: a number that the standard does not have. */
const char *ipmi_sensor_type_name(uint8_t type);
/* "upper critical, going high"; NULL likewise. `kind` is the event/reading
 * type, `offset` which of its events or states. */
const char *ipmi_event_name(uint8_t sensor_type, uint8_t kind, uint8_t offset);

/* Seconds as BMCs have them; 0: the clock was not set then. */
wall_ms ipmi_time(uint32_t seconds);

#endif
