#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client with a cache of its own: JavaScript's informer.

usage: test_informer.py API_SERVER [NAME...]
"""
import os
import pathlib
import socket
import subprocess
import sys
import threading
import unittest

import bench
import clients

SERVER = ""
PLACE = None
BASE = "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
MERGE = "application/merge-patch+json"


class Line:
    """A way to the server that can be cut, and mended."""

    def __init__(self, port):
        self.port = port
        self.ends = []
        self.is_cut = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own_port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.port))
            self.ends += [near, far]
            for ends in (near, far), (far, near):
                threading.Thread(target=self.carry, args=ends).start()

    @staticmethod
    def carry(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        self.is_cut = True
        ends, self.ends = self.ends, []
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()


class Informer(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.ask = self.bench.ask

    def tearDown(self):
        self.bench.close()

    def start(self, port=None):
        script = pathlib.Path(__file__).with_name("informer.mjs")
        process = subprocess.Popen(
            ["node", script, PLACE / "node_modules",
             self.bench.kubeconfig("admin-token", port)], text=True,
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

    @staticmethod
    def tells(process):
        """The next line but for those that tell of connections."""
        got = process.stdout.readline().strip()
        while got == "connect" or got.startswith("error"):
            got = process.stdout.readline().strip()
        return got

    def expect(self, process, line):
        self.assertEqual(self.tells(process), line)

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

    def test_it_comes_back_when_its_place_is_forgotten(self):
        line = Line(self.bench.port)
        self.addCleanup(line.close)
        for name in "m1", "m2":
            self.create(name)
        informer = self.start(line.own_port)
        self.expect(informer, "add m1 {}")
        self.expect(informer, "add m2 {}")

        line.cut()
        self.ask("PATCH", BASE + "/m1", {"metadata": {"labels": {"a": "b"}}},
                 content_type=MERGE)
        self.ask("DELETE", BASE + "/m2")
        self.create("m3")
        self.bench.prune()
        line.is_cut = False

        self.assertEqual({self.tells(informer) for _ in range(3)},
                         {'update m1 {"a":"b"}', "delete m2 {}",
                          "add m3 {}"})
        self.create("m4")
        self.expect(informer, "add m4 {}")


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    PLACE = clients.node_client()
    if not PLACE:
        print("skipped: no client for node")
        sys.exit(clients.SKIPPED)
    unittest.main(verbosity=2)
