#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How objects are written, refused and deleted, and what is told of it.

usage: test_writes.py API_SERVER [NAME...]
"""
import json
import sys
import unittest

import bench

SERVER = ""
BASE = "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
FLOWS = "/apis/tinkerbell.org/v1alpha1/namespaces/default/workflows"
MACHINES = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/machines"
MAPS = "/api/v1/namespaces/default/configmaps"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"


def hardware(name="m1", **spec):
    return {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
            "metadata": {"name": name}, "spec": spec}


class Writes(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)

    def tearDown(self):
        self.bench.close()

    def ask(self, method, path, body=None, code=200, **options):
        """The answer, and what it warns of."""
        answer = self.bench.send(method, path, body, **options)
        text = answer.read()
        answer.tomte_connection.close()
        self.assertEqual(answer.status, code, text)
        self.warnings = answer.headers.get_all("Warning") or []
        return json.loads(text)

    def test_unknown_fields_are_taken_out_and_told(self):
        wrong = hardware(agentid="x", interfaces=[{"dhcp": {"max": 1}}])
        wrong["nope"] = {"deep": 1}

        made = self.ask("POST", BASE, wrong, 201)
        self.assertEqual(sorted(self.warnings), [
            '299 - "unknown field \\"nope\\""',
            '299 - "unknown field \\"spec.agentid\\""',
            '299 - "unknown field \\"spec.interfaces[0].dhcp.max\\""'])
        self.assertEqual(made["spec"], {"interfaces": [{"dhcp": {}}]})
        self.assertNotIn("nope", made)
        self.ask("PATCH", BASE + "/m1?fieldValidation=Ignore",
                 {"spec": {"agentid": "x"}}, content_type=MERGE)
        self.assertEqual(self.warnings, [])
        refused = self.ask("PUT", BASE + "/m1?fieldValidation=Strict", wrong,
                           400)
        self.assertTrue(refused["message"].startswith(
            "strict decoding error: "))
        self.assertIn('unknown field "spec.agentid", ', refused["message"])
        self.assertIn('unknown field "nope"', refused["message"])
        self.ask("PUT", BASE + "/m1?fieldValidation=Loose", wrong, 422)

    def test_members_that_are_there_twice_are_told(self):
        twice = ('{"apiVersion":"tinkerbell.org/v1alpha1","kind":"Hardware",'
                 '"metadata":{"name":"m1"},"spec":{"agentID":"a",'
                 '"agentID":"b"}}')

        refused = self.ask("POST", BASE + "?fieldValidation=Strict", twice,
                           400)
        self.assertEqual(refused["message"],
                         'strict decoding error: duplicate field '
                         '"spec.agentID"')
        made = self.ask("POST", BASE, twice, 201)
        self.assertEqual(self.warnings, [
            '299 - "duplicate field \\"spec.agentID\\""'])
        self.assertEqual(made["spec"], {"agentID": "b"})

    def test_what_is_wrong_is_told_by_its_place(self):
        refused = self.ask("POST", BASE, hardware(interfaces=[
            {"dhcp": {"mac": "x", "lease_time": "long"}}]), 422)
        self.assertEqual(refused["reason"], "Invalid")
        self.assertEqual(
            {cause["field"]: cause["reason"]
             for cause in refused["details"]["causes"]},
            {"spec.interfaces[0].dhcp.mac": "FieldValueInvalid",
             "spec.interfaces[0].dhcp.lease_time": "FieldValueTypeInvalid"})
        self.assertEqual(refused["details"]["kind"], "Hardware")
        self.assertIn('Hardware.tinkerbell.org "m1" is invalid: [',
                      refused["message"])
        refused = self.ask("POST", FLOWS, {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Workflow",
            "metadata": {"name": "w", "labels": {"a b": "c"}},
            "spec": {"bootOptions": {"bootMode": "tape"}}}, 422)
        self.assertEqual(
            {cause["field"] for cause in refused["details"]["causes"]},
            {"metadata.labels", "spec.bootOptions.bootMode"})

    def test_defaults_are_shown_and_not_stored(self):
        self.ask("POST", MACHINES, {
            "apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": "Machine",
            "metadata": {"name": "b"}, "spec": {"connection": {
                "host": "h", "insecureTLS": True}}}, 201)
        got = self.ask("GET", MACHINES + "/b")
        self.assertEqual(got["spec"]["connection"]["port"], 623)
        again = self.ask("PUT", MACHINES + "/b", got)
        again["spec"]["connection"]["port"] = 0
        self.ask("POST", BASE, hardware(interfaces=[{"dhcp": {}}]), 201)
        got = self.ask("GET", BASE + "/m1")
        self.assertEqual(got["spec"]["interfaces"], [{"dhcp": {}}])

    def test_nothing_is_made_by_an_update(self):
        self.ask("PUT", BASE + "/m1", hardware(), 404)
        self.ask("PATCH", BASE + "/m1", {}, 404, content_type=MERGE)

    def test_a_write_of_what_is_there_changes_nothing(self):
        made = self.ask("POST", BASE, hardware(agentID="a"), 201)
        self.assertEqual(self.ask("PUT", BASE + "/m1", made), made)
        self.assertEqual(self.ask("PATCH", BASE + "/m1", {},
                                  content_type=MERGE), made)
        apply = BASE + "/m1?fieldManager=t"
        applied = self.ask("PATCH", apply, hardware(agentID="a"),
                           content_type=APPLY)
        self.assertEqual(self.ask("PATCH", apply, hardware(agentID="a"),
                                  content_type=APPLY), applied)

    def test_of_two_writers_of_one_version_one_is_refused(self):
        read = self.ask("POST", BASE, hardware(agentID="0"), 201)
        writers = [self.bench.connect() for _ in range(2)]
        for i in range(20):
            for name, writer in zip("ab", writers):
                read["spec"]["agentID"] = f"{name}{i}"
                writer.request("PUT", BASE + "/m1", body=json.dumps(read),
                               headers={"Authorization": "Bearer admin-token",
                                        "Content-Type": "application/json"})
            answers = [writer.getresponse() for writer in writers]
            told = {answer.status: json.loads(answer.read())
                    for answer in answers}
            self.assertEqual(set(told), {200, 409})
            self.assertEqual(told[409]["reason"], "Conflict")
            self.assertIn("has been modified", told[409]["message"])
            read = self.ask("GET", BASE + "/m1")
            self.assertEqual(read, told[200])
        for writer in writers:
            writer.close()

    def test_apply(self):
        path = BASE + "/m1?fieldManager="
        made = self.ask("PATCH", path + "a", hardware(agentID="a"), 201,
                        content_type=APPLY)
        self.assertEqual(made["metadata"]["managedFields"][0]["manager"], "a")
        refused = self.ask("PATCH", path + "b", hardware(agentID="b"), 409,
                           content_type=APPLY)
        self.assertEqual(refused["reason"], "Conflict")
        self.assertEqual(refused["details"]["causes"], [{
            "reason": "FieldManagerConflict", "field": ".spec.agentID",
            "message": 'conflict with "a" using tinkerbell.org/v1alpha1'}])
        forced = self.ask("PATCH", path + "b&force=True",
                          hardware(agentID="b"), content_type=APPLY)
        self.assertEqual(forced["spec"]["agentID"], "b")
        self.ask("PATCH", BASE + "/m1", hardware(), 422, content_type=APPLY)
        self.ask("PATCH", path + "a", hardware("m2"), 400,
                 content_type=APPLY)
        self.ask("PATCH", path + "a", forced, 400, content_type=APPLY)
        self.ask("PATCH", path + "a", "[]", 400, content_type=APPLY)
        old = hardware(agentID="c")
        old["metadata"]["resourceVersion"] = "1"
        self.ask("PATCH", path + "b", old, 409, content_type=APPLY)
        told = self.ask("PATCH", path + "b&fieldValidation=Strict",
                        hardware(agentid="c"), 400, content_type=APPLY)
        self.assertIn('unknown field "spec.agentid"', told["message"])
        dry = self.ask("PATCH", BASE + "/new?fieldManager=a&dryRun=All",
                       hardware("new"), 201, content_type=APPLY)
        self.assertNotIn("resourceVersion", dry["metadata"])
        self.ask("GET", BASE + "/new", code=404)

    def test_managed_fields_can_be_forgotten(self):
        self.ask("PATCH", BASE + "/m1?fieldManager=a", hardware(agentID="a"),
                 201, content_type=APPLY)
        got = self.ask("PUT", BASE + "/m1", hardware(agentID="b"))
        self.assertIn("managedFields", got["metadata"])
        got = self.ask("PATCH", BASE + "/m1", [
            {"op": "replace", "path": "/metadata/managedFields",
             "value": [{}]}], content_type="application/json-patch+json")
        self.assertNotIn("managedFields", got["metadata"])

    def test_protobuf_bodies(self):
        # A ConfigMap "c" with a=b, as kubectl sends it.
        made = self.ask("POST", MAPS, bytes.fromhex(
            "6b3873000a0f0a0276311209436f6e6669674d6170121b0a110a016312001a"
            "0022002a0032003800420012060a01611201621a002200"), 201,
            content_type=PROTOBUF)
        self.assertEqual(made["data"], {"a": "b"})
        # DeleteOptions with a uid that is another.
        self.ask("DELETE", MAPS + "/c", bytes.fromhex(
            "6b3873000a130a027631120d44656c6574654f7074696f6e73120512030a01"
            "78"), 409, content_type=PROTOBUF)
        # A Pod.
        self.ask("POST", MAPS, b"k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod", 415,
                 content_type=PROTOBUF)
        self.ask("POST", MAPS, b"k8s\0\xff", 400, content_type=PROTOBUF)

    def test_options_of_a_delete(self):
        made = self.ask("POST", BASE, hardware(), 201)["metadata"]
        for body in [{"preconditions": {"uid": "x"}},
                     {"preconditions": {"resourceVersion": "1000"}}]:
            self.ask("DELETE", BASE + "/m1", body, 409)
        self.ask("DELETE", BASE + "/m1", {"propagationPolicy": "Some"}, 422)
        self.ask("DELETE", BASE + "/m1", {"dryRun": ["Some"]}, 422)
        self.ask("DELETE", BASE + "/m1?dryRun=All", {})
        self.ask("DELETE", BASE + "/m1", "apiVersion: v1\nkind: "
                 "DeleteOptions\npreconditions:\n  uid: " + made["uid"],
                 content_type="application/yaml")
        self.ask("GET", BASE + "/m1", code=404)

    def test_a_finalizer_cannot_come_late(self):
        body = hardware()
        body["metadata"]["finalizers"] = ["x/y"]
        self.ask("POST", BASE, body, 201)
        gone = self.ask("DELETE", BASE + "/m1")
        self.assertEqual(gone["metadata"]["deletionGracePeriodSeconds"], 0)
        told = self.ask("PATCH", BASE + "/m1", {
            "metadata": {"finalizers": ["x/y", "late/one"]}}, 422,
            content_type=MERGE)
        self.assertIn("late/one", told["message"])

    def test_events_of_clients(self):
        path = "/api/v1/namespaces/default/events"
        made = self.ask("POST", path, {
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"generateName": "m1."},
            "involvedObject": {"kind": "Hardware", "name": "m1"},
            "reason": "Seen", "count": 1}, 201)
        name = made["metadata"]["name"]
        self.ask("PATCH", f"{path}/{name}", {"count": 2}, content_type=MERGE)
        found = self.ask("GET", path + "?fieldSelector=involvedObject.name"
                         "%3Dm1%2Creason%3DSeen")
        self.assertEqual([item["count"] for item in found["items"]], [2])
        self.ask("DELETE", f"{path}/{name}")
        self.ask("POST", path, {
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": "e"}}, 422)

    def test_a_namespace_that_goes(self):
        space = "/api/v1/namespaces/old"
        body = hardware()
        body["metadata"]["finalizers"] = ["x/y"]
        path = BASE.replace("default", "old")
        self.ask("POST", path, body, 201)
        self.assertEqual(self.ask("GET", space)["status"]["phase"], "Active")
        going = self.ask("DELETE", space)
        self.assertEqual(going["status"]["phase"], "Terminating")
        self.ask("POST", path, hardware("m2"), 403)
        self.ask("PATCH", path + "/m1", {"metadata": {"finalizers": None}},
                 content_type=MERGE)
        self.ask("GET", space, code=404)
        self.ask("DELETE", "/api/v1/namespaces/default", code=403)

    def test_discovery_in_the_form_that_is_asked_for(self):
        new = "application/json;g=apidiscovery.k8s.io;v={};" \
              "as=APIGroupDiscoveryList"
        for version in "v2", "v2beta1":
            for path in "/api", "/apis":
                answer = self.bench.send("GET", path, accept=new.format(
                    version) + ",application/json")
                body = json.loads(answer.read())
                answer.tomte_connection.close()
                self.assertEqual(answer.getheader("Content-Type"),
                                 new.format(version))
                self.assertEqual(body["apiVersion"],
                                 f"apidiscovery.k8s.io/{version}")
        self.assertEqual(self.ask("GET", "/apis")["kind"], "APIGroupList")
        index = self.ask("GET", "/openapi/v3")
        for entry in index["paths"].values():
            self.ask("GET", entry["serverRelativeURL"])
        answer = self.bench.send("GET", "/openapi/v2")
        etag = answer.getheader("ETag")
        self.assertEqual(json.loads(answer.read())["swagger"], "2.0")
        answer.tomte_connection.close()
        answer = self.bench.send("GET", "/openapi/v2",
                                 headers={"If-None-Match": etag})
        self.assertEqual((answer.status, answer.read()), (304, b""))
        answer.tomte_connection.close()


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
