#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A tomte serve on a network of its own: what it counts, what it misses."""
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "boot"))

import daemon  # noqa: E402
import exposition  # noqa: E402
import rig  # noqa: E402

OURS = "198.18.0.1"
MAC = "52:54:00:00:00:09"
STRANGER = "52:54:00:00:00:99"

# Run at the machine's place: a DISCOVER of a MAC, and what is no message.
DISCOVER = """
import socket, sys
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
client.bind(("", 68))
mac = bytes.fromhex(sys.argv[1].replace(":", ""))
packet = (bytes([1, 1, 6, 0]) + bytes(24) + mac + bytes(202) +
          bytes([99, 130, 83, 99, 53, 1, 1, 255]))
client.sendto(packet, ("255.255.255.255", 67))
client.sendto(b"nonsense", ("255.255.255.255", 67))
"""

# A transfer by TFTP, block by block; prints how many bytes came.
FETCH = """
import socket, struct, sys
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(20)
client.sendto(b"\\0\\1" + sys.argv[2].encode() + b"\\0octet\\0",
              (sys.argv[1], 69))
total = 0
while True:
    packet, peer = client.recvfrom(2048)
    kind, block = struct.unpack("!HH", packet[:4])
    if kind == 5:
        print("refused")
        break
    total += len(packet) - 4
    client.sendto(struct.pack("!HH", 4, block), peer)
    if len(packet) < 516:
        print(total)
        break
"""


# A file by HTTP, as hex.
DOWNLOAD = """
import sys, urllib.request
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
print(open_url(sys.argv[1], timeout=20).read().hex())
"""


