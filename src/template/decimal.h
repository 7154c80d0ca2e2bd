/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_DECIMAL_H
#define TEMPLATE_DECIMAL_H

#include <stdbool.h>

/*
 * Exact decimal arithmetic, because Sprig's addf and its like have it:
 * `addf 0.1 0.2` is 0.3. A number is taken for the shortest decimal that is
 * read back as it; a quotient has sixteen places, the last one rounded.
 *
 *	struct decimal *sum = decimal_new(0.1);
 *	decimal_apply(sum, '+', 0.2);
 *	total = decimal_value(sum);
 *	decimal_free(sum);
 */
struct decimal;

struct decimal *decimal_new(double value);
void decimal_free(struct decimal *decimal);

/* With '+', '-', '*' or '/'. False: a division by zero. */
bool decimal_apply(struct decimal *decimal, char sign, double value);

/* The nearest double, which may be infinite. */
double decimal_value(const struct decimal *decimal);

#endif
