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
#define BMC_EVENT_SIZE  192
#define BMC_MAX_EVENTS  1024
#define BMC_MAX_SENSORS 512
#define BMC_MAX_USERS   64

enum bmc_health {
	BMC_HEALTH_UNKNOWN,
	BMC_HEALTH_GOOD,
	BMC_HEALTH_WARNING,
	BMC_HEALTH_CRITICAL,
};

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
	uint16_t id; /* 0: it is none of IPMI's numbers */
	uint8_t type;
	wall_ms at; /* 0: the clock was not set */
	uint8_t sensor_type;
	uint8_t sensor; /* its number */
	bool asserted;  /* false: it has gone again */
	enum bmc_health severity;
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
	char name[BMC_FIELD_SIZE]; /* of the log; "": the only */
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
	unsigned n_failed; /* parts that the BMC did not give */
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

struct bmc_cpu {
	char slot[BMC_FIELD_SIZE];
	char model[BMC_FIELD_SIZE];
	uint32_t cores;
	uint32_t threads;
	uint32_t mhz; /* the most */
};

struct bmc_dimm {
	char slot[BMC_FIELD_SIZE];
	char type[BMC_NAME_SIZE]; /* "DDR5" */
	char maker[BMC_FIELD_SIZE];
	char part[BMC_FIELD_SIZE];
	char serial[BMC_FIELD_SIZE];
	uint32_t mib;
	uint32_t mhz;
};

struct bmc_nic {
	char name[BMC_FIELD_SIZE];
	struct mac mac;
	uint32_t mbps;
	bool link;
};

struct bmc_drive {
	char name[BMC_FIELD_SIZE];
	char model[BMC_FIELD_SIZE];
	char serial[BMC_FIELD_SIZE];
	char firmware[BMC_FIELD_SIZE];
	char protocol[16]; /* "NVMe", "SATA" */
	char media[16];    /* "SSD", "HDD" */
	uint64_t bytes;
	enum bmc_health health;
};

struct bmc_firmware {
	char name[BMC_FIELD_SIZE];
	char version[BMC_FIELD_SIZE];
};

#define BMC_MAX_CPUS      16
#define BMC_MAX_DIMMS     64
#define BMC_MAX_NICS      32
#define BMC_MAX_DRIVES    64
#define BMC_MAX_FIRMWARES 96

/* BMC_INVENTORY: what the machine is made of; "", 0: not said. */
struct bmc_inventory {
	char maker[BMC_FIELD_SIZE];
	char model[BMC_FIELD_SIZE];
	char serial[BMC_FIELD_SIZE];
	char sku[BMC_FIELD_SIZE];
	char asset[BMC_FIELD_SIZE];
	char uuid[BMC_FIELD_SIZE];
	char host_name[BMC_FIELD_SIZE];
	char bios[BMC_FIELD_SIZE]; /* its version */
	char bmc_model[BMC_FIELD_SIZE];
	char bmc_firmware[BMC_FIELD_SIZE];
	enum bmc_health health;
	uint32_t memory_gib;
	struct bmc_cpu cpus[BMC_MAX_CPUS];
	struct bmc_dimm dimms[BMC_MAX_DIMMS];
	struct bmc_nic nics[BMC_MAX_NICS];
	struct bmc_drive drives[BMC_MAX_DRIVES];
	struct bmc_firmware firmwares[BMC_MAX_FIRMWARES];
	size_t n_cpus;
	size_t n_dimms;
	size_t n_nics;
	size_t n_drives;
	size_t n_firmwares;
	unsigned n_left_out; /* for want of room */
	unsigned n_failed;   /* parts that the BMC did not give */
};

struct bmc_attribute {
	char name[BMC_FIELD_SIZE];
	char value[128];
	char pending[128]; /* from the next start on; "": as it is */
};

#define BMC_MAX_ATTRIBUTES 2048

/* BMC_BIOS_GET */
struct bmc_bios {
	size_t n;
	struct bmc_attribute *attributes;
	bool cut; /* there were more */
};

/* BMC_SECURE_BOOT_GET */
struct bmc_secure_boot {
	bool enabled; /* from the next start on */
	bool active;  /* now */
	char mode[BMC_NAME_SIZE];
};

enum bmc_report_kind {
	BMC_REPORT_INFO,
	BMC_REPORT_LOG,
	BMC_REPORT_SENSORS,
	BMC_REPORT_FRU,
	BMC_REPORT_LAN,
	BMC_REPORT_USERS,
	BMC_REPORT_INVENTORY,
	BMC_REPORT_BIOS,
	BMC_REPORT_SECURE_BOOT,
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
		struct bmc_inventory inventory;
		struct bmc_bios bios;
		struct bmc_secure_boot secure_boot;
	};
};

struct bmc_report *bmc_report_new(enum bmc_report_kind kind);
void bmc_report_free(struct bmc_report *report);
/* Room for one more, zeroed; NULL: there are as many as may be. */
struct bmc_event *bmc_log_add(struct bmc_log *log);
struct bmc_sensor *bmc_sensors_add(struct bmc_sensors *sensors);
struct bmc_attribute *bmc_bios_add(struct bmc_bios *bios);

const char *bmc_health_name(enum bmc_health health);

#endif
