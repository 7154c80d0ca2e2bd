#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fake machine: what firmware, iPXE, the hook and an installed OS do, as far
as a server and a BMC can see it. A fake of ours: it says nothing of how real
firmware behaves, but its worker is the real one.

usage: machine.py CONFIG.json

It is run in a network of its own, as process 1, from power on until it is
killed, which is power off. CONFIG has, beside what it is, what is wrong with
it: "bend", one word for each place where it differs from a good machine.
"""
import fcntl
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import uuid

PORT = "eth0"
MAGIC = bytes([99, 130, 83, 99])
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = 1, 2, 3, 4, 5, 6
# A disk begins with this where an operating system is on it.
BOOTABLE = b"a disk that boots\n"
BLOCK = 1468
TRIES = 4
BOOT_ID = "/proc/sys/kernel/random/boot_id"
# What else is cut must not fit into the buffers on the way.
SMALL_BUFFER = 16 * 1024


def say(*words):
    print(f"{time.monotonic():.2f}", *words, flush=True)


def stand_still():
    """Until somebody pulls the plug."""
    say("stands still")
    while True:
        signal.pause()


class Reset(Exception):
    """It begins anew."""


class Machine:
    def __init__(self, config):
        self.server = config["server"]
        self.disk = pathlib.Path(config["disk"])
        self.folder = pathlib.Path(config["folder"])
        self.mac = bytes.fromhex(config["mac"].replace(":", ""))
        self.config, self.bend = config, config["bend"]
        self.lease = None

    # ---- the network card ----

    def set_address(self, address, mask="255.255.0.0"):
        """None: takes it away."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:
            for call, value in (0x8916, address or "0.0.0.0"), (0x891c, mask):
                if call == 0x891c and not address:
                    return
                fcntl.ioctl(card, call, struct.pack(
                    "16sHH4s8x", PORT.encode(), socket.AF_INET, 0,
                    socket.inet_aton(value)))

    def answers_at(self, address):
        """Does somebody else have the address? By ARP, as firmware asks."""
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                           socket.htons(0x0806)) as card:
            card.bind((PORT, 0))
            card.settimeout(1)
            target = socket.inet_aton(address)
            card.send(b"\xff" * 6 + self.mac + struct.pack(
                "!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) +
                self.mac + bytes(4) + bytes(6) + target)
            try:
                while True:
                    frame = card.recv(1500)
                    if frame[28:32] == target and frame[6:12] != self.mac:
                        return True
            except socket.timeout:
                return False

    # ---- DHCP ----

    def dhcp_packet(self, kind, xid, who, options):
        packet = struct.pack("!4BIHH", 1, 1, 6, 0, xid, 0, 0x8000) + \
            bytes(16) + self.mac + bytes(202) + MAGIC + bytes([53, 1, kind])
        if who == "iPXE":
            options = {77: b"iPXE", **options}
        if who != "os":
            options = {60: b"PXEClient:Arch:00007:UNDI:003016",
                       93: struct.pack("!H", self.bend.get("arch", 7)), 94: bytes([1, 3, 16]),
                       **options}
        for code, value in options.items():
            packet += bytes([code, len(value)]) + value
        return packet + bytes([55, 5, 1, 3, 6, 66, 67, 255])

    @staticmethod
    def dhcp_read(packet, xid):
        """The options, and what stands before them; None: not for us."""
        if len(packet) < 244 or packet[0] != 2 or \
                struct.unpack("!I", packet[4:8])[0] != xid:
            return None
        found, at = {}, 240
        while at < len(packet) and packet[at] != 255:
            if packet[at]:
                found[packet[at]] = packet[at + 2:at + 2 + packet[at + 1]]
                at += 1 + packet[at + 1]
            at += 1
        found["address"] = socket.inet_ntoa(packet[16:20])
        found["file"] = packet[108:236].rstrip(b"\0").decode()
        if 67 in found:
            found["file"] = found[67].rstrip(b"\0").decode()
        found["from"] = socket.inet_ntoa(found.get(54, bytes(4)))
        found["kind"] = found[53][0]
        return found

    def dhcp_wait(self, card, xid, kinds, seconds, good):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([card], [], [], left)[0]:
                break
            found = self.dhcp_read(card.recv(2048), xid)
            if self.bend.get("dhcp") == "deaf":
                continue
            if found and found["kind"] in kinds and good(found):
                return found
        return None

    def dhcp_once(self, card, who, seconds):
        xid = int.from_bytes(os.urandom(4), "big")
        prefers = self.bend.get("prefers")
        there = ("255.255.255.255", 67)
        card.sendto(self.dhcp_packet(DISCOVER, xid, who, {}), there)
        offer = self.dhcp_wait(card, xid, [OFFER], seconds, lambda found:
                               not prefers or found["from"] == prefers)
        if not offer or self.bend.get("dhcp") == "takes-none":
            return None
        wanted = self.bend.get("insists") or offer["address"]
        chosen = {50: socket.inet_aton(wanted), 54: offer[54]}
        card.sendto(self.dhcp_packet(REQUEST, xid, who, chosen), there)
        answer = self.dhcp_wait(card, xid, [ACK, NAK], seconds,
                                lambda found: True)
        if not answer or answer["kind"] == NAK:
            return None
        if self.bend.get("dhcp") == "probes" and self.answers_at(wanted):
            card.sendto(self.dhcp_packet(DECLINE, xid, who, chosen), there)
            return None
        return answer

    def dhcp(self, who):
        """A lease, or None: nobody gave one."""
        self.set_address(None)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:
            card.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            card.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                            PORT.encode())
            card.bind(("", 68))
            for attempt in range(TRIES):
                lease = self.dhcp_once(card, who, 1 << attempt)
                if lease:
                    say("lease", who, lease["address"], lease["file"])
                    self.set_address(lease["address"])
                    return lease
        say("no lease", who)
        return None

    # ---- files ----

    def tftp(self, name):
        """Whether all of it came."""
        blocked = self.bend.get("tftp") == "blocked"
        request = b"\0\1" + name.encode() + b"\0octet\0blksize\0" + \
            str(BLOCK).encode() + b"\0tsize\0" + b"0\0"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:
            card.settimeout(3)
            peer, acked = (self.server, 69), 0
            for attempt in range(TRIES):
                if not blocked:
                    card.sendto(request, peer)
                try:
                    return self.tftp_blocks(card, acked)
                except socket.timeout:
                    say("tftp: nothing comes")
        return False

    def tftp_blocks(self, card, acked):
        size = total = 0
        while True:
            packet, peer = card.recvfrom(65536)
            kind, block = struct.unpack("!HH", packet[:4])
            if kind == 5:
                say("tftp:", packet[4:-1].decode())
                return False
            if kind == 6:
                size = int(re.search(rb"tsize\0(\d+)", packet)[1])
                card.sendto(struct.pack("!HH", 4, 0), peer)
                continue
            if block == acked + 1:
                acked, total = block, total + len(packet) - 4
            if self.bend.get("tftp") == "cut" and total * 100 > size * 40:
                say("tftp: the cable is out")
                stand_still()
            card.sendto(struct.pack("!HH", 4, block), peer)
            if len(packet) - 4 < BLOCK:
                say("tftp:", total, "bytes")
                return total == size

    def fetch(self, url, cut=None):
        """The body, or None. `cut` is after how many per cent it breaks."""
        at = urllib.parse.urlsplit(url)
        card = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        try:
            card.sock = socket.socket()
            card.sock.settimeout(20)
            if cut is not None:
                card.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                     SMALL_BUFFER)
            card.sock.connect((at.hostname, at.port))
            card.request("GET", at.path)
            answer = card.getresponse()
            size = int(answer.getheader("Content-Length", 0))
            if answer.status != 200:
                say(url, answer.status)
                return None
            if cut is None:
                return answer.read()
            while size and (size - answer.length) * 100 < size * cut:
                answer.read(4096)
            say(url, "cut")
            return None
        except OSError as error:
            say(url, error)
            return None
        finally:
            card.close()

    def fetch_again(self, url, **how):
        """As the script has it: some tries."""
        for _ in range(3):
            body = self.fetch(url, **how)
            if body is not None:
                return body
            time.sleep(1)
        return None

    # ---- what runs, one after the other ----

    def firmware(self, override):
        if self.bend.get("post") == "hangs":
            stand_still()
        order = list(self.config["order"])
        if override and self.bend.get("override") != "ignored":
            order.insert(0, override)
        while True:
            for device in order:
                if device == "disk":
                    self.boot_disk()
                else:
                    self.boot_network()
            say("nothing to boot from")
            time.sleep(2)

    def boot_network(self):
        lease = self.dhcp("PXEClient")
        if not lease or not lease["file"]:
            return
        if not self.tftp(lease["file"]):
            return
        if self.bend.get("ipxe") == "refused":
            stand_still()
        self.ipxe()

    def ipxe(self):
        lease = self.dhcp("iPXE")
        if not lease or not lease["file"].startswith("http"):
            return
        if "address" in self.bend:
            self.set_address(self.bend["address"])
        if self.bend.get("script") == "blocked":
            say("the script's server does not answer")
            stand_still()
        script = (self.fetch_again(lease["file"]) or b"").decode()
        files = re.findall(r"(?:kernel|initrd) --name (\w+) (\S+)", script)
        if not files:
            return
        if self.bend.get("kernel") == "blocked":
            stand_still()
        got, cuts = {}, self.bend.get("cut", {})
        for name, url in files:
            got[name] = self.fetch_again(url, cut=cuts.get(name))
            if got[name] is None:
                time.sleep(2)
                raise Reset
        self.hook(got["cfg"])

    @staticmethod
    def config_of(archive):
        """What is in the file config.json of a cpio archive."""
        begin = archive.index(b"{")
        text = archive[begin:].decode(errors="replace")
        return json.JSONDecoder().raw_decode(text)[0]

    def hook(self, archive):
        # Its kernel has the card now, and no address yet.
        self.set_address(None)
        if self.bend.get("hook") == "panics":
            time.sleep(4)
            raise Reset
        if self.bend.get("hook") == "hangs":
            stand_still()
        config = self.config_of(archive)
        self.set_address(config["network"]["address"])
        if self.bend.get("worker") == "blocked":
            config["server"] = "https://192.0.2.1:7443"
        if self.bend.get("worker") == "old-token":
            config["token"] = "0" * len(config["token"])
        if self.bend.get("worker") == "other-ca":
            config["ca"] = pathlib.Path(self.config["other_ca"]).read_text()
        self.worker(config)

    def worker(self, config):
        path = self.folder / "config.json"
        path.write_text(json.dumps(config))
        (self.folder / "boot-id").write_text(str(uuid.uuid4()) + "\n")
        (self.folder / "journal").unlink(missing_ok=True)
        process = subprocess.Popen(
            [self.config["worker"], "--config", path, "--allow-files",
             "--mount-point", self.folder / "mnt", "--journal",
             self.folder / "journal"], stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            say("worker:", line.strip())
            if re.search(r"action .* starts", line):
                self.on_action()
            if "would restart now" in line:
                process.wait()
                raise Reset
        process.wait()
        stand_still()

    def on_action(self):
        """Some die of it."""
        end = self.bend.get("working")
        if not end:
            return
        time.sleep(1)
        os.kill(-1, signal.SIGKILL)
        if end == "resets":
            raise Reset
        stand_still()

    def boot_disk(self):
        with open(self.disk, "rb") as disk:
            if disk.read(len(BOOTABLE)) != BOOTABLE:
                say("nothing on the disk")
                return
        say("the installed OS")
        if self.bend.get("os") == "silent":
            stand_still()
        while not self.dhcp("os"):
            pass
        if self.bend.get("os") == "no-cloud-init":
            stand_still()
        self.cloud_init()
        stand_still()

    def cloud_init(self):
        base = self.config["metadata"]
        for name in "meta-data", "user-data", "vendor-data":
            body = self.fetch_again(base + name)
        home = re.search(r'url: "(\S+)"', body.decode())[1]
        if self.bend.get("os") == "home-blocked":
            stand_still()
        at = urllib.parse.urlsplit(home)
        card = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        card.request("POST", at.path, "instance_id=i-1&hostname=fake")
        say("phoned home", card.getresponse().status)
        card.close()

    def run(self):
        (self.folder / "boot-id").write_text(str(uuid.uuid4()) + "\n")
        subprocess.run(["mount", "--bind", self.folder / "boot-id", BOOT_ID],
                       check=True)
        override = self.config["override"]
        while True:
            try:
                self.firmware(override)
            except Reset:
                say("restarts")
            override = ""


if __name__ == "__main__":
    Machine(json.loads(pathlib.Path(sys.argv[1]).read_text())).run()
