#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the daemon knows of BMCs without being asked.

usage: test_bmc_poll.py TOMTE [NAME...]
"""
import sys
import unittest

import bmc_rig
import daemon
from bmc_rig import contact, create, machine, put_secret
from daemon import wait_for

TOMTE = ""
WORD = "poll-word"


class Poll(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE, "--bmc-poll", "1")
        self.farm = bmc_rig.Farm(self.daemon.dir, WORD, "--starts", "on")

    def tearDown(self):
        if self.farm:
            self.farm.close()
        self.daemon.close()

    def create(self, name, host, order=("ipmitool",), **ports):
        create(self.daemon, name,
               bmc_rig.connection(host, list(order),
                                  ipmi=self.farm.port, **ports))

    def polls(self, name):
        return sum(f"default/{name}-bmc power=" in line
                   for line in list(self.daemon.log))

    def await_polls(self, name, n):
        goal = self.polls(name) + n
        wait_for(f"{n} polls of {name}", lambda: self.polls(name) >= goal)

    def await_contact(self, name, status):
        return wait_for(
            f"{name} to be {status}", lambda:
            contact(self.daemon, name).get("status") == status and
            contact(self.daemon, name), 60)

    def events(self, name):
        return self.daemon.good("events", name)

    def test_power_and_contact_are_known(self):
        put_secret(self.daemon, WORD)
        for i in range(5):
            self.create(f"m{i}", f"127.0.8.{i + 1}")
        for i in range(5):
            condition = self.await_contact(f"m{i}", "True")
            self.assertEqual(condition["type"], "Contactable")
            self.assertEqual(condition["reason"], "Answered")
            self.assertEqual(
                machine(self.daemon, f"m{i}")["status"]["powerState"], "on")
        self.assertIn("the BMC answers", self.events("m0"))

    def test_nothing_is_written_while_nothing_changes(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1")
        self.await_contact("m", "True")
        before = machine(self.daemon, "m")
        self.await_polls("m", 4)
        self.assertEqual(machine(self.daemon, "m"), before)

    def test_another_host_of_it_is_asked_from_then_on(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1")
        self.create("n", "127.0.8.2")
        self.await_contact("n", "True")
        self.daemon.good("power", "off", "n")
        self.await_contact("m", "True")
        self.await_polls("m", 3)
        path = f"{bmc_rig.MACHINES.format('default')}/m-bmc"
        self.daemon.local("PATCH", path, {"spec": {"connection": {
            "host": "127.0.8.2"}}}, content_type=daemon.MERGE)

        wait_for("the other's power", lambda: machine(self.daemon, "m")
                 ["status"]["powerState"] == "off")

    def test_a_password_that_is_wrong_later_is_noticed(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1")
        self.await_contact("m", "True")
        self.await_polls("m", 3)
        put_secret(self.daemon, "wrong-word")

        condition = self.await_contact("m", "False")

        self.assertEqual(condition["reason"], "CredentialsRefused")

    def test_what_somebody_else_switches_is_noticed(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1")
        before = self.await_contact("m", "True")
        # Another Machine object of the same BMC: not by this one's mailbox.
        self.create("twin", "127.0.8.1")
        self.daemon.good("power", "off", "twin")
        wait_for("power to be off", lambda: machine(self.daemon, "m")
                 ["status"]["powerState"] == "off")
        self.assertEqual(contact(self.daemon, "m")["lastTransitionTime"],
                         before["lastTransitionTime"])

    def test_one_that_dies_is_left_alone_and_found_again(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1")
        self.await_contact("m", "True")
        port = self.farm.port
        self.farm.close()
        self.farm = None
        condition = self.await_contact("m", "False")
        self.assertEqual(condition["reason"], "NoAnswer")
        self.assertIn("m-bmc", condition["message"])
        self.assertEqual(
            machine(self.daemon, "m")["status"]["powerState"], "unknown")
        wait_for("it to be left alone", lambda: any(
            "gives no answer" in line for line in list(self.daemon.log)), 90)
        failed = self.daemon.tomte("power", "on", "m")
        self.assertNotEqual(failed.returncode, 0)
        self.assertRegex(failed.stdout, r"not tried, after \d+ tries without "
                         r"an answer; next try in \d+ s")
        self.assertIn("bmc-lost", self.daemon.good("events", "m", "--json"))

        self.farm = bmc_rig.Farm(self.daemon.dir, WORD, "--starts", "on",
                                 "--port", str(port))
        self.await_contact("m", "True")
        self.assertIn("is spoken to again", "".join(self.daemon.log))

    def test_refused_credentials_are_tried_once_until_others_come(self):
        put_secret(self.daemon, "wrong-word")
        self.create("m", "127.0.8.1")
        condition = self.await_contact("m", "False")
        self.assertEqual(condition["reason"], "CredentialsRefused")
        refused = self.farm.records("login")
        self.await_polls("m", 4)
        self.daemon.tomte("power", "on", "m")
        self.assertEqual(self.farm.records("login"), refused)
        self.assertEqual(self.farm.records("login good"), 0)

        put_secret(self.daemon, WORD)
        self.await_contact("m", "True")

    def test_an_operator_has_it_tried_once_more(self):
        put_secret(self.daemon, "wrong-word")
        self.create("m", "127.0.8.1")
        self.await_contact("m", "False")
        once = self.farm.records("login")
        path = f"{bmc_rig.MACHINES.format('default')}/m-bmc"
        self.daemon.local("PATCH", path, {"metadata": {"annotations": {
            "tomte.dev/bmc-thaw": "now"}}}, content_type=daemon.MERGE)
        wait_for("another try",
                 lambda: self.farm.records("login") == 2 * once)
        self.await_polls("m", 3)
        self.assertEqual(self.farm.records("login"), 2 * once)

    def test_the_other_way_is_gone_when_the_first_is_closed(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1", ("gofish", "ipmitool"),
                    redfish=daemon.free_port())
        self.await_contact("m", "True")
        self.daemon.good("power", "off", "m")
        self.assertEqual(self.farm.records("power off"), 1)

    def test_one_that_is_gone_is_logged_out_of(self):
        put_secret(self.daemon, WORD)
        self.create("m", "127.0.8.1")
        self.await_contact("m", "True")
        path = f"{bmc_rig.MACHINES.format('default')}/m-bmc"
        self.daemon.local("DELETE", path)
        wait_for("the logout", lambda: self.farm.records("logout") >= 1)
        n = self.polls("m")
        self.create("other", "127.0.8.2")
        self.await_polls("other", 3)
        self.assertEqual(self.polls("m"), n)

    def test_one_without_a_secret_says_so(self):
        self.create("m", "127.0.8.1")
        condition = self.await_contact("m", "False")
        self.assertEqual(condition["reason"], "NotConfigured")
        self.assertIn("credentials", condition["message"])
        put_secret(self.daemon, WORD)
        self.await_contact("m", "True")


if __name__ == "__main__":
    TOMTE = sys.argv.pop(1)
    unittest.main(verbosity=2)
