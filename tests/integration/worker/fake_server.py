# SPDX-License-Identifier: Apache-2.0
"""A server as the worker knows it (src/workflow/task_wire.h), and an image
server with faults to choose from. Both can be stopped and started again."""
import json
import select
import re
import socketserver
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "0123456789abcdef"


def make_certificate(directory, name="server"):
    key, cert = directory / f"{name}.key", directory / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    return key, cert


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port, handler, owner):
        self.connections = []
        super().__init__(("127.0.0.1", port), handler)
        self.owner = owner

    def process_request(self, request, address):
        self.connections.append(request)
        super().process_request(request, address)

    def handle_error(self, *_):
        pass

    def kill(self):
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            try:
                connection.shutdown(2)
            except OSError:
                pass


class ApiHandler(Quiet):
    def setup(self):
        self.request = self.server.owner.tls.wrap_socket(
            self.request, server_side=True)
        self.server.connections.append(self.request)
        super().setup()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        api = self.server.owner
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.answer(401)
        if self.path == "/worker/v1/hello":
            return self.answer(200, api.on_hello(body))
        if self.headers["X-Tomte-Session"] != api.session:
            return self.answer(401)
        if self.path == "/worker/v1/events":
            return self.answer(200, api.on_events(body["events"]))
        return self.answer(404)

    def do_GET(self):
        api = self.server.owner
        if self.headers["X-Tomte-Session"] != api.session:
            return self.answer(401)
        api.n_asked += 1
        end = time.monotonic() + 1
        while time.monotonic() < end:
            # A worker that was killed: its task is for the next one.
            if select.select([self.request], [], [], 0)[0]:
                return None
            if api.tasks:
                return self.answer(200, api.tasks.pop(0))
            time.sleep(0.02)
        return self.answer(204)


class Api:
    """Remembers what it was told over restarts, but not its sessions."""

    def __init__(self, directory):
        key, self.cert = make_certificate(directory)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.cert, key)
        self.hellos, self.events, self.tasks = [], [], []
        self.cancel, self.port, self.n_asked, self.n_starts = [], 0, 0, 0
        self.seen = set()
        self.listener = None
        self.start()

    def start(self):
        self.n_starts += 1
        self.session = f"session{self.n_starts}"
        self.listener = Listener(self.port, ApiHandler, self)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.listener.kill()

    def on_hello(self, hello):
        self.hellos.append(hello)
        return {"session": self.session, "poll_s": 1, "log_level": "info"}

    def on_events(self, events):
        acked = max([e["seq"] for e in events], default=0)
        for event in events:
            if event["seq"] not in self.seen:
                self.events.append(event)
                self.seen.add(event["seq"])
        return {"acked": acked, "cancel": self.cancel}

    def states(self, action):
        return [e["state"] for e in self.events
                if e["type"] == "state" and e.get("action_id") == action]

    def final(self, action, timeout=20):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for event in list(self.events):
                if (event["type"] == "state" and event["state"] != "running"
                        and event.get("action_id") == action):
                    return event
            time.sleep(0.02)
        raise AssertionError(f"{action}: no end after {timeout} s, "
                             f"events {self.events}")


class ImageHandler(Quiet):
    def do_GET(self):
        images = self.server.owner
        body = images.files.get(self.path)
        images.requests.append(self.headers.get("Range"))
        if images.broken:
            return self.answer(500)
        if body is None:
            return self.answer(404)
        start = 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and images.ranges:
            start = int(wanted[1])
            self.send_response(206)
            self.send_header(
                "Content-Range", f"bytes {start}-{len(body)-1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body)
        if images.cuts:
            end = start + images.cuts.pop(0)
            self.close_connection = True
        for at in range(start, min(end, len(body)), 65536):
            self.wfile.write(body[at:min(at + 65536, end)])
            time.sleep(images.pause)


class Images:
    def __init__(self):
        self.files, self.requests, self.cuts = {}, [], []
        self.ranges, self.pause, self.broken = True, 0, False
        self.listener = Listener(0, ImageHandler, self)
        self.url = f"http://127.0.0.1:{self.listener.server_address[1]}"
        threading.Thread(target=self.listener.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()
