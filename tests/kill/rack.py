# SPDX-License-Identifier: Apache-2.0
"""The fake BMCs, whose records go into the trace and to the machines behind
them; the images; and the objects by which the server knows all of it."""
import hashlib
import os
import pathlib
import random
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from machine import HEADER, Machine

PASSWORD = "Geheim-4711"
IMAGE_BYTES = 1 << 20
N_IMAGES = 3
CHUNK = 64 * 1024
MACHINES = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/default/machines"
TINKERBELL = "/apis/tinkerbell.org/v1alpha1/namespaces/default/"

# Whose ways, how slow, and what is wrong with it. A reset that it answers
# with 500 has been carried out.
FACES = (("plain", 60, "none"), ("openbmc", 120, "none"),
         ("idrac9", 30, "none"), ("plain", 60, "reset-500"))

DEVICES = {"00": "none", "04": "pxe", "08": "disk", "14": "cd"}
RESETS = {"On": "on", "ForceOff": "off"}
WORDS = {"cdrom": "cd"}


def image_of(name, home=""):
    """What an image is: a header by which the OS knows itself, and noise."""
    noise = random.Random(name)
    text = f"image={name} home={home}\n".encode()
    return text.ljust(HEADER, b"\0") + noise.randbytes(IMAGE_BYTES - HEADER)


class Images(BaseHTTPRequestHandler):
    """Images that know where to phone home, at the speed of a busy mirror."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        rack = self.server.rack
        name, _, home = self.path[1:].partition("?home=")
        body = image_of(name, home)
        with rack.lock:
            rack.digests[name] = hashlib.sha256(body).hexdigest()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{name}"')
        self.end_headers()
        try:
            for at in range(0, len(body), CHUNK):
                self.wfile.write(body[at:at + CHUNK])
                time.sleep(0.04)
        except OSError:
            pass


class Mirror(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A worker that was killed hangs up."""


