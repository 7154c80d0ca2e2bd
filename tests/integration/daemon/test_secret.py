#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the values of Secrets are seen, and where they are not.

usage: test_secret.py TOMTE [NAME...]
"""
import base64
import json
import sqlite3
import sys
import unittest

import daemon
from daemon import MERGE, SECRETS

TOMTE = ""
PLANTED = "planted-hunter2-{}"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
PATH = SECRETS.format("lab")


def encoded(text):
    return base64.b64encode(text.encode()).decode()


class Secrets(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE)
        self.ask = self.daemon.ask
        self.admin = self.daemon.admin
        self.operator = self.daemon.token("op", "operator")
        self.viewer = self.daemon.token("eye", "viewer")
        self.planted = []

    def tearDown(self):
        self.daemon.close()

    def plant(self):
        word = PLANTED.format(len(self.planted))
        self.planted.append(word)
        return word

    def secret(self, name):
        """As kubectl apply sends it: the value stands in it three times."""
        word = self.plant()
        body = daemon.secret(name, "lab", password=word)
        body["metadata"]["annotations"] = {
            APPLIED: json.dumps(body, separators=(",", ":")) + "\n"}
        return body, word

    def traces(self, text):
        """Which planted words are in the text, in whatever form."""
        if not isinstance(text, bytes):
            text = (text if isinstance(text, str) else
                    json.dumps(text)).encode()
        forms = [(word, form) for word in self.planted for form in
                 (word, encoded(word), word.encode().hex(),
                  encoded(word)[:-4])]
        return [word for word, form in forms if form.encode() in text]

    def blind(self, method, path, body=None, status=200, **options):
        """Asked by who may not see values: the answer has none."""
        options.setdefault("token", self.operator)
        got, answer = self.ask(method, path, body, **options)
        self.assertEqual(got, status, answer)
        self.assertEqual(self.traces(answer), [], (method, path))
        return answer

    def test_answers_to_others_have_keys_and_no_values(self):
        body, _ = self.secret("s")
        made = self.blind("POST", PATH, body, status=201)
        self.assertEqual(made["data"], {"password": ""})
        self.assertEqual(json.loads(made["metadata"]["annotations"][APPLIED])
                         ["stringData"], {"password": ""})
        self.blind("POST", PATH + "?dryRun=All", self.secret("dry")[0],
                   status=201)
        for token in self.operator, self.viewer:
            one = self.blind("GET", PATH + "/s", token=token)
            self.assertEqual(one["data"], {"password": ""})
            every = self.blind("GET", PATH, token=token)
            self.assertEqual(every["items"][0]["data"], {"password": ""})
            for path in PATH, PATH + "/s", "/api/v1/secrets":
                for include in "Object", "Metadata", "None":
                    self.blind("GET", f"{path}?includeObject={include}",
                               token=token, accept=TABLE)
        self.blind("PUT", PATH + "/s", self.secret("s")[0])
        self.blind("PATCH", PATH + "/s",
                   {"stringData": {"other": self.plant()}},
                   content_type=MERGE)
        self.blind("PATCH", PATH + "/s",
                   [{"op": "add", "path": "/data/more",
                     "value": encoded(self.plant())}],
                   content_type="application/json-patch+json")
        self.blind("DELETE", PATH + "/s")

    def test_a_value_cannot_be_moved_to_where_it_is_seen(self):
        body, _ = self.secret("s")
        self.blind("POST", PATH, body, status=201)
        for op in "copy", "move":
            got, answer = self.ask(
                "PATCH", PATH + "/s",
                [{"op": "add", "path": "/metadata/labels", "value": {}},
                 {"op": op, "from": "/data/password",
                  "path": "/metadata/labels/x"}],
                content_type="application/json-patch+json",
                token=self.operator)
            self.assertEqual(self.traces(answer), [], got)
        got, answer = self.ask(
            "PATCH", PATH + "/s", [{"op": "test", "path": "/data/password",
                                    "value": "guess"}],
            content_type="application/json-patch+json", token=self.operator)
        self.assertEqual(got, 422)
        self.assertEqual(self.traces(answer), [])
        got, answer = self.ask(
            "PATCH", PATH + "/s", [{"op": "test", "path": "/data/password",
                                    "value": encoded(self.planted[0])}],
            content_type="application/json-patch+json", token=self.operator)
        self.assertEqual(got, 422, "a guess must not be told from another")

    def test_an_admin_sees_what_helm_reads_back(self):
        body, word = self.secret("s")
        status, made = self.ask("POST", PATH, body, token=self.admin)
        self.assertEqual(status, 201)
        self.assertEqual(made["data"], {"password": encoded(word)})

        _, one = self.ask("GET", PATH + "/s", token=self.admin)
        self.assertEqual(one["data"], {"password": encoded(word)})
        self.assertEqual(one["metadata"]["annotations"][APPLIED],
                         body["metadata"]["annotations"][APPLIED])
        _, every = self.ask("GET", PATH, token=self.admin)
        self.assertEqual(every["items"][0]["data"],
                         {"password": encoded(word)})
        _, table = self.ask("GET", PATH + "?includeObject=Object",
                            token=self.admin, accept=TABLE)
        self.assertEqual(table["rows"][0]["object"]["data"],
                         {"password": encoded(word)})
        other = self.plant()
        _, patched = self.ask("PATCH", PATH + "/s",
                              {"stringData": {"x": other}},
                              token=self.admin, content_type=MERGE)
        self.assertEqual(patched["data"], {"password": encoded(word),
                                           "x": encoded(other)})
        version = patched["metadata"]["resourceVersion"]
        status, replaced = self.ask("PUT", PATH + "/s", patched,
                                    token=self.admin)
        self.assertEqual((status, replaced["metadata"]["resourceVersion"]),
                         (200, version))

    def test_an_admin_of_a_namespace_sees_its_values(self):
        token = self.daemon.token("helm", "admin", "-n", "lab")
        body, word = self.secret("s")
        self.ask("POST", PATH, body, token=token)

        _, one = self.ask("GET", PATH + "/s", token=token)
        self.assertEqual(one["data"], {"password": encoded(word)})
        for path in "/api/v1/secrets", SECRETS.format("other"):
            self.assertEqual(self.ask("GET", path, token=token)[0], 403)

    def events(self, stream, n):
        return [json.loads(stream.readline()) for _ in range(n)]

    def test_watches_show_to_each_what_they_may_see(self):
        body, word = self.secret("s")
        self.blind("POST", PATH, body, status=201)
        streams = {token: self.daemon.send("GET", PATH + "?watch=1",
                                           token=token)
                   for token in (self.admin, self.operator, self.viewer)}
        second = self.plant()
        self.blind("PATCH", PATH + "/s", {"stringData": {"x": second}},
                   content_type=MERGE)
        third, _ = self.secret("t")
        self.blind("POST", PATH, third, status=201)
        self.blind("DELETE", PATH + "/s")

        for token, stream in streams.items():
            got = self.events(stream, 4)
            self.assertEqual([one["type"] for one in got],
                             ["ADDED", "MODIFIED", "ADDED", "DELETED"])
            if token == self.admin:
                self.assertEqual(got[0]["object"]["data"],
                                 {"password": encoded(word)})
                self.assertEqual(got[1]["object"]["data"]["x"],
                                 encoded(second))
            else:
                self.assertEqual(self.traces(got), [])
                self.assertEqual(got[1]["object"]["data"],
                                 {"password": "", "x": ""})
            stream.close()
            stream.tomte_connection.close()

    def test_what_is_wrong_is_said_without_the_value(self):
        word = self.plant()
        for body in [
                {"data": {"a": word + "!"}}, {"data": {"a": [word]}}, {"data": word},
                {"stringData": {"a b": word}}, {"type": 7, "data": word},
                {"metadata": {"name": "S_"}, "stringData": {"a": word}},
                {"metadata": {"name": "s", "annotations": {"x": 1}},
                 "stringData": {"a": word}}]:
            whole = {**daemon.secret("s", "lab"), **body}
            if "stringData" not in body:
                whole.pop("stringData")
            status, answer = self.ask("POST", PATH, whole,
                                      token=self.operator)
            self.assertIn(status, (400, 422), body)
            self.assertEqual(self.traces(answer), [], body)

    def test_a_value_under_a_wrong_name_is_not_kept(self):
        for field, name in ("stringdata", "a"), ("spec", "b"):
            body = {**daemon.secret(name, "lab"), field: {"x": self.plant()}}
            answer = self.daemon.send("POST", PATH, body, token=self.operator)
            said = answer.read() + str(answer.getheaders()).encode()
            answer.tomte_connection.close()
            self.assertIn(answer.status, (201, 400, 422))
            self.assertEqual(self.traces(said), [])
            strict = self.ask("POST", PATH + "?fieldValidation=Strict",
                              body, token=self.operator)
            self.assertEqual(strict[0], 400)
            self.assertEqual(self.traces(strict[1]), [])

    def test_no_trace_is_left_behind(self):
        """After all that can be done: in no file, log, event or record."""
        for name in "a", "b":
            body, _ = self.secret(name)
            self.ask("POST", PATH, body, token=self.admin)
            self.ask("PATCH", f"{PATH}/{name}",
                     {"stringData": {"x": self.plant()}}, token=self.operator,
                     content_type=MERGE)
            self.ask("PUT", f"{PATH}/{name}", self.secret(name)[0],
                     token=self.operator)
            self.ask("GET", f"{PATH}/{name}", token=self.admin)
            self.ask("POST", PATH, body, token=self.viewer)
            self.ask("PATCH", f"{PATH}/{name}?dryRun=All",
                     {"stringData": {"x": self.plant()}}, token=self.admin,
                     content_type=MERGE)
            self.ask("PATCH", f"{PATH}/{name}?fieldManager=f&force=true",
                     daemon.secret(name, "lab", y=self.plant()),
                     token=self.admin,
                     content_type="application/apply-patch+yaml")
            self.ask("POST", PATH, {**daemon.secret(name + "2", "lab"),
                                    "stringdata": {"x": self.plant()}},
                     token=self.operator)
        self.ask("DELETE", PATH + "/a", token=self.admin)
        self.daemon.good("apply", "-n", "lab", "-f", "-",
                         text=json.dumps(self.secret("c")[0]))
        for text in (self.daemon.good("audit", "list", "--json"),
                     self.daemon.good("events", "--json"),
                     self.daemon.good("get", "secrets", "-A", "-o", "name")):
            self.assertEqual(self.traces(text), [])

        database = sqlite3.connect(self.daemon.state / "inventory.db")
        dump = "\n".join(database.iterdump())
        database.close()
        self.assertIn("MODIFIED", dump)
        self.assertEqual(self.traces(dump), [])
        self.assertEqual(self.traces("".join(self.daemon.log)), [])
        log = self.daemon.stop()
        self.assertEqual(self.traces(log), [])
        for path in self.daemon.state.iterdir():
            self.assertEqual(self.traces(path.read_bytes()), [], path)
        self.daemon.start()

    def test_the_digest_in_the_audit_is_no_way_to_guess(self):
        for word in self.plant(), self.plant():
            self.ask("PUT" if word != self.planted[0] else "POST",
                     PATH + ("/s" if word != self.planted[0] else ""),
                     daemon.secret("s", "lab", password=word),
                     token=self.admin)

        first, second = [one["digest"] for one in self.daemon.audit()
                         if one["resource"] == "secrets"]
        self.assertNotEqual(first, second) # by the version alone:
        _, now = self.ask("GET", PATH + "/s", token=self.operator)
        self.assertEqual(now["data"], {"password": ""})
        self.assertEqual(daemon.digest(now), second)


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
