/* SPDX-License-Identifier: Apache-2.0 */
#include "api/review_plan.h"

#include "base/str.h"

bool review_is_kind(const struct kind *kind)
{
	return str_eq(kind->group, AUTHZ_GROUP) ||
	       str_eq(kind->group, AUTHN_GROUP);
}

/* One of the two ways to ask. */
static int take_ask(const json_t *spec, struct access_ask *ask, struct err *err)
{
	const json_t *resource = json_object_get(spec, "resourceAttributes");
	const json_t *path = json_object_get(spec, "nonResourceAttributes");
	bool is_resource = json_is_object(resource);

	if (is_resource == json_is_object(path))
		return err_set(err, ERR_INVALID,
			       "spec: exactly one of nonResourceAttributes or "
			       "resourceAttributes must be specified");
	*ask = (struct access_ask){
		.verb = json_text_at(is_resource ? resource : path, "verb"),
		.path = is_resource ? NULL : json_text_at(path, "path"),
		.group = json_text_at(resource, "group"),
		.resource = json_text_at(resource, "resource"),
		.subresource = json_text_at(resource, "subresource"),
		.namespace = json_text_at(resource, "namespace"),
		.name = json_text_at(resource, "name"),
	};
	return 0;
}

static json_t *access_status(const struct access_who *who, const json_t *spec,
			     struct err *err)
{
	json_t *status;
	struct access_ask ask;
	struct err refusal;

	if (take_ask(spec, &ask, err))
		return NULL;
	status = json_object();
	if (access_check(who, &ask, &refusal)) {
		json_put(status, "allowed", json_false());
		json_put(status, "reason", json_string(refusal.message));
		return status;
	}
	json_put(status, "allowed", json_true());
	json_put(status, "reason", json_string(access_role_name(who->role)));
	return status;
}

static json_t *rules_status(const struct access_who *who, const json_t *spec,
			    struct err *err)
{
	const char *namespace = json_text_at(spec, "namespace");

	if (*namespace)
		return access_rules(who, namespace);
	err_set(err, ERR_PROTOCOL, "no namespace on request");
	return NULL;
}

static json_t *user_status(const struct access_who *who)
{
	json_t *status = json_object();
	json_t *groups = json_array();

	json_array_append_new(groups, json_string(access_role_name(who->role)));
	json_array_append_new(groups, json_string("system:authenticated"));
	json_put(status, "userInfo.username", json_string(who->user));
	json_put(status, "userInfo.groups", groups);
	if (*who->namespaces) {
		json_t *list = json_array();

		json_array_append_new(list, json_string(who->namespaces));
		json_put(status, "userInfo.extra", json_object());
		json_object_set_new(json_at(status, "userInfo.extra"),
				    "tomte.dev/namespaces", list);
	}
	return status;
}

json_t *review_answer(const struct access_who *who, const struct kind *kind,
		      const json_t *question, struct err *err)
{
	const json_t *spec = json_object_get(question, "spec");
	json_t *answer;
	json_t *status;
	char api_version[64];

	if (str_eq(kind->kind, "SelfSubjectAccessReview"))
		status = access_status(who, spec, err);
	else if (str_eq(kind->kind, "SelfSubjectRulesReview"))
		status = rules_status(who, spec, err);
	else
		status = user_status(who);
	if (!status)
		return NULL;
	kind_api_version(kind, api_version, sizeof(api_version));
	answer = json_object();
	json_put(answer, "kind", json_string(kind->kind));
	json_put(answer, "apiVersion", json_string(api_version));
	json_put(answer, "metadata.creationTimestamp", json_null());
	if (json_is_object(spec))
		json_put(answer, "spec", json_deep_copy(spec));
	json_put(answer, "status", status);
	return answer;
}
