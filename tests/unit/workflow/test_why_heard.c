/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "test.h"
#include "unit/workflow/why_heard_faults.h"
#include "workflow/why_plan.h"

/*
 * When what was heard beside the way of a boot is a cause, and when it is
 * none: it was overcome, it is said of another phase, or it is too early to
 * say.
 */
#define MAX_OVERCOME 6

struct heard {
	const char *word;
	const char *phase; /* in which it is the cause */
	struct seen event;
	struct seen also; /* that has to be there, too */
	/* Each of these, by itself, takes it back. */
	struct seen overcome[MAX_OVERCOME];
	const char *elsewhere; /* a phase that has nothing of it */
	bool waits;            /* before it counts */
	enum run_segment segment;
};

#define FETCHED FETCHES("meta-data")
#define LINK    SAYS("no-link", "PXE-E61: Media test failure")
#define PXE_ERR SAYS("pxe-error", "PXE-E53: No boot filename received")
#define GRUB    SAYS("boot-loader", "grub rescue>")
#define NO_DISK SAYS("no-boot-device", "No bootable device.")
#define LOGIN   SAYS("login", "m1 login:")
#define WARNS   SAYS("worker-warns", "hello: connection timed out")
#define ELSE                                                                   \
	HTTP("config-failed", "worker configuration for 198.18.0.99: 403, "    \
			      "only for the machine itself")

static const struct heard all[] = {
	{ .word = "no-link",
	  .phase = "firmware",
	  .event = LINK,
	  .overcome = { SCRIPT, HELLO },
	  .elsewhere = "loading" },
	{ .word = "secure-boot",
	  .phase = "firmware",
	  .event = SAYS("secure-boot", "Access Denied"),
	  .overcome = { HELLO, HOME },
	  .elsewhere = "working" },
	{ .word = "boot-loader-stuck",
	  .phase = "firmware",
	  .event = GRUB,
	  .overcome = { SCRIPT, HELLO },
	  .elsewhere = "loading" },
	{ .word = "boot-loader-stuck",
	  .phase = "first-boot",
	  .event = GRUB,
	  .overcome = { HOME },
	  .elsewhere = "working" },
	{ .word = "override-ignored",
	  .phase = "firmware",
	  .event = LOGIN,
	  .overcome = { SCRIPT, HELLO },
	  .elsewhere = "loading" },
	{ .word = "nothing-to-boot",
	  .phase = "firmware",
	  .event = NO_DISK,
	  .overcome = { PXE_DISCOVER, PXE_ERR, LINK, SCRIPT, HELLO },
	  .elsewhere = "first-boot" },
	{ .word = "pxe-error",
	  .phase = "firmware",
	  .event = PXE_ERR,
	  .overcome = { IPXE_REQUEST, SCRIPT, HELLO },
	  .elsewhere = "loading" },
	{ .word = "ipxe-error",
	  .phase = "firmware",
	  .event = IPXE_FAILS,
	  .overcome = { SCRIPT, HELLO },
	  .elsewhere = "first-boot" },
	{ .word = "ipxe-error",
	  .phase = "loading",
	  .event = IPXE_FAILS,
	  .also = SCRIPT,
	  .overcome = { CONFIG, HELLO },
	  .elsewhere = "working" },
	{ .word = "initramfs-broken",
	  .phase = "loading",
	  .event = SAYS("initramfs-broken", "Initramfs unpacking failed"),
	  .overcome = { HELLO },
	  .elsewhere = "first-boot" },
	{ .word = "no-root",
	  .phase = "first-boot",
	  .event = SAYS("no-root", "VFS: Unable to mount root fs"),
	  .overcome = { HELLO, HOME },
	  .elsewhere = "firmware" },
	{ .word = "memory-too-small",
	  .phase = "first-boot",
	  .event = SAYS("out-of-memory", "System is deadlocked on memory"),
	  .overcome = { HELLO, HOME },
	  .elsewhere = "firmware" },
	{ .word = "hardware-error",
	  .phase = "first-boot",
	  .event = SAYS("hardware-error", "[Hardware Error]"),
	  .overcome = { HOME },
	  .elsewhere = "working" },
	{ .word = "clock-wrong",
	  .phase = "loading",
	  .event = SAYS("worker-warns", "certificate is not yet valid"),
	  .overcome = { HELLO },
	  .elsewhere = "working" },
	{ .word = "no-hello",
	  .phase = "loading",
	  .event = WARNS,
	  .overcome = { HELLO },
	  .elsewhere = "working" },
	{ .word = "disk-not-bootable",
	  .phase = "first-boot",
	  .event = NO_DISK,
	  .overcome = { HOME, FETCHED, OS_REQUEST },
	  .elsewhere = "firmware" },
	{ .word = "os-emergency",
	  .phase = "first-boot",
	  .event = SAYS("emergency-mode", "You are in emergency mode"),
	  .overcome = { HOME },
	  .elsewhere = "loading" },
	{ .word = "no-phone-home",
	  .phase = "first-boot",
	  .event = LOGIN,
	  .overcome = { HOME, SCRIPT, HELLO },
	  .elsewhere = "loading",
	  .waits = true },
	{ .word = "worker-token",
	  .phase = "loading",
	  .event = REFUSED,
	  .overcome = { HELLO },
	  .elsewhere = "first-boot" },
	{ .word = "worker-token",
	  .phase = "working",
	  .event = REFUSED,
	  .also = HELLO,
	  .elsewhere = "first-boot",
	  .waits = true },
	{ .word = "clock-wrong",
	  .phase = "working",
	  .event = TLS("the client says: certificate expired"),
	  .elsewhere = "first-boot" },
	{ .word = "worker-ca",
	  .phase = "working",
	  .event = TLS("the client says: unknown CA"),
	  .elsewhere = "first-boot" },
	{ .word = "worker-certificate",
	  .phase = "working",
	  .event = TLS("the client says: bad certificate"),
	  .elsewhere = "first-boot" },
	{ .word = "no-hello",
	  .phase = "loading",
	  .event = TLS("it broke off"),
	  .overcome = { HELLO },
	  .elsewhere = "first-boot",
	  .waits = true },
	{ .word = "override-ignored",
	  .phase = "firmware",
	  .event = FETCHED,
	  .overcome = { SCRIPT, HELLO },
	  .elsewhere = "first-boot" },
	{ .word = "cloud-init-stuck",
	  .phase = "first-boot",
	  .event = FETCHED,
	  .overcome = { HOME, SCRIPT, HELLO },
	  .elsewhere = "firmware",
	  .waits = true },
	{ .word = "script-failed",
	  .phase = "firmware",
	  .event = HTTP("script-failed", "boot script for 198.18.0.11: 500"),
	  .overcome = { SCRIPT, HELLO },
	  .elsewhere = "loading" },
	{ .word = "another-address",
	  .phase = "loading",
	  .event = ELSE,
	  .overcome = { CONFIG, HELLO },
	  .elsewhere = "working" },
	{ .word = "config-failed",
	  .phase = "loading",
	  .event = ELSE,
	  .overcome = { CONFIG, HELLO },
	  .elsewhere = "working" },
	{ .word = "unknown-mac",
	  .phase = "firmware",
	  .event = STRANGER(PXE),
	  .overcome = { PXE_DISCOVER, SCRIPT, HELLO, HOME, FETCHED },
	  .elsewhere = "loading",
	  .waits = true },
	{ .word = "unknown-mac",
	  .phase = "firmware",
	  .event = STRANGER("udhcp 1.35.0"),
	  .overcome = { PXE_DISCOVER, SCRIPT, HELLO, HOME, FETCHED },
	  .elsewhere = "loading",
	  .waits = true },
	{ .word = "wrong-vlan",
	  .phase = "firmware",
	  .event = BMC("power-on done"),
	  .overcome = { PXE_DISCOVER, SCRIPT, HELLO, HOME, FETCHED },
	  .elsewhere = "loading",
	  .waits = true,
	  .segment = SEGMENT_HEARD },
	{ .word = "segment-silent",
	  .phase = "firmware",
	  .event = BMC("power-on done"),
	  .overcome = { PXE_DISCOVER, SCRIPT, HELLO, HOME, FETCHED },
	  .elsewhere = "loading",
	  .waits = true,
	  .segment = SEGMENT_SILENT },
};

