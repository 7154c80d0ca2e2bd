/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/report_tree.h"

#include <string.h>

#include "base/str.h"

#define TEXT_MAX 1024

static void put_text(json_t *object, const char *key, const char *text)
{
	char clean[TEXT_MAX];
	json_t *value;

	if (!*text)
		return;
	value = json_string(text);
	if (!value) {
		/* jansson takes UTF-8 only. */
		if (!str_copy(clean, sizeof(clean), text))
			return;
		for (char *c = clean; *c; c++)
			if ((unsigned char)*c >= 0x80)
				*c = '?';
		value = json_string(clean);
	}
	json_object_set_new(object, key, value);
}

static void put_number(json_t *object, const char *key, uint64_t number)
{
	if (number)
		json_object_set_new(object, key,
				    json_integer((json_int_t)number));
}

static void put_flag(json_t *object, const char *key, bool flag)
{
	if (flag)
		json_object_set_new(object, key, json_true());
}

static void put_time(json_t *object, const char *key, wall_ms at)
{
	char text[CLOCK_TEXT];

	if (!at)
		return;
	clock_text(at, text);
	put_text(object, key, text);
}

static void put_health(json_t *object, const char *key, enum bmc_health health)
{
	if (health != BMC_HEALTH_UNKNOWN)
		put_text(object, key, bmc_health_name(health));
}

static void put_address(json_t *object, const char *key, ipv4 address)
{
	char text[IPV4_TEXT];

	if (!address)
		return;
	net_ipv4_text(address, text);
	put_text(object, key, text);
}

static void put_mac(json_t *object, const char *key, const struct mac *mac)
{
	static const struct mac none;
	char text[MAC_TEXT];

	if (memcmp(mac, &none, sizeof(none)) == 0)
		return;
	net_mac_text(mac, text);
	put_text(object, key, text);
}

/* A new object at the end of the list. */
static json_t *add(json_t *list)
{
	json_t *object = json_object();

	json_array_append_new(list, object);
	return object;
}

static json_t *put_list(json_t *object, const char *key)
{
	json_t *list = json_array();

	json_object_set_new(object, key, list);
	return list;
}

static void put_info(json_t *out, const struct bmc_info *info)
{
	json_object_set_new(out, "device", json_integer(info->device));
	json_object_set_new(out, "revision", json_integer(info->revision));
	put_text(out, "firmware", info->firmware);
	put_text(out, "protocol", info->protocol);
	put_number(out, "manufacturer", info->manufacturer);
	put_number(out, "product", info->product);
	put_flag(out, "updating", info->updating);
	put_text(out, "guid", info->guid);
}

static void put_log(json_t *out, const struct bmc_log *log)
{
	json_t *list = put_list(out, "entries");

	put_text(out, "log", log->name);
	json_object_set_new(out, "total", json_integer(log->n_in_all));
	put_number(out, "freeBytes", log->free_bytes);
	put_flag(out, "overflow", log->overflow);
	put_time(out, "added", log->added);
	put_time(out, "erased", log->erased);
	put_number(out, "next", log->next);
	for (size_t i = 0; i < log->n; i++) {
		const struct bmc_event *event = &log->events[i];
		json_t *entry = add(list);

		put_number(entry, "id", event->id);
		put_time(entry, "time", event->at);
		put_number(entry, "type", event->type);
		put_number(entry, "sensorType", event->sensor_type);
		put_number(entry, "sensor", event->sensor);
		json_object_set_new(entry, "asserted",
				    json_boolean(event->asserted));
		put_health(entry, "severity", event->severity);
		put_text(entry, "text", event->text);
	}
}

static void put_sensors(json_t *out, const struct bmc_sensors *sensors)
{
	json_t *list = put_list(out, "sensors");

	put_number(out, "failed", sensors->n_failed);
	for (size_t i = 0; i < sensors->n; i++) {
		const struct bmc_sensor *sensor = &sensors->sensors[i];
		json_t *one = add(list);

		put_text(one, "name", sensor->name);
		put_number(one, "number", sensor->number);
		put_number(one, "type", sensor->type);
		/* jansson has no NaN: json_real gives NULL, and it is absent */
		if (sensor->has_value)
			json_object_set_new(one, "value",
					    json_real(sensor->value));
		put_text(one, "unit", sensor->unit);
		put_health(one, "health", sensor->health);
		put_text(one, "text", sensor->text);
	}
}

