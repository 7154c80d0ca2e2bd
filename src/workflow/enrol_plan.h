/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_ENROL_PLAN_H
#define WORKFLOW_ENROL_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/net.h"

/*
 * What to do with a machine that has nothing to do: Tinkerbell's automatic
 * discovery (Hardware for a worker that nobody knows) and enrolment (a
 * Workflow by the WorkflowRuleSet that fits best). Pure: decides by objects,
 * makes objects.
 *
 * Neither ever changes what is there. A machine whose Hardware does not say
 * spec.auto.enrollmentEnabled, or that any Workflow names, is left alone.
 *
 * Differences from Tinkerbell: the order among equals is that of the names,
 * not of the answer of some list; a set with a bad rule is passed over here
 * too, but is said.
 */
#define ENROL_ATTRIBUTES "tinkerbell.org/agent-attributes"
#define ENROL_DISCOVERED "tinkerbell.org/auto-discovered"
#define ENROL_WHEN       "tomte.dev/discovered"

struct enrol_subject {
	const char *agent;        /* as the worker calls itself */
	const json_t *attributes; /* that it reports */
	const json_t *hardware;   /* NULL: none */
	bool discovered;          /* that Hardware was made just now */
	bool has_workflow;        /* one that names it, whatever its state */
};

/*
 * A new reference to the Workflow to make, or NULL; then `reason` (of
 * ENROL_REASON bytes) says why there is none, in words for an operator.
 */
#define ENROL_REASON 512

json_t *enrol_plan(const struct enrol_subject *subject,
		   const json_t *const *rule_sets, size_t n_rule_sets,
		   char *reason);

/* The namespace that a machine with these attributes is for: that of the
 * Workflow of the set which fits best; NULL: none does. */
const char *enrol_plan_namespace(const json_t *const *rule_sets,
				 size_t n_rule_sets, const json_t *attributes);

/*
 * The MAC of a card that a worker reports; false: it is none to know a machine
 * by. That is so of USB: BMCs show their hosts such cards, with the same MAC
 * on all boards of a make, and adapters wander.
 */
bool enrol_card(const json_t *card, struct mac *mac);

/*
 * Hardware "discovery-AGENT" with its disks, and its network cards by their
 * MAC, the one that it booted by first. No permission to boot by network is
 * made up, nor an address but the one that it has. Attributes of more than
 * ENROL_NOTE_MAX bytes are not kept.
 */
#define ENROL_MOST_CARDS 64
#define ENROL_MOST_DISKS 256
#define ENROL_NOTE_MAX   (64 * 1024)

struct enrol_found {
	const char *agent;
	struct mac mac;
	const json_t *attributes;
	const char *namespace;
	char at[CLOCK_TEXT];
	char address[IPV4_TEXT]; /* "": none */
	char netmask[IPV4_TEXT];
	char gateway[IPV4_TEXT]; /* "": none */
};

json_t *enrol_discover(const struct enrol_found *found);

/* "PREFIX-AGENT" as a name of an object: lower case, '-' for the rest. */
void enrol_name(char *name, size_t size, const char *prefix, const char *agent);

#endif
