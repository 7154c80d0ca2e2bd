/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_WORKFLOW_WHY_FAULTS_H
#define TESTS_UNIT_WORKFLOW_WHY_FAULTS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The catalogue of what goes wrong: what is seen of it, as the boot servers,
 * the drivers of BMCs and the worker write it, and which word must come first.
 */
#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

struct seen {
	const char *source;
	const char *kind;
	const char *message;
	int64_t n; /* 0: once */
};

/* What a run's rows say, and what is wrong with it. */
struct fault {
	const char *what;
	const char *word;   /* comes first; NULL: nothing is wrong */
	const char *second; /* comes second; NULL: whatever */
	const char *phase;
	const char *cause; /* "": it has not failed, and waits for long */
	struct seen events[17];
};

/* The events as dhcp.c, tftp.c, boot_http.c, exec.c and the worker's write
 * them. */
#define AT(phase)                                                              \
	{                                                                      \
		"engine", "phase", phase, 0                                    \
	}
#define BMC(text)                                                              \
	{                                                                      \
		"bmc", "bmc", "BMC: " text " (redfish, 812 ms)", 0             \
	}
#define NO_BMC(text)                                                           \
	{                                                                      \
		"bmc", "bmc-failed", text, 0                                   \
	}
#define DHCP(kind, text)                                                       \
	{                                                                      \
		"dhcp", kind, "DHCP " text, 0                                  \
	}
#define PXE   "PXEClient:Arch:00007:UNDI:003016"
#define OFFER "answered with OFFER 198.18.0.11"
#define ACK   "answered with ACK 198.18.0.11"
#define STARTS                                                                 \
	AT("boot-device"), BMC("boot-pxe done"), AT("power-on"),               \
		BMC("power-on done, power is on"), AT("firmware")
#define PXE_DISCOVER                                                           \
	DHCP("discover", "DISCOVER from " PXE " " OFFER ", boot file "         \
			 "ipxe.efi")
#define PXE_REQUEST                                                            \
	DHCP("request", "REQUEST from " PXE " " ACK ", boot file ipxe.efi")
#define IPXE_REQUEST                                                           \
	DHCP("request", "REQUEST from iPXE " ACK ", boot file auto.ipxe")
#define OS_REQUEST DHCP("request", "REQUEST from an operating system " ACK)
#define TFTP_DONE                                                              \
	{                                                                      \
		"tftp", "tftp", "TFTP ipxe.efi: 1056768 of 1056768 bytes", 0   \
	}
#define SCRIPT                                                                 \
	{                                                                      \
		"http", "script",                                              \
			"iPXE fetched its script: boot the in-memory OS", 0    \
	}
#define FROM_DISK                                                              \
	{                                                                      \
		"http", "script",                                              \
			"iPXE fetched its script: boot from the disk", 0       \
	}
#define KERNEL                                                                 \
	{                                                                      \
		"http", "file",                                                \
			"HTTP /hook/vmlinuz-x86_64: 8 bytes in 0.080s", 0      \
	}
#define CONFIG                                                                 \
	{                                                                      \
		"http", "config",                                              \
			"kernel and initramfs fetched, worker configuration "  \
			"handed out",                                          \
			0                                                      \
	}
#define LOADS                                                                  \
	STARTS, PXE_REQUEST, TFTP_DONE, IPXE_REQUEST, SCRIPT, AT("loading")
#define HELLO                                                                  \
	{                                                                      \
		"worker", "hello",                                             \
			"worker 1.0 says hello 6.2s after its kernel started", \
			0                                                      \
	}
#define BEGAN                                                                  \
	{                                                                      \
		"worker", "action-running",                                    \
			"action \"image\" began, attempt 1", 0                 \
	}
#define WORKS HELLO, AT("working"), BEGAN
#define LOG(text)                                                              \
	{                                                                      \
		"worker", "log", text, 0                                       \
	}
#define HOME                                                                   \
	{                                                                      \
		"os", "phone-home", "the installed OS phoned home", 0          \
	}
