/* SPDX-License-Identifier: Apache-2.0 */
#include "api/route_plan.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "fuzz/fuzz.h"

/* The path of a route is one that leads to the same route. */
static void check_path(const char *method, const struct route *route)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(2048);
	char version[64];
	struct route again;
	struct err err;

	assert(route->kind);
	assert(!strchr(route->name, '/') && !strchr(route->namespace, '/'));
	assert(*route->name || !*route_subresource(route));
	kind_api_version(route->kind, version, sizeof(version));
	buf_printf(&path, "/%s/%s", *route->kind->group ? "apis" : "api",
		   version);
	if (*route->namespace)
		buf_printf(&path, "/namespaces/%s", route->namespace);
	buf_printf(&path, "/%s", route->kind->plural);
	if (*route->name)
		buf_printf(&path, "/%s", route->name);
	if (*route_subresource(route))
		buf_printf(&path, "/%s", route_subresource(route));
	assert(route_is_ours(path.base));
	assert(!route_parse(method, path.base, route->verb == ROUTE_WATCH,
			    &again, &err));
	assert(again.kind == route->kind && again.verb == route->verb &&
	       again.status == route->status && again.ask == route->ask &&
	       str_eq(again.name, route->name) &&
	       str_eq(again.namespace, route->namespace));
}

/* "GET /path" */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	char *path = strchr(text, ' ');
	const char *method = path ? text : "GET";
	struct route route;
	struct err err = { .code = ERR_NONE };

	if (path)
		*path++ = '\0';
	else
		path = text;
	for (int watch = 0; watch < 2; watch++) {
		if (route_parse(method, path, watch, &route, &err)) {
			assert(err.code == ERR_NOT_FOUND ||
			       err.code == ERR_UNSUPPORTED);
			continue;
		}
		assert(route_is_ours(path));
		if (route.what == ROUTE_OBJECTS)
			check_path(method, &route);
	}
	return 0;
}
