/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_system_wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "bmc/redfish_json_wire.h"

static const char *const reset_names[] = {
	[REDFISH_ON] = "On",
	[REDFISH_FORCE_ON] = "ForceOn",
	[REDFISH_FORCE_OFF] = "ForceOff",
	[REDFISH_GRACEFUL_SHUTDOWN] = "GracefulShutdown",
	[REDFISH_GRACEFUL_RESTART] = "GracefulRestart",
	[REDFISH_FORCE_RESTART] = "ForceRestart",
	[REDFISH_POWER_CYCLE] = "PowerCycle",
	[REDFISH_PUSH_POWER_BUTTON] = "PushPowerButton",
	[REDFISH_NMI] = "Nmi",
};

static const char *const target_names[] = {
	[BMC_BOOT_NONE] = "None",      [BMC_BOOT_PXE] = "Pxe",
	[BMC_BOOT_DISK] = "Hdd",       [BMC_BOOT_CD] = "Cd",
	[BMC_BOOT_BIOS] = "BiosSetup", [BMC_BOOT_HTTP] = "UefiHttp",
};

const char *redfish_reset_name(enum redfish_reset reset)
{
	return reset_names[reset];
}

static void parse_power(const char *text, struct redfish_system *system)
{
	system->power = BMC_POWER_UNKNOWN; /* Paused, null */
	if (!strcasecmp(text, "On"))
		system->power = BMC_POWER_ON;
	else if (!strcasecmp(text, "Off"))
		system->power = BMC_POWER_OFF;
	system->moving = !strcasecmp(text, "PoweringOn") ||
			 !strcasecmp(text, "PoweringOff");
}

/* DSP0268, ComputerSystem: BootProgress.LastState. */
static enum bmc_progress progress_of(const char *text)
{
	static const struct {
		const char *name;
		enum bmc_progress progress;
	} states[] = {
		{ "None", BMC_PROGRESS_NONE },
		{ "PrimaryProcessorInitializationStarted",
		  BMC_PROGRESS_FIRMWARE },
		{ "BusInitializationStarted", BMC_PROGRESS_FIRMWARE },
		{ "MemoryInitializationStarted", BMC_PROGRESS_FIRMWARE },
		{ "SecondaryProcessorInitializationStarted",
		  BMC_PROGRESS_FIRMWARE },
		{ "PCIResourceConfigStarted", BMC_PROGRESS_FIRMWARE },
		{ "SystemHardwareInitializationComplete", BMC_PROGRESS_READY },
		{ "SetupEntered", BMC_PROGRESS_SETUP },
		{ "OSBootStarted", BMC_PROGRESS_OS_BOOT },
		{ "OSRunning", BMC_PROGRESS_OS_RUNNING },
	};

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (!strcasecmp(text, states[i].name))
			return states[i].progress;
	return BMC_PROGRESS_UNKNOWN;
}

static enum bmc_device device_of(const char *text)
{
	if (!*text)
		return BMC_BOOT_NONE;
	for (size_t i = 0; i < ARRAY_LEN(target_names); i++)
		if (target_names[i] && !strcasecmp(text, target_names[i]))
			return (enum bmc_device)i;
	return BMC_BOOT_OTHER;
}

static unsigned resets_of(const json_t *list)
{
	unsigned bits = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		for (unsigned k = 0; text && k < REDFISH_N_RESETS; k++)
			if (!strcasecmp(text, reset_names[k]))
				bits |= 1u << k;
	}
	return bits;
}

static void parse_reset(const json_t *object, const char *name,
			struct redfish_action *action)
{
	const json_t *reset =
		redfish_member(redfish_member(object, "Actions"), name);

	redfish_local_path(action->target, redfish_text(reset, "target"));
	action->resets = resets_of(
		redfish_member(reset, "ResetType@Redfish.AllowableValues"));
	redfish_local_path(action->info,
			   redfish_text(reset, "@Redfish.ActionInfo"));
}

static void parse_boot(const json_t *boot, struct redfish_system *system)
{
	const char *enabled = redfish_text(boot, "BootSourceOverrideEnabled");
	const char *mode = redfish_text(boot, "BootSourceOverrideMode");
	const json_t *list;

	system->boot.device =
		device_of(redfish_text(boot, "BootSourceOverrideTarget"));
	/* A target may stay there, as a memory of the last one. */
	if (!strcasecmp(enabled, "Disabled"))
		system->boot.device = BMC_BOOT_NONE;
	system->boot.persistent = !strcasecmp(enabled, "Continuous");
	system->boot.uefi = !strcasecmp(mode, "UEFI");
	system->has_mode = *mode != '\0';
	system->has_boot_url = redfish_member(boot, "HttpBootUri") != NULL;
	str_copy(system->boot_url, sizeof(system->boot_url),
		 redfish_text(boot, "HttpBootUri"));

	list = redfish_member(
		boot, "BootSourceOverrideTarget@Redfish.AllowableValues");
	system->has_targets = json_array_size(list) > 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text)
			system->targets |= 1u << device_of(text);
	}
	list = redfish_member(
		boot, "BootSourceOverrideEnabled@Redfish.AllowableValues");
	system->once_only = json_array_size(list) > 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (redfish_is(json_array_get(list, i), "Continuous"))
			system->once_only = false;
}

