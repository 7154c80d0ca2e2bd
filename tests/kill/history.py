# SPDX-License-Identifier: Apache-2.0
"""What happened, in order: a line for each thing, which the checker reads."""
import threading
import time


class Trace:
    def __init__(self, path):
        self.began = time.monotonic()
        self.file = open(path, "w", encoding="utf-8", buffering=1)
        self.changed = threading.Condition()
        self.last = []  # (machine, words) that nobody has waited for yet
        self.waited = False

    def note(self, name, *words):
        at = int((time.monotonic() - self.began) * 1000)
        with self.changed:
            print(at, name, *words, file=self.file)
            if self.waited:
                self.last.append((name, words))
                self.changed.notify_all()

    def wait_for(self, wanted, seconds):
        """The machine that next does what `wanted` is true of, or None."""
        end = time.monotonic() + seconds
        with self.changed:
            self.last, self.waited = [], True
            try:
                while time.monotonic() < end:
                    for name, words in self.last:
                        if wanted(words):
                            return name
                    self.last = []
                    self.changed.wait(max(0, end - time.monotonic()))
                return None
            finally:
                self.waited = False

    def close(self):
        self.file.close()
