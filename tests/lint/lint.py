# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the source tree, C without comments, a way to run.

A lint is a program with check(tree) -> [(path, line, message)], where a tree
is {path: text}, and with PLANTED: small trees that break one rule each, and a
part of the message that they must give. `x.py ROOT` checks the source;
`x.py --self-test` checks that the lint sees what was planted.
"""
import os
import re
import sys

PURE = re.compile(r"(^|_)(wire|plan|session|op|script|crypto|tree)\.[ch]$")

BLANK = re.compile(
    r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def read_tree(root, folders=("src", "tests"), ends=(".c", ".h")):
    tree = {}
    for folder in folders:
        for at, folders_in, names in os.walk(os.path.join(root, folder)):
            folders_in.sort()
            for name in sorted(names):
                if not name.endswith(ends):
                    continue
                path = os.path.join(at, name)
                with open(path, encoding="utf-8") as file:
                    tree[os.path.relpath(path, root)] = file.read()
    return tree


def code(text):
    """The text without comments and without what stands in quotes; lines and
    columns stay."""
    def blank(match):
        found = match.group()
        edge = found[0] if found[0] in "\"'" else " "
        inner = re.sub(r"[^\n]", " ", found[1:-1])
        return edge + inner + edge
    return BLANK.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes(text):
    """(line, name, is ours) of each #include."""
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def no_preprocessor(text):
    """Directives blanked, continued lines too."""
    out = []
    inside = False
    for line in text.split("\n"):
        if inside or line.lstrip().startswith("#"):
            inside = line.endswith("\\")
            out.append("")
        else:
            out.append(line)
    return "\n".join(out)


def statements(text):
    """(line, statement) of all at file scope; what is in braces becomes {}.
    Function definitions end with their body."""
    text = no_preprocessor(code(text))
    depth = 0
    start = None
    found = []
    for offset, char in enumerate(text):
        if char == "}":
            depth -= 1
            if depth:
                continue
        elif depth and char != "{":
            continue
        if start is None:
            if char.isspace():
                continue
            start = offset
            found = []
        if char == "{":
            depth += 1
            if depth > 1:
                continue
        found.append(" " if char.isspace() else char)
        if depth or char not in ";}":
            continue
        statement = re.sub(r" +", " ", "".join(found))
        if char == "}" and not is_function(statement):
            continue
        yield line_of(text, start), statement
        start = None


def is_function(statement):
    """Whether it is a function's prototype or definition."""
    head = re.sub(r"\[[^]]*\]", "", statement.split("=")[0])
    if head.startswith(("typedef ", "_Static_assert")):
        return False
    match = re.search(r"\b\w+ ?\((?!\*)", head.replace("{}", ""))
    return bool(match) and "(*" not in head[:match.start()]


def main(check, planted, **kinds):
    if len(sys.argv) != 2:
        sys.exit("usage: %s ROOT | --self-test" % sys.argv[0])
    if sys.argv[1] == "--self-test":
        sys.exit(self_test(check, planted))
    problems = check(read_tree(sys.argv[1], **kinds))
    for path, line, message in sorted(problems):
        print("%s:%d: %s" % (path, line, message))
    sys.exit(1 if problems else 0)


def self_test(check, planted):
    """A message of "" says that the tree is as it should be."""
    failed = 0
    for tree, message in planted:
        got = [text for _, _, text in check(tree)]
        good = any(message in text for text in got) if message else not got
        if not good:
            failed += 1
            print("planted %r\n  expected %r\n  got %r" % (tree, message, got))
    print("%d planted, %d not seen as they should be" % (len(planted), failed))
    return 1 if failed else 0