#define BOOTS                                                                  \
	AT("working"), AT("closing"), AT("restart-off"), AT("restart-on"),     \
		BMC("power-on done, power is on"), AT("first-boot")

#define NO_DHCP "firmware: no DHCP request from the machine since power on"
#define NO_SCRIPT                                                              \
	"firmware: waited in vain for the boot script to be fetched (DHCP, "   \
	"TFTP, iPXE)"
#define NO_HELLO                                                               \
	"loading: waited in vain for the worker to say hello from the "        \
	"in-memory OS"
#define NO_OS "first-boot: waited in vain for the installed OS to phone home"
#define IMAGE "action \"image\": image http://198.18.0.1/images/x.zst: "

static const struct fault bmc_faults[] = {
	{ "the BMC is away",
	  "bmc-unreachable",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: 198.18.1.12: connection refused",
	  { AT("power-off"),
	    NO_BMC("power-off: bmc m1: 198.18.1.12: connection refused") } },
	{ "the BMC is away, by IPMI",
	  "bmc-unreachable",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: 198.18.1.12:623: logging in: no answer to "
	  "RMCP+ open, given up after 4 tries",
	  { AT("power-off") } },
	{ "the BMC is left alone",
	  "bmc-unreachable",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: not tried, after 3 tries without an answer; "
	  "next try in 60 s",
	  { AT("power-off") } },
	{ "the BMC refuses the password",
	  "bmc-credentials",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: the BMC refuses user \"admin\" or its password",
	  { AT("power-off") } },
	{ "the BMC does not know the user, by IPMI",
	  "bmc-credentials",
	  NULL,
	  "boot-device",
	  "boot-pxe: bmc m1: not tried again: 198.18.1.11:623: the BMC does "
	  "not know this user",
	  { AT("boot-device") } },
	{ "the BMC's user is no administrator",
	  "bmc-role",
	  NULL,
	  "power-on",
	  "power-on: bmc m1: the BMC does not let this user administer it",
	  { AT("power-on") } },
	{ "the BMC's Secret is missing",
	  "bmc-secret",
	  NULL,
	  "power-off",
	  "power-off: credentials of the BMC: no such Secret: default/m1",
	  { AT("power-off") } },
	{ "the BMC's pin is another",
	  "bmc-pin",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: root: https://198.18.1.12: SSL: public key does "
	  "not match pinned public key",
	  { AT("power-off") } },
	{ "the BMC's certificate is its own",
	  "bmc-certificate",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: root: https://198.18.1.12: SSL certificate "
	  "problem: self-signed certificate",
	  { AT("power-off") } },
	{ "the BMC's clock, or ours, is wrong",
	  "clock-wrong",
	  "bmc-certificate",
	  "power-off",
	  "power-off: bmc m1: root: SSL certificate problem: certificate is "
	  "not yet valid",
	  { AT("power-off") } },
	{ "the BMC says yes and the power stays",
	  "power-unchanged",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: power is on after force-off",
	  { AT("power-off") } },
	{ "the boot override is accepted and not set",
	  "override-not-set",
	  NULL,
	  "boot-device",
	  "boot-pxe: bmc m1: boot override: set to pxe, but the BMC says none",
	  { AT("boot-device") } },
	{ "the BMC has no such boot device",
	  "override-unsupported",
	  NULL,
	  "boot-device",
	  "boot-pxe: bmc m1: the BMC does not offer to boot from pxe",
	  { AT("boot-device") } },
	{ "the daemon was restarted meanwhile",
	  "bmc-outcome-unknown",
	  NULL,
	  "restart-on",
	  "power-cycle: tomte was restarted while it was under way: look at "
	  "the machine before trying again",
	  { AT("restart-on") } },
	{ "the ISO image cannot be inserted",
	  "media-failed",
	  NULL,
	  "media-insert",
	  "media-insert: bmc m1: insert: HTTP 400",
	  { AT("media-insert") } },
	{ "the BMC fails in some other way",
	  "bmc-failed",
	  NULL,
	  "power-on",
	  "power-on: bmc m1: system: HTTP 500",
	  { AT("power-on") } },
	{ "an open run of which the BMC has complained",
	  "bmc-credentials",
	  NULL,
	  "power-off",
	  "",
	  { AT("power-off"), NO_BMC("power-off: bmc m1: the BMC refuses user "
				    "\"admin\" or its password") } },
	{ "the BMC has several systems",
	  "bmc-which-system",
	  NULL,
	  "power-off",
	  "power-off: bmc m1: the BMC has 2 systems (1, 2): say which by "
	  "systemName",
	  { AT("power-off") } },
	{ "the boot device fails in some other way",
	  "boot-device-failed",
	  NULL,
	  "boot-device",
	  "boot-pxe: bmc m1: system: HTTP 500",
	  { AT("boot-device") } },
};

