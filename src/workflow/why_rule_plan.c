/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why_rule_plan.h"

#include "base/str.h"

#define POWER_PHASES                                                           \
	(WHY_AT(POWER_OFF) | WHY_AT(POWER_ON) | WHY_AT(RESTART_OFF) |          \
	 WHY_AT(RESTART_ON))
#define BMC_PHASES                                                             \
	(POWER_PHASES | WHY_AT(MEDIA_EJECT) | WHY_AT(MEDIA_INSERT) |           \
	 WHY_AT(BOOT_DEVICE) | WHY_AT(PREPARING) | WHY_AT(CLOSING))

/*
 * Several rules may have one word: the best that fits counts. The signs are
 * the words of whoever says them (redfish_*_op.c, ipmi_*.c, bmc/rpc_op.c,
 * run_start.c, plan.c, the worker's actions, libcurl, errno).
 */
static const struct why_rule rules[] = {
	/* BMCs, by what their drivers say. */
	{ .word = "bmc-secret",
	  .cause = "the credentials of the BMC are missing",
	  .advice = "the Secret that the BMC's Machine names must be "
		    "there, with username and password",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "credentials of the BMC", "authSecretRef" },
	  .score = 94 },
	{ .word = "clock-wrong",
	  .cause = "a certificate is not valid at this time: a clock is "
		   "wrong, or it has run out",
	  .advice = "compare the clocks of this server and of the BMC; "
		    "give the BMC a new certificate if its own has run out",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "not yet valid", "has expired" },
	  .score = 94 },
	{ .word = "bmc-credentials",
	  .cause = "the BMC refuses user or password",
	  .advice = "check the BMC's user and password in the Secret; "
		    "nothing more is tried until it changes, so that the "
		    "account is not locked",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "refuses user", "does not know this",
		     "refuses its token" },
	  .score = 92 },
	{ .word = "bmc-role",
	  .cause = "the BMC lets its user in, but not do this",
	  .advice = "give the BMC's user the role of an administrator",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "does not let this user" },
	  .score = 92 },
	{ .word = "bmc-pin",
	  .cause = "the BMC shows another certificate than the one that "
		   "is pinned",
	  .advice = "the BMC has another certificate than before: if that "
		    "is right, change the pin (annotation "
		    "tomte.dev/bmc-pin)",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "pinned public key" },
	  .score = 92 },
	{ .word = "bmc-certificate",
	  .cause = "the certificate of the BMC is not trusted",
	  .advice = "check the pin (annotation tomte.dev/bmc-pin) or the "
		    "CA of the BMC",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "certificate" },
	  .score = 90 },
	{ .word = "bmc-which-system",
	  .cause = "the BMC has other systems than the one that is meant",
	  .advice = "name the system in "
		    "providerOptions.redfish.systemName of the BMC's "
		    "Machine",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "say which by", "has no system " },
	  .score = 92 },
	{ .word = "power-unchanged",
	  .cause = "the BMC takes the command, and the power stays as it "
		   "was",
	  .advice = "look at the machine's power supplies, front panel "
		    "and the BMC's log (`tomte bmc`); resetting the BMC "
		    "often helps",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "power is off after ", "power is on after ",
		     "though the webhook said yes" },
	  .score = 91 },
	{ .word = "bmc-outcome-unknown",
	  .cause = "nobody knows whether the BMC did what it was told",
	  .advice = "`tomte power status` shows what came of it; then "
		    "`tomte run rerun NAME`",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "tomte was restarted while", "is not known (",
		     "was sent, no answer came",
		     "was sent and no answer came" },
	  .score = 89 },
	{ .word = "override-unsupported",
	  .cause = "the BMC does not offer this boot device",
	  .advice = "set network boot first in the firmware",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "does not offer to boot from" },
	  .score = 91 },
	{ .word = "override-not-set",
	  .cause = "the BMC accepts the boot override and does not keep "
		   "it",
	  .advice = "the BMC may ignore boot overrides: see `tomte "
		    "power`, or set network boot first in the firmware",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "boot override: " },
	  .score = 90 },
	{ .word = "bmc-unreachable",
	  .cause = "the BMC does not answer",
	  .advice = "check that the BMC's address answers from here and "
		    "speaks the protocol of its URL",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED) | SAW(BMC_LOST),
	  .signs = { "no answer", "onnection refused", "o route to host",
		     "onnect to ", "timed out", "without an answer" },
	  .score = 86 },
	{ .word = "media-failed",
	  .cause = "the BMC does not take the ISO image",
	  .advice = "check that the BMC reaches the image's URL and has a "
		    "licence for virtual media",
	  .phases = BMC_PHASES,
	  .shows = SAW(BMC_FAILED),
	  .signs = { "media-insert: ", "media-eject: " },
	  .score = 78 },
	{ .word = "bmc-failed",
	  .cause = "the BMC does not do what it is told",
	  .advice = "check that the BMC's address answers from here and "
		    "speaks the protocol of its URL",
	  .phases = POWER_PHASES,
	  .shows = SAW(BMC_FAILED) | SAW(BMC_LOST),
	  .overdue = true,
	  .score = 25 },
	{ .word = "boot-device-failed",
	  .cause = "the BMC does not take the boot device",
	  .advice = "the BMC may ignore boot overrides: see `tomte "
		    "power`, or set network boot first in the firmware",
	  .phases = WHY_AT(BOOT_DEVICE),
	  .shows = SAW(BMC_FAILED) | SAW(BMC_LOST),
	  .overdue = true,
	  .score = 25 },
	{ .word = "media-failed",
	  .cause = "the BMC does not take the ISO image",
	  .advice = "check that the BMC reaches the image's URL and has a "
		    "licence for virtual media",
	  .phases = WHY_AT(MEDIA_EJECT) | WHY_AT(MEDIA_INSERT),
	  .shows = SAW(BMC_FAILED) | SAW(BMC_LOST),
	  .overdue = true,
	  .score = 25 },

	/* From power on to the boot script. */
	{ .word = "no-dhcp-discover",
	  .cause = "no DHCP request of the machine has come here",
	  .advice = "check cable, switch port and VLAN, and that the "
		    "firmware boots from the network; `tomte power "
		    "status` shows whether it is on",
	  .without = SAW_DHCP | SAW_SCRIPT | SAW(HELLO) | SAW_SYSTEM,
	  .shows = SAW(START) | SAW(DEVICE),
	  .signs = { "no DHCP request" },
	  .score = 72 },
	{ .word = "no-dhcp-discover",
	  .cause = "no DHCP request of the machine has come here",
	  .advice = "check cable, switch port and VLAN, and that the "
		    "firmware boots from the network; `tomte power "
		    "status` shows whether it is on",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(START),
	  .without = SAW_DHCP | SAW_SCRIPT | SAW(HELLO) | SAW_SYSTEM,
	  .shows = SAW(DEVICE),
	  .overdue = true,
	  .score = 66 },
	{ .word = "override-ignored",
	  .cause = "the machine starts from its disk: the firmware "
		   "ignores the boot override",
	  .advice = "set network boot first in the firmware, and check "
		    "that the machine is set to the mode, BIOS or UEFI, "
		    "that its Hardware says",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(PHONE_HOME),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .shows = SAW(DEVICE) | SAW(OS),
	  .score = 84 },
	{ .word = "override-ignored",
	  .cause = "the machine starts from its disk: the firmware "
		   "ignores the boot override",
	  .advice = "set network boot first in the firmware, and check "
		    "that the machine is set to the mode, BIOS or UEFI, "
		    "that its Hardware says",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(OS),
	  .without = SAW(FIRMWARE) | SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .shows = SAW(DEVICE),
	  .score = 79 },
	{ .word = "override-ignored",
	  .cause = "the machine starts from its disk: the firmware "
		   "ignores the boot override",
	  .advice = "set network boot first in the firmware, and check "
		    "that the machine is set to the mode, BIOS or UEFI, "
		    "that its Hardware says",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(DEVICE),
	  .without = SAW_DHCP | SAW_SCRIPT | SAW(HELLO) | SAW_SYSTEM,
	  .overdue = true,
	  .score = 50 },
	{ .word = "power-lost",
	  .cause = "the BMC no longer answers either: power or "
		   "management network may be gone",
	  .advice = "look at the rack's power and at the switch of the "
		    "BMCs",
	  .phases = ~BMC_PHASES,
	  .with = SAW(BMC_LOST),
	  .overdue = true,
	  .score = 58 },
	{ .word = "address-in-use",
	  .cause = "somebody else has the machine's address",
	  .advice = "find who answers at the address (`ip neigh`, "
		    "`arping`), or give the Hardware another one; it is "
		    "offered again after ten minutes",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(DECLINE),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .score = 83 },
	{ .word = "foreign-dhcp",
	  .cause = "the machine took the offer of another DHCP server",
	  .advice = "switch off the other DHCP server, whose address the "
		    "evidence has, on this segment, or let it leave these "
		    "machines to tomte",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(FOREIGN),
	  .without = SAW_SCRIPT | SAW(HELLO),
	  .score = 81 },
	{ .word = "tftp-refused",
	  .cause = "the boot file that the machine asks for is not there",
	  .advice = "check the Hardware's architecture and boot mode, and "
		    "option --ipxe-dir if you have your own iPXE",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(TFTP_REFUSED),
	  .without = SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .score = 78 },
	{ .word = "boot-file-refused",
	  .cause = "the boot file that the machine asks for by HTTP is "
		   "not there",
	  .advice = "check the Hardware's architecture, and option "
		    "--ipxe-dir if you have your own iPXE",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(FILE_REFUSED),
	  .without = SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .score = 78 },
	{ .word = "arch-unsupported",
	  .cause = "there is no iPXE for what the machine says that it is",
	  .advice = "check the firmware's mode: 32-bit UEFI has none; or "
		    "name your own in netboot.ipxe.binary of its interface",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(NO_BINARY),
	  .without = SAW(TFTP) | SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .score = 82 },
	{ .word = "tftp-cut",
	  .cause = "the boot file breaks off on its way",
	  .advice = "look for lost packets: duplex, MTU, a firewall that "
		    "forgets UDP; another port or cable tells",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(TFTP_CUT),
	  .without = SAW(TFTP) | SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .score = 74 },
	{ .word = "boot-file-cut",
	  .cause = "the boot file breaks off on its way by HTTP",
	  .advice = "look for lost packets: duplex, MTU; another port or "
		    "cable tells",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(FILE_CUT),
	  .without = SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .score = 74 },
	{ .word = "dhcp-nak",
	  .cause = "the machine insists on another address than the "
		   "inventory has",
	  .advice = "compare the Hardware's address with what another "
		    "DHCP server may have given the machine",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(NAK),
	  .without = SAW(REQUEST) | SAW_SCRIPT | SAW(HELLO),
	  .overdue = true,
	  .score = 71 },
	{ .word = "no-dhcp-request",
	  .cause = "the machine asks for an address and does not take "
		   "ours: the offer does not arrive",
	  .advice = "check VLAN and tagging of its port, DHCP snooping, "
		    "and the relay if there is one",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(DISCOVER),
	  .without = SAW(REQUEST) | SAW(NAK) | SAW(DECLINE) | SAW(FOREIGN) |
		     SAW_SCRIPT | SAW(HELLO),
	  .overdue = true,
	  .score = 68 },
	{ .word = "no-tftp",
	  .cause = "the machine has its address and fetches no boot file",
	  .advice = "check that UDP port 69 and the ports of its answers "
		    "reach this server, and that no other next-server is "
		    "handed out",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(REQUEST) | SAW(FIRMWARE),
	  .without = SAW(TFTP) | SAW(TFTP_CUT) | SAW(TFTP_REFUSED) | SAW(FILE) |
		     SAW(FILE_CUT) | SAW(FILE_REFUSED) | SAW(IPXE) |
		     SAW_SCRIPT | SAW(HELLO),
	  .overdue = true,
	  .score = 66 },
	{ .word = "ipxe-silent",
	  .cause = "iPXE was loaded and then asks for nothing: it lacks "
		   "a driver for this network card, or the firmware "
		   "refuses it",
	  .advice = "look at the console; switch Secure Boot off, or set "
		    "the other iPXE binary for this card",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(TFTP),
	  .without = SAW(IPXE) | SAW_SCRIPT | SAW(HELLO),
	  .overdue = true,
	  .score = 67 },
	{ .word = "ipxe-no-script",
	  .cause = "iPXE runs and does not fetch its script",
	  .advice = "check that the HTTP port (option --http-port) of "
		    "this server is open to the machine; the console has "
		    "iPXE's error",
	  .phases = WHY_AT(FIRMWARE),
	  .with = SAW(IPXE),
	  .without = SAW_SCRIPT | SAW(FOREIGN) | SAW(DECLINE) | SAW(HELLO),
	  .overdue = true,
	  .score = 69 },
	{ .word = "firmware-silent",
	  .cause = "the machine has not come as far as its boot script",
	  .advice = "look at the machine's console; another DHCP server "
		    "on the segment is the most common reason",
	  .phases = WHY_AT(FIRMWARE),
	  .shows = SAW(DISCOVER) | SAW(REQUEST) | SAW(TFTP) | SAW(QUIET),
	  .overdue = true,
	  .score = 25 },

	/* From the boot script to the worker. */
	{ .word = "kernel-panic",
	  .cause = "the kernel panicked",
	  .advice = "the console has the reason; the hook needs 512 MB of "
		    "memory",
	  .phases = WHY_AT(LOADING) | WHY_AT(WORKING) | WHY_AT(FIRST_BOOT),
	  .with = SAW(PANIC),
	  .score = 93 },
	{ .word = "netboot-not-allowed",
	  .cause = "the machine was told to boot from its disk: its "
		   "Hardware does not allow it to boot from the network",
	  .advice = "set allowPXE of its interfaces, or "
		    "toggleAllowNetboot of the Workflow",
	  .phases = WHY_AT(FIRMWARE) | WHY_AT(LOADING),
	  .with = SAW(SCRIPT_DISK),
	  .without = SAW(SCRIPT_HOOK) | SAW(HELLO),
	  .score = 85 },
	{ .word = "netboot-not-allowed",
	  .cause = "the machine was told to boot from its disk: its "
		   "Hardware does not allow it to boot from the network",
	  .advice = "set allowPXE of its interfaces, or "
		    "toggleAllowNetboot of the Workflow",
	  .phases = WHY_AT(FIRMWARE) | WHY_AT(LOADING),
	  .with = SAW(FORBIDDEN),
	  .without = SAW(SCRIPT_HOOK) | SAW(HELLO),
	  .score = 84 },
	{ .word = "kernel-missing",
	  .cause = "a file of the hook is not there",
	  .advice = "put kernel and initramfs of the machine's "
		    "architecture where option --hook-dir says",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(FILE_REFUSED),
	  .without = SAW(HELLO),
	  .score = 84 },
	{ .word = "kernel-cut",
	  .cause = "kernel or initramfs breaks off on its way",
	  .advice = "look for lost packets: duplex, MTU, cable; the "
		    "machine may also have too little memory for it",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(FILE_CUT),
	  .without = SAW(HELLO),
	  .shows = SAW(SCRIPT_AGAIN),
	  .score = 77 },
	{ .word = "hook-restarts",
	  .cause = "the kernel starts and the machine begins anew: the "
		   "hook panics",
	  .advice = "look at the console for a kernel panic; the hook "
		    "needs 512 MB of memory",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(CONFIG) | SAW(SCRIPT_AGAIN),
	  .without = SAW(HELLO),
	  .score = 75 },
	{ .word = "no-kernel-fetched",
	  .cause = "iPXE has its script and fetches no kernel",
	  .advice = "the console has iPXE's error; check that this "
		    "server's address in the script is one that the "
		    "machine reaches",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(SCRIPT_HOOK),
	  .without = SAW(FILE) | SAW(FILE_CUT) | SAW(FILE_REFUSED) |
		     SAW(CONFIG) | SAW(HELLO),
	  .overdue = true,
	  .score = 64 },
	{ .word = "no-hello",
	  .cause = "the hook is up and its worker does not come through: "
		   "TLS, clock, or a firewall",
	  .advice = "check that the HTTPS port of this server is open to "
		    "the machine; the console has what the worker says",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(CONFIG) | SAW(OS),
	  .without = SAW(SCRIPT_AGAIN) | SAW(HELLO),
	  .overdue = true,
	  .score = 68 },
	{ .word = "kernel-silent",
	  .cause = "kernel and initramfs were fetched, and nothing came "
		   "after: the kernel panicked, or has no driver for the "
		   "network card",
	  .advice = "look at the console for a kernel panic; the hook "
		    "needs 512 MB of memory",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(CONFIG),
	  .without = SAW(SCRIPT_AGAIN) | SAW(OS) | SAW(HELLO),
	  .shows = SAW(FILE) | SAW(QUIET),
	  .overdue = true,
	  .score = 62 },
	{ .word = "no-hello",
	  .cause = "the hook is up and its worker does not come through: "
		   "TLS, clock, or a firewall",
	  .advice = "check that the HTTPS port of this server is open to "
		    "the machine; the console has what the worker says",
	  .phases = WHY_AT(LOADING),
	  .with = SAW(CONFIG),
	  .without = SAW(SCRIPT_AGAIN) | SAW(HELLO),
	  .overdue = true,
	  .score = 52 },
	{ .word = "loading-silent",
	  .cause = "the hook has not come up",
	  .advice = "look at the console for a kernel panic; the hook "
		    "needs 512 MB of memory",
	  .phases = WHY_AT(LOADING),
	  .shows = SAW(SCRIPT_HOOK) | SAW(FILE) | SAW(CONFIG) | SAW(QUIET),
	  .overdue = true,
	  .score = 25 },

	/* The worker's actions, by what they say. */
	{ .word = "disk-too-small",
	  .cause = "the disk is smaller than the image",
	  .advice = "give it a larger disk, another DEST_DISK, or a "
		    "smaller image",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "the image needs" },
	  .score = 92 },
	{ .word = "image-missing",
	  .cause = "the server of the image has no such file",
	  .advice = "check IMG_URL in the template: the server that it "
		    "names has no such file",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(FILE_REFUSED),
	  .signs = { "server answers 404", "server answers 410",
		     "HTTP /images/*: 404" },
	  .score = 92 },
	{ .word = "image-refused",
	  .cause = "the server does not give the image out",
	  .advice = "check what the server that IMG_URL names allows this "
		    "machine; its log has more",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(FILE_REFUSED),
	  .signs = { "server answers 4", "server answers 5",
		     "HTTP /images/*: 503" },
	  .score = 88 },
	{ .word = "image-digest",
	  .cause = "the image is not the one that the template means",
	  .advice = "the image differs from the checksum in the template: "
		    "publish both anew",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "has sha256:" },
	  .score = 92 },
	{ .word = "clock-wrong",
	  .cause = "a certificate is not valid at this time: a clock is "
		   "wrong, or it has run out",
	  .advice = "compare the clocks of this server, of the machine "
		    "and of the server of the image",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "not yet valid", "has expired" },
	  .score = 93 },
	{ .word = "image-certificate",
	  .cause = "the hook does not trust the server of the image",
	  .advice = "the hook does not trust the server of the image: "
		    "serve it by http, and give its checksum",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "certificate" },
	  .score = 90 },
	{ .word = "image-truncated",
	  .cause = "the image ends before its end",
	  .advice = "compare the published file with its origin, and look "
		    "for lost packets between its server and the machine",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(FILE_CUT),
	  .signs = { "the download ended after", "became shorter",
		     "the image ends i", "the image is empty",
		     "/images/*broke off" },
	  .score = 89 },
	{ .word = "image-damaged",
	  .cause = "the packed image is damaged in its middle",
	  .advice = "pack and publish it anew, and give its checksum, so "
		    "that it is known where it was damaged",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "stream is damaged" },
	  .score = 91 },
	{ .word = "image-format",
	  .cause = "the image is in a format that is not written",
	  .advice = "publish it raw, or packed with gzip or zstd",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "which is not supported" },
	  .score = 91 },
	{ .word = "image-unreachable",
	  .cause = "the server of the image does not answer the machine",
	  .advice = "check host and port of IMG_URL from the machine's "
		    "network; names need a DNS server that it reaches",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "ould not resolve", "onnect to ", "onnection refused",
		     "o route to host", "timed out" },
	  .score = 87 },
	{ .word = "no-such-disk",
	  .cause = "the machine has no such disk",
	  .advice = "`tomte inventory` shows its disks; correct DEST_DISK "
		    "in the template, or spec.disks of the Hardware",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "is no block device", "disk *: No such ",
		     "mounting /dev/*: No such " },
	  .score = 91 },
	{ .word = "disk-in-use",
	  .cause = "the disk is in use",
	  .advice = "take it out of its RAID or volume group first, or "
		    "choose another DEST_DISK",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "is in use (", "resource busy" },
	  .score = 91 },
	{ .word = "disk-error",
	  .cause = "the disk does not take what is written",
	  .advice = "look at the disk's health (SMART, the BMC's log); "
		    "replace it",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(LOG),
	  .signs = { "writing at byte", "Input/output error",
		     "fsync: ", "I/O error" },
	  .score = 90 },
	{ .word = "target-full",
	  .cause = "the target's file system is full",
	  .advice = "make it larger, or write less",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(LOG),
	  .signs = { "No space left" },
	  .score = 90 },
	{ .word = "mount-failed",
	  .cause = "the target's file system cannot be mounted",
	  .advice = "check DEST_DISK and FS_TYPE of the action: the "
		    "partition is another, or holds another file system",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "mounting " },
	  .score = 87 },
	{ .word = "action-unknown",
	  .cause = "the worker has no such action",
	  .advice = "correct the action's image: the cause lists what "
		    "there is",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { "no built-in action", "is no image reference" },
	  .score = 91 },
	{ .word = "action-misconfigured",
	  .cause = "the action's environment is not as it must be",
	  .advice = "correct the action's environment in the template",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED),
	  .signs = { " is not set", "true or false?", ": expected " },
	  .score = 86 },
	{ .word = "out-of-memory",
	  .cause = "the action was killed, most likely because memory "
		   "ran out",
	  .advice = "give the machine more memory, or the action less to "
		    "do in it",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(LOG),
	  .signs = { "killed by signal 9" },
	  .score = 88 },
	{ .word = "action-timeout",
	  .cause = "the action takes longer than its timeout",
	  .advice = "see what it did last (`tomte events NAME`); raise "
		    "its timeout in the template",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(LOG),
	  .signs = { "longer than its timeout" },
	  .score = 88 },
	{ .word = "command-failed",
	  .cause = "a command of the action failed",
	  .advice = "`tomte events NAME` has what the command printed",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION_ENDED) | SAW(LOG),
	  .signs = { "ended with exit code", "killed by signal" },
	  .score = 86 },
	{ .word = "machine-reset",
	  .cause = "the machine restarted while an action ran",
	  .advice = "look at the BMC's log and the console: power, memory "
		    "errors, a watchdog, or somebody",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(INTERRUPTED) | SAW(HELLO_AGAIN),
	  .signs = { "machine restarted while", "restarts whenever" },
	  .score = 90 },
	{ .word = "machine-reset",
	  .cause = "the machine restarted while an action ran",
	  .advice = "look at the BMC's log and the console: power, memory "
		    "errors, a watchdog, or somebody",
	  .phases = WHY_AT(WORKING),
	  .with = SAW(INTERRUPTED),
	  .shows = SAW(HELLO_AGAIN),
	  .score = 70 },
	{ .word = "power-lost",
	  .cause = "the BMC no longer answers either: power or "
		   "management network may be gone",
	  .advice = "look at the rack's power and at the switch of the "
		    "BMCs",
	  .phases = WHY_AT(WORKING),
	  .with = SAW(BMC_LOST),
	  .signs = { "the worker did not take", "from the worker" },
	  .score = 90 },
	{ .word = "worker-silent",
	  .cause = "the worker said hello and is silent now",
	  .advice = "look at the machine's console: the hook may have "
		    "lost its network, or the machine has stopped",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(HELLO) | SAW(ACTION) | SAW(LOG),
	  .signs = { "the worker did not take", "from the worker" },
	  .score = 85 },
	{ .word = "action-failed",
	  .cause = "an action failed",
	  .advice = "`tomte events NAME` has what it printed",
	  .phases = WHY_AT(WORKING),
	  .with = SAW(LOG),
	  .overdue = true,
	  .score = 22 },

	/* The first boot of what was installed. */
	{ .word = "boots-network-again",
	  .cause = "the machine boots from the network again and not "
		   "from its disk",
	  .advice = "set the disk first in the firmware, and see that "
		    "network boot is not allowed any more "
		    "(toggleAllowNetboot)",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(HELLO),
	  .shows = SAW(SCRIPT_HOOK),
	  .score = 84 },
	{ .word = "boots-network-again",
	  .cause = "the machine boots from the network again and not "
		   "from its disk",
	  .advice = "set the disk first in the firmware, and see that "
		    "network boot is not allowed any more "
		    "(toggleAllowNetboot)",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(SCRIPT_HOOK),
	  .score = 82 },
	{ .word = "disk-not-bootable",
	  .cause = "the firmware finds nothing to boot on the disk",
	  .advice = "check that the image has a boot loader for this "
		    "mode, BIOS or UEFI, and that it was written to the "
		    "disk that the firmware boots",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(SCRIPT_AGAIN),
	  .without = SAW(SCRIPT_HOOK) | SAW(OS) | SAW_SYSTEM,
	  .shows = SAW(SCRIPT_DISK),
	  .score = 76 },
	{ .word = "disk-not-bootable",
	  .cause = "the firmware finds nothing to boot on the disk",
	  .advice = "check that the image has a boot loader for this "
		    "mode, BIOS or UEFI, and that it was written to the "
		    "disk that the firmware boots",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(SCRIPT_DISK),
	  .without = SAW(SCRIPT_HOOK) | SAW(OS) | SAW_SYSTEM,
	  .overdue = true,
	  .score = 62 },
	{ .word = "disk-not-bootable",
	  .cause = "the firmware finds nothing to boot on the disk",
	  .advice = "check that the image has a boot loader for this "
		    "mode, BIOS or UEFI, and that it was written to the "
		    "disk that the firmware boots",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(FORBIDDEN_AGAIN),
	  .without = SAW(SCRIPT_HOOK) | SAW(OS) | SAW(PHONE_HOME),
	  .overdue = true,
	  .score = 75 },
	{ .word = "no-phone-home",
	  .cause = "the OS is up and does not phone home",
	  .advice = "check cloud-init in the image: its datasource, and "
		    "phone_home with this server's metadata address",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(OS),
	  .without = SAW(PHONE_HOME) | SAW(SCRIPT_HOOK) | SAW(HELLO),
	  .overdue = true,
	  .score = 67 },
	{ .word = "os-silent",
	  .cause = "nothing was heard of the installed OS",
	  .advice = "look at the console: the boot loader, the root file "
		    "system, or cloud-init's network",
	  .phases = WHY_AT(FIRST_BOOT),
	  .without = SAW_DHCP | SAW_SCRIPT | SAW_SYSTEM | SAW(HELLO),
	  .shows = SAW(BMC) | SAW(QUIET),
	  .overdue = true,
	  .score = 55 },
	/* Firmware that tries the network first, and then the disk. */
	{ .word = "os-silent",
	  .cause = "nothing was heard of the installed OS",
	  .advice = "look at the console: the boot loader, the root file "
		    "system, or cloud-init's network",
	  .phases = WHY_AT(FIRST_BOOT),
	  .with = SAW(FORBIDDEN),
	  .without = SAW(FORBIDDEN_AGAIN) | SAW_SCRIPT | SAW(OS) |
		     SAW(PHONE_HOME) | SAW(HELLO),
	  .shows = SAW(BMC) | SAW(QUIET),
	  .overdue = true,
	  .score = 53 },
	{ .word = "os-silent",
	  .cause = "nothing was heard of the installed OS",
	  .advice = "look at the console: the boot loader, the root file "
		    "system, or cloud-init's network",
	  .phases = WHY_AT(FIRST_BOOT),
	  .overdue = true,
	  .score = 25 },

	/* Of any phase; while a worker reports, nothing else need be wrong. */
	{ .word = "global-timeout",
	  .cause = "the time of the whole run is over",
	  .advice = "raise global_timeout in the template if it was "
		    "merely slow",
	  .phases = WHY_AT(WORKING),
	  .shows = SAW(ACTION) | SAW(LOG),
	  .signs = { "global_timeout" },
	  .score = 52 },
	{ .word = "global-timeout",
	  .cause = "the time of the whole run is over",
	  .advice = "raise global_timeout in the template if it was "
		    "merely slow",
	  .signs = { "global_timeout" },
	  .score = 21 },
};

const struct why_rule *why_rules(size_t *n)
{
	*n = ARRAY_LEN(rules);
	return rules;
}
