# SPDX-License-Identifier: Apache-2.0
"""What faults are made of: actions, BMCs that are not what they should be, and
other hosts on the network."""
import http.server
import lzma  # noqa: F401  catalog.py packs with it
import ssl
import subprocess
import threading

from rack import FOLDER, OURS, action, daemon, make_image, rig

DISK = "{{ index .Hardware.Disks 0 }}"
OUR_IMAGES = "{{ .tomte.imageURL }}/"
FOREIGN = "198.18.0.250"


# ---- actions ----

def write(url, timeout=120, **environment):
    return action("write-image", "image2disk", timeout,
                  **{"DEST_DISK": DISK, "IMG_URL": url, **environment})


def restart():
    return action("restart", "reboot", 30)


def install(rack, _):
    return [write(OUR_IMAGES + "os.img", CHECKSUM=rack.digest), restart()]


def image(name, **environment):
    """One of our own server's."""
    return lambda rack, machine: [write(OUR_IMAGES + name, **environment),
                                  restart()]


def image_at(url, timeout=120, **environment):
    """One of another server's."""
    return lambda rack, machine: [
        write(url, timeout, RETRY_DURATION_MINUTES="1", **environment),
        restart()]


def image_of(server, path, timeout=120, **environment):
    """One of a server that is made for it: Images, with options."""
    def actions(rack, _):
        one = server()
        rack.closers.append(one.close)
        return [write(one.url + path, timeout, RETRY_DURATION_MINUTES="1",
                      **environment), restart()]
    return actions


def command(line, timeout=60, **environment):
    """In a target that is no disk, so that it can be mounted anywhere."""
    return lambda rack, machine: [action("configure", "cexec", timeout, **{
        "BLOCK_DEVICE": "none", "FS_TYPE": "tmpfs", "CMD_LINE": line,
        "DEFAULT_INTERPRETER": "/bin/sh -c", **environment}), restart()]


def only(*actions):
    return lambda rack, machine: list(actions)


# ---- BMCs ----

def to_host(address, port=None):
    def change(connection, _):
        connection["host"] = address
        if port:
            connection["providerOptions"]["ipmitool"]["port"] = port
    return change


def to_silence(connection, _):
    """Somebody who hears everything and says nothing."""
    hole = daemon.hole()
    SILENT.append(hole)
    to_host("127.0.0.1", hole.getsockname()[1])(connection, _)


SILENT = []  # to hold them open


def with_secret(name):
    def change(connection, _):
        connection["authSecretRef"]["name"] = name
    return change


def with_pin(pin):
    def change(connection, notes):
        notes["tomte.dev/bmc-pin"] = pin
    return change


def with_system(name):
    def change(connection, _):
        connection["providerOptions"]["redfish"]["systemName"] = name
    return change


def trusting_nobody(connection, _):
    connection["insecureTLS"] = False


# ---- other hosts ----

def foreign_dhcp(rack, machine):
    """Another DHCP server, which knows this machine alone."""
    host = rig.Host()
    host.plug("br0")
    host.run("ip", "address", "add", f"{FOREIGN}/16", "dev", "eth0")
    rival = subprocess.Popen(host.command(
        "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0",
        "--interface=eth0", "--bind-interfaces", "--no-ping",
        "--dhcp-range=198.18.200.1,198.18.200.50,255.255.0.0,1h",
        f"--dhcp-host={machine.mac},198.18.200.10",
        "--dhcp-ignore=tag:!known", "--user=root", "--dhcp-no-override",
        f"--dhcp-leasefile={machine.folder}/leases"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rack.closers += [host.close, rival.wait, rival.kill]


def same_address(rack, machine):
    """Another host has the machine's address."""
    host = rig.Host()
    host.plug("br0")
    host.run("ip", "address", "add", f"{machine.ip}/16", "dev", "eth0")
    rack.closers.append(host.close)


def publish(name, change):
    """An image that is not what the good one is."""
    def before(rack, _):
        rack.publish(name, change(rack))
    return before


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        images = self.server.images
        if images.status != 200:
            self.send_error(images.status)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(images.content)))
        self.end_headers()
        end = len(images.content) * images.cut // 100
        self.close_connection = images.cut < 100
        for at in range(0, end, 4096):
            self.wfile.write(images.content[at:min(at + 4096, end)])
            if images.pause_s and self.server.ended.wait(images.pause_s):
                return


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that has gone


class Images:
    """A server of images, with faults."""

    def __init__(self, status=200, cut=100, pause_s=0, cert=None):
        self.status, self.cut, self.pause_s = status, cut, pause_s
        self.content = make_image()
        self.listener = Listener((OURS, 0), Handler)
        self.listener.images = self
        self.listener.ended = threading.Event()
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*cert)
            self.listener.socket = context.wrap_socket(
                self.listener.socket, server_side=True,
                do_handshake_on_connect=False)
        scheme = "https" if cert else "http"
        self.url = f"{scheme}://{OURS}:{self.listener.server_port}"
        threading.Thread(target=self.listener.serve_forever,
                         kwargs={"poll_interval": 0.1}, daemon=True).start()

    def close(self):
        self.listener.ended.set()
        self.listener.shutdown()
        self.listener.server_close()


def stranger():
    """By a certificate that nobody has signed."""
    return Images(cert=daemon.sign(FOLDER, "stranger", "/CN=images"))


def of_tomorrow(rack_state):
    """By one of the right CA that is not valid yet: its clock is ahead."""
    key, cert = FOLDER / "tomorrow.key", FOLDER / "tomorrow.pem"
    folder = FOLDER / "tomorrow"
    folder.mkdir()
    request = daemon.openssl(
        "req", "-new", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=images",
        "-addext", f"subjectAltName=IP:{OURS}", "-keyout", key)
    (folder / "request").write_text(request)
    (folder / "index").write_text("")
    (folder / "ca.conf").write_text(f"""
[ca]
default_ca = ours
[ours]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
""")
    daemon.openssl(
        "ca", "-batch", "-notext", "-config", folder / "ca.conf", "-in",
        folder / "request", "-out", cert, "-cert", rack_state / "ca.pem",
        "-keyfile", rack_state / "ca.key", "-startdate", "20990101000000Z",
        "-enddate", "20990201000000Z")
    return Images(cert=(cert, key))


def image_of_tomorrow(rack, machine):
    return image_of(lambda: of_tomorrow(rack.tomte.state),
                    "/os.img")(rack, machine)


# ---- in the middle of it ----

def is_writing(case):
    return any(one["state"] == "RUNNING"
               for one in case.status.get("actions", []))


def power_goes(case):
    """Of the machine and its BMC, while it writes. True: done."""
    if not is_writing(case):
        return False
    case.machine.power_off()
    case.bmc.process.kill()
    return True


def hardware_goes(case):
    if not is_writing(case):
        return False
    status, answer = case.rack.tomte.local(
        "DELETE", f"{daemon.HARDWARE.format('default')}/{case.machine.name}")
    assert status == 200, answer
    return True
