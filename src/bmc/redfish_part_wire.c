/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_part_wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/str.h"
#include "bmc/redfish_json_wire.h"
#include "bmc/redfish_system_wire.h"

/* Where members of a page go. */
struct place {
	enum redfish_kind kind;
	struct redfish_links *links;
	struct bmc_inventory *inventory;
	struct bmc_sensors *sensors;
	struct bmc_log *log;
};

static void read_member(const struct place *place, const json_t *object);

/* A reference has nothing but its address. */
static bool is_link(const json_t *value)
{
	return json_object_size(value) == 1 &&
	       redfish_member(value, "@odata.id");
}

/* The page, or the members of it when it is a collection. */
static void read_page(const struct place *place, const json_t *object)
{
	const json_t *list = redfish_member(object, "Members");
	char path[BMC_PATH_SIZE];

	if (!json_is_array(list)) {
		read_member(place, object);
		return;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);

		redfish_id(value, path);
		if (is_link(value))
			redfish_links_add(place->links, place->kind, path);
		else if (json_is_object(value))
			read_member(place, value);
	}
	redfish_local_path(path,
			   redfish_text(object, "Members@odata.nextLink"));
	redfish_links_add(place->links, place->kind, path);
}

/* A list of links, or of what they lead to, in another member. */
static void read_list(const struct place *place, enum redfish_kind kind,
		      const json_t *list)
{
	struct place inner = *place;
	char path[BMC_PATH_SIZE];

	inner.kind = kind;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);

		redfish_id(value, path);
		if (is_link(value))
			redfish_links_add(place->links, kind, path);
		else if (json_is_object(value))
			read_member(&inner, value);
	}
}

/* ---- parts ---- */

static bool is_absent(const json_t *object)
{
	const json_t *status = redfish_member(object, "Status");

	return redfish_is(redfish_member(status, "State"), "Absent");
}

/* Room for one more, NULL: there is none. */
static void *more(struct bmc_inventory *inventory, void *list, size_t *n,
		  size_t max, size_t size)
{
	if (*n == max) {
		inventory->n_left_out++;
		return NULL;
	}
	return (char *)list + (*n)++ * size;
}

#define MORE(inventory, list)                                                  \
	more(inventory, (inventory)->list, &(inventory)->n_##list,             \
	     ARRAY_LEN((inventory)->list), sizeof((inventory)->list[0]))

static void name_of(char *out, size_t size, const json_t *object,
		    const char *first)
{
	redfish_copy(out, size, object, first);
	if (!*out)
		redfish_copy(out, size, object, "Id");
	if (!*out)
		redfish_copy(out, size, object, "Name");
}

static void read_cpu(const struct place *place, const json_t *object)
{
	const json_t *type = redfish_member(object, "ProcessorType");
	struct bmc_cpu *cpu;

	if (json_is_string(type) && !redfish_is(type, "CPU"))
		return; /* an accelerator, or a core by itself */
	cpu = MORE(place->inventory, cpus);
	if (!cpu)
		return;
	name_of(cpu->slot, sizeof(cpu->slot), object, "Socket");
	redfish_copy(cpu->model, sizeof(cpu->model), object, "Model");
	cpu->cores = (uint32_t)redfish_number(object, "TotalCores", UINT32_MAX);
	cpu->threads =
		(uint32_t)redfish_number(object, "TotalThreads", UINT32_MAX);
	cpu->mhz = (uint32_t)redfish_number(object, "MaxSpeedMHz", UINT32_MAX);
}

