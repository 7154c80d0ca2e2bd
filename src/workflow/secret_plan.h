/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_SECRET_PLAN_H
#define WORKFLOW_SECRET_PLAN_H

#include "base/json.h"
#include "workflow/workflow_wire.h"

/*
 * How values of Secrets stay out of the rows.
 *
 * A template is rendered twice, with the real values and with others of the
 * same shape: what differs in the actions depends on a Secret. It is stored
 * as a mark, and filled in from a new rendering when the action is handed
 * out. Only texts of environment, command and volumes may depend on one: all
 * else is shown to people.
 */

/* The same references, the values of Secrets among them being others: each
 * character another one of its kind (digit, small letter ...), so that what a
 * template does with them goes the same way. A new object. */
json_t *secret_decoy(const json_t *references);

/* The same without values: what may be stored. A new object. */
json_t *secret_stripped(const json_t *references);

/* Is there a Secret among them? */
bool secret_among(const json_t *references);

/* Puts marks into `plan`, sets action->secret. ERR_INVALID: what may not
 * depend on a Secret does, and is named. */
int secret_mark(struct workflow_plan *plan, const struct workflow_plan *decoy,
		struct err *err) NODISCARD;

/* A marked document with its marks filled in from that of a new rendering; a
 * new object. ERR_CONFLICT: they are not of the same form any more. */
json_t *secret_fill(const json_t *marked, const json_t *fresh,
		    struct err *err) NODISCARD;

/* What must not be shown: the values, as they are and in base64, and the
 * texts that took the place of marks. Appended to the list `hidden`. */
void secret_hide(const json_t *references, const json_t *marked,
		 const json_t *filled, json_t *hidden);

/* The text with every hidden one in it as "***"; the caller frees. */
char *secret_masked(const char *text, const json_t *hidden);

#endif
