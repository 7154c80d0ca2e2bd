#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is known of BMCs, over the life of tomte serve.

usage: test_bmc_restart.py TOMTE REDFISH_EMULATOR [NAME...]
"""
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import daemon

TOMTE = ""
EMULATOR = ""
PASSWORD = "planted-hunter2"
MACHINES = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/machines"


class Bmc:
    """One BMC that the emulator plays, with its machine in memory."""

    def __init__(self, folder, port=0):
        self.record = folder / "record"
        password = folder / "password"
        password.write_text(PASSWORD + "\n")
        self.process = subprocess.Popen(
            [EMULATOR, "--password-file", password, "--record", self.record,
             "--listen", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            word, _, value = line.strip().partition(" ")
            if word == "pin":
                self.pin = value
            elif word == "listen":
                self.port = int(value.rsplit(":", 1)[1])
            elif word == "ready":
                break

    def close(self):
        if self.process.stdout.closed:
            return
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def count(self, text):
        return sum(text in line for line in
                   self.record.read_text().splitlines())


class Known(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-bmc."))
        self.daemon = None

    def tearDown(self):
        if self.daemon:
            log = self.daemon.close()
            self.assertNotIn(PASSWORD, log)
        shutil.rmtree(self.dir)

    def start(self, password=PASSWORD):
        self.bmc = Bmc(self.dir)
        self.addCleanup(self.bmc.close)
        self.daemon = daemon.Daemon(TOMTE)
        machine = {
            "apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": "Machine",
            "metadata": {"name": "b1", "annotations": {
                "tomte.dev/bmc-pin": self.bmc.pin}},
            "spec": {"connection": {
                "host": "127.0.0.1", "insecureTLS": False, "authSecretRef": {
                    "name": "s", "namespace": "default"},
                "providerOptions": {"preferredOrder": ["gofish"], "redfish": {
                    "port": self.bmc.port}}}}}
        hardware = daemon.hardware("m1", bmcRef={
            "apiGroup": "bmc.tinkerbell.org", "kind": "Machine",
            "name": "b1"})
        secret = daemon.secret("s", username="admin", password=password)
        for path, body in (
                (daemon.SECRETS.format("default"), secret),
                (MACHINES, machine),
                (daemon.HARDWARE.format("default"), hardware)):
            status, answer = self.daemon.ask("POST", path, body,
                                             token=self.daemon.admin)
            self.assertEqual(status, 201, answer)

    def power(self, action, expected):
        said = self.daemon.good("power", action, "m1")
        self.assertRegex(said, rf"m1 +{expected}")

    def n_remembered(self):
        with sqlite3.connect(self.daemon.state / "inventory.db") as db:
            return db.execute("SELECT COUNT(*) FROM bmc_memory").fetchone()[0]

    def test_one_session_serves_over_restarts_and_a_kill(self):
        self.start()
        self.power("on", "on")
        self.daemon.stop()
        self.daemon.start()
        self.power("off", "off")
        self.daemon.stop(signal.SIGKILL)
        self.daemon.start()
        self.power("status", "off")

        self.assertEqual(self.bmc.count(" login good"), 1)
        self.assertEqual(self.bmc.count(" reset On"), 1)
        self.assertEqual(self.bmc.count(" reset "), 2)

    def test_what_was_learnt_goes_with_the_machine(self):
        self.start()
        self.assertEqual(self.n_remembered(), 0)
        self.power("status", "off")
        self.assertEqual(self.n_remembered(), 1)
        status, answer = self.daemon.ask("DELETE", MACHINES + "/b1",
                                         token=self.daemon.admin)

        self.assertEqual(status, 200, answer)
        daemon.wait_for("the memory to go",
                        lambda: self.n_remembered() == 0)

    def test_a_token_that_is_good_no_longer_is_one_new_login(self):
        self.start()
        self.power("status", "off")
        self.daemon.stop()
        self.bmc.close()
        self.bmc = Bmc(self.dir, self.bmc.port) # it knows of no session
        self.addCleanup(self.bmc.close)
        self.daemon.start()
        self.daemon.ask("PATCH", MACHINES + "/b1", {"metadata": {
            "annotations": {"tomte.dev/bmc-pin": self.bmc.pin}}},
            token=self.daemon.admin, content_type=daemon.MERGE)
        self.power("on", "on")

        self.assertEqual(self.bmc.count(" login good"), 2)
        self.assertEqual(self.bmc.count(" login refused"), 0)
        self.assertEqual(self.bmc.count(" reset "), 1)

    def test_a_wrong_password_is_tried_once_in_all_lives(self):
        self.start("planted-wrong-one")
        for _ in range(3):
            done = self.daemon.tomte("power", "status", "m1")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("refuses user", done.stdout + done.stderr)
            self.daemon.stop()
            self.daemon.start()
        self.assertEqual(self.bmc.count(" login refused"), 1)
        self.daemon.ask("PATCH", daemon.SECRETS.format("default") + "/s",
                        daemon.secret("s", username="admin",
                                      password=PASSWORD),
                        token=self.daemon.admin, content_type=daemon.MERGE)
        self.power("on", "on")

        self.assertEqual(self.bmc.count(" login refused"), 1)
        self.assertEqual(self.bmc.count(" login good"), 1)

    def test_quirks_that_are_wrong_keep_it_from_starting(self):
        file = self.dir / "quirks.yaml"
        file.write_text("- vendor: Acme\n  rules: { gap-ms: 100 }\n"
                        "  evidence: our lab\n"
                        "- vendor: Acme\n  rulez: { }\n")
        with self.assertRaises(AssertionError) as caught:
            daemon.Daemon(TOMTE, "--bmc-quirks", file)
        self.assertIn("cannot start", str(caught.exception))
        self.assertIn(str(file), str(caught.exception))
        self.assertIn("rulez", str(caught.exception))

        file.write_text("- vendor: Acme\n  rules: { gap-ms: 100 }\n"
                        "  evidence: our lab\n")
        self.daemon = daemon.Daemon(TOMTE, "--bmc-quirks", file)
        self.assertIn(f"quirks of BMCs from {file}: 1",
                      "".join(self.daemon.log))


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    EMULATOR = sys.argv.pop(1)
    unittest.main(verbosity=2)
