/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"

static const char *const reset_names[] = {
	[REDFISH_ON] = "On",
	[REDFISH_FORCE_ON] = "ForceOn",
	[REDFISH_FORCE_OFF] = "ForceOff",
	[REDFISH_GRACEFUL_SHUTDOWN] = "GracefulShutdown",
	[REDFISH_GRACEFUL_RESTART] = "GracefulRestart",
	[REDFISH_FORCE_RESTART] = "ForceRestart",
	[REDFISH_POWER_CYCLE] = "PowerCycle",
};

static const char *const target_names[] = {
	[BMC_BOOT_NONE] = "None",      [BMC_BOOT_PXE] = "Pxe",
	[BMC_BOOT_DISK] = "Hdd",       [BMC_BOOT_CD] = "Cd",
	[BMC_BOOT_BIOS] = "BiosSetup",
};

const char *redfish_reset_name(enum redfish_reset reset)
{
	return reset_names[reset];
}

static json_t *parse_object(const char *body, size_t len, struct err *err)
{
	json_t *value = json_parse(body, len, err);

	if (value && !json_is_object(value)) {
		json_decref(value);
		value = NULL;
		err_set(err, ERR_PROTOCOL, "expected a JSON object");
	}
	if (!value)
		err->code = ERR_PROTOCOL;
	return value;
}

/* Unlike json_at these names have dots in them: "@odata.id". */
static json_t *member(const json_t *value, const char *name)
{
	return json_object_get(value, name);
}

static const char *text_of(const json_t *value, const char *name)
{
	const char *text = json_string_value(member(value, name));

	return text ? text : "";
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) &&
	       !strcasecmp(json_string_value(value), text);
}

bool redfish_local_path(char path[BMC_PATH_SIZE], const char *text)
{
	const char *mark = strstr(text, "://");

	*path = '\0';
	if (mark && mark < strchrnul(text, '/')) {
		text = strchr(mark + 3, '/');
		if (!text)
			return false;
	}
	if (text[0] != '/' || text[1] == '/')
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return str_copy(path, BMC_PATH_SIZE, text);
}

/* {"@odata.id": path}, or "" */
static void link_of(const json_t *value, const char *name,
		    char path[BMC_PATH_SIZE])
{
	redfish_local_path(path, text_of(member(value, name), "@odata.id"));
}

int redfish_parse_root(const char *body, size_t len, struct redfish_root *root,
		       struct err *err)
{
	AUTO_JSON json_t *object = parse_object(body, len, err);

	memset(root, 0, sizeof(*root));
	if (!object)
		return err_wrap(err, "service root");
	link_of(object, "Systems", root->systems);
	link_of(object, "Managers", root->managers);
	link_of(member(object, "Links"), "Sessions", root->sessions);
	return 0;
}

int redfish_parse_members(const char *body, size_t len,
			  struct redfish_members *members, struct err *err)
{
	AUTO_JSON json_t *object = parse_object(body, len, err);
	const json_t *list;

	members->n = 0;
	if (!object)
		return err_wrap(err, "collection");
	list = member(object, "Members");
	if (!json_is_array(list))
		return err_set(err, ERR_PROTOCOL,
			       "collection: Members is missing");
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (members->n == REDFISH_MAX_MEMBERS)
			break;
		if (redfish_local_path(
			    members->paths[members->n],
			    text_of(json_array_get(list, i), "@odata.id")))
			members->n++;
	}
	return 0;
}

static enum bmc_power power_of(const char *text)
{
	if (!strcasecmp(text, "On"))
		return BMC_POWER_ON;
	if (!strcasecmp(text, "Off"))
		return BMC_POWER_OFF;
	return BMC_POWER_UNKNOWN; /* PoweringOn, PoweringOff, Paused, null */
}

static enum bmc_device device_of(const char *text)
{
	if (!*text)
		return BMC_BOOT_NONE;
	for (size_t i = 0; i < ARRAY_LEN(target_names); i++)
		if (!strcasecmp(text, target_names[i]))
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

static void parse_boot(const json_t *boot, struct redfish_system *system)
{
	const char *enabled = text_of(boot, "BootSourceOverrideEnabled");
	const char *mode = text_of(boot, "BootSourceOverrideMode");
	const json_t *list;

	system->boot.device =
		device_of(text_of(boot, "BootSourceOverrideTarget"));
	/* A target may stay there, as a memory of the last one. */
	if (!strcasecmp(enabled, "Disabled"))
		system->boot.device = BMC_BOOT_NONE;
	system->boot.persistent = !strcasecmp(enabled, "Continuous");
	system->boot.uefi = !strcasecmp(mode, "UEFI");
	system->has_mode = *mode != '\0';

	list = member(boot, "BootSourceOverrideTarget@Redfish.AllowableValues");
	system->has_targets = json_array_size(list) > 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text)
			system->targets |= 1u << device_of(text);
	}
	list = member(boot,
		      "BootSourceOverrideEnabled@Redfish.AllowableValues");
	system->once_only = json_array_size(list) > 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_text(json_array_get(list, i), "Continuous"))
			system->once_only = false;
}

int redfish_parse_system(const char *body, size_t len,
			 struct redfish_system *system, struct err *err)
{
	AUTO_JSON json_t *object = parse_object(body, len, err);
	const json_t *reset;

