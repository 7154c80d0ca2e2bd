#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Passwords of BMCs are seen by the BMC, and by nobody else.

usage: test_bmc_secret.py TOMTE [NAME...]
"""
import base64
import json
import os
import pathlib
import shutil
import sqlite3
import sys
import threading
import unittest
import urllib.parse

import bmc_rig
import daemon
from bmc_rig import contact, create, put_secret
from daemon import wait_for

TOMTE = ""
# With what would be written in another way by a shell, a URL or JSON.
WORDS = {"good": 'g00d"p&s% w0rd', "bad": "b@d'p\\ss+w0rd",
         "kg": "planted-k-g"}


def forms(word):
    raw = word.encode()
    yield raw
    yield base64.b64encode(raw).rstrip(b"=")[:-1]
    # As in the header of HTTP's basic authentication.
    for user in "admin:", "admin":
        yield base64.b64encode(user.encode() + raw).rstrip(b"=")[8:-1]
    yield raw.hex().encode()
    yield urllib.parse.quote(word, safe="").encode()
    yield urllib.parse.quote_plus(word).encode()
    yield json.dumps(word)[1:-1].encode()


def traces(text):
    """Which planted words are in it, in whatever form."""
    if isinstance(text, str):
        text = text.encode()
    lower = text.lower()
    return [name for name, word in WORDS.items()
            if any(form in text or form.lower() in lower
                   for form in forms(word))]


class Watch(threading.Thread):
    """Looks at arguments and environment of a process and its children."""

    def __init__(self, pid):
        super().__init__()
        self.pid = pid
        self.seen = set()  # programs
        self.found = []
        self.over = threading.Event()

    def children(self):
        task = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [self.pid, *map(int, task.read_text().split())]

    def run(self):
        while not self.over.is_set():
            try:
                pids = self.children()
            except OSError:
                pids = []
            for pid in pids:
                self.look(pathlib.Path(f"/proc/{pid}"))

    def look(self, process):
        try:
            words = (process / "cmdline").read_bytes()
            self.seen.add(os.path.basename(words.split(b"\0")[0]).decode())
            words += (process / "environ").read_bytes()
        except OSError: # it is over
            return
        self.found += traces(words)

    def stop(self):
        self.over.set()
        self.join()


class Secrets(unittest.TestCase):
    def serve(self, *options):
        self.daemon = daemon.Daemon(TOMTE, "--bmc-poll", "1", *options)
        self.addCleanup(self.daemon.close)
        self.watch = Watch(self.daemon.process.pid)
        self.watch.start()
        self.addCleanup(self.watch.stop)
        self.said = []

    def tomte(self, *args):
        done = self.daemon.tomte(*args)
        self.said += [done.stdout, done.stderr]
        return done

    def fake(self, kind, *options):
        fake = kind(self.daemon.dir, WORDS["good"], *options)
        self.addCleanup(fake.close)
        return fake

    def use(self, fake, where, **more):
        """All that is done to a BMC, with the word that is right, then with
        one that is not."""
        create(self.daemon, "m", where)
        put_secret(self.daemon, WORDS["good"], **more)
        for action in "on", "status", "reset", "off":
            done = self.tomte("power", action, "m")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.job({"powerAction": "on"},
                 {"bootDevice": {"device": "pxe", "efiBoot": True}},
                 {"powerAction": "soft"})
        wait_for("contact", lambda: contact(self.daemon, "m").get("status") ==
                 "True")
        self.assertGreater(fake.records("login good"), 0)

        put_secret(self.daemon, WORDS["bad"], **more)
        done = self.tomte("power", "on", "m")
        self.assertNotEqual(done.returncode, 0)
        wait_for("refusal", lambda: contact(self.daemon, "m").get("reason") ==
                 "CredentialsRefused", 60)

    def job(self, *tasks):
        path = bmc_rig.JOBS.format("default")
        status, answer = self.daemon.local("POST", path, {
            "apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": "Job",
            "metadata": {"name": "all", "namespace": "default"},
            "spec": {"machineRef": {"name": "m-bmc", "namespace": "default"},
                     "tasks": list(tasks)}})
        self.assertEqual(status, 201, answer)
        job = wait_for("the job", lambda: self.over(path + "/all"), 60)
        self.assertEqual(job["status"]["conditions"][-1]["type"], "Completed",
                         job)

    def over(self, path):
        _, job = self.daemon.local("GET", path)
        return job if job.get("status", {}).get("completionTime") else None

    def check(self):
        """No trace in what was said, kept, or could be seen meanwhile."""
        self.assertEqual(self.watch.found, [])
        for args in (["events", "--json"], ["audit", "list", "--json"],
                     ["get", "machines", "-o", "json"],
                     ["get", "jobs", "-o", "json"],
                     ["get", "hardware", "-o", "json"]):
            self.said.append(self.daemon.good(*args))
        for text in self.said:
            self.assertEqual(traces(text), [], text)
        self.assertRegex("".join(self.said), "refuse|does not know")
        with sqlite3.connect(self.daemon.state / "inventory.db") as database:
            dump = "\n".join(database.iterdump())
        self.assertIn("bmc-failed", dump)
        self.assertEqual(traces(dump), [])
        log = self.daemon.stop()
        self.assertIn("refuses the credentials", log)
        self.assertEqual(traces(log), [])
        for path in self.daemon.state.rglob("*"):
            if path.is_file():
                self.assertEqual(traces(path.read_bytes()), [], path)
        self.daemon.start()

    def test_the_words_are_found_where_they_are(self):
        for name, word in WORDS.items():
            for form in forms(word):
                self.assertEqual(traces(b"x" + form + b"y"), [name], form)

    def test_by_redfish(self):
        self.serve()
        fake = self.fake(bmc_rig.Redfish)
        self.use(fake, bmc_rig.connection("127.0.0.1", ["gofish"],
                                          redfish=fake.port))
        self.check()

    def test_by_redfish_without_sessions(self):
        self.serve()
        fake = self.fake(bmc_rig.Redfish, "--fault", "no-sessions")
        create(self.daemon, "m", bmc_rig.connection(
            "127.0.0.1", ["gofish"], redfish=fake.port))
        put_secret(self.daemon, WORDS["good"])
        self.assertEqual(self.tomte("power", "on", "m").returncode, 0)
        put_secret(self.daemon, WORDS["bad"])
        self.assertNotEqual(self.tomte("power", "off", "m").returncode, 0)
        self.check()

    def test_by_ipmi(self):
        self.serve()
        fake = self.fake(bmc_rig.Farm, "--group-key", WORDS["kg"])
        self.use(fake, bmc_rig.connection("127.0.8.1", ["ipmitool"],
                                          ipmi=fake.port), kg=WORDS["kg"])
        self.check()

    @unittest.skipUnless(shutil.which("ipmitool"), "no ipmitool here")
    def test_by_ipmitool(self):
        self.serve("--ipmi-driver", "ipmitool")
        fake = self.fake(bmc_rig.Farm, "--delay-ms", "20")
        self.use(fake, bmc_rig.connection("127.0.8.1", ["ipmitool"],
                                          ipmi=fake.port))
        self.assertIn("ipmitool", self.watch.seen)
        self.check()


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