static void parse_indicator(const json_t *object, enum redfish_light *light,
			    bool *lit)
{
	const json_t *active =
		redfish_member(object, "LocationIndicatorActive");
	const json_t *led = redfish_member(object, "IndicatorLED");

	*light = REDFISH_LIGHT_NONE;
	*lit = false;
	if (json_is_boolean(active)) {
		*light = REDFISH_LIGHT_ACTIVE;
		*lit = json_is_true(active);
	} else if (json_is_string(led)) {
		*light = REDFISH_LIGHT_LED;
		*lit = redfish_is(led, "Lit") || redfish_is(led, "Blinking");
	}
}

static void parse_ups(const json_t *object, const char *name,
		      char paths[REDFISH_MAX_UPS][BMC_PATH_SIZE])
{
	const json_t *list =
		redfish_member(redfish_member(object, "Links"), name);
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list) && n < REDFISH_MAX_UPS;
	     i++) {
		redfish_id(json_array_get(list, i), paths[n]);
		if (*paths[n])
			n++;
	}
}

static void parse_links(const json_t *object, struct redfish_system *system)
{
	redfish_link(object, "VirtualMedia", system->media);
	redfish_link(object, "Processors", system->processors);
	redfish_link(object, "Memory", system->memory);
	redfish_link(object, "EthernetInterfaces", system->nics);
	redfish_link(object, "Storage", system->storage);
	redfish_link(object, "SimpleStorage", system->simple_storage);
	redfish_link(object, "LogServices", system->logs);
	redfish_link(object, "SecureBoot", system->secure_boot);
	redfish_link(object, "Bios", system->bios);
	parse_ups(object, "Chassis", system->chassis);
	parse_ups(object, "ManagedBy", system->managers);
}

static void parse_names(const json_t *object, struct redfish_system *system)
{
	const json_t *memory = redfish_member(object, "MemorySummary");

	redfish_copy(system->id, sizeof(system->id), object, "Id");
	redfish_copy(system->name, sizeof(system->name), object, "Name");
	redfish_copy(system->maker, sizeof(system->maker), object,
		     "Manufacturer");
	redfish_copy(system->model, sizeof(system->model), object, "Model");
	redfish_copy(system->serial, sizeof(system->serial), object,
		     "SerialNumber");
	redfish_copy(system->sku, sizeof(system->sku), object, "SKU");
	redfish_copy(system->asset, sizeof(system->asset), object, "AssetTag");
	redfish_copy(system->uuid, sizeof(system->uuid), object, "UUID");
	redfish_copy(system->host_name, sizeof(system->host_name), object,
		     "HostName");
	redfish_copy(system->bios_version, sizeof(system->bios_version), object,
		     "BiosVersion");
	system->health = redfish_health(object);
	system->memory_gib = (uint32_t)redfish_number(
		memory, "TotalSystemMemoryGiB", UINT32_MAX);
}

int redfish_parse_system(const char *body, size_t len,
			 struct redfish_system *system, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	memset(system, 0, sizeof(*system));
	if (!object)
		return err_wrap(err, "system");
	parse_power(redfish_text(object, "PowerState"), system);
	system->progress = progress_of(redfish_text(
		redfish_member(object, "BootProgress"), "LastState"));
	parse_boot(redfish_member(object, "Boot"), system);
	parse_reset(object, "#ComputerSystem.Reset", &system->reset);
	redfish_link(redfish_member(object, "@Redfish.Settings"),
		     "SettingsObject", system->settings);
	parse_links(object, system);
	parse_names(object, system);
	parse_indicator(object, &system->light, &system->lit);
	str_copy(system->etag, sizeof(system->etag),
		 redfish_text(object, "@odata.etag"));
	return 0;
}

/* ---- without a tree ---- */

struct scan_text {
	const char *at;
	size_t len;
	bool plain; /* without escapes: it is what it says */
};

/* A string; the position behind it, NULL: it does not end. */
static const char *scan_string(const char *at, const char *end,
			       struct scan_text *text)
{
	text->at = ++at;
	text->plain = true;
	while (at < end && *at != '"') {
		if (*at == '\\') {
			text->plain = false;
			at++;
		}
		at++;
	}
	if (at >= end)
		return NULL;
	text->len = (size_t)(at - text->at);
	return at + 1;
}

