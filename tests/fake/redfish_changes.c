/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "redfish_bmc.h"

/*
 * What a BMC does when it is told to: with the ways of its face, and its
 * faults. Each write that is carried out leaves a line in the record.
 */
#define SOON_MS    2000 /* after a start or an off */
#define TASK_MS    1500
#define EJECT_MS   1500
#define HANG_UP_MS (3600 * 1000)

static void done(struct bmc *bmc, struct http_request *req)
{
	if (has_fault(bmc, "task-vanishes") || has_way(bmc, FACE_TASKS)) {
		bmc->task_done = clock_mono() + TASK_MS;
		http_set_header(req, "Location", REDFISH_TASKS "/1");
		http_set_header(req, "Retry-After", "1");
		bmc_reply(bmc, req, 202, "");
		return;
	}
	bmc_reply(bmc, req, 204, "");
}

/* ---- power ---- */

static bool is_soon(mono_ms since)
{
	return since && clock_mono() < since + SOON_MS;
}

static void reset(struct bmc *bmc, struct http_request *req, const json_t *body)
{
	const char *type = json_str_at(body, "ResetType");

	machine_refresh(bmc);
	if (!type) {
		bmc_refuse(bmc, req, 400, "", "ResetType is missing");
		return;
	}
	if (has_way(bmc, FACE_ETAG_NO_ACTION) && http_header(req, "If-Match")) {
		bmc_refuse(bmc, req, 412, "", "If-Match on an action");
		return;
	}
	if (has_way(bmc, FACE_ON_TOO_SOON) && str_eq(type, "On") &&
	    is_soon(bmc->off_at)) {
		bmc_refuse(bmc, req, 409, "ActionParameterValueConflict",
			   "not so soon after off");
		return;
	}
	bmc_record(bmc, "reset", type);
	if (!has_fault(bmc, "power-ignored") && !machine_reset(bmc, type)) {
		bmc_refuse(bmc, req, 409, "", "not in this state");
		return;
	}
	if (has_fault(bmc, "reset-mute"))
		bmc_reply_later(bmc, req, 204, "", HANG_UP_MS);
	else if (has_fault(bmc, "reset-500"))
		bmc_refuse(bmc, req, 500, "", "internal error");
	else
		done(bmc, req);
}

/* ---- tags ---- */

/* False: it has been answered. */
static bool etag_fits(struct bmc *bmc, struct http_request *req)
{
	const char *match = http_header(req, "If-Match");
	bool needed =
		has_way(bmc, FACE_ETAG_NEEDED) || has_fault(bmc, "need-etag");
	char etag[32];

	page_etag(bmc, etag);
	if (!match && needed) {
		bmc_refuse(bmc, req, 428, "PreconditionRequired",
			   "If-Match is needed");
		return false;
	}
	/* Strong comparison: a weak tag matches nothing. */
	if (match && !str_eq(match, "*") &&
	    !str_eq(match, str_starts(etag, "W/") ? etag + 2 : etag)) {
		bmc_refuse(bmc, req, 412, "PreconditionFailed",
			   "somebody was here before");
		return false;
	}
	return true;
}

/* ---- boot ---- */

/* The override in the words of the control command; false: answered. */
static bool read_boot(struct bmc *bmc, struct http_request *req,
		      const json_t *body, const char *now, char out[64])
{
	const char *enabled =
		json_str_at(body, "Boot.BootSourceOverrideEnabled");
	const char *target = json_str_at(body, "Boot.BootSourceOverrideTarget");
	const char *mode = json_str_at(body, "Boot.BootSourceOverrideMode");
	const char *name = target ? page_boot_word(target) : NULL;
	bool once_only = has_way(bmc, FACE_ONCE_ONLY);

	if (mode && has_way(bmc, FACE_MODE_FIXED)) {
		bmc_refuse(bmc, req, 400, "PropertyNotWritable",
			   "BootSourceOverrideMode is read-only");
		return false;
	}
	if (!enabled || !name ||
	    (!mode && !str_eq(enabled, "Disabled") &&
	     has_way(bmc, FACE_ALL_NEEDED)) ||
	    (once_only && str_eq(enabled, "Continuous"))) {
		bmc_refuse(bmc, req, 400, "PropertyMissing",
			   "Boot: target, enabled and mode");
		return false;
	}
	if (str_eq(enabled, "Disabled"))
		name = "none";
	if (!mode)
		mode = has_way(bmc, FACE_MODE_NEEDED) || !strstr(now, ",uefi")
			       ? "Legacy"
			       : "UEFI";
	/* Firmware that has one mode only is UEFI's. */
	if (has_way(bmc, FACE_MODE_FIXED))
		mode = "UEFI";
	snprintf(out, 64, "%s%s%s", name,
		 str_eq(name, "none")   ? ""
		 : str_eq(mode, "UEFI") ? ",uefi"
					: ",legacy",
		 str_eq(enabled, "Continuous") ? ",persistent" : "");
	return true;
}

