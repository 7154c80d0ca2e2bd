#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A change is on disk before it is asked for, and is read back after.

usage: test_bmc_intent.py TOMTE [NAME...]
"""
import json
import pathlib
import signal
import sys
import unittest

import bmc_rig
import daemon
from daemon import wait_for

TOMTE = ""
WITNESS = pathlib.Path(__file__).with_name("witness.py")


class Intent(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE)
        self.addCleanup(self.daemon.close)
        self.dir = self.daemon.dir / "machine"
        self.dir.mkdir()
        self.fake = bmc_rig.Redfish(
            self.daemon.dir, "word", "--control",
            f"python3 {WITNESS} {self.dir} {self.daemon.state}/inventory.db")
        self.addCleanup(self.fake.close)
        bmc_rig.put_secret(self.daemon, "word")
        bmc_rig.create(self.daemon, "m", bmc_rig.connection(
            "127.0.0.1", ["gofish"], redfish=self.fake.port))

    def seen(self):
        log = self.dir / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] \
            if log.exists() else []

    def changes(self):
        return [one for one in self.seen() if one["verb"] == "set"]

    def start_job(self, name, *tasks):
        status, answer = self.daemon.local(
            "POST", bmc_rig.JOBS.format("default"), {
                "apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": "Job",
                "metadata": {"name": name, "namespace": "default"},
                "spec": {"machineRef": {"name": "m-bmc",
                                        "namespace": "default"},
                         "tasks": list(tasks)}})
        self.assertEqual(status, 201, answer)

    def end_of_job(self, name):
        def look():
            _, job = self.daemon.local(
                "GET", f"{bmc_rig.JOBS.format('default')}/{name}")
            return job if job.get("status", {}).get("completionTime") else None
        return wait_for(f"job {name}", look, 90)["status"]["conditions"][-1]

    def read_back(self, since, name):
        """It was looked at after the last change."""
        seen = self.seen()[since:]
        last = max(i for i, one in enumerate(seen) if one["verb"] == "set")
        return any(one == {"verb": "get", "name": name}
                   for one in seen[last + 1:])

    def test_what_tomte_power_does(self):
        for action in "on", "cycle", "reset", "soft", "on", "off":
            since = len(self.seen())
            n = len(self.changes())
            self.daemon.good("power", action, "m")
            made = self.changes()[n:]
            self.assertGreater(len(made), 0, action)
            for change in made:
                # Of one that is under way all is on disk but that it left.
                kinds = [kind for kind, _ in change["intents"]]
                self.assertEqual(kinds, ["power-" + action])
            self.assertTrue(self.read_back(since, "power"), action)
        events = self.daemon.good("events", "m")
        self.assertEqual(events.count("read back"), 6, events)

    def test_what_a_job_does(self):
        tasks = [
            ("boot-pxe", "boot", {"bootDevice": {"device": "pxe",
                                                 "efiBoot": True}}),
            ("boot-disk", "boot", {"oneTimeBootDeviceAction": {
                "device": ["disk"], "efiBoot": True}}),
            ("media-insert", None, {"virtualMediaAction": {
                "mediaURL": "http://127.0.0.1/a.iso", "kind": "CD"}}),
            ("power-on", "power", {"powerAction": "on"}),
        ]
        for kind, name, task in tasks:
            since = len(self.seen())
            n = len(self.changes())
            self.start_job(kind, task)
            self.assertEqual(self.end_of_job(kind)["type"], "Completed", kind)
            for change in self.changes()[n:]:
                self.assertEqual([one for one, _ in change["intents"]],
                                 [kind])
            if name:
                self.assertTrue(self.read_back(since, name), kind)
        self.assertGreaterEqual(len(self.changes()), 3)
        self.assertEqual(self.daemon.good("events", "m").count("read back"),
                         len(tasks))

    def crash_while(self, job, task, name):
        (self.dir / "hold").write_text("")
        self.start_job(job, task)
        wait_for("the change", lambda: any(one["name"] == name
                                           for one in self.changes()))
        self.daemon.stop(signal.SIGKILL)
        (self.dir / "hold").unlink()
        self.daemon.start()

    def test_after_a_crash_it_is_looked_at_and_not_done_again(self):
        self.crash_while("on", {"powerAction": "on"}, "power")

        self.assertEqual(self.end_of_job("on")["type"], "Completed")
        self.assertEqual(len(self.changes()), 1)
        self.assertEqual(self.seen()[-1]["verb"], "get")

    def test_after_a_crash_a_reset_is_never_done_again(self):
        self.daemon.good("power", "on", "m")
        self.crash_while("reset", {"powerAction": "reset"}, "reset")

        end = self.end_of_job("reset")
        self.assertEqual(end["type"], "Failed")
        self.assertIn("look at the machine", end["message"])
        self.assertEqual([one["name"] for one in self.changes()],
                         ["power", "reset"])


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
