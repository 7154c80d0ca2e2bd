#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a tomte serve tells of itself and of its machines to monitoring."""
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import unittest

import daemon
import exposition

ALERTS = pathlib.Path(__file__).parents[3] / \
    "inventory/examples/prometheus-alerts.yaml"
CHECKS = ["store", "disk", "socket", "https", "http", "network"]


def rack(closed_port):
    """r1n01's BMC refuses every connection, r1n02 has none."""
    return f"""\
rack: r1
subnet: 198.18.0.0/24
defaults: {{bmc: {{password_file: PASSWORD}}}}
machines:
- {{name: r1n01, unit: 1, mac: "52:54:00:00:00:01", ip: 198.18.0.11,
   bmc: {{url: "redfish://admin@127.0.0.1:{closed_port}", insecure: true}}}}
- {{name: r1n02, unit: 2, mac: "52:54:00:00:00:02", ip: 198.18.0.12}}
"""


class Base(unittest.TestCase):
    options = ()

    def setUp(self):
        self.tomte = daemon.Daemon(sys.argv[1], *self.options)
        self.addCleanup(self.tomte.close)

    def import_rack(self):
        password = self.tomte.dir / "password"
        password.write_text("sesame-77\n")
        password.chmod(0o600)
        self.tomte.good(
            "import", "-",
            text=rack(daemon.free_port()).replace("PASSWORD", str(password)))

    def metrics(self):
        status, text = self.tomte.local("GET", "/metrics")
        self.assertEqual(status, 200)
        return exposition.parse(text)

    def value(self, name, **labels):
        return exposition.value(self.metrics(), name, **labels)

    def plain(self, path):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.tomte.http_port, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


