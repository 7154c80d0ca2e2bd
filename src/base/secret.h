/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Secrets: encryption at rest, tokens, digests, wiping.
 *
 * At rest a secret is AES-256-GCM under the key of the installation, which
 * lies in a file of its own (mode 0600, made on first start) and not in the
 * database. Sealed form: version byte 1, 12 bytes nonce, ciphertext, 16
 * bytes tag; the context (say "bmc/r1n01") is authenticated with it, so that
 * a sealed value cannot be moved to another row.
 */
#define SECRET_KEY_SIZE    32
#define SECRET_OVERHEAD    29
#define SECRET_DIGEST_SIZE 32
#define SECRET_DIGEST_TEXT 65
#define SECRET_TOKEN_TEXT  65

struct secret_key {
	unsigned char bytes[SECRET_KEY_SIZE];
};

/* Reads the key, or makes it when there is none. Refuses wide modes. */
int secret_key_load(struct secret_key *key, const char *path,
		    struct err *err) NODISCARD;

int secret_seal(const struct secret_key *key, const char *context,
		const void *plain, size_t len, struct buf *sealed,
		struct err *err) NODISCARD;
int secret_open(const struct secret_key *key, const char *context,
		const void *sealed, size_t len, struct buf *plain,
		struct err *err) NODISCARD;

/* 256 random bits in hex, and what is stored of a token: its SHA-256. */
void secret_token(char out[SECRET_TOKEN_TEXT]);
void secret_digest(const void *bytes, size_t len, char out[SECRET_DIGEST_TEXT]);

/*
 * What only who has the key could have made of this text: HMAC-SHA256 in hex,
 * by a key of its own for each context.
 */
void secret_sign(const struct secret_key *key, const char *context,
		 const char *text, char out[SECRET_DIGEST_TEXT]);

/* In time that does not depend on where they differ. */
bool secret_equal(const char *a, const char *b);

/* Overwrite so that the compiler cannot leave it out. */
void secret_wipe(void *memory, size_t size);
/* A buffer's content: wiped and released. */
void secret_release(struct buf *buf);

#endif
