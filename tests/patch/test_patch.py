"""Patches: targets and counts, merging by the kinds' list keys, JSON 6902, conflicts, identity, places and sharing."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen import source
from kgen.clusterset.decode import decode
from kgen.clusterset.model import ClusterSet
from kgen.diagnostics import Diagnostic, FieldPath
from kgen.manifest import GroupVersionKind, Manifest, Placement, manifest
from kgen.patch import Patcher

HEAD = """
apiVersion: kgen.dev/v1alpha1
kind: ClusterSet
metadata: {name: shop}
spec:
  join: external
  clusters: [{name: east}, {name: west}, {name: gone, leaving: true}, {name: hub, member: false}]
  patches:
"""

LISTS = {
    ("Gateway", ("spec", "listeners")): ("name",),
    ("Service", ("spec", "ports")): ("port", "protocol"),
    ("Gateway", ("spec", "listeners", 0, "inner")): ("key",),
}


def list_keys(gvk: GroupVersionKind, path: tuple[str | int, ...]) -> tuple[str, ...] | None:
    return LISTS.get((gvk.kind, path))


AT = FieldPath(("spec", "gateways", 0))
GATEWAY = manifest(
    {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "eg", "namespace": "edge", "labels": {"a/b": "c"}},
        "spec": {
            "gatewayClassName": "eg",
            "listeners": [
                {"name": "http", "port": 80, "protocol": "HTTP", "hostnames": ["a", "b"]},
                {"name": "tls", "port": 443, "protocol": "HTTPS", "tls": {"mode": "Terminate"}},
            ],
            "addresses": [{"value": "1.2.3.4"}, {"value": "5.6.7.8"}],
        },
    },
    AT,
    (("spec",), AT),
    (("spec", "listeners", 0), AT / "listeners" / 3),
    (("spec", "listeners", 1), AT / "listeners" / 5),
    (("spec", "listeners", 1, "port"), AT / "somewhere"),
)
OTHER = manifest(
    {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "two", "namespace": "edge"}, "spec": {}}, AT
)
CLASS = manifest({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "eg"}, "spec": {}}, AT)
SERVICE = manifest(
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "n"}, "spec": {"ports": [{"port": 80, "name": "a"}]}}, AT
)
ALL = (GATEWAY, OTHER, CLASS, SERVICE)


def wished(*patches: str) -> ClusterSet:
    return decode(source.parse(HEAD + "".join(f"    - {patch}\n" for patch in patches), "clusterset.yaml"))


def patcher(*patches: str) -> Patcher:
    return Patcher(wished(*patches))


def placed(cluster: str, manifests: Sequence[Manifest] = ALL) -> list[Placement]:
    return [Placement(cluster, "40-gateways", m) for m in manifests]


def one(change: str, target: str = "{kind: Gateway, name: eg}", name: str = "p") -> str:
    return f"{{name: {name}, target: {target}, applyTo: [east], expect: 1, {change}}}"


def run(*patches: str, cluster: str = "east") -> tuple[list[Manifest], list[Diagnostic]]:
    work = patcher(*patches)
    before = copy.deepcopy([m.body for m in ALL])
    after = [placement.manifest for placement in work.apply(cluster, placed(cluster), list_keys)]
    assert [m.body for m in ALL] == before, "bodies are never mutated"
    return after, work.findings


def listener(index: int, **changes: Any) -> dict[str, Any]:
    return {**GATEWAY.body["spec"]["listeners"][index], **changes}


# --- targets --------------------------------------------------------------------------------------------------------------------------

TARGETS = {
    "nothing matches all": ("{}", 4),
    "kind": ("{kind: Gateway}", 2),
    "group": ("{group: gateway.networking.k8s.io}", 3),
    "the core group": ("{group: ''}", 1),
    "name": ("{name: eg}", 2),
    "namespace": ("{namespace: edge}", 2),
    "all of them": ("{group: gateway.networking.k8s.io, kind: Gateway, namespace: edge, name: eg}", 1),
}


@pytest.mark.parametrize(("target", "hits"), TARGETS.values(), ids=TARGETS.keys())
def test_target(target: str, hits: int) -> None:
    patch = f"{{name: p, target: {target}, applyTo: [east], expect: {hits}, merge: {{metadata: {{annotations: {{x: z}}}}}}}}"
    after, found = run(patch)
    assert not found
    assert sum("annotations" in m.body["metadata"] for m in after) == hits


def test_only_selected_clusters_are_patched() -> None:
    patch = "{name: p, target: {kind: GatewayClass}, applyTo: all, expect: 1, merge: {spec: {description: x}}}"
    for cluster, patched in {"east": True, "west": True, "gone": False, "hub": False, "stranger": False}.items():
        after, found = run(patch, cluster=cluster)
        assert (after[2].body["spec"] != {}) is patched
        assert not found


def test_the_dedicated_broker_may_be_named() -> None:
    after, found = run("{name: p, target: {kind: GatewayClass}, applyTo: [hub], expect: 1, merge: {spec: {description: x}}}", cluster="hub")
    assert after[2].body["spec"] == {"description": "x"}
    assert not found


COUNTS = {
    "too many": (
        "{kind: Gateway}",
        1,
        'hits 2 objects in cluster "east", not 1; these are Gateway edge/eg, Gateway edge/two',
        "the target",
    ),
    "too few": ("{kind: Gateway, name: eg}", 2, 'hits 1 object in cluster "east", not 2; these are Gateway edge/eg', "the target"),
    "none of that name": ("{kind: Gateway, name: egg}", 1, 'hits no object in cluster "east", not 1', 'name there: "eg", "two"'),
    "none of that namespace": ("{kind: Gateway, namespace: a}", 1, "hits no object", 'namespace there: "edge"'),
    "none of that group": ("{kind: Gateway, group: a}", 1, "hits no object", 'group there: "gateway.networking.k8s.io"'),
    "none of that kind": ("{kind: Gatway}", 1, "hits no object", 'no Gatway there; did you mean "Gateway"?'),
    "none like that kind": ("{kind: Deployment}", 1, "hits no object", "no Deployment there"),
    "each part is there, but not together": (
        "{kind: Gateway, name: eg, namespace: edge, group: ''}",
        1,
        "hits no object",
        'group there: "gateway',
    ),
}


@pytest.mark.parametrize(("target", "expect", "words", "related"), COUNTS.values(), ids=COUNTS.keys())
def test_expect(target: str, expect: int, words: str, related: str) -> None:
    _, (found,) = run(f"{{name: p, target: {target}, applyTo: [east], expect: {expect}, merge: {{}}}}")
    assert (found.code, str(found.at), found.label) == ("KG520", "spec.patches[0].expect", f"{expect} expected")
    assert words in found.message
    assert related in found.related[0].label


def test_a_wrong_count_is_told_once_for_many_clusters() -> None:
    names = [f"c{i}" for i in range(1000)]
    text = HEAD.replace("{name: east}, ", "".join(f"{{name: {name}}}, " for name in names))
    wish = decode(source.parse(text + "    - {name: p, target: {kind: Gateway}, applyTo: all, expect: 1, merge: {}}\n", "c.yaml"))
    work = Patcher(wish)
    for name in names:
        work.apply(name, placed(name), list_keys)
    (found,) = work.findings
    assert 'in clusters "c0", "c1", "c2" and 997 more, not 1; these are in c0 Gateway edge/eg' in found.message


# --- merge ----------------------------------------------------------------------------------------------------------------------------

MERGES: dict[str, tuple[str, dict[str, Any]]] = {
    "maps merge": ("{metadata: {labels: {d: e}}}", {"metadata.labels": {"a/b": "c", "d": "e"}}),
    "lists merge by the CRD's keys": (
        "{spec: {listeners: [{name: tls, port: 8443}]}}",
        {"spec.listeners": [listener(0), listener(1, port=8443)]},
    ),
    "an unknown key adds an item": ("{spec: {listeners: [{name: x, port: 1}]}}", {"spec.listeners.2": {"name": "x", "port": 1}}),
    "$patch: delete removes an item": ("{spec: {listeners: [{name: http, $patch: delete}]}}", {"spec.listeners": [listener(1)]}),
    "other lists are replaced": (
        "{spec: {addresses: [{value: x}], listeners: [{name: http, hostnames: [c]}]}}",
        {"spec.addresses": [{"value": "x"}], "spec.listeners.0.hostnames": ["c"]},
    ),
    "null removes": ("{spec: {addresses: null}, metadata: {labels: null}}", {"metadata": {"name": "eg", "namespace": "edge"}}),
    "a new map": ("{spec: {infrastructure: {labels: {a: b}}}}", {"spec.infrastructure": {"labels": {"a": "b"}}}),
    "what does not change identity may be written": (
        "{kind: Gateway, metadata: {name: eg}, spec: {gatewayClassName: z}}",
        {"spec.gatewayClassName": "z"},
    ),
}


def at(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = body[int(part) if part.isdigit() else part]
    return body


@pytest.mark.parametrize(("merge", "expected"), MERGES.values(), ids=MERGES.keys())
def test_merge(merge: str, expected: dict[str, Any]) -> None:
    after, found = run(one(f"merge: {merge}"))
    assert not found
    for path, value in expected.items():
        assert json.dumps(at(after[0].body, path)) == json.dumps(value)
    assert after[1:] == list(ALL[1:])


def test_keys_of_several_fields_may_lack_one_that_has_a_default() -> None:
    after, found = run(one("merge: {spec: {ports: [{port: 80, targetPort: 1}, {port: 80, protocol: UDP}]}}", target="{kind: Service}"))
    assert not found
    assert after[3].body["spec"]["ports"] == [{"port": 80, "name": "a", "targetPort": 1}, {"port": 80, "protocol": "UDP"}]


MISFITS: dict[str, tuple[str, str, str, str]] = {
    # change, code, words, place below the patch
    "removing what is not there": (
        "merge: {spec: {adresses: null}}",
        "KG522",
        'removes "adresses", which is not there, in Gateway edge/eg',
        "merge.spec.adresses",
    ),
    "deleting what is not there": (
        "merge: {spec: {listeners: [{name: x, $patch: delete}]}}",
        "KG522",
        'deletes "x" from listeners',
        "merge.spec.listeners[0]",
    ),
    "a type clash": ("merge: {spec: {listeners: {http: {}}}}", "KG522", "a map cannot be merged over a list", "merge.spec.listeners"),
    "an item without its key": ("merge: {spec: {listeners: [{port: 1}]}}", "KG522", "merged by its name", "merge.spec.listeners[0]"),
    "a key twice": ("merge: {spec: {listeners: [{name: a}, {name: a}]}}", "KG522", "twice", "merge.spec.listeners[1]"),
    "a directive in a list without keys": (
        "merge: {spec: {addresses: [{value: 1, $patch: delete}]}}",
        "KG522",
        "have no key",
        "merge.spec.addresses[0].$patch",
    ),
    "the name": ("merge: {metadata: {name: other}}", "KG523", "changes metadata.name", "merge.metadata.name"),
    "the namespace": ("merge: {metadata: {namespace: null}}", "KG523", "changes metadata.namespace", "merge.metadata.namespace"),
    "the kind": ("merge: {kind: HTTPRoute}", "KG523", "changes kind", "merge.kind"),
    "the version": ("merge: {apiVersion: v1}", "KG523", "changes apiVersion", "merge.apiVersion"),
    "the name, by operation": (
        "json6902: [{op: replace, path: /metadata/name, value: x}]",
        "KG523",
        "changes metadata.name",
        "json6902[0].path",
    ),
    "all metadata, by operation": (
        "json6902: [{op: replace, path: /metadata, value: {name: eg}}]",
        "KG523",
        "changes metadata.namespace",
        "json6902[0].path",
    ),
    "a failing test": (
        "json6902: [{op: test, path: /spec/listeners/0/name, value: tls}]",
        "KG524",
        'the test of /spec/listeners/0/name fails: it is "http", not "tls"',
        "json6902[0].value",
    ),
    "true is not 1": (
        "json6902: [{op: add, path: /spec/a, value: true}, {op: test, path: /spec/a, value: 1}]",
        "KG524",
        "it is true, not 1",
        "json6902[1].value",
    ),
    "no such field": ("json6902: [{op: replace, path: /spec/adresses, value: 1}]", "KG525", '/spec has no "adresses"', "json6902[0].path"),
    "no such field to test": ("json6902: [{op: test, path: /spec/x, value: null}]", "KG525", '/spec has no "x"', "json6902[0].path"),
    "no such parent": ("json6902: [{op: add, path: /status/a, value: 1}]", "KG525", 'the object has no "status"', "json6902[0].path"),
    "no such item": (
        "json6902: [{op: remove, path: /spec/addresses/2}]",
        "KG525",
        "/spec/addresses has 2 items, and no item 2",
        "json6902[0].path",
    ),
    "beyond the end": (
        "json6902: [{op: add, path: /spec/addresses/3, value: 1}]",
        "KG525",
        "has 2 items, and no item 3",
        "json6902[0].path",
    ),
    "no index": ("json6902: [{op: remove, path: /spec/addresses/first}]", "KG525", '"first" is no index', "json6902[0].path"),
    "a leading zero": ("json6902: [{op: remove, path: /spec/addresses/01}]", "KG525", '"01" is no index', "json6902[0].path"),
    "- is only for adding": ("json6902: [{op: remove, path: /spec/addresses/-}]", "KG525", '"-" is no index', "json6902[0].path"),
    "below a single value": (
        "json6902: [{op: add, path: /spec/gatewayClassName/a, value: 1}]",
        "KG525",
        "is a single value",
        "json6902[0].path",
    ),
    "no such source": ("json6902: [{op: copy, from: /spec/x, path: /spec/a}]", "KG525", '/spec has no "x"', "json6902[0].from"),
    "moved into itself": ("json6902: [{op: move, from: /spec, path: /spec/a}]", "KG525", "moved into itself", "json6902[0].path"),
    "an index without a test": (
        "json6902: [{op: replace, path: /spec/listeners/1/port, value: 1}]",
        "KG526",
        "/spec/listeners/1/port names an item of listeners by its index",
        "json6902[0].path",
    ),
    "a test of another item": (
        "json6902: [{op: test, path: /spec/listeners/0/name, value: http}, {op: remove, path: /spec/listeners/1}]",
        "KG526",
        "/spec/listeners/1 names an item",
        "json6902[1].path",
    ),
    "a test before an item went": (
        "json6902: [{op: test, path: /spec/listeners/1/name, value: tls}, {op: test, path: /spec/listeners/0/name, value: http},"
        " {op: remove, path: /spec/listeners/0}, {op: remove, path: /spec/listeners/0}]",
        "KG526",
        "/spec/listeners/0 names an item",
        "json6902[3].path",
    ),
    "a source without a test": (
        "json6902: [{op: copy, from: /spec/listeners/0/port, path: /spec/a}]",
        "KG526",
        "by its index",
        "json6902[0].from",
    ),
    "an index at the end": (
        "json6902: [{op: add, path: /spec/listeners/2, value: {name: x}}]",
        "KG526",
        "by its index",
        "json6902[0].path",
    ),
    "no value": ("json6902: [{op: add, path: /spec/a}]", "KG527", '`add` needs "value"', "json6902[0]"),
    "no from": ("json6902: [{op: move, path: /spec/a}]", "KG527", '`move` needs "from"', "json6902[0]"),
    "a value too much": (
        "json6902: [{op: remove, path: /spec/addresses, value: 1}]",
        "KG527",
        '`remove` has no use for "value"',
        "json6902[0].value",
    ),
    "the whole object": ("json6902: [{op: remove, path: ''}]", "KG527", "an object cannot be removed", "json6902[0].path"),
    "another whole object": (
        "json6902: [{op: add, path: '', value: {}}]",
        "KG527",
        "an object cannot be replaced as a whole",
        "json6902[0].path",
    ),
}


@pytest.mark.parametrize(("change", "code", "words", "place"), MISFITS.values(), ids=MISFITS.keys())
def test_misfits(change: str, code: str, words: str, place: str) -> None:
    after, (found,) = run(one(change))
    assert (found.code, str(found.at)) == (code, f"spec.patches[0].{place}")
    assert 'patch "p"' in found.message
    assert words in found.message
    assert found.message.endswith(", in Gateway edge/eg")
    assert after == list(ALL), "an object that a patch does not fit stays as it is"


def test_the_missing_test_is_given() -> None:
    _, (found,) = run(one("json6902: [{op: replace, path: /spec/listeners/1/port, value: 1}]"))
    assert (
        found.help
        == 'put {op: test, path: /spec/listeners/1/name, value: "tls"} before it; or use `merge`, which finds the item by its name'
    )
    _, (found,) = run(one("json6902: [{op: add, path: /spec/listeners/2, value: {name: x}}]"))
    assert found.help == "to append an item, write - for its index"


# --- JSON 6902 ------------------------------------------------------------------------------------------------------------------------

OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "add a field": ("[{op: add, path: /spec/a, value: {b: null}}]", {"spec.a": {"b": None}}),
    "add over a field": ("[{op: add, path: /spec/gatewayClassName, value: x}]", {"spec.gatewayClassName": "x"}),
    "add into a list": (
        "[{op: add, path: /spec/addresses/1, value: {value: x}}]",
        {"spec.addresses": [{"value": "1.2.3.4"}, {"value": "x"}, {"value": "5.6.7.8"}]},
    ),
    "append": ("[{op: add, path: /spec/addresses/-, value: {value: x}}]", {"spec.addresses.2": {"value": "x"}}),
    "append by number": ("[{op: add, path: /spec/addresses/2, value: {value: x}}]", {"spec.addresses.2": {"value": "x"}}),
    "append to a keyed list": ("[{op: add, path: /spec/listeners/-, value: {name: x}}]", {"spec.listeners.2": {"name": "x"}}),
    "replace": ("[{op: replace, path: /spec/addresses/0/value, value: x}]", {"spec.addresses": [{"value": "x"}, {"value": "5.6.7.8"}]}),
    "remove a field": ("[{op: remove, path: /metadata/labels}]", {"metadata": {"name": "eg", "namespace": "edge"}}),
    "remove an item": ("[{op: remove, path: /spec/addresses/0}]", {"spec.addresses": [{"value": "5.6.7.8"}]}),
    "move": ("[{op: move, from: /spec/gatewayClassName, path: /spec/a}]", {"spec.a": "eg"}),
    "move within a list": (
        "[{op: move, from: /spec/addresses/0, path: /spec/addresses/1}]",
        {"spec.addresses": [{"value": "5.6.7.8"}, {"value": "1.2.3.4"}]},
    ),
    "move to where it is": ("[{op: move, from: /spec/gatewayClassName, path: /spec/gatewayClassName}]", {"spec.gatewayClassName": "eg"}),
    "copy": ("[{op: copy, from: /spec/addresses/0, path: /spec/addresses/-}]", {"spec.addresses.2": {"value": "1.2.3.4"}}),
    "escapes": (
        "[{op: test, path: /metadata/labels/a~1b, value: c}, {op: add, path: /metadata/labels/~0, value: x}]",
        {"metadata.labels": {"a/b": "c", "~": "x"}},
    ),
    "numbers are equal by value": ("[{op: test, path: /spec/listeners/0/port, value: 80.0}]", {"spec": GATEWAY.body["spec"]}),
    "a tested index": (
        "[{op: test, path: /spec/listeners/1/name, value: tls}, {op: replace, path: /spec/listeners/1/port, value: 1}, {op: remove, path: /spec/listeners/1/tls}]",
        {"spec.listeners": [listener(0), {"name": "tls", "port": 1, "protocol": "HTTPS"}]},
    ),
    "the item itself tested": (
        "[{op: test, path: /spec/listeners/1, value: {name: tls, port: 443, protocol: HTTPS, tls: {mode: Terminate}}}, {op: remove, path: /spec/listeners/1}]",
        {"spec.listeners": [listener(0)]},
    ),
    "a list without keys inside a tested item": (
        "[{op: test, path: /spec/listeners/0/name, value: http}, {op: add, path: /spec/listeners/0/hostnames/0, value: z}]",
        {"spec.listeners.0.hostnames": ["z", "a", "b"]},
    ),
}


@pytest.mark.parametrize(("operations", "expected"), OPERATIONS.values(), ids=OPERATIONS.keys())
def test_operations(operations: str, expected: dict[str, Any]) -> None:
    after, found = run(one(f"json6902: {operations}"))
    assert not found
    for path, value in expected.items():
        assert at(after[0].body, path) == value


# --- several --------------------------------------------------------------------------------------------------------------------------


def test_patches_apply_in_byte_order_of_their_names() -> None:
    second = one("json6902: [{op: test, path: /spec/a, value: 1}, {op: add, path: /spec/b, value: 2}]", name="b")
    after, found = run(second, one("merge: {spec: {a: 1}}", name="a"))
    assert not found
    assert (after[0].body["spec"]["a"], after[0].body["spec"]["b"]) == (1, 2)


CONFLICTS: dict[str, tuple[str, str, list[str]]] = {
    "one field": ("merge: {spec: {a: 1}}", "merge: {spec: {a: 2}}", ["spec.a"]),
    "one field, to the same value": ("merge: {spec: {a: 1}}", "merge: {spec: {a: 1}}", ["spec.a"]),
    "other fields": ("merge: {spec: {a: 1}}", "merge: {spec: {b: 1}}", []),
    "a whole and its part": ("merge: {metadata: {labels: null}}", "merge: {metadata: {labels: {x: z}}}", ["metadata.labels"]),
    "a field of one item": (
        "merge: {spec: {listeners: [{name: tls, port: 1}]}}",
        "merge: {spec: {listeners: [{name: tls, port: 1}]}}",
        ["spec.listeners[tls].port"],
    ),
    "other items": ("merge: {spec: {listeners: [{name: tls, port: 1}]}}", "merge: {spec: {listeners: [{name: http, port: 2}]}}", []),
    "a list as a whole": ("merge: {spec: {addresses: []}}", "merge: {spec: {addresses: []}}", ["spec.addresses"]),
    "by merge and by operation": (
        "merge: {spec: {listeners: [{name: tls, port: 1}]}}",
        "json6902: [{op: test, path: /spec/listeners/1/name, value: tls}, {op: replace, path: /spec/listeners/1/port, value: 2}]",
        ["spec.listeners[tls].port"],
    ),
    "by operations on other items": (
        "json6902: [{op: test, path: /spec/listeners/0/name, value: http}, {op: replace, path: /spec/listeners/0/port, value: 2}]",
        "json6902: [{op: test, path: /spec/listeners/1/name, value: tls}, {op: replace, path: /spec/listeners/1/port, value: 2}]",
        [],
    ),
    "an item that goes and its field": (
        "json6902: [{op: test, path: /spec/listeners/1/name, value: tls}, {op: replace, path: /spec/listeners/1/port, value: 2}]",
        "merge: {spec: {listeners: [{name: tls, $patch: delete}]}}",
        ["spec.listeners[tls]"],
    ),
    "an item that comes, twice": (
        "merge: {spec: {listeners: [{name: x, port: 1}]}}",
        "json6902: [{op: add, path: /spec/listeners/-, value: {name: x, port: 2}}]",
        ["spec.listeners[x]"],
    ),
    "an index of a list whose items move": (
        "json6902: [{op: remove, path: /spec/addresses/0}]",
        "json6902: [{op: replace, path: /spec/addresses/0/value, value: x}]",
        ["spec.addresses"],
    ),
    "indices of a list that stay": (
        "json6902: [{op: replace, path: /spec/addresses/0/value, value: a}]",
        "json6902: [{op: replace, path: /spec/addresses/1/value, value: b}]",
        [],
    ),
    "a source that goes": ("json6902: [{op: move, from: /spec/gatewayClassName, path: /spec/a}]", "merge: {spec: {a: x}}", ["spec.a"]),
    "tests are no change": ("json6902: [{op: test, path: /spec/gatewayClassName, value: eg}]", "merge: {spec: {gatewayClassName: x}}", []),
}


@pytest.mark.parametrize(("first", "second", "fields"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_conflicts(first: str, second: str, fields: list[str]) -> None:
    _, found = run(one(first, name="a"), one(second, name="b"))
    assert [(d.code, d.message) for d in found] == [
        ("KG521", f'patches "a" and "b" both change {field}, in Gateway edge/eg') for field in fields
    ]
    for diagnostic in found:
        assert str(diagnostic.at).startswith("spec.patches[1].")
        assert str(diagnostic.related[0].at).startswith("spec.patches[0].")


def test_patches_of_different_clusters_or_objects_do_not_conflict() -> None:
    work = patcher(
        one("merge: {spec: {a: 1}}", name="a"),
        one("merge: {spec: {a: 2}}", name="b").replace("[east]", "[west]"),
        one("merge: {spec: {a: 3}}", name="c", target="{kind: Gateway, name: two}"),
    )
    east = work.apply("east", placed("east"), list_keys)
    west = work.apply("west", placed("west"), list_keys)
    assert not work.findings
    assert [p.manifest.body["spec"].get("a") for p in east[:2]] == [1, 3]
    assert [p.manifest.body["spec"].get("a") for p in west[:2]] == [2, None]


def test_a_fault_is_told_once_for_all_objects_and_clusters() -> None:
    work = patcher("{name: p, target: {kind: Gateway}, applyTo: all, expect: 2, merge: {spec: {x: null}}}")
    for cluster in ("east", "west"):
        work.apply(cluster, placed(cluster), list_keys)
    (found,) = work.findings
    assert found.message == 'patch "p": removes "x", which is not there, in Gateway edge/eg, Gateway edge/two'


# --- places and sharing ---------------------------------------------------------------------------------------------------------------


def origin(found: Manifest, *path: str | int) -> str:
    return str(found.origin(FieldPath(path)))


def test_what_a_patch_sets_comes_from_the_patch() -> None:
    (after, *_), _ = run(one("merge: {spec: {listeners: [{name: http, port: 81}], infrastructure: {labels: {a: b}}}}"))
    assert origin(after, "spec", "listeners", 0, "port") == "spec.patches[0].merge.spec.listeners[0].port"
    assert origin(after, "spec", "infrastructure", "labels", "a") == "spec.patches[0].merge.spec.infrastructure.labels.a"
    assert origin(after, "spec", "listeners", 0, "name") == "spec.gateways[0].listeners[3].name"
    assert origin(after, "spec", "listeners", 1, "port") == "spec.gateways[0].somewhere"
    assert origin(after, "metadata", "name") == "spec.gateways[0].metadata.name"
    assert after.origins[0].output == FieldPath()


def test_what_moves_keeps_its_origin() -> None:
    (after, *_), _ = run(one("merge: {spec: {listeners: [{name: http, $patch: delete}, {name: x}]}}"))
    assert [item["name"] for item in after.body["spec"]["listeners"]] == ["tls", "x"]
    assert origin(after, "spec", "listeners", 0) == "spec.gateways[0].listeners[5]"
    assert origin(after, "spec", "listeners", 0, "tls", "mode") == "spec.gateways[0].listeners[5].tls.mode"
    assert origin(after, "spec", "listeners", 0, "port") == "spec.gateways[0].somewhere"
    assert origin(after, "spec", "listeners", 1, "name") == "spec.patches[0].merge.spec.listeners[1].name"
    assert origin(after, "spec", "gatewayClassName") == "spec.gateways[0].gatewayClassName"


def test_operations_keep_origins_too() -> None:
    operations = (
        "[{op: test, path: /spec/listeners/0/name, value: http}, {op: add, path: /spec/listeners/0, value: {name: x, port: 1}},"
        " {op: test, path: /spec/listeners/2/name, value: tls}, {op: replace, path: /spec/listeners/2/port, value: 9},"
        " {op: remove, path: /spec/addresses/0}]"
    )
    (after, *_), found = run(one(f"json6902: {operations}"))
    assert not found
    assert origin(after, "spec", "listeners", 0, "port") == "spec.patches[0].json6902[1].value.port"
    assert origin(after, "spec", "listeners", 1, "port") == "spec.gateways[0].listeners[3].port"
    assert origin(after, "spec", "listeners", 2, "port") == "spec.patches[0].json6902[3].value"
    assert origin(after, "spec", "listeners", 2, "name") == "spec.gateways[0].listeners[5].name"
    assert origin(after, "spec", "addresses", 0, "value") == "spec.gateways[0].addresses[1].value"


def test_two_patches_keep_both_origins() -> None:
    (after, *_), found = run(
        one("merge: {spec: {listeners: [{name: http, $patch: delete}]}}", name="a"),
        one("merge: {spec: {listeners: [{name: tls, port: 9}]}}", name="b"),
    )
    assert not found
    assert origin(after, "spec", "listeners", 0, "port") == "spec.patches[1].merge.spec.listeners[0].port"
    assert origin(after, "spec", "listeners", 0, "name") == "spec.gateways[0].listeners[5].name"


def test_a_thousand_clusters_share_one_patched_manifest() -> None:
    names = [f"c{i}" for i in range(1000)]
    text = HEAD.replace("{name: east}, ", "".join(f"{{name: {name}}}, " for name in names))
    wish = decode(source.parse(text + "    - {name: p, target: {name: two}, applyTo: all, expect: 1, merge: {spec: {a: 1}}}\n", "c.yaml"))
    work = Patcher(wish)
    after = [work.apply(name, placed(name), list_keys) for name in names]
    assert len({id(placements[1].manifest) for placements in after}) == 1
    assert all(placements[0].manifest is GATEWAY for placements in after)


def test_what_is_not_patched_is_the_same_placement() -> None:
    placements = placed("east")
    after = patcher(one("merge: {spec: {a: 1}}")).apply("east", placements, list_keys)
    assert [one is other for one, other in zip(after, placements, strict=True)] == [False, True, True, True]
    assert after[0].manifest.body["spec"]["listeners"] is GATEWAY.body["spec"]["listeners"]


# --- for all --------------------------------------------------------------------------------------------------------------------------

keys = st.sampled_from(["a", "b", "c"])
values = st.recursive(
    st.sampled_from([1, "x", True]), lambda inner: st.dictionaries(keys, inner, max_size=2) | st.lists(inner, max_size=2), max_leaves=6
)
bodies = st.dictionaries(keys, values, max_size=3)


def pointers(value: Any, path: str = "") -> list[str]:
    found = [path]
    if isinstance(value, dict):
        found += [p for key, inner in value.items() for p in pointers(inner, f"{path}/{key}")]
    elif isinstance(value, list):
        found += [p for index, inner in enumerate(value) for p in pointers(inner, f"{path}/{index}")]
    return found


def plainly(body: Any, operation: dict[str, Any]) -> Any:
    """One operation, done by mutating a copy."""
    body = copy.deepcopy(body)
    *parents, last = operation["path"].split("/")[1:]
    parent = body
    for part in parents:
        parent = parent[int(part) if isinstance(parent, list) else part]
    where: Any = last if isinstance(parent, dict) else len(parent) if last == "-" else int(last)
    if operation["op"] == "remove":
        del parent[where]
    elif operation["op"] == "add" and isinstance(parent, list):
        parent.insert(where, operation["value"])
    else:
        parent[where] = operation["value"]
    return body


@given(bodies, values, st.data())
def test_an_operation_does_what_it_says_and_mutates_nothing(spec: dict[str, Any], value: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(pointers(spec, "/spec")))
    operation: dict[str, Any] = {"op": data.draw(st.sampled_from(["add", "remove", "replace"])), "path": path}
    if operation["op"] != "remove":
        operation["value"] = value
    subject = manifest({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec}, AT)
    before = copy.deepcopy(subject.body)
    work = patcher(one(f"json6902: [{json.dumps(operation)}]", target="{kind: X}"))
    (after,) = work.apply("east", placed("east", [subject]), list_keys)
    assert not work.findings
    assert subject.body == before
    assert after.manifest.body == plainly(before, operation)
    # Whatever is left is told where it came from: its own place in the object before, or the operation.
    for pointer in pointers(after.manifest.body.get("spec"), "/spec") if "spec" in after.manifest.body else ():
        here: Any = after.manifest.body
        place: list[str | int] = []
        for part in pointer.split("/")[1:]:
            place.append(int(part) if isinstance(here, list) else part)
            here = here[place[-1]]
        told = after.manifest.origin(FieldPath(place))
        if told[:4] == ("spec", "patches", 0, "json6902"):
            source_of, rest = value, told[6:]
        else:
            source_of, rest = before, told[len(AT) :]
        for part_ in rest:
            source_of = source_of[part_]
        assert source_of == here or isinstance(here, (dict, list))
