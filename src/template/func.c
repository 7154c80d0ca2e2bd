/* SPDX-License-Identifier: Apache-2.0 */
#include "template/func.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

static const struct func *(*const tables[])(size_t *n) = {
	func_core,  func_compare, func_logic, func_string, func_words,
	func_split, func_list,    func_dict,  func_math,   func_encode,
	func_regex, func_digest,  func_disk,
};

const struct func *func_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		size_t n;
		const struct func *table = tables[i](&n);

		for (size_t j = 0; j < n; j++)
			if (str_eq(table[j].name, name))
				return &table[j];
	}
	return NULL;
}

const char *func_suggest(const char *name)
{
	const char *best = NULL;
	size_t least = strlen(name) / 3 + 2; /* so much may be wrong */

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		size_t n;
		const struct func *table = tables[i](&n);

		for (size_t j = 0; j < n; j++) {
			size_t distance = str_distance(name, table[j].name);

			if (distance < least) {
				least = distance;
				best = table[j].name;
			}
		}
	}
	return best;
}
