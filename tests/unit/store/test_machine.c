/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

#define NIC(mac, ip) "{'dhcp':{'mac':'" mac "','ip':{'address':'" ip "'}}}"
#define RACK(nics)   "{'spec':{'interfaces':[" nics "]}}"

static struct mac mac_of(const char *text)
{
	struct mac mac;

	assert_true(net_parse_mac(text, &mac));
	return mac;
}

static int64_t owner_of(struct fixture *f, const char *text)
{
	struct mac mac = mac_of(text);

	return machine_by_mac(f->store, &mac, NULL);
}

static void test_a_machine_is_found_by_its_addresses(void **state)
{
	struct fixture *f = *state;
	struct mac mac = mac_of("52:54:00:00:00:0b");
	int position = -1;
	int64_t id;
	ipv4 ip;

	assert_ok(f, create(f, "hw", "r1n01",
			    RACK("{'netboot':{}}," /* no mac: passed over */
				 NIC("52-54-00-00-00-0B", "10.0.0.11"))));
	id = id_of(f, "hw", "r1n01");
	assert_true(net_parse_ipv4("10.0.0.11", &ip));

	assert_int_equal(machine_by_mac(f->store, &mac, &position), id);
	assert_int_equal(position, 1);
	assert_int_equal(machine_by_ip(f->store, ip, NULL), id);
	assert_int_equal(machine_by_ip(f->store, ip + 1, NULL), 0);
	assert_int_equal(owner_of(f, "52:54:00:00:00:0c"), 0);
}

static void test_a_mac_of_another_machine_is_a_conflict(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "hw", "r1n02",
			    RACK(NIC("52:54:00:00:00:01", "10.0.0.1"))));

	assert_fails(f, ERR_CONFLICT,
		     create(f, "hw", "r1n03",
			    RACK(NIC("52:54:00:00:00:02", "10.0.0.2") "," NIC(
				    "525400000001", "10.0.0.3"))));
	assert_string_equal(f->err.message,
			    "mac 52:54:00:00:00:01 belongs to Hardware "
			    "default/r1n02 already");
	assert_int_equal(id_of(f, "hw", "r1n03"), 0);
	assert_int_equal(owner_of(f, "52:54:00:00:00:02"), 0);
	assert_int_equal(store_version(f->store), 1);

	assert_fails(f, ERR_CONFLICT,
		     create(f, "hw", "r1n03",
			    RACK(NIC("52:54:00:00:00:02", "10.0.0.1"))));
	assert_string_equal(f->err.message, "ip 10.0.0.1 belongs to Hardware "
					    "default/r1n02 already");
}

static void test_a_mac_twice_in_a_machine_is_a_conflict(void **state)
{
	struct fixture *f = *state;

	assert_fails(f, ERR_CONFLICT,
		     create(f, "hw", "m",
			    RACK(NIC("52:54:00:00:00:01", "10.0.0.1") "," NIC(
				    "52:54:00:00:00:01", "10.0.0.2"))));
	assert_string_equal(f->err.message, "mac 52:54:00:00:00:01 is "
					    "spec.interfaces[0]'s already");
}

static void test_a_word_that_is_no_address_is_named(void **state)
{
	struct fixture *f = *state;

	assert_fails(f, ERR_INVALID,
		     create(f, "hw", "m", RACK(NIC("zz", "10.0.0.1"))));
	assert_string_equal(f->err.message, "spec.interfaces[0]: dhcp.mac: "
					    "\"zz\" is no MAC address");
	assert_fails(
		f, ERR_INVALID,
		create(f, "hw", "m", RACK(NIC("52:54:00:00:00:01", "10.0.0"))));
	assert_ok(f, create(f, "hw", "m",
			    RACK(NIC("52:54:00:00:00:01", "fd00::1"))));
}

static void test_an_update_moves_the_addresses(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	assert_ok(f, create(f, "hw", "m",
			    RACK(NIC("52:54:00:00:00:01", "10.0.0.1"))));
	assert_ok(f, update(f, "hw", "m",
			    RACK(NIC("52:54:00:00:00:02", "10.0.0.1"))));
	id = id_of(f, "hw", "m");

	assert_int_equal(owner_of(f, "52:54:00:00:00:01"), 0);
	assert_int_equal(owner_of(f, "52:54:00:00:00:02"), id);
}

static void test_a_deleted_machine_gives_its_addresses_back(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("hw", "m");
	struct machine machine;
	int64_t id;

	assert_ok(f, create(f, "hw", "m",
			    RACK(NIC("52:54:00:00:00:01", "10.0.0.1"))));
	id = id_of(f, "hw", "m");
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));

	assert_int_equal(owner_of(f, "52:54:00:00:00:01"), 0);
	assert_fails(f, ERR_NOT_FOUND,
		     machine_get(f->store, id, &machine, &f->err));
	assert_ok(f, create(f, "hw", "n",
			    RACK(NIC("52:54:00:00:00:01", "10.0.0.1"))));
}

