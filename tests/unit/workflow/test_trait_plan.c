/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/trait_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "json.h"
#include "test.h"

static void test_an_image_is_known_by_its_last_name(void **state)
{
	static const char *const images[] = {
		"image2disk",
		"quay.io/tinkerbell/actions/image2disk:v1.2",
		"localhost:5000/image2disk@sha256:aa",
	};
	AUTO_JSON json_t *document = json_of("{}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		struct trait trait;

		trait_find(images[i], document, &trait);
		assert_true(trait.repeatable && trait.imaging);
		assert_string_equal(trait.leaves, "");
	}
}

static void test_each_has_its_delivery_and_its_leaving(void **state)
{
	static const struct {
		const char *image;
		bool repeatable;
		bool imaging;
		const char *leaves;
	} rows[] = {
		{ "qemuimg2disk", true, true, "" },
		{ "oci2disk", true, true, "" },
		{ "archive2disk", true, true, "" },
		{ "writefile", true, false, "" },
		{ "rootio", true, false, "" },
		{ "wipe", true, false, "" },
		{ "cexec", false, false, "" },
		{ "docker.io/library/alpine", false, false, "" },
		{ "reboot", false, false, "reboot" },
		{ "poweroff", false, false, "poweroff" },
		{ "kexec", false, false, "kexec" },
		{ "", false, false, "" },
	};
	AUTO_JSON json_t *document = json_of("{}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct trait trait;

		trait_find(rows[i].image, document, &trait);
		assert_int_equal(trait.repeatable, rows[i].repeatable);
		assert_int_equal(trait.imaging, rows[i].imaging);
		assert_string_equal(trait.leaves, rows[i].leaves);
	}
}

static void test_waitdaemon_is_what_it_delays(void **state)
{
	static const char *const rows[][2] = {
		{ "{'env':{'IMAGE':'quay.io/x/kexec:v1'}}", "kexec" },
		{ "{'args':['reboot']}", "reboot" },
		{ "{'args':['sh','-c','echo b > /proc/sysrq-trigger']}",
		  "reboot" },
		{ "{'args':['sleep','5']}", "" },
		{ "{}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_JSON json_t *document = json_of(rows[i][0]);
		struct trait trait;

		trait_find("ghcr.io/x/waitdaemon:v1", document, &trait);
		assert_string_equal(trait.leaves, rows[i][1]);
	}
}

/* Is the name in the worker's table, which is in another program? */
static bool worker_has(const char *source, const char *name)
{
	AUTO_FREE char *entry = xasprintf("{ \"%s\", action_", name);

	return strstr(source, entry) != NULL;
}

static void test_what_is_built_in_is_what_the_worker_has(void **state)
{
	static const char *const names[] = {
		"image2disk", "writefile",    "cexec",    "reboot",
		"poweroff",   "kexec",        "oci2disk", "wipe",
		"rootio",     "archive2disk", "bash",
	};
	AUTO_FREE char *path =
		xasprintf("%s/src/worker/action.c", getenv("SOURCE_DIR"));
	CLEANUP(buf_release) struct buf source = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *document = json_of("{}");
	size_t n_entries = 0;
	size_t n_built_in = 0;
	struct err err;

	(void)state;
	assert_int_equal(file_read(path, &source, &err), 0);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct trait trait;

		trait_find(names[i], document, &trait);
		if (trait.built_in != worker_has(source.base, names[i]))
			fail_msg("%s", names[i]);
		if (trait.built_in && !strstr(TRAIT_BUILT_IN, names[i]))
			fail_msg("people are not told of %s", names[i]);
		n_built_in += trait.built_in;
	}
	for (const char *at = source.base; (at = strstr(at, "\", action_"));
	     at++)
		n_entries++;

	assert_int_equal(n_entries, n_built_in);
}

/* `action_require(task, "NAME"` in the worker's source, and how often. */
static size_t count_required(const char *source, const char *needs)
{
	static const char call[] = "action_require(task, \"";
	size_t n = 0;

	for (const char *at = source; (at = strstr(at, call)); n++) {
		AUTO_FREE char *name = NULL;

		at += strlen(call);
		name = xstrndup(at, strcspn(at, "\""));
		if (!strstr(needs, name))
			fail_msg("%s is not among \"%s\"", name, needs);
	}
	return n;
}

static void test_what_is_needed_is_what_the_worker_requires(void **state)
{
	static const struct {
		const char *image;
		const char *file;
	} rows[] = {
		{ "image2disk", "image_plan.c" },
		{ "writefile", "writefile_plan.c" },
		{ "cexec", "action_cexec.c" },
		{ "kexec", "action_kexec.c" },
		{ "reboot", "action_reboot.c" },
	};
	AUTO_JSON json_t *document = json_of("{}");

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *path = xasprintf(
			"%s/src/worker/%s", getenv("SOURCE_DIR"), rows[i].file);
		CLEANUP(buf_release) struct buf source = BUF_INIT(64 * 1024);
		size_t n_needs = 0;
		struct trait trait;
		struct err err;

		assert_int_equal(file_read(path, &source, &err), 0);
		trait_find(rows[i].image, document, &trait);
		for (const char *at = trait.needs; *at; n_needs++) {
			at += strcspn(at, " ");
			at += strspn(at, " ");
		}
		assert_int_equal(count_required(source.base, trait.needs),
				 n_needs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_image_is_known_by_its_last_name),
		RUN(test_each_has_its_delivery_and_its_leaving),
		RUN(test_waitdaemon_is_what_it_delays),
		RUN(test_what_is_built_in_is_what_the_worker_has),
		RUN(test_what_is_needed_is_what_the_worker_requires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
