# SPDX-License-Identifier: Apache-2.0
"""A server under test, and HTTP spoken to it byte by byte."""
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time


def make_certificate(directory, name="server", ca=None):
    """A key and a certificate of 127.0.0.1, by itself or by a CA."""
    key, cert = directory / f"{name}.key", directory / f"{name}.pem"
    signer = ["-CA", ca[1], "-CAkey", ca[0]] if ca else []
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", *signer,
         "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    return key, cert


def until(check, what, seconds=15):
    """A condition that comes true; the wait ends as soon as it does."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:200]!r}"


class Conn:
    def __init__(self, server, timeout=15, buffer=None):
        if server.unix:
            self.socket = socket.socket(socket.AF_UNIX)
        else:
            self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                   buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(server.unix or ("127.0.0.1", server.port))
        if server.tls:
            context = ssl.create_default_context(cafile=server.tls[1])
            self.socket = context.wrap_socket(
                self.socket, server_hostname="127.0.0.1",
                suppress_ragged_eofs=False)
        self.data = b""

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes)
                            else text.encode("latin-1"))
        return self

    def more(self):
        got = self.socket.recv(65536)
        self.data += got
        return bool(got)

    def take(self, n):
        while len(self.data) < n:
            if not self.more():
                raise EOFError(f"{len(self.data)} of {n} bytes")
        taken, self.data = self.data[:n], self.data[n:]
        return taken

    def line(self):
        while b"\r\n" not in self.data:
            if not self.more():
                raise EOFError(f"in a line: {self.data!r}")
        line, self.data = self.data.split(b"\r\n", 1)
        return line.decode("latin-1")

    def head(self):
        line = self.line()
        match = re.fullmatch(r"HTTP/1\.[01] (\d{3}) .+", line)
        if not match:
            raise AssertionError(f"no status line: {line!r}")
        headers = {}
        while True:
            line = self.line()
            if not line:
                return int(match.group(1)), headers
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value

    def chunk(self):
        size = int(self.line(), 16)
        chunk = self.take(size)
        assert self.take(2) == b"\r\n"
        return chunk

    def rest(self):
        while self.more():
            pass
        taken, self.data = self.data, b""
        return taken

    def reply(self, method="GET"):
        status, headers = self.head()
        if status == 100 or method == "HEAD" or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                chunk = self.chunk()
                if not chunk:
                    break
                body += chunk
        elif "content-length" in headers:
            body = self.take(int(headers["content-length"]))
        else:
            body = self.rest()
        return Reply(status, headers, body)

    def ended(self):
        """Whether the peer closed, having sent nothing more."""
        try:
            return not self.data and not self.more()
        except (ConnectionResetError, ssl.SSLEOFError):
            return True

    def close(self):
        self.socket.close()


class Server:
    """http_serve with a directory of its own for its files."""

    def __init__(self, program, *options, tls=False, unix=False, before=(),
                 asan=""):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-http."))
        self.tls = make_certificate(self.dir) if tls else None
        self.unix = str(self.dir / "socket") if unix else None
        args = [*before, program, self.dir, *options]
        if tls:
            args += ["--tls", self.tls[1], self.tls[0]]
        if unix:
            args += ["--unix", self.unix]
        # What was freed is given back soon, or memory cannot be measured.
        env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1" + asan)
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, env=env)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"it did not start: {self.process.wait()}")
        self.port = int(line)

    def connect(self, **options):
        return Conn(self, **options)

    def ask(self, text, method="GET"):
        conn = self.connect()
        try:
            return conn.send(text).reply(method)
        finally:
            conn.close()

    def get(self, path, *headers, method="GET"):
        lines = "".join(f"{line}\r\n" for line in headers)
        return self.ask(f"{method} {path} HTTP/1.1\r\nHost: h\r\n{lines}\r\n",
                        method)

    def stats(self):
        return self.get("/stats").body.decode().split("\n")

    def has_told(self, line):
        return until(lambda: line in self.stats(), line)

    def memory(self):
        """Resident bytes that are no file's."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024

    def n_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        """Its exit code: not 0 if it leaked, or forgot a request."""
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.stdout.close()
            shutil.rmtree(self.dir)
