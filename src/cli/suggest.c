/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* Two letters may be wrong (two in their places swapped are two), or a third
 * of a long word. */
static size_t tolerance(const char *word)
{
	size_t len = strlen(word);

	if (len < 3)
		return 1;
	return len < 9 ? 2 : len / 3;
}

const char *suggest(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = tolerance(word) + 1;

	for (size_t i = 0; i < n; i++) {
		size_t distance;

		if (!words[i])
			continue;
		distance = str_distance(word, words[i]);
		if (distance < least && distance < strlen(words[i])) {
			least = distance;
			best = words[i];
		}
	}
	return best;
}
