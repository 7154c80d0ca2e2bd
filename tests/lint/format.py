#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether clang-format would change a C file.

Only version 14 (Debian 12's) decides: others format the same style file
differently, so with those the test is skipped.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import lint

VERSION = "14"
SKIPPED = 77


def program():
    for name in ("clang-format-" + VERSION, "clang-format"):
        path = shutil.which(name)
        if not path:
            continue
        said = subprocess.run([path, "--version"], stdout=subprocess.PIPE,
                              check=True, text=True).stdout
        if re.search(r"version %s\." % VERSION, said):
            return path
    print("skipped: no clang-format of version " + VERSION)
    sys.exit(SKIPPED)


def check(root):
    paths = [os.path.join(root, path) for path in sorted(lint.read_tree(root))]
    return subprocess.run([program(), "--dry-run", "-Werror", "--style=file",
                           *paths], check=False).returncode


def self_test():
    here = os.path.dirname(os.path.abspath(__file__))
    style = os.path.join(here, "../../.clang-format")
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(os.path.join(root, "src"))
        shutil.copy(style, root)
        path = os.path.join(root, "src/x.c")
        for text, good in (("int f(void)\n{\n\treturn 1;\n}\n", True),
                           ("int f(void) {\n    return 1;\n}\n", False)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            if (check(root) == 0) != good:
                print("not seen as it should be: %r" % text)
                return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: format.py ROOT | --self-test")
    sys.exit(self_test() if sys.argv[1] == "--self-test"
             else check(sys.argv[1]))
