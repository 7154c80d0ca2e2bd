/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_WRITE_JSON_H
#define TEMPLATE_WRITE_JSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * JSON and YAML as Tinkerbell's templates know them: keys in order, numbers
 * as Go writes them, what is no UTF-8 replaced. All stop at a full buffer.
 */
struct json_style {
	bool html; /* < > & as \u003c, so that it may stand in a page */
	bool pretty;
};

void write_json(struct buf *out, const json_t *value,
		const struct json_style *style);

#endif