static const struct fault firmware_faults[] = {
	{ "no DISCOVER after power on",
	  "no-dhcp-discover",
	  "override-ignored",
	  "firmware",
	  NO_DHCP,
	  { STARTS } },
	{ "no DISCOVER for long",
	  "no-dhcp-discover",
	  NULL,
	  "firmware",
	  "",
	  { STARTS } },
	{ "DISCOVER of an earlier boot only",
	  "no-dhcp-discover",
	  NULL,
	  "firmware",
	  "",
	  { PXE_DISCOVER, STARTS } },
	{ "the BMC has gone too",
	  "no-dhcp-discover",
	  "power-lost",
	  "firmware",
	  NO_DHCP,
	  { STARTS, { "bmc", "bmc-lost", "no answer in 20012 ms", 0 } } },
	{ "DISCOVER and no REQUEST",
	  "no-dhcp-request",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    { "dhcp", "discover", "DHCP DISCOVER from " PXE " " OFFER, 14 } } },
	{ "another DHCP server is chosen",
	  "foreign-dhcp",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_DISCOVER,
	    DHCP("foreign-dhcp",
		 "REQUEST from " PXE " not answered: it chose another DHCP "
		 "server, 198.18.0.254") } },
	{ "iPXE chooses another DHCP server",
	  "foreign-dhcp",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE,
	    DHCP("foreign-dhcp", "REQUEST from iPXE not answered: it chose "
				 "another DHCP server, 198.18.0.254") } },
	{ "the address is in use",
	  "address-in-use",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST,
	    DHCP("decline",
		 "DECLINE from " PXE " not answered: its address is in use by "
		 "somebody else; it is not offered for ten "
		 "minutes"),
	    DHCP("decline",
		 "DISCOVER from " PXE " not answered: its address is in use by "
		 "somebody else") } },
	{ "NAK again and again",
	  "dhcp-nak",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_DISCOVER,
	    DHCP("nak", "REQUEST from " PXE
			" answered with NAK: it asked for another address "
			"than its own") } },
	{ "an address and no TFTP",
	  "no-tftp",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_DISCOVER, PXE_REQUEST } },
	{ "TFTP breaks off",
	  "tftp-cut",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    PXE_REQUEST,
	    { "tftp", "tftp-failed",
	      "TFTP ipxe.efi: 65536 of 1056768 bytes: the client fell silent",
	      3 } } },
	{ "TFTP of a file that is none",
	  "tftp-refused",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    PXE_REQUEST,
	    { "tftp", "tftp-failed", "TFTP bootx64.efi: no such file", 0 } } },
	{ "boot by HTTP of a file that is none",
	  "boot-file-refused",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    DHCP("request", "REQUEST from HTTPClient:Arch:00016 " ACK),
	    { "http", "file-cut", "HTTP /ipxe/x.efi: 404, no such file",
	      0 } } },
	{ "TFTP that breaks off once and then ends well",
	  "ipxe-silent",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    PXE_REQUEST,
	    { "tftp", "tftp-failed",
	      "TFTP ipxe.efi: 65536 of 1056768 bytes: the client fell silent",
	      0 },
	    TFTP_DONE } },
	{ "iPXE is loaded and no more is heard",
	  "ipxe-silent",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE } },
	{ "iPXE has its address and fetches no script",
	  "ipxe-no-script",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE, IPXE_REQUEST } },
	{ "the old OS phones home",
	  "override-ignored",
	  NULL,
	  "firmware",
	  NO_DHCP,
	  { STARTS, HOME } },
	{ "the old OS asks for an address",
	  "override-ignored",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, OS_REQUEST } },
	{ "network boot is not allowed",
	  "netboot-not-allowed",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { STARTS, PXE_REQUEST, TFTP_DONE, IPXE_REQUEST, FROM_DISK,
	    AT("loading") } },
	{ "nothing is known",
	  "firmware-silent",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { AT("firmware") } },
	{ "boot by HTTP breaks off",
	  "boot-file-cut",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS,
	    DHCP("request", "REQUEST from HTTPClient:Arch:00016 " ACK),
	    { "http", "file-cut",
	      "HTTP /ipxe/ipxe.efi broke off at 6 % (6 of 100 bytes)", 0 } } },
};

