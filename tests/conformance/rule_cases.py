"""The cases of `rules/`: objects that keep and break the API server's hand-written rules, each a base with changes at JSON pointers."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from kgen.conformance import Table, table
from kgen.manifest import GroupVersionKind

Json = Any

RULES: Final = Path(__file__).parent / "rules"
PRODUCTS: Final = {"kubernetes": "1.36", "gateway-api/experimental": "1.6.1", "submariner": "0.24", "mcs-api": "0.4.1"}
MINORS: Final = tuple(range(28, 38))


class RuleCase(NamedTuple):
    """One object, and how it is written in the file."""

    words: str
    body: Json


def files() -> list[Path]:
    """Every file of cases."""
    return sorted(RULES.glob("*.yaml"))


def cases(path: Path) -> Iterator[RuleCase]:
    """The cases of a file, in its order."""
    text = path.read_text(encoding="utf-8")
    content = yaml.load(text, Loader=yaml.CSafeLoader)
    written = re.findall(r"^  - (\{.*\})$", text, re.MULTILINE)
    assert len(written) == len(content["cases"])
    for words, changes in zip(written, content["cases"], strict=True):
        body = copy.deepcopy(content["base"])
        for pointer, value in changes.items():
            for short, meant in content.get("short", {}).items():
                pointer = pointer.replace(short, meant)
            put(body, [part.replace("~1", "/") for part in pointer.split("/")[1:]], grown(value))
        yield RuleCase(words, body)


def put(body: Json, path: list[str], value: Json) -> None:
    *above, last = path
    for part in above:
        body = body[int(part)] if isinstance(body, list) else body.setdefault(part, {})
    if isinstance(body, list):
        body[int(last) : int(last) + 1] = [value]
    elif value == "<drop>":
        body.pop(last, None)
    else:
        body[last] = value


def grown(value: Json) -> Json:
    """A value in which `<5>` is a text of five letters."""
    if isinstance(value, dict):
        return {grown(key): grown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [grown(each) for each in value]
    found = re.fullmatch(r"<(?:(.) )?([0-9]+)>", value) if isinstance(value, str) else None
    return (found[1] or "a") * int(found[2]) if found else value


def judge(body: Json, products: Mapping[str, str] = PRODUCTS) -> Table:
    """The table of an object's kind."""
    group, _, version = body["apiVersion"].rpartition("/")
    found = table(GroupVersionKind(group, version, body["kind"]), products)
    assert found is not None
    return found


def found(body: Json, minor: int) -> list[str]:
    """What is found of an object, as lines."""
    verdict = judge(body, {**PRODUCTS, "kubernetes": f"1.{minor}"}).judge(body)
    lines = [f"{each.path}: {each.message} [{each.keyword}]" for each in verdict.findings]
    lines += [f"warning: {each.path}: {each.message} [{each.keyword}]" for each in verdict.warnings]
    return lines or ["ok"]


def told(path: Path, minor: int = 36) -> Iterator[str]:
    """What is found of each case of a file, as lines."""
    for case in cases(path):
        yield case.words
        yield from (f"    {line}" for line in found(case.body, minor))


def by_minor() -> Iterator[str]:
    """The cases of which minors of Kubernetes say different things, but for fields that a minor does not have at all."""
    for path in files():
        for case in cases(path):
            every = {minor: found(case.body, minor) for minor in MINORS}
            of = {minor: lines for minor, lines in every.items() if not any("unknown field" in line for line in lines)}
            if len({tuple(lines) for lines in of.values()}) > 1:
                yield f"{path.stem} {case.words}"
                for minor, lines in of.items():
                    if of.get(minor - 1) != lines:
                        yield f"  since 1.{minor}"
                        yield from (f"    {line}" for line in lines)
