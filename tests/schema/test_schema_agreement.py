"""jsonschema and kgen's own engine refuse the same specs; whatever is refused is explained; no corruption ends in anything else."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.clusterset.decode import decode, refused
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Diagnostic, FieldPath, Rejected, Span
from kgen.dump import dumps
from kgen.schema import explain, refuses, schema
from kgen.source import Document, parse

HERE = Path(__file__).parent
FULL = parse((HERE / "full.yaml").read_text(encoding="utf-8"), "full.yaml").data
SMALL = {
    "apiVersion": "kgen.dev/v1alpha1",
    "kind": "ClusterSet",
    "metadata": {"name": "shop"},
    "spec": {
        "clusters": [{"name": "east"}, {"name": "west"}],
        "services": [{"name": "api", "namespace": "shop", "exportFrom": ["west"]}],
    },
}


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the data but its root."""
    found = [at] if at else []
    if isinstance(data, dict):
        for key, value in data.items():
            found += paths(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            found += paths(value, (*at, index))
    return found


VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1,
    80,
    80.0,
    80.5,
    70000,
    "",
    "all",
    "east",
    "East",
    "a/b",
    "10.0.0.0/8",
    "x\n",
    "no",
    [],
    {},
    [1],
    ["a", "a"],
    {"a": 1},
]
WORDS = sorted({key for path in paths(schema()) for key in path if isinstance(key, str) and key.isidentifier()})


def corrupted(data: Any, dice: random.Random) -> Any:
    """The data with one node dropped, doubled, exchanged, renamed, moved, or given another value."""
    data = copy.deepcopy(data)
    places = paths(data)
    path = dice.choice(places)
    parent = data
    for key in path[:-1]:
        parent = parent[key]
    key = path[-1]
    match dice.randrange(6):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        case 1 | 2:
            parent[key] = copy.deepcopy(dice.choice(VALUES))
        case 3 if isinstance(parent, dict):
            value = parent.pop(key)
            parent[dice.choice([key + "s", key[:-1] or "a", key.upper(), "x-" + key, dice.choice(WORDS)])] = value
        case 4 if isinstance(parent, dict):
            parent[dice.choice(WORDS)] = copy.deepcopy(dice.choice(VALUES))
        case _:
            value = data
            for step in dice.choice(places):
                value = value[step]
            parent[key] = copy.deepcopy(value)
    return data


@st.composite
def specs(draw: st.DrawFn) -> Any:
    """A valid spec after one to three corruptions; it may still be valid."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    data = draw(st.sampled_from([FULL, SMALL]))
    for _ in range(draw(st.integers(1, 3))):
        if paths(data):
            data = corrupted(data, dice)
    return data


def attempt(document: Document, base: tuple[Document, ClusterSet] | None = None) -> tuple[ClusterSet | None, tuple[Diagnostic, ...]]:
    """What a document decodes to, or what is found wrong with it."""
    try:
        return decode(document, base), ()
    except Rejected as rejected:
        return None, rejected.diagnostics


def places(finding: Any) -> list[FieldPath]:
    every = [finding.at, *(related.at for related in finding.related)]
    return [at.path if isinstance(at, Span) else at for at in every]


@settings(max_examples=300)
@given(specs())
def test_both_refuse_the_same(data: Any) -> None:
    assert refuses(data) == refused(data)


@settings(max_examples=300)
@given(specs())
def test_a_corrupted_spec_decodes_or_is_explained(data: Any) -> None:
    document = Document("a.yaml", "", data)
    known = {(), *paths(data)}
    wish, found = attempt(document)
    assert (wish is None) == bool(found)
    assert wish is None or not refuses(data)
    for finding in found:
        assert finding.message
        assert set(places(finding)) <= known
    # What is explained is what is refused.
    assert bool(explain(document)) == refuses(data)


@settings(max_examples=100)
@given(specs())
def test_every_finding_of_a_written_spec_has_a_span(data: Any) -> None:
    document = parse(dumps(data), "a.yaml")
    assert document.data == data
    for finding in attempt(document)[1]:
        for at in (finding.at, *(related.at for related in finding.related)):
            span = at if isinstance(at, Span) else document.span(at)
            assert span.file == "a.yaml"
            assert 1 <= span.line <= document.text.count("\n") + 1
            assert span.path == (at.path if isinstance(at, Span) else at), "the place itself, not one above it"


@settings(max_examples=100)
@given(specs(), st.sampled_from([FULL, SMALL]))
def test_a_corrupted_variant_is_refused_as_the_same_spec_alone(data: Any, before: Any) -> None:
    """Judging only what a variant changes finds what judging all of it finds."""
    shared = sharing(data, before) if isinstance(data, dict) and isinstance(data.get("spec"), dict) else data
    base = Document("base", "", before)
    assert placeless(attempt(Document("v", "", shared), (base, decode(base)))) == placeless(attempt(Document("v", "", data)))


def sharing(data: Any, before: Any) -> Any:
    """`data` with every part that `before` has at the same place being that very object."""
    if type(data) is type(before) and json.dumps(data) == json.dumps(before):
        return before
    if isinstance(data, dict) and isinstance(before, dict):
        return {key: sharing(value, before[key]) if key in before else value for key, value in data.items()}
    if isinstance(data, list) and isinstance(before, list):
        return [sharing(value, before[i]) if i < len(before) else value for i, value in enumerate(data)]
    return data


def placeless(value: Any) -> Any:
    """A record without its places: those of a variant are its base's where it is the same record."""
    if isinstance(value, FieldPath):
        return None
    return tuple(map(placeless, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("data", [FULL, SMALL], ids=["full", "small"])
def test_what_is_not_corrupted_is_accepted(data: Any) -> None:
    assert not refuses(data)
    assert not refused(data)
