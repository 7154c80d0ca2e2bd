/* SPDX-License-Identifier: Apache-2.0 */
#include "api/route_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define MAX_SEGMENTS 8

struct path {
	char text[1024];
	const char *segments[MAX_SEGMENTS];
	size_t n;
};

static const struct {
	const char *path;
	enum route_what what;
} pages[] = {
	{ "/healthz", ROUTE_HEALTH },
	{ "/livez", ROUTE_HEALTH },
	{ "/readyz", ROUTE_HEALTH },
	{ "/metrics", ROUTE_METRICS },
	{ "/sd/prometheus", ROUTE_TARGETS },
	{ "/version", ROUTE_VERSION },
	{ "/api", ROUTE_CORE },
	{ "/apis", ROUTE_GROUPS },
	{ "/openapi/v2", ROUTE_OPENAPI_V2 },
	{ "/openapi/v3", ROUTE_OPENAPI_V3 },
};

static const char *const tops[] = {
	"api",   "apis",   "openapi", "version", "healthz",
	"livez", "readyz", "metrics", "sd",
};

bool route_is_ours(const char *path)
{
	size_t len;

	if (*path != '/')
		return false;
	len = strcspn(path + 1, "/");
	for (size_t i = 0; i < ARRAY_LEN(tops); i++)
		if (strlen(tops[i]) == len && !memcmp(tops[i], path + 1, len))
			return true;
	return false;
}

bool route_tells(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (str_eq(pages[i].path, path))
			return pages[i].what == ROUTE_HEALTH ||
			       pages[i].what == ROUTE_METRICS ||
			       pages[i].what == ROUTE_TARGETS;
	return false;
}

/*
 * What can be asked of the BMC behind a bmc Machine. Its power, boot device
 * and media are changed by Jobs, which are rows; these leave nothing that
 * would have to be known after a crash.
 */
static const struct ask {
	const char *name;
	bool writes;
} asks[] = {
	{ "power", false },       { "boot", false },
	{ "info", false },        { "sel", false },
	{ "sensors", false },     { "inventory", false },
	{ "fru", false },         { "lan", false },
	{ "users", false },       { "bios", false },
	{ "secure-boot", false }, { "identify", true },
	{ "reset", true },        { "clear-sel", true },
	{ "nmi", true },          { "thaw", true },
	{ "console", true },      { "rotate-password", true },
};

static const struct ask *find_ask(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(asks); i++)
		if (str_eq(asks[i].name, name))
			return &asks[i];
	return NULL;
}

static bool has_asks(const struct kind *kind)
{
	return str_eq(kind->group, BMC_GROUP) && str_eq(kind->kind, "Machine");
}

const char *route_ask_at(const struct kind *kind, size_t i, bool *writes)
{
	if (!has_asks(kind) || i >= ARRAY_LEN(asks))
		return NULL;
	*writes = asks[i].writes;
	return asks[i].name;
}

/* False: too many segments, or an empty one. */
static bool split(const char *text, struct path *path)
{
	char *at;

	if (*text != '/' || !str_copy(path->text, sizeof(path->text), text))
		return false;
	path->n = 0;
	for (at = path->text; at && at[1];) {
		if (path->n == MAX_SEGMENTS || at[1] == '/')
			return false;
		*at = '\0';
		path->segments[path->n++] = at + 1;
		at = strchr(at + 1, '/');
	}
	if (at)
		*at = '\0'; /* one '/' at the end does no harm */
	return true;
}

static int no_page(const char *path, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "the server could not find the requested resource: "
		       "%.200s",
		       path);
}

static int wrong_method(const char *method, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED,
		       "the server does not allow %s on the requested resource",
		       *method ? method : "this method");
}

bool route_namespaced(const struct kind *kind)
{
	return !kind->cluster;
}

void route_resource(const struct kind *kind, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", kind->plural, *kind->group ? "." : "",
		 kind->group);
}

bool route_reads(const struct route *route)
{
	return route->verb == ROUTE_GET || route->verb == ROUTE_LIST ||
	       route->verb == ROUTE_WATCH;
}

const char *route_subresource(const struct route *route)
{
	if (route->status)
		return "status";
	return route->ask ? route->ask : "";
}

const char *route_verb_name(enum route_verb verb)
{
	static const char *const names[] = {
		[ROUTE_GET] = "get",
		[ROUTE_LIST] = "list",
		[ROUTE_WATCH] = "watch",
		[ROUTE_CREATE] = "create",
		[ROUTE_REPLACE] = "update",
		[ROUTE_PATCH] = "patch",
		[ROUTE_DELETE] = "delete",
		[ROUTE_DELETE_ALL] = "deletecollection",
	};

	return names[verb];
}

