# SPDX-License-Identifier: Apache-2.0
"""The ground of the catalogue: a network of its own with a real tomte serve,
fake BMCs, and fake machines that do what their BMC's record says."""
import gzip
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).parent
for other in "boot", "daemon":
    sys.path.insert(0, str(HERE.parents[0] / "integration" / other))

import bmc_rig  # noqa: E402
import daemon  # noqa: E402
import rig  # noqa: E402
from machine import BOOTABLE  # noqa: E402

OURS = "198.18.0.1"
PASSWORD = "hunter2"
FOLDER = pathlib.Path("/run/faults")
# A machine of ours is quick. Enough of each for a loaded host.
LIMIT_S = 60
LIMITS = ",".join(f"{phase}={LIMIT_S}" for phase in (
    "firmware", "loading", "first-boot", "closing"))
RULES = json.dumps({"reference": {"resource": ["secrets", "hardware"]}})
GROUP = "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
RUN = "/apis/tomte.dev/v1alpha1/namespaces/default/runs/"
IMAGE_BYTES = 4 << 20
DISK_BYTES = 8 << 20


def make_image():
    """One that is bootable, as far as our firmware looks, and no smaller
    when it is packed."""
    noise = random.Random(1).randbytes(IMAGE_BYTES - len(BOOTABLE))
    return BOOTABLE + noise


def action(name, image, timeout=60, **environment):
    return {"name": name, "image": image, "timeout": timeout,
            "environment": environment}


def first_of(status):
    """The word that `why` has first, and its score."""
    said = status.get("hypotheses") or [{"word": "", "score": 0}]
    return said[0]["word"], said[0]["score"]


class Machine:
    """What stands in the rack: a port of the switch, a disk, and power."""

    def __init__(self, rack, n, name, bend, order=("disk", "network"),
                 switch="br0", old_os=False, disk_bytes=DISK_BYTES,
                 fails_at=0, real_mac=None):
        self.rack, self.name, self.bend, self.order = rack, name, bend, order
        self.mac = f"52:54:00:fa:00:{n:02x}"
        self.real_mac = real_mac or self.mac
        self.ip = f"198.18.1.{n}"
        self.folder = FOLDER / "machine" / name
        (self.folder / "mnt").mkdir(parents=True)
        self.disk = self.folder / "disk"
        self.disk_bytes, self.old_os = disk_bytes, old_os
        if fails_at:  # what is written must fit into less than there seems
            full = self.folder / "full"
            full.mkdir()
            rig.run("mount", "-t", "tmpfs", "-o", f"size={fails_at}",
                    "tmpfs", full)
            self.disk = full / "disk"
        self.metadata, self.override, self.process = "", "", None
        self.host = None
        self.switch = switch

    def plug_in(self):
        with open(self.disk, "wb") as disk:
            if self.old_os:
                disk.write(BOOTABLE)
            disk.truncate(self.disk_bytes)
        self.host = rig.Host()
        self.host.plug(self.switch, self.real_mac)

    def set_boot(self, device):
        self.override = device

    def power_on(self):
        if self.process or not self.host:
            return
        config = {"mac": self.real_mac, "server": OURS, "disk": str(self.disk),
                  "folder": str(self.folder), "bend": self.bend,
                  "order": self.order, "override": self.override,
                  "metadata": self.metadata, "worker": self.rack.worker,
                  "other_ca": str(self.rack.other_ca)}
        self.override = ""
        path = self.folder / "machine.json"
        path.write_text(json.dumps(config))
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                self.host.command(
                    "unshare", "--mount", "--pid", "--fork", "--kill-child",
                    "--mount-proc", sys.executable, HERE / "machine.py",
                    path), stdout=log, stderr=log)

    def power_off(self):
        if not self.process:
            return
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        self.power_off()
        if self.host:
            self.host.close()


class Farm(bmc_rig.Farm):
    """BMCs by IPMI, one at each address of 127/8. The machines of one that
    does not do what it says do nothing either."""

    def __init__(self, name, *options, deaf=False):
        self.name = name
        folder = FOLDER / "bmc" / name
        folder.mkdir(parents=True)
        super().__init__(folder, PASSWORD, *options)
        self.deaf, self.at, self.machines = deaf, 0, {}

    def connection(self, machine, n):
        host = f"127.0.9.{n}"
        self.machines[host] = machine
        return bmc_rig.connection(host, ["ipmitool"], ipmi=self.port)

    def carry_out(self, line):
        host, what, *words = line.split()
        machine = self.machines.get(host)
        if not machine or self.deaf:
            return
        if what == "boot":
            valid = int(words[0], 16) & 0x80
            device = int(words[1], 16) >> 2 & 15
            machine.set_boot({1: "network", 2: "disk"}.get(device, "")
                             if valid else "")
        elif what == "power" and words[0] in ("off", "soft"):
            machine.power_off()
        elif what == "power" and words[0] in ("on", "cycle", "reset"):
            if words[0] != "on":
                machine.power_off()
            machine.power_on()


class Redfish(bmc_rig.Redfish):
    """One BMC by Redfish."""

    def __init__(self, name, *options, deaf=False):
        self.name = name
        folder = FOLDER / "bmc" / name
        folder.mkdir(parents=True)
        super().__init__(folder, PASSWORD, *options)
        self.deaf, self.at, self.owner = deaf, 0, None

    def connection(self, machine, _):
        self.owner = machine
        return bmc_rig.connection("127.0.0.1", ["gofish"], redfish=self.port)

    def carry_out(self, line):
        words = line.split()[2:]
        if not self.owner or self.deaf:
            return
        if words[0] == "start":
            self.owner.set_boot("network" if words[1].startswith("pxe")
                                else "")
            self.owner.power_on()
        elif words[:2] in (["reset", "ForceOff"],
                           ["reset", "GracefulShutdown"]):
            self.owner.power_off()


