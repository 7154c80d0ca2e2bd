#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TFTP against curl and atftp, and against clients that misbehave.

usage: test_tftp.py BOOT_SERVER [NAME...]
"""
import random
import socket
import struct
import subprocess
import sys
import unittest

import rig

SERVER = ""
HOST = "127.0.0.1"
FILE = random.Random(1).randbytes(850_123)
WRAPPED = random.Random(2).randbytes(34_000_000)  # 66,407 blocks of 512


def rrq(name, **options):
    words = [name, "octet"]
    for option, value in options.items():
        words += [option, str(value)]
    return b"\0\1" + b"".join(word.encode() + b"\0" for word in words)


class Client:
    """A socket that speaks as it is told."""

    def __init__(self, address=HOST):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(rig.PATIENCE)

    def send(self, packet):
        self.socket.sendto(packet, (HOST, 69))

    def get(self):
        packet, sender = self.socket.recvfrom(65536)
        assert sender == (HOST, 69), sender
        return packet

    def close(self):
        self.socket.close()


class Tftp(unittest.TestCase):
    def setUp(self):
        self.server = rig.Server(SERVER, HOST)
        self.server.write("ipxe/one.efi", FILE)
        self.server.write("ipxe/full.efi", FILE[:1024])
        self.server.write("ipxe/empty.efi", b"")
        self.server.write("secret", b"secret")
        self.server.start()
        self.out = self.server.folder / "out"

    def tearDown(self):
        self.server.close()

    def curl(self, url, *options, check=True):
        return rig.run("curl", "-sS", "--path-as-is", "-o", self.out,
                       *options, f"tftp://{HOST}/{url}", check=check)

    def atftp(self, name, *options):
        done = rig.run("atftp", *options, "-g", "-r", name, "-l", self.out,
                       HOST, cwd=self.server.folder)
        self.assertNotIn("rror", done.stdout)

    def got(self, content):
        self.assertEqual(self.out.read_bytes(), content)
        return self.server.event("tftp", f"{len(content)} of {len(content)}")

    def test_curl_gets_a_file_with_each_block_size(self):
        for options in (["--tftp-no-options"], ["--tftp-blksize", "512"],
                        ["--tftp-blksize", "1468"],
                        ["--tftp-blksize", "65464"]):
            self.curl("one.efi", *options)
            event = self.got(FILE)
            self.assertEqual(event["ip"], HOST)
            self.assertEqual(event["text"],
                             "TFTP one.efi: 850123 of 850123 bytes")

    def test_full_and_empty_last_blocks_end_a_file(self):
        self.curl("full.efi", "--tftp-blksize", "512")
        self.got(FILE[:1024])
        self.curl("full.efi", "--tftp-no-options")
        self.got(FILE[:1024])
        self.atftp("full.efi", "--option", "blksize 1024")
        self.got(FILE[:1024])
        self.atftp("empty.efi")
        self.got(b"")

    def test_atftp_gets_it_in_windows(self):
        for window in (1, 4, 16, 64):
            self.atftp("one.efi", "--option", f"windowsize {window}",
                       "--option", "blksize 1468", "--option", "tsize 0")
            self.got(FILE)

    def test_options_are_granted_as_asked_or_smaller(self):
        client = Client()
        client.send(rrq("one.efi", tsize=0, blksize=1468, windowsize=4))
        self.assertEqual(client.get(), b"\0\6tsize\0" b"850123\0blksize\0"
                         b"1468\0windowsize\0" b"4\0")
        client.send(rrq("one.efi", blksize=9000, windowsize=1000, timeout=1))
        self.assertEqual(client.get(), b"\0\6blksize\0" b"1468\0windowsize\0"
                         b"32\0")
        client.close()

    def test_block_numbers_wrap_in_a_long_file(self):
        self.server.write("ipxe/long.img", WRAPPED)
        self.atftp("long.img", "--option", "blksize 512",
                   "--option", "windowsize 32")
        self.got(WRAPPED)

    def test_block_numbers_wrap_without_a_window(self):
        content = WRAPPED[:600_000]
        self.server.write("ipxe/long.img", content)
        self.curl("long.img", "--tftp-blksize", "8")
        self.got(content)

    def test_a_client_that_dies_is_given_up_and_leaves_nothing(self):
        self.server.write("ipxe/long.img", WRAPPED)
        before = self.server.descriptors()
        curl = subprocess.Popen(["curl", "-s", "-o", self.out,
                                 "--tftp-no-options",
                                 f"tftp://{HOST}/long.img"])
        rig.until(lambda: self.server.descriptors() > before, "a transfer")
        curl.kill()
        curl.wait()

        event = self.server.event("tftp-failed", "the client fell silent")
        self.assertIn("long.img", event["text"])
        self.assertEqual(self.server.descriptors(), before)

    def test_the_size_probe_of_firmware_is_no_failure(self):
        client = Client()
        client.send(rrq("one.efi", tsize=0, blksize=1468, windowsize=4))
        self.assertEqual(client.get()[:2], b"\0\6")
        client.send(b"\0\5\0\0User aborted the transfer\0")
        client.close()

        self.atftp("one.efi", "--option", "blksize 1468")
        self.got(FILE)
        self.assertEqual(self.server.events(), [])

    def test_many_clients_are_served_at_once(self):
        clients = [subprocess.Popen(
            ["curl", "-sS", "-o", self.server.folder / f"out.{i}",
             "--interface", f"127.0.0.{i}", "--tftp-blksize", "1468",
             f"tftp://{HOST}/one.efi"]) for i in range(2, 34)]

        for i, client in enumerate(clients, 2):
            self.assertEqual(client.wait(60), 0)
            self.assertEqual(
                (self.server.folder / f"out.{i}").read_bytes(), FILE)
        seen = {self.server.event("tftp", "one.efi")["ip"] for _ in clients}
        self.assertEqual(seen, {f"127.0.0.{i}" for i in range(2, 34)})

    def test_a_folder_before_the_name_is_passed_over(self):
        self.curl("boot/x86/one.efi")
        self.got(FILE)
        self.curl("/one.efi")
        self.got(FILE)

    def test_no_name_leads_out_of_the_folder(self):
        for name in ("../secret", "../../etc/passwd", "/etc/passwd",
                     "x/../../secret", "..%2fsecret", "..", ".", "ipxe/..",
                     "..%5csecret"):
            done = self.curl(name, check=False)
            self.assertEqual(done.returncode, 68, name)  # not found
            self.server.event("tftp-failed", "no such file")
        self.assertFalse(self.out.exists() and self.out.read_bytes())

    def test_what_is_not_there_is_told_at_once(self):
        done = self.curl("none.efi", check=False)

        self.assertEqual(done.returncode, 68, done.stdout)
        event = self.server.event("tftp-failed")
        self.assertEqual(event["text"], "TFTP none.efi: no such file")

    def test_names_that_do_not_print_do_no_harm(self):
        client = Client()
        client.send(b"\0\1a\n\xff\xc3\xa9\0octet\0")

        self.assertEqual(client.get()[:4], b"\0\5\0\1")
        event = self.server.event("tftp-failed")
        self.assertEqual(event["text"], "TFTP a????: no such file")
        client.close()

    def test_nothing_can_be_written(self):
        (self.server.folder / "mine").write_bytes(b"mine")
        done = self.curl("new.efi", "-T", self.server.folder / "mine",
                         check=False)

        self.assertEqual(done.returncode, 69, done.stdout)  # permission
        self.assertFalse((self.server.folder / "ipxe/new.efi").exists())
        self.server.event("tftp-failed", "only read")

    def test_one_address_has_eight_transfers_at_most(self):
        clients = [Client() for _ in range(9)]
        for client in clients[:8]:
            client.send(rrq("one.efi", blksize=512))
            self.assertEqual(client.get()[:2], b"\0\6")
        clients[8].send(rrq("one.efi", blksize=512))

        self.assertEqual(clients[8].get()[:4], b"\0\5\0\0")
        self.server.event("tftp-failed", "too many transfers")
        other = Client("127.0.0.2")
        other.send(rrq("one.efi", blksize=512))
        self.assertEqual(other.get()[:2], b"\0\6")
        for client in clients + [other]:
            client.close()

    def test_the_same_request_again_begins_anew(self):
        client = Client()
        before = self.server.descriptors()
        for _ in range(20):
            client.send(rrq("one.efi"))
            self.assertEqual(client.get(), b"\0\3\0\1" + FILE[:512])
        self.assertEqual(self.server.descriptors(), before + 1)
        client.close()

    def test_a_flood_of_bad_requests_is_not_answered_one_by_one(self):
        client = Client()
        for i in range(1000):
            client.send(rrq("none.efi"))
        client.send(rrq("one.efi"))

        answers = []
        while not answers or answers[-1][:2] == b"\0\5":
            answers.append(client.get())
        self.assertEqual(answers[-1], b"\0\3\0\1" + FILE[:512])
        self.assertLess(len(answers), 900)
        client.close()

    def test_a_duplicate_acknowledgement_sends_nothing(self):
        client = Client()
        client.send(rrq("one.efi"))
        client.get()
        client.send(b"\0\4\0\1")
        client.send(b"\0\4\0\1")
        client.send(b"\0\4\0\1")
        self.assertEqual(client.get()[:4], b"\0\3\0\2")
        client.send(b"\0\4\0\2")
        self.assertEqual(client.get()[:4], b"\0\3\0\3")
        client.close()

    def test_a_file_cut_while_it_is_served_ends_at_once(self):
        client = Client()
        client.send(rrq("one.efi"))
        client.get()
        self.server.write("ipxe/one.efi", b"")
        client.send(b"\0\4\0\1")

        self.assertEqual(client.get()[:4], b"\0\5\0\0")
        self.server.event("tftp-failed", "was cut")
        client.close()

    def test_rubbish_is_dropped(self):
        client = Client()
        source = random.Random(3)
        for size in range(200):
            client.send(source.randbytes(size))
        client.send(struct.pack("!HH", 4, 9))
        client.send(struct.pack("!HH", 5, 9))
        client.close()

        self.atftp("one.efi")
        self.got(FILE)


if __name__ == "__main__":
    rig.need("curl", "atftp")
    rig.enter()
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
