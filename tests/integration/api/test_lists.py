#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists in pages, and watches, while others write.

usage: test_lists.py API_SERVER [NAME...]
"""
import json
import sys
import threading
import unittest
import urllib.parse

import bench

SERVER = ""
MAPS = "/api/v1/namespaces/default/configmaps"
ALL_MAPS = "/api/v1/configmaps"
HARDWARE = "/apis/tinkerbell.org/v1alpha1/namespaces/default/hardware"
MERGE = "application/merge-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,"
           "application/json")

MANY = 10000


def machine(name, value=0):
    return {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
            "metadata": {"name": name, "labels": {"v": str(value)}},
            "spec": {"disks": [{"device": "/dev/sda"}]}}


class Lists(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)
        self.ask = self.bench.ask
        self.streams = []

    def tearDown(self):
        for stream in self.streams:
            stream.close()
            stream.tomte_connection.close()
        self.bench.close()

    def put(self, name, value="0", namespace="default"):
        """Made, or changed; over one connection for all."""
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        status, body = self.ask("POST", path, {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "labels": {"v": value}},
            "data": {"v": value}})
        if status == 409:
            status, body = self.ask(
                "PATCH", f"{path}/{name}", {"metadata": {"labels": {
                    "v": value}}, "data": {"v": value}}, content_type=MERGE)
        self.assertIn(status, (200, 201), body)
        return int(body["metadata"]["resourceVersion"])

    def get(self, path=MAPS, code=200, accept=None, **query):
        query = {k: v for k, v in query.items() if v is not None}
        status, body = self.ask(
            "GET", f"{path}?{urllib.parse.urlencode(query)}", accept=accept)
        self.assertEqual(status, code, body)
        return body

    def pages(self, limit, between=lambda: None, **query):
        token = None
        while True:
            page = self.get(limit=limit, **query, **{"continue": token})
            yield page
            token = page["metadata"].get("continue")
            if not token:
                return
            between()

    def test_pages_are_one_list(self):
        for i in range(10):
            self.put(f"c{i}")
        counts = []
        names = []
        for page in self.pages(4):
            counts.append((len(page["items"]), page["metadata"].get(
                "remainingItemCount")))
            names += [item["metadata"]["name"] for item in page["items"]]

        self.assertEqual(counts, [(4, 6), (4, 2), (2, None)])
        self.assertEqual(names, [f"c{i}" for i in range(10)])

    def test_pages_are_one_state_while_others_write(self):
        first = {f"c{i:03}": "0" for i in range(60)}
        for name in first:
            self.put(name)
        done = threading.Event()
        failures = []

        def write():
            round_ = 0
            while not done.is_set():
                round_ += 1
                try:
                    name = f"c{round_ * 7 % 60:03}"
                    if round_ % 3:
                        self.put(name, str(round_))
                    else:
                        self.ask("DELETE", f"{MAPS}/{name}")
                    self.put(f"n{round_}")
                except AssertionError as failure:
                    failures.append(failure)
                    return
        writer = threading.Thread(target=write)
        # Nothing is written before the first page, much after it.
        pages = self.pages(7, between=lambda: written.wait(0.05))
        written = threading.Event()
        got = {}
        versions = set()
        for n, page in enumerate(pages):
            if not n:
                writer.start()
            versions.add(page["metadata"]["resourceVersion"])
            for item in page["items"]:
                name = item["metadata"]["name"]
                self.assertNotIn(name, got)
                got[name] = item["data"]["v"]
        done.set()
        writer.join()

        self.assertEqual(failures, [])
        self.assertEqual(got, first)
        self.assertEqual(len(versions), 1)
        newest = self.get()["metadata"]["resourceVersion"]
        self.assertNotEqual(versions, {newest})

    def write_until(self, done, share, state, failures):
        """Changes, deletes and makes machines of one half; `state` follows
        what has become of them."""
        connection = self.bench.connect()

        def ask(method, name, body=None):
            connection.request(
                method, HARDWARE + name, body=body and json.dumps(body),
                headers={"Authorization": "Bearer admin-token",
                         "Content-Type": MERGE if method == "PATCH"
                         else "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status not in (200, 201):
                failures.append((method, name, text))
        round_ = 0
        while not (done.is_set() or failures):
            round_ += 1
            name = f"m{(round_ * 7919 % (MANY // 2)) * 2 + share:05}"
            if name not in state:
                ask("POST", "", machine(name, round_))
                state[name] = str(round_)
            elif round_ % 3:
                ask("PATCH", "/" + name,
                    {"metadata": {"labels": {"v": str(round_)}}})
                state[name] = str(round_)
            else:
                ask("DELETE", "/" + name)
                del state[name]
            ask("POST", "", machine(f"n{share}-{round_:05}", round_))
            state[f"n{share}-{round_:05}"] = str(round_)
        connection.close()

    def walk_machines(self, between=lambda: None):
        """{name: value} of all pages, and their one version."""
        got, versions, n = {}, set(), 0
        for page in self.pages(500, path=HARDWARE, between=between):
            versions.add(page["metadata"]["resourceVersion"])
            for item in page["items"]:
                got[item["metadata"]["name"]] = item["metadata"]["labels"]["v"]
                n += 1
        self.assertEqual(n, len(got))
        self.assertEqual(len(versions), 1)
        return got, versions.pop()

    def test_ten_thousand_are_each_on_one_page_while_others_write(self):
        first = {f"m{i:05}": "0" for i in range(MANY)}
        self.bench.post_many(HARDWARE, [machine(name) for name in first])
        done = threading.Event()
        states = [{name: "0" for name in list(first)[share::2]}
                  for share in (0, 1)]
        failures = []
        writers = [threading.Thread(target=self.write_until, args=(
            done, share, states[share], failures)) for share in (0, 1)]
        begun = []

        def between():
            # All begins after the first page, and before the second.
            if not begun:
                begun.extend(writer.start() for writer in writers)
            newest = self.get(HARDWARE, limit=1)["metadata"]
            seen.append(int(newest["resourceVersion"]))
        seen = []
        got, version = self.walk_machines(between)
        done.set()
        for writer in writers:
            writer.join()

        self.assertEqual(failures, [])
        self.assertEqual(got, first)
        self.assertEqual(len(seen), MANY // 500 - 1)
        self.assertGreater(seen[-1], int(version) + 20)
        after, _ = self.walk_machines()
        self.assertEqual(after, {**states[0], **states[1]})

    def test_pages_with_selectors_tables_and_namespaces(self):
        for i in range(6):
            self.put(f"c{i}", str(i % 2), namespace="ab"[i % 2])
        names = []
        for page in self.pages(1, path=ALL_MAPS, labelSelector="v=1"):
            self.assertNotIn("remainingItemCount", page["metadata"])
            names += [item["metadata"]["name"] for item in page["items"]]
        self.assertEqual(names, ["c1", "c3", "c5"])
        rows = []
        for page in self.pages(2, path=ALL_MAPS, accept=TABLE):
            self.assertEqual(page["kind"], "Table")
            rows += [row["cells"][0] for row in page["rows"]]
        self.assertEqual(rows, ["c0", "c2", "c4", "c1", "c3", "c5"])
        part = self.get(ALL_MAPS, accept=PARTIAL)
        self.assertEqual(part["kind"], "PartialObjectMetadataList")
        self.assertEqual(set(part["items"][0]),
                         {"kind", "apiVersion", "metadata"})

    def test_a_token_expires_with_the_log(self):
        for i in range(3):
            self.put(f"c{i}")
        page = self.get(limit=1)
        token = page["metadata"]["continue"]
        self.put("c0", "1")
        self.put("c1", "1")
        self.put("c2", "1")
        self.bench.prune()

        gone = self.get(limit=1, code=410, **{"continue": token})
        self.assertEqual(gone["reason"], "Expired")

    def test_versions_are_exact_or_lower_bounds(self):
        first = self.put("c", "1")
        second = self.put("c", "2")

        def value(**query):
            return self.get(**query)["items"][0]["data"]["v"]

        self.assertEqual(value(resourceVersion=0), "2")
        self.assertEqual(value(resourceVersion=first), "2")
        self.assertEqual(value(resourceVersion=first,
                               resourceVersionMatch="NotOlderThan"), "2")
        self.assertEqual(value(resourceVersion=first,
                               resourceVersionMatch="Exact"), "1")
        self.assertEqual(value(resourceVersion=first, limit=1), "1")
        far = self.get(code=504, resourceVersion=second + 1000)
        self.assertEqual(far["reason"], "Timeout")
        self.assertEqual(far["details"]["causes"][0]["reason"],
                         "ResourceVersionTooLarge")
        self.get(f"{MAPS}/c", code=504, resourceVersion=second + 1000)
        self.get(code=422, resourceVersionMatch="Exact")
        self.get(code=422, resourceVersion=0, resourceVersionMatch="Exact")
        self.get(code=400, resourceVersion="x")
        self.get(code=400, limit="x")
        self.get(code=400, **{"continue": "x"})
        self.bench.prune()
        self.put("c", "3")
        self.bench.prune()
        self.get(code=410, resourceVersion=first,
                 resourceVersionMatch="Exact")

    def watch(self, path=MAPS, code=200, **query):
        query = urllib.parse.urlencode({"watch": "true", **query})
        stream = self.bench.send("GET", f"{path}?{query}")
        self.assertEqual(stream.status, code)
        self.streams.append(stream)
        return stream

    def event(self, stream):
        got = json.loads(stream.readline())
        return got["type"], got["object"]

    def test_what_a_watch_may_ask_for(self):
        for query in [{"resourceVersionMatch": "NotOlderThan"},
                      {"sendInitialEvents": "true"},
                      {"sendInitialEvents": "true",
                       "resourceVersionMatch": "Exact",
                       "allowWatchBookmarks": "true"},
                      {"sendInitialEvents": "true",
                       "resourceVersionMatch": "NotOlderThan"}]:
            self.watch(code=422, **query)
        self.watch(code=400, timeoutSeconds="soon")
        self.watch(code=504, sendInitialEvents="true",
                   resourceVersionMatch="NotOlderThan",
                   allowWatchBookmarks="true", resourceVersion=100000)

    def test_a_watch_of_what_is_pruned_is_expired(self):
        first = self.put("c", "1")
        self.put("c", "2")
        self.put("c", "3")
        self.bench.prune()

        kind, status = self.event(self.watch(resourceVersion=first))
        self.assertEqual((kind, status["code"]), ("ERROR", 410))

    def test_a_reader_that_is_slow_misses_nothing(self):
        big = "x" * 20000
        stream = self.watch(resourceVersion=self.put("c", "0"))
        n = 1000
        connection = self.bench.connect()
        for i in range(1, n + 1):
            connection.request(
                "PATCH", f"{MAPS}/c",
                body=json.dumps({"data": {"v": str(i), "big": big}}),
                headers={"Content-Type": MERGE,
                         "Authorization": "Bearer admin-token"})
            self.assertEqual(connection.getresponse().read()[:1], b"{")
        connection.close()

        # 20 MB were written; the server has not kept them for it.
        self.assertLess(self.bench.memory(), 400 << 20)
        for i in range(1, n + 1):
            kind, object_ = self.event(stream)
            self.assertEqual((kind, object_["data"]["v"]),
                             ("MODIFIED", str(i)))

    def test_a_long_beginning_comes_at_the_readers_pace(self):
        big = "x" * 100000
        n = 150
        for i in range(n):
            self.ask("POST", MAPS, {
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": f"c{i:03}"}, "data": {"big": big}})
        stream = self.watch(sendInitialEvents="true",
                            resourceVersionMatch="NotOlderThan",
                            allowWatchBookmarks="true")
        self.put("c000", "late")
        self.ask("DELETE", f"{MAPS}/c149")

        for i in range(n):
            kind, object_ = self.event(stream)
            self.assertEqual((kind, object_["metadata"]["name"]),
                             ("ADDED", f"c{i:03}"))
        kind, object_ = self.event(stream)
        self.assertEqual(kind, "BOOKMARK")
        self.assertEqual(self.event(stream)[0], "MODIFIED")
        self.assertEqual(self.event(stream)[0], "DELETED")

    def test_forms_of_events(self):
        self.put("c", "1")
        for accept, kind in [(TABLE, "Table"),
                             (PARTIAL, "PartialObjectMetadata")]:
            stream = self.bench.send("GET", f"{MAPS}?watch=true",
                                     accept=accept)
            self.streams.append(stream)
            self.assertEqual(self.event(stream)[1]["kind"], kind)
            self.put("c", kind)
            self.assertEqual(self.event(stream)[1]["kind"], kind)


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