class Boot(unittest.TestCase):
    def setUp(self):
        rig.switch("br0")
        rig.run("ip", "address", "add", f"{OURS}/16", "dev", "br0")
        self.addCleanup(rig.run, "ip", "link", "delete", "br0")
        self.host = rig.Host()
        self.addCleanup(self.host.close)
        self.host.plug("br0", MAC)
        self.host.run("ip", "address", "add", "198.18.0.8/16", "dev", "eth0")
        self.tomte = daemon.Daemon(
            PROGRAM, "--interface", "br0", "--address", OURS, "--ipxe-dir",
            "/run/ipxe")
        self.addCleanup(self.tomte.close)
        self.tomte.local("POST", daemon.HARDWARE.format("default"),
                         daemon.hardware("m", interfaces=[{"dhcp": {
                             "mac": MAC, "arch": "x86_64", "uefi": True,
                             "ip": {"address": "198.18.0.9",
                                    "netmask": "255.255.0.0"}},
                             "netboot": {"allowPXE": True}}]))

    def at_host(self, program, *args):
        return self.host.run(sys.executable, "-c", program, *args).stdout

    def value(self, name, **labels):
        _, text = self.tomte.local("GET", "/metrics")
        return exposition.value(exposition.parse(text), name, **labels)

    def wait_for(self, expected, name, **labels):
        daemon.wait_for(f"{name} {labels}", lambda: self.value(
            name, **labels) == expected)

    def test_messages_of_dhcp_are_counted(self):
        self.at_host(DISCOVER, MAC)
        self.at_host(DISCOVER, STRANGER)

        self.wait_for(1, "tomte_dhcp_ignored_total", reason="unknown-mac")
        self.wait_for(2, "tomte_dhcp_ignored_total", reason="no-request")
        self.wait_for(1, "tomte_dhcp_received_total", type="DISCOVER")
        self.wait_for(1, "tomte_dhcp_sent_total", type="OFFER")
        self.wait_for(1, "tomte_boot_events_total", source="dhcp",
                      kind="discover")
        self.wait_for(0, "tomte_dhcp_received_total", type="REQUEST")

    def test_a_mistyped_mac_is_found(self):
        """The machine was started, and asks by another MAC."""
        group = "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
        for plural, kind, name, spec in (
                ("templates", "Template", "t", {"data": "name: t\ntasks:\n"
                 "- {name: a, worker: m, actions: [{name: r, "
                 "image: reboot}]}\n"}),
                ("workflows", "Workflow", "w", {
                    "templateRef": "t", "hardwareRef": "m"})):
            status, answer = self.tomte.local("POST", group + plural, {
                "apiVersion": "tinkerbell.org/v1alpha1", "kind": kind,
                "metadata": {"name": name}, "spec": spec})
            self.assertEqual(status, 201, answer)

        def look():
            return self.tomte.local(
                "GET", "/apis/tomte.dev/v1alpha1/namespaces/default/runs/w"
            )[1].get("status", {})
        daemon.wait_for("firmware", lambda: look().get("phase") == "firmware")
        for _ in range(3):
            self.at_host(DISCOVER, STRANGER)
        self.wait_for(3, "tomte_dhcp_ignored_total", reason="unknown-mac")
        self.tomte.good("run", "cancel", "w")
        daemon.wait_for("the end", lambda: look()["phase"] == "ended")

        events = [event for event in look()["events"]
                  if event["kind"] == "stranger"]
        self.assertEqual([(event["source"], event["count"])
                          for event in events], [("dhcp", 1)])
        self.assertIn(STRANGER, events[0]["message"])
        found = {item["word"]: item for item in look()["hypotheses"]}
        self.assertIn("cancelled", found)
        self.assertIn(STRANGER, str(found["unknown-mac"]["evidence"]))
        self.assertIn("wrong-vlan", found)

    def test_transfers_by_tftp_are_counted(self):
        os.makedirs("/run/ipxe", exist_ok=True)
        pathlib.Path("/run/ipxe/test.efi").write_bytes(bytes(1500))

        self.assertEqual(self.at_host(FETCH, OURS, "test.efi"), "1500\n")
        self.assertEqual(self.at_host(FETCH, OURS, "none.efi"), "refused\n")

        self.wait_for(1, "tomte_tftp_transfers_total", result="done")
        self.wait_for(1, "tomte_tftp_transfers_total", result="refused")
        self.wait_for(0, "tomte_tftp_transfers_total", result="failed")
        self.wait_for(1500, "tomte_tftp_sent_bytes_total")
        self.wait_for(0, "tomte_tftp_transfers")

    def test_a_worker_is_told_what_time_it_is(self):
        self.host.run("ip", "address", "del", "198.18.0.8/16", "dev", "eth0")
        self.host.run("ip", "address", "add", "198.18.0.9/16", "dev", "eth0")

        archive = bytes.fromhex(self.at_host(
            DOWNLOAD, f"http://{OURS}:{self.tomte.http_port}"
            f"/boot/{MAC}/cfg.cpio"))

        text = archive[archive.index(b"{"):archive.rindex(b"}") + 1]
        told = json.loads(text)["now_ms"]
        self.assertLess(abs(told / 1000 - time.time()), 60)

    def test_an_address_that_is_gone_is_found(self):
        self.assertEqual(self.tomte.local("GET", "/readyz"), (200, "ok"))

        rig.run("ip", "address", "del", f"{OURS}/16", "dev", "br0")

        status, text = self.tomte.local("GET", "/readyz")
        self.assertEqual(status, 503)
        self.assertIn("[-]network failed: the address 198.18.0.1: Cannot "
                      "assign requested address\n", text)


class Disk(unittest.TestCase):
    def test_a_disk_that_fills_up_is_found_before_it_is_full(self):
        small = pathlib.Path("/run/small")
        small.mkdir()
        rig.run("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", small)
        self.addCleanup(rig.run, "umount", small)
        self.addCleanup(setattr, tempfile, "tempdir", tempfile.tempdir)
        tempfile.tempdir = str(small)
        tomte = daemon.Daemon(PROGRAM)
        self.addCleanup(tomte.close)
        self.assertEqual(tomte.local("GET", "/readyz"), (200, "ok"))

        (small / "filler").write_bytes(bytes(40 << 20))

        status, text = tomte.local("GET", "/readyz")
        self.assertEqual(status, 503)
        self.assertRegex(text, r"\[-\]disk failed: [0-9]+ MiB free in "
                         rf"{tomte.state}: expected 64 or more\n")
        self.assertIn("[+]store ok\n", text)


if __name__ == "__main__":
    rig.enter()
    rig.need("nsenter")
    PROGRAM = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
