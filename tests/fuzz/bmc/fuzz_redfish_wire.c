/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "bmc/redfish_wire.h"
#include "fuzz/fuzz.h"

/* Every path that comes out may be put behind our host and token. */
static void check_path(const char *path)
{
	assert(!*path || (path[0] == '/' && path[1] != '/'));
	assert(strlen(path) < BMC_PATH_SIZE);
	assert(!strpbrk(path, " \r\n\t"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *body = (const char *)bytes;
	struct redfish_root root;
	struct redfish_members members;
	struct redfish_system system;
	struct redfish_media media;
	char path[BMC_PATH_SIZE];
	unsigned resets;
	struct err err;

	if (!redfish_parse_root(body, len, &root, &err)) {
		check_path(root.systems);
		check_path(root.managers);
		check_path(root.sessions);
	}
	if (!redfish_parse_members(body, len, &members, &err))
		for (size_t i = 0; i < members.n; i++)
			check_path(members.paths[i]);
	if (!redfish_parse_system(body, len, &system, &err)) {
		check_path(system.reset);
		check_path(system.reset_info);
		check_path(system.settings);
		check_path(system.media);
		assert(strlen(system.etag) < sizeof(system.etag));
	}
	if (!redfish_parse_reset_info(body, len, &resets, &err))
		assert(resets < 1u << REDFISH_N_RESETS);
	if (!redfish_parse_manager(body, len, path, &err))
		check_path(path);
	if (!redfish_parse_media(body, len, &media, &err)) {
		check_path(media.insert);
		check_path(media.eject);
	}
	redfish_parse_session(body, len, path);
	check_path(path);
	redfish_parse_error(400, body, len, &err);
	assert(err.code == ERR_INVALID);
	assert(!strchr(err.message, '\n'));
	return 0;
}