	memset(system, 0, sizeof(*system));
	if (!object)
		return err_wrap(err, "system");
	system->power = power_of(text_of(object, "PowerState"));
	parse_boot(member(object, "Boot"), system);
	reset = member(member(object, "Actions"), "#ComputerSystem.Reset");
	redfish_local_path(system->reset, text_of(reset, "target"));
	system->resets =
		resets_of(member(reset, "ResetType@Redfish.AllowableValues"));
	redfish_local_path(system->reset_info,
			   text_of(reset, "@Redfish.ActionInfo"));
	link_of(member(object, "@Redfish.Settings"), "SettingsObject",
		system->settings);
	link_of(object, "VirtualMedia", system->media);
	str_copy(system->etag, sizeof(system->etag),
		 text_of(object, "@odata.etag"));
	return 0;
}

int redfish_parse_reset_info(const char *body, size_t len, unsigned *resets,
			     struct err *err)
{
	AUTO_JSON json_t *object = parse_object(body, len, err);
	const json_t *list;

	*resets = 0;
	if (!object)
		return err_wrap(err, "action info");
	list = member(object, "Parameters");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *parameter = json_array_get(list, i);

		if (!strcasecmp(text_of(parameter, "Name"), "ResetType"))
			*resets |=
				resets_of(member(parameter, "AllowableValues"));
	}
	return 0;
}

int redfish_parse_manager(const char *body, size_t len,
			  char media[BMC_PATH_SIZE], struct err *err)
{
	AUTO_JSON json_t *object = parse_object(body, len, err);

	*media = '\0';
	if (!object)
		return err_wrap(err, "manager");
	link_of(object, "VirtualMedia", media);
	return 0;
}

int redfish_parse_media(const char *body, size_t len,
			struct redfish_media *media, struct err *err)
{
	AUTO_JSON json_t *object = parse_object(body, len, err);
	const json_t *list;
	const json_t *actions;

	memset(media, 0, sizeof(*media));
	if (!object)
		return err_wrap(err, "virtual media");
	list = member(object, "MediaTypes");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_text(json_array_get(list, i), "CD") ||
		    is_text(json_array_get(list, i), "DVD"))
			media->cd = true;
	media->inserted = json_is_true(member(object, "Inserted"));
	str_copy(media->image, sizeof(media->image), text_of(object, "Image"));
	actions = member(object, "Actions");
	redfish_local_path(media->insert,
			   text_of(member(actions, "#VirtualMedia.InsertMedia"),
				   "target"));
	redfish_local_path(
		media->eject,
		text_of(member(actions, "#VirtualMedia.EjectMedia"), "target"));
	return 0;
}

void redfish_parse_session(const char *body, size_t len,
			   char path[BMC_PATH_SIZE])
{
	struct err ignored;
	AUTO_JSON json_t *object = parse_object(body, len, &ignored);

	redfish_local_path(path, text_of(object, "@odata.id"));
}

/* What an error answer says, on one line; "" when it says nothing. */
static void parse_message(const char *body, size_t len, char *text, size_t size)
{
	struct err ignored;
	AUTO_JSON json_t *object = parse_object(body, len, &ignored);
	const json_t *error = member(object, "error");
	const json_t *list = member(error, "@Message.ExtendedInfo");
	const char *message = text_of(json_array_get(list, 0), "Message");

	if (!*message)
		message = text_of(error, "message");
	snprintf(text, size, "%s", message);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

void redfish_parse_error(int status, const char *body, size_t len,
			 struct err *err)
{
	char text[240];
	enum err_code code = ERR_PROTOCOL;

	parse_message(body, len, text, sizeof(text));
	if (status == 403)
		code = ERR_DENIED;
	else if (status == 404 || status == 410)
		code = ERR_NOT_FOUND;
	else if (status == 405 || status == 501)
		code = ERR_UNSUPPORTED;
	else if (status == 400 || status == 409 || status == 422)
		code = ERR_INVALID;
	err_set(err, code, "HTTP %d%s%s", status, *text ? ": " : "", text);
}

static char *text_and_free(json_t *object)
{
	char *text = json_text(object);

	json_decref(object);
	return text;
}

char *redfish_build_login(const char *user, const char *password)
{
	json_t *object =
		json_pack("{s:s, s:s}", "UserName", user, "Password", password);

	return object ? text_and_free(object) : NULL;
}

char *redfish_build_reset(enum redfish_reset reset)
{
	return text_and_free(
		json_pack("{s:s}", "ResetType", reset_names[reset]));
}

char *redfish_build_boot(const struct bmc_boot *boot, bool mode)
{
	json_t *object = json_object();
	const char *enabled = boot->persistent ? "Continuous" : "Once";

	if (boot->device == BMC_BOOT_NONE)
		enabled = "Disabled";
	json_object_set_new(object, "BootSourceOverrideEnabled",
			    json_string(enabled));
	json_object_set_new(object, "BootSourceOverrideTarget",
			    json_string(target_names[boot->device]));
	if (mode && boot->device != BMC_BOOT_NONE)
		json_object_set_new(
			object, "BootSourceOverrideMode",
			json_string(boot->uefi ? "UEFI" : "Legacy"));
	return text_and_free(json_pack("{s:o}", "Boot", object));
}

char *redfish_build_insert(const char *url, unsigned variant)
{
	json_t *object = json_pack("{s:s}", "Image", url);

	if (!object)
		return NULL;
	if (variant < 2)
		json_object_set_new(object, "Inserted", json_true());
	if (variant < 1)
		json_object_set_new(object, "WriteProtected", json_true());
	return text_and_free(object);
}
