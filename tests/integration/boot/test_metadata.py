#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The metadata service: what cloud-init asks for, and cloud-init itself.

usage: test_metadata.py BOOT_SERVER [NAME...]

cloud-init runs in a copy of this host's files that is gone afterwards. It is
the installed one, or an unpacked package in the folder TOMTE_CLOUD_INIT.
"""
import http.client
import json
import os
import shutil
import sys
import unittest
import urllib.parse

import rig

SERVER = ""
HOST = "127.0.0.1"
ITS = "127.0.0.9"
TOKEN = "9f8e7d6c5b4a"
NOCLOUD = f"/metadata/nocloud/{TOKEN}/"
UNPACKED = os.environ.get("TOMTE_CLOUD_INIT", "")

USER_DATA = """#cloud-config
# \u00e9 stays, and so do ${x} and trailing blanks \x20
ssh_deletekeys: false
"""

HARDWARE = {
    "metadata": {"name": "r1n01", "uid": "5c7f0ff8"},
    "spec": {
        "userData": USER_DATA,
        "interfaces": [{"dhcp": {"hostname": "r1n01",
                                 "ip": {"address": ITS}}}],
        "metadata": {
            "facility": {"plan_slug": "c3", "facility_code": "lab"},
            "instance": {
                "id": "i-r1n01", "hostname": "node-1",
                "tags": ["a", "b"],
                "ssh_keys": ["ssh-ed25519 AAAA one", "ssh-rsa BBBB two"],
                "operating_system": {"distro": "debian", "version": "12"},
            }}}}
BARE = {"metadata": {"name": "r1n02", "uid": "77"},
        "spec": {"interfaces": [{"dhcp": {"ip": {"address":
                                                 "127.0.0.10"}}}]}}

# Nothing that would change more than the copy's own files.
CONFIG = """
users: []
disable_root: false
preserve_hostname: true
network: {config: disabled}
cloud_init_modules: []
cloud_config_modules: []
cloud_final_modules: [phone_home]
system_info: {distro: debian}
"""


class Metadata(unittest.TestCase):
    def setUp(self):
        self.server = rig.Server(SERVER, HOST)
        self.server.inventory["hardware"] = {
            ITS: HARDWARE, TOKEN: HARDWARE,
            "127.0.0.10": BARE, "bare": BARE}
        self.server.start()
        self.connection = None
        self.come_from(ITS)

    def tearDown(self):
        self.connection.close()
        self.server.close()

    def come_from(self, address):
        if self.connection:
            self.connection.close()
        self.connection = http.client.HTTPConnection(
            HOST, 7080, source_address=(address, 0), timeout=rig.PATIENCE)

    def ask(self, path, method="GET", body=None, headers=None):
        self.connection.request(
            method, path, body=body, headers=headers or
            {"User-Agent": "Cloud-Init/22.4.2", "Accept": "*/*"})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def test_the_sequence_of_nocloud(self):
        self.assertEqual(self.ask(NOCLOUD + "meta-data"), (
            200, "instance-id: i-r1n01\nlocal-hostname: node-1\n"
            "public-keys:\n- ssh-ed25519 AAAA one\n- ssh-rsa BBBB two\n"))
        self.assertEqual(self.ask(NOCLOUD + "user-data"), (200, USER_DATA))
        status, vendor = self.ask(NOCLOUD + "vendor-data")
        self.assertEqual(status, 200)
        self.assertIn(f'url: "http://{HOST}:7080{NOCLOUD}phone-home"', vendor)

    def test_the_sequence_of_newer_nocloud(self):
        for name in "network-config", "meta-data", "user-data", \
                "vendor-data":
            self.assertEqual(self.ask(NOCLOUD + name)[0], 200, name)
        for name in "network-config", "meta-data", "user-data", \
                "vendor-data":
            self.assertEqual(self.ask(f"/metadata/nocloud/bare/{name}")[0],
                             200, name)

    def walk(self, folder):
        """As cloud-init: every line, folders end with a slash."""
        leaves = {}
        status, listing = self.ask(folder)
        self.assertEqual(status, 200, folder)
        for line in listing.split("\n"):
            if "=" in line:
                path = folder + line.split("=")[0] + "/openssh-key"
            else:
                path = folder + line
            if path.endswith("/"):
                leaves.update(self.walk(path))
                continue
            status, leaves[path] = self.ask(path)
            self.assertEqual(status, 200, path)
        return leaves

    def test_the_sequence_of_ec2(self):
        base = "/2009-04-04/meta-data/"
        self.assertEqual(self.ask(base + "instance-id"), (200, "i-r1n01"))
        for version in "2021-03-23", "2018-09-24", "2016-09-02":
            self.assertEqual(
                self.ask(f"/{version}/meta-data/instance-id")[0], 404)
        self.assertEqual(self.ask("/2009-04-04/user-data"),
                         (200, USER_DATA))
        leaves = {path[len(base):]: value
                  for path, value in self.walk(base).items()}

        self.assertEqual(leaves, {
            "instance-id": "i-r1n01", "hostname": "node-1",
            "local-hostname": "node-1", "plan": "c3", "facility": "lab",
            "tags": "a\nb", "local-ipv4": ITS,
            "public-keys/0/openssh-key": "ssh-ed25519 AAAA one",
            "public-keys/1/openssh-key": "ssh-rsa BBBB two",
            "operating-system/distro": "debian",
            "operating-system/version": "12"})

    def test_the_sequence_of_ec2_with_next_to_nothing(self):
        self.come_from("127.0.0.10")
        self.assertEqual(self.ask("/2009-04-04/meta-data/instance-id"),
                         (200, "77"))
        self.assertEqual(self.ask("/2009-04-04/user-data")[0], 404)
        self.assertEqual(len(self.walk("/2009-04-04/meta-data/")), 4)

    def test_latest_is_the_same_tree(self):
        self.assertEqual(self.ask("/latest"), self.ask("/2009-04-04/"))
        self.assertEqual(self.ask("/latest/meta-data/hostname"),
                         (200, "node-1"))
        self.assertEqual(self.ask("/latestx/meta-data/hostname")[0], 404)

    def test_a_stranger_learns_nothing(self):
        self.come_from(HOST)
        for path in "/2009-04-04/", "/2009-04-04/user-data", "/latest", \
                "/metadata/nocloud/", "/metadata/nocloud/wrong/user-data", \
                "/metadata/nocloud//user-data", NOCLOUD[:-1], NOCLOUD, \
                NOCLOUD + "other":
            self.assertEqual(self.ask(path)[0], 404, path)

    def test_what_is_asked_for_is_told(self):
        for path, what, found in ((NOCLOUD + "meta-data", "meta-data", True),
                                  ("/latest/user-data", "user-data", True),
                                  ("/latest/meta-data/no-such", "meta-data",
                                   False)):
            self.ask(path)
            event = self.server.event("metadata")
            self.assertEqual((event["name"], event["what"], event["found"]),
                             ("r1n01", what, found))

    def test_the_os_phones_home(self):
        form = urllib.parse.urlencode({"instance_id": "i-r1n01",
                                       "hostname": "node-1"})
        self.assertEqual(self.ask(NOCLOUD + "phone-home")[0], 405)
        self.assertEqual(self.ask("/metadata/nocloud/wrong/phone-home",
                                  method="POST", body=form)[0], 404)
        self.assertEqual(self.ask(NOCLOUD + "phone-home", method="POST",
                                  body=form)[0], 200)

        event = self.server.event("phone-home")
        self.assertEqual((event["token"], event["text"]), (TOKEN, form))
        self.assertEqual(self.server.events(), [])

    def test_a_host_that_could_break_yaml_is_left_out(self):
        for host in 'a"b', "a\\b", 'a"\\', "a b":
            status, text = self.ask(NOCLOUD + "vendor-data",
                                    headers={"Host": host})
            if status == 200:
                self.assertEqual(text, "", host)
            else:
                self.assertEqual(status, 400, host)

    def test_user_data_over_the_limit_is_an_error(self):
        big = json.loads(json.dumps(HARDWARE))
        big["spec"]["userData"] = "x" * (1024 * 1024 + 1)
        self.server.inventory["hardware"].update({TOKEN: big, ITS: big})
        self.server.reload()

        self.assertEqual(self.ask(NOCLOUD + "user-data")[0], 500)
        self.assertEqual(self.ask("/latest/user-data")[0], 500)


def has_cloud_init():
    return UNPACKED or shutil.which("cloud-init")


@unittest.skipUnless(has_cloud_init(), "no cloud-init")
class CloudInit(unittest.TestCase):
    """The real one, over the address of the machine."""

    def setUp(self):
        rig.switch("br0")
        self.addCleanup(rig.run, "ip", "link", "delete", "br0")
        rig.run("ip", "address", "add", "198.18.0.1/16", "dev", "br0")
        self.host = rig.Host()
        self.addCleanup(self.host.close)
        self.host.plug("br0")
        self.host.run("ip", "address", "add", "198.18.0.9/16", "dev", "eth0")
        self.server = rig.Server(SERVER, "198.18.0.1")
        self.addCleanup(self.server.close)
        self.server.inventory["hardware"] = {"198.18.0.9": HARDWARE,
                                             TOKEN: HARDWARE}
        self.server.start()
        self.make_root()

    def make_root(self):
        """This host's files, and what is written to them in memory."""
        self.top = self.server.folder / "top"
        self.root = self.top / "root"
        self.top.mkdir()
        rig.run("mount", "-t", "tmpfs", "tmpfs", self.top)
        self.addCleanup(rig.run, "umount", "-l", self.top)
        for name in "root", "upper", "work":
            (self.top / name).mkdir()
        done = rig.run("mount", "-t", "overlay", "overlay", "-o",
                       f"lowerdir=/,upperdir={self.top}/upper,"
                       f"workdir={self.top}/work", self.root, check=False)
        if done.returncode:
            self.skipTest("no overlay file system: " + done.stdout)
        for name in "proc", "sys", "dev":
            rig.run("mount", "--rbind", f"/{name}", self.root / name)
        rig.run("mount", "-t", "tmpfs", "tmpfs", self.root / "run")
        if UNPACKED:
            rig.run("sh", "-c", f"tar -C '{UNPACKED}' -c . | tar -C "
                    f"'{self.root}' -x --keep-directory-symlink")
        shutil.rmtree(self.root / "var/lib/cloud", ignore_errors=True)
        (self.root / "run/cloud-init").mkdir()

    def boot(self, config):
        path = self.root / "etc/cloud/cloud.cfg"
        path.write_text(CONFIG + config)
        for more in (self.root / "etc/cloud/cloud.cfg.d").glob("*.cfg"):
            if more.name != "05_logging.cfg":
                more.unlink()
        (self.root / "etc/resolv.conf").unlink(missing_ok=True)
        (self.root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        # by the system's Python, whose modules are those of its packages
        for stage in (["init", "--local"], ["init"],
                      ["modules", "--mode", "final"]):
            self.host.run("unshare", "--uts", "chroot", self.root, "env",
                          "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                          "/usr/bin/python3", "/usr/bin/cloud-init", *stage)
        self.log = (self.root / "var/log/cloud-init.log").read_text()
        with open(self.root / "run/cloud-init/instance-data.json") as file:
            self.instance = json.load(file)

    def check(self, source):
        known = self.instance["v1"]
        self.assertEqual(known["cloud_id"], source, self.log)
        self.assertEqual(known["instance_id"], "i-r1n01")
        self.assertEqual(known["local_hostname"], "node-1")
        self.assertEqual(known["public_ssh_keys"],
                         ["ssh-ed25519 AAAA one", "ssh-rsa BBBB two"])
        folder = self.root / "var/lib/cloud/instances/i-r1n01"
        self.assertEqual((folder / "user-data.txt").read_text(), USER_DATA)
        # the second try of anything would be "[1/"
        asked = [line for line in self.log.splitlines()
                 if "198.18.0.1" in line]
        self.assertTrue([line for line in asked if "[0/" in line], self.log)
        again = [line for line in asked if "[1/" in line]
        self.assertEqual(again, [])

    def test_nocloud_finds_all_and_phones_home(self):
        self.boot(f"""
datasource_list: [NoCloud]
datasource: {{NoCloud: {{seedfrom: "http://198.18.0.1:7080{NOCLOUD}"}}}}
""")

        self.check("nocloud")
        event = self.server.event("phone-home")
        self.assertEqual(event["token"], TOKEN)
        self.assertIn("instance_id=i-r1n01", event["text"])

    def test_ec2_finds_all(self):
        self.boot("""
datasource_list: [Ec2]
datasource:
  Ec2:
    strict_id: false
    metadata_urls: ["http://198.18.0.1:7080"]
    max_wait: 10
    timeout: 5
""")

        self.check("ec2")
        data = self.instance["ds"]["meta-data"]
        self.assertEqual(data["tags"], ["a", "b"])
        self.assertEqual(data["operating-system"],
                         {"distro": "debian", "version": "12"})
        self.assertEqual(data["local-ipv4"], "127.0.0.9")


if __name__ == "__main__":
    rig.enter()
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
