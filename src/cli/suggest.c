/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* How many letters may be wrong: of a short word one, or nearly any other
 * short word would be like it; of a long one a third. */
static size_t tolerance(const char *word)
{
	size_t len = strlen(word);

	if (len < 5)
		return 1;
	return len < 9 ? 2 : len / 3;
}

/* The same, but for two neighbours in each other's place. */
static bool is_swapped(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	return a[i] && b[i] && a[i] == b[i + 1] && a[i + 1] == b[i] &&
	       str_eq(a + i + 2, b + i + 2);
}

static size_t distance_of(const char *a, const char *b)
{
	return is_swapped(a, b) ? 1 : str_distance(a, b);
}

const char *suggest(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = tolerance(word) + 1;

	for (size_t i = 0; i < n; i++) {
		size_t distance;

		if (!words[i])
			continue;
		distance = distance_of(word, words[i]);
		if (distance < least && distance < strlen(words[i])) {
			least = distance;
			best = words[i];
		}
	}
	return best;
}