static const struct fault loading_faults[] = {
	{ "the kernel is not there",
	  "kernel-missing",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS,
	    { "http", "file-cut",
	      "HTTP /hook/vmlinuz-aarch64: 404, no such file", 5 } } },
	{ "the initramfs breaks off",
	  "kernel-cut",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS,
	    KERNEL,
	    { "http", "file-cut",
	      "HTTP /hook/initramfs-x86_64 broke off at 37 % (37 of 100 "
	      "bytes)",
	      0 } } },
	{ "the initramfs breaks off once, and the kernel panics",
	  "kernel-silent",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS,
	    { "http", "file-cut",
	      "HTTP /hook/initramfs-x86_64 broke off at 37 % (37 of 100 "
	      "bytes)",
	      0 },
	    { "http", "file",
	      "HTTP /hook/initramfs-x86_64: 100 bytes in 0.002s", 0 },
	    CONFIG } },
	{ "a script and no kernel",
	  "no-kernel-fetched",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS } },
	{ "silence after the last file",
	  "kernel-silent",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG } },
	{ "the console shows a panic",
	  "kernel-panic",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS,
	    KERNEL,
	    CONFIG,
	    { "console", "kernel-panic",
	      "Kernel panic - not syncing: VFS: Unable to mount root fs",
	      0 } } },
	{ "the kernel panics and the machine begins anew",
	  "hook-restarts",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, PXE_REQUEST, SCRIPT } },
	{ "the hook has an address and its worker does not call",
	  "no-hello",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG,
	    DHCP("request", "REQUEST from udhcp 1.35.0 " ACK) } },
	{ "nothing is known of the loading",
	  "loading-silent",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { AT("loading") } },
};

