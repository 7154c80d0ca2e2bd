# SPDX-License-Identifier: Apache-2.0
"""Judges a fleet by what its machines, BMCs and workers recorded, and by
what was asked for; of the server it knows nothing.

  each run ends, and well
  a run's commands are these, each once: power off if the machine was on,
      the ISO ejected if one is in, and inserted, power on, and what takes
      it back; the boot device may be told again, to the same effect, and
      each start is from the one that it is to be from
  each image is written once; begun again only when the machine, or the
      worker, was itself restarted in the middle of it
  what was installed is there at the end, and was not written to since it
      was started
  network boot is off again, and so is the boot device, and the ISO out
"""
import collections
import sys

ISO_KINDS = {"iso", "iso-home"}
# kind: the images that it writes, how often the machine is sent away
IMAGES = {"restart": ["image"], "home": ["image-mirror"],
          "cold": ["image-mirror"], "off": ["image"],
          "twice": ["image", "image2"], "iso": ["image"],
          "iso-home": ["image-mirror"]}
LEAVES = {"restart": ["restart"], "home": ["restart"], "cold": [],
          "off": ["power-off"], "twice": ["restart", "restart"],
          "iso": ["restart"], "iso-home": ["restart"]}
AWAITED = {"home", "cold", "iso-home"}
ALWAYS_BAD = {"crash", "stamp-lost", "fetch-failed"}


class Machine:
    """What stands between runs."""

    def __init__(self):
        self.on = False
        self.boot = "none"  # the override
        self.media = "none"
        self.run = None


class Run:
    def __init__(self, name, kind, machine):
        self.name, self.kind = name, kind
        self.was_on = machine.on
        self.had_media = machine.media
        self.commands = []
        self.begun = collections.Counter()
        self.whole = collections.Counter()
        self.faults = collections.Counter()
        self.leaves = []
        self.os, self.homes = [], 0
        self.writing = None
        self.starts, self.given_back = 0, False
        self.netboot = self.disk = None


