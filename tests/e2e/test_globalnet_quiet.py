"""Part 4: after an apply nothing is left to apply, on any cluster, for any object, also after every controller has had its say."""

from __future__ import annotations

import json
import re

import pytest

from tests.e2e.cluster import Json
from tests.e2e.clusterset import RunningSet, objects

OF_THE_SERVER = ("generation", "resourceVersion", "managedFields")


@pytest.mark.parametrize("name", ["cluster1", "cluster2", "cluster3"])
def test_a_second_diff_is_empty(globalnet: RunningSet, name: str) -> None:
    assert globalnet.diff(name) == ""


def test_old_output_after_new_changes_back_what_was_changed_and_nothing_else(globalnet: RunningSet) -> None:
    spec, old = globalnet.spec / "clusterset.yaml", globalnet.out
    before, first = spec.read_text(encoding="utf-8"), seen(globalnet)
    spec.write_text(before.replace("hostnames: [www.example.com]", "hostnames: [shop.example.com]"), encoding="utf-8")
    try:
        globalnet.build()
        globalnet.deliver()
        second = seen(globalnet)
        assert {name: changed(first[name], second[name]) for name in first} == {
            "cluster1": ["HTTPRoute edge/api"],
            "cluster2": [],
            "cluster3": [],
        }
        for name in globalnet.clusters:
            assert globalnet.diff(name) == ""
            lines = [line for line in globalnet.diff(name, old).splitlines() if re.match(r"[-+] ", line) and "generation:" not in line]
            assert lines == (["-  - shop.example.com", "+  - www.example.com"] if name == "cluster1" else [])
        globalnet.out = old
        globalnet.deliver()
        assert seen(globalnet) == first
        assert [globalnet.diff(name) for name in globalnet.clusters] == ["", "", ""]
    finally:
        spec.write_text(before, encoding="utf-8")
        globalnet.build()
        globalnet.deliver()


def seen(running: RunningSet) -> dict[str, dict[str, Json]]:
    """For each cluster every object that kgen wrote, as its API server has it, but for its status and what the server counts."""
    found: dict[str, dict[str, Json]] = {}
    for name, cluster in running.clusters.items():
        folder = running.delivered(name)
        listed = json.loads(cluster.kubectl("get", "-R", "-f", str(folder), "-o", "json"))["items"]
        assert len(listed) == len(objects(folder))
        found[name] = {}
        for body in listed:
            meta = {key: value for key, value in body["metadata"].items() if key not in OF_THE_SERVER}
            applied = json.loads(meta["annotations"].pop("kubectl.kubernetes.io/last-applied-configuration", "null"))
            where = "/".join(meta[key] for key in ("namespace", "name") if key in meta)
            found[name][f"{body['kind']} {where}"] = {**body, "metadata": meta, "status": None, "applied": applied}
    return found


def changed(first: dict[str, Json], second: dict[str, Json]) -> list[str]:
    """The objects that are not the same in both."""
    return sorted(each for each in {*first, *second} if first.get(each) != second.get(each))
