#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DHCP against udhcpc, dhclient, a relay, perfdhcp, and a second server.

usage: test_dhcp.py BOOT_SERVER [NAME...]
"""
import os
import shutil
import signal
import subprocess
import sys
import unittest

import rig

SERVER = ""
OURS = "198.18.0.1"
MAC = "52:54:00:00:00:09"
OFFER, ACK, NAK = 2, 5, 6
EVERYBODY = "255.255.255.255"

MACHINE = {"name": "r1n01", "mac": MAC, "ip": "198.18.0.9",
           "mask": "255.255.0.0", "gateway": "198.18.0.254",
           "name_server": "198.18.0.2", "time_server": "198.18.0.3",
           "hostname": "r1n01", "domain": "rack.test"}

# What udhcpc and dhclient call when something happens.
SCRIPT = """#!/bin/sh
what=${1:-$reason}
ip=${ip:-$new_ip_address}
case $what in
bound | renew | BOUND | RENEW | REBOOT)
	ip address flush dev $interface
	ip address add $ip/16 dev $interface ;;
esac
env >"$OUT/new"
mv "$OUT/new" "$OUT/$what"
"""


class Dhcp(unittest.TestCase):
    def setUp(self):
        rig.switch("br0")
        rig.run("ip", "address", "add", f"{OURS}/16", "dev", "br0")
        self.server = rig.Server(SERVER, OURS, "br0")
        self.server.inventory["machines"] = [dict(MACHINE)]
        self.folder = self.server.folder
        self.script = self.folder / "script"
        self.script.write_text(SCRIPT)
        self.script.chmod(0o755)
        self.out = self.folder / "out"
        self.out.mkdir()
        os.environ["OUT"] = str(self.out)
        (self.folder / "clients").touch()
        self.hosts, self.running, self.sniffer = [], [], None
        self.client = self.host("br0", MAC)

    def tearDown(self):
        for process in self.running:
            process.kill()
            process.wait()
        if self.sniffer:
            self.sniffer.close()
        for host in self.hosts:
            host.close()
        self.server.close()
        rig.run("ip", "link", "delete", "br0")

    def host(self, *plug, **how):
        host = rig.Host()
        self.hosts.append(host)
        if plug:
            host.plug(*plug, **how)
        return host

    def start(self, **machine):
        self.server.inventory["machines"][0].update(machine)
        self.server.start()
        self.sniffer = rig.Sniffer(self.client)

    def popen(self, host, *command):
        with open(self.folder / "clients", "ab") as log:
            process = subprocess.Popen(host.command(*command), stdout=log,
                                       stderr=subprocess.STDOUT)
        self.running.append(process)
        return process

    def udhcpc(self, *options, check=True, tries=5):
        return self.client.run(
            "udhcpc", "-f", "-q", "-n", "-i", "eth0", "-t", tries, "-T", 1,
            "-s", self.script, *options, check=check)

    def happened(self, what):
        """The variables of the script when it was called with this."""
        path = self.out / what
        try:
            rig.until(path.exists, f"{what} of the client")
        except AssertionError as error:
            log = (self.folder / "clients").read_text()
            raise AssertionError(f"{error}\n{log}\n"
                                 f"{self.server.events()}") from None
        lines = path.read_text().splitlines()
        path.unlink()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def answers(self, to=None):
        """The OFFER and the ACK, which say the same."""
        offer, ack = self.sniffer.next(OFFER), self.sniffer.next(ACK)
        for name in "from", "to", "to_mac", "yiaddr", "file", "siaddr":
            self.assertEqual(ack[name], offer[name], name)
        self.assertEqual(ack["from"], OURS)
        self.assertEqual(ack["options"]["54"], "c6120001")
        self.assertEqual(ack["port"], 68)
        self.assertGreaterEqual(ack["size"], 300)
        if to:
            self.assertEqual(ack["to"], to)
        return ack

    def test_udhcpc_is_answered_at_its_mac(self):
        self.start()
        self.udhcpc()

        ack = self.answers(to="198.18.0.9")
        self.assertEqual(ack["to_mac"], MAC)
        self.assertEqual(ack["yiaddr"], "198.18.0.9")
        bound = self.happened("bound")
        for name, value in {
                "ip": "198.18.0.9", "subnet": "255.255.0.0",
                "router": "198.18.0.254", "dns": "198.18.0.2",
                "ntpsrv": "198.18.0.3", "hostname": "r1n01",
                "domain": "rack.test", "serverid": OURS,
                "lease": "600", "boot_file": None}.items():
            self.assertEqual(bound.get(name), value, name)
        self.assertIn("answered with OFFER 198.18.0.9",
                      self.server.event("discover")["text"])
        self.assertEqual(self.server.event("request")["mac"], MAC)

    def test_udhcpc_gets_a_broadcast_when_it_asks_for_one(self):
        self.start()
        self.udhcpc("-B")

        self.assertEqual(self.answers(to=EVERYBODY)["to_mac"],
                         "ff:ff:ff:ff:ff:ff")
        self.assertEqual(self.happened("bound")["ip"], "198.18.0.9")

    def test_an_address_off_the_network_is_told_at_its_mac_too(self):
        self.start(ip="10.9.9.9")
        self.udhcpc()

        ack = self.answers(to="10.9.9.9")
        self.assertEqual((ack["yiaddr"], ack["to_mac"]), ("10.9.9.9", MAC))

    def test_without_the_right_to_set_arp_it_is_a_broadcast(self):
        self.server.wrap = ["setpriv", "--bounding-set=-net_admin",
                            "--inh-caps=-net_admin"]
        self.start()
        self.udhcpc()

        self.answers(to=EVERYBODY)

    def test_answers_leave_from_the_address_they_name(self):
        rig.run("ip", "address", "flush", "dev", "br0")
        rig.run("ip", "address", "add", "198.18.7.7/16", "dev", "br0")
        rig.run("ip", "address", "add", f"{OURS}/16", "dev", "br0")
        self.start()
        self.udhcpc()
        self.answers(to="198.18.0.9")
        self.udhcpc("-B")
        self.answers(to=EVERYBODY)

    def test_pxe_firmware_gets_a_boot_file(self):
        self.start()
        self.udhcpc("-V", "PXEClient:Arch:00007:UNDI:003000",
                    "-x", "0x5d:0007")

        ack = self.answers()
        self.assertEqual(ack["file"], "snponly.efi")
        self.assertEqual(ack["siaddr"], OURS)
        self.assertEqual(bytes.fromhex(ack["options"]["67"]), b"snponly.efi")
        self.assertEqual(bytes.fromhex(ack["options"]["60"]), b"PXEClient")
        self.assertEqual(ack["options"]["43"], "060108ff")
        bound = self.happened("bound")
        self.assertEqual(bound["boot_file"], "snponly.efi")
        self.assertEqual(bound["siaddr"], OURS)
        self.server.event("discover", "PXEClient:Arch:00007", "snponly.efi")

    def test_http_boot_firmware_gets_a_url(self):
        self.start()
        self.udhcpc("-V", "HTTPClient:Arch:00016:UNDI:003000",
                    "-x", "0x5d:0010")

        ack = self.answers()
        self.assertEqual(ack["file"],
                         "http://198.18.0.1:7080/ipxe/snponly.efi")
        self.assertEqual(bytes.fromhex(ack["options"]["60"]), b"HTTPClient")

    def test_ipxe_gets_its_script(self):
        self.start()
        self.udhcpc("-V", "PXEClient:Arch:00007:UNDI:003000",
                    "-x", "0x5d:0007", "-x", "0x4d:69505845",
                    "-x", "0xaf:130101")

        ack = self.answers()
        self.assertEqual(ack["file"],
                         f"http://198.18.0.1:7080/boot/{MAC}/auto.ipxe")
        self.assertEqual(ack["options"]["175"], "b00101")
        self.assertNotIn("60", ack["options"])

    def test_a_machine_to_boot_its_disk_gets_an_address_only(self):
        self.start(netboot=False)
        self.udhcpc("-V", "PXEClient:Arch:00007:UNDI:003000",
                    "-x", "0x5d:0007")

        self.assertEqual(self.answers()["file"], "")
        self.assertNotIn("boot_file", self.happened("bound"))

    def test_a_stranger_hears_nothing(self):
        self.start(mac="52:54:00:00:00:0a")
        done = self.udhcpc(check=False, tries=2)

        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.sniffer.close(), [])
        self.sniffer = None
        event = self.server.event("stranger")
        self.assertEqual(event["mac"], MAC)
        self.assertIn("no machine has this MAC", event["text"])
        self.assertEqual({event["saw"] for event in self.server.events()} -
                         {"stranger"}, set())
        self.assertIn(f"interface=br0 mac={MAC} DISCOVER from udhcp 1.",
                      self.server.log())

    def test_a_wish_does_not_change_the_reservation(self):
        self.start()
        self.udhcpc("-r", "198.18.0.77")

        self.assertEqual(self.happened("bound")["ip"], "198.18.0.9")

    def test_a_lease_is_renewed_and_released(self):
        self.start()
        udhcpc = self.popen(self.client, "udhcpc", "-f", "-R", "-i", "eth0",
                            "-s", self.script)
        self.happened("bound")
        self.answers()
        udhcpc.send_signal(signal.SIGUSR1)
        self.happened("renew")

        self.assertEqual(self.sniffer.next(ACK)["to"], "198.18.0.9")
        self.server.event("discover")
        self.server.event("request")
        self.server.event("request")
        udhcpc.terminate()
        self.assertEqual(udhcpc.wait(rig.PATIENCE), 0)
        self.assertEqual([event for event in self.server.events()
                          if event["saw"] != "request"], [])

    def test_an_address_in_use_is_told_and_not_offered_again(self):
        other = self.host("br0")
        other.run("ip", "address", "add", "198.18.0.9/16", "dev", "eth0")
        self.start()
        self.udhcpc("-a", check=False, tries=2)

        self.server.event("decline", "in use by somebody else")
        other.run("ip", "address", "flush", "dev", "eth0")
        done = self.udhcpc(check=False, tries=2)
        self.assertNotEqual(done.returncode, 0)
        self.server.event("decline", "DHCP DISCOVER", "not answered")

    def test_a_second_server_on_this_host_is_refused(self):
        self.start()
        done = rig.run(SERVER, self.folder, "127.0.0.1", "br0", check=False,
                       input="")

        self.assertEqual(done.returncode, 1)
        self.assertIn("another DHCP server", done.stdout)

    def dhclient(self, config=""):
        (self.folder / "conf").write_text("timeout 20;\n" + config)
        return self.popen(self.client, "dhclient", "-4", "-d", "-1",
                          "-sf", self.script, "-cf", self.folder / "conf",
                          "-lf", self.folder / "leases",
                          "-pf", self.folder / "pid",
                          "-e", f"OUT={self.out}", "eth0")

    @unittest.skipUnless(shutil.which("dhclient", path="/usr/sbin:/sbin"),
                         "no dhclient")
    def test_dhclient_comes_back_with_what_it_remembers(self):
        self.start()
        dhclient = self.dhclient()
        self.assertEqual(self.happened("BOUND")["new_ip_address"],
                         "198.18.0.9")
        self.answers()
        rig.until(lambda: "bound to" in (self.folder / "clients").read_text(),
                  "the lease is written")
        dhclient.kill()
        dhclient.wait()

        dhclient = self.dhclient()
        again = self.happened("REBOOT")
        self.assertEqual(again["new_ip_address"], "198.18.0.9")
        self.assertEqual(self.sniffer.next(ACK)["yiaddr"], "198.18.0.9")
        dhclient.kill()
        dhclient.wait()

        self.server.inventory["machines"][0]["ip"] = "198.18.0.10"
        self.server.reload()
        self.dhclient()
        nak = self.sniffer.next(NAK)
        self.assertEqual((nak["to"], nak["yiaddr"]), (EVERYBODY, "0.0.0.0"))
        self.assertEqual(set(nak["options"]) - {"61"}, {"53", "54", "56"})
        self.assertEqual(self.happened("BOUND")["new_ip_address"],
                         "198.18.0.10")
        self.server.event("nak", "another address than its own")

    @unittest.skipUnless(shutil.which("dhclient", path="/usr/sbin:/sbin"),
                         "no dhclient")
    @unittest.skipUnless(shutil.which("dnsmasq", path="/usr/sbin:/sbin"),
                         "no dnsmasq")
    def test_who_chooses_another_server_is_left_to_it(self):
        rival = self.host("br0")
        rival.run("ip", "address", "add", "198.18.0.3/16", "dev", "eth0")
        self.start()
        self.popen(rival, "dnsmasq", "--no-daemon", "--conf-file=/dev/null",
                   "--port=0", "--interface=eth0", "--pid-file=",
                   "--user=root", "--dhcp-authoritative", "--no-ping",
                   f"--dhcp-leasefile={self.folder}/rival",
                   "--dhcp-range=198.18.0.50,198.18.0.60,255.255.0.0")
        self.dhclient(f"reject {OURS};\n")

        bound = self.happened("BOUND")
        self.assertEqual(bound["new_dhcp_server_identifier"], "198.18.0.3")
        event = self.server.event("foreign-dhcp")
        self.assertIn("it chose another DHCP server, 198.18.0.3",
                      event["text"])
        self.assertEqual(event["mac"], MAC)
        heard = {(message["from"], message["type"])
                 for message in self.sniffer.close()}
        self.sniffer = None
        self.assertIn((OURS, OFFER), heard)
        self.assertIn(("198.18.0.3", ACK), heard)
        self.assertNotIn((OURS, ACK), heard)
        self.assertNotIn((OURS, NAK), heard)

    @unittest.skipUnless(shutil.which("dhcrelay", path="/usr/sbin:/sbin"),
                         "no dhcrelay")
    def test_a_relay_gets_its_option_back_as_the_last(self):
        relay = self.host("br0")
        relay.run("ip", "address", "add", "198.18.0.2/16", "dev", "eth0")
        rig.switch("br1", relay.run)
        relay.run("ip", "address", "add", "10.1.0.1/16", "dev", "br1")
        relay.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        rig.run("ip", "route", "add", "10.1.0.0/16", "via", "198.18.0.2")
        self.client = self.host("br1", "52:54:00:00:00:0b", at=relay)
        self.server.inventory["machines"].append(
            dict(MACHINE, mac="52:54:00:00:00:0b", ip="10.1.0.9",
                 gateway="10.1.0.1"))
        self.start()
        seen = rig.Sniffer(relay)
        self.popen(relay, "dhcrelay", "-4", "-d", "-a", "-id", "br1",
                   "-iu", "eth0", "--no-pid", OURS)
        udhcpc = self.popen(self.client, "udhcpc", "-f", "-i", "eth0", "-s",
                            self.script, "-T", "1", "-t", "20")

        self.assertEqual(self.happened("bound")["ip"], "10.1.0.9")
        offer = seen.next(OFFER)
        self.assertEqual((offer["to"], offer["port"]), ("10.1.0.1", 67))
        self.assertEqual(offer["last"], 82)
        self.assertEqual(bytes.fromhex(offer["options"]["82"]),
                         b"\1\3br1")
        self.client.run("ip", "route", "add", "default", "via", "10.1.0.1")
        udhcpc.send_signal(signal.SIGUSR1)
        self.happened("renew")  # past the relay
        seen.close()

    @unittest.skipUnless(shutil.which("perfdhcp", path="/usr/sbin:/sbin"),
                         "no perfdhcp")
    def test_a_thousand_machines_behind_a_relay_all_get_their_own(self):
        self.server.inventory["machines"] = [
            dict(MACHINE, name=f"n{i}", mac=f"52:54:00:00:{i >> 8:02x}:"
                 f"{i & 255:02x}", ip=f"198.18.{4 + i // 200}.{1 + i % 200}")
            for i in range(1000)]
        self.client.run("ip", "address", "add", "198.18.0.2/16", "dev",
                        "eth0")
        self.server.start()
        done = self.client.run(
            "perfdhcp", "-4", "-l", "198.18.0.2", "-b",
            "mac=52:54:00:00:00:00", "-R", "1000", "-r", "300", "-n", "1000",
            "-W", "1000000", "-u",
            "-o", "60,505845436c69656e743a417263683a3030303037",
            "-o", "93,0007", "-o", "94,010300", "-o", "97," + "00" * 17,
            OURS, check=False)

        lines = done.stdout.splitlines()
        for what in "drops: 0", "rejected leases: 0", \
                "non unique addresses: 0", "received packets: 1000":
            self.assertEqual(lines.count(what), 2, done.stdout)


if __name__ == "__main__":
    rig.need("udhcpc", "nsenter")
    rig.enter()
    SERVER = sys.argv.pop(1)
    unittest.main(verbosity=2)
