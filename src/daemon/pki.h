/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_PKI_H
#define DAEMON_PKI_H

#include "base/err.h"

/*
 * The installation's own certificate authority, made on first start: ca.pem
 * and ca.key (mode 0600) in the state folder. The server's certificate is
 * made anew at each start, for the addresses that it has then.
 */
struct pki;
struct ssl_ctx_st;

/* `addresses`: IP addresses and names, NULL-terminated. */
struct pki *pki_open(const char *folder, const char *const *addresses,
		     struct err *err) NODISCARD;
void pki_free(struct pki *pki);

struct ssl_ctx_st *pki_server(const struct pki *pki);
const char *pki_ca_pem(const struct pki *pki);

#endif
