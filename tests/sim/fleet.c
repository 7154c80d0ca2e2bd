/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/fleet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "store/machine.h"
#include "store/object.h"
#include "template/template.h"
#include "workflow/input_tree.h"
#include "workflow/workflow_wire.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define TICK   100 /* what happens within it is one turn of the loop */
#define ROUNDS 8
#define NOON   INT64_C(1795521600000)

/* Turns without any time going by: then it goes round in circles. */
#define MOST_STILL 1000

static const char template_text[] =
	"name: debian\n"
	"global_timeout: 86400\n"
	"tasks:\n"
	"- name: install\n"
	"  worker: \"{{ .device_1 }}\"\n"
	"  actions:\n"
	"  - {name: check, image: cexec, timeout: 300, retries: 2}\n"
	"  - name: image\n"
	"    image: quay.io/tinkerbell/actions/image2disk:latest\n"
	"    timeout: 1800\n"
	"    environment:\n"
	"      DEST_DISK: \"{{ index .Hardware.Disks 0 }}\"\n"
	"      IMG_URL: \"{{ .tomte.imageURL }}/debian.raw.zst\"\n"
	"  - {name: net, image: writefile, timeout: 120}\n"
	"  - {name: host, image: writefile, timeout: 120, environment:\n"
	"     {CONTENTS: \"{{ (index .Hardware.Interfaces 0).DHCP.MAC }}\"}}\n"
	"  - {name: users, image: writefile, timeout: 120}\n"
	"  - {name: grub, image: cexec, timeout: 300, idempotent: true}\n"
	"  - {name: seed, image: writefile, timeout: 120, retries: 1}\n"
	"  - {name: restart, image: reboot, timeout: 60}\n";

bool fleet_chance(struct fleet *fleet, unsigned permille)
{
	return rng_u64(&fleet->rng) % 1000 < permille;
}

int64_t fleet_between(struct fleet *fleet, int64_t least, int64_t most)
{
	return least +
	       (int64_t)(rng_u64(&fleet->rng) % (uint64_t)(most - least + 1));
}

void fleet_trace(struct fleet *fleet, int machine, const char *format, ...)
{
	va_list args;

	if (!fleet->options.trace)
		return;
	fprintf(fleet->options.trace, "%" PRId64 " %s ", fleet->now - NOON,
		machine >= 0 ? fleet->machines[machine].name : "-");
	va_start(args, format);
	vfprintf(fleet->options.trace, format, args);
	va_end(args);
	fputc('\n', fleet->options.trace);
}

int fleet_index(const struct fleet *fleet, int64_t object)
{
	/* They were made one after another. */
	return (int)(object - fleet->machines[0].object);
}

static char *render(void *arg, const char *text, const json_t *data,
		    struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(256 * 1024);
	struct template *template = template_parse(text, strlen(text), err);
	int status;

	(void)arg;
	if (!template)
		return NULL;
	status = template_render(template, data, &out, err);
	template_free(template);
	return status ? NULL : buf_take(&out);
}

static json_t *facts(void *arg, int64_t machine, const char *name)
{
	(void)arg;
	(void)machine;
	return json_pack("{s:s,s:s}", "name", name, "imageURL",
			 "http://198.18.0.1:7080/images");
}

static struct store *open_store(const struct fleet *fleet)
{
	struct err err;
	struct store *store = store_open(fleet->options.folder, &err);

	if (store)
		return store;
	fprintf(stderr, "%s\n", err.message);
	abort();
}

static void open_server(struct fleet *fleet)
{
	fleet->store = open_store(fleet);
	store_set_now(fleet->store, fleet->now);
	fleet->engine =
		engine_new(fleet->loop, fleet->store, &fleet->ops, NULL);
	fleet->dispatch = dispatch_new(fleet->store, &fleet->ops, NULL);
	FLEET_OK(engine_start(fleet->engine, err));
}

static void close_server(struct fleet *fleet)
{
	fleet->n_commits += store_n_commits(fleet->store);
	engine_free(fleet->engine);
	dispatch_free(fleet->dispatch);
	store_close(fleet->store);
}

