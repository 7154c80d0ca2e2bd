# SPDX-License-Identifier: Apache-2.0
"""A machine behind a fake BMC: firmware, the in-memory OS with the real
worker, and an installed OS, on a disk that is a file.

All that happens to it comes in by its queue, in the order in which it
happened: power from the BMC's record, lines and the end of its worker.
"""
import collections
import hashlib
import http.client
import json
import queue
import re
import subprocess
import threading
import time
import uuid
from urllib.parse import urlsplit

HEADER = 4096     # of an image: what the installed OS reads of itself
STAMP_AT = 2048   # and where it notes that it was started
STAMP_SIZE = 64
TRIES = 200       # of firmware and of cloud-init, RETRY_S apart
RETRY_S = 0.3


class Stopped(Exception):
    """The power went."""


class Restarted(Exception):
    def __init__(self, boot, why):
        super().__init__(why)
        self.boot = boot


def read_cpio(archive):
    """name -> content, of a "newc" archive."""
    files, at = {}, 0
    while archive[at:at + 6] == b"070701":
        fields = [int(archive[at + 6 + 8 * i:at + 14 + 8 * i], 16)
                  for i in range(13)]
        size, name_size = fields[6], fields[11]
        name = archive[at + 110:at + 109 + name_size].decode()
        at = (at + 110 + name_size + 3) & ~3
        files[name] = archive[at:at + size]
        at = (at + size + 3) & ~3
    return files


