/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ACCESS_PLAN_H
#define API_ACCESS_PLAN_H

#include "base/json.h"
#include "store/kind.h"

/*
 * Who may do what: a table of roles, and namespaces as tenants. Pure.
 *
 *	admin		everything
 *	operator	machines, templates, workflows, jobs; writes Secrets but
 *			does not see their values; no tokens, no audit
 *	viewer		reads what an operator may
 *	machine		a worker: the Run that it is of, and nothing else
 *
 * Who is limited to namespaces may do that in those, sees no list over all
 * namespaces, and nothing that is in none.
 */
enum access_role {
	ACCESS_NOTHING, /* known, but of no role */
	ACCESS_VIEWER,
	ACCESS_OPERATOR,
	ACCESS_ADMIN,
	ACCESS_MACHINE,
};

struct access_who {
	char user[336];
	enum access_role role;
	char namespaces[512]; /* "a,b"; "": all */
	/* Of a machine: its Run. */
	char run_namespace[64];
	char run[254];
};

/* As Kubernetes asks; "" for what there is none of, NULL for none of them. */
struct access_ask {
	const char *verb;
	const char *path; /* not a resource, but this */
	const char *group;
	const char *resource;
	const char *subresource;
	const char *namespace; /* "": all, or it is in none */
	const char *name;
};

const char *access_role_name(enum access_role role);
/* Of those that a token or a certificate can have. */
bool access_role_parse(const char *name, enum access_role *role);

bool access_allows(const struct access_who *who, const struct access_ask *ask);
/* ERR_DENIED in the words that people know from Kubernetes. */
int access_check(const struct access_who *who, const struct access_ask *ask,
		 struct err *err) NODISCARD;

/* Whether a Secret's values are shown to them. */
bool access_sees_values(const struct access_who *who);

/* Whether "a,b" (all when "") has the namespace. */
bool access_has_namespace(const char *namespaces, const char *namespace);
/* Whether it is "a,b" of good names, each once, or "". */
bool access_namespaces_good(const char *namespaces);

/*
 * What an object refers to in another namespace is done with the server's
 * rights: a bmc Machine's credentials, a Job's machine. So who is limited
 * to namespaces may not name others.
 */
int access_check_references(const struct access_who *who,
			    const struct kind *kind, const json_t *object,
			    struct err *err) NODISCARD;

/* status of a SelfSubjectRulesReview for a namespace. */
json_t *access_rules(const struct access_who *who, const char *namespace);

#endif
