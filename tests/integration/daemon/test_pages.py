#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages, as man shows them.

usage: test_pages.py TOMTE [NAME...]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOMTE = ""


def run(*args):
    return subprocess.run([*map(str, args)], capture_output=True, text=True,
                          timeout=60, check=True,
                          env={**os.environ, "MANWIDTH": "78",
                               "MAN_KEEP_FORMATTING": "",
                               "LC_ALL": "C.UTF-8"})


class Pages(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-pages."))
        self.addCleanup(shutil.rmtree, self.dir)
        run(TOMTE, "man", self.dir)
        self.commands = [
            line.split("\t")[0] for line in
            run(TOMTE, "complete", "--", "").stdout.splitlines()
            if not line.startswith("-")]

    def test_every_command_has_a_page_and_no_other(self):
        self.assertIn("describe", self.commands)
        self.assertEqual(
            sorted(path.name for path in self.dir.iterdir()),
            sorted(["tomte.1", *(f"tomte-{name}.1"
                                 for name in self.commands)]))

    def test_man_has_nothing_to_complain_of(self):
        if not shutil.which("man"):
            self.skipTest("man is not installed")
        for path in self.dir.iterdir():
            done = run("man", "--warnings", "-E", "UTF-8", "-l", path)
            self.assertEqual(done.stderr, "", path)
            self.assertIn("\nNAME\n", done.stdout)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 80, path)

    def test_a_page_says_what_help_says(self):
        if not shutil.which("man"):
            self.skipTest("man is not installed")
        for name in self.commands:
            page = run("man", "-E", "UTF-8", "-l",
                       self.dir / f"tomte-{name}.1").stdout
            text = run(TOMTE, "help", name).stdout
            for option in re.findall(r"--[\w-]+", text):
                self.assertIn(option, page, name)


if __name__ == "__main__":
    TOMTE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
