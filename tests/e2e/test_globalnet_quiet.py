"""Part 4: after an apply nothing is left to apply, on any cluster, for any object, also after every controller has had its say."""

from __future__ import annotations

import re

import pytest

from tests.e2e.clusterset import RunningSet


@pytest.mark.parametrize("name", ["cluster1", "cluster2", "cluster3"])
def test_a_second_diff_is_empty(globalnet: RunningSet, name: str) -> None:
    assert globalnet.diff(name) == ""


def test_the_old_output_differs_from_the_new_by_what_was_changed(globalnet: RunningSet) -> None:
    spec, old = globalnet.spec / "clusterset.yaml", globalnet.out
    before = spec.read_text(encoding="utf-8")
    spec.write_text(before.replace("hostnames: [www.example.com]", "hostnames: [shop.example.com]"), encoding="utf-8")
    try:
        globalnet.build()
        globalnet.deliver()
        for name in globalnet.clusters:
            assert globalnet.diff(name) == ""
            changed = [line for line in globalnet.diff(name, old).splitlines() if re.match(r"[-+] ", line) and "generation:" not in line]
            assert changed == (["-  - shop.example.com", "+  - www.example.com"] if name == "cluster1" else [])
    finally:
        spec.write_text(before, encoding="utf-8")
        globalnet.build()
        globalnet.deliver()