static void read_dimm(const struct place *place, const json_t *object)
{
	struct bmc_dimm *dimm = MORE(place->inventory, dimms);

	if (!dimm)
		return;
	name_of(dimm->slot, sizeof(dimm->slot), object, "DeviceLocator");
	redfish_copy(dimm->type, sizeof(dimm->type), object,
		     "MemoryDeviceType");
	redfish_copy(dimm->maker, sizeof(dimm->maker), object, "Manufacturer");
	redfish_copy(dimm->part, sizeof(dimm->part), object, "PartNumber");
	redfish_copy(dimm->serial, sizeof(dimm->serial), object,
		     "SerialNumber");
	dimm->mib = (uint32_t)redfish_number(object, "CapacityMiB", UINT32_MAX);
	dimm->mhz = (uint32_t)redfish_number(object, "OperatingSpeedMhz",
					     UINT32_MAX);
}

static void read_nic(const struct place *place, const json_t *object)
{
	struct mac mac;
	struct bmc_nic *nic;

	if (!net_parse_mac(redfish_text(object, "PermanentMACAddress"), &mac) &&
	    !net_parse_mac(redfish_text(object, "MACAddress"), &mac))
		return; /* nothing that we could know it by */
	nic = MORE(place->inventory, nics);
	if (!nic)
		return;
	nic->mac = mac;
	name_of(nic->name, sizeof(nic->name), object, "Id");
	nic->mbps = (uint32_t)redfish_number(object, "SpeedMbps", UINT32_MAX);
	nic->link = redfish_is(redfish_member(object, "LinkStatus"), "LinkUp");
}

static void read_drive(const struct place *place, const json_t *object)
{
	struct bmc_drive *drive = MORE(place->inventory, drives);

	if (!drive)
		return;
	name_of(drive->name, sizeof(drive->name), object, "Name");
	redfish_copy(drive->model, sizeof(drive->model), object, "Model");
	redfish_copy(drive->serial, sizeof(drive->serial), object,
		     "SerialNumber");
	redfish_copy(drive->firmware, sizeof(drive->firmware), object,
		     "Revision");
	redfish_copy(drive->protocol, sizeof(drive->protocol), object,
		     "Protocol");
	redfish_copy(drive->media, sizeof(drive->media), object, "MediaType");
	drive->bytes = redfish_number(object, "CapacityBytes", INT64_MAX);
	drive->health = redfish_health(object);
}

static void read_firmware(const struct place *place, const json_t *object)
{
	struct bmc_firmware *firmware = MORE(place->inventory, firmwares);

	if (!firmware)
		return;
	name_of(firmware->name, sizeof(firmware->name), object, "Name");
	redfish_copy(firmware->version, sizeof(firmware->version), object,
		     "Version");
}

/* A service that has the collection in a member of its own. */
static void read_update(const struct place *place, const json_t *object)
{
	char path[BMC_PATH_SIZE];

	redfish_link(object, "FirmwareInventory", path);
	redfish_links_add_list(place->links, REDFISH_FIRMWARE, path);
}

int redfish_parse_part(enum redfish_kind kind, const char *body, size_t len,
		       struct bmc_inventory *inventory,
		       struct redfish_links *links, struct err *err)
{
	struct place place = { .kind = kind,
			       .links = links,
			       .inventory = inventory };
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	if (!object)
		return -1;
	read_page(&place, object);
	return 0;
}

/* ---- sensors ---- */

int redfish_parse_chassis(const char *body, size_t len,
			  struct redfish_links *links, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	char thermal[BMC_PATH_SIZE];
	char power[BMC_PATH_SIZE];
	char sensors[BMC_PATH_SIZE];

	if (!object)
		return err_wrap(err, "chassis");
	redfish_link(object, "Thermal", thermal);
	redfish_link(object, "Power", power);
	redfish_link(object, "Sensors", sensors);
	redfish_links_add(links, REDFISH_THERMAL, thermal);
	redfish_links_add(links, REDFISH_POWER, power);
	if (!*thermal && !*power)
		redfish_links_add_list(links, REDFISH_SENSOR, sensors);
	return 0;
}

static void read_value(struct bmc_sensor *sensor, const json_t *object,
		       const char *name)
{
	const json_t *value = redfish_member(object, name);

	sensor->has_value = json_is_number(value);
	sensor->value = json_number_value(value);
	sensor->health = redfish_health(object);
}

