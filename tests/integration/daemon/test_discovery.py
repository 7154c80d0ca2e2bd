#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Machines that nobody knows: from DISCOVER to Hardware and a done Workflow.

usage: test_discovery.py TOMTE WORKER [NAME...]
"""
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "boot"))

import daemon  # noqa: E402
import exposition  # noqa: E402
import rig  # noqa: E402

TOMTE = WORKER = ""
OURS = "198.18.0.1"
POOL = "198.18.0.100-198.18.0.119"
KNOWN = "52:54:00:00:00:09"
STRANGER = "52:54:00:00:00:99"
OTHER = "52:54:00:00:00:98"
PXE = "PXEClient:Arch:00007:UNDI:003000"
LABEL = "tinkerbell.org/auto-discovered"
GROUP = "/apis/tinkerbell.org/v1alpha1/namespaces/{}/{}"
STRANGERS = 60  # events of MACs that no machine has, in ten minutes

# Run at the machine's place: what firmware asks, and what it is answered.
DHCP = """
import json, socket, struct, sys
ask = json.loads(sys.argv[1])
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
client.bind(("", 68))
mac = bytes.fromhex(ask["mac"].replace(":", ""))

def say(kind, *options):
    packet = (struct.pack("!4BIHH16x", 1, 1, 6, 0, 7, 0, 0x8000) + mac +
              bytes(202) + bytes([99, 130, 83, 99, 53, 1, kind]))
    more = [(60, ask["vendor"].encode())] if ask["vendor"] else []
    for code, value in [*more, (93, b"\\0\\7"), *options]:
        packet += bytes([code, len(value)]) + value
    client.sendto(packet + b"\\xff", ("255.255.255.255", 67))

def hear():
    client.settimeout(ask["wait"])
    try:
        packet = client.recv(2048)
    except socket.timeout:
        return None
    options, at = {}, 240
    while packet[at] != 255:
        options[packet[at]] = packet[at + 2:at + 2 + packet[at + 1]]
        at += 2 + packet[at + 1]
    return {"type": options[53][0], "ip": socket.inet_ntoa(packet[16:20]),
            "file": options.get(67, b"").decode(),
            "mask": socket.inet_ntoa(options.get(1, bytes(4))),
            "router": socket.inet_ntoa(options.get(3, bytes(4))),
            "lease": int.from_bytes(options.get(51, b""), "big")}

def address(text):
    return socket.inet_aton(text)

got = []
if not ask.get("wanted"):
    say(1)
    got.append(hear())
if ask.get("wanted") or got[0]:
    wanted = ask.get("wanted") or got[0]["ip"]
    more = [] if ask.get("wanted") else [(54, address(ask["server"]))]
    say(4 if ask.get("decline") else 3, (50, address(wanted)), *more)
    if not ask.get("decline"):
        got.append(hear())
print(json.dumps(got))
"""

FETCH = """
import sys, urllib.request, urllib.error
try:
    with urllib.request.urlopen(sys.argv[1], timeout=20) as answer:
        sys.stdout.write(f"{answer.status} ")
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.read())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""

ASK = """
import json, ssl, sys, urllib.request, urllib.error
method, url, token, body = sys.argv[1:5]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
request = urllib.request.Request(url, method=method,
    data=body.encode() or None, headers={"Authorization": "Bearer " + token})
try:
    with urllib.request.urlopen(request, timeout=20, context=context) as got:
        print(json.dumps([got.status, got.read().decode()]))
except urllib.error.HTTPError as error:
    print(json.dumps([error.code, error.read().decode()]))
"""

TEMPLATE = """name: t
tasks:
- name: install
  worker: "{{{{ .device_1 }}}}"
  actions:
  - name: image
    image: image2disk
    timeout: 60
    environment:
      IMG_URL: {url}
      DEST_DISK: {disk}
"""


def cpio_files(archive):
    """Name to content; newc."""
    files, at = {}, 0
    while True:
        size = int(archive[at + 54:at + 62], 16)
        n = int(archive[at + 94:at + 102], 16)
        name = archive[at + 110:at + 110 + n - 1].decode()
        at = (at + 110 + n + 3) & ~3
        if name == "TRAILER!!!":
            return files
        files[name] = archive[at:at + size]
        at = (at + size + 3) & ~3


