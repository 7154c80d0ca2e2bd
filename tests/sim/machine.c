/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/fleet.h"

#include <string.h>

#include "base/str.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/run.h"
#include "workflow/worker_record.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

struct pending *fleet_later(struct fleet *fleet, enum happening kind,
			    int machine, int64_t in_ms)
{
	struct pending *pending = xcalloc(1, sizeof(*pending));

	pending->kind = kind;
	pending->machine = machine;
	pending->boots = machine >= 0 ? fleet->machines[machine].boots : 0;
	heap_set(&fleet->events, &pending->timer, fleet->now + in_ms);
	return pending;
}

static bool has_faults(const struct fleet *fleet)
{
	return fleet->options.faults;
}

static void say(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];
	struct task_events events = { .items = &machine->last, .n = 1 };
	struct machine row;
	int64_t seq;

	FLEET_OK(machine_get(fleet->store, machine->object, &row, err));
	FLEET_OK(worker_record(fleet->store, fleet->dispatch, &row, &events,
			       &seq, err));
	machine->heard = false;
	fleet->said[fleet->n_said++] = index;
}

static void say_state(struct fleet *fleet, int index, enum task_state state,
		      bool terminal)
{
	struct fleet_machine *machine = &fleet->machines[index];

	machine->last = (struct task_event){ .seq = ++machine->seq,
					     .key = machine->key,
					     .type = TASK_EVENT_STATE,
					     .state = state,
					     .terminal = terminal };
	say(fleet, index);
}

/* Whatever it did, it does no more. */
static void go_off(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];

	if (machine->on && machine->online && machine->busy)
		fleet_trace(fleet, index, "cut");
	machine->boots++;
	machine->on = machine->online = machine->busy = false;
	machine->silent = false;
	machine->heard = true;
}

static void go_on(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];

	machine->on = true;
	if (has_faults(fleet) && fleet_chance(fleet, 15)) {
		fleet_trace(fleet, index, "dead");
		return; /* no memory, no cable */
	}
	fleet_later(fleet, TESTED, index,
		    fleet_between(fleet, MINUTE / 2, 3 * MINUTE));
}

/* After its self-test firmware asks what to boot, and not when it is switched
 * on: what a BMC is told in the meantime counts. */
static void choose_boot(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];

	if (machine->to_hook) {
		fleet_later(fleet, BOOT_DHCP, index, MINUTE / 2);
		if (machine->mode != 'c')
			machine->to_hook = false; /* it was for one boot */
	} else if (machine->installed) {
		fleet_later(fleet, OS_UP, index, MINUTE);
	}
}

/* The BMC does it. */
static void take_effect(struct fleet *fleet, int index, const char *kind)
{
	struct fleet_machine *machine = &fleet->machines[index];

	fleet_trace(fleet, index, "bmc %s", kind);
	if (str_eq(kind, "power-off") && machine->on) {
		go_off(fleet, index);
	} else if (str_eq(kind, "power-on") && !machine->on) {
		go_on(fleet, index);
	} else if (str_eq(kind, "power-cycle")) {
		go_off(fleet, index);
		go_on(fleet, index);
	} else if (str_eq(kind, "boot-pxe") || str_eq(kind, "boot-cdrom")) {
		machine->to_hook = true;
	} else if (str_eq(kind, "boot-none") || str_eq(kind, "boot-disk")) {
		machine->to_hook = false;
	}
}

void fleet_send(struct fleet *fleet, const struct intent *intent)
{
	int index = fleet_index(fleet, intent->machine);
	int64_t in_ms = fleet_between(fleet, SECOND, 20 * SECOND);

	if (str_eq(intent->state, "intent"))
		FLEET_OK(intent_sent(fleet->store, intent->id, err));
	fleet_trace(fleet, index, "sent %s", intent->kind);
	if (has_faults(fleet) && fleet_chance(fleet, 3))
		return; /* it hangs */
	fleet_later(fleet, BMC_DONE, index, in_ms)->intent = *intent;
}

static void bmc_done(struct fleet *fleet, const struct pending *pending)
{
	const struct intent *intent = &pending->intent;
	struct err cause = { .code = ERR_NONE };

	if (has_faults(fleet) && fleet_chance(fleet, 8))
		err_set(&cause, ERR_UNREACHABLE, "the BMC does not answer");
	else
		take_effect(fleet, pending->machine, intent->kind);
	if (intent->id)
		FLEET_OK(intent_end(fleet->store, intent,
				    cause.code ? &cause : NULL, err));
}

static void see(struct fleet *fleet, int index, const char *source,
		const char *kind)
{
	FLEET_OK(event_note(fleet->store, fleet->machines[index].object, 0,
			    source, kind, err, "%s", kind));
}

static void greet(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];
	struct task_hello hello = { .uptime_ms = 4000, .hook_version = "1" };

	snprintf(hello.boot_id, sizeof(hello.boot_id), "%s-%d", machine->name,
		 machine->boots);
	FLEET_OK(worker_hello(fleet->store, machine->object, &hello, err));
	machine->heard = false;
	fleet->said[fleet->n_said++] = index;
}

static void say_hello(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];

	fleet_trace(fleet, index, "hello");
	machine->online = true;
	machine->busy = false;
	machine->seq = 0;
	memset(&machine->last, 0, sizeof(machine->last));
	memset(&machine->key, 0, sizeof(machine->key));
	greet(fleet, index);
	fleet_ask(fleet, index);
}

