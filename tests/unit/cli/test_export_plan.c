/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/export_plan.h"

#include <string.h>

#include "base/str.h"
#include "cli/rack_wire.h"
#include "json.h"

#define RACK                                                                   \
	"rack: r1\n"                                                           \
	"subnet: 198.18.0.0/24\n"                                              \
	"gateway: 198.18.0.1\n"                                                \
	"nameservers: [198.18.0.1]\n"                                          \
	"machines:\n"                                                          \
	"- {name: a, unit: 1, mac: '52:54:00:00:00:01', ip: 198.18.0.11,\n"    \
	"   firmware: bios, disk: /dev/vda,\n"                                 \
	"   bmc: {url: 'ipmi://admin@198.18.1.11:6230', password_env: P}}\n"   \
	"- {name: b, unit: 2, mac: '52:54:00:00:00:02', ip: 198.18.0.12,\n"    \
	"   disk: /dev/vda, bmc: {url: 'redfish://o p@[fd00::1]',\n"           \
	"   password_file: '/a, b', insecure: true}}\n"                        \
	"- {name: c, mac: '52:54:00:00:00:03', ip: 198.18.0.13,\n"             \
	"   arch: aarch64, disk: /dev/vda, bmc: {url:\n"                       \
	"   'redfish://root@bmc-c.example', password_env: P, pin:\n"           \
	"   'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='}}\n"        \
	"- {name: d, mac: '52:54:00:00:00:04', ip: 198.18.0.14}\n"

static int sesame(void *arg, const char *path, const char *variable,
		  struct buf *password, struct err *err)
{
	(void)arg;
	(void)path;
	(void)variable;
	(void)err;
	buf_adds(password, "sesame");
	return 0;
}

/* Objects of a kind, out of those of a file. */
static json_t *of_kind(const struct rack *rack, const char *kind)
{
	json_t *list = json_array();
	size_t i;
	json_t *item;

	json_array_foreach (rack->objects, i, item)
		if (str_eq(json_str_at(item, "kind"), kind))
			json_array_append(list, item);
	return list;
}

struct world {
	struct rack rack;
	struct export_input input;
	json_t *hardware;
	json_t *machines;
	json_t *secrets;
	json_t *notes;
	struct buf out;
	struct err err;
};

static void world_init(struct world *world, const char *text)
{
	memset(world, 0, sizeof(*world));
	rack_init(&world->rack, sesame, NULL);
	rack_read(&world->rack, "in", text, strlen(text));
	rack_finish(&world->rack);
	if (json_array_size(world->rack.errors))
		fail_msg("%s", json_string_value(
				       json_array_get(world->rack.errors, 0)));
	world->hardware = of_kind(&world->rack, "Hardware");
	world->machines = of_kind(&world->rack, "Machine");
	world->secrets = of_kind(&world->rack, "Secret");
	world->input.hardware = world->hardware;
	world->input.machines = world->machines;
	world->input.secrets = world->secrets;
	world->notes = json_array();
	buf_init(&world->out, 64 * 1024);
}

static void world_release(struct world *world)
{
	buf_release(&world->out);
	json_decref(world->notes);
	json_decref(world->secrets);
	json_decref(world->machines);
	json_decref(world->hardware);
	rack_release(&world->rack);
}

static void render(struct world *world, enum export_format format)
{
	buf_clear(&world->out);
	if (export_render(&world->input, format, &world->out, world->notes,
			  &world->err))
		fail_msg("%s", world->err.message);
}

/* What comes back is what was there, Secrets among it when they are. */
static void assert_comes_back(const struct world *world, const char *file,
			      bool secrets)
{
	struct rack back;
	size_t i;
	json_t *item;

	rack_init(&back, sesame, NULL);
	rack_read(&back, file, world->out.base, world->out.len);
	rack_finish(&back);
	if (json_array_size(back.errors))
		fail_msg("%s in %s",
			 json_string_value(json_array_get(back.errors, 0)),
			 world->out.base);
	json_array_foreach (world->rack.objects, i, item) {
		size_t j = 0;

		if (!secrets && str_eq(json_str_at(item, "kind"), "Secret"))
			continue;
		while (j < json_array_size(back.objects) &&
		       !json_equal(json_array_get(back.objects, j), item))
			j++;
		if (j == json_array_size(back.objects))
			fail_msg("%s %s is not among what came back of\n%s",
				 json_str_at(item, "kind"),
				 json_str_at(item, "metadata.name"),
				 world->out.base);
	}
	rack_release(&back);
}

