#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Helm installs, upgrades and removes a chart of machines.

usage: test_helm.py API_SERVER [NAME...]
"""
import pathlib
import subprocess
import sys
import unittest

import bench
import clients

SERVER = ""
HELM = ""
BASE = "/apis/tinkerbell.org/v1alpha1/namespaces/rack/hardware"

CHART = """\
apiVersion: v2
name: rack
version: 0.1.0
"""

VALUES = """\
gateway: 10.0.0.1
machines:
- {name: m1, mac: "52:54:00:00:00:01", ip: 10.0.0.11}
- {name: m2, mac: "52:54:00:00:00:02", ip: 10.0.0.12}
"""

TEMPLATE = """\
{{- range .Values.machines }}
---
apiVersion: tinkerbell.org/v1alpha1
kind: Hardware
metadata:
  name: {{ .name }}
  labels: {release: {{ $.Release.Name }}}
spec:
  interfaces:
  - dhcp:
      mac: {{ .mac | quote }}
      ip: {address: {{ .ip }}, netmask: 255.255.255.0,
           gateway: {{ $.Values.gateway }}}
{{- end }}
"""


class Helm(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.dir = pathlib.Path(self.bench.dir)
        self.chart = self.dir / "rack"
        (self.chart / "templates").mkdir(parents=True)
        (self.chart / "Chart.yaml").write_text(CHART)
        (self.chart / "values.yaml").write_text(VALUES)
        (self.chart / "templates" / "hardware.yaml").write_text(TEMPLATE)

    def tearDown(self):
        self.bench.close()

    def helm(self, *args, driver="configmap"):
        done = subprocess.run(
            [HELM, "--kubeconfig", self.bench.kubeconfig("admin-token"),
             "--namespace", "rack", *args], text=True, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.dir),
                 "HELM_DRIVER": driver})
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def names(self):
        _, listed = self.bench.ask("GET", BASE)
        return [item["metadata"]["name"] for item in listed["items"]]

    def whole_life(self, driver):
        told = self.helm("install", "r", self.chart, "--create-namespace",
                         "--wait", "--timeout=60s", driver=driver)
        self.assertIn("STATUS: deployed", told)
        self.assertEqual(self.names(), ["m1", "m2"])
        told = self.helm(
            "upgrade", "r", self.chart, "--wait", "--timeout=60s", "--set",
            "gateway=10.0.0.254", "--set", "machines[0].name=m1", "--set",
            "machines[0].mac=52:54:00:00:00:01", "--set",
            "machines[0].ip=10.0.0.11", driver=driver)
        self.assertIn("REVISION: 2", told)
        self.assertEqual(self.names(), ["m1"])
        _, got = self.bench.ask("GET", BASE + "/m1")
        self.assertEqual(
            got["spec"]["interfaces"][0]["dhcp"]["ip"]["gateway"],
            "10.0.0.254")
        self.helm("rollback", "r", "1", "--wait", driver=driver)
        self.assertEqual(self.names(), ["m1", "m2"])
        self.assertRegex(self.helm("list", driver=driver), r"r +\srack\s")
        self.helm("uninstall", "r", "--wait", "--timeout=60s", driver=driver)
        self.assertEqual(self.names(), [])

    def test_a_release_kept_in_config_maps(self):
        self.whole_life("configmap")

    def test_a_release_kept_in_secrets(self):
        secrets = "/api/v1/namespaces/x/secrets"
        self.bench.ask("POST", secrets, {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
            "stringData": {"a": "b"}})
        _, got = self.bench.ask("GET", secrets + "/s")
        if got["data"]["a"] != "Yg==":
            self.skipTest("nobody may read Secrets back")
        self.whole_life("secret")


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    HELM = clients.current_helm()
    if not HELM:
        print("skipped: no helm")
        sys.exit(clients.SKIPPED)
    unittest.main(verbosity=2)
