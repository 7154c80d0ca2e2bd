#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API as stock kubectl uses it.

usage: test_kubectl.py API_SERVER [--current] [NAME...]

With --current it is a kubectl of today, fetched once, else the one of the
distribution.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

import bench
import clients

SERVER = ""
KUBECTL = ""
VERSION = (0, 0)

# Of Tinkerbell's own pages some name a group that has no such kind.
MISPRINT = re.compile(r"bmc\.tinkerbell\.org/v1alpha1\nkind: Workflow")

VALUES = {"TINKERBELL_CLIENT_MAC": "52:54:00:12:34:77",
          "TINKERBELL_CLIENT_IP": "10.0.0.77",
          "TINKERBELL_CLIENT_ARCH": "x86_64", "DISK_DEVICE": "/dev/vda"}

HARDWARE = """\
apiVersion: tinkerbell.org/v1alpha1
kind: Hardware
metadata:
  name: m1
  labels: {rack: a}
spec:
  interfaces:
  - dhcp:
      mac: "52:54:00:12:34:01"
      ip: {address: 10.0.0.5, netmask: 255.255.255.0}
"""

WORKFLOW = """\
apiVersion: tinkerbell.org/v1alpha1
kind: Workflow
metadata: {name: w1}
spec: {templateRef: t, hardwareRef: m1}
"""

SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: planted-word}
"""


def since(major, minor):
    """A test of what an older kubectl does not have."""
    def mark(test):
        test.needs = (major, minor)
        return test
    return mark


class Kubectl(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.dir = pathlib.Path(self.bench.dir)
        self.config = self.bench.kubeconfig("admin-token")

    def tearDown(self):
        self.bench.close()

    def command(self, *args):
        return [KUBECTL, "--kubeconfig", self.config, "--cache-dir",
                self.dir / "cache", *args]

    def run_it(self, *args, text=None, **env):
        return subprocess.run(
            self.command(*args), input=text, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            check=False, env={"PATH": "/usr/bin:/bin",
                              "HOME": str(self.dir), **env})

    def kubectl(self, *args, text=None, **env):
        done = self.run_it(*args, text=text, **env)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def fails(self, *args, text=None):
        done = self.run_it(*args, text=text)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def get(self, *args):
        return json.loads(self.kubectl("get", *args, "-o", "json"))

    def start(self, *args):
        """In the background; its lines are read as they come."""
        process = subprocess.Popen(self.command(*args), text=True,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)

        def stop():
            process.kill()
            process.wait()
            process.stdout.close()
        self.addCleanup(stop)
        return process

    def test_apply_get_change_delete(self):
        self.assertIn("created", self.kubectl("apply", "-f", "-",
                                              text=HARDWARE))
        self.assertIn("unchanged", self.kubectl("apply", "-f", "-",
                                                text=HARDWARE))
        table = self.kubectl("get", "hardware")
        self.assertRegex(table, r"NAME +STATE +IP +MAC")
        self.assertRegex(table, r"m1 .*10\.0\.0\.5")
        self.assertIn("configured", self.kubectl(
            "apply", "-f", "-", text=HARDWARE.replace("0.5", "0.6")))
        got = self.get("hw", "m1")
        self.assertEqual(
            got["spec"]["interfaces"][0]["dhcp"]["ip"]["address"], "10.0.0.6")
        self.assertIn("labeled", self.kubectl("label", "hw", "m1", "x=y"))
        self.assertEqual(self.kubectl("get", "hw", "-l", "x=y", "-o", "name"),
                         "hardware.tinkerbell.org/m1\n")
        self.assertIn("deleted", self.kubectl("delete", "hw", "m1"))
        self.assertIn("NotFound", self.fails("get", "hw", "m1"))

    def test_ways_to_get(self):
        self.kubectl("apply", "-f", "-", text=HARDWARE)
        self.kubectl("apply", "-f", "-", text=HARDWARE.replace("m1", "m2")
                     .replace(":01", ":02").replace("0.5", "0.6"))
        self.assertRegex(self.kubectl("get", "tinkerbell"),
                         r"hardware\S*/m1")
        self.assertRegex(self.kubectl("get", "hw", "-A"), r"default +m2")
        self.assertRegex(self.kubectl("get", "hw", "-o", "wide"), "10.0.0.6")
        self.assertEqual(
            self.kubectl("get", "hw", "m1", "-o",
                         "jsonpath={.spec.interfaces[0].dhcp.mac}"),
            "52:54:00:12:34:01")
        self.assertRegex(
            self.kubectl("get", "hw", "-o", "custom-columns=N:"
                         ".metadata.name,L:.metadata.labels.rack"),
            r"m2 +a")
        self.assertEqual(
            self.kubectl("get", "hw", "--field-selector",
                         "metadata.name=m2", "-o", "name"),
            "hardware.tinkerbell.org/m2\n")
        self.assertRegex(
            self.kubectl("get", "hw", "--sort-by",
                         "{.spec.interfaces[0].dhcp.mac}"),
            r"(?s)m1.*m2")
        self.assertEqual(
            self.kubectl("get", "hw", "-l", "rack in (a,b),!x", "-o", "name")
            .count("\n"), 2)
        self.assertEqual(
            self.kubectl("get", "hw", "--chunk-size=1", "-o", "name")
            .count("\n"), 2)
        self.assertIn("m1", self.kubectl("get", "--raw",
                                         "/apis/tinkerbell.org/v1alpha1"
                                         "/hardware"))
        self.assertRegex(self.kubectl("get", "crd"),
                         r"machines\.bmc\.tinkerbell\.org")
        self.assertRegex(self.kubectl("get", "runs"), r"r1 +m1 +imaging")

    def test_what_there_is(self):
        resources = self.kubectl("api-resources")
        self.assertRegex(resources, r"hardware +hw +tinkerbell.org/v1alpha1 "
                                    r"+true +Hardware")
        self.assertRegex(resources, r"namespaces +ns +v1 +false")
        self.assertIn("bmc.tinkerbell.org/v1alpha1",
                      self.kubectl("api-versions"))
        self.assertIn("tomte", self.kubectl("version"))

    def test_explain(self):
        told = self.kubectl("explain", "hw.spec.interfaces.dhcp.mac")
        self.assertIn("MAC address in lower case", told)
        self.assertIn("<string>", told)
        tree = self.kubectl("explain", "workflow", "--recursive")
        self.assertIn("toggleAllowNetboot", tree)
        self.assertIn("ownerReferences", tree)

    def test_watch_what_changes(self):
        self.kubectl("apply", "-f", "-", text=HARDWARE)
        all_of_them = self.start("get", "hw", "-w", "--no-headers")
        self.assertIn("m1", all_of_them.stdout.readline())
        one = self.start("get", "hw", "m1", "-w", "-o",
                         "jsonpath={.metadata.labels.x}{'\\n'}")
        self.assertEqual(one.stdout.readline(), "\n")
        events = self.start("get", "hw", "-w", "--output-watch-events", "-o",
                            "jsonpath={.type} {.object.metadata.name}{'\\n'}")
        self.assertEqual(events.stdout.readline(), "ADDED m1\n")
        self.kubectl("label", "hw", "m1", "x=y")
        self.assertIn("m1", all_of_them.stdout.readline())
        self.assertEqual(one.stdout.readline(), "y\n")
        self.assertEqual(events.stdout.readline(), "MODIFIED m1\n")
        self.kubectl("delete", "hw", "m1", "--wait=false")
        self.assertEqual(events.stdout.readline(), "DELETED m1\n")

    def test_label_annotate_patch_edit_replace(self):
        self.kubectl("create", "-f", "-", text=HARDWARE)
        self.kubectl("label", "hw", "m1", "a=b")
        self.kubectl("label", "hw", "m1", "a-", "c=d", "--overwrite")
        self.kubectl("annotate", "hw", "m1", "note=any thing")
        self.kubectl("patch", "hw", "m1", "--type=merge", "-p",
                     '{"spec":{"agentID":"x"}}')
        self.kubectl("patch", "hw", "m1", "--type=json", "-p",
                     '[{"op":"add","path":"/spec/userData","value":"u"}]')
        self.assertIn("unknown format", self.fails(
            "patch", "hw", "m1", "-p", '{"spec":{}}'))
        got = self.get("hw", "m1")
        self.assertEqual(got["metadata"]["labels"], {"rack": "a", "c": "d"})
        self.assertEqual(got["metadata"]["annotations"]["note"], "any thing")
        self.assertEqual(got["spec"]["agentID"], "x")
        self.assertEqual(got["spec"]["userData"], "u")
        self.assertEqual(got["metadata"]["generation"], 3)
        script = self.dir / "edit.sed"
        script.write_text("s/userData: u/userData: v/\n")
        self.assertIn("edited", self.kubectl(
            "edit", "hw", "m1", EDITOR=f"sed -i -f {script}"))
        got = self.get("hw", "m1")
        self.assertEqual(got["spec"]["userData"], "v")
        got["spec"]["agentID"] = "z"
        self.kubectl("replace", "-f", "-", text=json.dumps(got))
        self.assertIn("Conflict", self.fails("replace", "-f", "-",
                                             text=json.dumps(got)))
        self.assertEqual(self.get("hw", "m1")["spec"]["agentID"], "z")

    @since(1, 24)
    def test_the_status_apart(self):
        self.kubectl("create", "-f", "-", text=HARDWARE)
        self.kubectl("patch", "hw", "m1", "--subresource=status",
                     "--type=merge", "-p",
                     '{"status":{"state":"up"},"spec":{"agentID":"no"}}')
        got = self.get("hw", "m1")
        self.assertEqual(got["status"], {"state": "up"})
        self.assertNotIn("agentID", got["spec"])
        self.kubectl("patch", "hw", "m1", "--type=merge", "-p",
                     '{"status":{"state":"down"}}')
        self.assertEqual(self.get("hw", "m1")["status"], {"state": "up"})

    def test_delete_waits_for_finalizers(self):
        self.kubectl("apply", "-f", "-", text=WORKFLOW)
        self.kubectl("patch", "wf", "w1", "--type=merge", "-p",
                     '{"metadata":{"finalizers":["tomte.dev/test"]}}')
        waiting = self.start("delete", "wf", "w1")
        self.assertIn("deleted", waiting.stdout.readline())
        self.assertIn("deletionTimestamp", self.get("wf", "w1")["metadata"])
        self.assertIsNone(waiting.poll())
        self.kubectl("patch", "wf", "w1", "--type=merge", "-p",
                     '{"metadata":{"finalizers":null}}')
        self.assertEqual(waiting.wait(timeout=30), 0)
        self.fails("get", "wf", "w1")

    def own(self, finalizer=None):
        self.kubectl("apply", "-f", "-", text=HARDWARE)
        owner = self.get("hw", "m1")
        child = {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Workflow",
                 "metadata": {"name": "w1", "ownerReferences": [
                     {"apiVersion": owner["apiVersion"],
                      "kind": "Hardware", "name": "m1",
                      "uid": owner["metadata"]["uid"],
                      "blockOwnerDeletion": True}]},
                 "spec": {"templateRef": "t"}}
        if finalizer:
            child["metadata"]["finalizers"] = [finalizer]
        self.kubectl("create", "-f", "-", text=json.dumps(child))

    def test_delete_in_the_background_takes_what_is_owned(self):
        self.own()
        self.kubectl("delete", "hw", "m1", "--cascade=background")
        self.fails("get", "wf", "w1")

    def test_delete_can_leave_orphans(self):
        self.own()
        self.kubectl("delete", "hw", "m1", "--cascade=orphan")
        self.assertNotIn("ownerReferences",
                         self.get("wf", "w1")["metadata"])

    def test_delete_in_the_foreground_waits_for_what_is_owned(self):
        self.own("tomte.dev/test")
        waiting = self.start("delete", "hw", "m1", "--cascade=foreground")
        self.assertIn("deleted", waiting.stdout.readline())
        self.assertIn("foregroundDeletion",
                      self.get("hw", "m1")["metadata"]["finalizers"])
        self.kubectl("patch", "wf", "w1", "--type=merge", "-p",
                     '{"metadata":{"finalizers":null}}')
        self.assertEqual(waiting.wait(timeout=30), 0)
        self.fails("get", "hw", "m1")
        self.fails("get", "wf", "w1")

    def test_delete_many(self):
        for name in "m1", "m2", "m3":
            self.kubectl("create", "-f", "-", text=HARDWARE.replace(
                "m1", name).replace(":01", ":0" + name[1]).replace(
                    "0.5", "0." + name[1]))
        self.kubectl("label", "hw", "m3", "keep=yes")
        self.kubectl("delete", "hw", "-l", "!keep")
        self.assertEqual(self.kubectl("get", "hw", "-o", "name"),
                         "hardware.tinkerbell.org/m3\n")
        self.kubectl("delete", "hw", "--all")
        self.assertIn("No resources", self.kubectl("get", "hw"))

    def test_wait(self):
        self.kubectl("apply", "-f", "-", text=WORKFLOW)
        waits = [self.start("wait", "wf/w1", "--timeout=30s",
                            "--for=condition=Ready")]
        if VERSION >= (1, 23):
            waits.append(self.start("wait", "wf/w1", "--timeout=30s",
                                    "--for=jsonpath={.status.state}"
                                    "=SUCCESS"))
        status, _ = self.bench.ask(
            "PATCH", "/apis/tinkerbell.org/v1alpha1/namespaces/default"
            "/workflows/w1/status",
            {"status": {"state": "SUCCESS", "conditions": [
                {"type": "Ready", "status": "True"}]}},
            content_type="application/merge-patch+json")
        self.assertEqual(status, 200)
        for waiting in waits:
            self.assertEqual(waiting.wait(timeout=30), 0)
        gone = self.start("wait", "wf/w1", "--timeout=30s", "--for=delete",
                          "-v=6")
        # What is gone before it looks, old ones take for an error.
        self.assertTrue(any("watch=true" in line for line in gone.stdout))
        self.kubectl("delete", "wf", "w1")
        self.assertEqual(gone.wait(timeout=30), 0)

    def test_describe_shows_events(self):
        self.kubectl("apply", "-f", "-", text=HARDWARE)
        uid = self.get("hw", "m1")["metadata"]["uid"]
        self.kubectl("create", "-f", "-", text=json.dumps({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": "m1.1"}, "type": "Warning",
            "involvedObject": {
                "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
                "namespace": "default", "name": "m1", "uid": uid},
            "reason": "TooHot", "message": "81 degrees",
            "source": {"component": "test"}, "count": 1,
            "firstTimestamp": "2026-11-24T12:00:00Z",
            "lastTimestamp": "2026-11-24T12:00:00Z"}))
        told = self.kubectl("describe", "hw", "m1")
        self.assertRegex(told, r"Warning +TooHot .*81 degrees")
        self.assertRegex(self.kubectl("get", "events"),
                         r"Warning +TooHot +hardware/m1 +81 degrees")
        self.kubectl("delete", "event", "m1.1")

    def test_diff_and_dry_run(self):
        self.kubectl("apply", "-f", "-", text=HARDWARE)
        before = self.get("hw", "m1")
        changed = HARDWARE.replace("10.0.0.5", "10.0.0.9")
        done = self.run_it("diff", "-f", "-", text=changed)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, r"(?m)^-.*10\.0\.0\.5")
        self.assertRegex(done.stdout, r"(?m)^\+.*10\.0\.0\.9")
        self.assertIn("dry run", self.kubectl(
            "apply", "--dry-run=server", "-f", "-", text=changed))
        self.assertIn("dry run", self.kubectl(
            "create", "--dry-run=server", "-f", "-", text=WORKFLOW))
        self.assertIn("dry run", self.kubectl(
            "delete", "--dry-run=server", "hw", "m1"))
        self.assertEqual(self.get("hw", "m1"), before)
        self.fails("get", "wf", "w1")

    def test_apply_on_the_side_of_the_server(self):
        apply = ["apply", "--server-side", "-f", "-"]
        self.kubectl(*apply, text=HARDWARE)
        self.kubectl(*apply, text=HARDWARE)
        version = self.get("hw", "m1")["metadata"]["resourceVersion"]
        self.kubectl(*apply, text=HARDWARE)
        self.assertEqual(self.get("hw", "m1")["metadata"]["resourceVersion"],
                         version)
        changed = HARDWARE.replace("0.5", "0.6").replace("rack: a", "")
        other = [*apply, "--field-manager=other"]
        self.assertIn("conflict", self.fails(*other, text=changed))
        self.kubectl(*other, "--force-conflicts", text=changed)
        got = self.get("hw", "m1")
        self.assertEqual(got["metadata"]["labels"], {"rack": "a"})
        self.assertEqual(
            got["spec"]["interfaces"][0]["dhcp"]["ip"]["address"], "10.0.0.6")
        # What it no longer says goes.
        self.kubectl(*apply, text="apiVersion: tinkerbell.org/v1alpha1\n"
                     "kind: Hardware\nmetadata: {name: m1}\n")
        self.assertNotIn("labels", self.get("hw", "m1")["metadata"])

    def test_from_client_side_to_server_side_apply(self):
        self.kubectl("apply", "-f", "-", text=HARDWARE)
        self.kubectl("apply", "--server-side", "-f", "-",
                     text=HARDWARE.replace("0.5", "0.6"))
        self.kubectl("apply", "--server-side", "-f", "-",
                     text=HARDWARE.replace("labels: {rack: a}", ""))
        got = self.get("hw", "m1")
        self.assertNotIn("labels", got["metadata"])
        self.assertEqual(
            got["spec"]["interfaces"][0]["dhcp"]["ip"]["address"], "10.0.0.5")

    @since(1, 27)
    def test_an_applyset_prunes_what_is_no_longer_there(self):
        two = WORKFLOW + "---\n" + WORKFLOW.replace("w1", "w2")
        apply = ["apply", "-n", "default", "--prune",
                 "--applyset=secrets/set", "-f", "-"]
        self.kubectl(*apply, text=two, KUBECTL_APPLYSET="true")
        self.kubectl("get", "wf", "w2")
        told = self.kubectl(*apply, text=WORKFLOW, KUBECTL_APPLYSET="true")
        self.assertIn("w2 pruned", told)
        self.fails("get", "wf", "w2")
        self.kubectl("get", "wf", "w1")

    def test_apply_of_a_kustomization(self):
        place = self.dir / "kustomization"
        place.mkdir()
        (place / "hardware.yaml").write_text(HARDWARE)
        (place / "kustomization.yaml").write_text(
            "resources: [hardware.yaml]\nnamePrefix: lab-\n"
            "commonLabels: {site: lab}\n")
        self.assertIn("hardware.tinkerbell.org/lab-m1 created",
                      self.kubectl("apply", "-k", str(place)))
        self.assertIn("unchanged", self.kubectl("apply", "-k", str(place)))
        self.assertEqual(self.get("hw", "lab-m1")["metadata"]["labels"],
                         {"rack": "a", "site": "lab"})
        self.kubectl("delete", "-k", str(place))
        self.fails("get", "hw", "lab-m1")

    def test_what_was_applied_last(self):
        self.kubectl("create", "-f", "-", text=HARDWARE)
        self.assertNotIn("52:54", self.kubectl("apply", "view-last-applied",
                                               "hw", "m1"))
        self.kubectl("apply", "set-last-applied", "--create-annotation",
                     "-f", "-", text=HARDWARE)
        self.assertIn("52:54:00:12:34:01", self.kubectl(
            "apply", "view-last-applied", "hw", "m1"))
        # It notes the file with its namespace, and then knows it.
        self.assertIn("configured", self.kubectl("apply", "-f", "-",
                                                 text=HARDWARE))
        self.assertIn("unchanged", self.kubectl("apply", "-f", "-",
                                                text=HARDWARE))

    def test_replace_and_delete_by_force(self):
        self.kubectl("create", "-f", "-", text=HARDWARE)
        uid = self.get("hw", "m1")["metadata"]["uid"]
        told = self.kubectl("replace", "--force", "-f", "-", text=HARDWARE)
        self.assertRegex(told, r"(?s)deleted.*replaced")
        self.assertNotEqual(self.get("hw", "m1")["metadata"]["uid"], uid)
        self.kubectl("delete", "hw", "m1", "--force", "--grace-period=0")
        self.fails("get", "hw", "m1")
        self.assertEqual("", self.kubectl("delete", "hw", "m1",
                                          "--ignore-not-found"))

    def test_secrets_config_maps_and_namespaces(self):
        self.kubectl("create", "ns", "rack-7")
        self.assertIn("AlreadyExists", self.fails("create", "ns", "rack-7"))
        self.kubectl("create", "secret", "generic", "bmc", "-n", "rack-7",
                     "--from-literal=username=admin",
                     "--from-literal=password=pw")
        self.kubectl("create", "configmap", "c", "-n", "rack-7",
                     "--from-literal=a=b")
        self.assertRegex(self.kubectl("get", "secret", "-n", "rack-7"),
                         r"bmc +Opaque +2")
        self.assertEqual(self.get("cm", "c", "-n", "rack-7")["data"],
                         {"a": "b"})
        self.kubectl("label", "ns", "rack-7", "row=3")
        self.assertRegex(self.kubectl("get", "ns", "-l", "row=3"),
                         r"rack-7 +Active")
        self.kubectl("delete", "ns", "rack-7")
        self.fails("get", "cm", "c", "-n", "rack-7")
        self.assertNotIn("rack-7", self.kubectl("get", "ns"))

    def test_a_namespace_is_made_by_dry_run_and_apply(self):
        made = self.kubectl("create", "ns", "x", "--dry-run=client", "-o",
                            "yaml")
        self.kubectl("apply", "-f", "-", text=made)
        self.kubectl("apply", "-f", "-", text=made)
        self.kubectl("get", "ns", "x")

    def test_apply_of_core_kinds(self):
        text = ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, "
                "finalizers: [x/y]}\ndata: {a: '1', b: '2'}\n")
        self.kubectl("apply", "-f", "-", text=text)
        self.kubectl("patch", "cm", "c", "--type=merge", "-p",
                     '{"data":{"c":"by hand"}}')
        self.assertIn("configured", self.kubectl(
            "apply", "-f", "-", text=text.replace(", b: '2'", "")))
        self.assertEqual(self.get("cm", "c")["data"],
                         {"a": "1", "c": "by hand"})
        self.kubectl("patch", "cm", "c", "-p",
                     '{"metadata":{"$deleteFromPrimitiveList/finalizers":'
                     '["x/y"]}}')
        self.assertNotIn("finalizers", self.get("cm", "c")["metadata"])
        self.kubectl("apply", "-f", "-", text=SECRET)
        self.assertIn("configured", self.kubectl(
            "apply", "-f", "-", text=SECRET.replace("planted", "other")))

    def test_unknown_fields_are_told(self):
        wrong = HARDWARE.replace("spec:\n", "spec:\n  agentid: x\n")
        told = self.fails("apply", "-f", "-", text=wrong)
        self.assertRegex(told, 'unknown field "(spec.)?agentid"')
        told = self.kubectl("apply", "--validate=false", "-f", "-",
                            text=wrong)
        self.assertNotIn("agentid", self.get("hw", "m1")["spec"])
        if VERSION >= (1, 25):
            told = self.kubectl("apply", "--validate=warn", "-f", "-",
                                text=wrong.replace("rack: a", "rack: b"))
            self.assertIn('Warning: unknown field "spec.agentid"', told)

    def test_what_is_wrong_is_said(self):
        told = self.fails("apply", "-f", "-",
                          text=HARDWARE.replace("52:54:00:12:34:01", "x"))
        self.assertIn('The Hardware "m1" is invalid: '
                      'spec.interfaces[0].dhcp.mac: Invalid value: "x"', told)
        told = self.fails("apply", "--validate=false", "-f", "-", text=(
            "apiVersion: bmc.tinkerbell.org/v1alpha1\nkind: Machine\n"
            "metadata: {name: b}\nspec: {connection: {port: x}}\n"))
        self.assertIn("spec.connection.host: Required value", told)
        self.assertIn("spec.connection.port: Invalid value", told)

    def test_the_corpus_comes_back_as_it_went_in(self):
        folder = bench.corpus()
        if not folder:
            self.skipTest("there is no corpus")
        n = 0
        for path in sorted(folder.glob("*.yaml")):
            text = path.read_text()
            if "apiVersion:" not in text or "kind:" not in text:
                continue  # a snippet
            # Written down from a cluster: a version that is none of ours
            # is a conflict, as it would be in any other cluster.
            text = re.sub(r"^  (resourceVersion|uid):.*\n", "", text,
                          flags=re.M)
            # Written for envsubst.
            text = re.sub(r"\$(\w+)", lambda m: VALUES.get(m[1], m[0]), text)
            if MISPRINT.search(text):
                self.assertIn('no matches for kind "Workflow"', self.fails(
                    "apply", "-f", "-", text=text))
                continue
            made = self.kubectl("apply", "-f", "-", text=text)
            self.assertRegex(made, r"\A(.* created\n)+\Z", path.name)
            again = self.kubectl("apply", "-f", "-", text=text)
            self.assertRegex(again, r"\A(.* unchanged\n)+\Z", path.name)
            sent = self.objects_of(text)
            got = self.objects_of(self.kubectl("get", "-o", "yaml", "-f", "-",
                                               text=text))
            self.assertEqual(len(sent), made.count("\n"))
            self.assertEqual(len(got), len(sent))
            for one, other in zip(got, sent):
                self.assert_contains(one, other, path.name)
            n += len(got)
            self.kubectl("delete", "-f", "-", text=text)
        self.assertGreater(n, 10)

    def test_the_schemas_are_those_of_tinkerbell(self):
        folder = bench.corpus()
        if not folder:
            self.skipTest("there is no corpus")
        for path in sorted(folder.glob("crd/*.yaml")):
            [theirs] = self.objects_of(path.read_text())
            ours = self.get("crd", theirs["metadata"]["name"])
            served = {version["name"]: version
                      for version in ours["spec"]["versions"]}
            for version in theirs["spec"]["versions"]:
                self.same_schema(
                    served[version["name"]]["schema"]["openAPIV3Schema"],
                    version["schema"]["openAPIV3Schema"], path.name)

    def same_schema(self, ours, theirs, where):
        """But for descriptions, which are in our own words, and for a status,
        which is ours to write and may say more."""
        if not isinstance(theirs, dict):
            self.assertEqual(ours, theirs, where)
            return
        keys = {key for one in (ours, theirs) for key, value in one.items()
                if key != "description" or isinstance(value, dict)}
        if " properties status " in where and where.endswith("properties"):
            keys &= set(theirs)
        for key in keys:
            self.assertIn(key, ours, where)
            self.assertIn(key, theirs, where)
            self.same_schema(ours[key], theirs[key], f"{where} {key}")

    def objects_of(self, text):
        """Of YAML, as kubectl reads it: a list's one by one."""
        left = self.kubectl("create", "--dry-run=client", "--validate=false",
                            "-o", "json", "-f", "-", text=text).lstrip()
        found = []
        while left:
            value, end = json.JSONDecoder().raw_decode(left)
            found += value.get("items", [value])
            left = left[end:].lstrip()
        return found

    def assert_contains(self, got, sent, where):
        """Beside what was sent there may be what the server says."""
        if isinstance(sent, dict):
            self.assertIsInstance(got, dict, where)
            for key, value in sent.items():
                if value in (None, {}) and key not in got:
                    continue
                self.assertIn(key, got, where)
                self.assert_contains(got[key], value, f"{where} {key}")
        else:
            self.assertEqual(got, sent, where)

    def be(self, role):
        self.config = self.bench.kubeconfig(f"{role}-token")

    def version_of_secret(self):
        return self.kubectl("get", "secret", "s", "-o",
                            "jsonpath={.metadata.resourceVersion}")

    def test_a_secret_shows_what_it_holds_to_an_admin_alone(self):
        self.kubectl("apply", "-f", "-", text=SECRET)

        shown = self.kubectl("get", "secret", "s", "-o",
                             "jsonpath={.data.password}")
        self.assertEqual(shown, "cGxhbnRlZC13b3Jk")
        for role in "operator", "viewer":
            self.be(role)
            shown = self.kubectl("get", "secret", "s", "-o", "yaml")
            shown += self.kubectl("get", "secrets", "-o", "json")
            shown += self.kubectl("describe", "secret", "s")
            self.assertIn("password", shown)
            self.assertNotIn("planted-word", shown)
            self.assertNotIn("cGxhbnRlZC13b3Jk", shown)

    def test_apply_knows_what_it_applied_of_a_secret(self):
        secret = ("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
                  "type: Opaque\ndata: {a: b25l, b: dHdv}\n")
        self.assertIn("created", self.kubectl("apply", "-f", "-", text=secret))

        self.assertIn("unchanged", self.kubectl("apply", "-f", "-",
                                                text=secret))
        version = self.version_of_secret()
        self.be("operator")
        self.kubectl("apply", "-f", "-", text=secret)
        self.assertEqual(self.version_of_secret(), version)
        self.kubectl("apply", "-f", "-", text=secret.replace(", b: dHdv", ""))
        self.be("admin")
        self.assertEqual(json.loads(self.kubectl(
            "get", "secret", "s", "-o", "json"))["data"], {"a": "b25l"})

    def test_can_i(self):
        for role, verb, what, answer in [
                ("admin", "*", "*", "yes"),
                ("admin", "list", "tokens.tomte.dev", "yes"),
                ("operator", "create", "workflows.tinkerbell.org", "yes"),
                ("operator", "get", "tokens.tomte.dev", "no"),
                ("viewer", "list", "hardware.tinkerbell.org", "yes"),
                ("viewer", "delete", "hardware.tinkerbell.org", "no")]:
            self.be(role)
            done = self.run_it("auth", "can-i", verb, what)

            self.assertIn(answer, done.stdout.split(), (role, verb, what))
            self.assertEqual(done.returncode, answer == "no")

    @since(1, 28)
    def test_whoami(self):
        self.be("operator")

        self.assertRegex(self.kubectl("auth", "whoami"),
                         r"Username +operator\nGroups +\[operator "
                         r"system:authenticated\]")

    def test_all_that_one_may(self):
        self.be("viewer")

        self.assertRegex(self.kubectl("auth", "can-i", "--list"),
                         r"secrets .*\[get list watch\]")

    def test_a_token_is_an_object(self):
        made = json.loads(self.kubectl(
            "create", "-o", "json", "-f", "-", text=(
                "apiVersion: tomte.dev/v1alpha1\nkind: Token\n"
                "metadata: {name: ci}\nspec: {role: viewer, "
                "namespaces: [a]}\n")))
        self.assertRegex(made["status"]["token"], "^tomte_[0-9a-f]{64}$")

        self.assertRegex(self.kubectl("get", "tokens"),
                         r"ci +Bearer +ci +viewer +a ")
        self.assertNotIn(made["status"]["token"],
                         self.kubectl("get", "token", "ci", "-o", "yaml"))
        self.assertIn("deleted", self.kubectl("delete", "token", "ci"))
        self.assertRegex(self.kubectl("get", "auditrecords"),
                         r"admin +127\.0\.0\.1 +delete +tokens ci +allow")

    def test_a_refusal_is_kubernetes_own(self):
        self.be("viewer")

        self.assertIn(
            'Error from server (Forbidden): hardware.tinkerbell.org "m1" is '
            'forbidden: User "viewer" cannot delete resource "hardware" in '
            'API group "tinkerbell.org" in the namespace "default"',
            self.run_it("delete", "hw", "m1").stdout)

    def test_nobody_acts_as_another(self):
        """Who asks to be less than they are must not be heard as themselves."""
        self.kubectl("apply", "-f", "-", text=HARDWARE)

        for who in ["--as=viewer"], ["--as=viewer", "--as-group=x"]:
            self.assertIn(
                'Error from server (Forbidden): users "viewer" is forbidden: '
                'User "admin" cannot impersonate resource "users" in API '
                'group "" at the cluster scope',
                self.fails(*who, "delete", "hw", "m1"))
        self.get("hw", "m1")

    def test_who_is_not_known_is_told_to_log_in(self):
        self.be("wrong")

        self.assertIn("You must be logged in to the server",
                      self.run_it("get", "hw").stdout)


def version_of(kubectl):
    done = subprocess.run([kubectl, "version", "--client", "-o", "json"],
                          stdout=subprocess.PIPE, check=True, text=True)
    version = json.loads(done.stdout)["clientVersion"]
    return int(version["major"]), int(version["minor"].rstrip("+"))


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    if sys.argv[1:2] == ["--current"]:
        sys.argv.pop(1)
        KUBECTL = clients.current_kubectl()
    else:
        KUBECTL = clients.debian_kubectl()
    if not KUBECTL:
        print("skipped: no kubectl")
        sys.exit(clients.SKIPPED)
    VERSION = version_of(KUBECTL)
    print("kubectl {}.{}".format(*VERSION), file=sys.stderr)
    for name in dir(Kubectl):
        test = getattr(Kubectl, name)
        if VERSION < getattr(test, "needs", VERSION):
            setattr(Kubectl, name, unittest.skip("of later versions")(test))
    unittest.main(verbosity=2)
