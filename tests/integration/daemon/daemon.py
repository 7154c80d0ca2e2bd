# SPDX-License-Identifier: Apache-2.0
"""A tomte serve of its own, on loopback and without machines."""
import hashlib
import http.client
import json
import os
import pathlib
import random
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

HARDWARE = "/apis/tinkerbell.org/v1alpha1/namespaces/{}/hardware"
SECRETS = "/api/v1/namespaces/{}/secrets"
TOKENS = "/apis/tomte.dev/v1alpha1/tokens"
AUDIT = "/apis/tomte.dev/v1alpha1/auditrecords"
MERGE = "application/merge-patch+json"


def hardware(name, namespace="default", **spec):
    return {"apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
            "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def secret(name, namespace="default", **values):
    return {"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "type": "Opaque", "stringData": values}


def wait_for(what, look, seconds=20):
    """What `look` gives once it is true; looks again until then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def free_port():
    """One that nobody is given for a connection of his own meanwhile."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def hole():
    """A UDP socket that hears everything and says nothing."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    one.settimeout(20)
    return one


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("tomte", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self.path))


class Daemon:
    def __init__(self, program, *options):
        self.program = program
        self.options = options
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-daemon."))
        self.state = self.dir / "state"
        self.log = []
        self.start()

    def start(self):
        self.port, self.http_port = free_port(), free_port()
        self.ready = threading.Event()
        self.process = subprocess.Popen(
            [self.program, "serve", "--state", self.state, "--address",
             "127.0.0.1", "--http-port", str(self.http_port), "--https-port",
             str(self.port), "--log-level", "debug", "--bmc-poll", "0",
             *self.options],
            stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read_log)
        self.reader.start()
        if not self.ready.wait(timeout=60) or self.process.poll() is not None:
            self.process.kill()
            raise AssertionError("no daemon: " + "".join(self.log))
        self.context = ssl.create_default_context(
            cafile=self.state / "ca.pem")
        self.admin = self.token_of(self.state / "kubeconfig")

    def read_log(self):
        with self.process.stderr as lines:
            for line in lines:
                self.log.append(line)
                if "ready address" in line:
                    self.ready.set()
        self.ready.set()

    def stop(self, with_signal=signal.SIGTERM):
        """The log. The daemon has to end well: sanitizers speak at the end."""
        self.process.send_signal(with_signal)
        status = self.process.wait(timeout=60)
        self.reader.join()
        log = "".join(self.log)
        expected = -with_signal if with_signal == signal.SIGKILL else 0
        assert status == expected, log
        assert "Sanitizer" not in log and "runtime error" not in log, log
        return log

    def close(self):
        log = self.stop()
        shutil.rmtree(self.dir)
        return log

    @staticmethod
    def token_of(kubeconfig):
        # One that begins with 0b stands in quotes.
        return re.search(r'token: "?(\w+)', kubeconfig.read_text())[1]

    def tomte(self, *args, text=None):
        return subprocess.run(
            [self.program, *map(str, args)], input=text, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            check=False,
            env={**os.environ, "TOMTE_SOCKET": str(self.state / "tomte.sock")})

    def good(self, *args, text=None):
        done = self.tomte(*args, text=text)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def token(self, name, role, *more):
        return self.good("token", "create", name, "--role", role,
                         *more).strip()

    def connect(self, source="127.0.0.1", context=None):
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=20, source_address=(source, 0),
            context=context or self.context)

    def client_context(self, cert, key=None):
        context = ssl.create_default_context(cafile=self.state / "ca.pem")
        context.load_cert_chain(cert, key)
        return context

    def send(self, method, path, body=None, token=None, connection=None,
             content_type="application/json", accept=None, **where):
        """The answer, to be read or streamed from; it holds its socket."""
        headers = {"Content-Type": content_type} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if accept:
            headers["Accept"] = accept
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection = connection or self.connect(**where)
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.tomte_connection = connection
        return answer

    def ask(self, method, path, body=None, **options):
        """Status and body; JSON is read. An own connection is closed."""
        answer = self.send(method, path, body, **options)
        text = answer.read()
        if not options.get("connection"):
            answer.tomte_connection.close()
        if text and answer.getheader("Content-Type") == "application/json":
            return answer.status, json.loads(text)
        return answer.status, text.decode()

    def local(self, method, path, body=None, **options):
        """As who is on this host."""
        connection = UnixConnection(self.state / "tomte.sock")
        try:
            return self.ask(method, path, body, connection=connection,
                            **options)
        finally:
            connection.close()

    def audit(self, *args):
        return [json.loads(line)["spec"] for line in
                self.good("audit", "list", "--json", *args).splitlines()]


def user_name():
    return pwd.getpwuid(os.getuid()).pw_name


def digest(value):
    """Of an object, as the audit makes it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"),
                      ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def openssl(*args, text=None):
    return subprocess.run(["openssl", *map(str, args)], input=text, check=True,
                          capture_output=True, text=True).stdout


def sign(folder, name, subject, ca=None, days=2, extensions=None):
    """A key and a certificate for a client, signed by hand: the paths."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    request = openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
                      "-keyout", key)
    args = ["x509", "-req", "-days", str(days), "-out", cert]
    if extensions:
        file = folder / f"{name}.ext"
        file.write_text(extensions)
        args += ["-extfile", file]
    if ca:
        args += ["-CA", ca / "ca.pem", "-CAkey", ca / "ca.key",
                 "-set_serial", "0x" + os.urandom(8).hex()]
    else:
        args += ["-signkey", key]
    openssl(*args, text=request)
    return cert, key


def serial_of(cert):
    return openssl("x509", "-in", cert, "-noout",
                   "-serial").strip().split("=")[1]
