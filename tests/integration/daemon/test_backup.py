#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A backup, taken while the daemon works, and a daemon that goes on from it."""
import shutil
import sys
import threading
import unittest

import daemon

KEYS = "key", "ca.key", "ca.pem"


class Backup(unittest.TestCase):
    def setUp(self):
        self.tomte = daemon.Daemon(sys.argv[1])
        self.addCleanup(self.tomte.close)
        self.file = self.tomte.dir / "backup.db"

    def backup(self):
        return self.tomte.tomte("backup", self.file, "--state",
                                self.tomte.state)

    def restored(self):
        """Another daemon, on the backup and the keys: as operations.md has
        it."""
        other = daemon.Daemon(sys.argv[1])
        self.addCleanup(other.close)
        other.stop()
        for file in other.state.iterdir():
            file.unlink()
        for name in KEYS:
            shutil.copy(self.tomte.state / name, other.state / name)
        shutil.copy(self.file, other.state / "inventory.db")
        other.start()
        return other

    def test_a_daemon_goes_on_from_a_backup(self):
        self.tomte.local("POST", daemon.HARDWARE.format("default"),
                         daemon.hardware("m1"))
        self.tomte.local("POST", daemon.SECRETS.format("default"),
                         daemon.secret("s", password="sesame-5"))
        token = self.tomte.token("viewer", "viewer")

        done = self.backup()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.tomte.local("POST", daemon.HARDWARE.format("default"),
                         daemon.hardware("m2"))
        other = self.restored()

        self.assertIn("checked; the keys in", done.stdout)
        self.assertNotIn(b"sesame-5", self.file.read_bytes())
        status, hardware = other.ask(
            "GET", daemon.HARDWARE.format("default"), token=token)
        self.assertEqual(status, 200)
        self.assertEqual([item["metadata"]["name"]
                          for item in hardware["items"]], ["m1"])
        _, secret = other.local("GET", daemon.SECRETS.format("default") + "/s")
        self.assertEqual(secret["data"], {"password": "c2VzYW1lLTU="})
        other.good("audit", "verify")

    def test_neither_waits_for_the_other(self):
        failures, over = [], threading.Event()

        def write():
            n = 0
            while not over.is_set() and n < 2000:
                n += 1
                status, _ = self.tomte.local(
                    "POST", daemon.HARDWARE.format("default"),
                    daemon.hardware(f"m{n}", interfaces=[]))
                if status != 201:
                    failures.append(status)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(5):
                done = self.backup()
                self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            over.set()
            writer.join()
        self.assertEqual(failures, [])
        other = self.restored()
        _, kept = other.local("GET", daemon.HARDWARE.format("default"))
        names = {item["metadata"]["name"] for item in kept["items"]}
        self.assertEqual(names, {f"m{n + 1}" for n in range(len(names))})

    def test_a_backup_that_cannot_be_says_why(self):
        done = self.tomte.tomte("backup", self.file, "--state", "/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/inventory.db: No such file", done.stderr)
        self.assertEqual(self.tomte.tomte("backup").returncode, 2)
        self.assertFalse(self.file.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
