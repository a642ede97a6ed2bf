"""kgen as a plugin of Argo CD 3.3.10, whole, over three real API servers: what is applied, what is left alone, and what is deleted."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
import yaml

from tests.checkout import ROOT
from tests.real import argocd
from tests.real.argocd import ArgoCD, Repository, application, broken
from tests.real.needed import or_skip

# One worker has all tests with controllers, one after the other: they follow one another, and two sets at once get in each other's way.
pytestmark = pytest.mark.xdist_group("e2e")

Json = Any

CLUSTERS: Final = ("cluster1", "cluster2", "cluster3")
PLUGIN: Final = yaml.safe_load((ROOT / "docs" / "argocd" / "plugin.yaml").read_text(encoding="utf-8"))
NAME: Final = f"{PLUGIN['metadata']['name']}-{PLUGIN['spec']['version']}"
# Seconds that the repo-server has for an application's manifests. Argo CD's own are 60; the slow plugin below takes longer than either.
TIMEOUT: Final = 20


def slow() -> Json:
    """The same plugin with a kgen that has all but printed when its time is over."""
    plugin = copy.deepcopy(PLUGIN)
    plugin["metadata"]["name"] = "slow"
    plugin["spec"].pop("discover")
    plugin["spec"]["generate"] = {"command": ["sh", "-c", "kgen cmp generate && sleep 120"]}
    return plugin


@pytest.fixture(scope="module")
def fleet() -> Iterator[tuple[ArgoCD, Repository]]:
    with ExitStack() as running:
        yield or_skip(lambda: running.enter_context(argocd.fleet(CLUSTERS, {"kgen": PLUGIN, "slow": slow()}, TIMEOUT)))


@pytest.fixture
def argo(fleet: tuple[ArgoCD, Repository]) -> ArgoCD:
    return fleet[0]


@pytest.fixture
def repository(fleet: tuple[ArgoCD, Repository]) -> Repository:
    return fleet[1]


def source(repository: Repository, path: str, cluster: str, plugin: str = NAME, **parameters: Json) -> Json:
    given = [{"name": "cluster", "string": cluster}]
    given += [{"name": name, "array" if isinstance(value, list) else "string": value} for name, value in parameters.items()]
    return {"repoURL": repository.url, "targetRevision": "main", "path": path, "plugin": {"name": plugin, "parameters": given}}


def objects(argo: ArgoCD, application: Json, cluster: str) -> dict[str, Json]:
    """What an application delivered, as it lives in its cluster, by kind and name; all of it must be there."""
    keys = [
        (each.get("group", ""), each["version"], each["kind"], each.get("namespace", ""), each["name"])
        for each in application["status"]["resources"]
    ]
    found = {_name(key): argo.clusters[cluster].ask("GET", _path(key)).body for key in keys}
    assert all(each.get("kind") != "Status" for each in found.values()), found
    return found


def living(argo: ArgoCD, expected: dict[str, Json], cluster: str) -> dict[str, Json]:
    """The same objects as they live now; one that is gone is left out."""
    found = {}
    for name, each in expected.items():
        group, _, version = each["apiVersion"].rpartition("/")
        key = (group, version, each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"])
        answer = argo.clusters[cluster].ask("GET", _path(key))
        if answer.status == 200:
            found[name] = answer.body
    return found


Key = tuple[str, str, str, str, str]
PLURALS: Final = {"GatewayClass": "gatewayclasses", "EnvoyProxy": "envoyproxies"}


def _name(key: Key) -> str:
    return f"{key[2]} {key[3]}/{key[4]}"


def _path(key: Key) -> str:
    group, version, kind, namespace, name = key
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    where = f"/namespaces/{namespace}" if namespace else ""
    return f"{root}{where}/{PLURALS.get(kind, kind.lower() + 's')}/{name}"


def identities(found: dict[str, Json]) -> dict[str, tuple[str, str]]:
    """What changes when an object is made anew, or written: its uid and its generation."""
    return {name: (each["metadata"]["uid"], str(each["metadata"].get("generation"))) for name, each in found.items()}


def stays_synced(argo: ArgoCD, name: str, revision: str) -> None:
    """Another two looks, one of them at all that lives, find no difference and start no operation."""
    before = argo.application(name)["status"]["operationState"]["finishedAt"]
    for hard in (False, True):
        argo.refresh(name, hard)
        assert argocd.is_synced(argo.application(name), revision), argo.application(name)["status"]
    assert argo.application(name)["status"]["operationState"]["finishedAt"] == before


def example(repository: Repository, name: str, to: str) -> None:
    for path in (ROOT / "examples" / name).glob("clusterset*.yaml"):
        (repository.work / to).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, repository.work / to)


# The seed's Submariner takes a key that somebody puts in place of a placeholder; a server would not take it as it is.
FILLED: Final = """\
apiVersion: kgen.dev/v1alpha1
kind: ClusterSetOverlay
spec:
  patches:
    - {name: psk, target: {kind: Secret, name: submariner-ipsec-psk}, applyTo: all, expect: 1, merge: {data: {psk: ""}}}
