#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""BMCs by the command line: alone, and through the daemon.

usage: test_bmc.py TOMTE FAKES [NAME...]
"""
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import daemon
import fakes
from fakes import PASSWORD

TOMTE = ""
FAKES = ""


def tomte(*args, **options):
    return subprocess.run([TOMTE, *map(str, args)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, **options)


class AtTerminal:
    """The program at a terminal of its own."""

    def __init__(self, *args, env=None):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(TOMTE, [TOMTE, *map(str, args)],
                      {**os.environ, **(env or {})})
        self.seen = b""

    def read_until(self, text, seconds=30):
        end = time.monotonic() + seconds
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, (text, self.seen)
            if select.select([self.fd], [], [], left)[0]:
                try:
                    self.seen += os.read(self.fd, 4096)
                except OSError:
                    assert text in self.seen, (text, self.seen)

    def flags(self):
        return termios.tcgetattr(self.fd)[3]

    def end(self):
        """Its exit status; all that it still says is read."""
        try:
            while True:
                some = os.read(self.fd, 4096)
                if not some:
                    break
                self.seen += some
        except OSError:
            pass
        os.close(self.fd)
        return os.waitpid(self.pid, 0)[1]


class Alone(unittest.TestCase):
    """Without a daemon."""

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-bmc."))
        cls.farm = fakes.Farm(cls.dir, FAKES)
        cls.redfish = fakes.Redfish(cls.dir, FAKES)

    @classmethod
    def tearDownClass(cls):
        cls.farm.close()
        cls.redfish.close()
        shutil.rmtree(cls.dir)

    def ipmi(self, n, *words, code=0):
        done = tomte("bmc", *words, "--bmc", self.farm.url(n),
                     "--password-file", self.farm.password_file)
        self.assertEqual(done.returncode, code, done)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return done.stderr if code else done.stdout

    def test_power_is_changed_and_read_back(self):
        self.assertEqual(self.ipmi(1, "power", "status").split(),
                         ["power", "off"])
        self.assertIn("verified   yes", self.ipmi(1, "power", "on"))
        answer = json.loads(self.ipmi(1, "power", "status", "-o", "json"))

        self.assertEqual(answer, {"power": "on"})

    def test_what_a_bmc_knows_is_shown(self):
        self.assertIn("firmware       2.07", self.ipmi(2, "info"))
        self.assertIn("CPU Temp", self.ipmi(2, "sensors"))
        self.assertIn("power supply: input lost", self.ipmi(2, "sel"))
        self.assertIn("Farm Systems", self.ipmi(2, "fru"))
        self.assertIn("admin", self.ipmi(2, "users"))
        self.assertIn("10.0.1.7", self.ipmi(2, "lan"))
        self.assertIn("pxe", self.ipmi(2, "boot", "pxe", "--persistent"))
        self.ipmi(2, "identify", "30")
        self.ipmi(2, "sel", "clear")
        self.assertNotIn("input lost", self.ipmi(2, "sel"))

    def test_what_it_cannot_do_is_said(self):
        said = self.ipmi(3, "inventory", code=1)

        self.assertIn("no inventory by ipmi", said)

    def test_a_certificate_has_to_be_trusted_somehow(self):
        words = ("bmc", "power", "status", "--bmc", self.redfish.url,
                 "--password-file", self.redfish.password_file)
        wrong = "sha256//" + "A" * 43 + "="

        refused = tomte(*words)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("certificate", refused.stderr)
        self.assertEqual(tomte(*words, "--pin", wrong).returncode, 1)
        self.assertEqual(tomte(*words, "--pin", "x").returncode, 1)
        for trust in (("--pin", self.redfish.pin), ("--insecure",)):
            done = tomte(*words, *trust)
            self.assertEqual((done.returncode, done.stdout.split()[:2]),
                             (0, ["power", "off"]), done)

    def test_nobody_there_is_an_exit_code_of_its_own(self):
        port = daemon.free_port()
        done = tomte("bmc", "power", "status", "--bmc",
                     f"redfish://admin@127.0.0.1:{port}", "--insecure",
                     "--password-file", self.farm.password_file)

        self.assertEqual(done.returncode, 3, done)

    def test_the_password_comes_by_a_variable(self):
        words = ("bmc", "power", "status", "--bmc", self.farm.url(4))
        env = {**os.environ, "WORD": PASSWORD}

        self.assertEqual(tomte(*words, "--password-env", "WORD",
                               env=env).returncode, 0)
        none = tomte(*words, "--password-env", "NO_SUCH")
        self.assertEqual(none.returncode, 1)
        self.assertIn("no variable NO_SUCH", none.stderr)

    def test_a_password_in_the_address_is_refused(self):
        done = tomte("bmc", "info", "--bmc",
                     f"ipmi://admin:{PASSWORD}@127.0.9.5")

        self.assertEqual(done.returncode, 1)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)

    def test_the_terminal_shows_no_password(self):
        at = AtTerminal("bmc", "power", "status", "--bmc", self.farm.url(6))
        at.read_until(b"Password of admin")
        self.assertFalse(at.flags() & termios.ECHO)

        # What was mistyped can be taken back, also of more bytes than one.
        os.write(at.fd, "wrong\x15".encode() + PASSWORD.encode() +
                 "\u00e4\x7f\n".encode())
        at.read_until(b"power   off")

        self.assertEqual(at.end(), 0)
        self.assertNotIn(PASSWORD.encode(), at.seen)

    def test_the_terminal_is_as_before_however_it_ends(self):
        for stop in ("key", signal.SIGTERM, signal.SIGHUP):
            at = AtTerminal("bmc", "info", "--bmc", self.farm.url(6))
            at.read_until(b"Password of admin")
            # Held open, for the last to close it would end it.
            keeper = os.open(f"/proc/{at.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)
            if stop == "key":
                os.write(at.fd, b"\x03")
            else:
                os.kill(at.pid, stop)
            status = os.waitpid(at.pid, 0)[1]
            flags = termios.tcgetattr(keeper)[3]
            os.close(keeper)
            os.close(at.fd)

            self.assertTrue(flags & termios.ECHO and flags & termios.ISIG)
            if stop == "key":
                self.assertEqual(os.waitstatus_to_exitcode(status), 1)
            else:
                self.assertEqual(os.waitstatus_to_exitcode(status), -stop)


    def console(self, n, *more):
        at = AtTerminal("console", "--bmc", self.farm.url(n),
                        "--password-file", self.farm.password_file, *more)
        at.read_until(b"~. leaves it")
        return at

    def test_a_console_takes_every_key_and_is_left_as_ssh(self):
        at = self.console(7)
        self.assertFalse(at.flags() & (termios.ECHO | termios.ISIG |
                                       termios.ICANON))

        # The fake's machine says again what it hears.
        os.write(at.fd, b"one ~. two\x03\r")
        at.read_until(b"one ~. two\x03")
        os.write(at.fd, b"~~three\r")
        at.read_until(b"~three")
        self.assertNotIn(b"~~three", at.seen)
        os.write(at.fd, b"~?")
        at.read_until(b"leaves the console")
        keeper = os.open(f"/proc/{at.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)
        os.write(at.fd, b"~.")
        at.read_until(b"[left]")

        self.assertEqual(os.waitpid(at.pid, 0)[1], 0)
        self.assertTrue(termios.tcgetattr(keeper)[3] & termios.ECHO)
        os.close(keeper)
        os.close(at.fd)

    def test_the_terminal_is_as_before_a_console_that_is_killed(self):
        for stop in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            at = self.console(8)
            keeper = os.open(f"/proc/{at.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)

            os.kill(at.pid, stop)
            at.read_until(b"[left]")
            status = os.waitpid(at.pid, 0)[1]

            self.assertEqual(os.waitstatus_to_exitcode(status), 1)
            self.assertTrue(termios.tcgetattr(keeper)[3] & termios.ECHO)
            os.close(keeper)
            os.close(at.fd)

    def test_a_console_says_why_it_cannot_be_had(self):
        redfish = tomte("console", "--bmc", self.redfish.url)
        self.assertEqual(redfish.returncode, 1)
        self.assertIn("--ssh-port", redfish.stderr)

        wrong = pathlib.Path(self.dir, "wrong")
        wrong.write_text("wrong\n")
        at = AtTerminal("console", "--bmc", self.farm.url(9),
                        "--password-file", wrong)
        at.read_until(b"password")
        self.assertEqual(os.waitstatus_to_exitcode(at.end()), 1)


class ByDaemon(unittest.TestCase):
    N = 12

    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon.Daemon(TOMTE)
        cls.addClassCleanup(cls.close_daemon)
        cls.farm = fakes.Farm(cls.daemon.dir, FAKES)
        cls.addClassCleanup(cls.farm.close)
        status, answer = cls.daemon.local(
            "POST", daemon.SECRETS.format("default"),
            daemon.secret("farm", username="admin", password=PASSWORD))
        assert status == 201, answer
        for n in range(1, cls.N + 1):
            fakes.add(cls.daemon, f"m{n:02}", cls.farm.connection(n))

    @classmethod
    def close_daemon(cls):
        assert PASSWORD not in cls.daemon.close()

    def ask(self, *words, code=0):
        done = self.daemon.tomte("bmc", *words)
        self.assertEqual(done.returncode, code, done)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return done.stdout

    def path(self, name, ask):
        return ("/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/"
                f"machines/{name}/{ask}")

    def test_many_machines_are_asked_and_each_is_told(self):
        lines = self.ask("info", "m[01-12]", "-o", "json", "--max-parallel",
                         "3").splitlines()
        answers = [json.loads(line) for line in lines]

        self.assertEqual(sorted(answer["machine"] for answer in answers),
                         [f"m{n:02}" for n in range(1, self.N + 1)])
        self.assertEqual({answer["firmware"] for answer in answers}, {"2.07"})

    def test_a_log_of_many_pages_is_read_to_its_end(self):
        folder = self.daemon.dir / "long"
        folder.mkdir()
        farm = fakes.Farm(folder, FAKES, "--log", "2500")
        self.addCleanup(farm.close)
        for n in (1, 2):
            fakes.add(self.daemon, f"long{n}", farm.connection(n))

        lines = self.ask("sel", "long1", "m01", "long2", "-o",
                         "json").splitlines()
        answers = {answer["machine"]: answer
                   for answer in map(json.loads, lines)}
        status, page = self.daemon.local("GET", self.path("long1-bmc", "sel"))

        for name in ("long1", "long2"):
            self.assertEqual([entry["id"] for entry in
                              answers[name]["entries"]],
                             list(range(1, 2501)))
            self.assertNotIn("next", answers[name])
        self.assertEqual(len(answers["m01"]["entries"]), 6)
        self.assertEqual(status, 200, page)
        self.assertEqual((len(page["entries"]), page["next"], page["total"]),
                         (1024, 1025, 2500))

    def test_one_that_fails_does_not_hold_up_the_others(self):
        connection = self.farm.connection(1)
        connection["authSecretRef"] = {"name": "none"}
        fakes.add(self.daemon, "bad", connection)

        done = self.daemon.tomte("bmc", "sensors", "bad", "m01", "m02")

        self.assertEqual(done.returncode, 1)
        self.assertIn("bad: credentials of the BMC", done.stdout)
        self.assertEqual(done.stdout.count("CPU Temp"), 2)

    def test_what_changes_something_is_audited_and_an_event(self):
        self.ask("identify", "5", "m03")
        self.ask("sel", "clear", "m03")
        self.ask("reset", "m03")
        self.ask("thaw", "m03")

        mine = [(record["verb"], record["resource"], record["status"])
                for record in self.daemon.audit() if
                record["name"] == "m03-bmc" and "/" in record["resource"]]
        self.assertEqual(mine, [("create", "machines/identify", 202),
                                ("create", "machines/clear-sel", 202),
                                ("create", "machines/reset", 202),
                                ("create", "machines/thaw", 202)])
        events = self.daemon.good("events", "m03")
        for word in ("identify", "clear-sel", "reset", "thaw"):
            self.assertIn(f"{word} by ", events)

    def test_a_viewer_reads_and_an_operator_changes(self):
        viewer = self.daemon.token("bmc-viewer", "viewer")
        operator = self.daemon.token("bmc-operator", "operator")
        elsewhere = self.daemon.token("bmc-else", "operator", "-n", "lab")

        for token, method, ask, expected in (
                (viewer, "GET", "sensors", 200),
                (viewer, "POST", "identify", 403),
                (viewer, "POST", "reset", 403),
                (viewer, "POST", "sensors", 405),
                (operator, "GET", "identify", 405),
                (operator, "DELETE", "sel", 405),
                (operator, "POST", "identify", 200),
                (elsewhere, "GET", "sensors", 403),
                (None, "GET", "sensors", 401)):
            status, answer = self.daemon.ask(
                method, self.path("m04-bmc", ask),
                {} if method == "POST" else None, token=token)
            self.assertEqual(status, expected, (ask, answer))

    def test_what_is_asked_wrongly_is_refused(self):
        for method, ask, body, expected in (
                ("GET", "sel?from=x", None, 422),
                ("POST", "identify", {"seconds": "x"}, 422),
                ("POST", "identify", {"colour": 1}, 422),
                ("POST", "identify?dryRun=All", {}, 422),
                ("POST", "identify", "{", 400),
                ("GET", "dance", None, 404)):
            status, answer = self.daemon.local(
                method, self.path("m05-bmc", ask), body)
            self.assertEqual(status, expected, (ask, answer))
        status, answer = self.daemon.local("GET",
                                           self.path("none", "sensors"))
        self.assertEqual(status, 404, answer)
        status, answer = self.daemon.local("GET",
                                           self.path("m05-bmc", "inventory"))
        self.assertEqual(status, 501, answer)
        self.assertIn("no inventory by ipmi", answer["message"])

    def test_a_log_goes_on_from_an_entry(self):
        status, answer = self.daemon.local("GET",
                                           self.path("m06-bmc", "sel?from=3"))

        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["entries"][0]["id"], 3)

    def test_power_is_told_as_it_comes_and_a_failure_with_its_cause(self):
        connection = self.farm.connection(1)
        connection["authSecretRef"] = {"name": "none"}
        fakes.add(self.daemon, "dark", connection)

        done = self.daemon.tomte("power", "status", "m01", "dark", "m02")

        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(lines[0].split(), ["MACHINE", "POWER"])
        self.assertEqual(len(lines), 4, lines)
        self.assertTrue(any(line.startswith("dark      unknown   ") and
                            "credentials of the BMC" in line
                            for line in lines), lines)

    def test_power_of_few_at_a_time(self):
        out = self.daemon.good("power", "on", "m[07-12]", "--max-parallel",
                               "2", "--json")

        self.assertEqual(
            [(one["machine"], one["power"]) for one in json.loads(out)],
            [(f"m{n:02}", "on") for n in range(7, 13)])

    def console(self, *words):
        return AtTerminal("console", *words, env={
            "TOMTE_SOCKET": str(self.daemon.state / "tomte.sock")})

    def test_a_console_by_the_daemon(self):
        at = self.console("m09")
        at.read_until(b"~. leaves it")
        keeper = os.open(f"/proc/{at.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)

        os.write(at.fd, b"one ~. two\x03\r")
        at.read_until(b"one ~. two\x03")
        os.write(at.fd, b"~.")
        at.read_until(b"[left]")

        self.assertEqual(os.waitpid(at.pid, 0)[1], 0)
        self.assertTrue(termios.tcgetattr(keeper)[3] & termios.ECHO)
        os.close(keeper)
        os.close(at.fd)
        self.assertIn("has the console", self.daemon.good("events", "m09"))
        audited = [record for record in self.daemon.audit()
                   if record["resource"] == "machines/console" and
                   record["name"] == "m09-bmc"]
        self.assertEqual(len(audited), 1, audited)

    def test_a_console_is_let_go_when_its_client_is_gone(self):
        for _ in range(2):
            at = self.console("m10")
            at.read_until(b"~. leaves it")
            os.write(at.fd, b"hello\r")
            at.read_until(b"hello")
            os.kill(at.pid, signal.SIGKILL)
            at.end()

    def test_a_console_is_its_owners(self):
        viewer = self.daemon.token("console-viewer", "viewer")
        operator = self.daemon.token("console-operator", "operator")
        path = self.path("m11-bmc", "console")
        status, answer = self.daemon.ask("POST", path, {}, token=viewer)
        self.assertEqual(status, 403, answer)

        stream = self.daemon.send("POST", path, {}, token=operator)
        name = json.loads(stream.readline())["id"]
        keys = {"keys": "aGkN"}
        for token, body, expected in ((self.daemon.admin, keys, 410),
                                      (viewer, keys, 403),
                                      (operator, {"keys": "?"}, 422),
                                      (operator, keys, 200)):
            status, answer = self.daemon.ask("POST", f"{path}?id={name}",
                                             body, token=token)
            self.assertEqual(status, expected, answer)
        stream.tomte_connection.close()
        status, answer = self.daemon.ask(
            "POST", f"{path}?id={'0' * 64}", keys, token=operator)
        self.assertEqual(status, 410, answer)

    def test_why_there_is_no_console_is_said(self):
        connection = self.farm.connection(12)
        connection["providerOptions"] = {"preferredOrder": ["gofish"]}
        fakes.add(self.daemon, "redfish", connection)
        at = self.console("redfish")
        at.read_until(b"no console by redfish")

        self.assertEqual(os.waitstatus_to_exitcode(at.end()), 1)

    def test_the_daemon_ends_while_bmcs_are_asked(self):
        silent = daemon.hole()
        self.addCleanup(silent.close)
        connection = self.farm.connection(1)
        connection.update(host="127.0.0.1", port=silent.getsockname()[1])
        fakes.add(self.daemon, "silent", connection)
        at = self.console("m12")  # no way in while its password changes
        at.read_until(b"~. leaves it")
        env = {**os.environ,
               "TOMTE_SOCKET": str(self.daemon.state / "tomte.sock")}
        clients = [subprocess.Popen(
            [TOMTE, "bmc", *words], env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE) for words in
                   (("sensors", "silent"), ("identify", "silent"),
                    ("rotate-password", "m12", "silent"))]
        silent.recv(1)

        self.daemon.stop()
        said = [client.communicate(timeout=30) for client in clients]
        at.read_until(b"[left]")
        at.end()
        self.daemon.log.clear()
        self.daemon.start()

        # A client that had only begun to ask has an exit code of its own; one
        # that comes after the new password waits for that.
        for client, (out, errors) in zip(clients, said):
            self.assertIn(client.returncode, (1, 3))
            self.assertRegex(out + errors,
                             "went away|cannot reach|being changed")

    def test_a_client_that_leaves_harms_nobody(self):
        answer = self.daemon.connect()
        answer.request("GET", self.path("m08-bmc", "sensors"),
                       headers={"Authorization":
                                f"Bearer {self.daemon.admin}"})
        answer.close()

        self.assertIn("CPU Temp", self.ask("sensors", "m08"))


if __name__ == "__main__":
    TOMTE, FAKES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
