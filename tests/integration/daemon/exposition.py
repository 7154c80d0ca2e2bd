# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format 0.0.4, read as strictly as it is written down.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HELP = re.compile(rf"# HELP ({NAME}) (\S.*)$")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)$")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (-?[0-9]+(?:\.[0-9]+)?)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
                   r"(?:,(?=.)|$)")


class Family:
    def __init__(self, name, text):
        self.name, self.help, self.type = name, text, None
        self.samples = {}  # (name, ((label, value), ...)): number


def read_labels(text):
    labels, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"labels: {text}"
        labels.append((match[1], match[2]))
        at = match.end()
    names = [name for name, _ in labels]
    assert len(set(names)) == len(names), f"a label twice: {text}"
    assert not any(name.startswith("__") for name in names), text
    return tuple(labels)


def check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        rest = tuple(label for label in labels if label[0] != "le")
        kind = name[len(family.name):]
        assert kind in ("_bucket", "_sum", "_count"), name
        one = series.setdefault(rest, {"_bucket": []})
        if kind == "_bucket":
            bound = dict(labels)["le"]
            one["_bucket"].append((float(bound), value))
        else:
            one[kind] = value
    for rest, one in series.items():
        bounds = [bound for bound, _ in one["_bucket"]]
        counts = [value for _, value in one["_bucket"]]
        assert bounds == sorted(set(bounds)), (family.name, rest)
        assert bounds[-1] == float("inf"), (family.name, rest)
        assert counts == sorted(counts), (family.name, rest)
        assert counts[-1] == one["_count"], (family.name, rest)
        assert one["_sum"] >= 0


def check_names(family):
    name = family.name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name
    assert name.startswith(("tomte_", "process_")), name
    assert (family.type == "counter") == name.endswith("_total"), name
    assert not re.search(r"_(ms|milliseconds|us|kb|mb)(_|$)", name), name
    if family.type == "histogram":
        assert name.endswith("_seconds"), name
    assert family.help.endswith("."), name


def parse(text):
    """{name: Family}; an assertion fails for what is not allowed."""
    families, current = {}, None
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            match = HELP.fullmatch(line)
            assert match, line
            assert match[1] not in families, f"a family twice: {line}"
            current = families[match[1]] = Family(match[1], match[2])
        elif line.startswith("# TYPE "):
            match = TYPE.fullmatch(line)
            assert match and match[1] == current.name, line
            assert current.type is None and not current.samples, line
            current.type = match[2]
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no sample: {line}"
            assert current.type, f"a sample without a type: {line}"
            assert match[1] == current.name or \
                current.type == "histogram" and \
                match[1].startswith(current.name + "_"), line
            key = match[1], read_labels(match[2] or "")
            assert key not in current.samples, f"twice: {line}"
            current.samples[key] = float(match[3])
            assert current.type == "gauge" or current.samples[key] >= 0, line
    for family in families.values():
        check_names(family)
        if family.type == "histogram":
            check_histogram(family)
    return families


def value(families, name, **labels):
    """A sample; None: there is none of these labels."""
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    family = families.get(name) or families[base]
    wanted = sorted(labels.items())
    for (sample, have), number in family.samples.items():
        if sample == name and sorted(have) == wanted:
            return number
    return None
