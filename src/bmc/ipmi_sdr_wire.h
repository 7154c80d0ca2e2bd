/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_SDR_WIRE_H
#define BMC_IPMI_SDR_WIRE_H

#include "base/wire.h"
#include "bmc/report.h"

/*
 * Sensor data records: what a sensor is called, and how its readings become
 * values. Pure.
 */
#define IPMI_SDR_HEAD 5  /* bytes that say how many more there are */
#define IPMI_SDR_MAX  96 /* of a record; what is behind is not looked at */
#define IPMI_SDR_NAME 17

struct ipmi_sdr {
	char name[IPMI_SDR_NAME];
	uint8_t number;
	uint8_t lun;
	uint8_t type;
	uint8_t kind;   /* event/reading type */
	uint8_t format; /* of the reading; 3: it is no number */
	uint8_t unit;
	bool percent;
	uint8_t linear;
	int16_t m;
	int16_t b;
	int8_t b_exp;
	int8_t r_exp;
	/* Compact records stand for sensors of following numbers. */
	uint8_t n_shared;
	uint8_t suffix; /* of the first one's name */
	bool suffix_letter;
};

/* The length of the whole record by its head; 0: that is no head. */
size_t ipmi_sdr_size(struct rbuf head);
/* False: not of a sensor that the BMC itself answers for. */
bool ipmi_parse_sdr(struct ipmi_sdr *sdr, struct rbuf record);
/* The n-th of those that share a record; n is below n_shared. */
void ipmi_sdr_shared(const struct ipmi_sdr *sdr, unsigned n,
		     struct ipmi_sdr *out);

/* The body of an answer to Get Sensor Reading; false: makes no sense. */
bool ipmi_parse_reading(struct bmc_sensor *sensor, const struct ipmi_sdr *sdr,
			struct rbuf body);

#endif
