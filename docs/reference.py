"""Writes docs/reference.md from schemas/clusterset-v1alpha1.json: `python docs/reference.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
SCHEMA: Final = HERE.parent / "schemas" / "clusterset-v1alpha1.json"
PAGE: Final = HERE / "reference.md"
WORDS: Final = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "map", "array": "list"}

HEAD: Final = """\
# The ClusterSet spec

Every field of `kind: ClusterSet`, made from [the JSON Schema](../schemas/clusterset-v1alpha1.json) by `docs/reference.py`.
An editor shows the same words where the file begins with

```yaml
# yaml-language-server: $schema=https://kgen.dev/schemas/clusterset-v1alpha1.json
```

Keys that begin with `x-` may stand in every map below and are ignored; any other unknown key is an error.
"""


def reference(schema: dict[str, Any]) -> str:
    """The page: a section for each map of the language, in the order in which a reader meets them."""
    return "\n".join([HEAD, *section("ClusterSet", schema), *(line for name, rule in reached(schema) for line in section(name, rule))])


def reached(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The maps that the document leads to, each once, an outer one before those inside it."""
    seen: set[str] = set()
    todo = [schema]
    while todo:
        rule = todo.pop(0)
        for name in references(rule):
            if name not in seen:
                seen.add(name)
                definition = schema["$defs"][name]
                if maps(definition):
                    yield name, definition
                todo.append(definition)


def references(rule: Any) -> Iterator[str]:
    if isinstance(rule, dict):
        if "$ref" in rule:
            yield rule["$ref"].rpartition("/")[2]
        for key, inner in rule.items():
            if key != "$defs":
                yield from references(inner)
    elif isinstance(rule, list):
        for inner in rule:
            yield from references(inner)


def maps(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms of a rule that are maps with fields of their own."""
    return [form for form in (rule, *rule.get("anyOf", ())) if "properties" in form]


def section(name: str, rule: dict[str, Any]) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield rule["description"]
    yield ""
    forms = maps(rule)
    for form in forms:
        if len(forms) > 1:
            yield f"{form['description']}"
            yield ""
        yield "| field | type | description |"
        yield "| --- | --- | --- |"
        for field, inner in form["properties"].items():
            required = ", required" if field in form.get("required", ()) else ""
            yield f"| `{field}` | {kind(inner)}{required} | {cell(inner)} |"
            # A map that is written in place, as a pass-through part with one field that kgen knows, is told with its parent.
            inside = inner.get("items", inner)
            for below, rule_below in inside.get("properties", {}).items():
                yield f"| `{field}{'[]' if inside is not inner else ''}.{below}` | {kind(rule_below)} | {cell(rule_below)} |"
        yield ""


def kind(rule: dict[str, Any]) -> str:
    """What a field takes, with a link to the map that it is."""
    if "$ref" in rule:
        name = rule["$ref"].rpartition("/")[2]
        definition = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"][name]
        return f"[{name}](#{name.lower()})" if maps(definition) else PLAIN.get(name) or kind(definition)
    if "const" in rule:
        return f"`{rule['const']}`"
    if "enum" in rule:
        return " \\| ".join(f"`{value}`" for value in rule["enum"])
    if "anyOf" in rule:
        return " or ".join(kind(form) for form in rule["anyOf"])
    if rule.get("type") == "array":
        return f"list of {kind(rule['items'])}"
    return WORDS.get(rule.get("type", ""), "any value")


# What the named kinds of text and the like are called in the table.
PLAIN: Final = {
    "label": "DNS label",
    "name": "DNS name",
    "cidr": "network",
    "cidrs": "network or list of networks",
    "version": "version",
    "labels": "map of text",
    "annotations": "map of text",
    "selector": "`all`, list of cluster names, or [selectorTerms](#selectorterms)",
}


def cell(rule: dict[str, Any]) -> str:
    return str(rule["description"]).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(json.loads(SCHEMA.read_text(encoding="utf-8"))), encoding="utf-8")
