/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "template/letter.h"
#include "template/regex_node.h"

#define LAST 0x10ffff

void regex_class_add(struct regex_class *class, uint32_t first, uint32_t last)
{
	if (first > last)
		return;
	if (class->n == class->allocated) {
		class->allocated = class->allocated ? class->allocated * 2 : 4;
		class->ranges =
			xrealloc(class->ranges,
				 class->allocated * sizeof(*class->ranges));
	}
	class->ranges[class->n++] = (struct regex_range){ first, last };
}

static int compare(const void *left, const void *right)
{
	const struct regex_range *a = left;
	const struct regex_range *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

void regex_class_tidy(struct regex_class *class)
{
	size_t n = 0;

	if (!class->n)
		return;
	qsort(class->ranges, class->n, sizeof(*class->ranges), compare);
	for (size_t i = 1; i < class->n; i++) {
		struct regex_range *at = &class->ranges[n];

		if (class->ranges[i].first > at->last + 1)
			class->ranges[++n] = class->ranges[i];
		else if (class->ranges[i].last > at->last)
			at->last = class->ranges[i].last;
	}
	class->n = n + 1;
}

void regex_class_release(struct regex_class *class)
{
	free(class->ranges);
	*class = (struct regex_class){ 0 };
}

static bool within(const struct regex_class *class, uint32_t code)
{
	size_t low = 0;
	size_t high = class->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code < class->ranges[middle].first)
			high = middle;
		else if (code > class->ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

void regex_class_add_others(struct regex_class *class,
			    const struct regex_class *other)
{
	uint32_t first = 0;

	for (size_t i = 0; i < other->n; i++) {
		if (other->ranges[i].first > 0)
			regex_class_add(class, first,
					other->ranges[i].first - 1);
		first = other->ranges[i].last + 1;
	}
	regex_class_add(class, first, LAST);
}

/* Letters that are no pair with the ones that they fold to. */
static const uint32_t odd_letters[] = {
	0xb5, 0x17f, 0x3c2, 0x1e9e, 0x2126, 0x212a, 0x212b,
};

uint32_t regex_fold(uint32_t code)
{
	if (code == 0x130 || code == 0x131) /* Turkish only */
		return code;
	return letter_lower(letter_upper(code));
}

void regex_class_close(struct regex_class *class)
{
	regex_class_tidy(class);
	for (uint32_t small = 'a'; small <= 'z'; small++) {
		if (!within(class, small) && !within(class, small - 32))
			continue;
		regex_class_add(class, small, small);
		regex_class_add(class, small - 32, small - 32);
		if (small == 's')
			regex_class_add(class, 0x17f, 0x17f);
		if (small == 'k')
			regex_class_add(class, 0x212a, 0x212a);
		regex_class_tidy(class);
	}
}

/* In whatever case. */
static bool within_folded(const struct regex_class *class, uint32_t code)
{
	uint32_t folded = regex_fold(code);

	if (within(class, code) || within(class, folded))
		return true;
	if (folded != 'i' && within(class, letter_upper(folded)))
		return true;
	if (folded == 'i' && within(class, 'I'))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(odd_letters); i++)
		if (regex_fold(odd_letters[i]) == folded &&
		    within(class, odd_letters[i]))
			return true;
	return false;
}

bool regex_class_has(const struct regex_class *class, uint32_t code)
{
	bool has =
		class->fold ? within_folded(class, code) : within(class, code);

	return has != class->negated;
}

bool regex_class_named(struct regex_class *class, const char *name, size_t len)
{
	static const struct {
		const char *name;
		struct regex_range ranges[4];
	} classes[] = {
		{ "d", { { '0', '9' } } },
		{ "s", { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } } },
		{ "w",
		  { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
		{ "alnum", { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
		{ "alpha", { { 'A', 'Z' }, { 'a', 'z' } } },
		{ "ascii", { { 0, 127 } } },
		{ "blank", { { '\t', '\t' }, { ' ', ' ' } } },
		{ "cntrl", { { 0, 31 }, { 127, 127 } } },
		{ "digit", { { '0', '9' } } },
		{ "graph", { { '!', '~' } } },
		{ "lower", { { 'a', 'z' } } },
		{ "print", { { ' ', '~' } } },
		{ "punct",
		  { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
		{ "space", { { '\t', '\r' }, { ' ', ' ' } } },
		{ "upper", { { 'A', 'Z' } } },
		{ "word",
		  { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
		{ "xdigit", { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strlen(classes[i].name) != len ||
		    memcmp(classes[i].name, name, len) != 0)
			continue;
		for (size_t j = 0; j < 4 && (!j || classes[i].ranges[j].last);
		     j++)
			regex_class_add(class, classes[i].ranges[j].first,
					classes[i].ranges[j].last);
		regex_class_tidy(class);
		return true;
	}
	return false;
}
