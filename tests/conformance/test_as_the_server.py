"""Oddities of the API server that its schemas do not show: each was seen on a real one (tests/agreement)."""

from __future__ import annotations

from typing import Any

import pytest

from kgen.conformance import compile_crd, table
from kgen.diagnostics import Rejected
from kgen.manifest import GroupVersionKind

PRODUCTS = {"kubernetes": "1.36", "gateway-api/experimental": "1.5.1", "envoy-gateway": "1.8.0", "submariner": "0.24", "mcs-api": "0.4.1"}
EG = "gateway.envoyproxy.io/v1alpha1"


def judged(api_version: str, kind: str, **parts: Any) -> tuple[Any, list[tuple[str, str]]]:
    group, _, version = api_version.rpartition("/")
    found = table(GroupVersionKind(group, version, kind), PRODUCTS)
    assert found is not None
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "b"}, **parts}
    verdict = found.judge(body)
    return verdict.body, [(str(each.path), each.keyword) for each in verdict.findings]


def requests(number: int) -> Any:
    limit = {"limit": {"requests": number, "unit": "Hour"}}
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "a"}
    return {"targetRefs": [target], "rateLimit": {"type": "Local", "local": {"rules": [limit]}}}


@pytest.mark.parametrize("number", [1, 2**31 - 1])
def test_a_bound_that_its_format_cannot_hold_refuses_every_value(number: int) -> None:
    _, found = judged(EG, "BackendTrafficPolicy", spec=requests(number))
    assert found == [("spec.rateLimit.local.rules[0].limit.requests", "format")]


@pytest.mark.parametrize("metadata", ["labels", "annotations"])
def test_null_among_labels_is_the_empty_text(metadata: str) -> None:
    done, found = judged("multicluster.x-k8s.io/v1alpha1", "ServiceExport", metadata={"name": "a", "namespace": "b", metadata: {"a": None}})
    assert found == []
    assert done["metadata"][metadata] == {"a": ""}


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        pytest.param("ConfigMap", {"data": {"a": None}}, {"data": {"a": ""}}, id="entry"),
        pytest.param("ServiceAccount", {"imagePullSecrets": [None]}, {"imagePullSecrets": [{}]}, id="item"),
        pytest.param(
            "LimitRange",
            {"spec": {"limits": [{"type": "Pod", "max": {"cpu": None}}]}},
            {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "0"}}]}},
            id="quantity",
        ),
    ],
)
def test_null_inside_a_built_in_kind_is_an_empty_value_of_its_type(kind: str, given: Any, stored: Any) -> None:
    done, found = judged("v1", kind, **given)
    assert found == []
    assert {key: done[key] for key in stored} == stored


@pytest.mark.parametrize("status", ["a", 1, [], {"conditions": [{"type": "a"}]}, {}, None])
def test_a_status_that_is_a_subresource_is_dropped_unjudged(status: Any) -> None:
    assert judged("gateway.networking.k8s.io/v1", "Gateway", spec=GATEWAY, status=status)[1] == []


def test_unknown_fields_of_status_are_told() -> None:
    status = {"zzz": 1, "conditions": [{"yyy": 1}]}
    assert judged("gateway.networking.k8s.io/v1", "Gateway", spec=GATEWAY, status=status)[1] == [
        ("status.zzz", "unknown"),
        ("status.conditions[0].yyy", "unknown"),
    ]


GATEWAY = {"gatewayClassName": "a", "listeners": [{"name": "a", "port": 80, "protocol": "HTTP"}]}


@pytest.mark.parametrize(
    ("subresources", "found"), [({}, [("status.phase", "type")]), (None, [("status.phase", "type")]), ({"status": {}}, [])]
)
def test_a_status_that_is_a_plain_field_is_judged(subresources: Any, found: Any) -> None:
    schema = {"type": "object", "properties": {"status": {"type": "object", "properties": {"phase": {"type": "string"}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, "subresources": subresources}
    spec = {"group": "a.example", "names": {"kind": "A", "plural": "as"}, "scope": "Namespaced", "versions": [version]}
    [made] = compile_crd(
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "as.a.example"}, "spec": spec}
    )
    findings = made.judge({"apiVersion": "a.example/v1", "kind": "A", "metadata": {"name": "a"}, "status": {"phase": 1}}).findings
    assert [(str(each.path), each.keyword) for each in findings] == found


@pytest.mark.parametrize("value", [False, 0, [], {}])
def test_a_default_hides_no_value_of_the_wrong_type(value: Any) -> None:
    assert judged("v1", "Secret", type=value)[1] == [("type", "type")]
    role = {"kind": "Role", "name": "a", "apiGroup": value}
    assert judged("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef=role)[1] == [("roleRef.apiGroup", "type")]


def test_what_openapi_requires_in_vain_may_be_absent() -> None:
    assert judged("v1", "LimitRange", spec={})[1] == []
    header = {"path": "/", "port": 80, "httpHeaders": [{"name": "a"}]}
    container = {"name": "a", "image": "a", "livenessProbe": {"httpGet": header}}
    assert judged("v1", "Pod", spec={"containers": [container]})[1] == []


def made_up(**field: Any) -> Any:
    """What is found wrong with the field `a` of a made-up kind, for a value of it."""
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": field}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "a.example", "names": {"kind": "A", "plural": "as"}, "scope": "Namespaced", "versions": [version]}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "as.a.example"}, "spec": spec}
    [found] = compile_crd(crd)

    def judge(value: Any) -> list[str]:
        body = {"apiVersion": "a.example/v1", "kind": "A", "metadata": {"name": "a"}, "spec": {"a": value}}
        return [each.keyword for each in found.judge(body).findings]

    return judge


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        pytest.param({"type": "integer", "maximum": 1.5}, 0, ["format"], id="a fraction bounds no whole number"),
        pytest.param({"type": "number", "format": "float", "maximum": 1e300}, 0, ["format"], id="too large for a float"),
        pytest.param({"type": "number", "minimum": 0.5}, 0, [], id="0 is not below 0.5 cut to 0"),
        pytest.param({"type": "number", "minimum": 0.5}, 0.25, ["minimum"], id="0.25 is"),
        pytest.param(
            {"type": "number", "maximum": 1.5, "exclusiveMaximum": True}, 1, ["exclusiveMaximum"], id="1 is not below 1.5 cut to 1"
        ),
        pytest.param({"type": "number", "multipleOf": 0.5}, 1, ["multipleOf"], id="nothing is a multiple of 0.5 cut to 0"),
        pytest.param({"type": "number", "multipleOf": 0.5}, 1.0, ["multipleOf"], id="1.0 is sent as 1"),
        pytest.param({"type": "number", "multipleOf": 0.5}, 1.5, [], id="1.5 is one of 0.5"),
    ],
)
def test_whole_numbers_are_compared_with_bounds_cut_to_whole_ones(field: Any, value: Any, found: list[str]) -> None:
    assert made_up(**field)(value) == found


@pytest.mark.parametrize(
    ("field", "at"),
    [
        ({"type": "string", "default": 1}, "a.default"),
        ({"type": "string", "default": "ab", "maxLength": 1}, "a.default"),
        ({"type": "object", "properties": {"b": {"type": "string"}}, "default": {"c": 1}}, "a.default"),
        ({"type": "array", "items": {"type": "integer", "default": "x"}}, "a.items.default"),
    ],
)
def test_a_default_that_does_not_fit_makes_a_crd_unusable(field: Any, at: str) -> None:
    with pytest.raises(Rejected) as refusal:
        made_up(**field)
    assert [str(each.at) for each in refusal.value.diagnostics] == [
        f"spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.{at}"
    ]
