/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_CRYPTO_H
#define BMC_IPMI_CRYPTO_H

#include "bmc/ipmi_wire.h"

/*
 * The cryptography of RMCP+: the cipher suites that we speak, keys, and
 * packets of a session sealed and opened. Pure.
 *
 * OpenSSL's contexts cost more to make than to use, so one ipmi_crypto has
 * them for everybody; it keeps nothing from one call to the next. A failure
 * inside of OpenSSL is no input's doing, and an assertion.
 *
 *	struct ipmi_crypto *crypto = ipmi_crypto_new();
 *
 *	ipmi_derive(crypto, suite, sik, &keys);
 *	ipmi_seal(crypto, &keys, &packet, bytes, len, iv, &out);
 */
#define IPMI_HASH_MAX 32
#define IPMI_IV_SIZE  16
#define IPMI_KEY_SIZE 16

/* IPMI 2.0, table 22-20. Suite 0 means "no password", and is not here. */
struct ipmi_suite {
	uint8_t id;
	struct ipmi_algorithms algorithms;
	uint8_t hash_len; /* of its HMAC */
	uint8_t code_len; /* of that, what a packet and RAKP 4 carry */
};

/* Suites 3 and 17; NULL: we do not speak it. */
const struct ipmi_suite *ipmi_suite_find(unsigned id);

struct ipmi_keys {
	const struct ipmi_suite *suite;
	uint8_t k1[IPMI_HASH_MAX]; /* signs */
	uint8_t k2[IPMI_KEY_SIZE]; /* encrypts */
};

struct ipmi_crypto;

struct ipmi_crypto *ipmi_crypto_new(void);
void ipmi_crypto_free(struct ipmi_crypto *crypto);

/* A key of IPMI_SECRET_MAX bytes, padded with zeros: K_uid, K_g. */
void ipmi_hmac(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
	       const uint8_t key[IPMI_SECRET_MAX], const struct wbuf *bytes,
	       uint8_t out[IPMI_HASH_MAX]);
/* With a session's integrity key. */
void ipmi_hmac_sik(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
		   const uint8_t sik[IPMI_HASH_MAX], const struct wbuf *bytes,
		   uint8_t out[IPMI_HASH_MAX]);

/* IPMI 2.0, 13.32: the keys of a session out of its integrity key. */
void ipmi_derive(struct ipmi_crypto *crypto, const struct ipmi_suite *suite,
		 const uint8_t sik[IPMI_HASH_MAX], struct ipmi_keys *keys);

/* Of `packet` type, session and sequence are used. `payload` has been
 * written to; the IV is new for each packet. */
void ipmi_seal(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
	       const struct ipmi_packet *packet, const struct wbuf *payload,
	       const uint8_t iv[IPMI_IV_SIZE], struct wbuf *out);
/* False: not of this session, or damaged. */
bool ipmi_unseal(struct ipmi_crypto *crypto, const struct ipmi_keys *keys,
		 const struct ipmi_packet *packet, struct wbuf *payload);

/* In time that does not depend on where they differ. */
bool ipmi_code_eq(const uint8_t *a, const uint8_t *b, size_t len);

#endif
