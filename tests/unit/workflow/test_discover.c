/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/discover.h"

#include "store/audit.h"
#include "store/event.h"
#include "unit/store/fixture.h"
#include "workflow/enrol.h"
#include "workflow/enrol_plan.h"

#define MAC  "52:54:00:00:00:99"
#define NAME "discovery-52-54-00-00-00-99"

/* Some machine of the inventory, which nothing may touch. */
#define KNOWN                                                                  \
	"{'metadata':{'annotations':{'tomte.dev/serial':'ABC-1'}},"            \
	"'spec':{'agentID':'52-54-00-00-00-AA',"                               \
	"'interfaces':[{'dhcp':{'mac':'52:54:00:00:00:01'}}]}}"

static bool may_tell(void *arg, const struct mac *mac, int64_t owner)
{
	(void)mac;
	(void)owner;
	return arg == NULL;
}

static const struct discover_ops ops = {
	.may_tell = may_tell,
	.namespace = "default",
	.most = 3,
};

static struct discover_stranger stranger_of(const char *mac)
{
	struct discover_stranger stranger = { .token = "its-token",
					      .source = "198.18.0.100",
					      .ip = 0xc6120064,
					      .mask = 0xffffff00 };

	assert_true(net_parse_mac(mac, &stranger.mac));
	return stranger;
}

static int discovered(struct fixture *f, const struct discover_ops *how,
		      const char *mac, const char *attributes, int64_t *machine)
{
	AUTO_JSON json_t *value = json_of(attributes);
	AUTO_FREE char *text = json_text(value);
	struct discover_stranger stranger = stranger_of(mac);
	struct task_hello hello = { .boot_id = "b", .attributes = text };

	str_copy(hello.mac, sizeof(hello.mac), mac);
	return discover(f->store, how, &stranger, &hello, machine, &f->err);
}

static int say_hello(struct fixture *f, const char *mac, const char *attributes,
		     int64_t *machine)
{
	return discovered(f, &ops, mac, attributes, machine);
}

static size_t n_audited(struct fixture *f, struct audit_record *last)
{
	const struct audit_query all = { .limit = 100 };
	struct audit_record *records;
	size_t n;

	assert_ok(f, audit_list(f->store, &all, &records, &n, &f->err));
	if (n)
		*last = records[n - 1];
	free(records);
	return n;
}

static void assert_noted(struct fixture *f, int64_t machine, const char *kind,
			 const char *text)
{
	struct event *events;
	size_t n = machine ? event_of_machine(f->store, machine, &events)
			   : event_newest(f->store, 1, &events);

	assert_true(n > 0);
	assert_string_equal(events[n - 1].kind, kind);
	if (!strstr(events[n - 1].message, text))
		fail_msg("\"%s\" does not say \"%s\"", events[n - 1].message,
			 text);
	free(events);
}

static void test_a_stranger_becomes_a_machine_with_its_token(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("hw", NAME);
	AUTO_JSON json_t *hardware = NULL;
	struct audit_record record;
	int64_t machine;
	ipv4 ip = 0xc6120064;

	assert_ok(f, say_hello(f, MAC,
			       "{'networkInterfaces':[{'mac':"
			       "'52:54:00:00:00:9a'}]}",
			       &machine));

	hardware = object_get(f->store, &key, &f->err);
	assert_int_equal(machine, id_of(f, "hw", NAME));
	assert_text(hardware, "spec.agentID", MAC);
	assert_int_equal(object_labelled(f->store, ENROL_DISCOVERED, "true"),
			 1);
	assert_int_equal(machine_by_ip(f->store, ip, NULL), machine);
	assert_int_equal(machine_by_worker(f->store, "its-token"), machine);
	assert_noted(f, machine, "discovered", "cards: 2, disks: 0");
	assert_int_equal(n_audited(f, &record), 1);
	assert_string_equal(record.user, "unknown:" MAC);
	assert_string_equal(record.verb, "create");
	assert_string_equal(record.name, NAME);
	assert_string_equal(record.source, "198.18.0.100");
	assert_int_equal(record.status, 201);
	assert_int_equal(strlen(record.digest), 64);
}

