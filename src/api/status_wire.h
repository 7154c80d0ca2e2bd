/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_STATUS_WIRE_H
#define API_STATUS_WIRE_H

#include "base/json.h"
#include "store/kind.h"

/*
 * Status objects: how errors, and deletes that went well, are said. Pure.
 * Clients act by code and reason; people read the message.
 */

/* 404, 409 ...: what an error is in HTTP. */
int status_code(const struct err *err);

/* kind may be NULL, name "" or NULL. */
json_t *status_failure(const struct err *err, int code, const struct kind *kind,
		       const char *name);

/* With causes for its details, {"reason", "message", "field"} each; NULL:
 * they are made of the message. */
json_t *status_with_causes(const struct err *err, int code,
			   const struct kind *kind, const char *name,
			   const json_t *causes);

/* Of a request that was not even read. */
json_t *status_refusal(int code, const char *message);

/* The object is gone; uid may be NULL. */
json_t *status_deleted(const struct kind *kind, const char *name,
		       const char *uid);

#endif
