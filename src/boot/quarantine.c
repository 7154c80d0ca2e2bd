/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/quarantine.h"

#include "base/map.h"
#include "base/mem.h"

struct quarantine {
	struct map *until; /* ipv4 -> mono_ms */
};

struct quarantine *quarantine_new(void)
{
	struct quarantine *quarantine = xcalloc(1, sizeof(*quarantine));

	quarantine->until = map_new();
	return quarantine;
}

void quarantine_free(struct quarantine *quarantine)
{
	size_t at = 0;
	void *until;

	if (!quarantine)
		return;
	while (map_next(quarantine->until, &at, &until))
		free(until);
	map_free(quarantine->until);
	free(quarantine);
}

void quarantine_add(struct quarantine *quarantine, ipv4 address, mono_ms now)
{
	mono_ms *until = map_get(quarantine->until, &address, sizeof(address));

	if (!until) {
		until = xmalloc(sizeof(*until));
		map_put(quarantine->until, &address, sizeof(address), until);
	}
	*until = now + QUARANTINE_MS;
}

bool quarantine_has(struct quarantine *quarantine, ipv4 address, mono_ms now)
{
	mono_ms *until = map_get(quarantine->until, &address, sizeof(address));

	if (!until)
		return false;
	if (now < *until)
		return true;
	map_remove(quarantine->until, &address, sizeof(address));
	free(until);
	return false;
}
