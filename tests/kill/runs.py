# SPDX-License-Identifier: Apache-2.0
"""The runs that a fleet goes through: what is applied, and what people see
of it. Each machine has one after another, of kinds that a seed chooses."""
import threading
import time

from rack import N_IMAGES, TINKERBELL

RUN = "/apis/tomte.dev/v1alpha1/namespaces/default/runs/"
POLL_S = 0.25
ISO = "http://127.0.0.1:9/hook.iso"

# kind: which boot mode, what its actions are, whether the OS is awaited
KINDS = {
    "restart": ("netboot", ["image", "reboot"], False),
    "home": ("netboot", ["image-mirror", "reboot"], True),
    "cold": ("netboot", ["image-mirror"], True),
    "off": ("netboot", ["image", "poweroff"], False),
    "twice": ("netboot", ["image", "reboot", "image2", "reboot"], False),
    "iso": ("isoboot", ["image", "reboot"], False),
    "iso-home": ("isoboot", ["image-mirror", "reboot"], True),
}
IPMI = ["restart", "home", "cold", "off", "twice"]
REDFISH = [*IPMI, "iso", "iso-home", "iso", "iso-home"]

IMAGE = """  - name: {name}
    image: image2disk
    timeout: 120
    retries: 9
    retry-backoff: 1
    environment:
      DEST_DISK: "{{{{ index .Hardware.Disks 0 }}}}"
      IMG_URL: "{url}"
"""
URLS = {"image": "{{ .tomte.imageURL }}/{{ .image }}.raw",
        "image2": "{{ .tomte.imageURL }}/{{ .image2 }}.raw",
        "image-mirror": "{{ .mirror }}/{{ .image }}"
                        "?home={{ .tomte.metadataURL }}"}


def template(kind):
    actions = ""
    for i, name in enumerate(KINDS[kind][1]):
        if name in URLS:
            actions += IMAGE.format(name=name, url=URLS[name])
        else:
            actions += f"  - {{name: leave{i}, image: {name}, timeout: 120}}\n"
    return {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Template",
            "metadata": {"name": kind, "namespace": "default"},
            "spec": {"data": "version: '0.1'\nname: t\nglobal_timeout: 600\n"
                             "tasks:\n- name: install\n"
                             "  worker: '{{ .device_1 }}'\n  actions:\n" +
                             actions}}


def workflow(name, kind, machine, values):
    mode, _, awaits = KINDS[kind]
    boot = {"bootMode": mode, "toggleAllowNetboot": True}
    if mode == "isoboot":
        boot["isoURL"] = ISO
    return {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Workflow",
            "metadata": {"name": name, "namespace": "default",
                         "annotations": {"tomte.dev/await": "phone-home"}
                         if awaits else {}},
            "spec": {"templateRef": kind, "hardwareRef": machine.name,
                     "bootOptions": boot,
                     "hardwareMap": {"device_1": machine.mac, **values}}}


class Operator(threading.Thread):
    """Of one machine: applies a run, waits for its end, applies the next."""

    def __init__(self, server, rack, machine, stop):
        super().__init__(daemon=True)
        self.server, self.rack, self.machine = server, rack, machine
        self.stop = stop
        self.n = 0
        self.name = machine.name

    def post(self, path, thing):
        """Until it is there: who was cut off asks again."""
        while True:
            status, answer = self.server.ask("POST", path, thing)
            if status in (201, 409):
                return
            if 0 < status < 500:
                raise AssertionError(f"{path}: {status} {answer}")
            time.sleep(POLL_S)

    def get(self, path):
        while True:
            status, answer = self.server.ask("GET", path)
            if status == 200:
                return answer
            if 0 < status < 500:
                raise AssertionError(f"{path}: {status} {answer}")
            time.sleep(POLL_S)

    def run(self):
        while not self.stop.is_set():
            self.one()

    def one(self):
        machine = self.machine
        rng = machine.rng
        kind = rng.choice(REDFISH if machine.way == "redfish" else IPMI)
        name = f"{self.name}-{self.n}"
        image = f"i{self.n % N_IMAGES}"
        values = {"image": image, "image2": f"i{(self.n + 1) % N_IMAGES}"}
        if "image-mirror" in KINDS[kind][1]:
            values = {"image": name, "mirror": self.rack.mirror_url}
        self.n += 1
        self.machine.note("apply", name, kind)
        self.post(TINKERBELL + "workflows",
                  workflow(name, kind, machine, values))
        status = self.end_of(name)
        hardware = self.get(TINKERBELL + f"hardware/{self.name}")
        # What the machine does by itself after its run is still its run's.
        self.settle(kind)
        self.rack.drain()
        allowed = [one["netboot"]["allowPXE"] for one in
                   hardware["spec"]["interfaces"]]
        machine.note("netboot", "on" if any(allowed) else "off")
        machine.note("disk", *machine.image_on_disk())
        machine.note("ended", status["outcome"], status.get("cause", ""))

    def end_of(self, name):
        while True:
            status = self.get(RUN + name)["status"]
            if status["phase"] == "ended":
                return status
            time.sleep(POLL_S)

    def settle(self, kind):
        """The OS starts after the last restart; nobody waits for that."""
        end = time.monotonic() + 30
        if KINDS[kind][1][-1] == "reboot" or KINDS[kind][2]:
            while time.monotonic() < end and \
                    self.machine.image_on_disk()[1] != "stamped":
                time.sleep(0.05)
