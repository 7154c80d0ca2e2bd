/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ROUTE_PLAN_H
#define API_ROUTE_PLAN_H

#include "base/err.h"
#include "store/kind.h"

/*
 * What a request asks for, by method and path alone. Pure.
 *
 *	/apis/G/V/R					all namespaces
 *	/apis/G/V/namespaces/NS/R			one of them
 *	/apis/G/V/namespaces/NS/R/NAME[/status]		an object
 *	.../machines/NAME/sensors			what its BMC is asked
 *
 * and the same below /api/v1 for the core group. A Namespace itself is in
 * no namespace.
 */
enum route_what {
	ROUTE_HEALTH, /* /healthz, /livez, /readyz */
	ROUTE_METRICS,
	ROUTE_TARGETS, /* /sd/prometheus */
	ROUTE_VERSION,
	ROUTE_CORE,      /* /api: the core group's versions */
	ROUTE_GROUPS,    /* /apis */
	ROUTE_GROUP,     /* /apis/G */
	ROUTE_RESOURCES, /* /api/v1, /apis/G/V */
	ROUTE_OPENAPI_V2,
	ROUTE_OPENAPI_V3,       /* the index */
	ROUTE_OPENAPI_V3_GROUP, /* /openapi/v3/apis/G/V, .../api/v1 */
	ROUTE_OBJECTS,
};

enum route_verb {
	ROUTE_GET,
	ROUTE_LIST,
	ROUTE_WATCH,
	ROUTE_CREATE,
	ROUTE_REPLACE,
	ROUTE_PATCH,
	ROUTE_DELETE,
	ROUTE_DELETE_ALL,
};

struct route {
	enum route_what what;
	enum route_verb verb;
	const struct kind *kind; /* of ROUTE_OBJECTS */
	char group[128];
	char version[32];
	char namespace[64]; /* "": all, or the kind has none */
	char name[254];     /* "": the collection */
	bool status;        /* the /status of it */
	const char *ask;    /* what a bmc Machine is asked; NULL: nothing */
};

/* Whether the path is one of ours, served or not. */
bool route_is_ours(const char *path);

/* Whether it is a page that tells how things are, and of no object. */
bool route_tells(const char *path);

/* ERR_NOT_FOUND: no such path. ERR_UNSUPPORTED: not with this method. */
int route_parse(const char *method, const char *path, bool watch,
		struct route *route, struct err *err) NODISCARD;

/* "get", "list", ... as access rules and logs name them. */
const char *route_verb_name(enum route_verb verb);
/* "status", what is asked, or "". */
const char *route_subresource(const struct route *route);
/* What may be asked below objects of the kind, by number, and whether that
 * changes something; NULL: there is no more. */
const char *route_ask_at(const struct kind *kind, size_t i, bool *writes);
/* Get, list, watch: changes nothing. */
bool route_reads(const struct route *route);

/* Whether its objects are in namespaces. */
bool route_namespaced(const struct kind *kind);

/* "hardware.tinkerbell.org", "secrets": a resource as messages name it. */
void route_resource(const struct kind *kind, char *out, size_t size);

#endif