static struct bmc_sensor *add_sensor(const struct place *place,
				     const json_t *object, const char *value,
				     const char *unit)
{
	struct bmc_sensor *sensor;

	if (is_absent(object))
		return NULL;
	sensor = bmc_sensors_add(place->sensors);
	if (!sensor)
		return NULL;
	redfish_copy(sensor->name, sizeof(sensor->name), object, "Name");
	if (!*sensor->name)
		redfish_copy(sensor->name, sizeof(sensor->name), object, "Id");
	str_copy(sensor->unit, sizeof(sensor->unit), unit);
	read_value(sensor, object, value);
	return sensor;
}

static void read_thermal(const struct place *place, const json_t *object)
{
	const json_t *list = redfish_member(object, "Temperatures");

	for (size_t i = 0; i < json_array_size(list); i++)
		add_sensor(place, json_array_get(list, i), "ReadingCelsius",
			   "C");
	list = redfish_member(object, "Fans");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *fan = json_array_get(list, i);
		bool percent = redfish_is(redfish_member(fan, "ReadingUnits"),
					  "Percent");
		struct bmc_sensor *sensor = add_sensor(place, fan, "Reading",
						       percent ? "%" : "RPM");

		if (sensor && !*sensor->name)
			redfish_copy(sensor->name, sizeof(sensor->name), fan,
				     "FanName");
	}
}

static void read_power(const struct place *place, const json_t *object)
{
	const json_t *list = redfish_member(object, "Voltages");

	for (size_t i = 0; i < json_array_size(list); i++)
		add_sensor(place, json_array_get(list, i), "ReadingVolts", "V");
	list = redfish_member(object, "PowerControl");
	for (size_t i = 0; i < json_array_size(list); i++)
		add_sensor(place, json_array_get(list, i), "PowerConsumedWatts",
			   "W");
	list = redfish_member(object, "PowerSupplies");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *supply = json_array_get(list, i);
		struct bmc_sensor *sensor =
			add_sensor(place, supply, "PowerInputWatts", "W");

		if (sensor && !sensor->has_value)
			read_value(sensor, supply, "LastPowerOutputWatts");
	}
}

/* DSP0268, Sensor: units are UCUM's. */
static void read_sensor(const struct place *place, const json_t *object)
{
	static const char *const units[][2] = {
		{ "Cel", "C" },
		{ "{rev}/min", "RPM" },
		{ "kW.h", "kWh" },
	};
	const char *unit = redfish_text(object, "ReadingUnits");
	struct bmc_sensor *sensor;

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_eq(unit, units[i][0]))
			unit = units[i][1];
	sensor = add_sensor(place, object, "Reading", "");
	if (sensor)
		snprintf(sensor->unit, sizeof(sensor->unit), "%.*s",
			 (int)sizeof(sensor->unit) - 1, unit);
}

int redfish_parse_sensors(enum redfish_kind kind, const char *body, size_t len,
			  struct bmc_sensors *sensors,
			  struct redfish_links *links, struct err *err)
{
	struct place place = { .kind = kind,
			       .links = links,
			       .sensors = sensors };
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	if (!object)
		return -1;
	read_page(&place, object);
	return 0;
}

/* ---- logs ---- */

int redfish_parse_log(const char *body, size_t len, struct redfish_log *log,
		      struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	memset(log, 0, sizeof(*log));
	if (!object)
		return err_wrap(err, "log");
	name_of(log->id, sizeof(log->id), object, "Id");
	redfish_link(object, "Entries", log->entries);
	redfish_local_path(
		log->clear,
		redfish_text(redfish_member(redfish_member(object, "Actions"),
					    "#LogService.ClearLog"),
			     "target"));
	return 0;
}

