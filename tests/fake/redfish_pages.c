/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "redfish_bmc.h"

/*
 * What a BMC shows. Pages that never change are texts, in which @S stands for
 * the system's path, @M for the manager's and @C for the chassis'; the others
 * are made from what is known of the machine.
 */
#define ID(path) "{\"@odata.id\":\"" path "\"}"

struct page {
	const char *path;
	const char *text;
};

static const struct page pages[] = {
	{ "/redfish/v1/Systems", "{\"Members\":[" ID("@S") "]}" },
	{ "/redfish/v1/Managers", "{\"Members\":[" ID("@M") "]}" },
	{ "/redfish/v1/Chassis", "{\"Members\":[" ID("@C") "]}" },
	{ "@S/VirtualMedia", "{\"Members\":[" ID("@S/VirtualMedia/Cd") "]}" },
	{ "@M/VirtualMedia", "{\"Members\":[" ID("@M/VirtualMedia/Cd") "]}" },
	{ "@S/Processors", "{\"Members\":[" ID("@S/Processors/1") "," ID(
				   "@S/Processors/2") "]}" },
	{ "@S/Processors/1", "{\"@odata.id\":\"@S/Processors/1\",\"Id\":\"1\","
			     "\"Socket\":\"CPU 1\",\"ProcessorType\":\"CPU\","
			     "\"Model\":\"Xeon Gold 6330\",\"TotalCores\":28,"
			     "\"TotalThreads\":56,\"MaxSpeedMHz\":3100}" },
	{ "@S/Processors/2", "{\"@odata.id\":\"@S/Processors/2\",\"Id\":\"2\","
			     "\"Socket\":\"CPU 2\",\"Status\":{\"State\":"
			     "\"Absent\"}}" },
	{ "@S/Memory", "{\"Members\":[" ID("@S/Memory/A1") "]}" },
	{ "@S/Memory/A1", "{\"@odata.id\":\"@S/Memory/A1\",\"DeviceLocator\":"
			  "\"A1\",\"CapacityMiB\":32768,\"MemoryDeviceType\":"
			  "\"DDR4\",\"OperatingSpeedMhz\":3200,\"Manufacturer\""
			  ":\"Hynix\",\"PartNumber\":\"HMA\"}" },
	{ "@S/EthernetInterfaces",
	  "{\"Members\":[" ID("@S/EthernetInterfaces/1") "]}" },
	{ "@S/EthernetInterfaces/1",
	  "{\"@odata.id\":\"@S/EthernetInterfaces/1\",\"Id\":\"NIC.1\","
	  "\"MACAddress\":\"52:54:00:00:00:01\",\"SpeedMbps\":25000,"
	  "\"LinkStatus\":\"LinkUp\"}" },
	{ "@S/Storage", "{\"Members\":[" ID("@S/Storage/1") "]}" },
	{ "@S/Storage/1", "{\"@odata.id\":\"@S/Storage/1\",\"Drives\":[" ID(
				  "@S/Storage/1/Drives/0") "]}" },
	{ "@S/Storage/1/Drives/0",
	  "{\"@odata.id\":\"@S/Storage/1/Drives/0\",\"Name\":\"Disk 0\","
	  "\"Model\":\"PM9A3\",\"SerialNumber\":\"S6\",\"Protocol\":\"NVMe\","
	  "\"MediaType\":\"SSD\",\"CapacityBytes\":1920383410176,"
	  "\"Status\":{\"Health\":\"OK\"}}" },
	{ "/redfish/v1/UpdateService",
	  "{\"FirmwareInventory\":" ID(
		  "/redfish/v1/UpdateService/FirmwareInventory") "}" },
	{ "/redfish/v1/UpdateService/FirmwareInventory",
	  "{\"Members\":[" ID(
		  "/redfish/v1/UpdateService/FirmwareInventory/BIOS") "]}" },
	{ "/redfish/v1/UpdateService/FirmwareInventory/BIOS",
	  "{\"Name\":\"BIOS\",\"Version\":\"1.2.3\"}" },
	{ "@C/Thermal",
	  "{\"Temperatures\":[{\"Name\":\"Inlet\",\"ReadingCelsius\":24}],"
	  "\"Fans\":[{\"Name\":\"Fan 1\",\"Reading\":6000}]}" },
	{ "@C/Power", "{\"PowerControl\":[{\"Name\":\"Total\","
		      "\"PowerConsumedWatts\":210}]}" },
	{ "@C/Sensors",
	  "{\"Members\":[" ID("@C/Sensors/Inlet") "," ID(
		  "@C/Sensors/Fan1") "," ID("@C/Sensors/Total") "]}" },
	{ "@C/Sensors/Inlet", "{\"@odata.id\":\"@C/Sensors/Inlet\",\"Name\":"
			      "\"Inlet\",\"Reading\":24,\"ReadingUnits\":"
			      "\"Cel\"}" },
	{ "@C/Sensors/Fan1", "{\"@odata.id\":\"@C/Sensors/Fan1\",\"Name\":"
			     "\"Fan 1\",\"Reading\":6000,\"ReadingUnits\":"
			     "\"RPM\"}" },
	{ "@C/Sensors/Total", "{\"@odata.id\":\"@C/Sensors/Total\",\"Name\":"
			      "\"Total\",\"Reading\":210,\"ReadingUnits\":"
			      "\"W\"}" },
	{ "@S/LogServices", "{\"Members\":[" ID("@S/LogServices/@L") "]}" },
	{ "@M/LogServices", "{\"Members\":[" ID("@M/LogServices/Audit") "]}" },
	{ "@S/LogServices/@L",
	  "{\"Id\":\"@L\",\"Entries\":" ID(
		  "@S/LogServices/@L/Entries") ","
					       "\"Actions\":{\"#LogService."
					       "ClearLog\":{\"target\":"
					       "\"@S/LogServices/@L/Actions/"
					       "LogService.ClearLog\"}}}" },
	{ "@M/LogServices/Audit", "{\"Id\":\"Audit\",\"Entries\":" ID(
					  "@M/LogServices/Audit/Entries") "}" },
	{ "@M/LogServices/Audit/Entries",
	  "{\"Members\":[{\"Id\":\"1\",\"Created\":\"2026-01-02T03:04:05Z\","
	  "\"Message\":\"admin logged in\"}]}" },
	{ "/redfish/v1/AccountService",
	  "{\"Accounts\":" ID(REDFISH_ACCOUNTS) "}" },
	{ REDFISH_ACCOUNTS, "{\"Members\":[" ID(REDFISH_ACCOUNTS "/1") "," ID(
				    REDFISH_ACCOUNTS "/2") "]}" },
	{ REDFISH_ACCOUNTS "/1",
	  "{\"@odata.id\":\"" REDFISH_ACCOUNTS "/1\",\"UserName\":\"\"}" },
	{ "@S/ResetActionInfo",
	  "{\"Parameters\":[{\"Name\":\"ResetType\",\"AllowableValues\":["
	  "\"On\",\"ForceOff\",\"GracefulShutdown\",\"ForceRestart\","
	  "\"PowerCycle\",\"Nmi\"]}]}" },
};

