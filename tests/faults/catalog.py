# SPDX-License-Identifier: Apache-2.0
"""The faults: what each is, how it is made, and what `why` has to say of it.

The expected word is that of how the fault was made; README.md says how to add
one. Each has a machine, a Template and a Workflow of its own, all of its name.
"""
import dataclasses
import typing

import ground as at
from rack import Farm, Redfish


@dataclasses.dataclass
class Fault:
    name: str
    made: str
    expected: str  # the word; "": nothing is wrong
    # In which phase `why` is asked while it waits; "": only when it has ended.
    waits: str = ""
    ends: bool = True  # it ends by itself in the catalogue's time
    bend: dict = dataclasses.field(default_factory=dict)
    # A fake BMC of the fault's own: its kind, options; None: a good one.
    bmc: tuple = None
    deaf: bool = False  # its machine does not follow it
    console: str = ""   # what the machine says on it that starts
    machine: dict = dataclasses.field(default_factory=dict)
    hardware: dict = dataclasses.field(default_factory=dict)
    workflow: dict = dataclasses.field(default_factory=dict)
    # Called with the rack and the machine:
    actions: typing.Callable = at.install
    connection: typing.Callable = None  # of the BMC, changed
    before: typing.Callable = None      # its Workflow
    # Called with the case again and again, until it gives True.
    during: typing.Callable = None
    behind: str = ""  # the fault whose action has to run before
    apart: bool = False  # when the others that hear nothing are over
    global_timeout: int = 1800
    template: str = ""                  # as it is written, in place of actions


