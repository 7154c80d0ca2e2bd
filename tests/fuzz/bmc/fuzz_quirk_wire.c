/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "bmc/quirk_wire.h"
#include "fuzz/fuzz.h"

/* What was read can be applied to anybody; what was refused adds nothing and
 * says where it stands. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct bmc_identity known = { .vendor = "Dell",
						   .maker = "Dell Inc.",
						   .model = "PowerEdge R760",
						   .controller =
							   "16G Monolithic",
						   .firmware = "7.10.30.00" };
	struct bmc_identity who = { .protocol = BMC_IPMI };
	struct quirk_table *table = quirk_table_new();
	struct bmc_rules rules;
	struct err err;

	if (quirk_parse(table, (const char *)bytes, len, "F", &err)) {
		assert(!quirk_table_count(table));
		assert(!strncmp(err.message, "F:", 2));
	}
	memcpy(who.vendor, bytes,
	       len < sizeof(who.vendor) - 1 ? len : sizeof(who.vendor) - 1);
	memcpy(who.firmware, who.vendor, sizeof(who.firmware));
	quirk_rules(table, &who, &rules);
	assert(rules.suite <= 17);
	quirk_rules(table, &known, &rules);
	assert(strlen(rules.http_attribute) < sizeof(rules.http_attribute));
	quirk_table_free(table);
	return 0;
}
