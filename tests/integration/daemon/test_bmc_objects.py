#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tinkerbell's bmc objects: Machine, Job, Task, and webhooks.

usage: test_bmc_objects.py TOMTE FAKES [NAME...]
"""
import hashlib
import hmac
import http.server
import json
import signal
import sys
import threading
import unittest

import daemon
import fakes
from fakes import PASSWORD

TOMTE = ""
FAKES = ""
KEY = b"shared-key"
BMC = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/"


class Webhook(http.server.ThreadingHTTPServer):
    """Manages machines by what it is asked; notes how it was asked."""

    def __init__(self):
        self.power, self.asked, self.bad = {}, [], []
        super().__init__(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/rpc"

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time = self.headers.get("X-Rufio-Timestamp", "")
        sign = hmac.new(KEY, body + time.encode(), hashlib.sha256).hexdigest()
        if self.headers.get("X-Rufio-Signature-256") != f"sha256={sign}":
            self.server.bad.append(dict(self.headers))
        request = json.loads(body)
        self.server.asked.append(request)
        answer = {"id": request["id"], "host": request["host"]}
        host, params = request["host"], request.get("params", {})
        if request["method"] == "getPowerState":
            answer["result"] = self.server.power.get(host, "off")
        elif request["method"] == "setPowerState":
            self.server.power[host] = ("off" if params["state"] == "off"
                                       else "on")
        elif request["method"] == "setVirtualMedia":
            answer["error"] = {"code": 501, "message": "no such drive"}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon.Daemon(TOMTE)
        cls.addClassCleanup(cls.close_daemon)
        cls.farm = fakes.Farm(cls.daemon.dir, FAKES, "--power-ms", "300")
        cls.addClassCleanup(cls.farm.close)
        cls.hook = Webhook()
        cls.addClassCleanup(cls.hook.close)
        for secret in (daemon.secret("farm", username="admin",
                                     password=PASSWORD),
                       daemon.secret("hook", secret=KEY.decode())):
            status, answer = cls.daemon.local(
                "POST", daemon.SECRETS.format("default"), secret)
            assert status == 201, answer
        for n in range(1, 4):
            fakes.add(cls.daemon, f"m{n}", cls.farm.connection(n))

    @classmethod
    def close_daemon(cls):
        log = cls.daemon.close()
        assert PASSWORD not in log and KEY.decode() not in log

    def make(self, kind, name, spec):
        status, answer = self.daemon.local("POST", BMC + kind.lower() + "s", {
            "apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": kind,
            "metadata": {"name": name, "namespace": "default"}, "spec": spec})
        self.assertEqual(status, 201, answer)

    def end_of(self, kind, name):
        """Its status, when it has one that is final."""
        def look():
            status, answer = self.daemon.local(
                "GET", f"{BMC}{kind.lower()}s/{name}")
            self.assertEqual(status, 200, answer)
            found = answer.get("status", {})
            return found if "completionTime" in found else None
        return daemon.wait_for(f"the end of {name}", look, seconds=60)

    def job(self, name, machine, *tasks):
        self.make("Job", name, {"machineRef": {"name": machine,
                                               "namespace": "default"},
                                "tasks": list(tasks)})

    def done_to(self, n):
        """What the BMC was told to change."""
        start = f"127.0.9.{n} "
        return [line[len(start):] for line in
                self.farm.record.read_text().splitlines()
                if line.startswith(start) and "login" not in line]

    @staticmethod
    def conditions(status):
        return {one["type"]: one["status"] for one in status["conditions"]}

    def webhook(self, name, url=None, **more):
        self.make("Machine", name, {"connection": {
            "host": name, "insecureTLS": False, "providerOptions": {"rpc": {
                "consumerURL": url or self.hook.url,
                "hmac": {"secrets": {"sha256": [{"name": "hook"}]}},
                **more}}}})

    def test_a_job_does_its_tasks_in_their_order(self):
        self.job("j1", "m1-bmc", {"powerAction": "off"},
                 {"bootDevice": {"device": "pxe", "efiBoot": True}},
                 {"powerAction": "on"})

        status = self.end_of("Job", "j1")

        self.assertEqual(self.conditions(status),
                         {"Running": "False", "Completed": "True"})
        self.assertIn("startTime", status)
        # It was off already.
        self.assertEqual(self.done_to(1), ["boot a0 04", "power on"])

    def test_a_task_by_hand_has_a_connection_of_its_own(self):
        self.make("Task", "t1", {"task": {"powerAction": "on"},
                                 "connection": self.farm.connection(20)})
        self.make("Task", "t2", {
            "task": {"powerAction": "on"},
            "connection": {**self.farm.connection(21), "providerOptions": {
                "preferredOrder": ["IntelAMT"]}}})

        self.assertEqual(self.conditions(self.end_of("Task", "t1")),
                         {"Completed": "True"})
        failed = self.end_of("Task", "t2")
        self.assertEqual(self.conditions(failed), {"Failed": "True"})
        self.assertIn("none of these is spoken here",
                      failed["conditions"][0]["message"])

    def test_a_job_goes_on_over_a_restart_and_does_nothing_twice(self):
        self.job("j2", "m2-bmc", {"powerAction": "on"},
                 {"powerAction": "off"}, {"powerAction": "on"})
        daemon.wait_for("its begin", lambda: any(
            "power-on done" in line and "m2-bmc" in line
            for line in self.daemon.log))
        self.daemon.stop(signal.SIGKILL)
        self.daemon.log.clear()
        self.daemon.start()

        status = self.end_of("Job", "j2")

        self.assertEqual(self.conditions(status),
                         {"Running": "False", "Completed": "True"}, status)
        # What has had no effect yet may be sent once more: off is off.
        done = self.done_to(2)
        self.assertEqual([one for i, one in enumerate(done)
                          if not i or done[i - 1] != one],
                         ["power on", "power off", "power on"])
        self.assertLessEqual(len(done), 4)

    def test_a_webhook_is_asked_and_every_request_is_signed(self):
        self.webhook("w1")
        self.job("j3", "w1", {"powerAction": "on"},
                 {"oneTimeBootDeviceAction": {"device": ["pxe"],
                                              "efiBoot": True}},
                 {"powerAction": "cycle"}, {"powerAction": "status"})

        status = self.end_of("Job", "j3")

        self.assertEqual(self.conditions(status),
                         {"Running": "False", "Completed": "True"}, status)
        self.assertEqual(self.hook.bad, [])
        mine = [(one["method"], one.get("params")) for one in
                self.hook.asked if one["host"] == "w1" and
                one["method"].startswith("set")]
        self.assertEqual(mine, [
            ("setPowerState", {"state": "on"}),
            ("setBootDevice", {"device": "pxe", "persistent": False,
                               "efiBoot": True}),
            ("setPowerState", {"state": "cycle"})])
        status, machine = self.daemon.local("GET", BMC + "machines/w1")
        self.assertEqual(machine["status"]["powerState"], "on")
        status, answer = self.daemon.local("GET", BMC + "machines/w1/power")
        self.assertEqual((status, answer), (200, {"power": "on"}))

    def test_a_webhook_that_is_not_there_is_said_without_its_key(self):
        port = daemon.free_port()
        self.webhook("w3", f"http://me:pass@127.0.0.1:{port}/rpc?key=hidden")
        self.job("j5", "w3", {"powerAction": "status"})

        message = self.end_of("Job", "j5")["conditions"][1]["message"]

        self.assertIn(f"webhook at 127.0.0.1:{port}", message)
        self.assertNotIn("hidden", message)
        self.assertNotIn("pass@", message)
        self.assertNotIn("hidden", "".join(self.daemon.log))

    def test_what_a_webhook_refuses_is_the_cause(self):
        self.webhook("w2")
        self.job("j4", "w2", {"virtualMediaAction": {
            "mediaURL": "http://h/x.iso", "kind": "CD"}},
                 {"powerAction": "on"})

        status = self.end_of("Job", "j4")

        self.assertEqual(self.conditions(status),
                         {"Running": "False", "Failed": "True"})
        self.assertIn("no such drive (code 501)",
                      status["conditions"][1]["message"])
        self.assertEqual(self.hook.power.get("w2"), None)


if __name__ == "__main__":
    TOMTE, FAKES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
