/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_KUBECONFIG_PLAN_H
#define CLI_KUBECONFIG_PLAN_H

#include "base/json.h"

/*
 * A kubeconfig with one way in: kubectl, helm and other clients read it. Pure.
 */
struct kubeconfig {
	const char *server;
	const char *ca_pem;    /* NULL: the system's */
	const char *user;      /* as it is called in the file */
	const char *namespace; /* of the context; NULL: none */
	const char *token;     /* or a certificate and its key, in PEM */
	const char *cert_pem;
	const char *key_pem;
};

json_t *kubeconfig_render(const struct kubeconfig *config);

#endif