void fleet_open(struct fleet *fleet, const struct fleet_options *options)
{
	memset(fleet, 0, sizeof(*fleet));
	fleet->options = *options;
	fleet->loop = loop_new();
	fleet->rng = rng_seeded(options->seed);
	fleet->now = NOON;
	fleet->machines = xcalloc((size_t)options->n, sizeof(*fleet->machines));
	fleet->said = xcalloc((size_t)options->n * 4 * ROUNDS, sizeof(int));
	fleet->ops.render = render;
	fleet->ops.facts = facts;
	fleet->ops.caps = options->caps;
	open_server(fleet);
}

void fleet_close(struct fleet *fleet)
{
	struct heap_item *item;

	close_server(fleet);
	while ((item = heap_expired(&fleet->events, INT64_MAX - 1)))
		free(container_of(item, struct pending, timer));
	heap_release(&fleet->events);
	loop_free(fleet->loop);
	free(fleet->machines);
	free(fleet->said);
}

static int64_t create(struct fleet *fleet, const char *kind, const char *name,
		      json_t *object)
{
	struct object_key key = { .kind = kind_find(TINKERBELL_GROUP, kind),
				  .namespace = "default",
				  .name = name };

	FLEET_OK(object_create(fleet->store, &key, object, NULL, err));
	json_decref(object);
	return object_id(fleet->store, &key);
}

static char mode_of(struct fleet *fleet)
{
	static const char modes[] = "nnnnnnniicc";

	if (fleet->options.plain)
		return 'n';
	return modes[rng_u64(&fleet->rng) % (sizeof(modes) - 1)];
}

