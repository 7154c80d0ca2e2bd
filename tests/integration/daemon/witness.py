#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The machine behind a fake BMC: it notes which intents are on disk when it
is told to change.

usage: witness.py DIR DATABASE get|set NAME VALUE
"""
import json
import pathlib
import sqlite3
import sys
import time

HOLD_SECONDS = 60


def open_intents(database):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(
            "SELECT kind, state FROM intent WHERE ended_at = 0").fetchall()
    finally:
        connection.close()


def main(folder, database, verb, name, value=""):
    folder = pathlib.Path(folder)
    state = folder / name
    if verb == "set":
        note = {"name": name, "value": value,
                "intents": open_intents(database)}
        if name in ("shutdown", "reset"):
            state = folder / "power"
            value = "0" if name == "shutdown" else "1"
        state.write_text(value)
    else:
        note = {"name": name}
        print(f"{name}:{state.read_text() if state.exists() else '0'}")
    with open(folder / "log", "a") as log:
        log.write(json.dumps({"verb": verb, **note}) + "\n")
    # The answer is kept back, as long as a test has it so.
    end = time.monotonic() + HOLD_SECONDS
    while verb == "set" and (folder / "hold").exists() and \
            time.monotonic() < end:
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
