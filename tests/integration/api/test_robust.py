#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm, or have none: what they cost, and whom.

usage: test_robust.py API_SERVER [NAME...]

Each test ends with the same question: is somebody who does nothing wrong
still answered, and soon? What memory was taken is printed, and bounded; with
the sanitizers it is several times what it is without.
"""
import json
import resource
import select
import socket
import ssl
import sys
import threading
import time
import unittest

import bench

SERVER = ""
BASE = "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
MAPS = "/api/v1/namespaces/default/configmaps"
MIB = 1 << 20
# Time that a good client may wait on a loaded machine.
SOON = 5


class Robust(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.bench.ask("GET", BASE)
        self.before = self.bench.memory()
        self.sockets = []

    def tearDown(self):
        for one in self.sockets:
            one.close()
        self.bench.close()

    def answered_soon(self):
        begin = time.monotonic()
        status, _ = self.bench.ask("GET", BASE)
        self.assertEqual(status, 200)
        self.assertLess(time.monotonic() - begin, SOON)

    def assert_memory(self, most_mib, what):
        grown = (self.bench.memory() - self.before) / MIB
        print(f"{what}: {grown:.1f} MiB", file=sys.stderr)
        self.assertLess(grown, most_mib)

    def refused(self, body, code, **options):
        status, answer = self.bench.ask("POST", BASE, body, **options)
        self.assertEqual(status, code, answer)
        self.assertEqual(answer["kind"], "Status")
        self.assertEqual(answer["code"], code)
        return answer

    def local(self):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(20)
        one.connect(str(self.bench.socket))
        self.sockets.append(one)
        return one

    def test_a_body_of_64_mib_is_refused_before_it_is_sent(self):
        raw = socket.create_connection(("127.0.0.1", self.bench.port), 20)
        with self.bench.context.wrap_socket(
                raw, server_hostname="127.0.0.1") as one:
            one.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: "
                        b"Bearer admin-token\r\nContent-Type: "
                        b"application/json\r\nContent-Length: %d\r\n\r\n"
                        % (BASE.encode(), 64 * MIB))
            sent = 0
            try:
                while sent < 64 * MIB:
                    one.sendall(b" " * 65536)
                    sent += 65536
            except (OSError, ssl.SSLError):
                pass
            answer = b""
            try:
                while True:
                    part = one.recv(65536)
                    if not part:
                        break
                    answer += part
            except (OSError, ssl.SSLError):
                pass
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])
        status = json.loads(answer.split(b"\r\n\r\n", 1)[1])
        self.assertEqual((status["kind"], status["code"]), ("Status", 413))
        self.assertEqual(status["reason"], "RequestEntityTooLarge")
        self.assertLess(sent, 32 * MIB)
        self.assert_memory(16, "a body of 64 MiB")
        self.answered_soon()

    def test_what_is_nested_too_deep_is_refused(self):
        deep = 10000
        self.refused("[" * deep + "]" * deep, 400)
        self.refused('{"a":' * deep + "1" + "}" * deep, 400)
        self.refused("[" * deep + "]" * deep, 400,
                     content_type="application/yaml")
        self.refused("".join(" " * i + "a:\n" for i in range(1000)), 400,
                     content_type="application/yaml")
        # As many as there may be: alone they would have taken hours.
        for much in "[", "{", "- ", "? ", "- &a x\n", "%TAG !a! b\n":
            self.refused(much * (MIB // len(much)), 400,
                         content_type="application/yaml")
        self.refused("[" + "a," * MIB + "]", 400,
                     content_type="application/yaml")
        self.assert_memory(64, "deep bodies")
        self.answered_soon()

    def test_alias_bombs_are_refused(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for i in range(1, 12):
            inner = ", ".join([f"*a{i - 1}"] * 10)
            lines.append(f"a{i}: &a{i} [{inner}]")
        self.refused("\n".join(lines), 400, content_type="application/yaml")
        self.refused("a: &a [*a]", 400, content_type="application/yaml")
        self.assert_memory(400, "alias bombs")
        self.answered_soon()

    def test_bodies_of_many_small_values_are_refused(self):
        self.refused("[" + "{}," * MIB + "{}]", 400)
        self.refused(b"k8s\0" + b"\x0a\x0a\x0a\x02v1\x12\x06Secret"
                     + b"\x12\x04" * (3 * MIB // 2), 400,
                     content_type="application/vnd.kubernetes.protobuf")
        self.assert_memory(64, "bodies of many small values")
        self.answered_soon()

    def test_patches_that_grow_are_refused(self):
        self.bench.ask("POST", MAPS, {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c"}, "data": {"a": "x" * 1000}})
        grow = [{"op": "copy", "from": "/data", "path": f"/data/x{i}"}
                for i in range(400)]
        status, answer = self.bench.ask(
            "PATCH", MAPS + "/c", grow,
            content_type="application/json-patch+json")
        self.assertIn(status, (413, 422), answer)
        self.assertEqual(answer["kind"], "Status")
        self.answered_soon()

    def test_clients_that_trickle_hold_nobody_up(self):
        for _ in range(200):
            one = self.local()
            one.sendall(b"GET %s HTTP/1.1\r\nHo" % BASE.encode())
        stop = threading.Event()

        def trickle():
            while not stop.wait(0.2):
                for one in list(self.sockets):
                    try:
                        one.send(b"s")
                    except OSError:
                        pass
        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            for _ in range(10):
                self.answered_soon()
        finally:
            stop.set()
            thread.join()
        self.assert_memory(64, "200 clients that trickle")

    def test_readers_that_stall_are_kept_in_bounds(self):
        for i in range(300):
            self.bench.ask("POST", MAPS, {
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": f"c{i:03}"},
                "data": {"big": "x" * 100000}})
        before = self.bench.memory()
        for _ in range(50):
            one = self.local()
            one.sendall(b"GET %s?watch=true HTTP/1.1\r\nHost: a\r\n\r\n"
                        % MAPS.encode())
        self.answered_soon()
        grown = (self.bench.memory() - before) / MIB
        print(f"50 watches of 30 MB that nobody reads: {grown:.1f} MiB",
              file=sys.stderr)
        self.assertLess(grown, 300)

    def test_lists_that_nobody_reads_are_kept_in_bounds(self):
        n = 100
        for i in range(n):
            self.bench.ask("POST", MAPS, {
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": f"c{i:03}"},
                "data": {"big": "x" * 100000}})
        before = self.bench.memory()
        for _ in range(50):
            one = self.local()
            one.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                        % MAPS.encode())
        self.answered_soon()
        grown = (self.bench.memory() - before) / MIB
        print(f"50 lists of 10 MB that nobody reads: {grown:.1f} MiB",
              file=sys.stderr)
        self.assertLess(grown, 100)
        # Who reads on gets all of it, as it was.
        self.bench.ask("DELETE", f"{MAPS}/c{n - 1:03}")
        text = one.makefile("rb")
        self.assertEqual(text.readline().split()[1], b"200")
        while text.readline() != b"\r\n":
            pass
        whole = b""
        while size := int(text.readline(), 16):
            whole += text.read(size)
            text.readline()
        text.close()
        self.assertEqual([item["metadata"]["name"]
                          for item in json.loads(whole)["items"]],
                         [f"c{i:03}" for i in range(n)])

    def change(self, i):
        status, made = self.bench.ask(
            "PATCH", MAPS + "/c", {"data": {"n": str(i), "big": "x" * 200000}},
            content_type="application/merge-patch+json")
        self.assertEqual(status, 200, made)

    @staticmethod
    def events_of(chunked):
        """The whole events in a chunked answer, which may end anywhere."""
        text = b""
        while b"\r\n" in chunked:
            size, chunked = chunked.split(b"\r\n", 1)
            text += chunked[:int(size, 16)]
            chunked = chunked[int(size, 16) + 2:]
        return [json.loads(line) for line in text.split(b"\n")[:-1]]

    def stalled_list(self):
        """A list of some megabytes, of which nobody reads more than a bit."""
        for i in range(15):
            self.bench.ask("POST", MAPS.replace("default", "other"), {
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": f"c{i}"}, "data": {"big": "x" * 200000}})
        one = self.local()
        one.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                    % MAPS.replace("default", "other").encode())
        return one, one.recv(1000)

    def test_a_reader_that_stalls_is_cut_off_and_goes_on_without_a_gap(self):
        listing, listed = self.stalled_list()
        _, made = self.bench.ask("POST", MAPS, {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c"}})
        watch = "%s?watch=true&resourceVersion=%s"
        one = self.local()
        one.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % (
            watch % (MAPS, made["metadata"]["resourceVersion"])).encode())
        got = one.recv(1000)
        for i in range(40):
            self.change(i)
        for stalled in one, listing:
            # Seen without reading: that would be the end of its stall.
            poll = select.poll()
            poll.register(stalled, select.POLLRDHUP)
            self.assertTrue(poll.poll(60000))
        while part := listing.recv(1 << 20):
            listed += part
        self.assertIn(b'"c0"', listed)
        self.assertFalse(listed.endswith(b"0\r\n\r\n"))
        # What had left before comes, then the end, and it is no whole one.
        while part := one.recv(1 << 20):
            got += part
        self.assertFalse(got.endswith(b"0\r\n\r\n"))
        seen = self.events_of(got.split(b"\r\n\r\n", 1)[1])
        self.assertLess(0, len(seen))
        self.assertLess(len(seen), 40)

        last = seen[-1]["object"]["metadata"]["resourceVersion"]
        stream = self.bench.send("GET", watch % (MAPS, last))
        self.change(40)
        while len(seen) < 41:
            seen.append(json.loads(stream.readline()))
        stream.close()
        stream.tomte_connection.close()
        self.assertEqual([(one["type"], one["object"]["data"]["n"])
                          for one in seen],
                         [("MODIFIED", str(i)) for i in range(41)])

    def test_a_thousand_connections_without_a_request(self):
        for _ in range(1000):
            self.local()
            if len(self.sockets) % 100 == 0:
                self.answered_soon()
        self.answered_soon()
        self.assert_memory(150, "1000 connections without a request")

    def test_thousands_of_idle_watches(self):
        n = 5000
        for _ in range(n):
            one = self.local()
            one.sendall(b"GET %s?watch=true&labelSelector=a%%3Db HTTP/1.1"
                        b"\r\nHost: a\r\n\r\n" % MAPS.encode())
            self.assertTrue(one.recv(1000).startswith(b"HTTP/1.1 200"))
        self.answered_soon()
        self.assert_memory(400, f"{n} idle watches")
        # Longer than a connection without a request may be quiet.
        time.sleep(3)
        begin = time.monotonic()
        self.bench.ask("POST", MAPS, {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c", "labels": {"a": "b"}}})
        for one in self.sockets:
            self.assertIn(b'"ADDED"', one.recv(4000))
        print(f"one change to {n}: {time.monotonic() - begin:.2f} s",
              file=sys.stderr)


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (min(16384, hard), hard))
    unittest.main(verbosity=2)
