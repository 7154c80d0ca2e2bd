#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boot files, scripts and configurations over HTTP, by curl and cpio.

usage: test_http.py BOOT_SERVER [NAME...]
"""
import http.client
import json
import os
import random
import re
import resource
import subprocess
import sys
import unittest

import rig

SERVER = ""
HOST = "127.0.0.1"
ITS = "127.0.0.9"  # the machine's address
MAC = "52:54:00:00:00:09"
FILE = random.Random(1).randbytes(850_123)
BIG = 1 << 30


class Answer:
    def __init__(self, text):
        head = text.strip().split("\n\n")[-1].splitlines()
        self.status = int(head[0].split()[1])
        self.headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()


class Http(unittest.TestCase):
    def setUp(self):
        self.server = rig.Server(SERVER, HOST)
        self.server.inventory["machines"] = [
            {"name": "r1n01", "mac": MAC, "ip": ITS}]
        self.server.write("ipxe/one.efi", FILE)
        self.server.write("secret", b"secret")
        self.server.start()
        self.folder = self.server.folder
        self.out = self.folder / "out"

    def tearDown(self):
        self.server.close()

    def curl(self, path, *options, by=ITS):
        """The headers, and what is in self.out."""
        done = rig.run("curl", "-s", "--path-as-is", "-D", "-", "-o",
                       self.out, "--interface", by, *options,
                       self.server.url + path)
        return Answer(done.stdout)

    def text(self, path, *options, status=200, by=ITS):
        answer = self.curl(path, *options, by=by)
        self.assertEqual(answer.status, status, self.out.read_text())
        return self.out.read_text()

    def nothing_seen(self):
        # an event of later shows that there was none before
        self.curl("/ipxe/last.efi")
        self.server.event("file-cut", "last.efi")
        self.assertEqual(self.server.events(), [])

    def test_a_file_is_asked_for_and_then_fetched(self):
        """As UEFI's HTTP boot does, over one connection."""
        connection = http.client.HTTPConnection(
            HOST, 7080, source_address=(ITS, 0))
        headers = {"Host": HOST, "User-Agent": "UefiHttpBoot/1.0"}
        connection.request("HEAD", "//ipxe/one.efi", headers=headers)
        head = connection.getresponse()
        head.read()
        port = connection.sock.getsockname()
        connection.request("GET", "//ipxe/one.efi", headers=headers)
        answer = connection.getresponse()

        self.assertEqual((head.status, answer.status), (200, 200))
        self.assertEqual(head.getheader("Content-Length"), "850123")
        self.assertEqual(head.getheader("Content-Type"), "application/efi")
        self.assertEqual(answer.getheader("Content-Length"), "850123")
        self.assertEqual(answer.read(), FILE)
        self.assertEqual(connection.sock.getsockname(), port)
        connection.close()
        event = self.server.event("file")
        self.assertRegex(event["text"], r"^HTTP /ipxe/one\.efi: 850123 "
                         r"bytes in \d+\.\d{3}s$")
        self.assertEqual((event["mac"], event["ip"]), (MAC, ITS))
        self.nothing_seen()

    def test_each_folder_is_served_with_its_types(self):
        for path, kind in {"hook/vmlinuz-x86_64": "application/octet-stream",
                           "images/debian.img.zst": "application/zstd",
                           "images/debian.iso": "application/vnd.efi-iso",
                           "ipxe/sub/a.json": "application/json"}.items():
            (self.folder / path).parent.mkdir(exist_ok=True)
            self.server.write(path, path.encode())
            answer = self.curl("/" + path)
            self.assertEqual(answer.headers["content-type"], kind)
            self.assertEqual(self.out.read_bytes(), path.encode())

    def test_ranges_are_served(self):
        for asked, first, last in (("0-0", 0, 0), ("100-299", 100, 299),
                                   ("850000-", 850000, 850122),
                                   ("-23", 850100, 850122),
                                   ("850000-999999999", 850000, 850122)):
            answer = self.curl("/ipxe/one.efi", "-r", asked)
            self.assertEqual(answer.status, 206, asked)
            self.assertEqual(answer.headers["content-range"],
                             f"bytes {first}-{last}/850123")
            self.assertEqual(self.out.read_bytes(), FILE[first:last + 1])
            event = self.server.event("file")
            self.assertEqual(event["text"],
                             "HTTP /ipxe/one.efi: parts of it")

    def test_a_range_behind_the_end_is_refused(self):
        answer = self.curl("/ipxe/one.efi", "-r", "850123-")

        self.assertEqual(answer.status, 416)
        self.assertEqual(answer.headers["content-range"], "bytes */850123")
        self.nothing_seen()

    def test_several_ranges_are_the_whole_file(self):
        answer = self.curl("/ipxe/one.efi", "-r", "0-1,5-6")

        self.assertEqual(answer.status, 200)
        self.assertEqual(self.out.read_bytes(), FILE)

    def test_curl_goes_on_where_it_was_cut(self):
        self.out.write_bytes(FILE[:400_000])
        rig.run("curl", "-s", "-C", "-", "-o", self.out,
                self.server.url + "/ipxe/one.efi")

        self.assertEqual(self.out.read_bytes(), FILE)

    def test_an_etag_names_the_content(self):
        tag = self.curl("/ipxe/one.efi").headers["etag"]
        again = self.curl("/ipxe/one.efi").headers["etag"]
        same = self.curl("/ipxe/one.efi", "-H", f"If-None-Match: {tag}")
        part = self.curl("/ipxe/one.efi", "-r", "0-9", "-H",
                         f"If-Range: {tag}")
        self.server.write("ipxe/new", FILE[::-1])
        os.rename(self.folder / "ipxe/new", self.folder / "ipxe/one.efi")
        other = self.curl("/ipxe/one.efi", "-H", f"If-None-Match: {tag}")
        whole = self.curl("/ipxe/one.efi", "-r", "0-9", "-H",
                          f"If-Range: {tag}")

        self.assertRegex(tag, r'^"[^"]+"$')
        self.assertEqual(again, tag)
        self.assertEqual(same.status, 304)
        self.assertEqual(part.status, 206)
        self.assertEqual(other.status, 200)
        self.assertNotEqual(other.headers["etag"], tag)
        self.assertEqual(whole.status, 200)
        self.assertEqual(self.out.read_bytes(), FILE[::-1])

    def test_not_modified_is_no_file_fetched(self):
        tag = self.curl("/ipxe/one.efi", "-I").headers["etag"]
        answer = self.curl("/ipxe/one.efi", "-H", f"If-None-Match: {tag}")

        self.assertEqual(answer.status, 304)
        self.nothing_seen()

    def memory_kb(self):
        with open(f"/proc/{self.server.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)",
                                 status.read()).group(1))

    def test_a_big_file_takes_no_memory(self):
        with open(self.folder / "images/big.img", "wb") as file:
            file.truncate(BIG)
        before = self.memory_kb()
        curl = subprocess.Popen(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{size_download}",
             "--interface", ITS, self.server.url + "/images/big.img"],
            stdout=subprocess.PIPE, text=True)
        most = before
        while curl.poll() is None:
            most = max(most, self.memory_kb())

        self.assertEqual(curl.communicate()[0], str(BIG))
        self.assertLess(most - before, 64 * 1024)
        self.server.event("file", f"{BIG} bytes")

    def test_a_client_that_leaves_is_told_of(self):
        with open(self.folder / "images/big.img", "wb") as file:
            file.truncate(BIG)
        before = self.server.descriptors()
        rig.run("curl", "-s", "-o", "/dev/null", "--interface", ITS,
                "--limit-rate", "1M", "--max-time", "1",
                self.server.url + "/images/big.img", check=False)

        event = self.server.event("file-cut")
        self.assertRegex(event["text"], r"^HTTP /images/big\.img broke off "
                         rf"at \d+ % \(\d+ of {BIG} bytes\)$")
        rig.until(lambda: self.server.descriptors() == before, "closed")

    def test_many_clients_are_served_at_once(self):
        clients = [subprocess.Popen(
            ["curl", "-s", "-o", self.folder / f"out.{i}",
             self.server.url + "/ipxe/one.efi"]) for i in range(32)]

        for i, client in enumerate(clients):
            self.assertEqual(client.wait(60), 0)
            self.assertEqual((self.folder / f"out.{i}").read_bytes(), FILE)

    def test_what_is_not_there_is_told_to_the_machine_waiting(self):
        answer = self.curl("/hook/vmlinuz-riscv64")

        self.assertEqual(answer.status, 404)
        event = self.server.event("file-cut")
        self.assertEqual(event["text"], "HTTP /hook/vmlinuz-riscv64: 404, "
                         "no such file")
        self.assertEqual(event["mac"], MAC)

    def test_what_strangers_fetch_is_no_event(self):
        self.assertEqual(self.curl("/ipxe/one.efi", by=HOST).status, 200)
        self.assertEqual(self.curl("/ipxe/none.efi", by=HOST).status, 404)
        self.nothing_seen()

    def test_no_path_leads_out_of_the_folders(self):
        for path in ("/ipxe/../secret", "/ipxe/%2e%2e/secret",
                     "/ipxe/..%2fsecret", "/ipxe/x/../../secret",
                     "/ipxe//../secret", "/ipxe/%252e%252e/secret",
                     "/ipxe/..\\secret", "/ipxe//etc/passwd",
                     "/ipxe/%2fetc/passwd", "/ipxe/.", "/ipxe/", "/ipxe",
                     "/secret", "/ipxe/one.efi%00", "/inventory.json"):
            answer = self.curl(path)
            self.assertIn(answer.status, (400, 404), path)
            self.assertNotIn(b"secret\n", self.out.read_bytes(), path)
            self.assertNotIn(b"root:", self.out.read_bytes(), path)

    def test_files_are_only_read(self):
        for method in "POST", "PUT", "DELETE":
            answer = self.curl("/ipxe/one.efi", "-X", method, "-d", "x")
            self.assertEqual(answer.status, 405)
            self.assertEqual(answer.headers["allow"], "GET, HEAD")
        self.assertEqual((self.folder / "ipxe/one.efi").read_bytes(), FILE)
        self.nothing_seen()

    def test_ipxe_gets_the_script_of_its_machine(self):
        script = self.text(f"/boot/{MAC}/auto.ipxe", "-H", "Host: lies")

        self.assertTrue(script.startswith("#!ipxe\n"), script)
        self.assertIn("echo tomte: r1n01 boots from the network\n", script)
        for path in "hook/vmlinuz-x86_64", "hook/initramfs-x86_64", \
                f"boot/{MAC}/cfg.cpio":
            self.assertIn(f" http://127.0.0.1:7080/{path} ", script)
        event = self.server.event("script")
        self.assertEqual(event["text"], "iPXE fetched its script: boot the "
                         "in-memory OS")
        self.assertEqual(event["mac"], MAC)

    def test_a_mac_may_be_written_as_firmware_does(self):
        for mac in "52-54-00-00-00-09", "525400000009", MAC.upper():
            self.assertIn("r1n01", self.text(f"/boot/{mac}/auto.ipxe"))

    def test_a_machine_to_boot_its_disk_is_told_so(self):
        self.server.inventory["machines"][0].update(netboot=False, uefi=True)
        self.server.reload()

        self.assertIn("\nexit 1\n", self.text(f"/boot/{MAC}/auto.ipxe"))
        self.server.event("script", "boot from the disk")
        self.text(f"/boot/{MAC}/cfg.cpio", status=403)

    def test_a_script_that_others_read_is_no_boot(self):
        self.text(f"/boot/{MAC}/auto.ipxe", by=HOST)
        self.curl(f"/boot/{MAC}/auto.ipxe", "-I")
        self.nothing_seen()

    def test_a_script_that_cannot_be_made_is_an_error(self):
        self.server.inventory["machines"][0]["ipxe_url"] = "http://h/${x}"
        self.server.reload()

        self.text(f"/boot/{MAC}/auto.ipxe", status=500)
        event = self.server.event("script-failed")
        self.assertEqual(event["mac"], MAC)
        self.assertIn("boot script", event["text"])
        self.assertIn(": 500, ", event["text"])
        self.nothing_seen()

    def test_only_machines_of_the_inventory_have_scripts(self):
        for path in ("/boot/52:54:00:00:00:0a/auto.ipxe", "/boot/x/auto.ipxe",
                     "/boot/auto.ipxe", "/boot/", f"/boot/{MAC}/",
                     f"/boot/{MAC}/other", f"/boot/{MAC}/auto.ipxe/x",
                     "/boot/" + "5" * 300 + "/auto.ipxe"):
            self.text(path, status=404)

    def test_cpio_unpacks_the_configuration(self):
        answer = self.curl(f"/boot/{MAC}/cfg.cpio")
        archive = self.out.read_bytes()
        listing = subprocess.run(["cpio", "-t", "--quiet"], input=archive,
                                 capture_output=True, check=True).stdout
        unpacked = self.folder / "unpacked"
        unpacked.mkdir()
        subprocess.run(["cpio", "-i", "--quiet"], input=archive,
                       cwd=unpacked, check=True)

        self.assertEqual(answer.status, 200)
        self.assertEqual(listing, b"cfg\ncfg/config.json\n")
        config = unpacked / "cfg/config.json"
        self.assertEqual(json.loads(config.read_text()),
                         {"machine": "r1n01", "server": HOST, "n": 1})
        self.assertEqual(config.stat().st_mode, 0o100600)
        self.assertEqual((unpacked / "cfg").stat().st_mode, 0o40755)
        self.assertEqual(len(archive) % 4, 0)
        self.assertEqual(self.server.event("config")["mac"], MAC)

    def test_only_the_machine_itself_gets_its_configuration(self):
        for other in HOST, "127.0.0.10":
            self.text(f"/boot/{MAC}/cfg.cpio", by=other, status=403)
            event = self.server.event("config-failed")
            self.assertEqual(event["mac"], MAC)
            self.assertIn(f"for {other}: 403, only for the machine itself",
                          event["text"])
        self.nothing_seen()

    def test_only_a_get_makes_a_new_token(self):
        self.assertEqual(
            self.curl(f"/boot/{MAC}/cfg.cpio", "-I").status, 405)
        answer = self.curl(f"/boot/{MAC}/cfg.cpio", "-d", "x")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["allow"], "GET")
        for n in 1, 2:
            self.curl(f"/boot/{MAC}/cfg.cpio")
            self.assertIn(b'"n":%d' % n, self.out.read_bytes())

    def test_a_refused_configuration_may_be_asked_for_again(self):
        self.server.inventory["machines"][0]["name"] = "refused"
        self.server.reload()
        self.text(f"/boot/{MAC}/cfg.cpio", status=503)
        self.server.event("config-failed", ": 503, ")

        self.server.inventory["machines"][0]["name"] = "huge"
        self.server.reload()
        self.text(f"/boot/{MAC}/cfg.cpio", status=500)
        self.server.event("config-failed", ": 500, ")
        self.nothing_seen()

    def test_want_of_descriptors_is_not_a_missing_file(self):
        pid = self.server.process.pid
        connection = http.client.HTTPConnection(
            HOST, 7080, source_address=(ITS, 0))
        connection.request("HEAD", "/ipxe/one.efi")
        connection.getresponse().read()
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        connection.request("GET", "/ipxe/one.efi")
        answer = connection.getresponse()
        answer.read()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)

        self.assertEqual(answer.status, 503)
        self.server.event("file-cut", "503", "Too many open files")
        connection.close()


if __name__ == "__main__":
    rig.need("curl", "cpio")
    rig.enter()
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
