"""`kubectl kustomize` over a cluster's folder reads back the same objects, in the same order."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from kgen.manifest import Placement
from kgen.targets import Layout
from kgen.targets.directory import tree
from tests.real import binaries
from tests.real.needed import or_skip
from tests.targets.placed import EAST, thing

# What Kustomize might reorder, rename, drop or take for something of its own.
ODD = (
    Placement(
        "east", "60-manifests", thing("ConfigMap", "b", "shop", data={"octal": "0755", "date": "2026-01-01", "empty": "", "no": "no"})
    ),
    Placement("east", "60-manifests", thing("ConfigMap", "a", "shop", data={"text": "one\ntwo \n", "${VAR}": "$(VAR)"})),
    Placement("east", "60-manifests", thing("Secret", "a", "shop", data={"psk": "${PSK}"}, type="Opaque")),
    Placement("east", "60-manifests", thing("LimitRange", "a", "shop", spec={"limits": []})),
)


@pytest.fixture(scope="session")
def kubectl() -> Path:
    return or_skip(binaries.kubectl)


@pytest.mark.parametrize("layout", ["stage", "object"])
def test_reads_back_equal(layout: Layout, kubectl: Path, tmp_path: Path) -> None:
    placements = (*EAST, *ODD)
    for part in tree([("east", placements)], layout, kustomization=True):
        for file in part.files:
            path = tmp_path / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(file.chunks), encoding="utf-8")
    command = [str(kubectl), "kustomize", str(tmp_path / "clusters" / "east")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(yaml.safe_load_all(done.stdout)) == [placement.manifest.body for placement in placements]
