"""The file names of layout `object`: readable, never two alike on any file system, and steady when other objects come and go."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgen.manifest import ObjectKey
from kgen.targets.directory import LONGEST_NAME, names

GATEWAY = ObjectKey("gateway.networking.k8s.io", "Gateway", "edge", "eg")
LONG = ObjectKey("", "ConfigMap", "shop", "a" * 253)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param([GATEWAY], ["gateway_edge_eg"], id="namespaced"),
        pytest.param([ObjectKey("gateway.networking.k8s.io", "GatewayClass", "", "eg")], ["gatewayclass_eg"], id="cluster-scoped"),
        pytest.param(
            [GATEWAY, ObjectKey("networking.istio.io", "Gateway", "edge", "eg"), GATEWAY._replace(name="other")],
            ["gateway.gateway.networking.k8s.io_edge_eg", "gateway.networking.istio.io_edge_eg", "gateway_edge_other"],
            id="two-groups",
        ),
        pytest.param(
            [ObjectKey("", "Service", "shop", "api"), ObjectKey("serving.knative.dev", "Service", "shop", "api")],
            ["service.core_shop_api", "service.serving.knative.dev_shop_api"],
            id="core-group",
        ),
        pytest.param([ObjectKey("", "Role", "a", "system:x_Y z")], ["role_a_system%3ax%5f%59%20z"], id="odd-letters"),
        pytest.param([ObjectKey("", "ClusterRole", "", "é")], ["clusterrole_%c3%a9"], id="not-ascii"),
        pytest.param(
            [ObjectKey("", "Role", "", "a_b"), ObjectKey("", "Role", "a", "b")], ["role_a%5fb", "role_a_b"], id="underscore-is-no-separator"
        ),
    ],
)
def test_names(keys: list[ObjectKey], expected: list[str]) -> None:
    assert names(keys) == expected


def test_a_long_name_is_cut_and_told_by_its_digest() -> None:
    one, other, short = names([LONG, LONG._replace(name="a" * 252 + "b"), LONG._replace(name="a")])
    assert len(one) == len(other) == LONGEST_NAME
    assert one != other
    assert one.startswith("configmap_shop_aaa")
    assert short == "configmap_shop_a"


def test_kinds_that_differ_by_case_alone_are_told_by_their_digest() -> None:
    one, other = names([ObjectKey("a.b", "Thing", "", "x"), ObjectKey("a.b", "THING", "", "x")])
    assert one != other
    assert one.startswith("thing.a.b_x~")


TEXT = st.text(alphabet="aAbB.:-_% é", min_size=1, max_size=4)
KEYS = st.builds(
    ObjectKey, st.sampled_from(["", "a.b", "c.d"]), st.sampled_from(["Kind", "KIND", "Other"]), st.sampled_from(["", "ns"]), TEXT
)


@settings(max_examples=200)
@given(st.lists(KEYS, unique=True, max_size=12))
def test_no_two_are_one_file(keys: list[ObjectKey]) -> None:
    made = names(keys)
    assert len({name.casefold() for name in made}) == len(keys)
    assert all(name.isascii() and "/" not in name and len(name) <= LONGEST_NAME for name in made)
