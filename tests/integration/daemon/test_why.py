#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is heard of a machine beside the way that its boot takes, and what
`tomte why` makes of it. Somebody else starts the machine here.

usage: test_why.py TOMTE [NAME...]
"""
import http.client
import json
import ssl
import subprocess
import sys
import time
import unittest

import daemon
import fakes

TOMTE = ""
GROUP = "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
RUN = "/apis/tomte.dev/v1alpha1/namespaces/default/runs/w"
TEMPLATE = """name: t
tasks:
- name: install
  worker: "{{.device_1}}"
  actions:
  - {name: restart, image: reboot}
"""
MAC = "52:54:00:00:00:09"
ADDRESS = "127.0.0.9"


class World(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE, *self.OPTIONS)
        self.addCleanup(self.daemon.close)
        self.post("templates", "Template", "t", {"data": TEMPLATE})
        self.post("hardware", "Hardware", "m", {"interfaces": [{
            "dhcp": {"mac": MAC, "arch": "x86_64",
                     "ip": {"address": ADDRESS, "netmask": "255.0.0.0"}},
            "netboot": {"allowPXE": True}}],
            "metadata": {"instance": {"id": "m", "hostname": "m"}},
            "userData": "#cloud-config\n"})
        self.post("workflows", "Workflow", "w", {
            "templateRef": "t", "hardwareRef": "m",
            "hardwareMap": {"device_1": MAC}})
        self.await_phase("firmware")

    def post(self, plural, kind, name, spec):
        status, answer = self.daemon.local("POST", GROUP + plural, {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": kind,
            "metadata": {"name": name}, "spec": spec})
        self.assertEqual(status, 201, answer)

    def status(self):
        return self.daemon.local("GET", RUN)[1].get("status", {})

    def await_phase(self, phase):
        daemon.wait_for(phase, lambda: self.status().get("phase") == phase)

    def events(self, kind):
        return [event for event in self.status()["events"]
                if event["kind"] == kind]

    def await_event(self, kind):
        return daemon.wait_for(kind, lambda: self.events(kind))[-1]

    def first(self):
        return self.status()["hypotheses"][0]

    def fetch(self, path, source=ADDRESS, method="GET", body=None):
        """As the machine does, by plain HTTP."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.daemon.http_port, timeout=20,
            source_address=(source, 0))
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def load(self):
        self.assertEqual(self.fetch(f"/boot/{MAC}/auto.ipxe")[0], 200)
        self.await_phase("loading")


