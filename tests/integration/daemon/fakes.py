# SPDX-License-Identifier: Apache-2.0
"""The fake BMCs as processes, and the objects by which a daemon knows them."""
import pathlib
import re
import subprocess

PASSWORD = "Geheim-4711"


class Fake:
    """One that says where it listens, and then that it is ready."""

    def __init__(self, *command):
        self.process = subprocess.Popen(list(map(str, command)), text=True,
                                        stdout=subprocess.PIPE)
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.strip() == "ready":
                return
        raise AssertionError("no fake: " + self.said)

    def find(self, pattern):
        return re.search(pattern, self.said)[1]

    def close(self):
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0
        self.process.stdout.close()


class Farm(Fake):
    """IPMI BMCs: every address of 127/8 is one."""

    def __init__(self, folder, fakes, *options, password=PASSWORD):
        folder = pathlib.Path(folder)
        self.password_file = folder / "password"
        self.password_file.write_text(password + "\n")
        self.record = folder / "farm.record"
        super().__init__(pathlib.Path(fakes) / "ipmi_farm", "--record",
                         self.record, "--password-file", self.password_file,
                         *options)
        self.port = int(self.find(r"listen (\d+)"))

    def url(self, n):
        return f"ipmi://admin@127.0.9.{n}:{self.port}"

    def connection(self, n):
        return {"host": f"127.0.9.{n}", "port": self.port,
                "insecureTLS": False,
                "authSecretRef": {"name": "farm", "namespace": "default"},
                "providerOptions": {"preferredOrder": ["ipmitool"]}}

    def records(self, what):
        if not self.record.exists():
            return 0
        return sum(what in line for line in
                   self.record.read_text().splitlines())


class Redfish(Fake):
    def __init__(self, folder, fakes, *options, password=PASSWORD):
        folder = pathlib.Path(folder)
        self.password_file = folder / "password"
        self.password_file.write_text(password + "\n")
        self.record = folder / "redfish.record"
        super().__init__(pathlib.Path(fakes) / "redfish_emulator", "--record",
                         self.record, "--password-file", self.password_file,
                         *options, "--listen", "127.0.0.1:0")
        self.port = int(self.find(r"listen [\d.]+:(\d+)"))
        self.pin = self.find(r"pin (\S+)")
        self.url = f"redfish://admin@127.0.0.1:{self.port}"


class RedfishRow(Fake):
    """Redfish BMCs, each at a port of its own and with a password of its
    own."""

    def __init__(self, folder, fakes, n, *options, password=PASSWORD):
        folder = pathlib.Path(folder)
        self.password_file = folder / "row.password"
        self.password_file.write_text(password + "\n")
        self.record = folder / "row.record"
        super().__init__(pathlib.Path(fakes) / "redfish_emulator", "--record",
                         self.record, "--password-file", self.password_file,
                         *options, *["--listen", "127.0.0.1:0"] * n)
        self.ports = [int(port) for port in
                      re.findall(r"listen [\d.]+:(\d+)", self.said)]
        self.pin = self.find(r"pin (\S+)")

    def url(self, n):
        return f"redfish://admin@127.0.0.1:{self.ports[n]}"

    def connection(self, n):
        return {"host": "127.0.0.1", "insecureTLS": False,
                "authSecretRef": {"name": "row", "namespace": "default"},
                "providerOptions": {"preferredOrder": ["gofish"], "redfish": {
                    "port": self.ports[n]}}}

    def records(self, what):
        return sum(what in line for line in
                   self.record.read_text().splitlines())


def add(daemon, name, connection, annotations=None):
    """A Hardware and its bmc Machine."""
    for path, kind, group, spec in (
            ("bmc.tinkerbell.org/v1alpha1/namespaces/default/machines",
             "Machine", "bmc.tinkerbell.org", {"connection": connection}),
            ("tinkerbell.org/v1alpha1/namespaces/default/hardware",
             "Hardware", "tinkerbell.org",
             {"bmcRef": {"name": name + "-bmc", "kind": "Machine",
                         "apiGroup": "bmc.tinkerbell.org"}})):
        full = name + ("-bmc" if kind == "Machine" else "")
        status, answer = daemon.local("POST", "/apis/" + path, {
            "apiVersion": group + "/v1alpha1", "kind": kind,
            "metadata": {"name": full, "namespace": "default",
                         "annotations": annotations or {}},
            "spec": spec})
        assert status == 201, answer
