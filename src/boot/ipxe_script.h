/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_IPXE_SCRIPT_H
#define BOOT_IPXE_SCRIPT_H

#include "base/buf.h"
#include "base/err.h"
#include "boot/types.h"

/*
 * What iPXE is told: the text of a machine's script. Pure.
 *
 * BIOS and UEFI get the same one. It loads kernel, the hook's initramfs, and
 * a second small archive with the worker's configuration, which is how a
 * token gets there without standing on the kernel's command line.
 */
struct ipxe_boot {
	const char *server;      /* "http://198.18.0.1:7080" */
	const char *kernel_args; /* the operator's, "" for none */
};

/* Values that could begin another line or command are refused. */
int ipxe_script_hook(const struct boot_machine *machine,
		     const struct ipxe_boot *boot, struct buf *out,
		     struct err *err) NODISCARD;

/*
 * For a machine that nobody knows: it says what it is and asks again, as
 * /boot/MAC/hook.ipxe?serial=...&arch=...&platform=...&mac0=...&mac7=...
 */
void ipxe_script_ask(const struct boot_machine *machine,
		     const struct ipxe_boot *boot, struct buf *out);

/* For a machine that is not to boot from the network: on to its disk. */
void ipxe_script_local(const struct boot_machine *machine, struct buf *out);

#endif