static void put_fru(json_t *out, const struct bmc_fru *fru)
{
	put_text(out, "chassisType", fru->chassis_type);
	put_text(out, "chassisPart", fru->chassis_part);
	put_text(out, "chassisSerial", fru->chassis_serial);
	put_time(out, "boardMade", fru->board_made);
	put_text(out, "boardMaker", fru->board_maker);
	put_text(out, "boardName", fru->board_name);
	put_text(out, "boardSerial", fru->board_serial);
	put_text(out, "boardPart", fru->board_part);
	put_text(out, "productMaker", fru->product_maker);
	put_text(out, "productName", fru->product_name);
	put_text(out, "productPart", fru->product_part);
	put_text(out, "productVersion", fru->product_version);
	put_text(out, "productSerial", fru->product_serial);
	put_text(out, "productAsset", fru->product_asset);
}

static void put_lan(json_t *out, const struct bmc_lan *lan)
{
	put_address(out, "address", lan->address);
	put_address(out, "mask", lan->mask);
	put_address(out, "gateway", lan->gateway);
	put_mac(out, "mac", &lan->mac);
	json_object_set_new(out, "dhcp", json_boolean(lan->by_dhcp));
	put_number(out, "vlan", lan->vlan);
}

static void put_users(json_t *out, const struct bmc_users *users)
{
	json_t *list = put_list(out, "users");

	put_number(out, "most", users->max);
	for (size_t i = 0; i < users->n; i++) {
		const struct bmc_user *user = &users->users[i];
		json_t *one = add(list);

		json_object_set_new(one, "id", json_integer(user->id));
		put_text(one, "name", user->name);
		put_number(one, "privilege", user->privilege);
		json_object_set_new(one, "enabled",
				    json_boolean(user->enabled));
	}
}

static void put_cpus(json_t *list, const struct bmc_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_cpus; i++) {
		const struct bmc_cpu *cpu = &inventory->cpus[i];
		json_t *one = add(list);

		put_text(one, "slot", cpu->slot);
		put_text(one, "model", cpu->model);
		put_number(one, "cores", cpu->cores);
		put_number(one, "threads", cpu->threads);
		put_number(one, "mhz", cpu->mhz);
	}
}

static void put_dimms(json_t *list, const struct bmc_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_dimms; i++) {
		const struct bmc_dimm *dimm = &inventory->dimms[i];
		json_t *one = add(list);

		put_text(one, "slot", dimm->slot);
		put_text(one, "type", dimm->type);
		put_text(one, "maker", dimm->maker);
		put_text(one, "part", dimm->part);
		put_text(one, "serial", dimm->serial);
		put_number(one, "mib", dimm->mib);
		put_number(one, "mhz", dimm->mhz);
	}
}

static void put_nics(json_t *list, const struct bmc_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_nics; i++) {
		const struct bmc_nic *nic = &inventory->nics[i];
		json_t *one = add(list);

		put_text(one, "name", nic->name);
		put_mac(one, "mac", &nic->mac);
		put_number(one, "mbps", nic->mbps);
		json_object_set_new(one, "link", json_boolean(nic->link));
	}
}

static void put_drives(json_t *list, const struct bmc_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_drives; i++) {
		const struct bmc_drive *drive = &inventory->drives[i];
		json_t *one = add(list);

		put_text(one, "name", drive->name);
		put_text(one, "model", drive->model);
		put_text(one, "serial", drive->serial);
		put_text(one, "firmware", drive->firmware);
		put_text(one, "protocol", drive->protocol);
		put_text(one, "media", drive->media);
		put_number(one, "bytes", drive->bytes);
		put_health(one, "health", drive->health);
	}
}

