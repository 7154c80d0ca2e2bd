#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which folder of src/ may include which: the picture of architecture.md."""
import lint

# A folder may include itself and these: folders, or single headers.
MAY = {
    "base": [],
    "store": ["base"],
    "bmc": ["base"],
    "boot": ["base", "store"],
    "metadata": ["base", "store"],
    "template": ["base"],
    "workflow": ["base", "store", "template"],
    "worker": ["base", "workflow/task_wire.h"],
    "api": ["base", "store"],
    # Of a BMC the command line has what the daemon has of it: without one it
    # speaks to a BMC by itself, and knows no driver either.
    "cli": ["base", "template", "store/audit.h", "store/audit_wire.h",
            "store/backup.h", "bmc/ask_wire.h", "bmc/bmc.h",
            "bmc/quirk_wire.h", "bmc/report_tree.h", "bmc/rotate_plan.h",
            "bmc/types.h",
            "workflow/input_tree.h", "workflow/reference_plan.h",
            "workflow/secret_plan.h",
            "workflow/trait_plan.h", "workflow/workflow_wire.h"],
    "daemon": ["api", "base", "bmc", "boot", "cli", "metadata", "store",
               "template", "workflow"],
}


def check(tree):
    problems = []
    for path, text in tree.items():
        parts = path.split("/")
        if parts[0] != "src":
            continue
        if len(parts) < 3 or parts[1] not in MAY:
            problems.append((path, 1, "belongs to no folder of the picture"))
            continue
        for line, name, ours in lint.includes(text):
            if not ours:
                continue
            folder = name.split("/")[0]
            if "/" not in name:
                problems.append((path, line, "include \"%s\" with its folder, "
                                 "\"dir/file.h\"" % name))
            elif folder != parts[1] and name not in MAY[parts[1]] and \
                    folder not in MAY[parts[1]]:
                problems.append((path, line, "%s may not include %s" %
                                 (parts[1], name)))
    return problems


PLANTED = [
    ({"src/base/x.c": '#include "store/store.h"\n'}, "base may not include"),
    ({"src/boot/x.c": '#include "workflow/engine.h"\n'},
     "boot may not include"),
    ({"src/worker/x.c": '#include "workflow/plan.h"\n'},
     "worker may not include workflow/plan.h"),
    ({"src/cli/x.c": '#include "store/store.h"\n'}, "cli may not include"),
    ({"src/cli/x.c": '#include "bmc/driver.h"\n'}, "cli may not include"),
    ({"src/api/x.c": '#include "call.h"\n'}, "with its folder"),
    ({"src/common/x.c": ""}, "no folder of the picture"),
    ({"src/worker/x.c": '#include "workflow/task_wire.h"\n'
                        '#include "worker/agent.h"\n#include "base/err.h"\n',
      "src/daemon/x.c": '#include "boot/dhcp.h"\n'}, ""),
]

if __name__ == "__main__":
    lint.main(check, PLANTED)
