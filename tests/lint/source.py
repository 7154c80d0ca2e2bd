#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What docs/style.md says of a C file and a regular expression can see."""
import re

import lint

FILE_LINES = 800
FUNCTION_LINES = 80
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

# function: what to use instead
BANNED = {
    "strcpy": "str_copy", "strcat": "struct buf", "sprintf": "snprintf",
    "vsprintf": "vsnprintf", "strncpy": "str_copy", "strncat": "struct buf",
    "gets": "fgets", "strtok": "strchr, or a parser of its own",
    "atoi": "str_parse_u32",
    "atol": "str_parse_u64", "atoll": "str_parse_u64", "atof": "strtod",
    "alloca": "an array with a bound", "mktemp": "mkostemp",
    "tmpnam": "mkostemp",
    "tempnam": "mkostemp", "gmtime": "gmtime_r", "localtime": "gmtime_r",
    "ctime": "clock_text", "asctime": "clock_text", "rand": "struct rng",
    "srand": "struct rng", "random": "struct rng", "setjmp": "struct err",
    "longjmp": "struct err", "inet_addr": "net_parse_ipv4",
    "inet_ntoa": "net_ipv4_text", "gethostbyname": "getaddrinfo",
}
BANNED_IN_SRC = {
    "malloc": "xmalloc", "calloc": "xcalloc", "realloc": "xrealloc",
    "strdup": "xstrdup", "strndup": "xstrndup", "asprintf": "xasprintf",
    "system": "child_start", "popen": "child_start",
}

# (file, function): why
MAY_CALL = {
    ("src/base/mem.c", "malloc"): "xmalloc is made of it",
    ("src/base/mem.c", "calloc"): "xcalloc is made of it",
    ("src/base/mem.c", "realloc"): "xrealloc is made of it",
    ("src/base/mem.c", "strdup"): "xstrdup is made of it",
    ("src/base/mem.c", "strndup"): "xstrndup is made of it",
}

# (file, variable): why it is not an argument
MAY_BE_GLOBAL = {
    ("src/base/log.c", "threshold"):
        "set once at start; to pass it to each log line would hide the line",
    ("src/worker/worker.c", "told_to_end"): "a signal handler has no argument",
    ("src/worker/static/curl_stub.c", "GSS_C_NT_HOSTBASED_SERVICE"):
        "libcurl.a imports it; nothing reads it",
}

# prototype in a header that need not say NODISCARD: why
MAY_DISCARD = {
    "err_set": "returns -1 always, to be returned",
    "err_errno": "returns -1 always, to be returned",
    "err_wrap": "returns -1 always, to be returned",
    "source_fail": "returns -1 always, to be returned",
    "source_wrap": "returns -1 always, to be returned",
}


def check_header(path, text, problems):
    parts = re.sub(r"[^a-z0-9]", "_", re.sub(r"^src/", "", path))
    guard = parts.upper()
    if not re.search(r"#ifndef %s\n#define %s\n" % (guard, guard), text):
        problems.append((path, 1, "guard should be %s" % guard))
    for line, statement in lint.statements(text):
        match = re.search(r"(\w+) ?\(", statement)
        if not statement.endswith(";") or not lint.is_function(statement) or \
                not re.search(r"(?<!const )struct err \*\w+ ?[,)]",
                              statement):
            continue
        name = match.group(1)
        if re.match(r"(static |inline )*void \w", statement) or \
                name in MAY_DISCARD or "NODISCARD" in statement:
            continue
        problems.append((path, line, "%s gives an error: add NODISCARD" %
                         name))


def check_functions(path, text, problems):
    started = None
    for number, line in enumerate(lint.no_preprocessor(
            lint.code(text)).split("\n"), 1):
        if line == "{":
            started = number
        elif line.startswith("}") and started:
            length = number - started + 1
            if length > FUNCTION_LINES:
                problems.append((path, started, "function of %d lines, the "
                                 "most is %d" % (length, FUNCTION_LINES)))
            started = None


def check_calls(path, text, problems):
    text = lint.code(text)
    banned = dict(BANNED)
    if path.startswith("src/"):
        banned.update(BANNED_IN_SRC)
    for match in re.finditer(r"(\w+)\s*\(", text):
        name = match.group(1)
        before = text[:match.start()].rstrip()
        if name in banned and (path, name) not in MAY_CALL and \
                not before.endswith((".", "->")):
            problems.append((path, lint.line_of(text, match.start()),
                             "%s: use %s" % (name, banned[name])))
    for match in re.finditer(r"\btypedef (struct|union|enum)\b", text):
        problems.append((path, lint.line_of(text, match.start()),
                         "no typedef of a %s" % match.group(1)))


def mutable(declaration):
    """The name of the variable if it may change; None: const, or none."""
    head = declaration.split("=")[0].rstrip("; ")
    head = re.sub(r"\[[^]]*\]|\{[^}]*\}", "", head)
    head = re.sub(r"__attribute__ ?\(\(.*?\)\)|\b[A-Z_]+\([^)]*\)", "", head)
    if "(*" in head:
        match = re.search(r"\(\* ?(const )?(\w+)", head)
        return None if not match or match.group(1) else match.group(2)
    words = re.findall(r"\w+|\*", head)
    if len(words) < 2:
        return None
    after = words[len(words) - words[::-1].index("*"):] if "*" in words \
        else words
    return None if "const" in after else words[-1]


