/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WHY_SIGHT_PLAN_H
#define WORKFLOW_WHY_SIGHT_PLAN_H

#include "workflow/plan.h"
#include "workflow/run_view.h"

/*
 * What the events of a run show, one bit each. Only those count that came
 * since the run was begun anew, and before it failed: what came later was
 * clearing up. What the machine itself does counts since it was last told to
 * start: what came before is of an earlier boot.
 */
enum sight {
	/* Of its BMC. */
	SAW_BMC,    /* it did something */
	SAW_START,  /* it switched the machine on */
	SAW_DEVICE, /* it took a boot device */
	SAW_BMC_FAILED,
	SAW_BMC_LOST,
	/* Of DHCP: who asked, and what became of it. */
	SAW_FIRMWARE,
	SAW_IPXE,
	SAW_OS,
	SAW_DISCOVER,
	SAW_REQUEST,
	SAW_NAK,
	SAW_DECLINE,
	SAW_FOREIGN,
	SAW_FORBIDDEN, /* an answer without boot file: it is not allowed to, */
	SAW_FORBIDDEN_AGAIN,
	SAW_NO_BINARY, /* or there is none */
	/* Of files; what failed first and then came counts as that. */
	SAW_TFTP,
	SAW_TFTP_CUT,
	SAW_TFTP_REFUSED,
	SAW_SCRIPT_HOOK,
	SAW_SCRIPT_DISK,
	SAW_SCRIPT_AGAIN,
	SAW_SCRIPT_FAILED,
	SAW_CONFIG,
	SAW_CONFIG_FAILED,
	SAW_FILE,
	SAW_FILE_CUT,
	SAW_FILE_REFUSED,
	/* Of the worker and of systems. */
	SAW_HELLO,
	SAW_HELLO_AGAIN,
	SAW_ACTION,
	SAW_ACTION_ENDED,
	SAW_LOG,
	SAW_INTERRUPTED,
	SAW_PHONE_HOME,
	SAW_PANIC,
	/* Of its console. */
	SAW_INITRAMFS, /* that is broken */
	SAW_NO_ROOT,
	SAW_OUT_OF_MEMORY,
	SAW_HARDWARE_ERROR,
	SAW_EMERGENCY,
	SAW_BOOT_LOADER, /* that stands still */
	SAW_SECURE_BOOT,
	SAW_NO_LINK,
	SAW_PXE_ERROR,
	SAW_IPXE_ERROR,
	SAW_NO_BOOT_DEVICE,
	SAW_WORKER_WARNS,
	SAW_LOGIN,
	SAW_QUIET, /* it has said nothing more */
	/* Of who wants to be its worker. */
	SAW_WORKER_REFUSED,
	SAW_TLS_FAILED,
	/* Of what was installed, or what was there before. */
	SAW_METADATA,
	/* Of the network, while it was silent itself. */
	SAW_STRANGER,
	SAW_STRANGE_FIRMWARE,
	SAW_SEGMENT_SILENT,
	SAW_SEGMENT_HEARD,
	/* Of rows that are no events. */
	SAW_BMC_SLOW,    /* it was told long ago, and has not answered */
	SAW_WORKER_GONE, /* no sign of life */
	SAW_WORKER_ALIVE,
	SAW_STALLED, /* an action that moves bytes moves none */
	N_SIGHTS,
};

#define SAW(sight) (UINT64_C(1) << SAW_##sight)
#define SAW_DHCP                                                               \
	(SAW(DISCOVER) | SAW(REQUEST) | SAW(NAK) | SAW(DECLINE) | SAW(FOREIGN))
#define SAW_SYSTEM (SAW(PHONE_HOME) | SAW(METADATA))
#define SAW_SCRIPT (SAW(SCRIPT_HOOK) | SAW(SCRIPT_DISK))

struct why_scene {
	const struct run_view *view;
	enum phase phase; /* in which it failed, or stands; N_PHASES: none */
	size_t first;     /* its events: from here, */
	size_t booted;    /* of its boot: from here, */
	size_t end;       /* up to before this one */
	size_t last;      /* what the machine did last; `end`: nothing */
	bool overdue;     /* it failed, or has waited for long */
	uint64_t *sights; /* of each event from `first` on; NULL: not looked */
	uint64_t seen;    /* of all */
};

/* Where things are, which is cheap: lists of runs ask it of each. */
void why_scene(const struct run_view *view, struct why_scene *scene);
/* And what they show; to be released. */
void why_scene_look(struct why_scene *scene);
void why_scene_release(struct why_scene *scene);

/* The phase in which it stood when it failed, or stands now. */
const char *why_phase(const struct run_view *view);

#endif
