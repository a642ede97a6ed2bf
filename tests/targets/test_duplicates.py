from __future__ import annotations

import pytest

from kgen.diagnostics import FieldPath, Related
from kgen.manifest import Manifest, manifest
from kgen.targets.duplicates import CODE, duplicates

ONE, OTHER = FieldPath(("spec", "manifests", 0)), FieldPath(("spec", "manifests", 1))


def config(name: str, at: FieldPath, version: str = "v1", kind: str = "ConfigMap", namespace: str = "shop") -> Manifest:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return manifest({"apiVersion": version, "kind": kind, "metadata": metadata}, at)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(config("a", OTHER), id="equal"),
        pytest.param(config("a", OTHER, version="v2"), id="other-version"),
    ],
)
def test_one_object_twice(second: Manifest) -> None:
    (finding,) = duplicates([("east", [config("a", ONE), second])])
    assert (finding.code, finding.at, finding.related) == (CODE.number, OTHER, (Related(ONE, "the first time"),))
    assert finding.message == 'ConfigMap shop/a is made twice for cluster "east"'


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(config("b", OTHER), id="other-name"),
        pytest.param(config("a", OTHER, version="x.io/v1"), id="other-group"),
        pytest.param(config("a", OTHER, kind="Secret"), id="other-kind"),
        pytest.param(config("a", OTHER, namespace="edge"), id="other-namespace"),
    ],
)
def test_two_objects(second: Manifest) -> None:
    assert not list(duplicates([("east", [config("a", ONE), second])]))


def test_the_same_object_in_two_clusters_is_fine() -> None:
    shared = config("a", ONE)
    assert not list(duplicates((name, [shared]) for name in ("east", "west")))


def test_a_pair_is_told_once_however_many_clusters_it_meets_in() -> None:
    one, other = config("a", ONE), config("a", OTHER)
    clusters = ((name, [one, other]) for name in ("east", "west"))
    assert [finding.message for finding in duplicates(clusters)] == ['ConfigMap shop/a is made twice for cluster "east"']
