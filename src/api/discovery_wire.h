/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DISCOVERY_WIRE_H
#define API_DISCOVERY_WIRE_H

#include "base/json.h"
#include "store/kind.h"

/*
 * What there is to ask for: the discovery documents of Kubernetes in their
 * old form, which every client still takes. Pure, from the table of kinds.
 */
json_t *discovery_version(void);
json_t *discovery_core_versions(void);
json_t *discovery_groups(void);
/* NULL: there is no such group, or version of it. */
json_t *discovery_group(const char *group);
json_t *discovery_resources(const char *group, const char *version);

/* An index without documents: clients check nothing before they send. */
json_t *discovery_openapi_v3(void);
/* The other index has no bytes at all, under this type. */
#define DISCOVERY_OPENAPI_V2_TYPE                                              \
	"application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

#endif
