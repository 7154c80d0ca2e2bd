/* SPDX-License-Identifier: Apache-2.0 */
#include "api/route_plan.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

#define HARDWARE     "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
#define ALL_HARDWARE "/apis/tinkerbell.org/v1alpha1/hardware"
#define SECRETS      "/api/v1/namespaces/racks/secrets"

static void parse(const char *method, const char *path, bool watch,
		  struct route *route)
{
	struct err err;

	if (route_parse(method, path, watch, route, &err))
		fail_msg("%s %s: %s", method, path, err.message);
}

static void assert_refused(const char *method, const char *path,
			   enum err_code code, const char *why)
{
	struct route route;
	struct err err = { .code = ERR_NONE };

	if (!route_parse(method, path, false, &route, &err))
		fail_msg("%s %s was taken", method, path);
	if (err.code != code || !strstr(err.message, why))
		fail_msg("%s %s: %s: \"%s\"", method, path, err_name(err.code),
			 err.message);
}

static void test_pages_are_known_by_their_whole_path(void **state)
{
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
		{ "/apis/tinkerbell.org", ROUTE_GROUP },
		{ "/apis/nobody.example", ROUTE_GROUP },
		{ "/api/v1", ROUTE_RESOURCES },
		{ "/apis/tinkerbell.org/v1alpha1", ROUTE_RESOURCES },
		{ "/apis/tinkerbell.org/v1alpha1/", ROUTE_RESOURCES },
	};
	struct route route;

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		parse("GET", pages[i].path, false, &route);
		assert_int_equal(route.what, pages[i].what);
		assert_null(route.kind);
		parse("HEAD", pages[i].path, false, &route);
		assert_int_equal(route.what, pages[i].what);
		assert_refused("POST", pages[i].path, ERR_UNSUPPORTED,
			       "does not allow POST");
		assert_refused("DELETE", pages[i].path, ERR_UNSUPPORTED,
			       "does not allow DELETE");
	}
}

static void test_group_and_version_are_taken_from_the_path(void **state)
{
	struct route route;

	(void)state;

	parse("GET", "/apis/bmc.tinkerbell.org", false, &route);
	assert_string_equal(route.group, "bmc.tinkerbell.org");
	assert_string_equal(route.version, "");
	parse("GET", "/apis/bmc.tinkerbell.org/v1alpha1", false, &route);
	assert_string_equal(route.group, "bmc.tinkerbell.org");
	assert_string_equal(route.version, "v1alpha1");
	parse("GET", "/api/v1", false, &route);
	assert_string_equal(route.group, "");
	assert_string_equal(route.version, "v1");
}

struct form {
	const char *method;
	const char *path;
	bool watch;
	enum route_verb verb;
	const char *kind;
	const char *namespace;
	const char *name;
	bool status;
};

static const struct form forms[] = {
	{ "GET", ALL_HARDWARE, false, ROUTE_LIST, "Hardware", "", "", false },
	{ "GET", ALL_HARDWARE, true, ROUTE_WATCH, "Hardware", "", "", false },
	{ "HEAD", ALL_HARDWARE, false, ROUTE_LIST, "Hardware", "", "", false },
	{ "POST", ALL_HARDWARE, false, ROUTE_CREATE, "Hardware", "", "",
	  false },
	{ "DELETE", ALL_HARDWARE, false, ROUTE_DELETE_ALL, "Hardware", "", "",
	  false },
	{ "GET", HARDWARE, false, ROUTE_LIST, "Hardware", "default", "",
	  false },
	{ "GET", HARDWARE "/", false, ROUTE_LIST, "Hardware", "default", "",
	  false },
	{ "GET", HARDWARE, true, ROUTE_WATCH, "Hardware", "default", "",
	  false },
	{ "POST", HARDWARE, false, ROUTE_CREATE, "Hardware", "default", "",
	  false },
	{ "DELETE", HARDWARE, false, ROUTE_DELETE_ALL, "Hardware", "default",
	  "", false },
	{ "GET", HARDWARE "/m1", false, ROUTE_GET, "Hardware", "default", "m1",
	  false },
	{ "HEAD", HARDWARE "/m1", false, ROUTE_GET, "Hardware", "default", "m1",
	  false },
	{ "GET", HARDWARE "/m1", true, ROUTE_WATCH, "Hardware", "default", "m1",
	  false },
	{ "PUT", HARDWARE "/m1", false, ROUTE_REPLACE, "Hardware", "default",
	  "m1", false },
	{ "PATCH", HARDWARE "/m1", false, ROUTE_PATCH, "Hardware", "default",
	  "m1", false },
	{ "DELETE", HARDWARE "/m1", false, ROUTE_DELETE, "Hardware", "default",
	  "m1", false },
	{ "GET", HARDWARE "/m1/status", false, ROUTE_GET, "Hardware", "default",
	  "m1", true },
	{ "PUT", HARDWARE "/m1/status", false, ROUTE_REPLACE, "Hardware",
	  "default", "m1", true },
	{ "PATCH", HARDWARE "/m1/status/", false, ROUTE_PATCH, "Hardware",
	  "default", "m1", true },
	{ "GET", SECRETS, false, ROUTE_LIST, "Secret", "racks", "", false },
	{ "GET", SECRETS "/bmc", false, ROUTE_GET, "Secret", "racks", "bmc",
	  false },
	{ "GET", "/api/v1/secrets", false, ROUTE_LIST, "Secret", "", "",
	  false },
	{ "GET", "/api/v1/namespaces", false, ROUTE_LIST, "Namespace", "", "",
	  false },
	{ "POST", "/api/v1/namespaces", false, ROUTE_CREATE, "Namespace", "",
	  "", false },
	{ "GET", "/api/v1/namespaces/racks", false, ROUTE_GET, "Namespace", "",
	  "racks", false },
	{ "GET", "/apis/tomte.dev/v1alpha1/namespaces/default/runs/r1", false,
	  ROUTE_GET, "Run", "default", "r1", false },
	/* An object may be called as parts of paths are. */
	{ "GET", HARDWARE "/status", false, ROUTE_GET, "Hardware", "default",
	  "status", false },
	{ "GET", SECRETS "/secrets", false, ROUTE_GET, "Secret", "racks",
	  "secrets", false },
	{ "GET", "/api/v1/namespaces/namespaces/secrets", false, ROUTE_LIST,
	  "Secret", "namespaces", "", false },
	/* Decoded already: what is left of a percent is a character. */
	{ "GET", HARDWARE "/a%2Fb", false, ROUTE_GET, "Hardware", "default",
	  "a%2Fb", false },
	{ "GET", HARDWARE "/a b", false, ROUTE_GET, "Hardware", "default",
	  "a b", false },
};

