"""The objects of one world: seeds as they are, and as many changes of them as are wanted, each distinct, always the same."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.agreement import mutate
from tests.agreement.compare import Case
from tests.agreement.seeds import SPECS, Own, normal, of_cel_tests, own, pairs, published
from tests.agreement.worlds import Kind, World, kinds
from tests.cel.rule_cases import kept
from tests.conformance import rule_cases

Json = Any

# How many objects of each product a world gets; the newest world gets NEWEST times as many.
SHARES: Final = {
    "gateway-api": 1000,
    "envoy-gateway": 1200,
    "submariner": 1000,
    "submariner-broker": 200,
    "mcs-api": 200,
    "external-secrets": 150,
    "argo-cd": 60,
    "kustomize-controller": 60,
    "source-controller": 60,
    "helm-controller": 60,
    "kubernetes": 600,
}
NEWEST: Final = 5
MOST_SEEDS: Final = 0.4  # of a product's objects
ALWAYS: Final = ("kgen", "rule", "CEL tests")  # what is asked however few are wanted


@cache
def all_own() -> tuple[Own, ...]:
    """What kgen emits for the examples, the golden cases and every pair of versions, each distinct object of each set of versions once."""
    found: dict[str, Own] = {}
    with tempfile.TemporaryDirectory() as folder:
        for spec in (*SPECS, *pairs(Path(folder))):
            for each in own(spec):
                found.setdefault(f"{normal(each.before)}{sorted(each.products.items())}", each)
    return tuple(found.values())


def cases(world: World, scale: float = 1.0, only: str = "") -> Iterator[Case]:
    """The objects of a world, seeds first; `scale` stretches their number, `only` is a part of a kind's or product's name."""
    by_name = {(kind.gvk.api_version, kind.gvk.kind): kind for kind in kinds(world)}
    seen: set[str] = set()
    seeds: dict[str, list[Case]] = {}
    for case in (
        *_own_cases(world, by_name),
        *_rule_cases(by_name.values()),
        *_given(_hand_written(), "rules", by_name),
        *_given(of_cel_tests(), "CEL tests", by_name),
        *_given(published(world), "published", by_name),
        *_made(by_name.values()),
    ):
        text = normal(case.body)
        if text not in seen:
            seen.add(text)
            seeds.setdefault(case.kind.product.partition("/")[0], []).append(case)
    for product, share in SHARES.items():
        found = seeds.get(product, [])
        if only:
            found = [case for case in found if only in f"{product} {case.kind.gvk.kind}"]
        if found:
            yield from _of_product(found, int(share * scale * (NEWEST if world.newest else 1)), Random(f"{world.name} {product}"), seen)


def _of_product(seeds: list[Case], wanted: int, random: Random, seen: set[str]) -> Iterator[Case]:
    ours = [case for case in seeds if case.source in ALWAYS]
    others = [case for case in seeds if case.source not in ALWAYS]
    random.shuffle(others)
    taken = [*ours, *others[: max(0, int(wanted * MOST_SEEDS) - len(ours))]]
    yield from taken
    by_kind: dict[str, list[Case]] = {}
    for case in seeds:
        by_kind.setdefault(case.kind.gvk.kind, []).append(case)
    names = sorted(by_kind)
    # A kind with a large schema has more that can be wrong.
    weights = [max(_size(each.kind) for each in by_kind[name]) ** 0.5 for name in names]
    for _ in range(max(0, wanted - len(taken)) * 3):
        if len(taken) >= wanted:
            return
        seed = random.choice(by_kind[random.choices(names, weights)[0]])
        choice = random.random()
        if choice < 0.04:
            body, changes = mutate.of_metadata(seed.body, random)
        elif choice < 0.05:
            body, changes = mutate.of_root(seed.body, random)
        else:
            body, changes = mutate.mutated(seed.body, seed.kind.schema, random)
        text = normal(body)
        if text not in seen:
            seen.add(text)
            case = Case(seed.kind, body, seed.source, changes)
            taken.append(case)
            yield case


def _own_cases(world: World, by_name: dict[tuple[str, str], Kind]) -> Iterator[Case]:
    for each in all_own():
        kind = by_name.get((each.before["apiVersion"], each.before["kind"]))
        if kind is not None and all(
            world.products.get(product, version) == version for product, version in each.products.items() if product == kind.product
        ):
            yield Case(kind, delivered(each.before), "kgen")


def _rule_cases(all_kinds: Any) -> Iterator[Case]:
    """For each rule objects that break it, and objects of which it holds: tests/cel/test_rules.py sees to it that there are some."""
    for kind in all_kinds:
        found = kept(f"{kind.gvk.kind.lower()}.{kind.gvk.group}")
        metadata = {"name": "a", **({"namespace": "default"} if kind.resource.namespaced else {})}
        for body in (*found["holds"], *found["breaks"]):
            yield Case(kind, {"apiVersion": kind.gvk.api_version, "kind": kind.gvk.kind, "metadata": metadata, **body}, "rule")


def delivered(body: Json) -> Json:
    """An object as a delivery engine hands it on: with a value, in base64, in place of each placeholder."""
    if isinstance(body, dict):
        return {key: delivered(each) for key, each in body.items()}
    if isinstance(body, list):
        return [delivered(each) for each in body]
    return re.sub(r"\$\{[A-Z_]+\}", "dmFsdWU=", body) if isinstance(body, str) else body


def _given(bodies: Iterable[Json], source: str, by_name: dict[tuple[str, str], Kind]) -> Iterator[Case]:
    for body in bodies:
        kind = by_name.get((body["apiVersion"], body["kind"]))
        if kind is not None:
            yield Case(kind, body, source)


def _hand_written() -> Iterator[Json]:
    """Objects that keep and break the API server's hand-written rules, but for those that are huge."""
    bodies = (each.body for path in rule_cases.files() for each in rule_cases.cases(path))
    yield from (body for body in bodies if len(str(body)) < 20_000)


def _made(all_kinds: Any) -> Iterator[Case]:
    """A few of every kind from its schema alone: some kinds nobody has published an object of."""
    for kind in all_kinds:
        random = Random(f"made {kind.gvk}")
        for number in range(6):
            body = mutate.sample(kind.schema, random) if number else {}
            metadata = {"name": f"made-{number}", **({"namespace": "default"} if kind.resource.namespaced else {})}
            yield Case(kind, {**body, "apiVersion": kind.gvk.api_version, "kind": kind.gvk.kind, "metadata": metadata}, "made")


def _size(kind: Kind) -> int:
    return _size_of(kind.gvk, kind.product, len(str(kind.schema.get("properties", ""))))


@cache
def _size_of(gvk: object, product: str, size: int) -> int:
    return size