/* ---- words of boot overrides ---- */

static const char *const targets[][2] = {
	{ "none", "None" },     { "pxe", "Pxe" },        { "disk", "Hdd" },
	{ "cdrom", "Cd" },      { "bios", "BiosSetup" }, { "default", "Hdd" },
	{ "http", "UefiHttp" },
};

const char *page_target(const char *boot)
{
	size_t n = strcspn(boot, ",");

	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strlen(targets[i][0]) == n &&
		    !strncmp(boot, targets[i][0], n))
			return targets[i][1];
	return "None";
}

const char *page_boot_word(const char *target)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (str_eq(target, targets[i][1]))
			return targets[i][0];
	return NULL;
}

void page_etag(const struct bmc *bmc, char out[32])
{
	snprintf(out, 32, "%s\"%u\"", has_way(bmc, FACE_ETAG_WEAK) ? "W/" : "",
		 bmc->version);
}

/* ---- pages that change ---- */

static void put_link(const struct bmc *bmc, json_t *object, const char *name,
		     const char *template)
{
	char path[256];

	bmc_path(bmc, path, sizeof(path), template);
	json_object_set_new(object, name,
			    json_pack("{s:s}", "@odata.id", path));
}

static json_t *words(const char *list)
{
	json_t *out = json_array();

	while (*list) {
		size_t n = strcspn(list, ",");

		json_array_append_new(out, json_stringn(list, n));
		list += n + (list[n] == ',');
	}
	return out;
}