static void test_every_form_of_a_path(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct form *form = &forms[i];
		struct route route;

		parse(form->method, form->path, form->watch, &route);
		if (route.what != ROUTE_OBJECTS || route.verb != form->verb ||
		    !str_eq(route.kind->kind, form->kind) ||
		    !str_eq(route.namespace, form->namespace) ||
		    !str_eq(route.name, form->name) ||
		    route.status != form->status)
			fail_msg("%s %s: %s of %s \"%s\" in \"%s\"",
				 form->method, form->path,
				 route_verb_name(route.verb), route.kind->kind,
				 route.name, route.namespace);
	}
}

static void test_methods_that_a_path_does_not_have(void **state)
{
	(void)state;

	assert_refused("POST", HARDWARE "/m1", ERR_UNSUPPORTED,
		       "does not allow POST on the requested resource");
	assert_refused("PUT", HARDWARE, ERR_UNSUPPORTED, "does not allow PUT");
	assert_refused("PATCH", HARDWARE, ERR_UNSUPPORTED,
		       "does not allow PATCH");
	assert_refused("DELETE", HARDWARE "/m1/status", ERR_UNSUPPORTED,
		       "does not allow DELETE");
	assert_refused("OPTIONS", HARDWARE, ERR_UNSUPPORTED,
		       "does not allow OPTIONS");
	assert_refused("", HARDWARE, ERR_UNSUPPORTED, "allow this method");
}

#define BMC "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/machines/b1"

static void test_a_bmc_is_asked_by_its_machine(void **state)
{
	struct route route;

	(void)state;
	parse("GET", BMC "/sensors", false, &route);
	assert_int_equal(route.verb, ROUTE_GET);
	assert_string_equal(route.name, "b1");
	assert_string_equal(route.ask, "sensors");
	assert_string_equal(route_subresource(&route), "sensors");
	assert_false(route.status);
	assert_true(route_reads(&route));
	parse("POST", BMC "/reset", false, &route);
	assert_int_equal(route.verb, ROUTE_CREATE);
	assert_false(route_reads(&route));
	parse("GET", BMC "/status", false, &route);
	assert_null(route.ask);
	assert_string_equal(route_subresource(&route), "status");
	assert_refused("POST", BMC "/sensors", ERR_UNSUPPORTED, "POST");
	assert_refused("GET", BMC "/reset", ERR_UNSUPPORTED, "GET");
	assert_refused("GET", BMC "/dance", ERR_NOT_FOUND, "dance");
	assert_refused("GET", HARDWARE "/m1/sensors", ERR_NOT_FOUND, "sensors");
}

