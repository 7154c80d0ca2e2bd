/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/ipxe_script.h"

#include <string.h>

#include "base/str.h"

#define DEFAULT_ARGS                                                           \
	"quiet cryptomgr.notests panic=30 console=tty0 console=ttyS0,115200"

/* iPXE expands ${} and treats these as the ends of commands. */
static int check(const char *what, const char *text, struct err *err)
{
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 127)
			return err_set(err, ERR_INVALID,
				       "%s: a control character", what);
		if (strchr("${}|&;", *at))
			return err_set(err, ERR_INVALID,
				       "%s: '%c' cannot stand in an iPXE "
				       "script",
				       what, *at);
	}
	return 0;
}

static void add_retries(struct buf *out, const char *label, const char *command)
{
	buf_printf(out,
		   "set tries:int32 0\n"
		   ":%s\n"
		   "%s && goto %s_done ||\n"
		   "inc tries\n"
		   "iseq ${tries} 5 && goto failed ||\n"
		   "echo tomte: %s failed, trying again\n"
		   "sleep 2\n"
		   "goto %s\n"
		   ":%s_done\n",
		   label, command, label, label, label, label);
}

static int add_hook(const struct boot_machine *machine,
		    const struct ipxe_boot *boot, struct buf *out,
		    struct err *err)
{
	const char *arch = *machine->arch ? machine->arch : "x86_64";
	char mac[MAC_TEXT];
	AUTO_FREE char *kernel = NULL;
	AUTO_FREE char *initrd = NULL;
	AUTO_FREE char *config = NULL;

	net_mac_text(&machine->mac, mac);
	if (check("architecture", arch, err) ||
	    check("kernel arguments", boot->kernel_args, err))
		return -1;
	/*
	 * UEFI: the kernel asks for its archives by these names. BIOS: iPXE
	 * hands them over in order, and the names are of no account.
	 */
	kernel = xasprintf("kernel --name vmlinuz %s/hook/vmlinuz-%s "
			   "initrd=hook initrd=cfg " DEFAULT_ARGS
			   " hw_addr=%s worker_id=%s%s%s",
			   boot->server, arch, mac, mac,
			   *boot->kernel_args ? " " : "", boot->kernel_args);
	initrd = xasprintf("initrd --name hook %s/hook/initramfs-%s",
			   boot->server, arch);
	config = xasprintf("initrd --name cfg %s/boot/%s/cfg.cpio",
			   boot->server, mac);
	add_retries(out, "kernel", kernel);
	add_retries(out, "initrd", initrd);
	add_retries(out, "config", config);
	buf_adds(out, "boot || goto failed\n");
	return 0;
}

/* Off and on again by itself: the fault may have been ours. */
static void add_failed(struct buf *out)
{
	buf_adds(out, ":failed\n"
		      "echo tomte: network boot failed, restarting in 20 "
		      "seconds\n"
		      "sleep 20\n"
		      "reboot\n");
}

int ipxe_script_hook(const struct boot_machine *machine,
		     const struct ipxe_boot *boot, struct buf *out,
		     struct err *err)
{
	if (check("machine name", machine->name, err) ||
	    check("iPXE URL", machine->ipxe_url, err))
		return -1;
	buf_adds(out, "#!ipxe\n");
	buf_printf(out, "echo tomte: %s boots from the network\n",
		   machine->name);
	if (*machine->ipxe_url)
		buf_printf(out, "chain --autofree %s || goto failed\n",
			   machine->ipxe_url);
	else if (add_hook(machine, boot, out, err))
		return -1;
	add_failed(out);
	if (out->overflow)
		return err_set(err, ERR_TOO_BIG, "iPXE script over %zu bytes",
			       out->limit);
	return 0;
}

void ipxe_script_ask(const struct boot_machine *machine,
		     const struct ipxe_boot *boot, struct buf *out)
{
	char mac[MAC_TEXT];

	net_mac_text(&machine->mac, mac);
	buf_printf(out,
		   "#!ipxe\n"
		   "echo tomte: %s is not known yet\n"
		   "chain --autofree %s/boot/%s/hook.ipxe?platform=${platform}"
		   "&arch=${buildarch}&serial=${serial:uristring}",
		   mac, boot->server, mac);
	for (int i = 0; i < BOOT_MAX_CARDS; i++)
		buf_printf(out, "&mac%d=${net%d/mac:hexhyp}", i, i);
	buf_adds(out, " || goto failed\n");
	add_failed(out);
}

void ipxe_script_local(const struct boot_machine *machine, struct buf *out)
{
	buf_adds(out, "#!ipxe\necho tomte: booting from the disk\n");
	/* On UEFI the firmware's boot order goes on when iPXE exits. */
	if (machine->uefi)
		buf_adds(out, "exit 1\n");
	else
		buf_adds(out, "sanboot --no-describe --drive 0x80 || exit 1\n");
}
