/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tally.h"

#include <string.h>

#include "json.h"
#include "store/machine.h"
#include "store/target.h"
#include "unit/store/fixture.h"

static int64_t put(struct fixture *f, const char *group, const char *kind,
		   const char *name, const char *text)
{
	AUTO_JSON json_t *object = json_of(text);
	AUTO_JSON json_t *stored = NULL;
	const struct object_key key = { kind_find(group, kind), "default",
					name };
	const char *uid;

	assert_ok(f, object_create(f->store, &key, object, &stored, &f->err));
	uid = json_str_at(stored, "metadata.uid");
	assert_non_null(uid);
	return object_id(f->store, &key);
}

static void test_machines_are_counted_by_power(void **state)
{
	struct fixture *f = *state;
	struct tally tallies[4];
	int64_t id = put(f, TINKERBELL_GROUP, "Hardware", "a", "{}");

	put(f, TINKERBELL_GROUP, "Hardware", "b", "{}");
	put(f, TINKERBELL_GROUP, "Hardware", "c", "{}");
	assert_ok(f, machine_set_power(f->store, id, "on", &f->err));

	assert_int_equal(tally_power(f->store, tallies, 4), 2);
	assert_string_equal(tallies[0].name, "on");
	assert_int_equal(tallies[0].n, 1);
	assert_string_equal(tallies[1].name, "unknown");
	assert_int_equal(tallies[1].n, 2);
	assert_int_equal(tally_power(f->store, tallies, 1), 1);
	assert_int_equal(tally_phases(f->store, tallies, 4), 0);
}

static void note(void *arg, const struct target *t)
{
	buf_printf(arg, "%s/%s %s %s %s %s %s %s %s %s\n", t->namespace,
		   t->name, t->labels, t->mac, t->arch, t->address, t->bmc,
		   t->bmc_host, t->bmc_driver, t->power);
}

static void test_targets_are_machines_and_their_bmcs(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);

	put(f, TINKERBELL_GROUP, "Hardware", "a",
	    "{'metadata':{'labels':{'x':'y'}},'spec':{'bmcRef':{'name':'m'},"
	    "'interfaces':[{'dhcp':{'mac':'52:54:00:00:00:01','arch':'x86_64',"
	    "'ip':{'address':'10.0.0.1'}}}]}}");
	put(f, TINKERBELL_GROUP, "Hardware", "b",
	    "{'spec':{'bmcRef':{'name':'none'}}}");
	put(f, BMC_GROUP, "Machine", "m",
	    "{'spec':{'connection':{'host':'10.1.0.1','providerOptions':{"
	    "'preferredOrder':['gofish','ipmitool']}}}}");

	assert_ok(f, target_each(f->store, note, &out, &f->err));

	assert_string_equal(out.base,
			    "default/a {\"x\":\"y\"} 52:54:00:00:00:01 x86_64 "
			    "10.0.0.1 m 10.1.0.1 gofish \n"
			    "default/b        \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_machines_are_counted_by_power),
		RUN_WITH_STORE(test_targets_are_machines_and_their_bmcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
