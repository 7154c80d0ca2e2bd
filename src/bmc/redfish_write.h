/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REDFISH_WRITE_H
#define BMC_REDFISH_WRITE_H

#include "bmc/redfish_op.h"

/*
 * The part of redfish_op that knows what to send to change something, in
 * which of its forms, and how to see that it is so. For redfish_op.c only.
 */
enum { REDFISH_ETAG_EXACT, REDFISH_ETAG_ANY, REDFISH_ETAG_NONE };

#define REDFISH_N_INSERTS 3u

bool redfish_write_is_media(const struct redfish_op *op);

/* What the BMC says it can reset by; 0: it does not say. */
unsigned redfish_write_resets(const struct redfish_op *op);
/* What to send for the action; false: the BMC has nothing for it. */
bool redfish_write_reset(const struct redfish_op *op,
			 enum redfish_reset *reset);

/* Whether the present form of the boot PATCH makes sense for this BMC. */
bool redfish_write_form_usable(const struct redfish_op *op);
/* The next that does; false: all have been tried. */
bool redfish_write_next_form(struct redfish_op *op);

/* From the system as read to the first thing to send. */
int redfish_write_plan_power(struct redfish_op *op, struct err *err) NODISCARD;
int redfish_write_plan_boot(struct redfish_op *op, struct err *err) NODISCARD;

/* Sets method, path, If-Match, and op->body. */
void redfish_write_build(struct redfish_op *op, struct redfish_request *out);

/* Whether what was read is what was wanted. */
bool redfish_write_agrees(const struct redfish_op *op);
/* A reset leaves the power as it was: on says nothing of it. */
bool redfish_write_ambiguous(const struct redfish_op *op);

#endif
