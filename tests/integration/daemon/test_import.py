#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes into the inventory and comes out of it, by a real tomte serve."""
import pathlib
import sys
import unittest

import daemon

NETBOX = pathlib.Path(__file__).parents[2] / "data" / "netbox"

RACK = """\
rack: r1
subnet: 198.18.0.0/24
gateway: 198.18.0.1
nameservers: [198.18.0.1]
defaults: {disk: /dev/vda, bmc: {password_file: %s}}
machines:
- {name: r1n01, unit: 1, mac: "52:54:00:00:00:01", ip: 198.18.0.11,
   firmware: bios, bmc: {url: "ipmi://admin@198.18.1.11:6230"}}
- {name: r1n02, unit: 2, mac: "52:54:00:00:00:02", ip: 198.18.0.12,
   bmc: {url: "redfish://root@198.18.1.12", insecure: true}}
- {name: r1n03, unit: 3, mac: "52:54:00:00:00:03", ip: 198.18.0.13,
   arch: aarch64, disk: /dev/nvme0n1}
"""


class Import(unittest.TestCase):
    def setUp(self):
        self.tomte = daemon.Daemon(sys.argv[1])
        self.addCleanup(self.tomte.close)
        self.password = self.tomte.dir / "password"
        self.password.write_text("open-sesame-1\n")
        self.password.chmod(0o600)

    def write(self, name, text):
        path = self.tomte.dir / name
        path.write_text(text)
        return path

    def rack(self):
        return self.write("rack.yaml", RACK % self.password)

    def test_a_dry_run_of_what_is_there_finds_nothing_to_do(self):
        rack = self.rack()
        self.tomte.good("import", rack)

        out = self.tomte.good("import", "--dry-run", rack)

        self.assertIn("7 objects: 0 created, 0 configured, 7 unchanged", out)
        self.assertNotIn("->", out)

    def test_a_dry_run_shows_each_change_and_makes_none(self):
        rack = self.rack()
        self.tomte.good("import", rack)
        text = rack.read_text()
        rack.write_text(
            text.replace("198.18.0.13", "198.18.0.33")
            .replace("arch: aarch64, ", "")
            .replace("198.18.1.12", "198.18.1.22") +
            '- {name: r1n04, mac: "52:54:00:00:00:04", ip: 198.18.0.14}\n')
        self.password.write_text("open-sesame-2\n")

        first = self.tomte.good("import", "--dry-run", rack)
        second = self.tomte.good("import", "--dry-run", rack)

        self.assertEqual(first, second)
        self.assertEqual(first.splitlines(), [
            "secrets/r1n01-bmc configured (dry run)",
            "    data.password: (not shown) -> (not shown)",
            "hardware.tinkerbell.org/r1n01 unchanged (dry run)",
            "secrets/r1n02-bmc configured (dry run)",
            "    data.password: (not shown) -> (not shown)",
            "machines.bmc.tinkerbell.org/r1n02-bmc configured (dry run)",
            "    spec.connection.host: 198.18.1.12 -> 198.18.1.22",
            "hardware.tinkerbell.org/r1n02 unchanged (dry run)",
            "hardware.tinkerbell.org/r1n03 configured (dry run)",
            "    spec.interfaces[0].dhcp.arch: aarch64 -> x86_64",
            "    spec.interfaces[0].dhcp.ip.address: 198.18.0.13 -> "
            "198.18.0.33",
            "hardware.tinkerbell.org/r1n04 created (dry run)",
            "8 objects: 1 created, 4 configured, 3 unchanged"])
        _, kept = self.tomte.local(
            "GET", daemon.HARDWARE.format("default") + "/r1n03")
        self.assertEqual(
            kept["spec"]["interfaces"][0]["dhcp"]["ip"]["address"],
            "198.18.0.13")

    def test_what_netbox_says_becomes_machines(self):
        files = [NETBOX / f"{name}.json"
                 for name in ("devices", "interfaces", "addresses")]
        options = ["--bmc-user", "root", "--bmc-password-file", self.password,
                   "--gateway", "first", "--disk", "/dev/sda"]

        refused = self.tomte.tomte("import", *files)
        self.tomte.good("import", *options, *files)
        again = self.tomte.good("import", "--dry-run", *options, *files)

        self.assertEqual(refused.returncode, 1)
        self.assertIn("2 devices have an oob_ip", refused.stderr)
        self.assertIn("6 objects: 0 created, 0 configured, 6 unchanged", again)
        _, made = self.tomte.local(
            "GET", daemon.HARDWARE.format("default") + "/r12n01")
        self.assertEqual(
            [interface["dhcp"]["mac"]
             for interface in made["spec"]["interfaces"]],
            ["d0:8e:79:00:01:02", "d0:8e:79:00:01:01"])
        self.assertEqual(made["metadata"]["annotations"]["tomte.dev/serial"],
                         "ABC123")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
