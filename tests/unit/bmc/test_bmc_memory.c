/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "bmc/bmc.h"
#include "bmc/driver.h"
#include "bmc/quirk_wire.h"

/* A driver that learns a word with each operation, and a memory of one. */
static struct script {
	char recalled[64];
	bool asked; /* recall was called */
	char word[64];
	char memory[64];
	char refusal[1024]; /* "": none was kept */
	bool refuses;
	unsigned n_saves;
	unsigned n_starts;
	bool forgotten;
	struct bmc_target target; /* of the last endpoint */
	const struct quirk_table *quirks;
	struct bmc_report *report; /* goes with the next result */
	unsigned n_events;         /* in the report that was told */
	enum err_code code;
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
	bmc_target_copy(&script.target, target);
	return state;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct bmc_result result = { .report = script.report };

	if (script.refuses)
		err_set(&result.err, ERR_AUTH, "wrong password");

	(void)endpoint;
	(void)request;
	script.report = NULL;
	script.n_starts++;
	done(arg, &result);
}

static void nothing(void *endpoint)
{
	(void)endpoint;
}

static void set_quirks(void *state, const struct quirk_table *quirks)
{
	(void)state;
	script.quirks = quirks;
}

static char *learnt(void *endpoint)
{
	(void)endpoint;
	return *script.word ? xstrdup(script.word) : NULL;
}

static void recall(void *endpoint, const char *text)
{
	(void)endpoint;
	script.asked = true;
	str_copy(script.recalled, sizeof(script.recalled), text ? text : "");
}

