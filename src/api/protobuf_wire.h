/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PROTOBUF_WIRE_H
#define API_PROTOBUF_WIRE_H

#include "base/json.h"

/*
 * Bodies in the protobuf form of Kubernetes ("k8s\0" and a message Unknown),
 * which typed clients send for the core kinds: made into the JSON object
 * that they mean. Pure. Answers are JSON, which those clients take.
 *
 * Known are Secret, ConfigMap, Namespace, Event, DeleteOptions and the
 * SelfSubject reviews; another kind is ERR_UNSUPPORTED.
 */
#define PROTOBUF_TYPE "application/vnd.kubernetes.protobuf"

json_t *protobuf_parse(const void *bytes, size_t len,
		       struct err *err) NODISCARD;

#endif
