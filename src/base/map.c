/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

struct slot {
	void *key; /* NULL: free */
	size_t len;
	void *value;
	uint64_t hash;
};

struct map {
	struct slot *slots;
	size_t n_slots; /* a power of two */
	size_t count;
	uint64_t seed;
};

struct map *map_new(void)
{
	struct map *map = xcalloc(1, sizeof(*map));
	struct rng rng = rng_system();

	map->n_slots = 16;
	map->slots = xcalloc(map->n_slots, sizeof(*map->slots));
	map->seed = rng_u64(&rng);
	return map;
}

void map_free(struct map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->n_slots; i++)
		free(map->slots[i].key);
	free(map->slots);
	free(map);
}

size_t map_count(const struct map *map)
{
	return map->count;
}

static uint64_t hash_of(const struct map *map, const void *key, size_t len)
{
	const unsigned char *bytes = key;
	uint64_t h = map->seed ^ (len * UINT64_C(0x9e3779b97f4a7c15));

	for (size_t i = 0; i < len; i++) {
		h = (h ^ bytes[i]) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return h;
}

/* The slot of the key, or the free one where it would go. */
static struct slot *probe(const struct map *map, const void *key, size_t len,
			  uint64_t hash)
{
	size_t i = hash & (map->n_slots - 1);

	for (;;) {
		struct slot *slot = &map->slots[i];

		if (!slot->key)
			return slot;
		if (slot->hash == hash && slot->len == len &&
		    memcmp(slot->key, key, len) == 0)
			return slot;
		i = (i + 1) & (map->n_slots - 1);
	}
}

void *map_get(const struct map *map, const void *key, size_t len)
{
	struct slot *slot = probe(map, key, len, hash_of(map, key, len));

	return slot->key ? slot->value : NULL;
}

static void grow(struct map *map)
{
	struct slot *old = map->slots;
	size_t n_old = map->n_slots;

	map->n_slots *= 2;
	map->slots = xcalloc(map->n_slots, sizeof(*map->slots));
	for (size_t i = 0; i < n_old; i++)
		if (old[i].key)
			*probe(map, old[i].key, old[i].len, old[i].hash) =
				old[i];
	free(old);
}

void map_put(struct map *map, const void *key, size_t len, void *value)
{
	uint64_t hash = hash_of(map, key, len);
	struct slot *slot = probe(map, key, len, hash);

	if (!slot->key) {
		if (map->count * 4 >= map->n_slots * 3) {
			grow(map);
			slot = probe(map, key, len, hash);
		}
		slot->key = xmalloc(len);
		memcpy(slot->key, key, len);
		slot->len = len;
		slot->hash = hash;
		map->count++;
	}
	slot->value = value;
}

void map_remove(struct map *map, const void *key, size_t len)
{
	struct slot *slot = probe(map, key, len, hash_of(map, key, len));
	size_t i;

	if (!slot->key)
		return;
	free(slot->key);
	slot->key = NULL;
	map->count--;

	/* Put back those that had only got past this slot by probing. */
	i = (size_t)(slot - map->slots);
	for (;;) {
		struct slot moved;

		i = (i + 1) & (map->n_slots - 1);
		if (!map->slots[i].key)
			return;
		moved = map->slots[i];
		map->slots[i].key = NULL;
		*probe(map, moved.key, moved.len, moved.hash) = moved;
	}
}

bool map_next(const struct map *map, size_t *at, void **value)
{
	while (*at < map->n_slots) {
		const struct slot *slot = &map->slots[(*at)++];

		if (slot->key) {
			*value = slot->value;
			return true;
		}
	}
	return false;
}