class Machine(threading.Thread):
    def __init__(self, rack, name, address, rng):
        super().__init__(daemon=True)
        self.rack, self.name, self.address, self.rng = rack, name, address, rng
        self.folder = rack.folder / "machine" / name
        self.folder.mkdir(parents=True)
        self.disk = self.folder / "disk"
        self.disk.write_bytes(bytes(rack.disk_bytes))
        self.queue = queue.Queue()
        self.pending = collections.deque()
        self.override = "none"  # for the next start, as its BMC has it
        self.whole = False
        self.stamp = None
        self.worker = None
        self.config = None
        self.fault_at = None

    def note(self, *words):
        self.rack.trace.note(self.name, *words)

    # ---- what comes in ----

    def take(self, seconds):
        """The next thing that happened, or None."""
        if self.pending:
            return self.pending.popleft()
        try:
            return self.queue.get(timeout=max(0, seconds))
        except queue.Empty:
            return None

    def look(self, seconds):
        """Power goes at once; a line or an end of the worker is returned."""
        event = self.take(seconds)
        if not event:
            return None
        if event[0] == "stop":
            raise Stopped()
        if event[0] == "start":
            raise Restarted(event[1], "by its BMC")
        return event

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look(end - time.monotonic())

    # ---- its life ----

    def run(self):
        while True:
            event = self.take(3600)
            if event and event[0] == "start":
                self.live(event[1])
            elif event and event[0] == "close":
                return

    def live(self, boot):
        while True:
            try:
                while True:
                    boot = self.boot(boot)
            except Stopped:
                self.halt()
                return
            except Restarted as restart:
                self.halt()
                boot = restart.boot

    def starts(self, boot):
        """By its BMC, from `boot`; None: it stops."""
        self.override = "none"
        self.queue.put(("start", boot) if boot else ("stop",))

    def boot(self, override):
        """Returns when it restarts by itself: with which override."""
        self.pause(self.rng.uniform(0.05, 0.5))
        if override in ("pxe", "cd"):
            self.boot_hook(override == "cd")
        elif self.whole:
            self.boot_disk()
        else:
            self.boot_hook(False)
        boot, self.override = self.override, "none"
        return boot

    # ---- the network ----

    def fetch(self, url, method="GET"):
        """As a machine does: from its own address, and again if it must."""
        where = urlsplit(url)
        for _ in range(TRIES):
            connection = http.client.HTTPConnection(
                where.hostname, where.port, timeout=10,
                source_address=(self.address, 0))
            try:
                connection.request(method, where.path)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    return body
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            self.pause(RETRY_S)
        self.note("fetch-failed", url)
        return b""

    def boot_hook(self, from_cd):
        config_url = f"{self.rack.boot_url(self.name)}/cfg.cpio"
        if not from_cd:
            script = self.fetch(
                f"{self.rack.boot_url(self.name)}/auto.ipxe").decode()
            found = re.findall(r"^(?:kernel|initrd) .*?(http://\S+)", script,
                               re.MULTILINE)
            if not found:
                self.note("script", "local")
                if self.whole:
                    self.boot_disk()
                self.pause(1)
                return
            self.note("script", "hook")
            for url in found[:-1]:
                self.fetch(url)
            config_url = found[-1]
        config = read_cpio(self.fetch(config_url)).get("cfg/config.json")
        if not config:
            self.pause(1)
            return
        self.note("loaded")
        self.pause(self.rng.uniform(0.05, 0.4))
        self.config = json.loads(config)
        self.run_worker()

    # ---- the in-memory OS ----

    def run_worker(self):
        boot_id = str(uuid.UUID(int=self.rng.getrandbits(128)))
        journal = self.folder / "journal"
        journal.unlink(missing_ok=True)
        (self.folder / "config.json").write_text(json.dumps(self.config))
        while True:
            self.start_worker(boot_id, journal)
            leaves = self.follow_worker()
            if leaves == "restart":
                self.note("leaves", "restart")
                return
            if leaves == "power off":
                self.note("leaves", "power-off")
                self.pause(3600)

    def start_worker(self, boot_id, journal):
        self.note("worker", boot_id)
        self.worker = subprocess.Popen(
            [self.rack.worker, "--config", self.folder / "config.json",
             "--allow-files", "--mount-point", self.folder / "mnt",
             "--journal", journal, "--boot-id", boot_id],
            stderr=subprocess.PIPE, text=True)
        self.fault_at = None
        threading.Thread(target=self.read_worker, args=(self.worker,),
                         daemon=True).start()

    def read_worker(self, worker):
        with open(self.folder / "worker.log", "a", encoding="utf-8") as log, \
                worker.stderr as lines:
            for line in lines:
                log.write(line)
                self.queue.put(("line", worker, line))
        self.queue.put(("ended", worker, worker.wait()))

    def follow_worker(self):
        """How it leaves; "": this program was restarted."""
        leaves = ""
        while True:
            event = self.look(self.until_fault())
            if not event:
                self.have_fault()
            elif event[1] is self.worker and event[0] == "line":
                leaves = self.on_line(event[2]) or leaves
            elif event[1] is self.worker:
                self.worker = None
                self.note("worker-ended", event[2])
                return leaves

    def on_line(self, line):
        began = re.search(r"action (\S+) \((\w+)\) starts", line)
        ended = re.search(r"action (\S+): (\w+)", line)
        if began and began[2] == "image2disk":
            self.whole, self.stamp = False, None
            self.note("image-begin", began[1])
            if self.rng.random() < self.rack.fault_rate:
                self.fault_at = time.monotonic() + self.rng.uniform(0, 1)
        elif ended and ended[1].startswith("image"):
            self.whole = ended[2] == "success"
            self.fault_at = None
            self.note("image-end", ended[1], ended[2])
        if "Sanitizer" in line or "runtime error" in line:
            self.note("crash", line.strip())
        found = re.search("the machine would (restart|power off) now", line)
        return found[1] if found else ""

    def until_fault(self):
        if not self.fault_at:
            return 3600
        return self.fault_at - time.monotonic()

    def have_fault(self):
        """The image is being written: its program dies, or all does."""
        self.fault_at = None
        if self.rng.random() < 0.5:
            self.note("fault", "worker-killed")
            self.worker.kill()
        else:
            # From the network, whatever is on the disk: the image may have
            # been whole in the same instant.
            self.note("fault", "power-lost")
            raise Restarted("pxe", "power was lost")

    def halt(self):
        """What the worker did up to then is noted, and then it is over."""
        worker, self.worker = self.worker, None
        later = []
        if worker:
            worker.kill()
        while worker:
            event = self.take(60)
            if not event:
                self.note("crash", "a worker that cannot be killed")
                break
            if event[0] == "ended" and event[1] is worker:
                break
            if event[0] == "line" and event[1] is worker:
                self.on_line(event[2])
            elif event[0] in ("start", "stop", "close"):
                later.append(event)
        self.pending.extendleft(reversed(later))
        self.note("halt")

    # ---- the installed OS ----

    def boot_disk(self):
        with open(self.disk, "r+b") as disk:
            header = disk.read(HEADER)
            text = header.split(b"\n")[0].decode(errors="replace")
            stamp = header[STAMP_AT:STAMP_AT + STAMP_SIZE].strip(b"\0")
            image = re.search(r"image=(\S+)", text)
            if self.stamp and stamp != self.stamp:
                self.note("stamp-lost")
            if not image or not self.is_good(image[1], header, disk):
                self.note("os", "broken")
                self.pause(3600)
            first = not stamp
            if first:
                self.stamp = uuid.uuid4().hex.encode()
                disk.seek(STAMP_AT)
                disk.write(self.stamp.ljust(STAMP_SIZE, b"\0"))
        self.note("os", image[1], "first" if first else "again")
        home = re.search(r"home=(\S+)", text)
        if first and home:
            self.pause(self.rng.uniform(0.05, 0.6))
            if self.fetch(home[1] + "phone-home", "POST"):
                self.note("phoned-home")
        self.pause(3600 * 24)

    def is_good(self, image, header, disk):
        """All of it is there, but for the stamp."""
        expected = self.rack.digest_of(image)
        clean = header[:STAMP_AT] + bytes(STAMP_SIZE) + \
            header[STAMP_AT + STAMP_SIZE:]
        rest = disk.read(self.rack.size_of(image) - HEADER)
        return hashlib.sha256(clean + rest).hexdigest() == expected

    def image_on_disk(self):
        """Its name, and whether it was started and not written since."""
        with open(self.disk, "rb") as disk:
            header = disk.read(HEADER)
        image = re.search(rb"image=(\S+)", header.split(b"\n")[0])
        stamp = header[STAMP_AT:STAMP_AT + STAMP_SIZE].strip(b"\0")
        return image[1].decode() if image else "none", \
            "bare" if not stamp else \
            "stamped" if stamp == self.stamp else "foreign"
