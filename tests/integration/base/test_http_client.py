#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""base/http_client against servers that are right, wrong, silent or gone.

usage: test_http_client.py HTTP_FETCH [NAME...]
"""
import base64
import gzip
import hashlib
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from raw import make_certificate

PROGRAM = ""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def read_request(conn):
    """Head and body; None: the client is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        got = conn.recv(65536)
        if not got:
            return None
        data += got
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += conn.recv(65536)
    return head.decode() + "\r\n\r\n" + body.decode()


def answer(reply):
    def play(conn, server):
        while True:
            request = read_request(conn)
            if request is None:
                return
            server.requests.append(request)
            conn.sendall(reply)
    return play


class Peer:
    """Plays play(conn, self) on each connection."""

    def __init__(self, play, tls=None):
        self.play, self.tls = play, tls
        self.requests = []
        self.n_connections = 0
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            conn.settimeout(20)
            self.n_connections += 1
            try:
                if self.tls:
                    conn = self.tls.wrap_socket(conn, server_side=True)
                self.play(conn, self)
            except (OSError, ssl.SSLError):
                pass
            finally:
                self.ended.set()
                conn.close()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(20)


class Answer:
    def __init__(self, line, body):
        self.words = dict(word.split("=", 1) for word in line.split(" "))
        self.body = body
        self.status = int(self.words["status"])
        self.err = self.words["err"]
        self.sent = self.words["sent"] == "1"

    def __repr__(self):
        return f"{self.words} {self.body!r}"