/* What a method means for a collection (name "") or for an object. */
static bool find_verb(const char *method, bool watch, struct route *route)
{
	bool one = *route->name;

	if (route->ask) {
		bool writes = find_ask(route->ask)->writes;

		route->verb = writes ? ROUTE_CREATE : ROUTE_GET;
		return str_eq(method, writes ? "POST" : "GET");
	}
	if (str_eq(method, "GET") && watch)
		route->verb = ROUTE_WATCH;
	else if (str_eq(method, "GET") || str_eq(method, "HEAD"))
		route->verb = one ? ROUTE_GET : ROUTE_LIST;
	else if (str_eq(method, "POST") && !one)
		route->verb = ROUTE_CREATE;
	else if (str_eq(method, "PUT") && one)
		route->verb = ROUTE_REPLACE;
	else if (str_eq(method, "PATCH") && one)
		route->verb = ROUTE_PATCH;
	else if (str_eq(method, "DELETE") && !route->status)
		route->verb = one ? ROUTE_DELETE : ROUTE_DELETE_ALL;
	else
		return false;
	return true;
}

static bool take_subresource(struct route *route, const char *name)
{
	const struct kind *kind = route->kind;
	const struct ask *ask = find_ask(name);

	if (ask && has_asks(kind)) {
		route->ask = ask->name;
		return true;
	}
	route->status = true;
	return str_eq(name, "status") && kind->has_status;
}

/* R, R/NAME or R/NAME/status. */
static bool take_resource(struct route *route, const char *const *segments,
			  size_t n)
{
	if (n < 1 || n > 3)
		return false;
	route->what = ROUTE_OBJECTS;
	route->kind = kind_by_plural(route->group, route->version, segments[0]);
	if (!route->kind)
		return false;
	if (n > 1 && !str_copy(route->name, sizeof(route->name), segments[1]))
		return false;
	return n < 3 || take_subresource(route, segments[2]);
}

/* What follows the group and version. */
static bool take_objects(struct route *route, const char *const *segments,
			 size_t n)
{
	bool scoped = n > 2 && str_eq(segments[0], "namespaces");

	if (scoped && !(n == 3 && str_eq(segments[2], "status"))) {
		if (!str_copy(route->namespace, sizeof(route->namespace),
			      segments[1]))
			return false;
		return take_resource(route, segments + 2, n - 2) &&
		       route_namespaced(route->kind);
	}
	if (!take_resource(route, segments, n))
		return false;
	/* An object without its namespace cannot be found. */
	return n == 1 || !route_namespaced(route->kind);
}

/* Behind /openapi/v3: api/V, or apis/G/V. */
static bool take_openapi(struct route *route, const char *const *segments,
			 size_t n)
{
	bool core = n == 2 && str_eq(segments[0], "api");

	route->what = ROUTE_OPENAPI_V3_GROUP;
	if (!core &&
	    (n != 3 || !str_eq(segments[0], "apis") ||
	     !str_copy(route->group, sizeof(route->group), segments[1])))
		return false;
	return str_copy(route->version, sizeof(route->version),
			segments[n - 1]);
}

static bool take_path(struct route *route, const struct path *path)
{
	const char *const *segments = path->segments;
	size_t n = path->n;
	bool core = n > 1 && str_eq(segments[0], "api");
	size_t head = core ? 2 : 3;

	if (n > 2 && str_eq(segments[0], "openapi") &&
	    str_eq(segments[1], "v3"))
		return take_openapi(route, segments + 2, n - 2);
	if (n < 2 || (!core && !str_eq(segments[0], "apis")))
		return false;
	if (!core && !str_copy(route->group, sizeof(route->group), segments[1]))
		return false;
	if (!core && n == 2) {
		route->what = ROUTE_GROUP;
		return true;
	}
	if (!str_copy(route->version, sizeof(route->version),
		      segments[head - 1]))
		return false;
	if (n == head) {
		route->what = ROUTE_RESOURCES;
		return true;
	}
	return take_objects(route, segments + head, n - head);
}

int route_parse(const char *method, const char *path, bool watch,
		struct route *route, struct err *err)
{
	bool get = str_eq(method, "GET") || str_eq(method, "HEAD");
	struct path parts;

	*route = (struct route){ .verb = ROUTE_GET };
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		if (!str_eq(pages[i].path, path))
			continue;
		route->what = pages[i].what;
		return get ? 0 : wrong_method(method, err);
	}
	if (!split(path, &parts) || !take_path(route, &parts))
		return no_page(path, err);
	if (route->what != ROUTE_OBJECTS)
		return get ? 0 : wrong_method(method, err);
	if (!find_verb(method, watch, route))
		return wrong_method(method, err);
	return 0;
}