static void put_inventory(json_t *out, const struct bmc_inventory *inventory)
{
	json_t *firmwares;

	put_text(out, "maker", inventory->maker);
	put_text(out, "model", inventory->model);
	put_text(out, "serial", inventory->serial);
	put_text(out, "sku", inventory->sku);
	put_text(out, "asset", inventory->asset);
	put_text(out, "uuid", inventory->uuid);
	put_text(out, "hostName", inventory->host_name);
	put_text(out, "bios", inventory->bios);
	put_text(out, "bmcModel", inventory->bmc_model);
	put_text(out, "bmcFirmware", inventory->bmc_firmware);
	put_health(out, "health", inventory->health);
	put_number(out, "memoryGiB", inventory->memory_gib);
	put_number(out, "leftOut", inventory->n_left_out);
	put_number(out, "failed", inventory->n_failed);
	put_cpus(put_list(out, "cpus"), inventory);
	put_dimms(put_list(out, "dimms"), inventory);
	put_nics(put_list(out, "nics"), inventory);
	put_drives(put_list(out, "drives"), inventory);
	firmwares = put_list(out, "firmwares");
	for (size_t i = 0; i < inventory->n_firmwares; i++) {
		json_t *one = add(firmwares);

		put_text(one, "name", inventory->firmwares[i].name);
		put_text(one, "version", inventory->firmwares[i].version);
	}
}

static void put_bios(json_t *out, const struct bmc_bios *bios)
{
	json_t *list = put_list(out, "attributes");

	put_flag(out, "cut", bios->cut);
	for (size_t i = 0; i < bios->n; i++) {
		json_t *one = add(list);

		put_text(one, "name", bios->attributes[i].name);
		put_text(one, "value", bios->attributes[i].value);
		put_text(one, "pending", bios->attributes[i].pending);
	}
}

static void put_secure_boot(json_t *out, const struct bmc_secure_boot *secure)
{
	json_object_set_new(out, "enabled", json_boolean(secure->enabled));
	json_object_set_new(out, "active", json_boolean(secure->active));
	put_text(out, "mode", secure->mode);
}

static void put_report(json_t *out, const struct bmc_report *report)
{
	switch (report->kind) {
	case BMC_REPORT_INFO:
		put_info(out, &report->info);
		break;
	case BMC_REPORT_LOG:
		put_log(out, &report->log);
		break;
	case BMC_REPORT_SENSORS:
		put_sensors(out, &report->sensors);
		break;
	case BMC_REPORT_FRU:
		put_fru(out, &report->fru);
		break;
	case BMC_REPORT_LAN:
		put_lan(out, &report->lan);
		break;
	case BMC_REPORT_USERS:
		put_users(out, &report->users);
		break;
	case BMC_REPORT_INVENTORY:
		put_inventory(out, &report->inventory);
		break;
	case BMC_REPORT_BIOS:
		put_bios(out, &report->bios);
		break;
	case BMC_REPORT_SECURE_BOOT:
		put_secure_boot(out, &report->secure_boot);
		break;
	}
}

static void put_boot(json_t *out, const struct bmc_boot *boot)
{
	put_text(out, "device", bmc_device_name(boot->device));
	json_object_set_new(out, "persistent", json_boolean(boot->persistent));
	json_object_set_new(out, "efi", json_boolean(boot->uefi));
}

json_t *bmc_result_json(const struct bmc_request *request,
			const struct bmc_result *result)
{
	enum bmc_op op = request->op;
	json_t *out = json_object();

	if (op == BMC_POWER_GET || op == BMC_POWER_SET || op == BMC_PROBE) {
		put_text(out, "power", bmc_power_name(result->power));
		if (result->progress != BMC_PROGRESS_UNKNOWN)
			put_text(out, "progress",
				 bmc_progress_name(result->progress));
	}
	if (!result->err.code && (op == BMC_BOOT_GET || op == BMC_BOOT_SET))
		put_boot(out, &result->boot);
	if (bmc_op_writes(op)) {
		json_object_set_new(out, "sent", json_boolean(result->sent));
		json_object_set_new(out, "changed",
				    json_boolean(result->changed));
		json_object_set_new(out, "verified",
				    json_boolean(result->verified));
	}
	if (result->report)
		put_report(out, result->report);
	return out;
}
