#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tomte template, which needs no daemon.

usage: test_template.py TOMTE [NAME...]
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOMTE = ""
USAGE = 2

TEMPLATE = """apiVersion: tinkerbell.org/v1alpha1
kind: Template
metadata: {name: debian}
spec:
  data: |
    name: debian
    tasks:
    - name: os
      worker: "{{ .device_1 }}"
      actions:
      - name: image
        image: quay.io/tinkerbell/actions/image2disk:latest
        environment:
          IMG_URL: {{ .tomte.imageURL }}/debian.raw.gz
          DEST_DISK: {{ index .Hardware.Disks 0 }}
          MODE: 0600
          LEASE: {{ (index .hardware.spec.interfaces 0).dhcp.lease_time }}
"""
HARDWARE = """apiVersion: tinkerbell.org/v1alpha1
kind: Hardware
metadata: {name: m1}
spec:
  disks: [{device: /dev/vda}]
  interfaces: [{dhcp: {mac: "02:00:00:00:00:01", lease_time: 1000000}}]
  references:
    login: {group: "", version: v1, resource: secrets, namespace: default,
            name: os}
"""
SECRET = """apiVersion: v1
kind: Secret
metadata: {name: os}
stringData: {password: not-to-be-seen}
"""
RACK = """rack: r1
subnet: 10.0.12.0/24
defaults: {disk: /dev/sdz}
machines:
  - {name: r1n1, unit: 1, mac: "02:00:00:00:01:01", ip: 10.0.12.11,
     bmc: {url: "redfish://admin@10.0.13.11", password_file: /nowhere}}
  - {name: r1n2, unit: 2, mac: "02:00:00:00:01:02", ip: 10.0.12.12,
     bmc: {url: "redfish://admin@10.0.13.12", password_file: /nowhere}}
"""


