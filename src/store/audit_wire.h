/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_AUDIT_WIRE_H
#define STORE_AUDIT_WIRE_H

#include "base/json.h"
#include "store/audit_plan.h"

/*
 * Rows of the audit as objects (tomte.dev/v1alpha1 AuditRecord), and what a
 * list of them says beside: its stubs and its head. Pure; the command line
 * reads what the API writes, all of it, so that it can check the chain.
 */
json_t *audit_record_encode(const struct audit_record *record);
int audit_record_decode(const json_t *object, struct audit_record *record,
			struct err *err) NODISCARD;

json_t *audit_stub_encode(const struct audit_stub *stub);
int audit_stub_decode(const json_t *object, struct audit_stub *stub,
		      struct err *err) NODISCARD;

/* {"id": 7, "hash": "..."} */
json_t *audit_mark_encode(const struct audit_mark *mark);
int audit_mark_decode(const json_t *object, struct audit_mark *mark,
		      struct err *err) NODISCARD;

#endif
