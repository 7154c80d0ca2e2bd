#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client with a cache of its own: JavaScript's informer.

usage: test_informer.py API_SERVER [NAME...]
"""
import os
import pathlib
import subprocess
import sys
import unittest

import bench
import clients

SERVER = ""
PLACE = None
BASE = "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
MERGE = "application/merge-patch+json"


class Informer(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.ask = self.bench.ask

    def tearDown(self):
        self.bench.close()

    def start(self):
        script = pathlib.Path(__file__).with_name("informer.mjs")
        process = subprocess.Popen(
            ["node", script, PLACE / "node_modules",
             self.bench.kubeconfig("admin-token")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(self.bench.cert)})

        def stop():
            process.stdin.close()
            process.wait(timeout=20)
            process.stdout.close()
        self.addCleanup(stop)
        return process

    def create(self, name):
        status, body = self.ask("POST", BASE, {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
            "metadata": {"name": name}, "spec": {}})
        self.assertEqual(status, 201, body)

    def expect(self, process, line):
        """The next line but for those that tell of connections."""
        got = process.stdout.readline().strip()
        while got == "connect":
            got = process.stdout.readline().strip()
        self.assertEqual(got, line)

    def test_it_sees_what_is_there_and_what_changes(self):
        self.create("m1")
        informer = self.start()
        self.expect(informer, "add m1 {}")
        self.create("m2")
        self.expect(informer, "add m2 {}")
        self.ask("PATCH", BASE + "/m1", {"metadata": {"labels": {"a": "b"}}},
                 content_type=MERGE)
        self.expect(informer, 'update m1 {"a":"b"}')
        self.ask("DELETE", BASE + "/m2")
        self.expect(informer, "delete m2 {}")


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    PLACE = clients.node_client()
    if not PLACE:
        print("skipped: no client for node")
        sys.exit(clients.SKIPPED)
    unittest.main(verbosity=2)
