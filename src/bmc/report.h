/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REPORT_H
#define BMC_REPORT_H

#include "base/clock.h"
#include "base/net.h"

/*
 * What a read brought home that is more than power and boot device: values,
 * bounded, whichever protocol they came by. A report has one owner, the
 * result that it is in, and is freed whole.
 */
#define BMC_NAME_SIZE   32
#define BMC_FIELD_SIZE  64
#define BMC_EVENT_SIZE  96
#define BMC_MAX_EVENTS  1024
#define BMC_MAX_SENSORS 512
#define BMC_MAX_USERS   64

/* BMC_INFO: the management controller itself. */
struct bmc_info {
	uint8_t device;
	uint8_t revision;
	char firmware[16];     /* "2.07" */
	char protocol[8];      /* "2.0" */
	uint32_t manufacturer; /* IANA enterprise number; 0: not said */
	uint16_t product;
	bool updating;
	char guid[40]; /* "": not said */
};

/* BMC_LOG_READ: one entry of the system event log. */
struct bmc_event {
	uint16_t id;
	uint8_t type;
	wall_ms at; /* 0: the clock was not set */
	uint8_t sensor_type;
	uint8_t sensor; /* its number */
	bool asserted;  /* false: it has gone again */
	char text[BMC_EVENT_SIZE];
};

struct bmc_log {
	uint32_t n_in_all; /* in the BMC */
	uint32_t free_bytes;
	bool overflow;  /* entries were lost */
	wall_ms added;  /* 0: never, or not known */
	wall_ms erased; /* likewise */
	uint16_t next;  /* where to go on; 0: nothing is left */
	size_t n;
	struct bmc_event *events;
};

enum bmc_health {
	BMC_HEALTH_UNKNOWN,
	BMC_HEALTH_GOOD,
	BMC_HEALTH_WARNING,
	BMC_HEALTH_CRITICAL,
};

struct bmc_sensor {
	char name[BMC_NAME_SIZE];
	uint8_t type;
	uint8_t number;
	bool has_value;
	double value;
	char unit[12]; /* "C", "RPM", "V" */
	enum bmc_health health;
	char text[BMC_FIELD_SIZE]; /* of one that has states and no value */
};

struct bmc_sensors {
	size_t n;
	struct bmc_sensor *sensors;
};

/* BMC_FRU: what is known of a replaceable unit; "": not said. */
struct bmc_fru {
	char chassis_type[BMC_FIELD_SIZE];
	char chassis_part[BMC_FIELD_SIZE];
	char chassis_serial[BMC_FIELD_SIZE];
	wall_ms board_made; /* 0: not said */
	char board_maker[BMC_FIELD_SIZE];
	char board_name[BMC_FIELD_SIZE];
	char board_serial[BMC_FIELD_SIZE];
	char board_part[BMC_FIELD_SIZE];
	char product_maker[BMC_FIELD_SIZE];
	char product_name[BMC_FIELD_SIZE];
	char product_part[BMC_FIELD_SIZE];
	char product_version[BMC_FIELD_SIZE];
	char product_serial[BMC_FIELD_SIZE];
	char product_asset[BMC_FIELD_SIZE];
};

/* BMC_LAN_GET: how the BMC itself is on the network. */
struct bmc_lan {
	ipv4 address;
	ipv4 mask;
	ipv4 gateway;
	struct mac mac;
	bool by_dhcp;
	uint16_t vlan; /* 0: none */
};

struct bmc_user {
	uint8_t id;
	char name[BMC_NAME_SIZE];
	uint8_t privilege; /* IPMI's number: 2 user, 3 operator, 4 admin */
	bool enabled;
};

struct bmc_users {
	unsigned max; /* that there can be */
	size_t n;
	struct bmc_user users[BMC_MAX_USERS];
};

enum bmc_report_kind {
	BMC_REPORT_INFO,
	BMC_REPORT_LOG,
	BMC_REPORT_SENSORS,
	BMC_REPORT_FRU,
	BMC_REPORT_LAN,
	BMC_REPORT_USERS,
};

struct bmc_report {
	enum bmc_report_kind kind;
	union {
		struct bmc_info info;
		struct bmc_log log;
		struct bmc_sensors sensors;
		struct bmc_fru fru;
		struct bmc_lan lan;
		struct bmc_users users;
	};
};

struct bmc_report *bmc_report_new(enum bmc_report_kind kind);
void bmc_report_free(struct bmc_report *report);
/* Room for one more, zeroed; NULL: there are as many as may be. */
struct bmc_event *bmc_log_add(struct bmc_log *log);
struct bmc_sensor *bmc_sensors_add(struct bmc_sensors *sensors);

const char *bmc_health_name(enum bmc_health health);

#endif
