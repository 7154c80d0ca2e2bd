/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_DISCOVERY_WIRE_H
#define API_DISCOVERY_WIRE_H

#include "base/json.h"
#include "store/kind.h"

/*
 * What there is to ask for: the discovery documents of Kubernetes, in their
 * old form, one for each group and version, and in the new one, all in one.
 * Pure, from the table of kinds.
 */
json_t *discovery_version(void);
json_t *discovery_core_versions(void);
json_t *discovery_groups(void);
/* NULL: there is no such group, or version of it. */
json_t *discovery_group(const char *group);
json_t *discovery_resources(const char *group, const char *version);

/* All groups with all their resources, "v2" or "v2beta1" of it: the core
 * group alone, or all others. */
json_t *discovery_aggregated(bool core, const char *version);

/* What `kubectl get CATEGORY` asks for; NULL: the kind is in none. */
const char *discovery_category(const struct kind *kind);

#endif