FAULTS = [
    Fault("good", "nothing is wrong", ""),

    # What was written down.
    Fault("no-template", "its Workflow names no Template that there is",
          "template-missing", workflow={"template": "nowhere"}),
    Fault("no-hardware", "its Workflow names no Hardware that there is",
          "hardware-missing", workflow={"hardware": "nowhere"}),
    Fault("bad-template", "a key of the Template is mistyped",
          "template-refused", template="""version: "0.1"
name: bad
tasks:
- name: install
  worker: "{{.device_1}}"
  actions: [{name: restart, imgae: reboot, timeout: 30}]
"""),
    Fault("no-secret", "the Secret that the Hardware refers to is not there",
          "secret-missing", hardware={"references": {"os": {
              "group": "", "version": "v1", "resource": "secrets",
              "namespace": "default", "name": "nowhere"}}},
          actions=at.only(at.action(
              "users", "cexec", CMD_LINE="true",
              PASSWORD="{{ .references.os.data.password }}"))),
    Fault("no-reference", "what the Hardware refers to is not there",
          "reference-missing", hardware={"references": {"os": {
              "group": "tinkerbell.org", "version": "v1alpha1",
              "resource": "hardware", "namespace": "default",
              "name": "nowhere"}}},
          actions=at.only(at.action(
              "users", "cexec", CMD_LINE="{{ .references.os.spec.agentID }}"
          ))),
    Fault("no-iso-url", "the Workflow boots an image that it does not name",
          "workflow-refused", workflow={"boot": {"bootMode": "isoboot"}}),
    Fault("no-bmc-ref", "its Hardware has no BMC", "no-bmc-ref",
          hardware={"bmcRef": None}),

    # BMCs.
    Fault("bmc-dead", "nothing is at the BMC's address",
          "bmc-unreachable", connection=at.to_host("198.18.2.1")),
    Fault("bmc-refuses", "nothing listens at the BMC's port",
          "bmc-unreachable", connection=at.to_host("127.0.9.1", 9)),
    Fault("bmc-silent", "the BMC hears and says nothing",
          "bmc-unreachable", connection=at.to_silence),
    Fault("bmc-password", "the Secret has another password than the BMC",
          "bmc-credentials", connection=at.with_secret("wrong")),
    Fault("bmc-password-redfish", "the same, by Redfish",
          "bmc-credentials", bmc=(Redfish,),
          connection=at.with_secret("wrong")),
    Fault("bmc-no-secret", "the Secret of the BMC is not there",
          "bmc-secret", connection=at.with_secret("nowhere")),
    Fault("bmc-pin", "the BMC has another key than the one that is pinned",
          "bmc-pin", bmc=(Redfish,),
          connection=at.with_pin("sha256//" + "A" * 43 + "=")),
    Fault("bmc-certificate", "nobody has signed the BMC's certificate",
          "bmc-certificate", bmc=(Redfish,),
          connection=at.trusting_nobody),
    Fault("bmc-other-system", "the BMC has not the system that is named",
          "bmc-which-system", bmc=(Redfish,),
          connection=at.with_system("Blade7")),
    Fault("power-ignored", "the BMC says yes to power on, and it stays off",
          "power-unchanged", bmc=(Farm, "--fault", "power-ignored"),
          deaf=True),
    Fault("power-ignored-redfish", "the same, by Redfish",
          "power-unchanged", bmc=(Redfish, "--fault", "power-ignored"),
          deaf=True),
    Fault("override-lost", "the BMC says yes to the boot device and forgets",
          "override-not-set", bmc=(Farm, "--fault", "boot-ignored")),
    Fault("override-lost-redfish", "the same, by Redfish",
          "override-not-set", bmc=(Redfish, "--fault", "boot-ignored")),
    Fault("no-media", "the BMC has no licence for virtual media",
          "media-failed", bmc=(Redfish, "--face", "x12"),
          workflow={"boot": {"bootMode": "isoboot",
                             "isoURL": "http://198.18.0.1/hook.iso"}}),
    Fault("override-ignored", "the firmware starts the old OS on the disk",
          "override-ignored", "firmware",
          bend={"override": "ignored", "os": "no-cloud-init"},
          machine={"old_os": True}),

    # From power on to the boot script.
    Fault("other-vlan", "its port is in another VLAN",
          "no-dhcp-discover", "firmware", machine={"switch": "br9"}),
    Fault("post-hangs", "the firmware hangs in its self test",
          "no-dhcp-discover", "firmware", bend={"post": "hangs"}),
    Fault("no-offer", "no answer of DHCP arrives at the machine",
          "no-dhcp-request", "firmware", bend={"dhcp": "deaf"}),
    Fault("no-request", "the firmware takes no offer",
          "no-dhcp-request", "firmware", bend={"dhcp": "takes-none"}),
    Fault("foreign-dhcp", "another DHCP server's offer is taken",
          "foreign-dhcp", "firmware", bend={"prefers": at.FOREIGN},
          before=at.foreign_dhcp),
    Fault("nak", "the firmware insists on the address that it had elsewhere",
          "dhcp-nak", "firmware", bend={"insists": "10.9.9.9"}),
    Fault("same-address", "another host has the machine's address",
          "address-in-use", "firmware", bend={"dhcp": "probes"},
          before=at.same_address),
    Fault("no-boot-file", "the boot file of the Hardware is not there",
          "tftp-refused", "firmware",
          hardware={"netboot": {"ipxe": {"binary": "ours.efi"}}}),
    Fault("tftp-blocked", "a firewall keeps port 69 shut",
          "no-tftp", "firmware", bend={"tftp": "blocked"}),
    Fault("tftp-cut", "the cable fails at 40 % of the boot file",
          "tftp-cut", "firmware", bend={"tftp": "cut"}),
    Fault("ipxe-refused", "Secure Boot does not let iPXE run",
          "ipxe-silent", "firmware", bend={"ipxe": "refused"}),
    Fault("script-blocked", "a firewall keeps the HTTP port shut",
          "ipxe-no-script", "firmware", bend={"script": "blocked"}),
    Fault("netboot-forbidden", "the Hardware does not allow network boot",
          "netboot-not-allowed", "firmware", workflow={"toggle": False}),

    Fault("script-broken", "the architecture is no word for a boot script",
          "script-failed", "firmware", hardware={"arch": "x86|64"}),
    Fault("other-address", "a router gives the machine another address",
          "another-address", "firmware",
          bend={"address": "198.18.77.77"}),
    Fault("grub-rescue", "the old boot loader on the disk stands still",
          "boot-loader-stuck", "firmware", bend={"post": "hangs"},
          console="error: no such partition.\r\nEntering rescue mode..."
          "\r\ngrub rescue> "),
    Fault("netboot-off", "network boot is off in the firmware",
          "nothing-to-boot", "firmware", bend={"post": "hangs"},
          console="No bootable device.\r\n"),
    Fault("arch-32-bit", "the firmware is UEFI of 32 bits",
          "arch-unsupported", "firmware", bend={"arch": 6}),
    Fault("mistyped-mac", "the Hardware has another MAC than the machine",
          "unknown-mac", "firmware", apart=True,
          machine={"real_mac": "52:54:00:fa:01:01"}),
    Fault("cable-out", "its cable is out, and its console says so",
          "no-link", "firmware", machine={"switch": "br9"},
          console="PXE-E61: Media test failure, check cable\r\n"),
    Fault("ipxe-refused-heard", "Secure Boot refuses iPXE, and says so",
          "secure-boot", "firmware", bend={"ipxe": "refused"},
          console="BdsDxe: failed to load Boot0003 \"UEFI PXEv4\" from "
          "PciRoot(0x0): Access Denied\r\n"),

    # From there to the worker.
    Fault("kernel-404", "there is no hook for the architecture",
          "kernel-missing", "loading", hardware={"arch": "aarch64"}),
    Fault("kernel-blocked", "iPXE has its script and hangs",
          "no-kernel-fetched", "loading", bend={"kernel": "blocked"}),
    Fault("kernel-cut", "the connection breaks in the kernel",
          "kernel-cut", "loading", bend={"cut": {"vmlinuz": 60}}),
    Fault("initramfs-cut", "the connection breaks at 37 % of the initramfs",
          "kernel-cut", "loading", bend={"cut": {"hook": 37}}),
    Fault("hook-panics", "the kernel of the hook panics, and restarts",
          "hook-restarts", "loading", bend={"hook": "panics"}),
    Fault("hook-panics-heard", "the same, and its console says so",
          "kernel-panic", "loading", bend={"hook": "panics"},
          console="[    1.8] Kernel panic - not syncing: Attempted to kill "
          "init! exitcode=0x00007f00\r\n"),
    Fault("initramfs-broken", "the kernel cannot unpack the initramfs",
          "initramfs-broken", "loading", bend={"hook": "panics"},
          console="[    0.9] Initramfs unpacking failed: junk within "
          "compressed archive\r\n"),
    Fault("little-memory", "the hook does not fit into the memory",
          "memory-too-small", "loading", bend={"hook": "panics"},
          console="[    2.1] Out of memory: Killed process 1 (init)\r\n"
          "[    2.2] Kernel panic - not syncing: Out of memory and no "
          "killable processes...\r\n"),
    Fault("hook-hangs", "the kernel of the hook hangs",
          "kernel-silent", "loading", bend={"hook": "hangs"}),
    Fault("worker-blocked", "a firewall keeps the HTTPS port shut",
          "no-hello", "loading", bend={"worker": "blocked"}),
    Fault("worker-blocked-heard", "the same, and the worker warns of it",
          "no-hello", "loading", bend={"worker": "blocked"},
          console="2026-11-24T12:00:00.000Z warn  worker: 198.18.0.1:7443: "
          "no answer, trying again\r\n"),
    Fault("worker-token", "the worker has the token of an earlier boot",
          "worker-token", "loading", bend={"worker": "old-token"}),
    Fault("worker-ca", "the worker does not know the server's certificate",
          "worker-ca", "loading", bend={"worker": "other-ca"}),

    # Actions.
    Fault("image-404", "the image was never published",
          "image-missing", actions=at.image("nowhere.img")),
    Fault("image-403", "the server does not give the image out",
          "image-refused",
          actions=at.image_of(lambda: at.Images(status=403), "/os.img")),
    Fault("image-500", "the image's server is broken",
          "image-refused",
          actions=at.image_of(lambda: at.Images(status=500), "/os.img")),
    Fault("image-digest", "the image is another than the Template means",
          "image-digest",
          actions=at.image("os.img", CHECKSUM="sha256:" + "0" * 64)),
    Fault("image-short", "half of the packed image was published",
          "image-truncated", actions=at.image("short.img.gz"),
          before=at.publish("short.img.gz", lambda rack: rack.packed[
              :len(rack.packed) // 2])),
    Fault("image-garbage", "the packed image is damaged in its middle",
          "image-damaged", actions=at.image("garbage.img.gz"),
          before=at.publish("garbage.img.gz", lambda rack: rack.packed[
              :len(rack.packed) // 2] + b"\xff" * 65536)),
    Fault("image-xz", "the image is packed with what is not unpacked",
          "image-format", actions=at.image("os.img.xz"),
          before=at.publish("os.img.xz", lambda rack: at.lzma.compress(
              b"\0" * 100000))),
    Fault("image-cut", "the image's server hangs up in its middle",
          "image-truncated",
          actions=at.image_of(lambda: at.Images(cut=50), "/os.img")),
    Fault("image-unreachable", "nothing listens where the image should be",
          "image-unreachable",
          actions=at.image_at("http://198.18.0.1:9/os.img")),
    Fault("image-dns", "no DNS knows the image's server",
          "image-unreachable",
          actions=at.image_at("http://images.invalid/os.img")),
    Fault("image-certificate", "nobody has signed the certificate of the "
          "image's server", "image-certificate",
          actions=at.image_of(at.stranger, "/os.img")),
    Fault("clock-wrong", "the clock is before the certificate's time",
          "clock-wrong", actions=at.image_of_tomorrow),
    Fault("small-disk", "the disk is smaller than the image",
          "disk-too-small", machine={"disk_bytes": 1 << 20}),
    Fault("no-disk", "the Template names a disk that is not there",
          "no-such-disk",
          actions=at.image("os.img", DEST_DISK="/dev/nvme9n9")),
    Fault("disk-error", "the disk takes no more writes after a while",
          "disk-error", machine={"fails_at": 1 << 20}),
    Fault("no-file-system", "the disk has not the file system that is meant",
          "mount-failed", actions=at.command(
              "true", BLOCK_DEVICE=at.DISK, FS_TYPE="ext4")),
    Fault("command-fails", "the command of an action fails",
          "command-failed", actions=at.command("echo no such user; exit 3")),
    Fault("command-killed", "the kernel kills the command: memory is out",
          "out-of-memory", actions=at.command("kill -9 $$")),
    Fault("no-action", "the Template names an action that there is not",
          "action-unknown",
          actions=at.only(at.action("nic", "quay.io/acme/flash-nic:1"))),
    Fault("no-image-url", "an action lacks one of its settings",
          "action-misconfigured",
          actions=at.only(at.action("write", "image2disk",
                                    DEST_DISK=at.DISK))),
    Fault("slow-image", "the image comes slower than the action may take",
          "action-timeout", hardware={"labels": {"tomte.dev/rack": "one"}},
          actions=at.image_of(lambda: at.Images(pause_s=1), "/os.img", 75)),
    Fault("global-timeout", "the time of all of it is too short",
          "global-timeout", global_timeout=45,
          actions=at.image_of(lambda: at.Images(pause_s=1), "/os.img", 900)),
    Fault("hardware-deleted", "its Hardware is deleted while it writes",
          "hardware-deleted", during=at.hardware_goes,
          actions=at.image_of(lambda: at.Images(pause_s=1), "/os.img", 900)),
    Fault("rack-cap", "another machine of the rack writes: one at a time",
          "waits-for-turn", "working", ends=False, behind="slow-image",
          hardware={"labels": {"tomte.dev/rack": "one"}}),
    Fault("worker-dies", "the worker dies in the middle of an action",
          "worker-silent", bend={"working": "dies"},
          actions=at.image_of(lambda: at.Images(pause_s=1), "/os.img", 15)),
    Fault("resets", "the machine restarts whenever it writes",
          "machine-reset", bend={"working": "resets"},
          actions=at.image_of(lambda: at.Images(pause_s=1), "/os.img")),
    Fault("resets-once", "the machine restarts in what is not begun again",
          "machine-reset", bend={"working": "resets"},
          actions=at.command("sleep 50")),
    Fault("power-lost", "machine and BMC lose power while it writes",
          "power-lost", bmc=(Farm,), during=at.power_goes,
          actions=at.image_of(lambda: at.Images(pause_s=1), "/os.img", 40)),

    # The installed OS.
    Fault("no-boot-loader", "the image has nothing that the firmware starts",
          "disk-not-bootable", "first-boot", actions=at.image("blank.img"),
          before=at.publish("blank.img", lambda rack: bytes(1 << 20))),
    Fault("os-hangs", "the OS hangs before it has a network",
          "os-silent", "first-boot", bend={"os": "silent"}),
    Fault("os-hangs-late", "the same, and the firmware asks the network "
          "first", "os-silent", "first-boot", bend={"os": "silent"},
          machine={"order": ("network", "disk")}),
    Fault("no-cloud-init", "the OS has nothing that phones home",
          "no-phone-home", "first-boot", bend={"os": "no-cloud-init"}),
    Fault("home-blocked", "the OS is up and cannot phone home",
          "cloud-init-stuck", "first-boot", bend={"os": "home-blocked"}),
    Fault("network-first", "the firmware boots the network first, for ever",
          "boots-network-again", "first-boot", workflow={"toggle": False},
          machine={"order": ("network", "disk")},
          hardware={"netboot": {"allowPXE": True}}),
]