static json_t *hardware(const struct fleet_machine *machine, int i)
{
	AUTO_FREE char *bmc = xasprintf("%s-bmc", machine->name);
	AUTO_FREE char *mac = xasprintf("52:54:00:%02x:%02x:%02x", i >> 16,
					i >> 8 & 255, i & 255);
	AUTO_FREE char *rack = xasprintf("r%d", i / 40);
	AUTO_FREE char *ip =
		xasprintf("10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);

	return json_pack("{s:{s:{s:s}},s:{s:{s:s},s:[{s:s}],s:[{s:{s:s,s:b,s:s,"
			 "s:{s:s}},s:{s:b}}]}}",
			 "metadata", "labels", "tomte.dev/rack", rack, "spec",
			 "bmcRef", "name", bmc, "disks", "device",
			 "/dev/nvme0n1", "interfaces", "dhcp", "mac", mac,
			 "uefi", 1, "hostname", machine->name, "ip", "address",
			 ip, "netboot", "allowPXE", 0);
}

static json_t *boot_options(char mode)
{
	if (mode == 'n')
		return json_pack("{s:b,s:s}", "toggleAllowNetboot", 1,
				 "bootMode", "netboot");
	if (mode == 'i')
		return json_pack("{s:b,s:s,s:s}", "toggleAllowNetboot", 1,
				 "bootMode", "isoboot", "isoURL",
				 "http://198.18.0.1/iso/hook.iso");
	return json_pack(
		"{s:s,s:{s:[{s:s},{s:{s:s,s:b}},{s:s}],s:[{s:{s:s}}]}}",
		"bootMode", "customboot", "custombootConfig",
		"preparingActions", "powerAction", "off", "bootDevice",
		"device", "pxe", "efiBoot", 1, "powerAction", "cycle",
		"postActions", "bootDevice", "device", "disk");
}

static void apply_one(struct fleet *fleet, int i)
{
	struct fleet_machine *machine = &fleet->machines[i];
	AUTO_FREE char *mac = xasprintf("52:54:00:%02x:%02x:%02x", i >> 16,
					i >> 8 & 255, i & 255);

	fleet_trace(fleet, i, "apply %c rack %d", machine->mode, i / 40);
	create(fleet, "Workflow", machine->name,
	       json_pack("{s:{s:{s:s}},s:{s:s,s:s,s:{s:s},s:o}}", "metadata",
			 "annotations", "tomte.dev/await", "phone-home", "spec",
			 "templateRef", "debian", "hardwareRef", machine->name,
			 "hardwareMap", "device_1", mac, "bootOptions",
			 boot_options(machine->mode)));
}

void fleet_annotate(struct fleet *fleet, int machine, const char *key,
		    const char *value)
{
	struct object_key workflow = {
		.kind = kind_find(TINKERBELL_GROUP, "Workflow"),
		.namespace = "default",
		.name = fleet->machines[machine].name,
	};
	AUTO_JSON json_t *patch = json_object();
	json_t *annotations = json_object();

	fleet_trace(fleet, machine, "asked %s %s", key, value ? value : "-");
	json_object_set_new(annotations, key,
			    value ? json_string(value) : json_null());
	json_put(patch, "metadata.annotations", annotations);
	FLEET_OK(object_patch(fleet->store, object_id(fleet->store, &workflow),
			      patch, err));
}

static void commit(struct fleet *fleet)
{
	FLEET_OK(store_commit(fleet->store, err));
	for (size_t i = 0; i < fleet->n_said; i++)
		fleet->machines[fleet->said[i]].heard = true;
	fleet->n_said = 0;
}

/* What was decided is on disk: now it has effects. False: there are none. */
static bool publish(struct fleet *fleet)
{
	AUTO_FREE struct intent *intents = NULL;
	AUTO_FREE int64_t *machines = NULL;
	size_t n = intent_waiting(fleet->store, &intents);
	size_t n_work = store_take_work(fleet->store, &machines);

	for (size_t i = 0; i < n; i++)
		fleet_send(fleet, &intents[i]);
	for (size_t i = 0; i < n_work; i++)
		fleet_ask(fleet, fleet_index(fleet, machines[i]));
	return n || n_work;
}

static void turn(struct fleet *fleet)
{
	fleet->n_turns++;
	for (int i = 0; i < ROUNDS; i++) {
		engine_turn(fleet->engine);
		commit(fleet);
		if (!publish(fleet))
			return;
	}
}

void fleet_apply(struct fleet *fleet)
{
	create(fleet, "Template", "debian",
	       json_pack("{s:{s:s}}", "spec", "data", template_text));
	for (int i = 0; i < fleet->options.n; i++) {
		struct fleet_machine *machine = &fleet->machines[i];

		snprintf(machine->name, sizeof(machine->name), "m%05d", i);
		machine->mode = mode_of(fleet);
		machine->heard = true;
		machine->object = create(fleet, "Hardware", machine->name,
					 hardware(machine, i));
	}
	turn(fleet);
	for (int i = 0; i < fleet->options.n; i++) {
		apply_one(fleet, i);
		if (i % 100 == 99)
			turn(fleet);
	}
	turn(fleet);
	for (int i = 0; fleet->options.faults && i < 12; i++)
		fleet_later(fleet, SERVER_KILLED, -1,
			    fleet_between(fleet, MINUTE, 90 * MINUTE));
	for (int i = 0; fleet->options.faults && i < fleet->options.n; i++) {
		if (fleet_chance(fleet, 30))
			fleet_later(fleet, ASKED_TO_PAUSE, i,
				    fleet_between(fleet, 0, 60 * MINUTE));
		if (fleet_chance(fleet, 20))
			fleet_later(fleet, ASKED_TO_CANCEL, i,
				    fleet_between(fleet, 0, 60 * MINUTE));
	}
}

void fleet_render(struct fleet *fleet)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	AUTO_JSON json_t *object = hardware(&fleet->machines[0], 0);
	AUTO_JSON json_t *workflow =
		json_pack("{s:{s:{s:s}}}", "spec", "hardwareMap", "device_1",
			  "52:54:00:00:00:00");
	AUTO_JSON json_t *seen = facts(NULL, 0, "m00000");
	AUTO_JSON json_t *input = input_tree(workflow, object, seen, NULL);
	AUTO_FREE char *text = NULL;
	struct err ignored;

	text = render(NULL, template_text, input, &ignored);
	if (!text)
		abort();
	FLEET_OK(workflow_decode(text, strlen(text), &plan, err));
}

/* The answers that are under way reach nobody. */
static void lose_answers(struct fleet *fleet)
{
	for (size_t i = 1; i <= fleet->events.n; i++) {
		struct pending *pending = container_of(fleet->events.items[i],
						       struct pending, timer);

		pending->intent.id = 0;
	}
}

