#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API as stock kubectl uses it.

usage: test_kubectl.py API_SERVER [NAME...]
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import bench

SERVER = ""
SKIPPED = 77

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


class Kubectl(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.dir = pathlib.Path(self.bench.dir)
        self.config = self.dir / "kubeconfig"
        self.config.write_text(bench.KUBECONFIG.format(
            port=self.bench.port, cert=self.bench.cert, token="admin-token"))

    def tearDown(self):
        self.bench.close()

    def run_it(self, *args, text=None):
        return subprocess.run(
            ["kubectl", "--kubeconfig", self.config, "--cache-dir",
             self.dir / "cache", *args], input=text, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            check=False)

    def kubectl(self, *args, text=None):
        done = self.run_it(*args, text=text)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

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
        got = json.loads(self.kubectl("get", "hw", "m1", "-o", "json"))
        self.assertEqual(
            got["spec"]["interfaces"][0]["dhcp"]["ip"]["address"], "10.0.0.6")
        self.assertIn("labeled", self.kubectl("label", "hw", "m1", "x=y"))
        self.assertEqual(self.kubectl("get", "hw", "-l", "x=y", "-o", "name"),
                         "hardware.tinkerbell.org/m1\n")
        self.assertIn("deleted", self.kubectl("delete", "hw", "m1"))
        self.assertIn("NotFound", self.run_it("get", "hw", "m1").stdout)

    def test_the_corpus_comes_back_as_it_went_in(self):
        folder = bench.corpus()
        if not folder:
            self.skipTest("there is no corpus")
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
            done = self.run_it("apply", "-f", "-", text=text)
            if MISPRINT.search(text):
                self.assertIn('no matches for kind "Workflow"', done.stdout)
                continue
            self.assertEqual(done.returncode, 0, (path.name, done.stdout))
            again = self.kubectl("apply", "-f", "-", text=text)
            self.assertNotIn("configured", again, path.name)

    def test_what_is_wrong_is_said(self):
        done = self.run_it("apply", "-f", "-",
                           text=HARDWARE.replace("52:54:00:12:34:01", "x"))

        self.assertIn('The Hardware "m1" is invalid: '
                      'spec.interfaces[0].dhcp.mac: Invalid value: "x"',
                      done.stdout)

    def test_a_secret_does_not_show_what_it_holds(self):
        self.kubectl("apply", "-f", "-", text=(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
            "stringData: {password: planted-word}\n"))

        shown = self.kubectl("get", "secret", "s", "-o", "yaml")
        shown += self.kubectl("describe", "secret", "s")

        self.assertNotIn("planted-word", shown)
        self.assertNotIn("cGxhbnRlZC13b3Jk", shown)


if __name__ == "__main__":
    if not shutil.which("kubectl"):
        print("skipped: no kubectl")
        sys.exit(SKIPPED)
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
