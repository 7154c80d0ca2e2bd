#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the audit knows, and that nothing of it can be taken back.

usage: test_audit.py TOMTE [NAME...]
"""
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
import unittest

import daemon
from daemon import AUDIT, HARDWARE, MERGE, hardware

TOMTE = ""
PATH = HARDWARE.format("default")


class Audit(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE)
        self.ask, self.good = self.daemon.ask, self.daemon.good
        self.admin = self.daemon.admin
        self.inventory = self.daemon.state / "inventory.db"

    def tearDown(self):
        self.daemon.close()

    def fill(self, n=6):
        for i in range(n):
            status, _ = self.ask("POST", PATH, hardware(f"m{i + 1}"),
                                 token=self.admin)
            self.assertEqual(status, 201)

    def tamper(self, sql, path=None):
        """As somebody with the file and time."""
        database = sqlite3.connect(path or self.inventory)
        with database:
            database.executescript(
                "DROP TRIGGER IF EXISTS audit_stays;"
                "DROP TRIGGER IF EXISTS audit_goes_by_stub;" + sql)
        database.close()

    def copy(self):
        """A copy by SQLite's own means, in a folder of its own."""
        path = self.daemon.dir / "copy" / "inventory.db"
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        database = sqlite3.connect(self.inventory)
        database.execute("VACUUM INTO ?", (str(path),))
        database.close()
        return path

    def broken(self, words, *args):
        done = self.daemon.tomte("audit", "verify", *args)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(words, done.stderr)

    def test_each_write_is_a_row(self):
        viewer = self.daemon.token("eye", "viewer")
        self.ask("POST", PATH, hardware("m1"), token=self.admin)
        self.ask("PUT", PATH + "/m1", hardware("m1", agentID="a"),
                 token=self.admin)
        self.ask("PATCH", PATH + "/m1", {"spec": {"agentID": "b"}},
                 token=self.admin, content_type=MERGE)
        self.ask("PATCH", PATH + "/m1/status", {"status": {"state": "x"}},
                 token=self.admin, content_type=MERGE)
        self.ask("GET", PATH + "/m1", token=viewer)
        self.ask("DELETE", PATH + "/m1", token=viewer)
        self.ask("DELETE", PATH + "/none", token=self.admin)
        self.ask("POST", PATH, hardware("M_"), token=self.admin)
        self.ask("POST", PATH, "{", token=self.admin)
        self.ask("DELETE", PATH + "?labelSelector=a%3Db", token=self.admin)
        self.ask("DELETE", PATH + "/m1", token=self.admin)
        self.ask("GET", PATH, token="wrong")
        self.ask("GET", "/apis")

        rows = [(one["user"], one["role"], one["verb"], one["resource"],
                 one["name"], one["decision"], one["status"])
                for one in self.daemon.audit()]
        self.assertEqual(rows[1:], [
            ("admin", "admin", "create", "hardware", "m1", "allow", 201),
            ("admin", "admin", "update", "hardware", "m1", "allow", 200),
            ("admin", "admin", "patch", "hardware", "m1", "allow", 200),
            ("admin", "admin", "patch", "hardware/status", "m1", "allow",
             200),
            ("eye", "viewer", "delete", "hardware", "m1", "forbid", 403),
            ("admin", "admin", "delete", "hardware", "none", "allow", 404),
            ("admin", "admin", "create", "hardware", "M_", "allow", 422),
            ("admin", "admin", "create", "hardware", "", "allow", 400),
            ("admin", "admin", "deletecollection", "hardware", "", "allow",
             200),
            ("admin", "admin", "delete", "hardware", "m1", "allow", 200),
            ("anonymous", "", "list", "hardware", "", "deny", 401),
            ("anonymous", "", "get", "", "/apis", "deny", 401)])
        self.assertEqual(rows[0][1:4], ("admin", "create", "tokens"))
        self.assertTrue(rows[0][0].startswith("local:"))

    def test_a_row_says_from_where(self):
        self.ask("POST", PATH, hardware("m1"), token=self.admin,
                 source="127.0.0.7")
        self.daemon.local("POST", PATH, hardware("m2"))

        first, second = self.daemon.audit()
        self.assertEqual(first["source"], "127.0.0.7")
        self.assertEqual(second["source"], f"unix:{os.getpid()}")
        self.assertEqual(second["user"], "local:" + daemon.user_name())

    def test_a_row_has_the_digest_of_what_was_written(self):
        _, made = self.ask("POST", PATH, hardware("m1", agentID="a"),
                           token=self.admin)
        self.ask("DELETE", PATH + "/m1", token=self.admin)

        first, second = self.daemon.audit()
        self.assertEqual(first["digest"], daemon.digest(made))
        self.assertEqual(len(second["digest"]), 64)

    def test_a_dry_run_is_a_row_that_says_so(self):
        self.ask("POST", PATH + "?dryRun=All", hardware("m1"),
                 token=self.admin)

        self.assertTrue(self.daemon.audit()[0]["dryRun"])
        self.assertEqual(self.ask("GET", PATH + "/m1",
                                  token=self.admin)[0], 404)
        self.assertIn("201 (dry run)", self.good("audit", "list"))

    def test_questions_and_reads_are_no_rows(self):
        for path in PATH, "/apis", AUDIT, "/healthz":
            self.ask("GET", path, token=self.admin)
        self.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                 {"apiVersion": "authentication.k8s.io/v1",
                  "kind": "SelfSubjectReview"}, token=self.admin)

        self.assertEqual(self.daemon.audit(), [])

    def test_a_list_can_be_narrowed(self):
        self.daemon.token("eye", "viewer")
        self.fill(3)

        self.assertEqual(len(self.daemon.audit("--user", "admin")), 3)
        self.assertEqual(len(self.daemon.audit("--user", "nobody")), 0)
        self.assertEqual(len(self.daemon.audit("--since", "1h")), 4)
        self.assertEqual(len(self.daemon.audit("--since", "2100-01-01")), 0)
        status, page = self.ask("GET", AUDIT + "?limit=2&continue=1",
                                token=self.admin)
        self.assertEqual([one["metadata"]["name"] for one in page["items"]],
                         ["2", "3"])
        self.assertEqual(page["metadata"]["continue"], "3")
        self.assertEqual(self.ask("GET", AUDIT + "/2",
                                  token=self.admin)[0], 200)
        for query in "?limit=x", "?fieldSelector=a%3Db", "?continue=-1":
            self.assertEqual(self.ask("GET", AUDIT + query,
                                      token=self.admin)[0], 400)
        for path in "/0", "/99", "/x":
            self.assertEqual(self.ask("GET", AUDIT + path,
                                      token=self.admin)[0], 404)
        self.assertEqual(self.ask("GET", AUDIT + "?watch=1",
                                  token=self.admin)[0], 405)

    def test_it_fits_by_the_api_and_in_a_copy(self):
        self.fill()
        head = self.good("audit", "head").strip()

        for args in [], ["--file", self.copy()], ["--head", head], \
                ["--file", self.inventory, "--head", head]:
            self.assertEqual(self.good("audit", "verify", *args),
                             f"6 rows fit; head {head}\n")
        self.assertIn(head.replace(":", " "), (self.daemon.state /
                                               "audit.head").read_text())

    def test_a_changed_row_is_named(self):
        self.fill()
        for change in "user = 'eve'", "status = 403", "name = 'm9'", \
                "at = at - 1", "digest = ''", "hash = hash || '0'":
            copy = self.copy()
            self.tamper(f"UPDATE audit SET {change} WHERE id = 4", copy)
            self.broken("row 4 does not fit", "--file", copy)

        self.tamper("UPDATE audit SET user = 'eve' WHERE id = 2")
        self.broken("row 2 does not fit")

    def test_a_row_that_was_taken_out_is_named(self):
        self.fill()
        copy = self.copy()
        self.tamper("DELETE FROM audit WHERE id = 3", copy)
        self.broken("row 3 is missing", "--file", copy)
        self.tamper("DELETE FROM audit WHERE id = 5")
        self.broken("row 5 is missing")

    def test_a_row_that_was_put_in_is_named(self):
        self.fill()
        copy = self.copy()
        self.tamper(
            "UPDATE audit SET id = id + 100 WHERE id > 3;"
            "INSERT INTO audit SELECT 4, at, user, role, source, verb,"
            " api_group, resource, namespace, name, decision, status, dry,"
            " digest, hash FROM audit WHERE id = 2;"
            "UPDATE audit SET id = id - 99 WHERE id > 100;", copy)
        self.broken("row 4 does not fit", "--file", copy)

    def test_an_end_that_was_cut_off_is_missed(self):
        self.fill()
        head = self.good("audit", "head").strip()
        cut = ("DELETE FROM audit WHERE id > 4;"
               "UPDATE sqlite_sequence SET seq = 4 WHERE name = 'audit';")
        copy = self.copy()
        self.tamper(cut, copy)
        self.broken("row 5 is missing", "--file", copy, "--head", head)
        shutil.copy(self.daemon.state / "audit.head", copy.parent)
        self.broken("row 5 is missing", "--file", copy)

        self.tamper(cut)
        self.broken("row 5 is missing")

    def test_an_end_that_was_cut_off_is_told_at_the_next_start(self):
        self.fill()
        self.daemon.stop()
        self.tamper("DELETE FROM audit WHERE id > 4;"
                    "UPDATE sqlite_sequence SET seq = 4;")
        self.daemon.start()

        self.assertIn("does not go on from where it was (row 6",
                      "".join(self.daemon.log))
        self.broken("row 5 tells that rows up to 6 had gone")
        self.ask("POST", PATH, hardware("m9"), token=self.daemon.admin)
        self.broken("row 5 tells that rows up to 6 had gone")

    def test_a_restart_goes_on_with_the_chain(self):
        self.fill(2)
        for with_signal in signal.SIGTERM, signal.SIGKILL:
            self.daemon.stop(with_signal)
            self.daemon.start()
            self.ask("POST", PATH, hardware(f"x{with_signal}"),
                     token=self.daemon.admin)
        self.assertIn("4 rows fit", self.good("audit", "verify"))

    def test_a_change_and_its_row_are_one(self):
        """Killed in the middle of writes: neither is there without the
        other."""
        stop = threading.Event()
        answered = []

        def write(worker):
            connection = self.daemon.connect()
            n = 0
            while not stop.is_set():
                name = f"w{worker}-{n}"
                n += 1
                try:
                    status, _ = self.ask("POST", PATH, hardware(name),
                                         token=self.admin,
                                         connection=connection)
                except OSError:
                    return
                except Exception: # the answer was cut
                    return
                if status == 201:
                    answered.append(name)

        writers = [threading.Thread(target=write, args=(i,))
                   for i in range(4)]
        for writer in writers:
            writer.start()
        daemon.wait_for("some writes", lambda: len(answered) > 50)
        self.daemon.stop(signal.SIGKILL)
        stop.set()
        for writer in writers:
            writer.join()
        self.daemon.start()

        self.good("audit", "verify")
        _, listed = self.ask("GET", PATH, token=self.daemon.admin)
        there = {one["metadata"]["name"] for one in listed["items"]}
        told = {one["name"] for one in self.daemon.audit()
                if one["status"] == 201}
        self.assertEqual(there, told)
        self.assertLessEqual(set(answered), there)

    def test_pruning_leaves_a_stub(self):
        self.fill()
        said = self.good("audit", "prune", "--up-to", "4")
        self.assertIn("4 rows up to 4 pruned", said)

        rows = self.daemon.audit()
        self.assertEqual([one["name"] for one in rows], ["m5", "m6", "4"])
        self.assertEqual(rows[2]["verb"], "deletecollection")
        self.assertIn(rows[2]["digest"], said)
        for args in [], ["--file", self.copy()]:
            self.assertIn("rows up to 4 were pruned",
                          self.good("audit", "verify", *args))
        self.assertIn("2 rows up to 6 pruned",
                      self.good("audit", "prune", "--up-to", "6"))
        self.assertIn("2 rows fit", self.good("audit", "verify"))
        copy = self.copy()
        self.tamper("UPDATE audit_stub SET user = 'eve' WHERE up_to = 4", copy)
        self.broken("rows up to 4 that were pruned does not fit", "--file",
                    copy)

    def test_pruning_is_for_who_may_and_says_what(self):
        self.fill(3)
        operator = self.daemon.token("op", "operator")
        self.assertEqual(self.ask("DELETE", AUDIT + "?upTo=1",
                                  token=operator)[0], 403)
        for query, status in [("", 400), ("?upTo=x", 400),
                              ("?upTo=1&beforeMs=1", 400), ("?upTo=99", 404),
                              ("?beforeMs=1000", 404)]:
            self.assertEqual(self.ask("DELETE", AUDIT + query,
                                      token=self.admin)[0], status, query)
        self.ask("DELETE", AUDIT + "?upTo=2&dryRun=All", token=self.admin)
        self.assertEqual(self.daemon.audit()[0]["name"], "m1")
        self.assertEqual(self.ask("DELETE", AUDIT + "/1",
                                  token=self.admin)[0], 405)
        done = self.daemon.tomte("audit", "prune", "--before", "1d")
        self.assertIn("no row is older", done.stderr)
        self.good("audit", "verify")

    def test_what_is_no_inventory_is_said(self):
        path = self.daemon.dir / "x"
        path.write_text("not a database")
        for file, words in [(path, "no inventory"),
                            (self.daemon.dir / "none", "No such file")]:
            self.broken(words, "--file", file)


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
