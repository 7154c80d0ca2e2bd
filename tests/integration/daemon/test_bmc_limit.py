#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many BMCs are busy at once, and what a cancelled run leaves undone.

usage: test_bmc_limit.py TOMTE [NAME...]
"""
import sys
import time
import unittest

import bmc_rig
import daemon
from daemon import wait_for

TOMTE = ""
GROUP = "/apis/tinkerbell.org/v1alpha1/namespaces/default"
TEMPLATE = """\
version: "0.1"
name: t
global_timeout: 600
tasks:
  - name: t
    actions:
      - name: nothing
        image: writefile
        timeout: 60
"""


class Limit(unittest.TestCase):
    def serve(self, farm=(), options=()):
        self.daemon = daemon.Daemon(TOMTE, *options)
        self.addCleanup(self.daemon.close)
        self.farm = bmc_rig.Farm(self.daemon.dir, "word", *farm)
        self.addCleanup(self.farm.close)
        bmc_rig.put_secret(self.daemon, "word")

    def create(self, n):
        for i in range(1, n + 1):
            bmc_rig.create(self.daemon, f"m{i}", bmc_rig.connection(
                f"127.0.8.{i}", ["ipmitool"], ipmi=self.farm.port))

    def test_machines_are_not_switched_on_all_at_once(self):
        self.serve(options=["--power-on-per-second", "2"])
        self.create(6)
        began = time.monotonic()
        self.daemon.good("power", "on", "m[1-6]")
        took = time.monotonic() - began
        self.assertEqual(self.farm.records("power on"), 6)
        self.assertGreater(took, 2.4) # one at once, and two a second

        began = time.monotonic()
        self.daemon.good("power", "off", "m[1-6]")
        self.assertEqual(self.farm.records("power off"), 6)
        self.assertLess(time.monotonic() - began, took)

    def test_so_many_at_once(self):
        self.serve(farm=["--delay-ms", "100"], options=["--bmc-max", "1"])
        self.create(4)
        began = time.monotonic()
        self.daemon.good("power", "status", "m[1-4]")
        self.assertGreater(time.monotonic() - began, 4 * 5 * 0.1)

    def test_a_cancelled_run_does_not_wait_for_what_it_wanted(self):
        # The command has its effect after a minute: off is under way so long.
        self.serve(farm=["--starts", "on", "--power-ms", "60000"])
        self.create(1)
        for kind, body in (
                ("templates", {"kind": "Template", "metadata": {"name": "t"},
                               "spec": {"data": TEMPLATE}}),
                ("workflows", {"kind": "Workflow", "metadata": {"name": "w"},
                               "spec": {"templateRef": "t",
                                        "hardwareRef": "m1",
                                        "hardwareMap": {
                                            "device_1": "02:00:00:00:00:01"},
                                        "bootOptions": {
                                            "bootMode": "netboot"}}})):
            body["apiVersion"] = "tinkerbell.org/v1alpha1"
            status, answer = self.daemon.local("POST", f"{GROUP}/{kind}",
                                               body)
            self.assertEqual(status, 201, answer)
        wait_for("the command", lambda: self.farm.records("power off") == 1)
        began = time.monotonic()
        self.daemon.local("DELETE", f"{GROUP}/workflows/w")
        wait_for("the run to be over", lambda: self.daemon.local(
            "GET", f"{GROUP}/workflows/w")[0] == 404)
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn("broken off", "".join(self.daemon.log))


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