static void test_each_format_comes_back_as_it_was(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, RACK);

	render(&world, EXPORT_TINKERBELL);
	assert_comes_back(&world, "out", false);
	render(&world, EXPORT_RACK);
	assert_comes_back(&world, "out", true);
	assert_int_equal(json_array_size(world.notes), 0);
	world_release(&world);
}

static void test_a_csv_comes_back_as_it_was(void **state)
{
	struct world world;

	(void)state;
	world_init(&world,
		   "name,rack,unit,mac,ip,subnet,gateway,firmware,arch,disk,"
		   "bmc_url,password_file,password_env,insecure,pin\n"
		   "a,r1,1,52:54:00:00:00:01,10.0.0.2,10.0.0.0/16,10.0.0.1,"
		   "bios,x86_64,/dev/sda,ipmi://u@10.1.0.2,\"/x, \"\"y\"\"\","
		   ",false,\n"
		   "b,,,52:54:00:00:00:02,10.0.0.3,,,uefi,aarch64,,,,,,\n");

	render(&world, EXPORT_CSV);

	assert_comes_back(&world, "out.csv", true);
	assert_int_equal(json_array_size(world.notes), 0);
	assert_non_null(strstr(world.out.base, ",\"/x, \"\"y\"\"\","));
	world_release(&world);
}

static void test_what_all_machines_have_is_a_default(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "rack: r1\n"
			   "subnet: 10.0.0.0/24\n"
			   "machines:\n"
			   "- {name: a, unit: 1, mac: '52:54:00:00:00:01',\n"
			   "   ip: 10.0.0.2, disk: /dev/sda, bmc: {url:\n"
			   "   'redfish://u@10.1.0.2', password_env: P}}\n"
			   "- {name: b, unit: 2, mac: '52:54:00:00:00:02',\n"
			   "   ip: 10.0.0.3, disk: /dev/sdb}\n");

	render(&world, EXPORT_RACK);

	assert_string_equal(world.out.base, "---\n"
					    "rack: r1\n"
					    "subnet: 10.0.0.0/24\n"
					    "defaults:\n"
					    "  firmware: uefi\n"
					    "  arch: x86_64\n"
					    "  bmc:\n"
					    "    password_env: P\n"
					    "machines:\n"
					    "- name: a\n"
					    "  unit: 1\n"
					    "  mac: \"52:54:00:00:00:01\"\n"
					    "  ip: 10.0.0.2\n"
					    "  disk: /dev/sda\n"
					    "  bmc:\n"
					    "    url: redfish://u@10.1.0.2\n"
					    "- name: b\n"
					    "  unit: 2\n"
					    "  mac: \"52:54:00:00:00:02\"\n"
					    "  ip: 10.0.0.3\n"
					    "  disk: /dev/sdb\n");
	world_release(&world);
}

static void test_no_format_has_a_password(void **state)
{
	static const enum export_format all[] = { EXPORT_TINKERBELL,
						  EXPORT_RACK, EXPORT_CSV };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct world world;

		world_init(&world, RACK);

		render(&world, all[i]);

		assert_null(strstr(world.out.base, "sesame"));
		assert_null(strstr(world.out.base, "Opaque"));
		world_release(&world);
	}
}

static void test_machines_of_two_subnets_are_two_racks(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "name,rack,mac,ip,subnet\n"
			   "a,r1,52:54:00:00:00:01,10.0.0.2,10.0.0.0/24\n"
			   "b,r1,52:54:00:00:00:02,10.0.1.2,10.0.1.0/24\n"
			   "c,r1,52:54:00:00:00:03,10.0.0.3,10.0.0.0/24\n");

	render(&world, EXPORT_RACK);

	assert_comes_back(&world, "out", true);
	assert_null(strstr(
		strstr(strstr(world.out.base, "subnet") + 1, "subnet") + 1,
		"subnet"));
	world_release(&world);
}