static void test_the_metadata_token_stays_with_the_machine(void **state)
{
	struct fixture *f = *state;
	struct machine before;
	struct machine after;
	int64_t id;

	assert_ok(f, create(f, "hw", "m", "{}"));
	id = id_of(f, "hw", "m");
	assert_ok(f, machine_get(f->store, id, &before, &f->err));
	assert_ok(f, patch(f, "hw", "m", "{'spec':{'disks':[]}}"));
	assert_ok(f, machine_get(f->store, id, &after, &f->err));

	assert_int_equal(strlen(before.metadata_token), 64);
	assert_string_equal(before.metadata_token, after.metadata_token);
	assert_string_equal(before.power, "unknown");
	assert_string_equal(before.name, "m");
	assert_int_equal(machine_by_metadata(f->store, after.metadata_token),
			 id);
	assert_int_equal(machine_by_metadata(f->store, "guess"), 0);
}

static void test_a_new_worker_token_ends_the_one_before(void **state)
{
	struct fixture *f = *state;
	char first[SECRET_TOKEN_TEXT];
	char second[SECRET_TOKEN_TEXT];
	int64_t id;

	assert_ok(f, create(f, "hw", "m", "{}"));
	id = id_of(f, "hw", "m");
	assert_ok(f, machine_new_worker_token(f->store, id, first, &f->err));
	assert_int_equal(machine_by_worker(f->store, first), id);
	assert_ok(f, machine_new_worker_token(f->store, id, second, &f->err));

	assert_int_equal(machine_by_worker(f->store, first), 0);
	assert_int_equal(machine_by_worker(f->store, second), id);
	assert_fails(f, ERR_NOT_FOUND,
		     machine_new_worker_token(f->store, 99, first, &f->err));
}

static void test_what_is_seen_of_a_machine_is_kept(void **state)
{
	struct fixture *f = *state;
	struct machine machine;
	int64_t id;

	assert_ok(f, create(f, "hw", "m", "{}"));
	id = id_of(f, "hw", "m");
	assert_ok(f, machine_set_power(f->store, id, "on", &f->err));
	assert_ok(f, machine_worker_seen(f->store, id, "boot-1", &f->err));
	assert_ok(f, machine_get(f->store, id, &machine, &f->err));

	assert_string_equal(machine.power, "on");
	assert_int_equal(machine.power_at, NOON);
	assert_string_equal(machine.worker_boot, "boot-1");
	assert_int_equal(machine.worker_at, NOON);
	assert_fails(f, ERR_NOT_FOUND,
		     machine_set_power(f->store, 99, "on", &f->err));
}

static void test_what_was_heard_is_of_one_boot(void **state)
{
	struct fixture *f = *state;
	struct machine machine;
	int64_t id;

	assert_ok(f, create(f, "hw", "m", "{}"));
	id = id_of(f, "hw", "m");
	assert_ok(f, machine_worker_seen(f->store, id, "boot-1", &f->err));
	assert_ok(f, machine_worker_heard(f->store, id, 7, &f->err));
	assert_ok(f, machine_worker_heard(f->store, id, 5, &f->err));
	assert_ok(f, machine_worker_seen(f->store, id, "boot-1", &f->err));
	assert_ok(f, machine_get(f->store, id, &machine, &f->err));
	assert_int_equal(machine.worker_seq, 7);

	assert_ok(f, machine_worker_seen(f->store, id, "boot-2", &f->err));
	assert_ok(f, machine_get(f->store, id, &machine, &f->err));
	assert_int_equal(machine.worker_seq, 0);
	assert_fails(f, ERR_NOT_FOUND,
		     machine_worker_heard(f->store, 99, 1, &f->err));
}

