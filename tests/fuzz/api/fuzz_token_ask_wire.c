/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "api/token_ask_wire.h"
#include "base/str.h"
#include "fuzz/fuzz.h"

/*
 * Whatever is asked for: who it is can stand in a message, where it is good
 * is not wider than what was asked, and a certificate has a request.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct token_ask ask;
	struct err err;
	json_t *object = json_parse((const char *)bytes, len, &err);

	if (!object)
		return 0;
	if (token_ask_decode(object, "name", &ask, &err)) {
		assert(err.code == ERR_INVALID && *err.message);
	} else {
		assert(*ask.user && !strpbrk(ask.user, " \"\n:"));
		assert(ask.role == ACCESS_VIEWER ||
		       ask.role == ACCESS_OPERATOR || ask.role == ACCESS_ADMIN);
		assert(access_namespaces_good(ask.namespaces));
		assert(*ask.namespaces ||
		       !json_array_size(json_at(object, "spec.namespaces")));
		assert(ask.certificate == (ask.request != NULL));
		assert(ask.seconds >= 0 && !(ask.certificate && !ask.seconds));
	}
	json_decref(object);
	return 0;
}