class Rack:
    disk_bytes = 2 * IMAGE_BYTES

    def __init__(self, folder, programs, trace, options):
        self.folder, self.trace = pathlib.Path(folder), trace
        self.worker = programs / "worker_host"
        self.fakes = programs / "tests/fake"
        self.fault_rate = options.fault_rate
        self.lock = threading.Lock()
        self.digests = {}
        self.by_address, self.bmcs, self.machines = {}, {}, {}
        self.processes = []
        self.http_port = 0
        self.make_images()
        (self.folder / "password").write_text(PASSWORD + "\n")
        self.fifo = self.folder / "record"
        os.mkfifo(self.fifo)
        # Open in both directions, so that it never ends.
        self.fd = os.open(self.fifo, os.O_RDWR)
        self.n_marks, self.seen_marks = 0, 0
        self.marked = threading.Condition()
        self.start_bmcs(options)
        self.start_mirror()
        for i in range(options.machines):
            self.add(i, options.seed)
        threading.Thread(target=self.read_records, daemon=True).start()

    def make_images(self):
        (self.folder / "images").mkdir()
        (self.folder / "hook").mkdir()
        for i in range(N_IMAGES):
            body = image_of(f"i{i}")
            (self.folder / f"images/i{i}.raw").write_bytes(body)
            self.digests[f"i{i}"] = hashlib.sha256(body).hexdigest()
        for name in "vmlinuz-x86_64", "initramfs-x86_64":
            (self.folder / "hook" / name).write_bytes(bytes(256 * 1024))

    def digest_of(self, image):
        with self.lock:
            return self.digests.get(image)

    @staticmethod
    def size_of(_):
        return IMAGE_BYTES

    def start_mirror(self):
        self.mirror = Mirror(("127.0.0.1", 0), Images)
        self.mirror.rack = self
        self.mirror_url = f"http://127.0.0.1:{self.mirror.server_port}"
        threading.Thread(target=self.mirror.serve_forever,
                         daemon=True).start()

    # ---- BMCs ----

    def play(self, program, *args):
        """What it says until it is ready."""
        process = subprocess.Popen(
            [self.fakes / program, *map(str, args)], text=True,
            stdout=subprocess.PIPE)
        self.processes.append(process)
        said = ""
        for line in process.stdout:
            said += line
            if line.strip() == "ready":
                return said
        raise AssertionError(f"no {program}: {said}")

    def start_bmcs(self, options):
        password = self.folder / "password"
        said = self.play("ipmi_farm", "--moves", "on", "--record", self.fifo,
                         "--password-file", password, "--slots", 16,
                         "--idle-ms", 10000, "--loss", 2, "--duplicate", 1,
                         "--late", 1, "--delay-ms", 40, "--power-ms", 1500,
                         "--seed", options.seed)
        self.ipmi_port = int(re.search(r"listen (\d+)", said)[1])
        listeners = []
        for face, delay, fault in FACES:
            listeners += ["--face", face, "--delay-ms", delay, "--fault",
                          fault, "--listen", "0.0.0.0:0"]
        said = self.play("redfish_emulator", "--fleet", 1, "--record",
                         self.fifo, "--password-file", password, "--slots",
                         16, *listeners)
        self.pin = re.search(r"pin (\S+)", said)[1]
        self.redfish_ports = [int(port) for port in
                              re.findall(r"listen \S+:(\d+)", said)]

    def read_records(self):
        with os.fdopen(os.dup(self.fd), "r", encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if words[0] == "mark":
                    with self.marked:
                        self.seen_marks = int(words[1])
                        self.marked.notify_all()
                elif words[0] in self.by_address:
                    self.on_farm(self.by_address[words[0]], words[1:])
                elif len(words) > 2 and words[1] in self.by_address:
                    self.on_redfish(self.by_address[words[1]], words[2:])

    def drain(self):
        """All that was recorded so far is in the trace."""
        with self.marked:
            self.n_marks += 1
            mine = self.n_marks
            os.write(self.fd, f"mark {mine}\n".encode())
            if not self.marked.wait_for(lambda: self.seen_marks >= mine, 30):
                raise AssertionError("the records are not read")

    def moves(self, name, boot):
        """It starts from `boot`, or, None, stops."""
        if boot:
            self.trace.note(name, "starts", boot)
        else:
            self.trace.note(name, "stops")
        self.machines[name].starts(boot)

    def sets_boot(self, name, boot):
        self.trace.note(name, "boot", boot)
        self.machines[name].override = boot

    def on_farm(self, name, words):
        if words[0] == "power":
            self.trace.note(name, "power", words[1])
        elif words[0] == "boot":
            self.sets_boot(name, DEVICES.get(words[2], words[2]))
        elif words[0] == "starts":
            self.moves(name, DEVICES.get(words[1], words[1]))
        elif words[0] == "stops":
            self.moves(name, None)

    def on_redfish(self, name, words):
        detail = words[1] if len(words) > 1 else ""
        device = detail.split(",")[0]
        if words[0] == "reset":
            self.trace.note(name, "power", RESETS.get(detail, detail))
        elif words[0] == "boot":
            self.sets_boot(name, WORDS.get(device, device))
        elif words[0] == "media":
            self.trace.note(name, "media", detail or "none")
        elif words[0] == "start":
            self.moves(name, WORDS.get(device, device))
        elif words[0] == "stop":
            self.moves(name, None)

    # ---- what the server knows of it ----

    def add(self, i, seed):
        name, n = f"m{i:02}", i + 1
        way = "redfish" if i % 2 else "ipmi"
        address = f"127.{9 if way == 'ipmi' else 8}.0.{n}"
        options = {"preferredOrder": ["ipmitool"]}
        connection = {"host": address, "insecureTLS": False,
                      "authSecretRef": {"name": "bmc",
                                        "namespace": "default"},
                      "providerOptions": options}
        if way == "ipmi":
            options["ipmitool"] = {"port": self.ipmi_port}
        else:
            options["preferredOrder"] = ["gofish"]
            options["redfish"] = {"port": self.redfish_ports[
                i // 2 % len(self.redfish_ports)]}
        machine = Machine(self, name, f"127.1.0.{n}",
                          random.Random(f"{seed} {name}"))
        machine.way = way
        machine.mac = f"52:54:00:00:01:{n:02x}"
        self.machines[name] = machine
        self.bmcs[name] = connection
        self.by_address[address] = name

    def boot_url(self, name):
        return f"http://127.0.0.1:{self.http_port}/boot/" \
            f"{self.machines[name].mac}"

    def objects(self):
        """Path and object, of all that is in the inventory at first."""
        yield "/api/v1/namespaces/default/secrets", {
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "bmc", "namespace": "default"},
            "stringData": {"username": "admin", "password": PASSWORD}}
        for name, machine in self.machines.items():
            yield MACHINES, {
                "apiVersion": "bmc.tinkerbell.org/v1alpha1",
                "kind": "Machine", "metadata": {
                    "name": name, "namespace": "default",
                    "annotations": {"tomte.dev/bmc-pin": self.pin}
                    if machine.way == "redfish" else {}},
                "spec": {"connection": self.bmcs[name]}}
            yield TINKERBELL + "hardware", {
                "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
                "metadata": {"name": name, "namespace": "default"},
                "spec": {
                    "bmcRef": {"name": name, "kind": "Machine",
                               "apiGroup": "bmc.tinkerbell.org"},
                    "disks": [{"device": str(machine.disk)}],
                    "interfaces": [{
                        "netboot": {"allowPXE": False},
                        "dhcp": {"mac": machine.mac, "arch": "x86_64",
                                 "uefi": True, "hostname": name,
                                 "ip": {"address": machine.address,
                                        "netmask": "255.0.0.0"}}}]}}

    def start(self):
        for machine in self.machines.values():
            machine.start()

    def close(self):
        for machine in self.machines.values():
            machine.queue.put(("stop",))
            machine.queue.put(("close",))
        for machine in self.machines.values():
            machine.join(60)
        self.mirror.shutdown()
        self.mirror.server_close()
        good = True
        for process in self.processes:
            process.terminate()
            good = process.wait(60) == 0 and good
            process.stdout.close()
        return good
