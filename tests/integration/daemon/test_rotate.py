#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""New passwords for BMCs, and ends at the worst moments.

usage: test_rotate.py TOMTE FAKES [NAME...]
"""
import base64
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import daemon
import fakes
from fakes import PASSWORD

TOMTE = ""
FAKES = ""
STEPS = ["record", "set", "try-new", "adopt", "done"]
NEXT = "password.next"


def tomte(*args):
    return subprocess.run([TOMTE, *map(str, args)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False)


class Alone(unittest.TestCase):
    """Without a daemon: the file keeps it."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-rotate."))
        self.addCleanup(shutil.rmtree, self.dir)
        self.farm = fakes.Farm(self.dir, FAKES, "--delay-ms", "10")
        self.addCleanup(self.farm.close)
        self.new = self.dir / "new"

    def words(self, n, old=None):
        return ("bmc", "rotate-password", "--bmc", self.farm.url(n),
                "--password-file", old or self.farm.password_file,
                "--new-password-file", self.new)

    def login(self, n, file):
        return tomte("bmc", "info", "--bmc", self.farm.url(n),
                     "--password-file", file).returncode == 0

    def test_it_is_made_up_and_kept(self):
        done = tomte(*self.words(1))

        self.assertEqual(done.returncode, 0, done)
        password = self.new.read_text().strip()
        self.assertEqual(len(password), 16)
        self.assertEqual(self.new.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(password, done.stdout + done.stderr)
        self.assertTrue(self.login(1, self.new))
        self.assertFalse(self.login(1, self.farm.password_file))

    def test_that_of_a_file_is_taken(self):
        self.new.write_text("Of-a-file-1\n")

        self.assertEqual(tomte(*self.words(2)).returncode, 0)
        self.assertTrue(self.login(2, self.new))

    def test_killed_at_any_time_it_goes_on(self):
        broken_off = 0
        for i in range(8):
            self.new.unlink(missing_ok=True)
            with subprocess.Popen([TOMTE, *map(str, self.words(10 + i))],
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                time.sleep(0.05 + 0.06 * i)
                process.kill()
                broken_off += process.wait() != 0
            # Whatever the moment, one of the two is right.
            self.assertTrue(self.login(10 + i, self.farm.password_file) or
                            (self.new.exists() and
                             self.login(10 + i, self.new)))

            done = tomte(*self.words(10 + i))

            self.assertEqual(done.returncode, 0, (i, done))
            self.assertTrue(self.login(10 + i, self.new))
        self.assertGreater(broken_off, 0)

    def test_a_wrong_old_password_leaves_no_file(self):
        wrong = self.dir / "wrong"
        wrong.write_text("wrong\n")

        done = tomte(*self.words(3, wrong))

        self.assertEqual(done.returncode, 1, done)
        self.assertIn("it has the old password", done.stderr)
        self.assertFalse(self.new.exists())
        self.assertTrue(self.login(3, self.farm.password_file))

    def test_one_that_is_too_long_is_not_taken(self):
        self.new.write_text("x" * 40 + "\n")

        done = tomte(*self.words(4))

        self.assertEqual(done.returncode, 1, done)
        self.assertTrue(self.login(4, self.farm.password_file))


class WithDaemon(unittest.TestCase):
    """What both protocols have."""

    @classmethod
    def open_daemon(cls):
        cls.daemon = daemon.Daemon(TOMTE)
        cls.addClassCleanup(cls.close_daemon)

    @classmethod
    def close_daemon(cls):
        assert PASSWORD not in cls.daemon.close()

    @classmethod
    def put_secret(cls, name, **values):
        status, answer = cls.daemon.local(
            "POST", daemon.SECRETS.format("default"),
            daemon.secret(name, username="admin", **values))
        assert status == 201, answer

    def secret(self, name):
        """Its values, as an administrator sees them; {}: there is none."""
        status, answer = self.daemon.local(
            "GET", daemon.SECRETS.format("default") + "/" + name)
        if status == 404:
            return {}
        return {key: base64.b64decode(value).decode()
                for key, value in answer["data"].items()}

    def kill_at(self, name, step):
        """While the password of this machine's BMC changes; and begin anew,
        until it is over."""
        with subprocess.Popen(
                [TOMTE, "bmc", "rotate-password", name],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={"TOMTE_SOCKET": str(self.daemon.state /
                                         "tomte.sock")}) as client:
            daemon.wait_for(step, lambda: any(
                f"bmc=default/{name}-bmc step={step}" in line
                for line in self.daemon.log), seconds=30)
            self.daemon.stop(signal.SIGKILL)
            client.wait(timeout=30)
        self.daemon.log.clear()
        self.daemon.start()

        # Nothing was written down yet, or it goes on by itself.
        if not self.secret(f"{name}-bmc-credentials"):
            self.daemon.good("bmc", "rotate-password", name)
        daemon.wait_for("the end of it", lambda: NEXT not in
                        self.secret(f"{name}-bmc-credentials"))


class Redfish(WithDaemon):
    """Over TLS, of which the key is pinned."""

    @classmethod
    def setUpClass(cls):
        cls.open_daemon()
        # The last only keeps the Secret one of several.
        n_bmcs = len(STEPS) + 3
        cls.row = fakes.RedfishRow(cls.daemon.dir, FAKES, n_bmcs,
                                   "--fault", "need-etag")
        cls.addClassCleanup(cls.row.close)
        cls.put_secret("row", password=PASSWORD)
        for n in range(n_bmcs):
            fakes.add(cls.daemon, f"f{n}", cls.row.connection(n),
                      {"tomte.dev/bmc-pin": cls.row.pin})

    def login(self, n, password):
        file = self.daemon.dir / "try"
        file.write_text(password + "\n")
        return tomte("bmc", "power", "status", "--bmc", self.row.url(n),
                     "--pin", self.row.pin,
                     "--password-file", file).returncode == 0

    def assert_rotated(self, n):
        values = self.secret(f"f{n}-bmc-credentials")
        self.assertEqual(sorted(values), ["password", "username"])
        self.assertNotEqual(values["password"], PASSWORD)
        self.assertTrue(self.login(n, values["password"]))
        self.assertFalse(self.login(n, PASSWORD))
        self.daemon.good("power", "status", f"f{n}")

    def test_killed_at_each_step_it_goes_on(self):
        for n, step in enumerate(STEPS):
            with self.subTest(step=step):
                self.kill_at(f"f{n}", step)
                self.assert_rotated(n)
        self.assertIn("a new password for the BMC",
                      self.daemon.good("events", "f0"))

    def test_the_new_one_is_in_no_record_and_no_log(self):
        n = len(STEPS)
        changed = self.row.records("password changed")

        self.daemon.good("bmc", "rotate-password", f"f{n}")

        self.assert_rotated(n)
        self.assertEqual(self.row.records("password changed"), changed + 1)
        password = self.secret(f"f{n}-bmc-credentials")["password"]
        self.assertNotIn(password, "".join(self.daemon.log))
        self.assertNotIn(password, self.daemon.good("events", f"f{n}"))

    def test_one_that_the_bmc_refuses_leaves_the_old_one(self):
        n = len(STEPS) + 1
        file = self.daemon.dir / "short"
        file.write_text("short\n")

        done = self.daemon.tomte("bmc", "rotate-password", f"f{n}",
                                 "--new-password-file", file)

        self.assertEqual(done.returncode, 1, done)
        self.assertIn("it has the old password", done.stdout + done.stderr)
        self.assertEqual(self.secret(f"f{n}-bmc-credentials").get(
            "password", PASSWORD), PASSWORD)
        self.assertTrue(self.login(n, PASSWORD))
        self.daemon.good("power", "status", f"f{n}")


class ByDaemon(WithDaemon):
    @classmethod
    def setUpClass(cls):
        cls.open_daemon()
        cls.farm = fakes.Farm(cls.daemon.dir, FAKES)
        cls.addClassCleanup(cls.farm.close)
        cls.put_secret("farm", password=PASSWORD)
        for n in range(1, 11):
            fakes.add(cls.daemon, f"m{n}", cls.farm.connection(n))

    def login(self, n, password):
        file = self.daemon.dir / "try"
        file.write_text(password + "\n")
        return tomte("bmc", "info", "--bmc", self.farm.url(n),
                     "--password-file", file).returncode == 0

    def assert_rotated(self, n):
        values = self.secret(f"m{n}-bmc-credentials")
        self.assertEqual(sorted(values), ["password", "username"])
        self.assertNotEqual(values["password"], PASSWORD)
        self.assertTrue(self.login(n, values["password"]))
        self.assertFalse(self.login(n, PASSWORD))
        self.daemon.good("bmc", "info", f"m{n}")
        return values["password"]

    def test_each_gets_its_own_and_the_others_keep_theirs(self):
        out = self.daemon.good("bmc", "rotate-password", "m1", "m2")

        self.assertIn("m1:", out)
        self.assertNotEqual(self.assert_rotated(1), self.assert_rotated(2))
        self.assertEqual(self.secret("farm"),
                         {"username": "admin", "password": PASSWORD})
        self.daemon.good("bmc", "info", "m3")
        self.assertIn("a new password for the BMC by",
                      self.daemon.good("events", "m1"))

    def test_its_own_secret_is_used_again(self):
        self.daemon.good("bmc", "rotate-password", "m3")
        first = self.assert_rotated(3)
        file = self.daemon.dir / "given"
        file.write_text("Given-by-hand-7\n")

        self.daemon.good("bmc", "rotate-password", "m3",
                         "--new-password-file", file)

        self.assertEqual(self.assert_rotated(3), "Given-by-hand-7")
        self.assertFalse(self.login(3, first))

    def test_killed_at_each_step_it_goes_on(self):
        for n, step in enumerate(STEPS, start=4):
            with self.subTest(step=step):
                self.kill_at(f"m{n}", step)
                self.assert_rotated(n)

    def test_another_account_takes_over(self):
        self.daemon.good("bmc", "rotate-password", "m9", "--account",
                         "operator")
        values = self.secret("m9-bmc-credentials")

        self.assertEqual(sorted(values), ["password", "username"])
        self.assertEqual(values["username"], "operator")
        self.assertTrue(self.login(9, PASSWORD))
        self.daemon.good("bmc", "info", "m9")

    def test_what_is_to_be_done_waits_for_the_password(self):
        status, answer = self.daemon.local(
            "POST", daemon.SECRETS.format("default"),
            daemon.secret("two", username="admin", password=PASSWORD,
                          **{NEXT: "never-set-1"}))
        self.assertEqual(status, 201, answer)
        connection = self.farm.connection(30)
        connection["authSecretRef"]["name"] = "two"
        fakes.add(self.daemon, "m30", connection)
        told = self.daemon.tomte("bmc", "info", "m30")
        self.assertIn("its password is being changed", told.stdout)
        with subprocess.Popen(
                [TOMTE, "power", "on", "m30"], stdout=subprocess.PIPE,
                text=True, env={"TOMTE_SOCKET": str(self.daemon.state /
                                                    "tomte.sock")}) as power:
            daemon.wait_for("its Job", lambda: "power-" in self.daemon.good(
                "get", "jobs"))

            self.daemon.good("bmc", "rotate-password", "m30")

            self.assertIn("on", power.communicate(timeout=60)[0])
            self.assertEqual(power.returncode, 0)
        self.assertEqual(self.secret("two")["password"], "never-set-1")
        self.assertTrue(self.login(30, "never-set-1"))

    def test_refused_credentials_are_tried_again_after_a_thaw(self):
        word = "Set-elsewhere-1"
        status, answer = self.daemon.local(
            "POST", daemon.SECRETS.format("default"),
            daemon.secret("early", username="admin", password=word))
        self.assertEqual(status, 201, answer)
        connection = self.farm.connection(31)
        connection["authSecretRef"]["name"] = "early"
        fakes.add(self.daemon, "m31", connection)
        refused = self.daemon.tomte("bmc", "info", "m31")
        self.assertEqual(refused.returncode, 1, refused)
        file = self.daemon.dir / "early"
        file.write_text(word + "\n")
        done = tomte("bmc", "rotate-password", "--bmc", self.farm.url(31),
                     "--password-file", self.farm.password_file,
                     "--new-password-file", file)
        self.assertEqual(done.returncode, 0, done)

        told = self.daemon.tomte("bmc", "info", "m31").stdout
        self.assertIn("not tried again", told)
        self.daemon.good("bmc", "thaw", "m31")

        self.daemon.good("bmc", "info", "m31")

    def test_who_may_not_write_may_not_change_it(self):
        viewer = self.daemon.token("rotate-viewer", "viewer")
        path = ("/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/"
                "machines/m10-bmc/rotate-password")

        status, answer = self.daemon.ask("POST", path, {}, token=viewer)
        self.assertEqual(status, 403, answer)
        for body in ({"password": ""}, {"password": 7}, {"other": "x"},
                     {"password": PASSWORD}):
            status, answer = self.daemon.local("POST", path, body)
            self.assertEqual(status, 422, answer)
            self.assertNotIn(PASSWORD, str(answer))


if __name__ == "__main__":
    TOMTE, FAKES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