static void test_paths_that_are_not_there(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"healthz",
		"api/v1",
		"/healthz/etcd",
		"/healthz/",
		"/HEALTHZ",
		"/metrics/x",
		"/sd",
		"/sd/other",
		"/openapi",
		"/openapi/v4",
		"/api/",
		"/api/v2/secrets",
		"/apis/tinkerbell.org/v1alpha2/hardware",
		"/apis/tinkerbell.org/v1alpha1/Hardware",
		"/apis/tinkerbell.org/v1alpha1/secrets",
		"/api/v1/hardware",
		"/api/v1/pods",
		ALL_HARDWARE "/m1", /* in which namespace? */
		ALL_HARDWARE "/m1/status",
		HARDWARE "/m1/scale",
		HARDWARE "/m1/status/x",
		SECRETS "/bmc/status", /* has none of its own */
		"/api/v1/namespaces/racks/status",
		"/api/v1/namespaces/racks/namespaces",
		"/api/v1/namespaces/racks/namespaces/racks",
		"/apis/tinkerbell.org/v1alpha1/namespaces",
		"/apis/tinkerbell.org/v1alpha1/namespaces/default",
		"/apis/tinkerbell.org/v1alpha1/namespaces/default/status",
		"/a/b/c/d/e/f/g/h/i/j/k/l",
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_refused("GET", paths[i], ERR_NOT_FOUND,
			       "could not find the requested resource");
}

/* Taken for nothing they would mean a collection, or all namespaces. */
static void test_an_empty_segment_is_nowhere(void **state)
{
	static const char *const paths[] = {
		"//healthz",
		"/api//v1",
		"/api/v1//",
		"/apis//v1alpha1/hardware",
		"/apis/tinkerbell.org//hardware",
		"/apis/tinkerbell.org/v1alpha1/namespaces//hardware",
		"/apis/tinkerbell.org/v1alpha1/namespaces//hardware/m1",
		HARDWARE "//",
		HARDWARE "//status",
		HARDWARE "/m1//status",
		"/api/v1/namespaces//",
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		assert_refused("GET", paths[i], ERR_NOT_FOUND,
			       "could not find the requested resource");
		assert_refused("DELETE", paths[i], ERR_NOT_FOUND,
			       "could not find the requested resource");
	}
}

static void test_names_have_a_greatest_length(void **state)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(4096);
	struct route route;

	(void)state;

	buf_adds(&path, HARDWARE "/");
	for (size_t i = 0; i < 253; i++)
		buf_addc(&path, 'n');
	parse("GET", path.base, false, &route);
	assert_int_equal(strlen(route.name), 253);
	buf_addc(&path, 'n');
	assert_refused("GET", path.base, ERR_NOT_FOUND, "could not find");

	buf_clear(&path);
	buf_adds(&path, "/apis/tinkerbell.org/v1alpha1/namespaces/");
	for (size_t i = 0; i < 64; i++)
		buf_addc(&path, 'n');
	buf_adds(&path, "/hardware");
	assert_refused("GET", path.base, ERR_NOT_FOUND, "could not find");

	buf_clear(&path);
	while (path.len < 1100)
		buf_adds(&path, "/n");
	assert_refused("GET", path.base, ERR_NOT_FOUND, "could not find");
}

static void test_what_is_ours_begins_like_ours(void **state)
{
	(void)state;

	assert_true(route_is_ours("/api"));
	assert_true(route_is_ours("/apis/x/y"));
	assert_true(route_is_ours("/openapi/v9"));
	assert_true(route_is_ours("/healthz/"));
	assert_false(route_is_ours("/apix"));
	assert_false(route_is_ours("/ap"));
	assert_false(route_is_ours("/"));
	assert_false(route_is_ours(""));
	assert_false(route_is_ours("api"));
	assert_false(route_is_ours("/worker/v1/hello"));
}

static void test_verbs_and_resources_have_names(void **state)
{
	static const char *const names[] = { "get",    "list",
					     "watch",  "create",
					     "update", "patch",
					     "delete", "deletecollection" };
	char text[64];

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct route route = { .verb = (enum route_verb)i };

		assert_string_equal(route_verb_name(route.verb), names[i]);
		assert_int_equal(route_reads(&route), i < 3);
	}
	route_resource(kind_by_word("hw"), text, sizeof(text));
	assert_string_equal(text, "hardware.tinkerbell.org");
	route_resource(kind_by_word("secret"), text, sizeof(text));
	assert_string_equal(text, "secrets");
	assert_true(route_namespaced(kind_by_word("secret")));
	assert_true(route_namespaced(kind_by_word("hw")));
	assert_false(route_namespaced(kind_by_word("ns")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_pages_are_known_by_their_whole_path),
		RUN(test_group_and_version_are_taken_from_the_path),
		RUN(test_every_form_of_a_path),
		RUN(test_methods_that_a_path_does_not_have),
		RUN(test_a_bmc_is_asked_by_its_machine),
		RUN(test_paths_that_are_not_there),
		RUN(test_an_empty_segment_is_nowhere),
		RUN(test_names_have_a_greatest_length),
		RUN(test_what_is_ours_begins_like_ours),
		RUN(test_verbs_and_resources_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
