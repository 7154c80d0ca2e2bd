#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ansible's kubernetes.core manages machines.

usage: test_ansible.py API_SERVER [NAME...]
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

import bench
import clients

SERVER = ""
# The distribution's, whose packages Ansible wants.
PYTHON = "/usr/bin/python3"


class Ansible(unittest.TestCase):
    def setUp(self):
        self.bench = bench.Bench(SERVER)

    def tearDown(self):
        self.bench.close()

    def test_a_playbook_does_what_it_says(self):
        facts = {"kubeconfig": str(self.bench.kubeconfig("admin-token")),
                 "ansible_python_interpreter": PYTHON}
        done = subprocess.run(
            ["ansible-playbook", "-i", "localhost,", "-c", "local", "-e",
             json.dumps(facts),
             pathlib.Path(__file__).with_name("playbook.yaml")],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=300, check=False,
            env={**os.environ, "HOME": str(self.bench.dir), "LC_ALL": "C.UTF-8",
                 "PATH": "/usr/bin:/bin", "ANSIBLE_NOCOLOR": "1",
                 "ANSIBLE_LOCALHOST_WARNING": "0"})

        self.assertEqual(done.returncode, 0, done.stdout)


def is_there():
    if not shutil.which("ansible-playbook", path="/usr/bin"):
        return False
    return subprocess.run(
        [PYTHON, "-c", "import kubernetes"], check=False,
        stderr=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    if not is_there():
        print("skipped: no ansible with python3-kubernetes")
        sys.exit(clients.SKIPPED)
    unittest.main(verbosity=2)
