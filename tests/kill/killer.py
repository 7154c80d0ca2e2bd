# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the server at points that a seed chooses, and where it hit."""
import collections
import pathlib
import shutil
import sqlite3
import time

# What a machine has just done: the server is killed a little later. Between
# them they stand in every phase of a run.
TRIGGERS = {
    "apply": lambda words: words[0] == "apply",
    "off": lambda words: words[:2] == ("power", "off"),
    "media": lambda words: words[0] == "media",
    "boot": lambda words: words[0] == "boot",
    "on": lambda words: words[:2] == ("power", "on"),
    "starts": lambda words: words[0] == "starts",
    "script": lambda words: words[0] == "script",
    "loaded": lambda words: words[0] == "loaded",
    "worker": lambda words: words[0] == "worker",
    "image-begin": lambda words: words[0] == "image-begin",
    "image-end": lambda words: words[0] == "image-end",
    "leaves": lambda words: words[0] == "leaves",
    "os": lambda words: words[0] == "os",
    "phoned-home": lambda words: words[0] == "phoned-home",
}
RUNS = "SELECT phase, COUNT(*) FROM run WHERE phase != 'ended' GROUP BY 1"
INTENTS = "SELECT kind, state FROM intent WHERE ended_at = 0"


class Killer:
    def __init__(self, server, trace, rng):
        self.server, self.trace, self.rng = server, trace, rng
        self.points = collections.Counter()   # by what it was aimed at
        self.phases = collections.Counter()   # runs that were in it, in all
        self.kills_in = collections.Counter() # kills with a run in it
        self.intents = collections.Counter()  # under way, by kind
        self.n, self.with_intents = 0, 0
        self.crashes = []
        self.left = 0  # of this burst
        self.copy = server.folder / "copy"

    def choose(self):
        """Waits until the time has come; says what it was aimed at."""
        kind = self.rng.random()
        if kind < 0.4:
            time.sleep(self.rng.expovariate(1 / 0.3))
            return "any time"
        name = self.rng.choice(list(TRIGGERS))
        if self.trace.wait_for(TRIGGERS[name], 1):
            time.sleep(self.rng.uniform(0, 0.08))
            return f"after {name}"
        return "any time"

    def look(self):
        """What the killed server left, on a copy: that nobody has opened it
        is for the next one to find."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.copy.mkdir()
        for suffix in "", "-wal":
            file = pathlib.Path(f"{self.server.state}/inventory.db{suffix}")
            if file.exists():
                shutil.copy(file, self.copy / file.name)
        database = sqlite3.connect(self.copy / "inventory.db")
        phases = dict(database.execute(RUNS).fetchall())
        intents = database.execute(INTENTS).fetchall()
        database.close()
        self.phases.update(phases)
        self.kills_in.update(phases.keys())
        self.intents.update(f"{kind} ({state})" for kind, state in intents)
        self.with_intents += bool(intents)

    def strike(self):
        """Some in a row, and then time for what they have held up: a command
        that may have been sent is looked for during some seconds."""
        if not self.left:
            self.left = self.rng.randint(4, 12)
            time.sleep(self.rng.uniform(3.8, 4.5))
        self.left -= 1
        aim = self.choose()
        early = self.rng.random() < 0.08
        if not self.server.kill():
            self.crashes.append(f"it had ended with "
                                f"{self.server.process.returncode}")
        self.points[aim] += 1
        self.n += 1
        self.trace.note("-", "killed", aim)
        self.look()
        if early:  # and once more while it starts
            self.server.start(wait=False)
            time.sleep(self.rng.uniform(0, 0.15))
            if not self.server.kill():
                self.crashes.append("it had ended while it started")
            self.points["its own start"] += 1
            self.n += 1
            self.trace.note("-", "killed", "start")
        self.server.start()
        self.trace.note("-", "started")
