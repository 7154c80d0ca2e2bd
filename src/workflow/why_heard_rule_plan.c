/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why_rule_plan.h"

#include "base/str.h"

#define STARTING (WHY_AT(FIRMWARE) | WHY_AT(LOADING) | WHY_AT(FIRST_BOOT))

#define BMC_PHASES                                                             \
	(WHY_AT(POWER_OFF) | WHY_AT(MEDIA_EJECT) | WHY_AT(MEDIA_INSERT) |      \
	 WHY_AT(BOOT_DEVICE) | WHY_AT(PREPARING) | WHY_AT(POWER_ON) |          \
	 WHY_AT(RESTART_OFF) | WHY_AT(RESTART_ON) | WHY_AT(CLOSING))
#define SAW_ANYTHING (SAW_DHCP | SAW_SCRIPT | SAW(HELLO) | SAW_SYSTEM)

static const struct why_rule rules[] = {
	/* By what the machine says on its console. */
	{ .word = "no-link",
	  .cause = "the network card has no link",
	  .advice = "check the cable, the port of the switch, and that the "
		    "machine boots from the card that is plugged in",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(NO_LINK),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .score = 91 },
	{ .word = "secure-boot",
	  .cause = "the firmware refuses what it is to boot: Secure Boot",
	  .advice = "switch Secure Boot off, or boot what is signed by a "
		    "key that the firmware trusts",
	  .phases = STARTING,
	  .with = SAW(SECURE_BOOT),
	  .without = SAW(HELLO) | SAW(PHONE_HOME),
	  .score = 90 },
	{ .word = "boot-loader-stuck",
	  .cause = "a boot loader on the disk stands still",
	  .advice = "look at the console: the boot loader does not find its "
		    "partition or its configuration",
	  .phases = WHY_AT(FIRMWARE) | WHY_AT(FIRST_BOOT),
	  .with = SAW(BOOT_LOADER),
	  .without = SAW_SCRIPT | SAW(HELLO) | SAW(PHONE_HOME),
	  .score = 90 },
	{ .word = "override-ignored",
	  .cause = "the machine starts from its disk: the firmware "
		   "ignores the boot override",
	  .advice = "set network boot first in the firmware, and check "
		    "that the machine is set to the mode, BIOS or UEFI, "
		    "that its Hardware says",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(LOGIN),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .shows = SAW(DEVICE) | SAW(OS),
	  .score = 86 },
	{ .word = "nothing-to-boot",
	  .cause = "the firmware does not boot from the network, and finds "
		   "nothing to boot elsewhere",
	  .advice = "switch network boot on in the firmware, for the card "
		    "and the mode, BIOS or UEFI, that the Hardware names",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(NO_BOOT_DEVICE),
	  .without = SAW_DHCP | SAW(PXE_ERROR) | SAW(NO_LINK) | SAW_SCRIPT |
		     SAW(HELLO),
	  .shows = SAW(DEVICE),
	  .score = 82 },
	{ .word = "pxe-error",
	  .cause = "the firmware gives up booting from the network",
	  .advice = "the evidence has its error: E51 to E53 are of DHCP, "
		    "E32 and up of TFTP; check what it names",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(PXE_ERROR),
	  .without = SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .score = 73 },
	{ .word = "ipxe-error",
	  .cause = "iPXE gives up",
	  .advice = "the address in iPXE's message has what it means",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(IPXE_ERROR),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .shows = SAW(IPXE),
	  .score = 75 },
	{ .word = "ipxe-error",
	  .cause = "iPXE gives up",
	  .advice = "the address in iPXE's message has what it means",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(IPXE_ERROR) | SAW(SCRIPT_HOOK),
	  .without = SAW(CONFIG) | SAW(HELLO),
	  .score = 76 },
	{ .word = "initramfs-broken",
	  .cause = "the kernel cannot unpack its initramfs",
	  .advice = "publish the hook anew, kernel and initramfs of one "
		    "build; a machine with too little memory says this too",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(INITRAMFS),
	  .without = SAW(HELLO),
	  .shows = SAW(PANIC) | SAW(NO_ROOT),
	  .score = 95 },
	{ .word = "no-root",
	  .cause = "the kernel finds no root file system",
	  .advice = "check the kernel's arguments (option --kernel-args) and "
		    "that kernel and initramfs are of one build; in an "
		    "image, the root that its boot loader names",
	  .phases = WHY_AT(LOADING) | WHY_AT(FIRST_BOOT),
	  .with = SAW(NO_ROOT),
	  .without = SAW(HELLO) | SAW(PHONE_HOME),
	  .shows = SAW(PANIC),
	  .score = 94 },
	{ .word = "memory-too-small",
	  .cause = "the machine runs out of memory",
	  .advice = "the hook needs 512 MB of memory; see whether the "
		    "firmware finds all that is built in",
	  .phases = WHY_AT(LOADING) | WHY_AT(FIRST_BOOT),
	  .with = SAW(OUT_OF_MEMORY),
	  .without = SAW(HELLO) | SAW(PHONE_HOME),
	  .shows = SAW(PANIC),
	  .score = 95 },
	{ .word = "hardware-error",
	  .cause = "the machine reports an error of its hardware",
	  .advice = "look at the BMC's log (`tomte bmc sel`): memory, "
		    "processor, or a card",
	  .phases = STARTING,
	  .with = SAW(HARDWARE_ERROR),
	  .without = SAW(PHONE_HOME),
	  .score = 70 },
	{ .word = "clock-wrong",
	  .cause = "a certificate is not valid at this time: a clock is "
		   "wrong, or it has run out",
	  .advice = "set the machine's clock in its firmware, and see that "
		    "this server's is right",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(WORKER_WARNS),
	  .without = SAW(HELLO),
	  .signs = { "not yet valid", "has expired" },
	  .score = 97 },
	{ .word = "no-hello",
	  .cause = "the hook is up and its worker does not come through: "
		   "TLS, clock, or a firewall",
	  .advice = "check that the HTTPS port of this server is open to "
		    "the machine; the evidence has what the worker says",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(WORKER_WARNS),
	  .without = SAW(HELLO),
	  .score = 80 },
	{ .word = "disk-not-bootable",
	  .cause = "the firmware finds nothing to boot on the disk",
	  .advice = "check that the image has a boot loader for this "
		    "mode, BIOS or UEFI, and that it was written to the "
		    "disk that the firmware boots",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(NO_BOOT_DEVICE),
	  .without = SAW_SYSTEM | SAW(OS),
	  .score = 88 },
	{ .word = "os-emergency",
	  .cause = "the installed OS stands in emergency mode",
	  .advice = "look at the console: most often a file system of "
		    "/etc/fstab is missing",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(EMERGENCY),
	  .without = SAW(PHONE_HOME),
	  .score = 92 },
	{ .word = "no-phone-home",
	  .cause = "the OS is up and does not phone home",
	  .advice = "check cloud-init in the image: its datasource, and "
		    "phone_home with this server's metadata address",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(LOGIN),
	  .without = SAW(PHONE_HOME) | SAW(SCRIPT_HOOK) | SAW(HELLO),
	  .shows = SAW(OS),
	  .overdue = true,
	  .score = 72 },

	/* By who was refused at its address. */
	{ .word = "worker-token",
	  .cause = "the machine's worker has a token that is not good any "
		   "more: it is of an earlier boot, or of another machine",
	  .advice = "see that the machine really started anew (`tomte power "
		    "status`, the console), and that no other machine has "
		    "its address",
	  .phases = WHY_AT(FIRMWARE) | WHY_AT(LOADING) | WHY_AT(WORKING),
	  .with = SAW(WORKER_REFUSED),
	  .without = SAW(HELLO),
	  .score = 86 },
	{ .word = "worker-token",
	  .cause = "the machine's worker has a token that is not good any "
		   "more: it is of an earlier boot, or of another machine",
	  .advice = "see that the machine really started anew (`tomte power "
		    "status`, the console), and that no other machine has "
		    "its address",
	  .phases = WHY_AT(WORKING),
	  .with = SAW(WORKER_REFUSED) | SAW(HELLO),
	  .overdue = true,
	  .score = 86 },
	{ .word = "clock-wrong",
	  .cause = "a certificate is not valid at this time: a clock is "
		   "wrong, or it has run out",
	  .advice = "set the machine's clock in its firmware, and see that "
		    "this server's is right",
	  .phases = WHY_AT(LOADING) | WHY_AT(WORKING),
	  .with = SAW(TLS_FAILED),
	  .shows = SAW(WORKER_WARNS),
	  .signs = { "certificate expired" },
	  .score = 97 },
	{ .word = "worker-ca",
	  .cause = "the worker does not trust this server's certificate",
	  .advice = "let the machine boot anew, so that it gets this "
		    "server's CA; another server may have handed out the "
		    "hook's configuration",
	  .phases = WHY_AT(LOADING) | WHY_AT(WORKING),
	  .with = SAW(TLS_FAILED),
	  .shows = SAW(WORKER_WARNS),
	  .signs = { "unknown CA" },
	  .score = 97 },
	{ .word = "worker-certificate",
	  .cause = "the worker refuses this server's certificate: the "
		   "machine's clock is before its begin, or it has not the "
		   "address in it that machines boot from",
	  .advice = "set the machine's clock in its firmware; check options "
		    "--address and --tls-name",
	  .phases = WHY_AT(LOADING) | WHY_AT(WORKING),
	  .with = SAW(TLS_FAILED),
	  .shows = SAW(WORKER_WARNS),
	  .signs = { "bad certificate" },
	  .score = 97 },
	{ .word = "no-hello",
	  .cause = "the hook is up and its worker does not come through: "
		   "TLS, clock, or a firewall",
	  .advice = "check that the HTTPS port of this server is open to "
		    "the machine; the evidence has what the worker says",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(TLS_FAILED),
	  .without = SAW(HELLO),
	  .overdue = true,
	  .score = 76 },

	/* By what systems ask for. */
	{ .word = "override-ignored",
	  .cause = "the machine starts from its disk: the firmware "
		   "ignores the boot override",
	  .advice = "set network boot first in the firmware, and check "
		    "that the machine is set to the mode, BIOS or UEFI, "
		    "that its Hardware says",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(METADATA),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .shows = SAW(DEVICE) | SAW(OS),
	  .score = 85 },
	{ .word = "cloud-init-stuck",
	  .cause = "the installed OS is up, cloud-init fetched its data, and "
		   "does not phone home",
	  .advice = "see that the Hardware's userData has phone_home, with "
		    "this server's metadata address; /var/log/cloud-init.log "
		    "of the machine has what failed",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(METADATA),
	  .without = SAW(PHONE_HOME) | SAW(SCRIPT_HOOK) | SAW(HELLO),
	  .shows = SAW(OS) | SAW(LOGIN),
	  .overdue = true,
	  .score = 77 },

	/* By what this server did not give out. */
	{ .word = "script-failed",
	  .cause = "this server cannot make the machine's boot script",
	  .advice = "the evidence has what is wrong: correct the Hardware, "
		    "or option --kernel-args",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(SCRIPT_FAILED),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .score = 92 },
	{ .word = "another-address",
	  .cause = "the machine boots by another address than its Hardware "
		   "has",
	  .advice = "look for another DHCP server, a router that translates "
		    "addresses, or a proxy: what a worker is given goes to "
		    "the machine's own address only",
	  .phases = WHY_AT(FIRMWARE) | WHY_AT(LOADING),
	  .with = SAW(CONFIG_FAILED),
	  .without = SAW(CONFIG) | SAW(HELLO),
	  .shows = SAW(FOREIGN),
	  .signs = { "only for the machine itself" },
	  .score = 97 },
	{ .word = "config-failed",
	  .cause = "this server does not give the worker's configuration out",
	  .advice = "the evidence has why; where network boot is not allowed, "
		    "set allowPXE of its interfaces, or toggleAllowNetboot "
		    "of the Workflow",
	  .phases = WHY_AT(FIRMWARE) | WHY_AT(LOADING),
	  .with = SAW(CONFIG_FAILED),
	  .without = SAW(CONFIG) | SAW(HELLO),
	  .score = 81 },

	/* By what was heard of others, and not of the machine. */
	{ .word = "unknown-mac",
	  .cause = "somebody asks for an address whose MAC no machine has: "
		   "it may be this machine's",
	  .advice =
		  "compare the MAC in the evidence with the machine's (`tomte "
		  "bmc inventory`, the label), and correct "
		  "spec.interfaces of the Hardware",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(STRANGER) | SAW(STRANGE_FIRMWARE),
	  .without = SAW_ANYTHING,
	  .overdue = true,
	  .score = 58 },
	{ .word = "unknown-mac",
	  .cause = "somebody asks for an address whose MAC no machine has: "
		   "it may be this machine's",
	  .advice =
		  "compare the MAC in the evidence with the machine's (`tomte "
		  "bmc inventory`, the label), and correct "
		  "spec.interfaces of the Hardware",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(STRANGER),
	  .without = SAW_ANYTHING,
	  .overdue = true,
	  .score = 44 },
	{ .word = "wrong-vlan",
	  .cause = "others are heard on this network, and this machine is "
		   "not: its cable, its port or the port's VLAN",
	  .advice = "compare the port of the switch with that of a machine "
		    "that is heard",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(SEGMENT_HEARD),
	  .without = SAW_ANYTHING,
	  .shows = SAW(STRANGER),
	  .overdue = true,
	  .score = 47 },
	{ .word = "segment-silent",
	  .cause = "nobody at all is heard by DHCP on this network",
	  .advice = "check option --interface and its VLAN, the relay if "
		    "there is one, and whether a firewall on this host "
		    "drops UDP port 67",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(SEGMENT_SILENT),
	  .without = SAW_ANYTHING,
	  .overdue = true,
	  .score = 46 },

	/* By rows that are no events. */
	{ .word = "bmc-slow",
	  .cause = "the BMC was told, and has not answered yet",
	  .advice = "wait: it is tried again by itself; `tomte bmc info` tells "
		    "whether the BMC answers at all",
	  .phases = BMC_PHASES,
	  .with = SAW(BMC_SLOW),
	  .shows = SAW(BMC_FAILED) | SAW(BMC_LOST),
	  .score = 52 },
	{ .word = "worker-silent",
	  .cause = "the worker said hello and is silent now",
	  .advice = "look at the machine's console: the hook may have "
		    "lost its network, or the machine has stopped",
	  .phases = WHY_AT(WORKING),
	  .with = SAW(WORKER_GONE),
	  .shows = SAW(HELLO) | SAW(ACTION) | SAW(LOG),
	  .score = 78 },
	{ .word = "download-stalled",
	  .cause = "the worker is alive, and its download stands still",
	  .advice = "look at the server of the image and the network between; "
		    "`tomte watch NAME` shows how far it came",
	  .phases = WHY_AT(WORKING),
	  .with = SAW(STALLED) | SAW(WORKER_ALIVE),
	  .shows = SAW(ACTION) | SAW(FILE_CUT),
	  .score = 72 },
};

const struct why_rule *why_heard_rules(size_t *n)
{
	*n = ARRAY_LEN(rules);
	return rules;
}
