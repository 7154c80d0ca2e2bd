# SPDX-License-Identifier: Apache-2.0
"""The faults: what each is, how it is made, and what `why` has to say of it.

The expected word is that of how the fault was made; README.md says how to add
one. Each has a machine, a Template and a Workflow of its own, all of its name.
"""
import dataclasses
import typing

import ground as at
from rack import Redfish


@dataclasses.dataclass
class Fault:
    name: str
    made: str
    expected: str  # the word; "": nothing is wrong
    # In which phase `why` is asked while it waits; "": only when it has ended.
    waits: str = ""
    ends: bool = True  # it ends by itself in the catalogue's time
    bend: dict = dataclasses.field(default_factory=dict)
    # A fake BMC of the fault's own: its kind, options; None: a good one.
    bmc: tuple = None
    deaf: bool = False  # its machine does not follow it
    machine: dict = dataclasses.field(default_factory=dict)
    hardware: dict = dataclasses.field(default_factory=dict)
    workflow: dict = dataclasses.field(default_factory=dict)
    # Called with the rack and the machine:
    actions: typing.Callable = at.install
    connection: typing.Callable = None  # of the BMC, changed
    before: typing.Callable = None      # all else is made
    template: str = ""                  # as it is written, in place of actions


FAULTS = [
    Fault("good", "nothing is wrong", ""),

    # Before the machine says anything.
    Fault("other-vlan", "its port is in another VLAN",
          "no-dhcp-discover", "firmware", machine={"switch": "br9"}),
    Fault("post-hangs", "the firmware hangs in its self test",
          "no-dhcp-discover", "firmware", bend={"post": "hangs"}),
    Fault("no-offer", "no answer of DHCP arrives at the machine",
          "no-dhcp-request", "firmware", bend={"dhcp": "deaf"}),
    Fault("image-404", "the image was never published",
          "image-missing", actions=at.image("nowhere.img")),
    Fault("bmc-dead", "nothing is at the BMC's address",
          "bmc-unreachable", connection=at.to_nobody),
]