/* As the daemon does with what was sent before it was killed. */
static void resume_intents(struct fleet *fleet)
{
	AUTO_FREE struct intent *intents = NULL;
	size_t n = intent_open(fleet->store, &intents);
	struct err cause;

	err_set(&cause, ERR_OUTCOME, "tomte was restarted meanwhile");
	for (size_t i = 0; i < n; i++) {
		if (str_eq(intents[i].state, "sent") &&
		    str_eq(intents[i].kind, "power-cycle"))
			FLEET_OK(intent_end(fleet->store, &intents[i], &cause,
					    err));
		else
			fleet_send(fleet, &intents[i]);
	}
}

void fleet_crash(struct fleet *fleet)
{
	fleet_trace(fleet, -1, "killed");
	fleet->n_crashes++;
	store_rollback(fleet->store);
	lose_answers(fleet);
	close_server(fleet);
	open_server(fleet);
	for (size_t i = 0; i < fleet->n_said; i++)
		fleet_later(fleet, SAY_AGAIN, fleet->said[i], SECOND);
	fleet->n_said = 0;
	commit(fleet);
	resume_intents(fleet);
	commit(fleet);
	for (int i = 0; i < fleet->options.n; i++)
		fleet_ask(fleet, i);
	turn(fleet);
}

static void happen_all(struct fleet *fleet, bool *killed)
{
	struct heap_item *item;

	while ((item = heap_expired(&fleet->events, fleet->now))) {
		struct pending *pending =
			container_of(item, struct pending, timer);

		if (pending->kind == SERVER_KILLED)
			*killed = true;
		else
			fleet_happen(fleet, pending);
		free(pending);
	}
}

void fleet_run(struct fleet *fleet, wall_ms stop_at)
{
	int still = 0;

	for (;;) {
		wall_ms next = heap_next(&fleet->events);
		wall_ms wake = engine_wake(fleet->engine);
		wall_ms before = fleet->now;
		bool killed = false;

		if (wake && wake < next)
			next = wake;
		if (next == MONO_NEVER || (stop_at && next - NOON >= stop_at))
			return;
		if (next > fleet->now)
			fleet->now = (next + TICK - 1) / TICK * TICK;
		store_set_now(fleet->store, fleet->now);
		happen_all(fleet, &killed);
		if (killed)
			fleet_crash(fleet);
		else
			turn(fleet);
		still = fleet->now > before ? 0 : still + 1;
		if (still > MOST_STILL) {
			fprintf(stderr, "it finds no rest\n");
			abort();
		}
		fleet->last_end = fleet->now - NOON;
	}
}

void fleet_rerun(struct fleet *fleet)
{
	static const char *const from[] = { "", "", "image", "host" };
	AUTO_FREE int64_t *ids = NULL;
	size_t n = run_list(fleet->store, "", &ids);

	for (size_t i = 0; i < n; i++) {
		struct run run;

		FLEET_OK(run_get(fleet->store, ids[i], &run, err));
		if (run.ended_at && !str_eq(run.outcome, "success"))
			fleet_annotate(fleet, fleet_index(fleet, run.machine),
				       "tomte.dev/rerun", from[i % 4]);
	}
	turn(fleet);
}

static void report_machine(struct fleet *fleet, int i)
{
	struct err gone;
	AUTO_JSON json_t *object =
		object_by_id(fleet->store, fleet->machines[i].object, &gone);

	fleet_trace(fleet, i, "netboot %s",
		    json_bool_at(object, "spec.interfaces[0].netboot.allowPXE",
				 false)
			    ? "on"
			    : "off");
}

size_t fleet_report(struct fleet *fleet, size_t *n_success)
{
	AUTO_FREE int64_t *ids = NULL;
	size_t n = run_list(fleet->store, "", &ids);
	size_t n_open = 0;

	*n_success = 0;
	for (size_t i = 0; i < n; i++) {
		struct run run;

		FLEET_OK(run_get(fleet->store, ids[i], &run, err));
		fleet_trace(fleet, fleet_index(fleet, run.machine),
			    "run %s %s %s", run.phase,
			    *run.outcome ? run.outcome : "-", run.cause);
		n_open += !run.ended_at;
		*n_success += str_eq(run.outcome, "success");
	}
	for (int i = 0; i < fleet->options.n; i++)
		report_machine(fleet, i);
	return n_open;
}
