#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands, as people and scripts use them.

usage: test_cli.py TOMTE [NAME...]
"""
import json
import os
import pty
import subprocess
import sys
import threading
import unittest

import daemon

TOMTE = ""

RACK = """rack: r12
subnet: 10.0.12.0/24
gateway: 10.0.12.1
defaults:
  disk: /dev/sda
machines:
"""
MACHINE = """  - name: r12n{n:02}
    unit: {n}
    mac: 3c:ec:ef:00:00:{n:02x}
    ip: 10.0.12.1{n}
"""
BMC = """    bmc:
      url: ipmi://admin@127.0.0.1:{port}
      password_env: BMC_PASSWORD
"""
TEMPLATE = {
    "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Template",
    "metadata": {"name": "debian", "labels": {"os": "linux"}},
    "spec": {"data": """version: "0.1"
name: debian
global_timeout: 60
tasks:
  - name: install
    worker: "{{.device_1}}"
    actions:
      - name: write-image
        image: image2disk
        timeout: 60
"""}}
USAGE, UNREACHABLE, RUN_FAILED = 2, 3, 4


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon.Daemon(TOMTE)
        cls.addClassCleanup(cls.close)
        rack = RACK + "".join(MACHINE.format(n=n) for n in range(1, 5))
        # Nobody answers there: a port that was free a moment ago.
        rack += BMC.format(port=daemon.free_port())
        os.environ["BMC_PASSWORD"] = "not-to-be-seen"
        cls.daemon.good("import", "-", text=rack)
        cls.daemon.good("apply", "-f", "-", text=json.dumps(TEMPLATE))
        cls.daemon.good("provision", "r12n04", "--template", "debian",
                        "--name", "lost")
        cls.daemon.tomte("watch", "lost")

    @classmethod
    def close(cls):
        log = cls.daemon.close()
        assert "not-to-be-seen" not in log

    def good(self, *args, text=None):
        return self.daemon.good(*args, text=text)

    def refused(self, code, *args, text=None):
        done = self.daemon.tomte(*args, text=text)
        self.assertEqual(done.returncode, code, (args, done))
        return done.stderr

    def names(self, *args):
        return [line.split("/")[1] for line in
                self.good("get", *args, "-o", "name").splitlines()]

    def test_objects_are_chosen_by_name_range_and_label(self):
        self.assertEqual(self.names("hw", "r12n[01-03]"),
                         ["r12n01", "r12n02", "r12n03"])
        self.assertEqual(self.names("hw", "rack=r12,unit>=3"),
                         ["r12n03", "r12n04"])
        self.assertEqual(self.names("machines", "unit=4"), ["r12n04-bmc"])
        self.assertEqual(self.names("templates", "os=linux"), ["debian"])
        self.assertIn("no Template is os=bsd",
                      self.refused(1, "get", "tpl", "os=bsd"))
        self.assertIn("did you mean r12n01?",
                      self.refused(1, "describe", "hw", "r12n1"))

    def test_get_has_forms_for_people_and_programs(self):
        table = self.good("get", "hw", "r12n01").splitlines()
        self.assertEqual(table[0].split(), ["NAME", "STATE", "IP", "MAC",
                                            "BMC", "AGE"])
        self.assertEqual(len(table), 2)
        wide = self.good("get", "wf", "-o", "wide").splitlines()[0].split()
        self.assertIn("TASK", wide)
        one = json.loads(self.good("get", "hw", "r12n01", "-o", "json"))
        self.assertEqual(one["metadata"]["name"], "r12n01")
        self.assertIn("\n  name: r12n01\n",
                      self.good("get", "hw", "r12n01", "-o", "yaml"))
        self.refused(USAGE, "get", "hw", "-o", "xml")

    def test_describe_tells_of_a_machine_and_its_run(self):
        text = self.good("describe", "hardware", "r12n04")
        for expected in ("Hardware r12n04\n", "tomte.dev/unit=4",
                         "3c:ec:ef:00:00:04", "10.0.12.14/255.255.255.0",
                         "r12n04-bmc", "127.0.0.1", "  answers        no\n",
                         "  name           lost-r12n04\n",
                         "  outcome        failed\n", "  cause          ",
                         "\nevents\n", "   bmc-failed   "):
            self.assertIn(expected, text)
        self.assertNotIn("\033", text)
        both = self.good("describe", "hw", "r12n[01-02]")
        self.assertIn("\n\n\nHardware r12n02\n", both)
        self.assertIn("none: it is started by hand", both)
        self.assertIn("\nactions\n  write-image   ",
                      self.good("describe", "wf", "lost-r12n04"))
        self.assertIn("global_timeout: 60",
                      self.good("describe", "tpl", "debian"))

    def test_describe_keeps_secrets(self):
        text = self.good("describe", "secret", "r12n04-bmc")
        self.assertIn("  password       14 bytes\n", text)
        for kind in "secret", "machine":
            self.assertNotIn("not-to-be-seen",
                             self.good("describe", kind, "r12n04-bmc"))
            self.assertNotIn("bm90LXRvLWJl",
                             self.good("describe", kind, "r12n04-bmc"))

    def test_who_may_not_see_values_is_told_so(self):
        token = self.daemon.dir / "token"
        token.write_text(self.daemon.token("watcher", "viewer"))
        text = self.good("describe", "secret", "r12n04-bmc", "--server",
                         f"https://127.0.0.1:{self.daemon.port}", "--ca",
                         self.daemon.state / "ca.pem", "--token-file", token)
        self.assertIn("  password       empty, or not shown to you\n", text)

    def test_exit_codes_are_what_help_says(self):
        listed = [int(line.split()[0]) for line in
                  self.good("help", "exit-codes").splitlines()
                  if line.split()[0].isdigit()]
        self.assertEqual(listed, [0, 1, 2, 3, 4, 130])
        self.refused(1, "get", "hw", "none-such")
        self.refused(USAGE, "get")
        self.refused(USAGE, "get", "hw", "--no-such-option")
        self.refused(USAGE, "no-such-command")
        self.refused(UNREACHABLE, "get", "hw", "--socket",
                     self.daemon.dir / "nothing")
        self.refused(RUN_FAILED, "report", "lost")
        self.refused(RUN_FAILED, "watch", "lost")

    def test_errors_say_what_to_do_next(self):
        self.assertIn("did you mean describe?",
                      self.refused(USAGE, "descirbe", "hw"))
        self.assertIn("did you mean hardware?",
                      self.refused(1, "get", "hardwares"))
        self.assertIn("`tomte help get` lists them",
                      self.refused(1, "get", "pods"))
        self.assertIn("`tomte help power` says more",
                      self.refused(USAGE, "power"))
        self.assertIn("is `tomte serve` running?",
                      self.refused(UNREACHABLE, "get", "hw", "--socket",
                                   self.daemon.dir / "nothing"))

    def test_why_explains_the_machines_of_a_rack(self):
        text = self.good("why", "rack=r12")
        self.assertIn("r12n04: failed in phase power-off", text)
        self.assertNotIn("r12n01", text)

    def test_events_are_of_the_machines_that_are_meant(self):
        lines = self.good("events", "rack=r12").splitlines()
        self.assertTrue(lines)
        self.assertTrue(all(line.split()[1] == "r12n04" for line in lines))
        self.assertEqual(self.good("events", "r12n[01-03]"), "")
        self.assertEqual(self.good("events", "-n", "lab"), "")
        self.assertEqual(
            self.good("events", "rack=r12", "-A").splitlines(), lines)
        failed = self.good("events", "--reason", "failed").splitlines()
        self.assertEqual([line.split()[3] for line in failed], ["failed"])
        self.assertEqual(self.good("events", "rack=r12", "--since",
                                   "1h").splitlines(), lines)
        self.assertEqual(self.good("events", "--since", "2100-01-01"), "")
        self.refused(USAGE, "events", "--since", "whenever")
        event = json.loads(self.good("events", "r12n04",
                                     "--json").splitlines()[0])
        self.assertEqual(event["involvedObject"]["name"], "r12n04")

    def follow(self, *args):
        """Reads on until a line has the text; not forever."""
        watch = subprocess.Popen(
            [TOMTE, *args], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TOMTE_SOCKET":
                 str(self.daemon.state / "tomte.sock")})
        deadline = threading.Timer(60, watch.kill)
        deadline.start()
        self.addCleanup(deadline.cancel)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.terminate)

        def await_line(text):
            lines = []
            for line in watch.stdout:
                lines.append(line)
                if text in line:
                    return lines
            return self.fail(f"it ended without {text}: {lines}")
        return await_line

    def test_a_watch_outlives_the_server(self):
        self.good("import", "-", text=RACK.replace("r12", "r13") +
                  MACHINE.replace("r12", "r13").replace("ef:", "ee:")
                  .format(n=9))
        events = self.follow("events", "rack=r13", "-w")
        names = self.follow("get", "cm", "-w", "-o", "name")
        self.good("provision", "r13n09", "-t", "debian", "--name", "seen")
        # It comes first, as it happened first.
        self.assertEqual(len(events("workflow seen-r13n09")), 1)
        self.config("before", x="1")
        names("configmaps/before")

        self.daemon.stop()
        self.daemon.start()
        self.good("provision", "r13n09", "-t", "debian", "--name", "later")
        self.config("after", x="1")

        lines = events("workflow later-r13n09") + names("configmaps/after")
        self.assertFalse([line for line in lines if "workflow seen" in line])
        self.assertNotIn("configmaps/before\n", lines)

    def labels(self, name):
        return json.loads(self.good("get", "hw", name, "-o", "json"))[
            "metadata"]["labels"]

    def test_labels_and_annotations_are_set_and_taken_away(self):
        self.good("label", "hw", "unit<3", "owner=jo", "tier=1")
        self.assertEqual(self.labels("r12n02")["owner"], "jo")
        self.assertEqual(self.names("hw", "owner=jo"), ["r12n01", "r12n02"])
        self.assertIn("--overwrite changes it",
                      self.refused(1, "label", "hw", "r12n01", "owner=ann"))
        self.good("label", "hw", "r12n01", "owner=ann", "tier-", "--overwrite")
        self.assertEqual(self.labels("r12n01")["owner"], "ann")
        self.assertNotIn("tier", self.labels("r12n01"))
        self.good("annotate", "hw", "r12n01", "why=spare parts", "--dry-run")
        self.assertNotIn("spare parts", self.good("describe", "hw", "r12n01"))
        self.good("annotate", "hw", "r12n01", "why=spare parts")
        self.assertIn("why=spare parts", self.good("describe", "hw", "r12n01"))
        self.refused(USAGE, "label", "hw", "r12n01")
        self.good("label", "hw", "all", "owner-", "tier-")

    def edit(self, script, *args, code=0):
        """With an editor that is a script; what it saw is in self.seen."""
        folder = self.daemon.dir / "edit"
        folder.mkdir(exist_ok=True)
        editor = folder / "editor"
        editor.write_text("#!/bin/sh\nset -e\n"
                          f'cat "$1" >>{folder}/seen\n' + script)
        editor.chmod(0o700)
        (folder / "seen").write_text("")
        done = subprocess.run(
            [TOMTE, "edit", *args], text=True, capture_output=True,
            timeout=60, check=False,
            env={**os.environ, "VISUAL": f"{editor}", "TMPDIR": folder,
                 "EDITOR": "false",
                 "TOMTE_SOCKET": str(self.daemon.state / "tomte.sock")})
        self.seen = (folder / "seen").read_text()
        self.left = [path.read_text() for path in folder.glob("tomte-*")]
        for path in folder.glob("tomte-*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            path.unlink()
        self.assertEqual(done.returncode, code, done)
        return done.stdout + done.stderr

    def config(self, name, **data):
        self.good("apply", "-f", "-", text=json.dumps({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name}, "data": data}))

    def data(self, name):
        return json.loads(self.good("get", "cm", name, "-o", "json"))["data"]

    def test_what_is_edited_is_written(self):
        self.config("a", x="1", y="2")
        self.assertIn("configmaps/a edited",
                      self.edit('sed -i "s/x: .*/z: three/" "$1"', "cm", "a"))
        self.assertEqual(self.data("a"), {"z": "three", "y": "2"})
        self.assertNotIn("resourceVersion", self.seen)
        self.assertNotIn("last-applied", self.seen)
        self.assertIn("unchanged", self.edit("", "cm", "a"))
        self.assertIn("left as it is", self.edit(': >"$1"', "cm", "a"))
        self.assertEqual(self.data("a"), {"z": "three", "y": "2"})
        self.assertEqual(self.left, [])

    def test_what_is_wrong_comes_back_with_the_reason(self):
        self.config("b", x="1")
        # First no YAML, then no labels, then another object, then right.
        said = self.edit("""
