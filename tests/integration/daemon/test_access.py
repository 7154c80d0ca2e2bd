#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may do what: every route, every method, everybody.

usage: test_access.py TOMTE [NAME...]
"""
import hashlib
import json
import sqlite3
import sys
import unittest

import daemon
from daemon import AUDIT, HARDWARE, MERGE, SECRETS, TOKENS, hardware

TOMTE = ""

READS = {"get", "list", "watch"}
WRITES = {"create", "update", "patch", "delete", "deletecollection"}

# What each role may do with each resource, as people are told.
FOR_WORK = ["hardware", "templates", "workflows", "workflowrulesets",
            "machines", "jobs", "tasks", "secrets", "configmaps", "events",
            "namespaces"]
OPERATOR = {**{name: READS | WRITES for name in FOR_WORK},
            "runs": READS, "customresourcedefinitions": READS}
VIEWER = {**{name: READS for name in FOR_WORK},
          "runs": READS, "customresourcedefinitions": READS}
QUESTIONS = ["selfsubjectaccessreviews", "selfsubjectrulesreviews",
             "selfsubjectreviews"]
OPEN = ["/healthz", "/livez", "/readyz", "/version"]
PAGES = ["/api", "/apis", "/api/v1", "/apis/tinkerbell.org",
         "/apis/tinkerbell.org/v1alpha1", "/openapi/v2", "/openapi/v3"]


def verbs_of_collection():
    yield "GET", "", "list"
    yield "HEAD", "", "list"
    yield "GET", "?watch=1&timeoutSeconds=1", "watch"
    yield "POST", "", "create"
    yield "DELETE", "?labelSelector=none%3Dsuch", "deletecollection"


def verbs_of_object():
    yield "GET", "", "get"
    yield "HEAD", "", "get"
    yield "GET", "?watch=1&timeoutSeconds=1", "watch"
    yield "PUT", "", "update"
    yield "PATCH", "", "patch"
    yield "DELETE", "", "delete"


def verbs_of_status():
    yield "GET", "", "get"
    yield "PUT", "", "update"
    yield "PATCH", "", "patch"


class Resource:
    def __init__(self, group, version, resource):
        self.group, self.name = group, resource["name"].split("/")[0]
        self.status = resource["name"].endswith("/status")
        self.namespaced = resource["namespaced"]
        self.root = f"/apis/{group}/{version}" if group else f"/api/{version}"

    def requests(self):
        """(method, path, verb, namespace, name) of all there are."""
        places = [("", "")]
        if self.namespaced:
            places.append(("/namespaces/lab", "lab"))
        for prefix, namespace in places:
            path = f"{self.root}{prefix}/{self.name}"
            if not self.status:
                for method, query, verb in verbs_of_collection():
                    yield method, path + query, verb, namespace, ""
            if self.namespaced and not namespace:
                continue
            path += "/none-such" + ("/status" if self.status else "")
            verbs = verbs_of_status if self.status else verbs_of_object
            for method, query, verb in verbs():
                yield method, path + query, verb, namespace, "none-such"

    def refusal(self, user, verb, namespace, name):
        qualified = f"{self.name}.{self.group}" if self.group else self.name
        named = f' "{name}"' if name else ""
        resource = self.name + ("/status" if self.status else "")
        where = f'in the namespace "{namespace}"' if namespace \
            else "at the cluster scope"
        return (f'{qualified}{named} is forbidden: User "{user}" cannot '
                f'{verb} resource "{resource}" in API group "{self.group}" '
                f'{where}')


class Access(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE)
        self.ask, self.local = self.daemon.ask, self.daemon.local

    def tearDown(self):
        self.daemon.close()

    def resources(self):
        found = []
        _, groups = self.local("GET", "/apis")
        roots = [("", "v1")] + [
            (group["name"], version["version"])
            for group in groups["groups"] for version in group["versions"]]
        for group, version in roots:
            root = f"/apis/{group}/{version}" if group else f"/api/{version}"
            _, listed = self.local("GET", root)
            found += [Resource(group, version, one)
                      for one in listed["resources"]]
        self.assertGreater(len(found), 18)
        return found

    def worker_token(self, name, namespace="default"):
        """As the machine is given one when it boots."""
        database = sqlite3.connect(self.daemon.state / "inventory.db")
        with database:
            changed = database.execute(
                "UPDATE machine SET worker_token = ? WHERE id = (SELECT id "
                "FROM object WHERE kind = 'Hardware' AND namespace = ? AND "
                "name = ?)", (hashlib.sha256(b"worker-token").hexdigest(),
                              namespace, name))
        self.assertEqual(changed.rowcount, 1)
        database.close()
        return "worker-token"

    def check(self, resource, request, allowed, user, **options):
        method, path, verb, namespace, name = request
        body = "{}" if method in ("POST", "PUT", "PATCH") else None
        answer = self.daemon.send(method, path, body, **options)
        case = (user, method, path, answer.status)
        if allowed:
            self.assertNotIn(answer.status, (401, 403, 500), case)
        else:
            self.assertEqual(answer.status, 403, case)
            said = answer.read().decode()
            if method != "HEAD":
                self.assertIn(json.dumps(resource.refusal(
                    user, verb, namespace, name))[1:-1], said)
        if verb == "watch" and answer.status == 200:
            answer.close()
            answer.tomte_connection.close()  # it would stream for a second
        else:
            answer.read()

    def walk(self, user, may, **options):
        """Each request as this user; connections are used again."""
        connection = self.daemon.connect()
        n = 0
        for resource in self.resources():
            for request in resource.requests():
                self.check(resource, request, may(resource, *request[2:]),
                           user, connection=connection, **options)
                n += 1
        for path in PAGES:
            status, _ = self.ask("GET", path, connection=connection, **options)
            self.assertEqual(status, 200, (user, path))
        connection.close()
        self.assertGreater(n, 150)

    def test_by_an_admin(self):
        self.walk("admin", lambda *_: True, token=self.daemon.admin)

    def test_by_an_operator(self):
        token = self.daemon.token("op", "operator")

        self.walk("op", lambda resource, verb, *_:
                  verb in OPERATOR.get(resource.name, ()) or
                  resource.name in QUESTIONS and verb == "create",
                  token=token)

    def test_by_a_viewer(self):
        token = self.daemon.token("eye", "viewer")

        self.walk("eye", lambda resource, verb, *_:
                  verb in VIEWER.get(resource.name, ()) or
                  resource.name in QUESTIONS and verb == "create",
                  token=token)

    def tenant_may(self, roles, namespace):
        def may(resource, verb, where, name):
            if resource.name in QUESTIONS:
                return verb == "create"
            if resource.name == "customresourcedefinitions":
                return verb in READS
            return where == namespace and verb in roles.get(resource.name, ())
        return may

    def test_by_tenants(self):
        inside = self.daemon.token("in", "operator", "-n", "lab")
        outside = self.daemon.token("out", "operator", "-n", "other,lab-2")

        self.walk("in", self.tenant_may(OPERATOR, "lab"), token=inside)
        self.walk("out", self.tenant_may(OPERATOR, "other"), token=outside)

    def test_by_an_admin_of_a_namespace(self):
        token = self.daemon.token("local-admin", "admin", "-n", "lab")
        kinds = {resource.name: READS | WRITES
                 for resource in self.resources()}
        kinds["customresourcedefinitions"] = READS

        self.walk("local-admin", self.tenant_may(kinds, "lab"), token=token)

    def test_by_nobody(self):
        """An address each, for who fails often is not heard."""
        foreign = {"none": {}, "wrong": {"token": "tomte_" + "0" * 64},
                   "empty": {"token": " "}}
        n = 0
        requests = [(method, path) for resource in self.resources()
                    for method, path, *_ in resource.requests()]
        requests += [("GET", path) for path in PAGES]
        requests += [("GET", "/apis/none.such/v1/x"), ("POST", "/apis"),
                     ("PUT", HARDWARE.format("x")), ("GET", "/api/v2/pods")]
        for method, path in requests:
            for options in foreign.values():
                n += 1
                source = f"127.{n // 65536 + 1}.{n // 256 % 256}.{n % 256}"
                body = "{}" if method in ("POST", "PUT", "PATCH") else None
                answer = self.daemon.send(method, path, body, source=source,
                                          **options)
                self.assertEqual(answer.status, 401, (method, path, options))
                self.assertIn("Bearer", answer.getheader("WWW-Authenticate"))
                answer.tomte_connection.close()
        for path in OPEN:
            self.assertEqual(self.ask("GET", path)[0], 200)
        self.assertEqual(len(self.daemon.audit("--user", "anonymous")), n)

    def test_by_a_machine(self):
        self.local("POST", HARDWARE.format("lab"), hardware("m1", "lab"))
        token = self.worker_token("m1", "lab")
        connection = self.daemon.connect()
        for resource in self.resources():
            for request in resource.requests():
                self.check(resource, request, False, "machine:lab/m1",
                           token=token, connection=connection)
        for path in PAGES:
            self.assertEqual(self.ask("GET", path, token=token)[0], 403)

    def make_runs(self):
        """w1 and w2 in lab, for m1 and a machine that there is not."""
        self.local("POST", HARDWARE.format("lab"), hardware("m1", "lab"))
        for name, machine in ("w1", "m1"), ("w2", "m2"):
            template = {"apiVersion": "tinkerbell.org/v1alpha1",
                        "kind": "Template", "metadata": {"name": name},
                        "spec": {"data": (
                            "version: '0.1'\nname: t\nglobal_timeout: 600\n"
                            f"tasks:\n- name: t\n  worker: {machine}\n"
                            "  actions:\n"
                            "  - {name: a, image: 'writefile:v1', "
                            "timeout: 60}\n")}}
            workflow = {"apiVersion": "tinkerbell.org/v1alpha1",
                        "kind": "Workflow", "metadata": {"name": name},
                        "spec": {"templateRef": name, "hardwareRef": machine}}
            root = HARDWARE.format("lab").removesuffix("hardware")
            self.assertEqual(self.local("POST", root + "templates",
                                        template)[0], 201)
            self.assertEqual(self.local("POST", root + "workflows",
                                        workflow)[0], 201)
        runs = "/apis/tomte.dev/v1alpha1/namespaces/{}/runs/{}"
        daemon.wait_for("the run", lambda: self.local(
            "GET", runs.format("lab", "w1"))[0] == 200)
        return runs

    def test_a_tenant_sees_no_runs_and_events_of_another(self):
        runs = self.make_runs()
        lab = self.daemon.token("in-lab", "viewer", "-n", "lab")
        other = self.daemon.token("in-other", "viewer", "-n", "other")
        events = "/api/v1/namespaces/{}/events"
        _, seen = self.ask("GET", events.format("lab"), token=lab)
        self.assertTrue(seen["items"])
        self.assertEqual(self.ask("GET", runs.format("lab", "w1"),
                                  token=lab)[0], 200)

        self.assertEqual(self.ask("GET", runs.format("other", "w1"),
                                  token=other)[0], 404)
        for path in runs.format("other", ""), events.format("other"):
            status, listed = self.ask("GET", path, token=other)
            self.assertEqual((status, listed["items"]), (200, []))

    def test_a_machine_sees_its_own_run(self):
        runs = self.make_runs()
        token = self.worker_token("m1", "lab")

        status, run = self.ask("GET", runs.format("lab", "w1"), token=token)
        self.assertEqual(status, 200, run)
        self.assertEqual(run["spec"]["machine"], "m1")
        for path in runs.format("lab", "w2"), runs.format("default", "w1"), \
                runs.format("lab", "w1") + "?watch=1":
            self.assertEqual(self.ask("GET", path, token=token)[0], 403)

    def test_the_workers_door_is_for_workers(self):
        for token in self.daemon.admin, self.daemon.token("x", "operator"):
            for method, path in ("POST", "/worker/v1/hello"), \
                    ("GET", "/worker/v1/next"):
                self.assertEqual(self.ask(method, path, body="{}",
                                          token=token)[0], 401)
        self.assertEqual(len([one for one in self.daemon.audit()
                              if one["decision"] == "deny"]), 4)

    def test_a_token_in_a_url_is_no_token(self):
        for name in "access_token", "token", "authorization":
            status, _ = self.ask(
                "GET", f"{HARDWARE.format('x')}?{name}={self.daemon.admin}")
            self.assertEqual(status, 401)
        self.assertNotIn(self.daemon.admin, "".join(self.daemon.log))

    def test_other_ways_to_log_in_are_none(self):
        for header in "Basic YWRtaW46YWRtaW4=", self.daemon.admin, "Bearer":
            connection = self.daemon.connect()
            connection.request("GET", "/apis",
                               headers={"Authorization": header})
            self.assertEqual(connection.getresponse().status, 401, header)
            connection.close()

    def test_an_expired_token_is_refused(self):
        body = {"apiVersion": "tomte.dev/v1alpha1", "kind": "Token",
                "metadata": {"name": "short"},
                "spec": {"role": "viewer", "expirationSeconds": 2}}
        status, made = self.local("POST", TOKENS, body)
        self.assertEqual(status, 201)
        token = made["status"]["token"]
        self.assertEqual(self.ask("GET", "/apis", token=token)[0], 200)

        status, said = daemon.wait_for("its end", lambda: (
            lambda got: got if got[0] != 200 else None)(
                self.ask("GET", "/apis", token=token)))

        self.assertEqual(status, 401)
        self.assertEqual(said["message"],
                         "Unauthorized: the token has expired")
        self.assertEqual(said["reason"], "Unauthorized")

    def test_a_revoked_token_is_refused_at_once(self):
        token = self.daemon.token("ci", "viewer")
        connection = self.daemon.connect()
        self.assertEqual(self.ask("GET", "/apis", token=token,
                                  connection=connection)[0], 200)
        self.daemon.good("token", "revoke", "ci")

        self.assertEqual(self.ask("GET", "/apis", token=token,
                                  connection=connection)[0], 401)
        connection.close()

    def test_a_user_is_revoked_with_all_tokens(self):
        tokens = [self.daemon.token(name, "viewer", "--user", "ada")
                  for name in ("laptop", "script")]
        other = self.daemon.token("bob", "viewer")
        self.daemon.good("token", "revoke", "--user", "ada")

        for token in tokens:
            self.assertEqual(self.ask("GET", "/apis", token=token)[0], 401)
        self.assertEqual(self.ask("GET", "/apis", token=other)[0], 200)

    def test_tokens_are_shown_without_their_secret(self):
        token = self.daemon.token("ci", "operator", "-n", "a,b", "--ttl",
                                  "90d", "--user", "ada")
        self.ask("GET", "/apis", token=token)

        status, one = self.local("GET", TOKENS + "/ci")
        self.assertEqual(status, 200)
        self.assertEqual(one["spec"], {"type": "Bearer", "user": "ada",
                                       "role": "operator",
                                       "namespaces": ["a", "b"]})
        self.assertEqual(one["status"]["createdBy"].split(":")[0], "local")
        self.assertIn("lastUsed", one["status"])
        self.assertNotIn("token", one["status"])
        _, every = self.local("GET", TOKENS)
        self.assertEqual([item["metadata"]["name"] for item in every["items"]],
                         ["admin", "ci"])
        self.assertNotIn(token, str(every))
        self.assertNotIn(token, self.daemon.good("token", "list"))
        self.assertNotIn(token.encode(), self.files())

    def files(self):
        return b"".join(
            path.read_bytes() for path in self.daemon.state.iterdir()
            if path.is_file() and path.name != "kubeconfig")

    def test_a_dry_run_makes_and_revokes_no_token(self):
        body = {"apiVersion": "tomte.dev/v1alpha1", "kind": "Token",
                "metadata": {"name": "dry"}, "spec": {"role": "viewer"}}
        status, made = self.local("POST", TOKENS + "?dryRun=All", body)
        self.assertEqual(status, 201)
        self.assertNotIn("token", made["status"])
        self.assertEqual(self.local("GET", TOKENS + "/dry")[0], 404)

        token = self.daemon.token("ci", "viewer")
        self.local("DELETE", TOKENS + "/ci", {"dryRun": ["All"]})
        self.assertEqual(self.ask("GET", "/apis", token=token)[0], 200)

    def test_a_collection_of_tokens_is_not_revoked_by_chance(self):
        token = self.daemon.token("ci", "viewer")
        for query in "", "?labelSelector=a%3Db", \
                "?fieldSelector=metadata.name%3Dci", \
                "?fieldSelector=spec.user%3D", \
                "?fieldSelector=spec.user!%3Dx":
            self.assertEqual(self.local("DELETE", TOKENS + query)[0], 400)
        self.assertEqual(self.ask("GET", "/apis", token=token)[0], 200)

    def test_a_tenant_uses_nothing_of_another(self):
        self.local("POST", SECRETS.format("b"),
                   daemon.secret("s", "b", username="u", password="p"))
        token = self.daemon.token("in-a", "operator", "-n", "a")
        root = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/a/"
        machine = {"apiVersion": "bmc.tinkerbell.org/v1alpha1",
                   "kind": "Machine", "metadata": {"name": "m"},
                   "spec": {"connection": {
                       "host": "127.0.0.1", "insecureTLS": True,
                       "authSecretRef": {"name": "s", "namespace": "b"}}}}
        status, said = self.ask("POST", root + "machines", machine,
                                token=token)
        self.assertEqual(status, 403)
        self.assertIn('cannot refer to the namespace "b"', said["message"])

        machine["spec"]["connection"]["authSecretRef"]["namespace"] = "a"
        self.assertEqual(self.ask("POST", root + "machines", machine,
                                  token=token)[0], 201)
        status, _ = self.ask(
            "PATCH", root + "machines/m", {"spec": {"connection": {
                "authSecretRef": {"namespace": "b"}}}},
            token=token, content_type=MERGE)
        self.assertEqual(status, 403)
        # By a path without a namespace into another one.
        status, _ = self.ask(
            "POST", "/apis/tinkerbell.org/v1alpha1/hardware",
            hardware("m1", "b"), token=token)
        self.assertEqual(status, 403)

    def test_who_asks_is_told_what_it_may(self):
        token = self.daemon.token("op", "operator", "-n", "a")
        root = "/apis/authorization.k8s.io/v1/"
        question = {"apiVersion": "authorization.k8s.io/v1",
                    "kind": "SelfSubjectAccessReview"}

        def may(**attributes):
            status, answer = self.ask(
                "POST", root + "selfsubjectaccessreviews",
                {**question, "spec": {"resourceAttributes": attributes}},
                token=token)
            self.assertEqual(status, 201, answer)
            return answer["status"]["allowed"]

        self.assertTrue(may(verb="create", group="tinkerbell.org",
                            resource="workflows", namespace="a"))
        self.assertFalse(may(verb="create", group="tinkerbell.org",
                             resource="workflows", namespace="b"))
        self.assertFalse(may(verb="list", group="tomte.dev",
                             resource="tokens"))
        status, answer = self.ask(
            "POST", root + "selfsubjectrulesreviews",
            {"apiVersion": "authorization.k8s.io/v1",
             "kind": "SelfSubjectRulesReview", "spec": {"namespace": "a"}},
            token=token)
        self.assertEqual(status, 201)
        self.assertIn("secrets", [name for rule in
                                  answer["status"]["resourceRules"]
                                  for name in rule["resources"]])
        status, answer = self.ask(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            {"apiVersion": "authentication.k8s.io/v1",
             "kind": "SelfSubjectReview"}, token=token)
        self.assertEqual(status, 201)
        self.assertEqual(answer["status"]["userInfo"]["username"], "op")
        self.assertEqual(self.local(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            {"apiVersion": "authentication.k8s.io/v1",
             "kind": "SelfSubjectReview"})[1]["status"]["userInfo"]["groups"],
            ["admin", "system:authenticated"])

    def test_who_fails_too_often_is_not_heard_for_a_while(self):
        for _ in range(30):
            self.assertEqual(self.ask("GET", "/apis", token="wrong",
                                      source="127.0.0.9")[0], 401)

        answer = self.daemon.send("GET", "/apis", token=self.daemon.admin,
                                  source="127.0.0.9")
        self.assertEqual(answer.status, 429)
        self.assertIn(answer.getheader("Retry-After"), ("1", "2", "3"))
        answer.tomte_connection.close()
        self.assertEqual(self.ask("GET", "/apis", token=self.daemon.admin,
                                  source="127.0.0.10")[0], 200)
        self.assertEqual(self.ask("GET", "/healthz",
                                  source="127.0.0.9")[0], 200)
        self.assertEqual(self.local("GET", "/apis")[0], 200)
        daemon.wait_for("being heard again", lambda: self.ask(
            "GET", "/apis", token=self.daemon.admin,
            source="127.0.0.9")[0] == 200)
        self.assertEqual(len([one for one in self.daemon.audit()
                              if one["source"] == "127.0.0.9"]), 30)

    def test_a_wrong_kubeconfig_is_made_anew(self):
        path = self.daemon.state / "kubeconfig"
        before = self.daemon.admin
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.daemon.stop()
        path.unlink()
        self.daemon.start()

        self.assertEqual(self.ask("GET", "/apis", token=before)[0], 401)
        self.assertEqual(self.ask("GET", AUDIT, token=self.daemon.admin)[0],
                         200)

    def test_a_kubeconfig_says_where_and_who(self):
        for more in [], ["--cert"]:
            path = self.daemon.dir / "config"
            self.daemon.good("kubeconfig", "--role", "viewer", "-n", "a",
                             "-o", path, *more)
            text = path.read_text()

            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            self.assertIn(f"server: https://127.0.0.1:{self.daemon.port}",
                          text)
            self.assertIn("namespace: a", text)
            self.assertEqual("client-key-data" in text, bool(more))
            self.assertEqual("token: tomte_" in text, not more)

    def test_the_command_line_says_what_it_wants(self):
        for args, words in [
                (["token", "create", "x"], "--role"),
                (["token", "create", "x", "--role", "king"], "spec.role"),
                (["token", "create", "x", "--role", "viewer", "--ttl", "5"],
                 "--ttl 5"),
                (["token", "create", "X_", "--role", "viewer"],
                 "metadata.name"),
                (["token", "revoke"], "expected names"),
                (["token", "revoke", "none-such"], "not found"),
                (["token", "revoke", "a", "--user", "b"], "expected names"),
                (["token", "dance"], "expected create"),
                (["audit", "prune"], "--before"),
                (["audit", "verify", "--head", "x"], "--head x"),
                (["audit", "list", "--since", "ever"], "--since ever"),
                (["kubeconfig", "x"], "no words")]:
            done = self.daemon.tomte(*args)

            self.assertIn(done.returncode, (1, 2), args)
            self.assertIn(words, done.stderr, args)


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
