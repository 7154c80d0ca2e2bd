#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real worker against a server over TLS, writing to files for disks.

usage: test_worker.py WORKER [NAME...]
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from fake_server import TOKEN, Api, Images, make_certificate

WORKER = ""
IMAGE2DISK = "quay.io/tinkerbell/actions/image2disk:latest"


def make_image():
    """12 MiB with data, zeros and an end that is no whole block."""
    noise = random.Random(1).randbytes(8 << 20)
    return (noise[:1 << 20] + bytes(3 << 20) + noise[1 << 20:4 << 20] +
            bytes(1 << 20) + noise[4 << 20:] + noise[:12345])


IMAGE = make_image()


def pack(program, content):
    return subprocess.run([program, "-c"], input=content, check=True,
                          capture_output=True).stdout


class Worker(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tomte-worker."))
        self.api, self.images = Api(self.dir), Images()
        self.disk = self.dir / "disk"
        self.disk.write_bytes(b"\xaa" * (16 << 20))
        self.config = {
            "server": f"https://127.0.0.1:{self.api.port}",
            "ca": self.api.cert.read_text(), "token": TOKEN,
            "machine": "r1n01", "mac": "52:54:00:00:00:01"}
        self.process = None
        self.n = 0

    def tearDown(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.api.stop()
        self.images.listener.kill()
        shutil.rmtree(self.dir)

    def start(self):
        path = self.dir / "config.json"
        path.write_text(json.dumps(self.config))
        self.log = open(self.dir / "log", "ab")
        self.process = subprocess.Popen(
            [WORKER, "--config", path, "--allow-files", "--mount-point",
             self.dir / "mnt", "--journal", self.dir / "journal"],
            stderr=self.log)

    def task(self, image, **env):
        self.n += 1
        timeout = env.pop("timeout", 60)
        return {"run": 1, "action_id": f"a{self.n}", "index": self.n,
                "attempt": 1, "name": f"step {self.n}", "image": image,
                "args": [], "env": env, "timeout_s": timeout, "volumes": [],
                "pid": "", "network": ""}

    def write(self, name, **env):
        task = self.task(IMAGE2DISK, IMG_URL=self.images.url + name,
                         DEST_DISK=str(self.disk), **env)
        self.api.tasks.append(task)
        return task["action_id"]

    def run_write(self, name, content, **env):
        self.images.files[name] = content
        action = self.write(name, **env)
        self.start()
        return self.api.final(action)

    def check_disk(self):
        disk = self.disk.read_bytes()
        self.assertEqual(disk[:len(IMAGE)], IMAGE)
        self.assertEqual(set(disk[len(IMAGE):]), {0xaa})

    def log_text(self):
        return (self.dir / "log").read_text()

    def test_a_zst_image_is_written_and_its_digest_told(self):
        packed = pack("zstd", IMAGE)
        digest = "sha256:" + hashlib.sha256(packed).hexdigest()

        end = self.run_write("/i.img.zst", packed, CHECKSUM=digest)

        self.assertEqual(end["state"], "success", end)
        self.assertEqual(end["result"]["digest"], digest)
        self.assertEqual(end["result"]["bytes"], len(IMAGE))
        self.check_disk()
        self.assertEqual(self.api.states("a1"), ["running", "success"])
        self.assertIn("cpu", self.api.hellos[0]["attributes"])
        self.assertIsNone(self.api.hellos[0]["resume"])

    def test_raw_and_gz_are_told_apart_without_a_suffix(self):
        self.images.files["/raw"] = IMAGE
        self.images.files["/gz"] = pack("gzip", IMAGE)
        first, second = self.write("/raw"), self.write("/gz")
        self.start()

        self.assertEqual(self.api.final(first)["result"]["format"], "raw")
        self.assertEqual(self.api.final(second)["result"]["format"], "gzip")
        self.check_disk()

    def test_progress_is_told(self):
        self.images.pause = 0.02

        end = self.run_write("/raw", IMAGE)

        self.assertEqual(end["state"], "success")
        progress = [e for e in self.api.events if e["type"] == "progress"]
        self.assertGreater(len(progress), 1)
        self.assertEqual(progress[-1]["bytes_total"], len(IMAGE))

    def test_the_action_goes_on_while_the_server_is_away(self):
        self.images.pause = 0.02
        self.images.files["/raw"] = IMAGE
        action = self.write("/raw")
        self.start()
        while not self.api.states(action):
            time.sleep(0.02)

        self.api.stop()
        time.sleep(1)
        self.api.start()
        end = self.api.final(action)

        self.assertEqual(end["state"], "success")
        self.assertEqual(self.api.states(action), ["running", "success"])
        self.assertEqual(len(self.images.requests), 1)
        self.assertEqual(self.api.hellos[-1]["resume"]["action"], action)
        self.assertEqual(len({h["boot_id"] for h in self.api.hellos}), 1)

    def test_a_result_waits_for_the_server_to_be_back(self):
        self.images.pause = 0.01
        self.images.files["/raw"] = IMAGE
        action = self.write("/raw")
        self.start()
        while not self.api.states(action):
            time.sleep(0.02)

        self.api.stop()
        time.sleep(5)
        self.check_disk()
        self.api.start()

        self.assertEqual(self.api.final(action)["state"], "success")
        self.assertIn("the server is back", self.log_text())

    def test_another_digest_fails_the_action(self):
        end = self.run_write("/raw", IMAGE, CHECKSUM="sha256:" + "0" * 64)

        self.assertEqual(end["state"], "failed")
        self.assertIn("expected sha256:0000", end["message"])

    def test_a_truncated_download_is_resumed_where_it_broke(self):
        self.images.cuts = [3 << 20, 1 << 20]

        end = self.run_write("/i.zst", pack("zstd", IMAGE))

        self.assertEqual(end["state"], "success", end)
        self.check_disk()
        self.assertEqual(self.images.requests[1:],
                         [f"bytes={3 << 20}-", f"bytes={4 << 20}-"])

    def test_without_ranges_a_truncated_download_starts_again(self):
        self.images.cuts, self.images.ranges = [3 << 20], False

        end = self.run_write("/i.zst", pack("zstd", IMAGE))

        self.assertEqual(end["state"], "success", end)
        self.check_disk()
        self.assertEqual(len(self.images.requests), 2)

    def test_a_truncated_download_is_a_failure_without_retries(self):
        self.images.cuts = [3 << 20]

        end = self.run_write("/raw", IMAGE, RETRY_ENABLED="false")

        self.assertEqual(end["state"], "failed")
        self.assertIn("the download ended after", end["message"])

    def test_what_the_images_server_answers_is_told(self):
        missing = self.write("/nowhere", RETRY_ENABLED="false")
        self.start()
        self.assertIn("the server answers 404",
                      self.api.final(missing)["message"])

        self.images.broken = True
        refused = self.write("/raw", RETRY_ENABLED="false")
        self.assertIn("the server answers 500",
                      self.api.final(refused)["message"])

    def test_a_file_that_ends_inside_its_stream_is_a_failure(self):
        for program in ("zstd", "gzip"):
            end = self.run_write("/cut", pack(program, IMAGE)[:-9])
            self.assertEqual(end["state"], "failed")
            self.assertIn("in the middle", end["message"])
            self.process.kill()
            self.process.wait()
            self.api.events.clear()

    def test_a_disk_that_is_too_small_is_refused_before_writing(self):
        self.disk.write_bytes(b"\xaa" * (1 << 20))

        for name, content in (("/raw", IMAGE), ("/zst", pack("zstd", IMAGE))):
            self.images.files[name] = content
        first, second = self.write("/raw"), self.write("/zst")
        self.start()

        for action in (first, second):
            end = self.api.final(action)
            self.assertEqual(end["state"], "failed")
            self.assertIn("has 1048576 bytes, the image needs more",
                          end["message"])
        self.assertEqual(set(self.disk.read_bytes()), {0xaa})

    def test_an_action_handed_out_again_only_tells_its_end_again(self):
        self.images.files["/raw"] = IMAGE
        action = self.write("/raw")
        again = self.api.tasks[0]
        self.start()
        self.api.final(action)

        self.api.tasks.append(again)
        while len(self.api.states(action)) < 3:
            time.sleep(0.02)

        self.assertEqual(self.api.states(action),
                         ["running", "success", "success"])
        self.assertEqual(len(self.images.requests), 1)

    def test_a_worker_that_died_does_not_do_it_twice(self):
        self.images.files["/raw"] = IMAGE
        action = self.write("/raw")
        again = self.api.tasks[0]
        self.start()
        self.api.final(action)
        self.process.kill()
        self.process.wait()

        self.api.tasks.append(again)
        self.start()
        while len(self.api.states(action)) < 4:
            time.sleep(0.02)

        self.assertEqual(len(self.images.requests), 1)

    def test_an_action_can_be_cancelled(self):
        self.images.pause = 0.1
        self.images.files["/raw"] = IMAGE
        action = self.write("/raw")
        self.start()
        while not self.api.states(action):
            time.sleep(0.02)

        self.api.cancel = [action]
        end = self.api.final(action)

        self.assertEqual(end["state"], "failed")
        self.assertEqual(end["message"], "cancelled")

    def test_an_action_that_takes_too_long_is_ended(self):
        self.images.pause = 0.5

        end = self.run_write("/raw", IMAGE, timeout=1)

        self.assertEqual(end["state"], "timeout")

    def test_an_unknown_image_is_named(self):
        self.api.tasks.append(self.task("quay.io/x/rootio:v1"))
        self.start()

        end = self.api.final("a1")

        self.assertEqual(end["state"], "failed")
        self.assertIn("no built-in action is called rootio", end["message"])

    def test_a_restart_waits_until_the_server_knows(self):
        self.api.tasks.append(self.task("quay.io/x/waitdaemon",
                                        IMAGE="quay.io/x/kexec:v1"))
        self.start()

        self.assertEqual(self.process.wait(20), 0)

        end = self.api.final("a1")
        self.assertEqual((end["state"], end["terminal"]), ("success", True))
        self.assertIn("the machine would restart now", self.log_text())

    def test_a_server_with_another_certificate_is_not_spoken_to(self):
        _, other = make_certificate(self.dir, "other")
        self.config["ca"] = other.read_text()
        self.start()

        time.sleep(2)

        self.assertEqual(self.api.hellos, [])
        self.assertIn("certificate", self.log_text())

    def test_a_refused_token_is_said_on_the_console(self):
        self.config["token"] = "wrong"
        self.start()

        time.sleep(1)

        self.assertIn("does not accept this machine's token",
                      self.log_text())


def loop_device(path):
    made = subprocess.run(["losetup", "--find", "--show", path],
                          capture_output=True, text=True)
    return made.stdout.strip() if made.returncode == 0 else None


class Mounting(Worker):
    """writefile and cexec, on a file system in a loop device."""

    def setUp(self):
        super().setUp()
        self.tree = self.dir / "tree"
        (self.tree / "etc").mkdir(parents=True)
        (self.tree / "out").symlink_to("/../../../etc")
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", self.tree,
                        self.disk], check=True, env={
                            **os.environ,
                            "PATH": os.environ["PATH"] + ":/sbin"})
        self.device = loop_device(self.disk)
        if not self.device:
            super().tearDown()
            self.skipTest("no loop devices here")

    def tearDown(self):
        subprocess.run(["losetup", "-d", self.device])
        super().tearDown()

    def read_back(self, path):
        return subprocess.run(["debugfs", "-R", f"cat {path}", self.disk],
                              capture_output=True, text=True, env={
                                  **os.environ, "PATH":
                                  os.environ["PATH"] + ":/sbin"}).stdout

    def test_writefile_stays_inside_the_target(self):
        self.api.tasks.append(self.task(
            "quay.io/tinkerbell/actions/writefile:v1",
            DEST_DISK=self.device, FS_TYPE="ext4",
            DEST_PATH="/out/tomte/made", CONTENTS="hello\n", UID="0",
            GID="0", MODE="0600", DIRMODE="0700"))
        self.start()

        end = self.api.final("a1")

        self.assertEqual(end["state"], "success", end)
        self.assertEqual(self.read_back("/etc/tomte/made"), "hello\n")
        self.assertFalse(os.path.exists("/etc/tomte/made"))

    def test_cexec_runs_with_the_target_mounted(self):
        mount = self.dir / "mnt"
        self.api.tasks.append(self.task(
            "cexec", BLOCK_DEVICE=self.device, FS_TYPE="ext4",
            DEFAULT_INTERPRETER="/bin/sh -c", WHO="tomte",
            CMD_LINE=f"echo $WHO | tee {mount}/etc/name; exit 3"))
        self.start()

        end = self.api.final("a1")

        self.assertEqual(end["state"], "failed")
        self.assertIn("exit code 3", end["message"])
        lines = [e["line"] for e in self.api.events if e["type"] == "log"]
        self.assertEqual(lines, ["tomte"])
        self.assertEqual(self.read_back("/etc/name"), "tomte\n")
        self.assertNotIn(str(mount), open("/proc/mounts").read())


if __name__ == "__main__":
    WORKER = os.path.abspath(sys.argv.pop(1))
    suite = unittest.TestSuite()
    if len(sys.argv) > 1:
        unittest.main(verbosity=2)
    for case in (Worker, Mounting):
        for name in sorted(vars(case)):
            if name.startswith("test_"):
                suite.addTest(case(name))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())
