# SPDX-License-Identifier: Apache-2.0
"""A fleet over real processes: tomte serve with its store and its sockets,
the real worker, tests/fake's BMCs, and machines that are threads. People
apply run after run; check.py judges by what all of them have recorded."""
import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

import check
from history import Trace
from rack import Rack
from runs import KINDS, TINKERBELL, Operator, template
from server import Server

END_SECONDS = 240  # for what is under way when no more is applied


def parser(text):
    out = argparse.ArgumentParser(description=text)
    out.add_argument("build", type=pathlib.Path)
    out.add_argument("--machines", type=int, default=20)
    out.add_argument("--seed", type=int, default=1)
    out.add_argument("--fault-rate", type=float, default=0.25,
                     help="of images, in the middle of which the worker dies "
                     "or the machine's power is lost")
    out.add_argument("--keep", action="store_true",
                     help="the folder with the trace and all logs")
    return out


def make_folder():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return pathlib.Path(tempfile.mkdtemp(prefix="tomte-kill-", dir=base))


class Fleet:
    def __init__(self, options, folder):
        self.folder = pathlib.Path(folder)
        self.trace = Trace(self.folder / "trace")
        self.rack = Rack(self.folder, options.build, self.trace, options)
        self.server = Server(options.build / "tomte", self.folder,
                             "--bmc-poll", "20")
        self.rack.http_port = self.server.http_port
        self.stop = threading.Event()
        self.operators = []

    def begin(self):
        self.server.start()
        for path, thing in self.rack.objects():
            self.create(path, thing)
        for kind in KINDS:
            self.create(TINKERBELL + "templates", template(kind))
        self.rack.start()
        self.operators = [Operator(self.server, self.rack, machine, self.stop)
                          for machine in self.rack.machines.values()]
        for operator in self.operators:
            operator.start()

    def create(self, path, thing):
        status, answer = self.server.ask("POST", path, thing)
        assert status == 201, answer

    def end(self):
        """No more runs; those under way come to their end."""
        self.stop.set()
        end = time.monotonic() + END_SECONDS
        for operator in self.operators:
            operator.join(max(0, end - time.monotonic()))

    def close(self):
        """What the programs say of themselves at their end."""
        wrong = []
        if self.server.process and self.server.stop():
            wrong.append("the server did not stop well")
        if not self.rack.close():
            wrong.append("a fake did not stop well")
        self.trace.close()
        log = self.server.log.read_text()
        for word in "Sanitizer", "runtime error", "Assertion":
            if word in log:
                wrong.append(f"the server's log has \"{word}\"")
        return wrong


def verdict(folder, wrong, keep):
    """The exit code, with what is wrong printed."""
    status = check.main(folder / "trace")
    for line in wrong:
        print(line)
    if keep or status or wrong:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if status or wrong else 0
