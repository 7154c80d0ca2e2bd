/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_WORKFLOW_WHY_HEARD_FAULTS_H
#define TESTS_UNIT_WORKFLOW_WHY_HEARD_FAULTS_H

#include "unit/workflow/why_faults.h"

/* What goes wrong, and is heard of beside the way that a boot takes. */
#define SAYS(kind, text)                                                       \
	{                                                                      \
		"console", kind, text, 0                                       \
	}
#define PANICS                                                                 \
	SAYS("kernel-panic", "[    1.8] Kernel panic - not syncing: "          \
			     "Attempted to kill init!")
#define IPXE_FAILS                                                             \
	SAYS("ipxe-error",                                                     \
	     "http://198.18.0.1:7080/hook/vmlinuz... Connection timed out "    \
	     "(https://ipxe.org/4c0a6092)")

static const struct fault console_faults[] = {
	{ "no cable",
	  "no-link",
	  "pxe-error",
	  "firmware",
	  NO_DHCP,
	  { STARTS, SAYS("no-link", "PXE-E61: Media test failure"),
	    SAYS("pxe-error", "PXE-E18: Server response timeout.") } },
	{ "Secure Boot refuses iPXE",
	  "secure-boot",
	  "ipxe-silent",
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE,
	    SAYS("secure-boot", "BdsDxe: failed to load: Access Denied") } },
	{ "an old boot loader comes first, and is broken",
	  "boot-loader-stuck",
	  "no-dhcp-discover",
	  "firmware",
	  NO_DHCP,
	  { STARTS, SAYS("boot-loader", "Entering rescue mode...") } },
	{ "the old OS is up",
	  "override-ignored",
	  "no-dhcp-discover",
	  "firmware",
	  NO_DHCP,
	  { STARTS, SAYS("login", "old login:") } },
	{ "the firmware does not try the network",
	  "nothing-to-boot",
	  "no-dhcp-discover",
	  "firmware",
	  NO_DHCP,
	  { STARTS, SAYS("no-boot-device", "No bootable device.") } },
	{ "the firmware gives up",
	  "pxe-error",
	  "no-tftp",
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_DISCOVER, PXE_REQUEST,
	    SAYS("pxe-error", "PXE-E32: TFTP open timeout") } },
	{ "iPXE does not reach the script",
	  "ipxe-error",
	  "ipxe-no-script",
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE, IPXE_REQUEST, IPXE_FAILS } },
	{ "iPXE does not reach the kernel",
	  "ipxe-error",
	  "no-kernel-fetched",
	  "loading",
	  NO_HELLO,
	  { LOADS, IPXE_FAILS } },
	{ "the console shows a panic",
	  "kernel-panic",
	  "kernel-silent",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, PANICS } },
	{ "the initramfs is broken",
	  "initramfs-broken",
	  "no-root",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG,
	    SAYS("initramfs-broken", "Initramfs unpacking failed: junk"),
	    SAYS("no-root", "VFS: Unable to mount root fs") } },
	{ "too little memory",
	  "memory-too-small",
	  "kernel-panic",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG,
	    SAYS("out-of-memory", "System is deadlocked on memory"), PANICS } },
	{ "a processor that breaks",
	  "hardware-error",
	  "kernel-silent",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG,
	    SAYS("hardware-error", "mce: [Hardware Error]: Machine check") } },
	{ "the machine's clock is of another year",
	  "clock-wrong",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, OS_REQUEST,
	    SAYS("worker-warns", "hello: certificate is not yet valid") } },
	{ "the worker says why it does not come through",
	  "no-hello",
	  "kernel-silent",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG,
	    SAYS("worker-warns", "hello: connection timed out") } },
	{ "the disk has no boot loader",
	  "disk-not-bootable",
	  "os-silent",
	  "first-boot",
	  NO_OS,
	  { BOOTS,
	    SAYS("no-boot-device", "Boot failed: not a bootable disk") } },
	{ "the boot loader has no partition",
	  "boot-loader-stuck",
	  "os-silent",
	  "first-boot",
	  NO_OS,
	  { BOOTS, SAYS("boot-loader", "Entering rescue mode...") } },
	{ "the OS has no root",
	  "no-root",
	  "os-silent",
	  "first-boot",
	  NO_OS,
	  { BOOTS, SAYS("no-root", "Gave up waiting for root device.") } },
	{ "the OS stands in emergency mode",
	  "os-emergency",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, SAYS("emergency-mode", "You are in emergency mode.") } },
	{ "the OS is up, by its console alone",
	  "no-phone-home",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, SAYS("login", "m1 login:") } },
	{ "iPXE has an error, and then its script",
	  "kernel-silent",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { STARTS, SAYS("no-link", "Down (https://ipxe.org/38086193)"),
	    IPXE_FAILS, IPXE_REQUEST, SCRIPT, AT("loading"), CONFIG,
	    SAYS("quiet", "silent since: [    1.2] Freeing memory") } },
};