"""


def test_the_seed_is_synced_and_stays_so(argo: ArgoCD, repository: Repository) -> None:
    example(repository, "seed", "seed")
    overlay = repository.work / "seed" / "filled"
    overlay.mkdir()
    (overlay / "clusterset.yaml").write_text(FILLED, encoding="utf-8")
    shutil.copy(repository.work / "seed" / "clusterset.lock.yaml", overlay)
    revision = repository.commit("the seed")
    for cluster in CLUSTERS[:2]:
        body = application(f"seed-{cluster}", source(repository, "seed", cluster, overlays=["filled"]), cluster)
        argo.create(argocd.APPLICATIONS, body)
    for cluster, kinds in (("cluster1", 16), ("cluster2", 4)):
        done = argo.synced(f"seed-{cluster}", revision)
        assert len(objects(argo, done, cluster)) == kinds
        stays_synced(argo, f"seed-{cluster}", revision)
    for cluster in CLUSTERS[:2]:
        argo.delete(f"seed-{cluster}")


def test_globalnet_through_good_and_bad_commits(argo: ArgoCD, repository: Repository) -> None:
    example(repository, "globalnet", "sets/mesh")
    spec = repository.work / "sets" / "mesh" / "clusterset.yaml"
    good = spec.read_text(encoding="utf-8")
    revision = repository.commit("three clusters")
    names = {cluster: f"mesh-{cluster}" for cluster in CLUSTERS}
    for cluster, name in names.items():
        argo.create(argocd.APPLICATIONS, application(name, source(repository, "sets/mesh", cluster), cluster))
    found = {}
    for cluster, name in names.items():
        found[cluster] = objects(argo, argo.synced(name, revision), cluster)
        stays_synced(argo, name, revision)
    assert {cluster: len(each) for cluster, each in found.items()} == {"cluster1": 22, "cluster2": 6, "cluster3": 6}
    before = {cluster: identities(each) for cluster, each in found.items()}

    def untouched(why: str, told: str, only: tuple[str, ...] = CLUSTERS) -> None:
        """A revision that cannot be made is told, and every object is what it was."""
        for cluster in only:
            argo.refresh(names[cluster])
            state = argo.wait(names[cluster], lambda application: bool(broken(application)))
            assert told in broken(state), (why, broken(state))
        for cluster in CLUSTERS:
            # The resources of the last revision that could be made.
            assert identities(living(argo, found[cluster], cluster)) == before[cluster], why

    # A spec with an error: nothing of it, in no cluster.
    spec.write_text(good.replace("service: shop/api", "service: shop/apy"), encoding="utf-8")
    repository.commit("a broken reference")
    untouched("a broken reference", "unknown-service")

    # A cluster that left the spec: its application has nothing to say, which is no reason to delete.
    gone = good.replace("    - {name: cluster3, podCIDR: 10.20.0.0/16, serviceCIDR: 10.96.0.0/16}\n", "")
    spec.write_text(gone.replace("exportFrom: [cluster2, cluster3]", "exportFrom: [cluster2]"), encoding="utf-8")
    revision = repository.commit("a cluster less")
    untouched("a cluster less", "unknown-cluster", ("cluster3",))

    # And the spec mended: as it was, without a new object.
    spec.write_text(good, encoding="utf-8")
    revision = repository.commit("as it was")
    for cluster, name in names.items():
        argo.refresh(name)
        argo.synced(name, revision)
        assert set(identities(living(argo, found[cluster], cluster))) == set(before[cluster])

    # A service that one cluster exports no more: its ServiceExport goes, and nothing else.
    before = {cluster: identities(living(argo, found[cluster], cluster)) for cluster in CLUSTERS}
    spec.write_text(good.replace("exportFrom: [cluster2, cluster3]", "exportFrom: [cluster3]"), encoding="utf-8")
    revision = repository.commit("a service less")
    for cluster, name in names.items():
        argo.refresh(name)
        left = objects(argo, argo.synced(name, revision), cluster)
        expected = {key: value for key, value in before[cluster].items() if cluster != "cluster2" or key != "ServiceExport shop/api"}
        assert identities(left) == expected
    gone_now = argo.clusters["cluster2"].ask("GET", "/apis/multicluster.x-k8s.io/v1alpha1/namespaces/shop/serviceexports/api")
    assert gone_now.status == 404
    for name in names.values():
        argo.delete(name)
    # Namespaces stay, whatever becomes of the application.
    assert argo.clusters["cluster2"].ask("GET", "/api/v1/namespaces/shop").status == 200


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("empty", {"stage": "50-routes"}, "empty-output"),
        ("unknown", {"stages": "50-routes"}, "unknown-parameter"),
        ("outside", {"spec": "../../../etc/clusterset.yaml"}, "outside-repository"),
        ("slow", {}, "DeadlineExceeded|signal: killed"),
    ],
)
def test_what_cannot_be_made_is_not_applied(name: str, parameters: dict[str, str], told: str, argo: ArgoCD, repository: Repository) -> None:
    example(repository, "globalnet", "sets/mesh")
    repository.commit(name)
    plugin = "slow-v0.1" if name == "slow" else NAME
    argo.create(argocd.APPLICATIONS, application(name, source(repository, "sets/mesh", "cluster3", plugin, **parameters), "cluster3"))
    state = argo.wait(name, lambda application: bool(broken(application)))
    # The repo-server may see the end of its own time first, or that of the plugin.
    assert re.search(told, broken(state))
    assert "resources" not in state["status"]
    assert "operationState" not in state["status"]
    argo.delete(name)


def test_discovery_finds_the_plugin(argo: ArgoCD, repository: Repository) -> None:
    example(repository, "globalnet", "sets/found")
    revision = repository.commit("found")
    found = source(repository, "sets/found", "cluster2", stage="30-exports")
    del found["plugin"]["name"]
    argo.create(argocd.APPLICATIONS, application("found", found, "cluster2"))
    done = argo.synced("found", revision)
    assert [each["kind"] for each in done["status"]["resources"]] == ["ServiceExport"]
    assert done["status"]["sourceType"] == "Plugin"
    argo.delete("found")