static const struct fault work_faults[] = {
	{ "the worker falls silent",
	  "worker-silent",
	  NULL,
	  "working",
	  "action \"image\": no sign of life from the worker for 5 minutes",
	  { LOADS, WORKS } },
	{ "the worker takes nothing up",
	  "worker-silent",
	  NULL,
	  "working",
	  "action \"image\": the worker did not take it up (timeout 600s)",
	  { LOADS, HELLO, AT("working") } },
	{ "the image is not there",
	  "image-missing",
	  "image-refused",
	  "working",
	  IMAGE "the server answers 404",
	  { LOADS, WORKS } },
	{ "the image may not be had",
	  "image-refused",
	  NULL,
	  "working",
	  IMAGE "the server answers 403",
	  { LOADS, WORKS } },
	{ "the image is another",
	  "image-digest",
	  NULL,
	  "working",
	  IMAGE "the image has sha256:aa, expected sha256:bb; do not boot "
		"from /dev/vda",
	  { LOADS, WORKS } },
	{ "the image is cut short",
	  "image-truncated",
	  NULL,
	  "working",
	  IMAGE "given up after 300 s: the download ended after 10 of 20 "
		"bytes",
	  { LOADS, WORKS } },
	{ "the image's stream ends early",
	  "image-truncated",
	  NULL,
	  "working",
	  IMAGE "the image ends in the middle of its zstd stream",
	  { LOADS, WORKS } },
	{ "the image is no image",
	  "image-format",
	  NULL,
	  "working",
	  IMAGE "the image is xz, which is not supported (raw, gzip and zstd "
		"are)",
	  { LOADS, WORKS } },
	{ "the image's server has no name",
	  "image-unreachable",
	  NULL,
	  "working",
	  IMAGE "given up after 300 s: Could not resolve host: images",
	  { LOADS, WORKS } },
	{ "the image's server is not trusted",
	  "image-certificate",
	  NULL,
	  "working",
	  IMAGE "SSL certificate problem: unable to get local issuer "
		"certificate",
	  { LOADS, WORKS } },
	{ "the machine's clock is wrong",
	  "clock-wrong",
	  "image-certificate",
	  "working",
	  IMAGE "SSL certificate problem: certificate is not yet valid",
	  { LOADS, WORKS } },
	{ "the disk is too small",
	  "disk-too-small",
	  NULL,
	  "working",
	  IMAGE "disk /dev/vda has 1404 bytes, the image needs more (at "
		"least 2048)",
	  { LOADS, WORKS } },
	{ "there is no such disk",
	  "no-such-disk",
	  NULL,
	  "working",
	  IMAGE "disk /dev/sdz: No such file or directory",
	  { LOADS, WORKS } },
	{ "the disk is broken",
	  "disk-error",
	  NULL,
	  "working",
	  IMAGE "disk /dev/vda: writing at byte 4096: Input/output error",
	  { LOADS, WORKS } },
	{ "the disk is in use",
	  "disk-in-use",
	  NULL,
	  "working",
	  IMAGE "disk /dev/vda is in use (mounted, or part of a volume)",
	  { LOADS, WORKS } },
	{ "the target cannot be mounted",
	  "mount-failed",
	  NULL,
	  "working",
	  "action \"file\": mounting /dev/vda1 on /target: Invalid argument",
	  { LOADS, WORKS } },
	{ "the action takes too long",
	  "action-timeout",
	  NULL,
	  "working",
	  "action \"image\": it took longer than its timeout",
	  { LOADS, WORKS, LOG("downloaded 10 of 2000 MB") } },
	{ "a command fails in the target",
	  "command-failed",
	  NULL,
	  "working",
	  "action \"grub\": grub-install ended with exit code 1",
	  { LOADS, WORKS, LOG("grub-install: error: no EFI partition") } },
	{ "a command runs out of memory",
	  "out-of-memory",
	  "command-failed",
	  "working",
	  "action \"grub\": apt-get was killed by signal 9",
	  { LOADS, WORKS } },
	{ "the target is full",
	  "target-full",
	  NULL,
	  "working",
	  "action \"file\": writing /etc/x: No space left on device",
	  { LOADS, WORKS } },
	{ "there is no such action",
	  "action-unknown",
	  NULL,
	  "working",
	  "action \"a\": image quay.io/x: no built-in action is called x, "
	  "and containers are not supported yet (there are image2disk, "
	  "writefile, cexec, reboot, poweroff, kexec)",
	  { LOADS, WORKS } },
	{ "the machine is reset in the middle",
	  "machine-reset",
	  NULL,
	  "working",
	  "action \"image\": the machine restarted while it ran: how far it "
	  "came is not known",
	  { LOADS, WORKS, PXE_REQUEST, SCRIPT, CONFIG, HELLO } },
	{ "the machine was reset, and goes on",
	  "machine-reset",
	  NULL,
	  "working",
	  "",
	  { LOADS,
	    WORKS,
	    { "worker", "interrupted",
	      "the machine restarted during action \"image\": attempt 2",
	      0 } } },
	{ "an action is tried again",
	  "image-missing",
	  NULL,
	  "working",
	  "",
	  { LOADS,
	    WORKS,
	    { "worker", "action-ended",
	      "action \"image\": failed: the server answers 404", 0 },
	    { "engine", "retry",
	      "action \"image\": the server answers 404; again in 10s", 0 } } },
	{ "an action fails for reasons of its own",
	  "action-failed",
	  NULL,
	  "working",
	  "action \"mine\": it rains",
	  { LOADS, WORKS, LOG("drop, drop") } },
	{ "an action lacks what it needs",
	  "action-misconfigured",
	  NULL,
	  "working",
	  "action \"image\": DEST_DISK is not set",
	  { LOADS, WORKS } },
};