#define TLS(why)                                                               \
	{                                                                      \
		"https", "tls-failed",                                         \
			"TLS handshake with 198.18.0.11 failed: " why, 0       \
	}
#define REFUSED                                                                \
	{                                                                      \
		"worker", "refused",                                           \
			"a worker at 198.18.0.11 is refused: its token is "    \
			"not, or no longer, good",                             \
			0                                                      \
	}

static const struct fault refusal_faults[] = {
	{ "the worker of an earlier boot still runs",
	  "worker-token",
	  "no-dhcp-discover",
	  "firmware",
	  NO_DHCP,
	  { STARTS, REFUSED } },
	{ "the token is of another boot",
	  "worker-token",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, OS_REQUEST, REFUSED } },
	{ "the token was replaced in the middle",
	  "worker-token",
	  "worker-silent",
	  "working",
	  "action \"image\": no sign of life from the worker for 5 minutes",
	  { LOADS, WORKS, REFUSED } },
	{ "the machine's clock is of a later year",
	  "clock-wrong",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, OS_REQUEST,
	    TLS("the client says: certificate expired") } },
	{ "the machine's clock is of an earlier year",
	  "worker-certificate",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, OS_REQUEST,
	    TLS("the client says: bad certificate") } },
	{ "the worker has another CA",
	  "worker-ca",
	  "no-hello",
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, OS_REQUEST,
	    TLS("the client says: unknown CA") } },
	{ "the worker leaves in the middle",
	  "no-hello",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL, CONFIG, OS_REQUEST, TLS("it broke off") } },
	{ "a worker was refused, and another said hello",
	  "image-missing",
	  NULL,
	  "working",
	  "",
	  { LOADS,
	    REFUSED,
	    WORKS,
	    { "worker", "action-ended",
	      "action \"image\": failed: the server answers 404", 0 } } },
};

#define FETCHES(what)                                                          \
	{                                                                      \
		"os", "metadata", "the OS fetched its " what, 0                \
	}

static const struct fault system_faults[] = {
	{ "the old OS asks for its metadata",
	  "override-ignored",
	  NULL,
	  "firmware",
	  NO_DHCP,
	  { STARTS, FETCHES("meta-data") } },
	{ "cloud-init has its data and does not phone home",
	  "cloud-init-stuck",
	  "no-phone-home",
	  "first-boot",
	  NO_OS,
	  { BOOTS, OS_REQUEST, FETCHES("meta-data"), FETCHES("user-data") } },
	{ "the OS has an address of its own, and cloud-init its data",
	  "cloud-init-stuck",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, PXE_REQUEST, FROM_DISK, FETCHES("meta-data") } },
};

#define HTTP(kind, text)                                                       \
	{                                                                      \
		"http", kind, "HTTP " text, 0                                  \
	}

static const struct fault server_faults[] = {
	{ "the boot script cannot be made",
	  "script-failed",
	  "ipxe-no-script",
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE, IPXE_REQUEST,
	    HTTP("script-failed", "boot script for 198.18.0.11: 500, "
				  "ipxeURL: no such thing") } },
	{ "the machine has another address",
	  "another-address",
	  "config-failed",
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_REQUEST, TFTP_DONE,
	    DHCP("foreign-dhcp", "REQUEST from iPXE not answered: it chose "
				 "another DHCP server, 198.18.0.254"),
	    HTTP("config-failed", "worker configuration for 198.18.0.99: 403, "
				  "only for the machine itself") } },
	{ "the configuration is not given out",
	  "config-failed",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL,
	    HTTP("config-failed", "worker configuration for 198.18.0.11: 503, "
				  "no room") } },
	{ "the configuration was given out after all",
	  "kernel-silent",
	  NULL,
	  "loading",
	  NO_HELLO,
	  { LOADS, KERNEL,
	    HTTP("config-failed", "worker configuration for 198.18.0.11: 503, "
				  "no room"),
	    CONFIG } },
};

#define STRANGER(who)                                                          \
	DHCP("stranger", "DISCOVER of 52:54:00:00:00:99 (" who                 \
			 ") not answered: no machine has this MAC")

/* With what DHCP heard of others. */
static const struct fault heard_faults[] = {
	{ "the machine's MAC is mistyped",
	  "no-dhcp-discover",
	  "unknown-mac",
	  "firmware",
	  NO_DHCP,
	  { STARTS, STRANGER(PXE) } },
	{ "some system's MAC is not known",
	  "no-dhcp-discover",
	  "override-ignored",
	  "firmware",
	  NO_DHCP,
	  { STARTS, STRANGER("udhcp 1.35.0") } },
	{ "a stranger asks, and the machine as well",
	  "no-dhcp-request",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, PXE_DISCOVER, STRANGER(PXE) } },
};

#endif
