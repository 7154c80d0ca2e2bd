#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs, as people and workers see them, without any machine.

usage: test_runs.py TOMTE [NAME...]
"""
import base64
import hashlib
import json
import sqlite3
import sys
import unittest

import daemon

TOMTE = ""
PLANTED = "planted-hunter2"
RULES = json.dumps({"reference": {"resource": ["secrets"], "name": ["os"]}})
RUN = "/apis/tomte.dev/v1alpha1/namespaces/default/runs/{}"
GROUP = "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
TEMPLATE = """name: t
tasks:
- name: install
  worker: "{{ .device_1 }}"
  actions:
  - name: users
    image: cexec
    environment:
      PASSWORD: "{{ .references.os.data.password | b64dec }}"
  - {name: restart, image: reboot}
"""


class Runs(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE, "--reference-allow", RULES,
                                    "--auto-enrollment")
        self.addCleanup(self.daemon.close)
        self.local = self.daemon.local
        self.boot = None
        self.apply(daemon.secret("os", password=PLANTED))
        self.apply(daemon.hardware(
            "m1", interfaces=[{"dhcp": {"mac": "52:54:00:00:00:01"}}],
            references={"os": {"group": "", "version": "v1",
                               "resource": "secrets", "namespace": "default",
                               "name": "os"}}))
        self.apply({"apiVersion": "tinkerbell.org/v1alpha1",
                    "kind": "Template", "metadata": {"name": "t"},
                    "spec": {"data": TEMPLATE}})

    def apply(self, thing):
        self.daemon.good("apply", "-f", "-", text=json.dumps(thing))

    def provision(self):
        self.apply({"apiVersion": "tinkerbell.org/v1alpha1",
                    "kind": "Workflow", "metadata": {"name": "w1"},
                    "spec": {"templateRef": "t", "hardwareRef": "m1",
                             "hardwareMap": {
                                 "device_1": "52:54:00:00:00:01"}}})

    def run_is(self, **wanted):
        """Waits until the run says so, and gives it."""
        def look():
            _, run = self.local("GET", RUN.format("w1"))
            return run if all(run.get("status", {}).get(key) == value
                              for key, value in wanted.items()) else None
        return daemon.wait_for(str(wanted), look)

    def hello(self):
        """The machine boots; a token is what it is given then."""
        database = sqlite3.connect(self.daemon.state / "inventory.db")
        with database:
            database.execute("UPDATE machine SET worker_token = ?", (
                hashlib.sha256(b"worker-token").hexdigest(),))
        database.close()
        self.boot = "boot-1"
        status, answer = self.worker("POST", "hello", {
            "boot_id": self.boot, "machine": "m1", "uptime_ms": 1,
            "mac": "52:54:00:00:00:01",
            "attributes": {"product": {"vendor": "Acme"}}})
        self.assertEqual(status, 200, answer)

    def worker(self, method, call, body=None):
        connection = self.daemon.connect()
        try:
            connection.request(
                method, f"/worker/v1/{call}",
                body=None if body is None else json.dumps(body),
                headers={"Authorization": "Bearer worker-token",
                         "X-Tomte-Session": self.boot})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def say(self, seq, **event):
        status, answer = self.worker("POST", "events", {"events": [{
            "seq": seq, "at_ms": seq, "run": 1, "action_id": "a0",
            "attempt": 1, **event}]})
        self.assertEqual(status, 200, answer)

    def assert_unseen(self, text):
        encoded = base64.b64encode(PLANTED.encode())
        text = text if isinstance(text, bytes) else str(text).encode()
        for form in PLANTED.encode(), encoded, PLANTED.encode().hex().encode():
            self.assertNotIn(form, text)

    def test_a_secret_reaches_the_worker_and_nobody_else(self):
        self.provision()
        self.hello()
        status, task = self.worker("GET", "next?wait=10")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(task)["env"], {"PASSWORD": PLANTED})
        self.say(1, type="state", state="running")
        self.say(2, type="log", line=f"login with {PLANTED}", stream="stdout")
        self.say(3, type="state", state="failed",
                 message=f"{PLANTED} is too short")
        run = self.run_is(phase="ended")

        self.assertEqual(run["status"]["cause"],
                         'action "users": *** is too short')
        self.assertIn("login with ***",
                      [one["message"] for one in run["status"]["events"]])
        self.assert_unseen(run)
        self.assert_unseen(self.local("GET", GROUP + "workflows/w1"))
        self.assert_unseen(self.daemon.good("why", "w1"))
        self.assert_unseen(self.daemon.good("events", "m1"))
        for name in "inventory.db", "inventory.db-wal":
            self.assert_unseen((self.daemon.state / name).read_bytes())
        self.assert_unseen("".join(self.daemon.log))

    def test_a_machine_with_nothing_to_do_is_enrolled_by_rules(self):
        self.apply({"apiVersion": "tinkerbell.org/v1alpha1",
                    "kind": "WorkflowRuleSet", "metadata": {"name": "acme"},
                    "spec": {"rules": [json.dumps(
                        {"product": {"vendor": [{"prefix": "Ac"}]}})],
                             "workflow": {"template": {
                                 "ref": "t", "agentValue": "device_1"}}}})
        self.hello()
        self.assertEqual(self.worker("GET", "next?wait=1")[0], 204)
        self.assertIn("enrollmentEnabled", self.daemon.good("events", "m1"))
        self.daemon.ask("PATCH", GROUP + "hardware/m1", {"spec": {"auto": {
            "enrollmentEnabled": True}}}, token=self.daemon.admin,
                        content_type=daemon.MERGE)
        self.hello()
        status, task = self.worker("GET", "next?wait=10")
        self.assertEqual(status, 200, task)
        self.assertEqual(json.loads(task)["name"], "users")
        self.assertIn("enrolled: Workflow enrollment-52-54-00-00-00-01",
                      self.daemon.good("events", "m1"))

    def test_a_run_is_held_up_cancelled_and_begun_anew(self):
        self.provision()
        self.daemon.good("run", "pause", "w1")
        run = self.run_is(phase="firmware")
        self.assertIn("pausedAt", run["status"])
        self.hello()
        self.run_is(phase="working")  # that it has come is noted
        self.assertEqual(self.worker("GET", "next?wait=1")[0], 204)
        self.daemon.good("run", "resume", "w1")
        self.assertEqual(self.worker("GET", "next?wait=10")[0], 200)
        self.assertNotEqual(
            self.daemon.tomte("run", "rerun", "w1").returncode, 0)

        self.daemon.good("run", "cancel", "w1", "--reason", "wrong rack")
        run = self.run_is(phase="ended")
        self.assertEqual(run["status"]["cause"], "cancelled: wrong rack")
        self.daemon.good("run", "rerun", "w1", "--from", "restart")
        run = self.run_is(phase="firmware", part=2)
        self.assertEqual([one["state"] for one in run["status"]["actions"]],
                         ["SKIPPED", "PENDING"])

    def test_kubectl_annotate_is_enough(self):
        self.provision()
        self.run_is(phase="firmware")
        status, _ = self.local(
            "PATCH", GROUP + "workflows/w1",
            {"metadata": {"annotations": {"tomte.dev/cancel": "no more"}}},
            content_type=daemon.MERGE)
        self.assertEqual(status, 200)
        self.run_is(phase="ended", cause="cancelled: no more")
        _, workflow = self.local("GET", GROUP + "workflows/w1")
        self.assertNotIn("tomte.dev/cancel",
                         workflow["metadata"].get("annotations", {}))

    def test_a_run_outlives_its_workflow(self):
        self.provision()
        self.run_is(phase="firmware")
        self.daemon.good("delete", "wf", "w1")
        daemon.wait_for("the end of the Workflow", lambda: self.local(
            "GET", GROUP + "workflows/w1")[0] == 404)

        run = self.run_is(phase="ended")
        self.assertEqual(run["status"]["cause"],
                         "cancelled: its Workflow was deleted")
        self.assertIn("m1", self.daemon.tomte("report", "w1").stdout)
        self.assertIn("was deleted", self.daemon.good("why", "w1"))


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
