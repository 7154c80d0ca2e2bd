#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates: the server's, and those of clients.

usage: test_tls.py TOMTE [NAME...]
"""
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import unittest

import daemon
from daemon import HARDWARE, TOKENS

TOMTE = ""
CLIENT_ONLY = "extendedKeyUsage=clientAuth\n"
WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


class Tls(unittest.TestCase):
    def setUp(self):
        self.daemon = daemon.Daemon(TOMTE, "--tls-name",
                                    "tomte.example,10.9.9.9,*.rack.example")
        self.dir = self.daemon.dir
        self.ask = self.daemon.ask

    def tearDown(self):
        self.daemon.close()

    def signed(self, name, subject, **options):
        """By hand, with the CA's own key: a context to connect with."""
        options.setdefault("ca", self.daemon.state)
        options.setdefault("extensions", CLIENT_ONLY)
        cert, key = daemon.sign(self.dir, name, subject, **options)
        return self.daemon.client_context(cert, key), cert

    def made(self, name, role, *more):
        """By the API, as a kubeconfig: a context and the serial number."""
        path = self.dir / f"{name}.config"
        self.daemon.good("kubeconfig", "--cert", "--name", name, "--role",
                         role, "-o", path, *more)
        pem = self.dir / f"{name}.pem"
        pem.write_bytes(b"\n".join(
            subprocess.run(["base64", "-d"], input=line.split()[1].encode(),
                           stdout=subprocess.PIPE, check=True).stdout
            for line in path.read_text().splitlines()
            if "client-" in line))
        return self.daemon.client_context(pem), daemon.serial_of(pem)

    def who(self, context):
        """Name and groups, or the message of the refusal."""
        status, answer = self.ask(
            "POST", WHOAMI, {"apiVersion": "authentication.k8s.io/v1",
                             "kind": "SelfSubjectReview"}, context=context)
        if status != 201:
            self.assertEqual(status, 401)
            return answer["message"]
        info = answer["status"]["userInfo"]
        return info["username"], info["groups"][0]

    def server_certificate(self):
        with socket.create_connection(("127.0.0.1", self.daemon.port)) as raw:
            with self.daemon.context.wrap_socket(
                    raw, server_hostname="127.0.0.1") as tls:
                return tls.getpeercert(), tls.getpeercert(binary_form=True)

    def test_the_server_has_the_names_of_its_settings(self):
        parsed, _ = self.server_certificate()

        self.assertEqual(
            {value for _, value in parsed["subjectAltName"]},
            {"localhost", "tomte", "127.0.0.1", "tomte.example", "10.9.9.9",
             "*.rack.example"})

    def test_a_name_that_is_none_stops_the_start(self):
        for name in "a_b.example", "tomte.example,email:x@y", "A.example":
            done = subprocess.run(
                [TOMTE, "serve", "--state", self.dir / "other", "--address",
                 "127.0.0.1", "--tls-name", name], capture_output=True,
                text=True, timeout=60, check=False)

            self.assertEqual(done.returncode, 1)
            self.assertIn("server's certificate", done.stderr)

    def test_a_hangup_renews_the_certificate_and_nothing_else(self):
        _, before = self.server_certificate()
        ca = (self.daemon.state / "ca.pem").read_text()
        kept = self.daemon.connect()
        self.assertEqual(self.ask("GET", "/version", connection=kept)[0], 200)

        self.daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("another certificate", lambda:
                        self.server_certificate()[1] != before)

        self.assertEqual((self.daemon.state / "ca.pem").read_text(), ca)
        self.assertEqual(self.ask("GET", "/version", connection=kept)[0], 200)
        self.assertEqual(self.ask("GET", "/apis",
                                  token=self.daemon.admin)[0], 200)
        kept.close()

    def test_secret_files_are_for_their_owner(self):
        for name in "ca.key", "key", "kubeconfig", "inventory.db", \
                "audit.head":
            self.daemon.token("x" + name.replace(".", "-"), "viewer")
            mode = (self.daemon.state / name).stat().st_mode
            self.assertEqual(mode & 0o777, 0o600, name)

    def test_a_ca_key_that_others_can_read_stops_the_start(self):
        self.daemon.stop()
        key = self.daemon.state / "ca.key"
        key.chmod(0o644)
        done = subprocess.run(
            [TOMTE, "serve", "--state", self.daemon.state, "--address",
             "127.0.0.1"], capture_output=True, text=True, timeout=60,
            check=False)
        key.chmod(0o600)
        self.daemon.start()

        self.assertEqual(done.returncode, 1)
        self.assertIn("chmod 600", done.stderr)

    def test_a_certificate_is_who_it_says(self):
        context, _ = self.made("ada", "operator", "-n", "lab")

        self.assertEqual(self.who(context), ("ada", "operator"))
        self.assertEqual(self.ask("GET", HARDWARE.format("lab"),
                                  context=context)[0], 200)
        status, said = self.ask("GET", HARDWARE.format("other"),
                                context=context)
        self.assertEqual(status, 403)
        self.assertIn('User "ada" cannot list resource "hardware"',
                      said["message"])
        _, shown = self.daemon.local("GET", TOKENS + "/ada")
        self.assertEqual(shown["spec"]["type"], "Certificate")
        self.assertIn("lastUsed", shown["status"])

    def test_one_that_was_signed_by_hand_is_good_as_well(self):
        for subject, who in [
                ("/O=viewer/CN=eve", ("eve", "viewer")),
                ("/O=staff/O=operator/O=viewer/CN=eve", ("eve", "operator")),
                ("/CN=eve", ("eve", "none"))]:
            context, _ = self.signed("eve", subject)
            self.assertEqual(self.who(context), who)
        self.assertEqual(self.ask("GET", HARDWARE.format("x"),
                                  context=context)[0], 403)

    def test_one_that_is_not_ours_is_nobodys(self):
        other = self.dir / "other"
        other.mkdir()
        cert, key = daemon.sign(other, "ca", "/CN=tomte CA")
        cert.rename(other / "ca.pem")
        key.rename(other / "ca.key")
        for name, subject, options in [
                ("self", "/O=admin/CN=eve", {"ca": None}),
                ("other", "/O=admin/CN=eve", {"ca": other}),
                ("server", "/O=admin/CN=eve",
                 {"extensions": "extendedKeyUsage=serverAuth\n"}),
                ("old", "/O=admin/CN=eve", {"days": -1})]:
            context, _ = self.signed(name, subject, **options)
            self.assertIn("none of this installation", self.who(context),
                          name)
        for name, subject in [("two", "/O=admin/CN=a/CN=b"),
                              ("none", "/O=admin")]:
            context, _ = self.signed(name, subject)
            self.assertIn("none of this installation", self.who(context))
        for name, subject in [("all", "/O=admin/O=namespace:/CN=eve"),
                              ("bad", "/O=admin/O=namespace:A/CN=eve")]:
            context, _ = self.signed(name, subject)
            self.assertIn("namespaces are none", self.who(context))

    def test_a_foreign_certificate_does_not_harm_who_has_a_token(self):
        context, _ = self.signed("self", "/O=admin/CN=eve", ca=None)

        self.assertEqual(self.ask("GET", "/apis", context=context,
                                  token=self.daemon.admin)[0], 200)

    def test_a_token_that_was_sent_decides(self):
        context, _ = self.made("ada", "admin")
        viewer = self.daemon.token("eye", "viewer")

        self.assertEqual(self.ask("GET", TOKENS, context=context)[0], 200)
        self.assertEqual(self.ask("GET", TOKENS, context=context,
                                  token=viewer)[0], 403)
        self.assertEqual(self.ask("GET", TOKENS, context=context,
                                  token="wrong")[0], 401)

    def test_a_certificate_is_revoked_by_name(self):
        context, _ = self.made("ada", "viewer")
        kept = self.daemon.connect(context=context)
        self.assertEqual(self.ask("GET", "/apis", connection=kept)[0], 200)

        self.daemon.good("token", "revoke", "ada")

        self.assertEqual(self.who(context),
                         "Unauthorized: the certificate was revoked")
        self.assertEqual(self.ask("GET", "/apis", connection=kept)[0], 401)
        kept.close()
        again, _ = self.made("ada", "viewer")
        self.assertEqual(self.who(again), ("ada", "viewer"))
        self.assertIn("revoked", self.who(context))

    def test_a_certificate_is_revoked_by_its_number(self):
        context, serial = self.made("ada", "viewer")
        by_hand, cert = self.signed("eve", "/O=viewer/CN=eve")
        other, _ = self.signed("bob", "/O=viewer/CN=bob")

        self.daemon.good("token", "revoke", "--serial",
                         ":".join(serial[i:i + 2]
                                  for i in range(0, len(serial), 2)))
        self.daemon.good("token", "revoke", "--serial",
                         "0x" + daemon.serial_of(cert))

        self.assertIn("revoked", self.who(context))
        self.assertIn("revoked", self.who(by_hand))
        self.assertEqual(self.who(other), ("bob", "viewer"))
        self.assertEqual(self.daemon.local("GET", TOKENS + "/ada")[0], 404)

    def test_a_user_is_revoked_with_what_was_signed_by_hand(self):
        context, _ = self.signed("eve", "/O=viewer/CN=eve")
        self.assertEqual(self.who(context), ("eve", "viewer"))

        self.daemon.good("token", "revoke", "--user", "eve")

        self.assertIn("revoked", self.who(context))
        again, _ = self.made("eve", "viewer")
        self.assertEqual(self.who(again), ("eve", "viewer"))

    def test_a_resumed_session_is_no_way_around_it(self):
        context, _ = self.made("ada", "viewer")
        context.maximum_version = ssl.TLSVersion.TLSv1_2

        def ask(session=None):
            raw = socket.create_connection(("127.0.0.1", self.daemon.port))
            with context.wrap_socket(raw, server_hostname="127.0.0.1",
                                     session=session) as tls:
                tls.sendall(b"GET /apis HTTP/1.1\r\nHost: x\r\n"
                            b"Connection: close\r\n\r\n")
                answer = http.client.HTTPResponse(tls)
                answer.begin()
                answer.read()
                return answer.status, tls.session, tls.session_reused

        status, session, _ = ask()
        self.assertEqual(status, 200)
        status, _, reused = ask(session)
        self.assertEqual((status, reused), (200, True))
        self.daemon.good("token", "revoke", "ada")
        status, _, reused = ask(session)
        self.assertEqual((status, reused), (401, True))

    def test_the_server_does_not_sign_what_a_request_wants_to_be(self):
        key = self.dir / "k"
        request = daemon.openssl(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
            "-subj", "/O=admin/CN=root", "-addext",
            "basicConstraints=critical,CA:TRUE", "-addext",
            "extendedKeyUsage=serverAuth")
        status, made = self.daemon.local("POST", TOKENS, {
            "apiVersion": "tomte.dev/v1alpha1", "kind": "Token",
            "metadata": {"name": "eve"},
            "spec": {"role": "viewer", "type": "Certificate",
                     "request": request}})
        self.assertEqual(status, 201, made)
        cert = self.dir / "c"
        cert.write_text(made["status"]["certificate"])
        text = daemon.openssl("x509", "-in", cert, "-noout", "-text")

        self.assertIn("CN = eve, O = viewer", text)
        self.assertIn("CA:FALSE", text)
        self.assertIn("TLS Web Client Authentication", text)
        self.assertNotIn("Server Authentication", text)
        self.assertEqual(self.who(self.daemon.client_context(cert, key)),
                         ("eve", "viewer"))

    def test_a_request_that_is_none_is_refused(self):
        for request in "", "x", (self.daemon.state / "ca.pem").read_text():
            status, said = self.daemon.local("POST", TOKENS, {
                "apiVersion": "tomte.dev/v1alpha1", "kind": "Token",
                "metadata": {"name": "eve"},
                "spec": {"role": "viewer", "type": "Certificate",
                         "request": request}})
            self.assertEqual(status, 422)
            self.assertIn("spec.request", said["message"])
        self.assertEqual(self.daemon.local("GET", TOKENS + "/eve")[0], 404)

    def test_an_operator_cannot_have_one_signed(self):
        operator = self.daemon.token("op", "operator")
        scoped = self.daemon.token("scoped", "admin", "-n", "lab")
        for token in operator, scoped:
            self.assertEqual(self.ask("POST", TOKENS, {
                "apiVersion": "tomte.dev/v1alpha1", "kind": "Token",
                "metadata": {"name": "eve"}, "spec": {"role": "admin"}},
                token=token)[0], 403)

    def test_old_tls_is_refused(self):
        context = ssl.create_default_context(
            cafile=self.daemon.state / "ca.pem")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

        with self.assertRaises((ssl.SSLError, OSError)):
            self.ask("GET", "/version", context=context)


if __name__ == "__main__":
    TOMTE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