static json_t *show_boot(const struct bmc *bmc, const char *boot)
{
	const char *target = page_target(boot);
	const char *enabled = "Once";
	json_t *out;

	if (strstr(boot, ",persistent"))
		enabled = "Continuous";
	if (str_eq(target, "None"))
		enabled = "Disabled";
	out = json_pack("{s:s, s:s, s:s, s:o, s:o}",
			"BootSourceOverrideEnabled", enabled,
			"BootSourceOverrideTarget", target,
			"BootSourceOverrideMode",
			strstr(boot, ",uefi") ? "UEFI" : "Legacy",
			"BootSourceOverrideTarget@Redfish.AllowableValues",
			words("None,Pxe,Hdd,Cd,BiosSetup,UefiHttp"),
			"BootSourceOverrideEnabled@Redfish.AllowableValues",
			words(has_way(bmc, FACE_ONCE_ONLY)
				      ? "Disabled,Once"
				      : "Disabled,Once,Continuous"));
	if (!has_way(bmc, FACE_SETTINGS_ONLY | FACE_MODE_FIXED))
		json_object_set_new(out, "HttpBootUri",
				    *bmc->boot_url ? json_string(bmc->boot_url)
						   : json_null());
	return out;
}

static json_t *show_actions(const struct bmc *bmc)
{
	json_t *reset = json_object();
	char path[256];

	bmc_path(bmc, path, sizeof(path), "@S/Actions/ComputerSystem.Reset");
	json_object_set_new(reset, "target", json_string(path));
	bmc_path(bmc, path, sizeof(path), "@S/ResetActionInfo");
	if (has_way(bmc, FACE_ACTION_INFO))
		json_object_set_new(reset, "@Redfish.ActionInfo",
				    json_string(path));
	else
		json_object_set_new(reset, "ResetType@Redfish.AllowableValues",
				    words(bmc->options.face->resets));
	return json_pack("{s:o}", "#ComputerSystem.Reset", reset);
}

static json_t *show_links(const struct bmc *bmc)
{
	char chassis[128];
	char manager[128];

	bmc_path(bmc, chassis, sizeof(chassis), "@C");
	bmc_path(bmc, manager, sizeof(manager), "@M");
	return json_pack("{s:[{s:s}], s:[{s:s}]}", "Chassis", "@odata.id",
			 chassis, "ManagedBy", "@odata.id", manager);
}

static json_t *show_system(struct bmc *bmc)
{
	static const char *const parts[] = {
		"Processors", "Memory", "EthernetInterfaces", "Storage",
		"SecureBoot", "Bios",   "LogServices",
	};
	const struct face *face = bmc->options.face;
	char path[256];
	char etag[32];
	json_t *out;

	page_etag(bmc, etag);
	bmc_path(bmc, path, sizeof(path), "@S");
	out = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:o, s:o, "
		"s:o, s:{s:i}, s:{s:s}}",
		"@odata.id", path, "@odata.etag", etag, "Id", face->system,
		"Manufacturer", face->maker, "Model", face->model,
		"SerialNumber", "SN-1", "BiosVersion", "1.2.3", "PowerState",
		machine_power(bmc), "BootProgress", "LastState",
		bmc->on ? "OSRunning" : "None", "Boot",
		show_boot(bmc, bmc->boot), "Actions", show_actions(bmc),
		"Links", show_links(bmc), "MemorySummary",
		"TotalSystemMemoryGiB", 32, "Status", "Health", "OK");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		snprintf(path, sizeof(path), "@S/%s", parts[i]);
		put_link(bmc, out, parts[i], path);
	}
	if (has_way(bmc, FACE_OWN_MEDIA))
		put_link(bmc, out, "VirtualMedia", "@S/VirtualMedia");
	if (has_way(bmc, FACE_SETTINGS)) {
		bmc_path(bmc, path, sizeof(path), "@S/SD");
		json_object_set_new(out, "@Redfish.Settings",
				    json_pack("{s:{s:s}}", "SettingsObject",
					      "@odata.id", path));
	}
	if (!has_way(bmc, FACE_OLD_LIGHT))
		json_object_set_new(out, "LocationIndicatorActive",
				    json_boolean(bmc->lit));
	return out;
}

