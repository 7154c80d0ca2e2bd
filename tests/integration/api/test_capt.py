#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Cluster API Provider Tinkerbell sends in its external mode.

usage: test_capt.py API_SERVER [NAME...]

A machine's whole way: find free Hardware, claim it, make Template and
Workflow, wait for it, power off by a Job, let go. Patches are those of
Cluster API's patch helper: merge patches without a version, metadata and
spec apart from the status.
"""
import json
import sys
import unittest

import bench

SERVER = ""
GROUP = "/apis/tinkerbell.org/v1alpha1"
BASE = GROUP + "/namespaces/rack"
JOBS = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/rack/jobs"
MERGE = "application/merge-patch+json"
OWNER = "v1alpha1.tinkerbell.org/ownerName"
SPACE = "v1alpha1.tinkerbell.org/ownerNamespace"
FINALIZER = "infrastructure.cluster.x-k8s.io/tinkerbellmachine"
LABELS = {"capt.tinkerbell.org/machine-name": "cp-0",
          "capt.tinkerbell.org/machine-namespace": "capi"}
# As client-go 0.35 asks first.
WATCH_LIST = ("?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
              "&sendInitialEvents=true&timeoutSeconds=480&watch=true")


def thing(kind, name, spec, **metadata):
    group = "bmc.tinkerbell.org" if kind == "Job" else "tinkerbell.org"
    return {"apiVersion": f"{group}/v1alpha1", "kind": kind,
            "metadata": {"name": name, "namespace": "rack",
                         "creationTimestamp": None, **metadata},
            "spec": spec, "status": {}}


class Capt(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.streams = []
        for i in 1, 2:
            self.ask("POST", BASE + "/hardware", thing(
                "Hardware", f"hw-{i}", {
                    "bmcRef": {"kind": "Machine", "name": f"bmc-{i}"},
                    "disks": [{"device": "/dev/sda"}],
                    "metadata": {"instance": {"id": f"id-{i}"}},
                    "interfaces": [{"dhcp": {
                        "mac": f"52:54:00:00:00:0{i}",
                        "ip": {"address": f"10.0.0.{i}"}}}]},
                labels={"role": "cp"}), code=201)

    def tearDown(self):
        for stream in self.streams:
            stream.close()
            stream.tomte_connection.close()
        self.bench.close()

    def ask(self, method, path, body=None, code=200, **options):
        status, answer = self.bench.ask(method, path, body, **options)
        self.assertEqual(status, code, answer)
        return answer

    def patch(self, path, change, code=200):
        return self.ask("PATCH", path, change, code, content_type=MERGE)

    def list(self, selector):
        selector = selector.replace("=", "%3D").replace(",", "%2C") \
            .replace("!", "%21")
        items = self.ask("GET", f"{GROUP}/hardware?labelSelector={selector}")
        return [item["metadata"]["name"] for item in items["items"]]

    def watch(self, path):
        stream = self.bench.send("GET", path + WATCH_LIST)
        self.assertEqual(stream.status, 200)
        self.streams.append(stream)
        return stream

    def event(self, stream):
        got = json.loads(stream.readline())
        return got["type"], got["object"]

    def claim(self, hardware, machine):
        return {"metadata": {"labels": {OWNER: machine, SPACE: "capi"},
                             "finalizers": [FINALIZER]},
                "spec": {"userData": "tinkerbell://rack/" + hardware}}

    def test_a_machine_comes_and_goes(self):
        hardware = BASE + "/hardware/hw-1"
        self.assertEqual(self.list(f"{OWNER}=cp-0,{SPACE}=capi"), [])
        self.assertEqual(self.list(f"role=cp,!{OWNER}"), ["hw-1", "hw-2"])
        self.patch(hardware, self.claim("hw-1", "cp-0"))
        self.assertEqual(self.list(f"role=cp,!{OWNER}"), ["hw-2"])
        self.assertEqual(self.list(f"{OWNER}=cp-0,{SPACE}=capi"), ["hw-1"])

        workflows = self.watch(BASE + "/workflows")
        jobs = self.watch(JOBS)
        for stream in workflows, jobs:
            kind, object_ = self.event(stream)
            self.assertEqual(kind, "BOOKMARK")
            self.assertEqual(object_["metadata"]["annotations"],
                             {"k8s.io/initial-events-end": "true"})
        self.ask("GET", BASE + "/templates/cp-0", code=404)
        self.ask("POST", BASE + "/templates", thing(
            "Template", "cp-0", {"data": "name: cp-0\ntasks: []\n"},
            labels=LABELS), code=201)
        self.ask("POST", BASE + "/workflows", thing(
            "Workflow", "cp-0", {
                "templateRef": "cp-0", "hardwareRef": "hw-1",
                "hardwareMap": {"device_1": "id-1"},
                "bootOptions": {"toggleAllowNetboot": True,
                                "bootMode": "netboot"}},
            labels=LABELS), code=201)
        kind, made = self.event(workflows)
        self.assertEqual((kind, made["metadata"]["name"]), ("ADDED", "cp-0"))
        for state in "PREPARING", "RUNNING", "SUCCESS":
            self.patch(BASE + "/workflows/cp-0/status",
                       {"status": {"state": state}})
            kind, seen = self.event(workflows)
            self.assertEqual((kind, seen["status"]["state"]),
                             ("MODIFIED", state))
        self.patch(hardware, {"metadata": {"annotations": {
            "v1alpha1.tinkerbell.org/provisioned": "true"}}})

        self.ask("POST", JOBS, thing(
            "Job", "cp-0-poweroff", {
                "machineRef": {"name": "bmc-1", "namespace": "rack"},
                "tasks": [{"powerAction": "off"}]}, labels=LABELS), code=201)
        self.assertEqual(self.event(jobs)[0], "ADDED")
        self.patch(JOBS + "/cp-0-poweroff/status", {"status": {
            "conditions": [{"type": "Completed", "status": "True"}]}})
        self.assertEqual(self.event(jobs)[1]["status"]["conditions"][0],
                         {"type": "Completed", "status": "True"})

        self.patch(hardware, {
            "metadata": {"labels": {OWNER: None, SPACE: None},
                         "annotations": {
                             "v1alpha1.tinkerbell.org/provisioned": None},
                         "finalizers": None},
            "spec": {"userData": None}})
        self.ask("DELETE", BASE + "/workflows/cp-0")
        self.assertEqual(self.event(workflows)[0], "DELETED")
        self.ask("DELETE", BASE + "/templates/cp-0")
        free = self.ask("GET", hardware)
        self.assertEqual(free["metadata"]["labels"], {"role": "cp"})
        self.assertNotIn("finalizers", free["metadata"])
        self.assertNotIn("annotations", free["metadata"])
        self.assertNotIn("userData", free["spec"])

    def test_two_that_claim_the_same_are_told_apart(self):
        path = BASE + "/hardware/hw-1"
        self.patch(path, self.claim("hw-1", "cp-0"))
        self.patch(path, self.claim("hw-1", "cp-0"))
        refused = self.patch(path, self.claim("hw-1", "cp-1"), code=409)
        self.assertEqual(refused["reason"], "Conflict")
        self.assertIn("belongs to capi/cp-0", refused["message"])
        self.patch(path, {"metadata": {"labels": {OWNER: None, SPACE: None}}})
        self.patch(path, self.claim("hw-1", "cp-1"))

    def test_a_watch_goes_on_where_it_was_cut(self):
        workflows = self.watch(BASE + "/workflows")
        version = self.event(workflows)[1]["metadata"]["resourceVersion"]
        for name in "a", "b":
            self.ask("POST", BASE + "/workflows", thing(
                "Workflow", name, {"templateRef": "t"}), code=201)
        kind, first = self.event(workflows)
        self.assertEqual(first["metadata"]["name"], "a")
        version = first["metadata"]["resourceVersion"]
        stream = self.bench.send(
            "GET", BASE + "/workflows?allowWatchBookmarks=true&watch=true"
            f"&timeoutSeconds=480&resourceVersion={version}")
        self.streams.append(stream)
        self.assertEqual(self.event(stream)[1]["metadata"]["name"], "b")


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