class Metrics(Base):
    def test_the_page_is_what_prometheus_reads(self):
        self.import_rack()
        answer = self.tomte.send("GET", "/metrics", token=self.tomte.admin)
        text = answer.read().decode()
        answer.tomte_connection.close()

        self.assertEqual(answer.getheader("Content-Type"),
                         "text/plain; version=0.0.4; charset=utf-8")
        families = exposition.parse(text)
        self.assertGreaterEqual(len(families), 40)
        self.assertNotIn("sesame", text)
        self.assertNotIn("r1n01", text)
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], text=True,
                                  input=text, capture_output=True,
                                  timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (0, "", ""))

    def test_alerts_are_about_what_there_is(self):
        names = set(self.metrics())
        text = ALERTS.read_text()

        used = set(re.findall(r"\b(?:tomte|process)_[a-z_]+", text))

        self.assertGreater(len(used), 9)
        self.assertEqual({re.sub(r"_(bucket|count|sum)$", "", name)
                          for name in used} - names, set())
        if shutil.which("promtool"):
            subprocess.run(["promtool", "check", "rules", ALERTS], check=True,
                           stdout=subprocess.DEVNULL, timeout=60)

    def test_counters_count(self):
        self.import_rack()
        before = self.metrics()
        self.tomte.local("GET", "/nothing")
        self.tomte.local("GET", daemon.HARDWARE.format("default"))
        self.plain("/hook/nothing")
        self.plain("/boot/52:54:00:00:00:01/auto.ipxe")
        self.tomte.ask("GET", "/apis", token="nonsense")
        self.tomte.local("POST", daemon.HARDWARE.format("default"),
                         daemon.hardware("new"))

        after = self.metrics()

        def grown(name, **labels):
            return ((exposition.value(after, name, **labels) or 0) -
                    (exposition.value(before, name, **labels) or 0))

        requests = "tomte_http_requests_total"
        self.assertEqual(grown(requests, listener="socket", status="404"), 1)
        self.assertEqual(grown(requests, listener="socket", status="201"), 1)
        self.assertEqual(grown(requests, listener="https", status="401"), 1)
        self.assertEqual(grown(requests, listener="http", status="404"), 1)
        self.assertEqual(grown(requests, listener="http", status="200"), 1)
        self.assertEqual(grown("tomte_api_refused_logins_total"), 1)
        self.assertEqual(grown("tomte_boot_scripts_total"), 1)
        self.assertEqual(grown("tomte_boot_files_total", result="missing",
                               **{"class": "hook"}), 1)
        self.assertEqual(grown("tomte_machines", power="unknown"), 1)
        self.assertGreaterEqual(grown("tomte_store_commit_seconds_count"), 1)
        self.assertGreaterEqual(grown("tomte_loop_turn_seconds_count"), 6)
        self.assertGreater(
            exposition.value(after, "tomte_loop_longest_turn_seconds"), 0)
        self.assertGreater(
            exposition.value(after, "process_resident_memory_bytes"), 1e6)
        self.assertLess(abs(exposition.value(
            after, "process_start_time_seconds") -
            self.tomte.dir.stat().st_mtime), 60)

    def test_an_open_watch_is_counted(self):
        self.assertEqual(self.value("tomte_api_watches"), 0)
        answer = self.tomte.send(
            "GET", daemon.HARDWARE.format("default") + "?watch=true",
            token=self.tomte.admin)

        self.assertEqual(self.value("tomte_api_watches"), 1)
        answer.tomte_connection.close()
        answer.close()
        daemon.wait_for("the watch's end",
                        lambda: self.value("tomte_api_watches") == 0)

    def test_operations_of_bmcs_are_counted_by_their_result(self):
        self.import_rack()

        done = self.tomte.tomte("power", "status", "r1n01")

        self.assertEqual(done.returncode, 1)
        families = self.metrics()
        tries = exposition.value(
            families, "tomte_bmc_operations_total", protocol="redfish",
            verb="power-get", result="unreachable")
        self.assertGreaterEqual(tries, 1)
        self.assertEqual(exposition.value(
            families, "tomte_bmc_operation_seconds_count",
            protocol="redfish", verb="power-get"), tries)
        self.assertEqual(exposition.value(
            families, "tomte_bmc_operations", protocol="redfish"), 0)
        self.assertEqual(sum(exposition.value(
            families, "tomte_bmcs", standing=standing) for standing in (
                "fine", "left-alone", "probed", "frozen")), 1)

    def test_runs_are_counted_by_phase_and_outcome(self):
        self.import_rack()
        template = self.tomte.dir / "template.yaml"
        template.write_text(
            "apiVersion: tinkerbell.org/v1alpha1\nkind: Template\n"
            "metadata: {name: t}\nspec:\n  data: |\n"
            "    version: '0.1'\n    name: t\n    global_timeout: 60\n"
            "    tasks:\n    - name: t\n      worker: '{{.device_1}}'\n"
            "      actions:\n      - {name: a, image: x, timeout: 60}\n")
        self.tomte.good("apply", "-f", template)

        self.tomte.good("provision", "r1n01", "--template", "t")
        daemon.wait_for("the run's end", lambda: self.value(
            "tomte_runs_ended_total", outcome="failed") == 1)

        families = self.metrics()
        self.assertEqual(
            exposition.value(families, "tomte_runs_started_total"), 1)
        self.assertEqual(exposition.value(
            families, "tomte_run_phase_seconds_count", phase="power-off"), 1)
        self.assertEqual(families["tomte_runs"].samples, {})


class Access(Base):
    def test_metrics_are_for_who_may_read(self):
        viewer = self.tomte.token("v", "viewer")
        tenant = self.tomte.token("t", "operator", "--namespace", "a")

        for path in "/metrics", "/sd/prometheus":
            for token, expected in ((None, 401), ("wrong", 401),
                                    (viewer, 200)):
                status, _ = self.tomte.ask("GET", path, token=token)
                self.assertEqual(status, expected, (path, token))
            self.assertEqual(self.plain(path)[0], 404)
        self.assertEqual(
            self.tomte.ask("GET", "/metrics", token=tenant)[0], 403)

    def test_only_get_is_known(self):
        for path in "/metrics", "/sd/prometheus", "/healthz":
            status, _ = self.tomte.local("POST", path, {})
            self.assertEqual(status, 405)
        status, _ = self.tomte.local("GET", "/sd/other")
        self.assertEqual(status, 404)


class Open(Base):
    options = ("--metrics-open",)

    def test_the_plain_port_tells_how_things_are_and_no_more(self):
        self.import_rack()

        status, text = self.plain("/metrics")
        self.assertEqual(status, 200)
        exposition.parse(text)
        status, text = self.plain("/sd/prometheus")
        self.assertEqual((status, len(json.loads(text))), (200, 3))
        self.assertEqual(self.plain("/readyz"), (200, "ok"))
        for path in "/apis", "/api/v1/secrets", "/version", "/sd/other":
            self.assertEqual(self.plain(path)[0], 404)