static void assert_note(const struct world *world, size_t i,
			const char *expected)
{
	assert_string_equal(json_string_value(json_array_get(world->notes, i)),
			    expected);
}

static void test_what_a_rack_cannot_say_is_noted(void **state)
{
	struct world world;
	json_t *hardware;

	(void)state;
	world_init(&world, RACK);
	hardware = json_array_get(world.hardware, 3);
	json_put(hardware, "spec.userData", json_string("#cloud-config"));
	json_put(hardware, "status.state", json_string("x"));

	render(&world, EXPORT_RACK);
	render(&world, EXPORT_CSV);

	assert_int_equal(json_array_size(world.notes), 1 + 4 + 1);
	assert_note(&world, 0, "d: - spec.userData: #cloud-config");
	assert_note(&world, 1,
		    "a: - spec.interfaces[0].dhcp.name_servers[0]: "
		    "198.18.0.1");
	world_release(&world);
}

static void test_a_rack_needs_to_know_rack_and_subnet(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "name,mac,ip\na,52:54:00:00:00:01,10.0.0.2\n");

	assert_int_equal(export_render(&world.input, EXPORT_RACK, &world.out,
				       world.notes, &world.err),
			 -1);
	assert_string_equal(world.err.message,
			    "a has no label tomte.dev/rack, and a rack file "
			    "wants one: -o csv or -o tinkerbell do without");
	world_release(&world);
}

static void test_a_password_of_unknown_origin_needs_a_word(void **state)
{
	struct world world;
	json_t *secret;

	(void)state;
	world_init(&world, "rack: r1\nsubnet: 10.0.0.0/24\nmachines:\n"
			   "- {name: a, mac: '52:54:00:00:00:01',\n"
			   "   ip: 10.0.0.2, bmc: {url: 'ipmi://u@h',\n"
			   "   password_env: P}}\n");
	secret = json_array_get(world.secrets, 0);
	json_object_del(json_object_get(secret, "metadata"), "annotations");

	assert_int_equal(export_render(&world.input, EXPORT_RACK, &world.out,
				       world.notes, &world.err),
			 -1);
	assert_int_equal(world.err.code, ERR_INVALID);
	world.input.password_file = "/etc/pw";
	render(&world, EXPORT_RACK);
	assert_non_null(strstr(world.out.base, "password_file: /etc/pw\n"));
	world_release(&world);
}

static void test_who_may_not_see_users_is_told_so(void **state)
{
	struct world world;
	json_t *secret;

	(void)state;
	world_init(&world, "rack: r1\nsubnet: 10.0.0.0/24\nmachines:\n"
			   "- {name: a, mac: '52:54:00:00:00:01',\n"
			   "   ip: 10.0.0.2, bmc: {url: 'ipmi://u@h',\n"
			   "   password_env: P}}\n");
	secret = json_array_get(world.secrets, 0);
	json_object_del(secret, "stringData");

	assert_int_equal(export_render(&world.input, EXPORT_RACK, &world.out,
				       world.notes, &world.err),
			 -1);
	assert_int_equal(world.err.code, ERR_DENIED);
	json_put(secret, "data.username", json_string("dXNlcg=="));
	render(&world, EXPORT_RACK);
	assert_non_null(strstr(world.out.base, "url: ipmi://user@h\n"));
	world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_each_format_comes_back_as_it_was),
		RUN(test_a_csv_comes_back_as_it_was),
		RUN(test_what_all_machines_have_is_a_default),
		RUN(test_no_format_has_a_password),
		RUN(test_machines_of_two_subnets_are_two_racks),
		RUN(test_what_a_rack_cannot_say_is_noted),
		RUN(test_a_rack_needs_to_know_rack_and_subnet),
		RUN(test_a_password_of_unknown_origin_needs_a_word),
		RUN(test_who_may_not_see_users_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