class Template(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-template."))
        self.addCleanup(shutil.rmtree, self.dir)

    def file(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def tomte(self, *args, text=""):
        return subprocess.run(
            [TOMTE, "template", *args], input=text, text=True, timeout=60,
            capture_output=True, check=False, cwd=self.dir,
            env={**os.environ, "TOMTE_SOCKET": "/nowhere"})

    def good(self, *args, text=""):
        done = self.tomte(*args, text=text)
        self.assertEqual((done.returncode, done.stderr), (0, ""), args)
        return done.stdout

    def test_a_template_is_rendered_as_for_a_run(self):
        out = self.good("render", self.file("t", TEMPLATE), "--hardware",
                        self.file("hw", HARDWARE))
        self.assertEqual(out.splitlines()[2:], [
            '- name: os', '  worker: "02:00:00:00:00:01"', '  actions:',
            '  - name: image',
            '    image: quay.io/tinkerbell/actions/image2disk:latest',
            '    environment:',
            '      IMG_URL: http://SERVER:7080/images/debian.raw.gz',
            '      DEST_DISK: /dev/vda',
            '      MODE: 0600', '      LEASE: 1e+06'])

    def test_all_objects_may_stand_in_one_file(self):
        both = TEMPLATE + "---\n" + HARDWARE
        self.assertEqual(self.good("render", "-", text=both),
                         self.good("render", self.file("t", both),
                                   "--hardware", self.file("hw", HARDWARE)))

    def test_a_machine_of_a_rack_is_chosen(self):
        rack = self.file("rack.yaml", RACK)
        args = ["render", self.file("t", TEMPLATE.replace(
            "{{ (index .hardware.spec.interfaces 0).dhcp.lease_time }}",
            "{{ .tomte.name }}")), "--hardware", rack]
        self.assertIn("there are 2 Hardware (r1n1, r1n2): --machine",
                      self.tomte(*args).stderr)
        out = self.good(*args, "--machine", "r1n2")
        self.assertIn("DEST_DISK: /dev/sdz", out)
        self.assertIn("LEASE: r1n2", out)

    def test_lint_takes_each_machine_of_a_rack(self):
        rack = self.file("rack.yaml", RACK)
        name = "{{ .tomte.name }}"
        lease = "{{ (index .hardware.spec.interfaces 0).dhcp.lease_time }}"
        good = self.file("good", TEMPLATE.replace(lease, name))
        bad = self.file("bad", TEMPLATE.replace(
            lease, '{{ if eq .tomte.name "r1n2" }}{{ fail "no" }}{{ end }}'))
        self.assertEqual(
            self.good("lint", good, "--hardware", rack),
            "good: Template debian: 1 action, nothing wrong\n"
            "so it is over each of 2 machines\n")
        done = self.tomte("lint", bad, "--hardware", rack)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error calling fail: no\n", done.stdout)
        self.assertTrue(done.stdout.endswith("so it is over Hardware r1n2\n"))
        self.good("lint", bad, "--hardware", rack, "--machine", "r1n1")

    def test_settings_stand_in_for_a_workflow(self):
        text = "name: {{ .name }}\ntasks: [{name: {{ .os }}, actions: [" \
               "{name: a, image: reboot}]}]\n"
        for args in ("--set", "name=x", "--set", "os=y"), \
                ("--set", "name=x", "os=y"), ("--set=os=y", "name=x"):
            self.assertIn("name: x\ntasks: [{name: y,",
                          self.good("render", "-", *args, text=text))
        self.assertIn("expected KEY=VALUE",
                      self.tomte("render", "-", "--set", "x").stderr)
        self.assertEqual(
            self.tomte("render", "-", "name=x", text=text).returncode, USAGE)

    def test_secrets_are_named_in_place_of_their_values(self):
        password = "{{ .references.login.data.password"
        more = f"          PW: {password} | b64dec }}}}\n" \
               f"          RAW: {password} }}}}\n"
        out = self.good("render", self.file("t", TEMPLATE + more),
                        "--hardware", self.file("hw", HARDWARE),
                        "--references", self.file("secret", SECRET))
        self.assertIn("PW: <secret os/password>\n", out)
        self.assertIn("RAW: <base64 of secret os/password>\n", out)

    def test_rules_of_references_may_be_tried(self):
        text = TEMPLATE.replace("device_1", "references.login.kind")
        args = ["render", "-", "--hardware", self.file("hw", HARDWARE),
                "--references", self.file("secret", SECRET)]
        rule = '{"reference": {"resource": ["%s"]}}'
        allowed = self.good(*args, "--reference-allow", rule % "secrets",
                            text=text)
        self.assertIn('worker: "Secret"', allowed)
        for refused in ("--reference-allow", rule % "configmaps"), \
                ("--reference-deny", rule % "secrets"):
            self.assertIn("no rule allows this reference",
                          self.tomte(*args, *refused, text=text).stderr)
        self.assertIn("reference-deny: ",
                      self.tomte(*args, "--reference-deny", "[1]",
                                 text=text).stderr)

    def test_what_is_missing_is_said_with_its_place(self):
        done = self.tomte("render", self.file("t", TEMPLATE.replace(
            "device_1", "references.login")), "--hardware",
            self.file("hw", HARDWARE))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.splitlines(), [
            't:9:30: map has no entry for key "login"',
            '     9 |       worker: "{{ .references.login }}"',
            "       |                              ^~~~~~",
            "reference login: secrets default/os is not in the files "
            "(--references FILE)"])

    def test_lint_fails_when_any_file_is_wrong(self):
        good = self.file("good", TEMPLATE)
        bad = self.file("bad", TEMPLATE.replace("index", "indx") + "---\n" +
                        TEMPLATE.replace("image2disk", "none"))
        done = self.tomte("lint", bad, "gone", good)
        self.assertEqual(done.returncode, 1)
        self.assertIn('bad:15:25: function "indx" not defined; did you mean '
                      'index?\n', done.stdout)
        self.assertIn("bad: Template debian: rendered line 7: "
                      "tasks[0].actions[0].image: ", done.stdout)
        self.assertIn("good: Template debian: 1 action, nothing wrong\n",
                      done.stdout)
        self.assertIn("gone: No such file", done.stderr)
        self.assertIn("nothing wrong", self.good("lint", good))
        self.assertIn("nothing wrong", self.good("lint", "-", text=TEMPLATE))

    def test_lint_looks_at_media_urls_of_workflows(self):
        url = "http://h/{{ (index .Hardware.Interfaces 0).DHCP.MAC }}"
        workflow = f"""---
apiVersion: tinkerbell.org/v1alpha1
kind: Workflow
metadata: {{name: w}}
spec:
  hardwareRef: m1
  bootOptions:
    custombootConfig:
      preparingActions:
      - virtualMediaAction: {{mediaURL: "{url}", kind: CD}}
"""
        self.assertEqual(
            self.good("lint", "-", text=HARDWARE + workflow),
            "-: Workflow w: mediaURL: http://h/02:00:00:00:00:01\n")
        done = self.tomte("lint", "-", text=HARDWARE +
                          workflow.replace("index", "indx"))
        self.assertEqual(done.returncode, 1)
        self.assertIn('-:19:54: function "indx" not defined', done.stdout)
        self.assertIn("there is no Template in it",
                      self.tomte("render", "-", text=workflow).stderr)

    def test_a_pipe_gets_no_colours(self):
        self.assertNotIn("\033", self.tomte("lint", "-", text="{{ x }}")
                         .stdout)

    def test_help_and_completion_know_it(self):
        shown = subprocess.run([TOMTE, "help", "template"], text=True,
                               capture_output=True, check=True).stdout
        words = subprocess.run([TOMTE, "complete", "--", "template", ""],
                               text=True, capture_output=True,
                               check=True).stdout
        for option in "--hardware", "--set", "--references":
            self.assertIn(option, shown)
        self.assertEqual([line.split("\t")[0] for line in words.splitlines()],
                         ["lint", "render"])
        after = subprocess.run([TOMTE, "complete", "--", "template", "lint",
                                ""], text=True, capture_output=True,
                               check=True).stdout
        self.assertIn(":files", after)
        self.assertEqual(self.tomte().returncode, USAGE)


if __name__ == "__main__":
    TOMTE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