static void test_a_worker_goes_by_many_names(void **state)
{
	static const char *const names[] = { "52:54:00:00:00:01",
					     "52-54-00-00-00-01", "agent-1",
					     "instance-1", "r1n01" };
	struct fixture *f = *state;
	int64_t machine;

	assert_ok(f, create(f, "hw", "r1n01",
			    "{'spec':{'agentID':'agent-1','metadata':{"
			    "'instance':{'id':'instance-1'}},'interfaces':[{"
			    "'dhcp':{'mac':'52:54:00:00:00:01'}}]}}"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_ok(f, machine_by_identity(f->store, "default", names[i],
						 &machine, &f->err));
		assert_int_equal(machine, id_of(f, "hw", "r1n01"));
	}
	assert_fails(f, ERR_NOT_FOUND,
		     machine_by_identity(f->store, "default", "nobody",
					 &machine, &f->err));
	assert_fails(f, ERR_NOT_FOUND,
		     machine_by_identity(f->store, "other", "r1n01", &machine,
					 &f->err));

	/* A name that two go by is none. */
	assert_ok(f, create(f, "hw", "agent-1", "{}"));
	assert_fails(f, ERR_CONFLICT,
		     machine_by_identity(f->store, "default", "agent-1",
					 &machine, &f->err));
}

static void test_a_machine_is_known_by_its_serial_number(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "hw", "a",
			    "{'metadata':{'annotations':{'tomte.dev/serial':"
			    "' abC-1 '}}}"));
	assert_ok(f, create(f, "hw", "b",
			    "{'metadata':{'labels':{'tomte.dev/serial':"
			    "'None'}}}"));

	assert_int_equal(machine_by_serial(f->store, "ABC-1"),
			 id_of(f, "hw", "a"));
	assert_int_equal(machine_by_serial(f->store, "abc-1 "),
			 id_of(f, "hw", "a"));
	assert_int_equal(machine_by_serial(f->store, "abc"), 0);
	assert_int_equal(machine_by_serial(f->store, "none"), 0);
	assert_int_equal(machine_by_serial(f->store, ""), 0);
	assert_ok(f, patch(f, "hw", "a", "{'metadata':{'annotations':null}}"));
	assert_int_equal(machine_by_serial(f->store, "abc-1"), 0);
}

static void test_what_a_worker_says_of_its_number_outlives_edits(void **state)
{
	struct fixture *f = *state;
	int64_t a, version;

	assert_ok(f, create(f, "hw", "a", "{}"));
	a = id_of(f, "hw", "a");
	version = store_version(f->store);
	assert_ok(f, machine_seen_serial(f->store, a, "xyz-9", &f->err));
	assert_ok(f, machine_seen_serial(f->store, a, "None", &f->err));
	assert_int_equal(store_version(f->store), version);
	assert_ok(f, patch(f, "hw", "a", "{'spec':{'agentID':'x'}}"));

	assert_int_equal(machine_by_serial(f->store, " XYZ-9"), a);
	assert_int_equal(machine_by_serial(f->store, "None"), 0);
}

static void test_an_agent_is_known_in_whatever_namespace(void **state)
{
	struct fixture *f = *state;
	struct object_key key = { kind_by_word("hw"), "racks", "a" };
	AUTO_JSON json_t *object = json_of(
		"{'spec':{'agentID':'x','metadata':{'instance':{'id':'y'}}}}");

	assert_ok(f, object_create(f->store, &key, object, NULL, &f->err));

	assert_int_equal(machine_by_agent(f->store, "x"),
			 object_id(f->store, &key));
	assert_int_equal(machine_by_agent(f->store, "y"),
			 object_id(f->store, &key));
	assert_int_equal(machine_by_agent(f->store, "z"), 0);
	assert_int_equal(machine_by_agent(f->store, ""), 0);
}

static void test_a_token_of_before_is_kept(void **state)
{
	struct fixture *f = *state;
	char token[SECRET_TOKEN_TEXT];
	int64_t id;

	assert_ok(f, create(f, "hw", "a", "{}"));
	id = id_of(f, "hw", "a");
	assert_ok(f, machine_keep_worker_token(f->store, id, "old", &f->err));
	assert_int_equal(machine_by_worker(f->store, "old"), id);
	assert_ok(f, machine_new_worker_token(f->store, id, token, &f->err));

	assert_int_equal(machine_by_worker(f->store, "old"), 0);
	assert_fails(f, ERR_NOT_FOUND,
		     machine_keep_worker_token(f->store, 99, "x", &f->err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_a_machine_is_found_by_its_addresses),
		RUN_WITH_STORE(test_a_mac_of_another_machine_is_a_conflict),
		RUN_WITH_STORE(test_a_mac_twice_in_a_machine_is_a_conflict),
		RUN_WITH_STORE(test_a_word_that_is_no_address_is_named),
		RUN_WITH_STORE(test_an_update_moves_the_addresses),
		RUN_WITH_STORE(test_a_deleted_machine_gives_its_addresses_back),
		RUN_WITH_STORE(test_the_metadata_token_stays_with_the_machine),
		RUN_WITH_STORE(test_a_new_worker_token_ends_the_one_before),
		RUN_WITH_STORE(test_what_is_seen_of_a_machine_is_kept),
		RUN_WITH_STORE(test_what_was_heard_is_of_one_boot),
		RUN_WITH_STORE(test_a_worker_goes_by_many_names),
		RUN_WITH_STORE(test_a_machine_is_known_by_its_serial_number),
		RUN_WITH_STORE(
			test_what_a_worker_says_of_its_number_outlives_edits),
		RUN_WITH_STORE(test_an_agent_is_known_in_whatever_namespace),
		RUN_WITH_STORE(test_a_token_of_before_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