class Discovery(unittest.TestCase):
    options = ["--auto-discovery", "--discovery-pool", POOL,
               "--discovery-gateway", "198.18.0.254"]

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir="/run"))
        rig.switch("br0")
        self.addCleanup(rig.run, "ip", "link", "delete", "br0")
        rig.run("ip", "address", "add", f"{OURS}/24", "dev", "br0")
        self.host = rig.Host()
        self.addCleanup(self.host.close)
        self.host.plug("br0", STRANGER)
        (self.folder / "images").mkdir()
        self.tomte = None
        self.processes = []
        self.addCleanup(self.end)

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()
        if self.tomte:
            self.tomte.close()

    def start(self, *options):
        self.tomte = daemon.Daemon(
            TOMTE, "--interface", "br0", "--address", OURS, "--no-tftp",
            "--image-dir", self.folder / "images",
            *self.options, *options)
        self.apply(daemon.hardware("known", interfaces=[
            {"dhcp": {"mac": KNOWN, "ip": {"address": "198.18.0.9",
                                           "netmask": "255.255.255.0"}},
             "netboot": {"allowPXE": True}}]))

    def apply(self, thing, **metadata):
        thing["metadata"].update(metadata)
        self.tomte.good("apply", "-f", "-", text=json.dumps(thing))

    def get(self, plural, name, namespace="default"):
        return self.tomte.local("GET", GROUP.format(
            namespace, f"{plural}/{name}"))

    def known(self):
        return self.get("hardware", "known")[1]["metadata"]["resourceVersion"]

    def at_host(self, program, *args, **how):
        return subprocess.run(
            self.host.command(sys.executable, "-c", program, *args),
            stdout=subprocess.PIPE, check=True, timeout=60, **how).stdout

    def dhcp(self, mac=STRANGER, vendor=PXE, wait=5, **more):
        return json.loads(self.at_host(DHCP, json.dumps(
            {"mac": mac, "vendor": vendor, "server": OURS, "wait": wait,
             **more})))

    def boot(self, mac=STRANGER):
        """An address, at the host's card too."""
        offer, ack = self.dhcp(mac)
        self.host.run("ip", "address", "flush", "dev", "eth0")
        self.host.run("ip", "address", "add", ack["ip"] + "/24", "dev", "eth0")
        return offer, ack

    def fetch(self, path, mac=STRANGER):
        status, body = self.at_host(
            FETCH, f"http://{OURS}:{self.tomte.http_port}/boot/{mac}/"
            f"{path}").split(b" ", 1)
        return int(status), body

    def config(self, mac=STRANGER):
        status, archive = self.fetch("cfg.cpio", mac)
        self.assertEqual(status, 200, archive)
        return json.loads(cpio_files(archive)["cfg/config.json"])

    def ask(self, method, path, token, body=""):
        status, text = json.loads(self.at_host(
            ASK, method, f"https://{OURS}:{self.tomte.port}{path}", token,
            body if isinstance(body, str) else json.dumps(body)))
        return status, text

    def hello(self, token, mac=STRANGER, **attributes):
        return self.ask("POST", "/worker/v1/hello", token, {
            "boot_id": "boot-1", "machine": "x", "uptime_ms": 1, "mac": mac,
            "hook_version": "1", "attributes": attributes})

    def worker(self):
        """The real one, at the machine's place."""
        path = self.folder / "config.json"
        path.write_text(json.dumps(self.config()))
        with open(self.folder / "worker.log", "ab") as log:
            self.processes.append(subprocess.Popen(
                self.host.command(WORKER, "--config", path, "--allow-files"),
                stderr=log))

    def events(self, name):
        return self.tomte.good("events", name)

    def value(self, name, **labels):
        _, text = self.tomte.local("GET", "/metrics")
        return exposition.value(exposition.parse(text), name, **labels)


