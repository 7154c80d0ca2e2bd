#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file whose name says that it is pure touches nothing of the world.

It includes no header of sockets, files, loop, log or store, not by way of
another header of ours either, and reads neither a clock nor the kernel's
random numbers.
"""
import re

import lint

SYSTEM = re.compile(
    r"^(sys/(socket|stat|epoll|time|timerfd|wait|mman|ioctl|un|file|random)\.h"
    r"|netinet/|net/|arpa/|linux/|netdb\.h|poll\.h|unistd\.h|fcntl\.h"
    r"|dirent\.h|signal\.h|spawn\.h|pthread\.h|threads\.h|syslog\.h|event2/"
    r"|curl/|sqlite3\.h)")

OURS = {
    "base/child.h", "base/http_client.h", "base/http_server.h", "base/log.h",
    "base/loop.h",
}

# Headers of the store that a pure file may see beside those of pure files:
# names of kinds, and rows as structs. It may call only what is named here.
STORE = {
    "store/kind.h": re.compile(r"^kind_"),
    "store/run.h": re.compile(r"^action_list_free$"),
    "store/event.h": re.compile(r"^$"),
}

CALLS = re.compile(
    r"\b(clock_mono|clock_mono_us|clock_cpu_us|clock_wall|clock_gettime|gettimeofday|time|getrandom"
    r"|getentropy|rand|random|rng_system|secret_token|secret_key_load"
    r"|net_unblock|open|fopen|read|write|close|socket|send|sendto|sendmsg"
    r"|recv|recvfrom|recvmsg|printf|puts|fprintf|getenv|log_write"
    r"|log_(?:error|warn|info|debug))\s*\(")


def reached(tree, path):
    """(line in path, header) of all that it includes, directly or not."""
    seen = set()
    todo = [(line, name, ours) for line, name, ours in
            lint.includes(tree[path])]
    while todo:
        line, name, ours = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        yield line, name, ours
        inner = tree.get("src/" + name)
        if not ours or inner is None or name in STORE or name in OURS:
            continue
        todo += [(line, inner_name, inner_ours) for _, inner_name, inner_ours
                 in lint.includes(inner)]


def prototypes(tree, header):
    for _, statement in lint.statements(tree.get("src/" + header, "")):
        match = re.search(r"(\w+) ?\(", statement)
        if match and lint.is_function(statement):
            yield match.group(1)


def check_file(tree, path):
    problems = []
    refused = set()
    for line, name, ours in reached(tree, path):
        if not ours and SYSTEM.match(name):
            problems.append((path, line, "pure, but reaches <%s>" % name))
        elif ours and (name in OURS or
                       name.startswith("store/") and name not in STORE and
                       not lint.PURE.search(name.split("/")[-1])):
            problems.append((path, line, "pure, but reaches %s" % name))
        elif name in STORE:
            refused.update(function for function in prototypes(tree, name)
                           if not STORE[name].match(function))
    text = lint.code(tree[path])
    for match in re.finditer(r"(\w+)\s*\(", text):
        if match.group(1) in refused:
            problems.append((path, lint.line_of(text, match.start()),
                             "pure, but calls the store's %s" %
                             match.group(1)))
    for match in CALLS.finditer(text):
        before = text[:match.start()].rstrip()
        if not before.endswith((".", "->")):
            problems.append((path, lint.line_of(text, match.start()),
                             "pure, but calls %s" % match.group(1)))
    return problems


def check(tree):
    problems = []
    for path in tree:
        if path.startswith("src/") and lint.PURE.search(path.split("/")[-1]):
            problems += check_file(tree, path)
    return problems


PLANTED = [
    ({"src/boot/x_wire.c": "#include <sys/socket.h>\n"}, "sys/socket.h"),
    ({"src/boot/x_session.c": '#include "base/log.h"\n'}, "base/log.h"),
    ({"src/boot/x_plan.h": '#include "boot/y.h"\n',
      "src/boot/y.h": '#include "base/loop.h"\n'}, "base/loop.h"),
    ({"src/api/x_wire.c": '#include "store/store.h"\n'}, "store/store.h"),
    ({"src/workflow/plan.c": "x = clock_wall();\n"}, "calls clock_wall"),
    ({"src/bmc/x_op.c": "struct rng r = rng_system();\n"}, "rng_system"),
    ({"src/api/x_script.c": "log_info(1);\n"}, "log_info"),
    ({"src/workflow/x_plan.c": '#include "store/run.h"\nrun_get(a);\n',
      "src/store/run.h": '#include "store/store.h"\n'
                         "int run_get(struct store *store);\n"},
     "the store's run_get"),
    ({"src/api/x_wire.c": '#include "store/y_plan.h"\n',
      "src/store/y_plan.h": '#include "store/store.h"\n'}, "store/store.h"),
    ({"src/api/x_wire.c": '#include "store/y_plan.h"\n',
      "src/store/y_plan.h": ""}, ""),
    ({"src/bmc/x_op.c": '#include "base/clock.h"\n#include "bmc/y.h"\n'
                        "/* clock_mono() */ x->read(1);\n",
      "src/bmc/y.h": "", "src/bmc/x.c": '#include "base/log.h"\n',
      "src/base/clock.h": "mono_ms clock_mono(void);\n"}, ""),
]

if __name__ == "__main__":
    lint.main(check, PLANTED)
