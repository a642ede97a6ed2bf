"""Whatever an overlay, an override or a patch says: it is merged, or refused with places; never anything else, and nothing is mutated."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgen import source
from kgen.clusterset.decode import decode
from kgen.clusterset.overlay import merged
from kgen.clusterset.override import variants
from kgen.diagnostics import FieldPath, Rejected, Span
from kgen.manifest import GroupVersionKind, Placement, manifest
from kgen.patch import Patcher

HUB = source.parse((Path(__file__).parents[2] / "examples" / "hub" / "clusterset.yaml").read_text(encoding="utf-8"), "hub.yaml")

# Words that mean something somewhere in a spec or an object, so that layers meet what is there.
FIELDS = [
    "spec",
    "metadata",
    "clusters",
    "services",
    "gateways",
    "gatewayClasses",
    "routes",
    "listeners",
    "ports",
    "exports",
    "submariner",
    "versions",
    "secrets",
    "overrides",
    "merge",
    "patches",
    "json6902",
    "manifests",
    "object",
    "name",
    "namespace",
    "kind",
    "cluster",
    "labels",
    "hostname",
    "hostnames",
    "deployTo",
    "podCIDR",
    "proxy",
    "$patch",
    "natEnabled",
    "rules",
    "x-a",
]
WORDS = ["edge", "edge-eu", "apps-us", "public", "http", "items", "catalogue", "HTTPRoute", "GRPCRoute", "delete", "all", "10.0.0.0/8", ""]
scalars = st.sampled_from([*WORDS, None, True, False, 0, 1, 80, 1.5])
values = st.recursive(
    scalars,
    lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)
maps = st.dictionaries(st.sampled_from(FIELDS), values, max_size=5)
often = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150)


def document(spec: Any, name: str) -> source.Document:
    text = json.dumps({"apiVersion": "kgen.dev/v1alpha1", "kind": "ClusterSetOverlay", "spec": spec})
    return source.parse(text, name)


@often
@given(maps, maps)
def test_any_overlay(one: Any, two: Any) -> None:
    documents = [HUB, document(one, "one"), document(two, "two")]
    before = copy.deepcopy([d.data for d in documents])
    try:
        result = merged(documents)
        for path in list(result.spans)[:200]:
            assert result.span(path).file in ("hub.yaml", "one", "two")
    except Rejected as rejected:
        for found in rejected.diagnostics:
            assert isinstance(found.at, Span)
            assert found.at.file in ("one", "two")
            assert all(isinstance(other.at, Span) for other in found.related)
    assert [d.data for d in documents] == before


def items(keys: dict[str, list[str]], *inner: str) -> st.SearchStrategy[Any]:
    """A list of a spec, whose items have whole keys and a few fields with any value."""
    fields = st.dictionaries(st.sampled_from(inner), values, max_size=2)
    key = st.fixed_dictionaries({name: st.sampled_from(words) for name, words in keys.items()})
    return st.lists(st.builds(lambda k, f: {**f, **k}, key, fields), max_size=2)


listeners = items({"name": ["http", "tls"]}, "hostname", "port", "protocol", "tls", "$patch")
gateways = st.lists(
    st.fixed_dictionaries({"name": st.just("public"), "namespace": st.just("edge")}, optional={"listeners": listeners, "labels": values}),
    max_size=1,
)
merges = maps | st.fixed_dictionaries(
    {},
    optional={
        "gateways": gateways,
        "routes": items({"name": ["items"], "namespace": ["edge"]}, "hostnames", "rules", "labels", "parentRefs"),
        "submariner": st.dictionaries(st.sampled_from(["natEnabled", "debug", "cableDriver"]), scalars, max_size=2),
        "versions": st.dictionaries(st.sampled_from(["submariner", "kubernetes"]), st.sampled_from(["0.23.0", "1.34", None]), max_size=2),
    },
)


@often
@given(merges, merges)
def test_any_override(one: Any, two: Any) -> None:
    overrides = [{"name": "one", "applyTo": "all", "merge": one}, {"name": "two", "applyTo": ["edge-eu"], "merge": two}]
    layered = merged([HUB, document({"overrides": overrides}, "over")])
    wish = decode(layered)
    try:
        found = variants(layered, wish)
        assert "edge-eu" in found.by_cluster
        assert "hub" not in found.by_cluster
    except Rejected as rejected:
        for finding in rejected.diagnostics:
            span = finding.at if isinstance(finding.at, Span) else layered.span(finding.at)
            assert span.file in ("over", "hub.yaml")


BODY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "public", "namespace": "edge", "labels": {"x-a": "b"}},
    "spec": {"listeners": [{"name": "http", "port": 80}, {"name": "edge", "port": 81}], "rules": [{"name": "a"}, {"name": "b"}]},
}
SUBJECT = manifest(copy.deepcopy(BODY), FieldPath(("spec", "gateways", 0)))
tokens = st.sampled_from(["spec", "metadata", "listeners", "rules", "name", "labels", "x-a", "0", "1", "2", "-", "~0", ""])
pointers = st.lists(tokens, max_size=4).map(lambda parts: "".join("/" + part for part in parts))
known = st.sampled_from(
    [
        "/spec",
        "/spec/listeners/0",
        "/spec/listeners/1/name",
        "/spec/rules/0",
        "/spec/rules/1/name",
        "/metadata/name",
        "/metadata/labels/x-a",
    ]
)
places = pointers | known
operations = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace"]), "path": places, "value": values}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": places}),
    st.fixed_dictionaries({"op": st.sampled_from(["move", "copy"]), "path": places, "from": places}),
    st.sampled_from(
        [
            {"op": "test", "path": "/spec/listeners/0/name", "value": "http"},
            {"op": "test", "path": "/spec/listeners/1/name", "value": "edge"},
            {"op": "test", "path": "/spec/rules/0/name", "value": "a"},
        ]
    ),
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "move", "remove", "test"]), "path": places}, optional={"from": places, "value": values}
    ),
)


def list_keys(gvk: GroupVersionKind, path: tuple[str | int, ...]) -> tuple[str, ...] | None:
    return ("name",) if path == ("spec", "listeners") else None


@often
@given(maps, st.lists(operations, min_size=1, max_size=4), st.sampled_from([("a", "b"), ("b", "a")]))
def test_any_patch(merge: Any, json6902: Any, names: tuple[str, str]) -> None:
    common = {"target": {"kind": "Gateway"}, "applyTo": "all", "expect": 1}
    patches = [{"name": names[0], **common, "merge": merge}, {"name": names[1], **common, "json6902": json6902}]
    layered = merged([HUB, document({"patches": patches}, "over")])
    work = Patcher(decode(layered))
    (placed,) = work.apply("edge-eu", [Placement("edge-eu", "40-gateways", SUBJECT)], list_keys)
    assert SUBJECT.body == BODY
    assert placed.manifest.key == SUBJECT.key
    assert placed.manifest.origins[0].output == FieldPath()
    for found in work.findings:
        assert isinstance(found.at, FieldPath)
        assert layered.span(found.at).file == "over"
