# SPDX-License-Identifier: Apache-2.0
"""A network of its own, and the boot servers in it.

A test file calls enter() first, which starts it anew in fresh namespaces;
they are gone with it, and so is all that runs in them.
"""
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

SKIP = 77
PATIENCE = 20  # seconds for what comes at once on an idle machine


def need(*programs):
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: no {program}")
            sys.exit(SKIP)


def enter():
    """Goes on in namespaces: network, mounts, processes."""
    need("unshare", "ip")
    if "TOMTE_RIG" in os.environ:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    how = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc",
           "--kill-child"]
    if os.getuid():
        how += ["--user", "--map-root-user"]
    if subprocess.run(how + ["true"], capture_output=True).returncode:
        print("skipped: no namespaces for this user")
        sys.exit(SKIP)
    os.environ["TOMTE_RIG"] = "1"
    os.execvp(how[0], how + [sys.executable] + sys.argv)


def run(*command, **how):
    how.setdefault("check", True)
    how.setdefault("timeout", 60)
    return subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **how)


def until(condition, what, seconds=PATIENCE):
    """Looks again and again; the last look's value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return value


class Host:
    """Another host: a network namespace, and what runs in it."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sleep", "infinity"])
        self.pid = str(self.holder.pid)
        until(lambda: os.readlink(f"/proc/{self.pid}/ns/net") !=
              os.readlink("/proc/self/ns/net"), "a network of its own")
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *command):
        return ["nsenter", "-t", self.pid, "-n", "--"] + \
            [str(word) for word in command]

    def run(self, *command, **how):
        return run(*self.command(*command), **how)

    def plug(self, switch, mac=None, port="eth0", at=None):
        """A network card, on a bridge of ours or of the host `at`."""
        run("ip", "link", "add", "plug", "type", "veth", "peer", "name",
            port, "netns", self.pid)
        if mac:
            self.run("ip", "link", "set", port, "address", mac)
        self.run("ip", "link", "set", port, "up")
        name = f"p{self.pid}{port[-1]}"
        run("ip", "link", "set", "plug", "name", name)
        where = at.run if at else run
        if at:
            run("ip", "link", "set", name, "netns", at.pid)
        where("ip", "link", "set", name, "master", switch, "up")

    def close(self):
        self.holder.kill()
        self.holder.wait()


def switch(name, where=run):
    where("ip", "link", "add", name, "type", "bridge", "stp_state", 0,
          "forward_delay", 0)
    where("ip", "link", "set", name, "up")


class Sniffer:
    """The DHCP messages that come in at a host's port, while it is open."""

    def __init__(self, host, port="eth0"):
        self.process = subprocess.Popen(
            host.command(sys.executable, __file__, "sniff", port),
            stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def next(self, kind):
        for line in self.process.stdout:
            message = json.loads(line)
            if message["type"] == kind:
                return message
        raise AssertionError(f"no DHCP message of type {kind}")

    def close(self):
        """What was not asked for."""
        self.process.kill()
        with self.process.stdout as lines:
            rest = [json.loads(line) for line in lines]
        self.process.wait()
        return rest


def dhcp_options(packet):
    """Code to bytes, in their order; pieces put together."""
    options, at = {}, 240
    while at < len(packet) and packet[at] != 255:
        if packet[at]:
            size = packet[at + 1]
            code = packet[at]
            options[code] = options.get(code, b"") + \
                packet[at + 2:at + 2 + size]
            at += 1 + size
        at += 1
    return options


def sniff(port):
    card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                         socket.htons(0x0800))
    card.bind((port, 0))
    print("ready", flush=True)
    while True:
        frame, where = card.recvfrom(65536)
        if where[2] == socket.PACKET_OUTGOING or frame[23] != 17:
            continue
        ip = frame[14:]
        udp = ip[(ip[0] & 15) * 4:]
        source, target = struct.unpack("!HH", udp[:4])
        if source != 67:
            continue
        options = dhcp_options(udp[8:])
        print(json.dumps({
            "to_mac": frame[:6].hex(":"),
            "from": socket.inet_ntoa(ip[12:16]),
            "to": socket.inet_ntoa(ip[16:20]), "port": target,
            "type": options.get(53, b"\0")[0], "size": len(udp) - 8,
            "yiaddr": socket.inet_ntoa(udp[24:28]),
            "siaddr": socket.inet_ntoa(udp[28:32]),
            "file": udp[116:244].rstrip(b"\0").decode(),
            "last": list(options)[-1],
            "options": {code: value.hex()
                        for code, value in options.items()}}), flush=True)


class Server:
    """boot_server, its folder, and what it says that it saw."""

    def __init__(self, program, address="127.0.0.1", interface=None):
        self.program, self.address = program, address
        self.url = f"http://{address}:7080"
        self.where = [address] + ([interface] if interface else [])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tomte-boot."))
        for name in "ipxe", "hook", "images":
            (self.folder / name).mkdir()
        self.inventory = {"machines": [], "hardware": {}}
        self.wrap = []  # a command to run it by
        self.process = None
        self.seen = []
        self.lines = queue.Queue()

    def write(self, path, content):
        (self.folder / path).write_bytes(content)

    def _write_inventory(self):
        (self.folder / "inventory.json").write_text(
            json.dumps(self.inventory))

    def start(self):
        self._write_inventory()
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen(
                self.wrap + [self.program, self.folder] + self.where,
                text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log)
        threading.Thread(target=self._listen, daemon=True).start()
        self.event("ready")

    def reload(self):
        self._write_inventory()
        self.process.send_signal(signal.SIGHUP)
        self.event("ready")

    def _listen(self):
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(json.loads(line))

    def events(self):
        """All that was seen so far."""
        try:
            while True:
                self.seen.append(self.lines.get_nowait())
        except queue.Empty:
            return self.seen

    def event(self, saw, *words, seconds=PATIENCE):
        """The first event of this kind with these words, taken out."""
        def find():
            for event in self.events():
                if event["saw"] == saw and \
                        all(word in event.get("text", "") for word in words):
                    self.seen.remove(event)
                    return event
            if self.process.poll() is not None:
                raise AssertionError("boot_server has ended: " + self.log())
            return None
        try:
            return until(find, saw, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error} {words}: {self.seen}") from None

    def log(self):
        return (self.folder / "log").read_text()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def close(self):
        """Ends it; what a sanitizer says is a failure."""
        if self.process:
            self.process.stdin.close()
            status = self.process.wait(PATIENCE)
            assert status == 0, f"ended with {status}\n{self.log()}"
        shutil.rmtree(self.folder)


if __name__ == "__main__":
    sniff(sys.argv[2])
