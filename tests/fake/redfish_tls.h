/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_REDFISH_TLS_H
#define TESTS_FAKE_REDFISH_TLS_H

#include <openssl/ssl.h>

/* A context with a fresh P-256 key and a certificate signed by itself. */
SSL_CTX *redfish_tls_new(void);
/* The same, but it speaks nothing that anybody speaks today. */
SSL_CTX *redfish_tls_new_bad(void);

/* "sha256//base64" of its public key, as curl pins it; the caller frees. */
char *redfish_tls_pin(SSL_CTX *tls);

#endif