static const struct fault first_boot_faults[] = {
	{ "nothing is heard of the OS",
	  "os-silent",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS } },
	{ "the OS has an address and does not phone home",
	  "no-phone-home",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, OS_REQUEST } },
	{ "the machine boots the hook again",
	  "boots-network-again",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, PXE_REQUEST, SCRIPT, CONFIG, HELLO } },
	{ "the disk is not booted from",
	  "disk-not-bootable",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, PXE_REQUEST, FROM_DISK, PXE_REQUEST, FROM_DISK } },
	{ "the disk is booted by way of iPXE, and the OS is up",
	  "no-phone-home",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, PXE_REQUEST, FROM_DISK, OS_REQUEST } },
};

static const struct fault other_faults[] = {
	{ "the Template is refused",
	  "template-refused",
	  NULL,
	  "queued",
	  "Template debian: tasks[0].actions[1].timout: unknown; timeout?",
	  { { NULL, NULL, NULL, 0 } } },
	{ "the Template is missing",
	  "template-missing",
	  NULL,
	  "queued",
	  "spec.templateRef: no such Template: default/debian",
	  { { NULL, NULL, NULL, 0 } } },
	{ "the Hardware is missing",
	  "hardware-missing",
	  NULL,
	  "queued",
	  "spec.hardwareRef: no such Hardware: default/m1",
	  { { NULL, NULL, NULL, 0 } } },
	{ "a Secret is missing",
	  "secret-missing",
	  "reference-missing",
	  "queued",
	  "Template debian: reference root: no such Secret: default/root: "
	  "references.root.data is missing",
	  { { NULL, NULL, NULL, 0 } } },
	{ "the Hardware has no BMC",
	  "no-bmc-ref",
	  NULL,
	  "queued",
	  "bootMode netboot needs a BMC, and the Hardware has no spec.bmcRef",
	  { { NULL, NULL, NULL, 0 } } },
	{ "the Hardware lost its BMC",
	  "no-bmc-ref",
	  NULL,
	  "power-off",
	  "power-off: Hardware m1 has no spec.bmcRef",
	  { AT("power-off") } },
	{ "the Hardware refers to what it may not",
	  "reference-missing",
	  NULL,
	  "queued",
	  "Template debian: reference root: not allowed: line 3",
	  { { NULL, NULL, NULL, 0 } } },
	{ "the Workflow is refused",
	  "workflow-refused",
	  NULL,
	  "queued",
	  "spec.bootOptions.bootMode: \"x\": expected netboot, isoboot or "
	  "customboot",
	  { { NULL, NULL, NULL, 0 } } },
	{ "somebody cancels it",
	  "cancelled",
	  NULL,
	  "firmware",
	  "cancelled: the wrong rack",
	  { STARTS } },
	{ "the Hardware is deleted",
	  "hardware-deleted",
	  NULL,
	  "firmware",
	  "its Hardware was deleted",
	  { STARTS } },
	{ "the whole time is over",
	  "global-timeout",
	  NULL,
	  "working",
	  "global_timeout of 600s ran out in working",
	  { LOADS, WORKS } },
};

#endif
