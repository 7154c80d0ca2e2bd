#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the shells complete, with a server that has the names.

usage: test_completion.py TOMTE [NAME...]
"""
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

import daemon

TOMTE = ""
DEADLINE = 30


class Shell:
    """A shell on a terminal, typed into."""

    def __init__(self, argv, env):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execvpe(argv[0], argv, env)
        self.pid, self.output = pid, ""

    def send(self, text):
        self.output = ""
        os.write(self.terminal, text.encode())

    def expect(self, text):
        end = time.monotonic() + DEADLINE
        while text not in self.output:
            ready = select.select([self.terminal], [], [],
                                  max(0, end - time.monotonic()))[0]
            if not ready:
                raise AssertionError(f"no {text!r} in {self.output!r}")
            more = os.read(self.terminal, 65536).decode(errors="replace")
            # Without what moves and paints.
            self.output += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\a", "",
                                  more)

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = daemon.Daemon(TOMTE)
        cls.addClassCleanup(cls.daemon.close)
        bin_dir = cls.daemon.dir / "bin"
        bin_dir.mkdir()
        (bin_dir / "tomte").symlink_to(TOMTE)
        cls.env = {"PATH": f"{bin_dir}:/usr/bin:/bin", "TERM": "dumb",
                   "HOME": str(cls.daemon.dir), "PS1": "ready> ",
                   "LC_ALL": "C.UTF-8",
                   "TOMTE_SOCKET": str(cls.daemon.state / "tomte.sock")}
        racked = daemon.hardware("r1n02")
        racked["metadata"]["labels"] = {"tomte.dev/rack": "north-1"}
        objects = (daemon.hardware("r1n01"), racked,
                   daemon.hardware("elsewhere", "lab"),
                   {"apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": {"name": "settings"}, "data": {}})
        cls.daemon.good("apply", "-f", "-",
                        text="\n---\n".join(map(json.dumps, objects)))

    def offers(self, *words, **env):
        done = subprocess.run([TOMTE, "complete", "--", *words], text=True,
                              capture_output=True, timeout=60, check=True,
                              env={**self.env, **env})
        self.assertEqual(done.stderr, "")
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    def test_names_come_from_the_server(self):
        self.assertEqual(self.offers("get", "hw", ""), ["r1n01", "r1n02"])
        self.assertEqual(self.offers("get", "hw", "-n", "lab", ""),
                         ["elsewhere"])
        self.assertEqual(self.offers("describe", "cm", "s"), ["settings"])
        self.assertIn("lab", self.offers("get", "hw", "-n", ""))
        self.assertEqual(self.offers("get", "hw", "x"), [])
        self.assertEqual(self.offers("power", "on", "rack="),
                         ["rack=north-1"])
        self.assertEqual(self.offers("power", "on", "rack=s"), [])

    def test_a_server_that_is_away_is_no_matter(self):
        begun = time.monotonic()
        self.assertEqual(
            self.offers("get", "hw", "", TOMTE_SOCKET="/none-such"), [])
        self.assertIn("hardware",
                      self.offers("get", "", TOMTE_SOCKET="/none-such"))
        self.assertEqual(self.offers("get", "hw", "--server", "nonsense://",
                                     "--token-file", "/none-such", ""), [])
        self.assertLess(time.monotonic() - begun, 20)

    def test_all_options_that_help_tells_of_are_offered(self):
        commands = [word for word in self.offers("")
                    if not word.startswith("-")]
        self.assertIn("describe", commands)
        self.assertNotIn("complete", commands)
        for command in commands:
            text = self.daemon.good("help", command)
            told = re.findall(r"^ {2,6}(?:-\w, )?--([\w-]+)", text, re.M)
            self.assertEqual([f"--{name}" for name in told],
                             self.offers(command, "--"), command)

    def test_the_scripts_have_no_slips(self):
        for argv in (("shellcheck", "-s", "bash", "-"), ("bash", "-n"),
                     ("zsh", "-n"), ("fish", "-n")):
            if not shutil.which(argv[0]):
                continue
            shell = argv[2] if argv[0] == "shellcheck" else argv[0]
            script = self.daemon.good("completion", shell)
            done = subprocess.run(argv, input=script, text=True, timeout=60,
                                  capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (0, "", ""), argv)

    def start(self, *argv):
        if not shutil.which(argv[0]):
            self.skipTest(f"{argv[0]} is not installed")
        shell = Shell(argv, self.env)
        self.addCleanup(shell.close)
        return shell

    def assert_completes(self, shell, typed, rest):
        shell.send(typed)
        shell.expect(typed)
        shell.send("\t")
        shell.expect(rest)
        shell.send("\x15")

    def common(self, shell):
        self.assert_completes(shell, "tomte descr", "ibe")
        self.assert_completes(shell, "tomte describe cm se", "ttings")
        self.assert_completes(shell, "tomte get hw --outp", "ut")
        self.assert_completes(shell, "tomte get hw -o na", "me")
        self.assert_completes(shell, "tomte get hw r1n", "0")
        self.assert_completes(shell, "tomte power cy", "cle")

    def test_bash_completes(self):
        shell = self.start("bash", "--norc", "--noprofile", "-i")
        shell.expect("ready> ")
        shell.send("source <(tomte completion bash); echo so''urced\n")
        shell.expect("sourced")
        self.common(shell)
        self.assert_completes(shell, "tomte get hw --output=js", "on")
        self.assert_completes(shell, "tomte power on rack=no", "rth-1")
        (self.daemon.dir / "a-rack.yaml").write_text("")
        shell.send(f"cd {self.daemon.dir}; echo the''re\n")
        shell.expect("there")
        self.assert_completes(shell, "tomte import a-ra", "ck.yaml")

    def test_zsh_completes(self):
        shell = self.start("zsh", "-f", "-i")
        shell.send("PS1='ready> '; autoload -U compinit; compinit -u -D; "
                   "source <(tomte completion zsh); echo so''urced\n")
        shell.expect("sourced")
        self.common(shell)

    def test_fish_completes(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")

        def ask(line):
            done = subprocess.run(
                ["fish", "--no-config", "-c", "tomte completion fish | source;"
                 " complete -C $argv[1]", line], text=True, env=self.env,
                capture_output=True, timeout=60, check=True)
            return [offer.split("\t")[0] for offer in done.stdout.splitlines()]

        self.assertEqual(ask("tomte descr"), ["describe"])
        self.assertEqual(ask("tomte describe cm se"), ["settings"])
        self.assertEqual(ask("tomte get hw r1n"), ["r1n01", "r1n02"])
        self.assertEqual(ask("tomte get hw -o na"), ["name"])
        self.assertEqual(ask("tomte get hw --outp"), ["--output"])


if __name__ == "__main__":
    TOMTE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
