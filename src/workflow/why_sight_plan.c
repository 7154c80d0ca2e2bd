/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why_sight_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "workflow/action_plan.h"

_Static_assert(N_SIGHTS <= 64, "SAW() has so many bits");

/* BMCs answer within seconds, and no more than some are asked at once. */
#define SLOW_MS (20 * 1000)
/* A worker is heard of each minute and a half, which is noted to the minute. */
#define GONE_MS (3 * 60 * 1000)
/* Downloads are tried again within this. */
#define STALLED_MS (90 * 1000)

#define OF_BMC                                                                 \
	(SAW(BMC) | SAW(START) | SAW(DEVICE) | SAW(BMC_FAILED) | SAW(BMC_LOST))

/* A kind of event, a part of its text, and what it shows. All that fit are
 * taken; the texts are those of dhcp.c, tftp.c, boot_http.c and exec.c, the
 * console's kinds those of console_wire.c. */
static const struct sight_row {
	const char *source; /* NULL: any */
	const char *kind;   /* NULL: any */
	const char *text;   /* NULL: any */
	uint64_t sights;
} sight_rows[] = {
	{ "bmc", "bmc", NULL, SAW(BMC) },
	{ "bmc", "bmc", "power-on done", SAW(START) },
	{ "bmc", "bmc", "power-cycle done", SAW(START) },
	{ "bmc", "bmc", "power-reset done", SAW(START) },
	{ "bmc", "bmc", "BMC: boot-", SAW(DEVICE) },
	{ "bmc", "bmc-failed", NULL, SAW(BMC_FAILED) },
	{ "bmc", "bmc-lost", NULL, SAW(BMC_LOST) },
	{ "dhcp", NULL, " from PXEClient", SAW(FIRMWARE) },
	{ "dhcp", NULL, " from HTTPClient", SAW(FIRMWARE) },
	{ "dhcp", NULL, " from iPXE", SAW(IPXE) },
	{ "dhcp", "discover", NULL, SAW(DISCOVER) },
	{ "dhcp", "request", NULL, SAW(REQUEST) },
	{ "dhcp", "nak", NULL, SAW(NAK) },
	{ "dhcp", "decline", NULL, SAW(DECLINE) },
	{ "dhcp", "foreign-dhcp", NULL, SAW(FOREIGN) },
	{ "dhcp", NULL, ", no boot file: network boot", SAW(FORBIDDEN) },
	{ "dhcp", NULL, ", no boot file: no iPXE", SAW(NO_BINARY) },
	{ "tftp", "tftp", NULL, SAW(TFTP) },
	{ "tftp", "tftp-failed", " bytes: ", SAW(TFTP_CUT) },
	{ "http", "script", "in-memory OS", SAW(SCRIPT_HOOK) },
	{ "http", "script", "from the disk", SAW(SCRIPT_DISK) },
	{ "http", "script-failed", NULL, SAW(SCRIPT_FAILED) },
	{ "http", "config", NULL, SAW(CONFIG) },
	{ "http", "config-failed", NULL, SAW(CONFIG_FAILED) },
	{ "http", "file", NULL, SAW(FILE) },
	{ "http", "file-cut", " broke off at ", SAW(FILE_CUT) },
	{ "worker", "hello", NULL, SAW(HELLO) },
	{ "worker", "action-running", NULL, SAW(ACTION) },
	{ NULL, "action-ended", NULL, SAW(ACTION_ENDED) },
	{ "engine", "retry", NULL, SAW(ACTION_ENDED) },
	{ "worker", "log", NULL, SAW(LOG) },
	{ "worker", "interrupted", NULL, SAW(INTERRUPTED) },
	{ "os", "phone-home", NULL, SAW(PHONE_HOME) },
	{ "console", "kernel-panic", NULL, SAW(PANIC) },
	{ "console", "initramfs-broken", NULL, SAW(INITRAMFS) },
	{ "console", "no-root", NULL, SAW(NO_ROOT) },
	{ "console", "out-of-memory", NULL, SAW(OUT_OF_MEMORY) },
	{ "console", "hardware-error", NULL, SAW(HARDWARE_ERROR) },
	{ "console", "emergency-mode", NULL, SAW(EMERGENCY) },
	{ "console", "boot-loader", NULL, SAW(BOOT_LOADER) },
	{ "console", "secure-boot", NULL, SAW(SECURE_BOOT) },
	{ "console", "no-link", NULL, SAW(NO_LINK) },
	{ "console", "pxe-error", NULL, SAW(PXE_ERROR) },
	{ "console", "ipxe-error", NULL, SAW(IPXE_ERROR) },
	{ "console", "no-boot-device", NULL, SAW(NO_BOOT_DEVICE) },
	{ "console", "worker-warns", NULL, SAW(WORKER_WARNS) },
	{ "console", "login", NULL, SAW(LOGIN) },
	{ "console", "quiet", NULL, SAW(QUIET) },
	{ "worker", "log", "Kernel panic", SAW(PANIC) },
	{ "worker", "refused", NULL, SAW(WORKER_REFUSED) },
	{ "https", "tls-failed", NULL, SAW(TLS_FAILED) },
	{ "os", "metadata", NULL, SAW(METADATA) },
	{ "dhcp", "stranger", NULL, SAW(STRANGER) },
	{ "dhcp", "stranger", "(PXEClient", SAW(STRANGE_FIRMWARE) },
	{ "dhcp", "stranger", "(HTTPClient", SAW(STRANGE_FIRMWARE) },
	{ "dhcp", "stranger", "(iPXE", SAW(STRANGE_FIRMWARE) },
};