static void set_boot(struct bmc *bmc, const char *boot, const json_t *body)
{
	const char *url = json_str_at(body, "Boot.HttpBootUri");

	str_copy(bmc->boot, sizeof(bmc->boot), boot);
	if (url)
		str_copy(bmc->boot_url, sizeof(bmc->boot_url), url);
	machine_set(bmc, "boot", boot);
	if (has_fault(bmc, "bmc-restarts") && !bmc->until_restart)
		bmc->until_restart = 2;
}

static void patch_boot(struct bmc *bmc, struct http_request *req,
		       const json_t *body, bool staged)
{
	char boot[64];

	if (!staged && has_way(bmc, FACE_SETTINGS_ONLY)) {
		bmc_refuse(bmc, req, 405, "", "Boot is read-only here");
		return;
	}
	if (has_way(bmc, FACE_POST_BLOCKS) && is_soon(bmc->on_at)) {
		bmc_refuse(bmc, req, 400, "UnableToModifyDuringSystemPOST",
			   "not during POST");
		return;
	}
	if (!etag_fits(bmc, req) || !read_boot(bmc, req, body, bmc->boot, boot))
		return;
	bmc_record(bmc, "boot", boot);
	if (!has_fault(bmc, "boot-ignored") &&
	    (staged || !has_way(bmc, FACE_SYSTEM_DEAF))) {
		if (staged)
			str_copy(bmc->staged, sizeof(bmc->staged), boot);
		if (!staged || has_way(bmc, FACE_SYSTEM_DEAF))
			set_boot(bmc, boot, body);
	}
	bmc->version++;
	bmc_reply(bmc, req, 200, "{}");
}

static void patch_system(struct bmc *bmc, struct http_request *req,
			 const json_t *body)
{
	json_t *lit = json_at(body, "LocationIndicatorActive");

	if (!lit || has_way(bmc, FACE_OLD_LIGHT)) {
		patch_boot(bmc, req, body, false);
		return;
	}
	if (!etag_fits(bmc, req))
		return;
	bmc->lit = json_is_true(lit);
	bmc->version++;
	bmc_record(bmc, "light", bmc->lit ? "on" : "off");
	bmc_reply(bmc, req, 200, "{}");
}

static void patch_settings(struct bmc *bmc, struct http_request *req,
			   const json_t *body)
{
	patch_boot(bmc, req, body, true);
}

static void patch_chassis(struct bmc *bmc, struct http_request *req,
			  const json_t *body)
{
	const char *led = json_str_at(body, "IndicatorLED");

	if (!led || !has_way(bmc, FACE_OLD_LIGHT)) {
		bmc_refuse(bmc, req, 400, "", "IndicatorLED is missing");
		return;
	}
	if (!etag_fits(bmc, req))
		return;
	bmc->lit = !str_eq(led, "Off");
	bmc->version++;
	bmc_record(bmc, "light", bmc->lit ? "on" : "off");
	bmc_reply(bmc, req, 200, "{}");
}

/* ---- media ---- */

static void set_media(struct bmc *bmc, struct http_request *req,
		      const char *url)
{
	if (has_way(bmc, FACE_NO_LICENSE)) {
		bmc_refuse(bmc, req, 403, "OemLicenseNotPassed",
			   "this needs a licence");
		return;
	}
	machine_refresh(bmc);
	if (*url && *bmc->media) {
		bmc_refuse(bmc, req, 409, "VirtualMediaInUse",
			   "an image is in already");
		return;
	}
	if (!*url && has_way(bmc, FACE_LATE_EJECT))
		bmc->ejects_at = clock_mono() + EJECT_MS;
	else
		str_copy(bmc->media, sizeof(bmc->media), url);
	bmc->stale = false;
	bmc_record(bmc, "media", url);
	machine_set(bmc, "media", url);
	done(bmc, req);
}

static void insert(struct bmc *bmc, struct http_request *req,
		   const json_t *body)
{
	const char *url = json_str_at(body, "Image");

	if (!url || strlen(url) >= sizeof(bmc->media) ||
	    (has_way(bmc, FACE_MEDIA_IMAGE) && json_object_size(body) > 1))
		bmc_refuse(bmc, req, 400, "PropertyUnknown",
			   "the image, and that alone");
	else
		set_media(bmc, req, url);
}

static void eject(struct bmc *bmc, struct http_request *req, const json_t *body)
{
	(void)body;
	set_media(bmc, req, "");
}

