/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_PKI_H
#define DAEMON_PKI_H

#include <stdint.h>

#include "base/err.h"

/*
 * The installation's own certificate authority, made on first start: ca.pem
 * and ca.key (mode 0600) in the state folder. The server's certificate is
 * made anew at each start, for the addresses that it has then, and whenever
 * pki_renew is called; its key is in memory alone.
 *
 * The same CA signs certificates for clients. Who may have one, and as whom,
 * is not decided here.
 */
struct pki;
struct ssl_ctx_st;

/* `names`: IP addresses and DNS names, NULL-terminated. */
struct pki *pki_open(const char *folder, const char *const *names,
		     struct err *err) NODISCARD;
void pki_free(struct pki *pki);

/* With the CA trusted for clients. The same for all of the pki's life. */
struct ssl_ctx_st *pki_server(const struct pki *pki);
const char *pki_ca_pem(const struct pki *pki);

/* Another certificate of the server, and another key, by the same CA; the
 * connections that there are go on. */
int pki_renew(struct pki *pki, struct err *err) NODISCARD;

struct pki_subject {
	const char *name;          /* CN */
	const char *const *groups; /* O, NULL-terminated */
	int64_t seconds;
};

/*
 * Signs what a request in PEM asks for, as far as its key goes: name and use
 * are the subject's, whatever the request says. The certificate in PEM, the
 * caller's, and its number in hex.
 */
char *pki_sign(const struct pki *pki, const char *request,
	       const struct pki_subject *subject, char serial[41],
	       struct err *err) NODISCARD;

#endif