class Refused(World):
    def test_a_worker_that_is_refused_is_told_once(self):
        self.load()
        for _ in range(5):
            connection = self.daemon.connect(source=ADDRESS)
            connection.request("POST", "/worker/v1/hello", body="{}", headers={
                "Authorization": "Bearer planted-hunter2"})
            self.assertEqual(connection.getresponse().status, 401)
            connection.close()

        event = self.await_event("refused")
        self.assertEqual((len(self.events("refused")), event["count"]), (1, 1))
        self.assertNotIn("hunter2", json.dumps(event))
        self.assertEqual(self.first()["word"], "worker-token")
        self.assertIn("not good any more", self.daemon.good("why", "w"))

    def test_one_at_another_address_is_nothing_of_the_machine(self):
        connection = self.daemon.connect(source="127.0.0.8")
        connection.request("GET", "/worker/v1/next")
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()

        self.assertEqual(self.events("refused"), [])

    def test_a_worker_that_does_not_trust_us_says_so(self):
        self.load()
        for _ in range(3):
            connection = self.daemon.connect(
                source=ADDRESS, context=ssl.create_default_context())
            with self.assertRaises(ssl.SSLError):
                connection.connect()

        event = self.await_event("tls-failed")
        self.assertIn("\ntomte_tls_failures_total 3\n",
                      self.daemon.local("GET", "/metrics")[1])
        self.assertEqual((len(self.events("tls-failed")), event["count"]),
                         (1, 1))
        self.assertEqual(event["message"], f"TLS handshake with {ADDRESS} "
                         "failed: the client says: unknown CA")
        self.assertEqual(self.first()["word"], "worker-ca")

    def shake(self, at):
        """The handshake of a worker whose clock says so."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect",
             f"127.0.0.1:{self.daemon.port}", "-bind", ADDRESS, "-CAfile",
             self.daemon.state / "ca.pem", "-verify_return_error", "-attime",
             str(int(at))], stdin=subprocess.DEVNULL, capture_output=True,
            timeout=30, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_a_clock_that_is_ahead_is_the_cause(self):
        self.load()
        self.shake(time.time() + 40 * 365 * 86400)

        self.await_event("tls-failed")
        self.assertEqual(self.first()["word"], "clock-wrong")

    def test_a_clock_that_is_behind_is_the_cause(self):
        self.load()
        self.shake(time.time() - 30 * 365 * 86400)

        self.await_event("tls-failed")
        self.assertEqual(self.first()["word"], "worker-certificate")
        self.assertIn("clock", self.first()["cause"])


class Metadata(World):
    def test_a_fetch_of_metadata_is_an_event_once(self):
        for path in ("meta-data/instance-id", "meta-data/hostname",
                     "user-data"):
            self.assertEqual(self.fetch("/2009-04-04/" + path)[0], 200)
        self.assertEqual(self.fetch("/2009-04-04/meta-data/instance-id",
                                    source="127.0.0.8")[0], 404)

        self.await_event("metadata")
        self.assertEqual([event["message"]
                          for event in self.events("metadata")],
                         ["the OS fetched its meta-data",
                          "the OS fetched its user-data"])
        self.assertEqual(self.first()["word"], "override-ignored")


class NotGivenOut(World):
    def test_a_script_that_cannot_be_made_is_the_cause(self):
        self.daemon.local("PATCH", GROUP + "hardware/m", {
            "spec": {"interfaces": [{
                "dhcp": {"mac": MAC, "arch": "x86_64",
                         "ip": {"address": ADDRESS, "netmask": "255.0.0.0"}},
                "netboot": {"allowPXE": True,
                            "ipxe": {"url": "http://h/${x}"}}}]}},
            content_type=daemon.MERGE)
        for _ in range(3):
            self.assertEqual(self.fetch(f"/boot/{MAC}/auto.ipxe")[0], 500)

        self.assertEqual(self.await_event("script-failed")["count"], 1)
        self.assertEqual(self.first()["word"], "script-failed")

    def test_a_machine_with_another_address_is_known(self):
        for _ in range(3):
            self.assertEqual(self.fetch(f"/boot/{MAC}/cfg.cpio",
                                        source="127.0.0.77")[0], 403)

        self.assertEqual(self.await_event("config-failed")["count"], 1)
        self.assertEqual(self.first()["word"], "another-address")
        self.assertIn("127.0.0.77", self.daemon.good("why", "w"))


class Rows(unittest.TestCase):
    def test_what_a_bmc_was_told_is_shown_before_it_answers(self):
        one = daemon.Daemon(TOMTE)
        self.addCleanup(one.close)
        silent = daemon.hole()
        self.addCleanup(silent.close)
        one.local("POST", daemon.SECRETS.format("default"), daemon.secret(
            "farm", username="admin", password="x"))
        fakes.add(one, "m", {
            "host": "127.0.0.1", "port": silent.getsockname()[1],
            "insecureTLS": False,
            "authSecretRef": {"name": "farm", "namespace": "default"},
            "providerOptions": {"preferredOrder": ["ipmitool"]}})
        for plural, kind, name, spec in (
                ("templates", "Template", "t", {"data": TEMPLATE}),
                ("workflows", "Workflow", "w", {
                    "templateRef": "t", "hardwareRef": "m",
                    "hardwareMap": {"device_1": "m"},
                    "bootOptions": {"bootMode": "netboot"}})):
            self.assertEqual(one.local("POST", GROUP + plural, {
                "apiVersion": "tinkerbell.org/v1alpha1", "kind": kind,
                "metadata": {"name": name}, "spec": spec})[0], 201)
        silent.recv(1)

        status = one.local("GET", RUN)[1]["status"]
        self.assertRegex(status["bmcCommand"], r"^power-off, sent \d+s ago$")
        self.assertIn("BMC         power-off, sent", one.good("why", "w"))
        self.assertNotIn("workerHeardAt", status)


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