static const char *scan_blanks(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	return at;
}

static bool is_word(const struct scan_text *text, const char *word)
{
	return text->len == strlen(word) && !memcmp(text->at, word, text->len);
}

/* One string of the text; what it is the key of, or the value. */
struct scan {
	int depth;
	bool in_progress; /* in the object BootProgress */
	char power[24];
	char state[64];
	bool has_power;
};

/* False: it is one that we want, and has escapes in it. */
static bool note(struct scan *scan, const struct scan_text *key,
		 const struct scan_text *value)
{
	char *out = NULL;
	size_t size = 0;
	size_t len = value->len;

	if (scan->depth == 1 && is_word(key, "PowerState")) {
		out = scan->power;
		size = sizeof(scan->power);
		scan->has_power = true;
	} else if (scan->depth == 2 && scan->in_progress &&
		   is_word(key, "LastState")) {
		out = scan->state;
		size = sizeof(scan->state);
	}
	if (!out)
		return true;
	if (len >= size)
		len = size - 1;
	memcpy(out, value->at, len);
	out[len] = '\0';
	return value->plain;
}

/* A string at `at`, and what follows it when it is a key of a string. A key
 * with escapes may be another spelling of one that we want. */
static const char *scan_pair(struct scan *scan, const char *at, const char *end)
{
	struct scan_text key;
	struct scan_text value;
	const char *next;

	at = scan_string(at, end, &key);
	if (!at || scan->depth > 2)
		return at;
	next = scan_blanks(at, end);
	if (next == end || *next != ':')
		return at;
	if (!key.plain)
		return NULL;
	next = scan_blanks(next + 1, end);
	if (scan->depth == 1)
		scan->in_progress = is_word(&key, "BootProgress");
	if (next == end || *next != '"')
		return next;
	at = scan_string(next, end, &value);
	return at && note(scan, &key, &value) ? at : NULL;
}

bool redfish_scan_power(const char *body, size_t len,
			struct redfish_system *system)
{
	const char *end = body + len;
	struct scan scan = { .depth = 0 };
	const char *at = scan_blanks(body, end);

	memset(system, 0, sizeof(*system));
	if (at == end || *at != '{')
		return false;
	while (at && at < end) {
		if (*at == '"') {
			at = scan_pair(&scan, at, end);
			continue;
		}
		if (*at == '{' || *at == '[')
			scan.depth++;
		else if (*at == '}' || *at == ']')
			scan.depth--;
		at++;
		if (scan.depth > JSON_MAX_DEPTH)
			return false;
		if (scan.depth <= 0)
			break;
	}
	if (!at || scan.depth || scan_blanks(at, end) != end || !scan.has_power)
		return false;
	parse_power(scan.power, system);
	system->progress = progress_of(scan.state);
	return true;
}

/* ---- what belongs to it ---- */

int redfish_parse_reset_info(const char *body, size_t len, unsigned *resets,
			     struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *list;

	*resets = 0;
	if (!object)
		return err_wrap(err, "action info");
	list = redfish_member(object, "Parameters");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *parameter = json_array_get(list, i);

		if (redfish_is(redfish_member(parameter, "Name"), "ResetType"))
			*resets |= resets_of(
				redfish_member(parameter, "AllowableValues"));
	}
	return 0;
}

int redfish_parse_manager(const char *body, size_t len,
			  struct redfish_manager *manager, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	memset(manager, 0, sizeof(*manager));
	if (!object)
		return err_wrap(err, "manager");
	redfish_copy(manager->model, sizeof(manager->model), object, "Model");
	redfish_copy(manager->firmware, sizeof(manager->firmware), object,
		     "FirmwareVersion");
	redfish_link(object, "VirtualMedia", manager->media);
	redfish_link(object, "LogServices", manager->logs);
	parse_reset(object, "#Manager.Reset", &manager->reset);
	return 0;
}

int redfish_parse_media(const char *body, size_t len,
			struct redfish_media *media, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *list;
	const json_t *actions;

	memset(media, 0, sizeof(*media));
	if (!object)
		return err_wrap(err, "virtual media");
	list = redfish_member(object, "MediaTypes");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (redfish_is(json_array_get(list, i), "CD") ||
		    redfish_is(json_array_get(list, i), "DVD"))
			media->cd = true;
	media->inserted = json_is_true(redfish_member(object, "Inserted"));
	str_copy(media->image, sizeof(media->image),
		 redfish_text(object, "Image"));
	str_copy(media->etag, sizeof(media->etag),
		 redfish_text(object, "@odata.etag"));
	actions = redfish_member(object, "Actions");
	redfish_local_path(
		media->insert,
		redfish_text(
			redfish_member(actions, "#VirtualMedia.InsertMedia"),
			"target"));
	redfish_local_path(
		media->eject,
		redfish_text(
			redfish_member(actions, "#VirtualMedia.EjectMedia"),
			"target"));
	return 0;
}

