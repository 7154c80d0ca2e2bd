/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/bmc_known.h"

#include <string.h>

#include "base/file.h"
#include "bmc/driver.h"
#include "store/bmc_memory.h"
#include "unit/store/fixture.h"

/* A driver that learns the same with each operation. */
static struct script {
	const char *learns;
	char recalled[64]; /* "none": nothing */
	char firmware[32]; /* to look rules up for */
	struct bmc_rules rules;
	unsigned n_results;
} script;

static void *driver_open(struct loop *loop)
{
	return loop;
}

static void driver_free(void *state)
{
	(void)state;
}

static bool driver_idle(const void *state)
{
	(void)state;
	return true;
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	(void)target;
	return state;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct bmc_result result = { .power = BMC_POWER_ON };

	(void)endpoint;
	(void)request;
	done(arg, &result);
}

static void nothing(void *endpoint)
{
	(void)endpoint;
}

static void set_quirks(void *state, const struct quirk_table *quirks)
{
	struct bmc_identity who = { .protocol = BMC_REDFISH, .maker = "Acme" };

	(void)state;
	str_copy(who.firmware, sizeof(who.firmware), script.firmware);
	quirk_rules(quirks, &who, &script.rules);
}

static char *learnt(void *endpoint)
{
	(void)endpoint;
	return script.learns ? xstrdup(script.learns) : NULL;
}

static void recall(void *endpoint, const char *text)
{
	(void)endpoint;
	str_copy(script.recalled, sizeof(script.recalled),
		 text ? text : "none");
}

static const struct bmc_driver driver = {
	.name = "scripted",
	.max_running = 1,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = nothing,
	.endpoint_close = nothing,
	.set_quirks = set_quirks,
	.learnt = learnt,
	.recall = recall,
};

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	(void)arg;
	(void)id;
	assert_int_equal(result->err.code, ERR_NONE);
	script.n_results++;
}

/* A whole life of the core: one operation on the BMC. */
static void live(struct fixture *f, const char *id, const char *file)
{
	const struct bmc_request request = { .op = BMC_POWER_GET };
	const struct bmc_target target = { .host = "127.0.0.1", .port = 9 };
	unsigned before = script.n_results;
	struct loop *loop = loop_new();
	struct bmc *bmc = bmc_new_with(loop, &driver, &driver);
	struct bmc_known *known = bmc_known_new(f->store, file, &f->err);

	if (!known)
		fail_msg("%s", f->err.message);
	bmc_known_tell(known, bmc);
	bmc_submit(bmc, id, &target, &request, on_result, NULL);
	for (int i = 0; i < 100 && script.n_results == before; i++)
		loop_turn(loop, 50);
	assert_int_equal(script.n_results, before + 1);
	bmc_free(bmc);
	bmc_known_free(known);
	loop_free(loop);
}

static char *write_quirks(const struct fixture *f, const char *text)
{
	char *path = xasprintf("%s/quirks.yaml", f->folder);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static void test_what_one_run_learns_the_next_one_knows(void **state)
{
	struct fixture *f = *state;
	CLEANUP(secret_release) struct buf text = BUF_INIT(BMC_MEMORY_MAX);

	script = (struct script){ .learns = "{\"token\":\"t-1\"}" };
	assert_ok(f, create(f, "machine", "b1", "{'spec':{}}"));
	live(f, "default/b1", "");
	assert_string_equal(script.recalled, "none");
	assert_ok(f, store_commit(f->store, &f->err));
	script.learns = NULL;
	live(f, "default/b1", "");

	assert_string_equal(script.recalled, "{\"token\":\"t-1\"}");
	assert_int_equal(
		bmc_memory_get(f->store, "default", "b1", &text, &f->err), 1);
	assert_non_null(strstr(text.base, "t-1"));
}

/* Deleted while an operation was under way, or an id of no Machine's. */
static void test_a_bmc_without_a_machine_is_not_remembered(void **state)
{
	struct fixture *f = *state;

	script = (struct script){ .learns = "{}" };
	live(f, "default/gone", "");
	live(f, "no-slash", "");
	live(f, "default/gone", "");

	assert_string_equal(script.recalled, "none");
	assert_ok(f, store_commit(f->store, &f->err));
}

static void test_the_operators_quirks_go_over_ours(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = write_quirks(f, "- protocol: redfish\n"
					       "  vendor: Acme\n"
					       "  firmware: \"<2\"\n"
					       "  rules: { gap-ms: 1234 }\n"
					       "  evidence: seen in our lab\n");

	script = (struct script){ .firmware = "1.9" };
	live(f, "default/b1", path);
	assert_int_equal(script.rules.gap_ms, 1234);
	str_copy(script.firmware, sizeof(script.firmware), "2.0");
	live(f, "default/b1", path);
	assert_int_not_equal(script.rules.gap_ms, 1234);

	unlink(path);
}

static void test_a_file_that_is_wrong_says_where(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = write_quirks(f, "- vendor: Acme\n"
					       "  rules: { gap: 1 }\n"
					       "  evidence: x\n");

	assert_null(bmc_known_new(f->store, path, &f->err));
	assert_non_null(strstr(f->err.message, "quirks.yaml"));
	assert_non_null(strstr(f->err.message, "gap"));
	unlink(path);
	assert_null(bmc_known_new(f->store, path, &f->err));
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_what_one_run_learns_the_next_one_knows),
		RUN_WITH_STORE(test_a_bmc_without_a_machine_is_not_remembered),
		RUN_WITH_STORE(test_the_operators_quirks_go_over_ours),
		RUN_WITH_STORE(test_a_file_that_is_wrong_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
