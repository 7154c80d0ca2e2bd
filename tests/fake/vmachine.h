/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_VMACHINE_H
#define TESTS_FAKE_VMACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * A virtual machine: what it is made of (machine.json), and the QEMU that
 * plays it while it is on. Paths are relative to the machine's directory,
 * which is the working directory.
 */
struct vmachine_spec {
	char name[64];
	unsigned firmware; /* 0: BIOS, 1: UEFI */
	char mac[24];
	char tap[16];    /* "": no network card */
	char disk[256];  /* "": none */
	char format[16]; /* of the disk: raw unless said otherwise */
	char serial_log[256];
	char console[64]; /* "": its address and port, for one to read it by */
	char rtc[32];     /* "": now; what its clock starts with */
	char serial[64];  /* SMBIOS serial number; "": the name */
	char uuid[40];    /* SMBIOS */
	char accel[16];
	uint32_t memory_mb;
	uint32_t cpus;
};

struct vmachine_qemu {
	pid_t pid; /* 0: the machine is off */
	int pidfd;
	int qmp;
	char line[4096]; /* of QMP, as far as it has come */
	size_t len;
};

enum vmachine_event {
	VMACHINE_NOTHING,
	VMACHINE_SHUTDOWN, /* the guest switched itself off */
	VMACHINE_RESET,    /* the guest reset itself */
};

int vmachine_load(struct vmachine_spec *spec, struct err *err) NODISCARD;

/* `boot` is pxe, cdrom, or anything else for the disk first. */
int vmachine_start(struct vmachine_qemu *qemu, const struct vmachine_spec *spec,
		   const char *boot, const char *media,
		   struct err *err) NODISCARD;
/* Returns when it is dead. */
void vmachine_kill(struct vmachine_qemu *qemu);
/* As if its power button was pressed. */
void vmachine_press(struct vmachine_qemu *qemu);
/* Reads what QMP has to say. */
enum vmachine_event vmachine_read(struct vmachine_qemu *qemu);

#endif