case $(grep -c '^# What you save' "$(dirname "$1")/seen") in
1) echo 'a: [' >>"$1" ;;
2) sed -i 's/^a: .*//; s/^  name: b/  labels: {"x y": z}\\n&/' "$1" ;;
3) sed -i 's/  labels: .*//; s/^  name: b/  name: c/' "$1" ;;
4) sed -i 's/^  name: c/  name: b/; s/x: .*/x: good/' "$1" ;;
esac
""", "cm", "b")
        self.assertIn("configmaps/b edited", said)
        self.assertEqual(self.data("b"), {"x": "good"})
        self.assertEqual(self.seen.count("# error: "), 3)
        self.assertIn("must consist of alphanumeric", self.seen)
        self.assertIn("metadata.name cannot be changed", self.seen)
        self.assertEqual(self.left, [])

    def test_what_fails_does_not_keep_the_rest(self):
        for name in "e", "f":
            self.config(name, x="1")
        self.assertIn("configmaps/e deleted (dry run)",
                      self.good("delete", "cm", "e", "--dry-run"))
        done = self.daemon.tomte("delete", "cm", "e", "none-such", "f")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines(),
                         ["configmaps/e deleted", "configmaps/f deleted"])
        self.assertIn("none-such", done.stderr)
        self.assertIn("1 of 3 failed", done.stderr)

    def test_what_is_printed_as_names_is_understood(self):
        for name in "g", "h":
            self.config(name, x="1")
        names = self.good("get", "cm", "g", "h", "-o", "name").split()
        self.assertEqual(names, ["configmaps/g", "configmaps/h"])
        self.assertIn("ConfigMap h\n", self.good("describe", *names))
        self.good("delete", *names)
        self.refused(1, "get", *names)
        machine, = self.good("get", "hw", "r12n01", "-o", "name").split()
        self.assertIn("Hardware r12n01\n", self.good("describe", machine))

    def test_colours_are_for_terminals(self):
        def on_terminal(**more):
            main, end = pty.openpty()
            with subprocess.Popen(
                    [TOMTE, "describe", "run", "lost-r12n04"], stdout=end,
                    env={**os.environ, "TERM": "xterm", **more, "TOMTE_SOCKET":
                         str(self.daemon.state / "tomte.sock")}):
                os.close(end)
                text = b""
                try:
                    while read := os.read(main, 65536):
                        text += read
                except OSError:  # the other end is closed
                    pass
            os.close(main)
            return text

        self.assertIn(b"\033[31mfailed\033[0m", on_terminal(NO_COLOR=""))
        self.assertNotIn(b"\033", on_terminal(NO_COLOR="1"))
        self.assertNotIn(b"\033", on_terminal(NO_COLOR="", TERM="dumb"))
        self.assertNotIn("\033", self.good("describe", "run", "lost-r12n04"))

    def test_who_was_slower_sees_what_the_other_did(self):
        self.config("c", x="1", y="1")
        other = (f"{TOMTE} apply -f - <<END >/dev/null\n" + json.dumps({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "c"},
            "data": {"x": "theirs", "y": "theirs"}}) + "\nEND\n")
        said = self.edit(f"""
