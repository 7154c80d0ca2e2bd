#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each file that reads bytes from outside has a fuzz target.

A *_wire.c or *_session.c of src/ is known by the header that it includes
first, its own; some tests/fuzz/*/fuzz_*.c has to include that.
"""
import re

import lint

# file: why it needs none of its own
EXCEPT = {
    "src/api/answer_wire.c": "writes only, from objects that were decoded",
    "src/api/crd_wire.c": "writes what is in our schemas",
    "src/api/discovery_wire.c": "writes what is in the table of kinds",
    "src/api/health_wire.c": "writes only",
    "src/api/openapi_proto_wire.c": "writes what openapi_wire.c makes",
    "src/api/openapi_wire.c": "writes what is in our schemas",
    "src/api/status_wire.c": "writes only",
    "src/api/table_wire.c": "writes only, from objects that were decoded",
    "src/base/metric_wire.c": "writes only",
    "src/boot/cpio_wire.c": "writes only",
    "src/cli/rack_csv_wire.c": "fuzz_rack_wire comes here by rack_wire.c",
    "src/cli/rack_row_wire.c": "fuzz_rack_wire comes here by rack_wire.c",
}


def check(tree):
    problems = []
    covered = set()
    for path, text in tree.items():
        if re.match(r"tests/fuzz/[^/]+/fuzz_\w+\.c$", path):
            covered.update(name for _, name, ours in lint.includes(text)
                           if ours)
    for path, text in tree.items():
        if not re.match(r"src/.*_(wire|session)\.c$", path) or path in EXCEPT:
            continue
        own = next((name for _, name, ours in lint.includes(text) if ours),
                   "")
        if own not in covered:
            problems.append((path, 1, "no fuzz target includes %s" %
                             (own or "its header")))
    return problems


PLANTED = [
    ({"src/boot/x_wire.c": '#include "boot/x_wire.h"\n',
      "tests/fuzz/boot/fuzz_y.c": '#include "boot/y_wire.h"\n'},
     "no fuzz target includes boot/x_wire.h"),
    ({"src/boot/x_session.c": '#include "boot/x_session.h"\n'},
     "no fuzz target"),
    ({"src/boot/x_wire.c": '#include "boot/x_wire.h"\n',
      "src/boot/x.c": '#include "boot/x.h"\n',
      "tests/fuzz/boot/fuzz_x.c": '#include "boot/x_wire.h"\n'}, ""),
]

if __name__ == "__main__":
    lint.main(check, PLANTED)