static json_t *show_settings(struct bmc *bmc)
{
	return json_pack("{s:o}", "Boot",
			 show_boot(bmc, *bmc->staged ? bmc->staged : "none"));
}

static json_t *show_root(struct bmc *bmc)
{
	const struct face *face = bmc->options.face;
	json_t *out =
		json_pack("{s:s, s:{s:b, s:b, s:{s:b}}}", "RedfishVersion",
			  "1.15.0", "ProtocolFeaturesSupported", "SelectQuery",
			  has_way(bmc, FACE_SELECT), "TopSkipQuery", false,
			  "ExpandQuery", "NoLinks", has_way(bmc, FACE_EXPAND));
	json_t *links = json_object();

	put_link(bmc, links, "Sessions", REDFISH_SESSIONS);
	json_object_set_new(out, "Links", links);
	put_link(bmc, out, "Systems", "/redfish/v1/Systems");
	put_link(bmc, out, "Managers", "/redfish/v1/Managers");
	put_link(bmc, out, "Chassis", "/redfish/v1/Chassis");
	put_link(bmc, out, "AccountService", "/redfish/v1/AccountService");
	put_link(bmc, out, "UpdateService", "/redfish/v1/UpdateService");
	if (*face->vendor)
		json_object_set_new(out, "Vendor", json_string(face->vendor));
	if (*face->product)
		json_object_set_new(out, "Product", json_string(face->product));
	return out;
}

static json_t *show_manager(struct bmc *bmc)
{
	const struct face *face = bmc->options.face;
	char path[256];
	json_t *out;

	bmc_path(bmc, path, sizeof(path), "@M/Actions/Manager.Reset");
	out = json_pack("{s:s, s:s, s:s, s:{s:{s:s, s:[s]}}}", "Id",
			face->manager, "Model", face->controller,
			"FirmwareVersion", face->firmware, "Actions",
			"#Manager.Reset", "target", path,
			"ResetType@Redfish.AllowableValues", "GracefulRestart");
	put_link(bmc, out, "LogServices", "@M/LogServices");
	if (!has_way(bmc, FACE_OWN_MEDIA))
		put_link(bmc, out, "VirtualMedia", "@M/VirtualMedia");
	return out;
}

static json_t *show_chassis(struct bmc *bmc)
{
	json_t *out = json_pack("{s:s}", "Id", "1");

	if (has_way(bmc, FACE_OLD_SENSORS)) {
		put_link(bmc, out, "Thermal", "@C/Thermal");
		put_link(bmc, out, "Power", "@C/Power");
	} else {
		put_link(bmc, out, "Sensors", "@C/Sensors");
	}
	if (has_way(bmc, FACE_OLD_LIGHT))
		json_object_set_new(out, "IndicatorLED",
				    json_string(bmc->lit ? "Blinking" : "Off"));
	return out;
}

