/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's checksums, in hexadecimal but for adler32sum.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "template/call.h"

static const json_t *digest(struct call *call, const EVP_MD *method)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned n = 0;
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	if (!EVP_Digest(text.base, text.len, bytes, &n, method, NULL))
		return call_fail(call, "OpenSSL does not offer it");
	str_hex(hex, bytes, n);
	return give_string(call, hex, strlen(hex));
}

static const json_t *call_sha1sum(struct call *call)
{
	return digest(call, EVP_sha1());
}

static const json_t *call_sha256sum(struct call *call)
{
	return digest(call, EVP_sha256());
}

static const json_t *call_sha512sum(struct call *call)
{
	return digest(call, EVP_sha512());
}

/* RFC 1950, section 8.2. */
static const json_t *call_adler32sum(struct call *call)
{
	uint32_t a = 1;
	uint32_t b = 0;
	struct text text;
	char digits[16];

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		a = (a + (unsigned char)text.base[i]) % 65521;
		b = (b + a) % 65521;
	}
	snprintf(digits, sizeof(digits), "%u", b << 16 | a);
	return give_string(call, digits, strlen(digits));
}

const struct func *func_digest(size_t *n)
{
	static const struct func table[] = {
		{ "sha1sum", 1, 1, call_sha1sum, FUNC_PLAIN },
		{ "sha256sum", 1, 1, call_sha256sum, FUNC_PLAIN },
		{ "sha512sum", 1, 1, call_sha512sum, FUNC_PLAIN },
		{ "adler32sum", 1, 1, call_adler32sum, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
