/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_ACCESS_H
#define DAEMON_ACCESS_H

#include "api/api.h"
#include "daemon/pki.h"
#include "store/store.h"

/*
 * The administrator's way in over HTTPS: a token, made on first start, in
 * STATE/kubeconfig (mode 0600) together with the CA and the address, so that
 * `kubectl --kubeconfig STATE/kubeconfig get hardware` works at once. The
 * inventory keeps only the token's digest; without the file a new token is
 * made and the old one is worthless.
 *
 * The file is rewritten when the server's address or the CA changed.
 */
int access_write(struct store *store, const char *folder, const char *server,
		 const char *ca_pem, struct err *err) NODISCARD;

/* Signs for a client what api_ops.sign is asked for: role and namespaces
 * become its groups. */
char *access_sign(const struct pki *pki, const char *request,
		  const struct api_subject *subject, char serial[41],
		  struct err *err) NODISCARD;

#endif