/* Nobody answered: it begins with a hello, and says all of it again. */
static void say_again(struct fleet *fleet, int index)
{
	const struct fleet_machine *machine = &fleet->machines[index];

	if (machine->heard || !machine->online)
		return;
	greet(fleet, index);
	if (machine->seq)
		say(fleet, index);
}

static bool is_image(const struct fleet_machine *machine)
{
	return str_eq(machine->key.action_id, "a1");
}

static bool is_reboot(const struct fleet_machine *machine)
{
	return str_eq(machine->key.action_id, "a7");
}

/* How long it takes, and what may happen meanwhile. */
static void begin_task(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];
	int64_t in_ms = is_image(machine)
				? fleet_between(fleet, MINUTE, 5 * MINUTE)
				: fleet_between(fleet, SECOND, 10 * SECOND);

	machine->busy = true;
	fleet_trace(fleet, index, "%s %s attempt %u",
		    is_image(machine) ? "image-begin" : "task-begin",
		    machine->key.action_id, machine->key.attempt);
	say_state(fleet, index, TASK_RUNNING, false);
	if (has_faults(fleet) && fleet_chance(fleet, 3)) {
		machine->silent = true;
		fleet_trace(fleet, index, "silent");
		return;
	}
	if (has_faults(fleet) && fleet_chance(fleet, 6))
		fleet_later(fleet, POWER_LOST, index, in_ms / 2);
	fleet_later(fleet, TASK_DONE, index, in_ms);
}

/* The journal: what was done in this boot is not done again. */
static bool was_done(const struct fleet_machine *machine,
		     const struct task_key *key)
{
	return machine->last.type == TASK_EVENT_STATE &&
	       machine->last.state != TASK_RUNNING &&
	       task_key_eq(&machine->last.key, key);
}

void fleet_ask(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];
	struct action_key key;
	struct action *actions;
	struct task task;
	size_t n;

	if (!machine->online || machine->busy || machine->silent ||
	    !action_for_machine(fleet->store, machine->object, &key))
		return;
	n = action_list(fleet->store, key.run, &actions);
	FLEET_OK(dispatch_task(fleet->dispatch, &actions[key.position], &task,
			       err));
	action_list_free(actions, n);
	if (was_done(machine, &task.key)) {
		machine->last.seq = ++machine->seq;
		say(fleet, index);
	} else {
		machine->key = task.key;
		begin_task(fleet, index);
	}
	task_release(&task);
}

static void task_done(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];
	bool fine = !has_faults(fleet) || !fleet_chance(fleet, 12);

	machine->busy = false;
	fleet_trace(fleet, index, "%s %s",
		    is_image(machine) ? "image-end" : "task-end",
		    fine ? "whole" : "failed");
	if (fine && is_image(machine))
		machine->installed = true;
	if (fine && is_reboot(machine)) {
		say_state(fleet, index, TASK_SUCCESS, true);
		fleet_later(fleet, POWER_LOST, index, 2 * SECOND);
		return;
	}
	say_state(fleet, index, fine ? TASK_SUCCESS : TASK_FAILED, false);
}

/* It comes back, from the network if its firmware has that first. */
static void power_lost(struct fleet *fleet, int index)
{
	struct fleet_machine *machine = &fleet->machines[index];

	go_off(fleet, index);
	fleet_trace(fleet, index, "restarts");
	if (!is_reboot(machine) && fleet_chance(fleet, 500))
		machine->to_hook = true;
	go_on(fleet, index);
}

/* People do not look whether the server has just gone: they ask again. */
static void asked(struct fleet *fleet, const struct pending *pending)
{
	static const char *const keys[] = {
		[ASKED_TO_PAUSE] = "tomte.dev/pause",
		[ASKED_TO_RESUME] = "tomte.dev/pause",
		[ASKED_TO_CANCEL] = "tomte.dev/cancel",
	};
	const char *value =
		pending->kind == ASKED_TO_RESUME ? NULL : "as I say";

	fleet_annotate(fleet, pending->machine, keys[pending->kind], value);
	if (pending->kind == ASKED_TO_PAUSE)
		fleet_later(fleet, ASKED_TO_RESUME, pending->machine,
			    fleet_between(fleet, SECOND, 40 * MINUTE));
}

void fleet_happen(struct fleet *fleet, struct pending *pending)
{
	int index = pending->machine;
	const struct fleet_machine *machine = &fleet->machines[index];

	if (pending->kind == BMC_DONE) {
		bmc_done(fleet, pending);
		return;
	}
	if (pending->kind >= ASKED_TO_PAUSE) {
		asked(fleet, pending);
		return;
	}
	if (pending->boots != machine->boots)
		return; /* of a boot that is over */
	switch (pending->kind) {
	case TESTED:
		choose_boot(fleet, index);
		return;
	case BOOT_DHCP:
		see(fleet, index, "dhcp", "discover");
		fleet_later(fleet, BOOT_SCRIPT, index, 5 * SECOND);
		return;
	case BOOT_SCRIPT:
		see(fleet, index, "http", "script");
		fleet_later(fleet, BOOT_HELLO, index, 30 * SECOND);
		return;
	case BOOT_HELLO:
		say_hello(fleet, index);
		return;
	case TASK_DONE:
		task_done(fleet, index);
		return;
	case POWER_LOST:
		power_lost(fleet, index);
		return;
	case SAY_AGAIN:
		say_again(fleet, index);
		return;
	case OS_UP:
		fleet_trace(fleet, index, "os");
		see(fleet, index, "os", "phone-home");
		return;
	case BMC_DONE:
	case SERVER_KILLED:
	case ASKED_TO_PAUSE:
	case ASKED_TO_RESUME:
	case ASKED_TO_CANCEL:
		return;
	}
}