class Health(Base):
    def test_all_is_well(self):
        for page in "healthz", "readyz", "livez":
            self.assertEqual(self.tomte.ask("GET", f"/{page}"), (200, "ok"))
        for page in "healthz", "readyz":
            status, text = self.tomte.ask("GET", f"/{page}?verbose")
            self.assertEqual((status, text.splitlines()), (200, [
                *(f"[+]{name} ok" for name in CHECKS),
                f"{page} check passed"]))

    def test_a_socket_that_is_gone_is_found(self):
        (self.tomte.state / "tomte.sock").unlink()

        status, text = self.tomte.ask("GET", "/readyz")

        self.assertEqual(status, 503)
        self.assertIn(f"[-]socket failed: the socket {self.tomte.state}"
                      "/tomte.sock is gone\n", text)
        self.assertIn("[+]disk ok\n", text)
        self.assertTrue(text.endswith("readyz check failed\n"))
        self.assertEqual(self.tomte.ask("GET", "/livez"), (200, "ok"))

    def test_a_folder_that_is_gone_is_found(self):
        moved = self.tomte.dir / "moved"
        self.tomte.state.rename(moved)
        try:
            status, text = self.tomte.ask("GET", "/healthz")
        finally:
            moved.rename(self.tomte.state)

        self.assertEqual(status, 503)
        self.assertIn("[-]disk failed: ", text)


class Targets(Base):
    def test_prometheus_is_told_of_nodes_and_bmcs(self):
        self.import_rack()

        status, groups = self.tomte.local("GET", "/sd/prometheus")

        self.assertEqual(status, 200)
        node, bmc, other = groups
        self.assertEqual(node["targets"], ["198.18.0.11:9100"])
        self.assertEqual(node["labels"], {
            "__meta_tomte_kind": "node", "__meta_tomte_hardware": "r1n01",
            "__meta_tomte_namespace": "default", "__meta_tomte_rack": "r1",
            "__meta_tomte_unit": "1", "__meta_tomte_arch": "x86_64",
            "__meta_tomte_mac": "52:54:00:00:00:01"})
        self.assertEqual(bmc["targets"], ["127.0.0.1"])
        self.assertEqual(bmc["labels"]["__meta_tomte_bmc_protocol"],
                         "redfish")
        self.assertEqual(other["targets"], ["198.18.0.12:9100"])

    def test_what_is_asked_for_is_told(self):
        self.import_rack()

        def targets(query):
            status, groups = self.tomte.local("GET", f"/sd/prometheus{query}")
            return status, [group["targets"][0] for group in groups] \
                if status == 200 else groups["message"]

        self.assertEqual(targets("?kind=bmc"), (200, ["127.0.0.1"]))
        self.assertEqual(targets("?kind=node&port=9"),
                         (200, ["198.18.0.11:9", "198.18.0.12:9"]))
        self.assertEqual(targets("?kind=x"),
                         (422, "kind=x: expected node or bmc"))
        self.assertEqual(targets("?port=0"),
                         (422, "port=0: expected 1 to 65535"))

    def test_a_tenant_is_told_of_its_own(self):
        self.import_rack()
        self.tomte.local("POST", "/api/v1/namespaces",
                         {"metadata": {"name": "a"}})
        self.tomte.local("POST", daemon.HARDWARE.format("a"), daemon.hardware(
            "m", "a", interfaces=[{"dhcp": {
                "mac": "52:54:00:00:00:09", "ip": {"address": "10.9.0.1",
                                                   "netmask": "255.0.0.0"}}}]))
        tenant = self.tomte.token("t", "viewer", "--namespace", "a")

        status, groups = self.tomte.ask("GET", "/sd/prometheus", token=tenant)

        self.assertEqual(status, 200)
        self.assertEqual([group["targets"] for group in groups],
                         [["10.9.0.1:9100"]])


if __name__ == "__main__":
    socket.setdefaulttimeout(60)
    unittest.main(argv=sys.argv[:1])