/* "TFTP x: ", "HTTP /hook/y": what the file is called in both of its kinds of
 * events, of which the one tells of more than the other. */
static size_t name_len(const char *text)
{
	const char *end = strstr(text, " broke off");

	if (!end)
		end = strchr(text, ':');
	return end ? (size_t)(end - text) : strlen(text);
}

/* Did the same file come whole later? */
static bool came_later(const struct why_scene *scene, size_t index)
{
	const struct event *cut = &scene->view->events[index];
	size_t len = name_len(cut->message);

	for (size_t i = index + 1; i < scene->end; i++) {
		const struct event *event = &scene->view->events[i];

		if ((str_eq(event->kind, "file") ||
		     str_eq(event->kind, "tftp")) &&
		    name_len(event->message) == len &&
		    !strncmp(event->message, cut->message, len))
			return true;
	}
	return false;
}

/* Was the BMC found again? */
static bool was_found(const struct why_scene *scene, size_t index)
{
	for (size_t i = index + 1; i < scene->end; i++)
		if (str_eq(scene->view->events[i].kind, "bmc-found") ||
		    str_eq(scene->view->events[i].kind, "bmc"))
			return true;
	return false;
}

static bool came_before(const struct why_scene *scene, size_t index)
{
	const char *kind = scene->view->events[index].kind;

	if (scene->view->events[index].n > 1)
		return true;
	for (size_t i = scene->booted; i < index; i++)
		if (str_eq(scene->view->events[i].kind, kind))
			return true;
	return false;
}

/* Who was kept out at first, and then came through? */
static bool hello_later(const struct why_scene *scene, size_t index)
{
	for (size_t i = index + 1; i < scene->end; i++)
		if (str_eq(scene->view->events[i].kind, "hello"))
			return true;
	return false;
}

static bool fits(const struct sight_row *row, const struct event *event)
{
	return (!row->source || str_eq(row->source, event->source)) &&
	       (!row->kind || str_eq(row->kind, event->kind)) &&
	       (!row->text || strstr(event->message, row->text));
}

/* What the event shows; 0: nothing, or it does not count. */
static uint64_t sights_of(const struct why_scene *scene, size_t index)
{
	const struct event *event = &scene->view->events[index];
	uint64_t sights = 0;

	for (size_t i = 0; i < ARRAY_LEN(sight_rows); i++)
		if (fits(&sight_rows[i], event))
			sights |= sight_rows[i].sights;
	if (str_eq(event->source, "dhcp") &&
	    !(sights & (SAW(FIRMWARE) | SAW(IPXE) | SAW(STRANGER))))
		sights |= SAW(OS);
	if (str_eq(event->kind, "tftp-failed") && !(sights & SAW(TFTP_CUT)))
		sights |= SAW(TFTP_REFUSED);
	if (str_eq(event->kind, "file-cut") && !(sights & SAW(FILE_CUT)))
		sights |= SAW(FILE_REFUSED);
	if ((sights & (SAW(TFTP_CUT) | SAW(TFTP_REFUSED) | SAW(FILE_CUT) |
		       SAW(FILE_REFUSED))) &&
	    came_later(scene, index))
		return 0;
	if ((sights & SAW(BMC_LOST)) && was_found(scene, index))
		return 0;
	if ((sights & (SAW(WORKER_REFUSED) | SAW(TLS_FAILED))) &&
	    hello_later(scene, index))
		return 0;
	if ((sights & SAW_SCRIPT) && came_before(scene, index))
		sights |= SAW(SCRIPT_AGAIN);
	/* Of one try firmware may DISCOVER several times. */
	if ((sights & SAW(FORBIDDEN)) && (sights & SAW(REQUEST)) &&
	    came_before(scene, index))
		sights |= SAW(FORBIDDEN_AGAIN);
	if ((sights & SAW(HELLO)) && came_before(scene, index))
		sights |= SAW(HELLO_AGAIN);
	return index < scene->booted ? sights & OF_BMC : sights;
}