/* By each thing that it could be known by. */
static void test_a_machine_of_the_inventory_is_never_touched(void **state)
{
	static const struct {
		const char *mac;
		const char *attributes;
		const char *why;
	} rows[] = {
		{ "52:54:00:00:00:01", "{}", "its card 52:54:00:00:00:01" },
		{ MAC, "{'networkInterfaces':[{'mac':'52-54-00-00-00-01'}]}",
		  "its card 52:54:00:00:00:01" },
		{ "52:54:00:00:00:aa", "{}", "the name of this machine's" },
		{ MAC,
		  "{'networkInterfaces':[{'mac':'525400000AA0'},"
		  "{'mac':'5254000000aa'}]}",
		  "the name of this machine's" },
		{ MAC, "{'product':{'serialNumber':' abc-1'}}",
		  "its serial number  abc-1" },
	};
	struct fixture *f = *state;
	struct object_key key = key_of("hw", "m1");
	AUTO_JSON json_t *before = NULL;
	AUTO_JSON json_t *after = NULL;
	struct audit_record record;
	int64_t known, machine;

	assert_ok(f, create(f, "hw", "m1", KNOWN));
	known = id_of(f, "hw", "m1");
	before = object_get(f->store, &key, &f->err);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_fails(f, ERR_DENIED,
			     say_hello(f, rows[i].mac, rows[i].attributes,
				       &machine));
		assert_noted(f, known, "not-discovered", rows[i].why);
	}

	after = object_get(f->store, &key, &f->err);
	assert_true(json_equal(before, after));
	assert_int_equal(object_labelled(f->store, ENROL_DISCOVERED, "true"),
			 0);
	assert_int_equal(machine_by_worker(f->store, "its-token"), 0);
	assert_int_equal(n_audited(f, &record), ARRAY_LEN(rows));
	assert_int_equal(record.decision, AUDIT_FORBID);
	assert_int_equal(record.status, 403);
}

static void test_what_nobody_could_read_is_not_written(void **state)
{
	struct fixture *f = *state;
	struct discover_ops quiet = ops;
	struct audit_record record;
	struct event *events;
	int64_t machine;

	quiet.arg = &quiet;
	assert_ok(f, create(f, "hw", "m1", KNOWN));
	assert_fails(
		f, ERR_DENIED,
		discovered(f, &quiet, "52:54:00:00:00:01", "{}", &machine));

	assert_int_equal(event_newest(f->store, 10, &events), 0);
	assert_int_equal(n_audited(f, &record), 0);
	free(events);
}

static void test_fillers_of_firmware_are_nobodys_number(void **state)
{
	struct fixture *f = *state;
	int64_t first, second;

	assert_ok(f, say_hello(f, MAC, "{'product':{'serialNumber':'None'}}",
			       &first));
	assert_true(first > 0);
	assert_fails(f, ERR_CONFLICT,
		     say_hello(f, "52:54:00:00:00:9b",
			       "{'product':{'serialNumber':'None'}}",
			       &second)); /* the address is the first's now */
	assert_noted(f, 0, "not-discovered", "ip 198.18.0.100");
	assert_null(strstr(f->err.message, "198.18.0.100"));
}

static void test_a_card_that_is_said_often_hides_no_other(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *cards = json_array();
	AUTO_JSON json_t *attributes = NULL;
	AUTO_FREE char *text = NULL;
	int64_t machine;

	assert_ok(f, create(f, "hw", "m1", KNOWN));
	for (int i = 0; i < 100; i++)
		json_array_append_new(cards, json_pack("{s:s}", "mac", MAC));
	json_array_append_new(cards,
			      json_pack("{s:s}", "mac", "52:54:00:00:00:01"));
	attributes = json_pack("{s:O}", "networkInterfaces", cards);
	text = json_text(attributes);

	assert_fails(f, ERR_DENIED, say_hello(f, MAC, text, &machine));
	assert_non_null(strstr(f->err.message, "its card 52:54:00:00:00:01"));
}

