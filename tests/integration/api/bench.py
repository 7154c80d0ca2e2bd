# SPDX-License-Identifier: Apache-2.0
"""An api_server to speak to, with a certificate and a client for HTTP."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: tomte
clusters:
- name: tomte
  cluster:
    server: https://127.0.0.1:{port}
    certificate-authority: {cert}
users:
- name: user
  user: {{token: {token}}}
contexts:
- name: tomte
  context: {{cluster: tomte, user: user}}
"""


def request(method, path, body):
    """As bytes, for who speaks HTTP without a library."""
    text = json.dumps(body).encode()
    return (f"{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
            "admin-token\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n").encode() + text


def read_answer(file):
    """Status and body, of an answer with a length; the file stays open."""
    status = int(file.readline().split()[1])
    length = 0
    for line in iter(file.readline, b"\r\n"):
        name, value = line.split(b":", 1)
        if name.lower() == b"content-length":
            length = int(value)
    return status, file.read(length)


class Bench:
    def __init__(self, program):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-api."))
        self.cert, key = self.dir / "cert.pem", self.dir / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=tomte", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", key, "-out", self.cert],
            check=True, capture_output=True)
        store = self.dir / "store"
        store.mkdir(mode=0o700)
        self.socket = store / "socket"
        self.log = open(self.dir / "log", "w+")
        self.server = subprocess.Popen(
            [program, store, self.cert, key], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port, self.plain_port = map(
            int, self.server.stdout.readline().split())
        self.context = ssl.create_default_context(cafile=self.cert)

    def close(self):
        """The server has to end well: sanitizers speak at the end."""
        self.server.stdin.close()
        try:
            status = self.server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
            raise
        self.server.stdout.close()
        self.log.seek(0)
        log = self.log.read()
        self.log.close()
        shutil.rmtree(self.dir)
        assert status == 0, log
        return log

    def post_many(self, path, bodies, n_clients=64):
        """By many at once, so that a commit is shared by as many."""
        with contextlib.ExitStack() as stack:
            clients = []
            for _ in range(n_clients):
                raw = socket.create_connection(("127.0.0.1", self.port), 60)
                one = stack.enter_context(self.context.wrap_socket(
                    raw, server_hostname="127.0.0.1"))
                clients.append((one, stack.enter_context(
                    one.makefile("rb"))))
            for first in range(0, len(bodies), n_clients):
                batch = list(zip(bodies[first:first + n_clients], clients))
                for body, (one, _) in batch:
                    one.sendall(request("POST", path, body))
                for _, (_, answers) in batch:
                    status, text = read_answer(answers)
                    assert status == 201, text

    def prune(self):
        """Has all but the last change of the log forgotten."""
        self.server.stdin.write("p")
        self.server.stdin.flush()
        assert self.server.stdout.readline() == "pruned\n"

    def memory(self):
        """What the server has in memory, in bytes."""
        path = pathlib.Path(f"/proc/{self.server.pid}/status")
        for line in path.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def kubeconfig(self, token, port=None):
        path = self.dir / f"{token}.kubeconfig"
        path.write_text(KUBECONFIG.format(port=port or self.port,
                                          cert=self.cert, token=token))
        return path

    def connect(self, plain=False):
        if plain:
            return http.client.HTTPConnection("127.0.0.1", self.plain_port,
                                              timeout=20)
        return http.client.HTTPSConnection("127.0.0.1", self.port,
                                           timeout=20, context=self.context)

    def send(self, method, path, body=None, token="admin-token",
             content_type="application/json", accept=None, plain=False,
             headers=None):
        """The answer, to be read or streamed from; it holds its socket."""
        headers = dict(headers or {})
        if body is not None:
            headers["Content-Type"] = content_type
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if accept:
            headers["Accept"] = accept
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection = self.connect(plain)
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.tomte_connection = connection
        return answer

    def ask(self, method, path, body=None, **options):
        """Status and body; JSON is read."""
        answer = self.send(method, path, body, **options)
        text = answer.read()
        answer.tomte_connection.close()
        if answer.getheader("Content-Type") == "application/json":
            return answer.status, json.loads(text)
        return answer.status, text.decode()


def corpus():
    """The folder of Tinkerbell's own examples, or None."""
    place = os.environ.get("TOMTE_CORPUS")
    source = pathlib.Path(__file__).resolve().parents[3]
    path = pathlib.Path(place or source.parent / "shared" / "corpus")
    path /= "tinkerbell"
    return path if path.is_dir() else None
