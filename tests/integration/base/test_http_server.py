#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""base/http_server by raw sockets: what RFC 9110 and 9112 demand, and what
clients do that are slow, many, or gone.

usage: test_http_server.py HTTP_SERVE [NAME...]
"""
import os
import pathlib
import random
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

from raw import Server, until

PROGRAM = ""
HOST = "Host: h\r\n"
GET = "GET /a HTTP/1.1\r\n" + HOST
POST = "POST /a HTTP/1.1\r\n" + HOST
MIB = 1 << 20


class WithServer(unittest.TestCase):
    OPTIONS = ()
    KIND = {}

    def setUp(self):
        self.server = Server(PROGRAM, *self.OPTIONS, **self.KIND)
        self.get, self.ask = self.server.get, self.server.ask

    def tearDown(self):
        self.assertEqual(self.server.stop(), 0)

    def connect(self, **options):
        conn = self.server.connect(**options)
        self.addCleanup(conn.close)
        return conn

    def make_file(self, name, size):
        path = self.server.dir / name
        with open(path, "wb") as file:
            for block in range(0, size, MIB):
                n = min(MIB, size - block)
                file.write((block >> 20).to_bytes(8, "big") * (n // 8))
                file.write(b"x" * (n % 8))
        return path

    def check_refused(self, text, status):
        """An answer, the end of the connection, and nothing else served."""
        conn = self.connect()
        conn.send(text)
        reply = conn.reply()
        self.assertEqual(reply.status, status, (text, reply))
        self.assertEqual(reply.headers["connection"], "close")
        self.assertTrue(conn.ended(), text)
        conn.close()


class Strictness(WithServer):
    def test_a_request_is_answered(self):
        reply = self.get("/a?q=x+y%26")

        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.body, b"GET /a /a?q=x+y%26 q=x y& 0\n")
        self.assertEqual(reply.headers["content-type"], "text/plain")
        self.assertIn("GMT", reply.headers["date"])

    def test_every_method_comes_with_its_body(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            reply = self.ask(f"{method} /a HTTP/1.1\r\n{HOST}"
                             "Content-Length: 2\r\n\r\nok")
            self.assertEqual(reply.body,
                             f"{method} /a /a q=- 2\nok".encode())

    def test_both_addresses_are_told(self):
        stats = self.server.stats()
        self.assertIn("peer 127.0.0.1", stats)
        self.assertIn("at 127.0.0.1", stats)
        self.assertIn("local 0 tls 0", stats)

    def test_a_bad_request_line_is_refused(self):
        for line, status in (
                ("GET /\r\n", 400), ("GET / HTTP/1.1\n", 400),
                ("GET  / HTTP/1.1\r\n", 400), (" GET / HTTP/1.1\r\n", 400),
                ("GET / HTTP/2.0\r\n", 505), ("GET / HTTP/1.1x\r\n", 505),
                ("GET / XTTP/1.1\r\n", 400), ("G@T / HTTP/1.1\r\n", 400),
                ("GET /\0 HTTP/1.1\r\n", 400), ("GET /a\x80 HTTP/1.1\r\n", 400),
                ("GET a HTTP/1.1\r\n", 400), ("GET /a#b HTTP/1.1\r\n", 400),
                ("BREW / HTTP/1.1\r\n", 501), ("OPTIONS * HTTP/1.1\r\n", 501),
                ("TRACE / HTTP/1.1\r\n", 501),
                ("CONNECT h:1 HTTP/1.1\r\n", 501)):
            self.check_refused(line + HOST + "\r\n", status)

    def test_a_bad_header_is_refused(self):
        for field in ("Name : v\r\n", " Name: v\r\n", ": v\r\n", "Name\r\n",
                      "A: b\r\n folded\r\n", "A: b\n", "A: \0\r\n",
                      "A\0: b\r\n", "A: b\rc\r\n", "N\xe4: v\r\n", HOST,
                      "Host: i\r\n", "A: \x01\r\n"):
            self.check_refused(GET + field + "\r\n", 400)
        self.check_refused("GET / HTTP/1.1\r\n\r\n", 400)

    def test_lengths_are_bounded(self):
        self.assertEqual(
            self.ask(f"GET /{'a' * 8100} HTTP/1.1\r\n{HOST}\r\n").status, 200)
        self.check_refused(f"GET /{'a' * 8200} HTTP/1.1\r\n", 414)
        self.check_refused("G" * 9000, 414)
        self.check_refused(GET + f"A: {'b' * 17000}\r\n", 431)
        self.check_refused(GET + "A: b\r\n" * 64, 431)

    def test_a_message_has_one_end(self):
        smuggled = "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n"
        for fields, status in (
                ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
                ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
                ("Content-Length: 5, 5\r\n", 400),
                ("Content-Length: +5\r\n", 400),
                ("Content-Length: 0x5\r\n", 400),
                ("Content-Length: -1\r\n", 400),
                ("Content-Length: \r\n", 400),
                ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
                ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
                ("Transfer-Encoding: gzip\r\n", 501),
                ("Transfer-Encoding: gzip, chunked\r\n", 501),
                ("Transfer-Encoding: chunked, identity\r\n", 501),
                ("Transfer-Encoding:\x0bchunked\r\n", 400)):
            self.check_refused(
                POST + fields + "\r\n0\r\n\r\n" + smuggled, status)
        self.check_refused(
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400)
        self.check_refused("HEAD / HTTP/1.1\r\n" + HOST +
                           f"Content-Length: {len(smuggled)}\r\n\r\n" +
                           smuggled, 400)

    def test_chunks_are_put_together(self):
        reply = self.ask(POST + "Transfer-Encoding: chunked\r\n\r\n"
                         "5;x=\"y\"\r\nhello\r\n00a\r\n0123456789\r\n"
                         "0\r\nTrailer: t\r\n\r\n")

        self.assertEqual(reply.body, b"POST /a /a q=- 15\nhello0123456789")

    def test_a_broken_chunk_is_refused(self):
        for chunk, status in (
                ("x\r\n", 400), ("-1\r\n", 400), ("+1\r\n", 400),
                ("0x1\r\n", 400), ("\r\n", 400), ("1 \r\n", 400),
                ("5\nhello\r\n", 400), ("5\r\nhello6\r\n", 400),
                ("5\r\nhello\n", 400), ("0\r\nbad\r\n", 400),
                ("ffffffffffffffff\r\n", 413), ("10001\r\n", 413)):
            self.check_refused(
                POST + "Transfer-Encoding: chunked\r\n\r\n" + chunk, status)

    def test_a_path_stays_below_its_root(self):
        for path in ("/../a", "/a/..", "/a/%2e%2e/b", "/a%2f..%2fb",
                     "/a/%00", "/a\\b", "/a%5cb", "/%zz", "/%", "/a%0a",
                     "/a?q=%00", "/a?q=%z"):
            reply = self.get(path)
            self.assertEqual(reply.status, 400, path)
        for path, clean in (("//a///b//", "/a/b/"), ("/%2fa", "/a"),
                            ("/a%20b", "/a b"), ("/a/..b", "/a/..b"),
                            ("/a%252e%252e", "/a%2e%2e"),
                            ("http://h:80/c", "/c"), ("http://h", "/")):
            body = self.get(path).body.decode()
            self.assertTrue(body.startswith(f"GET {clean} "), body)

    def test_after_a_bad_path_the_connection_goes_on(self):
        conn = self.connect()

        conn.send("GET /.. HTTP/1.1\r\n" + HOST + "\r\n" + GET + "\r\n")

        self.assertEqual(conn.reply().status, 400)
        self.assertEqual(conn.reply().status, 200)

    def test_empty_lines_before_a_request_are_forgiven(self):
        self.assertEqual(self.ask("\r\n\r\n" + GET + "\r\n").status, 200)


class Connections(WithServer):
    def test_a_connection_is_kept(self):
        conn = self.connect()
        for i in range(20):
            conn.send(f"GET /{i} HTTP/1.1\r\n{HOST}\r\n")
            self.assertIn(f"GET /{i} ".encode(), conn.reply().body)

        conn.send(GET + "Connection: TE, Close\r\n\r\n")
        reply = conn.reply()
        self.assertEqual(reply.headers["connection"], "close")
        self.assertTrue(conn.ended())

    def test_http_1_0_closes_unless_it_is_asked_to_stay(self):
        conn = self.connect()
        conn.send("GET /a HTTP/1.0\r\n\r\n")
        self.assertIn(b"GET /a ", conn.reply().body)
        self.assertTrue(conn.ended())

        conn = self.connect()
        for _ in range(2):
            conn.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            reply = conn.reply()
            self.assertIn("content-length", reply.headers)
            self.assertEqual(reply.headers["connection"], "keep-alive")

    def test_a_stream_in_http_1_0_ends_with_the_connection(self):
        for keep in ("", "Connection: keep-alive\r\n"):
            conn = self.connect()
            conn.send(f"GET /ticks?n=3 HTTP/1.0\r\n{keep}\r\n")
            reply = conn.reply()
            self.assertNotIn("transfer-encoding", reply.headers)
            self.assertNotIn("content-length", reply.headers)
            self.assertEqual(reply.body, b"tick\n" * 3)

    def test_pipelined_requests_are_answered_in_order(self):
        conn = self.connect()
        paths = ["/late?ms=300", "/a", "/late?ms=100", "/ticks?n=2",
                 "/late?ms=1", "/empty", "/b"]

        conn.send("".join(f"GET {path} HTTP/1.1\r\n{HOST}\r\n"
                          for path in paths))

        bodies = [conn.reply().body for _ in paths]
        self.assertEqual(bodies[0], b"late 300")
        self.assertTrue(bodies[1].startswith(b"GET /a "))
        self.assertEqual(bodies[2:6], [b"late 100", b"tick\n" * 2, b"late 1",
                                       b""])
        self.assertTrue(bodies[6].startswith(b"GET /b "))

    def test_a_refusal_comes_in_its_turn(self):
        conn = self.connect()

        conn.send("GET /late?ms=200 HTTP/1.1\r\n" + HOST + "\r\n" + POST +
                  "Content-Length: 2\r\n\r\nok" + "nonsense\r\n" + GET +
                  "\r\n")

        self.assertEqual(conn.reply().body, b"late 200")
        self.assertTrue(conn.reply().body.endswith(b"ok"))
        self.assertEqual(conn.reply().status, 400)
        self.assertTrue(conn.ended())

    def test_a_request_may_come_byte_by_byte(self):
        conn = self.connect()
        text = (POST + "Content-Length: 5\r\n\r\nhello" + POST +
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")

        for byte in text:
            conn.send(byte)

        self.assertTrue(conn.reply().body.endswith(b" 5\nhello"))
        self.assertTrue(conn.reply().body.endswith(b" 3\nabc"))

    def test_a_client_that_expects_is_told_to_go_on(self):
        conn = self.connect()
        conn.send(POST + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(conn.reply().status, 100)
        conn.send("hello")
        self.assertTrue(conn.reply().body.endswith(b" 5\nhello"))

        conn.send(POST + "Transfer-Encoding: chunked\r\n"
                  "Expect: 100-continue\r\n\r\n")
        self.assertEqual(conn.reply().status, 100)
        conn.send("1\r\nx\r\n0\r\n\r\n")
        self.assertTrue(conn.reply().body.endswith(b" 1\nx"))

        self.check_refused(POST + "Expect: tea\r\n\r\n", 417)
        self.check_refused(POST + "Content-Length: 70000\r\n"
                           "Expect: 100-continue\r\n\r\n", 413)

    def test_a_body_is_taken_up_to_its_bound(self):
        body = "b" * 65536
        reply = self.ask(POST + f"Content-Length: {len(body)}\r\n\r\n" + body)
        self.assertEqual(len(reply.body),
                         len(b"POST /a /a q=- 65536\n") + 65536)

        # The answer is not lost in what is still on its way.
        body += "b"
        self.check_refused(
            POST + f"Content-Length: {len(body)}\r\n\r\n" + body, 413)
        half = f"8000\r\n{'c' * 0x8000}\r\n"
        self.check_refused(POST + "Transfer-Encoding: chunked\r\n\r\n" +
                           half * 3 + "0\r\n\r\n", 413)

    def test_head_is_get_without_a_body(self):
        self.make_file("f", 1000)
        for path in ("/a", "/file/f", "/empty", "/file/none", "/post"):
            conn = self.connect()
            conn.send(f"HEAD {path} HTTP/1.1\r\n{HOST}\r\n")
            head = conn.reply("HEAD")
            # Nothing stands between it and the next answer.
            conn.send(f"GET {path} HTTP/1.1\r\n{HOST}\r\n")
            get = conn.reply()
            self.assertEqual(head.status, get.status)
            del head.headers["date"], get.headers["date"]
            if path == "/a":
                get.headers["content-length"] = str(len(get.body) + 1)
            self.assertEqual(head.headers, get.headers, path)

    def test_what_is_not_allowed_says_what_is(self):
        reply = self.get("/post")
        self.assertEqual(reply.status, 405)
        self.assertEqual(reply.headers["allow"], "POST")
        self.make_file("f", 10)
        reply = self.get("/file/f", method="DELETE")
        self.assertEqual(reply.status, 405)
        self.assertEqual(reply.headers["allow"], "GET, HEAD")

    def test_an_answer_without_content_has_none(self):
        reply = self.get("/empty")
        self.assertEqual(reply.status, 204)
        for name in ("content-length", "content-type", "transfer-encoding"):
            self.assertNotIn(name, reply.headers)


class Files(WithServer):
    def setUp(self):
        super().setUp()
        self.content = bytes(range(256)) * 4 + b"end"
        (self.server.dir / "f").write_bytes(self.content)
        (self.server.dir / "empty").touch()

    def check_range(self, header, first, last):
        reply = self.get("/file/f", f"Range: {header}")
        self.assertEqual(reply.status, 206, header)
        self.assertEqual(reply.body, self.content[first:last + 1])
        self.assertEqual(reply.headers["content-range"],
                         f"bytes {first}-{last}/{len(self.content)}")

    def test_a_file_is_served_whole(self):
        reply = self.get("/file/f")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.body, self.content)
        self.assertEqual(reply.headers["etag"], '"f"')
        self.assertEqual(reply.headers["accept-ranges"], "bytes")
        self.assertEqual(self.get("/file/empty").body, b"")
        self.assertEqual(self.get("/file/").status, 404)

    def test_a_range_is_served(self):
        end = len(self.content) - 1
        self.check_range("bytes=0-0", 0, 0)
        self.check_range("bytes=1-99", 1, 99)
        self.check_range("bytes=1000-", 1000, end)
        self.check_range("bytes=-3", end - 2, end)
        self.check_range("bytes=1000-99999", 1000, end)
        self.check_range("bytes=-99999", 0, end)

    def test_a_range_that_is_no_single_one_is_ignored(self):
        for header in ("bytes=0-1,5-6", "bytes=5-2", "bytes=x-y", "lines=0-1",
                       "bytes=-", "bytes=99999999999999999999-"):
            reply = self.get("/file/f", f"Range: {header}")
            self.assertEqual(reply.status, 200, header)
            self.assertEqual(reply.body, self.content)

    def test_a_range_that_the_file_has_not_is_416(self):
        size = len(self.content)
        for name, header in (("f", f"bytes={size}-"), ("f", "bytes=-0"),
                             ("empty", "bytes=0-"), ("empty", "bytes=-1")):
            reply = self.get(f"/file/{name}", f"Range: {header}")
            self.assertEqual(reply.status, 416, header)
            self.assertEqual(reply.headers["content-range"],
                             f"bytes */{size if name == 'f' else 0}")
            self.assertEqual(reply.body, b"")

    def test_a_range_holds_for_the_same_file_only(self):
        for tag, status in (('"f"', 206), ('"g"', 200), ('W/"f"', 200),
                            ("Sat, 29 Oct 1994 19:43:31 GMT", 200)):
            reply = self.get("/file/f", "Range: bytes=0-9", f"If-Range: {tag}")
            self.assertEqual(reply.status, status, tag)

    def test_only_get_has_ranges(self):
        reply = self.get("/file/f", "Range: bytes=0-9", method="HEAD")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.headers["content-length"],
                         str(len(self.content)))

    def test_what_the_client_has_is_not_sent_again(self):
        for tags in ('"f"', 'W/"f"', '"a", "f"', "*"):
            reply = self.get("/file/f", f"If-None-Match: {tags}",
                             "Range: bytes=0-1")
            self.assertEqual(reply.status, 304, tags)
            self.assertEqual(reply.headers["etag"], '"f"')
            self.assertNotIn("content-length", reply.headers)
        for tags in ('"g"', "f", '"f', '"ff"'):
            reply = self.get("/file/f", f"If-None-Match: {tags}")
            self.assertEqual(reply.status, 200, tags)

    def test_how_much_left_is_told(self):
        self.get("/file/f", "Range: bytes=1-10")
        self.server.has_told("sent 10 of 10")
        self.make_file("large", 64 * MIB)
        conn = self.connect(buffer=65536)
        conn.send("GET /file/large HTTP/1.1\r\n" + HOST + "\r\n")
        conn.take(100000)
        conn.close()

        def cut():
            for line in self.server.stats():
                words = line.split()
                if words[:1] == ["sent"] and words[3] == str(64 * MIB):
                    return int(words[1])
            return None

        # And not what was still in the system's buffers.
        self.assertTrue(100000 - 1000 < until(cut, "sent") < MIB)

    def test_a_large_file_is_not_taken_into_memory(self):
        self.make_file("large", 512 * MIB)
        self.get("/file/f")
        before = self.server.memory()
        most = 0
        conn = self.connect()
        conn.send("GET /file/large HTTP/1.1\r\n" + HOST + "\r\n")
        status, headers = conn.head()
        self.assertEqual(int(headers["content-length"]), 512 * MIB)
        for block in range(512):
            self.assertEqual(conn.take(MIB)[:8], block.to_bytes(8, "big"))
            if block % 64 == 0:
                most = max(most, self.server.memory())

        self.assertLess(most - before, 16 * MIB)
        conn.send(GET + "\r\n")
        self.assertEqual(conn.reply().status, 200)

    def test_readers_of_a_large_file_take_turns(self):
        self.make_file("large", 64 * MIB)
        slow = [self.connect(buffer=65536) for _ in range(10)]
        for conn in slow:
            conn.send("GET /file/large HTTP/1.1\r\n" + HOST + "\r\n")
        for conn in slow:
            conn.take(1000)

        self.assertEqual(self.get("/a").status, 200)
        for conn in slow:
            conn.close()
        until(lambda: self.server.n_descriptors() < 20, "files closed")

    def test_a_file_that_is_cut_ends_its_answer_only(self):
        path = self.make_file("large", 64 * MIB)
        conn = self.connect(buffer=65536)
        conn.send("GET /file/large HTTP/1.1\r\n" + HOST + "\r\n")
        conn.take(1000)
        os.truncate(path, 2 * MIB)

        self.check_cut(conn)
        self.assertEqual(self.get("/a").status, 200)

    def check_cut(self, conn):
        try:
            self.assertLess(len(conn.rest()), 64 * MIB - 1000)
        except ConnectionResetError:
            pass


class TlsFiles(Files):
    KIND = {"tls": True}

    def test_the_connection_ends_with_a_goodbye(self):
        conn = self.connect()
        conn.send(GET + "Connection: close\r\n\r\n")
        self.assertEqual(conn.reply().status, 200)
        # An end without it would raise here.
        self.assertEqual(conn.socket.recv(1), b"")
        self.assertIn("local 0 tls 1", self.server.stats())

    def check_cut(self, conn):
        with self.assertRaises((ConnectionResetError, ssl.SSLEOFError)):
            conn.rest()


class Sendfile(unittest.TestCase):
    def test_a_plain_file_goes_by_sendfile(self):
        strace = shutil.which("strace")
        can = strace and subprocess.run(
            [strace, "-o", "/dev/null", "true"],
            capture_output=True).returncode == 0
        if not can:
            self.skipTest("no strace")
        directory = pathlib.Path(tempfile.mkdtemp(prefix="tomte-strace."))
        self.addCleanup(shutil.rmtree, directory)
        log = directory / "log"
        server = Server(PROGRAM, asan=":detect_leaks=0", before=(
            strace, "-D", "-o", log, "-e", "trace=sendfile"))
        (server.dir / "f").write_bytes(b"x" * (3 * MIB))

        self.assertEqual(len(server.get("/file/f").body), 3 * MIB)

        self.assertEqual(server.stop(), 0)
        until(lambda: "+++ exited" in log.read_text(), "the log's end")
        calls = log.read_text().split("\n")
        sent = sum(int(line.rsplit("= ", 1)[1]) for line in calls
                   if line.startswith("sendfile") and "= -1" not in line)
        self.assertEqual(sent, 3 * MIB)


class Slow(WithServer):
    OPTIONS = ("--idle", "1")

    def test_an_idle_connection_is_closed(self):
        conn = self.connect()
        conn.send(GET + "\r\n")
        self.assertEqual(conn.reply().status, 200)
        self.assertTrue(conn.ended())
        self.assertTrue(self.connect().ended())

    def test_a_trickle_of_a_head_is_closed(self):
        conn = self.connect()
        conn.send("GET / HTTP/1.1\r\nA: ")

        def is_cut():
            # Never idle for as long as the server would wait.
            try:
                conn.send("b")
            except OSError:
                return True
            return False

        until(is_cut, "cut")

    def test_a_body_that_stops_is_closed(self):
        conn = self.connect()
        conn.send(POST + "Content-Length: 100\r\n\r\nabc")
        self.assertTrue(conn.ended())

    def test_a_late_answer_is_no_idleness(self):
        self.assertEqual(self.get("/late?ms=1500").body, b"late 1500")

    def test_a_reader_that_stops_is_closed(self):
        self.make_file("large", 64 * MIB)
        conn = self.connect(buffer=65536)
        conn.send("GET /file/large HTTP/1.1\r\n" + HOST + "\r\n")
        until(lambda: any(line.startswith("sent ")
                          for line in self.server.stats()), "given up")


class TlsSlow(Slow):
    KIND = {"tls": True}

    def test_a_handshake_that_stalls_is_closed(self):
        for begin in (b"", b"\x16\x03\x01\x02\x00\x01"):
            with socket.create_connection(("127.0.0.1",
                                           self.server.port)) as client:
                client.settimeout(15)
                client.sendall(begin)
                self.assertEqual(client.recv(1), b"")

    def test_what_is_no_tls_is_closed(self):
        with socket.create_connection(("127.0.0.1",
                                       self.server.port)) as client:
            client.settimeout(15)
            client.sendall((GET + "\r\n").encode())
            try:
                client.shutdown(socket.SHUT_WR)
                while client.recv(1000):
                    pass
            except OSError as error:
                # It may be closed before we are: that is what is wanted.
                self.assertNotIsInstance(error, socket.timeout)
        self.assertEqual(self.get("/a").status, 200)


class TlsFailures(WithServer):
    KIND = {"tls": True}

    def failures(self):
        return [line for line in self.server.stats()
                if line.startswith("tls-failed")]

    def shake(self, context):
        with socket.create_connection(("127.0.0.1",
                                       self.server.port)) as client:
            client.settimeout(15)
            with self.assertRaises(ssl.SSLError):
                context.wrap_socket(client, server_hostname="127.0.0.1")

    def test_a_client_says_why_it_does_not_trust(self):
        self.shake(ssl.create_default_context())

        until(self.failures, "told")
        self.assertEqual(self.failures(), [
            "tls-failed 127.0.0.1 the client says: unknown CA"])

    def test_a_client_of_old_is_refused(self):
        context = ssl.create_default_context(cafile=self.server.tls[1])
        context.set_ciphers("AES128-SHA256")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.shake(context)

        until(self.failures, "told")
        self.assertIn("tls-failed 127.0.0.1 refused: handshake failure",
                      self.failures())

    def test_a_client_that_leaves_in_the_middle_is_told_of(self):
        with socket.create_connection(("127.0.0.1",
                                       self.server.port)) as client:
            client.sendall(b"\x16\x03\x01\x02\x00\x01")

        until(self.failures, "told")
        self.assertEqual(self.failures(),
                         ["tls-failed 127.0.0.1 it broke off"])

    def test_a_look_at_the_port_and_a_good_end_are_no_failures(self):
        socket.create_connection(("127.0.0.1", self.server.port)).close()
        for _ in range(3):
            self.assertEqual(self.get("/a").status, 200)

        self.assertEqual(self.failures(), [])


class Leaving(WithServer):
    OPTIONS = ("--stream", "1000000")

    def test_a_stream_comes_in_pieces(self):
        conn = self.connect()
        conn.send("GET /ticks?n=5 HTTP/1.1\r\n" + HOST + "\r\n")
        status, headers = conn.head()
        self.assertEqual(headers["transfer-encoding"], "chunked")
        for _ in range(5):
            self.assertEqual(conn.chunk(), b"tick\n")
        self.assertEqual(conn.chunk(), b"")
        conn.send(GET + "\r\n")
        self.assertEqual(conn.reply().status, 200)

    def test_a_client_that_leaves_a_stream_is_told(self):
        conn = self.connect()
        conn.send("GET /ticks?n=100000 HTTP/1.1\r\n" + HOST + "\r\n")
        conn.head()
        conn.chunk()
        conn.close()
        self.server.has_told("gone /ticks")

    def test_so_is_one_that_leaves_while_nothing_is_sent(self):
        for path in ("/quiet", "/wait"):
            conn = self.connect()
            conn.send(f"GET {path} HTTP/1.1\r\n{HOST}\r\n")
            if path == "/quiet":
                conn.head()
            self.server.has_told("open 1")
            conn.close()
            self.server.has_told(f"gone {path}")

    def test_many_may_leave_at_once(self):
        conns = [self.connect() for _ in range(200)]
        for conn in conns:
            conn.send("GET /wait HTTP/1.1\r\n" + HOST + "\r\n")
        self.server.has_told("open 200")
        for conn in conns:
            conn.close()
        self.server.has_told("open 0")

    def test_a_reset_is_an_end_too(self):
        conn = self.connect()
        conn.send("GET /wait HTTP/1.1\r\n" + HOST + "\r\n")
        self.server.has_told("open 1")
        conn.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               b"\1\0\0\0\0\0\0\0")
        conn.close()
        self.server.has_told("gone /wait")

    def test_what_follows_a_waiting_request_does_not_hide_the_end(self):
        conn = self.connect()
        conn.send("GET /wait HTTP/1.1\r\n" + HOST + "\r\n")
        self.server.has_told("open 1")
        conn.send(GET + "\r\n")
        conn.close()
        self.server.has_told("gone /wait")

    def test_a_reader_that_stalls_is_cut_off(self):
        conn = self.connect(buffer=65536)
        before = self.server.memory()
        conn.send("GET /flood HTTP/1.1\r\n" + HOST + "\r\n")
        conn.head()

        self.server.has_told("cut")
        self.assertIn("gone /flood", self.server.stats())
        self.assertLess(self.server.memory() - before, 16 * MIB)

    def test_clients_that_do_what_they_like_break_nothing(self):
        self.make_file("large", 8 * MIB)
        dice = random.Random(7)
        parts = [GET + "\r\n", POST + "Content-Length: 3\r\n\r\nabc",
                 POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
                 "0\r\n\r\n", "bad\r\n", "GET / HT", "\r\n",
                 POST + f"Content-Length: 99999\r\n\r\n{'b' * 9000}"]
        parts += [f"GET {path} HTTP/1.{minor}\r\n{HOST}\r\n"
                  for path in ("/wait", "/quiet", "/ticks?n=3", "/flood",
                               "/late?ms=20", "/file/large", "/..")
                  for minor in (0, 1)]
        conns = []
        for _ in range(400):
            if len(conns) < 30:
                conns.append(self.connect(buffer=65536))
            conn = dice.choice(conns)
            try:
                conn.send("".join(dice.choices(parts, k=dice.randint(1, 3))))
                conn.socket.settimeout(0.002)
                conn.socket.recv(dice.choice((1, 100, 100000)))
                conn.socket.settimeout(15)
                end = dice.random() < 0.2
            except OSError:
                end = dice.random() < 0.5
            if end:
                if dice.random() < 0.3:
                    conn.socket.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")
                conn.close()
                conns.remove(conn)

        self.assertEqual(self.get("/a").status, 200)
        # What is left is open when the server ends.

    def test_it_ends_with_requests_open(self):
        for path in ("/wait", "/quiet", "/ticks?n=100000", "/late?ms=60000"):
            self.connect().send(f"GET {path} HTTP/1.1\r\n{HOST}\r\n")
        self.connect().send("GET / HT")
        self.connect().send(POST + "Content-Length: 10\r\n\r\nabc")
        self.connect().send("bad\r\n")
        self.connect()
        self.server.has_told("open 4")
        # tearDown asks for a clean end.


class TlsLeaving(Leaving):
    KIND = {"tls": True}


class Many(WithServer):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 4000:
            self.skipTest("too few descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (4000, hard))
        super().setUp()

    def test_a_thousand_connections_cost_little(self):
        self.get("/a")
        before = self.server.memory()
        conns = [self.connect() for _ in range(1000)]
        for conn in conns[:500]:
            conn.send("GET / HTTP/1.1\r\nHost")
        until(lambda: self.server.n_descriptors() > 1000, "accepted")

        self.assertEqual(self.get("/a").status, 200)
        self.assertLess(self.server.memory() - before, 48 * MIB)
        for conn in conns:
            conn.close()
        until(lambda: self.server.n_descriptors() < 50, "closed")


class Few(WithServer):
    OPTIONS = ("--connections", "5")

    def test_over_the_bound_connections_wait_for_a_place(self):
        held = [self.connect() for _ in range(5)]
        for conn in held:
            conn.send(GET + "\r\n")
            self.assertEqual(conn.reply().status, 200)
        waiting = self.connect(timeout=0.3)
        waiting.send(GET + "\r\n")
        with self.assertRaises(TimeoutError):
            waiting.reply()

        held[0].close()
        waiting.socket.settimeout(15)
        self.assertEqual(waiting.reply().status, 200)
        waiting.close()


class NoDescriptors(unittest.TestCase):
    def test_without_descriptors_it_waits_and_goes_on(self):
        server = Server(PROGRAM)
        limit = server.n_descriptors() + 10
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE,
                         (limit, limit))
        conns = [server.connect() for _ in range(30)]
        until(lambda: server.n_descriptors() >= limit, "all in use")
        began = self.cpu(server)
        answered = 0
        for conn in conns:
            conn.socket.settimeout(2)
            try:
                conn.send(GET + "\r\n")
                answered += conn.reply().status == 200
            except TimeoutError:
                break
        # It did not spin on what it could not accept.
        self.assertLess(self.cpu(server) - began, 1)
        self.assertTrue(5 <= answered <= 10)
        for conn in conns:
            conn.close()

        self.assertEqual(server.get("/a").status, 200)
        self.assertEqual(server.stop(), 0)

    @staticmethod
    def cpu(server):
        stat = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text()
        fields = stat.rsplit(")", 1)[1].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return (int(fields[11]) + int(fields[12])) / ticks


class Unix(WithServer):
    KIND = {"unix": True}

    def test_a_unix_socket_is_served_by_its_owner_only(self):
        mode = os.stat(self.server.unix).st_mode
        self.assertEqual(mode & 0o777, 0o600)
        self.assertEqual(self.get("/a").status, 200)
        self.assertIn("local 1 tls 0", self.server.stats())
        self.assertIn("peer ", self.server.stats())
        self.assertIn("at 0.0.0.0", self.server.stats())

    def test_a_client_that_leaves_it_is_told(self):
        conn = self.connect()
        conn.send("GET /wait HTTP/1.1\r\n" + HOST + "\r\n")
        self.server.has_told("open 1")
        conn.close()
        self.server.has_told("gone /wait")


class UnixPath(unittest.TestCase):
    def setUp(self):
        self.first = Server(PROGRAM, unix=True)

    def start(self, path):
        return subprocess.run([PROGRAM, self.first.dir, "--unix", path],
                              capture_output=True, text=True, timeout=30)

    def test_a_socket_in_use_and_a_file_are_left_alone(self):
        file = self.first.dir / "file"
        file.write_text("precious")

        self.assertIn("serves", self.start(self.first.unix).stderr)
        self.assertIn("no socket", self.start(file).stderr)

        self.assertEqual(file.read_text(), "precious")
        self.assertEqual(self.first.get("/a").status, 200)
        self.assertEqual(self.first.stop(), 0)

    def test_a_stale_socket_is_replaced(self):
        stale = self.first.dir / "stale"
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(stale))
        second = Server(PROGRAM)
        second.unix = str(stale)
        process = subprocess.Popen(
            [PROGRAM, self.first.dir, "--unix", stale],
            stdout=subprocess.PIPE)
        process.stdout.readline()

        self.assertEqual(second.get("/a").status, 200)
        process.terminate()
        self.assertEqual(process.wait(30), 0)
        self.assertFalse(stale.exists())
        process.stdout.close()
        self.assertEqual(second.stop(), 0)
        self.assertEqual(self.first.stop(), 0)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