static json_t *show_cd(struct bmc *bmc)
{
	bool in = *bmc->media && !bmc->stale;
	bool own = has_way(bmc, FACE_OWN_MEDIA);
	char insert[256];
	char eject[256];
	char etag[32];
	json_t *out;

	page_etag(bmc, etag);
	bmc_path(bmc, insert, sizeof(insert),
		 own ? "@S/VirtualMedia/Cd/Actions/VirtualMedia.InsertMedia"
		     : "@M/VirtualMedia/Cd/Actions/VirtualMedia.InsertMedia");
	bmc_path(bmc, eject, sizeof(eject),
		 own ? "@S/VirtualMedia/Cd/Actions/VirtualMedia.EjectMedia"
		     : "@M/VirtualMedia/Cd/Actions/VirtualMedia.EjectMedia");
	out = json_pack("{s:s, s:[ss], s:b, s:o}", "@odata.etag", etag,
			"MediaTypes", "CD", "DVD", "Inserted", in, "Image",
			in ? json_string(bmc->media) : json_null());
	if (!has_way(bmc, FACE_MEDIA_PATCH))
		json_object_set_new(
			out, "Actions",
			json_pack("{s:{s:s}, s:{s:s}}",
				  "#VirtualMedia.InsertMedia", "target", insert,
				  "#VirtualMedia.EjectMedia", "target", eject));
	return out;
}

static json_t *show_secure_boot(struct bmc *bmc)
{
	return json_pack("{s:b, s:s, s:s}", "SecureBootEnable",
			 bmc->secure_boot, "SecureBootCurrentBoot", "Disabled",
			 "SecureBootMode", "UserMode");
}

static json_t *show_bios(struct bmc *bmc)
{
	char path[256];

	bmc_path(bmc, path, sizeof(path), "@S/Bios/Settings");
	return json_pack("{s:{s:s, s:i}, s:{s:{s:s}, s:[s]}}", "Attributes",
			 "BootMode", "Uefi", "Cores", (int)bmc->cores,
			 "@Redfish.Settings", "SettingsObject", "@odata.id",
			 path, "SupportedApplyTimes", "OnReset");
}

static json_t *show_bios_settings(struct bmc *bmc)
{
	json_t *attributes = json_object();

	if (bmc->cores_pending)
		json_object_set_new(attributes, "Cores",
				    json_integer(bmc->cores_pending));
	return json_pack("{s:o}", "Attributes", attributes);
}

static json_t *show_entries(struct bmc *bmc)
{
	json_t *list = json_array();

	for (unsigned i = 1; i <= bmc->n_log; i++) {
		AUTO_FREE char *id = xasprintf("%u", i);

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s}", "Id", id, "Created",
				  "2026-01-02T03:04:05Z", "Severity", "OK",
				  "Message", "something happened"));
	}
	return json_pack("{s:i, s:o}", "Members@odata.count", (int)bmc->n_log,
			 "Members", list);
}

static json_t *show_account(struct bmc *bmc)
{
	return json_pack("{s:s, s:s}", "@odata.id", REDFISH_ACCOUNTS "/2",
			 "UserName", bmc->options.user);
}

static const struct {
	const char *path;
	json_t *(*show)(struct bmc *bmc);
	unsigned ways; /* one of these is needed, if there are any */
} shows[] = {
	{ REDFISH_ROOT, show_root, 0 },
	{ "@S", show_system, 0 },
	{ "@S/SD", show_settings, FACE_SETTINGS },
	{ "@M", show_manager, 0 },
	{ "@C", show_chassis, 0 },
	{ "@S/VirtualMedia/Cd", show_cd, FACE_OWN_MEDIA },
	{ "@M/VirtualMedia/Cd", show_cd, 0 },
	{ "@S/SecureBoot", show_secure_boot, 0 },
	{ "@S/Bios", show_bios, 0 },
	{ "@S/Bios/Settings", show_bios_settings, 0 },
	{ "@S/LogServices/@L/Entries", show_entries, 0 },
	{ REDFISH_ACCOUNTS "/2", show_account, 0 },
};

json_t *page_get(struct bmc *bmc, const char *path)
{
	char at[256];
	char text[2048];
	struct err ignored;

	for (size_t i = 0; i < ARRAY_LEN(shows); i++) {
		bmc_path(bmc, at, sizeof(at), shows[i].path);
		if (str_eq(path, at) &&
		    (!shows[i].ways || has_way(bmc, shows[i].ways)))
			return shows[i].show(bmc);
	}
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		bmc_path(bmc, at, sizeof(at), pages[i].path);
		if (!str_eq(path, at))
			continue;
		bmc_path(bmc, text, sizeof(text), pages[i].text);
		return json_parse(text, strlen(text), &ignored);
	}
	return NULL;
}