unsigned redfish_log_rank(const char *path)
{
	/* What vendors call it, the more general last. */
	static const char *const names[] = {
		"Log", "Log1", "PlatformLog", "StandardLog",
		"IML", "Sel",  "EventLog",
	};

	for (unsigned i = ARRAY_LEN(names); i > 0; i--)
		if (redfish_is_called(path, names[i - 1]))
			return i;
	return 0;
}

/* RFC 3339 with any offset; 0: it is none. */
static wall_ms time_of(const char *text)
{
	struct tm tm = { 0 };
	int hours = 0;
	int minutes = 0;
	char sign = '+';
	int used = 0;
	int64_t seconds;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
		   &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
		   &used) != 6)
		return 0;
	text += used;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text == '+' || *text == '-') {
		sign = *text;
		if (sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2)
			return 0;
	}
	if (tm.tm_year < 1971 || tm.tm_year > 2999 || tm.tm_mon < 1 ||
	    tm.tm_mon > 12)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	seconds = (int64_t)timegm(&tm);
	seconds += (sign == '+' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return seconds * 1000;
}

static enum bmc_health severity_of(const json_t *object)
{
	const json_t *severity = redfish_member(object, "Severity");

	if (redfish_is(severity, "OK"))
		return BMC_HEALTH_GOOD;
	if (redfish_is(severity, "Warning"))
		return BMC_HEALTH_WARNING;
	if (redfish_is(severity, "Critical"))
		return BMC_HEALTH_CRITICAL;
	return BMC_HEALTH_UNKNOWN;
}

static void read_entry(const struct place *place, const json_t *object)
{
	struct bmc_event *event = bmc_log_add(place->log);
	uint32_t id;

	if (!event) {
		place->log->overflow = true;
		return;
	}
	if (str_parse_u32(redfish_text(object, "Id"), UINT16_MAX, &id))
		event->id = (uint16_t)id;
	event->at = time_of(redfish_text(object, "Created"));
	event->severity = severity_of(object);
	event->asserted =
		!redfish_is(redfish_member(object, "EntryCode"), "Deassert");
	redfish_copy(event->text, sizeof(event->text), object, "Message");
	if (!*event->text)
		redfish_copy(event->text, sizeof(event->text), object,
			     "MessageId");
}

int redfish_parse_entries(const char *body, size_t len, struct bmc_log *log,
			  struct redfish_links *links, struct err *err)
{
	struct place place = { .kind = REDFISH_LOG_ENTRY,
			       .links = links,
			       .log = log };
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	uint32_t all;

	if (!object)
		return err_wrap(err, "log");
	all = (uint32_t)redfish_number(object, "Members@odata.count",
				       UINT32_MAX);
	read_page(&place, object);
	if (all > log->n_in_all)
		log->n_in_all = all;
	if (log->n > log->n_in_all)
		log->n_in_all = (uint32_t)log->n;
	return 0;
}

static void read_member(const struct place *place, const json_t *object)
{
	if (is_absent(object))
		return;
	switch (place->kind) {
	case REDFISH_CPU:
		read_cpu(place, object);
		break;
	case REDFISH_DIMM:
		read_dimm(place, object);
		break;
	case REDFISH_NIC:
		read_nic(place, object);
		break;
	case REDFISH_STORAGE:
		read_list(place, REDFISH_DRIVE,
			  redfish_member(object, "Drives"));
		read_list(place, REDFISH_DRIVE,
			  redfish_member(object, "Devices"));
		break;
	case REDFISH_DRIVE:
		read_drive(place, object);
		break;
	case REDFISH_UPDATE:
		read_update(place, object);
		break;
	case REDFISH_FIRMWARE:
		read_firmware(place, object);
		break;
	case REDFISH_THERMAL:
		read_thermal(place, object);
		break;
	case REDFISH_POWER:
		read_power(place, object);
		break;
	case REDFISH_SENSOR:
		read_sensor(place, object);
		break;
	case REDFISH_LOG_ENTRY:
		read_entry(place, object);
		break;
	default:
		break;
	}
}
