#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes into the inventory and comes out of it, by a real tomte serve."""
import json
import os
import pathlib
import shutil
import subprocess
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
        self.assertIn("2 devices have a BMC", refused.stderr)
        self.assertIn("6 objects: 0 created, 0 configured, 6 unchanged", again)
        _, made = self.tomte.local(
            "GET", daemon.HARDWARE.format("default") + "/r12n01")
        self.assertEqual(
            [interface["dhcp"]["mac"]
             for interface in made["spec"]["interfaces"]],
            ["d0:8e:79:00:01:02", "d0:8e:79:00:01:01"])
        self.assertEqual(made["metadata"]["annotations"]["tomte.dev/serial"],
                         "ABC123")
        out = self.write("out.yaml", self.tomte.good("export", "role=server"))
        self.assert_nothing_to_do(out, 4)

    def test_who_may_not_see_values_sees_that_they_change(self):
        self.tomte.good("import", self.rack())
        token = self.write("token", self.tomte.token("o", "operator"))
        operator = ["--server", f"https://127.0.0.1:{self.tomte.port}",
                    "--ca", self.tomte.state / "ca.pem",
                    "--token-file", token]
        self.password.write_text("open-sesame-3\n")

        out = self.tomte.good("import", "--dry-run", self.rack(), *operator)

        self.assertEqual(out.splitlines()[:2], [
            "secrets/r1n01-bmc configured (dry run)",
            "    data: other values (not shown)"])
        self.assertIn("7 objects: 0 created, 2 configured, 5 unchanged", out)

    def assert_nothing_to_do(self, file, n):
        out = self.tomte.good("import", "--dry-run", file)
        self.assertIn(f"{n} objects: 0 created, 0 configured, {n} unchanged",
                      out)

    def test_what_was_exported_comes_back_equal(self):
        self.tomte.good("import", self.rack())

        tinkerbell = self.write("out.yaml", self.tomte.good("export"))
        rack = self.write("out-rack.yaml",
                          self.tomte.good("export", "-o", "rack"))
        table = self.tomte.tomte("export", "-o", "csv", "r1n[01-02]")
        csv = self.write("out.csv", table.stdout)

        self.assert_nothing_to_do(tinkerbell, 5)
        self.assert_nothing_to_do(rack, 7)
        for file in tinkerbell, rack, csv:
            self.assertNotIn("sesame", file.read_text())
        # A CSV has no name servers, and that is told.
        self.assertIn("r1n02: - spec.interfaces[0].dhcp.name_servers[0]: "
                      "198.18.0.1", table.stderr)
        self.assertEqual(csv.read_text().count("\n"), 3)

    def test_an_export_makes_the_same_inventory_elsewhere(self):
        self.tomte.good("import", self.rack())
        rack = self.write("out.yaml", self.tomte.good("export", "-o", "rack"))
        other = daemon.Daemon(sys.argv[1])
        self.addCleanup(other.close)

        other.good("import", rack)

        for command in (["export"], ["export", "-o", "rack"],
                        ["inventory", "--list"]):
            self.assertEqual(self.tomte.good(*command), other.good(*command))
        _, bmc = other.local("GET", daemon.SECRETS.format("default") +
                             "/r1n02-bmc")
        self.assertEqual(bmc["data"], {"username": "cm9vdA==",
                                       "password": "b3Blbi1zZXNhbWUtMQ=="})

    def test_a_rack_is_for_who_may_see_users(self):
        self.tomte.good("import", self.rack())
        token = self.write("token", self.tomte.token("v", "viewer"))
        viewer = ["--server", f"https://127.0.0.1:{self.tomte.port}",
                  "--ca", self.tomte.state / "ca.pem", "--token-file", token]

        refused = self.tomte.tomte("export", "-o", "rack", *viewer)

        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stdout, "")
        self.assertIn("only the role admin sees", refused.stderr)
        self.assertEqual(self.tomte.good("export", *viewer),
                         self.tomte.good("export"))

    def test_ansible_reads_the_inventory(self):
        self.tomte.good("import", self.rack())
        script = self.write("inventory", "#!/bin/sh\n"
                            f'exec {os.path.abspath(sys.argv[1])} inventory "$@"\n')
        script.chmod(0o700)
        static = self.write("static.yaml",
                            self.tomte.good("export", "-o", "ansible"))
        if not shutil.which("ansible-inventory"):
            self.skipTest("there is no ansible-inventory")

        dynamic = self.ansible(script)

        self.assertEqual(dynamic["rack_r1"]["hosts"],
                         ["r1n01", "r1n02", "r1n03"])
        self.assertEqual(dynamic["state_none"]["hosts"],
                         ["r1n01", "r1n02", "r1n03"])
        self.assertEqual(dynamic["arch_aarch64"]["hosts"], ["r1n03"])
        self.assertEqual(
            dynamic["_meta"]["hostvars"]["r1n01"]["ansible_host"],
            "198.18.0.11")
        self.assertEqual(self.ansible(static)["_meta"], dynamic["_meta"])
        one = json.loads(self.tomte.good("inventory", "--host", "r1n01"))
        self.assertEqual(one, dynamic["_meta"]["hostvars"]["r1n01"])

    def ansible(self, file):
        return json.loads(subprocess.run(
            ["ansible-inventory", "-i", file, "--list"], check=True,
            stdout=subprocess.PIPE, timeout=60, cwd=self.tomte.dir,
            env={**os.environ, "HOME": str(self.tomte.dir),
                 "LC_ALL": "C.UTF-8",
                 "ANSIBLE_LOCALHOST_WARNING": "False",
                 "TOMTE_SOCKET": str(self.tomte.state / "tomte.sock")}
        ).stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
