#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What machines say on their consoles while they are provisioned.

usage: test_console.py TOMTE FAKES [NAME...]
"""
import http.client
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import daemon
import fakes

TOMTE = ""
FAKES = ""
GROUP = "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
RUN = "/apis/tomte.dev/v1alpha1/namespaces/default/runs/"
TEMPLATE = """name: t
tasks:
- name: install
  worker: "{{.device_1}}"
  actions:
  - {name: restart, image: reboot}
"""
HIDDEN = "planted-hunter2"
PANIC = (f"\x1b[2J\x1b[01;01Hcmdline: tomte.token={HIDDEN}\r\n"
         "[    1.8] Kernel panic - not syncing: Attempted to kill init! "
         f"token={HIDDEN}\r\n[    1.9] ---[ end Kernel panic\r\n")


class Consoles(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-console."))
        self.addCleanup(shutil.rmtree, self.dir)
        self.farm = fakes.Farm(self.dir, FAKES, "--says", self.dir)
        self.addCleanup(self.farm.close)

    def start(self, most):
        self.daemon = daemon.Daemon(TOMTE, "--watch-consoles", str(most))
        self.addCleanup(self.daemon.close)
        self.put("default", daemon.SECRETS, daemon.secret(
            "farm", username="admin", password=fakes.PASSWORD))
        self.put("default", GROUP + "templates", {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Template",
            "metadata": {"name": "t"}, "spec": {"data": TEMPLATE}})

    def put(self, namespace, path, thing):
        status, answer = self.daemon.local(
            "POST", path.format(namespace), thing)
        self.assertEqual(status, 201, answer)

    def mac(self, n):
        return f"52:54:00:00:00:{n:02x}"

    def add(self, n, says):
        """Machine mN, whose console says so when it has started."""
        (self.dir / f"127.0.9.{n}").write_text(says)
        fakes.add(self.daemon, f"m{n}", self.farm.connection(n))
        self.daemon.local(
            "PATCH", daemon.HARDWARE.format("default") + f"/m{n}",
            {"spec": {"interfaces": [{
                "dhcp": {"mac": self.mac(n), "arch": "x86_64",
                         "ip": {"address": f"127.0.0.{n}",
                                "netmask": "255.0.0.0"}},
                "netboot": {"allowPXE": True}}]}},
            content_type=daemon.MERGE)

    def provision(self, n, says=None):
        if says is not None:
            self.add(n, says)
        self.put("default", GROUP + "workflows", {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Workflow",
            "metadata": {"name": f"w{n}"},
            "spec": {"templateRef": "t", "hardwareRef": f"m{n}",
                     "hardwareMap": {"device_1": self.mac(n)},
                     "bootOptions": {"bootMode": "netboot"}}})

    def status(self, n):
        return self.daemon.local("GET", f"{RUN}w{n}")[1].get("status", {})

    def await_run(self, n, what, look, seconds=30):
        return daemon.wait_for(what, lambda: look(self.status(n)), seconds)

    def heard(self, n):
        return [(event["kind"], event["message"])
                for event in self.status(n).get("events", [])
                if event["source"] == "console"]

    def fetch_script(self, n):
        """As iPXE of the machine does."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.daemon.http_port, timeout=20,
            source_address=(f"127.0.0.{n}", 0))
        connection.request("GET", f"/boot/{self.mac(n)}/auto.ipxe")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def console_path(self, n):
        return ("/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/"
                f"machines/m{n}-bmc/console")

    def console(self, n):
        return self.daemon.send("POST", self.console_path(n), {},
                                token=self.daemon.admin)

    def cancel(self, n):
        self.daemon.good("run", "cancel", f"w{n}")
        self.await_run(n, "the end", lambda status: status["phase"] ==
                       "ended")

    def test_a_panic_is_the_cause(self):
        self.start(8)
        self.provision(2, PANIC)
        self.await_run(2, "firmware",
                       lambda status: status.get("phase") == "firmware")
        self.fetch_script(2)
        self.await_run(2, "loading",
                       lambda status: status["phase"] == "loading")
        daemon.wait_for("the panic", lambda: self.heard(2))

        found = self.status(2)["hypotheses"][0]
        self.assertEqual(found["word"], "kernel-panic")
        self.assertIn("Attempted to kill init", json.dumps(found["evidence"]))
        said = self.daemon.good("why", "w2")
        self.assertIn("the kernel panicked", said)
        # And then nothing more comes.
        daemon.wait_for("silence", lambda: len(self.heard(2)) == 2, 40)
        self.assertEqual(self.heard(2)[1], (
            "quiet", "silent since: [    1.9] ---[ end Kernel panic"))
        self.cancel(2)
        daemon.wait_for("the console to be let go",
                        lambda: self.farm.records("sol off"))
        self.assertEqual(self.farm.records("sol on"), 1)
        log = self.daemon.stop()
        self.assertNotIn(HIDDEN, log)
        for file in self.daemon.state.glob("inventory.db*"):
            self.assertNotIn(HIDDEN.encode(), file.read_bytes())
        self.daemon.start()

    def test_who_asks_for_it_is_let_in(self):
        self.start(8)
        self.provision(3, "PXE-E53: No boot filename received\r\n")
        daemon.wait_for("the error", lambda: self.heard(3))

        stream = self.console(3)
        name = json.loads(stream.readline())["id"]
        status, answer = self.daemon.ask(
            "POST", f"{self.console_path(3)}?id={name}", {"keys": "Z3J1YiByZXNjdWU+DQo="},
            token=self.daemon.admin)
        self.assertEqual((status, answer), (200, {"taken": 14}))
        self.assertIn("text", json.loads(stream.readline()))
        other = self.console(3)
        lines = [json.loads(other.readline()) for _ in range(2)]

        # What the machine answers is heard by both.
        daemon.wait_for("the prompt", lambda: ("boot-loader", "grub rescue>")
                        in self.heard(3))
        self.assertEqual(self.farm.records("sol on"), 1)
        self.assertEqual([list(line) for line in lines], [["id"], ["error"]])
        other.tomte_connection.close()
        self.assertIn("has the console", self.daemon.good("events", "m3"))
        # The run ends; who is there stays until he goes.
        self.cancel(3)
        self.provision(4, "")
        daemon.wait_for("the next", lambda: self.farm.records("sol on") == 2)
        self.assertEqual(self.farm.records("sol off"), 0)
        stream.tomte_connection.close()
        stream.close()
        daemon.wait_for("the console to be let go",
                        lambda: self.farm.records("sol off") == 1)

    def test_it_is_taken_from_nobody(self):
        self.start(8)
        self.add(5, "grub rescue>\r\n")
        stream = self.console(5)
        daemon.wait_for("somebody", lambda: self.farm.records("sol on") == 1)

        self.provision(5)
        self.await_run(5, "firmware",
                       lambda status: status.get("phase") == "firmware")
        daemon.wait_for("a try", lambda: any(
            "m5-bmc not listened to" in line for line in self.daemon.log))

        self.assertEqual(self.farm.records("sol off"), 0)
        self.assertEqual(self.heard(5), [])
        stream.tomte_connection.close()
        stream.close()
        daemon.wait_for("another try",
                        lambda: self.farm.records("sol on") == 2, 40)

    def test_none_is_left_behind_at_the_end(self):
        self.start(8)
        for n in 9, 10:
            self.provision(n, "No bootable device.\r\n")
        daemon.wait_for("both", lambda: self.heard(9) and self.heard(10))
        stream = self.console(10)
        stream.readline()
        self.assertIn("\ntomte_consoles 2\n",
                      self.daemon.local("GET", "/metrics")[1])

        self.daemon.stop()

        self.assertEqual(self.farm.records("sol on"), 2)
        self.assertEqual(self.farm.records("sol off"), 2)
        self.assertIn("tomte stops", stream.read().decode())
        stream.tomte_connection.close()
        self.daemon.start()
        daemon.wait_for("them again", lambda:
                        self.farm.records("sol on") == 4)

    def test_there_are_no_more_than_may_be(self):
        self.start(1)
        for n in 6, 7:
            self.provision(n, "No bootable device.\r\n")
        for n in 6, 7:
            self.await_run(n, "firmware", lambda status: status.get("phase")
                           == "firmware")
        daemon.wait_for("one", lambda: self.heard(6) or self.heard(7))

        self.assertEqual(self.farm.records("sol on"), 1)
        first = 6 if self.heard(6) else 7
        self.cancel(first)
        daemon.wait_for("the other", lambda: self.heard(13 - first), 40)

    def test_nobody_listens_unless_told_to(self):
        self.start(0)
        self.provision(8, PANIC)
        self.await_run(8, "firmware",
                       lambda status: status.get("phase") == "firmware")
        self.cancel(8)

        self.assertEqual(self.farm.records("sol on"), 0)


if __name__ == "__main__":
    TOMTE, FAKES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