/* Where its history begins, since it was begun anew last. */
static size_t first_event(const struct run_view *view)
{
	size_t first = view->n_events;

	while (first && !str_eq(view->events[first - 1].kind, "rerun"))
		first--;
	return first;
}

static size_t end_event(const struct run_view *view, size_t first)
{
	size_t end = first;

	while (end < view->n_events &&
	       !str_eq(view->events[end].kind, "failed"))
		end++;
	return end;
}

/* The machine may be quicker than its BMC's answer: the phase counts. */
static size_t boot_event(const struct run_view *view, size_t first, size_t end)
{
	for (size_t i = end; i > first; i--) {
		const struct event *event = &view->events[i - 1];

		if (str_eq(event->kind, "phase") &&
		    (str_eq(event->message, phase_name(PHASE_POWER_ON)) ||
		     str_eq(event->message, phase_name(PHASE_CLOSING))))
			return i - 1;
	}
	return first;
}

const char *why_phase(const struct run_view *view)
{
	const char *phase = view->run->phase;
	size_t first = first_event(view);
	size_t end = end_event(view, first);

	for (size_t i = first; i < end; i++)
		if (str_eq(view->events[i].kind, "phase"))
			phase = view->events[i].message;
	return phase;
}

/* A third of its time is more than machines need that are well. */
static bool is_overdue(const struct run_view *view)
{
	const struct run *run = view->run;

	if (*run->cause)
		return true;
	return !run->ended_at && !run->paused_at && run->deadline &&
	       view->now - run->phase_at >= (run->deadline - run->phase_at) / 3;
}

static bool is_of_others(const struct event *event)
{
	return str_eq(event->source, "engine") ||
	       str_eq(event->kind, "stranger");
}

void why_scene(const struct run_view *view, struct why_scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->view = view;
	scene->phase = phase_parse(why_phase(view));
	scene->first = first_event(view);
	scene->end = end_event(view, scene->first);
	scene->booted = boot_event(view, scene->first, scene->end);
	scene->overdue = is_overdue(view);
	scene->last = scene->end;
	/* What the machine or its BMC did, not our own moves nor others'. */
	while (scene->last > scene->first &&
	       is_of_others(&view->events[scene->last - 1]))
		scene->last--;
	scene->last = scene->last > scene->first ? scene->last - 1 : scene->end;
}

static bool is_stalled(const struct run_view *view)
{
	const struct action *action =
		action_current(view->actions, view->n_actions);

	return action && str_eq(action->state, "RUNNING") &&
	       action->progress_at &&
	       action->bytes_done < action->bytes_total &&
	       view->now - action->progress_at >= STALLED_MS;
}

/* What stands in rows only as long as the run is open. */
static uint64_t sights_of_rows(const struct run_view *view)
{
	const struct intent *intent = view->intent;
	uint64_t sights = 0;

	if (intent && intent->sent_at && !intent->ended_at &&
	    view->now - intent->sent_at >= SLOW_MS)
		sights |= SAW(BMC_SLOW);
	if (view->heard_at && view->now - view->heard_at >= GONE_MS)
		sights |= SAW(WORKER_GONE);
	else if (view->heard_at)
		sights |= SAW(WORKER_ALIVE);
	if (is_stalled(view))
		sights |= SAW(STALLED);
	return sights;
}

void why_scene_look(struct why_scene *scene)
{
	size_t n = scene->end - scene->first;

	scene->sights = xcalloc(n ? n : 1, sizeof(*scene->sights));
	for (size_t i = 0; i < n; i++) {
		scene->sights[i] = sights_of(scene, scene->first + i);
		scene->seen |= scene->sights[i];
	}
	if (scene->view->segment == SEGMENT_SILENT)
		scene->seen |= SAW(SEGMENT_SILENT);
	else if (scene->view->segment == SEGMENT_HEARD)
		scene->seen |= SAW(SEGMENT_HEARD);
	if (!*scene->view->run->cause)
		scene->seen |= sights_of_rows(scene->view);
}

void why_scene_release(struct why_scene *scene)
{
	free(scene->sights);
	scene->sights = NULL;
}
