/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_BODY_WIRE_H
#define API_BODY_WIRE_H

#include "base/json.h"

/*
 * Bodies of requests in JSON. Pure.
 *
 * As in Kubernetes an object with two members of one name is read, the
 * latter counts, and whether that is an error is for the request to say: the
 * paths of such members ("spec.foo") are appended to `duplicates`.
 */
json_t *body_parse_json(const char *text, size_t len, json_t *duplicates,
			struct err *err) NODISCARD;

#endif