class Check:
    def __init__(self):
        self.machines = collections.defaultdict(Machine)
        self.wrong = []
        self.counts = collections.Counter()
        self.kinds = collections.Counter()

    def fail(self, at, name, text):
        self.wrong.append(f"{at} {name}: {text}")

    def expected(self, run):
        """The commands of a run, in order."""
        out = [("power", "off")] if run.was_on else []
        if run.kind in ISO_KINDS:
            if run.had_media != "none":
                out.append(("media", "none"))
            out.append(("media", "http"))
        out.append(("power", "on"))
        if run.kind == "off":
            out.append(("power", "off"))
        if run.kind in ISO_KINDS:
            out.append(("media", "none"))
        if run.kind == "cold":
            out += [("power", "off"), ("power", "on")]
        return out

    def on(self, at, name, words):
        machine = self.machines[name]
        run = machine.run
        what = words[0]
        self.counts[" ".join(words[:2]) if what in ("power", "fault") else
                    what] += 1
        if what in ALWAYS_BAD or words[:2] == ["os", "broken"]:
            self.fail(at, name, " ".join(words))
        elif what == "apply":
            machine.run = Run(words[1], words[2], machine)
        elif what == "ended":
            self.finish(at, name, machine, words)
            machine.run = None
        elif what in ("power", "boot", "media"):
            self.on_command(at, name, machine, words)
        elif what == "starts":
            self.on_start(at, name, machine, words[1])
        elif what == "stops":
            machine.on = False
        elif run:
            self.on_run(at, name, machine, words)

    def on_start(self, at, name, machine, boot):
        run = machine.run
        if machine.on:
            self.fail(at, name, "is started while it is on")
        machine.on, machine.boot = True, "none"
        if not run:
            return
        run.starts += 1
        should = "none" if run.starts > 1 else \
            "cd" if run.kind in ISO_KINDS else "pxe"
        if boot != should:
            self.fail(at, name, f"{run.name}: starts from {boot}, expected "
                      f"{should}")

    def on_command(self, at, name, machine, words):
        what, value = words[0], words[1]
        if what == "boot":
            # The same again changes nothing.
            self.counts["boot again"] += machine.boot == value != "none"
            machine.boot = value
            if value != "none":
                self.on_override(at, name, machine.run, value)
            return
        elif what == "media":
            machine.media = value
            value = "none" if value == "none" else "http"
        if not machine.run:
            self.fail(at, name, f"{what} {value} outside of any run")
        else:
            machine.run.commands.append((what, value))

    def on_override(self, at, name, run, value):
        if not run or run.given_back:
            self.fail(at, name, f"boot {value} after the run")

    def on_run(self, at, name, machine, words):
        run = machine.run
        what = words[0]
        if what == "image-begin":
            if run.writing:
                self.fail(at, name, f"{run.name}: {words[1]} is begun twice "
                          "at a time")
            if run.whole[words[1]] and not run.faults[words[1]]:
                self.fail(at, name, f"{run.name}: {words[1]} is begun over "
                          "a whole one")
            run.begun[words[1]] += 1
            run.writing = words[1]
        elif what == "image-end":
            run.whole[words[1]] += words[2] == "success"
            run.writing = None
        elif what == "fault" and run.writing:
            run.faults[run.writing] += 1
        elif what in ("worker-ended", "halt"):
            run.writing = None
        elif what == "leaves":
            run.leaves.append(words[1])
            machine.boot = "none"  # a start, if not by its BMC
            run.given_back = len(run.leaves) == len(LEAVES[run.kind])
        elif what == "os":
            run.os.append(words[2])
        elif what == "phoned-home":
            run.homes += 1
        elif what == "netboot":
            run.netboot = words[1]
        elif what == "disk":
            run.disk = words[2]

    def finish(self, at, name, machine, words):
        run = machine.run
        self.kinds[run.kind] += 1

        def expect(what, is_so, should):
            if is_so != should:
                self.fail(at, name, f"{run.name} ({run.kind}): {what}: "
                          f"{is_so}, expected {should}")

        expect("outcome", " ".join(words[1:]), "success")
        expect("commands", run.commands, self.expected(run))
        expect("images written whole", sorted(
            image for image, n in run.whole.items() if n),
               IMAGES[run.kind])
        for image, n in run.begun.items():
            if max(n, run.whole[image]) > 1 + run.faults[image]:
                self.fail(at, name, f"{run.name}: {image} was begun {n} "
                          f"times, with {run.faults[image]} faults")
        # Its BMC may be quicker than the worker that is to switch it off.
        if run.kind != "off" or run.leaves:
            expect("ways that the machine left", run.leaves,
                   LEAVES[run.kind])
        expect("starts of the installed OS", run.os,
               [] if run.kind == "off" else ["first"])
        expect("disk", run.disk, "bare" if run.kind == "off" else "stamped")
        expect("calls home", run.homes, int(run.kind in AWAITED))
        expect("network boot", run.netboot, "off")
        expect("boot device", machine.boot, "none")
        expect("ISO", machine.media, "none")
        expect("power", machine.on, run.kind != "off")

    def read(self, lines):
        for line in lines:
            at, name, *words = line.split()
            if name == "-":
                self.counts[words[0]] += 1
            else:
                self.on(at, name, words)
        for name, machine in self.machines.items():
            if machine.run:
                self.fail("end", name, f"{machine.run.name} "
                          f"({machine.run.kind}) has not ended")


def main(path):
    check = Check()
    with open(path, encoding="utf-8") as lines:
        check.read(lines)
    counts = check.counts
    print(f"runs {sum(check.kinds.values())} "
          f"{dict(sorted(check.kinds.items()))}")
    print(f"commands: power on {counts['power on']}, off "
          f"{counts['power off']}, boot device {counts['boot']} ("
          f"{counts['boot again']} again), media {counts['media']}; images "
          f"begun {counts['image-begin']}, workers "
          f"{counts['worker']}, systems started {counts['os']}, calls home "
          f"{counts['phoned-home']}")
    print(f"faults: workers killed {counts['fault worker-killed']}, power "
          f"lost {counts['fault power-lost']}")
    for line in check.wrong[:40]:
        print(line)
    print(f"violations {len(check.wrong)}")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
