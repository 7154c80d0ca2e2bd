# SPDX-License-Identifier: Apache-2.0
"""Fake BMCs as processes, and the objects by which a daemon knows them."""
import os
import pathlib
import re
import subprocess

import daemon
from daemon import HARDWARE, SECRETS

MACHINES = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/{}/machines"
JOBS = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/{}/jobs"


class Fake:
    """One that says where it listens, and then that it is ready."""

    def __init__(self, program, folder, name, password, *options):
        self.record = pathlib.Path(folder) / f"{name}.record"
        file = pathlib.Path(folder) / f"{name}.password"
        file.write_text(password + "\n")
        self.process = subprocess.Popen(
            [pathlib.Path(os.environ["FAKES"]) / program, *options,
             "--record", self.record, "--password-file", file,
             *self.listen()], text=True, stdout=subprocess.PIPE)
        said = ""
        for line in self.process.stdout:
            said += line
            if line.strip() == "ready":
                break
        self.port = int(re.search(r"listen (?:\S+:)?(\d+)", said)[1])

    @staticmethod
    def listen():
        return []

    def records(self, what):
        if not self.record.exists():
            return 0
        return sum(what in line for line in
                   self.record.read_text().splitlines())

    def close(self):
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0
        self.process.stdout.close()


class Farm(Fake):
    """IPMI BMCs: every address of 127/8 is one."""

    def __init__(self, folder, password, *options):
        super().__init__("ipmi_farm", folder, "farm", password, *options)


class Redfish(Fake):
    def __init__(self, folder, password, *options):
        super().__init__("redfish_emulator", folder, "redfish", password,
                         *options)

    @staticmethod
    def listen():
        return ["--listen", "127.0.0.1:0"]


def credentials(password, **more):
    return daemon.secret("bmc", username="admin", password=password, **more)


def connection(host, order, redfish=None, ipmi=None):
    options = {"preferredOrder": order}
    if redfish:
        options["redfish"] = {"port": redfish}
    if ipmi:
        options["ipmitool"] = {"port": ipmi}
    return {"host": host, "insecureTLS": True,
            "authSecretRef": {"name": "bmc", "namespace": "default"},
            "providerOptions": options}


def create(server, name, where, annotations=None):
    """A Hardware with its bmc Machine; the Secret is there."""
    machine = {"apiVersion": "bmc.tinkerbell.org/v1alpha1", "kind": "Machine",
               "metadata": {"name": name + "-bmc", "namespace": "default",
                            "annotations": annotations or {}},
               "spec": {"connection": where}}
    for path, body in (
            (MACHINES, machine),
            (HARDWARE, daemon.hardware(name, bmcRef={
                "apiGroup": "bmc.tinkerbell.org", "kind": "Machine",
                "name": name + "-bmc"}))):
        status, answer = server.local("POST", path.format("default"), body)
        assert status == 201, answer


def put_secret(server, password, **more):
    body = credentials(password, **more)
    path = SECRETS.format("default")
    status, answer = server.local("POST", path, body)
    if status == 409:
        status, answer = server.local("PATCH", path + "/bmc",
                                      {"stringData": body["stringData"]},
                                      content_type=daemon.MERGE)
    assert status in (200, 201), answer


def machine(server, name):
    return server.local("GET",
                        f"{MACHINES.format('default')}/{name}-bmc")[1]


def contact(server, name):
    """The condition, or {} before there is one."""
    conditions = machine(server, name).get("status", {}).get("conditions")
    return conditions[0] if conditions else {}