class Rack:
    def __init__(self, program, worker):
        self.worker = worker
        self.machines, self.bmcs, self.closers = [], {}, []
        FOLDER.mkdir()
        rig.switch("br0")
        rig.switch("br9")  # another VLAN
        rig.run("ip", "address", "add", f"{OURS}/16", "dev", "br0")
        self.make_files()
        self.tomte = daemon.Daemon(
            program, "--interface", "br0", "--address", OURS, "--ipxe-dir",
            FOLDER / "ipxe", "--hook-dir", FOLDER / "hook", "--image-dir",
            FOLDER / "images", "--phase-limits", LIMITS, "--reference-allow",
            RULES, "--bmc-poll", "10", "--max-imaging-per-rack", "1",
            "--watch-consoles", "200")
        self.other_ca = FOLDER / "other.pem"
        daemon.sign(FOLDER, "other", "/CN=another")
        bmc_rig.put_secret(self.tomte, PASSWORD)
        self.post(daemon.SECRETS.format("default"), daemon.secret(
            "wrong", username="admin", password="hunter3"))
        self.ended = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()

    def make_files(self):
        noise = random.Random(2)
        for name, size in (("ipxe/snponly.efi", 200 << 10),
                           ("hook/vmlinuz-x86_64", 2 << 20),
                           ("hook/initramfs-x86_64", 8 << 20)):
            path = FOLDER / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(noise.randbytes(size))
        (FOLDER / "images").mkdir()
        image = make_image()
        self.publish("os.img", image)
        self.packed = gzip.compress(image, 1)
        self.digest = "sha256:" + hashlib.sha256(image).hexdigest()

    @staticmethod
    def publish(name, content):
        (FOLDER / "images" / name).write_bytes(content)

    # ---- BMCs and what moves at their word ----

    def bmc(self, name, kind=Farm, *options, **how):
        if name not in self.bmcs:
            self.bmcs[name] = kind(name, *options, **how)
        return self.bmcs[name]

    def watch(self):
        """Machines follow their BMCs' records."""
        while not self.ended.wait(0.05):
            for bmc in list(self.bmcs.values()):
                if not bmc.record.exists():
                    continue
                with open(bmc.record) as lines:
                    lines.seek(bmc.at)
                    text = lines.read()
                whole = text[:text.rfind("\n") + 1]
                bmc.at += len(whole.encode())
                for line in whole.splitlines():
                    bmc.carry_out(line)

    # ---- objects ----

    def post(self, path, body):
        status, answer = self.tomte.local("POST", path, body)
        assert status == 201, answer

    def add_bmc(self, name, connection, annotations=None):
        self.post(bmc_rig.MACHINES.format("default"), {
            "apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": "Machine",
            "metadata": {"name": f"{name}-bmc", "namespace": "default",
                         "annotations": annotations or {}},
            "spec": {"connection": connection}})

    def add_hardware(self, machine, labels=None, arch="x86_64", netboot=None,
                     **spec):
        body = daemon.hardware(
            machine.name, interfaces=[{
                "dhcp": {"mac": machine.mac, "arch": arch, "uefi": True,
                         "ip": {"address": machine.ip,
                                "netmask": "255.255.0.0"}},
                "netboot": {"allowPXE": False, **(netboot or {})}}],
            disks=[{"device": str(machine.disk)}],
            **{key: value for key, value in spec.items() if value})
        body["metadata"]["labels"] = labels or {}
        self.post(daemon.HARDWARE.format("default"), body)
        database = sqlite3.connect(self.tomte.state / "inventory.db")
        token, = database.execute(
            "SELECT metadata_token FROM machine WHERE id ="
            " (SELECT id FROM object WHERE kind = 'Hardware' AND name = ?)",
            (machine.name,)).fetchone()
        database.close()
        machine.metadata = (f"http://{OURS}:{self.tomte.http_port}"
                            f"/metadata/nocloud/{token}/")

    def add_template(self, name, actions, text="", global_timeout=1800):
        data = text or json.dumps({
            "version": "0.1", "name": name,
            "global_timeout": global_timeout,
            "tasks": [{"name": "install", "worker": "{{.device_1}}",
                       "actions": actions}]})
        self.post(GROUP + "templates", {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Template",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"data": data}})

    def add_workflow(self, name, machine, template=None, hardware=None,
                     boot=None, toggle=True):
        options = {"bootMode": "netboot", "toggleAllowNetboot": toggle}
        options.update(boot or {})
        self.post(GROUP + "workflows", {
            "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Workflow",
            "metadata": {"name": name, "namespace": "default",
                         "annotations": {"tomte.dev/await": "phone-home"}},
            "spec": {"templateRef": template or name,
                     "hardwareRef": hardware or machine.name,
                     "hardwareMap": {"device_1": machine.mac},
                     "bootOptions": options}})

    def statuses(self):
        """Of all runs by name, without their events."""
        _, runs = self.tomte.local("GET", RUN[:-1])
        return {run["metadata"]["name"]: run["status"]
                for run in runs["items"]}

    def status(self, name):
        return self.tomte.local("GET", RUN + name)[1].get("status", {})

    def first_said(self, name):
        """What the command `tomte why` has first."""
        run, = json.loads(self.tomte.good("why", "--json", name))
        return first_of(run["status"])

    def close(self):
        self.ended.set()
        self.watcher.join()
        for machine in self.machines:
            machine.close()
        for close in reversed(self.closers):
            close()
        for bmc in self.bmcs.values():
            if bmc.process.poll() is None:
                bmc.close()
        return self.tomte.close()
