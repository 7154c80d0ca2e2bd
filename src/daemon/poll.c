/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/poll.h"

#include <string.h>

#include "base/heap.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "daemon/contact.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"

#define LOG_MODULE "poll"
#include "base/log.h"

#define THAW    "tomte.dev/bmc-thaw"
#define SOON_MS 1000
/*
 * Those of a second are asked at once. A BMC by itself finds nothing of ours
 * in the processor's caches: of ten thousand each minute it then takes half
 * as much again.
 */
#define GRID_MS     1000
#define GRID_FROM   (10 * GRID_MS) /* intervals shorter than this have none */
#define MAX_CHANGES 100000
#define ID_SIZE     400

/* A bmc Machine. */
struct entry {
	struct heap_item at;
	char *id; /* "namespace/name": the mailbox's, too */
	char *thaw;
	int64_t generation;
	bool asked; /* and not answered yet */
	/* Since its objects were read: as of which Secrets; 0: they were not,
	 * or have changed. And what was written down then. */
	uint64_t reached;
	enum bmc_power noted; /* unknown: something else, or nothing */
};

struct poll {
	struct loop *loop;
	struct store *store;
	struct exec *exec;
	int64_t interval_ms; /* 0: never */
	struct loop_timer *timer;
	struct map *entries; /* by id */
	struct map *owners;  /* by id: a Hardware's object id, allocated */
	struct heap heap;
	int64_t seen_version;
	uint64_t secrets; /* another number after each change of Secrets */
};

static const struct kind *machine_kind(void)
{
	return kind_find(BMC_GROUP, "Machine");
}

static const struct kind *hardware_kind(void)
{
	return kind_find(TINKERBELL_GROUP, "Hardware");
}

static const struct kind *secret_kind(void)
{
	return kind_find("", "Secret");
}

static void on_timer(void *arg);

struct poll *poll_new(struct loop *loop, struct store *store, struct exec *exec,
		      uint32_t seconds)
{
	struct poll *poll = xcalloc(1, sizeof(*poll));

	poll->loop = loop;
	poll->store = store;
	poll->exec = exec;
	poll->interval_ms = (int64_t)seconds * 1000;
	poll->secrets = 1;
	poll->timer = loop_timer_new(loop, on_timer, poll);
	poll->entries = map_new();
	poll->owners = map_new();
	return poll;
}

static void entry_free(struct entry *entry)
{
	free(entry->thaw);
	free(entry->id);
	free(entry);
}

void poll_free(struct poll *poll)
{
	size_t at = 0;
	void *value;

	if (!poll)
		return;
	heap_release(&poll->heap);
	while (map_next(poll->entries, &at, &value))
		entry_free(value);
	for (at = 0; map_next(poll->owners, &at, &value);)
		free(value);
	map_free(poll->entries);
	map_free(poll->owners);
	loop_timer_free(poll->timer);
	free(poll);
}

static struct entry *find(const struct poll *poll, const char *id)
{
	return map_get(poll->entries, id, strlen(id));
}

static void look_at(struct poll *poll, struct entry *entry, mono_ms at)
{
	if (!poll->interval_ms)
		return;
	if (poll->interval_ms >= GRID_FROM)
		at = (at + GRID_MS / 2) / GRID_MS * GRID_MS;
	heap_set(&poll->heap, &entry->at, at);
	loop_timer_at(poll->timer, heap_next(&poll->heap));
}

/* The same part of the interval for a name at each start. */
static int64_t phase_of(const struct poll *poll, const char *id)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	if (!poll->interval_ms)
		return 0;
	for (; *id; id++)
		hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return (int64_t)((hash ^ hash >> 32) % (uint64_t)poll->interval_ms);
}

/* ---- what came of it ---- */

/* The Hardware whose BMC it is; 0: nobody's. */
static int64_t owner_of(struct poll *poll, const char *id)
{
	const int64_t *owner = map_get(poll->owners, id, strlen(id));
	AUTO_JSON json_t *hardware = NULL;
	const char *bmc;
	struct err gone;

	if (!owner)
		return 0;
	hardware = object_by_id(poll->store, *owner, &gone);
	bmc = json_str_at(hardware, "spec.bmcRef.name");
	return bmc && str_eq(bmc, strchr(id, '/') + 1) ? *owner : 0;
}

static int note_power(struct poll *poll, int64_t hardware, enum bmc_power power,
		      struct err *err)
{
	struct machine machine;

	if (power == BMC_POWER_UNKNOWN)
		return 0;
	if (machine_get(poll->store, hardware, &machine, err))
		return -1;
	if (str_eq(machine.power, bmc_power_name(power)))
		return 0;
	return machine_set_power(poll->store, hardware, bmc_power_name(power),
				 err);
}

