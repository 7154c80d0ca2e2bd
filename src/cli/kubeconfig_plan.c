/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/kubeconfig_plan.h"

#include <string.h>

#include "base/secret.h"
#include "base/str.h"

#define CONTEXT "tomte"
#define MAX_PEM (64 * 1024)

static void put_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static void put_pem(json_t *object, const char *key, const char *pem)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(2 * MAX_PEM);

	str_base64(&text, pem, strlen(pem));
	put_text(object, key, text.base);
}

/* [{"name": name, kind: inner}] */
static json_t *named(const char *name, const char *kind, json_t *inner)
{
	json_t *list = json_array();
	json_t *item = json_object();

	put_text(item, "name", name);
	json_object_set_new(item, kind, inner);
	json_array_append_new(list, item);
	return list;
}

static json_t *user_of(const struct kubeconfig *config)
{
	json_t *user = json_object();

	if (config->token)
		put_text(user, "token", config->token);
	if (config->cert_pem)
		put_pem(user, "client-certificate-data", config->cert_pem);
	if (config->key_pem)
		put_pem(user, "client-key-data", config->key_pem);
	return user;
}

json_t *kubeconfig_render(const struct kubeconfig *config)
{
	json_t *out = json_object();
	json_t *cluster = json_object();
	json_t *context = json_object();

	put_text(cluster, "server", config->server);
	if (config->ca_pem)
		put_pem(cluster, "certificate-authority-data", config->ca_pem);
	put_text(context, "cluster", CONTEXT);
	put_text(context, "user", config->user);
	if (config->namespace)
		put_text(context, "namespace", config->namespace);
	put_text(out, "apiVersion", "v1");
	put_text(out, "kind", "Config");
	json_object_set_new(out, "clusters",
			    named(CONTEXT, "cluster", cluster));
	json_object_set_new(out, "users",
			    named(config->user, "user", user_of(config)));
	json_object_set_new(out, "contexts",
			    named(CONTEXT, "context", context));
	put_text(out, "current-context", CONTEXT);
	return out;
}
