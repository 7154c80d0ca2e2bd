/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_FORMAT_H
#define TEMPLATE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * Go's fmt.Sprintf over JSON values.
 *
 *	format(out, "%-8s %03d", 8, args, 2);
 *
 * As in Go a wrong directive is no error but shows in the text:
 * `%!d(string=hi)`, `%!d(MISSING)`, `%!(EXTRA int=1)`. What Go prints of
 * memory (%p of a map) is such a wrong directive here.
 */
void format(struct buf *out, const char *text, size_t len,
	    const json_t *const *args, size_t n);

/* One directive, its verb aside: `%+08.3`. */
struct directive {
	bool sharp;
	bool zero;
	bool plus;
	bool minus;
	bool space;
	bool syntax; /* %#v: as it would stand in a Go program */
	bool has_width;
	bool has_precision;
	int width;
	int precision;
};

/* A value by a verb: what stands between the texts. */
void format_value(struct buf *out, const struct directive *directive,
		  uint32_t verb, const json_t *value);

#endif