static void test_there_are_no_more_than_were_asked_for(void **state)
{
	struct fixture *f = *state;
	int64_t machine;

	for (int i = 0; i < 3; i++) {
		AUTO_FREE char *name = xasprintf("m%d", i);

		assert_ok(f, create(f, "hw", name,
				    "{'metadata':{'labels':{'tinkerbell.org/"
				    "auto-discovered':'true'}}}"));
	}
	assert_fails(f, ERR_BUSY, say_hello(f, MAC, "{}", &machine));

	assert_non_null(strstr(f->err.message, "discovery-max"));
	assert_noted(f, 0, "not-discovered", MAC);
	assert_ok(f, patch(f, "hw", "m0", "{'metadata':{'labels':null}}"));
	assert_ok(f, say_hello(f, MAC, "{}", &machine));
}

static void test_a_name_that_is_taken_is_told(void **state)
{
	struct fixture *f = *state;
	int64_t machine;

	assert_ok(f, create(f, "hw", NAME, "{}"));

	assert_fails(f, ERR_EXISTS, say_hello(f, MAC, "{}", &machine));
	assert_noted(f, 0, "not-discovered", "was not discovered");
	assert_int_equal(machine_by_worker(f->store, "its-token"), 0);
}

static void test_a_token_is_for_its_own_mac(void **state)
{
	struct fixture *f = *state;
	struct discover_stranger stranger = stranger_of(MAC);
	struct task_hello hello = { .boot_id = "b",
				    .mac = "52:54:00:00:00:98" };
	int64_t machine;

	assert_fails(
		f, ERR_DENIED,
		discover(f->store, &ops, &stranger, &hello, &machine, &f->err));
	hello.mac[0] = '\0';
	assert_fails(
		f, ERR_DENIED,
		discover(f->store, &ops, &stranger, &hello, &machine, &f->err));
}

static void test_it_is_enrolled_at_once_and_then_no_more(void **state)
{
	static const struct task_hello hello = {
		.boot_id = "b",
		.mac = MAC,
		.attributes = (char *)(uintptr_t) "{\"a\":1}",
	};
	struct fixture *f = *state;
	AUTO_JSON json_t *workflow = NULL;
	struct object_key hardware = { kind_by_word("hw"), "racks", NAME };
	struct object_key key = { kind_by_word("wf"), "racks",
				  "enrollment-52-54-00-00-00-99" };
	struct object_key rules = { kind_by_word("wrs"), "racks", "all" };
	AUTO_JSON json_t *set =
		json_of("{'spec':{'rules':['{\\\"a\\\":[1]}'],'workflow':{"
			"'template':{'ref':'t','agentValue':'device_1'}}}}");
	int64_t machine;

	assert_ok(f, object_create(f->store, &rules, set, NULL, &f->err));
	assert_ok(f, say_hello(f, MAC, "{'a':1}", &machine));
	assert_int_equal(object_id(f->store, &hardware), machine);
	assert_ok(f, enrol(f->store, machine, &hello, true, &f->err));

	workflow = object_get(f->store, &key, &f->err);
	assert_text(workflow, "spec.hardwareRef", NAME);
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	assert_ok(f, enrol(f->store, machine, &hello, false, &f->err));
	assert_int_equal(object_id(f->store, &key), 0);
	assert_noted(f, machine, "not-enrolled", "enrollmentEnabled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(
			test_a_stranger_becomes_a_machine_with_its_token),
		RUN_WITH_STORE(
			test_a_machine_of_the_inventory_is_never_touched),
		RUN_WITH_STORE(test_what_nobody_could_read_is_not_written),
		RUN_WITH_STORE(test_fillers_of_firmware_are_nobodys_number),
		RUN_WITH_STORE(test_a_card_that_is_said_often_hides_no_other),
		RUN_WITH_STORE(test_there_are_no_more_than_were_asked_for),
		RUN_WITH_STORE(test_a_name_that_is_taken_is_told),
		RUN_WITH_STORE(test_a_token_is_for_its_own_mac),
		RUN_WITH_STORE(test_it_is_enrolled_at_once_and_then_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
