"""A person's own CustomResourceDefinition."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kgen.conformance import compile_crd
from kgen.diagnostics import Rejected
from kgen.manifest import GroupVersionKind

Json = Any
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1},
                "colour": {"type": "string", "default": "red"},
                "name": {"type": "string", "pattern": "^(a+)+$"},
            },
        }
    },
}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}},
            {"name": "v1alpha1", "served": False, "storage": False},
        ],
    },
}


def changed(path: str, value: Json) -> Json:
    crd = copy.deepcopy(CRD)
    at: Any = crd
    *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts:
        at = at[part]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return crd


def widget(**spec: Json) -> Json:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec}


def test_it_judges_and_completes_by_each_version_that_is_served() -> None:
    (table,) = compile_crd(CRD)
    assert table.gvk == GroupVersionKind("example.com", "v1", "Widget")
    assert table.namespaced
    assert table.judge(widget(size=1)).body["spec"] == {"size": 1, "colour": "red"}
    assert table.judge(widget(size=1)).findings == ()
    assert [(str(each.path), each.message) for each in table.judge(widget(size=0, colr="x")).findings] == [
        ("spec.colr", 'unknown field "colr"; did you mean "colour"?'),
        ("spec.size", "must be at least 1"),
    ]


def test_a_pattern_that_goes_back_for_ever_is_matched_all_the_same() -> None:
    (table,) = compile_crd(CRD)
    assert [each.keyword for each in table.judge(widget(size=1, name="a" * 2000 + "!")).findings] == ["pattern"]


PROBLEMS = [
    pytest.param([], "", "a CustomResourceDefinition must be a map", id="no map"),
    pytest.param({"kind": "Deployment"}, "kind", "must be a CustomResourceDefinition", id="another kind"),
    pytest.param(changed("spec", None), "spec", '"spec" is required', id="no spec"),
    pytest.param(changed("spec.group", 1), "spec.group", '"group" must be a string', id="group"),
    pytest.param(changed("spec.names.kind", None), "spec.names.kind", '"names.kind" must be a string', id="names"),
    pytest.param(changed("spec.scope", "namespaced"), "spec.scope", "must be Namespaced or Cluster", id="scope"),
    pytest.param(changed("spec.versions", []), "spec.versions", "at least one version", id="versions"),
    pytest.param(changed("spec.versions.0.name", None), "spec.versions[0].name", "a version needs a name", id="name of a version"),
    pytest.param(changed("spec.versions.0.schema", None), "spec.versions[0].schema.openAPIV3Schema", "has no schema", id="no schema"),
    pytest.param(
        changed("spec.versions.0.schema.openAPIV3Schema.properties.spec.type", None),
        "spec.versions[0].schema.openAPIV3Schema.properties.spec",
        "a type is required",
        id="no type",
    ),
    pytest.param(
        changed("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties.name.pattern", "(?=a)"),
        "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.name.pattern",
        "the pattern cannot be used",
        id="pattern",
    ),
]


@pytest.mark.parametrize(("crd", "at", "words"), PROBLEMS)
def test_what_cannot_be_used_is_refused_with_its_place(crd: Json, at: str, words: str) -> None:
    with pytest.raises(Rejected) as caught:
        compile_crd(crd)
    (found,) = caught.value.diagnostics
    assert (found.code, str(found.at)) == ("KG500", at)
    assert words in found.message


def test_all_that_is_wrong_is_told() -> None:
    crd = changed("spec.versions.0.schema.openAPIV3Schema.properties.spec.properties", {"a": {}, "b": {"type": "integer", "minimun": 1}})
    with pytest.raises(Rejected) as caught:
        compile_crd(crd)
    assert [each.message.partition(": ")[2] for each in caught.value.diagnostics] == [
        "a type is required",
        "the keyword minimun is not known",
    ]