static void add(struct event *events, size_t *n, const struct seen *seen)
{
	struct event *event = &events[*n];

	if (!seen->kind)
		return;
	str_copy(event->source, sizeof(event->source), seen->source);
	str_copy(event->kind, sizeof(event->kind), seen->kind);
	str_copy(event->message, sizeof(event->message), seen->message);
	event->at = event->last_at = NOON - 600000 + (wall_ms)*n * 1000;
	event->n = 1;
	(*n)++;
}

/* Whether it is a cause, in this phase, with one more event before it. */
static bool is_told(const struct heard *heard, const char *phase,
		    const struct seen *before, int64_t age_ms)
{
	const struct seen begins = { "engine", "phase", phase, 0 };
	struct run run = { .phase_at = NOON - age_ms,
			   .deadline = NOON - age_ms + 900000 };
	struct event events[4] = { 0 };
	struct run_view view = { .run = &run,
				 .events = events,
				 .segment = heard->segment,
				 .now = NOON };
	struct why_plan plan;

	str_copy(run.phase, sizeof(run.phase), phase);
	add(events, &view.n_events, &begins);
	add(events, &view.n_events, &heard->also);
	if (before)
		add(events, &view.n_events, before);
	add(events, &view.n_events, &heard->event);
	why_plan(&view, &plan);
	for (size_t i = 0; i < plan.n; i++)
		if (str_eq(plan.items[i].word, heard->word))
			return true;
	return false;
}

#define LONG_MS 600000
#define SOON_MS 10000

static void test_what_was_heard_is_a_cause_in_its_phase(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!is_told(&all[i], all[i].phase, NULL, LONG_MS))
			fail_msg("%s in %s: not told", all[i].word,
				 all[i].phase);
}

static void test_what_was_overcome_is_no_cause(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t k = 0; all[i].overcome[k].kind; k++)
			if (is_told(&all[i], all[i].phase, &all[i].overcome[k],
				    LONG_MS))
				fail_msg("%s in %s: told in spite of %s",
					 all[i].word, all[i].phase,
					 all[i].overcome[k].message);
}

static void test_what_is_of_another_phase_is_no_cause(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (is_told(&all[i], all[i].elsewhere, NULL, LONG_MS))
			fail_msg("%s: told in %s", all[i].word,
				 all[i].elsewhere);
}

/* What was said counts at once, what is missing after a while. */
static void test_what_is_missing_is_waited_for(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (is_told(&all[i], all[i].phase, NULL, SOON_MS) ==
		    all[i].waits)
			fail_msg("%s in %s: told %s", all[i].word, all[i].phase,
				 all[i].waits ? "too early" : "too late");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_was_heard_is_a_cause_in_its_phase),
		RUN(test_what_was_overcome_is_no_cause),
		RUN(test_what_is_of_another_phase_is_no_cause),
		RUN(test_what_is_missing_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
