"""What kgen says of an object is what a real API server says of it, for every version of everything that kgen bundles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.agreement.cases import NEWEST, SHARES, cases
from tests.agreement.compare import Report, compare
from tests.agreement.known import KNOWN, known
from tests.agreement.seeds import normal
from tests.agreement.worlds import WORLDS, World, crds
from tests.real.apiserver import ApiServer
from tests.real.needed import or_skip

DOCS: Final = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"


def told(classes: Mapping[str, list[Any]]) -> str:
    """Classes of disagreement, each with an example."""
    return "\n".join(f"{len(found)} x {name}\n    {json.dumps(found[0], ensure_ascii=False)[:1500]}" for name, found in classes.items())


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_verdicts(world: World, fresh_server: ApiServer, report: Report, scale: float) -> None:
    fresh_server.install(or_skip(lambda: crds(world)))
    asked = list(cases(world, scale))
    assert len({f"{case.kind.gvk} {normal(case.body)}" for case in asked}) == len(asked), "each object is asked once"
    mine = Report(known)
    for found in compare(world, fresh_server, asked):
        mine.add(world, found)
        report.add(world, found)
    products = Counter(case.kind.product.partition("/")[0] for case in asked)
    wanted = {name: int(SHARES[name] * scale * (NEWEST if world.newest else 1)) for name in products}
    assert {name for name in products if products[name] < wanted[name]} == set(), "as many objects as were wanted"
    assert not mine.unknown, told(mine.unknown)
    assert not mine.unfounded, told(mine.unfounded)
    assert not mine.misheard, told({"a rule": mine.misheard})
    assert mine.emitted
    assert not mine.refused, told({"an object that kgen emits": mine.refused})


def test_the_worlds_have_every_version_that_is_bundled() -> None:
    index = json.loads((DOCS.parent.parent / "schemas/index.json").read_text(encoding="utf-8"))
    bundled = {(product, version) for product, versions in index.items() for version in versions if product != "kubernetes"}
    assert {item for world in WORLDS for item in world.products.items() if item[0] != "kubernetes"} == bundled


@pytest.mark.parametrize("one", KNOWN, ids=lambda one: one.name)
def test_each_class_of_disagreement_is_told(one: Any) -> None:
    assert f"### {one.name[0].upper()}{one.name[1:]}\n" in DOCS.read_text(encoding="utf-8")


def test_no_class_is_told_that_there_is_not() -> None:
    told = [line[4:] for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("### ")]
    assert sorted(map(str.lower, told)) == sorted(one.name.lower() for one in KNOWN)
