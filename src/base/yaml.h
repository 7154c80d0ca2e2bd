/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/json.h"

/*
 * YAML read into JSON values, so that there is one decoder for both.
 *
 * Scalars without quotes become numbers, booleans or null as in YAML 1.1
 * (what Kubernetes' tools do), but nothing is ever read as base 60: a MAC
 * address stays a string. With YAML_TEXT every scalar keeps its source text
 * as a string: Tinkerbell's templates want `MODE: 0600` and `true` so.
 *
 * Bounds: input size is the caller's, nesting JSON_MAX_DEPTH, and the nodes
 * that aliases copy are YAML_MAX_COPIES in a document and count towards
 * YAML_MAX_NODES, their text (and that of
 * the paths in `lines`) towards YAML_MAX_BYTES. What is beyond a bound costs
 * no more than what is within it.
 */
#define YAML_MAX_NODES   1000000
#define YAML_MAX_COPIES  100000
#define YAML_MAX_BYTES   (64UL * 1024 * 1024)
#define YAML_MAX_ANCHORS 1000

enum yaml_scalars { YAML_TYPED, YAML_TEXT };

/*
 * All documents of a stream, as a list. `lines` (may be NULL) receives a
 * list of the same length of objects that give the line of each path in the
 * notation of json_at: {"machines[0].mac": 7, ...}, "" for the document.
 */
json_t *yaml_parse(const char *text, size_t len, enum yaml_scalars scalars,
		   json_t **lines, struct err *err) NODISCARD;

/* Block style, two spaces, as kubectl prints it; the caller frees. */
char *yaml_text(const json_t *value);

#endif