def check_globals(path, text, problems):
    if not path.startswith("src/"):
        return
    for line, statement in lint.statements(text):
        if lint.is_function(statement) or re.match(
                r"(typedef|_Static_assert|(struct|union|enum)( \w+)?"
                r"( \{\})? ?;)", statement):
            continue
        name = mutable(statement)
        if name and (path, name) not in MAY_BE_GLOBAL:
            problems.append((path, line, "%s is a global variable: pass it" %
                             name))
    plain = lint.code(text)
    for match in re.finditer(r"^\s+static ([^;={]*)", plain, re.M):
        if "(" in match.group(1) and not re.match(r"[^()]*\(\*",
                                                  match.group(1)):
            continue
        name = mutable(re.sub(r"\s+", " ", match.group(1)))
        if name and (path, name) not in MAY_BE_GLOBAL:
            problems.append((path, lint.line_of(plain, match.start(1)),
                             "%s is static and changes: pass it" % name))


def check_comments(path, text, problems):
    """`//` outside quotes and comments; a TODO that names no issue."""
    for match in lint.BLANK.finditer(text):
        line = lint.line_of(text, match.start())
        if match.group().startswith("//"):
            problems.append((path, line, "comments are /* */"))
        if match.group()[0] == "/" and \
                re.search(r"\b(TODO|FIXME|XXX)\b(?! ?\(?#\d)",
                          match.group()):
            problems.append((path, line, "a TODO names its issue: TODO #7"))


def check(tree):
    problems = []
    for path, text in tree.items():
        if not text.startswith(SPDX):
            problems.append((path, 1, "first line: " + SPDX.strip()))
        lines = text.count("\n")
        if lines > FILE_LINES:
            problems.append((path, lines, "%d lines, the most is %d" %
                             (lines, FILE_LINES)))
        if path.endswith(".h"):
            check_header(path, text, problems)
        check_functions(path, text, problems)
        check_calls(path, text, problems)
        check_globals(path, text, problems)
        check_comments(path, text, problems)
    return problems


def planted(text, path="src/base/x.c"):
    return {path: SPDX + text}


def planted_header(text):
    return planted("#ifndef BASE_X_H\n#define BASE_X_H\n%s\n#endif\n" % text,
                   "src/base/x.h")


PLANTED = [
    ({"src/base/x.c": "int x(void);\n"}, "first line"),
    (planted("\n" * 800), "801 lines"),
    (planted("static void f(void)\n{\n" + "\tg();\n" * 79 + "}\n"),
     "function of 81 lines"),
    (planted("#ifndef X_H\n#define X_H\n#endif\n", "src/base/x.h"),
     "guard should be BASE_X_H"),
    (planted_header("int x_open(const char *path, struct err *err);"),
     "x_open gives an error"),
    (planted_header("struct x *x_new(int a,\n\t\tstruct err *err);"),
     "x_new gives an error"),
    (planted_header("int f(struct err *err) NODISCARD;\n"
                    "int g(const struct err *err);\n"
                    "void h(struct err *err);\n"
                    "struct ops {\n\tint (*f)(int a, struct err *err);\n};\n"
                    "typedef int (*fn)(void *arg, struct err *err);\n"
                    "extern const struct kind kinds[];"), ""),
    (planted("static void f(void)\n{\n\tstrcpy(a, b);\n}\n"),
     "strcpy: use str_copy"),
    (planted("static void f(void)\n{\n\tmalloc (4);\n}\n"), "use xmalloc"),
    (planted("static int n_calls;\n"), "n_calls is a global"),
    (planted("struct loop *the_loop = NULL;\n"), "the_loop is a global"),
    (planted('static const char *names[] = { "a" };\n'), "names is a global"),
    (planted("static void (*hook)(int);\n"), "hook is a global"),
    (planted_header("extern int verbose;"), "verbose is a global"),
    (planted("static void f(void)\n{\n\tstatic int n;\n}\n"),
     "n is static and changes"),
    (planted("typedef struct x x;\n"), "no typedef"),
    (planted("int f(void); // why\n"), "comments are"),
    (planted("/* TODO: later */\n"), "TODO"),
    (planted("/* strcpy() */\n"
             'static const char *const names[] = { "atoi(", "//" };\n'
             "static const struct x table[N(2)] = {\n\t{ 1, f },\n};\n"
             "struct x {\n\tint a;\n};\n"
             "enum {\n\tA,\n};\n"
             "static int f(struct x *x, int (*g)(void))\n{\n"
             "\tstatic const char *const words[] = { \"a\" };\n"
             "\treturn x->open(1);\n}\n"), ""),
]

if __name__ == "__main__":
    lint.main(check, PLANTED)
