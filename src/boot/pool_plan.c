/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/pool_plan.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct slot {
	struct mac mac; /* zero: nobody's, but not free */
	mono_ms until;  /* free from then on */
};

struct pool {
	ipv4 from;
	size_t n;
	struct slot *slots;
};

int pool_parse(const char *text, ipv4 *from, ipv4 *to, struct err *err)
{
	const char *dash = strchr(text, '-');
	AUTO_FREE char *first =
		xstrndup(text, dash ? (size_t)(dash - text) : strlen(text));

	if (!dash || !net_parse_ipv4(first, from) ||
	    !net_parse_ipv4(dash + 1, to) || !*from)
		return err_set(err, ERR_INVALID,
			       "\"%.40s\": expected two IPv4 addresses, as in "
			       "198.18.0.100-198.18.0.200",
			       text);
	if (*to < *from)
		return err_set(err, ERR_INVALID,
			       "\"%.40s\": the second address is below the "
			       "first",
			       text);
	if (*to - *from >= POOL_MAX)
		return err_set(err, ERR_INVALID,
			       "\"%.40s\": more than %d addresses", text,
			       POOL_MAX);
	return 0;
}

struct pool *pool_new(ipv4 from, ipv4 to)
{
	struct pool *pool = xcalloc(1, sizeof(*pool));

	pool->from = from;
	pool->n = (size_t)(to - from) + 1;
	pool->slots = xcalloc(pool->n, sizeof(*pool->slots));
	for (size_t i = 0; i < pool->n; i++)
		pool->slots[i].until = INT64_MIN;
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	free(pool->slots);
	free(pool);
}

/* FNV-1a: the same in every version, as it is to outlive the server. */
static size_t start_of(const struct pool *pool, const struct mac *mac)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(mac->bytes); i++)
		hash = (hash ^ mac->bytes[i]) * 16777619u;
	return hash % pool->n;
}

static struct slot *slot_of(const struct pool *pool, ipv4 address)
{
	if (address < pool->from || address - pool->from >= pool->n)
		return NULL;
	return &pool->slots[address - pool->from];
}

static ipv4 address_of(const struct pool *pool, const struct slot *slot)
{
	return pool->from + (ipv4)(slot - pool->slots);
}

bool pool_has(const struct pool *pool, ipv4 address)
{
	return slot_of(pool, address) != NULL;
}

static bool is_free(const struct slot *slot, mono_ms now)
{
	return slot->until <= now;
}

/* The MAC's, and the first free one where there is none. */
static struct slot *search(const struct pool *pool, const struct mac *mac,
			   mono_ms now, struct slot **spare)
{
	size_t start = start_of(pool, mac);

	*spare = NULL;
	for (size_t i = 0; i < pool->n; i++) {
		struct slot *slot = &pool->slots[(start + i) % pool->n];

		if (is_free(slot, now)) {
			if (!*spare)
				*spare = slot;
		} else if (net_mac_eq(&slot->mac, mac)) {
			return slot;
		}
	}
	return NULL;
}

bool pool_find(const struct pool *pool, const struct mac *mac, mono_ms now,
	       ipv4 *address)
{
	struct slot *spare;
	const struct slot *own = search(pool, mac, now, &spare);

	if (own)
		*address = address_of(pool, own);
	return own != NULL;
}

mono_ms pool_until(const struct pool *pool, const struct mac *mac, mono_ms now)
{
	struct slot *spare;
	const struct slot *own = search(pool, mac, now, &spare);

	return own ? own->until : INT64_MIN;
}

bool pool_offer(struct pool *pool, const struct mac *mac, mono_ms now,
		ipv4 *address)
{
	struct slot *spare;
	struct slot *slot = search(pool, mac, now, &spare);

	if (!slot)
		slot = spare;
	if (!slot)
		return false;
	slot->mac = *mac;
	if (slot->until < now + POOL_OFFER_MS)
		slot->until = now + POOL_OFFER_MS;
	*address = address_of(pool, slot);
	return true;
}

bool pool_take(struct pool *pool, const struct mac *mac, ipv4 address,
	       mono_ms now, mono_ms until)
{
	struct slot *slot = slot_of(pool, address);
	struct slot *spare;
	struct slot *own;

	if (!slot || (!is_free(slot, now) && !net_mac_eq(&slot->mac, mac)))
		return false;
	own = search(pool, mac, now, &spare);
	/* One each: what it was offered beside is free again. */
	if (own && own != slot)
		own->until = INT64_MIN;
	slot->mac = *mac;
	slot->until = until;
	return true;
}

void pool_block(struct pool *pool, ipv4 address, mono_ms until)
{
	struct slot *slot = slot_of(pool, address);

	if (!slot)
		return;
	memset(&slot->mac, 0, sizeof(slot->mac));
	slot->until = until;
}

size_t pool_in_use(const struct pool *pool, mono_ms now)
{
	size_t n = 0;

	for (size_t i = 0; i < pool->n; i++)
		n += !is_free(&pool->slots[i], now);
	return n;
}