class On(Discovery):
    def rules(self, namespace="default"):
        disk = self.folder / "disk"
        disk.write_bytes(bytes(1 << 20))
        image = os.urandom(256 << 10)
        (self.folder / "images" / "os.raw").write_bytes(image)
        url = f"http://{OURS}:{self.tomte.http_port}/images/os.raw"
        self.apply({"apiVersion": "tinkerbell.org/v1alpha1",
                    "kind": "Template", "metadata": {"name": "t"},
                    "spec": {"data": TEMPLATE.format(url=url, disk=disk)}},
                   namespace=namespace)
        self.apply({"apiVersion": "tinkerbell.org/v1alpha1",
                    "kind": "WorkflowRuleSet", "metadata": {"name": "all"},
                    "spec": {"rules": [json.dumps(
                        {"cpu": {"totalThreads": [{"exists": True}]}})],
                             "workflow": {"template": {
                                 "ref": "t", "agentValue": "device_1"}}}},
                   namespace=namespace)
        return disk, image

    def test_a_machine_becomes_hardware_and_its_workflow_is_done(self):
        self.start("--auto-enrollment")
        disk, image = self.rules()
        before = self.known()

        offer, ack = self.boot()
        self.assertEqual((offer["type"], ack["type"]), (2, 5))
        self.assertEqual(offer["file"], "snponly.efi")
        self.assertEqual(ack["mask"], "255.255.255.0")
        self.assertEqual(ack["router"], "198.18.0.254")
        self.assertEqual(ack["lease"], 600)
        status, script = self.fetch("auto.ipxe")
        self.assertEqual(status, 200)
        self.assertIn(f"/boot/{STRANGER}/hook.ipxe?".encode(), script)
        status, script = self.fetch(
            "hook.ipxe?platform=efi&arch=x86_64&serial=S%201&mac0="
            "52-54-00-00-00-99")
        self.assertIn(b"/hook/vmlinuz-x86_64", script)
        self.worker()
        name = "discovery-52-54-00-00-00-99"
        try:
            workflow = daemon.wait_for("the Workflow to be done", lambda: (
                lambda got: got[1] if got[0] == 200 and got[1].get(
                    "status", {}).get("state") == "SUCCESS" else None)(
                        self.get("workflows",
                                 "enrollment-52-54-00-00-00-99")), 60)
        except AssertionError:
            print((self.folder / "worker.log").read_text(),
                  self.events(name), "".join(self.tomte.log[-30:]))
            raise

        self.assertEqual(disk.read_bytes()[:len(image)], image)
        self.assertEqual(workflow["spec"]["hardwareRef"], name)
        _, hardware = self.get("hardware", name)
        self.assertEqual(hardware["metadata"]["labels"], {LABEL: "true"})
        notes = hardware["metadata"]["annotations"]
        self.assertRegex(notes["tomte.dev/discovered"],
                         r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIn("totalThreads", notes["tinkerbell.org/agent-attributes"])
        spec = hardware["spec"]
        self.assertEqual(spec["agentID"], STRANGER)
        self.assertNotIn("bmcRef", spec)
        card = spec["interfaces"][0]
        self.assertNotIn("netboot", card)
        self.assertEqual(card["dhcp"]["mac"], STRANGER)
        self.assertEqual(card["dhcp"]["arch"], os.uname().machine)
        self.assertEqual(card["dhcp"]["ip"], {
            "address": ack["ip"], "netmask": "255.255.255.0",
            "gateway": "198.18.0.254"})
        self.assertEqual(self.known(), before)
        self.assertIn(f"discovered: booted by {STRANGER}", self.events(name))
        self.assertIn("enrolled: Workflow", self.events(name))
        self.assertIn(STRANGER, self.tomte.good("get", "hardware"))
        self.assertIn("SUCCESS", self.tomte.good(
            "why", "enrollment-52-54-00-00-00-99").upper())
        audit = [one for one in self.tomte.audit()
                 if one["user"] == f"unknown:{STRANGER}"]
        self.assertEqual([(one["verb"], one["resource"], one["name"])
                          for one in audit], [("create", "hardware", name)])
        # Known from then on: its own address, and no leave to boot again.
        offer, ack = self.dhcp()
        self.assertEqual(ack["ip"], card["dhcp"]["ip"]["address"])
        self.assertIn(b"booting from the disk", self.fetch("auto.ipxe")[1])
        self.assertEqual(self.fetch("cfg.cpio")[0], 403)

    def test_only_what_boots_from_the_network_is_answered(self):
        self.start()

        for vendor in "", "MSFT 5.0", "udhcp 1.36.1", "dhcpcd-9.4.1":
            self.assertEqual(self.dhcp(vendor=vendor, wait=0.3), [None],
                             vendor)
        self.assertEqual(len(self.dhcp(vendor="HTTPClient:Arch:00016")), 2)

    def test_addresses_stay_over_a_restart(self):
        self.start()
        _, ack = self.dhcp()
        others = {self.dhcp(f"52:54:00:00:01:{i:02x}")[1]["ip"]
                  for i in range(6)}
        self.tomte.stop()
        self.tomte.start()

        self.assertEqual(self.dhcp(wanted=ack["ip"])[0]["type"], 5)
        # Of another's, and of what is none of ours, nothing is said.
        self.assertEqual(self.dhcp(OTHER, wanted=ack["ip"], wait=0.3), [None])
        self.assertEqual(self.dhcp(OTHER, wanted="198.18.0.7", wait=0.3),
                         [None])
        self.assertNotIn(self.dhcp(OTHER)[1]["ip"], others | {ack["ip"]})

    def test_reserved_addresses_are_lent_to_nobody(self):
        self.options = ["--auto-discovery", "--discovery-pool",
                        "198.18.0.8-198.18.0.10"]
        self.start()
        lent = [self.dhcp(f"52:54:00:00:02:{i:02x}", wait=1)
                for i in range(3)]

        self.assertEqual({got[1]["ip"] for got in lent[:2]},
                         {"198.18.0.8", "198.18.0.10"})
        self.assertEqual(lent[2], [None])
        daemon.wait_for("an event", lambda: "discovery-pool" in
                        self.tomte.good("events"))

    def test_a_pool_of_another_network_is_not_lent_here(self):
        self.options = ["--auto-discovery", "--discovery-pool",
                        "198.18.7.8-198.18.7.10"]
        self.start()

        self.assertEqual(self.dhcp(wait=0.5), [None])
        self.assertIn("is not of our network", "".join(self.tomte.log))

    def test_settings_that_cannot_be_meant_are_refused(self):
        for more, words in (
                (["--discovery-pool", "198.18.0.9"], "two IPv4 addresses"),
                (["--discovery-pool", "198.18.0.250-198.18.1.5"],
                 "more than one network"),
                (["--discovery-pool", POOL, "--discovery-gateway", "x"],
                 "discovery-gateway x"),
                (["--discovery-namespace", "Racks"], "discovery-namespace")):
            done = subprocess.run(
                [TOMTE, "serve", "--state", self.folder / "state",
                 "--interface", "br0", "--auto-discovery", *more],
                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(words, done.stderr)

    def test_a_declined_address_is_passed_over(self):
        self.start()
        _, ack = self.dhcp()
        self.dhcp(OTHER, wanted=ack["ip"], decline=True)
        self.assertEqual(self.dhcp()[1]["ip"], ack["ip"])
        self.dhcp(wanted=ack["ip"], decline=True)

        self.assertNotEqual(self.dhcp()[1]["ip"], ack["ip"])

    def test_another_card_of_a_known_machine_boots_its_disk(self):
        self.start()
        self.apply(daemon.hardware("r1n02"), annotations={
            "tomte.dev/serial": "ABC-1"})
        before = self.get("hardware", "r1n02")[1]
        self.boot()

        script = self.fetch("hook.ipxe?platform=efi&serial=abc-1")[1]
        other = self.fetch("hook.ipxe?platform=efi&serial=&mac0=52-54-00-00-"
                           "00-99&mac1=52-54-00-00-00-09")[1]

        for text in script, other:
            self.assertNotIn(b"hook/vmlinuz", text)
            self.assertIn(b"exit 1", text)
        self.assertIn("its serial number abc-1 is this machine's",
                      self.events("r1n02"))
        self.assertIn(f"its card {KNOWN} is this machine's",
                      self.events("known"))
        # Nor when it is said by the worker.
        status, text = self.hello(self.config()["token"], product={
            "serialNumber": "ABC-1"})
        self.assertEqual(status, 403, text)
        status, text = self.hello(
            self.config()["token"],
            networkInterfaces=[{"mac": KNOWN}])
        self.assertEqual(status, 403, text)
        self.assertEqual(self.get("hardware", "r1n02")[1], before)
        self.assertEqual(self.get("hardware", "discovery-52-54-00-00-00-99")[
            0], 404)
        # It goes on saying hello, and that is not told each time.
        for _ in range(5):
            self.assertEqual(self.hello(
                self.config()["token"],
                networkInterfaces=[{"mac": KNOWN}])[0], 403)
        self.assertEqual([one["decision"] for one in self.tomte.audit()
                          if one["user"].startswith("unknown:")],
                         ["forbid", "forbid"])

    def test_a_number_that_a_worker_told_once_is_known_again(self):
        self.start()
        before = self.known()
        self.host.run("ip", "address", "add", "198.18.0.9/24", "dev", "eth0")
        status, text = self.hello(self.config(KNOWN)["token"], mac=KNOWN,
                                  product={"serialNumber": "K-7"})
        self.assertEqual(status, 200, text)
        self.boot()

        script = self.fetch("hook.ipxe?platform=pcbios&serial=k-7")[1]

        self.assertIn(b"sanboot", script)
        self.assertIn("its serial number k-7 is this machine's",
                      self.events("known"))
        self.assertEqual(self.known(), before)

    def test_a_strangers_token_opens_nothing_else(self):
        self.start()
        self.apply(daemon.secret("os", password="planted-hunter2"))
        self.boot()
        token = self.config()["token"]

        for path in ("/worker/v1/next?wait=1", GROUP.format("default",
                                                            "hardware"),
                     "/api/v1/namespaces/default/secrets/os",
                     "/apis/tomte.dev/v1alpha1/namespaces/default/runs"):
            self.assertEqual(self.ask("GET", path, token)[0], 401, path)
        # Not for another MAC, nor with another's name in it.
        self.assertEqual(self.hello(token, mac=OTHER)[0], 403)
        forged = token.replace("525400000099", "525400000009")
        self.assertEqual(self.hello(forged, mac=KNOWN)[0], 401)
        late = "-".join([*token.split("-")[:2], "ffffffff",
                         token.split("-")[3]])
        self.assertEqual(self.hello(late)[0], 401)
        self.assertEqual(self.hello(token)[0], 200)
        # It is the machine's own now: its own things, and no others.
        for path in (GROUP.format("default", "hardware/known"),
                     GROUP.format("default", "hardware"),
                     "/api/v1/namespaces/default/secrets/os",
                     "/api/v1/namespaces/default/secrets"):
            status, text = self.ask("GET", path, token)
            self.assertIn(status, (401, 403), path)
            self.assertNotIn("hunter2", text)
        self.assertNotIn(token, "".join(self.tomte.log))

    def test_a_configuration_is_for_who_has_the_address(self):
        self.start()
        self.boot()

        self.assertEqual(self.fetch("cfg.cpio")[0], 200)
        self.assertEqual(self.fetch("cfg.cpio", OTHER)[0], 404)
        self.assertEqual(self.fetch("auto.ipxe", OTHER)[0], 404)
        self.assertEqual(self.fetch("cfg.cpio", KNOWN)[0], 403)

    def test_a_token_outlives_a_restart(self):
        self.start()
        self.boot()
        token = self.config()["token"]
        self.tomte.stop()
        self.tomte.start()

        self.assertEqual(self.hello(token)[0], 200)
        self.assertEqual(self.get(
            "hardware", "discovery-52-54-00-00-00-99")[0], 200)

    def test_rules_say_the_namespace_also_where_nobody_is_enrolled(self):
        self.start()
        self.rules("racks")
        self.boot()

        status, _ = self.hello(self.config()["token"],
                               cpu={"totalThreads": 4})

        self.assertEqual(status, 200)
        self.assertEqual(self.get("hardware", "discovery-52-54-00-00-00-99",
                                  "racks")[0], 200)
        self.assertEqual(self.get("workflows", "enrollment-52-54-00-00-00-99",
                                  "racks")[0], 404)

    def test_there_are_not_more_than_are_wanted(self):
        self.start("--discovery-max", "1")
        self.boot()
        self.assertEqual(self.hello(self.config()["token"])[0], 200)
        self.boot(OTHER)

        status, text = self.hello(self.config(OTHER)["token"], mac=OTHER)

        self.assertEqual(status, 503)
        self.assertIn("discovery-max", text)
        self.assertIn("discovery-max", self.tomte.good("events"))


# At the machine's place: 10,000 hosts that ask for an address at once.
FLOOD = """
import socket, struct, time
card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
card.bind(("eth0", 0))
began = time.monotonic()
for i in range(10000):
    mac = bytes([2, 0, 0, 0, i >> 8, i & 255])
    dhcp = (struct.pack("!4BIHH16x", 1, 1, 6, 0, i, 0, 0x8000) + mac +
            bytes(202) + bytes([99, 130, 83, 99, 53, 1, 1, 60, 9]) +
            b"PXEClient" + bytes([255]))
    udp = struct.pack("!HHHH", 68, 67, 8 + len(dhcp), 0) + dhcp
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17,
                       0, bytes(4), b"\\xff" * 4)
    total = sum(struct.unpack("!10H", head))
    total = (total & 65535) + (total >> 16)
    total = (total & 65535) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~total & 65535) + head[12:]
    card.send(b"\\xff" * 6 + mac + b"\\x08\\0" + head + udp)
    if i % 20 == 19:  # 5,000 a second: what the bridge does not drop
        time.sleep(max(0, began + i / 5000 - time.monotonic()))
"""

# And thousands that ask for a configuration, by one connection.
CONFIGS = """
import http.client, json, sys
ours, port = sys.argv[1], int(sys.argv[2])
connection = http.client.HTTPConnection(ours, port, timeout=20)
got = []
for i in range(int(sys.argv[3])):
    mac = f"02:00:00:01:{i >> 8:02x}:{i & 255:02x}"
    connection.request("GET", f"/boot/{mac}/cfg.cpio")
    answer = connection.getresponse()
    got = got[:199] + [(mac, answer.read().hex())]
    assert answer.status == 200, answer.status
print(json.dumps(got))
"""

# And that many that say hello.
HELLOS = """
import http.client, json, ssl, sys
ours, port, tokens = sys.argv[1], int(sys.argv[2]), json.load(sys.stdin)
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
connection = http.client.HTTPSConnection(ours, port, timeout=20,
                                         context=context)
counts = {}
for mac, token in tokens:
    connection.request("POST", "/worker/v1/hello", json.dumps(
        {"boot_id": "b", "machine": "x", "uptime_ms": 1, "mac": mac,
         "hook_version": "1", "attributes": {}}),
        {"Authorization": "Bearer " + token})
    answer = connection.getresponse()
    answer.read()
    counts[answer.status] = counts.get(answer.status, 0) + 1
print(json.dumps(counts))
"""


class Flood(Discovery):
    """What somebody who makes MACs up can fill."""

    def setUp(self):
        super().setUp()
        # What is freed is to be free: it is memory in use that is measured.
        self.addCleanup(os.environ.pop, "ASAN_OPTIONS")
        os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=0:" \
            "thread_local_quarantine_size_kb=0"
        self.options = ["--auto-discovery", "--discovery-pool",
                        "198.18.0.100-198.18.0.163", "--log-level", "info"]

    def counts(self):
        database = sqlite3.connect(self.tomte.state / "inventory.db")
        try:
            return {table: database.execute(
                f"SELECT COUNT(*) FROM {table}").fetchone()[0]
                for table in ("object", "lease", "event", "audit", "change")}
        finally:
            database.close()

    def rss(self):
        return self.value("process_resident_memory_bytes")

    def tell(self, what, before, rss, lines):
        after = self.counts()
        print(f"{what}: memory {(self.rss() - rss) / 2**20:+.1f} MiB, rows",
              {table: after[table] - before[table] for table in after},
              f"log lines {len(self.tomte.log) - lines}", file=sys.stderr)
        return after

    def heard(self):
        return self.value("tomte_dhcp_ignored_total", reason="unknown-mac") + \
            self.value("tomte_dhcp_sent_total", type="OFFER")

    def test_ten_thousand_macs_leave_nothing_behind(self):
        self.start()
        self.dhcp(KNOWN)
        before, rss, lines = self.counts(), self.rss(), len(self.tomte.log)
        heard = self.heard()

        self.at_host(FLOOD)
        self.assertEqual(self.dhcp(KNOWN)[1]["ip"], "198.18.0.9")

        daemon.wait_for("all to be heard of",
                        lambda: self.heard() - heard >= 10000)
        after = self.tell("10,000 DISCOVERs", before, rss, lines)
        offers = self.value("tomte_dhcp_sent_total", type="OFFER")
        self.assertLessEqual(offers, 64 + 2)
        self.assertEqual(after["lease"], 0)
        self.assertEqual(after["object"], before["object"])
        self.assertLessEqual(after["event"] - before["event"], STRANGERS + 5)
        self.assertLess(len(self.tomte.log) - lines, 400)
        self.assertLess(self.rss() - rss, 16 << 20)

    @unittest.skipUnless(shutil.which("perfdhcp", path="/usr/sbin:/sbin"),
                         "no perfdhcp")
    def test_who_takes_addresses_fills_the_pool_and_no_more(self):
        self.start()
        self.host.run("ip", "address", "add", "198.18.0.2/24", "dev", "eth0")
        before, rss, lines = self.counts(), self.rss(), len(self.tomte.log)

        done = self.host.run(
            "perfdhcp", "-4", "-l", "198.18.0.2", "-b",
            "mac=02:00:00:00:00:00", "-R", "20000", "-r", "1000", "-n",
            "10000", "-W", "1000000", "-u",
            "-o", "60," + b"PXEClient".hex(), "-o", "93,0007",
            OURS, check=False)

        self.assertIn("non unique addresses: 0", done.stdout)
        after = self.tell("10,000 of perfdhcp", before, rss, lines)
        self.assertEqual(after["lease"], 64)
        self.assertEqual(after["object"], before["object"])
        self.assertLessEqual(after["event"] - before["event"], STRANGERS + 5)
        self.assertLess(len(self.tomte.log) - lines, 600)
        self.assertLess(self.rss() - rss, 16 << 20)
        self.host.run("ip", "address", "flush", "dev", "eth0")
        self.assertEqual(self.dhcp(KNOWN)[1]["ip"], "198.18.0.9")

    def test_configurations_and_hellos_are_bounded(self):
        self.options = ["--auto-discovery", "--no-dhcp", "--discovery-max",
                        "50", "--log-level", "info"]
        self.start()
        self.host.run("ip", "address", "add", "198.18.0.77/24", "dev", "eth0")
        before, rss, lines = self.counts(), self.rss(), len(self.tomte.log)

        got = json.loads(self.at_host(
            CONFIGS, OURS, str(self.tomte.http_port), "3000"))
        after = self.tell("3,000 configurations", before, rss, lines)
        self.assertEqual(after, before)
        self.assertLess(self.rss() - rss, 16 << 20)
        self.assertLess(len(self.tomte.log) - lines, 600)

        tokens = [(mac, json.loads(cpio_files(bytes.fromhex(archive))[
            "cfg/config.json"])["token"]) for mac, archive in got]
        lines = len(self.tomte.log)
        counts = json.loads(self.at_host(
            HELLOS, OURS, str(self.tomte.port),
            input=json.dumps(tokens).encode()))

        after = self.tell(f"200 hellos {counts}", before, rss, lines)
        self.assertEqual(counts["200"], 50)
        self.assertGreater(counts["429"], 0)
        # A namespace may come with the first of them.
        self.assertLessEqual(after["object"] - before["object"], 51)
        self.assertLess(after["audit"] - before["audit"], 50 + 40)


class Off(Discovery):
    options = []

    def test_nobody_gets_anything(self):
        self.start()

        self.assertEqual(self.dhcp(wait=1), [None])
        self.host.run("ip", "address", "add", "198.18.0.50/24", "dev", "eth0")
        for path in "auto.ipxe", "hook.ipxe", "cfg.cpio":
            self.assertEqual(self.fetch(path)[0], 404)
        # Nor with a token of when it was on.
        digest = hashlib.sha256(b"x").hexdigest()
        token = f"unknown-525400000099-ffffffff-{digest}"
        self.assertEqual(self.hello(token)[0], 401)
        self.assertEqual(self.get("hardware", "")[1]["items"][0][
            "metadata"]["name"], "known")


class Foreign(Discovery):
    """Another DHCP server has the addresses."""
    options = ["--auto-discovery", "--no-dhcp"]

    def test_a_machine_comes_with_an_address_of_another_server(self):
        self.start()
        self.host.run("ip", "address", "add", "198.18.0.77/24", "dev", "eth0")

        self.assertIn(b"hook.ipxe?", self.fetch("auto.ipxe")[1])
        config = self.config()
        self.assertNotIn("network", config)
        self.assertEqual(self.hello(config["token"])[0], 200)
        _, hardware = self.get("hardware", "discovery-52-54-00-00-00-99")
        self.assertNotIn("ip", hardware["spec"]["interfaces"][0]["dhcp"])


if __name__ == "__main__":
    rig.enter()
    rig.need("nsenter")
    TOMTE, WORKER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
