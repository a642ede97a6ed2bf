"""A ClusterSet spec, judged by its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kgen.structure import judge_spec, spec
from kgen.structure.compile import Compiler, loaded
from kgen.structure.normal import json_schema

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "schemas/clusterset-v1alpha1.json").read_text(encoding="utf-8"))
SMALL: dict[str, Any] = {
    "apiVersion": "kgen.dev/v1alpha1",
    "kind": "ClusterSet",
    "metadata": {"name": "shop"},
    "spec": {
        "versions": {"submariner": "0.24.0"},
        "clusters": [{"name": "east", "podCIDR": "10.0.0.0/16", "serviceCIDR": ["10.1.0.0/16"]}],
    },
}


@pytest.mark.parametrize("value", [None, [], "", 1, {}, {1: 2}, {"spec": []}, {**SMALL, "spec": {"clusters": "east"}}], ids=repr)
def test_what_does_not_fit_is_refused_as_jsonschema_does(value: Any) -> None:
    assert judge_spec(value)
    assert not Draft202012Validator(SCHEMA).is_valid(value)


def test_a_spec_that_fits_is_accepted_by_generated_code_and_by_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge_spec(SMALL) == ()
    compiler = Compiler()
    assert loaded(compiler, compiler.fits(json_schema(SCHEMA)))(SMALL) is True
    monkeypatch.setattr(spec, "TABLE", "kgen.structure.no_such_table")
    assert judge_spec(SMALL) == ()


def test_findings_are_those_of_the_author() -> None:
    clusters = [{"name": "east", "podCIDR": "10.0.0.0/16", "nam": 1}, {"name": "West"}]
    found = judge_spec({**SMALL, "spec": {"versions": {"submariner": "0.24.0"}, "clusters": clusters, "x-note": {"any": "thing"}}})
    assert [(str(each.path), each.keyword) for each in found] == [("spec.clusters[0].nam", "unknown"), ("spec.clusters[1].name", "pattern")]
    assert found[0].message == 'unknown field "nam"; did you mean "name"?'
