/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_OPENAPI_WIRE_H
#define API_OPENAPI_WIRE_H

#include "api/schema_plan.h"
#include "base/buf.h"

/*
 * Our schemas and paths as OpenAPI: what `kubectl explain`, validation in
 * clients, and makers of clients read. Pure.
 *
 * Version 3 is one document for a group and version. Version 2 is one for
 * all of them but the core kinds: kubectl has those, and warns of Secrets
 * when it finds them here in another form.
 */

/* NULL: there is no such group and version. */
json_t *openapi_v3(const struct schemas *schemas, const char *group,
		   const char *version);
json_t *openapi_v2(const struct schemas *schemas);

/* The same in protobuf (openapi.v2.Document), which is all that kubectl reads
 * of version 2; appended to out. */
#define OPENAPI_PROTOBUF_ASKED                                                 \
	"application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
#define OPENAPI_PROTOBUF_TYPE                                                  \
	"application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

void openapi_protobuf(const json_t *document, struct buf *out);

#endif
