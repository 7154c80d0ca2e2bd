# SPDX-License-Identifier: Apache-2.0
"""What faults are made of: actions, and changes to the rack."""
from rack import action

DISK = "{{ index .Hardware.Disks 0 }}"
OUR_IMAGES = "{{ .tomte.imageURL }}/"


def write(url, **environment):
    timeout = environment.pop("timeout", 120)
    return action("write-image", "image2disk", timeout,
                  **{"DEST_DISK": DISK, "IMG_URL": url, **environment})


def restart():
    return action("restart", "reboot", 30)


def install(rack, _):
    return [write(OUR_IMAGES + "os.img", CHECKSUM=rack.digest), restart()]


def image(name, **environment):
    """That of our own server."""
    return lambda rack, machine: [write(OUR_IMAGES + name, **environment),
                                  restart()]


def to_nobody(connection, _):
    connection["host"] = "198.18.2.1"
    return connection