static const struct bmc_driver fake = {
	.name = "fake",
	.max_running = 2,
	.more_ops = 1u << BMC_LOG_READ,
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

static char *load(void *arg, const char *id)
{
	(void)arg;
	assert_string_equal(id, "a");
	return *script.memory ? xstrdup(script.memory) : NULL;
}

static void save(void *arg, const char *id, const char *text)
{
	(void)arg;
	assert_string_equal(id, "a");
	script.n_saves++;
	script.forgotten = !text;
	str_copy(script.memory, sizeof(script.memory), text ? text : "");
}

static char *load_refusal(void *arg, const char *id)
{
	(void)arg;
	assert_string_equal(id, "a");
	return *script.refusal ? xstrdup(script.refusal) : NULL;
}

static void save_refusal(void *arg, const char *id, const char *text)
{
	(void)arg;
	assert_string_equal(id, "a");
	str_copy(script.refusal, sizeof(script.refusal), text ? text : "");
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	(void)arg;
	(void)id;
	script.code = result->err.code;
	script.n_events = result->report ? (unsigned)result->report->log.n : 0;
	script.n_results++;
}

struct world {
	struct loop *loop;
	struct bmc *bmc;
};

static void open_core(struct world *world)
{
	static const struct bmc_memory memory = { load, save, load_refusal,
						  save_refusal, NULL };

	world->bmc = bmc_new_with(world->loop, &fake, &fake);
	bmc_set_memory(world->bmc, &memory);
}

static int set_up(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	memset(&script, 0, sizeof(script));
	world->loop = loop_new();
	open_core(world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	bmc_free(world->bmc);
	loop_free(world->loop);
	bmc_target_release(&script.target);
	free(world);
	return 0;
}

static void ask(struct world *world, const struct bmc_target *target,
		const struct bmc_request *request)
{
	unsigned before = script.n_results;

	bmc_submit(world->bmc, "a", target, request, on_result, NULL);
	for (int i = 0; i < 500 && script.n_results == before; i++)
		loop_turn(world->loop, 20);
	assert_int_equal(script.n_results, before + 1);
}

static const struct bmc_target target = { .host = "h" };
static const struct bmc_request read_power = { .op = BMC_POWER_GET };

static void test_what_was_learnt_is_there_after_a_restart(void **state)
{
	struct world *world = *state;

	ask(world, &target, &read_power);
	assert_true(script.asked);
	assert_int_equal(script.n_saves, 0); /* nothing was learnt */
	str_copy(script.word, sizeof(script.word), "token");
	ask(world, &target, &read_power);
	assert_string_equal(script.memory, "token");
	bmc_free(world->bmc);
	open_core(world);
	ask(world, &target, &read_power);

	assert_string_equal(script.recalled, "token");
}

static void test_a_bmc_that_is_forgotten_leaves_no_token(void **state)
{
	struct world *world = *state;

	str_copy(script.word, sizeof(script.word), "token");
	ask(world, &target, &read_power);
	bmc_forget(world->bmc, "a");

	assert_true(script.forgotten);
}

static void
test_credentials_that_were_refused_stay_so_after_a_restart(void **state)
{
	struct bmc_target other = { .host = "h", .password = "another" };
	struct world *world = *state;

	script.refuses = true;
	ask(world, &target, &read_power);
	assert_int_equal(script.n_starts, 1);
	bmc_free(world->bmc);
	open_core(world);
	ask(world, &target, &read_power);
	assert_int_equal(script.code, ERR_AUTH);
	assert_int_equal(script.n_starts, 1);
	assert_null(strstr(script.refusal, "another"));
	script.refuses = false;
	ask(world, &other, &read_power);

	assert_int_equal(script.code, ERR_NONE);
	assert_int_equal(script.n_starts, 2);
	assert_string_equal(script.refusal, "");
}

static void test_who_is_thawed_is_asked_again_after_a_restart(void **state)
{
	struct world *world = *state;

	script.refuses = true;
	ask(world, &target, &read_power);
	assert_string_not_equal(script.refusal, "");
	assert_true(bmc_thaw(world->bmc, "a"));
	assert_string_equal(script.refusal, "");
	bmc_free(world->bmc);
	open_core(world);
	ask(world, &target, &read_power);

	assert_int_equal(script.n_starts, 2);
}

static void test_without_a_memory_nothing_is_asked_for(void **state)
{
	struct world *world = *state;

	bmc_free(world->bmc);
	world->bmc = bmc_new_with(world->loop, &fake, &fake);
	str_copy(script.word, sizeof(script.word), "token");
	ask(world, &target, &read_power);
	bmc_forget(world->bmc, "a");

	assert_false(script.asked);
	assert_int_equal(script.n_saves, 0);
}

static void test_a_report_goes_to_who_asked(void **state)
{
	static const struct bmc_request read_log = { .op = BMC_LOG_READ };
	struct world *world = *state;

	script.report = bmc_report_new(BMC_REPORT_LOG);
	bmc_log_add(&script.report->log);
	ask(world, &target, &read_log);

	assert_int_equal(script.n_events, 1);
}

static void test_what_a_driver_cannot_is_not_begun(void **state)
{
	static const struct bmc_request no[] = {
		{ .op = BMC_INVENTORY },
		{ .op = BMC_BOOT_SET, .boot = { .device = BMC_BOOT_HTTP } },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		ask(world, &target, &no[i]);
		assert_int_equal(script.code, ERR_UNSUPPORTED);
	}
	assert_int_equal(script.n_starts, 0);
}

static void test_quirks_of_an_ipmi_bmc_follow_its_maker(void **state)
{
	static const char text[] =
		"- protocol: ipmi\n  vendor: Acme\n  evidence: e\n"
		"  rules: { ipmi-suite: 3, ipmi-quirks: intel20, gap-ms: 200 "
		"}\n";
	struct bmc_target acme = { .protocol = BMC_IPMI,
				   .host = "h",
				   .vendor = "ACME" };
	struct quirk_table *table = quirk_table_new();
	struct world *world = *state;
	uint32_t bits;
	struct err err;
	mono_ms begin;

	assert_int_equal(quirk_parse(table, text, strlen(text), "q", &err), 0);
	assert_int_equal(bmc_ipmi_quirks("intel20", &bits, &err), 0);
	bmc_set_quirks(world->bmc, table);
	ask(world, &acme, &read_power);
	assert_ptr_equal(script.quirks, table);
	assert_int_equal(script.target.cipher, 3);
	assert_int_equal(script.target.ipmi_quirks, bits);
	begin = clock_mono();
	ask(world, &acme, &read_power);
	assert_true(clock_mono() - begin >= 150);

	acme.cipher = 17; /* what the operator says counts more */
	ask(world, &acme, &read_power);
	assert_int_equal(script.target.cipher, 17);
	bmc_free(world->bmc);
	world->bmc = NULL;
	quirk_table_free(table);
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_what_was_learnt_is_there_after_a_restart),
		WORLD(test_a_bmc_that_is_forgotten_leaves_no_token),
		WORLD(test_credentials_that_were_refused_stay_so_after_a_restart),
		WORLD(test_who_is_thawed_is_asked_again_after_a_restart),
		WORLD(test_without_a_memory_nothing_is_asked_for),
		WORLD(test_a_report_goes_to_who_asked),
		WORLD(test_what_a_driver_cannot_is_not_begun),
		WORLD(test_quirks_of_an_ipmi_bmc_follow_its_maker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