class Client(unittest.TestCase):
    def serve(self, play, tls=None):
        peer = Peer(play, tls)
        self.addCleanup(peer.stop)
        return peer

    def run_fetch(self, url, **options):
        args = [PROGRAM, url]
        for name, value in options.items():
            args += [f"--{name}", str(value)]
        done = subprocess.run(args, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("inside of send", done.stdout)
        return done.stdout

    def fetch(self, url, **options):
        line, body = self.run_fetch(url, **options).split("\n", 1)
        return Answer(line, body[:-1])

    def check_error(self, url, err, sent, **options):
        got = self.fetch(url, **options)
        self.assertEqual((got.status, got.err, got.sent), (0, err, sent), got)
        return got


class Plain(Client):
    def ask(self, reply, **options):
        self.peer = self.serve(answer(reply))
        return self.fetch(f"http://127.0.0.1:{self.peer.port}/p?q", **options)

    def test_an_answer_is_told(self):
        got = self.ask(OK)

        self.assertEqual((got.status, got.err, got.sent), (200, "none", True))
        self.assertEqual(got.body, "hello")
        self.assertTrue(
            self.peer.requests[0].startswith("GET /p?q HTTP/1.1\r\n"))

    def test_a_status_is_no_error(self):
        for status in (201, 302, 401, 404, 500, 503):
            reply = OK.replace(b"200 OK", b"%d X" % status)
            got = self.ask(reply)
            self.assertEqual((got.status, got.body), (status, "hello"))

    def test_the_headers_that_count_are_told(self):
        got = self.ask(b"HTTP/1.1 100 Continue\r\nX-Auth-Token: old\r\n\r\n"
                       b"HTTP/1.1 302 Found\r\nLOCATION:   /next \t\r\n"
                       b"etag: W/\"x\"\r\nX-Auth-Token: secret\r\n"
                       b"Retry-After:7\r\nX-Location: no\r\n"
                       b"Content-Length: 0\r\n\r\n")

        self.assertEqual(got.status, 302)
        self.assertEqual(got.words["location"], "/next")
        self.assertEqual(got.words["etag"], 'W/"x"')
        self.assertEqual(got.words["token"], "secret")
        self.assertEqual(got.words["retry"], "7")
        self.assertEqual(len(self.peer.requests), 1)

    def test_headers_of_an_earlier_answer_do_not_stay(self):
        got = self.ask(b"HTTP/1.1 103 Early\r\nLocation: /early\r\n\r\n" + OK)

        self.assertEqual(got.words["location"], "-")

    def test_a_request_is_sent_as_it_was_asked_for(self):
        self.ask(OK, method="PATCH", body='{"a": 1}', user="root",
                 password="pass:word", header="If-Match: *")

        head, body = self.peer.requests[0].split("\r\n\r\n", 1)
        self.assertTrue(head.startswith("PATCH /p?q "))
        self.assertEqual(body, '{"a": 1}')
        self.assertIn("\r\nIf-Match: *", head)
        basic = base64.b64encode(b"root:pass:word").decode()
        self.assertIn(f"\r\nAuthorization: Basic {basic}", head)
        self.assertNotIn("Expect", head)

    def test_head_has_no_body(self):
        got = self.ask(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                       method="HEAD")

        self.assertEqual((got.status, got.words["len"]), (200, "0"))

    def test_an_empty_body_is_sent_as_one(self):
        self.ask(OK, method="POST", body="")

        self.assertIn("Content-Length: 0", self.peer.requests[0])

    def test_a_body_may_be_as_long_as_its_bound(self):
        chunked = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
        until_end = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
        for reply in (OK, chunked, until_end):
            def play(conn, server):
                read_request(conn)
                conn.sendall(reply)
            peer = self.serve(play)
            url = f"http://127.0.0.1:{peer.port}/"
            self.assertEqual(self.fetch(url, limit=5).body, "hello")
            self.check_error(url, "too-big", True, limit=4)

    def test_what_is_no_url_is_invalid(self):
        for url in ("", "http://", "http://[::1", "ftp://127.0.0.1/",
                    "file:///etc/passwd", "http://127.0.0.1:99999/"):
            self.check_error(url, "invalid", False)

    def test_connections_are_kept_unless_a_fresh_one_is_asked_for(self):
        def play(conn, server):
            answer(OK)(conn, server)
        for fresh, n in ((0, 1), (1, 3)):
            peer = ThreadedPeer(play)
            self.addCleanup(peer.stop)
            out = self.run_fetch(f"http://127.0.0.1:{peer.port}/", times=3,
                                 fresh=fresh)
            self.assertEqual(out.count("status=200"), 3)
            self.assertEqual(peer.n_connections, n)

    def test_a_connection_is_kept_for_a_while_and_then_closed(self):
        ended = []

        def play(conn, server):
            answer(OK)(conn, server)
            ended.append(time.monotonic())
        peer = ThreadedPeer(play)
        self.addCleanup(peer.stop)
        out = self.run_fetch(f"http://127.0.0.1:{peer.port}/", times=2,
                             peer=1, linger=800, wait=1600)
        left = time.monotonic()
        self.assertEqual(out.count("status=200"), 2)
        self.assertEqual(peer.n_connections, 2)
        self.assertEqual(len(ended), 2)
        self.assertGreater(left - ended[1], 0.3)

    def run_kept(self, peer, linger=1, **options):
        """What became of the kept connection, for each request."""
        self.addCleanup(peer.stop)
        out = self.run_fetch(f"http://127.0.0.1:{peer.port}/", peer=1,
                             linger=linger, **options)
        self.assertEqual(out.count("status=200"), options["times"], out)
        return re.findall(r"kept=(\w+)", out), re.findall(r"open=(\d+)", out)

    def test_a_connection_stays_for_a_peer_that_is_asked_again(self):
        peer = ThreadedPeer(answer(OK))
        kept, _ = self.run_kept(peer, times=4, keep=4, wait=200)
        self.assertEqual(kept, ["none", "used", "used", "used"])
        self.assertEqual(peer.n_connections, 1)

    def test_and_is_closed_when_it_will_not_be(self):
        peer = ThreadedPeer(answer(OK))
        kept, opened = self.run_kept(peer, times=4, keep=2, wait=200)
        self.assertEqual(kept, ["none", "used", "used", "none"])
        self.assertEqual(opened, ["1", "1", "0", "1"])
        self.assertEqual(peer.n_connections, 2)

    def test_one_that_nobody_uses_is_closed_after_a_while(self):
        ended = []

        def play(conn, server):
            answer(OK)(conn, server)
            ended.append(time.monotonic())
        peer = ThreadedPeer(play)
        kept, _ = self.run_kept(peer, times=2, keep=2, kept=300, wait=1600)
        self.assertEqual(kept, ["none", "none"])
        self.assertEqual(peer.n_connections, 2)
        self.assertGreater(time.monotonic() - ended[-1], 0.3)

    def test_a_peer_that_closes_it_is_told_of(self):
        peer = ThreadedPeer(lambda conn, server: (
            read_request(conn), conn.sendall(OK)))
        kept, _ = self.run_kept(peer, times=3, keep=3, wait=200)
        self.assertEqual(kept, ["none", "lost", "lost"])
        self.assertEqual(peer.n_connections, 3)

    def test_a_fresh_one_leaves_it_alone(self):
        peer = ThreadedPeer(answer(OK))
        kept, opened = self.run_kept(peer, times=3, keep=3, fresh=1, wait=200)
        self.assertEqual(kept, ["none", "aside", "aside"])
        self.assertEqual(opened, ["1", "1", "1"])
        self.assertEqual(peer.n_connections, 3)

    def test_from_some_number_on_none_is_kept(self):
        peer = ThreadedPeer(answer(OK))
        _, opened = self.run_kept(peer, linger=30000, times=3, fresh=1,
                                  most=1)
        self.assertEqual(opened, ["1", "1", "1"])

    def test_nor_when_it_is_asked_for_again_and_again(self):
        peer = ThreadedPeer(answer(OK))
        kept, opened = self.run_kept(peer, linger=30000, times=4, keep=4,
                                     plain=1, most=1)
        self.assertEqual(kept, ["none"] * 4)
        self.assertEqual(opened, ["1"] * 4)
        self.assertEqual(peer.n_connections, 4)

    def test_new_connections_wait_for_their_turn(self):
        began = time.monotonic()
        peer = ThreadedPeer(answer(OK))
        self.addCleanup(peer.stop)
        out = self.run_fetch(f"http://127.0.0.1:{peer.port}/", times=5,
                             fresh=1, connects=4)
        self.assertEqual(out.count("status=200"), 5)
        self.assertGreater(time.monotonic() - began, 0.99)
        began = time.monotonic()
        self.run_fetch(f"http://127.0.0.1:{peer.port}/", times=9, peer=1,
                       connects=1)
        self.assertLess(time.monotonic() - began, 5)

    def test_who_has_no_turn_in_time_is_told(self):
        peer = ThreadedPeer(answer(OK))
        self.addCleanup(peer.stop)
        out = self.run_fetch(f"http://127.0.0.1:{peer.port}/", times=2,
                             fresh=1, connects=1, timeout=300)
        self.assertIn("status=200", out)
        self.assertIn("status=0 err=timeout sent=0", out)
        self.assertEqual(peer.n_connections, 1)

    def test_compressed_answers_are_taken_when_asked_for(self):
        packed = gzip.compress(b"hello" * 1000)
        reply = (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(packed)) + packed
        got = self.ask(reply, decode=1)
        self.assertEqual(got.body, "hello" * 1000)
        self.check_error(f"http://127.0.0.1:{self.peer.port}/", "too-big",
                         True, decode=1, limit=4999)


class ThreadedPeer(Peer):
    """For clients that keep one connection while they open another."""

    def run(self):
        inner = self.play
        self.play = lambda conn, server: threading.Thread(
            target=self.serve, args=(inner, conn.dup()), daemon=True).start()
        super().run()

    def serve(self, play, conn):
        try:
            conn.settimeout(20)
            play(conn, self)
        except OSError:
            pass
        finally:
            conn.close()


class Trouble(Client):
    def url(self, play):
        self.peer = self.serve(play)
        return f"http://127.0.0.1:{self.peer.port}/"

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.check_error(f"http://127.0.0.1:{port}/", "unreachable", False)

    def test_no_answer_comes(self):
        def play(conn, server):
            read_request(conn)
            conn.recv(1)
        url = self.url(play)
        self.check_error(url, "timeout", True, timeout=300)

    def test_the_answer_stops(self):
        def play(conn, server):
            read_request(conn)
            conn.sendall(OK[:-2])
            conn.recv(1)
        self.check_error(self.url(play), "timeout", True, timeout=300)

    def test_the_peer_closes_instead_of_an_answer(self):
        def play(conn, server):
            read_request(conn)
        self.check_error(self.url(play), "unreachable", True)

    def test_the_peer_resets_instead_of_an_answer(self):
        def play(conn, server):
            read_request(conn)
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
        self.check_error(self.url(play), "unreachable", True)

    def test_the_answer_is_cut(self):
        def play(conn, server):
            read_request(conn)
            conn.sendall(OK[:-2])
        self.check_error(self.url(play), "protocol", True)

    def test_the_answer_is_no_http(self):
        for reply in (b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n",
                      b"\0\1\2\3" * 10, OK.replace(b"5", b"-5")):
            def play(conn, server):
                read_request(conn)
                conn.sendall(reply)
            self.check_error(self.url(play), "protocol", True)

    def test_headers_without_end(self):
        def play(conn, server):
            read_request(conn)
            conn.sendall(b"HTTP/1.1 200 OK\r\n")
            for i in range(100000):
                conn.sendall(b"X-%d: %s\r\n" % (i, b"y" * 1000))
        self.check_error(self.url(play), "too-big", True)

    def test_after_a_cancel_nothing_comes(self):
        def play(conn, server):
            read_request(conn)
            server.requests.append("got")
            server.requests.append(conn.recv(1))
        out = self.run_fetch(self.url(play), cancel=200)

        self.assertEqual(out, "cancelled\n")
        self.assertTrue(self.peer.ended.wait(15))
        self.assertEqual(self.peer.requests, ["got", b""])

    def test_a_client_may_be_freed_with_requests_open(self):
        def play(conn, server):
            read_request(conn)
            conn.recv(1)
        self.assertEqual(self.run_fetch(self.url(play), leave=200), "left\n")


class Tls(Client):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-client."))
        cls.self_signed = make_certificate(cls.dir, "self")
        cls.ca = make_certificate(cls.dir, "ca")
        cls.other_ca = make_certificate(cls.dir, "other")
        cls.signed = make_certificate(cls.dir, "leaf", ca=cls.ca)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    @staticmethod
    def context(pair):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair[1], pair[0])
        return context

    def url(self, pair, play=None, host="127.0.0.1"):
        self.peer = self.serve(play or answer(OK), self.context(pair))
        return f"https://{host}:{self.peer.port}/"

    @staticmethod
    def pin(pair):
        public = subprocess.run(
            ["openssl", "pkey", "-in", pair[0], "-pubout", "-outform", "DER"],
            check=True, capture_output=True).stdout
        digest = hashlib.sha256(public).digest()
        return "sha256//" + base64.b64encode(digest).decode()

    def check_ok(self, url, **options):
        got = self.fetch(url, **options)
        self.assertEqual((got.status, got.body), (200, "hello"), got)

    def test_a_ca_that_is_given_is_trusted(self):
        self.check_ok(self.url(self.signed), ca=self.ca[1])
        self.check_ok(self.url(self.self_signed), ca=self.self_signed[1])

    def test_another_ca_is_not(self):
        for pair, ca in ((self.signed, self.other_ca),
                         (self.self_signed, self.ca)):
            self.check_error(self.url(pair), "mismatch", False, ca=ca[1])
            self.assertEqual(self.peer.requests, [])

    def test_nor_is_a_name_that_the_certificate_has_not(self):
        self.check_error(self.url(self.signed, host="localhost"), "mismatch",
                         False, ca=self.ca[1])

    def test_a_peers_session_is_resumed(self):
        context = self.context(self.self_signed)
        reused = []

        def play(conn, server):
            with context.wrap_socket(conn, server_side=True) as tls:
                answer(OK)(tls, server)
                reused.append(tls.session_reused)
        for peer, want in ((1, [False, True, True]), (0, [False] * 3)):
            reused.clear()
            server = self.serve(play)
            out = self.run_fetch(f"https://127.0.0.1:{server.port}/",
                                 times=3, peer=peer, linger=100, wait=300,
                                 pin=self.pin(self.self_signed))
            self.assertEqual(out.count("status=200"), 3, out)
            self.assertEqual(reused, want)

    def test_without_a_ca_the_systems_are_asked(self):
        self.check_error(self.url(self.self_signed), "mismatch", False)

    def test_a_ca_that_is_none_trusts_nobody(self):
        path = self.dir / "none.pem"
        path.write_text("no certificate\n")
        self.check_error(self.url(self.signed), "invalid", False, ca=path)

    def test_a_pin_is_trusted_whoever_signed(self):
        for pair in (self.self_signed, self.signed):
            self.check_ok(self.url(pair, host="localhost"),
                          pin=self.pin(pair))

    def test_another_pin_is_not(self):
        for pin in (self.pin(self.ca), "sha256//AAAA"):
            self.check_error(self.url(self.self_signed), "mismatch", False,
                             pin=pin)
            self.assertEqual(self.peer.requests, [])

    def test_a_pin_holds_though_all_else_is_trusted(self):
        self.check_error(self.url(self.self_signed), "mismatch", False,
                         pin=self.pin(self.ca), insecure=1)

    def test_insecure_trusts_any_certificate(self):
        self.check_ok(self.url(self.self_signed, host="localhost"),
                      insecure=1)

    def test_tls_that_fails_is_a_mismatch(self):
        def no_tls(conn, server):
            conn.recv(1000)
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        talks_http = self.serve(no_tls)
        url = f"https://127.0.0.1:{talks_http.port}/"
        self.check_error(url, "mismatch", False, insecure=1)

        context = self.context(self.self_signed)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("PSK")
        peer = self.serve(answer(OK), context)
        self.check_error(f"https://127.0.0.1:{peer.port}/", "mismatch", False,
                         insecure=1)

    def test_a_handshake_that_is_cut_is_no_word_on_trust(self):
        def cut(conn, server):
            conn.recv(65536)

        def reset(conn, server):
            conn.recv(10)
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
        for play in (cut, reset):
            peer = self.serve(play)
            self.check_error(f"https://127.0.0.1:{peer.port}/", "unreachable",
                             False, insecure=1)

    def test_a_handshake_that_stalls_is_a_timeout(self):
        def stall(conn, server):
            conn.recv(1000)
            conn.recv(1)
        peer = self.serve(stall)
        for name in ("timeout", "connect"):
            self.check_error(f"https://127.0.0.1:{peer.port}/", "timeout",
                             False, insecure=1, **{name: 300})

    def test_no_answer_comes(self):
        def play(conn, server):
            read_request(conn)
            conn.recv(1)
        self.check_error(self.url(self.self_signed, play), "timeout", True,
                         insecure=1, timeout=500)

    def test_the_peer_closes_instead_of_an_answer(self):
        def play(conn, server):
            read_request(conn)
        self.check_error(self.url(self.self_signed, play), "unreachable",
                         True, insecure=1)

    def test_after_a_cancel_nothing_comes(self):
        def play(conn, server):
            read_request(conn)
            conn.recv(1)
        out = self.run_fetch(self.url(self.self_signed, play), cancel=300,
                             insecure=1)

        self.assertEqual(out, "cancelled\n")
        self.assertTrue(self.peer.ended.wait(15))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
