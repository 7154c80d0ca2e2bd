# SPDX-License-Identifier: Apache-2.0
"""A tomte serve that is killed and started again, at the same ports."""
import http.client
import json
import pathlib
import signal
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] /
                       "integration/daemon"))

from daemon import UnixConnection, free_port, wait_for  # noqa: E402, F401

READY_SECONDS = 60


class Server:
    def __init__(self, program, folder, *options):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "state"
        self.log = self.folder / "serve.log"
        self.http_port = free_port()
        self.command = [
            program, "serve", "--state", self.state, "--socket",
            self.folder / "tomte.sock", "--address", "127.0.0.1",
            "--http-port", str(self.http_port), "--https-port",
            str(free_port()), "--hook-dir", self.folder / "hook",
            "--image-dir", self.folder / "images", *options]
        self.process, self.reader = None, None
        self.ready = threading.Event()
        self.n_starts = 0

    def start(self, wait=True):
        self.ready = threading.Event()
        self.n_starts += 1
        self.process = subprocess.Popen(self.command, text=True,
                                        stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, daemon=True, args=(
            self.process, self.ready))
        self.reader.start()
        if wait:
            self.wait_ready()

    def wait_ready(self):
        if not self.ready.wait(READY_SECONDS) or \
                self.process.poll() is not None:
            raise AssertionError(f"no daemon, see {self.log}")

    def read(self, process, ready):
        with open(self.log, "a", encoding="utf-8") as log, \
                process.stderr as lines:
            for line in lines:
                log.write(line)
                log.flush()
                if "ready address" in line:
                    ready.set()
        ready.set()

    def join(self):
        """All that it said is in the log."""
        self.reader.join(60)

    def kill(self):
        """False: it had ended by itself, which it must not."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.wait(timeout=60) == -signal.SIGKILL

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)

    def ask(self, method, path, body=None):
        """Status and what was answered; status 0: nobody did."""
        connection = UnixConnection(self.folder / "tomte.sock")
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            connection.request(method, path, body and json.dumps(body),
                               headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if \
                answer.getheader("Content-Type") == "application/json" else \
                text.decode()
        except (OSError, ValueError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

