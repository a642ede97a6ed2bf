"""Each layout's whole tree, and that nothing is printed before it is read."""

from __future__ import annotations

import pytest

from kgen.targets import Layout
from kgen.targets.directory import MADE_BY, tree
from kgen.targets.texts import Texts
from tests.targets.placed import FLEET, SHARED

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"
GATEWAY = (
    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: eg\n  namespace: edge\nspec:\n  gatewayClassName: eg\n"
)
FLAGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: flags\n  namespace: shop\ndata:\n  a: "1"\n'
ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: system:Reader\nrules: []\n"
STAGE = {
    "clusters/east/00-namespaces/manifests.yaml": MADE_BY + NAMESPACE,
    "clusters/east/40-gateways/manifests.yaml": MADE_BY + GATEWAY,
    "clusters/east/60-manifests/manifests.yaml": f"{MADE_BY}{FLAGS}---\n{ROLE}",
    "clusters/west/60-manifests/manifests.yaml": MADE_BY + FLAGS,
}
OBJECT = {
    "clusters/east/00-namespaces/namespace_shop.yaml": MADE_BY + NAMESPACE,
    "clusters/east/40-gateways/gateway_edge_eg.yaml": MADE_BY + GATEWAY,
    "clusters/east/60-manifests/configmap_shop_flags.yaml": MADE_BY + FLAGS,
    "clusters/east/60-manifests/clusterrole_system%3a%52eader.yaml": MADE_BY + ROLE,
    "clusters/west/60-manifests/configmap_shop_flags.yaml": MADE_BY + FLAGS,
}
CLUSTER = {
    "clusters/east.yaml": f"{MADE_BY}# Stage: 00-namespaces\n{NAMESPACE}---\n# Stage: 40-gateways\n{GATEWAY}---\n"
    f"# Stage: 60-manifests\n{FLAGS}---\n{ROLE}",
    "clusters/west.yaml": f"{MADE_BY}# Stage: 60-manifests\n{FLAGS}",
}
KUSTOMIZATION = f"""\
{MADE_BY}apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
sortOptions:
  order: fifo
resources:
"""


def read(layout: Layout, kustomization: bool = False) -> dict[str, str]:
    files = [file for part in tree(FLEET, layout, kustomization) for file in part.files]
    assert len({file.path for file in files}) == len(files)
    return {file.path: "".join(file.chunks) for file in files}


@pytest.mark.parametrize(("layout", "expected"), [("stage", STAGE), ("object", OBJECT), ("cluster", CLUSTER)])
def test_the_whole_tree(layout: Layout, expected: dict[str, str]) -> None:
    assert read(layout) == expected
    assert list(read(layout)) == list(expected)


@pytest.mark.parametrize("layout", ["stage", "object"])
def test_a_kustomization_lists_a_cluster_s_files_in_their_order(layout: Layout) -> None:
    plain, files = read(layout), read(layout, kustomization=True)
    added = {path: text for path, text in files.items() if path not in plain}
    assert {path: text for path, text in files.items() if path in plain} == plain
    assert list(added) == ["clusters/east/kustomization.yaml", "clusters/west/kustomization.yaml"]
    for path, text in added.items():
        folder = path.removesuffix("kustomization.yaml")
        assert text.startswith(KUSTOMIZATION)
        listed = [line.removeprefix("- ").strip('"') for line in text.removeprefix(KUSTOMIZATION).splitlines()]
        assert listed == [one.removeprefix(folder) for one in plain if one.startswith(folder)]


def test_one_file_a_cluster_has_no_kustomization() -> None:
    assert read("cluster", kustomization=True) == CLUSTER


def test_parts_tell_cluster_and_stages() -> None:
    assert [(part.cluster, part.stages) for part in tree(FLEET)] == [
        ("east", ("00-namespaces", "40-gateways", "60-manifests")),
        ("north", ()),
        ("west", ("60-manifests",)),
    ]


class Counting(Texts):
    """Texts that count what they are asked for."""

    asked = 0

    def of(self, manifests):  # type: ignore[no-untyped-def]
        some = list(manifests)
        self.asked += len(some)
        return super().of(some)


@pytest.mark.parametrize("layout", ["stage", "object", "cluster"])
def test_a_file_that_is_not_read_is_not_printed(layout: Layout) -> None:
    texts = Counting()
    chunks = [file.chunks for part in tree(FLEET, layout, texts=texts) for file in part.files]
    assert texts.asked == 0
    "".join(chunks[0])
    assert 0 < texts.asked <= 4


def test_a_text_in_use_is_printed_once() -> None:
    texts = Texts(kept=0)
    (first,) = texts.of([SHARED])
    for _ in range(5):
        texts.turn()
        assert texts.of([SHARED])[0] is first


def test_a_text_out_of_use_is_let_go() -> None:
    texts = Texts(kept=0)
    (first,) = texts.of([SHARED])
    texts.turn()
    texts.of([SHARED._replace(name="other")])
    texts.turn()
    texts.of([SHARED._replace(name="third")])
    texts.turn()
    assert texts.of([SHARED]) == [first]
    assert texts.of([SHARED])[0] is not first


def test_equal_manifests_are_told_apart_by_identity() -> None:
    other = SHARED._replace(body={**SHARED.body, "data": {"a": "2"}})
    assert Texts().of([SHARED, other, SHARED]) == [FLAGS, FLAGS.replace('"1"', '"2"'), FLAGS]
