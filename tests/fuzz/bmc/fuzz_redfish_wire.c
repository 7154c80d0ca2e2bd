/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "bmc/redfish_config_wire.h"
#include "bmc/redfish_json_wire.h"
#include "bmc/redfish_part_wire.h"
#include "bmc/redfish_system_wire.h"
#include "bmc/redfish_wire.h"
#include "fuzz/fuzz.h"

/* Every path that comes out may be put behind our host and token. */
static void check_path(const char *path)
{
	assert(!*path || (path[0] == '/' && path[1] != '/'));
	assert(strlen(path) < BMC_PATH_SIZE);
	assert(!strpbrk(path, " \r\n\t"));
}

static void check_links(struct redfish_links *links)
{
	const struct redfish_page *page;

	assert(links->n <= REDFISH_MAX_LINKS);
	while ((page = redfish_links_take(links))) {
		assert(page->kind < REDFISH_N_KINDS);
		check_path(page->path);
	}
	redfish_links_release(links);
}

static void fuzz_common(const char *body, size_t len)
{
	struct redfish_root root;
	struct redfish_members members;
	char path[BMC_PATH_SIZE];
	struct err err;

	if (!redfish_parse_root(body, len, &root, &err)) {
		check_path(root.systems);
		check_path(root.managers);
		check_path(root.sessions);
		check_path(root.accounts);
		check_path(root.update);
	}
	if (!redfish_parse_members(body, len, &members, &err))
		for (size_t i = 0; i < members.n; i++)
			check_path(members.paths[i]);
	redfish_parse_session(body, len, path);
	check_path(path);
	redfish_parse_error(400, body, len, NULL, &err);
	assert(err.code == ERR_INVALID);
	assert(!strchr(err.message, '\n'));
	if (redfish_parse_task(body, len, &err) == REDFISH_TASK_FAILED)
		assert(!strchr(err.message, '\n'));
}

/* What is well-formed is read alike in both ways. */
static void fuzz_scan(const char *body, size_t len, enum bmc_power power)
{
	struct redfish_system scanned;

	if (redfish_scan_power(body, len, &scanned))
		assert(scanned.power == power);
}

static void fuzz_system(const char *body, size_t len)
{
	struct redfish_system system;
	struct err err;

	if (redfish_parse_system(body, len, &system, &err))
		return;
	check_path(system.reset.target);
	check_path(system.reset.info);
	check_path(system.settings);
	check_path(system.media);
	check_path(system.bios);
	check_path(system.chassis[REDFISH_MAX_UPS - 1]);
	assert(strlen(system.etag) < sizeof(system.etag));
	fuzz_scan(body, len, system.power);
}

static void fuzz_belongings(const char *body, size_t len)
{
	struct redfish_manager manager;
	struct redfish_media media;
	enum redfish_light light;
	unsigned resets;
	struct err err;
	bool lit;

	if (!redfish_parse_reset_info(body, len, &resets, &err))
		assert(resets < 1u << REDFISH_N_RESETS);
	if (!redfish_parse_manager(body, len, &manager, &err)) {
		check_path(manager.media);
		check_path(manager.logs);
		check_path(manager.reset.target);
	}
	if (!redfish_parse_media(body, len, &media, &err)) {
		check_path(media.insert);
		check_path(media.eject);
	}
	if (!redfish_parse_light(body, len, &light, &lit, &err))
		assert(light != REDFISH_LIGHT_NONE || !lit);
}

static void fuzz_parts(const char *body, size_t len)
{
	struct bmc_report *parts = bmc_report_new(BMC_REPORT_INVENTORY);
	struct bmc_report *sensors = bmc_report_new(BMC_REPORT_SENSORS);
	struct bmc_report *log = bmc_report_new(BMC_REPORT_LOG);
	struct redfish_links links = { 0 };
	struct redfish_log service;
	struct err err;
	int bad = 0;

	for (unsigned k = REDFISH_CPU; k <= REDFISH_FIRMWARE; k++)
		bad += redfish_parse_part(k, body, len, &parts->inventory,
					  &links, &err);
	for (unsigned k = REDFISH_THERMAL; k <= REDFISH_SENSOR; k++)
		bad += redfish_parse_sensors(k, body, len, &sensors->sensors,
					     &links, &err);
	bad += redfish_parse_chassis(body, len, &links, &err);
	bad += redfish_parse_entries(body, len, &log->log, &links, &err);
	if (!redfish_parse_log(body, len, &service, &err)) {
		check_path(service.entries);
		check_path(service.clear);
	}
	assert(!bad || bad == -12); /* it is JSON for all, or for none */
	assert(parts->inventory.n_drives <= BMC_MAX_DRIVES);
	assert(sensors->sensors.n <= BMC_MAX_SENSORS);
	assert(log->log.n <= log->log.n_in_all);
	check_links(&links);
	bmc_report_free(parts);
	bmc_report_free(sensors);
	bmc_report_free(log);
}

static void fuzz_config(const char *body, size_t len)
{
	struct bmc_report *report = bmc_report_new(BMC_REPORT_BIOS);
	struct bmc_bios *bios = &report->bios;
	struct bmc_secure_boot secure;
	struct redfish_bios where;
	char path[BMC_PATH_SIZE];
	char user[BMC_USER_SIZE];
	struct err err;

	if (!redfish_parse_secure_boot(body, len, &secure, &err))
		assert(strlen(secure.mode) < sizeof(secure.mode));
	if (!redfish_parse_bios(body, len, &where, bios, &err))
		check_path(where.settings);
	if (!redfish_parse_bios_pending(body, len, bios, &err))
		for (size_t i = 0; i < bios->n; i++)
			assert(!*bios->attributes[i].pending);
	if (bios->n) {
		AUTO_FREE char *patch = redfish_build_bios(
			body, len, bios->attributes[0].name,
			bios->attributes[0].value, where.on_reset, &err);

		assert(patch || err.code == ERR_INVALID ||
		       err.code == ERR_NOT_FOUND);
	}
	if (!redfish_parse_accounts(body, len, path, &err))
		check_path(path);
	if (!redfish_parse_account(body, len, user, &err))
		assert(strlen(user) < sizeof(user));
	bmc_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *body = (const char *)bytes;

	fuzz_common(body, len);
	fuzz_system(body, len);
	fuzz_belongings(body, len);
	fuzz_parts(body, len);
	fuzz_config(body, len);
	return 0;
}
