"""What holds for every valid spec, and for every broken one."""

from __future__ import annotations

import copy
import random
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kgen.diagnostics import Span
from kgen.dump import dumps
from kgen.pipeline import Build, Request, build
from kgen.targets.stream import stream
from tests.properties.specs import Data, shuffled, specs, text_of

MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def built(folder: Path, text: str, overlays: tuple[str, ...] = ()) -> Build:
    spec = folder / "clusterset.yaml"
    spec.write_text(text, encoding="utf-8")
    return build(Request(str(spec), overlays))


def printed(result: Build) -> dict[str, str]:
    """Each cluster's slice as text."""
    errors = [found for found in result.diagnostics if found.severity == "error"]
    assert result.ok, errors
    return {name: "".join(stream([(name, result.placements(name))])) for name in result.clusters}


@MANY
@given(data=specs(), seed=st.integers())
def test_a_valid_spec_builds_the_same_bytes_in_any_order(tmp_path: Path, data: Data, seed: int) -> None:
    first = printed(built(tmp_path, text_of(data)))
    assert printed(built(tmp_path, text_of(data))) == first
    assert printed(built(tmp_path, text_of(shuffled(copy.deepcopy(data), random.Random(seed))))) == first


@MANY
@given(data=specs())
def test_what_is_printed_reads_back_as_what_was_judged(tmp_path: Path, data: Data) -> None:
    result = built(tmp_path, text_of(data))
    texts = printed(result)
    for name in result.clusters:
        bodies = [placement.manifest.body for placement in result.placements(name)]
        assert [found for found in yaml.safe_load_all(texts[name]) if found is not None] == bodies
        assert [found for found in YAML(typ="safe", pure=True).load_all(texts[name]) if found is not None] == bodies


@MANY
@given(data=specs())
def test_an_empty_overlay_changes_nothing(tmp_path: Path, data: Data) -> None:
    empty = tmp_path / "overlay.yaml"
    empty.write_text("apiVersion: kgen.dev/v1alpha1\nkind: ClusterSetOverlay\nspec: {}\n")
    assert printed(built(tmp_path, text_of(data), (str(empty),))) == printed(built(tmp_path, text_of(data)))


@MANY
@given(data=specs())
def test_blocks_are_disjoint_and_names_are_unique(tmp_path: Path, data: Data) -> None:
    result = built(tmp_path, text_of(data))
    assert result.plan is not None
    blocks = []
    for name in result.clusters:
        keys = [placement.manifest.key for placement in result.placements(name)]
        assert len(keys) == len(set(keys))
        join = result.plan.clusters[name].join
        if join is not None and "globalCIDR" in join.spec:
            blocks.append(ip_network(join.spec["globalCIDR"]))
    assert not any(a.overlaps(b) for a, b in combinations(blocks, 2))


@MANY
@given(data=specs())
def test_adding_a_cluster_changes_no_other_but_the_brokers(tmp_path: Path, data: Data) -> None:
    spec = data["spec"]
    for service in spec["services"]:
        if service["exportFrom"] == "all":
            service["exportFrom"] = [c["name"] for c in spec["clusters"] if c.get("member", True)]
    for gateway in spec.get("gateways", ()):
        if gateway["deployTo"] == "all":
            gateway["deployTo"] = [c["name"] for c in spec["clusters"] if c.get("member", True)]
    lock = tmp_path / "clusterset.lock.yaml"
    lock.unlink(missing_ok=True)
    result = built(tmp_path, text_of(data))
    before = printed(result)
    assert result.lock is not None
    if text := result.lock.new():
        lock.write_text(text)
    spec["clusters"].append({"name": "added", "clusterID": "a", "podCIDR": "10.200.0.0/16", "serviceCIDR": "10.201.0.0/16"})
    after = printed(built(tmp_path, text_of(data)))
    lock.unlink(missing_ok=True)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {spec["broker"]["cluster"]}


def nodes(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            found += nodes(value, (*path, key))
    return found


OTHERS: list[Any] = [None, True, 0, -1, 10**30, 1.5, "", "x", "no", "10.0.0.0/33", "\x07", [], {}, [[]], {"a": 1}, ["x", "x"], "a" * 300]


def corrupted(data: Data, dice: random.Random) -> str:
    """A valid spec after one to three accidents: a node dropped, doubled, retyped, renamed, or the text itself damaged."""
    data = copy.deepcopy(data)
    for _ in range(dice.randint(1, 3)):
        path = dice.choice(nodes(data) or [()])
        if not path:
            break
        parent: Any = data
        for key in path[:-1]:
            parent = parent[key]
        key = path[-1]
        match dice.randrange(4):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[key]))
            case 2 if isinstance(parent, dict):
                parent[f"{key}s"] = parent.pop(key)
            case _:
                parent[key] = copy.deepcopy(dice.choice(OTHERS))
    text = dumps(data)
    for _ in range(dice.randint(0, 2)):
        at = dice.randrange(len(text))
        text = text[:at] + dice.choice(["", ":", "\t", "- ", "&a ", "*a", "{", '"', "\x00", "\ufeff", "\n", "é", "<<: "]) + text[at + 1 :]
    return text


@pytest.mark.parametrize("chunk", range(10))
def test_a_broken_spec_builds_or_is_told_with_places(tmp_path: Path, chunk: int) -> None:
    dice = random.Random(chunk)

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(data=specs())
    def accidents(data: Data) -> None:
        text = corrupted(data, dice)
        result = built(tmp_path, text)
        for found in result.diagnostics:
            assert isinstance(found.at, Span)
            assert all(isinstance(other.at, Span) for other in found.related)
            assert 1 <= found.at.line <= text.count("\n") + 2, (found, text)
        if result.ok:
            printed(result)
        else:
            assert any(found.severity == "error" for found in result.diagnostics)

    accidents()
