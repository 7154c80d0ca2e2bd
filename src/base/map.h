/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash map from byte strings (keys are copied) to pointers that the map
 * does not own. Keyed with a random number, so that peers cannot choose
 * keys that collide.
 */
struct map;

struct map *map_new(void);
void map_free(struct map *map);
size_t map_count(const struct map *map);
/* NULL: no such key. */
void *map_get(const struct map *map, const void *key, size_t len);
/* Replaces what was there. */
void map_put(struct map *map, const void *key, size_t len, void *value);
void map_remove(struct map *map, const void *key, size_t len);

/* Walk in no order: *at starts at 0; false at the end. Do not change keys. */
bool map_next(const struct map *map, size_t *at, void **value);

#endif