static int note(struct poll *poll, const char *id, enum bmc_power power,
		const struct err *error, struct err *err)
{
	struct contact_seen seen = { .power = power,
				     .error = error,
				     .looked = true };
	AUTO_FREE char *namespace = xstrdup(id);
	char *name = strchr(namespace, '/');
	int64_t hardware = owner_of(poll, id);

	*name++ = '\0';
	if (contact_write(poll->store, namespace, name, &seen, err))
		return -1;
	if (!hardware)
		return 0;
	if (note_power(poll, hardware, power, err))
		return -1;
	if (!seen.turned)
		return 0;
	return event_note(poll->store, hardware, 0, "bmc",
			  error ? "bmc-lost" : "bmc-found", err, "%s",
			  error ? error->message : "the BMC answers");
}

static void record(struct poll *poll, const char *id, enum bmc_power power,
		   const struct err *error)
{
	struct err err;
	struct entry *entry = find(poll, id);

	store_mark(poll->store);
	if (note(poll, id, power, error, &err) == 0) {
		store_keep(poll->store);
		if (entry)
			entry->noted = error ? BMC_POWER_UNKNOWN : power;
		return;
	}
	store_back_to_mark(poll->store);
	if (err.code != ERR_NOT_FOUND) /* deleted meanwhile */
		log_error("bmc=%s: %s", id, err.message);
}

/* One that is left alone is asked as soon as it is tried again. */
static void look_again(struct poll *poll, struct entry *entry)
{
	int64_t wait_ms = poll->interval_ms;
	struct bmc_view view;

	if (bmc_look(exec_bmc(poll->exec), entry->id, &view) &&
	    view.standing == BMC_LEFT_ALONE && view.next_try_ms < wait_ms)
		wait_ms = view.next_try_ms + SOON_MS;
	if (entry->at.at > clock_mono() + wait_ms || !entry->at.place)
		look_at(poll, entry, clock_mono() + wait_ms);
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct poll *poll = arg;
	struct entry *entry = find(poll, id);

	if (!entry || result->err.code == ERR_CANCELLED)
		return;
	entry->asked = false;
	log_debug("bmc=%s power=%s%s%s", id, bmc_power_name(result->power),
		  result->err.code ? " error=" : "", result->err.message);
	/* As it was written down, and nobody has written anything since: to
	 * find that out from the objects costs half of what a look does. */
	if (result->err.code || result->power == BMC_POWER_UNKNOWN ||
	    result->power != entry->noted)
		record(poll, id, result->power,
		       result->err.code ? &result->err : NULL);
	look_again(poll, entry);
}

/* False: it was written down that it cannot be. */
static bool reach(struct poll *poll, struct entry *entry,
		  struct bmc_target *target)
{
	AUTO_FREE char *namespace = xstrdup(entry->id);
	char *name = strchr(namespace, '/');
	char id[ID_SIZE];
	struct err err;

	*name++ = '\0';
	entry->reached = 0;
	if (exec_reach(poll->exec, namespace, name, target, id, sizeof(id),
		       &err)) {
		record(poll, entry->id, BMC_POWER_UNKNOWN, &err);
		return false;
	}
	entry->reached = poll->secrets;
	return true;
}

static void ask(struct poll *poll, struct entry *entry)
{
	const struct bmc_request request = { .op = BMC_POWER_GET,
					     .urgency = BMC_BACKGROUND,
					     .again_ms = poll->interval_ms };
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct bmc *bmc = exec_bmc(poll->exec);

	look_at(poll, entry, clock_mono() + poll->interval_ms);
	if (entry->asked)
		return;
	entry->asked = true;
	if (entry->reached == poll->secrets &&
	    bmc_submit_again(bmc, entry->id, &request, on_result, poll))
		return;
	if (reach(poll, entry, &target))
		bmc_submit(bmc, entry->id, &target, &request, on_result, poll);
	else
		entry->asked = false;
}

static void on_timer(void *arg)
{
	struct poll *poll = arg;
	struct heap_item *item;

	while ((item = heap_expired(&poll->heap, clock_mono())))
		ask(poll, container_of(item, struct entry, at));
	loop_timer_at(poll->timer, heap_next(&poll->heap));
}

/* ---- which there are ---- */

static bool id_of(const json_t *object, const char *name, char out[ID_SIZE])
{
	const char *namespace = json_str_at(object, "metadata.namespace");

	return namespace && name &&
	       snprintf(out, ID_SIZE, "%s/%s", namespace, name) < ID_SIZE;
}

static void drop(struct poll *poll, const char *id)
{
	struct entry *entry = find(poll, id);

	if (!entry)
		return;
	map_remove(poll->entries, id, strlen(id));
	heap_set(&poll->heap, &entry->at, MONO_NEVER);
	bmc_forget(exec_bmc(poll->exec), id);
	entry_free(entry);
}