grep -q theirs "$1" || {{
sed -i 's/x: .*/x: mine/' "$1"
{other}
}}
""", "cm", "c")
        self.assertIn("configmaps/c edited", said)
        self.assertIn("Somebody else has changed it", self.seen)
        self.assertIn("# Both of you changed: data.x\n", self.seen)
        self.assertEqual(self.data("c"), {"x": "mine", "y": "theirs"})

    def test_what_was_given_up_is_kept(self):
        self.config("d", x="1")
        said = self.edit("""
grep -q never-right "$1" || echo 'never-right: [' >>"$1"
""", "cm", "d", code=1)
        self.assertIn("what you wrote is in ", said)
        self.assertEqual(len(self.left), 1)
        self.assertIn("never-right: [", self.left[0])
        self.assertEqual(self.data("d"), {"x": "1"})
        self.assertIn("$EDITOR names another",
                      self.edit("exit 3", "cm", "d", code=1))
        self.assertEqual(self.left, [])

    def test_runs_are_found_by_their_machines_too(self):
        for words in ("lost",), ("lost-r12n04",), ("r12n04",), ("rack=r12",), \
                ("r12n[03-04]",):
            done = self.daemon.tomte("report", *words)
            self.assertEqual(done.returncode, RUN_FAILED, done)
            self.assertIn("r12n04  failed", done.stdout)
            done = self.daemon.tomte("watch", *words)
            self.assertEqual(done.returncode, RUN_FAILED, done)
        self.assertIn("none has had a run yet",
                      self.refused(1, "report", "r12n[01-02]"))
        self.assertIn("`tomte get runs` lists them",
                      self.refused(1, "watch", "r12n01"))

    def test_help_keeps_to_80_columns(self):
        lines = self.good("help").splitlines()
        commands = [line.split()[0] for line in lines[3:]
                    if line.startswith("  ") and line[2] != " " and
                    not line.startswith("  -")]
        self.assertIn("describe", commands)
        for command in commands:
            for line in self.good("help", command).splitlines():
                self.assertLessEqual(len(line), 80, (command, line))


if __name__ == "__main__":
    TOMTE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
