"""Cluster selectors: every part of the rule, and the words for what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.clusterset.model import Cluster, Requirement, Selector
from kgen.clusterset.selector import faults, fleet, nearest, select
from kgen.diagnostics import ROOT, FieldPath

AT = FieldPath(("spec", "gateways", 0, "deployTo"))


def cluster(name: str, *, member: bool = True, leaving: bool = False, **labels: str) -> Cluster:
    return Cluster(
        name=name,
        cluster_id=name,
        labels=labels,
        member=member,
        leaving=leaving,
        pod_cidr=(),
        service_cidr=(),
        node_cidr=(),
        global_cidr=None,
        clusterset_ip_cidr=None,
        public_ip=None,
        cni=None,
        kube_proxy_mode=None,
        gateway_nodes=None,
        versions=None,
        submariner={},
        secrets=None,
        delivery=None,
        at=ROOT,
    )


def selector(
    *names: str,
    everywhere: bool = False,
    labels: dict[str, str] | None = None,
    expressions: tuple[tuple[str, str, tuple[str, ...]], ...] = (),
    exclude: tuple[str, ...] = (),
    named: bool | None = None,
) -> Selector:
    wants = tuple(Requirement(key, operator, values, AT / "matchExpressions" / i) for i, (key, operator, values) in enumerate(expressions))
    return Selector(everywhere, names if names or named else None, labels or {}, wants, exclude, AT)


SET = (
    cluster("west", region="us"),
    cluster("east", region="eu", edge="true"),
    cluster("Zürich", region="eu"),
    cluster("north", region="eu", leaving=True),
    cluster("hub", member=False, region="eu"),
)

SELECTS = {
    "a list of names, in byte order": (selector("west", "east"), False, ("east", "west")),
    "a name twice is one cluster": (selector("west", "west"), False, ("west",)),
    "all members, and no other": (selector(everywhere=True), False, ("Zürich", "east", "west")),
    "all is not the broker, even where it may be named": (selector(everywhere=True), True, ("Zürich", "east", "west")),
    "labels": (selector(labels={"region": "eu"}), False, ("Zürich", "east")),
    "labels alone never mean the broker": (selector(labels={"region": "eu"}), True, ("Zürich", "east")),
    "all labels must hold": (selector(labels={"region": "eu", "edge": "true"}), False, ("east",)),
    "names and labels must both hold": (selector("east", "west", labels={"region": "us"}), False, ("west",)),
    "exclude subtracts": (selector(labels={"region": "eu"}, exclude=("east",)), False, ("Zürich",)),
    "exclude alone subtracts from all": (selector(exclude=("east",)), False, ("Zürich", "west")),
    "In": (selector(expressions=(("region", "In", ("us", "ap")),)), False, ("west",)),
    "NotIn holds where the key is absent": (selector(expressions=(("edge", "NotIn", ("true",)),)), False, ("Zürich", "west")),
    "Exists": (selector(expressions=(("edge", "Exists", ()),)), False, ("east",)),
    "DoesNotExist": (selector(expressions=(("edge", "DoesNotExist", ()),)), False, ("Zürich", "west")),
    "expressions and labels must both hold": (
        selector(labels={"region": "eu"}, expressions=(("edge", "DoesNotExist", ()),)),
        False,
        ("Zürich",),
    ),
    "who leaves is subtracted": (selector("north", "east"), False, ("east",)),
    "who leaves may be all that is named": (selector("north"), False, ()),
    "the broker is not in range": (selector("hub", "east"), False, ("east",)),
    "the broker where it may be named": (selector("hub", "east"), True, ("east", "hub")),
    "the broker's labels must hold as well": (selector("hub", labels={"region": "us"}), True, ()),
    "a stranger means nothing": (selector("eats", "east"), False, ("east",)),
    "an empty list means nothing": (selector(named=True), False, ()),
}


@pytest.mark.parametrize(("chosen", "brokers", "names"), SELECTS.values(), ids=SELECTS.keys())
def test_selects(chosen: Selector, brokers: bool, names: tuple[str, ...]) -> None:
    assert select(chosen, SET, brokers=brokers) == names
    assert select(chosen, fleet(SET), brokers=brokers) == names


FAULTS = {
    "a typing error names the nearest": (selector("eats"), False, [("KG110", "eats", AT / 0, 'did you mean "east"?')]),
    "a word like no other": (selector("east", "mars"), False, [("KG110", "mars", AT / 1, "no such cluster")]),
    "each stranger is told": (selector("eats", "wset"), False, [("KG110", "eats", AT / 0, None), ("KG110", "wset", AT / 1, None)]),
    "in the long form the place is below names": (
        selector("eats", labels={"region": "eu"}),
        False,
        [("KG110", "eats", AT / "names" / 0, None)],
    ),
    "exclude as well": (selector(exclude=("eats",)), False, [("KG110", "eats", AT / "exclude" / 0, None)]),
    "the broker is no member": (selector("hub"), False, [("KG110", "dedicated broker", AT / 0, "not a member")]),
    "the broker may be named by patches": (selector("hub"), True, []),
    "labels that nobody has": (selector(labels={"region": "moon"}), False, [("KG111", "matches no cluster", AT, None)]),
    "all taken away": (selector("east", exclude=("east",)), False, [("KG111", "matches no cluster", AT, None)]),
    "an empty list": (selector(named=True), False, [("KG111", "matches no cluster", AT, None)]),
    "who leaves may be named": (selector("north"), False, []),
    "who leaves may be matched": (selector("north", labels={"region": "eu"}), False, []),
    "a good one": (selector(labels={"region": "eu"}, exclude=("east",)), False, []),
}


@pytest.mark.parametrize(("chosen", "brokers", "found"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(chosen: Selector, brokers: bool, found: list[tuple[str, str, FieldPath, str | None]]) -> None:
    seen = list(faults(chosen, SET, brokers=brokers))
    assert [(d.code, d.at) for d in seen] == [(code, at) for code, _, at, _ in found]
    for diagnostic, (_, words, _, label) in zip(seen, found, strict=True):
        assert words in diagnostic.message
        assert label in (None, diagnostic.label)


def test_a_set_without_members_is_said_so() -> None:
    (fault,) = faults(selector(everywhere=True), (cluster("hub", member=False),))
    assert (fault.code, fault.label) == ("KG111", "the set has no member")


def test_a_long_list_of_members_is_cut() -> None:
    (fault,) = faults(selector("x"), tuple(cluster(f"c{i}") for i in range(9)))
    assert fault.help == 'the members are "c0", "c1", "c2", "c3", "c4" and 4 more'


def test_nearest_is_none_for_a_word_like_no_other() -> None:
    assert nearest("mars", ["east"]) is None


@given(st.permutations(SET), st.lists(st.sampled_from([c.name for c in SET]), max_size=4), st.booleans())
def test_order_of_clusters_and_names_does_not_matter(order: list[Cluster], names: list[str], brokers: bool) -> None:
    one = select(selector(*names, named=True), SET, brokers=brokers)
    assert select(selector(*reversed(names), named=True), order, brokers=brokers) == one
    assert set(one) <= set(names)