/* A Machine as it is now. */
static void follow(struct poll *poll, const json_t *machine)
{
	const json_t *annotations = json_at(machine, "metadata.annotations");
	const char *thaw =
		json_string_value(json_object_get(annotations, THAW));
	int64_t generation = json_int_at(machine, "metadata.generation", 0);
	struct entry *entry;
	char id[ID_SIZE];
	bool thawed;

	if (!id_of(machine, json_str_at(machine, "metadata.name"), id))
		return;
	if (!thaw)
		thaw = "";
	entry = find(poll, id);
	if (!entry) {
		entry = xcalloc(1, sizeof(*entry));
		entry->id = xstrdup(id);
		entry->thaw = xstrdup(thaw);
		entry->generation = generation;
		map_put(poll->entries, id, strlen(id), entry);
		look_at(poll, entry, clock_mono() + phase_of(poll, id));
		return;
	}
	entry->reached = 0;
	entry->noted = BMC_POWER_UNKNOWN;
	thawed = !str_eq(thaw, entry->thaw);
	if (!thawed && generation == entry->generation)
		return;
	free(entry->thaw);
	entry->thaw = xstrdup(thaw);
	entry->generation = generation;
	if (thawed && bmc_thaw(exec_bmc(poll->exec), id))
		log_info("bmc=%s is tried again, as its Machine says", id);
	look_at(poll, entry, clock_mono() + SOON_MS);
}

static void follow_hardware(struct poll *poll, const json_t *hardware)
{
	const struct object_key key = {
		.kind = hardware_kind(),
		.namespace = json_str_at(hardware, "metadata.namespace"),
		.name = json_str_at(hardware, "metadata.name"),
	};
	struct entry *entry;
	char id[ID_SIZE];
	int64_t *owner;

	if (!id_of(hardware, json_str_at(hardware, "spec.bmcRef.name"), id))
		return;
	entry = find(poll, id);
	if (entry)
		entry->noted = BMC_POWER_UNKNOWN;
	owner = map_get(poll->owners, id, strlen(id));
	if (!owner) {
		owner = xcalloc(1, sizeof(*owner));
		map_put(poll->owners, id, strlen(id), owner);
	}
	*owner = object_id(poll->store, &key);
}

static bool each_machine(void *arg, json_t *machine)
{
	follow(arg, machine);
	return true;
}

struct found {
	struct poll *poll;
	json_t *list; /* of {metadata, spec}, to be looked at after the walk */
};

static bool each_hardware(void *arg, json_t *hardware)
{
	struct found *found = arg;

	if (json_str_at(hardware, "spec.bmcRef.name"))
		json_array_append_new(
			found->list,
			json_pack("{s:O,s:{s:O}}", "metadata",
				  json_object_get(hardware, "metadata"), "spec",
				  "bmcRef", json_at(hardware, "spec.bmcRef")));
	return true;
}

int poll_start(struct poll *poll, struct err *err)
{
	const struct object_query machines = { .kind = machine_kind(),
					       .namespace = "",
					       .after_namespace = "",
					       .after_name = "" };
	const struct object_query hardware = { .kind = hardware_kind(),
					       .namespace = "",
					       .after_namespace = "",
					       .after_name = "" };
	AUTO_JSON json_t *list = json_array();
	struct found found = { poll, list };
	size_t i;
	json_t *item;

	poll->seen_version = store_version(poll->store);
	if (object_each(poll->store, &machines, each_machine, poll, err) ||
	    object_each(poll->store, &hardware, each_hardware, &found, err))
		return -1;
	json_array_foreach (list, i, item)
		follow_hardware(poll, item);
	return 0;
}

static void follow_changes(struct poll *poll, const struct kind *kind,
			   int64_t since)
{
	AUTO_JSON json_t *changes = NULL;
	struct err err;
	size_t i;
	json_t *change;

	changes = change_since(poll->store, kind, since, MAX_CHANGES, &err);
	if (!changes) {
		log_error("changes of %s: %s", kind->kind, err.message);
		return;
	}
	json_array_foreach (changes, i, change) {
		const json_t *object = json_object_get(change, "object");
		char id[ID_SIZE];

		if (!str_eq(json_str_at(change, "type"), "DELETED")) {
			if (kind == machine_kind())
				follow(poll, object);
			else
				follow_hardware(poll, object);
		} else if (kind == machine_kind() &&
			   id_of(object, json_str_at(object, "metadata.name"),
				 id)) {
			drop(poll, id);
		}
	}
}

/* Which of them are a BMC's is not asked: they change seldom. */
static void follow_secrets(struct poll *poll, int64_t since)
{
	AUTO_JSON json_t *changes = NULL;
	struct err err;

	changes = change_since(poll->store, secret_kind(), since, 1, &err);
	if (!changes || json_array_size(changes))
		poll->secrets++;
}

void poll_published(struct poll *poll)
{
	int64_t since = poll->seen_version;

	poll->seen_version = store_version(poll->store);
	if (poll->seen_version == since)
		return;
	follow_secrets(poll, since);
	follow_changes(poll, hardware_kind(), since);
	follow_changes(poll, machine_kind(), since);
}