static void patch_media(struct bmc *bmc, struct http_request *req,
			const json_t *body)
{
	const json_t *image = json_at(body, "Image");

	if (!has_way(bmc, FACE_MEDIA_PATCH) || !image)
		bmc_refuse(bmc, req, 405, "", "by actions only");
	else if (etag_fits(bmc, req))
		set_media(bmc, req,
			  json_is_string(image) ? json_string_value(image)
						: "");
}

/* ---- settings ---- */

static void patch_secure_boot(struct bmc *bmc, struct http_request *req,
			      const json_t *body)
{
	if (!etag_fits(bmc, req))
		return;
	bmc->secure_boot = json_bool_at(body, "SecureBootEnable", false);
	bmc_record(bmc, "secure-boot", bmc->secure_boot ? "on" : "off");
	bmc->version++;
	bmc_reply(bmc, req, 200, "{}");
}

static void patch_bios(struct bmc *bmc, struct http_request *req,
		       const json_t *body)
{
	json_int_t cores = json_int_at(body, "Attributes.Cores", 0);

	if (!etag_fits(bmc, req))
		return;
	if (cores < 1 || cores > 8) {
		bmc_refuse(bmc, req, 400, "PropertyValueNotInList",
			   "1 to 8 cores");
		return;
	}
	bmc->cores_pending = (unsigned)cores;
	bmc_record(bmc, "bios", "Cores");
	bmc_reply(bmc, req, 200, "{}");
}

static void clear_log(struct bmc *bmc, struct http_request *req,
		      const json_t *body)
{
	(void)body;
	bmc->n_log = 1; /* "the log was cleared" */
	bmc_record(bmc, "log", "cleared");
	done(bmc, req);
}

static void restart_bmc(struct bmc *bmc, struct http_request *req,
			const json_t *body)
{
	(void)body;
	bmc_record(bmc, "bmc-reset", "");
	bmc_drop_sessions(bmc);
	bmc->back_at = clock_mono() + SOON_MS;
	bmc_reply(bmc, req, 204, "");
}

static void patch_account(struct bmc *bmc, struct http_request *req,
			  const json_t *body)
{
	const char *password = json_str_at(body, "Password");

	if (!password || strlen(password) < 8 ||
	    strlen(password) >= sizeof(bmc->password)) {
		bmc_refuse(bmc, req, 400, "PropertyValueFormatError",
			   "a password of 8 characters and more");
		return;
	}
	if (!etag_fits(bmc, req))
		return;
	bmc_record(bmc, "password", "changed");
	if (!has_fault(bmc, "password-ignored"))
		str_copy(bmc->password, sizeof(bmc->password), password);
	bmc_drop_sessions(bmc);
	bmc_reply(bmc, req, 200, "{}");
}

static const struct {
	const char *method;
	const char *path;
	void (*change)(struct bmc *bmc, struct http_request *req,
		       const json_t *body);
	unsigned ways; /* one of these is needed, if there are any */
} changes[] = {
	{ "POST", "@S/Actions/ComputerSystem.Reset", reset, 0 },
	{ "PATCH", "@S", patch_system, 0 },
	{ "PATCH", "@S/SD", patch_settings, FACE_SETTINGS },
	{ "PATCH", "@C", patch_chassis, 0 },
	{ "POST", "@S/VirtualMedia/Cd/Actions/VirtualMedia.InsertMedia", insert,
	  FACE_OWN_MEDIA },
	{ "POST", "@S/VirtualMedia/Cd/Actions/VirtualMedia.EjectMedia", eject,
	  FACE_OWN_MEDIA },
	{ "POST", "@M/VirtualMedia/Cd/Actions/VirtualMedia.InsertMedia", insert,
	  0 },
	{ "POST", "@M/VirtualMedia/Cd/Actions/VirtualMedia.EjectMedia", eject,
	  0 },
	{ "PATCH", "@M/VirtualMedia/Cd", patch_media, 0 },
	{ "PATCH", "@S/SecureBoot", patch_secure_boot, 0 },
	{ "PATCH", "@S/Bios/Settings", patch_bios, 0 },
	{ "POST", "@S/LogServices/@L/Actions/LogService.ClearLog", clear_log,
	  0 },
	{ "POST", "@M/Actions/Manager.Reset", restart_bmc, 0 },
	{ "PATCH", REDFISH_ACCOUNTS "/2", patch_account, 0 },
};

void change(struct bmc *bmc, struct http_request *req, const char *path,
	    const json_t *body)
{
	char at[256];

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		bmc_path(bmc, at, sizeof(at), changes[i].path);
		if (!str_eq(path, at) ||
		    !str_eq(http_method(req), changes[i].method) ||
		    (changes[i].ways && !has_way(bmc, changes[i].ways)))
			continue;
		changes[i].change(bmc, req, body);
		return;
	}
	bmc_refuse(bmc, req, 405, "", "not here");
}
