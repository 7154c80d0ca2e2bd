#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the checker of fleets lets pass, and what it does not."""
import unittest

from check import Check

GOOD = """
apply m-0 restart
boot pxe
power on
starts pxe
script hook
worker b1
image-begin image
image-end image success
worker-ended 0
leaves restart
boot none
os i0 first
netboot off
disk i0 stamped
ended success
""".strip().split("\n")


def judge(lines):
    check = Check()
    check.read(f"{i} m {line}" for i, line in enumerate(lines))
    return check.wrong


def changed(old, *new):
    """The good run with one line of it replaced."""
    at = GOOD.index(old)
    return [*GOOD[:at], *new, *GOOD[at + 1:]]


class Judged(unittest.TestCase):
    def assert_found(self, lines, text):
        wrong = judge(lines)
        self.assertTrue(any(text in one for one in wrong), wrong)

    def test_a_straight_run_is_good(self):
        self.assertEqual(judge(GOOD), [])

    def test_the_same_boot_device_again_is_good(self):
        self.assertEqual(judge(changed("boot pxe", "boot pxe", "boot pxe")),
                         [])

    def test_a_second_run_begins_by_switching_the_machine_off(self):
        second = [line.replace("m-0", "m-1") for line in GOOD]
        self.assertEqual(judge([*GOOD, second[0], "power off", "stops",
                                *second[1:]]), [])
        self.assert_found([*GOOD, *second], "commands")

    def test_a_second_command_is_found(self):
        self.assert_found(changed("power on", "power on", "power on"),
                          "commands")
        self.assert_found([*GOOD, "power off"], "outside of any run")

    def test_a_lost_command_is_found(self):
        self.assert_found(changed("power on"), "commands")

    def test_a_start_from_elsewhere_is_found(self):
        self.assert_found(changed("starts pxe", "starts none"), "starts from")

    def test_a_second_image_is_found(self):
        again = ["image-begin image", "image-end image success"]
        self.assert_found(changed("worker-ended 0", *again, "worker-ended 0"),
                          "begun over a whole one")
        self.assert_found(changed("image-begin image", "image-begin image",
                                  "image-begin image"), "twice at a time")

    def test_an_image_begun_again_after_a_fault_is_good(self):
        fault = ["image-begin image", "fault power-lost", "halt",
                 "image-begin image"]
        self.assertEqual(judge(changed("image-begin image", *fault)), [])

    def test_an_image_begun_again_without_one_is_found(self):
        self.assert_found(changed(
            "image-begin image", "image-begin image",
            "image-end image failed", "image-begin image"), "with 0 faults")

    def test_an_image_that_never_came_is_found(self):
        lines = [one for one in GOOD if not one.startswith("image")]
        self.assert_found(lines, "images written whole")

    def test_what_is_not_given_back_is_found(self):
        self.assert_found(changed("netboot off", "netboot on"),
                          "network boot")
        self.assert_found(changed("boot none", "boot pxe"), "after the run")
        self.assert_found(changed("boot none", "media http://x"), "ISO")

    def test_a_disk_that_was_written_behind_the_os_is_found(self):
        self.assert_found(changed("disk i0 stamped", "disk i0 bare"), "disk")
        self.assert_found(changed("netboot off", "stamp-lost"), "stamp-lost")

    def test_a_run_that_fails_or_does_not_end_is_found(self):
        self.assert_found(changed("ended success", "ended failed why"),
                          "outcome")
        self.assert_found(GOOD[:-1], "has not ended")


if __name__ == "__main__":
    unittest.main(verbosity=2)
