/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ways.h"

#include <string.h>

#include "base/secret.h"
#include "base/str.h"

_Static_assert(WAY_N_DRIVERS == BMC_N_DRIVERS && WAY_N_DRIVERS <= PLACE_DRIVERS,
	       "each driver has its places and its counts");

/* ---- drivers ---- */

void drivers_init(struct drivers *drivers, struct loop *loop,
		  const struct bmc_driver *const table[WAY_N_DRIVERS])
{
	memset(drivers, 0, sizeof(*drivers));
	drivers->loop = loop;
	for (size_t i = 0; i < WAY_N_DRIVERS; i++)
		drivers->slots[i].driver = table[i];
}

void drivers_release(struct drivers *drivers)
{
	for (size_t i = 0; i < WAY_N_DRIVERS; i++)
		if (drivers->slots[i].state)
			drivers->slots[i].driver->free(drivers->slots[i].state);
}

bool drivers_idle(const struct drivers *drivers)
{
	for (size_t i = 0; i < WAY_N_DRIVERS; i++)
		if (drivers->slots[i].state &&
		    !drivers->slots[i].driver->idle(drivers->slots[i].state))
			return false;
	return true;
}

unsigned drivers_of(const struct bmc_target *target)
{
	if (target->protocol == BMC_REDFISH)
		return WAY_REDFISH;
	if (target->protocol == BMC_RPC)
		return WAY_RPC;
	return target->ipmitool ? WAY_IPMITOOL : WAY_IPMI;
}

void *drivers_state(struct drivers *drivers, struct slot *slot)
{
	if (slot->state)
		return slot->state;
	slot->state = slot->driver->open(drivers->loop);
	if (slot->driver->set_quirks)
		slot->driver->set_quirks(slot->state, drivers->quirks);
	return slot->state;
}

/* Redfish looks at each request, when it knows who it is; of an IPMI BMC
 * there is what the inventory says. The gap that its firmware wants. */
static uint32_t apply_rules(const struct drivers *drivers,
			    struct bmc_target *target)
{
	struct bmc_identity who = { .protocol = target->protocol };
	struct bmc_rules rules;

	if (target->protocol != BMC_IPMI)
		return 0;
	str_copy(who.maker, sizeof(who.maker), target->vendor);
	str_copy(who.model, sizeof(who.model), target->model);
	quirk_rules(drivers->quirks, &who, &rules);
	if (!target->cipher)
		target->cipher = rules.suite;
	target->ipmi_quirks |= rules.ipmi_quirks;
	return rules.gap_ms;
}

/* ---- ways ---- */

void ways_drop(struct ways *ways)
{
	for (size_t i = 0; i < ways->n; i++) {
		struct way *way = &ways->list[i];

		if (way->endpoint)
			way->slot->driver->endpoint_close(way->endpoint);
		bmc_packed_free(way->target);
	}
	free(take_ptr(ways->list));
	ways->n = 0;
}

bool ways_are_to(const struct ways *ways, const struct bmc_target *target)
{
	bool same = true;
	size_t n = 0;

	for (; same && target && n < MAILBOX_WAYS; target = target->other) {
		struct bmc_packed *packed = bmc_target_pack(target);

		same = n < ways->n &&
		       bmc_packed_eq(ways->list[n].target, packed);
		bmc_packed_free(packed);
		n++;
	}
	return same && n == ways->n;
}

static struct fleet_way describe(const struct drivers *drivers, unsigned driver)
{
	const struct bmc_driver *of = drivers->slots[driver].driver;

	return (struct fleet_way){
		.way = { .name = of->name,
			 .more_ops = of->more_ops,
			 .http_boot = of->http_boot },
		.driver = driver,
	};
}

uint32_t ways_aim(struct ways *ways, struct drivers *drivers,
		  const struct bmc_target *target,
		  struct fleet_way out[MAILBOX_WAYS])
{
	uint32_t gap_ms = 0;

	ways_drop(ways);
	for (; target && ways->n < MAILBOX_WAYS; target = target->other) {
		CLEANUP(bmc_target_release) struct bmc_target ruled = { 0 };
		unsigned driver = drivers_of(target);
		struct way *way;
		uint32_t wanted_ms;

		ways->list = xrealloc(ways->list,
				      (ways->n + 1) * sizeof(*ways->list));
		way = &ways->list[ways->n];
		way->target = bmc_target_pack(target);
		way->slot = &drivers->slots[driver];
		way->endpoint = NULL;
		out[ways->n++] = describe(drivers, driver);
		bmc_target_unpack(&ruled, way->target);
		wanted_ms = apply_rules(drivers, &ruled);
		if (wanted_ms > gap_ms)
			gap_ms = wanted_ms;
	}
	return gap_ms;
}

void ways_best(const struct ways *ways, struct bmc_target *target)
{
	bmc_target_unpack(target, ways->list[0].target);
}

/* ---- what is known of a BMC ---- */

static void wipe_text(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	free(text);
}

static void recall(const struct way *way, const struct ways_memory *known)
{
	const struct bmc_memory *memory = known->memory;
	char *text;

	if (!memory->load || !way->slot->driver->recall)
		return;
	text = memory->load(memory->arg, known->id);
	way->slot->driver->recall(way->endpoint, text);
	wipe_text(text);
}

void *ways_endpoint(struct ways *ways, struct drivers *drivers, size_t i,
		    const struct ways_memory *known)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct way *way = &ways->list[i];

	if (way->endpoint)
		return way->endpoint;
	bmc_target_unpack(&target, way->target);
	(void)apply_rules(drivers, &target);
	way->endpoint = way->slot->driver->endpoint_new(
		drivers_state(drivers, way->slot), &target);
	if (i == 0)
		recall(way, known);
	return way->endpoint;
}

void ways_save(const struct ways *ways, size_t i,
	       const struct ways_memory *known)
{
	const struct bmc_memory *memory = known->memory;
	const struct way *way = &ways->list[i];
	char *text;

	if (!memory->save || !way->slot->driver->learnt || i > 0)
		return;
	text = way->slot->driver->learnt(way->endpoint);
	if (text)
		memory->save(memory->arg, known->id, text);
	wipe_text(text);
}
