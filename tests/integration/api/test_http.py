#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API in plain HTTP: what kubectl does not show.

usage: test_http.py API_SERVER [NAME...]
"""
import json
import sys
import unittest

import bench

SERVER = ""
HARDWARE = "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
RUNS = "/apis/tomte.dev/v1alpha1/namespaces/default/runs"
SECRETS = "/api/v1/namespaces/default/secrets"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
MERGE = "application/merge-patch+json"


def hardware(name, labels=None, **spec):
    return {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
            "metadata": {"name": name, "labels": labels or {}},
            "spec": spec}


def event(stream):
    line = stream.readline()
    return json.loads(line) if line else None


def what(stream):
    """Type and name of the next event."""
    got = event(stream)
    return got["type"], got["object"]["metadata"].get("name")


class Http(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.ask, self.send = self.bench.ask, self.bench.send
        self.streams = []

    def tearDown(self):
        for stream in self.streams:
            stream.close()
            stream.tomte_connection.close()
        self.log = self.bench.close()

    def create(self, *args, **labels):
        status, body = self.ask("POST", HARDWARE, hardware(*args, **labels))
        self.assertEqual(status, 201, body)
        return body

    def watch(self, path, query=""):
        stream = self.send("GET", f"{path}?watch=true{query}")
        self.assertEqual(stream.status, 200)
        self.streams.append(stream)
        return stream

    def label(self, name, labels):
        status, body = self.ask("PATCH", f"{HARDWARE}/{name}",
                                {"metadata": {"labels": labels}},
                                content_type=MERGE)
        self.assertEqual(status, 200, body)

    def test_who_may_do_what(self):
        def status(method, path, **options):
            return self.ask(method, path, **options)[0]

        self.assertEqual(status("GET", HARDWARE, token=None), 401)
        self.assertEqual(status("GET", HARDWARE, token="wrong"), 401)
        self.assertEqual(status("GET", "/apis", token=None), 401)
        self.assertEqual(status("GET", HARDWARE, plain=True), 403)
        self.assertEqual(status("GET", "/apis", plain=True), 403)
        self.assertEqual(status("GET", HARDWARE, token="viewer-token"), 200)
        self.assertEqual(status("GET", SECRETS, token="viewer-token"), 200)
        self.assertEqual(status("POST", SECRETS, body={}, token="viewer-token"),
                         403)
        self.assertEqual(status("DELETE", SECRETS, token="viewer-token"), 403)
        self.assertEqual(status("DELETE", HARDWARE + "/x",
                                token="viewer-token"), 403)
        for path in "/healthz", "/livez", "/readyz", "/version":
            self.assertEqual(status("GET", path, token=None, plain=True), 200)

    def test_errors_are_status_objects(self):
        self.create("m1")
        for method, path, body, code, reason in [
                ("GET", HARDWARE + "/x", None, 404, "NotFound"),
                ("GET", "/apis/none.such/v1/x", None, 404, "NotFound"),
                ("POST", HARDWARE, hardware("m1"), 409, "AlreadyExists"),
                ("POST", HARDWARE, hardware("M_1"), 422, "Invalid"),
                ("POST", HARDWARE, hardware(""), 422, "Invalid"),
                ("POST", HARDWARE, "{", 400, "BadRequest"),
                ("POST", HARDWARE, [], 400, "BadRequest"),
                ("POST", HARDWARE, {}, 400, "BadRequest"),
                ("PUT", HARDWARE + "/m2", hardware("m1"), 400, "BadRequest"),
                ("PUT", HARDWARE + "/x", hardware("x"), 404, "NotFound"),
                ("PUT", HARDWARE, hardware("x"), 405, "MethodNotAllowed"),
                ("DELETE", RUNS + "/r1", None, 405, "MethodNotAllowed"),
                ("GET", HARDWARE + "?labelSelector=a%20b", None, 400,
                 "BadRequest"),
                ("POST", HARDWARE,
                 hardware("m9", disks=[{"device": "/dev/refused"}]), 422,
                 "Invalid")]:
            status, answer = self.ask(method, path, body)

            self.assertEqual((status, answer.get("reason")), (code, reason),
                             (method, path, answer))
            self.assertEqual(answer["kind"], "Status")

    def test_patches_by_media_type(self):
        self.create("m1")
        path = HARDWARE + "/m1"
        replace = [{"op": "add", "path": "/spec/agentID", "value": "a"}]
        for body, media, code in [
                ({"spec": {"agentID": "b"}}, MERGE, 200),
                (replace, "application/json-patch+json", 200),
                ({}, "application/strategic-merge-patch+json", 415),
                ({}, "application/apply-patch+yaml", 422),
                ({}, "application/json", 415),
                ({"metadata": {"resourceVersion": "1000"}}, MERGE, 409)]:
            status, answer = self.ask("PATCH", path, body, content_type=media)

            self.assertEqual(status, code, answer)

    def test_no_change_is_no_new_version(self):
        before = self.create("m1", agentID="a")

        status, after = self.ask("PATCH", HARDWARE + "/m1",
                                 {"spec": {"agentID": "a"}},
                                 content_type=MERGE)

        self.assertEqual(status, 200)
        self.assertEqual(before, after)

    def test_yaml_and_generated_names(self):
        text = ("apiVersion: tinkerbell.org/v1alpha1\nkind: Hardware\n"
                "metadata: {generateName: node-}\nspec:\n  interfaces:\n"
                "  - dhcp: {mac: 52:54:00:12:34:01}\n")

        status, body = self.ask("POST", HARDWARE, text,
                                content_type="application/yaml")

        self.assertEqual(status, 201, body)
        self.assertRegex(body["metadata"]["name"], "^node-[a-z0-9]{5}$")
        self.assertEqual(body["spec"]["interfaces"][0]["dhcp"]["mac"],
                         "52:54:00:12:34:01")

    def test_a_dry_run_stores_nothing(self):
        status, body = self.ask("POST", HARDWARE + "?dryRun=All",
                                hardware("m1"))
        self.assertEqual(status, 201)
        self.assertNotIn("resourceVersion", body["metadata"])
        self.assertEqual(self.ask("GET", HARDWARE + "/m1")[0], 404)

        self.create("m1")
        self.ask("PATCH", HARDWARE + "/m1?dryRun=All",
                 {"spec": {"agentID": "a"}}, content_type=MERGE)
        self.ask("DELETE", HARDWARE + "/m1", {"dryRun": ["All"]})
        status, body = self.ask("GET", HARDWARE + "/m1")
        self.assertEqual(status, 200)
        self.assertNotIn("agentID", body["spec"])

    def test_status_and_spec_are_written_apart(self):
        self.create("m1", agentID="a")
        body = hardware("m1", agentID="b")
        body["status"] = {"state": "ok"}

        self.assertEqual(self.ask("PUT", HARDWARE + "/m1/status", body)[0],
                         200)
        _, got = self.ask("GET", HARDWARE + "/m1/status")
        self.assertEqual(got["spec"]["agentID"], "a")
        self.assertEqual(got["status"]["state"], "ok")
        body["status"] = {"state": "other"}
        self.assertEqual(self.ask("PUT", HARDWARE + "/m1", body)[0], 200)
        _, got = self.ask("GET", HARDWARE + "/m1")
        self.assertEqual(got["spec"]["agentID"], "b")
        self.assertEqual(got["status"]["state"], "ok")
        self.assertEqual(got["metadata"]["generation"], 2)

    def test_finalizers_hold_an_object(self):
        body = hardware("m1")
        body["metadata"]["finalizers"] = ["x/y"]
        self.ask("POST", HARDWARE, body)

        _, answer = self.ask("DELETE", HARDWARE + "/m1")
        self.assertIn("deletionTimestamp", answer["metadata"])
        self.ask("PATCH", HARDWARE + "/m1", {"metadata": {"finalizers": None}},
                 content_type=MERGE)
        self.assertEqual(self.ask("GET", HARDWARE + "/m1")[0], 404)

    def test_a_collection_is_deleted_by_selector(self):
        for name, rack in ("m1", "a"), ("m2", "a"), ("m3", "b"):
            self.create(name, {"rack": rack})

        self.assertEqual(
            self.ask("DELETE", HARDWARE + "?labelSelector=rack%3Da")[0], 200)
        _, left = self.ask("GET", HARDWARE)
        self.assertEqual([i["metadata"]["name"] for i in left["items"]],
                         ["m3"])

    def test_a_precondition_protects(self):
        uid = self.create("m1")["metadata"]["uid"]

        self.assertEqual(self.ask(
            "DELETE", HARDWARE + "/m1",
            {"preconditions": {"uid": "other"}})[0], 409)
        status, answer = self.ask("DELETE", HARDWARE + "/m1",
                                  {"preconditions": {"uid": uid}})
        self.assertEqual(status, 200)
        self.assertEqual(answer["details"]["uid"], uid)

    def test_a_watch_begins_with_what_is_there(self):
        self.create("m1")
        stream = self.watch(HARDWARE, "&resourceVersion=0")

        self.assertEqual(what(stream), ("ADDED", "m1"))
        self.create("m2")
        self.assertEqual(what(stream), ("ADDED", "m2"))
        self.ask("DELETE", HARDWARE + "/m1")
        self.assertEqual(what(stream), ("DELETED", "m1"))

    def test_a_watch_resumes_after_a_version(self):
        version = self.create("m1")["metadata"]["resourceVersion"]
        self.create("m2")

        stream = self.watch(HARDWARE, f"&resourceVersion={version}")

        self.assertEqual(what(stream), ("ADDED", "m2"))

    def test_a_watch_of_a_future_version_is_expired(self):
        stream = self.watch(HARDWARE, "&resourceVersion=1000000")

        got = event(stream)

        self.assertEqual(got["type"], "ERROR")
        self.assertEqual(got["object"]["code"], 410)
        self.assertEqual(got["object"]["reason"], "Expired")
        self.assertIsNone(event(stream))

    def test_objects_enter_and_leave_a_selection(self):
        self.create("m1", {"rack": "a"})
        self.create("m2", {"rack": "b"})
        _, listed = self.ask("GET", HARDWARE)
        version = listed["metadata"]["resourceVersion"]

        for since in "0", version:
            stream = self.watch(HARDWARE, "&labelSelector=rack%3Da"
                                f"&resourceVersion={since}")
            if since == "0":
                self.assertEqual(what(stream), ("ADDED", "m1"))
            self.label("m2", {"rack": "a"})
            self.assertEqual(what(stream), ("ADDED", "m2"))
            self.label("m2", {"more": since})
            self.assertEqual(what(stream), ("MODIFIED", "m2"))
            self.label("m2", {"rack": "b"})
            self.assertEqual(what(stream), ("DELETED", "m2"))
            self.label("m2", {"more": None})
            self.ask("DELETE", HARDWARE + "/m1")
            self.assertEqual(what(stream), ("DELETED", "m1"))
            self.create("m1", {"rack": "a"})
            self.assertEqual(what(stream), ("ADDED", "m1"))
            _, listed = self.ask("GET", HARDWARE)
            version = listed["metadata"]["resourceVersion"]

    def test_a_watch_list_ends_its_beginning_with_a_bookmark(self):
        made = self.create("m1")
        stream = self.watch(
            HARDWARE, "&sendInitialEvents=true&allowWatchBookmarks=true"
            "&resourceVersionMatch=NotOlderThan&timeoutSeconds=1")

        self.assertEqual(what(stream), ("ADDED", "m1"))
        mark = event(stream)
        self.assertEqual(mark["type"], "BOOKMARK")
        self.assertEqual(mark["object"]["kind"], "Hardware")
        self.assertEqual(mark["object"]["metadata"]["resourceVersion"],
                         made["metadata"]["resourceVersion"])
        self.assertEqual(mark["object"]["metadata"]["annotations"],
                         {"k8s.io/initial-events-end": "true"})
        last = event(stream)
        self.assertEqual(last["type"], "BOOKMARK")
        self.assertNotIn("annotations", last["object"]["metadata"])
        self.assertIsNone(event(stream))

    def test_virtual_kinds_are_watched(self):
        stream = self.watch(RUNS, "&fieldSelector=metadata.name%3Dr1")

        self.assertEqual(what(stream), ("ADDED", "r1"))
        self.assertEqual(what(stream), ("MODIFIED", "r1"))

    def test_a_client_that_leaves_is_forgotten(self):
        for _ in range(20):
            stream = self.watch(HARDWARE)
            stream.close()
            stream.tomte_connection.close()
        self.create("m1")
        self.create("m2")

        self.assertEqual(self.ask("GET", HARDWARE)[0], 200)

    def test_tables_have_the_columns_of_the_kind(self):
        self.create("m1", interfaces=[{"dhcp": {
            "mac": "52:54:00:00:00:01", "ip": {"address": "10.0.0.5"}}}])

        _, table = self.ask("GET", HARDWARE, accept=TABLE)

        self.assertEqual(table["kind"], "Table")
        self.assertEqual([c["name"] for c in table["columnDefinitions"]],
                         ["Name", "State", "IP", "MAC", "BMC", "Age"])
        cells = table["rows"][0]["cells"]
        self.assertEqual(cells[:5], ["m1", "", "10.0.0.5",
                                     "52:54:00:00:00:01", ""])
        self.assertEqual(table["rows"][0]["object"]["kind"],
                         "PartialObjectMetadata")


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