int redfish_parse_light(const char *body, size_t len, enum redfish_light *light,
			bool *lit, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	if (!object)
		return err_wrap(err, "chassis");
	parse_indicator(object, light, lit);
	return 0;
}

bool redfish_is_called(const char *path, const char *name)
{
	size_t len = strlen(path);
	size_t n = strlen(name);

	while (len && path[len - 1] == '/')
		len--;
	return n && len > n && path[len - n - 1] == '/' &&
	       !strncasecmp(path + len - n, name, n);
}

bool redfish_system_is_called(const struct redfish_system *system,
			      const char *name)
{
	const char *const names[] = { system->id, system->name,
				      system->host_name, system->serial,
				      system->uuid };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (*names[i] && !strcasecmp(names[i], name))
			return true;
	return false;
}

/* ---- bodies ---- */

char *redfish_build_reset(enum redfish_reset reset)
{
	return redfish_body(
		json_pack("{s:s}", "ResetType", reset_names[reset]));
}

unsigned redfish_boot_changes(const struct bmc_boot *from,
			      const struct bmc_boot *to)
{
	unsigned parts = 0;

	if (from->persistent != to->persistent ||
	    (from->device == BMC_BOOT_NONE) != (to->device == BMC_BOOT_NONE))
		parts |= REDFISH_BOOT_ENABLED;
	if (from->device != to->device)
		parts |= REDFISH_BOOT_TARGET;
	if (from->uefi != to->uefi)
		parts |= REDFISH_BOOT_MODE;
	return parts;
}

char *redfish_build_boot(const struct bmc_boot *boot, unsigned parts,
			 const char *url)
{
	json_t *object = json_object();
	json_t *uri = *url ? json_string(url) : NULL;
	const char *enabled = boot->persistent ? "Continuous" : "Once";

	if (*url && !uri) {
		json_decref(object);
		return NULL;
	}
	if (boot->device == BMC_BOOT_NONE)
		enabled = "Disabled";
	if (parts & REDFISH_BOOT_ENABLED)
		json_object_set_new(object, "BootSourceOverrideEnabled",
				    json_string(enabled));
	if (parts & REDFISH_BOOT_TARGET)
		json_object_set_new(object, "BootSourceOverrideTarget",
				    json_string(target_names[boot->device]));
	if ((parts & REDFISH_BOOT_MODE) && boot->device != BMC_BOOT_NONE)
		json_object_set_new(
			object, "BootSourceOverrideMode",
			json_string(boot->uefi ? "UEFI" : "Legacy"));
	if (uri)
		json_object_set_new(object, "HttpBootUri", uri);
	return redfish_body(json_pack("{s:o}", "Boot", object));
}

char *redfish_build_light(enum redfish_light light, bool lit, bool blinking)
{
	const char *led = blinking ? "Blinking" : "Lit";

	if (light == REDFISH_LIGHT_ACTIVE)
		return redfish_body(
			json_pack("{s:b}", "LocationIndicatorActive", lit));
	return redfish_body(
		json_pack("{s:s}", "IndicatorLED", lit ? led : "Off"));
}

/* The scheme of an image's URL, as DSP0268 writes it. */
static const char *transfer_of(const char *url)
{
	static const char *const names[][2] = {
		{ "https://", "HTTPS" }, { "http://", "HTTP" },
		{ "nfs://", "NFS" },     { "cifs://", "CIFS" },
		{ "smb://", "CIFS" },    { "ftp://", "FTP" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strncasecmp(url, names[i][0], strlen(names[i][0])))
			return names[i][1];
	return "HTTP";
}

char *redfish_build_insert(const char *url, enum redfish_insert form)
{
	json_t *object = json_pack("{s:s}", "Image", url);

	if (!object)
		return NULL;
	if (form != REDFISH_INSERT_IMAGE)
		json_object_set_new(object, "Inserted", json_true());
	if (form == REDFISH_INSERT_FULL || form == REDFISH_INSERT_TYPED)
		json_object_set_new(object, "WriteProtected", json_true());
	if (form == REDFISH_INSERT_TYPED) {
		json_object_set_new(object, "MediaType", json_string("CD"));
		json_object_set_new(object, "TransferMethod",
				    json_string("Stream"));
		json_object_set_new(object, "TransferProtocolType",
				    json_string(transfer_of(url)));
	}
	return redfish_body(object);
}
