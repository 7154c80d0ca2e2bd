/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_WRITE_YAML_H
#define TEMPLATE_WRITE_YAML_H

#include "base/buf.h"
#include "base/json.h"

/*
 * YAML in block style, as Kubernetes' tools write it, with what makes the
 * same template render the same in Tinkerbell: keys in order with numbers
 * by their value (disk2 before disk10), and quotes where any reader might
 * take a string for something else. Long lines are not folded.
 */
void write_yaml(struct buf *out, const json_t *value);

#endif
